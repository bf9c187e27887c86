//! Packets of every link type, whole, cut, lying and fragmented.
//!
//! Input: packets, each `link, flags, length high, length low` and as many bytes. Bits 0 to 3 of `flags`: what the
//! snap length cut (0, or a power of two); bits 4 to 7: seconds since the packet before.

use sockeye::base::{At, LinkType, Timestamp, limits};
use sockeye::net::{Content, Net, Segment, decode, peek};

const LINKS: [LinkType; 14] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType::NULL,
    LinkType::LOOP,
    LinkType::PPP,
    LinkType::PPP_ETHER,
    LinkType::IPV4,
    LinkType::IPV6,
    LinkType(50),
    LinkType(104),
    LinkType(12),
    LinkType(147),
];

/// Runs it.
pub fn run(mut input: &[u8]) {
    let mut net = Net::default();
    let mut at = At::default();
    let mut with_tcp = 0;
    while let Some(([link, flags, high, low], rest)) = input.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (data, after) = rest.split_at(length);
        input = after;
        let link = LINKS[usize::from(*link) % LINKS.len()];
        let cut = if flags & 0x0f == 0 { 0 } else { 1u32 << (flags & 0x0f) };
        at.packet += 1;
        at.time = Timestamp(at.time.0 + i64::from(flags >> 4) * 1_000_000_000);
        with_tcp += u64::from(packet(&mut net, link, data, cut, at));
    }
    let counts = net.counts();
    assert_eq!(counts.packets, at.packet);
    assert_eq!(counts.tcp, with_tcp);
    assert_eq!(counts.tcp + counts.kinds().map(|(_, count)| count).sum::<u64>(), counts.packets);
    net.finish();
    assert_eq!(net.waiting(), (0, 0));
}

/// Pushes one packet; says whether it gave a segment.
fn packet(net: &mut Net, link: LinkType, data: &[u8], cut: u32, at: At) -> bool {
    let wire_len = data.len() as u32 + cut;
    let decoded = decode(link, data, wire_len);
    let fragment = matches!(decoded.content, Content::Fragment(_));
    let mut segments = 0;
    net.push(link, data, wire_len, at, |segment| {
        segments += 1;
        match decoded.content {
            Content::Segment(same) => whole(segment, &same, data, cut),
            _ => pieces(segment, segments),
        }
    });
    assert!(fragment || segments == u64::from(matches!(decoded.content, Content::Segment(_))));
    if let (Content::Segment(segment), 0) = (decoded.content, cut) {
        assert_eq!(peek(link, data), Some(segment));
    }
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
