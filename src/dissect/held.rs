//! Copies of what was found and cannot be told yet, because something that ended earlier may still come.

use crate::base::{ConnectionId, Direction, Hole, Note, PacketNumber};
use crate::dissect::sink::Connection;
use crate::websocket::{Frame, Message};

/// The order in which things end: by last packet, connection, direction, offset; a frame before the message it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) packet: PacketNumber,
    connection: ConnectionId,
    direction: Direction,
    offset: u64,
    kind: u8,
}

impl Key {
    pub(super) fn of_frame(connection: ConnectionId, frame: &Frame<'_>) -> Key {
        let (packet, offset) = (frame.last.packet, frame.offset);
        Key { packet, connection, direction: frame.direction, offset, kind: 0 }
    }

    pub(super) fn of_message(connection: ConnectionId, message: &Message<'_>) -> Key {
        let (packet, offset) = (message.last.packet, message.last_offset);
        Key { packet, connection, direction: message.direction, offset, kind: 1 }
    }

    /// A connection is over after everything on it.
    pub(super) fn of_connection(connection: &Connection) -> Key {
        let (packet, connection) = (connection.last.packet, connection.id);
        Key { packet, connection, direction: Direction::Server, offset: u64::MAX, kind: 2 }
    }

    /// The same, after everything that ends: what never does.
    pub(super) fn never(self) -> Key {
        Key { packet: PacketNumber::MAX, ..self }
    }
}

/// One item that is held.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) key: Key,
    pub(super) item: Item,
}

/// What it is.
#[derive(Debug)]
pub(super) enum Item {
    Frame(ConnectionId, Box<OwnedFrame>),
    Message(ConnectionId, Box<OwnedMessage>),
    Connection(Box<Connection>),
}

/// Smallest key first out of a max-heap.
impl Ord for Held {
    fn cmp(&self, other: &Held) -> std::cmp::Ordering {
        other.key.cmp(&self.key)
    }
}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Held) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Held) -> bool {
        self.key == other.key
    }
}

impl Eq for Held {}

/// A frame with its bytes.
#[derive(Debug)]
pub(super) struct OwnedFrame {
    /// The frame, its borrowed parts empty.
    fixed: Frame<'static>,
    payload: Vec<u8>,
    holes: Vec<Hole>,
    notes: Vec<Note>,
}

impl OwnedFrame {
    pub(super) fn new(frame: &Frame<'_>) -> OwnedFrame {
        OwnedFrame {
            fixed: Frame { payload: &[], holes: &[], notes: &[], ..*frame },
            payload: frame.payload.to_vec(),
            holes: frame.holes.to_vec(),
            notes: frame.notes.to_vec(),
        }
    }

    pub(super) fn as_frame(&self) -> Frame<'_> {
        Frame { payload: &self.payload, holes: &self.holes, notes: &self.notes, ..self.fixed }
    }
}

/// A message with its bytes.
#[derive(Debug)]
pub(super) struct OwnedMessage {
    /// The message, its borrowed parts empty.
    fixed: Message<'static>,
    payload: Vec<u8>,
    holes: Vec<Hole>,
    notes: Vec<Note>,
}

impl OwnedMessage {
    pub(super) fn new(message: &Message<'_>) -> OwnedMessage {
        OwnedMessage {
            fixed: Message { payload: &[], holes: &[], notes: &[], ..*message },
            payload: message.payload.to_vec(),
            holes: message.holes.to_vec(),
            notes: message.notes.to_vec(),
        }
    }

    pub(super) fn as_message(&self) -> Message<'_> {
        Message { payload: &self.payload, holes: &self.holes, notes: &self.notes, ..self.fixed }
    }
}
