//! IPv4 (RFC 791).
//!
//! In: a [`Layer`] at an IPv4 header. Out: addresses and the protocol behind, with padding taken off; or a
//! [`super::Fragment`]. A total length of zero (segmentation offload) means the rest of the packet. Checksums are not
//! looked at: offload leaves them wrong.

use std::net::IpAddr;

use etherparse::Ipv4HeaderSlice;

use super::content::Content;
use super::fragment::Addresses;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::{Next, Walk};

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
        return Err(walk.fragment(
            layer,
            u32::from(header.identification()),
            protocol,
            u32::from(header.fragments_offset().value()) * 8,
            header.more_fragments(),
        ));
    }
    Ok(Next::Protocol(protocol))
}
