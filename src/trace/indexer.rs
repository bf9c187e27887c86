//! The sink that fills a [`Trace`] while others read it.
//!
//! In: what the dissector tells. Out: rows of a shared [`Trace`]. Rows gather, and go into the trace many at a time, under
//! a lock and on another thread ([`super::appender`]): a reader never waits long, and what it sees is always whole. What
//! there is little of goes in as a change of its own, behind the rows before it.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::appender::Appender;
use super::aside::Aside;
use super::frames::FrameRow;
use super::inflate::Checkpoint;
use super::messages::MessageRow;
use super::runs::{ASIDE, DECRYPTED, Run};
use super::{Progress, Rows, Trace};
use crate::base::number::{short, wide};
use crate::base::{At, Chunk, Direction, Hole, Note, Origin, Packet, PacketComments, SocketId, Timestamp, limits};
use crate::dissect::{FramePlace, MessagePlace, NotePlace, OpenedRecord, Sink, Socket, StreamBytes, Told, Wants};
use crate::websocket::{Frame, Message};

/// Rows of one kind gathered before they are handed on: few enough for a core's own cache, many enough that neither the
/// lock nor the way to the other thread costs anything.
const BATCH: usize = 512;

/// Packets remembered while their bytes wait for an earlier segment, 32 bytes each: as many as pass while a missing run is
/// waited for ([`crate::tcp::patience::UNACKNOWLEDGED`]).
const RECENT: usize = 262_144;

/// A trace that one thread fills and others read.
#[derive(Debug, Clone, Default)]
pub struct Shared(Arc<RwLock<Trace>>);

impl Shared {
    /// The trace as it is now. Hold it shortly: while it is held, nothing is appended.
    pub fn read(&self) -> RwLockReadGuard<'_, Trace> {
        // A writer that panicked has appended part of a batch: rows are still rows.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Trace> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    number: u64,
    position: u64,
    len: u64,
    link: u16,
}

/// The sink.
#[derive(Debug)]
pub struct Indexer {
    shared: Shared,
    appender: Appender,
    rows: Rows,
    recent: VecDeque<Seen>,
    aside: Aside,
    aside_known: bool,
    /// Time of the first packet.
    start: Option<Timestamp>,
    comments: Arc<PacketComments>,
    /// Bytes in them.
    commented: usize,
}

impl Default for Indexer {
    fn default() -> Indexer {
        let shared = Shared::default();
        let comments = Arc::clone(&shared.read().comments);
        Indexer {
            appender: Appender::new(shared.clone()),
            shared,
            rows: Rows::default(),
            recent: VecDeque::new(),
            aside: Aside::default(),
            aside_known: false,
            start: None,
            comments,
            commented: 0,
        }
    }
}

impl Indexer {
    /// A sink with an empty trace.
    #[must_use]
    pub fn new() -> Indexer {
        Indexer::default()
    }

    /// The trace it fills.
    #[must_use]
    pub fn shared(&self) -> Shared {
        self.shared.clone()
    }

    /// Remembers the packet that is dissected next, so that bytes know their packet.
    fn packet(&mut self, packet: &Packet<'_>) {
        if self.start.is_none() {
            let start = Some(packet.time);
            self.start = start;
            self.change(move |trace| trace.start = start);
        }
        if let Some(text) = packet.comment
            && self.commented + text.len() <= limits::CAPTURE_TEXT_BYTES
        {
            self.commented += text.len();
            self.comments.add(packet.number, text);
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        let len = wide(packet.data.len());
        self.recent.push_back(Seen { number: packet.number, position: packet.position, len, link: packet.link.0 });
    }

    /// Returns when all that was told is in the trace, which then says how far reading has come.
    pub fn flush(&mut self, progress: Progress) {
        self.change(move |trace| trace.settle(progress));
        self.appender.wait();
    }

    /// The trace is changed, behind the rows that have gathered.
    fn change(&mut self, change: impl FnOnce(&mut Trace) + Send + 'static) {
        if !self.rows.is_empty() {
            self.appender.rows(&mut self.rows);
        }
        self.appender.change(change);
    }

    /// Hands on what has gathered, where it is enough.
    #[inline]
    fn gathered(&mut self, rows: usize) {
        if rows >= BATCH {
            self.appender.rows(&mut self.rows);
        }
    }

    fn frame(&mut self, place: &FramePlace, frame: &Frame<'_>) {
        let row = FrameRow::new(place, frame);
        if frame.holes.is_empty() {
            self.rows.frames.push(row);
            self.gathered(self.rows.frames.len());
        } else {
            let holes: Box<[Hole]> = frame.holes.into();
            self.change(move |trace| trace.add_frame(&row, &holes));
        }
    }

    fn message(&mut self, place: &MessagePlace<'_>, message: &Message<'_>) {
        let row = MessageRow::new(place, message);
        if place.frames.len() <= 1 && message.holes.is_empty() {
            self.rows.messages.push(row);
            self.gathered(self.rows.messages.len());
        } else {
            let (frames, holes): (Box<[u64]>, Box<[Hole]>) = (place.frames.into(), message.holes.into());
            self.change(move |trace| trace.add_message(&row, &frames, &holes));
        }
    }

    fn connection(&mut self, socket: &Socket, closed: bool) {
        let socket = Box::new(socket.clone());
        self.change(move |trace| trace.connections.tell(socket, closed));
    }

    fn note(&mut self, socket: SocketId, place: NotePlace, note: &Note, at: At) {
        let note = note.clone();
        self.change(move |trace| trace.add_note(socket, place, &note, at));
    }

    fn window(&mut self, socket: SocketId, direction: Direction, offset: u64, window: &[u8]) {
        if let Some(position) = self.aside.append(window) {
            let len = short(window.len());
            self.aside_written();
            self.change(move |trace| {
                trace.add_window(socket, direction, Checkpoint { offset, frame: 0, position, len });
            });
        }
    }

    fn bytes(&mut self, told: &StreamBytes<'_>) {
        if let Some(run) = self.run(told) {
            self.rows.runs.push((told.socket, told.direction, run));
            self.gathered(self.rows.runs.len());
        }
    }

    fn sealed(&mut self, told: &StreamBytes<'_>) {
        if let Some(run) = self.run(told) {
            self.rows.sealed.push((told.socket.connection, told.direction, run));
            self.gathered(self.rows.sealed.len());
        }
    }

    fn record(&mut self, record: &OpenedRecord) {
        self.rows.records.push(record.clone());
        self.gathered(self.rows.records.len());
    }

    /// Where bytes lie; nothing where there are none, or they could not be kept.
    fn run(&mut self, told: &StreamBytes<'_>) -> Option<Run> {
        let Chunk { bytes: run, at, origin } = told.chunk;
        let position = match origin {
            Origin::Capture(position) => Some(position & !(ASIDE | DECRYPTED)),
            Origin::Decrypted(offset) => Some(offset & !ASIDE | DECRYPTED),
            Origin::Made => {
                let position = self.aside.append(run).map(|position| position | ASIDE);
                self.aside_written();
                position
            }
        };
        let position = position?;
        let packet = self.seen(at.packet).filter(|seen| {
            position & (ASIDE | DECRYPTED) == 0
                && (seen.position..=seen.position.saturating_add(seen.len)).contains(&position)
        });
        let run = Run {
            offset: told.offset,
            len: wide(run.len()),
            position,
            packet: at.packet,
            into_packet: packet.map_or(0, |seen| position - seen.position),
            packet_len: packet.map_or(0, |seen| seen.len),
            link: packet.map_or(0, |seen| seen.link),
        };
        (run.len > 0).then_some(run)
    }

    /// The trace knows the file aside before anything in it is looked up.
    fn aside_written(&mut self) {
        if !self.aside_known
            && let Some(file) = self.aside.reader()
        {
            self.aside_known = true;
            self.change(move |trace| trace.aside = Some(file));
        }
    }

    fn seen(&self, number: u64) -> Option<Seen> {
        // Mostly it is the one at hand.
        if let Some(last) = self.recent.back().filter(|seen| seen.number == number) {
            return Some(*last);
        }
        // Numbers rise, but blocks that are no packets take numbers too.
        let index = self.recent.binary_search_by_key(&number, |seen| seen.number).ok()?;
        self.recent.get(index).copied()
    }
}

impl Sink for Indexer {
    fn wants(&self) -> Wants {
        Wants { bytes: true, packets: true, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Packet(packet) => self.packet(packet),
            Told::Opened(socket) => self.connection(socket, false),
            Told::Frame(place, frame) => self.frame(place, frame),
            Told::Message(place, message) => self.message(place, message),
            Told::Note { socket, place, note, at } => self.note(socket, place, note, at),
            Told::Closed(socket) => self.connection(socket, true),
            Told::Bytes(bytes) => self.bytes(bytes),
            Told::Sealed(bytes) => self.sealed(bytes),
            Told::Record(record) => self.record(record),
            Told::Window { socket, direction, offset, window } => self.window(socket, direction, offset, window),
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}
