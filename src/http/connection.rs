//! One TCP connection, as HTTP sees it.
//!
//! In: pieces, gaps and the end of both sides. Out: a [`Verdict`] a call. An idle connection is as small as a pointer;
//! memory is taken at the first byte that fits HTTP.

use super::exchange::Exchanges;
use super::head::{RequestHead, ResponseHead};
use super::held::Held;
use super::sniff::{Sniff, sniff};
use crate::base::{At, PacketNumber, Side, Sides};

/// The next bytes of one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Where they arrived.
    pub at: At,
    /// Where they lie in the capture, if in one place; handed on with bytes that are held.
    pub position: Option<u64>,
}

impl<'a> Piece<'a> {
    /// The piece without its first `len` bytes.
    #[must_use]
    pub fn after(self, len: usize) -> Piece<'a> {
        let moved = u64::try_from(len).unwrap_or(u64::MAX);
        Piece {
            bytes: self.bytes.get(len..).unwrap_or_default(),
            position: self.position.map(|position| position.saturating_add(moved)),
            ..self
        }
    }

    /// The first `len` bytes of the piece.
    #[must_use]
    pub fn up_to(self, len: usize) -> Piece<'a> {
        Piece { bytes: self.bytes.get(..len).unwrap_or(self.bytes), ..self }
    }
}

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
    /// WebSocket bytes of each side that were held; they come before the rest of the piece.
    pub held: Sides<Held>,
    /// WebSocket bytes of the piece just pushed start at this index; its length where there are none.
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
/// A capture that shuffles packets shows the same order: this is told only where [`Connection::acknowledged`] has shown
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
    pub held: Sides<Held>,
    /// Those of the piece just pushed start at this index.
    pub rest: usize,
    /// A CONNECT was accepted before (RFC 9110 section 9.3.6): this is what is in the tunnel.
    pub tunnel: bool,
}

impl Other {
    /// The first byte of all shows it.
    fn at_once() -> Other {
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
    /// A head has no end within [`crate::base::limits::HTTP_HEAD_BYTES`].
    TooLong,
    /// The connection changed to another protocol (a 101 response that is not WebSocket's).
    Switched,
    /// The connection ended before it could be told.
    Unfinished,
}

/// An upgrade that was asked for and not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The side that asked.
    pub client: Side,
    /// The request.
    pub request: RequestHead,
    /// The response; its status is not 101.
    pub response: ResponseHead,
}

/// The HTTP exchanges of one TCP connection.
///
/// ```
/// use sockeye::base::{At, Side};
/// use sockeye::http::{Connection, Piece, Verdict};
///
/// let piece = |bytes| Piece { bytes, at: At::default(), position: None };
/// let mut connection = Connection::default();
/// let mut refused = Vec::new();
/// let request = b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
/// assert_eq!(connection.push(Side::A, piece(request), &mut refused), Verdict::Undecided);
/// let response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x00";
/// let Verdict::WebSocket(upgrade) = connection.push(Side::B, piece(response), &mut refused) else { panic!() };
/// assert_eq!(upgrade.client, Side::A);
/// assert_eq!(response[upgrade.rest..], [0x81, 0x00]);
/// ```
#[derive(Debug, Default)]
pub struct Connection(Stage);

#[derive(Debug)]
enum Stage {
    /// No byte yet; what the next sender has received ([`u64::MAX`]: unknown), so that this stays two words.
    New(u64),
    Reading(Box<Exchanges>),
    Done,
}

impl Default for Stage {
    fn default() -> Stage {
        Stage::New(u64::MAX)
    }
}

impl Connection {
    /// Takes the next bytes of a side. Upgrades that were refused are put into `refused`.
    pub fn push(&mut self, side: Side, piece: Piece<'_>, refused: &mut Vec<Refusal>) -> Verdict {
        if let Stage::New(received) = self.0 {
            if sniff(piece.bytes) == Sniff::Foreign {
                self.0 = Stage::Done;
                return Verdict::Other(Box::new(Other::at_once()));
            }
            self.0 = Stage::Reading(Box::default());
            if received != u64::MAX {
                self.acknowledged(side, received);
            }
        }
        self.with(refused, |exchanges| exchanges.push(side, piece))
    }

    /// What `side` sends next, it sends having received the first `bytes` bytes of the other side's stream (a TCP
    /// acknowledgement number, counted as [`Start::offset`]). Without it, order in the capture stands for order in time.
    pub fn acknowledged(&mut self, side: Side, bytes: u64) {
        match &mut self.0 {
            Stage::New(received) => *received = bytes,
            Stage::Reading(exchanges) => exchanges.acknowledged(side, bytes),
            Stage::Done => {}
        }
    }

    /// `len` bytes of a side are not in the capture; `at` is where that became known.
    pub fn gap(&mut self, side: Side, len: u64, at: At, refused: &mut Vec<Refusal>) -> Verdict {
        self.with(refused, |exchanges| exchanges.gap(side, len, at))
    }

    /// The capture has come to `now`: what was held for long is decided without its response.
    pub fn tick(&mut self, now: At, refused: &mut Vec<Refusal>) -> Verdict {
        match &self.0 {
            Stage::Reading(exchanges) if exchanges.has_waited(now) => self.with(refused, Exchanges::decide),
            _ => Verdict::Undecided,
        }
    }

    /// Both sides have ended: what is held is decided as well as it can be.
    pub fn finish(&mut self, refused: &mut Vec<Refusal>) -> Verdict {
        match &self.0 {
            Stage::Reading(_) => self.with(refused, Exchanges::finish),
            _ => Verdict::Undecided,
        }
    }

    /// The smallest packet number among bytes that are held and may still become frames.
    #[must_use]
    pub fn oldest_pending(&self) -> Option<PacketNumber> {
        match &self.0 {
            Stage::Reading(exchanges) => exchanges.oldest_pending(),
            _ => None,
        }
    }

    /// Memory that held bytes take, about.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        match &self.0 {
            Stage::Reading(exchanges) => exchanges.held_bytes(),
            _ => 0,
        }
    }

    /// This side's bytes belong here.
    #[must_use]
    pub fn wants(&self, side: Side) -> bool {
        match &self.0 {
            Stage::New(_) => true,
            Stage::Reading(exchanges) => exchanges.wants(side),
            Stage::Done => false,
        }
    }

    fn with(&mut self, refused: &mut Vec<Refusal>, call: impl FnOnce(&mut Exchanges) -> Verdict) -> Verdict {
        if matches!(self.0, Stage::New(_)) {
            self.0 = Stage::Reading(Box::default());
        }
        let Stage::Reading(exchanges) = &mut self.0 else { return Verdict::Passed };
        let verdict = call(exchanges);
        refused.append(&mut exchanges.refused);
        let passed = !exchanges.wants(Side::A) && !exchanges.wants(Side::B);
        if passed || matches!(verdict, Verdict::Other(_)) {
            self.0 = Stage::Done;
        }
        verdict
    }
}

impl crate::base::pack::Pack for Connection {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Connection> {
        Stage::unpack(from).map(Connection)
    }
}

crate::base::pack::pack_enum!(Stage { 0 New(received), 1 Reading(exchanges), 2 Done });
crate::base::pack::pack_struct!(Start { offset, certain });
crate::base::pack::pack_struct!(Early { bytes, first });
crate::base::pack::pack_struct!(Upgrade { client, request, response, starts, held, rest, early });
crate::base::pack::pack_struct!(Refusal { client, request, response });
crate::base::pack::pack_enum!(Reason { 0 Foreign, 1 Gap, 2 Framing, 3 TooLong, 4 Switched, 5 Unfinished });
