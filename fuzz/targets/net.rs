//! Packets of every link type, whole, cut, lying and fragmented.
//!
//! Input: as in [`super::packets`].

use std::fmt;
use std::ops::Range;

use sockeye::base::{Packet, limits};
use sockeye::fields::PacketField;
use sockeye::net::{Content, Net, Observer, Segment, Transport, Value, decode, decode_observed};

use super::packets::packets;

/// Runs it.
pub fn run(input: &[u8]) {
    let mut net = Net::default();
    let mut pushed = 0;
    let mut with_tcp = 0;
    for packet in packets(input) {
        pushed += 1;
        with_tcp += u64::from(push(&mut net, &packet));
    }
    let counts = net.counts();
    assert_eq!(counts.packets, pushed);
    assert_eq!(counts.tcp, with_tcp);
    assert_eq!(counts.tcp + counts.kinds().map(|(_, count)| count).sum::<u64>(), counts.packets);
    net.finish();
    assert_eq!(net.waiting(), (0, 0));
}

/// Pushes one packet; says whether it gave a segment.
fn push(net: &mut Net, packet: &Packet<'_>) -> bool {
    let Packet { link, data, wire_len, .. } = *packet;
    let cut = wire_len - data.len() as u32;
    let decoded = decode(link, data, wire_len);
    let fragment = matches!(decoded.content, Content::Fragment(_));
    let mut segments = 0;
    let mut told = Told { len: data.len() as u32, groups: Vec::new(), last: 0 };
    assert_eq!(decode_observed(link, data, wire_len, &mut told), decoded);
    // A fragment in a frame of an aggregate may complete a datagram.
    let aggregate = matches!(decoded.content, Content::Aggregate(_));
    net.push(link, data, wire_len, packet.at(), |transport| match (transport, decoded.content) {
        (Transport::Tcp(segment), Content::Aggregate(_)) => {
            segments += 1;
            if let Some(offset) = segment.payload_offset {
                assert_eq!(segment.payload.as_ptr(), data[offset as usize..].as_ptr());
                assert!(offset as usize + segment.payload.len() <= data.len());
            }
        }
        (Transport::Udp(_), Content::Aggregate(_)) => {}
        (Transport::Tcp(segment), Content::Segment(same)) => {
            segments += 1;
            whole(segment, &same, data, cut);
        }
        (Transport::Tcp(segment), _) => {
            segments += 1;
            pieces(segment, segments);
        }
        (Transport::Udp(datagram), Content::Udp(same)) => {
            assert_eq!(*datagram, same);
            let offset = datagram.payload_offset.expect("a packet's own datagram knows its place") as usize;
            assert_eq!(datagram.payload, &data[offset..][..datagram.payload.len()]);
        }
        (Transport::Udp(datagram), _) => assert!(fragment && datagram.payload_offset.is_none()),
    });
    assert!(fragment || aggregate || segments == u64::from(matches!(decoded.content, Content::Segment(_))));
    let (datagrams, bytes) = net.waiting();
    assert!(datagrams <= limits::FRAGMENTED_DATAGRAMS && bytes <= limits::FRAGMENT_BYTES);
    segments > 0
}

/// The segment of a packet that needs nothing else.
fn whole(segment: &Segment<'_>, same: &Segment<'_>, data: &[u8], cut: u32) {
    assert_eq!(segment, same);
    let offset = segment.payload_offset.expect("a packet's own segment knows its place") as usize;
    assert_eq!(segment.payload.as_ptr(), data[offset..].as_ptr());
    assert!(offset + segment.payload.len() <= data.len());
    assert!(cut > 0 || segment.cut == 0, "only the snap length cuts");
    assert!(segment.cut <= cut.max(65_535));
}

/// A segment out of fragments, the `n`th of its datagram.
fn pieces(segment: &Segment<'_>, n: u64) {
    assert_eq!(segment.payload_offset, None);
    assert!(n == 1 || !segment.flags.syn());
    assert!(n == 1 || !segment.payload.is_empty());
    assert!(segment.payload.len() + segment.cut as usize <= 65_535);
}

/// Holds what is told of headers against the packet: spans inside, in order, each in its group.
struct Told {
    len: u32,
    groups: Vec<Range<u32>>,
    last: u32,
}

impl Told {
    fn add(&mut self, field: PacketField, text: &dyn fmt::Display, span: Range<u32>) {
        assert!(
            span.start < span.end && span.end <= self.len && span.start >= self.last,
            "{}: {span:?}",
            field.field().name()
        );
        self.groups.truncate(field.field().depth.into());
        assert_eq!(self.groups.len(), usize::from(field.field().depth), "{} without its group", field.field().name());
        assert!(self.groups.last().is_none_or(|group| group.start <= span.start && span.end <= group.end));
        assert!(text.to_string().len() < 4096);
        self.last = span.start;
        self.groups.push(span);
    }
}

impl Observer for Told {
    const LISTENS: bool = true;

    fn layer(&mut self, field: PacketField, line: fmt::Arguments<'_>, span: Range<u32>) {
        assert!(self.groups.first().is_none_or(|before| before.end <= span.start));
        self.add(field, &line, span);
    }

    fn field(&mut self, field: PacketField, value: Value<'_>, span: Range<u32>) {
        self.add(field, &value, span);
    }

    fn remark(&mut self, _: &'static str) {}
}
