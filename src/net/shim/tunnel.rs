//! Tunnels over UDP and behind IP that are read by their bytes alone.
//!
//! In: the bytes behind a UDP or IP header. Out: the length of the tunnel's header and what comes next, only where every
//! fixed bit is as it must be.

use super::super::next::Next;
use super::super::observe::{Observer, Teller};
use super::super::protocol;
use super::super::wireless::Form;
use super::{Shim, type_at};
use crate::base::limits;
use crate::fields::PacketField;

/// The tunnel at the front of a datagram's payload, by the ports of the datagram.
pub(in crate::net) fn over_udp(source: u16, destination: u16, payload: &[u8]) -> Option<Next> {
    const MPLS: u16 = 6635;
    let shim = match destination {
        37008 => Shim::Tzsp,
        4341 => Shim::Lisp,
        6080 => Shim::Gue,
        // MPLS in UDP (RFC 7510): the lowest label, and IP below it.
        MPLS => return leads_down(payload).then_some(Next::Mpls),
        _ => match (source, destination) {
            (5247, _) | (_, 5247) => Shim::Capwap,
            (1701, _) | (_, 1701) => Shim::L2tp,
            (3544, _) | (_, 3544) => Shim::Teredo,
            _ => return None,
        },
    };
    shim.read(payload).map(|_| Next::Shim(shim))
}

/// Below the last of the labels there is IP.
fn leads_down(payload: &[u8]) -> bool {
    let mut labels = payload.chunks_exact(4).take(limits::ENCAPSULATIONS);
    let depth = labels.position(|label| matches!(label, [_, _, low, _] if low & 1 != 0));
    let below = depth.and_then(|depth| payload.get(depth * 4 + 4));
    below.is_some_and(|first| matches!(first >> 4, 4 | 6))
}

/// An Ethernet frame whose type is IP, which its first half byte confirms where it was captured, or a tag before it.
pub(in crate::net) fn leads_to_ip(frame: &[u8]) -> bool {
    let Some((&[.., high, low], inner)) = frame.split_first_chunk::<14>() else { return false };
    let version = inner.first().map(|byte| byte >> 4);
    match u16::from_be_bytes([high, low]) {
        0x0800 => version.is_none_or(|version| version == 4),
        0x86dd => version.is_none_or(|version| version == 6),
        other => matches!(other, 0x8100 | 0x88a8),
    }
}

/// Version 1, a received or sent packet, what it is; then tagged fields up to the one that ends them.
pub(super) fn tzsp(bytes: &[u8]) -> Option<(usize, Next)> {
    let [1, 0 | 1, high, low] = *bytes.first_chunk::<4>()? else { return None };
    let next = match u16::from_be_bytes([high, low]) {
        1 => Next::Ethernet,
        2 => Next::Shim(Shim::TokenRing),
        4 => Next::Ppp,
        5 => Next::Fddi,
        7 => Next::Ip,
        18 => Next::Wireless(Form::Plain),
        119 => Next::Shim(Shim::Prism),
        127 => Next::Shim(Shim::Avs),
        _ => return None,
    };
    let mut at = 4;
    loop {
        match bytes.get(at)? {
            0 => at += 1,
            1 => return Some((at + 1, next)),
            _ => at += 2 + usize::from(*bytes.get(at + 1)?),
        }
    }
}

/// CAPWAP's data header (RFC 5415 section 4.3), not encrypted, not a fragment, no keep-alive: a frame of IEEE 802.11
/// (binding 1) where it says so, or else of IEEE 802.3.
pub(super) fn capwap(bytes: &[u8]) -> Option<(usize, Next)> {
    let [0, length, binding, flags, ..] = *bytes.first_chunk::<8>()? else { return None };
    let len = usize::from(length >> 3) * 4;
    let inner = bytes.get(len..)?;
    if len < 8 || flags & 0b1000_1111 != 0 {
        return None;
    }
    match (binding & 1 != 0, binding >> 1 & 0x1f) {
        (true, 1) => Some((len, Next::Wireless(Form::Swapped))),
        (false, _) if leads_to_ip(inner) => Some((len, Next::Ethernet)),
        _ => None,
    }
}

/// L2TP over UDP, a data message: flags, version, and the fields that the flags name. Version 2 carries PPP.
pub(super) fn l2tp(bytes: &[u8]) -> Option<(usize, Next)> {
    let [flags, version] = *bytes.first_chunk::<2>()?;
    match version & 0x0f {
        // No reserved bit is set (RFC 2661 section 3.1).
        2 if flags & 0b1011_0100 == 0 && version & 0xf0 == 0 => {
            let [length, sequence, offset] = [0x40, 0x08, 0x02].map(|bit| flags & bit != 0);
            let len = 6 + if length { 2 } else { 0 } + if sequence { 4 } else { 0 };
            let padding = if offset { 2 + usize::from(type_at(bytes, len)?) } else { 0 };
            Some((len + padding, Next::Ppp))
        }
        3 if flags == 0 && version == 3 => pseudowire(bytes.get(4..)?).map(|(len, next)| (4 + len, next)),
        _ => None,
    }
}

/// Session (0 is a control message), then a cookie and a sublayer of lengths that only the two ends know (RFC 3931
/// section 4.1): where they lead to IP, they were these.
pub(super) fn pseudowire(bytes: &[u8]) -> Option<(usize, Next)> {
    if *bytes.first_chunk::<4>()? == [0; 4] {
        return None;
    }
    [4, 8, 12, 16].into_iter().find_map(|at| {
        let inner = bytes.get(at..)?;
        match inner {
            [0xff, 3, 0, 0x21 | 0x57, ..] => Some((at, Next::Ppp)),
            frame if leads_to_ip(frame) => Some((at, Next::Ethernet)),
            _ => None,
        }
    })
}

/// IPv6 behind an authentication and an origin, where they are (RFC 4380 section 5.1.1); one of its addresses is of
/// Teredo's prefix.
pub(super) fn teredo(bytes: &[u8]) -> Option<(usize, Next)> {
    let authentication = match bytes {
        [0, 1, id, proof, ..] => 13 + usize::from(*id) + usize::from(*proof),
        _ => 0,
    };
    let origin = if bytes.get(authentication..)?.starts_with(&[0, 0]) { 8 } else { 0 };
    let len = authentication + origin;
    let inner = bytes.get(len..)?;
    let ours = |at: usize| inner.get(at..).is_some_and(|address| address.starts_with(&[0x20, 0x01, 0, 0]));
    (inner.first()? >> 4 == 6 && (ours(8) || ours(24))).then_some((len, Next::Ipv6))
}

/// LISP's data header (RFC 9300 section 5.1), not encrypted; IP of either version behind it.
pub(super) fn lisp(bytes: &[u8]) -> Option<(usize, Next)> {
    let (&[flags, ..], inner) = bytes.split_first_chunk::<8>()?;
    (flags & 3 == 0 && is_ip(inner)).then_some((8, Next::Ip))
}

/// Version 0: length in words, protocol, flags; or, version 1, IP at once.
pub(super) fn gue(bytes: &[u8]) -> Option<(usize, Next)> {
    match *bytes.first_chunk::<4>()? {
        [length, number @ (protocol::IPV4 | protocol::IPV6 | protocol::GRE), ..] if length & 0xe0 == 0 => {
            let len = 4 + usize::from(length) * 4;
            Some((len, Next::Protocol(number)))
        }
        _ if is_ip(bytes) => Some((0, Next::Ip)),
        _ => None,
    }
}

/// The first bytes are as those of an IP header.
fn is_ip(bytes: &[u8]) -> bool {
    match bytes {
        [0x45..=0x4f, _, high, low, ..] => u16::from_be_bytes([*high, *low]) >= 20,
        [first, ..] => first >> 4 == 6,
        [] => false,
    }
}

/// Tells a header of TZSP.
pub(super) fn tell_tzsp<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.layer(PacketField::Tzsp, 0..header.len(), format_args!(""));
    header.number::<1>(PacketField::TzspType, 1);
    header.number::<2>(PacketField::TzspEncap, 2);
}

/// Tells a header of L2TP over UDP.
pub(super) fn tell_l2tp<O: Observer>(header: &mut Teller<'_, '_, O>) {
    let [flags, version] = header.array(0).unwrap_or_default();
    if version & 0x0f != 2 {
        header.layer(PacketField::L2tp, 0..header.len(), format_args!("version 3"));
        return header.hex::<4>(PacketField::L2tpSession, 4);
    }
    let at = if flags & 0x40 != 0 { 4 } else { 2 };
    let [tunnel, session] = [at, at + 2].map(|at| header.read::<2>(at).unwrap_or_default());
    header.layer(PacketField::L2tp, 0..header.len(), format_args!("tunnel {tunnel}, session {session}"));
    header.number::<2>(PacketField::L2tpTunnel, at);
    header.number::<2>(PacketField::L2tpSession, at + 2);
}

/// Tells a header of L2TP behind IP.
pub(super) fn tell_pseudowire<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.layer(PacketField::L2tp, 0..header.len(), format_args!("version 3"));
    header.hex::<4>(PacketField::L2tpSession, 0);
}
