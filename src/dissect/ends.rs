//! Who sent a packet to whom, for whoever chooses packets before they are dissected.

use std::net::SocketAddr;

use crate::base::Packet;
use crate::net::{self, Net, Transport};

/// Reads packets as far as TCP and UDP.
#[derive(Debug, Default)]
pub struct Ends(Net);

/// A segment of TCP or a datagram of UDP, as far as it says whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent<'a> {
    /// Who sent it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// It asks for a connection: SYN, and no ACK (RFC 9293 section 3.5).
    pub opens: bool,
    /// It is a datagram of UDP.
    pub udp: bool,
    /// What it carries, as far as it was captured.
    pub payload: &'a [u8],
    /// Bytes of that which were not captured.
    pub cut: u32,
}

impl Sent<'_> {
    /// It is a datagram that begins with a long header of QUIC, in a version that is known.
    #[must_use]
    pub fn looks_like_quic(&self) -> bool {
        self.udp && net::looks_like_quic(self.payload)
    }
}

impl Ends {
    /// Hands over the segments and datagrams of a packet: one, mostly.
    pub fn push(&mut self, packet: &Packet<'_>, mut each: impl FnMut(Sent<'_>)) {
        self.0.push(packet.link, packet.data, packet.wire_len, packet.at(), |transport| {
            let (ends, opens, udp, payload, cut) = match transport {
                Transport::Tcp(segment) => {
                    let opens = segment.flags.syn() && !segment.flags.ack();
                    (segment.endpoints, opens, false, segment.payload, segment.cut)
                }
                Transport::Udp(datagram) => (datagram.endpoints, false, true, datagram.payload, datagram.cut),
            };
            each(Sent { from: ends.source(), to: ends.destination(), opens, udp, payload, cut });
        });
    }
}
