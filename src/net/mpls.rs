//! MPLS (RFC 3032) with IP or an Ethernet pseudowire (RFC 4448) below its labels.
//!
//! In: a [`Layer`] at a label. Out: what comes next; what does not look like either is [`Kind::Mpls`].

use super::ethernet::{ARP, IPV4, IPV6, MPLS, MPLS_UPSTREAM, PPPOE_SESSION};
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::Next;
use super::observe::{Observer, Teller};
use crate::fields::PacketField;

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

/// Tells an entry of the label stack, and the control word that may stand below the last.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>) {
    match header.read::<4>(0) {
        Some(entry) => header.layer(PacketField::Mpls, 0..4, format_args!("label {}", entry >> 12)),
        None => header.layer(PacketField::Mpls, 0..4, format_args!("cut short")),
    }
    header.bits::<3>(PacketField::MplsLabel, 0, 4, 0xf_ffff);
    header.bits::<1>(PacketField::MplsExp, 2, 1, 7);
    header.bits::<1>(PacketField::MplsBottom, 2, 0, 1);
    header.number::<1>(PacketField::MplsTtl, 3);
    if header.len() == 8 {
        header.layer(PacketField::Pwethcw, 4..8, format_args!(""));
        header.number::<2>(PacketField::PwSequence, 6);
    }
}
