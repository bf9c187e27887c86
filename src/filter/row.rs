//! What a filter looks at: one frame, message or connection, and what is known of it besides.
//!
//! In: a name of the table and a [`Row`]. Out: the values that the row has under it. What the row lacks has none.

mod connection;
mod frame;
mod packet;

use std::net::SocketAddr;

use super::heartbeat::Sign;
use super::json;
use super::tree::{Piece, Step};
use super::value::{Value, Values};
use crate::base::{At, Direction, LinkType, Note, Timestamp};
use crate::dissect::{FramePlace, MessagePlace, Socket};
use crate::fields::display::{Name, Source, Term, Type};
use crate::trace::values::message_text;
use crate::websocket::{Frame, Message};

/// The packet of the last byte of something.
#[derive(Debug, Clone, Copy)]
pub struct PacketBytes<'a> {
    /// Its captured bytes, or as many of the first as its headers may take.
    pub data: &'a [u8],
    /// How many were captured.
    pub captured: u32,
    /// What they start with.
    pub link: LinkType,
    /// Bytes it had on the wire.
    pub wire_len: u32,
    /// Interface it was captured on.
    pub interface: u32,
    /// Its comment.
    pub comment: Option<&'a str>,
}

/// What is known of the connection of a row.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The connection, as far as it is known.
    pub socket: Socket,
    /// It is over: its totals are final.
    pub over: bool,
    /// permessage-deflate was agreed on.
    pub deflates: bool,
}

impl Peer {
    /// Of this connection.
    #[must_use]
    pub fn new(socket: &Socket, over: bool) -> Peer {
        let deflates = socket.handshake.as_deref().is_some_and(|handshake| handshake.deflate().is_some());
        Peer { socket: socket.clone(), over, deflates }
    }
}

/// One frame, message or connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct Row<'a> {
    /// The frame, and where it stands.
    pub frame: Option<(&'a FramePlace, &'a Frame<'a>)>,
    /// The message, and where it stands; of a frame, the message that it ends.
    pub message: Option<(&'a MessagePlace<'a>, &'a Message<'a>)>,
    /// The connection.
    pub peer: Option<&'a Peer>,
    /// The packet of its last byte.
    pub packet: Option<PacketBytes<'a>>,
    /// Number and time of that packet.
    pub at: Option<At>,
    /// Time of the capture's first packet.
    pub origin: Timestamp,
    /// Of a pong: nanoseconds since the ping that it answers.
    pub round_trip: Option<i64>,
    /// It is a heartbeat, and how that is known.
    pub heartbeat: Option<Sign>,
}

/// A use of a name in a filter.
#[derive(Debug, Clone)]
pub(super) struct FieldUse {
    pub(super) name: Name,
    /// Steps into a document.
    pub(super) path: Vec<Step>,
    /// Only these layers; all where there are none.
    pub(super) layers: Vec<Piece>,
    /// The bytes as they are on the wire.
    pub(super) raw: bool,
}

impl<'a> Row<'a> {
    /// The values of a name here.
    pub(super) fn values(&self, field: &FieldUse) -> Values<'a> {
        match field.name.source {
            Source::Term(term) => {
                if !field.layers.is_empty() && !super::slice::has_layer(&field.layers, 1, 1) {
                    return Values::None;
                }
                if term == Term::Json {
                    return self.json(&field.path);
                }
                match self.number(term) {
                    Some(number) if field.name.kind == Type::Flag => Values::One(Value::Flag(number != 0)),
                    Some(number) => Values::One(Value::Unsigned(number)),
                    None => self.term(term),
                }
            }
            source => self.packet.map_or(Values::None, |packet| packet::values(&packet, field, source)),
        }
    }

    fn term(&self, term: Term) -> Values<'a> {
        self.of_packet(term)
            .or_else(|| self.frame.and_then(|(place, frame)| self.of_frame(term, place, frame)))
            .or_else(|| self.message.and_then(|(_, message)| self.of_message(term, message)))
            .or_else(|| self.peer.and_then(|peer| self.of_connection(term, peer)))
            .unwrap_or_default()
    }

    /// Who sent it.
    fn direction(&self) -> Option<Direction> {
        let frame = self.frame.map(|(_, frame)| frame.direction);
        frame.or_else(|| self.message.map(|(_, message)| message.direction))
    }

    /// The number under a name that is there at most once, and is nothing but a number: what most filters ask for, and
    /// what costs least. Flags are 0 and 1.
    #[inline]
    pub(super) fn number(&self, term: Term) -> Option<u64> {
        let of_frame = self.frame.and_then(|(place, frame)| frame::number(term, place, frame));
        of_frame.or_else(|| match term {
            Term::FrameNumber => self.at.map(|at| at.packet),
            Term::Stream => self.socket().map(|socket| socket.connection.0.into()),
            Term::StreamId => self.socket()?.stream.map(|stream| stream.0),
            Term::MessageNumber => self.message.map(|(place, _)| place.number),
            Term::MessageOpcode => self.message.map(|(_, message)| message.opcode.bits().into()),
            Term::MessageLength => self.message.map(|(_, message)| message.length),
            Term::WireLength => self.message.map(|(_, message)| message.wire_length),
            Term::MessageFrames => self.message.map(|(_, message)| message.frame_count),
            Term::Complete => self.message.map(|(_, message)| message.complete.into()),
            _ => None,
        })
    }

    /// The connection and stream.
    fn socket(&self) -> Option<crate::base::SocketId> {
        let frame = self.frame.map(|(place, _)| place.socket);
        let message = || self.message.map(|(place, _)| place.socket);
        frame.or_else(message).or_else(|| self.peer.map(|peer| peer.socket.id))
    }

    fn of_packet(&self, term: Term) -> Option<Values<'a>> {
        let at = || self.at;
        let value = match term {
            Term::FrameTime => at().map(|at| Value::Time(at.time.0)),
            Term::FrameEpoch => at().map(|at| Value::Span(at.time.0)),
            Term::FrameRelative => at().map(|at| Value::Span(at.time.since(self.origin))),
            Term::Heartbeat => self.heartbeat.map(|sign| Value::text(sign.name())),
            _ => return self.packet.and_then(|packet| packet::term(&packet, term)),
        };
        Some(value.into())
    }

    fn of_message(&self, term: Term, message: &Message<'a>) -> Option<Values<'a>> {
        let several = message.frame_count > 1;
        let value = match term {
            Term::Text => text(message),
            Term::Data => (message.wire_length > 0).then(|| Value::bytes(message.payload)),
            Term::Fragments => several.then_some(Value::Present),
            Term::Fragment => several.then_some(Value::Unsigned(message.last.packet)),
            Term::FragmentCount => several.then_some(Value::Unsigned(message.frame_count)),
            Term::ReassembledLength => several.then_some(Value::Unsigned(message.wire_length)),
            Term::InflateExpert => {
                let failed = |note: &Note| note.code == crate::base::Code::InflateError;
                message.notes.iter().any(failed).then_some(Value::Present)
            }
            Term::Ratio => ratio(message),
            Term::MessageTook => Some(Value::Span(message.last.time.since(message.first.time))),
            // A message has no frame here: what both have in common.
            Term::Compressed => Some(Value::Flag(message.compressed)),
            Term::Direction => Some(Value::text(message.direction.name())),
            Term::NoteCodes => return Some(codes(message.notes)),
            Term::NoteSeverity => return Some(severities(message.notes)),
            _ => return None,
        };
        Some(value.into())
    }

    fn json(&self, path: &[Step]) -> Values<'a> {
        let message = self.message.map(|(_, message)| message);
        message.and_then(message_text).map_or(Values::None, |text| json::values(text, path))
    }

    /// Addresses by who sends: source and destination.
    fn ends(&self, peer: &Peer) -> (SocketAddr, SocketAddr) {
        match self.direction() {
            Some(Direction::Server) => (peer.socket.server, peer.socket.client),
            _ => (peer.socket.client, peer.socket.server),
        }
    }
}

/// What a text message says, its errors in UTF-8 replaced; not there where it was sent empty.
fn text<'a>(message: &Message<'a>) -> Option<Value<'a>> {
    if message.opcode != crate::websocket::Opcode::Text || message.wire_length == 0 {
        return None;
    }
    Some(Value::Text(message_text(message).map_or_else(|| String::from_utf8_lossy(message.payload), Into::into)))
}

fn ratio<'a>(message: &Message<'_>) -> Option<Value<'a>> {
    let [inflated, wire] = [message.length, message.wire_length].map(|bytes| super::value::float(bytes.into()));
    (message.compressed && wire > 0.0).then_some(Value::Float(inflated / wire))
}

/// The codes of notes.
fn codes<'a>(notes: &[Note]) -> Values<'a> {
    notes.iter().map(|note| Value::text(note.code.rule().name)).collect()
}

/// How much notes matter: 1 chat to 4 error.
fn severities<'a>(notes: &[Note]) -> Values<'a> {
    notes.iter().map(|note| Value::Unsigned(note.severity() as u64 + 1)).collect()
}
