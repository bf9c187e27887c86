//! One direction of a draft-hixie-75 or -76 connection: its bytes become frames and messages.
//!
//! In: bytes in stream order, gaps between them. Out: frames, each a message of its own (the drafts know no fragments),
//! shown as RFC 6455 would: a final text or binary frame without a mask. A gap inside text is a hole; if the next bytes
//! look like the start of a frame, the frame has ended inside it. After any other gap the next frame is found again
//! behind a 0xFF, which no text holds. A text frame without an end is counted and checked, and kept up to a cap.

mod wire;

use super::across::Watched;
use super::check;
use super::events::{Events, Look};
use super::frame::Frame;
use super::framing::Framing;
use super::header::{Header, LengthForm, Opcode};
use super::message::Message;
use super::payload_buffer::{self, PayloadBuffer, SpilledPayloads};
use super::utf8::Utf8Check;
use crate::base::number::{at_most, distance, wide};
use crate::base::{At, Chunk, Code, Direction, Gap, Hole, Note, Source, Span, limits};

/// Reads one direction.
#[derive(Debug)]
pub(super) struct HixieReader {
    direction: Direction,
    /// Stream offset of the next byte.
    offset: u64,
    state: State,
    /// The last thing that came was a gap.
    after_gap: bool,
    /// Bytes passed over since the place was lost.
    passed: u64,
    kept: PayloadBuffer,
    holes: Vec<Hole>,
    /// Where the first of them was seen.
    gap_at: At,
    notes: Vec<Note>,
    message_notes: Vec<Note>,
    utf8: Option<Utf8Check>,
    overall: Vec<Note>,
    lost_frames: bool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// At a type byte.
    Start,
    /// Inside a length.
    Length(Open, wire::Length),
    /// Inside a payload: of this many bytes, or up to a 0xFF.
    Payload(Open, Option<u64>),
    /// It is not known where the next frame starts.
    Lost,
}

/// A frame under way.
#[derive(Debug, Clone, Copy)]
struct Open {
    kind: u8,
    header_len: u8,
    offset: u64,
    first: At,
    last: At,
    /// Payload bytes passed, missing ones included.
    done: u64,
    /// Payload bytes in the capture.
    captured: u64,
}

impl HixieReader {
    pub(super) fn new(direction: Direction) -> HixieReader {
        HixieReader {
            direction,
            offset: 0,
            state: State::Start,
            after_gap: false,
            passed: 0,
            kept: PayloadBuffer::default(),
            holes: Vec::new(),
            gap_at: At::default(),
            notes: Vec::new(),
            message_notes: Vec::new(),
            utf8: None,
            overall: Vec::new(),
            lost_frames: false,
        }
    }

    /// Notes on the direction as a whole.
    pub(super) fn overall_notes(&self) -> &[Note] {
        &self.overall
    }

    /// Whole frames may be missing in the capture.
    pub(super) fn has_lost_frames(&self) -> bool {
        self.lost_frames
    }

    /// As [`super::direction::DirectionReader::memory`].
    pub(super) fn memory(&self) -> usize {
        self.kept.memory() + self.holes.capacity() * size_of::<Hole>()
    }

    /// It will be packed, to be parked.
    pub(super) fn park(&mut self, payloads: &SpilledPayloads) {
        self.kept.park(payloads);
    }

    /// It was brought back.
    pub(super) fn unpark(&mut self, payloads: &SpilledPayloads) {
        self.kept.unpark(payloads);
    }

    /// The next frame starts somewhere after the next `passed` bytes.
    pub(super) fn lose_place(&mut self, passed: u64) {
        self.state = State::Lost;
        self.lost_frames = true;
        self.after_gap = true;
        self.offset += passed;
        self.passed += passed;
    }

    pub(super) fn push<E: Events>(&mut self, chunk: Chunk<'_>, look: Look, events: &mut Watched<'_, E>) {
        let Chunk { mut bytes, at, .. } = chunk;
        let after_gap = std::mem::take(&mut self.after_gap) && !bytes.is_empty();
        if after_gap && wire::is_start(bytes) {
            match self.state {
                State::Payload(open, None) => self.end_in_gap(open, look, events),
                State::Lost => self.state = State::Start,
                _ => {}
            }
        }
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Start => self.start(bytes, at),
                State::Length(open, length) => self.length(open, length, bytes, at, look, events),
                State::Payload(open, None) => self.text(open, bytes, at, look, events),
                State::Payload(open, Some(length)) => self.counted(open, length, bytes, at, look, events),
                State::Lost => self.find_place(bytes),
            };
        }
    }

    fn start<'b>(&mut self, bytes: &'b [u8], at: At) -> &'b [u8] {
        let Some((kind, rest)) = bytes.split_first() else { return bytes };
        let open = Open { kind: *kind, header_len: 1, offset: self.offset, first: at, last: at, done: 0, captured: 0 };
        self.offset += 1;
        if self.passed > 0 {
            let detail = format!("{} bytes from the {} were passed over", self.passed, self.direction.name());
            self.notes.push(Note::new(Code::Resynchronised).with_detail(detail));
            self.passed = 0;
        }
        self.utf8 = (*kind == wire::TEXT).then(Utf8Check::new);
        self.state = match wire::framing(*kind) {
            Framing::Counted => State::Length(open, wire::Length::default()),
            _ => State::Payload(open, None),
        };
        rest
    }

    fn length<'b, E: Events>(
        &mut self,
        mut open: Open,
        mut length: wire::Length,
        bytes: &'b [u8],
        at: At,
        look: Look,
        events: &mut Watched<'_, E>,
    ) -> &'b [u8] {
        let Some((byte, rest)) = bytes.split_first() else { return bytes };
        self.offset += 1;
        open.last = at;
        if !length.push(*byte) {
            if length.bytes >= wire::LONGEST_LENGTH {
                // No program writes that: it is no frame.
                self.lose_place(0);
                self.passed += 1 + u64::from(length.bytes);
                return rest;
            }
            self.state = State::Length(open, length);
            return rest;
        }
        open.header_len = length.bytes.saturating_add(1);
        self.state = State::Payload(open, Some(length.value));
        if length.value == u64::MAX {
            self.notes.push(Note::new(Code::LengthTopBit).with_detail("the length does not fit 64 bits"));
        }
        if length.value == 0 {
            self.end(open, 0, true, look, events);
        }
        rest
    }

    /// The next bytes of a payload that runs up to a 0xFF.
    fn text<'b, E: Events>(
        &mut self,
        mut open: Open,
        bytes: &'b [u8],
        at: At,
        look: Look,
        events: &mut Watched<'_, E>,
    ) -> &'b [u8] {
        let end = memchr::memchr(wire::END, bytes);
        let (piece, rest) = bytes.split_at_checked(end.unwrap_or(bytes.len())).unwrap_or((bytes, &[]));
        self.take(&mut open, piece, at, look);
        if end.is_none() {
            self.state = State::Payload(open, None);
            return rest;
        }
        self.offset += 1;
        open.last = at;
        self.end(open, open.done, true, look, events);
        rest.get(1..).unwrap_or(&[])
    }

    /// The next bytes of a payload whose length is known.
    fn counted<'b, E: Events>(
        &mut self,
        mut open: Open,
        length: u64,
        bytes: &'b [u8],
        at: At,
        look: Look,
        events: &mut Watched<'_, E>,
    ) -> &'b [u8] {
        let take = at_most(distance(open.done, length), bytes.len());
        let (piece, rest) = bytes.split_at_checked(take).unwrap_or((bytes, &[]));
        self.take(&mut open, piece, at, look);
        self.state = State::Payload(open, Some(length));
        if open.done == length {
            self.end(open, length, true, look, events);
        }
        rest
    }

    fn take(&mut self, open: &mut Open, piece: &[u8], at: At, look: Look) {
        let len = wide(piece.len());
        if let Some(check) = &mut self.utf8
            && let Err(position) = check.push(piece)
        {
            self.ill_formed(position);
        }
        if look.frames || look.messages {
            self.kept.push(piece, limits::FRAME_KEPT_BYTES);
        }
        open.done += len;
        open.captured += len;
        if len > 0 {
            open.last = at;
        }
        self.offset += len;
    }

    fn ill_formed(&mut self, position: u64) {
        let span = Span { source: Source::Message, start: position, len: 1 };
        let note = Note::new(Code::MessageUtf8).with_detail(format!("at byte {position}")).with_span(span);
        self.message_notes.push(note);
        self.utf8 = None;
    }

    /// Passes over bytes up to the next frame.
    fn find_place<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let start = wire::next_start(bytes);
        let (passed, rest) = bytes.split_at_checked(start.unwrap_or(bytes.len())).unwrap_or((bytes, &[]));
        self.passed += wide(passed.len());
        self.offset += wide(passed.len());
        if start.is_some() {
            self.state = State::Start;
        }
        rest
    }

    /// The next `len` bytes are not in the capture; `at` is where that was seen.
    pub(super) fn gap<E: Events>(&mut self, gap: Gap, look: Look, events: &mut Watched<'_, E>) {
        let Gap { len, at, .. } = gap;
        self.after_gap = true;
        match self.state {
            State::Payload(mut open, length) => {
                let lost = length.map_or(len, |length| len.min(length - open.done));
                if self.holes.is_empty() {
                    self.gap_at = at;
                }
                Hole { start: open.done, len: lost }.append_to(&mut self.holes);
                self.utf8 = None;
                self.offset += lost;
                open.done += lost;
                open.last = at;
                self.state = State::Payload(open, length);
                if length == Some(open.done) {
                    self.end(open, open.done, true, look, events);
                    if len > lost {
                        self.lose_place(len - lost);
                    }
                }
            }
            State::Length(open, length) => {
                self.offset = open.offset;
                self.lose_place(len + 1 + u64::from(length.bytes));
            }
            State::Start | State::Lost => self.lose_place(len),
        }
    }

    /// A frame starts after a gap inside this one: its 0xFF was the last byte lost.
    fn end_in_gap<E: Events>(&mut self, mut open: Open, look: Look, events: &mut Watched<'_, E>) {
        if let Some(mut hole) = self.holes.pop() {
            hole.len -= 1;
            open.done -= 1;
            if hole.len > 0 {
                self.holes.push(hole);
            }
        }
        self.end(open, open.done, true, look, events);
    }

    /// The frame has ended, or never will.
    fn end<E: Events>(&mut self, open: Open, length: u64, ended: bool, look: Look, events: &mut Watched<'_, E>) {
        self.state = State::Start;
        let opcode = wire::opcode(open.kind, length);
        if let Some(check) = self.utf8
            && ended
            && let Err(position) = check.finish()
        {
            self.ill_formed(position);
        }
        let (kept, complete) = self.kept.take();
        if !complete {
            self.notes.push(Note::new(Code::KeptCap).with_detail(payload_buffer::LOST));
        }
        self.frame_notes(&open, opcode, length, ended, events.has_closed(self.direction));
        let header = Header { fin: true, rsv: 0, opcode, masking_key: None, length, form: LengthForm::Bits7 };
        let data = !opcode.is_control();
        let frame = Frame {
            direction: self.direction,
            offset: open.offset,
            header,
            header_len: open.header_len,
            framing: wire::framing(open.kind),
            message_opcode: Some(opcode),
            message_offset: data.then_some(open.offset),
            compressed: false,
            first: open.first,
            last: open.last,
            ended,
            ends_message: data && ended,
            message_follows: data && ended,
            captured: open.captured,
            payload: &kept,
            holes: &self.holes,
            notes: &self.notes,
        };
        events.frame(&frame);
        if data {
            if !ended {
                self.message_notes.push(Note::new(Code::MessageUnfinished));
            }
            if look.messages && open.captured > limits::MESSAGE_KEPT_BYTES as u64 {
                self.message_notes.push(Note::new(Code::KeptCap));
            }
            events.message(&message(&frame, &self.message_notes));
        }
        self.kept.reuse(kept);
        self.notes.clear();
        self.message_notes.clear();
        self.holes.clear();
        self.utf8 = None;
    }

    fn frame_notes(&mut self, open: &Open, opcode: Opcode, length: u64, ended: bool, closed: bool) {
        if let Opcode::Reserved(_) = opcode {
            let detail = match open.kind {
                0xff => format!("frame type 0xff, and {length} bytes after it"),
                kind => format!("frame type 0x{kind:02x}"),
            };
            let span = Span { source: Source::Frame, start: 0, len: 1 };
            self.notes.push(Note::new(Code::OpcodeReserved).with_detail(detail).with_span(span));
        }
        if closed {
            self.notes.push(Note::new(Code::CloseDataAfter));
        }
        if !self.holes.is_empty() {
            self.notes.push(check::frame_gap(open.done - open.captured, length).with_at(self.gap_at));
        } else if open.captured > limits::FRAME_KEPT_BYTES as u64 {
            self.notes.push(Note::new(Code::KeptCap));
        }
        if !ended {
            self.notes.push(Note::new(Code::FrameUnfinished));
        }
    }

    /// The connection is over.
    pub(super) fn finish<E: Events>(&mut self, look: Look, events: &mut Watched<'_, E>) {
        let cut = |bytes: u64| format!("{bytes} bytes from the {}", self.direction.name());
        match self.state {
            State::Payload(open, length) => self.end(open, length.unwrap_or(open.done), false, look, events),
            State::Length(_, length) => {
                let detail = format!("{} of a frame's header", cut(1 + u64::from(length.bytes)));
                self.overall.push(Note::new(Code::FrameUnfinished).with_detail(detail));
            }
            State::Start | State::Lost if self.passed > 0 => {
                let detail = format!("{} were passed over", cut(self.passed));
                self.overall.push(Note::new(Code::Resynchronised).with_detail(detail));
            }
            State::Start | State::Lost => {}
        }
    }
}

/// The message that a frame is.
fn message<'a>(frame: &Frame<'a>, notes: &'a [Note]) -> Message<'a> {
    Message {
        direction: frame.direction,
        offset: frame.offset,
        last_offset: frame.offset,
        opcode: frame.header.opcode,
        compressed: false,
        first: frame.first,
        last: frame.last,
        frame_count: 1,
        wire_length: frame.header.length,
        length: if frame.ended { frame.header.length } else { frame.captured + missing(frame.holes) },
        complete: frame.ended && frame.holes.is_empty(),
        ended: frame.ended,
        payload: frame.payload,
        holes: frame.holes,
        notes,
    }
}

fn missing(holes: &[Hole]) -> u64 {
    holes.iter().fold(0, |sum, hole| sum.saturating_add(hole.len))
}

crate::base::pack::pack_enum!(State { 0 Start, 1 Length(open, length), 2 Payload(open, left), 3 Lost });
crate::base::pack::pack_struct!(Open { kind, header_len, offset, first, last, done, captured });
crate::base::pack::pack_struct!(HixieReader {
    direction,
    offset,
    state,
    after_gap,
    passed,
    kept,
    holes,
    gap_at,
    notes,
    message_notes,
    utf8,
    overall,
    lost_frames,
});

#[cfg(test)]
mod tests;
