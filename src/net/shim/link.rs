//! Headers of rare links, as tcpdump.org lists them for each link type.
//!
//! In: the bytes from such a header on. Out: its length and what comes next; `None` where it is none.

use super::super::ethernet;
use super::super::next::Next;
use super::super::observe::{Observer, Teller, Value};
use super::super::wireless::Form;
use super::{Link, Shim, type_at};
use crate::base::number::narrow;
use crate::fields::PacketField;

/// Address family in the byte order of the capturing machine, security parameters, flags.
pub(super) fn enc(bytes: &[u8]) -> Option<(usize, Next)> {
    let family = bytes.first_chunk::<4>()?;
    let either = [u32::from_be_bytes(*family), u32::from_le_bytes(*family)];
    either.iter().any(|family| matches!(family, 2 | 10 | 23 | 24 | 28 | 30)).then_some((12, Next::Ip))
}

/// A type and two zero bytes (RFC 4391 section 6); before it the global route header's 40 bytes, or the 20 of an
/// address, by the system that captured.
pub(super) fn ip_over_infiniband(bytes: &[u8]) -> Option<(usize, Next)> {
    [40, 20, 0].into_iter().find_map(|at| encapsulation(bytes, at))
}

/// The encapsulation header of RFC 4391, where it leads to IP.
fn encapsulation(bytes: &[u8], at: usize) -> Option<(usize, Next)> {
    let header = bytes.get(at..)?.first_chunk::<4>()?;
    let version = bytes.get(at + 4).map(|byte| byte >> 4);
    let next = match header {
        [0x08, 0x00, 0, 0] if version.is_none_or(|version| version == 4) => Next::Ipv4,
        [0x86, 0xdd, 0, 0] if version.is_none_or(|version| version == 6) => Next::Ipv6,
        [0x08, 0x06, 0, 0] => Next::EtherType(ethernet::ARP),
        _ => return None,
    };
    Some((at + 4, next))
}

/// Local route header, global route header where it says so, base transport header, and that of datagrams.
pub(super) fn infiniband(bytes: &[u8]) -> Option<(usize, Next)> {
    const LOCAL: usize = 8;
    const TRANSPORT: usize = 12;
    let transport = match bytes.get(1)? & 3 {
        2 => LOCAL,
        3 => LOCAL + 40,
        _ => return None,
    };
    // Opcodes that carry the whole of a message: connected, not reliable, datagram; the last also with four bytes more.
    let datagram = match bytes.get(transport)? {
        0x04 | 0x24 => 0,
        0x64 => 8,
        0x65 => 12,
        _ => return None,
    };
    encapsulation(bytes, transport + TRANSPORT + datagram)
}

/// Time, type, flags, lengths; extension headers as long as a bit says so; then what the type names.
pub(super) fn erf(bytes: &[u8]) -> Option<(usize, Next)> {
    const HEADER: usize = 16;
    let kind = *bytes.get(8)?;
    let (mut at, mut more) = (HEADER, kind & 0x80 != 0);
    while more {
        more = bytes.get(at)? & 0x80 != 0;
        at += 8;
    }
    Some(match kind & 0x7f {
        // Ethernet, in several forms, with two bytes of padding before it.
        2 | 11 | 16 | 20 => (at + 2, Next::Ethernet),
        // Serial lines: PPP shows its address.
        1 | 10 | 15 | 17 if bytes.get(at..)?.starts_with(&[0xff, 3]) => (at, Next::Ppp),
        1 | 10 | 15 | 17 => (at, Next::Hdlc),
        21 => (at, Next::Shim(Shim::Infiniband)),
        22 | 23 => (at, Next::Ip),
        _ => return None,
    })
}

/// Longest header of a radio that is believed.
const LONGEST: u32 = 1024;

/// A code, then the length of the header, in the byte order of the machine. The newer header may stand here too.
pub(super) fn prism(bytes: &[u8]) -> Option<(usize, Next)> {
    let &[code, _, _, _, length @ ..] = bytes.first_chunk::<8>()?;
    if code == 0x80 {
        return avs(bytes);
    }
    let either = [u32::from_le_bytes(length), u32::from_be_bytes(length)];
    let length = either.into_iter().find(|length| (24..=LONGEST).contains(length))?;
    Some((narrow(length.into()), Next::Wireless(Form::Plain)))
}

/// A mark with the version, then the length of the header.
pub(super) fn avs(bytes: &[u8]) -> Option<(usize, Next)> {
    let [0x80, 0x21, 0x10 | 0x11, _, length @ ..] = *bytes.first_chunk::<8>()? else { return None };
    let length = u32::from_be_bytes(length);
    (8..=LONGEST).contains(&length).then_some((narrow(length.into()), Next::Wireless(Form::Plain)))
}

/// Access and frame control, destination, source; the route, where the source's first bit says so; then LLC.
pub(super) fn token_ring(bytes: &[u8]) -> Option<(usize, Next)> {
    let header = bytes.first_chunk::<14>()?;
    let [_, control, _, _, _, _, _, _, source, ..] = *header;
    if control & 0xc0 != 0x40 {
        return None;
    }
    let route = if source & 0x80 == 0 { 0 } else { usize::from(bytes.get(14)? & 0x1f).max(2) };
    Some((14 + route, Next::Llc))
}

/// Bytes of 0x55 up to the start of an express frame (IEEE 802.3br).
pub(super) fn preamble(bytes: &[u8]) -> Option<(usize, Next)> {
    let at = bytes.iter().take(8).position(|byte| *byte != 0x55)?;
    (bytes.get(at) == Some(&0xd5)).then_some((at + 1, Next::Ethernet))
}

/// A mark, flags, and extensions with their length where a flag says so. Without the header of the link, which another
/// flag says, it cannot be told what follows.
pub(super) fn juniper(bytes: &[u8], inner: Link) -> Option<(usize, Next)> {
    let [0x4d, 0x47, 0x43, flags] = *bytes.first_chunk::<4>()? else { return None };
    if flags & 0x02 != 0 {
        return None;
    }
    let extensions = if flags & 0x80 == 0 { 0 } else { 2 + usize::from(type_at(bytes, 4)?) };
    let next = match inner {
        Link::Ethernet => Next::Ethernet,
        Link::Ppp => Next::Ppp,
        Link::Hdlc => Next::Hdlc,
        Link::FrameRelay => Next::Shim(Shim::FrameRelay),
    };
    Some((4 + extensions, next))
}

/// Tells the header of an encapsulating interface.
pub(super) fn tell_enc<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.layer(PacketField::Enc, 0..12, format_args!(""));
    // Whatever the byte order, the family is the one byte that is not zero.
    let family = header.bytes(0..4).iter().copied().max().unwrap_or_default();
    header.field(PacketField::EncFamily, 0..4, Value::Number(family.into()));
    header.hex::<4>(PacketField::EncSpi, 4);
    header.hex::<4>(PacketField::EncFlags, 8);
}

/// Tells the header of IP over InfiniBand.
pub(super) fn tell_ip_over_infiniband<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.layer(PacketField::Ipoib, 0..header.len(), format_args!(""));
    if let Some(at) = header.len().checked_sub(4) {
        ethernet::tell_type(header, PacketField::IpoibType, at);
    }
}
