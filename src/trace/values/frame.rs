//! Values of the fields of frames.

use std::borrow::Cow;

use super::{Parties, close_body, frame_text, worst};
use crate::base::Timestamp;
use crate::dissect::FramePlace;
use crate::fields::{FrameField, Notation, Value};
use crate::websocket::{Frame, LengthForm};

/// A frame, and what must be known beside it.
#[derive(Debug, Clone, Copy)]
pub struct FrameView<'a> {
    /// Where it stands.
    pub place: &'a FramePlace,
    /// The frame.
    pub frame: &'a Frame<'a>,
    /// Its connection, where it was asked for and is known.
    pub parties: Option<&'a Parties>,
    /// Time of the capture's first packet.
    pub origin: Timestamp,
}

/// The value of a field of a frame; absent for what is a heading, or a part of other outputs only.
#[must_use]
pub fn frame<'r>(field: FrameField, row: &FrameView<'r>) -> Value<'r> {
    let (place, frame) = (row.place, row.frame);
    let header = &frame.header;
    match field {
        FrameField::Number => Value::Number(place.number),
        FrameField::Connection => Value::Number(place.socket.connection.0.into()),
        FrameField::Stream => Value::maybe_number(place.socket.stream.map(|stream| stream.0)),
        FrameField::Client => row.parties.map_or(Value::Absent, |p| Value::Address(p.client)),
        FrameField::Server => row.parties.map_or(Value::Absent, |p| Value::Address(p.server)),
        FrameField::Uri => Value::maybe_text(row.parties.and_then(|p| p.uri.as_deref())),
        FrameField::Subprotocol => Value::maybe_text(row.parties.and_then(|p| p.subprotocol.as_deref())),
        FrameField::Direction => Value::maybe_text(Some(frame.direction.name())),
        FrameField::Time => Value::Time(frame.first.time),
        FrameField::TimeEpoch => Value::Epoch(frame.first.time),
        FrameField::TimeRelative => Value::Nanoseconds(frame.first.time.since(row.origin)),
        FrameField::Packet => Value::Number(frame.first.packet),
        FrameField::LastTime => Value::Time(frame.last.time),
        FrameField::LastTimeEpoch => Value::Epoch(frame.last.time),
        FrameField::LastTimeRelative => Value::Nanoseconds(frame.last.time.since(row.origin)),
        FrameField::LastPacket => Value::Number(frame.last.packet),
        FrameField::Offset => Value::Number(frame.offset),
        FrameField::Fin => Value::Flag(header.fin),
        FrameField::Rsv => Value::Number(header.rsv.into()),
        FrameField::Rsv1 => Value::Flag(header.rsv & 4 != 0),
        FrameField::Rsv2 => Value::Flag(header.rsv & 2 != 0),
        FrameField::Rsv3 => Value::Flag(header.rsv & 1 != 0),
        FrameField::Opcode => Value::Number(header.opcode.bits().into()),
        FrameField::OpcodeName => Value::maybe_text(Some(header.opcode.short_name())),
        FrameField::Masked => Value::Flag(header.masking_key.is_some()),
        FrameField::MaskingKey => header.masking_key.map_or(Value::Absent, Value::Key),
        FrameField::HeaderLength => Value::Number(frame.header_len.into()),
        FrameField::Length => Value::Number(header.length),
        FrameField::Length7 => Value::Number(match header.form {
            LengthForm::Bits7 => header.length,
            LengthForm::Bits16 => 126,
            LengthForm::Bits64 => 127,
        }),
        FrameField::Captured => Value::Number(frame.captured),
        FrameField::Holes => Value::Holes(frame.holes),
        FrameField::Payload => match frame_text(frame) {
            Some(text) => Value::Text(Cow::Borrowed(text)),
            None => Value::Bytes(frame.payload, Notation::Hex),
        },
        FrameField::PayloadText => Value::maybe_text(frame_text(frame)),
        FrameField::PayloadHex => Value::Bytes(frame.payload, Notation::Hex),
        FrameField::PayloadBase64 => match frame_text(frame) {
            Some(_) => Value::Absent,
            None => Value::Bytes(frame.payload, Notation::Base64),
        },
        FrameField::Message => Value::maybe_number(place.message),
        FrameField::MessageOpcode => Value::maybe_number(frame.message_opcode.map(|opcode| opcode.bits().into())),
        FrameField::Compressed => Value::Flag(frame.compressed),
        FrameField::CloseCode => Value::maybe_number(close_body(frame).map(|(code, _)| code.into())),
        FrameField::CloseReason => match close_body(frame) {
            Some((_, reason)) => Value::Text(String::from_utf8_lossy(reason)),
            None => Value::Absent,
        },
        FrameField::Notes => Value::Notes(frame.notes),
        FrameField::NotesSeverity => worst(frame.notes),
        FrameField::Whole
        | FrameField::DraftType
        | FrameField::DraftEnd
        | FrameField::DraftHeader
        | FrameField::Rsv4
        | FrameField::Close
        | FrameField::PayloadKept
        | FrameField::Comments => Value::Absent,
    }
}
