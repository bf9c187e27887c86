//! IEEE 802.2 LLC with SNAP (RFC 1042), and FDDI, which has nothing else.
//!
//! In: a [`Layer`] at such a header. Out: the Ethernet type behind it; [`Kind::Llc`] where there is none.

use super::ethernet;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::Next;
use super::observe::{Mac, Observer, Teller};
use crate::fields::PacketField;

/// FDDI: frame control, destination, source, then LLC.
pub(super) fn fddi(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    layer.skip(13, Part::Link)?;
    Ok(Next::Llc)
}

/// IEEE 802.2 LLC: unwraps SNAP with an Ethernet type (RFC 1042).
pub(super) fn llc(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    match layer.bytes {
        // The second organisation code is that of 802.1H, for bridges.
        [0xaa, 0xaa, 0x03, 0, 0, 0 | 0xf8, ..] => {
            let [.., high, low] = *layer.take::<8>(Part::Link)?;
            Ok(Next::EtherType(u16::from_be_bytes([high, low])))
        }
        _ => Err(Kind::Llc),
    }
}

/// Tells an LLC header, and SNAP where it has that.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>) {
    let snap = header.bytes(0..3) == [0xaa, 0xaa, 3];
    header.layer(PacketField::Llc, if snap { 0..8 } else { 0..3 }, format_args!("{}", if snap { "SNAP" } else { "" }));
    header.hex::<1>(PacketField::LlcDsap, 0);
    header.hex::<1>(PacketField::LlcSsap, 1);
    header.hex::<1>(PacketField::LlcControl, 2);
    if snap {
        header.hex::<3>(PacketField::LlcOui, 3);
        ethernet::tell_type(header, PacketField::LlcType, 6);
    }
}

/// Tells an FDDI header.
pub(super) fn tell_fddi<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.ends(PacketField::Fddi, 0..13, [7, 1].map(|at| header.array(at).map(Mac)));
    header.hex::<1>(PacketField::FddiFc, 0);
    header.mac(PacketField::FddiDst, 1);
    header.mac(PacketField::FddiSrc, 7);
}
