//! Everything about one frame, put together when somebody looks at it.
//!
//! In: a frame's number. Out: its row, its message, its packets, its annotated fields, and how its bytes map from one
//! source to another: byte 7 of the unmasked payload is byte 13 on the wire and byte 79 of packet 12. Payloads are not
//! read as a whole: [`Detail::window`] reads what is shown.

use std::ops::Range;

use super::Trace;
use super::annotate::frame_fields;
use super::field::Field;
use super::frames::FrameRow;
use super::layers::packet_fields;
use super::messages::MessageRow;
use super::read::{Bytes, Window};
use super::runs::Run;
use crate::base::{LinkType, Source, Span};
use crate::websocket::{Handshake, Opcode};

/// Payload bytes read for the fields.
const PAYLOAD_HEAD: u64 = 256;

/// Bytes of a message shown in a field's value.
const SHOWN: usize = 96;

/// Packets listed of a frame that spans many.
const PACKETS: usize = 1024;

/// Everything about one frame.
#[derive(Debug, Clone)]
pub struct Detail {
    /// Its row.
    pub row: FrameRow,
    /// Its message, once that has ended.
    pub message: Option<MessageRow>,
    /// Where its payload starts in its message.
    pub message_start: u64,
    /// The packets that carry it.
    pub runs: Vec<Run>,
    /// The captured bytes of the first of them.
    pub packet: Vec<u8>,
    /// Its fields, those of its message and of its first packet.
    pub fields: Vec<Field>,
    /// Its message after inflating, where it is compressed and was inflated.
    pub inflated: Option<std::sync::Arc<Window>>,
}

impl Detail {
    /// Looks a frame up.
    #[must_use]
    pub fn read(bytes: Bytes<'_>, number: u64) -> Option<Detail> {
        let trace = bytes.trace();
        let row = trace.frames().get(number)?;
        let message = row.message.and_then(|message| trace.messages().get(message));
        let end = row.offset.saturating_add(row.wire_len());
        let runs: Vec<Run> = trace
            .runs(row.socket, row.direction, row.offset)
            .take_while(|run| run.offset < end)
            .take(PACKETS)
            .collect();
        let packet = runs.first().and_then(|run| bytes.packet(run)).unwrap_or_default();
        let message_start = message.map_or(0, |message| start_in_message(bytes, &message, number));
        let payload = bytes.unmasked(&row, 0..PAYLOAD_HEAD);
        let mut fields = frame_fields(&row, &payload);
        notes(bytes, &row, &mut fields);
        if let Some(message) = message {
            message_fields(bytes, &message, &mut fields);
        }
        connection_fields(bytes, &row, &mut fields);
        if let Some(run) = runs.first() {
            let lower = packet_fields(&packet, LinkType(run.link));
            packet_line(&row, run, &mut fields);
            comments(trace, &runs, &mut fields);
            fields.extend(layers_inside_out(lower));
        }
        Some(Detail { row, message, message_start, runs, packet, fields, inflated: None })
    }

    /// Takes the inflated bytes of its message, once they are known; the tree then says what they are.
    pub fn inflate(&mut self, inflated: Option<std::sync::Arc<Window>>) {
        let Some((message, window)) = self.message.zip(inflated).filter(|_| self.inflated.is_none()) else { return };
        if let Some(field) = self.fields.iter_mut().find(|field| field.id == "message.inflated") {
            field.value = match window.is_whole() {
                true => start_of(message.opcode, &window.bytes),
                false => "refers to bytes that the capture lacks".to_owned(),
            };
            field.span = Some(Span { source: Source::Inflated, start: 0, len: window.end() });
        }
        self.inflated = Some(window);
    }

    /// The sources its bytes can be shown in, and the length of each.
    #[must_use]
    pub fn sources(&self) -> Vec<(Source, u64)> {
        let mut sources = vec![(Source::Frame, self.row.wire_len()), (Source::Unmasked, self.row.header.length)];
        if let Some(message) = &self.message {
            if message.frame_count > 1 {
                sources.push((Source::Message, message.wire_length));
            }
            if message.compressed {
                let len = self.inflated.as_ref().map_or(message.length, |window| window.end());
                sources.push((Source::Inflated, len));
            }
        }
        if !self.packet.is_empty() {
            sources.push((Source::Packet, u64::try_from(self.packet.len()).unwrap_or(0)));
        }
        sources
    }

    /// Bytes of one of its sources.
    #[must_use]
    pub fn window(&self, bytes: Bytes<'_>, source: Source, range: Range<u64>) -> Window {
        match source {
            Source::Frame => bytes.frame(&self.row, range),
            Source::Unmasked => bytes.unmasked(&self.row, range),
            Source::Message => self.message.map(|message| bytes.message(&message, range)).unwrap_or_default(),
            Source::Packet => cut(&Window { start: 0, bytes: self.packet.clone(), holes: Vec::new() }, range),
            Source::Inflated => self.inflated.as_ref().map(|window| cut(window, range)).unwrap_or_default(),
            Source::Stream | Source::Decrypted => Window::default(),
        }
    }

    /// The bytes of another source that a span stands for, where there are some.
    #[must_use]
    pub fn translate(&self, span: Span, to: Source) -> Option<Span> {
        if span.source == to {
            return Some(span);
        }
        if to == Source::Inflated {
            return self.inflated_of(span);
        }
        // Everything goes by way of the frame on the wire.
        let header = u64::from(self.row.header_len);
        let (start, end) = (span.start, span.start.saturating_add(span.len));
        let (start, end) = match span.source {
            Source::Frame => (start, end),
            Source::Unmasked => (start.checked_add(header)?, end.checked_add(header)?),
            Source::Message => {
                let from = start.max(self.message_start) - self.message_start;
                let to = end.checked_sub(self.message_start)?.min(self.row.header.length);
                (from.checked_add(header)?, to.checked_add(header)?)
            }
            Source::Packet => {
                let (first, run) = self.in_packet()?;
                let len = run.end().saturating_sub(self.row.offset).min(self.row.wire_len());
                (start.max(first) - first, end.checked_sub(first)?.min(len))
            }
            Source::Stream | Source::Inflated | Source::Decrypted => return None,
        };
        let (start, end) = match to {
            Source::Frame => (start, end),
            Source::Unmasked => (start.max(header) - header, end.checked_sub(header)?),
            Source::Message if self.row.message.is_some() && self.row.is_data() => {
                (start.max(header) - header + self.message_start, end.checked_sub(header)? + self.message_start)
            }
            Source::Packet => {
                let (first, run) = self.in_packet()?;
                let len = run.end().saturating_sub(self.row.offset).min(self.row.wire_len());
                (first + start.min(len), first + end.min(len))
            }
            _ => return None,
        };
        (start < end).then_some(Span { source: to, start, len: end - start })
    }

    /// The inflated bytes of a span: bytes of a compressed payload have none of their own, but all of them give all.
    fn inflated_of(&self, span: Span) -> Option<Span> {
        let (message, inflated) = self.message.as_ref().zip(self.inflated.as_ref())?;
        let whole = match span.source {
            Source::Message => span.start == 0 && span.len >= message.wire_length,
            _ => {
                let payload = self.translate(span, Source::Unmasked)?;
                message.frame_count == 1 && payload.start == 0 && payload.len >= self.row.header.length
            }
        };
        whole.then(|| Span { source: Source::Inflated, start: 0, len: inflated.end() })
    }

    /// Where the frame starts in its first packet, and the run it starts in.
    fn in_packet(&self) -> Option<(u64, &Run)> {
        let run = self.runs.first().filter(|run| run.packet_len > 0 && run.offset <= self.row.offset)?;
        Some((run.into_packet + (self.row.offset - run.offset), run))
    }
}

fn cut(window: &Window, range: Range<u64>) -> Window {
    let len = window.end();
    let range = range.start.min(len)..range.end.min(len);
    let index = |at: u64| usize::try_from(at - window.start.min(at)).unwrap_or(usize::MAX);
    let bytes = window.bytes.get(index(range.start)..index(range.end)).unwrap_or(&[]).to_vec();
    Window { start: range.start, bytes, holes: window.holes.clone() }
}

fn start_in_message(bytes: Bytes<'_>, message: &MessageRow, number: u64) -> u64 {
    let frames = bytes.trace().message_frames(message);
    let before = frames.iter().take_while(|frame| frame.number != number);
    before.map(|row| row.header.length).fold(0, u64::saturating_add)
}

fn notes(bytes: Bytes<'_>, row: &FrameRow, fields: &mut Vec<Field>) {
    for placed in bytes.trace().notes().of_frame(row.number) {
        fields.push(note_field(&placed.note));
    }
}

fn note_field(note: &crate::base::Note) -> Field {
    let rule = note.code.rule();
    let mut field = Field::new("note", 1, rule.name, note.detail.clone().unwrap_or_default());
    field.severity = Some(rule.severity);
    field.span = note.span;
    field.means(rule.sentence, rule.clause)
}

fn message_fields(bytes: Bytes<'_>, message: &MessageRow, fields: &mut Vec<Field>) {
    let count = message.frame_count;
    let frames = if count == 1 {
        format!("frame {}", message.first_frame)
    } else {
        format!("{count} frames, {} to {}", message.first_frame, message.last_frame)
    };
    let state = match (message.complete, message.ended) {
        (true, _) => "complete",
        (false, true) => "bytes missing",
        (false, false) => "unfinished",
    };
    let title = format!("{}  {frames}  {} B  {state}", message.opcode.short_name(), message.length);
    fields.push(
        Field::new("message", 0, format!("Message {}", message.number), title)
            .means("the payloads of its frames, joined", "RFC 6455 5.4")
            .at(Source::Message, 0, message.wire_length),
    );
    fields.push(Field::new("message.opcode", 1, "kind", message.opcode.long_name()).means("", "RFC 6455 5.6"));
    fields.push(Field::new("message.frames", 1, "frames", frames).means("", "RFC 6455 5.4"));
    if message.compressed {
        let percent = 100u64.saturating_mul(message.wire_length).checked_div(message.length).unwrap_or(0);
        let value = format!("{} B to {} B ({percent} %)", message.length, message.wire_length);
        fields.push(
            Field::new("message.deflate", 1, "compressed", value)
                .means("permessage-deflate: raw DEFLATE, the tail 00 00 ff ff taken off", "RFC 7692 7.2.1"),
        );
    }
    if message.length > 0 {
        fields.push(message_text(bytes, message));
    }
    for placed in bytes.trace().notes().of_message(message.number) {
        fields.push(note_field(&placed.note));
    }
}

/// What a message says; of a compressed one that is known once it is inflated ([`Detail::inflate`]).
fn message_text(bytes: Bytes<'_>, message: &MessageRow) -> Field {
    if message.compressed {
        return Field::new("message.inflated", 1, "inflated", "…").means("", "RFC 7692 7.2.2");
    }
    let start = bytes.message(message, 0..PAYLOAD_HEAD);
    let value = if start.is_whole() { start_of(message.opcode, &start.bytes) } else { "bytes missing".to_owned() };
    let joined = if message.frame_count > 1 { "joined" } else { "text" };
    let label = if message.opcode == Opcode::Text { joined } else { "data" };
    Field::new("message.text", 1, label, value).at(Source::Message, 0, message.wire_length)
}

/// The start of a payload in one line: quoted where it is text, hex otherwise.
fn start_of(opcode: Opcode, payload: &[u8]) -> String {
    if opcode == Opcode::Text {
        let shown = payload.get(..payload.len().min(SHOWN)).unwrap_or(&[]);
        format!("\"{}\"", String::from_utf8_lossy(shown))
    } else {
        hex::encode(payload.get(..payload.len().min(16)).unwrap_or(&[]))
    }
}

fn connection_fields(bytes: Bytes<'_>, row: &FrameRow, fields: &mut Vec<Field>) {
    let Some(told) = bytes.trace().connections().get(row.socket).and_then(|entry| entry.told.as_ref()) else {
        return;
    };
    let title = format!("{} → {}", told.client, told.server);
    fields.push(Field::new("connection", 0, format!("Connection {}", told.id.label()), title));
    let evidence = match told.evidence {
        crate::dissect::Evidence::MidStream { confidence } => {
            // Rounded down, and never all of a hundred: a shape is no proof.
            format!("mid-stream, {} % sure", (confidence * 100.0).floor().min(99.0))
        }
        other => other.name().to_owned(),
    };
    fields.push(Field::new("connection.evidence", 1, "taken for WebSocket by", evidence));
    if let Some(handshake) = &told.handshake {
        let lines = [
            ("http.uri", "URI", handshake.uri().unwrap_or("")),
            ("http.host", "host", handshake.request_field("Host").unwrap_or("")),
            ("http.origin", "origin", handshake.request_field("Origin").unwrap_or("")),
            ("ws.version", "version", handshake.version().unwrap_or("")),
            ("ws.subprotocol", "subprotocol", handshake.subprotocol().unwrap_or("")),
        ];
        for (id, label, value) in lines {
            if !value.is_empty() {
                fields.push(Field::new(id, 1, label, value));
            }
        }
        heads(handshake, fields);
        let extensions = handshake.extensions().join(", ");
        if !extensions.is_empty() {
            fields.push(Field::new("ws.extensions", 1, "extensions", extensions).means("", "RFC 6455 9.1"));
        }
    }
    fields.push(
        Field::new("ws.offset", 1, "frame starts at", row.offset.to_string())
            .means("byte of this direction, counted after the HTTP head", ""),
    );
}

/// The two heads of the handshake, every field of them.
fn heads(handshake: &Handshake, fields: &mut Vec<Field>) {
    if let Some(request) = &handshake.request {
        let line = format!("{} {} HTTP/1.{}", request.method, request.target, request.minor_version);
        fields.push(Field::new("http.request", 1, "request", line).means("", "RFC 6455 4.1"));
        head_fields("http.request.field", &request.fields, fields);
    }
    if let Some(response) = &handshake.response {
        let line = format!("{} {}", response.status, response.reason);
        fields.push(Field::new("http.response", 1, "response", line).means("", "RFC 6455 4.2.2"));
        head_fields("http.response.field", &response.fields, fields);
    }
}

fn head_fields(id: &'static str, head: &[(String, String)], fields: &mut Vec<Field>) {
    fields.extend(head.iter().map(|(name, value)| Field::new(id, 2, name.clone(), value.clone())));
}

fn packet_line(row: &FrameRow, run: &Run, fields: &mut Vec<Field>) {
    let more = match row.last.packet.saturating_sub(row.first.packet) {
        0 => String::new(),
        _ => format!(", to packet {}", row.last.packet),
    };
    let value = format!("{} B captured{more}", run.packet_len);
    fields.push(Field::new("packet", 0, format!("Packet {}", run.packet), value).at(Source::Packet, 0, run.packet_len));
}

/// What somebody wrote to the packets of the frame.
fn comments(trace: &Trace, runs: &[Run], fields: &mut Vec<Field>) {
    for (packet, text) in trace.comments().of(runs.iter().map(|run| run.packet)) {
        let whose = format!("on packet {packet}");
        fields.push(Field::new("packet.comment", 1, "comment", text).means(whose, "pcapng 3.5.1"));
    }
}

/// Layers as the eye wants them, nearest to WebSocket first: TCP, IP, link. Fields stay with their layer.
fn layers_inside_out(fields: Vec<Field>) -> Vec<Field> {
    let mut layers: Vec<Vec<Field>> = Vec::new();
    for field in fields {
        match layers.last_mut() {
            Some(layer) if field.depth > 0 => layer.push(field),
            _ => layers.push(vec![field]),
        }
    }
    layers.into_iter().rev().flatten().collect()
}
