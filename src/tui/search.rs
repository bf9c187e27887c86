//! Looking for a frame; `effects` does it on a thread of its own.
//!
//! In: what is looked for, and from which frame on. Out: the next place, then all places there are; while it takes long,
//! how far it is. A newer search ends an older one. Payloads are read in the order of the capture, through one window of
//! it.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::entries::is_entry;
use super::pattern::{Pattern, Reading};
use super::preview::close_words;
use super::rows::{Kind, Rows};
use super::text;
use crate::base::Severity;
use crate::base::limits::FOUND_FRAMES;
use crate::dissect::FramePlace;
use crate::fields::{Cost, FieldId, Value};
use crate::teach::annotate;
use crate::trace::values::{self, FrameView};
use crate::trace::{Bytes, Detail, FrameRow, Inflations, ReadAt, Shared};
use crate::websocket::Opcode;

/// Rows looked at before the trace is let go for others.
const SLICE: u64 = 512;

/// Bytes of the capture read at once.
const READ_AHEAD: usize = 256 * 1024;

/// How often it is said how far the search is.
const TELL: Duration = Duration::from_millis(100);

/// Bytes of a close frame's payload (RFC 6455 section 5.5).
const CLOSE: u64 = 125;

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// A payload with this in it, a message's too; or a row that says so.
    Payload(Pattern),
    /// A frame whose field of this name has this value, in these words.
    Field(FieldId, Value<'static>, String),
    /// A frame with a warning or an error.
    Finding,
}

impl Wanted {
    /// What it is, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Wanted::Payload(pattern) => pattern.words(),
            Wanted::Field(field, _, words) => text::safe(&format!("{} {words}", field.field().label)),
            Wanted::Finding => "a finding".to_owned(),
        }
    }
}

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Its number: only the newest counts.
    pub number: u64,
    /// What is looked for.
    pub wanted: Wanted,
    /// In which rows.
    pub rows: Rows,
    /// The row it starts after.
    pub from: u64,
    /// Towards the end of the capture.
    pub forward: bool,
    /// Only frames that stand for an entry of a conversation.
    pub entries: bool,
}

impl Search {
    /// It goes through the same rows for the same thing, from wherever.
    #[must_use]
    pub fn is_like(&self, other: &Search) -> bool {
        (&self.wanted, &self.rows, self.entries) == (&other.wanted, &other.rows, other.entries)
    }
}

/// All frames that something was found in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hits {
    /// Their numbers, in ascending order.
    pub frames: Vec<u64>,
    /// Rows there were when they were looked for.
    pub of: u64,
    /// There are more than are kept.
    pub more: bool,
}

/// What comes of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The next place is in this frame; `true` where the search went on from the other end of the capture to get there.
    /// It goes on, to count the others.
    Found(u64, bool),
    /// It is over, and these are all there are: none, where it is found nowhere.
    Over(Hits),
    /// It is this far, in percent.
    Looking(u64),
}

/// Searches all rows, unless a newer search has begun.
pub fn search(trace: &Shared, store: &dyn ReadAt, search: &Search, newest: &AtomicU64, mut tell: impl FnMut(Outcome)) {
    let store = ReadAhead { store, window: Mutex::default() };
    let mut inflations = Inflations::default();
    let all = search.rows.len(&trace.read());
    let mut hits = Hits { of: all, ..Hits::default() };
    let mut told = Instant::now();
    let mut done = 0;
    while done < all {
        let until = (done + SLICE).min(all);
        let guard = trace.read();
        let bytes = Bytes::new(&guard, &store);
        for step in done..until {
            // All rows once, the one it started from last.
            let row = if search.forward { search.from + 1 + step } else { search.from + 2 * all - 1 - step } % all;
            let frame = search.rows.frame(&guard, row).and_then(|frame| guard.frames().get(frame));
            let Some(frame) = frame.filter(|frame| is_wanted(bytes, &mut inflations, frame, search)) else { continue };
            if hits.frames.is_empty() {
                let wrapped = if search.forward { row <= search.from } else { row >= search.from };
                tell(Outcome::Found(frame.number, wrapped));
            }
            hits.more = hits.frames.len() >= FOUND_FRAMES;
            if !hits.more {
                hits.frames.push(frame.number);
            }
        }
        drop(guard);
        done = until;
        if newest.load(Ordering::Relaxed) != search.number {
            return;
        }
        if told.elapsed() >= TELL {
            told = Instant::now();
            tell(Outcome::Looking(done.saturating_mul(100) / all));
        }
    }
    hits.frames.sort_unstable();
    tell(Outcome::Over(hits));
}

fn is_wanted(bytes: Bytes<'_>, inflations: &mut Inflations, frame: &FrameRow, search: &Search) -> bool {
    if search.entries && !is_entry(bytes.trace(), frame.number) {
        return false;
    }
    match &search.wanted {
        Wanted::Finding => frame.severity >= Some(Severity::Warning),
        Wanted::Payload(pattern) => {
            in_row(bytes, frame, search.rows.kind, pattern) || in_payload(bytes, inflations, frame, pattern)
        }
        // What the row itself knows takes no reading of anything else.
        Wanted::Field(FieldId::Frame(field), value, _)
            if *value != Value::Absent && field.field().cost == Cost::Header =>
        {
            let place = FramePlace { number: frame.number, socket: frame.socket, message: frame.message };
            let view = FrameView { place: &place, frame: &frame.frame(), parties: None, origin: frame.first.time };
            values::frame(*field, &view) == *value
        }
        Wanted::Field(field, _, words) => Detail::read(bytes, frame.number).is_some_and(|detail| {
            annotate::tree(bytes, &detail).iter().any(|node| node.field == *field && node.text == *words)
        }),
    }
}

/// In what its row says besides the payload: the opcode's name, a close code and what it means, the names of notes.
fn in_row(bytes: Bytes<'_>, frame: &FrameRow, kind: Kind, pattern: &Pattern) -> bool {
    if pattern.reading == Reading::Hex {
        return false;
    }
    let message = frame.message_opcode.filter(|_| kind == Kind::Messages);
    if pattern.names(message.unwrap_or(frame.header.opcode)) {
        return true;
    }
    if frame.header.opcode == Opcode::Close
        && let Some((shown, name)) = close_words(&bytes.unmasked(frame, 0..CLOSE))
        && (pattern.is_in(shown.as_bytes()) || pattern.is_in(name.as_bytes()))
    {
        return true;
    }
    let noted = frame.severity.is_some();
    noted
        && bytes.trace().notes().of_frame(frame.number).any(|placed| pattern.is_in(placed.note.code.name().as_bytes()))
}

/// In the frame's own payload; where the frame ends a message of several, or a compressed one, in the whole message.
fn in_payload(bytes: Bytes<'_>, inflations: &mut Inflations, frame: &FrameRow, pattern: &Pattern) -> bool {
    if !frame.compressed && pattern.is_in(&bytes.unmasked(frame, 0..u64::MAX).bytes) {
        return true;
    }
    if !frame.compressed && frame.ends_message && frame.header.opcode != Opcode::Continuation {
        // It is its whole message.
        return false;
    }
    let ended = frame.message.and_then(|message| bytes.trace().messages().get(message));
    let Some(message) = ended.filter(|message| message.last_frame == frame.number) else { return false };
    if message.compressed {
        inflations.work(bytes, [message.number], u64::MAX);
        return inflations.get(message.number).is_some_and(|window| pattern.is_in(&window.bytes));
    }
    message.frame_count > 1 && pattern.is_in(&bytes.message(&message, 0..u64::MAX).bytes)
}

/// A store read in large pieces, for whoever goes through it from front to back.
struct ReadAhead<'a> {
    store: &'a dyn ReadAt,
    window: Mutex<(u64, Vec<u8>)>,
}

impl ReadAt for ReadAhead<'_> {
    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize> {
        if into.len() >= READ_AHEAD / 2 {
            return self.store.read_at(position, into);
        }
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, bytes) = &mut *window;
        let from = position.checked_sub(*start).and_then(|from| usize::try_from(from).ok());
        let inside = from.is_some_and(|from| bytes.len().saturating_sub(from) >= into.len());
        if !inside {
            bytes.resize(READ_AHEAD, 0);
            let read = self.store.read_at(position, bytes)?;
            bytes.truncate(read);
            *start = position;
        }
        let from = usize::try_from(position - *start).unwrap_or(usize::MAX);
        let have = bytes.get(from..).unwrap_or(&[]);
        let len = have.len().min(into.len());
        for (to, byte) in into.iter_mut().zip(have) {
            *to = *byte;
        }
        Ok(len)
    }
}
