//! IEEE 802.2 LLC with SNAP (RFC 1042), and FDDI, which has nothing else.
//!
//! In: a [`Layer`] at such a header. Out: the Ethernet type behind it; [`Kind::Llc`] where there is none.

use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::Next;

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
