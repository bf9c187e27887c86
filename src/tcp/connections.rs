//! The table of connections.
//!
//! In: segments. Out: events of each connection, with the state that the caller keeps for it. Number, key and the
//! two halves of a connection live here; what its bytes mean is the caller's.

use std::collections::VecDeque;

use hashbrown::HashMap;

use super::half::{Event, Half, Syn, With};
use super::handler::{Handler, Info};
use super::history::History;
use super::key::{self, Key};
use super::patience::{ACKNOWLEDGED, CLOSING, HOLDING, JOIN, Now, Patience, UNACKNOWLEDGED};
use super::sequence::SeqNum;
use super::waiting::Run;
use crate::base::{At, ConnectionId, PacketNumber, Side, Sides, limits};
use crate::net::{Endpoints, Segment};

/// Counters of the stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Connections.
    pub connections: u64,
    /// Connections forgotten before they ended, because too many without payload were open at once.
    pub forgotten: u64,
}

#[derive(Debug)]
struct Connection<A> {
    info: Info,
    key: Key,
    /// The first segment went from the key's lower end to its higher.
    first_forward: bool,
    a: Half,
    b: Half,
    /// `None` once it is over.
    app: Option<A>,
    /// A reset was seen.
    closing: Option<Now>,
    /// Payload was seen.
    spoke: bool,
    /// Oldest packet held back, as it stands in [`Connections::held_back`]; `PacketNumber::MAX` for none.
    held_back: PacketNumber,
}

/// What a [`Queue`] entry waits for. A slot may be used again; the id tells whether it was.
type Entry = (Now, usize, ConnectionId);

/// All connections, each with the caller's state `A`.
#[derive(Debug)]
pub struct Connections<A> {
    by_key: HashMap<Key, usize>,
    slots: Vec<Option<Connection<A>>>,
    free: Vec<usize>,
    /// The connection of the segment before: traffic comes in runs.
    recent: Option<(Key, usize)>,
    joining: VecDeque<Entry>,
    waiting: VecDeque<Entry>,
    waiting_long: VecDeque<Entry>,
    closing: VecDeque<Entry>,
    /// Connections whose state holds bytes back.
    holding: VecDeque<Entry>,
    ended: VecDeque<(usize, ConnectionId)>,
    silent: VecDeque<(usize, ConnectionId)>,
    held_back: std::collections::BTreeSet<(PacketNumber, usize)>,
    history: History,
    counts: Counts,
}

impl<A: Default> Default for Connections<A> {
    fn default() -> Connections<A> {
        Connections {
            by_key: HashMap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            recent: None,
            joining: VecDeque::new(),
            waiting: VecDeque::new(),
            waiting_long: VecDeque::new(),
            closing: VecDeque::new(),
            holding: VecDeque::new(),
            ended: VecDeque::new(),
            silent: VecDeque::new(),
            held_back: std::collections::BTreeSet::new(),
            history: History::default(),
            counts: Counts::default(),
        }
    }
}

impl<A: Default> Connections<A> {
    /// Counters so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The oldest packet whose bytes are held back somewhere: nothing that ends before it can come any more.
    #[must_use]
    pub fn oldest_pending(&self) -> Option<PacketNumber> {
        self.held_back.first().map(|(packet, _)| *packet)
    }

    /// A segment came in packet `at`; `position` is where its payload lies in the capture.
    pub fn push<H: Handler<A>>(
        &mut self,
        segment: &Segment<'_>,
        at: At,
        position: Option<u64>,
        now: &Now,
        handler: &mut H,
    ) {
        let (key, forward) = Key::of(&segment.endpoints);
        let found = match self.recent {
            Some((recent, slot)) if recent == key => Some(slot),
            _ => self.by_key.get(&key).copied(),
        };
        let slot = match found {
            Some(slot) if !self.is_reused(slot, segment, forward) => slot,
            Some(slot) => {
                self.close(slot, now, handler);
                self.open(key, forward, segment, at, Some(slot))
            }
            None => self.open(key, forward, segment, at, None),
        };
        self.recent = Some((key, slot));
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return };
        let before = connection.watch();
        let mut with = With { now: *now, history: &mut self.history };
        let over = connection.push(segment, forward, at, position, &mut with, handler);
        let after = connection.watch();
        let id = connection.info.id;
        if before.joining != after.joining && after.joining {
            self.joining.push_back((*now, slot, id));
        }
        if !before.waiting && after.waiting {
            self.waiting.push_back((*now, slot, id));
        }
        if !before.closing && after.closing {
            self.closing.push_back((*now, slot, id));
        }
        if over {
            self.close(slot, now, handler);
        } else {
            if before.held_back == PacketNumber::MAX && self.note_pending(slot, handler) != PacketNumber::MAX {
                self.holding.push_back((*now, slot, id));
            }
        }
    }

    /// Time has passed: waits that are over end. Call it before each packet; it is nearly free where nothing waits.
    pub fn sweep<H: Handler<A>>(&mut self, now: &Now, handler: &mut H) {
        while let Some((slot, id)) = due(&mut self.joining, &JOIN, now) {
            self.with(slot, id, handler, now, |connection, with, handler| connection.start(with, handler));
        }
        while let Some((slot, id)) = due(&mut self.waiting, &ACKNOWLEDGED, now) {
            self.with(slot, id, handler, now, |connection, with, handler| connection.lose_patience(with, handler));
            if let Some(since) = self.still_waiting(slot, id) {
                if ACKNOWLEDGED.is_over(&since, now) {
                    self.waiting_long.push_back((since, slot, id));
                } else {
                    self.waiting.push_back((since, slot, id));
                }
            }
        }
        while let Some((slot, id)) = due(&mut self.waiting_long, &UNACKNOWLEDGED, now) {
            self.with(slot, id, handler, now, |connection, with, handler| connection.lose_patience(with, handler));
            if let Some(since) = self.still_waiting(slot, id) {
                self.waiting.push_back((since, slot, id));
            }
        }
        while let Some((slot, id)) = due(&mut self.holding, &HOLDING, now) {
            self.with(slot, id, handler, now, |connection, with, handler| connection.tick(with, handler));
            let held =
                matches!(self.slots.get(slot), Some(Some(c)) if c.info.id == id && c.held_back != PacketNumber::MAX);
            if held {
                self.holding.push_back((*now, slot, id));
            }
        }
        while let Some((slot, id)) = due(&mut self.closing, &CLOSING, now) {
            if self.is(slot, id) {
                self.close(slot, now, handler);
            }
        }
    }

    /// The capture is over: every connection is, in the order of their numbers.
    pub fn finish<H: Handler<A>>(&mut self, now: &Now, handler: &mut H) {
        let mut open: Vec<(ConnectionId, usize)> = self
            .slots
            .iter()
            .enumerate()
            .filter_map(|(slot, connection)| connection.as_ref().map(|connection| (connection.info.id, slot)))
            .collect();
        open.sort_unstable();
        for (_, slot) in open {
            self.close(slot, now, handler);
        }
    }

    fn is(&self, slot: usize, id: ConnectionId) -> bool {
        matches!(self.slots.get(slot), Some(Some(connection)) if connection.info.id == id && connection.app.is_some())
    }

    fn still_waiting(&self, slot: usize, id: ConnectionId) -> Option<Now> {
        let connection = self.slots.get(slot)?.as_ref().filter(|connection| connection.info.id == id)?;
        [&connection.a, &connection.b].into_iter().filter_map(Half::waiting_since).min_by_key(|since| since.packet)
    }

    fn with<H: Handler<A>>(
        &mut self,
        slot: usize,
        id: ConnectionId,
        handler: &mut H,
        now: &Now,
        act: impl FnOnce(&mut Connection<A>, &mut With<'_>, &mut H),
    ) {
        if self.is(slot, id)
            && let Some(Some(connection)) = self.slots.get_mut(slot)
        {
            let mut with = With { now: *now, history: &mut self.history };
            act(connection, &mut with, handler);
            self.note_pending(slot, handler);
        }
    }

    /// A SYN that does not fit the connection of its ports starts another.
    fn is_reused(&mut self, slot: usize, segment: &Segment<'_>, forward: bool) -> bool {
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return true };
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

    fn open(&mut self, key: Key, forward: bool, segment: &Segment<'_>, at: At, reuse: Option<usize>) -> usize {
        let id = ConnectionId(u32::try_from(self.counts.connections).unwrap_or(u32::MAX));
        self.counts.connections += 1;
        let connection = Connection::new(id, key, forward, &segment.endpoints, at);
        let slot = match reuse.or_else(|| self.free.pop()) {
            Some(slot) => slot,
            None => {
                self.slots.push(None);
                self.slots.len() - 1
            }
        };
        if let Some(place) = self.slots.get_mut(slot) {
            *place = Some(connection);
        }
        self.by_key.insert(key, slot);
        self.silent.push_back((slot, id));
        self.forget_silent();
        slot
    }

    /// Too many connections that never carried payload (a SYN flood): the oldest is forgotten.
    fn forget_silent(&mut self) {
        while self.silent.len() > limits::SILENT_CONNECTIONS {
            let Some((slot, id)) = self.silent.pop_front() else { return };
            let forget = matches!(self.slots.get(slot), Some(Some(c)) if c.info.id == id && !c.spoke);
            if forget {
                self.counts.forgotten += 1;
                self.remove(slot);
            }
        }
    }

    fn remove(&mut self, slot: usize) {
        if let Some(connection) = self.slots.get_mut(slot).and_then(Option::take) {
            self.by_key.remove(&connection.key);
            self.free.push(slot);
            if self.recent.is_some_and(|(_, recent)| recent == slot) {
                self.recent = None;
            }
        }
    }

    /// The connection is over; its entry stays a while, for late segments.
    fn close<H: Handler<A>>(&mut self, slot: usize, now: &Now, handler: &mut H) {
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return };
        let id = connection.info.id;
        let mut with = With { now: *now, history: &mut self.history };
        if !connection.finish(&mut with, handler) {
            return;
        }
        if connection.held_back != PacketNumber::MAX {
            self.held_back.remove(&(connection.held_back, slot));
        }
        self.ended.push_back((slot, id));
        while self.ended.len() > limits::ENDED_CONNECTIONS {
            let Some((slot, id)) = self.ended.pop_front() else { return };
            if matches!(self.slots.get(slot), Some(Some(connection)) if connection.info.id == id) {
                self.remove(slot);
            }
        }
    }

    fn note_pending<H: Handler<A>>(&mut self, slot: usize, handler: &H) -> PacketNumber {
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return PacketNumber::MAX };
        let pending = connection.pending(handler);
        if pending != connection.held_back {
            if connection.held_back != PacketNumber::MAX {
                self.held_back.remove(&(connection.held_back, slot));
            }
            if pending != PacketNumber::MAX {
                self.held_back.insert((pending, slot));
            }
            connection.held_back = pending;
        }
        pending
    }
}

/// The first entry whose wait is over.
fn due(queue: &mut VecDeque<Entry>, patience: &Patience, now: &Now) -> Option<(usize, ConnectionId)> {
    let (since, slot, id) = *queue.front()?;
    if !patience.is_over(&since, now) {
        return None;
    }
    queue.pop_front();
    Some((slot, id))
}

/// Which queues a connection belongs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Watch {
    joining: bool,
    waiting: bool,
    closing: bool,
    held_back: PacketNumber,
}

impl<A: Default> Connection<A> {
    fn new(id: ConnectionId, key: Key, first_forward: bool, endpoints: &Endpoints, at: At) -> Connection<A> {
        const UNKNOWN: Sides<u64> = Sides { a: u64::MAX, b: u64::MAX };
        let info = Info {
            id,
            a: endpoints.source(),
            b: endpoints.destination(),
            opener: None,
            first: at,
            last: at,
            received: UNKNOWN,
        };
        Connection {
            info,
            key,
            first_forward,
            a: Half::default(),
            b: Half::default(),
            app: Some(A::default()),
            closing: None,
            spoke: false,
            held_back: PacketNumber::MAX,
        }
    }

    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::A => &mut self.a,
            Side::B => &mut self.b,
        }
    }

    fn watch(&self) -> Watch {
        Watch {
            joining: self.a.is_joining() || self.b.is_joining(),
            waiting: self.a.waiting_since().is_some() || self.b.waiting_since().is_some(),
            closing: self.closing.is_some(),
            held_back: self.held_back,
        }
    }

    fn pending<H: Handler<A>>(&self, handler: &H) -> PacketNumber {
        let app = self.app.as_ref().and_then(|app| handler.pending(app));
        [self.a.oldest(), self.b.oldest(), app].into_iter().flatten().min().unwrap_or(PacketNumber::MAX)
    }

    /// Gives whether the connection is over.
    fn push<H: Handler<A>>(
        &mut self,
        segment: &Segment<'_>,
        forward: bool,
        at: At,
        position: Option<u64>,
        with: &mut With<'_>,
        handler: &mut H,
    ) -> bool {
        let side = key::side(forward, self.first_forward);
        if self.app.is_none() {
            return false;
        }
        self.info.last = at;
        if self.a.waiting_since().is_some() || self.b.waiting_since().is_some() {
            self.lose_patience(with, handler);
        }
        let mut sequence = SeqNum(segment.sequence);
        if segment.flags.syn() {
            if self.info.opener.is_none() {
                self.info.opener = Some(if segment.flags.ack() { side.other() } else { side });
            }
            self.half(side).syn(sequence);
            sequence = sequence.advance(1);
        }
        if segment.flags.ack() {
            let half = self.half(side.other());
            half.acknowledge(SeqNum(segment.acknowledgement));
            let received = half.acknowledged();
            *self.info.received.get_mut(side) = received.unwrap_or(u64::MAX);
        }
        if segment.flags.rst() {
            // A reset's payload is a diagnostic text (RFC 9293 section 3.5.3), not of the stream.
            self.closing.get_or_insert(with.now);
            return false;
        }
        self.spoke |= !segment.payload.is_empty() || segment.cut > 0;
        let run = Run { offset: 0, bytes: segment.payload, cut: u64::from(segment.cut), at, position };
        let Connection { info, app, a, b, .. } = self;
        let Some(app) = app.as_mut() else { return false };
        let half = match side {
            Side::A => a,
            Side::B => b,
        };
        half.push(sequence, run, segment.flags.fin(), with, &mut |event| handler.event(info, app, side, event));
        self.a.has_ended() && self.b.has_ended()
    }

    fn tick<H: Handler<A>>(&mut self, with: &mut With<'_>, handler: &mut H) {
        if let Some(app) = &mut self.app {
            handler.tick(&self.info, app, &with.now);
        }
    }

    fn start<H: Handler<A>>(&mut self, with: &mut With<'_>, handler: &mut H) {
        self.each_half(handler, |half, emit| half.start(with, emit));
    }

    fn lose_patience<H: Handler<A>>(&mut self, with: &mut With<'_>, handler: &mut H) {
        self.each_half(handler, |half, emit| half.lose_patience(with, emit));
    }

    fn each_half<H: Handler<A>>(&mut self, handler: &mut H, mut act: impl FnMut(&mut Half, &mut dyn FnMut(Event<'_>))) {
        let Connection { info, app, a, b, .. } = self;
        let Some(app) = app.as_mut() else { return };
        act(a, &mut |event| handler.event(info, app, Side::A, event));
        act(b, &mut |event| handler.event(info, app, Side::B, event));
    }

    /// Gives whether it was not over before.
    fn finish<H: Handler<A>>(&mut self, with: &mut With<'_>, handler: &mut H) -> bool {
        self.each_half(handler, |half, emit| half.finish(with, emit));
        match self.app.take() {
            Some(app) => {
                handler.closed(&self.info, app);
                true
            }
            None => false,
        }
    }
}
