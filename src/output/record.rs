//! The JSON objects: frame, message, connection, note. Their names are a promise; docs/FORMATS.md lists them.
//!
//! In: what the dissector found. Out: one object, no line end. Members named in the design are always there; others
//! only where they say something.

mod carriage;

use super::clock::Clock;
use super::json::{self, Object, first_member, member};
use super::number::push_seconds;
use crate::base::number::wide;
use crate::base::{At, Hole, Note, PacketComments};
use crate::dissect::{Evidence, FramePlace, MessagePlace, Socket, Totals};
use crate::fields::{ConnectionField, Field, FrameField, MessageField, NoteField, PacketField};
use crate::filter::heartbeat::Run;
use crate::trace::values::{close_body, frame_text, message_text};
use crate::websocket::{Frame, Handshake, Message, Opcode};

/// Time of the first byte, packets of the first and the last.
macro_rules! when {
    ($object:ident, $scope:ident, $clock:expr, $first:expr, $last:expr) => {
        member!($object, $scope::Time, time, $clock, $first);
        member!($object, $scope::Packet, number, $first.packet);
        member!($object, $scope::LastPacket, number, $last.packet);
    };
}

/// The connection, and the stream where a socket is one of several on it.
macro_rules! socket {
    ($object:ident, $connection:expr, $stream:expr, $socket:expr) => {
        member!($object, $connection, number, $socket.connection.0.into());
        if let Some(stream) = $socket.stream {
            member!($object, $stream, number, stream.0);
        }
    };
}

/// Appends the object of a run of heartbeats: how many, the numbers of the first and the last, seconds from one to the next
/// where that is known, and what they look like.
pub fn heartbeats(out: &mut Vec<u8>, run: &Run) {
    let mut object = Object::open(out, "heartbeats");
    object.raw(",\"count\":").number(run.count);
    object.raw(",\"first\":").number(run.numbers.0);
    object.raw(",\"last\":").number(run.numbers.1);
    object.raw(",\"period\":");
    match run.period() {
        Some(period) => push_seconds(object.buffer(), period),
        None => object.null(),
    }
    object.raw(",\"looks\":");
    json::list(object.buffer(), run.looks(), |out, look| json::string(out, &look));
    object.close();
}

/// Appends the object of a frame.
pub fn frame(out: &mut Vec<u8>, clock: &mut Clock, comments: &PacketComments, place: &FramePlace, frame: &Frame<'_>) {
    let header = &frame.header;
    let mut object = Object::open(out, "frame");
    member!(object, FrameField::Number, number, place.number);
    socket!(object, FrameField::Connection, FrameField::Stream, place.socket);
    member!(object, FrameField::Direction, word, frame.direction.name());
    when!(object, FrameField, clock, frame.first, frame.last);
    member!(object, FrameField::Offset, number, frame.offset);
    member!(object, FrameField::Fin, flag, header.fin);
    member!(object, FrameField::Rsv, number, header.rsv.into());
    member!(object, FrameField::Opcode, number, header.opcode.bits().into());
    member!(object, FrameField::Masked, flag, header.masking_key.is_some());
    match header.masking_key {
        Some(key) => member!(object, FrameField::MaskingKey, hex, &key),
        None => member!(object, FrameField::MaskingKey, null),
    }
    member!(object, FrameField::Length, number, header.length);
    member!(object, FrameField::Captured, number, frame.captured);
    member!(object, FrameField::Payload, payload, frame_text(frame), frame.payload);
    member!(object, FrameField::Message, maybe_number, place.message);
    member!(object, FrameField::HeaderLength, number, frame.header_len.into());
    frame_extras(&mut object, frame);
    commented(&mut object, FrameField::Comments.field(), comments, [frame.first, frame.last]);
    member!(object, FrameField::Notes, raw, "");
    notes(object.buffer(), frame.notes);
    object.close();
}

/// What only some frames have.
fn frame_extras(object: &mut Object<'_>, frame: &Frame<'_>) {
    if frame.header.opcode == Opcode::Continuation
        && let Some(opcode) = frame.message_opcode
    {
        member!(object, FrameField::MessageOpcode, number, opcode.bits().into());
    }
    if frame.compressed {
        member!(object, FrameField::Compressed, flag, true);
    }
    if let Some((code, reason)) = close_body(frame) {
        member!(object, FrameField::Close, raw, "");
        first_member!(object, FrameField::CloseCode, number, code.into());
        member!(object, FrameField::CloseReason, text, &String::from_utf8_lossy(reason));
        object.raw("}");
    }
    kept(object, FrameField::PayloadKept.field(), frame.captured, frame.payload.len());
    holes(object, FrameField::Holes.field(), frame.holes);
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
    member!(object, MessageField::Number, number, place.number);
    socket!(object, MessageField::Connection, MessageField::Stream, place.socket);
    member!(object, MessageField::Direction, word, message.direction.name());
    when!(object, MessageField, clock, message.first, message.last);
    member!(object, MessageField::Frames, raw, "");
    json::list(object.buffer(), place.frames, |out, frame| json::number(out, *frame));
    // Null where the first frame was lost, and with it the kind.
    let kind = (message.opcode != Opcode::Continuation).then(|| message.opcode.bits().into());
    member!(object, MessageField::Opcode, maybe_number, kind);
    member!(object, MessageField::Compressed, flag, message.compressed);
    member!(object, MessageField::WireLength, number, message.wire_length);
    member!(object, MessageField::Length, number, message.length);
    member!(object, MessageField::Complete, flag, message.complete);
    member!(object, MessageField::Payload, payload, message_text(message), message.payload);
    member!(object, MessageField::Offset, number, message.offset);
    if message.frame_count != wide(place.frames.len()) {
        member!(object, MessageField::FrameCount, number, message.frame_count);
    }
    let missing: u64 = message.holes.iter().map(|hole| hole.len).sum();
    let known = message.length.saturating_sub(missing);
    kept(&mut object, MessageField::PayloadKept.field(), known, message.payload.len());
    holes(&mut object, MessageField::Holes.field(), message.holes);
    commented(&mut object, MessageField::Comments.field(), comments, [message.first, message.last]);
    member!(object, MessageField::Notes, raw, "");
    notes(object.buffer(), message.notes);
    object.close();
}

/// Appends the object of a connection.
pub fn connection(out: &mut Vec<u8>, clock: &mut Clock, comments: &PacketComments, connection: &Socket) {
    let handshake = connection.handshake.as_deref();
    let (client, server) = (&connection.totals.client, &connection.totals.server);
    let mut object = Object::open(out, "connection");
    socket!(object, ConnectionField::Number, ConnectionField::Stream, connection.id);
    member!(object, ConnectionField::Client, text, &connection.client.to_string());
    member!(object, ConnectionField::Server, text, &connection.server.to_string());
    member!(object, ConnectionField::Evidence, word, connection.evidence.name());
    if let Some(confidence) = connection.confidence() {
        member!(object, ConnectionField::Confidence, raw, &format!("{confidence:.3}"));
    }
    member!(object, ConnectionField::Version, maybe_text, handshake.and_then(Handshake::version));
    member!(object, ConnectionField::Uri, maybe_text, handshake.and_then(Handshake::uri));
    member!(object, ConnectionField::Host, maybe_text, handshake.and_then(Handshake::host));
    member!(object, ConnectionField::Origin, maybe_text, handshake.and_then(Handshake::origin));
    member!(object, ConnectionField::Subprotocol, maybe_text, handshake.and_then(Handshake::subprotocol));
    member!(object, ConnectionField::Extensions, raw, "");
    let extensions = handshake.map(Handshake::extensions).unwrap_or_default();
    json::list(object.buffer(), &extensions, |out, extension| json::string(out, extension));
    let status = handshake.and_then(|h| h.response.as_ref()).map(|response| response.status.into());
    member!(object, ConnectionField::Status, maybe_number, status);
    if let Some((body, text)) = handshake.and_then(Handshake::refusal_body) {
        member!(object, ConnectionField::Body, payload, text, &body.bytes);
        member!(object, ConnectionField::BodyLength, number, body.length);
    }
    if let Evidence::Unanswered(ending) = connection.evidence {
        member!(object, ConnectionField::Unanswered, raw, "");
        first_member!(object, ConnectionField::UnansweredBy, maybe_text, ending.by.map(|by| by.name()));
        member!(object, ConnectionField::UnansweredHow, word, ending.how.name());
        member!(object, ConnectionField::UnansweredAfter, raw, "");
        push_seconds(object.buffer(), ending.after);
        object.raw("}");
    }
    carriage::process(&mut object, connection.process.get());
    carriage::tls(&mut object, connection.tls.as_deref());
    carriage::http2(&mut object, connection.http2.as_deref());
    member!(object, ConnectionField::Frames, number, client.frames + server.frames);
    member!(object, ConnectionField::Messages, number, client.messages + server.messages);
    for (name, totals) in [(ConnectionField::FromClient, client), (ConnectionField::FromServer, server)] {
        side(object.raw(name.field().member), totals);
    }
    match &connection.close {
        None => member!(object, ConnectionField::Close, null),
        Some(close) => {
            member!(object, ConnectionField::Close, raw, "");
            first_member!(object, ConnectionField::CloseBy, word, close.by.name());
            member!(object, ConnectionField::CloseCode, maybe_number, close.code.map(u64::from));
            member!(object, ConnectionField::CloseReason, text, &close.reason);
            object.raw("}");
        }
    }
    when!(object, ConnectionField, clock, connection.first, connection.last);
    member!(object, ConnectionField::LastTime, time, clock, connection.last);
    let heads = handshake.into_iter().flat_map(Handshake::places);
    commented(
        &mut object,
        ConnectionField::Comments.field(),
        comments,
        heads.chain([connection.first, connection.last]),
    );
    member!(object, ConnectionField::Notes, raw, "");
    notes(object.buffer(), &connection.notes);
    object.close();
}

fn side(object: &mut Object<'_>, totals: &Totals) {
    // Both sides call them the same.
    first_member!(object, ConnectionField::FramesClient, number, totals.frames);
    member!(object, ConnectionField::MessagesClient, number, totals.messages);
    member!(object, ConnectionField::PayloadBytesClient, number, totals.payload_bytes);
    member!(object, ConnectionField::MessageBytesClient, number, totals.message_bytes);
    object.raw("}");
}

/// Comments on packets that are known to carry the item.
fn commented(object: &mut Object<'_>, name: &Field, comments: &PacketComments, places: impl IntoIterator<Item = At>) {
    let found = comments.of(places.into_iter().map(|at| at.packet));
    if found.is_empty() {
        return;
    }
    object.raw(name.member);
    json::list(object.buffer(), &found, |out, (packet, text)| {
        let mut object = Object::within(out);
        first_member!(object, NoteField::Packet, number, *packet);
        member!(object, PacketField::Comment, text, text);
        object.close();
    });
}

fn kept(object: &mut Object<'_>, name: &Field, captured: u64, kept: usize) {
    let kept = kept as u64;
    if kept < captured {
        object.raw(name.member).number(kept);
    }
}

fn holes(object: &mut Object<'_>, name: &Field, holes: &[Hole]) {
    if holes.is_empty() {
        return;
    }
    object.raw(name.member);
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
    let mut object = Object::within(out);
    first_member!(object, NoteField::Code, word, rule.name);
    member!(object, NoteField::Severity, word, rule.severity.name());
    member!(object, NoteField::Clause, word, rule.clause);
    if let Some(detail) = &note.detail {
        member!(object, NoteField::Detail, text, detail);
    }
    if let Some(at) = note.at {
        member!(object, NoteField::Packet, number, at.packet);
    }
    if let Some(span) = &note.span {
        member!(object, NoteField::Span, raw, "");
        first_member!(object, NoteField::SpanSource, word, span.source.name());
        member!(object, NoteField::SpanStart, number, span.start);
        member!(object, NoteField::SpanLength, number, span.len);
        object.raw("}");
    }
    object.close();
}
