//! What several shards have found, in the order of one.
//!
//! In: the parcels of each shard, each in its own order. Out: one sequence of calls, the same as one thread makes:
//! what is told goes by packet and step of the packet, and within a step by connection. No shard is waited for but the
//! one that may still have something earlier.

use std::sync::mpsc::{Receiver, Sender};

use hashbrown::HashMap;

use super::findings::{Findings as _, Ordered};
use super::order::Order;
use super::parcel::{Parcel, Step, Told, What, When};
use super::ranks::Ranks;
use super::sink::{Connection, Sink, StreamBytes};
use crate::base::{Chunk, ConnectionId, PacketNumber};

/// What comes from one shard.
struct Stream {
    from: Receiver<Parcel>,
    back: Sender<Parcel>,
    parcel: Parcel,
    /// Of `parcel.told`.
    next: usize,
    /// The shard has told everything.
    over: bool,
    limit: Option<PacketNumber>,
    /// Numbers of its WebSockets by the names that the shard has for them.
    ids: HashMap<ConnectionId, ConnectionId>,
}

/// Where a stream stands: what it tells next, or the place before which it tells nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    when: When,
    connection: ConnectionId,
}

/// Puts streams together.
pub(super) struct Merger {
    streams: Vec<Stream>,
    /// Packets that opened connections, of all shards.
    ranks: Ranks,
    pub(super) order: Order,
    /// The step at hand.
    when: When,
}

impl Merger {
    /// Takes parcels from the first of each pair and gives them back to the second.
    pub(super) fn new(shards: impl IntoIterator<Item = (Receiver<Parcel>, Sender<Parcel>)>) -> Merger {
        let stream = |(from, back)| Stream {
            from,
            back,
            parcel: Parcel::default(),
            next: 0,
            over: false,
            limit: None,
            ids: HashMap::new(),
        };
        let streams = shards.into_iter().map(stream).collect();
        Merger { streams, ranks: Ranks::default(), order: Order::default(), when: When::default() }
    }

    /// Tells everything to `sink`, until all shards are done or the sink is.
    pub(super) fn run(&mut self, sink: &mut impl Sink) {
        let mut started = false;
        loop {
            let heads = self.streams.iter().enumerate().filter_map(|(i, stream)| Some((stream.head(&self.ranks)?, i)));
            let Some((head, index)) = heads.min() else { break };
            let Some(stream) = self.streams.get_mut(index) else { break };
            if let Some(told) = stream.parcel.told.get(stream.next) {
                let step = (told.when.packet, told.when.step);
                if step != (self.when.packet, self.when.step) {
                    self.end_step(sink);
                    self.when = head.when;
                }
                self.tell(index, sink);
                continue;
            }
            stream.receive();
            if let Some(first) = stream.parcel.first.take()
                && !std::mem::replace(&mut started, true)
            {
                sink.started(first);
            }
            if sink.is_done() {
                return;
            }
        }
        self.end_step(sink);
        self.order.finish(sink);
    }

    /// A step of a packet is over: what was held back may be told.
    fn end_step(&mut self, sink: &mut impl Sink) {
        let limit = if self.when.packet == PacketNumber::MAX {
            Some(0)
        } else {
            self.streams.iter().filter_map(|stream| stream.limit).min()
        };
        self.order.set_limit(limit, sink);
    }

    fn tell(&mut self, index: usize, sink: &mut impl Sink) {
        let Merger { streams, ranks, order, when } = self;
        let Some(stream) = streams.get_mut(index) else { return };
        if when.packet == PacketNumber::MAX {
            // What comes now may end before what is held: nothing goes straight through.
            order.set_limit(Some(0), sink);
        }
        let Stream { parcel, next, limit, ids, .. } = stream;
        let mut findings = Ordered { order, sink };
        let id = |local: &ConnectionId| ids.get(local).copied().unwrap_or_default();
        let at = *next;
        *next += 1;
        match parcel.told.get(at).map(|told| &told.what) {
            None => {}
            Some(What::New) => ranks.push(when.packet),
            Some(What::Limit(new)) => *limit = *new,
            Some(What::Opened(connection)) => {
                let global = ConnectionId(ranks.rank(connection.first.packet));
                ids.insert(connection.id, global);
                findings.opened(&Connection { id: global, ..Connection::clone(connection) });
            }
            Some(What::Frame(local, fixed, parts)) => findings.frame(id(local), &parcel.frame(fixed, parts)),
            Some(What::Message(local, fixed, parts)) => findings.message(id(local), &parcel.message(fixed, parts)),
            Some(What::Over(connection)) => {
                let global = ConnectionId(ranks.rank(connection.first.packet));
                ids.remove(&connection.id);
                findings.connection(Connection { id: global, ..Connection::clone(connection) });
            }
            Some(What::Window { connection, direction, offset, window }) => {
                findings.window(id(connection), *direction, *offset, parcel.bytes(*window));
            }
            Some(What::Bytes { connection, direction, offset, at, origin, bytes }) => {
                let chunk = Chunk { bytes: parcel.bytes(*bytes), at: *at, origin: *origin };
                let (connection, direction, offset) = (id(connection), *direction, *offset);
                findings.bytes(&StreamBytes { connection, direction, offset, chunk });
            }
        }
    }
}

impl Stream {
    fn head(&self, ranks: &Ranks) -> Option<Head> {
        match self.parcel.told.get(self.next) {
            Some(told) => Some(Head { when: told.when, connection: self.connection(told, ranks) }),
            None if self.over => None,
            None => Some(Head {
                when: When { packet: self.parcel.up_to, step: Step::Done },
                connection: ConnectionId(u32::MAX),
            }),
        }
    }

    /// The connection that something is told of. Only within a sweep does its number matter, and at the end.
    fn connection(&self, told: &Told, ranks: &Ranks) -> ConnectionId {
        if told.when.step != Step::Sweep {
            return ConnectionId(0);
        }
        match &told.what {
            What::New | What::Limit(_) => ConnectionId(0),
            What::Opened(connection) | What::Over(connection) => ConnectionId(ranks.rank(connection.first.packet)),
            What::Frame(local, ..)
            | What::Message(local, ..)
            | What::Window { connection: local, .. }
            | What::Bytes { connection: local, .. } => self.ids.get(local).copied().unwrap_or_default(),
        }
    }

    /// The next parcel; the one before goes back first, to be filled again: its shard may be waiting for it.
    fn receive(&mut self) {
        // The shard is gone where it has told everything.
        let _ = self.back.send(std::mem::take(&mut self.parcel));
        self.next = 0;
        match self.from.recv() {
            Ok(parcel) => self.parcel = parcel,
            Err(_) => self.over = true,
        }
    }
}
