//! The columns that lines of frames and messages share.

use crate::base::{Direction, Note, Timestamp};
use crate::output::number::{push_number, push_padded, push_seconds};
use crate::output::style::{Style, Tint, glyph};
use crate::websocket::Header;

/// Columns of the number of an item.
pub const NUMBER: usize = 7;
/// Columns of a time: three digits, a point, nine digits. Longer captures push the rest to the right.
pub const TIME: usize = 13;
/// Columns of a connection number.
pub const CONNECTION: usize = 4;
/// Columns of a length.
pub const LENGTH: usize = 8;

/// Appends seconds since the first packet, padded to [`TIME`].
pub fn push_time(out: &mut Vec<u8>, time: Timestamp, origin: Timestamp) {
    let since = time.since(origin);
    const SECOND: i64 = 1_000_000_000;
    let spaces: &[u8] = match since {
        _ if (0..10 * SECOND).contains(&since) => b"  ",
        _ if (-10 * SECOND..100 * SECOND).contains(&since) => b" ",
        _ => b"",
    };
    out.extend_from_slice(spaces);
    push_seconds(out, since);
}

/// Appends the connection, the arrow and the name of the opcode, in the colour of the side that sent it.
pub fn push_source(out: &mut Vec<u8>, style: Style, connection: u32, direction: Direction, opcode: &str) {
    push_padded(out, connection.into(), CONNECTION);
    out.push(b' ');
    style.paint(out, direction.into(), |out| {
        out.extend_from_slice(direction.arrow().as_bytes());
        out.push(b' ');
        out.extend_from_slice(opcode.as_bytes());
    });
    const WIDTH: usize = 5;
    out.resize(out.len() + WIDTH.saturating_sub(opcode.len()), b' ');
}

/// Appends the bits of a header: `F123 M`, with a dot for each that is not set.
pub fn push_flags(out: &mut Vec<u8>, header: &Header) {
    let rsv = |bit: u8, name: &'static str| if header.rsv & bit != 0 { name } else { "·" };
    for part in [if header.fin { "F" } else { "·" }, rsv(4, "1"), rsv(2, "2"), rsv(1, "3")] {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(if header.masking_key.is_some() { b" M" } else { b"  " });
}

/// Columns that [`push_notes`] will take, two spaces before it included.
#[must_use]
pub fn notes_columns(notes: &[Note]) -> usize {
    // Codes are ASCII; each is followed by what stands between it and the next.
    notes.iter().map(|note| 2 + note.code.name().len() + 2).sum()
}

/// Appends the notes: glyph and code of each, in at most `columns`; `+3` says how many more there are.
pub fn push_notes(out: &mut Vec<u8>, style: Style, notes: &[Note], columns: usize) {
    let mut left = columns;
    for (i, note) in notes.iter().enumerate() {
        let rule = note.code.rule();
        let wanted = 2 + 2 + rule.name.len();
        let more = notes.len() - i - 1;
        let room_for_more = if more > 0 { 5 } else { 0 };
        if wanted + room_for_more > left {
            out.extend_from_slice(b"  +");
            push_number(out, more as u64 + 1);
            return;
        }
        left -= wanted;
        out.extend_from_slice(b"  ");
        style.paint(out, rule.severity.into(), |out| {
            out.extend_from_slice(glyph(rule.severity).as_bytes());
            out.push(b' ');
            out.extend_from_slice(rule.name.as_bytes());
        });
    }
}

/// Appends a heading line in the style of headings.
pub fn push_heading(out: &mut Vec<u8>, style: Style, heading: &str) {
    style.say(out, Tint::Strong, heading);
    out.push(b'\n');
}
