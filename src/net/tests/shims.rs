//! Headers that come seldom: each packet holds the same segment. The bytes are by the specifications; tshark and
//! tcpdump were asked where they know the header.

use super::builders::*;
use super::outer::{content, holds_x, inner, wireless};
use crate::base::LinkType;
use crate::net::{Content, Kind, Part, decode};

const LLC: [u8; 8] = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];

fn frame() -> Vec<u8> {
    ethernet(0x0800, &inner())
}

fn datagram(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let mut udp = udp(destination, payload);
    udp[..2].copy_from_slice(&source.to_be_bytes());
    ipv4(17, &udp)
}

#[test]
fn what_is_decrypted_by_bsd() {
    for family in [[2, 0, 0, 0], [0, 0, 0, 2]] {
        for link in [13, 109] {
            holds_x("IPv4", link, &[&family[..], &[0, 0, 0, 9, 0, 0, 0, 3], &inner()].concat());
        }
    }
    holds_x("IPv6", 109, &[&[0, 0, 0, 24][..], &[0; 8], &ipv6(6, &tcp(0x18, b"x"))].concat());
    let other = [&[0, 0, 0, 9][..], &[0; 8], &inner()].concat();
    assert_eq!(content(LinkType(109), &other), Content::Other(Kind::Malformed(Part::Link)));
}

#[test]
fn infiniband() {
    for before in [&[0; 40][..], &[0; 20], &[]] {
        holds_x("IPv4", 242, &[before, &[8, 0, 0, 0], &inner()].concat());
        holds_x("IPv6", 242, &[before, &[0x86, 0xdd, 0, 0], &ipv6(6, &tcp(0x18, b"x"))].concat());
    }
    let local = |next| [0, next, 0, 1, 0, 30, 0, 2];
    let transport = |opcode: u8| [&[opcode][..], &[0; 11]].concat();
    let ip = [&[8, 0, 0, 0][..], &inner(), &[0; 6]].concat();
    holds_x("datagram", 247, &[&local(2)[..], &transport(0x64), &[0; 8], &ip].concat());
    holds_x("connected", 247, &[&local(2)[..], &transport(0x04), &ip].concat());
    holds_x("routed", 247, &[&local(3)[..], &[0x60; 40], &transport(0x64), &[0; 8], &ip].concat());
}

#[test]
fn cards_and_systems() {
    let record = |kind: u8, rest: &[u8]| [&[0; 8][..], &[kind, 4, 0, 0, 0, 0, 0, 0], rest].concat();
    holds_x("ERF, Ethernet", 197, &record(2, &[&[0, 0][..], &frame()].concat()));
    holds_x("ERF, extended", 197, &record(0x82, &[&[3, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &frame()].concat()));
    holds_x("ERF, IPv4", 197, &record(22, &inner()));
    holds_x("ERF, HDLC", 197, &record(1, &[&[0x0f, 0, 8, 0][..], &inner()].concat()));
    holds_x("ERF, PPP", 197, &record(1, &[&[0xff, 3, 0, 0x21][..], &inner()].concat()));
    holds_x("netANALYZER", 240, &[&[0x10, 0, 0, 0][..], &frame()].concat());
    holds_x(
        "netANALYZER, preamble",
        241,
        &[&[0x10, 0, 0, 0, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5][..], &frame()].concat(),
    );
    holds_x("preamble", 274, &[&[0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5][..], &frame()].concat());
    holds_x("ipnet", 226, &[&[1, 2][..], &[0; 22], &inner()].concat());
    holds_x("Juniper", 178, &[&b"MGC\x01"[..], &frame()].concat());
    holds_x("Juniper, extended", 178, &[&b"MGC\x81\0\x03\x02\x01\x01"[..], &frame()].concat());
    holds_x("Juniper, HDLC", 181, &[&b"MGC\x01\x0f\0\x08\0"[..], &inner()].concat());
    assert_eq!(content(LinkType(178), &frame()), Content::Other(Kind::Malformed(Part::Link)));
}

#[test]
fn tags_of_switches() {
    let whole = frame();
    let (addresses, rest) = whole.split_at(12);
    holds_x("Broadcom", 281, &[addresses, &[0x20, 0, 0, 1], rest].concat());
    holds_x("Broadcom, before", 282, &[&[0x20, 0, 0, 1][..], &whole].concat());
    holds_x("Marvell", 284, &[addresses, &[0x40, 8, 0, 1], rest].concat());
    holds_x("Marvell, with type", 285, &[addresses, &[0xda, 0xda, 0, 0, 0x40, 8, 0, 1], rest].concat());
    holds_x("as a type", 1, &ethernet(0xdada, &[&[0, 0, 0x40, 8, 0, 1, 8, 0][..], &inner()].concat()));
    holds_x("0x9300", 1, &ethernet(0x9300, &tag(0x0800, &inner())));
}

#[test]
fn old_links() {
    holds_x("Token Ring", 6, &[&[0x10, 0x40][..], &[2; 12], &LLC, &inner()].concat());
    let route = [&[0x10, 0x40][..], &[2; 6], &[0x82, 2, 2, 2, 2, 2], &[4, 0, 0, 1], &LLC, &inner()].concat();
    holds_x("Token Ring, routed", 6, &route);
    holds_x("Fibre Channel", 122, &[&[2; 16][..], &LLC, &inner()].concat());
    holds_x("IEEE 1394", 138, &[&[2; 16][..], &[8, 0], &inner()].concat());
    holds_x("SLIP", 8, &[&[0; 16][..], &inner()].concat());
    holds_x("MPLS", 219, &label(true, &inner()));
}

#[test]
fn frame_relay_and_atm() {
    for (name, before) in [
        ("NLPID", &[0x18, 0x41, 3, 0xcc][..]),
        ("padded", &[0x18, 0x41, 3, 0, 0xcc]),
        ("four bytes", &[0x18, 0x40, 0x40, 0x41, 3, 0xcc]),
        ("SNAP", &[0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0]),
        ("PPP", &[0x18, 0x41, 3, 0xcf, 0, 0x21]),
        ("Cisco", &[0x18, 0x41, 8, 0]),
    ] {
        holds_x(name, 107, &[before, &inner()].concat());
        holds_x(name, 101, &ipv4(47, &[&[0, 0, 0x65, 0x59][..], before, &inner()].concat()));
    }
    holds_x("bridged", 107, &[&[0x18, 0x41, 3, 0, 0x80, 0, 0x80, 0xc2, 0, 7][..], &frame()].concat());
    for (name, before) in [
        ("LLC", &LLC[..]),
        ("NLPID", &[0xfe, 0xfe, 3, 0xcc]),
        ("PPP", &[0xfe, 0xfe, 3, 0xcf, 0, 0x21]),
        ("PPP alone", &[0, 0x21]),
        ("IP alone", &[]),
    ] {
        for link in [19, 100] {
            holds_x(name, link, &[before, &inner()].concat());
        }
        holds_x(name, 123, &[&[0x82, 0, 0, 50][..], before, &inner()].concat());
    }
    holds_x("bridged", 100, &[&[0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7, 0, 0][..], &frame()].concat());
    holds_x("emulated", 123, &[&[0x81, 0, 0, 50, 0, 0][..], &frame()].concat());
}

#[test]
fn radios() {
    let data = wireless(0x08, 0x02, &[]);
    let prism = |length: [u8; 4]| [&[0x44, 0, 0, 0][..], &length, &[0; 136], &data].concat();
    holds_x("Prism", 119, &prism([144, 0, 0, 0]));
    holds_x("Prism, big-endian", 119, &prism([0, 0, 0, 144]));
    let avs = [&[0x80, 0x21, 0x10, 1, 0, 0, 0, 64][..], &[0; 56], &data].concat();
    holds_x("AVS", 163, &avs);
    holds_x("AVS", 119, &avs);
    assert_eq!(content(LinkType(119), &[0; 200]), Content::Other(Kind::Malformed(Part::Link)));
    // Decrypted by the radio, which left the bit set, and perhaps the eight bytes before the data.
    holds_x("decrypted", 105, &wireless(0x08, 0x42, &[]));
    holds_x("decrypted", 105, &wireless(0x88, 0x41, &[&[0, 0][..], &[9; 8]].concat()));
}

#[test]
fn tunnels_that_show_themselves() {
    holds_x("TZSP", 128, &[&[1, 0, 0, 1, 1][..], &frame()].concat());
    for (name, packet) in [
        ("TZSP", datagram(1, 37008, &[&[1, 0, 0, 1, 1][..], &frame()].concat())),
        ("TZSP, tags", datagram(1, 37008, &[&[1, 1, 0, 1, 10, 1, 0xc0, 0, 40, 2, 9, 9, 1][..], &frame()].concat())),
        ("TZSP, wireless", datagram(1, 37008, &[&[1, 0, 0, 18, 1][..], &wireless(8, 2, &[])].concat())),
        (
            "CAPWAP, plain 802.11",
            datagram(40000, 5247, &[&[0, 16, 3, 0, 0, 0, 0, 0][..], &wireless(8, 1, &[])].concat()),
        ),
        ("L2TP", datagram(1701, 1701, &[&[0, 2, 0, 5, 0, 6, 0xff, 3, 0, 0x21][..], &inner()].concat())),
        ("L2TP to a client", datagram(1701, 4321, &[&[0, 2, 0, 5, 0, 6, 0x21][..], &inner()].concat())),
        ("L2TP, version 3", datagram(1701, 1701, &[&[0, 3, 0, 0, 0, 0, 0, 9][..], &frame()].concat())),
        ("L2TP, cookie", ipv4(115, &[&[0, 0, 0, 9][..], &[5; 8], &[0x40, 0, 0, 1], &frame()].concat())),
        ("GUE", datagram(1, 6080, &[&[0, 4, 0, 0][..], &inner()].concat())),
        ("GUE, more", datagram(1, 6080, &[&[1, 4, 0, 0, 1, 2, 3, 4][..], &inner()].concat())),
        ("GUE, version 1", datagram(1, 6080, &inner())),
        ("KA9Q", ipv4(94, &inner())),
        ("multilink, short", [&[0xff, 3, 0, 0x3d, 0xc0, 7, 0, 0x21][..], &inner()].concat()),
    ] {
        let link = if packet[0] == 0xff { 9 } else { 101 };
        holds_x(name, link, &packet);
    }
    // Each fixed bit counts.
    for (port, header) in [
        (37008, &[2, 0, 0, 1, 1][..]),
        (37008, &[1, 4, 0, 1, 1]),
        (37008, &[1, 0, 0, 99, 1]),
        (5247, &[1, 16, 2, 0, 0, 0, 0, 0]),
        (5247, &[0, 16, 2, 0x88, 0, 0, 0, 0]),
        (1701, &[0x80, 2, 0, 5, 0, 6]),
        (4341, &[0x81, 0, 0, 1, 0, 0, 0, 1, 0x15]),
        (6080, &[0x20, 4, 0, 0]),
        (6635, &[0, 1, 0, 64, 0x15]),
        (3544, &[0x60, 0, 0, 0]),
    ] {
        let packet = datagram(40000, port, &[header, &frame()].concat());
        assert!(matches!(content(LinkType::RAW, &packet), Content::Udp(_)), "{port} {header:02x?}");
    }
    let control = ipv4(115, &[&[0, 0, 0, 0][..], &frame()].concat());
    assert_eq!(content(LinkType::RAW, &control), Content::Other(Kind::Protocol(115)));
}

#[test]
fn protected_links_are_read_where_they_are_in_the_clear() {
    for control in [0x08, 0x04, 0x0c, 0x80] {
        let packet = ethernet(0x88e5, &[&[control, 0, 0, 0, 0, 1, 8, 0][..], &inner(), &[0; 16]].concat());
        assert_eq!(content(LinkType::ETHERNET, &packet), Content::Other(Kind::EtherType(0x88e5)), "{control:02x}");
    }
}

/// A subframe, padded to a multiple of four.
fn subframe(payload: &[u8]) -> Vec<u8> {
    let msdu = [&LLC[..], &ipv4(6, &tcp(0x18, payload))].concat();
    let mut out = [&[2; 12][..], &(msdu.len() as u16).to_be_bytes(), &msdu].concat();
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

/// An 802.11 frame that holds an aggregate.
fn aggregate(subframes: &[u8]) -> Vec<u8> {
    [&[0x88, 0x02, 0, 0][..], &[2; 18], &[0x10, 0, 0x80, 0], subframes].concat()
}

/// Payloads of the segments of an aggregate, whose wire length is `wire_len`.
fn payloads(packet: &[u8], wire_len: usize) -> Vec<(&[u8], u32)> {
    let Content::Aggregate(aggregate) = decode(LinkType(105), packet, wire_len as u32).content else { return vec![] };
    let segments = aggregate.frames().filter_map(|decoded| match decoded.content {
        Content::Segment(segment) => Some(segment),
        _ => None,
    });
    let in_packet = |segment: crate::net::Segment<'_>| segment.payload_offset.unwrap() as usize;
    segments
        .map(|segment| {
            assert!(packet[in_packet(segment)..].starts_with(segment.payload));
            (segment.payload, segment.cut)
        })
        .collect()
}

#[test]
fn every_frame_of_an_aggregate() {
    let one = aggregate(&subframe(b"one"));
    assert_eq!(payloads(&one, one.len()), [(&b"one"[..], 0)]);
    let three = aggregate(&[subframe(b"one"), subframe(b"second"), subframe(b"x")].concat());
    let all = [(&b"one"[..], 0), (&b"second"[..], 0), (&b"x"[..], 0)];
    assert_eq!(payloads(&three, three.len()), all);
    // A check sequence behind them, and padding, are no frame.
    for tail in [1, 4, 13] {
        let longer = [&three[..], &vec![0; tail]].concat();
        assert_eq!(payloads(&longer, longer.len()), all, "{tail}");
    }
    // Cut anywhere: what is there, and how much of the last is not.
    for captured in 0..three.len() {
        let found = payloads(&three[..captured], three.len());
        for (found, all) in found.iter().zip(all) {
            assert!(all.0.starts_with(found.0) && found.0.len() + found.1 as usize == all.0.len(), "{captured}");
        }
    }
    // A length that leads out of the packet ends the list with what is there.
    let mut long = three.clone();
    let at = 26 + subframe(b"one").len() + 12;
    long[at..at + 2].fill(0xff);
    assert_eq!(payloads(&long, long.len())[0], all[0]);
    // A radio that took the aggregate apart and left the bit set.
    holds_x("taken apart", 105, &wireless(0x88, 0x02, &[0x80, 0]));
}
