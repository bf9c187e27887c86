//! From the link type of a capture to its first header.
//!
//! In: a [`LinkType`]. Out: what packets of it start with, or a [`Kind`] to count.

use super::kind::Kind;
use super::next::Next;
use crate::base::LinkType;

/// What a link type starts with.
#[inline]
pub(super) fn first(link: LinkType) -> Result<Next, Kind> {
    Ok(match link {
        LinkType::ETHERNET => Next::Ethernet,
        LinkType::LINUX_SLL => Next::Cooked,
        LinkType::LINUX_SLL2 => Next::Cooked2,
        LinkType::NULL | LinkType::LOOP => Next::Loopback,
        // 12 and 14 are DLT_RAW of BSD and OpenBSD, which some tools write into files.
        LinkType::RAW | LinkType(12 | 14) => Next::Ip,
        LinkType::IPV4 => Next::Ipv4,
        LinkType::IPV6 => Next::Ipv6,
        // 50 is PPP in HDLC-like framing.
        LinkType::PPP | LinkType(50) => Next::Ppp,
        LinkType::PPP_ETHER => Next::PppoeSession,
        // Cisco HDLC: address, control, Ethernet type.
        LinkType(104) => Next::Hdlc,
        // FDDI: frame control and two addresses.
        LinkType(10) => Next::Fddi,
        LinkType(105) => Next::Wireless { padded: false },
        LinkType(127) => Next::Radiotap,
        LinkType(192) => Next::Ppi,
        LinkType(204) => Next::PppWithDirection,
        LinkType(117) => Next::Pflog,
        LinkType(239) => Next::Nflog,
        // 149 is what macOS itself writes for PKTAP; its header is checked.
        LinkType(149 | 258) => Next::Pktap,
        LinkType(other) => return Err(Kind::LinkType(other)),
    })
}
