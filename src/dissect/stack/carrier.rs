//! What a connection's bytes are, below WebSocket: the layer that knows where a socket's bytes begin.
//!
//! In: parts of two streams. Out: a verdict on them, or nothing where they are a socket's. A connection begins as HTTP/1
//! (which tells with the first byte where it is not), and is probed where it is something else.

use super::Layer;
use super::http2::Http2;
use super::socket::OpenSocket;
use crate::base::PacketNumber;
use crate::dissect::probe::Probe;
use crate::http;

/// What carries a socket.
#[derive(Debug)]
pub(super) enum Carrier {
    /// Undecided, or HTTP/1, up to an upgrade that is accepted; behind it each side's bytes are the socket's as soon as HTTP
    /// does not want them.
    Http1 {
        http: http::Connection,
        /// It began after other bytes: its offsets are not those of the TCP stream.
        late: bool,
    },
    /// Not HTTP, and perhaps WebSocket joined mid-stream.
    Probe(Box<Probe>),
    /// HTTP/2, which has sockets of its own, a stream each.
    Http2(Box<Http2>),
    /// Nothing but a socket's bytes, or nothing of interest.
    Raw,
}

impl Default for Carrier {
    fn default() -> Carrier {
        Carrier::Http1 { http: http::Connection::default(), late: false }
    }
}

impl Carrier {
    /// HTTP begins behind something that led to it.
    pub(super) fn late_http() -> Carrier {
        Carrier::Http1 { http: http::Connection::default(), late: true }
    }

    /// Sockets that are its own.
    pub(super) fn sockets(&mut self) -> impl Iterator<Item = &mut OpenSocket> {
        let http2 = if let Carrier::Http2(http2) = self { Some(http2) } else { None };
        http2.into_iter().flat_map(|http2| http2.sockets())
    }
}

impl Layer for Carrier {
    fn pending(&self) -> Option<PacketNumber> {
        match self {
            Carrier::Http1 { http, .. } => http.oldest_pending(),
            Carrier::Probe(probe) => probe.oldest_pending(),
            Carrier::Http2(http2) => http2.pending(),
            Carrier::Raw => None,
        }
    }

    fn memory(&self) -> usize {
        match self {
            Carrier::Http1 { http, .. } => http.held_bytes(),
            Carrier::Probe(probe) => probe.held_bytes(),
            Carrier::Http2(http2) => http2.memory(),
            Carrier::Raw => 0,
        }
    }

    fn may_park(&self) -> bool {
        true
    }
}

crate::base::pack::pack_enum!(Carrier { 0 Http1 { http, late }, 1 Probe(probe), 2 Raw, 3 Http2(http2) });
