//! Tags behind an Ethernet type that seldom come.
//!
//! In: a [`Layer`] behind such a type. Out: what comes next; what is encrypted, or of another form, is counted by its
//! type.

use super::ethernet::{NSH, tell_type, type_or_length};
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::Next;
use super::observe::{Observer, Teller};
use super::shim::Shim;
use crate::fields::PacketField;

/// IEEE 802.1AE.
const MACSEC: u16 = 0x88e5;
/// Cisco's security group tag.
const METADATA: u16 = 0x8909;
/// High-availability seamless redundancy, IEC 62439-3.
const HSR: u16 = 0x892f;
/// RFC 6325.
const TRILL: u16 = 0x22f3;
/// A switch's tag behind a type of its own.
const SWITCH: u16 = 0xdada;
/// B.A.T.M.A.N. advanced.
const MESH: u16 = 0x4305;
/// Frame Relay in GRE (RFC 7676 lists it).
const FRAME_RELAY: u16 = 0x6559;

/// What stands behind an Ethernet type.
#[cold]
pub(super) fn tag(value: u16, layer: &mut Layer<'_>) -> Result<Next, Kind> {
    match value {
        MACSEC => macsec(layer),
        NSH => nsh(layer),
        FRAME_RELAY => Ok(Next::Shim(Shim::FrameRelay)),
        METADATA if layer.bytes.starts_with(&[1, 1]) => typed::<8>(layer),
        HSR => typed::<6>(layer),
        SWITCH => typed::<8>(layer),
        TRILL => {
            // The length of the options, in words, lies across the first two bytes.
            let [high, low, ..] = *layer.take::<6>(Part::Link)?;
            let options = u16::from_be_bytes([high, low]) >> 6 & 0x1f;
            layer.skip(usize::from(options) * 4, Part::Link)?;
            Ok(Next::Ethernet)
        }
        MESH => {
            let len = match layer.bytes {
                [0x40, 15, ..] => 10,
                [0x42, 15, ..] => 18,
                [0x01, 15, ..] => 14,
                _ => return Err(Kind::EtherType(MESH)),
            };
            layer.skip(len, Part::Link)?;
            Ok(Next::Ethernet)
        }
        other => Err(Kind::EtherType(other)),
    }
}

/// A tag of `N` bytes, of which the last two name what follows.
fn typed<const N: usize>(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let tag = layer.take::<N>(Part::Link)?;
    let value = tag.last_chunk().copied().map(u16::from_be_bytes);
    value.map(type_or_length).ok_or(Kind::Malformed(Part::Link))
}

/// Security tag of IEEE 802.1AE (clause 9.3): bits and association, length where it is short, packet number, and the
/// channel where a bit says so. What follows is in the clear where it is neither encrypted nor changed; the integrity
/// check behind it is padding.
fn macsec(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    /// Of the bits: the version, and that user data were encrypted, or changed.
    const VERSION: u8 = 0x80;
    const ENCRYPTED: u8 = 0x0c;
    const CHANNEL: u8 = 0x20;
    let control = *layer.bytes.first().ok_or_else(|| layer.lacking(Part::Link))?;
    if control & (VERSION | ENCRYPTED) != 0 {
        return Err(Kind::EtherType(MACSEC));
    }
    let [_, length, ..] = *layer.take::<6>(Part::Link)?;
    if control & CHANNEL != 0 {
        layer.skip(8, Part::Link)?;
    }
    if length & 0x3f != 0 {
        let _ = layer.limit(u16::from(length & 0x3f));
    }
    typed::<2>(layer)
}

/// Network service header (RFC 8300 section 2.2): its length in words, and what follows.
fn nsh(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [version, length, _, next] = *layer.take::<4>(Part::Link)?;
    let words = usize::from(length & 0x3f).checked_sub(1).filter(|_| version & 0xc0 == 0);
    layer.skip(words.ok_or(Kind::Malformed(Part::Link))? * 4, Part::Link)?;
    match next {
        1 => Ok(Next::Ipv4),
        2 => Ok(Next::Ipv6),
        3 => Ok(Next::Ethernet),
        4 => Ok(Next::EtherType(NSH)),
        5 => Ok(Next::Mpls),
        _ => Err(Kind::EtherType(NSH)),
    }
}

/// Tells a tag behind an Ethernet type.
pub(super) fn tell<O: Observer>(value: u16, header: &mut Teller<'_, '_, O>) {
    let whole = 0..header.len();
    match value {
        MACSEC => {
            header.layer(PacketField::Macsec, whole, format_args!(""));
            header.bits::<1>(PacketField::MacsecTci, 0, 2, 0x3f);
            header.bits::<1>(PacketField::MacsecAn, 0, 0, 3);
            header.bits::<1>(PacketField::MacsecSl, 1, 0, 0x3f);
            header.number::<4>(PacketField::MacsecPn, 2);
            if header.array(0).is_some_and(|[control]| control & 0x20 != 0) {
                header.hex::<8>(PacketField::MacsecSci, 6);
            }
        }
        NSH => {
            let path = header.read::<3>(4).unwrap_or_default();
            header.layer(PacketField::Nsh, whole, format_args!("path {path}"));
            header.number::<1>(PacketField::NshNext, 3);
            header.number::<3>(PacketField::NshPath, 4);
        }
        METADATA => {
            header.layer(PacketField::Cmd, whole, format_args!(""));
            header.number::<2>(PacketField::CmdSgt, 4);
            tell_type(header, PacketField::CmdType, 6);
        }
        HSR => {
            header.layer(PacketField::Hsr, whole, format_args!(""));
            header.number::<2>(PacketField::HsrSequence, 2);
            tell_type(header, PacketField::HsrType, 4);
        }
        TRILL => header.layer(PacketField::Trill, whole, format_args!("")),
        MESH => header.layer(PacketField::Batadv, whole, format_args!("")),
        SWITCH => header.layer(PacketField::LinkHeader, whole, format_args!("a switch's tag")),
        _ => {}
    }
}
