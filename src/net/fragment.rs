//! A piece of an IP datagram, and whose it is.

use std::net::IpAddr;

/// Source and destination of the innermost IP header read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Addresses {
    /// Source address.
    pub source: IpAddr,
    /// Destination address.
    pub destination: IpAddr,
}

/// A piece of an IP datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// Who sent the datagram to whom.
    pub addresses: Addresses,
    /// The sender's number of the datagram: 16 bits in IPv4, 32 in IPv6.
    pub identification: u32,
    /// Protocol (next header) of the datagram's payload; in IPv6 only that of the first fragment counts.
    pub protocol: u8,
    /// Where `payload` belongs in the datagram's payload, bytes.
    pub offset: u32,
    /// More fragments follow this one.
    pub more: bool,
    /// Captured bytes.
    pub payload: &'a [u8],
    /// Bytes that followed `payload` in this fragment and that the snap length cut.
    pub cut: u32,
}
