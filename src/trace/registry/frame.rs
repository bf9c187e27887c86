//! Fields of frames.

use std::borrow::Cow;

use super::{Field, FrameGetter, Notation, Parties, Value, close_body, frame_text, number, words};
use crate::base::{Code, Timestamp};
use crate::dissect::FramePlace;
use crate::websocket::Frame;

/// A frame, and what must be known beside it.
#[derive(Debug, Clone, Copy)]
pub struct FrameRow<'a> {
    /// Where it stands.
    pub place: &'a FramePlace,
    /// The frame.
    pub frame: &'a Frame<'a>,
    /// Its connection, where it was asked for and is known.
    pub parties: Option<&'a Parties>,
    /// Time of the capture's first packet.
    pub origin: Timestamp,
}

macro_rules! field {
    ($($name:literal)+, $about:literal, $get:expr) => {
        Field { names: &[$($name),+], about: $about, get: $get as FrameGetter }
    };
}

/// Every field of a frame.
pub const FRAME_FIELDS: &[Field<FrameGetter>] = &[
    field!("n" "frame.number", "number of the frame, from 1, in the order in which frames end", |r| Value::Number(
        r.place.number
    )),
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
    field!("direction", "client or server: who sent it", |r| words(Some(r.frame.direction.name()))),
    field!("time" "frame.time", "time of its first byte, UTC, RFC 3339 with nanoseconds", |r| Value::Time(
        r.frame.first.time
    )),
    field!("time.epoch" "frame.time_epoch", "the same as seconds since 1970", |r| Value::Epoch(r.frame.first.time)),
    field!("time.relative" "frame.time_relative", "the same as seconds since the first packet", |r| {
        Value::Nanoseconds(r.frame.first.time.since(r.origin))
    }),
    field!("packet", "number of the packet that holds its first byte", |r| Value::Number(r.frame.first.packet)),
    field!("last_packet", "number of the packet that holds its last byte", |r| Value::Number(r.frame.last.packet)),
    field!("offset", "first header byte, counted in its direction from the end of the HTTP head", |r| {
        Value::Number(r.frame.offset)
    }),
    field!("fin", "FIN bit: the last fragment of its message", |r| Value::Flag(r.frame.header.fin)),
    field!("rsv", "the three reserved bits as a number, RSV1 = 4", |r| Value::Number(r.frame.header.rsv.into())),
    field!("rsv1", "RSV1 bit: set on the first frame of a compressed message", |r| Value::Flag(
        r.frame.header.rsv & 4 != 0
    )),
    field!("rsv2", "RSV2 bit, which no extension uses", |r| Value::Flag(r.frame.header.rsv & 2 != 0)),
    field!("rsv3", "RSV3 bit, which no extension uses", |r| Value::Flag(r.frame.header.rsv & 1 != 0)),
    field!("opcode", "opcode, 0 to 15", |r| Value::Number(r.frame.header.opcode.bits().into())),
    field!("opcode.name", "TEXT, BIN, CONT, CLOSE, PING, PONG, RSV3 …", |r| words(Some(
        r.frame.header.opcode.short_name()
    ))),
    field!("masked", "MASK bit: the payload is masked", |r| Value::Flag(r.frame.header.masking_key.is_some())),
    field!("masking_key", "masking key, hex", |r| r.frame.header.masking_key.map_or(Value::Absent, Value::Key)),
    field!("header_length", "bytes of the header on the wire", |r| Value::Number(r.frame.header_len.into())),
    field!("length" "payload.length", "payload bytes, as the header says", |r| Value::Number(r.frame.header.length)),
    field!("captured", "payload bytes that are in the capture", |r| Value::Number(r.frame.captured)),
    field!("holes", "missing runs of the payload, as start+length", |r| Value::Holes(r.frame.holes)),
    field!("payload", "unmasked payload: text where it is text, else hex", |r| match frame_text(r.frame) {
        Some(text) => Value::Text(Cow::Borrowed(text)),
        None => Value::Bytes(r.frame.payload, Notation::Hex),
    }),
    field!("payload.text", "unmasked payload where it is text", |r| words(frame_text(r.frame))),
    field!("payload.hex", "unmasked payload, hex", |r| Value::Bytes(r.frame.payload, Notation::Hex)),
    field!("payload.base64", "unmasked payload where it is not text, base64", |r| match frame_text(r.frame) {
        Some(_) => Value::Absent,
        None => Value::Bytes(r.frame.payload, Notation::Base64),
    }),
    field!("message", "number of the message that it ends", |r| number(r.place.message)),
    field!("message_opcode", "opcode of the message that it belongs to", |r| {
        number(r.frame.message_opcode.map(|opcode| opcode.bits().into()))
    }),
    field!("compressed", "it belongs to a message under permessage-deflate", |r| Value::Flag(r.frame.compressed)),
    field!("close.code", "status code of a close frame", |r| {
        number(close_body(r.frame).map(|(code, _)| code.into()))
    }),
    field!("close.reason", "reason of a close frame, broken UTF-8 replaced", |r| match close_body(r.frame) {
        Some((_, reason)) => Value::Text(String::from_utf8_lossy(reason)),
        None => Value::Absent,
    }),
    field!("notes", "codes of its notes", |r| Value::Notes(r.frame.notes)),
    field!("notes.severity", "the worst severity among its notes", |r| {
        words(r.frame.notes.iter().map(|note| Code::rule(note.code).severity).max().map(|worst| worst.name()))
    }),
];
