//! What was read and told so far, in numbers.

use super::datagrams::Quic;
use super::traffic_guess::Others;
use crate::base::Timestamp;
use crate::{net, tcp};

/// What was read so far.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Packets by kind.
    pub net: net::Counts,
    /// TCP connections.
    pub tcp: tcp::Counts,
    /// What those carry that are over and are not WebSocket, nor asked to be.
    pub others: Others,
    /// What was there and was not followed to its end.
    pub given_up: GivenUp,
    /// What clients of QUIC asked for: most first.
    pub quic: Vec<Quic>,
    /// Frames told.
    pub frames: u64,
    /// Messages told.
    pub messages: u64,
    /// Frames, messages and connections told before something that ended earlier, because too many were held
    /// ([`crate::base::limits::HELD_ITEMS`]).
    pub early: u64,
    /// Frames, messages and connections that were held in a temporary file and could not be read back. They have their
    /// numbers, and are counted as if they had been told.
    pub lost: u64,
    /// Time of the earliest and the latest packet.
    pub span: Option<(Timestamp, Timestamp)>,
}

/// What was given up because there was too much of its kind at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GivenUp {
    /// Streams of HTTP/2 connections that have more open than are followed ([`crate::base::limits::HTTP2_STREAMS`]).
    pub streams: u64,
    /// Bytes on streams of HTTP/2 without a request in the capture, of which too many were open to look whether they are WebSockets
    /// ([`crate::base::limits::HTTP2_PROBES`]).
    pub unprobed: u64,
    /// TLS connections that were over, and whose keys could have come yet ([`crate::base::limits::TLS_AFTERLIFE_BYTES`]).
    pub sealed: u64,
}

impl GivenUp {
    /// What another shard counted, too.
    fn plus(self, other: GivenUp) -> GivenUp {
        GivenUp {
            streams: self.streams + other.streams,
            unprobed: self.unprobed + other.unprobed,
            sealed: self.sealed + other.sealed,
        }
    }
}

/// What a shard has counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) tcp: tcp::Counts,
    pub(super) others: Others,
    pub(super) given_up: GivenUp,
}

impl Tally {
    /// The same of two shards.
    pub(super) fn plus(self, other: Tally) -> Tally {
        let tcp = tcp::Counts {
            connections: self.tcp.connections + other.tcp.connections,
            forgotten: self.tcp.forgotten + other.tcp.forgotten,
            stray: self.tcp.stray + other.tcp.stray,
        };
        Tally { tcp, others: self.others.plus(other.others), given_up: self.given_up.plus(other.given_up) }
    }
}

/// What was told so far; frames and messages that were lost count among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Totals {
    pub(super) frames: u64,
    pub(super) messages: u64,
    /// See [`Counts::early`].
    pub(super) early: u64,
    /// See [`Counts::lost`].
    pub(super) lost: u64,
}
