//! The JSON objects: frame, message, connection, note. Their names are a promise; docs/FORMATS.md lists them.
//!
//! In: what the dissector found. Out: one object, no line end. Members named in the design are always there; others
//! only where they say something.

use super::clock::Clock;
use super::json::{self, Object, member};
use crate::base::{At, Hole, Note, PacketComments, SocketId};
use crate::dissect::{Evidence, FramePlace, MessagePlace, Socket, Totals};
use crate::trace::registry::{close_body, frame_text, message_text};
use crate::websocket::{Frame, Handshake, Message, Opcode};

/// The stream, where a socket is one of its connection.
fn stream(object: &mut Object<'_>, socket: SocketId) {
    if let Some(stream) = socket.stream {
        member!(object, "stream", number, stream.0);
    }
}

/// Appends the object of a frame.
pub fn frame(out: &mut Vec<u8>, clock: &mut Clock, comments: &PacketComments, place: &FramePlace, frame: &Frame<'_>) {
    let header = &frame.header;
    let mut object = Object::open(out, "frame");
    member!(object, "n", number, place.number);
    member!(object, "connection", number, place.socket.connection.0.into());
    stream(&mut object, place.socket);
    member!(object, "direction", word, frame.direction.name());
    when(&mut object, clock, frame.first, frame.last);
    member!(object, "offset", number, frame.offset);
    member!(object, "fin", flag, header.fin);
    member!(object, "rsv", number, header.rsv.into());
    member!(object, "opcode", number, header.opcode.bits().into());
    member!(object, "masked", flag, header.masking_key.is_some());
    match header.masking_key {
        Some(key) => member!(object, "masking_key", hex, &key),
        None => member!(object, "masking_key", null),
    }
    member!(object, "length", number, header.length);
    member!(object, "captured", number, frame.captured);
    member!(object, "payload", payload, frame_text(frame), frame.payload);
    member!(object, "message", maybe_number, place.message);
    member!(object, "header_length", number, frame.header_len.into());
    frame_extras(&mut object, frame);
    commented(&mut object, comments, [frame.first, frame.last]);
    member!(object, "notes", raw, "");
    notes(object.buffer(), frame.notes);
    object.close();
}

/// What only some frames have.
fn frame_extras(object: &mut Object<'_>, frame: &Frame<'_>) {
    if frame.header.opcode == Opcode::Continuation
        && let Some(opcode) = frame.message_opcode
    {
        member!(object, "message_opcode", number, opcode.bits().into());
    }
    if frame.compressed {
        member!(object, "compressed", flag, true);
    }
    if let Some((code, reason)) = close_body(frame) {
        object.raw(",\"close\":{\"code\":").number(code.into());
        member!(object, "reason", text, &String::from_utf8_lossy(reason));
        object.raw("}");
    }
    kept(object, frame.captured, frame.payload.len());
    holes(object, frame.holes);
}

/// Appends the object of a message.
pub fn message(
    out: &mut Vec<u8>,
    clock: &mut Clock,
    comments: &PacketComments,
    place: &MessagePlace<'_>,
    message: &Message<'_>,
) {
    let mut object = Object::open(out, "message");
    member!(object, "n", number, place.number);
    member!(object, "connection", number, place.socket.connection.0.into());
    stream(&mut object, place.socket);
    member!(object, "direction", word, message.direction.name());
    when(&mut object, clock, message.first, message.last);
    member!(object, "frames", raw, "");
    json::list(object.buffer(), place.frames, |out, frame| json::number(out, *frame));
    // Null where the first frame was lost, and with it the kind.
    let kind = (message.opcode != Opcode::Continuation).then(|| message.opcode.bits().into());
    member!(object, "opcode", maybe_number, kind);
    member!(object, "compressed", flag, message.compressed);
    member!(object, "wire_length", number, message.wire_length);
    member!(object, "length", number, message.length);
    member!(object, "complete", flag, message.complete);
    member!(object, "payload", payload, message_text(message), message.payload);
    member!(object, "offset", number, message.offset);
    if usize::try_from(message.frame_count) != Ok(place.frames.len()) {
        member!(object, "frame_count", number, message.frame_count);
    }
    let missing: u64 = message.holes.iter().map(|hole| hole.len).sum();
    kept(&mut object, message.length.saturating_sub(missing), message.payload.len());
    holes(&mut object, message.holes);
    commented(&mut object, comments, [message.first, message.last]);
    member!(object, "notes", raw, "");
    notes(object.buffer(), message.notes);
    object.close();
}

/// Appends the object of a connection.
pub fn connection(out: &mut Vec<u8>, clock: &mut Clock, comments: &PacketComments, connection: &Socket) {
    let handshake = connection.handshake.as_deref();
    let (client, server) = (&connection.totals.client, &connection.totals.server);
    let mut object = Object::open(out, "connection");
    member!(object, "n", number, connection.id.connection.0.into());
    stream(&mut object, connection.id);
    member!(object, "client", text, &connection.client.to_string());
    member!(object, "server", text, &connection.server.to_string());
    member!(object, "evidence", word, connection.evidence.name());
    if let Evidence::MidStream { confidence } = connection.evidence {
        let confidence = if confidence.is_finite() { confidence.clamp(0.0, 1.0) } else { 0.0 };
        member!(object, "confidence", raw, &format!("{confidence:.3}"));
    }
    member!(object, "version", maybe_text, handshake.and_then(Handshake::version));
    member!(object, "uri", maybe_text, handshake.and_then(Handshake::uri));
    member!(object, "host", maybe_text, handshake.and_then(|h| h.request_field("Host")));
    member!(object, "origin", maybe_text, handshake.and_then(|h| h.request_field("Origin")));
    member!(object, "subprotocol", maybe_text, handshake.and_then(Handshake::subprotocol));
    member!(object, "extensions", raw, "");
    let extensions = handshake.map(Handshake::extensions).unwrap_or_default();
    json::list(object.buffer(), &extensions, |out, extension| json::string(out, extension));
    let status = handshake.and_then(|h| h.response.as_ref()).map(|response| response.status.into());
    member!(object, "status", maybe_number, status);
    member!(object, "frames", number, client.frames + server.frames);
    member!(object, "messages", number, client.messages + server.messages);
    for (name, totals) in [(",\"from_client\":", client), (",\"from_server\":", server)] {
        side(object.raw(name), totals);
    }
    match &connection.close {
        None => member!(object, "close", null),
        Some(close) => {
            object.raw(",\"close\":{\"by\":").word(close.by.name());
            member!(object, "code", maybe_number, close.code.map(u64::from));
            member!(object, "reason", text, &close.reason);
            object.raw("}");
        }
    }
    when(&mut object, clock, connection.first, connection.last);
    member!(object, "last_time", time, clock, connection.last);
    let heads = handshake.into_iter().flat_map(Handshake::places);
    commented(&mut object, comments, heads.chain([connection.first, connection.last]));
    member!(object, "notes", raw, "");
    notes(object.buffer(), &connection.notes);
    object.close();
}

fn side(object: &mut Object<'_>, totals: &Totals) {
    object.raw("{\"frames\":").number(totals.frames);
    member!(object, "messages", number, totals.messages);
    member!(object, "payload_bytes", number, totals.payload_bytes);
    member!(object, "message_bytes", number, totals.message_bytes);
    object.raw("}");
}

/// Time of the first byte, packets of the first and the last.
fn when(object: &mut Object<'_>, clock: &mut Clock, first: At, last: At) {
    member!(object, "time", time, clock, first);
    member!(object, "packet", number, first.packet);
    member!(object, "last_packet", number, last.packet);
}

/// Comments on packets that are known to carry the item.
fn commented(object: &mut Object<'_>, comments: &PacketComments, places: impl IntoIterator<Item = At>) {
    let found = comments.of(places.into_iter().map(|at| at.packet));
    if found.is_empty() {
        return;
    }
    member!(object, "comments", raw, "");
    json::list(object.buffer(), &found, |out, (packet, text)| {
        out.extend_from_slice(b"{\"packet\":");
        let mut object = Object::within(out);
        object.number(*packet);
        member!(object, "text", text, text);
        object.close();
    });
}

fn kept(object: &mut Object<'_>, captured: u64, kept: usize) {
    let kept = kept as u64;
    if kept < captured {
        member!(object, "payload_kept", number, kept);
    }
}

fn holes(object: &mut Object<'_>, holes: &[Hole]) {
    if holes.is_empty() {
        return;
    }
    member!(object, "holes", raw, "");
    json::list(object.buffer(), holes, |out, hole| {
        json::list(out, [hole.start, hole.len], json::number);
    });
}

/// Appends a list of notes.
pub fn notes(out: &mut Vec<u8>, notes: &[Note]) {
    if notes.is_empty() {
        out.extend_from_slice(b"[]");
        return;
    }
    json::list(out, notes, note);
}

/// Appends the object of a note.
pub fn note(out: &mut Vec<u8>, note: &Note) {
    let rule = note.code.rule();
    out.extend_from_slice(b"{\"code\":");
    let mut object = Object::within(out);
    object.word(rule.name);
    member!(object, "severity", word, rule.severity.name());
    member!(object, "clause", word, rule.clause);
    if let Some(detail) = &note.detail {
        member!(object, "detail", text, detail);
    }
    if let Some(at) = note.at {
        member!(object, "packet", number, at.packet);
    }
    if let Some(span) = &note.span {
        object.raw(",\"span\":{\"source\":").word(span.source.name());
        member!(object, "start", number, span.start);
        member!(object, "len", number, span.len);
        object.raw("}");
    }
    object.close();
}
