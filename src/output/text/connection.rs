//! A connection as a line for people.
//!
//! In a narrow terminal its duration and its time make room for what it is; of that the beginning is shown, how it was
//! closed, and its notes.

use super::line::{notes_columns, push_notes, push_socket, push_time};
use super::{LEAST, Look, address};
use crate::base::{Code, DisplaySafe, Note, Timestamp};
use crate::dissect::{Close, Evidence, Socket};
use crate::output::number::{push_padded, push_seconds};
use crate::output::style::{Style, Tint};
use crate::websocket::Handshake;

/// Columns of an address: IPv4 with a port; longer ones push the rest to the right.
const ADDRESS: usize = 21;

/// Columns of a number of frames.
const FRAMES: usize = 10;

/// The same in a narrow terminal.
const NARROW: usize = 7;

/// Columns of a duration, with its unit.
const DURATION: usize = 11;

/// Columns worth having for what a connection is, at the cost of when it was.
const WHAT: usize = 30;

/// Columns of a close reason where there is a limit.
const REASON: usize = 24;

/// Columns of the body of a refusal: the beginning says what it is.
const BODY: usize = 60;

/// Columns of notes that are only counted: `  +9`.
const COUNTED: usize = 4;

/// Which columns a line has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    time: bool,
    duration: bool,
    frames: usize,
}

impl Layout {
    fn of(width: Option<usize>) -> Layout {
        let full = Layout { time: true, duration: true, frames: FRAMES };
        let short = Layout { duration: false, ..full };
        let narrow = Layout { time: false, duration: false, frames: NARROW };
        let fits = |layout: &Layout| width.is_none_or(|width| layout.columns() + WHAT <= width);
        [full, short].into_iter().find(fits).unwrap_or(narrow)
    }

    /// Columns before what the connection is.
    fn columns(self) -> usize {
        let when = if self.time { super::line::TIME + 2 } else { 0 } + if self.duration { DURATION + 2 } else { 0 };
        4 + 2 + when + ADDRESS + 3 + ADDRESS + self.frames + 1 + self.frames + 2
    }
}

/// The line of column names.
#[must_use]
pub fn heading(width: Option<usize>) -> String {
    let layout = Layout::of(width);
    let time = if layout.time { format!("{:>width$}  ", "time", width = super::line::TIME) } else { String::new() };
    let duration = if layout.duration { format!("{:>DURATION$}  ", "duration") } else { String::new() };
    let frames = layout.frames;
    let [sent, received] = if frames == NARROW { ["frames→", "frames←"] } else { ["frames →", "frames ←"] };
    format!(
        "{:>4}  {time}{duration}{:ADDRESS$}   {:ADDRESS$}{:>frames$} {:>frames$}  what",
        "n", "client", "server", sent, received
    )
}

/// Appends the line of a connection, with its end.
pub fn push(out: &mut Vec<u8>, look: &Look, connection: &Socket, origin: Timestamp) {
    let (style, layout) = (look.style, Layout::of(look.width));
    let (client, server) = (connection.client.to_string(), connection.server.to_string());
    push_socket(out, connection.id);
    out.extend_from_slice(b"  ");
    if layout.time {
        push_time(out, connection.first.time, origin);
        out.extend_from_slice(b"  ");
    }
    if layout.duration {
        push_duration(out, connection.last.time.since(connection.first.time));
        out.extend_from_slice(b"  ");
    }
    push_address(out, style, Tint::Client, &client);
    out.extend_from_slice(b" \xe2\x86\x92 ");
    push_address(out, style, Tint::Server, &server);
    push_padded(out, connection.totals.client.frames, layout.frames);
    out.push(b' ');
    push_padded(out, connection.totals.server.frames, layout.frames);
    out.extend_from_slice(b"  ");
    let longer = client.len().saturating_sub(ADDRESS) + server.len().saturating_sub(ADDRESS);
    let room = look.width.map(|width| width.saturating_sub(layout.columns() + longer));
    push_what(out, style, connection, room);
    while out.last() == Some(&b' ') {
        out.pop();
    }
    out.push(b'\n');
}

/// Seconds with milliseconds: what a duration needs at a glance.
fn push_duration(out: &mut Vec<u8>, nanoseconds: i64) {
    let start = out.len();
    push_seconds(out, nanoseconds);
    out.truncate(out.len().saturating_sub(6));
    let spaces = DURATION.saturating_sub(out.len() - start + 2);
    out.extend_from_slice(b" s");
    out.resize(out.len() + spaces, b' ');
    if let Some(field) = out.get_mut(start..) {
        field.rotate_right(spaces);
    }
}

fn push_address(out: &mut Vec<u8>, style: Style, tint: Tint, address: &str) {
    style.say(out, tint, address);
    out.resize(out.len() + ADDRESS.saturating_sub(address.len()), b' ');
}

/// What it is, where it goes, how it was closed, and its notes, in `room` columns.
fn push_what(out: &mut Vec<u8>, style: Style, connection: &Socket, room: Option<usize>) {
    let evidence = evidence(connection);
    match connection.evidence {
        Evidence::Refused | Evidence::Unanswered(_) => style.say(out, Tint::Warning, &evidence),
        _ => out.extend_from_slice(evidence.as_bytes()),
    }
    let left = room.map_or(usize::MAX, |room| room.saturating_sub(evidence.len()));
    // A refusal is said already.
    let said = match connection.evidence {
        Evidence::Refused => Some(Code::HandshakeRefused),
        Evidence::Unanswered(_) => Some(Code::HandshakeUnanswered),
        _ => None,
    };
    let notes: Vec<Note> = connection.notes.iter().filter(|note| Some(note.code) != said).cloned().collect();
    // Where there is no room for all, the middle of a long address goes first, then notes, which are counted, then the
    // reason of the close, then the close.
    let counted = if notes.is_empty() { 0 } else { COUNTED };
    let least = LEAST.saturating_sub(evidence.len());
    let (mut closed, mut closed_columns) = (Vec::new(), 0);
    for reason in room.map_or([usize::MAX, 0], |_| [REASON, 0]) {
        let Some(close) = &connection.close else { break };
        closed.clear();
        closed_columns = push_close(&mut closed, style, close, reason);
        if least + closed_columns + counted <= left {
            break;
        }
    }
    if least + closed_columns + counted > left {
        (closed, closed_columns) = (Vec::new(), 0);
    }
    let least = least.max(address::least(connection).min(left.saturating_sub(closed_columns + counted)));
    let columns = left.saturating_sub(closed_columns + notes_columns(&notes)).max(least);
    let mut taken = closed_columns + address::push(out, connection, columns);
    out.extend_from_slice(&closed);
    if left.saturating_sub(taken + notes_columns(&notes)) > LEAST + 4 {
        let room = left.saturating_sub(taken + notes_columns(&notes) + 4);
        taken += push_body(out, connection, room.min(BODY));
    }
    push_notes(out, style, &notes, left.saturating_sub(taken));
}

fn evidence(connection: &Socket) -> String {
    let carriage = connection.carriage();
    let mut words = words_of(connection);
    if let Some(process) = connection.process.get() {
        words = format!("{} ({})  {words}", DisplaySafe::text(&process.name), process.id);
    }
    if carriage.is_empty() { words } else { format!("{carriage}  {words}") }
}

fn words_of(connection: &Socket) -> String {
    match connection.evidence {
        Evidence::Handshake => String::new(),
        Evidence::Refused => {
            let answer = connection.handshake.as_deref().and_then(|handshake| handshake.response.as_ref());
            format!("refused {}  ", answer.map_or(0, |answer| answer.status))
        }
        Evidence::Unanswered(ending) => format!("unanswered, {ending}  "),
        Evidence::MidStream { confidence } => format!("mid-stream {} %  ", Evidence::percent(confidence)),
        Evidence::DecodeAs => "as told  ".to_string(),
        Evidence::Tls => match connection.guess() {
            Some(guess) => format!("perhaps WebSocket, {} %  ", guess.percent),
            None => String::new(),
        },
    }
}

/// The beginning of the body of a refusal, quoted; gives the columns it takes.
fn push_body(out: &mut Vec<u8>, connection: &Socket, columns: usize) -> usize {
    let body = connection.handshake.as_deref().and_then(Handshake::refusal_body);
    let Some(text) = body.and_then(|(_, text)| text).map(str::trim).filter(|text| !text.is_empty()) else { return 0 };
    out.extend_from_slice(b"  \"");
    let shown = DisplaySafe::text(text).columns(columns).write_to(out);
    out.push(b'"');
    shown.columns + 4
}

/// Gives the columns it takes.
fn push_close(out: &mut Vec<u8>, style: Style, close: &Close, reason_columns: usize) -> usize {
    let code = close.code.map_or("without code".to_string(), |code| code.to_string());
    let (code, by) = (format!("  close {code}"), format!(" by {}", close.by.name()));
    out.extend_from_slice(code.as_bytes());
    let mut columns = code.len() + by.len();
    if !close.reason.is_empty() && reason_columns > 0 {
        out.extend_from_slice(b" \"");
        columns += 3 + DisplaySafe::text(&close.reason).columns(reason_columns).write_to(out).columns;
        out.push(b'"');
    }
    style.say(out, close.by.into(), &by);
    columns
}
