//! PPP (RFC 1661) with IP, MPLS, Ethernet or whole pieces of multilink inside, PPPoE sessions (RFC 2516) and Cisco HDLC.
//!
//! In: a [`Layer`] at such a header. Out: what comes next; a PPP protocol without IP is a [`Kind`].

use super::ethernet;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::names::EtherType;
use super::next::Next;
use super::observe::{Observer, Teller, Value};
use crate::fields::PacketField;

/// Address, control, Ethernet type.
pub(super) fn hdlc(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [_, _, high, low] = *layer.take::<4>(Part::Link)?;
    Ok(Next::EtherType(u16::from_be_bytes([high, low])))
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
        // Bridged (RFC 3518 section 4.2): flags, kind 1 is Ethernet.
        0x0031 if layer.bytes.get(1) == Some(&1) => layer.skip(2, Part::Link).map(|()| Next::Ethernet),
        // Multilink (RFC 1990 section 3), where one piece is the whole: its number takes three bytes more, or one.
        0x003d if layer.bytes.first().is_some_and(|first| first & 0xc0 == 0xc0) => {
            let long = matches!(layer.bytes, [_, _, _, _, 0, 0x21 | 0x57, ..] | [_, _, _, _, 0x21 | 0x57, ..]);
            layer.skip(if long { 4 } else { 2 }, Part::Link).map(|()| Next::Ppp)
        }
        other => Err(Kind::Ppp(other)),
    }
}

/// Tells a Cisco HDLC header.
pub(super) fn tell_hdlc<O: Observer>(header: &mut Teller<'_, '_, O>) {
    match header.array(2).map(u16::from_be_bytes) {
        Some(then) => header.layer(PacketField::Chdlc, 0..4, format_args!("{}", EtherType(then))),
        None => header.layer(PacketField::Chdlc, 0..4, format_args!("cut short")),
    }
    header.number::<1>(PacketField::ChdlcAddress, 0);
    header.number::<1>(PacketField::ChdlcControl, 1);
    ethernet::tell_type(header, PacketField::ChdlcProtocol, 2);
}

/// Tells the header of a PPPoE session.
pub(super) fn tell_pppoe<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.layer(PacketField::Pppoe, 0..6, format_args!(""));
    header.bits::<1>(PacketField::PppoeVersion, 0, 4, 15);
    header.bits::<1>(PacketField::PppoeType, 0, 0, 15);
    header.number::<1>(PacketField::PppoeCode, 1);
    header.hex::<2>(PacketField::PppoeSession, 2);
    header.number::<2>(PacketField::PppoeLength, 4);
}

/// Tells a PPP header.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>) {
    let framed = header.bytes(0..2) == [0xff, 3];
    let at = if framed { 2 } else { 0 };
    let long = header.array(at).is_some_and(|[first]| first & 1 == 0);
    let end = at + if long { 2 } else { 1 };
    let protocol = if long { header.read::<2>(at) } else { header.read::<1>(at) };
    match protocol {
        Some(0x0021) => header.layer(PacketField::Ppp, 0..end, format_args!("IPv4")),
        Some(0x0057) => header.layer(PacketField::Ppp, 0..end, format_args!("IPv6")),
        Some(0x0281 | 0x0283) => header.layer(PacketField::Ppp, 0..end, format_args!("MPLS")),
        Some(other) => header.layer(PacketField::Ppp, 0..end, format_args!("protocol 0x{other:04x}")),
        None => header.layer(PacketField::Ppp, 0..end, format_args!("cut short")),
    }
    if framed {
        header.hex::<1>(PacketField::PppAddress, 0);
        header.hex::<1>(PacketField::PppControl, 1);
    }
    if let Some(protocol) = protocol {
        header.field(PacketField::PppProtocol, at..end, Value::Hex(protocol, 4));
    }
}
