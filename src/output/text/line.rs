//! The columns that lines of frames and messages share.

use crate::base::note::Rule;
use crate::base::{Direction, Note, SocketId, Timestamp};
use crate::filter::heartbeat::Run;
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

/// Appends the connection, and the stream of it where the socket is one, padded to [`CONNECTION`].
pub fn push_socket(out: &mut Vec<u8>, socket: SocketId) {
    match socket.stream {
        None => push_padded(out, socket.connection.0.into(), CONNECTION),
        Some(_) => out.extend_from_slice(format!("{:>CONNECTION$}", socket.label()).as_bytes()),
    }
}

/// Appends the connection, the arrow and the name of the opcode, in the colour of the side that sent it.
pub fn push_source(out: &mut Vec<u8>, style: Style, socket: SocketId, direction: Direction, opcode: &str) {
    push_socket(out, socket);
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

/// Kinds of notes with how often each is there, in the order of their first.
fn kinds(notes: &[Note]) -> impl Iterator<Item = (Rule, usize)> + '_ {
    let first = |(i, note): &(usize, &Note)| !notes.iter().take(*i).any(|earlier| earlier.code == note.code);
    notes.iter().enumerate().filter(first).map(|(_, note)| {
        let times = notes.iter().filter(|other| other.code == note.code).count();
        (note.code.rule(), times)
    })
}

/// Columns of a kind of note, two spaces before it included: `  ▲ tcp.gap ×64`.
fn columns_of(rule: &Rule, times: usize) -> usize {
    let times = if times > 1 { 3 + times.ilog10() as usize } else { 0 };
    2 + 2 + rule.name.len() + times
}

/// Columns that [`push_notes`] will take, where there is room.
#[must_use]
pub fn notes_columns(notes: &[Note]) -> usize {
    kinds(notes).map(|(rule, times)| columns_of(&rule, times)).sum()
}

/// Appends the notes: glyph and code of each kind, in at most `columns`; `+3` says how many more kinds there are.
pub fn push_notes(out: &mut Vec<u8>, style: Style, notes: &[Note], columns: usize) {
    if notes.is_empty() {
        return;
    }
    let all = kinds(notes).count();
    let mut left = columns;
    for (i, (rule, times)) in kinds(notes).enumerate() {
        let wanted = columns_of(&rule, times);
        let room_for_more = if i + 1 < all { 5 } else { 0 };
        if wanted.saturating_add(room_for_more) > left {
            out.extend_from_slice(b"  +");
            push_number(out, (all - i) as u64);
            return;
        }
        left -= wanted;
        out.extend_from_slice(b"  ");
        style.paint(out, rule.severity.into(), |out| {
            out.extend_from_slice(glyph(rule.severity).as_bytes());
            out.push(b' ');
            out.extend_from_slice(rule.name.as_bytes());
            if times > 1 {
                out.extend_from_slice(" ×".as_bytes());
                push_number(out, times as u64);
            }
        });
    }
}

/// Appends a run of heartbeats, which stands where they would.
pub fn push_folded(out: &mut Vec<u8>, style: Style, run: &Run) {
    style.say(out, Tint::Faint, &format!("{:>NUMBER$}  {}", "···", run.line(run.count)));
}

/// Appends a heading line in the style of headings.
pub fn push_heading(out: &mut Vec<u8>, style: Style, heading: &str) {
    style.say(out, Tint::Strong, heading);
    out.push(b'\n');
}
