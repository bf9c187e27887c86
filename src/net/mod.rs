//! Stage 3: one packet down to its TCP segment or UDP datagram.
//!
//! In: a packet's bytes and link type. Out: a [`Segment`] or a [`UdpDatagram`] that borrows them, or a kind to count.
//! Bad input is counted by kind, never an error. Whoever wants to see the headers is told them ([`Observer`]).
//!
//! [`decode`] reads one packet and keeps nothing: link layers, IP, tunnels, TCP, UDP, a file a header. [`Net`] adds what
//! needs memory: fragments waiting for others, and [`Counts`].

// Words.
mod checksum;
mod content;
mod fragment;
mod kind;
mod layer;
mod names;
mod next;
mod observe;
mod protocol;
pub mod segment;
mod udp;

// Headers.
mod aggregate;
mod cooked;
mod ethernet;
mod gre;
mod ipv4;
mod ipv6;
mod link;
mod llc;
mod mpls;
mod options;
mod ppp;
mod pseudo;
mod shim;
mod tags;
mod tcp;
mod tunnel;
mod wireless;

// One packet, and what needs several.
mod counts;
mod decode;
mod defragment;
mod reassembled;
mod runs;
mod tell;

#[cfg(test)]
mod tests;

pub use aggregate::Aggregate;
pub use content::{Content, Decoded, Transport};
pub use counts::Counts;
pub use decode::{decode, decode_observed};
pub use fragment::{Addresses, Fragment};
pub use kind::{Kind, Part};
pub use observe::{Observer, Value};
pub use segment::{Checksum, Endpoints, Segment, TcpFlags};
pub use udp::{UdpDatagram, looks_like_quic};

use crate::base::{At, LinkType};
use defragment::{Defragmenter, Malformed};
use reassembled::Reassembled;

/// What a datagram counts as.
fn kind_of(datagram: &UdpDatagram<'_>) -> Kind {
    if looks_like_quic(datagram.payload) { Kind::Quic } else { Kind::Udp }
}

/// Fragmented datagrams inside one another that are followed: tunnels in tunnels.
const NESTED_DATAGRAMS: usize = 4;

/// The stage: packets in, segments and datagrams out.
#[derive(Debug, Default)]
pub struct Net {
    counts: Counts,
    defragmenter: Defragmenter,
    /// Where datagrams are put together; kept for its memory.
    reassembled: Reassembled,
}

impl Net {
    /// Reads one packet and hands over its segment or datagram, if it has one.
    ///
    /// `wire_len` is the packet's length on the wire. A fragment gives nothing until it completes its datagram; then a
    /// datagram of which the snap length cut bytes in several places gives several segments, one for each captured run; of UDP the first run is handed over. An
    /// aggregate of frames gives what each of them holds.
    #[inline]
    pub fn push(
        &mut self,
        link: LinkType,
        data: &[u8],
        wire_len: u32,
        at: At,
        mut each: impl FnMut(Transport<'_, '_>),
    ) {
        self.counts.packets += 1;
        let decoded = decode(link, data, wire_len);
        self.counts.overlong += u64::from(decoded.overlong);
        match &decoded.content {
            Content::Segment(segment) => {
                self.counts.tcp += 1;
                each(Transport::Tcp(segment));
            }
            Content::Udp(datagram) => {
                self.counts.other(kind_of(datagram));
                each(Transport::Udp(datagram));
            }
            Content::Fragment(fragment) => {
                let kind = self.fragment(fragment, at, &mut each);
                self.count(kind);
            }
            Content::Aggregate(aggregate) => self.aggregate(*aggregate, at, &mut each),
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

    /// Counts a packet of this kind, or one that gave a segment.
    fn count(&mut self, kind: Option<Kind>) {
        match kind {
            Some(kind) => self.counts.other(kind),
            None => self.counts.tcp += 1,
        }
    }

    /// Hands over what is in each frame of an aggregate. The packet is counted once: as TCP where any of them holds TCP.
    #[cold]
    fn aggregate(&mut self, aggregate: Aggregate<'_>, at: At, each: &mut dyn FnMut(Transport<'_, '_>)) {
        let (mut tcp, mut overlong, mut first) = (false, false, None);
        for decoded in aggregate.frames() {
            overlong |= decoded.overlong;
            let kind = match &decoded.content {
                Content::Segment(segment) => {
                    each(Transport::Tcp(segment));
                    None
                }
                Content::Udp(datagram) => {
                    each(Transport::Udp(datagram));
                    Some(Kind::Udp)
                }
                Content::Fragment(fragment) => self.fragment(fragment, at, each),
                Content::Aggregate(_) => Some(Kind::Nested),
                Content::Other(kind) => Some(*kind),
            };
            tcp |= kind.is_none();
            first = first.or(kind);
        }
        self.counts.overlong += u64::from(overlong);
        self.count(if tcp { None } else { Some(first.unwrap_or(Kind::Wireless)) });
    }

    /// Takes a piece of a datagram, and hands over what the datagram holds where it is whole now. Gives what the packet
    /// is to be counted as; `None` where it gave a segment.
    #[cold]
    fn fragment(&mut self, fragment: &Fragment<'_>, at: At, each: &mut dyn FnMut(Transport<'_, '_>)) -> Option<Kind> {
        let mut whole = std::mem::take(&mut self.reassembled);
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
            let mut outer = Reassembled::default();
            match &decoded.content {
                Content::Segment(segment) => {
                    whole.split(segment, &mut |part| each(Transport::Tcp(part)));
                    break None;
                }
                Content::Udp(datagram) => {
                    each(Transport::Udp(&UdpDatagram { payload_offset: None, ..*datagram }));
                    break Some(kind_of(datagram));
                }
                Content::Aggregate(_) => break Some(Kind::Nested),
                Content::Other(kind) => break Some(*kind),
                // A fragment inside a datagram that itself came in fragments: tunnels do that.
                Content::Fragment(inner) => {
                    pushed = self.defragmenter.push(inner, at.time, &mut self.counts, &mut outer);
                }
            }
            whole = outer;
        };
        self.reassembled = whole;
        kind
    }
}
