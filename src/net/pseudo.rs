//! What the capturing system puts before a packet to say where it was met.
//!
//! In: a [`Layer`] at such a header. Out: what the packet starts with. PKTAP of macOS, the packet filter's log of the
//! BSDs and macOS, the netfilter log of Linux, PPP with a direction byte, per-packet information (PPI).

use super::kind::{Kind, Part};
use super::layer::Layer;
use super::link;
use super::next::Next;
use super::observe::{Observer, Teller, Value};
use crate::base::LinkType;
use crate::base::number::narrow;
use crate::fields::PacketField;

/// PKTAP: length of this header, kind of record (1 is a packet), link type of what follows, all in the byte order of
/// the machines that write it, which is little-endian. Names, process and flags come after.
pub(super) fn pktap(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    const SHORTEST: u32 = 44;
    const LONGEST: u32 = 1024;
    let [l0, l1, l2, l3, 1, 0, 0, 0, low, high, 0, 0] = *layer.take::<12>(Part::Link)? else {
        return Err(Kind::Malformed(Part::Link));
    };
    let len = u32::from_le_bytes([l0, l1, l2, l3]);
    if !(SHORTEST..=LONGEST).contains(&len) {
        return Err(Kind::Malformed(Part::Link));
    }
    layer.skip(narrow(u64::from(len - 12)), Part::Link)?;
    inner(u16::from_le_bytes([low, high]))
}

/// Packet filter log: the length of the header without its padding, then address family, action and names.
pub(super) fn pflog(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [len] = *layer.take::<1>(Part::Link)?;
    layer.skip(usize::from(len).next_multiple_of(4).saturating_sub(1), Part::Link)?;
    Ok(Next::Ip)
}

/// Netfilter log: family, version 0, resource, then attributes of which one is the packet. Lengths count the four bytes
/// of length and type, and are in the byte order of the capturing machine, which is seldom big-endian.
pub(super) fn nflog(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    /// `NFULA_PAYLOAD` of linux/netfilter/nfnetlink_log.h.
    const PAYLOAD: u16 = 9;
    let [_, 0, _, _] = *layer.take::<4>(Part::Link)? else { return Err(Kind::Malformed(Part::Link)) };
    loop {
        let [l0, l1, t0, t1] = *layer.take::<4>(Part::Link)?;
        let len = u16::from_le_bytes([l0, l1]).checked_sub(4).ok_or(Kind::Malformed(Part::Link))?;
        if u16::from_le_bytes([t0, t1]) & 0x7fff == PAYLOAD {
            let _ = layer.limit(len);
            return Ok(Next::Ip);
        }
        layer.skip(usize::from(len).next_multiple_of(4), Part::Link)?;
    }
}

/// PPP behind a byte that says who sent the packet.
pub(super) fn ppp_with_direction(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    layer.skip(1, Part::Link)?;
    Ok(Next::Ppp)
}

/// Per-packet information: version 0, flags, length of this header and link type, both little-endian.
pub(super) fn ppi(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let [0, _, l0, l1, low, high, 0, 0] = *layer.take::<8>(Part::Link)? else {
        return Err(Kind::Malformed(Part::Link));
    };
    let len = u16::from_le_bytes([l0, l1]).checked_sub(8).ok_or(Kind::Malformed(Part::Link))?;
    layer.skip(usize::from(len), Part::Link)?;
    inner(u16::from_le_bytes([low, high]))
}

fn inner(link: u16) -> Result<Next, Kind> {
    link::first(LinkType(link))
}

/// Tells a PKTAP header.
pub(super) fn tell_pktap<O: Observer>(header: &mut Teller<'_, '_, O>) {
    const NAME: std::ops::Range<usize> = 12..36;
    header.layer(PacketField::Pktap, 0..header.len(), format_args!("{}", Value::Text(header.bytes(NAME))));
    header.little::<4>(PacketField::PktapHdrlen, 0);
    header.little::<4>(PacketField::PktapRectype, 4);
    header.little::<4>(PacketField::PktapDlt, 8);
    header.field(PacketField::PktapIfname, NAME, Value::Text(header.bytes(NAME)));
}

/// Tells the header of a packet filter's log.
pub(super) fn tell_pflog<O: Observer>(header: &mut Teller<'_, '_, O>) {
    const NAME: std::ops::Range<usize> = 4..20;
    header.layer(PacketField::Pflog, 0..header.len(), format_args!("{}", Value::Text(header.bytes(NAME))));
    header.number::<1>(PacketField::PflogLength, 0);
    header.number::<1>(PacketField::PflogAf, 1);
    header.number::<1>(PacketField::PflogAction, 2);
    header.number::<1>(PacketField::PflogReason, 3);
    header.field(PacketField::PflogIfname, NAME, Value::Text(header.bytes(NAME)));
}

/// Tells a header of the netfilter log, each attribute up to the packet.
pub(super) fn tell_nflog<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.layer(PacketField::Nflog, 0..header.len(), format_args!(""));
    header.number::<1>(PacketField::NflogFamily, 0);
    header.number::<1>(PacketField::NflogVersion, 1);
    header.number::<2>(PacketField::NflogResId, 2);
    let mut at = 4;
    while let Some([l0, l1, t0, t1]) = header.array(at) {
        let len = usize::from(u16::from_le_bytes([l0, l1])).max(4);
        let kind = u16::from_le_bytes([t0, t1]) & 0x7fff;
        let end = (at + len).min(header.len());
        let text = format_args!("{kind}, {} bytes", len - 4);
        header.field(PacketField::NflogTlv, at..end, Value::Written(kind.into(), text));
        at += len.next_multiple_of(4);
    }
}

/// Tells a header of per-packet information.
pub(super) fn tell_ppi<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.layer(PacketField::Ppi, 0..header.len(), format_args!(""));
    header.number::<1>(PacketField::PpiVersion, 0);
    header.number::<1>(PacketField::PpiFlags, 1);
    header.little::<2>(PacketField::PpiLength, 2);
    header.little::<4>(PacketField::PpiDlt, 4);
}

/// Tells the byte before a PPP header.
pub(super) fn tell_direction<O: Observer>(header: &mut Teller<'_, '_, O>) {
    let received = header.array(0) == Some([0]);
    header.layer(PacketField::Ppp, 0..1, format_args!("{}", if received { "received" } else { "sent" }));
    header.number::<1>(PacketField::PppDirection, 0);
}
