//! IPv6 (RFC 8200), its extension headers and the authentication header.
//!
//! In: a [`Layer`] at such a header. Out: addresses and the protocol behind, with padding taken off; or a
//! [`super::Fragment`]. A payload length of zero (segmentation offload, jumbograms) means the rest of the packet.

use std::net::IpAddr;

use etherparse::Ipv6HeaderSlice;

use super::content::Content;
use super::fragment::Addresses;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::{Next, Walk};

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
