//! The sink that fills a [`Trace`] while others read it.
//!
//! In: what the dissector tells, on the reading thread. Out: rows of a shared [`Trace`]. Rows gather without a lock, a
//! few at a time, and are appended under it: a reader never waits long, what it sees is always whole, and rows are in a
//! cache still when they are packed. What there is little of, or what borrows much, goes in at once.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::aside::Aside;
use super::frames::FrameRow;
use super::inflate::Checkpoint;
use super::messages::MessageRow;
use super::runs::{ASIDE, Run};
use super::{Progress, Rows, Trace};
use crate::base::number::{short, wide};
use crate::base::{Chunk, Direction, Origin, Packet, PacketComments, SocketId, Timestamp, limits};
use crate::dissect::{FramePlace, MessagePlace, Sink, StreamBytes, Told, Wants};
use crate::websocket::{Frame, Message};

/// Rows of one kind gathered before they are appended: few enough for the first-level cache, many enough that the lock costs nothing.
const BATCH: usize = 64;

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

    fn write(&self) -> RwLockWriteGuard<'_, Trace> {
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
#[derive(Debug, Default)]
pub struct Indexer {
    shared: Shared,
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
        self.start.get_or_insert(packet.time);
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

    /// Appends what has gathered and says how far reading has come.
    pub fn flush(&mut self, progress: Progress) {
        self.append().progress = progress;
    }

    /// Appends what has gathered. The trace may be changed further before it is let go.
    fn append(&mut self) -> RwLockWriteGuard<'_, Trace> {
        let mut trace = self.shared.write();
        trace.add(&mut self.rows);
        trace.start = self.start;
        if !Arc::ptr_eq(&trace.comments, &self.comments) {
            trace.comments = Arc::clone(&self.comments);
        }
        if !self.aside_known
            && let Some(file) = self.aside.reader()
        {
            trace.aside = Some(file);
            self.aside_known = true;
        }
        trace
    }

    /// Appends what has gathered, where it is enough.
    #[inline]
    fn gathered(&mut self, rows: usize) {
        if rows >= BATCH {
            drop(self.append());
        }
    }

    fn frame(&mut self, place: &FramePlace, frame: &Frame<'_>) {
        let row = FrameRow::new(place, frame);
        if frame.holes.is_empty() {
            self.rows.frames.push(row);
            self.gathered(self.rows.frames.len());
        } else {
            self.append().add_frame(&row, frame.holes);
        }
    }

    fn message(&mut self, place: &MessagePlace<'_>, message: &Message<'_>) {
        let row = MessageRow::new(place, message);
        if place.frames.len() <= 1 && message.holes.is_empty() {
            self.rows.messages.push(row);
            self.gathered(self.rows.messages.len());
        } else {
            self.append().add_message(&row, place.frames, message.holes);
        }
    }

    fn window(&mut self, socket: SocketId, direction: Direction, offset: u64, window: &[u8]) {
        if let Some(position) = self.aside.append(window) {
            let len = short(window.len());
            self.append().add_window(socket, direction, Checkpoint { offset, frame: 0, position, len });
        }
    }

    fn bytes(&mut self, told: &StreamBytes<'_>) {
        let Chunk { bytes: run, at, origin } = told.chunk;
        let position = match origin {
            Origin::Capture(position) => Some(position & !ASIDE),
            Origin::Made => self.aside.append(run).map(|position| position | ASIDE),
        };
        let Some(position) = position else { return };
        let packet = self.seen(at.packet).filter(|seen| {
            position & ASIDE == 0 && (seen.position..=seen.position.saturating_add(seen.len)).contains(&position)
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
        if run.len > 0 {
            self.rows.runs.push((told.socket, told.direction, run));
            self.gathered(self.rows.runs.len());
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
            Told::Opened(socket) => self.append().connections.tell(Box::new(socket.clone()), false),
            Told::Frame(place, frame) => self.frame(place, frame),
            Told::Message(place, message) => self.message(place, message),
            Told::Note { socket, place, note, at } => self.append().add_note(socket, place, note, at),
            Told::Closed(socket) => self.append().connections.tell(Box::new(socket.clone()), true),
            Told::Bytes(bytes) => self.bytes(bytes),
            Told::Window { socket, direction, offset, window } => self.window(socket, direction, offset, window),
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}
