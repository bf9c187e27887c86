//! The parts of a conversation, for people.

use crate::base::{At, Direction, DisplaySafe, Note, PacketComments, PerDirection, Timestamp};
use crate::dissect::{Evidence, FramePlace, MessagePlace, Socket, Tls};
use crate::output::number::{hex_digits, push_number, push_seconds};
use crate::output::style::{Style, Tint};
use crate::output::text::line::push_notes;
use crate::output::text::preview::{Preview, Run, Stored};
use crate::websocket::handshake::Body;
use crate::websocket::{Frame, Message, Opcode};

/// Bytes in a row of hex.
const ROW: usize = 16;

/// Pings of one side that wait for their pong, at most.
const PINGS: usize = 16;

/// Pings that wait for their pong.
#[derive(Debug, Default)]
pub struct Pings {
    waiting: PerDirection<Vec<(Vec<u8>, Timestamp)>>,
}

impl Pings {
    /// Takes note of a ping; for a pong gives the nanoseconds since the latest ping that it answers (RFC 6455 section
    /// 5.5.3: the same payload; answering the latest answers those before it).
    pub fn trip(&mut self, frame: &Frame<'_>) -> Option<i64> {
        match frame.header.opcode {
            Opcode::Ping => {
                let waiting = self.waiting.get_mut(frame.direction);
                if waiting.len() == PINGS {
                    waiting.remove(0);
                }
                waiting.push((frame.payload.to_vec(), frame.first.time));
                None
            }
            Opcode::Pong => {
                let waiting = self.waiting.get_mut(frame.direction.other());
                let answered = waiting.iter().rposition(|(payload, _)| payload == frame.payload)?;
                let time = waiting.drain(..=answered).next_back()?.1;
                Some(frame.first.time.since(time))
            }
            _ => None,
        }
    }
}

/// Who talks, and the opening handshake.
pub fn head(out: &mut Vec<u8>, style: Style, connection: &Socket, written: &PacketComments) {
    style.say(out, Tint::Strong, &format!("connection {}", connection.id.label()));
    out.extend_from_slice(b"  ");
    style.say(out, Tint::Client, &connection.client.to_string());
    out.extend_from_slice(" → ".as_bytes());
    style.say(out, Tint::Server, &connection.server.to_string());
    match connection.evidence {
        Evidence::Handshake | Evidence::Refused => {}
        Evidence::Unanswered(ending) => out.extend_from_slice(format!("  never answered: {ending}").as_bytes()),
        Evidence::MidStream { .. } => out.extend_from_slice(b"  joined mid-stream"),
        Evidence::DecodeAs => out.extend_from_slice(b"  decoded as told"),
        Evidence::Tls => out.extend_from_slice(b"  not read: its keys are not known (`sockeye keys-howto`)"),
    }
    out.push(b'\n');
    carriage(out, style, connection);
    let Some(handshake) = connection.handshake.as_deref() else { return };
    if let Some(request) = &handshake.request {
        let line = request.line();
        http(out, style, Direction::Client, &line, &request.fields);
        comments(out, style, written, [request.at]);
    }
    if let Some(response) = &handshake.response {
        let line = format!("{} {}", response.status, response.reason);
        let line = line.trim_end();
        http(out, style, Direction::Server, line, &response.fields);
        if let Some((content, text)) = handshake.refusal_body() {
            refusal(out, style, content, text);
        }
        comments(out, style, written, [response.at]);
    }
}

/// What carries it, a line each.
pub fn carriage(out: &mut Vec<u8>, style: Style, connection: &Socket) {
    let tls = connection.tls.as_deref().map(Tls::line);
    let http2 = connection.http2.as_deref().map(|http2| format!("HTTP/2 stream {}", http2.stream));
    let guess = connection
        .guess()
        .map(|guess| format!("behaves like a WebSocket, which is a guess ({} %): {}", guess.percent, guess.reason));
    for line in tls.into_iter().chain(http2).chain(guess) {
        style.paint(out, Tint::Faint, |out| DisplaySafe::text(&line).write_to(out));
        out.push(b'\n');
    }
}

/// The body of a refusal: text, or rows of hex.
fn refusal(out: &mut Vec<u8>, style: Style, body: &Body, text: Option<&str>) {
    out.push(b'\n');
    match text {
        Some(text) => lines(out, text.trim_end_matches(['\r', '\n']).as_bytes()),
        None => dump(out, style, &body.bytes, 0),
    }
    let kept = text.map_or(body.bytes.len(), str::len);
    let more = body.length.saturating_sub(kept as u64);
    if more > 0 {
        style.say(out, Tint::Warning, &format!("  ⟨{more} B not kept⟩\n"));
    }
}

/// What somebody wrote to the packets at these places, a line each.
pub fn comments(out: &mut Vec<u8>, style: Style, written: &PacketComments, places: impl IntoIterator<Item = At>) {
    for (packet, text) in written.of(places.into_iter().map(|at| at.packet)) {
        style.paint(out, Tint::Faint, |out| {
            out.extend_from_slice(format!("  ⟨packet {packet}: ").as_bytes());
            DisplaySafe::text(&text).write_to(out);
            out.extend_from_slice("⟩".as_bytes());
        });
        out.push(b'\n');
    }
}

fn http(out: &mut Vec<u8>, style: Style, direction: Direction, line: &str, fields: &[(String, String)]) {
    out.push(b'\n');
    style.paint(out, direction.into(), |out| {
        out.extend_from_slice(direction.arrow().as_bytes());
        out.push(b' ');
        DisplaySafe::text(line).write_to(out);
    });
    for (name, value) in fields {
        out.extend_from_slice(b"\n  ");
        DisplaySafe::text(name).write_to(out);
        out.extend_from_slice(b": ");
        DisplaySafe::text(value).write_to(out);
    }
    out.push(b'\n');
}

/// `→ 0.004812345  TEXT`.
fn begin(out: &mut Vec<u8>, style: Style, direction: Direction, since: i64, opcode: Opcode) {
    out.push(b'\n');
    style.paint(out, direction.into(), |out| {
        out.extend_from_slice(direction.arrow().as_bytes());
        out.push(b' ');
        push_seconds(out, since);
        out.extend_from_slice(b"  ");
        out.extend_from_slice(opcode.short_name().as_bytes());
    });
}

/// A control frame: one line.
pub fn control(
    out: &mut Vec<u8>,
    style: Style,
    place: &FramePlace,
    frame: &Frame<'_>,
    origin: Timestamp,
    trip: Option<i64>,
) {
    begin(out, style, frame.direction, frame.first.time.since(origin), frame.header.opcode);
    out.extend_from_slice(b"  ");
    Preview::new(out, usize::MAX, style).frame(frame);
    if let Some(trip) = trip {
        out.extend_from_slice(b"  ");
        push_seconds(out, trip);
        out.extend_from_slice(b" s after its ping");
    }
    style.say(out, Tint::Faint, &format!("  frame {}", place.number));
    end(out, style, frame.notes);
}

/// A message: a line about it, then all of it.
pub fn message(out: &mut Vec<u8>, style: Style, place: &MessagePlace<'_>, message: &Message<'_>, origin: Timestamp) {
    begin(out, style, message.direction, message.first.time.since(origin), message.opcode);
    out.extend_from_slice(b"  ");
    push_number(out, message.length);
    out.extend_from_slice(b" B");
    if message.compressed {
        out.extend_from_slice(b", deflated to ");
        push_number(out, message.wire_length);
    }
    if !message.ended {
        out.extend_from_slice(b", unfinished");
    }
    let (first, last) = (place.frames.first().copied().unwrap_or(0), place.frames.last().copied().unwrap_or(0));
    let frames = match message.frame_count {
        0 | 1 => format!("  message {}, frame {last}", place.number),
        count => format!("  message {}, {count} frames, {first} to {last}", place.number),
    };
    style.say(out, Tint::Faint, &frames);
    end(out, style, message.notes);
    body(out, style, message);
}

fn end(out: &mut Vec<u8>, style: Style, notes: &[Note]) {
    push_notes(out, style, notes, usize::MAX);
    out.push(b'\n');
}

fn body(out: &mut Vec<u8>, style: Style, message: &Message<'_>) {
    let mut position = 0;
    for run in Stored::message(message).runs() {
        match run {
            Run::Bytes(bytes) if message.opcode == Opcode::Text => lines(out, bytes),
            Run::Bytes(bytes) => dump(out, style, bytes, position),
            Run::Missing(n) => style.say(out, Tint::Warning, &format!("  ⟨{n} B missing⟩\n")),
            Run::NotKept(n) => style.say(out, Tint::Warning, &format!("  ⟨{n} B not kept⟩\n")),
        }
        position += match run {
            Run::Bytes(bytes) => bytes.len() as u64,
            Run::Missing(n) | Run::NotKept(n) => n,
        };
    }
}

/// Text, a line a line, indented.
fn lines(out: &mut Vec<u8>, text: &[u8]) {
    for line in text.split(|byte| *byte == b'\n') {
        out.extend_from_slice(b"  ");
        DisplaySafe::bytes(line).write_to(out);
        out.push(b'\n');
    }
}

/// Bytes as rows of hex and ASCII.
fn dump(out: &mut Vec<u8>, style: Style, bytes: &[u8], start: u64) {
    for (row, at) in bytes.chunks(ROW).zip((start..).step_by(ROW)) {
        out.extend_from_slice(b"  ");
        style.say(out, Tint::Faint, &format!("{at:08x}"));
        out.push(b' ');
        for byte in row {
            out.push(b' ');
            out.extend_from_slice(&hex_digits(*byte));
        }
        out.resize(out.len() + 3 * (ROW - row.len()) + 2, b' ');
        out.extend(row.iter().map(|byte| if (0x20..0x7f).contains(byte) { *byte } else { b'.' }));
        out.push(b'\n');
    }
}

/// How it ended, and what is worth saying of the whole.
pub fn tail(out: &mut Vec<u8>, style: Style, connection: &Socket, origin: Timestamp) {
    let (client, server) = (&connection.totals.client, &connection.totals.server);
    out.extend_from_slice(b"\nend  ");
    push_seconds(out, connection.last.time.since(origin));
    let words = format!(
        "  frames {} → {} ←, messages {} → {} ←",
        client.frames, server.frames, client.messages, server.messages
    );
    out.extend_from_slice(words.as_bytes());
    end(out, style, &connection.notes);
}
