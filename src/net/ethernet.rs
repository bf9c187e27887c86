//! Ethernet II and IEEE 802.3, and what stands behind an Ethernet type.
//!
//! In: a [`Layer`] at an Ethernet header, or behind an Ethernet type. Out: what comes next, or a [`Kind`] to count. Tags
//! are taken off: 802.1Q and 802.1ad, 802.1ah, 802.1BR and what came before it, FabricPath; others in `tags.rs`.

use super::kind::{Kind, Part};
use super::layer::Layer;
use super::names::EtherType;
use super::next::Next;
use super::observe::{Mac, Observer, Teller, Value};
use super::tags;
use crate::fields::PacketField;

/// IPv4.
pub(super) const IPV4: u16 = 0x0800;
/// IPv6.
pub(super) const IPV6: u16 = 0x86dd;
pub(super) const ARP: u16 = 0x0806;
/// Ethernet behind an Ethernet type: GRE and GENEVE name it so.
const BRIDGED: u16 = 0x6558;
pub(super) const MPLS: u16 = 0x8847;
pub(super) const MPLS_UPSTREAM: u16 = 0x8848;
pub(super) const PPPOE_SESSION: u16 = 0x8864;
/// Network service header (RFC 8300).
pub(super) const NSH: u16 = 0x894f;
/// Values below are lengths (IEEE 802.3 clause 3.2.6).
const FIRST_TYPE: u16 = 0x0600;

/// Destination, source, type or length.
#[inline]
pub(super) fn ethernet(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [.., high, low] = *layer.take::<14>(Part::Link)?;
    Ok(type_or_length(u16::from_be_bytes([high, low])))
}

#[inline]
pub(super) fn type_or_length(value: u16) -> Next {
    if value < FIRST_TYPE { Next::Llc } else { Next::EtherType(value) }
}

/// What an Ethernet type says; tags are taken off.
#[inline]
pub(super) fn ether_type(value: u16, layer: &mut Layer<'_>) -> Result<Next, Kind> {
    match value {
        IPV4 => Ok(Next::Ipv4),
        IPV6 => Ok(Next::Ipv6),
        // 802.1Q, 802.1ad, and the numbers used before 802.1ad.
        0x8100 | 0x88a8 | 0x9100 | 0x9200 | 0x9300 => {
            let [_, _, high, low] = *layer.take::<4>(Part::Link)?;
            Ok(type_or_length(u16::from_be_bytes([high, low])))
        }
        // VN-Tag, which came before IEEE 802.1BR, and the E-Tag of that.
        0x8926 => {
            let [.., high, low] = *layer.take::<6>(Part::Link)?;
            Ok(type_or_length(u16::from_be_bytes([high, low])))
        }
        0x893f => {
            let [.., high, low] = *layer.take::<8>(Part::Link)?;
            Ok(type_or_length(u16::from_be_bytes([high, low])))
        }
        // FabricPath: a tag and hops to live, with a whole frame behind them.
        0x8903 => {
            layer.skip(2, Part::Link)?;
            Ok(Next::Ethernet)
        }
        // Service instance tag of IEEE 802.1ah, with a whole frame behind it.
        0x88e7 => {
            layer.skip(4, Part::Link)?;
            Ok(Next::Ethernet)
        }
        MPLS | MPLS_UPSTREAM => Ok(Next::Mpls),
        PPPOE_SESSION => Ok(Next::PppoeSession),
        BRIDGED => Ok(Next::Ethernet),
        ARP => Err(Kind::Arp),
        other => tags::tag(other, layer),
    }
}

/// Tells an Ethernet header.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.ends(PacketField::Eth, 0..14, [6, 0].map(|at| header.array(at).map(Mac)));
    header.mac(PacketField::EthDst, 0);
    header.mac(PacketField::EthSrc, 6);
    tell_type(header, PacketField::EthType, 12);
}

/// Tells an Ethernet type.
pub(super) fn tell_type<O: Observer>(header: &mut Teller<'_, '_, O>, field: PacketField, at: usize) {
    if let Some(value) = header.array(at).map(u16::from_be_bytes) {
        header.field(field, at..at + 2, Value::Written(value.into(), format_args!("{}", EtherType(value))));
    }
}

/// Tells the tag behind an Ethernet type, where that is the type of a tag.
pub(super) fn tell_tag<O: Observer>(value: u16, header: &mut Teller<'_, '_, O>) {
    match value {
        0x8100 | 0x88a8 | 0x9100 | 0x9200 | 0x9300 => {
            match (header.array(0).map(u16::from_be_bytes), header.array(2).map(u16::from_be_bytes)) {
                (Some(tag), Some(then)) => {
                    let (id, priority, then) = (tag & 0x0fff, tag >> 13, EtherType(then));
                    header.layer(PacketField::Vlan, 0..4, format_args!("id {id}, priority {priority}, then {then}"));
                }
                _ => header.layer(PacketField::Vlan, 0..4, format_args!("cut short")),
            }
            header.bits::<2>(PacketField::VlanPriority, 0, 13, 7);
            header.bits::<2>(PacketField::VlanDei, 0, 12, 1);
            header.bits::<2>(PacketField::VlanId, 0, 0, 0xfff);
            tell_type(header, PacketField::VlanEtype, 2);
        }
        0x8926 => {
            header.layer(PacketField::Vntag, 0..6, format_args!(""));
            header.bits::<2>(PacketField::VntagDst, 0, 0, 0x3fff);
            header.bits::<2>(PacketField::VntagSrc, 2, 0, 0xfff);
            tell_type(header, PacketField::VntagEtype, 4);
        }
        0x893f => {
            header.layer(PacketField::Etag, 0..8, format_args!(""));
            header.bits::<2>(PacketField::EtagPcp, 0, 13, 7);
            header.bits::<2>(PacketField::EtagEcid, 2, 0, 0xfff);
            tell_type(header, PacketField::EtagEtype, 6);
        }
        0x8903 => {
            header.layer(PacketField::Cfp, 0..2, format_args!(""));
            header.bits::<2>(PacketField::CfpFtag, 0, 6, 0x3ff);
            header.bits::<2>(PacketField::CfpTtl, 0, 0, 0x3f);
        }
        0x88e7 => {
            header.layer(PacketField::Itag, 0..4, format_args!(""));
            header.bits::<1>(PacketField::ItagPriority, 0, 5, 7);
            header.number::<3>(PacketField::ItagIsid, 1);
        }
        other => tags::tell(other, header),
    }
}
