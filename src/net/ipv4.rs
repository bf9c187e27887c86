//! IPv4 (RFC 791).
//!
//! In: a [`Layer`] at an IPv4 header. Out: addresses and the protocol behind, with padding taken off; or a
//! [`super::Fragment`]. A total length of zero (segmentation offload) means the rest of the packet. Checksums are not
//! looked at: offload leaves them wrong.

use std::net::{IpAddr, Ipv4Addr};

use etherparse::Ipv4HeaderSlice;

use super::content::Content;
use super::fragment::Addresses;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::names::Protocol;
use super::next::{Next, Walk};
use super::observe::{Observer, Teller, Value};
use crate::base::number::wide;
use crate::fields::PacketField;

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

/// Tells an IPv4 header.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>) {
    let len = header.array(0).map_or(20, |[first]| usize::from(first & 0x0f) * 4).max(20);
    header.ends(PacketField::Ip, 0..len, [12, 16].map(|at| header.array::<4>(at).map(Ipv4Addr::from)));
    if let Some([first]) = header.array(0) {
        let bytes = u64::from(first & 0x0f) * 4;
        header.field(PacketField::IpHdrLen, 0..1, Value::Written(bytes, format_args!("{bytes} bytes")));
    }
    if let Some([tos]) = header.array(1) {
        let text = format_args!("{}, {}", tos >> 2, tos & 3);
        header.field(PacketField::IpDsfield, 1..2, Value::Written(tos.into(), text));
    }
    header.number::<2>(PacketField::IpLen, 2);
    if header.array(2) == Some([0, 0]) {
        header.remark("left to the network card (segmentation offload)");
    }
    header.hex::<2>(PacketField::IpId, 4);
    if let Some(fragment) = header.array(6).map(u16::from_be_bytes) {
        let flags = match (fragment & 0x4000 != 0, fragment & 0x2000 != 0) {
            (_, true) => "more fragments",
            (true, false) => "do not fragment",
            (false, false) => "none",
        };
        let text = format_args!("{flags}, offset {}", u32::from(fragment & 0x1fff) * 8);
        header.field(PacketField::IpFlags, 6..8, Value::Written(fragment.into(), text));
    }
    header.number::<1>(PacketField::IpTtl, 8);
    if let Some([protocol]) = header.array(9) {
        let text = format_args!("{}", Protocol(protocol));
        header.field(PacketField::IpProto, 9..10, Value::Written(protocol.into(), text));
    }
    header.hex::<2>(PacketField::IpChecksum, 10);
    header.ipv4(PacketField::IpSrc, 12);
    header.ipv4(PacketField::IpDst, 16);
    if len > 20 && len <= header.len() {
        let bytes = len - 20;
        header.field(PacketField::IpOptions, 20..len, Value::Written(wide(bytes), format_args!("{bytes} bytes")));
        tell_options(header, len);
    }
}

/// Tells the options (RFC 791 section 3.1) up to `end`; the first without a sound length ends them.
fn tell_options<O: Observer>(header: &mut Teller<'_, '_, O>, end: usize) {
    let mut at = 20;
    while at < end
        && let Some([kind]) = header.array(at)
    {
        let len = match (kind, header.array(at + 1)) {
            (0 | 1, _) => 1,
            (_, Some([len])) if len >= 2 && at + usize::from(len) <= end => usize::from(len),
            _ => return,
        };
        let name = match kind {
            0 => "end of options",
            1 => "no operation",
            7 => "record route",
            68 => "timestamp",
            130 => "security",
            131 => "loose source route",
            137 => "strict source route",
            148 => "router alert",
            _ => "unknown",
        };
        let text = format_args!("{kind}, {name}");
        header.field(PacketField::IpOption, at..at + len, Value::Written(kind.into(), text));
        if kind == 0 {
            return;
        }
        at += len;
    }
}
