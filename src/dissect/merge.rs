//! What several shards have found, in the order of one.
//!
//! In: the parcels of each shard, each in its own order. Out: one sequence of things told, the same as one thread
//! tells: it goes by packet and step of the packet, and within a step by connection. No shard is waited for but the
//! one that may still have something earlier.

use std::sync::mpsc::{Receiver, Sender};

use hashbrown::HashMap;

use super::open_ranks::OpenRanks;
use super::order::{Order, Ordered};
use super::packets::Packets;
use super::parcel::{Parcel, Parceled, Step, What, When};
use super::sink::Sink;
use super::socket::Socket;
use super::told::{FramePlace, MessagePlace, OpenedRecord, StreamBytes, Told};
use crate::base::{Chunk, ConnectionId, PacketNumber, SocketId};

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
    names: Names,
}

/// Numbers of a shard's connections among those of all shards.
#[derive(Default)]
struct Names {
    /// Packets that opened the shard's connections.
    opened: OpenRanks,
    /// Of connections whose sockets are open.
    known: HashMap<ConnectionId, ConnectionId>,
}

impl Names {
    /// The number of a connection, of which something is told then.
    fn connection(&self, local: ConnectionId, ranks: &OpenRanks, when: When) -> ConnectionId {
        let known = self.known.get(&local).copied();
        // One that is not listed yet is opened by the segment at hand.
        known.unwrap_or_else(|| ConnectionId(ranks.rank(self.opened.packet(local.0).unwrap_or(when.rank()))))
    }

    fn socket(&self, local: SocketId, ranks: &OpenRanks, when: When) -> SocketId {
        SocketId { connection: self.connection(local.connection, ranks, when), ..local }
    }
}

/// Where a stream stands: what it tells next, or the place before which it tells nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    when: When,
    connection: ConnectionId,
}

/// Puts streams together.
pub(super) struct Merger<'l, 'c> {
    streams: Vec<Stream>,
    /// Packets that opened connections, of all shards.
    ranks: OpenRanks,
    pub(super) order: Order,
    /// The step at hand.
    when: When,
    /// The packets themselves, where somebody wants them.
    packets: Option<Packets<'l, 'c>>,
}

impl<'l, 'c> Merger<'l, 'c> {
    /// Takes parcels from the first of each pair and gives them back to the second.
    pub(super) fn new(
        shards: impl IntoIterator<Item = (Receiver<Parcel>, Sender<Parcel>)>,
        packets: Option<Packets<'l, 'c>>,
    ) -> Merger<'l, 'c> {
        let stream = |(from, back)| Stream {
            from,
            back,
            parcel: Parcel::default(),
            next: 0,
            over: false,
            limit: None,
            names: Names::default(),
        };
        let streams = shards.into_iter().map(stream).collect();
        Merger { streams, ranks: OpenRanks::default(), order: Order::default(), when: When::default(), packets }
    }

    /// Tells everything to `sink`, until all shards are done or the sink is.
    pub(super) fn run(&mut self, sink: &mut impl Sink) {
        let mut started = false;
        loop {
            let heads = self.streams.iter().enumerate().filter_map(|(i, stream)| Some((stream.head(&self.ranks)?, i)));
            let Some((head, index)) = heads.min() else { break };
            let Some(stream) = self.streams.get_mut(index) else { break };
            if let Some(told) = stream.parcel.told.get(stream.next) {
                if told.when != self.when {
                    self.end_step(sink);
                    self.when = head.when;
                    self.tell_packets(head.when.packet, sink);
                }
                self.tell(index, sink);
                continue;
            }
            if self.packets.is_some() {
                // All of packets up to this one was told. Shards may be waiting for their batches.
                self.end_step(sink);
                self.tell_packets(head.when.packet, sink);
            }
            let Some(stream) = self.streams.get_mut(index) else { break };
            stream.receive();
            if let Some(first) = stream.parcel.first.take()
                && !std::mem::replace(&mut started, true)
            {
                sink.tell(&Told::Started(first));
            }
            if sink.is_done() {
                return;
            }
        }
        self.end_step(sink);
        self.tell_packets(PacketNumber::MAX, sink);
        self.order.finish(sink);
    }

    fn tell_packets(&mut self, up_to: PacketNumber, sink: &mut impl Sink) {
        if let Some(packets) = &mut self.packets {
            packets.tell(up_to, sink);
        }
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
        let Merger { streams, ranks, order, when, .. } = self;
        let Some(stream) = streams.get_mut(index) else {
            debug_assert!(false, "there is no stream {index}");
            return;
        };
        if when.packet == PacketNumber::MAX {
            // What comes now may end before what is held: nothing goes straight through.
            order.set_limit(Some(0), sink);
        }
        let Stream { parcel, next, limit, names, .. } = stream;
        let mut ordered = Ordered { order, sink };
        let at = *next;
        *next += 1;
        match parcel.told.get(at).map(|told| &told.what) {
            None => {}
            Some(What::New) => {
                ranks.push(when.rank());
                names.opened.push(when.rank());
            }
            Some(What::Limit(new)) => *limit = *new,
            Some(What::Exchange(local, exchange)) => {
                let connection = names.connection(*local, ranks, *when);
                ordered.tell(&Told::Exchange { connection, exchange });
            }
            Some(What::Opened(socket)) => {
                let id = names.socket(socket.id, ranks, *when);
                names.known.insert(socket.id.connection, id.connection);
                ordered.tell(&Told::Opened(&Socket { id, ..Socket::clone(socket) }));
            }
            Some(What::Frame(local, fixed, parts)) => {
                let socket = names.socket(*local, ranks, *when);
                ordered.tell(&Told::Frame(&FramePlace::unnumbered(socket), &parcel.frame(fixed, parts)));
            }
            Some(What::Message(local, fixed, parts)) => {
                let socket = names.socket(*local, ranks, *when);
                ordered.tell(&Told::Message(&MessagePlace::unnumbered(socket), &parcel.message(fixed, parts)));
            }
            Some(What::Closed(socket)) => {
                let id = names.socket(socket.id, ranks, *when);
                names.known.remove(&socket.id.connection);
                ordered.tell(&Told::Closed(&Socket { id, ..Socket::clone(socket) }));
            }
            Some(What::Window { socket, direction, offset, window }) => {
                let socket = names.socket(*socket, ranks, *when);
                let (direction, offset, window) = (*direction, *offset, parcel.bytes(*window));
                ordered.tell(&Told::Window { socket, direction, offset, window });
            }
            Some(What::Bytes { socket, direction, offset, at, origin, bytes, sealed }) => {
                let socket = names.socket(*socket, ranks, *when);
                let chunk = Chunk { bytes: parcel.bytes(*bytes), at: *at, origin: *origin };
                let (direction, offset) = (*direction, *offset);
                let bytes = StreamBytes { socket, direction, offset, chunk };
                ordered.tell(&if *sealed { Told::Sealed(&bytes) } else { Told::Bytes(&bytes) });
            }
            Some(What::Record(record)) => {
                let connection = names.connection(record.connection, ranks, *when);
                ordered.tell(&Told::Record(&OpenedRecord { connection, ..OpenedRecord::clone(record) }));
            }
        }
    }
}

impl Stream {
    fn head(&self, ranks: &OpenRanks) -> Option<Head> {
        match self.parcel.told.get(self.next) {
            Some(told) => Some(Head { when: told.when, connection: self.connection(told, ranks) }),
            None if self.over => None,
            None => Some(Head {
                when: When { packet: self.parcel.up_to, part: u8::MAX, step: Step::Done },
                connection: ConnectionId(u32::MAX),
            }),
        }
    }

    /// The connection that something is told of. Only within a sweep does its number matter, and at the end.
    fn connection(&self, told: &Parceled, ranks: &OpenRanks) -> ConnectionId {
        if told.when.step != Step::Sweep {
            return ConnectionId(0);
        }
        let local = match &told.what {
            What::New | What::Limit(_) => return ConnectionId(0),
            What::Exchange(connection, _) => *connection,
            What::Opened(socket) | What::Closed(socket) => socket.id.connection,
            What::Frame(local, ..)
            | What::Message(local, ..)
            | What::Window { socket: local, .. }
            | What::Bytes { socket: local, .. } => local.connection,
            What::Record(record) => record.connection,
        };
        self.names.connection(local, ranks, told.when)
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
