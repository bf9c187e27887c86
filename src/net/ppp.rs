//! PPP (RFC 1661), PPPoE sessions (RFC 2516) and Cisco HDLC.
//!
//! In: a [`Layer`] at such a header. Out: what comes next; a PPP protocol without IP is a [`Kind`].

use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::Next;

/// Address, control, Ethernet type.
pub(super) fn hdlc(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [_, _, high, low] = *layer.take::<4>(Part::Link)?;
    Ok(Next::EtherType(u16::from_be_bytes([high, low])))
}

/// PPPoE session stage: version and type (0x11), code (0 for session), session, length. Then PPP without framing.
pub(super) fn pppoe(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [0x11, 0, _, _, high, low] = *layer.take::<6>(Part::Link)? else {
        return Err(Kind::Malformed(Part::Link));
    };
    // A wrong length only matters for padding, which the IP length takes off too.
    let _ = layer.limit(u16::from_be_bytes([high, low]));
    Ok(Next::Ppp)
}

/// PPP: address and control where they are, protocol in one or two bytes (RFC 1661 sections 2 and 6.5).
pub(super) fn ppp(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    match layer.bytes {
        [0xff, 0x03, ..] => layer.skip(2, Part::Link)?,
        [0xff] => return Err(layer.lacking(Part::Link)),
        _ => {}
    }
    let [mut high, mut low] = [0, *layer.bytes.first().ok_or_else(|| layer.lacking(Part::Link))?];
    layer.skip(1, Part::Link)?;
    if low & 1 == 0 {
        high = low;
        [low] = *layer.take::<1>(Part::Link)?;
    }
    match u16::from_be_bytes([high, low]) {
        0x0021 => Ok(Next::Ipv4),
        0x0057 => Ok(Next::Ipv6),
        0x0281 | 0x0283 => Ok(Next::Mpls),
        other => Err(Kind::Ppp(other)),
    }
}
