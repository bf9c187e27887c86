//! One TCP segment with its addresses, borrowed from a packet.

use std::net::{IpAddr, SocketAddr};

/// Source and destination of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Endpoints {
    /// Source address.
    pub source: IpAddr,
    /// Destination address.
    pub destination: IpAddr,
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
}

impl Endpoints {
    /// Source address and port.
    #[must_use]
    pub fn source(&self) -> SocketAddr {
        SocketAddr::new(self.source, self.source_port)
    }

    /// Destination address and port.
    #[must_use]
    pub fn destination(&self) -> SocketAddr {
        SocketAddr::new(self.destination, self.destination_port)
    }

    /// The group of the connection: below [`Endpoints::GROUPS`], the same for both directions and in every run, and
    /// about as many connections in each. Workers and caps go by groups, so that what a cap decides does not depend on
    /// the number of workers.
    #[must_use]
    #[inline]
    pub fn group(&self) -> u16 {
        // A sum does not care for the order of its terms.
        let sum = word(&self.source, self.source_port).wrapping_add(word(&self.destination, self.destination_port));
        u16::from(sum.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0])
    }

    /// Number of groups.
    pub const GROUPS: usize = 256;
}

#[inline]
fn word(address: &IpAddr, port: u16) -> u64 {
    let address = match address {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => {
            let (high, low) = (address.to_bits() >> 64, address.to_bits() & u128::from(u64::MAX));
            u64::try_from((high ^ low.rotate_left(7)) & u128::from(u64::MAX)).unwrap_or(0)
        }
    };
    (address << 16 | u64::from(port)).wrapping_mul(0xff51_afd7_ed55_8ccd)
}

/// The flag bits of a TCP header (RFC 9293 section 3.1), low byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: u8 = 0x01;
    /// Synchronise sequence numbers.
    pub const SYN: u8 = 0x02;
    /// Reset the connection.
    pub const RST: u8 = 0x04;
    /// Push.
    pub const PSH: u8 = 0x08;
    /// The acknowledgement number counts.
    pub const ACK: u8 = 0x10;

    /// FIN is set.
    #[must_use]
    pub fn fin(self) -> bool {
        self.0 & Self::FIN != 0
    }

    /// SYN is set.
    #[must_use]
    pub fn syn(self) -> bool {
        self.0 & Self::SYN != 0
    }

    /// RST is set.
    #[must_use]
    pub fn rst(self) -> bool {
        self.0 & Self::RST != 0
    }

    /// ACK is set.
    #[must_use]
    pub fn ack(self) -> bool {
        self.0 & Self::ACK != 0
    }
}

/// What the checksum of a segment says ([`Segment::checksum`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Checksum {
    /// Header and payload are as they were sent.
    Right,
    /// They are not.
    Wrong,
    /// It was captured before the network card wrote it: the field is zero, or holds what the card is to add to.
    Unwritten,
    /// Not all that it covers is at hand.
    Unknown,
}

/// One TCP segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Who sent it to whom.
    pub endpoints: Endpoints,
    /// Sequence number of the first payload byte, or of SYN where that is set (RFC 9293 section 3.1).
    pub sequence: u32,
    /// Acknowledgement number; meaningless unless ACK is set.
    pub acknowledgement: u32,
    /// Flag bits.
    pub flags: TcpFlags,
    /// Window field, not scaled.
    pub window: u16,
    /// Header and payload, where they stand in one piece; else the payload alone.
    pub whole: &'a [u8],
    /// Captured payload bytes.
    pub payload: &'a [u8],
    /// Payload bytes that followed on the wire and that the snap length cut.
    pub cut: u32,
    /// Where `payload` starts in the packet's bytes; `None` where it was put together from fragments.
    pub payload_offset: Option<u32>,
}

impl<'a> Segment<'a> {
    /// The TCP header, where it stands in one piece before the payload; else nothing.
    #[must_use]
    #[inline]
    pub fn header(&self) -> &'a [u8] {
        let len = self.whole.len().saturating_sub(self.payload.len());
        self.whole.get(..len).unwrap_or_default()
    }
}
