//! The TCP header (RFC 9293 section 3.1).
//!
//! In: a [`Layer`] behind an IP header. Out: a [`Segment`]. Options are passed over. Of a header that the snap length
//! cut, the first 14 bytes are enough: ports, numbers, offset and flags; its window is then 0.

use super::content::Content;
use super::fragment::Addresses;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::names::Flags;
use super::observe::{Observer, Teller, Value};
use super::options;
use super::segment::{Endpoints, Segment, TcpFlags};
use crate::base::number::{narrow, wide};
use crate::fields::PacketField;

const HEADER: usize = 20;
/// Up to the flags.
const NEEDED: usize = 14;

/// The segment in `layer`, of a packet of which `captured` bytes were captured.
#[inline]
pub(super) fn segment<'a>(layer: Layer<'a>, addresses: Addresses, captured: u32) -> Content<'a> {
    if let Some(header) = layer.bytes.first_chunk::<HEADER>() {
        return read(header, layer, addresses, captured);
    }
    cut_header(&layer).map_or_else(Content::Other, |header| read(&header, layer, addresses, captured))
}

/// The segment in `layer`, whose header begins with `header`.
#[inline]
fn read<'a>(header: &[u8; HEADER], mut layer: Layer<'a>, addresses: Addresses, captured: u32) -> Content<'a> {
    let bytes = layer.bytes;
    let [s0, s1, d0, d1, n0, n1, n2, n3, a0, a1, a2, a3, offset, flags, w0, w1, ..] = header;
    let header_len = u32::from(offset >> 4) * 4;
    if header_len < 20 || !layer.skip_wire(header_len) {
        return Content::Other(Kind::Malformed(Part::Tcp));
    }
    Content::Segment(Segment {
        endpoints: Endpoints {
            source: addresses.source,
            destination: addresses.destination,
            source_port: u16::from_be_bytes([*s0, *s1]),
            destination_port: u16::from_be_bytes([*d0, *d1]),
        },
        sequence: u32::from_be_bytes([*n0, *n1, *n2, *n3]),
        acknowledgement: u32::from_be_bytes([*a0, *a1, *a2, *a3]),
        flags: TcpFlags(*flags),
        window: u16::from_be_bytes([*w0, *w1]),
        // Of a header that was cut there is nothing to look at again.
        whole: if bytes.len() < narrow(header_len.into()) { layer.bytes } else { bytes },
        payload: layer.bytes,
        cut: layer.cut,
        // Where options were cut, the payload would start beyond the captured bytes.
        payload_offset: Some(layer.offset.min(captured)),
    })
}

/// The fixed part of a header that the snap length cut after the flags, zeros where it lacks bytes.
#[cold]
fn cut_header(layer: &Layer<'_>) -> Result<[u8; HEADER], Kind> {
    let mut header = [0; HEADER];
    match header.get_mut(..layer.bytes.len()) {
        Some(start) if layer.cut > 0 && start.len() >= NEEDED => start.copy_from_slice(layer.bytes),
        _ => return Err(layer.lacking(Part::Tcp)),
    }
    Ok(header)
}

/// Tells a TCP header.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>) {
    let word = header.read::<2>(12);
    let claimed = word.map_or(0, |word| narrow(word >> 12) * 4);
    let len = claimed.max(HEADER);
    match (header.read::<2>(0), header.read::<2>(2), word) {
        (Some(source), Some(destination), Some(flags)) => {
            let (flags, payload) = (Flags(flags), header.all.len().saturating_sub(len));
            let line = format_args!("{source} → {destination}  {flags}  {payload} B");
            header.layer(PacketField::Tcp, 0..len, line);
        }
        _ => header.layer(PacketField::Tcp, 0..len, format_args!("cut short")),
    }
    header.number::<2>(PacketField::TcpSrcport, 0);
    header.number::<2>(PacketField::TcpDstport, 2);
    header.number::<4>(PacketField::TcpSeq, 4);
    header.number::<4>(PacketField::TcpAck, 8);
    if let Some(word) = word {
        let text = format_args!("{claimed} bytes, {}", Flags(word));
        header.field(PacketField::TcpFlags, 12..14, Value::Written(word & 0xff, text));
    }
    header.number::<2>(PacketField::TcpWindow, 14);
    header.hex::<2>(PacketField::TcpChecksum, 16);
    header.number::<2>(PacketField::TcpUrgent, 18);
    if len > HEADER && header.len() >= len {
        let bytes = len - HEADER;
        header.field(PacketField::TcpOptions, HEADER..len, Value::Written(wide(bytes), format_args!("{bytes} bytes")));
        options::tell(header, HEADER..len);
    }
}
