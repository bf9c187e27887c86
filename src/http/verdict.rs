//! What HTTP says of a connection.
//!
//! In: nothing. Out: the words in which [`super::Connection`] tells its caller what the next bytes are.

use super::head::{RequestHead, ResponseHead};
use crate::base::{At, Backlog, Side, Sides};

/// What is known after a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// HTTP so far, or too few bytes to tell. Every byte was taken.
    Undecided,
    /// WebSocket. Where only one half of the handshake was found, the other side's bytes still belong here (its
    /// [`Upgrade::starts`] is `None`), and a second verdict of this kind may complete the first.
    WebSocket(Box<Upgrade>),
    /// Not HTTP, or no longer to be followed. No byte of either side belongs here from now on.
    Other(Box<Other>),
    /// This side's bytes have been the caller's since an earlier verdict; none was taken.
    Passed,
}

/// Where a side's WebSocket bytes begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// In the side's stream, counted from the first byte or gap pushed.
    pub offset: u64,
    /// A frame begins here. Otherwise bytes were lost around the head: look for the next frame from here on.
    pub certain: bool,
}

/// An accepted upgrade, or the half of it that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// The side that asked, or would have.
    pub client: Side,
    /// The request, told once.
    pub request: Option<RequestHead>,
    /// The response, told once.
    pub response: Option<ResponseHead>,
    /// Where WebSocket begins, for the sides whose bytes are the caller's with this verdict.
    pub starts: Sides<Option<Start>>,
    /// WebSocket bytes of each side that were held; they come before the rest of the chunk.
    pub held: Sides<Backlog>,
    /// WebSocket bytes of the chunk just pushed start at this index; its length where there are none.
    pub rest: usize,
    /// Bytes that the client sent too early.
    pub early: Option<Early>,
}

impl Upgrade {
    pub(super) fn new(client: Side) -> Upgrade {
        Upgrade {
            client,
            request: None,
            response: None,
            starts: Sides::default(),
            held: Sides::default(),
            rest: 0,
            early: None,
        }
    }
}

/// Bytes that the client sent before it had the response (RFC 6455 section 4.1 forbids it).
///
/// A capture that shuffles packets shows the same order: this is told only where [`super::Connection::acknowledged`] has shown
/// that the client did not have the response when it sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Early {
    /// How many, gaps included.
    pub bytes: u64,
    /// Where the first arrived.
    pub first: At,
}

/// Bytes that are not HTTP's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Why.
    pub reason: Reason,
    /// Where the bytes begin that were not understood: after the last exchange, or after a CONNECT that was accepted.
    pub starts: Sides<u64>,
    /// Those of them that were held.
    pub held: Sides<Backlog>,
    /// Those of the chunk just pushed start at this index.
    pub rest: usize,
    /// A CONNECT was accepted before (RFC 9110 section 9.3.6): this is what is in the tunnel.
    pub tunnel: bool,
}

impl Other {
    /// The first byte of all shows it.
    pub(super) fn at_once() -> Other {
        Other { reason: Reason::Foreign, starts: Sides::default(), held: Sides::default(), rest: 0, tunnel: false }
    }
}

/// Why a connection is not followed as HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A side does not speak HTTP/1 here.
    Foreign,
    /// Bytes were lost that say where the next message begins.
    Gap,
    /// The framing of a body is broken.
    Framing,
    /// A head has no end within [`crate::base::limits::HTTP_LONG_HEAD_BYTES`].
    TooLong,
    /// The connection changed to another protocol (a 101 response that is not WebSocket's).
    Switched,
    /// The connection ended before it could be told.
    Unfinished,
}

crate::base::pack::pack_struct!(Start { offset, certain });
crate::base::pack::pack_struct!(Early { bytes, first });
crate::base::pack::pack_struct!(Upgrade { client, request, response, starts, held, rest, early });
crate::base::pack::pack_enum!(Reason { 0 Foreign, 1 Gap, 2 Framing, 3 TooLong, 4 Switched, 5 Unfinished });
