//! Decoders and histories of all connections of a thread, under two caps.
//!
//! A decoder with its buffer is about 110 KiB, and a capture may hold 100,000 compressed connections. So a fixed number
//! of decoders is shared: who has not had one for longest gives it up, and keeps of it the history that its next message
//! may refer to, at most a window. When those histories come to more than their cap, the oldest is forgotten, and its
//! owner is told ([`Found::forgotten`]); a pool with a spill file puts it there instead, and forgets nothing.
//!
//! A message under way can be parked too, but only by the careful decoder: zlib-rs does not let go of its state. So
//! most decoders may be held by messages under way in zlib-rs, and when they are, the next message is inflated by the
//! careful one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;

use super::buffer::{HISTORY, History};
use super::engine::{Engine, Parked};
use crate::base::limits;
use crate::base::pack::Pack;
use crate::base::spill::{Place, Spill};

/// A pool; clones are the same pool.
#[derive(Debug, Clone, Default)]
pub struct Pool(Arc<Mutex<Shared>>);

/// The pool somebody uses: one that is shared, or from the first use on one of its own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access(Option<Pool>);

impl Access {
    pub(crate) fn to(pool: &Pool) -> Access {
        Access(Some(pool.clone()))
    }

    pub(crate) fn pool(&mut self) -> &Pool {
        self.0.get_or_insert_default()
    }
}

/// Who is brought back is given access anew.
impl Pack for Access {
    fn pack(&self, _: &mut Vec<u8>) {}

    fn unpack(_: &mut &[u8]) -> Option<Access> {
        Some(Access::default())
    }
}

/// Names the owner of a decoder or a history for as long as anyone holds it.
#[derive(Debug, Default)]
pub struct Owner(Arc<()>);

impl Owner {
    pub(super) fn same(&self) -> Owner {
        Owner(Arc::clone(&self.0))
    }

    /// Not used again as long as one of its clones lives.
    pub(super) fn key(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Only the pool still knows it.
    fn is_gone(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

/// What the pool shares.
#[derive(Debug)]
pub struct Shared {
    slots: Vec<Slot>,
    /// Slots whose message cannot be parked.
    held: usize,
    /// Counts what was asked of the pool.
    clock: u64,
    asleep: Asleep,
    most_slots: usize,
    /// Owners that were parked themselves.
    away: HashMap<usize, Owner>,
}

#[derive(Debug)]
struct Slot {
    owner: Owner,
    /// What the owner counts on being kept.
    had: Had,
    used: u64,
    engine: Box<Engine>,
}

/// What the pool has for an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Where its decoder is.
    pub slot: usize,
    /// What it had parked was given up.
    pub forgotten: bool,
}

impl Pool {
    /// A pool with other caps than [`limits`] has: decoders, and bytes of histories.
    #[must_use]
    pub fn with_caps(decoders: usize, history_bytes: usize) -> Pool {
        Pool(Arc::new(Mutex::new(Shared::new(decoders.max(1), history_bytes))))
    }

    /// A pool that forgets nothing: histories beyond `history_bytes` lie in a temporary file.
    #[must_use]
    pub(crate) fn shelved(decoders: usize, history_bytes: usize) -> Pool {
        let pool = Pool::with_caps(decoders, history_bytes);
        pool.lock().asleep.spill = Some(Spill::default());
        pool
    }

    /// Bytes that decoders and histories take at present, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let shared = self.lock();
        shared.slots.len() * Engine::BYTES + shared.asleep.bytes
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Shared> {
        // What a thread that panicked left behind is still bounds-checked memory.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Shared {
    fn default() -> Shared {
        Shared::new(limits::INFLATERS, limits::INFLATE_HISTORY_BYTES)
    }
}

impl Shared {
    fn new(most_slots: usize, most_bytes: usize) -> Shared {
        let asleep = Asleep { most_bytes, ..Asleep::default() };
        Shared { slots: Vec::new(), held: 0, clock: 0, asleep, most_slots, away: HashMap::new() }
    }

    /// The decoder of `owner`, where it still has one.
    pub(super) fn engine(&mut self, owner: &Owner, slot: usize) -> Option<&mut Engine> {
        self.slots.get_mut(slot).filter(|slot| slot.owner.key() == owner.key()).map(|slot| &mut *slot.engine)
    }

    /// Runs `work` on the decoder of `owner`, which gets one if it has none; `had` says what there is to be found for it,
    /// `then` what there is afterwards.
    pub(super) fn with<T>(
        &mut self,
        owner: &Owner,
        slot: usize,
        (had, then): (Had, Had),
        window: usize,
        work: impl FnOnce(&mut Engine) -> T,
    ) -> (Found, T) {
        let found = match self.slots.get(slot) {
            Some(own) if own.owner.key() == owner.key() => Found { slot, forgotten: false },
            _ => self.wake(owner, had, window),
        };
        self.clock += 1;
        let (clock, crowded) = (self.clock, self.is_crowded());
        let Some(slot) = self.slots.get_mut(found.slot) else {
            // Not reached: `wake` gives a slot that is there. A decoder of its own does as well.
            return (found, work(&mut Engine::new(Parked::default(), window)));
        };
        slot.used = clock;
        slot.had = then;
        let before = slot.engine.is_held();
        if crowded && !before {
            slot.engine.be_careful();
        }
        let result = work(&mut slot.engine);
        let after = slot.engine.is_held();
        self.held = self.held + usize::from(after) - usize::from(before);
        (found, result)
    }

    /// Keeps what `owner` has while it is parked itself, until [`Shared::owner_back`] is asked for its key.
    pub(super) fn keep_owner(&mut self, owner: &Owner) {
        self.away.insert(owner.key(), owner.same());
    }

    /// The owner with this key.
    pub(super) fn owner_back(&mut self, key: usize) -> Owner {
        self.away.remove(&key).unwrap_or_default()
    }

    /// Nothing of what `owner` had is wanted again.
    pub(super) fn forget(&mut self, owner: &Owner) {
        self.asleep.take(owner);
    }

    /// Gives up the decoder of `owner`, if no message is under way, and keeps what its next message may refer to.
    pub(super) fn park(&mut self, owner: &Owner, slot: usize) {
        if self.engine(owner, slot).is_some_and(|engine| engine.is_between_messages()) {
            self.give(slot, &Owner::default(), Parked::default(), HISTORY);
        }
    }

    /// Gives `owner` a decoder with what was kept for it.
    fn wake(&mut self, owner: &Owner, had: Had, window: usize) -> Found {
        let kept = self.asleep.take(owner);
        let forgotten = kept.is_none() && matches!(had, Had::Kept | Had::UnderWay);
        let parked = match (kept, had) {
            (Some(parked), _) => parked,
            (None, Had::Nothing) => Parked::default(),
            (None, Had::Lost | Had::Kept) => Parked::from(History::unknown()),
            (None, Had::UnderWay) => Parked::broken_off(),
        };
        let slot = if self.slots.len() < self.most_slots {
            let engine = Box::new(Engine::new(parked, window));
            self.slots.push(Slot { owner: owner.same(), had, used: 0, engine });
            self.slots.len() - 1
        } else {
            let slot = self.least_wanted();
            self.give(slot, owner, parked, window);
            slot
        };
        Found { slot, forgotten }
    }

    /// Takes a slot from its owner, and puts aside what that one may want back.
    fn give(&mut self, slot: usize, owner: &Owner, parked: Parked, window: usize) {
        self.clock += 1;
        let Some(slot) = self.slots.get_mut(slot) else { return };
        let old = std::mem::replace(&mut slot.owner, owner.same());
        if slot.engine.is_held() {
            self.held = self.held.saturating_sub(1);
        }
        if !old.is_gone() && slot.had != Had::Nothing {
            self.asleep.put(old, slot.engine.park(), self.clock);
        }
        slot.engine.reopen(parked, window);
    }

    /// The slot to take: one whose owner is gone, else the one not used for longest, and one whose message cannot be put
    /// aside only if there is no other.
    fn least_wanted(&self) -> usize {
        let order = |slot: &Slot| (!slot.owner.is_gone(), slot.engine.is_held(), slot.used);
        self.slots.iter().enumerate().min_by_key(|(_, slot)| order(slot)).map_or(0, |(i, _)| i)
    }

    /// So many messages are under way in zlib-rs that one more had better go to the careful decoder: a quarter of the
    /// decoders, and one at least, can always be taken.
    fn is_crowded(&mut self) -> bool {
        let crowded = |held: usize, most: usize| (held + 1) * 4 > most * 3;
        if !crowded(self.held, self.most_slots) {
            return false;
        }
        for slot in self.slots.iter_mut().filter(|slot| slot.owner.is_gone() && slot.engine.is_held()) {
            slot.engine.reopen(Parked::default(), HISTORY);
            self.held = self.held.saturating_sub(1);
        }
        crowded(self.held, self.most_slots)
    }
}

/// What an owner without a decoder expects to be kept for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Had {
    /// Nothing came before.
    Nothing,
    /// What came before is unknown.
    Lost,
    /// A history.
    Kept,
    /// A message under way, and a history.
    UnderWay,
}

crate::base::pack::pack_enum!(Had { 0 Nothing, 1 Lost, 2 Kept, 3 UnderWay });

/// What was parked, the longest first to go.
#[derive(Debug, Default)]
struct Asleep {
    kept: HashMap<usize, Kept>,
    /// Keys of what is in memory, and times at which they were parked, in that order; those that were taken out since
    /// are still there.
    queue: VecDeque<(usize, u64)>,
    /// Of what is in memory.
    bytes: usize,
    most_bytes: usize,
    /// Where the oldest go, rather than being forgotten.
    spill: Option<Spill>,
    packed: Vec<u8>,
}

#[derive(Debug)]
struct Kept {
    owner: Owner,
    what: What,
    since: u64,
}

#[derive(Debug)]
enum What {
    Here(Box<Parked>),
    Spilled(Place),
}

impl Kept {
    /// Bytes of memory.
    fn bytes(&self) -> usize {
        match &self.what {
            What::Here(parked) => parked.bytes(),
            What::Spilled(_) => 0,
        }
    }
}

impl Asleep {
    fn put(&mut self, owner: Owner, parked: Parked, since: u64) {
        let key = owner.key();
        self.bytes += parked.bytes();
        self.queue.push_back((key, since));
        self.kept.insert(key, Kept { owner, what: What::Here(Box::new(parked)), since });
        if self.bytes > self.most_bytes {
            self.shrink();
        }
        if self.queue.len() > 2 * self.kept.len() + 16 {
            self.queue.retain(|(key, since)| self.kept.get(key).is_some_and(|kept| kept.since == *since));
        }
    }

    fn take(&mut self, owner: &Owner) -> Option<Parked> {
        let kept = self.kept.remove(&owner.key())?;
        self.bytes = self.bytes.saturating_sub(kept.bytes());
        match kept.what {
            What::Here(parked) => Some(*parked),
            What::Spilled(place) => {
                let read = self.spill.as_mut()?.take(place, &mut self.packed);
                read.then(|| Parked::unpack(&mut self.packed.as_slice()))?
            }
        }
    }

    /// Lets go of what nobody will ask for, then puts the oldest in the spill file or forgets it, until a sixteenth of the cap
    /// is free, so that this is not done every time.
    fn shrink(&mut self) {
        let Asleep { kept, spill, .. } = self;
        let mut freed = 0;
        kept.retain(|_, kept| {
            let gone = kept.owner.is_gone();
            if gone {
                freed += kept.bytes();
                if let (What::Spilled(place), Some(spill)) = (&kept.what, spill.as_mut()) {
                    spill.discard(*place);
                }
            }
            !gone
        });
        self.bytes = self.bytes.saturating_sub(freed);
        while self.bytes > self.most_bytes - self.most_bytes / 16 {
            let Some((key, since)) = self.queue.pop_front() else { return };
            let Some(kept) = self.kept.get_mut(&key).filter(|kept| kept.since == since) else { continue };
            self.bytes = self.bytes.saturating_sub(kept.bytes());
            let place = match (&kept.what, &mut self.spill) {
                (What::Here(parked), Some(spill)) => {
                    self.packed.clear();
                    parked.pack(&mut self.packed);
                    spill.put(&self.packed).ok()
                }
                _ => None,
            };
            match place {
                Some(place) => kept.what = What::Spilled(place),
                None => {
                    self.kept.remove(&key);
                }
            }
        }
    }
}
