//! UDP datagrams, beside the connections of TCP: what clients of QUIC ask for.
//!
//! In: the datagrams of a capture, in order. Out: [`Quic`], for the totals. Without TLS nothing is read of them.

use crate::net::UdpDatagram;
#[cfg(feature = "tls")]
use crate::tls::quic::{Clients, version_name};

/// What clients of QUIC asked for, and how many of their connections did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quic {
    /// The server's name, where one was asked for.
    pub server_name: Option<String>,
    /// The protocols that were offered, best first.
    pub alpn: Vec<String>,
    /// The version: `1` (RFC 9000), `2` (RFC 9369), or a draft's name.
    pub version: String,
    /// Connections.
    pub connections: u64,
}

/// What is known of them.
#[derive(Debug, Default)]
pub(super) struct Datagrams {
    #[cfg(feature = "tls")]
    clients: Clients,
}

impl Datagrams {
    /// The next one.
    #[cfg(feature = "tls")]
    pub(super) fn push(&mut self, datagram: &UdpDatagram<'_>) {
        if crate::net::looks_like_quic(datagram.payload) {
            let (from, to) = (datagram.endpoints.source(), datagram.endpoints.destination());
            let cut = crate::base::number::narrow(datagram.cut.into());
            self.clients.push(from, to, datagram.payload, datagram.payload.len() + cut);
        }
    }

    /// The next one.
    #[cfg(not(feature = "tls"))]
    pub(super) fn push(&mut self, _: &UdpDatagram<'_>) {}

    /// What was asked for so far, most first.
    #[cfg(feature = "tls")]
    pub(super) fn quic(&self) -> Vec<Quic> {
        let asked = self.clients.seen().by_asked().into_iter();
        let of = |(asked, connections): (&crate::tls::quic::Asked, u64)| Quic {
            server_name: asked.server_name.clone(),
            alpn: asked.alpn.clone(),
            version: version_name(asked.version),
            connections,
        };
        asked.map(of).collect()
    }

    /// What was asked for so far, most first.
    #[cfg(not(feature = "tls"))]
    pub(super) fn quic(&self) -> Vec<Quic> {
        Vec::new()
    }
}
