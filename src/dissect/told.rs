//! What the dissector tells: one enum, so that whoever hands it on hands on all of it.

use std::sync::Arc;

use super::socket::Socket;
use super::wants::Wants;
use crate::base::{At, Chunk, Code, ConnectionId, Direction, Note, Packet, SocketId, Unseal};
use crate::http::Exchange;
use crate::websocket::{Frame, Message};

/// One thing that was found, or that happened.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Told<'a> {
    /// The first packet of the capture was read. Once, before anything else; not at all where there is none.
    Started(At),
    /// A packet of the capture, before what is found in it; for sinks that want packets.
    Packet(&'a Packet<'a>),
    /// An HTTP request and its response are over, on a connection that carries HTTP/1; for sinks that want exchanges.
    Exchange {
        /// The connection.
        connection: ConnectionId,
        /// What was asked and answered.
        exchange: &'a Exchange,
    },
    /// A socket was found (again when more of its handshake is known). Counts are not final.
    Opened(&'a Socket),
    /// A frame has ended.
    Frame(&'a FramePlace, &'a Frame<'a>),
    /// A message has ended; its last frame was told just before.
    Message(&'a MessagePlace<'a>, &'a Message<'a>),
    /// A note, wherever it stands; also found in the frame, message or socket it belongs to.
    Note {
        /// The socket it was found on.
        socket: SocketId,
        /// What it is about.
        place: NotePlace,
        /// What it says.
        note: &'a Note,
        /// Where it happened.
        at: At,
    },
    /// A socket is over, or the capture is. Everything about it is known.
    Closed(&'a Socket),
    /// Bytes of a WebSocket direction, in stream order; for sinks that want bytes.
    Bytes(&'a StreamBytes<'a>),
    /// Bytes of a direction of TLS as they came, in stream order, before what they hold: for sinks that want bytes. Their socket
    /// is the connection.
    Sealed(&'a StreamBytes<'a>),
    /// A record of those bytes was opened; for sinks that want bytes.
    Record(&'a OpenedRecord),
    /// What compressed messages of a direction may refer back to, now and then; for sinks that want bytes.
    Window {
        /// The socket.
        socket: SocketId,
        /// Who sends the messages.
        direction: Direction,
        /// Where the direction's next frame starts.
        offset: u64,
        /// Bytes after inflating, the last ones last.
        window: &'a [u8],
    },
    /// So many packets at once were read, and what was found in them was told. How many is not part of what is found.
    CaughtUp,
}

impl Told<'_> {
    /// Whether a sink with these wants is told it. What costs nothing is told to all.
    #[must_use]
    #[inline]
    pub fn is_wanted(&self, wants: Wants) -> bool {
        match self {
            Told::Packet(_) => wants.packets,
            Told::Exchange { .. } => wants.exchanges,
            Told::Bytes(_) | Told::Sealed(_) | Told::Record(_) | Told::Window { .. } => wants.bytes,
            Told::Started(_)
            | Told::Opened(_)
            | Told::Frame(..)
            | Told::Message(..)
            | Told::Note { .. }
            | Told::Closed(_)
            | Told::CaughtUp => true,
        }
    }
}

/// Where a frame stands among all frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FramePlace {
    /// 1-based, in the order in which frames end: by last packet, then socket, direction, offset; frames that never
    /// end come last. 0 where nobody numbers them.
    pub number: u64,
    /// Its socket.
    pub socket: SocketId,
    /// The number of the message this frame ends. `None` for control frames, and for fragments before the last: a
    /// message has no number until it ends.
    pub message: Option<u64>,
}

impl FramePlace {
    /// The place of a frame that has no number, or none yet.
    #[must_use]
    #[inline]
    pub fn unnumbered(socket: SocketId) -> FramePlace {
        FramePlace { number: 0, socket, message: None }
    }
}

/// Where a message stands among all messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessagePlace<'a> {
    /// 1-based, in the order in which messages end; 0 where nobody numbers them.
    pub number: u64,
    /// Its socket.
    pub socket: SocketId,
    /// The numbers of its frames (at most [`crate::base::limits::MESSAGE_FRAMES`]).
    pub frames: &'a [u64],
}

impl MessagePlace<'_> {
    /// The place of a message that has no number, or none yet.
    #[must_use]
    #[inline]
    pub fn unnumbered(socket: SocketId) -> MessagePlace<'static> {
        MessagePlace { number: 0, socket, frames: &[] }
    }
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotePlace {
    /// A frame, by number.
    Frame(u64),
    /// A message, by number.
    Message(u64),
    /// The socket itself.
    Socket,
}

impl NotePlace {
    /// It marks a frame with what its message has, and is counted there.
    #[must_use]
    pub fn is_mark(self, code: Code) -> bool {
        matches!(self, NotePlace::Frame(_)) && code.is_of_message()
    }
}

/// Where bytes of a direction lie: told in stream order to sinks that go back to the capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamBytes<'a> {
    /// Their socket.
    pub socket: SocketId,
    /// Who sent them.
    pub direction: Direction,
    /// Of the first byte, counted as [`Frame::offset`].
    pub offset: u64,
    /// The bytes, where they arrived, and where they lie in the capture.
    pub chunk: Chunk<'a>,
}

/// A record that was opened: where it lies, and what opens it again.
#[derive(Debug, Clone)]
pub struct OpenedRecord {
    /// Its connection.
    pub connection: ConnectionId,
    /// Who sent it.
    pub direction: Direction,
    /// Where it begins, among the bytes told by [`Told::Sealed`].
    pub offset: u64,
    /// How long it is, with its header.
    pub len: u64,
    /// Where its content begins, counted as [`crate::base::Origin::Decrypted`].
    pub plain: u64,
    /// How long its content is.
    pub plain_len: u64,
    /// What opens it.
    pub key: Arc<dyn Unseal>,
    /// Its number under that key.
    pub number: u64,
}
