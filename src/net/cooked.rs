//! What a capture of any interface has for a link header: Linux cooked captures, BSD loopback, nothing at all.
//!
//! In: a [`Layer`] at such a header. Out: what comes next.

use super::ethernet;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::names::EtherType;
use super::next::Next;
use super::observe::{Observer, Teller, Value};
use crate::fields::PacketField;

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

/// Tells a cooked header.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>) {
    match header.array(14).map(u16::from_be_bytes) {
        Some(then) => header.layer(PacketField::Sll, 0..16, format_args!("{}", EtherType(then))),
        None => header.layer(PacketField::Sll, 0..16, format_args!("cut short")),
    }
    header.number::<2>(PacketField::SllPkttype, 0);
    header.number::<2>(PacketField::SllHatype, 2);
    header.number::<2>(PacketField::SllHalen, 4);
    tell_address(header, 6, header.array(4).map_or(0, u16::from_be_bytes));
    ethernet::tell_type(header, PacketField::SllEtype, 14);
}

/// Tells a cooked header of version 2.
pub(super) fn tell2<O: Observer>(header: &mut Teller<'_, '_, O>) {
    match (header.array(0).map(u16::from_be_bytes), header.read::<4>(4)) {
        (Some(then), Some(interface)) => {
            header.layer(PacketField::Sll2, 0..20, format_args!("{}, interface {interface}", EtherType(then)));
        }
        _ => header.layer(PacketField::Sll2, 0..20, format_args!("cut short")),
    }
    ethernet::tell_type(header, PacketField::SllEtype, 0);
    header.number::<4>(PacketField::SllIfindex, 4);
    header.number::<2>(PacketField::SllHatype, 8);
    header.number::<1>(PacketField::SllPkttype, 10);
    header.number::<1>(PacketField::SllHalen, 11);
    tell_address(header, 12, header.array(11).map_or(0, |[len]| u16::from(len)));
}

/// Tells the address of the sender, of which there is room for eight bytes.
fn tell_address<O: Observer>(header: &mut Teller<'_, '_, O>, at: usize, len: u16) {
    header.raw(PacketField::SllAddress, at..at + usize::from(len.min(8)));
}

/// Tells a loopback header.
pub(super) fn tell_loopback<O: Observer>(header: &mut Teller<'_, '_, O>) {
    // Whatever the byte order, the family is the one byte that is not zero.
    let family = header.bytes(0..4).iter().copied().max().unwrap_or_default();
    header.layer(PacketField::Null, 0..4, format_args!("address family {family}"));
    header.field(PacketField::NullFamily, 0..4, Value::Number(family.into()));
}
