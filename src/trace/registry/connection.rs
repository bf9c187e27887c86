//! Fields of connections.

use std::borrow::Cow;

use super::{ConnectionGetter, Field, Value, number, words};
use crate::base::{Code, Timestamp};
use crate::dissect::{Evidence, Socket};
use crate::websocket::Handshake;

/// A connection, and what must be known beside it.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionRow<'a> {
    /// The connection.
    pub connection: &'a Socket,
    /// Time of the capture's first packet.
    pub origin: Timestamp,
}

impl<'a> ConnectionRow<'a> {
    fn handshake(&self) -> Option<&'a Handshake> {
        self.connection.handshake.as_deref()
    }

    /// The HTTP status of the answer to the upgrade.
    #[must_use]
    pub fn status(&self) -> Option<u64> {
        self.handshake()?.response.as_ref().map(|response| response.status.into())
    }
}

macro_rules! field {
    ($($name:literal)+, $about:literal, $get:expr) => {
        Field { names: &[$($name),+], about: $about, get: $get as ConnectionGetter }
    };
}

/// Every field of a connection.
pub const CONNECTION_FIELDS: &[Field<ConnectionGetter>] = &[
    field!("n" "connection" "connection.number", "number of the TCP connection, from 0 (tcp.stream in Wireshark)", |r| {
        Value::Number(r.connection.id.connection.0.into())
    }),
    field!("client" "connection.client", "address and port of the client", |r| Value::Address(r.connection.client)),
    field!("server" "connection.server", "address and port of the server", |r| Value::Address(r.connection.server)),
    field!("evidence", "why it is listed: handshake, refused, mid-stream, decode-as", |r| words(Some(
        r.connection.evidence.name()
    ))),
    field!("confidence", "how sure mid-stream recognition is, 0 to 1", |r| match r.connection.evidence {
        Evidence::MidStream { confidence } => Value::Share(confidence),
        _ => Value::Absent,
    }),
    field!("version", "Sec-WebSocket-Version of the request", |r| words(r.handshake().and_then(Handshake::version))),
    field!("uri" "connection.uri", "request target", |r| words(r.handshake().and_then(Handshake::uri))),
    field!("host", "Host of the request", |r| words(r.handshake().and_then(|h| h.request_field("Host")))),
    field!("origin", "Origin of the request", |r| words(r.handshake().and_then(|h| h.request_field("Origin")))),
    field!("subprotocol" "connection.subprotocol", "subprotocol the server chose", |r| {
        words(r.handshake().and_then(Handshake::subprotocol))
    }),
    field!("extensions", "extensions the server chose", |r| {
        Value::Words(r.handshake().map(Handshake::extensions).unwrap_or_default())
    }),
    field!("status", "HTTP status of the answer", |r| number(r.status())),
    field!("frames", "frames of both sides", |r| Value::Number(
        r.connection.totals.client.frames + r.connection.totals.server.frames
    )),
    field!("frames.client", "frames the client sent", |r| Value::Number(r.connection.totals.client.frames)),
    field!("frames.server", "frames the server sent", |r| Value::Number(r.connection.totals.server.frames)),
    field!("messages", "messages of both sides", |r| Value::Number(
        r.connection.totals.client.messages + r.connection.totals.server.messages
    )),
    field!("messages.client", "messages the client sent", |r| Value::Number(r.connection.totals.client.messages)),
    field!("messages.server", "messages the server sent", |r| Value::Number(r.connection.totals.server.messages)),
    field!("payload_bytes.client", "payload bytes the client sent", |r| Value::Number(
        r.connection.totals.client.payload_bytes
    )),
    field!("payload_bytes.server", "payload bytes the server sent", |r| Value::Number(
        r.connection.totals.server.payload_bytes
    )),
    field!("message_bytes.client", "message bytes of the client, inflated", |r| Value::Number(
        r.connection.totals.client.message_bytes
    )),
    field!("message_bytes.server", "message bytes of the server, inflated", |r| Value::Number(
        r.connection.totals.server.message_bytes
    )),
    field!("close.by", "who sent the first close frame", |r| {
        words(r.connection.close.as_ref().map(|close| close.by.name()))
    }),
    field!("close.code", "status code of that close frame", |r| {
        number(r.connection.close.as_ref().and_then(|close| close.code).map(u64::from))
    }),
    field!("close.reason", "reason of that close frame, broken UTF-8 replaced", |r| match &r.connection.close {
        Some(close) => Value::Text(Cow::Borrowed(&close.reason)),
        None => Value::Absent,
    }),
    field!("time", "time of its first packet, UTC, RFC 3339 with nanoseconds", |r| Value::Time(
        r.connection.first.time
    )),
    field!("time.epoch", "the same as seconds since 1970", |r| Value::Epoch(r.connection.first.time)),
    field!("time.relative", "the same as seconds since the first packet", |r| {
        Value::Nanoseconds(r.connection.first.time.since(r.origin))
    }),
    field!("last_time", "time of its last packet", |r| Value::Time(r.connection.last.time)),
    field!("duration", "seconds from its first packet to its last", |r| {
        Value::Nanoseconds(r.connection.last.time.since(r.connection.first.time))
    }),
    field!("packet", "number of its first packet", |r| Value::Number(r.connection.first.packet)),
    field!("last_packet", "number of its last packet", |r| Value::Number(r.connection.last.packet)),
    field!("notes", "codes of its notes", |r| Value::Notes(&r.connection.notes)),
    field!("notes.severity", "the worst severity among its notes", |r| {
        words(r.connection.notes.iter().map(|note| Code::rule(note.code).severity).max().map(|worst| worst.name()))
    }),
];
