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

/// The segment in `layer`.
#[inline]
pub(super) fn segment<'a>(mut layer: Layer<'a>, addresses: Addresses) -> Result<Segment<'a>, Content<'a>> {
    let header = header(&layer)?;
    let header_len = u32::from(header[12] >> 4) * 4;
    let bytes = layer.bytes;
    if header_len < 20 || !layer.skip_wire(header_len) {
        return Err(Content::Other(Kind::Malformed(Part::Tcp)));
    }
    let [s0, s1, d0, d1, n0, n1, n2, n3, a0, a1, a2, a3, _, flags, w0, w1, ..] = header;
    Ok(Segment {
        endpoints: Endpoints {
            source: addresses.source,
            destination: addresses.destination,
            source_port: u16::from_be_bytes([s0, s1]),
            destination_port: u16::from_be_bytes([d0, d1]),
        },
        sequence: u32::from_be_bytes([n0, n1, n2, n3]),
        acknowledgement: u32::from_be_bytes([a0, a1, a2, a3]),
        flags: TcpFlags(flags),
        window: u16::from_be_bytes([w0, w1]),
        header: bytes.get(..narrow(header_len.into())).unwrap_or_default(),
        payload: layer.bytes,
        cut: layer.cut,
        payload_offset: Some(layer.offset),
    })
}

/// The fixed part of the header, zeros where the snap length cut it after the flags.
#[inline]
fn header(layer: &Layer<'_>) -> Result<[u8; HEADER], Kind> {
    if let Some(whole) = layer.bytes.first_chunk::<HEADER>() {
        return Ok(*whole);
    }
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
