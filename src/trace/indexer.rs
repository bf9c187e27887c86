//! The sink that fills a [`Trace`] while others read it.
//!
//! In: what the dissector tells, on the reading thread. Out: rows of a shared [`Trace`]. What is told gathers in a
//! batch without a lock; [`Indexer::flush`] takes the lock for the time it takes to append the batch, so a reader
//! never waits long, and what it sees is always whole.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::aside::Aside;
use super::frames::FrameRow;
use super::inflate::Checkpoint;
use super::messages::MessageRow;
use super::runs::{ASIDE, Run};
use super::{Event, Progress, Trace};
use crate::base::number::{short, wide};
use crate::base::{Chunk, Origin, Packet, PacketComments, Timestamp, limits};
use crate::dissect::{Sink, StreamBytes, Told, Wants};

/// Events gathered before a batch is appended.
const BATCH: usize = 2048;

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
    batch: Vec<Event>,
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

    /// Events that are not yet in the trace.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.batch.len()
    }

    /// Appends what has gathered and says how far reading has come.
    pub fn flush(&mut self, progress: Progress) {
        let mut trace = self.shared.0.write().unwrap_or_else(PoisonError::into_inner);
        for event in self.batch.drain(..) {
            trace.apply(event);
        }
        trace.progress = progress;
        trace.start = self.start;
        trace.comments = Arc::clone(&self.comments);
        if !self.aside_known
            && let Some(file) = self.aside.reader()
        {
            trace.aside = Some(file);
            self.aside_known = true;
        }
    }

    fn push(&mut self, event: Event) {
        self.batch.push(event);
        if self.batch.len() >= BATCH {
            let progress = self.shared.read().progress;
            self.flush(progress);
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
            self.push(Event::Run(told.socket, told.direction, run));
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
            Told::Opened(socket) => self.push(Event::Socket(Box::new(socket.clone()), false)),
            Told::Frame(place, frame) => self.push(Event::Frame(FrameRow::new(place, frame), frame.holes.into())),
            Told::Message(place, message) => {
                // Nothing is allocated for the message of one frame.
                let frames = if place.frames.len() > 1 { place.frames } else { &[] };
                self.push(Event::Message(MessageRow::new(place, message), frames.into(), message.holes.into()));
            }
            Told::Note { socket, place, note, at } => {
                self.push(Event::Note(socket, place, Box::new(note.clone()), at));
            }
            Told::Closed(socket) => self.push(Event::Socket(Box::new(socket.clone()), true)),
            Told::Bytes(bytes) => self.bytes(bytes),
            Told::Window { socket, direction, offset, window } => {
                if let Some(position) = self.aside.append(window) {
                    let len = short(window.len());
                    self.push(Event::Window(socket, direction, Checkpoint { offset, frame: 0, position, len }));
                }
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}
