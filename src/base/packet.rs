//! One captured packet, borrowed from the reader's buffer.

use super::ids::PacketNumber;
use super::time::{At, Timestamp};

/// Link-layer type of an interface, a LINKTYPE_ value of the registry at tcpdump.org (not a DLT_ value).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: four bytes of address family in the byte order of the capturing machine.
    pub const NULL: LinkType = LinkType(0);
    /// Ethernet.
    pub const ETHERNET: LinkType = LinkType(1);
    /// PPP.
    pub const PPP: LinkType = LinkType(9);
    /// PPPoE session, without Ethernet.
    pub const PPP_ETHER: LinkType = LinkType(51);
    /// Raw IPv4 or IPv6.
    pub const RAW: LinkType = LinkType(101);
    /// OpenBSD loopback: four bytes of address family, big-endian.
    pub const LOOP: LinkType = LinkType(108);
    /// Linux cooked capture, version 1.
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// Raw IPv4.
    pub const IPV4: LinkType = LinkType(228);
    /// Raw IPv6.
    pub const IPV6: LinkType = LinkType(229);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);
}

/// One packet of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// 1-based, in the order of the capture.
    pub number: PacketNumber,
    /// When it was captured.
    pub time: Timestamp,
    /// What `data` starts with.
    pub link: LinkType,
    /// The captured bytes, from the link header.
    pub data: &'a [u8],
    /// Bytes the packet had on the wire; more than `data.len()` where the snap length cut it.
    pub wire_len: u32,
    /// Interface it was captured on: an index over all sections of the file.
    pub interface: u32,
    /// Where `data` starts in the uncompressed capture, bytes from its beginning; to read the packet again.
    pub position: u64,
    /// The packet comment, where the capture has one (pcapng `opt_comment`; several are joined by newlines).
    pub comment: Option<&'a str>,
}

impl Packet<'_> {
    /// Number and time.
    #[must_use]
    pub fn at(&self) -> At {
        At { packet: self.number, time: self.time }
    }
}
