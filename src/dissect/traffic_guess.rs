//! What a TCP connection carries that is not WebSocket.
//!
//! In: the first bytes of payload that the capture has of a connection. Out: a [`TrafficGuess`], for the totals and for the
//! user who finds no frames and wonders why. It decides nothing: whether a connection is WebSocket is told by its
//! handshake or by the shape of its frames, whatever stands here. Any bytes are valid input.

use crate::http::{Sniff, h2::is_settings, sniff};

/// What the first bytes of a connection say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TrafficGuess {
    /// No payload.
    #[default]
    Silent,
    /// HTTP/1 without an upgrade to WebSocket.
    Http,
    /// HTTP/2, by its preface: the client's, or the SETTINGS frame that is the server's (RFC 9113 section 3.4).
    Http2,
    /// TLS, by its record header (RFC 8446 section 5.1).
    Tls,
    /// Something else.
    Unknown,
}

impl TrafficGuess {
    /// All of them, in the order in which they are told.
    pub const ALL: [TrafficGuess; 5] =
        [TrafficGuess::Tls, TrafficGuess::Http2, TrafficGuess::Http, TrafficGuess::Unknown, TrafficGuess::Silent];

    /// Looks at the first bytes of payload.
    ///
    /// ```
    /// use sockeye::dissect::TrafficGuess;
    /// assert_eq!(TrafficGuess::of(&[0x16, 0x03, 0x01, 0x02, 0x00]), TrafficGuess::Tls);
    /// assert_eq!(TrafficGuess::of(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), TrafficGuess::Http2);
    /// assert_eq!(TrafficGuess::of(&[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100]), TrafficGuess::Http2);
    /// assert_eq!(TrafficGuess::of(b"GET / HTTP/1.1\r\n"), TrafficGuess::Http);
    /// assert_eq!(TrafficGuess::of(b"\x00\x01"), TrafficGuess::Unknown);
    /// assert_eq!(TrafficGuess::of(b""), TrafficGuess::Silent);
    /// ```
    #[must_use]
    pub fn of(first: &[u8]) -> TrafficGuess {
        match first {
            [] => TrafficGuess::Silent,
            // Content types 20 to 23, and a version from SSL 3.0 to TLS 1.3.
            [20..=23, 3, 0..=4, ..] => TrafficGuess::Tls,
            _ if first.starts_with(b"PRI * HTTP/2") || is_settings(first) => TrafficGuess::Http2,
            _ if sniff(first) == Sniff::Foreign => TrafficGuess::Unknown,
            _ => TrafficGuess::Http,
        }
    }

    /// Its name in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TrafficGuess::Silent => "without payload",
            TrafficGuess::Http => "HTTP",
            TrafficGuess::Http2 => "HTTP/2",
            TrafficGuess::Tls => "TLS",
            TrafficGuess::Unknown => "other",
        }
    }
}

/// How many connections carried what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Others {
    counts: [u64; TrafficGuess::ALL.len()],
}

impl Others {
    /// One more connection that is not WebSocket.
    pub(super) fn add(&mut self, carried: TrafficGuess) {
        for (kind, count) in TrafficGuess::ALL.into_iter().zip(&mut self.counts) {
            *count += u64::from(kind == carried);
        }
    }

    /// What another shard counted.
    pub(super) fn plus(mut self, other: Others) -> Others {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self
    }

    /// Kinds that were met, and how many connections each.
    pub fn iter(&self) -> impl Iterator<Item = (TrafficGuess, u64)> {
        TrafficGuess::ALL.into_iter().zip(self.counts).filter(|(_, count)| *count > 0)
    }
}

crate::base::pack::pack_enum!(TrafficGuess { 0 Silent, 1 Http, 2 Http2, 3 Tls, 4 Unknown });
