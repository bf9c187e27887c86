//! A frame explained, for people: its bits drawn, every field in words, the unmasking byte by byte. And the handshake
//! before it.

pub mod handshake;
pub mod deflate;
mod payload;
pub mod spot;

use super::number::hex_digits;
use super::out::Out;
use super::style::{Style, Tint, glyph};
use crate::base::number::at_most;
use crate::base::{Code, DisplaySafe, Note, Source, Span};
use crate::fields::{FrameField, Node};
use crate::teach::diagram::Diagram;
use crate::teach::duty::duty;
use crate::teach::explain::{Explained, Inflated};
use crate::trace::MessageRow;

/// Bytes in a row of the wire and of the unmasking.
const ROW: usize = 16;
/// Columns of a first line.
const LINE: usize = 400;
/// Columns of what is said of a note.
const DETAIL: usize = 200;
/// Columns of a close reason, which has 123 bytes at most.
const REASON: usize = 130;
/// Where a payload without bytes is.
const NOTHING: Span = Span { source: Source::Frame, start: 0, len: 0 };
/// Bits in a row of the diagram, and lines it may take.
const DIAGRAM: (usize, usize) = (32, 24);
/// Columns of a field's place, of its bits or bytes, of its name and value.
const COLUMNS: [usize; 3] = [12, 14, 24];

/// How an explanation is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manner {
    /// Colours.
    pub style: Style,
    /// All of every value; otherwise long ones are cut, and that is said.
    pub full: bool,
}

/// Writes the explanation of a frame; whether some of it was cut.
pub fn push(out: &mut Out, manner: Manner, explained: &Explained) -> bool {
    let style = manner.style;
    let buffer = out.buffer();
    title(buffer, style, explained);
    buffer.push(b'\n');
    diagram(buffer, style, explained);
    buffer.push(b'\n');
    let shown =
        |field: &&Node| field.depth == 1 || field.is(FrameField::CloseCode) || field.is(FrameField::CloseReason);
    for field in explained.fields.iter().filter(|field| field.severity.is_none()).filter(shown) {
        row(buffer, style, field, explained);
    }
    let cut = payload::push(out, manner, explained);
    for note in &explained.notes {
        complaint(out.buffer(), manner, note);
    }
    match &explained.inflated {
        Some(message) => payload::inflated(out, manner, message) || cut,
        None => cut,
    }
}

/// Appends the bytes that a text was read as, and what it was taken for.
pub fn push_form(out: &mut Vec<u8>, style: Style, form: &str, len: usize) {
    let plural = if len == 1 { "" } else { "s" };
    style.say(out, Tint::Faint, &format!("read as {form}: {len} byte{plural}"));
    out.extend_from_slice(b"\n\n");
}

/// Appends what a message is, before its frames are explained.
pub fn push_message_title(out: &mut Vec<u8>, style: Style, message: &MessageRow, frames: usize) {
    let (name, from, to) = (message.opcode.long_name(), message.direction.name(), message.direction.other().name());
    let plural = if frames == 1 { "" } else { "s" };
    let state = if message.complete {
        ""
    } else if message.ended {
        ", of which bytes are missing"
    } else {
        ", unfinished"
    };
    let inflated = if message.compressed { ", inflated" } else { "" };
    let words = format!(
        "message {}: {name} in {frames} frame{plural}, {} bytes{inflated}, {from} to {to}{state}",
        message.number, message.length
    );
    style.say(out, message.direction.into(), &words);
    out.push(b'\n');
}

/// Appends that something was cut, and how to see it.
pub fn push_cut(out: &mut Vec<u8>, style: Style) {
    style.say(out, Tint::Faint, "\nlong values are cut; --full shows all of them\n");
}

/// Appends what the bytes of frames alone do not say of their compression, and where it is said.
pub fn push_inflated_hint<'a>(out: &mut Vec<u8>, style: Style, messages: impl Iterator<Item = &'a Inflated>) {
    let before = messages.flat_map(|message| &message.notes).any(|note| note.code == Code::InflateHistory);
    let words = match before {
        true => "the messages before it are needed too: name the frame in its capture, FILE#N",
        false => "the handshake says whether that was agreed on",
    };
    style.say(out, Tint::Faint, &format!("\nRSV1 is taken for permessage-deflate (RFC 7692); {words}\n"));
}

/// The bytes, and what they are.
fn title(out: &mut Vec<u8>, style: Style, explained: &Explained) {
    let row = &explained.row;
    let bytes = &explained.wire.bytes;
    hex(out, bytes.get(..ROW).unwrap_or(bytes));
    if bytes.len() > ROW {
        out.extend_from_slice(format!(" … {} bytes", bytes.len()).as_bytes());
    }
    out.push(b'\n');
    if explained.lacks > 0 {
        let (name, lacks) = (row.header.opcode.long_name(), explained.lacks);
        let least = if bytes.len() < 2 { " at least" } else { "" };
        let plural = if lacks == 1 { "" } else { "s" };
        let words = format!("the beginning of a {name} frame, whose header lacks{least} {lacks} byte{plural}");
        style.say(out, Tint::Strong, &words);
        out.push(b'\n');
        return;
    }
    let masked = if row.header.masking_key.is_some() { "a masked" } else { "an unmasked" };
    let (name, from, to) = (row.header.opcode.long_name(), row.direction.name(), row.direction.other().name());
    let words = format!("{masked} {name} frame of {} bytes, {from} to {to}", row.header.length);
    style.say(out, row.direction.into(), &words);
    out.push(b'\n');
    for (packet, text) in &explained.comments {
        out.extend_from_slice(format!("packet {packet}: ").as_bytes());
        DisplaySafe::text(text).write_to(out);
        out.push(b'\n');
    }
}

fn diagram(out: &mut Vec<u8>, style: Style, explained: &Explained) {
    let (bits, height) = DIAGRAM;
    for line in Diagram::draw(&explained.fields, &explained.wire, bits, height).lines {
        for part in line {
            let tint = if part.bits { Tint::Strong } else { Tint::Faint };
            style.paint(out, tint, |out| DisplaySafe::text(&part.text).write_to(out));
        }
        while out.last() == Some(&b' ') {
            out.pop();
        }
        out.push(b'\n');
    }
}

/// `byte 0       1... ....      FIN 1                    the only frame of its message  RFC 6455 5.4`.
fn row(out: &mut Vec<u8>, style: Style, field: &Node, explained: &Explained) {
    let [place, raw, value] = COLUMNS;
    let start = out.len();
    let wire = &explained.wire;
    let Some(span) = field.span.or((field.is(FrameField::Payload)).then_some(NOTHING)) else { return };
    // What is inside a payload is shown as it is once unmasked.
    let (before, from) = match span.source {
        Source::Unmasked => (u64::from(explained.row.header_len), &explained.payload),
        _ => (0, &wire.bytes),
    };
    match span.len {
        1 => out.extend_from_slice(format!("byte {}", before + span.start).as_bytes()),
        0 => out.extend_from_slice(b"none"),
        // A length may claim all of 64 bits.
        len => {
            let first = u128::from(before + span.start);
            out.extend_from_slice(format!("bytes {first}–{}", first + u128::from(len) - 1).as_bytes());
        }
    }
    pad(out, start, place);
    let start = out.len();
    match field.bits {
        Some(bits) if bits.len < 8 => pattern(out, bits.first % 8, bits.len, wire.get(span.start)),
        _ => {
            let bytes = from.get(at_most(span.start, from.len())..).unwrap_or(&[]);
            let shown = at_most(span.len, 4);
            hex(out, bytes.get(..shown).unwrap_or(bytes));
            if span.len > 4 {
                out.extend_from_slice(" …".as_bytes());
            }
        }
    }
    pad(out, start, raw);
    let start = out.len();
    style.say(out, Tint::Strong, &field.label);
    out.push(b' ');
    // A reason is there to be read.
    let columns =
        if field.is(FrameField::CloseReason) { REASON } else { value.saturating_sub(field.label.len() + 2).max(8) };
    DisplaySafe::text(&field.text).columns(columns).write_to(out);
    let painted = if style.colour { "\x1b[1m\x1b[0m".len() } else { 0 };
    pad(out, start, value + painted);
    out.extend_from_slice(field.meaning.as_bytes());
    out.extend_from_slice(b"  ");
    style.say(out, Tint::Faint, field.clause);
    out.push(b'\n');
}

/// The bits of a byte that belong to a field; a dot for each of the others.
fn pattern(out: &mut Vec<u8>, first: u16, len: u16, byte: Option<u8>) {
    for bit in 0..8_u16 {
        if bit == 4 {
            out.push(b' ');
        }
        let own = bit >= first && bit < first + len;
        out.push(match byte {
            Some(byte) if own => b'0' + (byte >> (7 - bit) & 1),
            None if own => b'?',
            _ => b'.',
        });
    }
}

fn complaint(out: &mut Vec<u8>, manner: Manner, note: &Note) {
    let (style, columns) = (manner.style, if manner.full { usize::MAX } else { DETAIL });
    let rule = note.code.rule();
    out.push(b'\n');
    style.say(out, rule.severity.into(), &format!("{} {}", glyph(rule.severity), rule.name));
    out.extend_from_slice(format!("  {}", rule.sentence).as_bytes());
    if let Some(detail) = &note.detail {
        out.extend_from_slice(b" (");
        DisplaySafe::text(detail).columns(columns).write_to(out);
        out.push(b')');
    }
    style.say(out, Tint::Faint, &format!("  {}", rule.clause));
    let (duty, clause) = duty(note.code);
    out.extend_from_slice(format!("\n      {duty}").as_bytes());
    if !clause.is_empty() {
        style.say(out, Tint::Faint, &format!("  {clause}"));
    }
    out.push(b'\n');
}

fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    for (i, byte) in bytes.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(&hex_digits(*byte));
    }
}

/// Fills with spaces up to `columns`, counted in characters from `start`; at least one.
fn pad(out: &mut Vec<u8>, start: usize, columns: usize) {
    let written = out.get(start..).map_or(0, |text| String::from_utf8_lossy(text).chars().count());
    out.resize(out.len() + columns.saturating_sub(written).max(1), b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        told(bytes, false).0
    }

    /// The explanation, and whether some of it is cut.
    fn told(bytes: &[u8], full: bool) -> (String, bool) {
        let mut out = Out::memory();
        let manner = Manner { full, ..Manner::default() };
        let frames = Explained::bytes(bytes).unwrap();
        let cut: Vec<bool> = frames.iter().map(|explained| push(&mut out, manner, explained)).collect();
        let cut = cut.contains(&true);
        (String::from_utf8(out.bytes().to_vec()).unwrap(), cut)
    }

    #[test]
    fn the_hello_of_the_lab() {
        let text = text(&[0x81, 0x85, 0xcb, 0x6e, 0x9f, 0x8e, 0x83, 0x0b, 0xf3, 0xe2, 0xa4]);
        let (head, rest) = text.split_once('\n').unwrap();
        assert_eq!(head, "81 85 cb 6e 9f 8e 83 0b f3 e2 a4");
        assert!(rest.starts_with("a masked text frame of 5 bytes, client to server\n"), "{text}");
        for line in [
            "byte 0      1... ....     FIN 1                   the only frame of its message  RFC 6455 5.4",
            "byte 0      .000 ....     RSV 000                 no extension marks this frame  RFC 6455 5.2",
            "byte 1      1... ....     MASK 1  ",
            "byte 1      .000 0101     length 5  ",
            "bytes 2–5   cb 6e 9f 8e   masking key cb6e9f8e  ",
            "on the wire 83 0b f3 e2 a4\n⊕ the key   cb 6e 9f 8e cb\n= payload   48 65 6c 6c 6f\n             H  e  l  l  o\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_close_says_its_code_and_its_reason() {
        // RFC 6455 section 7.4.1; the key is that of section 5.7.
        let wire = [0x88, 0x82, 0x37, 0xfa, 0x21, 0x3d, 0x34, 0x12];
        let line = "bytes 6–7   03 e8         close code 1000         normal closure  RFC 6455 7.4.1\n";
        assert!(text(&wire).contains(line), "{}", text(&wire));
        let reason = text(b"\x88\x0e\x0f\xa1app says bye");
        let lines = [
            "bytes 2–3   0f a1         close code 4001         private use  RFC 6455 7.4.1\n",
            "bytes 4–15  61 70 70 20 … close reason \"app says bye\" UTF-8, ",
        ];
        assert!(lines.iter().all(|line| reason.contains(line)), "{reason}");
        let none = text(&[0x88, 0x00]);
        assert!(none.contains("payload empty           no close code: an API gives 1005 in its place"), "{none}");
        let forbidden = text(&[0x88, 0x02, 0x03, 0xed]);
        assert!(
            forbidden.contains("close code 1005         no status received") && forbidden.contains("✖ ws.close.code")
        );
    }

    #[test]
    fn a_header_that_is_cut_off_says_what_it_lacks() {
        for (bytes, lines) in [
            (
                &[0x81][..],
                &[
                    "the beginning of a text frame, whose header lacks at least 1 byte\n",
                    "byte 0      .... 0001     opcode 1 TEXT ",
                    "byte 1      ?... ....     MASK ?                  missing  ",
                    "byte 1      .??? ????     length ?                missing  ",
                ][..],
            ),
            (
                &[0x82, 0xfe, 0x01],
                &[
                    "the beginning of a binary frame, whose header lacks 5 bytes\n",
                    "byte 1      1... ....     MASK 1  ",
                    "bytes 2–3   01            extended length ?       1 of 2 bytes are missing  ",
                    "bytes 4–7                 masking key ?           4 of 4 bytes are missing  ",
                ],
            ),
            (
                &[0x89, 0x85, 1, 2, 3],
                &["whose header lacks 1 byte\n", "masking key ?           1 of 4 bytes are missing"],
            ),
        ] {
            let mut out = Out::memory();
            push(&mut out, Manner::default(), &Explained::beginning(bytes).unwrap());
            let text = String::from_utf8(out.bytes().to_vec()).unwrap();
            assert!(lines.iter().all(|line| text.contains(line)), "{bytes:?}\n{text}");
        }
    }

    #[test]
    fn a_compressed_message_is_inflated_as_far_as_its_bytes_go() {
        // RFC 7692 sections 7.2.3.1 and 7.2.3.2: the second refers to the first.
        let alone = text(&[0xc1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
        assert!(alone.ends_with("\ninflated    5 bytes  \"Hello\"\n") && !alone.contains("ws.rsv"), "{alone}");
        let torn_out = text(&[0xc1, 0x05, 0xf2, 0x00, 0x11, 0x00, 0x00]);
        assert!(torn_out.contains("\ninflated    5 bytes  \"H\" …\n\n▲ ws.inflate.history  "), "{torn_out}");
        let both =
            text(&[0xc1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0xc1, 0x05, 0xf2, 0x00, 0x11, 0x00, 0x00]);
        assert_eq!(both.matches("inflated    5 bytes  \"Hello\"\n").count(), 2, "{both}");
    }

    #[test]
    fn a_long_payload_is_cut_or_whole_masked_or_not() {
        // 130 letters in a frame of 16 bits of length: RFC 6455 section 5.2.
        let letters: String = (0..130).map(|i| char::from(b'a' + i % 26)).collect();
        let rows = 130_usize.div_ceil(16);
        let unmasked = [&[0x81, 0x7e, 0x00, 0x82][..], letters.as_bytes()].concat();
        let masked = [&[0x81, 0xfe, 0x00, 0x82, 0, 0, 0, 0][..], letters.as_bytes()].concat();
        for (bytes, name) in [(&unmasked, "\npayload     "), (&masked, "\n= payload   ")] {
            let (short, cut) = told(bytes, false);
            assert!(cut && short.contains("\nand so on for 66 more bytes\n"), "{short}");
            assert_eq!(short.matches(name).count(), 1 + 3 * usize::from(name.contains('=')), "{short}");
            let (whole, cut) = told(bytes, true);
            assert!(!cut && !whole.contains("and so on"), "{whole}");
            assert!(whole.contains(&format!("\ntext        \"{letters}\"\n")), "{whole}");
            assert!(whole.lines().count() > short.lines().count() + rows - 2, "{whole}");
        }
        let compressed = [0xc1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert!(!told(&compressed, false).1);
    }

    #[test]
    fn what_is_wrong_stands_below() {
        let text = text(&[0x8f, 0x00]);
        assert!(text.contains("✖ ws.opcode.reserved  The opcode is reserved. (opcode 15)  RFC 6455 5.2\n"), "{text}");
    }

    #[test]
    fn a_payload_writes_nothing_to_the_terminal() {
        let text = text(b"\x81\x08\x1b]0;x\x07\n!");
        assert!(!text.contains(['\x1b', '\x07']), "{text}");
    }
}
