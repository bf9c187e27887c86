//! What the dissector tells, and to whom.

use std::net::SocketAddr;

use crate::base::{At, Chunk, ConnectionId, Direction, Note, PerDirection};
use crate::websocket::{FirstClose, Frame, Handshake, Message, Sent};

/// What a sink looks at. What nobody wants is not unmasked, joined or kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wants {
    /// [`Frame::payload`].
    pub frame_payload: bool,
    /// [`Message::payload`].
    pub message_payload: bool,
    /// [`Sink::bytes`].
    pub bytes: bool,
}

/// Where a frame stands among all frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FramePlace {
    /// 1-based, in the order in which frames end: by last packet, then connection, direction, offset; frames that
    /// never end come last.
    pub number: u64,
    /// Its connection.
    pub connection: ConnectionId,
    /// The number of the message this frame ends. `None` for control frames, and for fragments before the last: a
    /// message has no number until it ends.
    pub message: Option<u64>,
}

/// Where a message stands among all messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessagePlace<'a> {
    /// 1-based, in the order in which messages end.
    pub number: u64,
    /// Its connection.
    pub connection: ConnectionId,
    /// The numbers of its frames (at most [`crate::base::limits::MESSAGE_FRAMES`]).
    pub frames: &'a [u64],
}

/// Why a connection is taken for WebSocket.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Evidence {
    /// An opening handshake was seen, or one half of it.
    Handshake,
    /// An upgrade was asked for and refused: not WebSocket. The status code is in the handshake.
    Refused,
    /// Joined after the handshake; recognised by the shape of its frames, with a confidence from 0 to 1.
    MidStream {
        /// 0 to 1.
        confidence: f32,
    },
    /// The user said so.
    DecodeAs,
}

impl Evidence {
    /// The name as outputs write it: `handshake`, `refused`, `mid-stream`, `decode-as`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Evidence::Handshake => "handshake",
            Evidence::Refused => "refused",
            Evidence::MidStream { .. } => "mid-stream",
            Evidence::DecodeAs => "decode-as",
        }
    }
}

/// A TCP connection that is WebSocket, or asked to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// Its number among all TCP connections of the capture.
    pub id: ConnectionId,
    /// The client's address and port.
    pub client: SocketAddr,
    /// The server's address and port.
    pub server: SocketAddr,
    /// Why it is taken for WebSocket.
    pub evidence: Evidence,
    /// The opening handshake, as far as the capture has it.
    pub handshake: Option<Box<Handshake>>,
    /// What each side sent.
    pub totals: PerDirection<Sent>,
    /// The first close frame.
    pub close: Option<FirstClose>,
    /// Its first packet.
    pub first: At,
    /// Its last packet.
    pub last: At,
    /// Notes on the connection itself: handshake, TCP, close.
    pub notes: Vec<Note>,
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotePlace {
    /// A frame, by number.
    Frame(u64),
    /// A message, by number.
    Message(u64),
    /// The connection itself.
    Connection,
}

/// Where bytes of a direction lie: told in stream order to sinks that go back to the capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamBytes<'a> {
    /// Their connection.
    pub connection: ConnectionId,
    /// Who sent them.
    pub direction: Direction,
    /// Of the first byte, counted as [`Frame::offset`].
    pub offset: u64,
    /// The bytes, where they arrived, and where they lie in the capture.
    pub chunk: Chunk<'a>,
}

/// Who is told. Every method does nothing unless it is written.
pub trait Sink {
    /// What this sink looks at.
    fn wants(&self) -> Wants {
        Wants::default()
    }

    /// The first packet of the capture was read.
    fn started(&mut self, first: At) {
        let _ = first;
    }

    /// So many packets at once were read, and what was found in them was told.
    fn caught_up(&mut self) {}

    /// It wants no more: reading may stop.
    fn is_done(&self) -> bool {
        false
    }

    /// A connection was taken for WebSocket (again when more of its handshake is known). Counts are not final.
    fn opened(&mut self, connection: &Connection) {
        let _ = connection;
    }

    /// A frame has ended.
    fn frame(&mut self, place: &FramePlace, frame: &Frame<'_>) {
        let _ = (place, frame);
    }

    /// A message has ended; its last frame was told just before.
    fn message(&mut self, place: &MessagePlace<'_>, message: &Message<'_>) {
        let _ = (place, message);
    }

    /// A note, wherever it stands; also found in the frame, message or connection it belongs to. `at` is where it
    /// happened.
    fn note(&mut self, connection: ConnectionId, place: NotePlace, note: &Note, at: At) {
        let _ = (connection, place, note, at);
    }

    /// A connection is over, or the capture is. Everything about it is known.
    fn connection(&mut self, connection: &Connection) {
        let _ = connection;
    }

    /// Bytes of a WebSocket direction, in stream order.
    fn bytes(&mut self, bytes: &StreamBytes<'_>) {
        let _ = bytes;
    }

    /// What compressed messages may refer back to, where the direction's next frame starts at `offset`; for sinks that
    /// want bytes, now and then.
    fn window(&mut self, connection: ConnectionId, direction: Direction, offset: u64, window: &[u8]) {
        let _ = (connection, direction, offset, window);
    }
}

crate::base::pack::pack_enum!(Evidence { 0 Handshake, 1 Refused, 2 MidStream { confidence }, 3 DecodeAs });
crate::base::pack::pack_struct!(Connection {
    id,
    client,
    server,
    evidence,
    handshake,
    totals,
    close,
    first,
    last,
    notes,
});
