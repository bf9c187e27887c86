//! Messages out of the data frames of one direction (RFC 6455 section 5.4), inflated (RFC 7692) and checked.
//!
//! In: frame beginnings and ends, and the unmasked payload between them. Out: messages. Control frames never come
//! here: they lie between fragments and do not touch them. A message in one uncompressed frame is that frame's payload,
//! not a copy.

mod inflating;
mod text;

use self::inflating::inflater;
use self::text::{Utf8, check_text, ill_formed};
use super::events::{Events, Look};
use super::frame::{Frame, OpenFrame};
use super::guess::Guess;
use super::header::Opcode;
use super::inflate::{Access, Inflater, Pool};
use super::message::Message;
use super::payload_buffer::{self, PayloadBuffer};
use super::rules::Inflation;
use super::utf8::Utf8Check;
use crate::base::number::wide;
use crate::base::{At, Code, Direction, Hole, Note, Source, limits};

/// Joins frames of one direction.
#[derive(Debug)]
pub(super) struct Assembler {
    direction: Direction,
    inflation: Option<Inflation>,
    inflater: Option<Box<Inflater>>,
    /// Where inflaters have their decoders.
    pool: Access,
    open: Option<Open>,
    /// Frames were lost: a continuation without a start is no fault of its sender.
    lost: bool,
    /// Frames were lost before any was inflated: earlier messages are not known.
    history_lost: bool,
    /// Bytes of a fragmented or inflated message, where somebody looks.
    payload: PayloadBuffer,
    holes: Vec<Hole>,
    notes: Vec<Note>,
    /// So many of them are marked on frames.
    marked: usize,
    utf8: Utf8,
    /// What the message under way may be, where it cannot be what it claims.
    guess: Guess,
    /// Bytes inflated, in and out, since a window was told.
    since_window: u64,
}

/// The message under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) opcode: Opcode,
    /// Some of it is compressed.
    pub(super) compressed: bool,
    /// The frame at hand is.
    inflating: bool,
    /// It lies in more than one frame.
    fragmented: bool,
    pub(super) offset: u64,
    last_offset: u64,
    first: At,
    /// The latest packet that brought bytes of it.
    pub(super) last: At,
    frames: u64,
    /// Payload bytes of its frames, as their headers say.
    wire_length: u64,
    /// Bytes after inflating, missing ones included.
    length: u64,
    /// Bytes are missing, or inflating failed: what follows is not checked.
    broken: bool,
    /// Inflating it made a Note.
    faulty: bool,
    /// Inflated bytes that are copies of what is not known.
    unknown: u64,
    /// It was inflated although nothing says that it is compressed.
    guessed: bool,
}

impl Open {
    /// Its opcode, where its first frame was seen.
    pub(super) fn kind(&self) -> Option<Opcode> {
        Some(self.opcode).filter(|opcode| *opcode != Opcode::Continuation)
    }
}

impl Assembler {
    pub(super) fn new(direction: Direction) -> Assembler {
        Assembler {
            direction,
            inflation: None,
            inflater: None,
            pool: Access::default(),
            open: None,
            lost: false,
            history_lost: false,
            payload: PayloadBuffer::default(),
            holes: Vec::new(),
            notes: Vec::new(),
            marked: 0,
            utf8: Utf8::Off,
            guess: Guess::default(),
            since_window: 0,
        }
    }

    pub(super) fn set_inflation(&mut self, inflation: Option<Inflation>) {
        self.inflation = inflation;
    }

    /// Inflaters have their decoders in `pool`; one that was parked is there again.
    pub(super) fn use_pool(&mut self, pool: &Pool) {
        self.pool = Access::to(pool);
        if let Some(inflater) = &mut self.inflater {
            inflater.unpark(pool);
        }
    }

    /// Bytes of memory that the message under way takes.
    pub(super) fn memory(&self) -> usize {
        self.payload.memory() + self.guess.memory() + self.holes.capacity() * size_of::<Hole>()
    }

    /// The payload of the message under way.
    pub(super) fn payload(&mut self) -> &mut PayloadBuffer {
        &mut self.payload
    }

    /// It is parked and will be dropped.
    pub(super) fn parked(&mut self) {
        if let Some(inflater) = &mut self.inflater {
            inflater.parked();
        }
    }

    /// The message under way.
    pub(super) fn under_way(&self) -> Option<&Open> {
        self.open.as_ref()
    }

    /// The message wants the payload at hand.
    pub(super) fn reads(&self, look: Look) -> bool {
        self.open.is_some_and(|open| {
            let text = !open.broken && open.opcode == Opcode::Text;
            open.compressed || text || self.guess.open || look.messages && open.fragmented
        })
    }

    /// The frame's payload is the whole message, and somebody looks at messages.
    pub(super) fn is_message(&self, look: Look) -> bool {
        look.messages && self.open.is_some_and(|open| !open.compressed && !open.fragmented)
    }

    /// The header of a data frame is known; `foreign`: its payload is in a form that is not known here.
    #[inline]
    pub(super) fn begin_frame(
        &mut self,
        frame: &OpenFrame,
        foreign: bool,
        look: Look,
        frame_notes: &mut Vec<Note>,
        events: &mut impl Events,
    ) {
        let header = &frame.header;
        if header.opcode == Opcode::Continuation {
            if self.goes_on(frame, foreign, frame_notes) {
                return;
            }
            // The end of a message whose start was lost: its opcode stays unknown.
        } else if self.open.is_some() {
            self.interrupt(frame, look, frame_notes, events);
        }
        self.lost = false;
        self.utf8 = if header.opcode == Opcode::Text && !foreign { Utf8::On(Utf8Check::new()) } else { Utf8::Off };
        let compressed = self.inflation.is_some() && header.rsv & 4 != 0;
        self.guess.clear();
        if header.rsv & 4 != 0 && !compressed && !foreign && header.opcode != Opcode::Continuation {
            self.guess.open();
        }
        self.open = Some(Open {
            opcode: header.opcode,
            compressed,
            inflating: compressed,
            fragmented: !header.fin || header.opcode == Opcode::Continuation,
            offset: frame.offset,
            last_offset: frame.offset,
            first: frame.first,
            last: frame.last,
            frames: 1,
            wire_length: header.length,
            length: 0,
            broken: header.opcode == Opcode::Continuation,
            faulty: false,
            unknown: 0,
            guessed: false,
        });
    }

    /// A continuation comes. `false` where it begins what is known of its message.
    fn goes_on(&mut self, frame: &OpenFrame, foreign: bool, frame_notes: &mut Vec<Note>) -> bool {
        let header = &frame.header;
        if foreign {
            self.utf8 = Utf8::Off;
        }
        let Some(open) = &mut self.open else {
            if !self.lost {
                frame_notes.push(Note::new(Code::MessageNoStart));
            }
            return !self.lost;
        };
        open.frames += 1;
        open.last_offset = frame.offset;
        if self.inflation.is_some_and(|inflation| inflation.per_frame) {
            open.inflating = header.rsv & 4 != 0;
            open.compressed |= open.inflating;
        }
        open.wire_length = open.wire_length.saturating_add(header.length);
        true
    }

    /// A message begins where another is under way.
    #[cold]
    fn interrupt(&mut self, frame: &OpenFrame, look: Look, frame_notes: &mut Vec<Note>, events: &mut impl Events) {
        let Some(open) = &mut self.open else { return };
        open.last = open.last.max(frame.last);
        if !self.lost {
            frame_notes.push(Note::new(Code::MessageInterrupted));
        }
        self.notes.push(Note::new(Code::MessageUnfinished));
        self.tell(None, true, look, events);
    }

    /// The next unmasked payload bytes; nothing where [`Assembler::reads`] said no.
    pub(super) fn push(&mut self, plain: &[u8], look: Look) {
        let Some(open) = &mut self.open else { return };
        if open.inflating {
            self.inflate(Some(plain), look);
            return;
        }
        if self.guess.open {
            self.guess.push(plain);
        }
        if !open.broken {
            let whole = !open.fragmented && wide(plain.len()) == open.wire_length;
            check_text(&mut self.utf8, &mut self.notes, &mut self.guess, plain, whole);
        }
        if look.messages && (open.fragmented || open.compressed) {
            self.payload.push(plain, limits::MESSAGE_KEPT_BYTES);
        }
    }

    /// `len` payload bytes of the frame under way are not in the capture; `before` of its bytes were passed.
    pub(super) fn lose(&mut self, before: u64, len: u64) {
        let Some(open) = &mut self.open else { return };
        if open.inflating {
            // What follows cannot be read without these bytes; neither can later messages that refer back.
            if let Some(inflation) = self.inflation {
                inflater(&mut self.inflater, inflation, self.history_lost, &self.pool).hole();
            }
        } else {
            Hole { start: open.length.saturating_add(before), len }.append_to(&mut self.holes);
        }
        open.broken = true;
        self.utf8 = Utf8::Off;
    }

    /// Whole frames may be missing.
    pub(super) fn lose_frames(&mut self) {
        self.lost = true;
        self.history_lost = true;
        if let Some(inflater) = &mut self.inflater {
            inflater.lose_history();
        }
        if let Some(open) = &mut self.open {
            open.broken = true;
        }
        self.utf8 = Utf8::Off;
    }

    /// All payload of a data frame has come, the last of its message with `fin`: what is wrong with its message is marked
    /// among the notes of the frame in which it was seen, too.
    #[inline]
    pub(super) fn settle(&mut self, fin: bool, look: Look, frame_notes: &mut Vec<Note>) {
        let Some(Open { compressed, .. }) = self.open else { return };
        if compressed {
            self.inflate_rest(fin, look);
        }
        if fin && self.guess.open {
            self.inflate_guess();
        }
        if fin
            && let Utf8::On(check) = self.utf8
            && let Err(position) = check.finish()
        {
            let source = if compressed { Source::Inflated } else { Source::Message };
            self.notes.push(ill_formed(position, source));
        }
        if self.notes.len() > self.marked {
            self.mark(frame_notes);
        }
    }

    #[cold]
    fn mark(&mut self, frame_notes: &mut Vec<Note>) {
        frame_notes.extend(self.notes.iter().skip(self.marked).cloned());
        self.marked = self.notes.len();
    }

    /// A data frame has ended.
    pub(super) fn end_frame(&mut self, frame: &Frame<'_>, look: Look, events: &mut impl Events) {
        let Some(open) = &mut self.open else { return };
        open.last = open.last.max(frame.last);
        if !open.inflating && !open.guessed {
            open.length = open.length.saturating_add(frame.header.length);
        }
        if frame.header.fin {
            self.close(frame, look, events);
        }
    }

    /// The message has ended.
    fn close(&mut self, frame: &Frame<'_>, look: Look, events: &mut impl Events) {
        let inflated =
            self.open.filter(|open| open.compressed).map_or(0, |open| open.wire_length.saturating_add(open.length));
        self.tell(Some(frame), true, look, events);
        if inflated > 0 && self.inflation.is_some_and(|inflation| inflation.takeover) {
            self.since_window = self.since_window.saturating_add(inflated);
            if self.since_window >= limits::WINDOW_EVERY && events.wants_windows() {
                self.tell_window(frame, events);
            }
        }
    }

    /// Tells what the next message may refer back to.
    fn tell_window(&mut self, frame: &Frame<'_>, events: &mut impl Events) {
        let Some(window) = self.inflater.as_mut().and_then(|inflater| inflater.window()) else { return };
        self.since_window = 0;
        let next = frame.offset.saturating_add(u64::from(frame.header_len)).saturating_add(frame.header.length);
        events.window(self.direction, next, &window);
    }

    /// Tells the message under way, which is over; `frame` is its last, where that was seen.
    fn tell(&mut self, frame: Option<&Frame<'_>>, ended: bool, look: Look, events: &mut impl Events) {
        let Some(open) = &self.open else { return };
        if open.unknown > 0 {
            let forgotten = self.inflater.as_ref().is_some_and(|inflater| inflater.has_forgotten());
            let why = if forgotten { "; they were given up: too many connections are compressed at once" } else { "" };
            let detail = format!("{} of its bytes are copies of such bytes{why}", open.unknown);
            self.notes.push(Note::new(Code::InflateHistory).with_detail(detail));
        }
        let whole = !open.compressed && !open.fragmented;
        let (kept, complete) = if whole { (Vec::new(), true) } else { self.payload.take() };
        let (payload, holes) = match frame {
            Some(frame) if whole && look.messages => (frame.payload, frame.holes),
            Some(frame) if whole => (&[][..], frame.holes),
            _ => (kept.as_slice(), self.holes.as_slice()),
        };
        if look.messages && open.length > limits::MESSAGE_KEPT_BYTES as u64 {
            self.notes.push(Note::new(Code::KeptCap));
        }
        if !complete {
            self.notes.push(Note::new(Code::KeptCap).with_detail(payload_buffer::LOST));
        }
        events.message(&Message {
            direction: self.direction,
            offset: open.offset,
            last_offset: open.last_offset,
            opcode: open.opcode,
            compressed: open.compressed,
            first: open.first,
            last: open.last,
            frame_count: open.frames,
            wire_length: open.wire_length,
            length: open.length,
            complete: frame.is_some() && !open.broken && holes.is_empty(),
            ended,
            payload,
            holes,
            notes: &self.notes,
        });
        if !whole {
            self.payload.reuse(kept);
        }
        self.notes.clear();
        self.marked = 0;
        self.holes.clear();
        self.utf8 = Utf8::Off;
        self.open = None;
    }

    /// The connection is over; `partial` is the payload of a frame that never ended.
    pub(super) fn finish(&mut self, partial: Option<&Frame<'_>>, look: Look, events: &mut impl Events) {
        let Some(open) = &mut self.open else { return };
        if let Some(frame) = partial {
            open.last = open.last.max(frame.last);
        }
        if let Some(frame) = partial
            && !open.inflating
        {
            let missing = frame.holes.iter().fold(0, |sum: u64, hole| sum.saturating_add(hole.len));
            open.length = open.length.saturating_add(frame.captured).saturating_add(missing);
        }
        open.broken = true;
        self.notes.push(Note::new(Code::MessageUnfinished));
        self.tell(partial, false, look, events);
    }
}

crate::base::pack::pack_struct!(Open {
    opcode,
    compressed,
    inflating,
    fragmented,
    offset,
    last_offset,
    first,
    last,
    frames,
    wire_length,
    length,
    broken,
    faulty,
    unknown,
    guessed,
});
crate::base::pack::pack_struct!(Assembler {
    direction,
    inflation,
    inflater,
    pool,
    open,
    lost,
    history_lost,
    payload,
    holes,
    notes,
    marked,
    utf8,
    guess,
    since_window,
});
