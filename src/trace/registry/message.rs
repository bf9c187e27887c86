//! Fields of messages.

use std::borrow::Cow;

use super::{Field, MessageGetter, Notation, Parties, Value, message_text, words};
use crate::base::{Code, Timestamp};
use crate::dissect::MessagePlace;
use crate::websocket::Message;

/// A message, and what must be known beside it.
#[derive(Debug, Clone, Copy)]
pub struct MessageRow<'a> {
    /// Where it stands.
    pub place: &'a MessagePlace<'a>,
    /// The message.
    pub message: &'a Message<'a>,
    /// Its connection, where it was asked for and is known.
    pub parties: Option<&'a Parties>,
    /// Time of the capture's first packet.
    pub origin: Timestamp,
}

macro_rules! field {
    ($($name:literal)+, $about:literal, $get:expr) => {
        Field { names: &[$($name),+], about: $about, get: $get as MessageGetter }
    };
}

/// Every field of a message.
pub const MESSAGE_FIELDS: &[Field<MessageGetter>] = &[
    field!("n" "message.number", "number of the message, from 1, in the order in which messages end", |r| {
        Value::Number(r.place.number)
    }),
    field!("connection", "number of its TCP connection, from 0 (tcp.stream in Wireshark)", |r| Value::Number(
        r.place.socket.connection.0.into()
    )),
    field!("connection.client" "client", "address and port of the client", |r| {
        r.parties.map_or(Value::Absent, |p| Value::Address(p.client))
    }),
    field!("connection.server" "server", "address and port of the server", |r| {
        r.parties.map_or(Value::Absent, |p| Value::Address(p.server))
    }),
    field!("connection.uri" "uri", "request target of the opening handshake", |r| {
        words(r.parties.and_then(|p| p.uri.as_deref()))
    }),
    field!("connection.subprotocol" "subprotocol", "subprotocol the server chose", |r| {
        words(r.parties.and_then(|p| p.subprotocol.as_deref()))
    }),
    field!("direction", "client or server: who sent it", |r| words(Some(r.message.direction.name()))),
    field!("time" "message.time", "time of its first byte, UTC, RFC 3339 with nanoseconds", |r| Value::Time(
        r.message.first.time
    )),
    field!("time.epoch", "the same as seconds since 1970", |r| Value::Epoch(r.message.first.time)),
    field!("time.relative", "the same as seconds since the first packet", |r| {
        Value::Nanoseconds(r.message.first.time.since(r.origin))
    }),
    field!("packet", "number of the packet that holds its first byte", |r| Value::Number(r.message.first.packet)),
    field!("last_packet", "number of the packet that holds its last byte", |r| Value::Number(r.message.last.packet)),
    field!("offset", "first header byte, counted in its direction from the end of the HTTP head", |r| {
        Value::Number(r.message.offset)
    }),
    field!("frames", "numbers of its frames", |r| Value::Numbers(r.place.frames)),
    field!("frames.count", "how many frames it has", |r| Value::Number(r.message.frame_count)),
    field!("opcode", "opcode, 1 text, 2 binary", |r| Value::Number(r.message.opcode.bits().into())),
    field!("opcode.name", "TEXT, BIN, RSV3 …", |r| words(Some(r.message.opcode.short_name()))),
    field!("compressed", "RSV1 was set under permessage-deflate", |r| Value::Flag(r.message.compressed)),
    field!("wire_length", "payload bytes of its frames, before inflating", |r| Value::Number(r.message.wire_length)),
    field!("length" "payload.length", "bytes after inflating", |r| Value::Number(r.message.length)),
    field!("complete", "its last frame has ended and no byte is missing", |r| Value::Flag(r.message.complete)),
    field!("holes", "missing runs, as start+length", |r| Value::Holes(r.message.holes)),
    field!("payload", "unmasked, inflated payload: text where it is text, else hex", |r| {
        match message_text(r.message) {
            Some(text) => Value::Text(Cow::Borrowed(text)),
            None => Value::Bytes(r.message.payload, Notation::Hex),
        }
    }),
    field!("payload.text", "unmasked, inflated payload where it is text", |r| words(message_text(r.message))),
    field!("payload.hex", "unmasked, inflated payload, hex", |r| Value::Bytes(r.message.payload, Notation::Hex)),
    field!("payload.base64", "unmasked, inflated payload where it is not text, base64", |r| {
        match message_text(r.message) {
            Some(_) => Value::Absent,
            None => Value::Bytes(r.message.payload, Notation::Base64),
        }
    }),
    field!("notes", "codes of its notes", |r| Value::Notes(r.message.notes)),
    field!("notes.severity", "the worst severity among its notes", |r| {
        words(r.message.notes.iter().map(|note| Code::rule(note.code).severity).max().map(|worst| worst.name()))
    }),
];
