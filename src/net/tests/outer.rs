//! Tunnels and outermost headers by their specifications: each packet holds the same segment.

use super::builders::*;
use crate::base::LinkType;
use crate::net::{Content, Kind, Part, decode};

pub fn content(link: LinkType, packet: &[u8]) -> Content<'_> {
    decode(link, packet, packet.len() as u32).content
}

/// The packet holds the segment with payload `x`.
pub fn holds_x(name: &str, link: u16, packet: &[u8]) {
    let Content::Segment(segment) = content(LinkType(link), packet) else {
        panic!("{name}: {:?}", content(LinkType(link), packet))
    };
    assert_eq!(segment.payload, b"x", "{name}");
    let offset = segment.payload_offset.unwrap() as usize;
    assert_eq!(packet[offset], b'x', "{name}");
    // At every shorter length something is told, and no byte is made up.
    for captured in 0..packet.len() {
        if let Content::Segment(cut) = decode(LinkType(link), &packet[..captured], packet.len() as u32).content {
            assert_eq!(cut.payload, &b"x"[..captured.saturating_sub(offset).min(1)], "{name} {captured}");
        }
    }
}

pub fn inner() -> Vec<u8> {
    ipv4(6, &tcp(0x18, b"x"))
}

#[test]
fn user_packets_of_gtp_with_extension_headers() {
    let inside = |header: &[u8]| ipv4(17, &udp(2152, &[header, &inner()].concat()));
    let plain = [0x30, 255, 0, 41, 0, 0, 0, 77];
    holds_x("none", 101, &inside(&plain));
    // Sequence number, N-PDU number, extension: any of the three flags makes room for all.
    for flag in [1, 2, 3] {
        holds_x("optional", 101, &inside(&[0x30 | flag, 255, 0, 45, 0, 0, 0, 77, 0, 1, 0, 0]));
    }
    // PDU session container (0x85), one unit of four bytes, as between a 5G radio and its core.
    let session = [0x34, 255, 0, 49, 0, 0, 0, 77, 0, 0, 0, 0x85, 1, 0x10, 1, 0];
    holds_x("session", 101, &inside(&session));
    // Two of them: a long PDCP number (0x82) of two units, then the container.
    let two = [0x36, 255, 0, 57, 0, 0, 0, 77, 0, 9, 0, 0x82, 2, 0, 0, 0, 0, 0, 0, 0x85, 1, 0x10, 1, 0];
    holds_x("two", 101, &inside(&two));
    // An extension without a length, and one that leads out of the packet.
    for broken in [[0u8, 0x10, 1, 0], [0xff, 0x10, 1, 0], [1, 0x10, 1, 0x85]] {
        let packet = inside(&[&session[..12], &broken].concat());
        assert!(!matches!(content(LinkType::RAW, &packet), Content::Segment(_)), "{broken:?}");
    }
}

#[test]
fn forms_and_ports_of_vxlan() {
    let frame = ethernet(0x0800, &inner());
    let inside = |port: u16, header: [u8; 8], inner: &[u8]| ipv4(17, &udp(port, &[&header[..], inner].concat()));
    holds_x("Linux", 101, &inside(8472, [8, 0, 0, 0, 0, 0, 42, 0], &frame));
    holds_x("reserved bits set", 101, &inside(4789, [0xff, 1, 0xd1, 0xf2, 0, 0, 42, 9], &frame));
    holds_x("group policy", 101, &inside(4789, [0x88, 0, 0x12, 0x34, 0, 0, 42, 0], &frame));
    holds_x("GPE, IPv4", 101, &inside(4790, [0x0c, 0, 0, 1, 0, 0, 42, 0], &inner()));
    holds_x("GPE, Ethernet", 101, &inside(4790, [0x0c, 0, 0, 3, 0, 0, 42, 0], &frame));
    let other = inside(4790, [0x0c, 0, 0, 9, 0, 0, 42, 0], &frame);
    assert!(matches!(content(LinkType::RAW, &other), Content::Udp(_)));
}

#[test]
fn other_forms_of_gre() {
    let inside = |ether_type: u16, inner: &[u8]| [&[0, 0][..], &ether_type.to_be_bytes(), inner].concat();
    holds_x("WCCP", 101, &ipv4(47, &inside(0x883e, &inner())));
    holds_x("WCCP, version 2", 101, &ipv4(47, &inside(0x883e, &[&[5, 0x59, 0, 0x48][..], &inner()].concat())));
    holds_x("802.11", 101, &ipv4(47, &inside(0x8200, &wireless(0x88, 0x01, &[0, 0]))));
    holds_x("over UDP", 101, &ipv4(17, &udp(4754, &inside(0x0800, &inner()))));
}

#[test]
fn tags_of_ports() {
    let vlan = tag(0x0800, &inner());
    holds_x("VN-Tag", 1, &ethernet(0x8926, &[&[0, 0, 0, 0x33, 0x81, 0][..], &vlan].concat()));
    holds_x("E-Tag", 1, &ethernet(0x893f, &[&[0x10, 0, 0, 0xd3, 0, 0, 8, 0][..], &inner()].concat()));
}

#[test]
fn fddi() {
    let llc = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    holds_x("FDDI", 10, &[&[0x50][..], &[2; 12], &llc, &inner()].concat());
}

#[test]
fn provider_backbone_bridges() {
    let frame = ethernet(0x0800, &inner());
    holds_x("FabricPath", 1, &ethernet(0x8903, &[&[0x00, 0x60][..], &frame].concat()));
    holds_x("802.1ah", 1, &ethernet(0x88e7, &[&[0, 0, 0, 5][..], &frame].concat()));
}

/// An 802.11 data frame from an access point, `control` and `flags` first, then LLC and IP.
pub fn wireless(control: u8, flags: u8, more: &[u8]) -> Vec<u8> {
    let llc = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    [&[control, flags, 0, 0][..], &[2; 18], &[0x10, 0], more, &llc, &inner()].concat()
}

#[test]
fn data_of_802_11() {
    holds_x("data", 105, &wireless(0x08, 0x02, &[]));
    holds_x("QoS data", 105, &wireless(0x88, 0x01, &[0, 0]));
    holds_x("QoS data, sent again, HT control", 105, &wireless(0x88, 0x8a, &[5, 0, 0, 0, 0, 0]));
    holds_x("between access points", 105, &wireless(0x08, 0x03, &[4; 6]));
    holds_x("radiotap", 127, &[&[0, 0, 8, 0, 0, 0, 0, 0][..], &wireless(0x08, 0x02, &[])].concat());
    // Time and flags, which say that the header was padded: 26 bytes to 28.
    let padded = [&[0, 0, 17, 0, 3, 0, 0, 0][..], &[7; 8], &[0x20]].concat();
    holds_x("radiotap, padded", 127, &[&padded[..], &wireless(0x88, 0x01, &[0, 0, 0, 0])].concat());
    // A second map, so that the time starts at 16.
    let maps = [&[0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0][..], &[7; 8], &[0x20]].concat();
    holds_x("radiotap, two maps", 127, &[&maps[..], &wireless(0x88, 0x01, &[0, 0, 0, 0])].concat());
    holds_x("PPI", 192, &[&[0, 0, 12, 0, 105, 0, 0, 0, 0, 0, 0, 0][..], &wireless(0x08, 0x02, &[])].concat());
    for (packet, kind) in [
        (wireless(0x80, 0, &[]), Kind::Wireless),
        (wireless(0x48, 0x01, &[]), Kind::Wireless),
        (wireless(0x08, 0x42, &[9; 3]), Kind::Encrypted),
        (wireless(0x08, 0x06, &[]), Kind::Wireless),
    ] {
        assert_eq!(content(LinkType(105), &packet), Content::Other(kind), "{packet:02x?}");
    }
}

#[test]
fn what_capturing_systems_put_first() {
    let ethernet = ethernet(0x0800, &inner());
    let pktap =
        |link: u8, inner: &[u8]| [&[108, 0, 0, 0, 1, 0, 0, 0, link, 0, 0, 0][..], b"en0", &[0; 93], inner].concat();
    holds_x("PKTAP, Ethernet", 258, &pktap(1, &ethernet));
    holds_x("PKTAP, loopback", 149, &pktap(0, &[&[2, 0, 0, 0][..], &inner()].concat()));
    assert_eq!(content(LinkType(258), &pktap(147, &ethernet)), Content::Other(Kind::LinkType(147)));
    assert_eq!(content(LinkType(149), &ethernet), Content::Other(Kind::Malformed(Part::Link)));
    // 61 bytes and three of padding.
    holds_x("PFLOG", 117, &[&[61, 2, 0, 0][..], &[0; 60], &inner()].concat());
    // Packet header (7 bytes and one of padding), prefix, payload.
    let attributes = [&[7, 0, 1, 0, 8, 0, 3, 0][..], &[5, 0, 10, 0, 0, 0, 0, 0]].concat();
    let payload = [45, 0, 9, 0];
    holds_x("NFLOG", 239, &[&[2, 0, 0, 1][..], &attributes, &payload, &inner(), &[0; 3]].concat());
    assert_eq!(content(LinkType(239), &[2, 0, 0, 1, 3, 0, 9, 0]), Content::Other(Kind::Malformed(Part::Link)));
    holds_x("PPP", 204, &[&[1, 0xff, 3, 0, 0x21][..], &inner()].concat());
}
