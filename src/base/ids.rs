//! How items are named: packets, connections, directions.

use std::fmt;

/// Number of a packet in its capture: 1-based, in the order of the file (Wireshark's `frame.number`).
pub type PacketNumber = u64;

/// Number of a TCP connection: 0-based, in the order of first packets (Wireshark's `tcp.stream`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ConnectionId(pub u32);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Number of a stream within its connection, as the protocol below numbers it (RFC 9113 section 5.1.1: HTTP/2; RFC 9000
/// section 2.1: QUIC). HTTP/1.1 has none: there a WebSocket that follows another on its connection has the number of those
/// before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u64);

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What carries one WebSocket: a whole connection, or one stream of it. It has one opening handshake, frames in two
/// directions, and one close.
///
/// ```
/// use sockeye::base::{ConnectionId, SocketId, StreamId};
/// let plain = SocketId::from(ConnectionId(3));
/// let on_http2 = SocketId { stream: Some(StreamId(5)), ..plain };
/// assert_eq!((plain.to_string(), on_http2.to_string()), ("c3".to_owned(), "c3s5".to_owned()));
/// assert!(plain < on_http2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SocketId {
    /// The file, where several are read as one capture; 0 otherwise.
    pub file: u16,
    /// The connection.
    pub connection: ConnectionId,
    /// The stream of the connection; `None` where the WebSocket has the connection for itself (HTTP/1.1), or is the first
    /// to have it.
    pub stream: Option<StreamId>,
}

impl From<ConnectionId> for SocketId {
    fn from(connection: ConnectionId) -> SocketId {
        SocketId { connection, ..SocketId::default() }
    }
}

impl SocketId {
    /// As columns and sentences name it: `0`, and `0s5` where it is a stream of its connection.
    #[must_use]
    pub fn label(&self) -> String {
        let SocketId { connection, stream, .. } = self;
        stream.map_or_else(|| connection.to_string(), |stream| format!("{connection}s{stream}"))
    }
}

/// As addresses name it: `c0`, `c0s5`.
impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.connection)?;
        self.stream.map_or(Ok(()), |stream| write!(f, "s{stream}"))
    }
}

/// Which side of a connection sent the bytes.
///
/// The client is the side that opened the WebSocket (RFC 6455 section 1.3), which is not always the side that opened
/// the TCP connection first seen in a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Client to server.
    Client,
    /// Server to client.
    Server,
}

impl Direction {
    /// Both directions, client first.
    pub const BOTH: [Direction; 2] = [Direction::Client, Direction::Server];

    /// The other side.
    #[must_use]
    pub fn other(self) -> Direction {
        match self {
            Direction::Client => Direction::Server,
            Direction::Server => Direction::Client,
        }
    }

    /// `"client"` or `"server"`, as the JSON output writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Direction::Client => "client",
            Direction::Server => "server",
        }
    }

    /// `→` for what the client sends, `←` for what the server sends.
    #[must_use]
    pub fn arrow(self) -> &'static str {
        match self {
            Direction::Client => "→",
            Direction::Server => "←",
        }
    }
}

/// One value for each direction of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PerDirection<T> {
    /// What belongs to the bytes the client sends.
    pub client: T,
    /// What belongs to the bytes the server sends.
    pub server: T,
}

impl<T> PerDirection<T> {
    /// The value of one direction.
    pub fn get(&self, direction: Direction) -> &T {
        match direction {
            Direction::Client => &self.client,
            Direction::Server => &self.server,
        }
    }

    /// The value of one direction, to change.
    pub fn get_mut(&mut self, direction: Direction) -> &mut T {
        match direction {
            Direction::Client => &mut self.client,
            Direction::Server => &mut self.server,
        }
    }
}

/// One end of a TCP connection, before it is known which is the client: A sent the first segment captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The sender of the first segment captured.
    A,
    /// The other.
    B,
}

impl Side {
    /// Both sides.
    pub const BOTH: [Side; 2] = [Side::A, Side::B];

    /// The other side.
    #[must_use]
    pub fn other(self) -> Side {
        match self {
            Side::A => Side::B,
            Side::B => Side::A,
        }
    }

    /// The direction of what this side sends, once the client is known.
    #[must_use]
    pub fn direction(self, client: Side) -> Direction {
        if self == client { Direction::Client } else { Direction::Server }
    }
}

/// One value for each side of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sides<T> {
    /// Of side A.
    pub a: T,
    /// Of side B.
    pub b: T,
}

impl<T> Sides<T> {
    /// The value of one side.
    pub fn get(&self, side: Side) -> &T {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    /// The value of one side, to change.
    pub fn get_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::A => &mut self.a,
            Side::B => &mut self.b,
        }
    }
}

impl super::pack::Pack for ConnectionId {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<ConnectionId> {
        u32::unpack(from).map(ConnectionId)
    }
}

impl super::pack::Pack for StreamId {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<StreamId> {
        u64::unpack(from).map(StreamId)
    }
}

super::pack::pack_struct!(SocketId { file, connection, stream });
super::pack::pack_enum!(Direction { 0 Client, 1 Server });
super::pack::pack_enum!(Side { 0 A, 1 B });

impl<T: super::pack::Pack> super::pack::Pack for Sides<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.a.pack(out);
        self.b.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Sides<T>> {
        Some(Sides { a: T::unpack(from)?, b: T::unpack(from)? })
    }
}

impl<T: super::pack::Pack> super::pack::Pack for PerDirection<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.client.pack(out);
        self.server.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<PerDirection<T>> {
        Some(PerDirection { client: T::unpack(from)?, server: T::unpack(from)? })
    }
}
