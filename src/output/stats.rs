//! Totals of a capture.
//!
//! In: everything the dissector tells, and the [`Summary`] of the capture. Out: a page for people, one line of counts
//! (`-q`), or one JSON object.

mod page;

use super::clock::Clock;
use super::json::{self, Object, member};
use super::number::push_number;
use super::out::Out;
use super::style::Style;
use super::{Output, Summary};
use crate::base::note::RULES;
use crate::base::{At, Direction, PerDirection, Timestamp};
use crate::dissect::{Evidence, Quic, Sink, Socket, Told, Wants};

/// How totals are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A page for people.
    Page(Style),
    /// `packets=… connections=… websockets=… frames=… messages=… payload=… message_bytes=… inflated=… notes=…`.
    Line,
    /// One object.
    Json,
}

/// What one side sent.
#[derive(Debug, Clone, Copy, Default)]
struct Side {
    /// Frames by opcode.
    frames: [u64; 16],
    messages: u64,
    /// Payload bytes of frames that are in the capture.
    payload: u64,
    /// Payload bytes of frames that are not.
    missing: u64,
    /// Bytes of messages, after inflating those that are compressed.
    message_bytes: u64,
    /// Of them, bytes of those that are.
    inflated: u64,
    compressed: u64,
}

impl Side {
    fn add(&mut self, other: &Side) {
        for (sum, count) in self.frames.iter_mut().zip(other.frames) {
            *sum += count;
        }
        self.messages += other.messages;
        self.payload = self.payload.saturating_add(other.payload);
        self.missing = self.missing.saturating_add(other.missing);
        self.message_bytes = self.message_bytes.saturating_add(other.message_bytes);
        self.inflated = self.inflated.saturating_add(other.inflated);
        self.compressed += other.compressed;
    }

    fn all_frames(&self) -> u64 {
        self.frames.iter().sum()
    }
}

/// Connections by what they are.
#[derive(Debug, Clone, Copy, Default)]
struct Connections {
    handshake: u64,
    mid_stream: u64,
    decode_as: u64,
    refused: u64,
    unanswered: u64,
    /// TLS without keys that behaves like one.
    like: u64,
    /// WebSockets by what carries them: [`CARRIERS`].
    carried: [u64; CARRIERS.len()],
}

/// What carries WebSockets, besides TCP and HTTP/1.
const CARRIERS: [&str; 6] = ["TLS 1.3", "TLS 1.2", "TLS 1.1", "TLS 1.0", "other TLS", "HTTP/2"];

impl Connections {
    /// Counts what carries one.
    fn carry(&mut self, socket: &Socket) {
        let version = socket.tls.as_deref().map(|tls| tls.version_name().unwrap_or_default());
        for (name, count) in CARRIERS.into_iter().zip(&mut self.carried) {
            *count += u64::from(match name {
                "HTTP/2" => socket.http2.is_some(),
                "other TLS" => version.as_ref().is_some_and(|version| !CARRIERS.contains(&version.as_str())),
                name => version.as_deref() == Some(name),
            });
        }
    }

    /// Those that carry any, by name.
    fn carriers(&self) -> impl Iterator<Item = (&'static str, u64)> {
        CARRIERS.into_iter().zip(self.carried).filter(|(_, count)| *count > 0)
    }

    fn websockets(&self) -> u64 {
        self.handshake + self.mid_stream + self.decode_as
    }
}

/// The counts themselves. Tallies of the shards of a capture add up to the tally of the whole.
#[derive(Debug, Clone)]
pub struct Tally {
    sides: PerDirection<Side>,
    connections: Connections,
    notes: [u64; RULES.len()],
}

impl Default for Tally {
    fn default() -> Tally {
        Tally { sides: PerDirection::default(), connections: Connections::default(), notes: [0; RULES.len()] }
    }
}

/// Counts everything and writes it at the end.
pub struct Stats {
    form: Form,
    out: Out,
    tally: Tally,
}

impl Stats {
    /// Writes to `out`.
    #[must_use]
    pub fn new(form: Form, out: Out) -> Stats {
        Stats { form, out, tally: Tally::default() }
    }

    /// Counts what `tally` has counted.
    pub fn add(&mut self, tally: &Tally) {
        self.tally.add(tally);
    }
}

impl Tally {
    fn add(&mut self, other: &Tally) {
        for direction in Direction::BOTH {
            self.sides.get_mut(direction).add(other.sides.get(direction));
        }
        let Connections { handshake, mid_stream, decode_as, refused, unanswered, like, carried } = other.connections;
        for (sum, count) in self.connections.carried.iter_mut().zip(carried) {
            *sum += count;
        }
        self.connections.handshake += handshake;
        self.connections.mid_stream += mid_stream;
        self.connections.decode_as += decode_as;
        self.connections.refused += refused;
        self.connections.unanswered += unanswered;
        self.connections.like += like;
        for (sum, count) in self.notes.iter_mut().zip(other.notes) {
            *sum += count;
        }
    }

    fn both(&self, count: impl Fn(&Side) -> u64) -> u64 {
        count(&self.sides.client).saturating_add(count(&self.sides.server))
    }

    /// The totals by the names that [`Form::Line`] and [`Form::Json`] share.
    fn totals(&self, summary: &Summary) -> [(&'static str, u64); 9] {
        [
            ("packets", summary.packets),
            ("connections", summary.connections),
            ("websockets", self.connections.websockets()),
            ("frames", self.both(Side::all_frames)),
            ("messages", self.both(|side| side.messages)),
            ("payload", self.both(|side| side.payload)),
            ("message_bytes", self.both(|side| side.message_bytes)),
            ("inflated", self.both(|side| side.inflated)),
            ("notes", self.notes.iter().sum()),
        ]
    }
}

impl Stats {
    fn line(&mut self, summary: &Summary) {
        let totals = self.tally.totals(summary);
        let out = self.out.buffer();
        for (i, (name, count)) in totals.iter().enumerate() {
            if i > 0 {
                out.push(b' ');
            }
            out.extend_from_slice(name.as_bytes());
            out.push(b'=');
            push_number(out, *count);
        }
    }

    fn json(&mut self, summary: &Summary) {
        let Stats { out, tally, .. } = self;
        let totals = tally.totals(summary);
        let (missing, compressed) = (tally.both(|side| side.missing), tally.both(|side| side.compressed));
        let Tally { sides, connections, notes } = tally;
        let mut object = Object::open(out.buffer(), "stats");
        member!(object, "file", text, &summary.file);
        member!(object, "format", text, &summary.format);
        for (name, count) in totals {
            object.raw(",\"").raw(name).raw("\":").number(count);
        }
        member!(object, "payload_missing", number, missing);
        member!(object, "messages_compressed", number, compressed);
        member!(object, "refused", number, connections.refused);
        member!(object, "unanswered", number, connections.unanswered);
        let evidence = [
            (Evidence::Handshake.name(), connections.handshake),
            (Evidence::MidStream { confidence: 0.0 }.name(), connections.mid_stream),
            (Evidence::DecodeAs.name(), connections.decode_as),
        ];
        member!(object, "others", raw, "");
        counts(&mut object, summary.others.iter().copied());
        member!(object, "quic", raw, "");
        json::list(object.buffer(), &summary.quic, quic);
        member!(object, "websockets_by_evidence", raw, "");
        counts(&mut object, evidence);
        member!(object, "tls_like_websocket", number, connections.like);
        member!(object, "websockets_by_carrier", raw, "");
        counts(&mut object, connections.carriers());
        for (name, direction) in
            [(",\"frames_from_client\":", Direction::Client), (",\"frames_from_server\":", Direction::Server)]
        {
            counts(object.raw(name), page::opcodes(&sides.get(direction).frames));
        }
        member!(object, "notes_by_code", raw, "");
        counts(&mut object, RULES.iter().map(|rule| rule.name).zip(notes.iter().copied()).filter(|(_, n)| *n > 0));
        member!(object, "packets_by_kind", raw, "");
        counts(&mut object, summary.kinds.iter().map(|(name, count)| (name.as_str(), *count)));
        times(&mut object, summary.span);
        member!(object, "warnings", raw, "");
        json::list(object.buffer(), &summary.warnings, |out, warning| json::string(out, warning));
        object.close();
    }
}

/// What clients of QUIC asked for.
fn quic(out: &mut Vec<u8>, quic: &Quic) {
    let mut object = Object::within(out);
    object.raw("{\"server_name\":").maybe_text(quic.server_name.as_deref());
    object.raw(",\"alpn\":");
    json::list(object.buffer(), &quic.alpn, |out, name| json::string(out, name));
    member!(object, "version", text, &quic.version);
    member!(object, "connections", number, quic.connections);
    object.close();
}

/// An object of counts by name.
fn counts<'n>(object: &mut Object<'_>, counts: impl IntoIterator<Item = (&'n str, u64)>) {
    object.raw("{");
    for (i, (name, count)) in counts.into_iter().enumerate() {
        if i > 0 {
            object.raw(",");
        }
        object.text(name);
        object.raw(":").number(count);
    }
    object.raw("}");
}

fn times(object: &mut Object<'_>, span: Option<(Timestamp, Timestamp)>) {
    let mut clock = Clock::default();
    let Some((first, last)) = span else {
        member!(object, "time", null);
        member!(object, "last_time", null);
        return;
    };
    member!(object, "time", time, &mut clock, At { packet: 0, time: first });
    member!(object, "last_time", time, &mut clock, At { packet: 0, time: last });
}

impl Sink for Tally {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    // Inlined all the way down, a frame that nobody looks at whole is never put together.
    #[inline(always)]
    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(_, frame) => {
                let side = self.sides.get_mut(frame.direction);
                if let Some(count) = side.frames.get_mut(usize::from(frame.header.opcode.bits())) {
                    *count += 1;
                }
                side.payload = side.payload.saturating_add(frame.captured);
                side.missing = side.missing.saturating_add(frame.header.length.saturating_sub(frame.captured));
            }
            Told::Message(_, message) => {
                let side = self.sides.get_mut(message.direction);
                side.messages += 1;
                side.message_bytes = side.message_bytes.saturating_add(message.length);
                if message.compressed {
                    side.compressed += 1;
                    side.inflated = side.inflated.saturating_add(message.length);
                }
            }
            Told::Note { note, place, .. } if !place.is_mark(note.code) => {
                if let Some(count) = self.notes.get_mut(note.code as usize) {
                    *count += 1;
                }
            }
            Told::Closed(connection) => {
                if connection.evidence.is_websocket() {
                    self.connections.carry(connection);
                }
                let count = match connection.evidence {
                    Evidence::Handshake => &mut self.connections.handshake,
                    Evidence::MidStream { .. } => &mut self.connections.mid_stream,
                    Evidence::DecodeAs => &mut self.connections.decode_as,
                    Evidence::Refused => &mut self.connections.refused,
                    Evidence::Unanswered(_) => &mut self.connections.unanswered,
                    Evidence::Tls => &mut self.connections.like,
                };
                *count += 1;
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

impl Sink for Stats {
    fn wants(&self) -> Wants {
        self.tally.wants()
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.tally.tell(told);
    }

    fn is_done(&self) -> bool {
        self.tally.is_done()
    }
}

impl Output for Stats {
    fn finish(&mut self, summary: &Summary) {
        match self.form {
            Form::Page(style) => page::push(self, style, summary),
            Form::Line => self.line(summary),
            Form::Json => self.json(summary),
        }
        self.out.end_line();
        self.out.flush();
    }

    fn flush(&mut self) {}

    fn out(&self) -> &Out {
        &self.out
    }
}

#[cfg(test)]
mod tests;
