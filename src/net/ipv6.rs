//! IPv6 (RFC 8200), its extension headers and the authentication header.
//!
//! In: a [`Layer`] at such a header. Out: addresses and the protocol behind, with padding taken off; or a
//! [`super::Fragment`]. A payload length of zero (segmentation offload, jumbograms) means the rest of the packet.

use std::net::{IpAddr, Ipv6Addr};

use etherparse::Ipv6HeaderSlice;

use super::content::Content;
use super::fragment::Addresses;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::names::Protocol;
use super::next::{Next, Walk};
use super::observe::{Observer, Teller, Value};
use super::protocol;
use crate::fields::PacketField;

/// An IPv6 header.
#[inline]
pub(super) fn ipv6(layer: &mut Layer<'_>, walk: &mut Walk) -> Result<Next, Kind> {
    let Ok(header) = Ipv6HeaderSlice::from_slice(layer.bytes) else {
        let sound = layer.bytes.first().is_none_or(|byte| byte >> 4 == 6);
        return Err(if sound { layer.lacking(Part::Ip) } else { Kind::Malformed(Part::Ip) });
    };
    layer.skip(header.slice().len(), Part::Ip)?;
    let payload_length = header.payload_length();
    if payload_length != 0 {
        walk.overlong |= !layer.limit(payload_length);
    }
    walk.addresses = Some(Addresses {
        source: IpAddr::V6(header.source_addr()),
        destination: IpAddr::V6(header.destination_addr()),
    });
    Ok(Next::Protocol(header.next_header().0))
}

/// Hop-by-hop, routing, destination options, mobility: next header, then length in units of 8 bytes after the first 8.
pub(super) fn extension(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [next, length, ..] = *layer.take::<8>(Part::Ip)?;
    layer.skip(usize::from(length) * 8, Part::Ip)?;
    Ok(Next::Protocol(next))
}

/// Authentication header (RFC 4302 section 2.2): its length counts units of 4 bytes after the first 8.
pub(super) fn authentication(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [next, length, ..] = *layer.take::<8>(Part::Ip)?;
    layer.skip(usize::from(length) * 4, Part::Ip)?;
    Ok(Next::Protocol(next))
}

/// Fragment header (RFC 8200 section 4.5). One that says "the only fragment" (RFC 6946) is passed over.
pub(super) fn ipv6_fragment<'a>(layer: &mut Layer<'a>, walk: &Walk) -> Result<Next, Content<'a>> {
    let [next, _, high, low, identification @ ..] = *layer.take::<8>(Part::Ip)?;
    let field = u16::from_be_bytes([high, low]);
    let (offset, more) = (u32::from(field & 0xfff8), field & 1 != 0);
    if offset == 0 && !more {
        return Ok(Next::Protocol(next));
    }
    Err(walk.fragment(layer, u32::from_be_bytes(identification), next, offset, more))
}

/// Tells an IPv6 header.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.ends(PacketField::Ipv6, 0..40, [8, 24].map(|at| header.array::<16>(at).map(Ipv6Addr::from)));
    if let Some(first) = header.read::<4>(0) {
        header.field(PacketField::Ipv6Flow, 0..4, Value::Hex(first & 0x000f_ffff, 5));
    }
    header.number::<2>(PacketField::Ipv6Plen, 4);
    tell_next(header, PacketField::Ipv6Nxt, 6);
    header.number::<1>(PacketField::Ipv6Hlim, 7);
    header.ipv6(PacketField::Ipv6Src, 8);
    header.ipv6(PacketField::Ipv6Dst, 24);
}

/// Tells an extension header of this kind.
pub(super) fn tell_extension<O: Observer>(kind: u8, header: &mut Teller<'_, '_, O>) {
    header.layer(PacketField::Ipv6Ext, 0..header.len(), format_args!("{}", Protocol(kind)));
    tell_next(header, PacketField::Ipv6ExtNxt, 0);
    if kind == protocol::FRAGMENT {
        if let Some(field) = header.read::<2>(2) {
            header.field(PacketField::Ipv6FragOffset, 2..4, Value::Number(field & 0xfff8));
            header.field(PacketField::Ipv6FragMore, 2..4, Value::Number(field & 1));
        }
        header.hex::<4>(PacketField::Ipv6FragIdent, 4);
    } else {
        header.number::<1>(PacketField::Ipv6ExtLen, 1);
    }
}

/// Tells an authentication header.
pub(super) fn tell_authentication<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.layer(PacketField::Ah, 0..header.len(), format_args!(""));
    tell_next(header, PacketField::AhNext, 0);
    header.number::<1>(PacketField::AhLength, 1);
    header.hex::<4>(PacketField::AhSpi, 4);
    header.number::<4>(PacketField::AhSequence, 8);
    header.raw(PacketField::AhIcv, 12..header.len());
}

fn tell_next<O: Observer>(header: &mut Teller<'_, '_, O>, field: PacketField, at: usize) {
    if let Some([next]) = header.array(at) {
        header.field(field, at..at + 1, Value::Written(next.into(), format_args!("{}", Protocol(next))));
    }
}
