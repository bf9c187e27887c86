//! What a shard has found, on its way to the thread that puts it in order.
//!
//! In: what one shard tells, as it comes. Out: [`Parcel`]s of them, each with when it was told. Payloads lie in one
//! buffer of the parcel; parcels go round and are filled again, and their number is fixed, so that a shard waits where
//! the other thread is slower.

use std::sync::mpsc::{Receiver, SyncSender};

use super::shard::Shard;
use super::sink::Sink;
use super::socket::Socket;
use super::told::{OpenedRecord, StreamBytes, Told};
use super::wants::Wants;
use crate::base::{At, Chunk, ConnectionId, Direction, Hole, Note, Origin, PacketNumber, SocketId};
use crate::http::Exchange;
use crate::websocket::{Frame, Message};

/// When something is told: at a packet, at which of its segments, and at which step of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct When {
    pub(super) packet: PacketNumber,
    /// Which segment of the packet, 0-based: an aggregate of frames may have several, of several connections.
    pub(super) part: u8,
    pub(super) step: Step,
}

impl When {
    /// A number that rises with packets and their segments.
    pub(super) fn rank(self) -> u64 {
        self.packet.saturating_mul(256).saturating_add(self.part.into())
    }
}

/// The steps of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Step {
    /// Waits end.
    #[default]
    Sweep,
    /// They have ended.
    Swept,
    /// The packet's segment is read.
    Segment,
    /// It was read.
    Done,
}

/// One thing in a parcel.
#[derive(Debug)]
pub(super) struct Parceled {
    pub(super) when: When,
    pub(super) what: What,
}

/// What it is. Sockets are named as their shard names them.
#[derive(Debug)]
pub(super) enum What {
    /// A TCP connection was opened.
    New,
    /// The oldest packet whose bytes the shard holds back has changed.
    Limit(Option<PacketNumber>),
    Exchange(ConnectionId, Box<Exchange>),
    Opened(Box<Socket>),
    Frame(SocketId, Frame<'static>, Parts),
    Message(SocketId, Message<'static>, Parts),
    Closed(Box<Socket>),
    Window {
        socket: SocketId,
        direction: Direction,
        offset: u64,
        window: Run,
    },
    Bytes {
        socket: SocketId,
        direction: Direction,
        offset: u64,
        at: At,
        origin: Origin,
        bytes: Run,
        /// They are sealed, and the connection's.
        sealed: bool,
    },
    Record(Box<OpenedRecord>),
}

/// A run of [`Parcel::bytes`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    start: usize,
    len: usize,
}

/// What a frame or message borrows.
#[derive(Debug)]
pub(super) struct Parts {
    payload: Run,
    /// Few have any.
    extra: Option<Box<(Vec<Hole>, Vec<Note>)>>,
}

/// What a shard tells at a time.
#[derive(Debug, Default)]
pub(super) struct Parcel {
    pub(super) told: Vec<Parceled>,
    bytes: Vec<u8>,
    /// All that the shard tells of packets up to this one was told with this parcel.
    pub(super) up_to: PacketNumber,
    /// The first packet of the capture, with the first parcel.
    pub(super) first: Option<At>,
}

impl Parcel {
    pub(super) fn bytes(&self, run: Run) -> &[u8] {
        self.bytes.get(run.start..run.start + run.len).unwrap_or_default()
    }

    /// The frame with what it borrows.
    pub(super) fn frame<'p>(&'p self, fixed: &Frame<'static>, parts: &'p Parts) -> Frame<'p> {
        let (holes, notes) = parts.extra();
        Frame { payload: self.bytes(parts.payload), holes, notes, ..*fixed }
    }

    /// The message with what it borrows.
    pub(super) fn message<'p>(&'p self, fixed: &Message<'static>, parts: &'p Parts) -> Message<'p> {
        let (holes, notes) = parts.extra();
        Message { payload: self.bytes(parts.payload), holes, notes, ..*fixed }
    }

    fn keep(&mut self, bytes: &[u8]) -> Run {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        Run { start, len: bytes.len() }
    }

    fn parts(&mut self, payload: &[u8], holes: &[Hole], notes: &[Note]) -> Parts {
        let plain = holes.is_empty() && notes.is_empty();
        let extra = (!plain).then(|| Box::new((holes.to_vec(), notes.to_vec())));
        Parts { payload: self.keep(payload), extra }
    }

    fn is_large(&self, most: usize) -> bool {
        self.bytes.capacity() > 4 * most
    }

    fn clear(&mut self, most: usize) {
        self.told.clear();
        self.bytes.clear();
        self.bytes.shrink_to(2 * most);
        self.first = None;
    }
}

impl Parts {
    fn extra(&self) -> (&[Hole], &[Note]) {
        self.extra.as_ref().map_or((&[], &[]), |extra| (&extra.0, &extra.1))
    }
}

/// Things told in one parcel: as many as their own size lets into about as much memory as payloads take.
const MOST_TOLD: usize = 1024;

/// Puts what a shard finds into parcels and sends them.
pub(super) struct Sender {
    parcel: Parcel,
    to: SyncSender<Parcel>,
    back: Receiver<Parcel>,
    wants: Wants,
    when: When,
    limit: Option<PacketNumber>,
    /// Connections that the shard has opened, as far as that was told.
    opened: u64,
    /// Bytes of payload after which a parcel is sent.
    most: usize,
    /// Nobody wants any more.
    pub(super) refused: bool,
}

impl Sender {
    /// Parcels of about `most` bytes go to `to` and come back from `back`.
    pub(super) fn new(to: SyncSender<Parcel>, back: Receiver<Parcel>, wants: Wants, most: usize) -> Sender {
        let (parcel, when) = (Parcel::default(), When::default());
        Sender { parcel, to, back, wants, when, limit: None, opened: 0, most, refused: false }
    }

    /// What is told from now on is told then.
    pub(super) fn at(&mut self, when: When, shard: &Shard) {
        self.when = when;
        if when.step == Step::Done {
            let opened = shard.counts().tcp.connections;
            if opened != self.opened {
                self.opened = opened;
                self.put(What::New);
            }
        }
        if matches!(when.step, Step::Swept | Step::Done) {
            let limit = shard.oldest_pending();
            if limit != self.limit {
                self.limit = limit;
                self.put(What::Limit(limit));
            }
        }
    }

    /// The first packet of the capture was read.
    pub(super) fn first(&mut self, at: At) {
        self.parcel.first = Some(at);
    }

    fn put(&mut self, what: What) {
        self.parcel.told.push(Parceled { when: self.when, what });
        if self.parcel.bytes.len() >= self.most || self.parcel.told.len() >= MOST_TOLD {
            // More may come of this packet.
            self.send(self.when.packet.saturating_sub(1));
        }
    }

    fn bytes(&mut self, told: &StreamBytes<'_>, sealed: bool) {
        let StreamBytes { socket, direction, offset, chunk: Chunk { bytes, at, origin } } = *told;
        let bytes = self.parcel.keep(bytes);
        self.put(What::Bytes { socket, direction, offset, at, origin, bytes, sealed });
    }

    /// Sends what there is; all of packets up to `up_to` is with it.
    pub(super) fn send(&mut self, up_to: PacketNumber) {
        let large = self.parcel.is_large(self.most);
        let mut parcel = std::mem::take(&mut self.parcel);
        parcel.up_to = up_to;
        self.refused |= self.to.send(parcel).is_err();
        // Of large ones only one is under way: it is waited for, past those that come back before it. Of others there
        // are as many as the channel holds.
        let mut back = self.back.try_recv().ok();
        while large && !self.refused && !back.as_ref().is_some_and(|parcel| parcel.is_large(self.most)) {
            back = match self.back.recv() {
                Ok(parcel) => Some(parcel),
                Err(_) => break,
            };
        }
        self.parcel = back.unwrap_or_default();
        self.parcel.clear(self.most);
    }
}

impl Sink for Sender {
    fn wants(&self) -> Wants {
        self.wants
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Exchange { connection, exchange } => {
                self.put(What::Exchange(connection, Box::new(exchange.clone())));
            }
            Told::Opened(socket) => self.put(What::Opened(Box::new(socket.clone()))),
            Told::Frame(place, frame) => {
                let parts = self.parcel.parts(frame.payload, frame.holes, frame.notes);
                let fixed = Frame { payload: &[], holes: &[], notes: &[], ..*frame };
                self.put(What::Frame(place.socket, fixed, parts));
            }
            Told::Message(place, message) => {
                let parts = self.parcel.parts(message.payload, message.holes, message.notes);
                let fixed = Message { payload: &[], holes: &[], notes: &[], ..*message };
                self.put(What::Message(place.socket, fixed, parts));
            }
            Told::Closed(socket) => self.put(What::Closed(Box::new(socket.clone()))),
            Told::Bytes(bytes) => self.bytes(bytes, false),
            Told::Sealed(bytes) => self.bytes(bytes, true),
            Told::Record(record) => self.put(What::Record(Box::new(record.clone()))),
            Told::Window { socket, direction, offset, window } => {
                let window = self.parcel.keep(window);
                self.put(What::Window { socket, direction, offset, window });
            }
            // Notes go with what they stand in. Of packets the other thread learns from their batches.
            Told::Note { .. } | Told::Started(_) | Told::Packet(_) | Told::CaughtUp => {}
        }
    }

    /// What is found is thrown away where nobody wants it; that ends the shard at its next parcel.
    fn is_done(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{channel, sync_channel};
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// What came back before it is no reason to send another.
    #[test]
    fn of_large_parcels_one_is_under_way() {
        let (to, parcels) = sync_channel(3);
        let (back, returned) = channel();
        let mut sender = Sender::new(to, returned, Wants::default(), 1000);
        let goes_on = AtomicBool::new(false);
        (0..3).for_each(|_| back.send(Parcel::default()).unwrap());
        thread::scope(|scope| {
            scope.spawn(|| {
                sender.parcel.keep(&[0; 10_000]);
                sender.send(1);
                goes_on.store(true, Ordering::SeqCst);
            });
            let large = parcels.recv().unwrap();
            // Long enough for it to go on, where it does.
            thread::sleep(Duration::from_millis(20));
            assert!(!goes_on.load(Ordering::SeqCst));
            back.send(large).unwrap();
        });
        assert!(goes_on.into_inner());
        assert!(!sender.parcel.is_large(1000), "its memory is given back");
    }
}
