//! A datagram put together from fragments, and the segments in it.
//!
//! In: bytes, some of which may be holes that the snap length left. Out: one [`Segment`] for each captured run, each
//! saying in `cut` how many bytes are missing up to the next. Invariant: a byte of a hole is never handed on.

use std::ops::Range;

use super::content::{Content, Decoded};
use super::decode::decode_datagram;
use super::fragment::Addresses;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::segment::{Segment, TcpFlags};
use crate::base::number::{narrow, short};

/// A whole datagram's payload.
#[derive(Debug, Default)]
pub(super) struct Reassembled {
    /// Who sent it to whom; `None` before the first.
    pub(super) addresses: Option<Addresses>,
    /// Its protocol.
    pub(super) protocol: u8,
    /// Its payload up to the last captured byte; zeros where bytes are missing.
    pub(super) bytes: Vec<u8>,
    /// Which of `bytes` were captured: sorted, disjoint.
    pub(super) runs: Vec<Range<u32>>,
    /// Length of the payload on the wire.
    pub(super) end: u32,
}

impl Reassembled {
    /// What it holds, read from its first run.
    pub(super) fn decode(&self) -> Decoded<'_> {
        let Some(addresses) = self.addresses else {
            return Decoded { content: Content::Other(Kind::Malformed(Part::Fragment)), overlong: false };
        };
        let captured = self.runs.first().filter(|run| run.start == 0).map_or(0, |run| run.end);
        let layer = Layer { bytes: self.run(0..captured), offset: 0, cut: self.end.saturating_sub(captured) };
        decode_datagram(addresses, self.protocol, layer)
    }

    /// Hands over `segment`, which [`Reassembled::decode`] gave, a captured run at a time.
    pub(super) fn split(&self, segment: &Segment<'_>, each: &mut dyn FnMut(&Segment<'_>)) {
        let start = segment.payload_offset.unwrap_or_default();
        let first_end = start.saturating_add(short(segment.payload.len()));
        let end = first_end.saturating_add(segment.cut);
        let mut part = Segment { whole: segment.payload, payload_offset: None, ..*segment };
        let mut part_end = first_end;
        for run in self.runs.iter().map(|run| run.start.max(first_end)..run.end.min(end)).filter(|run| !run.is_empty())
        {
            // SYN opens before the first byte; FIN and RST close after the last.
            part.cut = run.start.saturating_sub(part_end);
            part.flags = without(part.flags, TcpFlags::FIN | TcpFlags::RST);
            each(&part);
            part.flags = without(segment.flags, TcpFlags::SYN);
            part.payload = self.run(run.clone());
            part.whole = part.payload;
            let syn = u32::from(segment.flags.syn());
            part.sequence = segment.sequence.wrapping_add(syn).wrapping_add(run.start.saturating_sub(start));
            part_end = run.end;
        }
        part.cut = end.saturating_sub(part_end);
        each(&part);
    }

    fn run(&self, run: Range<u32>) -> &[u8] {
        let [start, end] = [run.start, run.end].map(|position| narrow(position.into()));
        self.bytes.get(start..end).unwrap_or_default()
    }
}

fn without(flags: TcpFlags, bits: u8) -> TcpFlags {
    TcpFlags(flags.0 & !bits)
}
