//! From the link type of a capture to its first header.
//!
//! In: a [`LinkType`]. Out: what packets of it start with, or a [`Kind`] to count.

use super::kind::Kind;
use super::next::Next;
use super::shim::{Link, Shim};
use super::wireless::Form;
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
        LinkType(105) => Next::Wireless(Form::Plain),
        LinkType(127) => Next::Radiotap,
        LinkType(192) => Next::Ppi,
        LinkType(204) => Next::PppWithDirection,
        LinkType(117) => Next::Pflog,
        LinkType(239) => Next::Nflog,
        // 149 is what macOS itself writes for PKTAP; its header is checked.
        LinkType(149 | 258) => Next::Pktap,
        LinkType(219) => Next::Mpls,
        LinkType(other) => return rare(other).map(Next::Shim).ok_or(Kind::LinkType(other)),
    })
}

/// The header of link types that seldom come (tcpdump.org's list of link-layer header types).
#[cold]
fn rare(link: u16) -> Option<Shim> {
    Some(match link {
        6 => Shim::TokenRing,
        8 => Shim::Slip,
        // 13 is what OpenBSD itself writes.
        13 | 109 => Shim::Enc,
        19 | 100 => Shim::Atm,
        107 => Shim::FrameRelay,
        119 => Shim::Prism,
        122 => Shim::FibreChannel,
        123 => Shim::SunAtm,
        128 => Shim::Tzsp,
        138 => Shim::Ieee1394,
        163 => Shim::Avs,
        178 => Shim::Juniper(Link::Ethernet),
        179 => Shim::Juniper(Link::Ppp),
        180 => Shim::Juniper(Link::FrameRelay),
        181 => Shim::Juniper(Link::Hdlc),
        197 => Shim::Erf,
        226 => Shim::Ipnet,
        240 => Shim::NetAnalyzer { preamble: false },
        241 => Shim::NetAnalyzer { preamble: true },
        242 => Shim::IpOverInfiniband,
        247 => Shim::Infiniband,
        274 => Shim::Preamble,
        281 | 284 => Shim::SwitchTag(4),
        282 => Shim::SwitchTagBefore,
        285 => Shim::SwitchTag(8),
        _ => return None,
    })
}
