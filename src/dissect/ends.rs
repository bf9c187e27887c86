//! Who sent a packet to whom, for whoever chooses packets before they are dissected.

use std::net::SocketAddr;

use crate::base::Packet;
use crate::net::{Net, Transport};

/// Reads packets as far as TCP.
#[derive(Debug, Default)]
pub struct Ends(Net);

/// A segment of TCP, as far as it says whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent<'a> {
    /// Who sent it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// It asks for a connection: SYN, and no ACK (RFC 9293 section 3.5).
    pub opens: bool,
    /// What it carries.
    pub payload: &'a [u8],
}

impl Ends {
    /// Hands over the segments of a packet: one, mostly.
    pub fn push(&mut self, packet: &Packet<'_>, mut each: impl FnMut(Sent<'_>)) {
        self.0.push(packet.link, packet.data, packet.wire_len, packet.at(), |transport| {
            let Transport::Tcp(segment) = transport else { return };
            let (ends, flags) = (segment.endpoints, segment.flags);
            let opens = flags.syn() && !flags.ack();
            each(Sent { from: ends.source(), to: ends.destination(), opens, payload: segment.payload });
        });
    }
}
