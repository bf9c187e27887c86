//! GRE (RFC 2784, 2890) with IP, bridged Ethernet, MPLS, ERSPAN or PPP inside, and EtherIP (RFC 3378).
//!
//! In: a [`Layer`] behind an IP header. Out: what the inner header is.

use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::Next;
use super::protocol;

/// GRE: flags and version, protocol type, then the optional words that the flags name.
pub(super) fn gre(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [flags, version, high, low] = *layer.take::<4>(Part::Tunnel)?;
    let protocol = u16::from_be_bytes([high, low]);
    let [checksum, routing, key, sequence] = [0x80, 0x40, 0x20, 0x10].map(|bit| flags & bit != 0);
    if routing {
        return Err(Kind::Protocol(protocol::GRE));
    }
    let acknowledgement = version & 0x80 != 0;
    let words = match version & 0x07 {
        0 => [checksum, key, sequence, false],
        // PPTP (RFC 2637 section 4.1).
        1 if protocol == 0x880b => [false, key, sequence, acknowledgement],
        _ => return Err(Kind::Protocol(protocol::GRE)),
    };
    layer.skip(words.iter().filter(|present| **present).count() * 4, Part::Tunnel)?;
    match protocol {
        // ERSPAN type I has no header of its own and no sequence number; type II has both.
        0x88be if !sequence => Ok(Next::Ethernet),
        0x88be => layer.skip(8, Part::Tunnel).map(|()| Next::Ethernet),
        // ERSPAN type III: 12 bytes, and 8 more where the last bit says so.
        0x22eb => {
            let [.., last] = *layer.take::<12>(Part::Tunnel)?;
            layer.skip(if last & 1 == 0 { 0 } else { 8 }, Part::Tunnel)?;
            Ok(Next::Ethernet)
        }
        0x880b => Ok(Next::Ppp),
        // WCCP, whose second version puts four bytes before the IP header.
        0x883e if layer.bytes.first().is_some_and(|byte| byte >> 4 == 4) => Ok(Next::Ipv4),
        0x883e => layer.skip(4, Part::Tunnel).map(|()| Next::Ipv4),
        // 802.11 between a controller and its access points (Aruba).
        0x8200..=0x82ff => Ok(Next::Wireless { padded: false }),
        other => Ok(Next::EtherType(other)),
    }
}

/// EtherIP: version 3 in the first half byte, the rest zero.
pub(super) fn ether_ip(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    match *layer.take::<2>(Part::Tunnel)? {
        [0x30, 0] => Ok(Next::Ethernet),
        _ => Err(Kind::Malformed(Part::Tunnel)),
    }
}
