//! Requests with their responses (RFC 9110 section 3.4), once both are over.
//!
//! In: nothing. Out: the words in which [`super::Connection`] tells what was asked and answered.

use super::head::{RequestHead, ResponseHead};
use crate::base::{At, Side};

/// A request and its final response.
///
/// Interim responses are no part of it. Where the capture began between the two, or lacks some, they are paired in
/// order (RFC 9112 section 9.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The side that asked.
    pub client: Side,
    /// The request; `None` where the capture lacks its first line.
    pub request: Option<Message<RequestHead>>,
    /// The response; `None` where the capture lacks it, or ended before it.
    pub response: Option<Message<ResponseHead>>,
}

/// A request or a response as it was on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<H> {
    /// Its head, with the status of a response.
    pub head: H,
    /// Where it begins in its side's stream, counted from the first byte or gap pushed.
    pub offset: u64,
    /// Bytes of the head, the empty line included.
    pub head_bytes: u64,
    /// Bytes of the body, as it is framed: of chunks their sizes and ends too. Gaps count.
    pub body_bytes: u64,
    /// Where its first byte arrived.
    pub first: At,
    /// Where its last byte arrived, as far as it was read.
    pub last: At,
    /// Its last byte was read. What ends with its connection never is.
    pub whole: bool,
}

/// What an exchange came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExchangeKind {
    /// An ordinary request, whatever its response.
    Plain,
    /// An upgrade that was accepted (RFC 9110 section 7.8).
    Upgraded,
    /// An upgrade to WebSocket that was answered otherwise.
    Refused,
    /// A CONNECT that was accepted (RFC 9110 section 9.3.6).
    Tunnel,
}

impl Exchange {
    /// What it came to, by its heads.
    #[must_use]
    pub fn kind(&self) -> ExchangeKind {
        let request = self.request.as_ref().map(|request| &request.head);
        match self.response.as_ref().map(|response| response.head.status) {
            Some(101) => ExchangeKind::Upgraded,
            Some(200..300) if request.is_some_and(|request| request.method == "CONNECT") => ExchangeKind::Tunnel,
            Some(_) if request.is_some_and(RequestHead::asks_for_websocket) => ExchangeKind::Refused,
            _ => ExchangeKind::Plain,
        }
    }
}

/// An upgrade that was asked for and not granted: told with the body of the response, as soon as that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The side that asked.
    pub client: Side,
    /// The request.
    pub request: RequestHead,
    /// The response; its status is not 101.
    pub response: ResponseHead,
    /// What the response says besides.
    pub body: RefusalBody,
}

/// The body of a response that refused an upgrade, chunks put together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RefusalBody {
    /// Its beginning, up to [`crate::base::limits::REFUSAL_BODY_BYTES`] or the first byte that the capture lacks.
    pub bytes: Vec<u8>,
    /// How long it is, as far as it was read.
    pub length: u64,
}

/// An upgrade that was asked for, and to which nothing had come when the connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// The side that asked.
    pub client: Side,
    /// The request.
    pub request: RequestHead,
    /// The answer may be among bytes that the capture lacks.
    pub doubtful: bool,
}

/// What calls of [`super::Connection`] have told besides their verdicts.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// Upgrades that were refused.
    pub refused: Vec<Refusal>,
    /// Upgrades that were never answered: told at the end.
    pub unanswered: Vec<Unanswered>,
    /// Exchanges that are over, in that order, where they are wanted.
    pub exchanges: Vec<Exchange>,
    /// Somebody wants exchanges; to be the same in all calls for a connection.
    pub wants_exchanges: bool,
}

crate::base::pack::pack_struct!(Refusal { client, request, response, body });
crate::base::pack::pack_struct!(RefusalBody { bytes, length });
crate::base::pack::pack_struct!(Unanswered { client, request, doubtful });
crate::base::pack::pack_struct!(Exchange { client, request, response });
crate::base::pack::pack_struct!(Message<RequestHead> { head, offset, head_bytes, body_bytes, first, last, whole });
crate::base::pack::pack_struct!(Message<ResponseHead> { head, offset, head_bytes, body_bytes, first, last, whole });
