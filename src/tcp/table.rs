//! Where connections are kept: at hand, or parked.
//!
//! In: connections. Out: the same by key or slot. A connection takes a few kilobytes, most of them for what is needed
//! only now and then, and a capture may have hundreds of thousands open at once; a few have megabytes under way. So
//! only a fixed number is at hand, and of so many bytes: those not used for longest are packed into a [`Spill`], and
//! come back with their next segment. Nothing about them changes by it. A connection in the spill file costs some 40 bytes
//! of memory. One that fits no place of a spill file stays at hand; where the spill file takes no more, all do. What a failing
//! disk does not give back is counted.

use std::collections::VecDeque;
use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::connection::Connection;
use super::handler::Handler;
use super::key::Key;
use crate::base::number::{narrow, short};
use crate::base::spill::{Place, Refusal, Spill};
use crate::base::{ConnectionId, limits};

/// Names a slot, as long as the connection in it has this id.
pub(super) type SlotId = (u32, ConnectionId);

/// A connection with fewer bytes under way is not parked for them: all at hand together have fewer than may be.
const LIGHT: usize = 4 * 1024;

const _: () = assert!(LIGHT * limits::CONNECTIONS_AT_HAND < limits::AT_HAND_BYTES);

/// Bytes that stay reserved for packing, at most: few connections need more.
const PACKED: usize = 1024 * 1024;

#[derive(Debug)]
enum Slot<A> {
    Free,
    Here(Box<Connection<A>>),
    Away { id: ConnectionId, hash: u32, place: Place },
}

/// All connections.
#[derive(Debug)]
pub(super) struct Table<A> {
    /// Slots by key.
    by_key: HashTable<u32>,
    hasher: DefaultHashBuilder,
    slots: Vec<Slot<A>>,
    free: Vec<u32>,
    /// The connection asked for last: traffic comes in runs.
    recent: Option<(Key, u32)>,
    /// Slots of connections at hand, those not used for longest first, about; perhaps some that are not any more.
    here: VecDeque<u32>,
    most_here: usize,
    /// What the states of those at hand take for what is under way, bytes.
    bytes: usize,
    most_bytes: usize,
    spill: Spill,
    packed: Vec<u8>,
    /// Connections that could not be brought back.
    lost: u64,
}

impl<A: Default> Table<A> {
    /// An empty table that keeps about so many connections at hand.
    pub(super) fn new(most_here: usize) -> Table<A> {
        Table {
            by_key: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            slots: Vec::new(),
            free: Vec::new(),
            recent: None,
            here: VecDeque::new(),
            most_here: most_here.max(1),
            bytes: 0,
            // A share of them, as of the number.
            most_bytes: most_here.max(1).saturating_mul(limits::AT_HAND_BYTES / limits::CONNECTIONS_AT_HAND),
            spill: Spill::default(),
            packed: Vec::new(),
            lost: 0,
        }
    }

    /// The slot of a key; its connection is at hand then.
    pub(super) fn find<H: Handler<A>>(&mut self, key: &Key, handler: &mut H) -> Option<u32> {
        match self.recent {
            Some((recent, slot)) if recent == *key => return Some(slot),
            _ => {}
        }
        let hash = self.hash(key);
        loop {
            let slots = &self.slots;
            let slot = *self.by_key.find(spread(hash), |slot| match slots.get(index(*slot)) {
                Some(Slot::Here(connection)) => connection.key == *key,
                Some(Slot::Away { hash: of_slot, .. }) => *of_slot == hash,
                _ => false,
            })?;
            // One that is away had the same hash; whether it has the same key is seen once it is back.
            self.bring(slot, handler);
            if self.get(slot).is_some_and(|connection| connection.key == *key) {
                self.recent = Some((*key, slot));
                return Some(slot);
            }
        }
    }

    /// Adds a connection whose key is not in the table, in the place of the one at `reuse` where that is given.
    pub(super) fn insert<H: Handler<A>>(
        &mut self,
        connection: Connection<A>,
        reuse: Option<u32>,
        handler: &mut H,
    ) -> u32 {
        self.make_room(handler);
        let key = connection.key;
        let connection = Slot::Here(Box::new(connection));
        let slot = if let Some(slot) = reuse {
            slot
        } else {
            let slot = self.free_slot();
            let hash = self.hash(&key);
            let Table { by_key, hasher, slots, .. } = self;
            by_key.insert_unique(spread(hash), slot, |slot| match slots.get(index(*slot)) {
                Some(Slot::Here(connection)) => spread(hash_of(hasher, &connection.key)),
                Some(Slot::Away { hash, .. }) => spread(*hash),
                _ => 0,
            });
            slot
        };
        if let Some(place) = self.slots.get_mut(index(slot)) {
            match std::mem::replace(place, connection) {
                // Its slot is listed already.
                Slot::Here(old) => self.bytes = self.bytes.saturating_sub(old.memory),
                Slot::Away { place, .. } => {
                    self.spill.discard(place);
                    self.list(slot);
                }
                Slot::Free => self.list(slot),
            }
        }
        self.recent = Some((key, slot));
        slot
    }

    /// What is at hand may be parked, unless all stay: then the list would only grow.
    fn list(&mut self, slot: u32) {
        if self.most_here != usize::MAX {
            self.here.push_back(slot);
        }
    }

    fn free_slot(&mut self) -> u32 {
        if let Some(slot) = self.free.pop() {
            return slot;
        }
        if self.slots.len() == self.slots.capacity() {
            // By a quarter: of a table that doubles, half is empty at worst.
            self.slots.reserve_exact(self.slots.len() / 4 + 64);
        }
        self.slots.push(Slot::Free);
        short(self.slots.len() - 1)
    }

    /// Takes a connection out of the table.
    pub(super) fn remove(&mut self, slot: u32) {
        let Some(place) = self.slots.get_mut(index(slot)) else { return };
        let hash = match std::mem::replace(place, Slot::Free) {
            Slot::Free => return,
            Slot::Here(connection) => {
                self.bytes = self.bytes.saturating_sub(connection.memory);
                hash_of(&self.hasher, &connection.key)
            }
            Slot::Away { hash, place, .. } => {
                self.spill.discard(place);
                hash
            }
        };
        self.free(slot, hash);
    }

    /// The connection at a slot, where it is at hand.
    pub(super) fn get(&self, slot: u32) -> Option<&Connection<A>> {
        match self.slots.get(index(slot)) {
            Some(Slot::Here(connection)) => Some(connection),
            _ => None,
        }
    }

    /// The same, to change.
    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut Connection<A>> {
        match self.slots.get_mut(index(slot)) {
            Some(Slot::Here(connection)) => Some(connection),
            _ => None,
        }
    }

    /// The connection that a [`SlotId`] names, if it still is in the table; brought back if it was away.
    pub(super) fn still<H: Handler<A>>(&mut self, (slot, id): SlotId, handler: &mut H) -> Option<&mut Connection<A>> {
        match self.slots.get(index(slot)) {
            Some(Slot::Here(connection)) if connection.info.id == id => {}
            Some(Slot::Away { id: of_slot, .. }) if *of_slot == id => self.bring(slot, handler),
            _ => return None,
        }
        self.get_mut(slot)
    }

    /// It is still in the table.
    pub(super) fn has(&self, (slot, id): SlotId) -> bool {
        match self.slots.get(index(slot)) {
            Some(Slot::Here(connection)) => connection.info.id == id,
            Some(Slot::Away { id: of_slot, .. }) => *of_slot == id,
            _ => false,
        }
    }

    /// Connections that were parked and could not be brought back: they are not in the table any more.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// Connections at hand.
    #[cfg(test)]
    pub(super) fn at_hand(&self) -> usize {
        self.slots.iter().filter(|slot| matches!(slot, Slot::Here(_))).count()
    }

    /// Connections that are listed, to be parked.
    #[cfg(test)]
    pub(super) fn listed(&self) -> usize {
        self.here.len()
    }

    /// Where the others are.
    #[cfg(test)]
    pub(super) fn spill(&mut self) -> &mut Spill {
        &mut self.spill
    }

    /// All connections, in the order of their ids.
    pub(super) fn all(&self) -> Vec<SlotId> {
        let id = |slot: &Slot<A>| match slot {
            Slot::Free => None,
            Slot::Here(connection) => Some(connection.info.id),
            Slot::Away { id, .. } => Some(*id),
        };
        let mut all: Vec<SlotId> = (0..).zip(&self.slots).filter_map(|(i, slot)| Some((i, id(slot)?))).collect();
        all.sort_unstable_by_key(|(_, id)| *id);
        all
    }

    /// Brings a connection back that is away. If it cannot be read it is gone.
    #[cold]
    #[inline(never)]
    fn bring<H: Handler<A>>(&mut self, slot: u32, handler: &mut H) {
        let Some(Slot::Away { place, hash, .. }) = self.slots.get(index(slot)) else { return };
        let (place, hash) = (*place, *hash);
        self.make_room(handler);
        let mut packed = std::mem::take(&mut self.packed);
        let connection = if self.spill.take(place, &mut packed) {
            Connection::unpark(handler, &mut packed.as_slice())
        } else {
            None
        };
        self.packed = packed;
        match (connection, self.slots.get_mut(index(slot))) {
            (Some(mut connection), Some(here)) => {
                connection.memory = connection.app.as_ref().map_or(0, |app| handler.memory(app));
                self.bytes += connection.memory;
                *here = Slot::Here(Box::new(connection));
                self.list(slot);
            }
            // The spill file has the place back already.
            _ => {
                self.lost += 1;
                self.free(slot, hash);
            }
        }
    }

    /// Forgets what was in a slot.
    fn free(&mut self, slot: u32, hash: u32) {
        if let Some(place) = self.slots.get_mut(index(slot)) {
            *place = Slot::Free;
        }
        if let Ok(entry) = self.by_key.find_entry(spread(hash), |other| *other == slot) {
            entry.remove();
        }
        self.free.push(slot);
        if self.recent.is_some_and(|(_, recent)| recent == slot) {
            self.recent = None;
        }
    }

    /// Counts what a connection has under way, which has changed; perhaps that is too much, and others are parked,
    /// or this one.
    pub(super) fn weigh<H: Handler<A>>(&mut self, slot: u32, handler: &mut H) {
        let Some(Slot::Here(connection)) = self.slots.get_mut(index(slot)) else { return };
        let memory = connection.app.as_ref().map_or(0, |app| handler.memory(app));
        if memory == connection.memory {
            return;
        }
        let before = std::mem::replace(&mut connection.memory, memory);
        self.bytes = self.bytes.saturating_sub(before).saturating_add(memory);
        if memory > before && self.bytes > self.most_bytes {
            self.make_room(handler);
        }
    }

    /// Puts connections aside until there is room for one more.
    #[cold]
    #[inline(never)]
    fn make_room<H: Handler<A>>(&mut self, handler: &mut H) {
        // Of bytes a sixteenth is made free, so that this is not done for every segment.
        let few = self.most_bytes - self.most_bytes / 16;
        let most_bytes = if self.bytes > self.most_bytes { few } else { self.most_bytes };
        // Each is looked at twice at most: once to see that it was used, once to find that it was not again.
        let mut looks = 2 * self.here.len();
        while (self.here.len() >= self.most_here || self.bytes > most_bytes) && looks > 0 {
            looks -= 1;
            let Some(slot) = self.here.pop_front() else { return };
            let Some(place) = self.slots.get_mut(index(slot)) else { continue };
            let Slot::Here(connection) = place else { continue };
            // The one in use comes back with its next segment: to put it aside for its bytes would free nothing.
            let is_in_use = self.recent.is_some_and(|(_, recent)| recent == slot);
            if self.here.len() + 1 < self.most_here && (connection.memory < LIGHT || is_in_use) {
                self.here.push_back(slot);
                continue;
            }
            if std::mem::replace(&mut connection.touched, false) {
                self.here.push_back(slot);
                continue;
            }
            // What a large one needed is not kept for small ones.
            if self.packed.capacity() > PACKED {
                self.packed = Vec::new();
            }
            self.packed.clear();
            let (id, hash) = (connection.info.id, hash_of(&self.hasher, &connection.key));
            let packs = connection.park(handler, &mut self.packed);
            let away = match if packs { self.spill.put(&self.packed) } else { Err(Refusal::Full) } {
                Ok(away) => away,
                // It stays, and the others go.
                Err(Refusal::TooLarge) => {
                    self.here.push_back(slot);
                    continue;
                }
                // There is nowhere to put them: all stay.
                Err(Refusal::Full) => {
                    self.here = VecDeque::new();
                    (self.most_here, self.most_bytes) = (usize::MAX, usize::MAX);
                    return;
                }
            };
            connection.parked(handler);
            self.bytes = self.bytes.saturating_sub(connection.memory);
            *place = Slot::Away { id, hash, place: away };
            if self.recent.is_some_and(|(_, recent)| recent == slot) {
                self.recent = None;
            }
        }
    }

    fn hash(&self, key: &Key) -> u32 {
        hash_of(&self.hasher, key)
    }
}

fn hash_of(hasher: &DefaultHashBuilder, key: &Key) -> u32 {
    u32::try_from(hasher.hash_one(key) >> 32).unwrap_or(0)
}

/// The table looks at both ends of a hash.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn index(slot: u32) -> usize {
    narrow(slot.into())
}
