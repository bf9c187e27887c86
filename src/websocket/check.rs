//! What RFC 6455 asks of a frame header.
//!
//! In: a header and who sent it. Out: Notes. Rules that need more than the header stand where that is known: messages
//! in [`super::assemble`], closing in [`super::close`], both directions in [`super::session`].

use super::framing::Dialect;
use super::header::{Header, LengthForm, Opcode};
use super::hybi;
use super::rules::Rules;
use crate::base::{Code, Direction, Note, Source, Span};

/// Rules on the header alone (sections 5.1, 5.2 and 5.5). Costs a few comparisons where nothing is wrong.
pub(super) fn header(direction: Direction, header: &Header, rules: &Rules, notes: &mut Vec<Note>) {
    match (direction, header.masking_key) {
        (Direction::Client, None) => notes.push(at(Code::MaskMissing, 1, 1)),
        (Direction::Server, Some(_)) => notes.push(at(Code::MaskForbidden, 1, 1)),
        _ => {}
    }
    if header.rsv != 0 && !rules.unknown_extension {
        reserved_bits(header, rules, notes);
    }
    let early = !matches!(rules.dialect, Dialect::Rfc6455);
    if let Opcode::Reserved(bits) = header.opcode
        && !rules.unknown_extension
        && !early
    {
        notes.push(at(Code::OpcodeReserved, 0, 1).with_detail(reserved_opcode(bits)));
    }
    if header.opcode.is_control() {
        if !header.fin {
            notes.push(at(Code::ControlFragmented, 0, 1));
        }
        if header.length > 125 {
            notes.push(at(Code::ControlLong, 1, length_bytes(header)).with_detail(format!("{} bytes", header.length)));
        }
    }
    if !header.is_minimal() && !early {
        let detail = format!("{} in {} bits", header.length, 8 * (length_bytes(header) - 1));
        notes.push(at(Code::LengthNotMinimal, 1, length_bytes(header)).with_detail(detail));
    }
    if header.length >> 63 != 0 {
        notes.push(at(Code::LengthTopBit, 2, 1));
    }
}

/// The same of a header that is cut off after `have` bytes, where what is missing counts as zeros: it breaks no rule. Of a
/// longer length the least that its field is for is taken, as long as it is not known.
pub(super) fn cut_header(direction: Direction, header: &mut Header, have: u8, rules: &Rules, notes: &mut Vec<Note>) {
    if u64::from(have) <= length_bytes(header) {
        let least = match header.form {
            LengthForm::Bits7 => 0,
            LengthForm::Bits16 => 126,
            LengthForm::Bits64 => 1 << 16,
        };
        header.length = header.length.max(least);
    }
    self::header(direction, header, rules, notes);
    notes.push(Note::new(Code::FrameUnfinished).with_detail(header_bytes(direction, have)));
}

/// What there is of a header that is cut off.
pub(super) fn header_bytes(direction: Direction, have: u8) -> String {
    format!("{have} bytes of a frame's header from the {}", direction.name())
}

/// A header that RFC 6455 allows this direction, whatever the one before was; RSV1 as permessage-deflate sets it.
pub(super) fn can_be(direction: Direction, header: &Header) -> bool {
    let control = header.opcode.is_control();
    let reserved = matches!(header.opcode, Opcode::Reserved(_))
        || header.rsv & 3 != 0
        || (header.rsv != 0 && (control || header.opcode == Opcode::Continuation));
    let masked = header.masking_key.is_some() == (direction == Direction::Client);
    masked
        && !reserved
        && header.is_minimal()
        && header.length >> 63 == 0
        && (!control || header.fin && header.length <= 125)
}

/// What only draft-hybi-04 to -06 have: a fourth reserved bit, and other numbers for opcodes.
pub(super) fn early(head: &hybi::Head, notes: &mut Vec<Note>) {
    if head.rsv4 {
        notes.push(Note::new(Code::RsvUnnegotiated).with_detail("RSV4"));
    }
    if let Opcode::Reserved(_) = head.header.opcode {
        notes.push(Note::new(Code::OpcodeReserved).with_detail(format!("opcode {} of the draft", head.opcode)));
    }
}

/// Frames of two bytes can have one: nothing is made for it.
fn reserved_opcode(bits: u8) -> &'static str {
    match bits {
        3 => "opcode 3",
        4 => "opcode 4",
        5 => "opcode 5",
        6 => "opcode 6",
        7 => "opcode 7",
        11 => "opcode 11",
        12 => "opcode 12",
        13 => "opcode 13",
        14 => "opcode 14",
        _ => "opcode 15",
    }
}

/// RSV1 belongs to permessage-deflate on a message's first frame (RFC 7692 section 6.1); nothing uses RSV2 and RSV3.
fn reserved_bits(header: &Header, rules: &Rules, notes: &mut Vec<Note>) {
    let first_of_message = matches!(header.opcode, Opcode::Text | Opcode::Binary | Opcode::Reserved(3..=7));
    let mut unused = header.rsv;
    if let Some(inflation) = &rules.inflation
        && header.rsv & 4 != 0
    {
        unused &= 3;
        let carries = if inflation.per_frame { !header.opcode.is_control() } else { first_of_message };
        if !carries {
            notes.push(at(Code::RsvMisplaced, 0, 1));
        }
    }
    if unused != 0 {
        let names = match unused {
            1 => "RSV3",
            2 => "RSV2",
            3 => "RSV2, RSV3",
            4 => "RSV1",
            5 => "RSV1, RSV3",
            6 => "RSV1, RSV2",
            _ => "RSV1, RSV2, RSV3",
        };
        notes.push(at(Code::RsvUnnegotiated, 0, 1).with_detail(names));
    }
}

/// A frame lacks `missing` bytes of its `length` bytes of payload.
pub(super) fn frame_gap(missing: u64, length: u64) -> Note {
    Note::new(Code::FrameGap).with_detail(format!("{missing} of {length} payload bytes"))
}

/// Bytes of the length field, from the header's second byte.
fn length_bytes(header: &Header) -> u64 {
    u64::from(header.wire_len()) - 1 - if header.masking_key.is_some() { 4 } else { 0 }
}

fn at(code: Code, start: u64, len: u64) -> Note {
    Note::new(code).with_span(Span { source: Source::Frame, start, len })
}

/// The masking keys of one direction, for their hygiene (sections 5.3 and 10.3).
#[derive(Debug, Default)]
pub(super) struct Keys {
    recent: [u32; 3],
    seen: u8,
    steady: u8,
}

/// Steps of the same size in a row that are no chance (2^-32 each).
const STEADY_STEPS: u8 = 2;

impl Keys {
    /// A key must be fresh and unpredictable: not zero, not one of the last three, not a steady count.
    pub(super) fn check(&mut self, header: &Header, key_at: u64, notes: &mut Vec<Note>) {
        let Some(bytes) = header.masking_key else { return };
        let key = u32::from_be_bytes(bytes);
        let [last, before, older] = self.recent;
        let field = key_at;
        if key == 0 {
            notes.push(at(Code::MaskZero, field, 4));
        } else if (self.seen > 0 && key == last) || (self.seen > 1 && key == before) || (self.seen > 2 && key == older)
        {
            notes.push(at(Code::MaskRepeated, field, 4).with_detail(hex::encode(bytes)));
        } else if self.seen > 1 && key.wrapping_sub(last) == last.wrapping_sub(before) {
            self.steady = self.steady.saturating_add(1);
            if self.steady >= STEADY_STEPS {
                let detail = format!("each key is the one before plus {}", key.wrapping_sub(last).cast_signed());
                notes.push(at(Code::MaskPredictable, field, 4).with_detail(detail));
            }
        } else {
            self.steady = 0;
        }
        self.recent = [key, last, before];
        self.seen = self.seen.saturating_add(1);
    }
}

crate::base::pack::pack_struct!(Keys { recent, seen, steady });
