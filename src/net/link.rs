//! Link layers: from the link type of a capture down to an IP header.
//!
//! In: a [`Layer`] at a link header. Out: what the next header is. Ethernet II and IEEE 802.3 with LLC and SNAP, 802.1Q
//! and 802.1ad tags, PPPoE session (RFC 2516), PPP (RFC 1661), MPLS (RFC 3032) with IP or an Ethernet pseudowire
//! (RFC 4448), Linux cooked captures, BSD loopback, raw IP. What systems put before that is in [`super::pseudo`], IEEE
//! 802.11 in [`super::wireless`]. Anything else is a [`Kind`].

use super::decode::Next;
use super::kind::{Kind, Part};
use super::layer::Layer;
use crate::base::LinkType;

/// IPv4.
pub(super) const IPV4: u16 = 0x0800;
/// IPv6.
pub(super) const IPV6: u16 = 0x86dd;
const ARP: u16 = 0x0806;
/// Ethernet behind an Ethernet type: GRE and GENEVE name it so.
const BRIDGED: u16 = 0x6558;
const MPLS: u16 = 0x8847;
const MPLS_UPSTREAM: u16 = 0x8848;
const PPPOE_SESSION: u16 = 0x8864;
/// Values below are lengths (IEEE 802.3 clause 3.2.6).
const FIRST_TYPE: u16 = 0x0600;

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

/// Destination, source, type or length.
#[inline]
pub(super) fn ethernet(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [.., high, low] = *layer.take::<14>(Part::Link)?;
    Ok(type_or_length(u16::from_be_bytes([high, low])))
}

#[inline]
fn type_or_length(value: u16) -> Next {
    if value < FIRST_TYPE { Next::Llc } else { Next::EtherType(value) }
}

/// Linux cooked capture: packet type, hardware type, address length, address (8), protocol.
pub(super) fn cooked(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [.., high, low] = *layer.take::<16>(Part::Link)?;
    Ok(cooked_protocol(u16::from_be_bytes([high, low])))
}

/// Linux cooked capture, version 2: the protocol comes first, the header has 20 bytes.
pub(super) fn cooked2(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [high, low, ..] = *layer.take::<20>(Part::Link)?;
    Ok(cooked_protocol(u16::from_be_bytes([high, low])))
}

/// 4 says that an LLC header follows; other small values are Linux's own and name no Ethernet type.
fn cooked_protocol(value: u16) -> Next {
    if value == 4 { Next::Llc } else { Next::EtherType(value) }
}

/// Four bytes of address family, in the byte order of the machine that captured.
pub(super) fn loopback(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let family = layer.take::<4>(Part::Link)?;
    let either = [u32::from_be_bytes(*family), u32::from_le_bytes(*family)];
    // AF_INET is 2 everywhere. AF_INET6: Linux 10, Windows 23, NetBSD and OpenBSD 24, FreeBSD 28, macOS 30.
    if either.contains(&2) {
        Ok(Next::Ipv4)
    } else if either.iter().any(|family| matches!(family, 10 | 23 | 24 | 28 | 30)) {
        Ok(Next::Ipv6)
    } else {
        Err(Kind::Family)
    }
}

/// FDDI: frame control, destination, source, then LLC.
pub(super) fn fddi(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    layer.skip(13, Part::Link)?;
    Ok(Next::Llc)
}

/// Address, control, Ethernet type.
pub(super) fn hdlc(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [_, _, high, low] = *layer.take::<4>(Part::Link)?;
    Ok(Next::EtherType(u16::from_be_bytes([high, low])))
}

/// Raw IP: the version is the first half byte.
pub(super) fn version(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    match layer.bytes.first().map(|byte| byte >> 4) {
        Some(4) => Ok(Next::Ipv4),
        Some(6) => Ok(Next::Ipv6),
        Some(_) => Err(Kind::Malformed(Part::Ip)),
        None => Err(layer.lacking(Part::Ip)),
    }
}

/// What an Ethernet type says; tags are taken off.
#[inline]
pub(super) fn ether_type(value: u16, layer: &mut Layer<'_>) -> Result<Next, Kind> {
    match value {
        IPV4 => Ok(Next::Ipv4),
        IPV6 => Ok(Next::Ipv6),
        // 802.1Q, 802.1ad, and the numbers used before 802.1ad.
        0x8100 | 0x88a8 | 0x9100 | 0x9200 => {
            let [_, _, high, low] = *layer.take::<4>(Part::Link)?;
            Ok(type_or_length(u16::from_be_bytes([high, low])))
        }
        // VN-Tag, which came before IEEE 802.1BR, and the E-Tag of that.
        0x8926 => {
            let [.., high, low] = *layer.take::<6>(Part::Link)?;
            Ok(type_or_length(u16::from_be_bytes([high, low])))
        }
        0x893f => {
            let [.., high, low] = *layer.take::<8>(Part::Link)?;
            Ok(type_or_length(u16::from_be_bytes([high, low])))
        }
        // FabricPath: a tag and hops to live, with a whole frame behind them.
        0x8903 => {
            layer.skip(2, Part::Link)?;
            Ok(Next::Ethernet)
        }
        // Service instance tag of IEEE 802.1ah, with a whole frame behind it.
        0x88e7 => {
            layer.skip(4, Part::Link)?;
            Ok(Next::Ethernet)
        }
        MPLS | MPLS_UPSTREAM => Ok(Next::Mpls),
        PPPOE_SESSION => Ok(Next::PppoeSession),
        BRIDGED => Ok(Next::Ethernet),
        ARP => Err(Kind::Arp),
        other => Err(Kind::EtherType(other)),
    }
}

/// IEEE 802.2 LLC: unwraps SNAP with an Ethernet type (RFC 1042).
pub(super) fn llc(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    match layer.bytes {
        // The second organisation code is that of 802.1H, for bridges.
        [0xaa, 0xaa, 0x03, 0, 0, 0 | 0xf8, ..] => {
            let [.., high, low] = *layer.take::<8>(Part::Link)?;
            Ok(Next::EtherType(u16::from_be_bytes([high, low])))
        }
        _ => Err(Kind::Llc),
    }
}

/// PPPoE session stage: version and type (0x11), code (0 for session), session, length. Then PPP without framing.
pub(super) fn pppoe(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [0x11, 0, _, _, high, low] = *layer.take::<6>(Part::Link)? else {
        return Err(Kind::Malformed(Part::Link));
    };
    // A wrong length only matters for padding, which the IP length takes off too.
    let _ = layer.limit(u16::from_be_bytes([high, low]));
    Ok(Next::Ppp)
}

/// PPP: address and control where they are, protocol in one or two bytes (RFC 1661 sections 2 and 6.5).
pub(super) fn ppp(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    match layer.bytes {
        [0xff, 0x03, ..] => layer.skip(2, Part::Link)?,
        [0xff] => return Err(layer.lacking(Part::Link)),
        _ => {}
    }
    let [mut high, mut low] = [0, *layer.bytes.first().ok_or_else(|| layer.lacking(Part::Link))?];
    layer.skip(1, Part::Link)?;
    if low & 1 == 0 {
        high = low;
        [low] = *layer.take::<1>(Part::Link)?;
    }
    match u16::from_be_bytes([high, low]) {
        0x0021 => Ok(Next::Ipv4),
        0x0057 => Ok(Next::Ipv6),
        0x0281 | 0x0283 => Ok(Next::Mpls),
        other => Err(Kind::Ppp(other)),
    }
}

/// One label; below the last, IP by its version, or an Ethernet pseudowire with or without control word.
pub(super) fn mpls(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [_, _, low, _] = *layer.take::<4>(Part::Link)?;
    if low & 1 == 0 {
        return Ok(Next::Mpls);
    }
    match layer.bytes {
        [first, ..] if first >> 4 == 4 => Ok(Next::Ipv4),
        [first, ..] if first >> 4 == 6 => Ok(Next::Ipv6),
        [0, _, _, _, frame @ ..] if is_ethernet(frame) => {
            layer.skip(4, Part::Link)?;
            Ok(Next::Ethernet)
        }
        frame if is_ethernet(frame) => Ok(Next::Ethernet),
        [] => Err(layer.lacking(Part::Link)),
        _ => Err(Kind::Mpls),
    }
}

/// The type field names something that can lead to IP. Without it, guessing at a pseudowire would make up packets.
fn is_ethernet(frame: &[u8]) -> bool {
    let Some([.., high, low]) = frame.first_chunk::<14>() else { return false };
    matches!(
        u16::from_be_bytes([*high, *low]),
        IPV4 | IPV6 | ARP | 0x8100 | 0x88a8 | 0x9100 | MPLS | MPLS_UPSTREAM | PPPOE_SESSION
    )
}
