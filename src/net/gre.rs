//! GRE (RFC 2784, 2890) with IP, bridged Ethernet, MPLS, ERSPAN or PPP inside, and EtherIP (RFC 3378).
//!
//! In: a [`Layer`] behind an IP header. Out: what the inner header is.

use super::ethernet;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::names::EtherType;
use super::next::Next;
use super::observe::{Observer, Teller};
use super::protocol;
use super::wireless::Form;
use crate::fields::PacketField;

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
        0x8200..=0x82ff => Ok(Next::Wireless(Form::Plain)),
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

/// Tells a GRE header, and the header of a mirrored frame or a redirected packet behind it.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>) {
    let [flags, version] = header.array(0).unwrap_or_default();
    let protocol = header.array(2).map(u16::from_be_bytes);
    // Each flag brings a word: the field in it, in the order in which they stand.
    let words = [
        (flags & 0x80 != 0, PacketField::GreChecksum),
        (flags & 0x20 != 0, PacketField::GreKey),
        (flags & 0x10 != 0, PacketField::GreSequence),
        (version & 0x87 == 0x81, PacketField::GreAck),
    ];
    let end = 4 + words.iter().filter(|(present, _)| *present).count() * 4;
    match protocol {
        Some(protocol) => header.layer(PacketField::Gre, 0..end, format_args!("{}", EtherType(protocol))),
        None => header.layer(PacketField::Gre, 0..end, format_args!("cut short")),
    }
    header.hex::<2>(PacketField::GreFlags, 0);
    ethernet::tell_type(header, PacketField::GreProto, 2);
    let mut at = 4;
    for (_, field) in words.iter().filter(|(present, _)| *present) {
        match *field {
            PacketField::GreChecksum => header.hex::<2>(*field, at),
            PacketField::GreKey => header.hex::<4>(*field, at),
            _ => header.number::<4>(*field, at),
        }
        at += 4;
    }
    if header.len() > end && flags & 0x40 == 0 {
        tell_behind(protocol, &mut header.behind(end));
    }
}

/// Tells what stands between the GRE header and what the tunnel carries.
fn tell_behind<O: Observer>(protocol: Option<u16>, header: &mut Teller<'_, '_, O>) {
    match protocol {
        Some(0x88be | 0x22eb) => {
            let session = header.read::<2>(2).map_or(0, |word| word & 0x3ff);
            header.layer(PacketField::Erspan, 0..header.len(), format_args!("session {session}"));
            header.bits::<2>(PacketField::ErspanVersion, 0, 12, 15);
            header.bits::<2>(PacketField::ErspanVlan, 0, 0, 0xfff);
            header.bits::<2>(PacketField::ErspanSpanid, 2, 0, 0x3ff);
        }
        Some(0x883e) => header.layer(PacketField::Wccp, 0..4, format_args!("")),
        _ => {}
    }
}

/// Tells an EtherIP header.
pub(super) fn tell_ether_ip<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.layer(PacketField::Etherip, 0..2, format_args!(""));
    header.bits::<1>(PacketField::EtheripVersion, 0, 4, 15);
}
