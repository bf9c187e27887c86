//! IPv4 (RFC 791), IPv6 (RFC 8200) and what stands between them and TCP.
//!
//! In: a [`Layer`] at an IP header. Out: addresses and the protocol behind, with padding taken off; or a
//! [`Fragment`]. A total length of zero (segmentation offload, jumbograms) means the rest of the packet. Checksums are
//! not looked at: offload leaves them wrong.

use std::net::IpAddr;

use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice};

use super::decode::{Content, Next, Walk};
use super::kind::{Kind, Part};
use super::layer::Layer;

pub(super) const HOP_BY_HOP: u8 = 0;
pub(super) const ICMP: u8 = 1;
pub(super) const IGMP: u8 = 2;
pub(super) const IPV4: u8 = 4;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const IPV6: u8 = 41;
pub(super) const ROUTING: u8 = 43;
pub(super) const FRAGMENT: u8 = 44;
pub(super) const GRE: u8 = 47;
pub(super) const AUTHENTICATION: u8 = 51;
pub(super) const ICMP6: u8 = 58;
pub(super) const DESTINATION: u8 = 60;
pub(super) const ETHER_IP: u8 = 97;
pub(super) const SCTP: u8 = 132;
pub(super) const MOBILITY: u8 = 135;

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

/// An IPv4 header.
#[inline]
pub(super) fn ipv4<'a>(layer: &mut Layer<'a>, walk: &mut Walk) -> Result<Next, Content<'a>> {
    let Ok(header) = Ipv4HeaderSlice::from_slice(layer.bytes) else {
        // A header cut short still shows whether its first byte is sound.
        let sound = layer.bytes.first().is_none_or(|byte| byte >> 4 == 4 && byte & 0x0f >= 5);
        return Err(Content::Other(if sound { layer.lacking(Part::Ip) } else { Kind::Malformed(Part::Ip) }));
    };
    let header_len = header.slice().len();
    let total_len = header.total_len();
    if total_len != 0 {
        if usize::from(total_len) < header_len {
            return Err(Content::Other(Kind::Malformed(Part::Ip)));
        }
        walk.overlong |= !layer.limit(total_len);
    }
    layer.skip(header_len, Part::Ip)?;
    walk.addresses = Some(Addresses {
        source: IpAddr::V4(header.source_addr()),
        destination: IpAddr::V4(header.destination_addr()),
    });
    let protocol = header.protocol().0;
    if header.is_fragmenting_payload() {
        return Err(fragment(
            layer,
            walk,
            u32::from(header.identification()),
            protocol,
            u32::from(header.fragments_offset().value()) * 8,
            header.more_fragments(),
        ));
    }
    Ok(Next::Protocol(protocol))
}

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
    Err(fragment(layer, walk, u32::from_be_bytes(identification), next, offset, more))
}

/// What is in `layer`, as a piece of a datagram.
fn fragment<'a>(
    layer: &Layer<'a>,
    walk: &Walk,
    identification: u32,
    protocol: u8,
    offset: u32,
    more: bool,
) -> Content<'a> {
    match walk.addresses {
        Some(addresses) => Content::Fragment(Fragment {
            addresses,
            identification,
            protocol,
            offset,
            more,
            payload: layer.bytes,
            cut: layer.cut,
        }),
        None => Content::Other(Kind::Malformed(Part::Ip)),
    }
}
