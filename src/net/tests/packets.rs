//! One packet at a time: what is counted as what, and the lengths that do not fit.

use super::builders::*;
use crate::base::{LinkType, limits};
use crate::net::{Content, Kind, Part, Segment, decode};

fn segment(link: LinkType, packet: &[u8]) -> Segment<'_> {
    match decode(link, packet, packet.len() as u32).content {
        Content::Segment(segment) => segment,
        other => panic!("{other:?}"),
    }
}

fn kind(link: LinkType, packet: &[u8]) -> Kind {
    match decode(link, packet, packet.len() as u32).content {
        Content::Other(kind) => kind,
        Content::Udp(_) => Kind::Udp,
        other => panic!("{other:?}"),
    }
}

#[test]
fn other_traffic_has_a_kind() {
    let eth = LinkType::ETHERNET;
    let raw = LinkType::RAW;
    let expected = [
        (kind(eth, &ethernet(0x0806, &[0; 28])), Kind::Arp),
        (kind(eth, &ethernet(0x88cc, &[0; 28])), Kind::EtherType(0x88cc)),
        (kind(eth, &ethernet(38, &[0x42, 0x42, 3, 0])), Kind::Llc),
        (kind(raw, &ipv4(1, &[8, 0])), Kind::Icmp),
        (kind(raw, &ipv6(58, &[128, 0])), Kind::Icmp6),
        (kind(raw, &ipv4(17, &udp(53, b"?"))), Kind::Udp),
        (kind(raw, &ipv4(17, b"short")), Kind::Udp),
        (kind(raw, &ipv4(2, &[])), Kind::Igmp),
        (kind(raw, &ipv4(132, &[])), Kind::Sctp),
        (kind(raw, &ipv4(50, &[])), Kind::Protocol(50)),
        (kind(raw, &ipv6(59, &[])), Kind::Protocol(59)),
        // Extension headers exist in IPv6 only.
        (kind(raw, &ipv4(0, &tcp(0x10, b""))), Kind::Protocol(0)),
        (kind(LinkType::PPP, &[0xff, 3, 0xc0, 0x21, 1]), Kind::Ppp(0xc021)),
        (kind(LinkType::NULL, &[7, 0, 0, 0]), Kind::Family),
        (kind(LinkType(147), &[]), Kind::LinkType(147)),
        (kind(eth, &ethernet(0x8847, &label(true, &[0x10, 0, 0, 0]))), Kind::Mpls),
        (kind(raw, &[0x25; 40]), Kind::Malformed(Part::Ip)),
        (kind(LinkType::IPV4, &ipv6(6, &[])), Kind::Malformed(Part::Ip)),
        (kind(LinkType::IPV6, &ipv4(6, &[])), Kind::Malformed(Part::Ip)),
    ];
    for (found, expected) in expected {
        assert_eq!(found, expected);
    }
}

#[test]
fn the_address_family_is_read_in_both_byte_orders() {
    let [v4, v6] = [ipv4(6, &tcp(0x10, b"x")), ipv6(6, &tcp(0x10, b"x"))];
    for (family, packet) in [(2u32, &v4), (10, &v6), (23, &v6), (24, &v6), (28, &v6), (30, &v6)] {
        for bytes in [family.to_be_bytes(), family.to_le_bytes()] {
            for link in [LinkType::NULL, LinkType::LOOP] {
                assert_eq!(segment(link, &[&bytes[..], packet].concat()).payload, b"x", "{family}");
            }
        }
    }
}

#[test]
fn pseudowires_with_and_without_control_word() {
    let frame = ethernet(0x0800, &ipv4(6, &tcp(0x10, b"x")));
    for before in [&[][..], &[0, 0, 0, 9]] {
        let packet = ethernet(0x8847, &label(false, &label(true, &[before, &frame].concat())));
        assert_eq!(segment(LinkType::ETHERNET, &packet).payload, b"x");
    }
}

#[test]
fn tunnels_over_udp_need_every_fixed_bit() {
    let frame = ethernet(0x0800, &ipv4(6, &tcp(0x10, b"x")));
    let inside = |port: u16, header: &[u8], inner: &[u8]| ipv4(17, &udp(port, &[header, inner].concat()));
    let vxlan = [8, 0, 0, 0, 0, 0, 1, 0];
    assert_eq!(segment(LinkType::RAW, &inside(4789, &vxlan, &frame)).payload, b"x");
    assert_eq!(kind(LinkType::RAW, &inside(4788, &vxlan, &frame)), Kind::Udp);
    assert_eq!(kind(LinkType::RAW, &inside(4789, &[0; 8], &frame)), Kind::Udp);
    // What is in it must be a frame that leads to IP: type and version agree.
    let other = ethernet(0x86dd, &ipv4(6, &tcp(0x10, b"x")));
    assert_eq!(kind(LinkType::RAW, &inside(4789, &vxlan, &other)), Kind::Udp);
    let geneve = [0, 0, 0x65, 0x58, 0, 0, 1, 0];
    assert_eq!(segment(LinkType::RAW, &inside(6081, &geneve, &frame)).payload, b"x");
    for (at, value) in [(0, 0x80), (1, 0x80), (7, 1)] {
        let mut broken = geneve;
        broken[at] = value;
        assert_eq!(kind(LinkType::RAW, &inside(6081, &broken, &frame)), Kind::Udp, "{broken:?}");
    }
}

#[test]
fn padding_is_taken_off_by_the_ip_length() {
    for ip in [ipv4(6, &tcp(0x10, b"x")), ipv6(6, &tcp(0x10, b"x"))] {
        let ether_type = if ip[0] == 0x45 { 0x0800 } else { 0x86dd };
        let padded = [ethernet(ether_type, &ip), vec![0xee; 9]].concat();
        assert_eq!(segment(LinkType::ETHERNET, &padded).payload, b"x");
        // Snap length inside the padding.
        let cut = decode(LinkType::ETHERNET, &padded[..padded.len() - 3], padded.len() as u32).content;
        assert!(matches!(cut, Content::Segment(Segment { payload: b"x", cut: 0, .. })));
    }
}

#[test]
fn a_length_of_zero_means_the_rest_of_the_packet() {
    let mut v4 = ipv4(6, &tcp(0x10, b"offloaded"));
    v4[2..4].fill(0);
    let mut v6 = ipv6(6, &tcp(0x10, b"offloaded"));
    v6[4..6].fill(0);
    for ip in [v4, v6] {
        assert_eq!(segment(LinkType::RAW, &ip).payload, b"offloaded");
        let Content::Segment(cut) = decode(LinkType::RAW, &ip[..ip.len() - 2], 70_000).content else { panic!() };
        assert_eq!((cut.payload, cut.cut), (&b"offload"[..], 70_000 - ip.len() as u32 + 2));
    }
}

#[test]
fn an_ip_length_beyond_the_packet_is_counted_and_believed_only_where_the_packet_was_cut() {
    let mut ip = ipv4(6, &tcp(0x10, b"x"));
    ip[2..4].copy_from_slice(&1000u16.to_be_bytes());
    let decoded = decode(LinkType::RAW, &ip, 41);
    let Content::Segment(segment) = decoded.content else { panic!() };
    assert_eq!((segment.payload, segment.cut, decoded.overlong), (&b"x"[..], 0, true));
    let decoded = decode(LinkType::RAW, &ip, 42);
    let Content::Segment(segment) = decoded.content else { panic!() };
    assert_eq!((segment.payload, segment.cut, decoded.overlong), (&b"x"[..], 959, false));
}

#[test]
fn broken_headers_are_counted_by_the_part_that_is_broken() {
    let good = ipv4(6, &tcp(0x10, b"payload"));
    let with = |at: usize, value: u8| {
        let mut packet = good.clone();
        packet[at] = value;
        kind(LinkType::IPV4, &packet)
    };
    assert_eq!(with(0, 0x44), Kind::Malformed(Part::Ip));
    assert_eq!(with(0, 0x65), Kind::Malformed(Part::Ip));
    assert_eq!(with(3, 19), Kind::Malformed(Part::Ip));
    assert_eq!(with(32, 0x40), Kind::Malformed(Part::Tcp));
    assert_eq!(with(32, 0xf0), Kind::Malformed(Part::Tcp));
    assert_eq!(with(3, 39), Kind::Malformed(Part::Tcp));
    // The same offset in a cut packet: beyond its wire length is still broken, within it is not.
    let mut options = good.clone();
    options[32] = 0xf0;
    assert_eq!(decode(LinkType::RAW, &options, 60).content, Content::Other(Kind::Malformed(Part::Tcp)));
    options[2..4].copy_from_slice(&81u16.to_be_bytes());
    let Content::Segment(segment) = decode(LinkType::RAW, &options, 81).content else { panic!() };
    assert_eq!((segment.payload, segment.cut, segment.payload_offset), (&b""[..], 1, Some(47)));
}

#[test]
fn a_header_cut_after_its_flags_still_gives_its_numbers() {
    let packet = ipv6(6, &tcp(0x18, b"payload"));
    let Content::Segment(segment) = decode(LinkType::RAW, &packet[..54], packet.len() as u32).content else { panic!() };
    assert_eq!((segment.sequence, segment.flags.0, segment.window, segment.cut), (1000, 0x18, 0, 7));
    let shorter = decode(LinkType::RAW, &packet[..53], packet.len() as u32).content;
    assert_eq!(shorter, Content::Other(Kind::Cut(Part::Tcp)));
}

#[test]
fn headers_inside_one_another_are_followed_so_far_and_no_further() {
    let inner = ipv4(6, &tcp(0x10, b"x"));
    let stack = |tags: usize| {
        (0..tags).fold((0x0800, inner.clone()), |(ether_type, packet), _| (0x8100, tag(ether_type, &packet)))
    };
    // Ethernet, types, IP and TCP take their share of the steps.
    let (ether_type, packet) = stack(limits::ENCAPSULATIONS - 4);
    assert_eq!(segment(LinkType::ETHERNET, &ethernet(ether_type, &packet)).payload, b"x");
    let (ether_type, packet) = stack(limits::ENCAPSULATIONS);
    assert_eq!(kind(LinkType::ETHERNET, &ethernet(ether_type, &packet)), Kind::Nested);
}

#[test]
fn both_directions_are_of_one_group() {
    let packet = ipv4(6, &tcp(0x10, b"x"));
    let one = segment(LinkType::RAW, &packet).endpoints;
    let mut back = one;
    std::mem::swap(&mut back.source, &mut back.destination);
    std::mem::swap(&mut back.source_port, &mut back.destination_port);
    assert_eq!(one.group(), back.group());
}

#[test]
fn groups_spread_evenly() {
    let mut endpoints = segment(LinkType::RAW, &ipv4(6, &tcp(0x10, b""))).endpoints;
    let mut buckets = [0u32; 8];
    for port in 0..8000 {
        endpoints.source_port = 20_000 + port;
        buckets[endpoints.group() as usize % 8] += 1;
    }
    assert!(buckets.iter().all(|count| (800..1200).contains(count)), "{buckets:?}");
}
