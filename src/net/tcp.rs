//! The TCP header (RFC 9293 section 3.1).
//!
//! In: a [`Layer`] behind an IP header. Out: a [`Segment`]. Options are passed over. Of a header that the snap length
//! cut, the first 14 bytes are enough: ports, numbers, offset and flags; its window is then 0.

use super::content::Content;
use super::fragment::Addresses;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::segment::{Endpoints, Segment, TcpFlags};

const HEADER: usize = 20;
/// Up to the flags.
const NEEDED: usize = 14;

/// The segment in `layer`.
#[inline]
pub(super) fn segment<'a>(mut layer: Layer<'a>, addresses: Addresses) -> Result<Segment<'a>, Content<'a>> {
    let header = header(&layer)?;
    let header_len = u32::from(header[12] >> 4) * 4;
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
