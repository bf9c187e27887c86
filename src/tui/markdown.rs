//! What is written as Markdown: a frame or a message for a bug report, and a whole conversation.
//!
//! In: bytes taken out of the capture, and the rows they belong to. Out: text. A payload stands in a fenced block that
//! holds nothing else: as it is where it is text, as a dump else. What this program says of it (that it is empty, was
//! inflated, lacks bytes) stands before the block, so that nothing of it can be taken for payload.

use std::fmt::Write as _;

use super::entries::is_entry;
use super::preview::close_words;
use super::state::State;
use super::taken::Taken;
use super::{pretty, text};
use crate::base::SocketId;
use crate::base::limits::TAKEN_BYTES;
use crate::base::number::wide;
use crate::trace::{Bytes, FrameRow, Inflations, MessageRow, Trace};
use crate::websocket::Opcode;

/// Sixteen bytes a line, in hex and as text.
#[must_use]
pub(super) fn dump(bytes: &[u8]) -> String {
    let line = |(index, line): (usize, &[u8])| {
        let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = line.iter().map(|b| if (0x20..0x7f).contains(b) { char::from(*b) } else { '.' }).collect();
        format!("{:04x}  {:<47}  {text}", index * 16, hex.join(" "))
    };
    bytes.chunks(16).enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// A block that holds these bytes: text as it is, JSON laid out where that is wanted, everything else as a dump. Text that
/// a terminal would obey is no text here.
fn fenced(bytes: &[u8], lay_out: bool) -> String {
    let obeyed = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\0');
    let text = simdutf8::basic::from_utf8(bytes).ok().filter(|text| !text.contains(obeyed));
    let (kind, body) = match text {
        Some(text) => match pretty::json(text).filter(|_| lay_out) {
            Some(pretty) => ("json", pretty),
            None => ("text", text.to_owned()),
        },
        None => ("", dump(bytes)),
    };
    // A fence longer than any in the text keeps the text inside.
    let longest = body.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{kind}\n{body}\n{fence}\n")
}

/// What must be said of bytes before they are shown.
fn remarks(taken: &Taken) -> String {
    let mut said = String::new();
    if taken.missing > 0 {
        let _ = write!(said, ", {} of it not in the capture (zeros)", text::size(taken.missing));
    }
    if taken.left_out > 0 {
        let _ = write!(said, ", only the first {} here", text::size(wide(taken.bytes.len())));
    }
    said
}

/// What is copied of a frame, or of the message that its row is, with a line that says where it comes from.
pub(super) fn report(name: &str, row: &FrameRow, message: Option<&MessageRow>, taken: &Taken) -> String {
    let (item, opcode, length, frames) = match message {
        Some(message) => {
            let frames = match message.frame_count {
                1 => format!("frame {}", message.last_frame),
                count => format!("{count} frames, {} to {}", message.first_frame, message.last_frame),
            };
            (format!("m{}", message.number), message.opcode, message.length, frames)
        }
        None => (row.number.to_string(), row.header.opcode, row.header.length, format!("packet {}", row.first.packet)),
    };
    let head = format!(
        "**{name}#{item}** connection {} {} {}, {length} B, {frames}{}\n",
        row.socket.label(),
        row.direction.name(),
        opcode.short_name(),
        remarks(taken),
    );
    if taken.bytes.is_empty() { head } else { format!("{head}\n{}", fenced(&taken.bytes, true)) }
}

/// A whole connection: its handshake, then a line a message or control frame, and its payload below.
pub(super) fn conversation(state: &State, trace: &Trace) -> String {
    let bytes = Bytes::new(trace, &*state.store);
    let mut out = String::new();
    let mut inflations = Inflations::default();
    let Some(list) = trace.connections().get(state.connection) else { return out };
    if let Some(told) = &list.told {
        let _ = writeln!(out, "# Connection {}: {} → {}\n", told.id.label(), told.client, told.server);
    }
    let heads = heads(trace, state.connection);
    if !heads.is_empty() {
        let _ = writeln!(out, "{}", fenced(heads.trim_end().as_bytes(), false));
    }
    for frame in list.frames_from(0).filter(|frame| is_entry(trace, *frame)) {
        if wide(out.len()) >= TAKEN_BYTES {
            let _ =
                writeln!(out, "The rest is left out, from frame {frame} on: a file holds {}.", text::size(TAKEN_BYTES));
            break;
        }
        if let Some(row) = trace.frames().get(frame) {
            entry(bytes, &mut inflations, &row, &mut out);
        }
    }
    out
}

fn entry(bytes: Bytes<'_>, inflations: &mut Inflations, row: &FrameRow, out: &mut String) {
    let trace = bytes.trace();
    let message = row.message.and_then(|message| trace.messages().get(message));
    let (opcode, length) = message.map_or((row.header.opcode, row.header.length), |m| (m.opcode, m.length));
    let _ = write!(
        out,
        "- **{}** {} #{} {}",
        row.direction.name(),
        text::of_day(row.first.time),
        row.number,
        opcode.short_name()
    );
    let taken = match &message {
        Some(message) => said(bytes, inflations, message),
        None => Taken::of(row.header.length, |range| bytes.unmasked(row, range)),
    };
    let mut shown = taken.bytes.as_slice();
    if opcode == Opcode::Close {
        if let Some((words, _)) = close_words(&bytes.unmasked(row, 0..2)) {
            let _ = write!(out, " {words}");
        }
        shown = taken.bytes.get(2..).unwrap_or_default();
    }
    let _ = write!(out, ", {}", text::size(length));
    if let Some(message) = message.filter(|message| message.frame_count > 1) {
        let _ = write!(out, " in {} frames", message.frame_count);
    }
    match &message {
        Some(message) if message.compressed => {
            let _ = write!(out, ", inflated from {}", text::size(message.wire_length));
        }
        None if row.compressed => out.push_str(", compressed"),
        _ => {}
    }
    let _ = writeln!(out, "{}", remarks(&taken));
    // Of what is missing as a whole there is nothing to show.
    if !shown.is_empty() && taken.missing < wide(taken.bytes.len()) {
        let _ = writeln!(out, "\n{}", fenced(shown, false));
    }
}

/// All that a message says.
fn said(bytes: Bytes<'_>, inflations: &mut Inflations, message: &MessageRow) -> Taken {
    if !message.compressed {
        return Taken::of(message.wire_length, |range| bytes.message(message, range));
    }
    // Those on the screen are inflated already; here all are wanted.
    inflations.work(bytes, [message.number], u64::MAX);
    inflations.get(message.number).map(|window| Taken::inflated(message, &window)).unwrap_or_default()
}

/// Both heads of a handshake, as far as they are known, as the view shows them.
pub(super) fn heads(trace: &Trace, id: SocketId) -> String {
    let told = trace.connections().get(id).and_then(|row| row.told.as_ref());
    let Some(handshake) = told.and_then(|told| told.handshake.as_ref()) else { return String::new() };
    let head = |first: String, fields: &[(String, String)]| {
        let fields = fields.iter().map(|(name, value)| format!("{name}: {value}\n"));
        std::iter::once(first + "\n").chain(fields).collect::<String>()
    };
    let request = handshake.request.as_ref().map(|request| head(request.line(), &request.fields));
    let response = handshake.response.as_ref();
    let response = response.map(|response| head(format!("{} {}", response.status, response.reason), &response.fields));
    request.into_iter().chain(response).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_the_payload_and_nothing_else() {
        assert_eq!(fenced("é ∅ ⇲".as_bytes(), true), "```text\né ∅ ⇲\n```\n");
        assert_eq!(fenced(b"a ``` b", true), "````text\na ``` b\n````\n");
        assert_eq!(fenced(br#"{"a":1}"#, true), "```json\n{\n  \"a\": 1\n}\n```\n");
        assert_eq!(fenced(br#"{"a":1}"#, false), "```text\n{\"a\":1}\n```\n");
        // STOMP ends its frames with NUL; an escape sequence is for no terminal.
        assert_eq!(fenced(b"CONNECT\n\n\0", false), "```text\nCONNECT\n\n\0\n```\n");
        assert_eq!(fenced(b"\x1b[2J", false), format!("```\n0000  1b 5b 32 4a{}.[2J\n```\n", " ".repeat(38)));
    }

    #[test]
    fn a_dump_is_hex_and_text() {
        assert_eq!(dump(b"Hi\x00"), format!("0000  48 69 00{}Hi.", " ".repeat(41)));
    }
}
