//! What a capture of any interface has for a link header: Linux cooked captures, BSD loopback, nothing at all.
//!
//! In: a [`Layer`] at such a header. Out: what comes next.

use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::Next;

/// Linux cooked capture: packet type, hardware type, address length, address (8), protocol.
pub(super) fn cooked(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [.., high, low] = *layer.take::<16>(Part::Link)?;
    Ok(cooked_protocol(u16::from_be_bytes([high, low])))
}

/// Linux cooked capture, version 2: the protocol comes first, the header has 20 bytes.
pub(super) fn cooked2(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [high, low, ..] = *layer.take::<20>(Part::Link)?;
    Ok(cooked_protocol(u16::from_be_bytes([high, low])))
}

/// 4 says that an LLC header follows; other small values are Linux's own and name no Ethernet type.
fn cooked_protocol(value: u16) -> Next {
    if value == 4 { Next::Llc } else { Next::EtherType(value) }
}

/// Four bytes of address family, in the byte order of the machine that captured.
pub(super) fn loopback(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let family = layer.take::<4>(Part::Link)?;
    let either = [u32::from_be_bytes(*family), u32::from_le_bytes(*family)];
    // AF_INET is 2 everywhere. AF_INET6: Linux 10, Windows 23, NetBSD and OpenBSD 24, FreeBSD 28, macOS 30.
    if either.contains(&2) {
        Ok(Next::Ipv4)
    } else if either.iter().any(|family| matches!(family, 10 | 23 | 24 | 28 | 30)) {
        Ok(Next::Ipv6)
    } else {
        Err(Kind::Family)
    }
}

/// Raw IP: the version is the first half byte.
pub(super) fn version(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    match layer.bytes.first().map(|byte| byte >> 4) {
        Some(4) => Ok(Next::Ipv4),
        Some(6) => Ok(Next::Ipv6),
        Some(_) => Err(Kind::Malformed(Part::Ip)),
        None => Err(layer.lacking(Part::Ip)),
    }
}
