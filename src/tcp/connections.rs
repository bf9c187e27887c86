//! All connections, and what time does to them.
//!
//! In: segments. Out: events of each connection, with the state that the caller keeps for it. Numbers, waits and caps
//! live here; what bytes mean is the caller's. Caps go by group ([`Endpoints::group`]), and each wait by itself, so that
//! one table gives what several give that share the groups between them.

use std::collections::{BTreeSet, VecDeque};

use super::connection::{Connection, Watch};
use super::half::{Syn, With};
use super::handler::Handler;
use super::history::History;
use super::key::{self, Key};
use super::patience::{ACKNOWLEDGED, CLOSING, HOLDING, JOIN, Now, UNACKNOWLEDGED};
use super::queue::Queue;
use super::sequence::SeqNum;
use super::table::{SlotId, Table};
use crate::base::{At, ConnectionId, Origin, PacketNumber, limits};
use crate::net::{Endpoints, Segment};

/// Counters of the stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Connections.
    pub connections: u64,
    /// Connections forgotten before they ended, because too many were open at once, or because a disk that fails did
    /// not give them back.
    pub forgotten: u64,
    /// Bytes left out because no receiver had them: far ahead of all that it acknowledged, for longer than any
    /// retransmission takes.
    pub stray: u64,
}

/// All connections, each with the caller's state `A`.
#[derive(Debug)]
pub struct Connections<A> {
    table: Table<A>,
    joining: Queue,
    waiting: Queue,
    waiting_long: Queue,
    closing: Queue,
    /// Connections whose state holds bytes back.
    holding: Queue,
    /// Those that are due, while they are dealt with.
    due: Vec<(ConnectionId, Wait, u32)>,
    groups: Vec<Group>,
    /// The oldest packet that each connection holds back. The first is of one that is in the table; others may have
    /// been lost.
    held_back: BTreeSet<(PacketNumber, SlotId)>,
    history: History,
    counts: Counts,
}

/// Connections of one group, in the order in which they were opened or ended.
#[derive(Debug, Default)]
struct Group {
    /// The newest, which perhaps have not carried payload yet.
    new: VecDeque<SlotId>,
    /// Older ones that have.
    old: VecDeque<SlotId>,
    ended: VecDeque<SlotId>,
}

/// What is over, in the order in which it is dealt with on one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wait {
    Joining,
    Waiting,
    WaitingLong,
    Holding,
    Closing,
}

impl<A: Default> Default for Connections<A> {
    fn default() -> Connections<A> {
        Connections::new(limits::CONNECTIONS_AT_HAND)
    }
}

impl<A: Default> Connections<A> {
    /// No connections yet; about `at_hand` of those to come are kept at hand, the others parked.
    #[must_use]
    pub fn new(at_hand: usize) -> Connections<A> {
        Connections {
            table: Table::new(at_hand),
            joining: Queue::default(),
            waiting: Queue::default(),
            waiting_long: Queue::default(),
            closing: Queue::default(),
            holding: Queue::default(),
            due: Vec::new(),
            groups: (0..Endpoints::GROUPS).map(|_| Group::default()).collect(),
            held_back: BTreeSet::new(),
            history: History::default(),
            counts: Counts::default(),
        }
    }

    /// Counters so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { forgotten: self.counts.forgotten + self.table.lost(), ..self.counts }
    }

    /// The oldest packet whose bytes are held back somewhere: nothing that ends before it can come any more.
    #[must_use]
    pub fn oldest_pending(&self) -> Option<PacketNumber> {
        self.held_back.first().map(|(packet, _)| *packet)
    }

    /// Something waits: [`Connections::sweep`] has to be called for every packet.
    #[must_use]
    #[inline]
    pub fn is_waiting(&self) -> bool {
        [&self.joining, &self.waiting, &self.waiting_long, &self.closing, &self.holding].iter().any(|q| !q.is_empty())
    }

    /// A segment came in packet `at`; `origin` is where its payload lies.
    pub fn push<H: Handler<A>>(&mut self, segment: &Segment<'_>, at: At, origin: Origin, now: &Now, handler: &mut H) {
        let (key, forward) = Key::of(&segment.endpoints);
        let slot = match self.table.find(&key, handler) {
            Some(slot) if !self.is_reused(slot, segment, forward) => slot,
            Some(slot) => {
                self.close(slot, now, handler);
                self.open(key, forward, segment, at, Some(slot), now, handler)
            }
            None => self.open(key, forward, segment, at, None, now, handler),
        };
        let Some(connection) = self.table.get_mut(slot) else { return };
        let before = connection.watch();
        let mut with = With { now: *now, history: &mut self.history, stray: &mut self.counts.stray };
        let over = connection.push(segment, forward, at, origin, &mut with, handler);
        let after = connection.watch();
        let named = (slot, connection.info.id);
        let (pending, of_app) = connection.pending(handler);
        let holds_else = pending != connection.held_back || of_app.is_some();
        if before != after {
            self.enqueue(named, before, after, now);
        }
        if over {
            self.close(slot, now, handler);
        } else {
            if holds_else {
                self.note_pending(named, now, handler);
            }
            // Only payload can have made it heavier, or lighter.
            if !segment.payload.is_empty() {
                self.table.weigh(slot, handler);
            }
        }
        self.pass_over_lost();
    }

    /// A connection waits for something else than before.
    #[cold]
    fn enqueue(&mut self, named: SlotId, before: Watch, after: Watch, now: &Now) {
        if !before.joining && after.joining {
            self.joining.push(now, named);
        }
        if !before.waiting && after.waiting {
            self.waiting.push(now, named);
        }
        if !before.closing && after.closing {
            self.closing.push(now, named);
        }
    }

    /// Time has passed: waits that are over end. Call it before each packet; it is nearly free where nothing waits.
    #[inline]
    pub fn sweep<H: Handler<A>>(&mut self, now: &Now, handler: &mut H) {
        if self.is_waiting() {
            self.sweep_waiting(now, handler);
        }
    }

    fn sweep_waiting<H: Handler<A>>(&mut self, now: &Now, handler: &mut H) {
        let queues = [
            (&mut self.joining, &JOIN, Wait::Joining),
            (&mut self.waiting, &ACKNOWLEDGED, Wait::Waiting),
            (&mut self.waiting_long, &UNACKNOWLEDGED, Wait::WaitingLong),
            (&mut self.holding, &HOLDING, Wait::Holding),
            (&mut self.closing, &CLOSING, Wait::Closing),
        ];
        for (queue, patience, wait) in queues {
            while let Some((slot, id)) = queue.due(patience, now) {
                self.due.push((id, wait, slot));
            }
        }
        if !self.due.is_empty() {
            self.end_waits(now, handler);
        }
    }

    /// In the order of connections, whatever queues they stand in: several tables that share the connections give, put
    /// together, the same.
    #[cold]
    fn end_waits<H: Handler<A>>(&mut self, now: &Now, handler: &mut H) {
        let mut due = std::mem::take(&mut self.due);
        due.sort_unstable();
        for (id, wait, slot) in due.drain(..) {
            self.end_wait((slot, id), wait, now, handler);
        }
        self.due = due;
        self.pass_over_lost();
    }

    fn end_wait<H: Handler<A>>(&mut self, named: SlotId, wait: Wait, now: &Now, handler: &mut H) {
        let (slot, _) = named;
        let Some(connection) = self.table.still(named, handler).filter(|connection| connection.app.is_some()) else {
            return;
        };
        let mut with = With { now: *now, history: &mut self.history, stray: &mut self.counts.stray };
        match wait {
            Wait::Joining => connection.start(&mut with, handler),
            Wait::Waiting | Wait::WaitingLong => connection.lose_patience(&mut with, handler),
            Wait::Holding => connection.tick(&mut with, handler),
            Wait::Closing => {
                self.close(slot, now, handler);
                return;
            }
        }
        let since = connection.waiting_since();
        connection.ticking &= wait != Wait::Holding;
        self.note_pending(named, now, handler);
        match (wait, since) {
            (Wait::Waiting, Some(since)) if ACKNOWLEDGED.is_over(&since, now) => self.waiting_long.push(&since, named),
            (Wait::Waiting | Wait::WaitingLong, Some(since)) => self.waiting.push(&since, named),
            _ => {}
        }
    }

    /// The capture is over: every connection is, in the order of their numbers.
    pub fn finish<H: Handler<A>>(&mut self, now: &Now, handler: &mut H) {
        for named in self.table.all() {
            if self.table.still(named, handler).is_some() {
                self.close(named.0, now, handler);
                // No late segment will come.
                self.table.remove(named.0);
            }
        }
        self.pass_over_lost();
    }

    /// Nothing waits for a connection that was lost.
    #[inline]
    fn pass_over_lost(&mut self) {
        while let Some(first) = self.held_back.first()
            && !self.table.has(first.1)
        {
            self.held_back.pop_first();
        }
    }

    /// A SYN that does not fit the connection of its ports starts another.
    fn is_reused(&mut self, slot: u32, segment: &Segment<'_>, forward: bool) -> bool {
        let Some(connection) = self.table.get_mut(slot) else { return true };
        if !segment.flags.syn() || segment.flags.rst() {
            return false;
        }
        let side = key::side(forward, connection.first_forward);
        let over = connection.app.is_none() || connection.closing.is_some();
        let half = connection.half(side);
        if half.is_new() && !over {
            return false;
        }
        match half.syn(SeqNum(segment.sequence)) {
            Syn::Fits => false,
            // A SYN-ACK on a connection that goes on is a stray answer; on one that is over it starts another.
            Syn::Other => over || !segment.flags.ack(),
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what a first segment tells, and where to tell what is given up for it"
    )]
    fn open<H: Handler<A>>(
        &mut self,
        key: Key,
        forward: bool,
        segment: &Segment<'_>,
        at: At,
        reuse: Option<u32>,
        now: &Now,
        handler: &mut H,
    ) -> u32 {
        let id = ConnectionId(u32::try_from(self.counts.connections).unwrap_or(u32::MAX));
        self.counts.connections += 1;
        let connection = Connection::new(id, key, forward, &segment.endpoints, at);
        let group = usize::from(connection.group);
        // Before it is in the table: to forget brings others back, for which it could be parked.
        if self.groups.get(group).is_some_and(|group| group.new.len() >= limits::SILENT_CONNECTIONS / Endpoints::GROUPS)
        {
            self.forget(group, now, handler);
        }
        let slot = self.table.insert(connection, reuse, handler);
        handler.opened(at);
        if let Some(group) = self.groups.get_mut(group) {
            group.new.push_back((slot, id));
        }
        slot
    }

    /// Many connections of a group are open at once. The oldest that never carried payload is forgotten (a SYN flood
    /// makes millions); where too many others are open, so are the oldest of those, after what is known of them was
    /// told.
    #[cold]
    fn forget<H: Handler<A>>(&mut self, group: usize, now: &Now, handler: &mut H) {
        let Connections { table, groups, history, counts, .. } = self;
        let Some(group) = groups.get_mut(group) else { return };
        let Some(named) = group.new.pop_front() else { return };
        match table.still(named, handler) {
            Some(connection) if connection.spoke => group.old.push_back(named),
            Some(connection) => {
                let open = connection.app.is_some() && !connection.refused;
                connection.finish(&mut With { now: *now, history, stray: &mut counts.stray }, handler);
                self.counts.forgotten += u64::from(open);
                self.remove(named.0);
                return;
            }
            None => return,
        }
        let most = limits::OPEN_CONNECTIONS / Endpoints::GROUPS;
        if group.old.len() <= most + most / 4 {
            return;
        }
        group.old.retain(|named| table.has(*named));
        let many = group.old.len().saturating_sub(most);
        let oldest: Vec<SlotId> =
            if group.old.len() > most + most / 8 { group.old.drain(..many).collect() } else { Vec::new() };
        for named in oldest {
            if is_open(&mut self.table, named, handler) {
                self.counts.forgotten += 1;
                self.close(named.0, now, handler);
            }
        }
    }

    fn remove(&mut self, slot: u32) {
        if let Some(connection) = self.table.get(slot)
            && connection.held_back != PacketNumber::MAX
        {
            self.held_back.remove(&(connection.held_back, (slot, connection.info.id)));
        }
        self.table.remove(slot);
    }

    /// The connection is over; its entry stays a while, for late segments.
    fn close<H: Handler<A>>(&mut self, slot: u32, now: &Now, handler: &mut H) {
        let Some(connection) = self.table.get_mut(slot) else { return };
        let named = (slot, connection.info.id);
        let group = usize::from(connection.group);
        let mut with = With { now: *now, history: &mut self.history, stray: &mut self.counts.stray };
        if !connection.finish(&mut with, handler) {
            return;
        }
        if connection.held_back != PacketNumber::MAX {
            self.held_back.remove(&(connection.held_back, named));
            connection.held_back = PacketNumber::MAX;
        }
        self.table.weigh(slot, handler);
        let Some(group) = self.groups.get_mut(group) else { return };
        group.ended.push_back(named);
        while group.ended.len() > limits::ENDED_CONNECTIONS / Endpoints::GROUPS {
            let Some(oldest) = group.ended.pop_front() else { return };
            if self.table.has(oldest) {
                self.table.remove(oldest.0);
            }
        }
    }

    /// Keeps account of the oldest packet that a connection holds back.
    fn note_pending<H: Handler<A>>(&mut self, named: SlotId, now: &Now, handler: &H) {
        let Some(connection) = self.table.get_mut(named.0) else { return };
        let (pending, of_app) = connection.pending(handler);
        if of_app.is_some() && !std::mem::replace(&mut connection.ticking, true) {
            self.holding.push(now, named);
        }
        if pending != connection.held_back {
            if connection.held_back != PacketNumber::MAX {
                self.held_back.remove(&(connection.held_back, named));
            }
            if pending != PacketNumber::MAX {
                self.held_back.insert((pending, named));
            }
            connection.held_back = pending;
        }
    }
}

#[cfg(test)]
impl<A> Connections<A> {
    pub(super) fn table(&mut self) -> &mut Table<A> {
        &mut self.table
    }
}

fn is_open<A: Default, H: Handler<A>>(table: &mut Table<A>, named: SlotId, handler: &mut H) -> bool {
    table.still(named, handler).is_some_and(|connection| connection.app.is_some())
}
