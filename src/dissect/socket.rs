//! What is known of one WebSocket as a whole: the record that is told when it opens and when it is over.
//!
//! In: nothing. Out: [`Socket`], and why something is taken for one ([`Evidence`]).

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use super::carriage::{Guess, Http2, Tls};
use crate::base::{At, Direction, Note, Owner, PerDirection, SocketId};
use crate::websocket::{FirstClose, Handshake, Sent};

/// Why a connection is taken for WebSocket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Evidence {
    /// An opening handshake was seen, or one half of it.
    Handshake,
    /// An upgrade was asked for and refused: not WebSocket. The status code is in the handshake.
    Refused,
    /// An upgrade was asked for and never answered: not WebSocket, as far as anybody knows.
    Unanswered(WaitEnd),
    /// Joined after the handshake; recognised by the shape of its frames, with a confidence from 0 to 1.
    MidStream {
        /// 0 to 1.
        confidence: f32,
    },
    /// The user said so.
    DecodeAs,
    /// TLS that nobody has keys for, or that holds none: not WebSocket, as far as anybody knows. What is known of it, and whether
    /// it behaves like one, is in [`Tls`].
    Tls,
}

/// How the wait for an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitEnd {
    /// What ended it.
    pub how: EndedHow,
    /// Who did; `None` where the capture ended first.
    pub by: Option<Direction>,
    /// Nanoseconds since the last byte of the request.
    pub after: i64,
}

/// What ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedHow {
    /// A side has finished (RFC 9293 section 3.6).
    Fin,
    /// A side has reset it (section 3.5.2).
    Reset,
    /// The capture ended, or the connection went on without a word for too long.
    Capture,
}

impl EndedHow {
    /// The name as outputs write it: `fin`, `reset`, `capture`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EndedHow::Fin => "fin",
            EndedHow::Reset => "reset",
            EndedHow::Capture => "capture",
        }
    }
}

impl fmt::Display for WaitEnd {
    /// `the client finished after 1.501 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.by, self.how) {
            (Some(by), EndedHow::Reset) => write!(f, "the {} reset", by.name())?,
            (Some(by), _) => write!(f, "the {} finished", by.name())?,
            (None, _) => write!(f, "the capture ended")?,
        }
        let milliseconds = self.after.saturating_add(500_000) / 1_000_000;
        write!(f, " after {}.{:03} s", milliseconds / 1000, (milliseconds % 1000).abs())
    }
}

impl Evidence {
    /// It is WebSocket: more than an upgrade that was asked for.
    #[must_use]
    pub fn is_websocket(&self) -> bool {
        !matches!(self, Evidence::Refused | Evidence::Unanswered(_) | Evidence::Tls)
    }

    /// The name as outputs write it: `handshake`, `refused`, `unanswered`, `mid-stream`, `decode-as`, `tls`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Evidence::Handshake => "handshake",
            Evidence::Refused => "refused",
            Evidence::Unanswered(_) => "unanswered",
            Evidence::MidStream { .. } => "mid-stream",
            Evidence::DecodeAs => "decode-as",
            Evidence::Tls => "tls",
        }
    }

    /// A confidence in percent: rounded down, and never all of a hundred, for a shape is no proof.
    #[must_use]
    pub fn percent(confidence: f32) -> u8 {
        let below = |percent: &u8| f32::from(*percent) <= confidence * 100.0;
        (0..=99).rev().find(below).unwrap_or(0)
    }

    /// A confidence as a number of three places below 1, for whoever computes with it.
    #[must_use]
    pub fn share(confidence: f32) -> f32 {
        if confidence.is_finite() { confidence.clamp(0.0, 0.999) } else { 0.0 }
    }
}

/// What is WebSocket, or asked to be: a TCP connection, or one stream of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Socket {
    /// Its connection, by number among all TCP connections of the capture, and its stream where it has one.
    pub id: SocketId,
    /// The client's address and port.
    pub client: SocketAddr,
    /// The server's address and port.
    pub server: SocketAddr,
    /// Why it is taken for WebSocket.
    pub evidence: Evidence,
    /// The opening handshake, as far as the capture has it.
    pub handshake: Option<Box<Handshake>>,
    /// TLS below it.
    pub tls: Option<Arc<Tls>>,
    /// HTTP/2 that carries it, where it is a stream of that.
    pub http2: Option<Box<Http2>>,
    /// The process that has it, where it was captured on the machine of one and somebody looks; it may be told later.
    pub process: Owner,
    /// What each side sent.
    pub totals: PerDirection<Sent>,
    /// The first close frame.
    pub close: Option<FirstClose>,
    /// Its first packet.
    pub first: At,
    /// Its last packet.
    pub last: At,
    /// Notes on the socket itself: handshake, TCP, close.
    pub notes: Vec<Note>,
}

impl Socket {
    /// What is supposed of it, where nothing more is known.
    #[must_use]
    pub fn guess(&self) -> Option<&Guess> {
        self.tls.as_ref().filter(|_| self.evidence == Evidence::Tls)?.guess.as_ref()
    }

    /// How sure it is that it is a WebSocket, below 1, where that is a question.
    #[must_use]
    pub fn confidence(&self) -> Option<f32> {
        match self.evidence {
            Evidence::MidStream { confidence } => Some(Evidence::share(confidence)),
            Evidence::Tls => self.guess().map(|guess| f32::from(guess.percent) / 100.0),
            _ => None,
        }
    }

    /// What carries it, in a word or two: `wss`, `h2`, `wss h2`; nothing where TCP does, or where it is no WebSocket.
    #[must_use]
    pub fn carriage(&self) -> &'static str {
        match (&self.tls, &self.http2) {
            _ if self.evidence == Evidence::Tls => "",
            (None, None) => "",
            (Some(_), None) => "wss",
            (None, Some(_)) => "h2",
            (Some(_), Some(_)) => "wss h2",
        }
    }
}

crate::base::pack::pack_enum!(Evidence { 0 Handshake, 1 Refused, 2 MidStream { confidence }, 3 DecodeAs, 4 Unanswered(ending), 5 Tls });
crate::base::pack::pack_struct!(WaitEnd { how, by, after });
crate::base::pack::pack_enum!(EndedHow { 0 Fin, 1 Reset, 2 Capture });
crate::base::pack::pack_struct!(Socket {
    id,
    client,
    server,
    evidence,
    handshake,
    tls,
    http2,
    process,
    totals,
    close,
    first,
    last,
    notes
});
