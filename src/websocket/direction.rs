//! One direction of a WebSocket connection: its bytes become frames (RFC 6455 section 5.2).
//!
//! In: bytes in stream order, gaps between them. Out: frames, and through [`Assembler`] messages. A frame that lies in
//! one piece is read where it lies; unmasking goes into a buffer shared by all connections, and happens only when
//! somebody looks. A gap inside a payload costs the frame those bytes and nothing else.

mod dialect;
mod doubt;
mod ending;
mod gap;
mod place;
mod unframed;

use self::doubt::Doubt;
use self::unframed::Unframed;
use super::across::Watched;
use super::assemble::{self, Assembler};
use super::check;
use super::events::{Events, Look, Scratch};
use super::frame::{Frame, OpenFrame};
use super::framing::Framing;
use super::header::Header;
use super::hybi::Early;
use super::inflate::Pool;
use super::lost::Lost;
use super::mask;
use super::payload_buffer::{self, PayloadBuffer, SpilledPayloads};
use super::rules::Rules;
use super::unframed::may_be_text;
use crate::base::number::{at_most, wide};
use crate::base::{At, Chunk, Code, Direction, Hole, Note, PacketNumber, limits};

/// Reads one direction.
#[derive(Debug)]
pub(super) struct DirectionReader {
    direction: Direction,
    rules: Rules,
    /// Stream offset of the next byte.
    offset: u64,
    state: State,
    /// Header bytes of a frame whose header lies in several pieces.
    partial: [u8; Header::MAX_LEN],
    /// Unmasked payload of a frame that lies in several pieces.
    kept: PayloadBuffer,
    holes: Vec<Hole>,
    /// Where the first of them was seen.
    gap_at: At,
    notes: Vec<Note>,
    assembler: Assembler,
    keys: check::Keys,
    /// Notes on the direction as a whole.
    overall: Vec<Note>,
    lost: Option<Box<Lost>>,
    /// The frame before was masked.
    masked: bool,
    /// Frames are those of draft-hybi-04 to -06.
    hybi: Option<Box<Early>>,
    /// Whole frames may be missing.
    lost_frames: bool,
    /// What is written between frames, where anything is.
    unframed: Option<Box<Unframed>>,
    /// What begins here is a frame, whatever it looks like.
    believed: bool,
    /// The connection ended inside the header at hand.
    cut: bool,
    /// What speaks against frames that only their shape vouches for.
    doubt: Doubt,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// At a frame's first byte.
    Start,
    /// `have` bytes into a frame's header, at least one.
    Header { have: u8, first: At },
    /// Inside a payload.
    Payload(OpenFrame),
    /// It is not known where the next frame starts: [`DirectionReader::lost`] holds what came since.
    Lost,
    /// At a frame's first byte, or at that of a text: [`DirectionReader::unframed`] holds what came since.
    Doubt,
    /// Inside a text.
    Unframed,
}

impl DirectionReader {
    pub(super) fn new(direction: Direction) -> DirectionReader {
        DirectionReader {
            direction,
            rules: Rules::default(),
            offset: 0,
            state: State::Start,
            partial: [0; Header::MAX_LEN],
            kept: PayloadBuffer::default(),
            holes: Vec::new(),
            gap_at: At::default(),
            notes: Vec::new(),
            assembler: Assembler::new(direction),
            keys: check::Keys::default(),
            overall: Vec::new(),
            lost: None,
            masked: direction == Direction::Client,
            hybi: None,
            lost_frames: false,
            unframed: None,
            believed: false,
            cut: false,
            doubt: Doubt::default(),
        }
    }

    pub(super) fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
        self.assembler.set_inflation(rules.inflation);
        self.hybi = Early::of(rules.dialect, self.direction).map(Box::new);
        if self.hybi.as_ref().is_some_and(|early| early.is_unreadable()) {
            self.lose_place(0);
        }
    }

    /// Reads the header at the start of `bytes`, and says how long it is.
    #[inline]
    fn parse(&mut self, bytes: &[u8]) -> Option<(Header, u8)> {
        if self.hybi.is_some() {
            return self.parse_early(bytes);
        }
        let header = Header::parse(bytes).ok()?;
        Some((header, header.wire_len()))
    }

    #[cold]
    fn parse_early(&mut self, bytes: &[u8]) -> Option<(Header, u8)> {
        let head = self.hybi.as_mut()?.parse(bytes)?;
        check::early(&head, &mut self.notes);
        Some((head.header, head.len))
    }

    /// No byte has come, nor been lost.
    fn is_at_start(&self) -> bool {
        self.offset == 0 && self.lost.as_ref().is_none_or(|lost| lost.passed == 0 && lost.held.is_empty())
    }

    /// What begins here is a frame, whatever it looks like.
    fn is_believed(&self) -> bool {
        self.believed || self.rules.believed || self.hybi.is_some()
    }

    /// Notes on the direction as a whole.
    pub(super) fn overall_notes(&self) -> &[Note] {
        &self.overall
    }

    /// As [`Assembler::use_pool`].
    pub(super) fn use_pool(&mut self, pool: &Pool) {
        self.assembler.use_pool(pool);
    }

    /// Bytes of memory that is under way takes.
    pub(super) fn memory(&self) -> usize {
        let held = self.lost.as_ref().map_or(0, |lost| lost.held.bytes().len());
        let held = held + self.unframed.as_ref().map_or(0, |unframed| unframed.held.bytes().len());
        self.kept.memory() + held + self.holes.capacity() * size_of::<Hole>() + self.assembler.memory()
    }

    /// It will be packed, to be parked: payloads go before.
    pub(super) fn park(&mut self, payloads: &SpilledPayloads) {
        self.kept.park(payloads);
        self.assembler.payload().park(payloads);
    }

    /// It was brought back.
    pub(super) fn unpark(&mut self, payloads: &SpilledPayloads) {
        self.kept.unpark(payloads);
        self.assembler.payload().unpark(payloads);
    }

    /// As [`Assembler::parked`].
    pub(super) fn parked(&mut self) {
        self.assembler.parked();
    }

    /// Whole frames may be missing in the capture.
    pub(super) fn has_lost_frames(&self) -> bool {
        self.lost_frames
    }

    pub(super) fn oldest_pending(&self) -> Option<PacketNumber> {
        let lost = self.lost.as_ref().and_then(|lost| lost.held.oldest_packet());
        lost.or_else(|| self.unframed.as_ref().and_then(|unframed| unframed.held.oldest_packet()))
    }

    pub(super) fn push<E: Events>(
        &mut self,
        chunk: Chunk<'_>,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) {
        let Chunk { mut bytes, at, .. } = chunk;
        if events.across.withdrawn {
            self.offset += wide(bytes.len());
            return;
        }
        if self.hybi.is_some() && self.is_at_start() {
            self.settle_dialect(bytes, at, events);
        }
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Start => self.frame_in_place(bytes, at, look, scratch, events),
                State::Header { have, first } => self.header_byte(bytes, have, first, at, look, events),
                State::Payload(mut open) => self.payload(&mut open, bytes, at, look, scratch, events),
                // No frame can be found in what cannot be unmasked: nothing waits for it.
                State::Lost if self.hybi.as_ref().is_some_and(|early| early.is_unreadable()) => {
                    self.offset += wide(bytes.len());
                    self.lost.get_or_insert_default().passed += wide(bytes.len());
                    &[]
                }
                State::Lost => {
                    self.lost.get_or_insert_default().held.push(Chunk::made(bytes, at));
                    self.find_place(false, look, scratch, events);
                    &[]
                }
                State::Doubt => self.doubtful(bytes, at, look, scratch, events),
                State::Unframed => self.text(bytes, at, look, scratch, events),
            };
        }
    }

    /// A frame whose header lies whole in the piece at hand, which is the usual case; so does its payload, as a rule.
    #[inline]
    fn frame_in_place<'b, E: Events>(
        &mut self,
        bytes: &'b [u8],
        at: At,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) -> &'b [u8] {
        if bytes.first().is_some_and(|first| may_be_text(*first)) && !self.is_believed() {
            return self.may_be_unframed(bytes, at, look, scratch, events);
        }
        self.read_frame(bytes, at, look, scratch, events)
    }

    fn read_frame<'b, E: Events>(
        &mut self,
        bytes: &'b [u8],
        at: At,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) -> &'b [u8] {
        let Some((header, len)) = self.parse(bytes) else {
            for (place, byte) in self.partial.iter_mut().zip(bytes) {
                *place = *byte;
            }
            // The bytes end inside a header: fewer than 14.
            self.state = State::Header { have: u8::try_from(bytes.len()).unwrap_or(u8::MAX), first: at };
            self.offset += wide(bytes.len());
            return &[];
        };
        let offset = self.offset;
        self.offset += u64::from(len);
        let rest = bytes.get(usize::from(len)..).unwrap_or(&[]);
        match self.begin(header, len, offset, (at, at), look, events) {
            Some(open) if rest.is_empty() => self.state = State::Payload(open),
            Some(mut open) => return self.payload(&mut open, rest, at, look, scratch, events),
            None => {}
        }
        rest
    }

    /// The next byte of a header in several pieces.
    fn header_byte<'b, E: Events>(
        &mut self,
        bytes: &'b [u8],
        have: u8,
        first: At,
        at: At,
        look: Look,
        events: &mut Watched<'_, E>,
    ) -> &'b [u8] {
        let Some((byte, rest)) = bytes.split_first() else { return bytes };
        if let Some(place) = self.partial.get_mut(usize::from(have)) {
            *place = *byte;
        }
        self.offset += 1;
        let have = have + 1;
        let partial = self.partial;
        match self.parse(partial.get(..usize::from(have)).unwrap_or(&partial)) {
            Some((header, _)) => {
                self.state = State::Start;
                let offset = self.offset - u64::from(have);
                if let Some(open) = self.begin(header, have, offset, (first, at), look, events) {
                    self.state = State::Payload(open);
                }
            }
            None => self.state = State::Header { have, first },
        }
        rest
    }

    /// A header is known, from its first byte to its last. Gives the frame where it has a payload; else it is over at once,
    /// or none begins here.
    // There are two callers, and what it gives is large.
    #[inline(always)]
    fn begin<E: Events>(
        &mut self,
        header: Header,
        header_len: u8,
        offset: u64,
        (first, last): (At, At),
        look: Look,
        events: &mut Watched<'_, E>,
    ) -> Option<OpenFrame> {
        if self.rules.by_shape && self.doubts(&header, header_len, last, events) {
            return None;
        }
        check::header(self.direction, &header, &self.rules, &mut self.notes);
        let key_at = if self.hybi.is_some() { 0 } else { u64::from(header_len).saturating_sub(4) };
        self.keys.check(&header, key_at, &mut self.notes);
        self.masked = header.masking_key.is_some();
        self.believed = false;
        if events.has_closed(self.direction) {
            self.notes.push(Note::new(Code::CloseDataAfter));
        }
        let open = OpenFrame { header, header_len, offset, first, last, done: 0, captured: 0 };
        if !header.opcode.is_control() {
            let foreign = self.rules.are_foreign(header.rsv);
            self.assembler.begin_frame(&open, foreign, look, &mut self.notes, events);
        }
        if header.length == 0 {
            self.end(&open, &[], look, events);
            return None;
        }
        Some(open)
    }

    /// The next bytes of a payload.
    fn payload<'b, E: Events>(
        &mut self,
        open: &mut OpenFrame,
        bytes: &'b [u8],
        at: At,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) -> &'b [u8] {
        let remaining = open.header.length - open.done;
        let take = at_most(remaining, bytes.len());
        let (piece, rest) = bytes.split_at_checked(take).unwrap_or((bytes, &[]));
        // A control frame never asks the message under way.
        let control = open.header.opcode.is_control();
        let whole = wide(piece.len()) == open.header.length;
        let shown = look.frames || control || self.assembler.is_message(look);
        let plain: &[u8] = if !shown && !self.assembler.reads(look) {
            &[]
        } else if let Some(key) = open.header.masking_key {
            scratch.unmasked.clear();
            match &self.hybi {
                None => mask::unmask_into(piece, key, open.done, &mut scratch.unmasked),
                Some(early) => {
                    scratch.unmasked.extend_from_slice(piece);
                    early.unmask(&mut scratch.unmasked, open.done);
                }
            }
            &scratch.unmasked
        } else {
            piece
        };
        if !control {
            self.assembler.push(plain, look);
        }
        if shown && !whole {
            self.kept.push(plain, limits::FRAME_KEPT_BYTES);
        }
        open.done += wide(piece.len());
        open.captured += wide(piece.len());
        open.last = at;
        self.offset += wide(piece.len());
        if open.done < open.header.length {
            self.state = State::Payload(*open);
        } else if whole {
            let shown = if shown { plain.get(..limits::FRAME_KEPT_BYTES).unwrap_or(plain) } else { &[] };
            self.end(open, shown, look, events);
        } else {
            self.end_kept(open, look, events);
        }
        rest
    }

    /// The frame has ended, or never will; its payload was kept.
    fn end_kept<E: Events>(&mut self, open: &OpenFrame, look: Look, events: &mut Watched<'_, E>) {
        let (kept, complete) = self.kept.take();
        if !complete {
            self.notes.push(Note::new(Code::KeptCap).with_detail(payload_buffer::LOST));
        }
        self.end(open, &kept, look, events);
        self.kept.reuse(kept);
    }

    /// The frame has ended, or never will.
    fn end<E: Events>(&mut self, open: &OpenFrame, payload: &[u8], look: Look, events: &mut Watched<'_, E>) {
        let header = &open.header;
        let control = header.opcode.is_control();
        let ended = open.done == header.length && !self.cut;
        if !self.holes.is_empty() {
            self.notes.push(check::frame_gap(open.done - open.captured, header.length).with_at(self.gap_at));
        }
        if self.holes.len() >= limits::HOLES
            || (self.holes.is_empty() && look.frames && open.captured > limits::FRAME_KEPT_BYTES as u64)
        {
            self.notes.push(Note::new(Code::KeptCap));
        }
        if !ended && !self.cut {
            self.notes.push(Note::new(Code::FrameUnfinished));
        }
        let early = self.hybi.is_some();
        if header.opcode == super::Opcode::Close && open.captured == header.length && !early {
            self.notes.extend(super::close::CloseBody::parse(payload).notes());
        }
        if let super::Opcode::Ping | super::Opcode::Pong = header.opcode {
            let known = (open.captured == header.length).then_some(payload);
            self.notes.extend(events.ping_or_pong(self.direction, header.opcode, known, open.last));
        }
        if !control && ended {
            self.assembler.settle(header.fin, look, &mut self.notes);
        }
        let message = if control { None } else { self.assembler.under_way() };
        let ends_message = ended && header.fin && message.is_some();
        let frame = Frame {
            direction: self.direction,
            offset: open.offset,
            header: *header,
            header_len: open.header_len,
            framing: self.hybi.as_ref().map_or(Framing::Rfc6455, |early| early.framing()),
            message_opcode: if control { Some(header.opcode) } else { message.and_then(assemble::Open::kind) },
            message_offset: message.map(|message| message.offset),
            compressed: message.is_some_and(|message| message.compressed),
            first: open.first,
            last: open.last,
            ended,
            ends_message,
            message_follows: ends_message && message.is_some_and(|message| message.last <= open.last),
            captured: open.captured,
            payload,
            holes: &self.holes,
            notes: &self.notes,
        };
        events.frame(&frame);
        if !control && ended {
            self.assembler.end_frame(&frame, look, events);
        } else if !control {
            self.assembler.finish(Some(&frame), look, events);
        }
        self.holes.clear();
        self.notes.clear();
        self.state = State::Start;
    }
}

crate::base::pack::pack_enum!(State { 0 Header { have, first }, 1 Payload(open), 2 Lost, 3 Doubt, 4 Unframed, 5 Start });
crate::base::pack::pack_struct!(DirectionReader {
    direction,
    rules,
    offset,
    state,
    partial,
    kept,
    holes,
    gap_at,
    notes,
    assembler,
    keys,
    overall,
    lost,
    masked,
    hybi,
    lost_frames,
    unframed,
    believed,
    cut,
    doubt,
});
