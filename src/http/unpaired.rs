//! Requests and responses that wait for each other.
//!
//! In: nothing. Out: the words in which [`super::pairing`] remembers what was asked, and answered before it was asked.

use super::head::{RequestHead, ResponseHead};

/// A request that waits for its response.
#[derive(Debug)]
pub(super) enum Asked {
    /// Nothing special.
    Plain,
    /// HEAD: its response has no body.
    Head,
    /// A gap has cut the head: nobody knows what it asked for.
    Cut(Box<RequestHead>),
    /// A gap has taken the request line, and the rest of the head was read; what the client had when it sent
    /// that.
    Lost(Option<u64>),
    /// CONNECT: a 2xx response opens a tunnel.
    Connect,
    /// An upgrade.
    WebSocket(Box<Asking>),
    /// An upgrade that was told without its response.
    Told,
}

impl Asked {
    /// A 101 response may be to it.
    pub(super) fn may_switch(&self) -> bool {
        matches!(self, Asked::WebSocket(_) | Asked::Told | Asked::Cut(_) | Asked::Lost(_))
    }
}

/// An upgrade request, and a response seen before it that is perhaps its own: the capture is out of order, or it began
/// after that response's request.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) request: RequestHead,
    pub(super) perhaps: Option<ResponseHead>,
    /// Bytes of the server's stream that the client had when it asked: the response comes after them.
    pub(super) had: Option<u64>,
}

/// A final response that came before its request.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) head: ResponseHead,
    /// Stream offset of its end.
    pub(super) end: u64,
    /// Bytes of the client's stream that the server had when it sent it: its request ends there at the latest.
    pub(super) received: Option<u64>,
    /// Its body ends with the connection, unless it answers a CONNECT.
    pub(super) until_close: bool,
}

crate::base::pack::pack_enum!(Asked { 0 Plain, 1 Head, 2 Cut(request), 3 Connect, 4 WebSocket(asking), 5 Told, 6 Lost(had) });
crate::base::pack::pack_struct!(Asking { request, perhaps, had });
crate::base::pack::pack_struct!(Answered { head, end, received, until_close });
