//! Stage 2: one packet down to its TCP segment.
//!
//! In: a packet's bytes and link type. Out: a [`Segment`] that borrows them, or a kind to count. Bad input is counted
//! by kind, never an error.
//!
//! [`decode`] reads one packet and keeps nothing: link layers, IP, tunnels, TCP. [`Net`] adds what
//! needs memory: fragments waiting for others, and [`Counts`].

mod counts;
mod datagram;
mod decode;
mod defragment;
mod ip;
mod kind;
mod layer;
mod link;
mod pseudo;
mod runs;
pub mod segment;
mod tcp;
mod tunnel;
mod wireless;

#[cfg(test)]
mod tests;

pub use counts::Counts;
pub use decode::{Content, Decoded, decode};
pub use ip::{Addresses, Fragment};
pub use kind::{Kind, Part};
pub use segment::{Endpoints, Segment, TcpFlags};

use crate::base::{At, LinkType};
use datagram::Datagram;
use defragment::{Defragmenter, Malformed};

/// Fragmented datagrams inside one another that are followed: tunnels in tunnels.
const NESTED_DATAGRAMS: usize = 4;

/// The stage: packets in, segments out.
#[derive(Debug, Default)]
pub struct Net {
    counts: Counts,
    defragmenter: Defragmenter,
    /// Where datagrams are put together; kept for its memory.
    datagram: Datagram,
}

impl Net {
    /// Reads one packet and hands over its segment, if it has one.
    ///
    /// `wire_len` is the packet's length on the wire. A fragment gives nothing until it completes its datagram; then a
    /// datagram of which the snap length cut bytes in several places gives several segments, one for each captured run.
    #[inline]
    pub fn push(&mut self, link: LinkType, data: &[u8], wire_len: u32, at: At, mut each: impl FnMut(&Segment<'_>)) {
        self.counts.packets += 1;
        let decoded = decode(link, data, wire_len);
        self.counts.overlong += u64::from(decoded.overlong);
        match &decoded.content {
            Content::Segment(segment) => {
                self.counts.tcp += 1;
                each(segment);
            }
            Content::Fragment(fragment) => self.fragment(fragment, at, &mut each),
            Content::Other(kind) => self.counts.other(*kind),
        }
    }

    /// What was met so far.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Datagrams waiting for fragments, and the bytes held for them.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        (self.defragmenter.len(), self.defragmenter.held())
    }

    /// The capture is over: datagrams still waiting are given up.
    pub fn finish(&mut self) {
        self.defragmenter.finish(&mut self.counts);
    }

    #[cold]
    fn fragment(&mut self, fragment: &Fragment<'_>, at: At, each: &mut dyn FnMut(&Segment<'_>)) {
        let mut whole = std::mem::take(&mut self.datagram);
        let mut pushed = self.defragmenter.push(fragment, at.time, &mut self.counts, &mut whole);
        let mut depth = 0;
        let kind = loop {
            match pushed {
                Ok(true) if depth < NESTED_DATAGRAMS => depth += 1,
                Ok(true) => break Some(Kind::Nested),
                Ok(false) => break Some(Kind::Fragment),
                Err(Malformed) => break Some(Kind::Malformed(Part::Fragment)),
            }
            let decoded = whole.decode();
            self.counts.overlong += u64::from(decoded.overlong);
            let mut outer = Datagram::default();
            match &decoded.content {
                Content::Segment(segment) => {
                    whole.split(segment, each);
                    break None;
                }
                Content::Other(kind) => break Some(*kind),
                // A fragment inside a datagram that itself came in fragments: tunnels do that.
                Content::Fragment(inner) => {
                    pushed = self.defragmenter.push(inner, at.time, &mut self.counts, &mut outer);
                }
            }
            whole = outer;
        };
        match kind {
            Some(kind) => self.counts.other(kind),
            None => self.counts.tcp += 1,
        }
        self.datagram = whole;
    }
}
