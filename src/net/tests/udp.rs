//! UDP: what a datagram is, and how long.

use super::builders::*;
use crate::base::{At, LinkType};
use crate::net::{Content, Kind, Net, Transport, UdpDatagram, decode};

fn datagram(packet: &[u8], wire_len: u32) -> UdpDatagram<'_> {
    match decode(LinkType::RAW, packet, wire_len).content {
        Content::Udp(datagram) => datagram,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_datagram_has_its_ends_and_its_payload() {
    for packet in [ipv4(17, &udp(443, b"hello")), ipv6(17, &udp(443, b"hello"))] {
        let found = datagram(&packet, packet.len() as u32);
        assert_eq!((found.payload, found.cut), (&b"hello"[..], 0));
        assert_eq!((found.endpoints.source_port, found.endpoints.destination_port), (12345, 443));
        assert_eq!(found.endpoints.source.is_ipv4(), packet[0] == 0x45);
        assert_eq!(&packet[found.payload_offset.unwrap() as usize..], b"hello");
        // Cut by the snap length.
        let cut = datagram(&packet[..packet.len() - 2], packet.len() as u32);
        assert_eq!((cut.payload, cut.cut), (&b"hel"[..], 2));
    }
}

#[test]
fn the_length_field_ends_the_payload() {
    let with = |length: u16| {
        let mut packet = udp(443, b"hello");
        packet[4..6].copy_from_slice(&length.to_be_bytes());
        ipv4(17, &packet)
    };
    // Fewer than there are; zero, which means the rest; more than there are.
    for (length, payload) in [(10, &b"he"[..]), (0, b"hello"), (8, b""), (1000, b"hello")] {
        let packet = with(length);
        let found = datagram(&packet, packet.len() as u32);
        assert_eq!((found.payload, found.cut), (payload, 0), "{length}");
    }
    // Shorter than its own header.
    let packet = with(7);
    assert_eq!(decode(LinkType::RAW, &packet, packet.len() as u32).content, Content::Other(Kind::Udp));
}

#[test]
fn a_datagram_is_handed_over_and_counted_as_udp() {
    let mut net = Net::default();
    let packet = ipv4(17, &udp(443, b"hello"));
    let mut found = 0;
    net.push(LinkType::RAW, &packet, packet.len() as u32, At::default(), |transport| match transport {
        Transport::Udp(datagram) => found += datagram.payload.len(),
        Transport::Tcp(segment) => panic!("{segment:?}"),
    });
    assert_eq!((found, net.counts().of(Kind::Udp), net.counts().tcp), (5, 1, 0));
}
