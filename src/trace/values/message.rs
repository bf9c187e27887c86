//! Values of the fields of messages.

use std::borrow::Cow;

use super::{Parties, message_text, worst};
use crate::base::Timestamp;
use crate::dissect::MessagePlace;
use crate::fields::{MessageField, Notation, Value};
use crate::websocket::Message;

/// A message, and what must be known beside it.
#[derive(Debug, Clone, Copy)]
pub struct MessageView<'a> {
    /// Where it stands.
    pub place: &'a MessagePlace<'a>,
    /// The message.
    pub message: &'a Message<'a>,
    /// Its connection, where it was asked for and is known.
    pub parties: Option<&'a Parties>,
    /// Time of the capture's first packet.
    pub origin: Timestamp,
}

/// The value of a field of a message; absent for what is a heading, or a part of other outputs only.
#[must_use]
pub fn message<'r>(field: MessageField, row: &MessageView<'r>) -> Value<'r> {
    let (place, message) = (row.place, row.message);
    match field {
        MessageField::Number => Value::Number(place.number),
        MessageField::Connection => Value::Number(place.socket.connection.0.into()),
        MessageField::Stream => Value::maybe_number(place.socket.stream.map(|stream| stream.0)),
        MessageField::Client => row.parties.map_or(Value::Absent, |p| Value::Address(p.client)),
        MessageField::Server => row.parties.map_or(Value::Absent, |p| Value::Address(p.server)),
        MessageField::Uri => Value::maybe_text(row.parties.and_then(|p| p.uri.as_deref())),
        MessageField::Subprotocol => Value::maybe_text(row.parties.and_then(|p| p.subprotocol.as_deref())),
        MessageField::Direction => Value::maybe_text(Some(message.direction.name())),
        MessageField::Time => Value::Time(message.first.time),
        MessageField::TimeEpoch => Value::Epoch(message.first.time),
        MessageField::TimeRelative => Value::Nanoseconds(message.first.time.since(row.origin)),
        MessageField::Packet => Value::Number(message.first.packet),
        MessageField::LastPacket => Value::Number(message.last.packet),
        MessageField::Offset => Value::Number(message.offset),
        MessageField::Frames => Value::Numbers(place.frames),
        MessageField::FrameCount => Value::Number(message.frame_count),
        MessageField::Opcode => Value::Number(message.opcode.bits().into()),
        MessageField::OpcodeName => Value::maybe_text(Some(message.opcode.short_name())),
        MessageField::Compressed => Value::Flag(message.compressed),
        MessageField::WireLength => Value::Number(message.wire_length),
        MessageField::Length => Value::Number(message.length),
        MessageField::Complete => Value::Flag(message.complete),
        MessageField::Holes => Value::Holes(message.holes),
        MessageField::Payload => match message_text(message) {
            Some(text) => Value::Text(Cow::Borrowed(text)),
            None => Value::Bytes(message.payload, Notation::Hex),
        },
        MessageField::PayloadText => Value::maybe_text(message_text(message)),
        MessageField::PayloadHex => Value::Bytes(message.payload, Notation::Hex),
        MessageField::PayloadBase64 => match message_text(message) {
            Some(_) => Value::Absent,
            None => Value::Bytes(message.payload, Notation::Base64),
        },
        MessageField::Notes => Value::Notes(message.notes),
        MessageField::NotesSeverity => worst(message.notes),
        MessageField::Whole | MessageField::Inflated | MessageField::PayloadKept | MessageField::Comments => {
            Value::Absent
        }
    }
}
