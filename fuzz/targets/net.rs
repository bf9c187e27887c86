//! Packets of every link type, whole, cut, lying and fragmented.
//!
//! Input: as in [`super::packets`].

use sockeye::base::{Packet, limits};
use sockeye::net::{Content, Net, Segment, decode};

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
    net.push(link, data, wire_len, packet.at(), |segment| {
        segments += 1;
        match decoded.content {
            Content::Segment(same) => whole(segment, &same, data, cut),
            _ => pieces(segment, segments),
        }
    });
    assert!(fragment || segments == u64::from(matches!(decoded.content, Content::Segment(_))));
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
