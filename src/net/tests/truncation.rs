//! Every length to which a packet can be cut, by the snap length or by a broken sender.

use super::builders::*;
use crate::base::LinkType;
use crate::net::{Content, Kind, decode};

/// Packets whose segment is `payload`, each with the length of everything before it.
pub fn samples() -> Vec<(&'static str, LinkType, Vec<u8>)> {
    let inner4 = ipv4(6, &tcp(0x18, b"payload"));
    let inner6 = ipv6(0, &[&[60, 0, 1, 4, 0, 0, 0, 0][..], &[6, 0, 1, 4, 0, 0, 0, 0], &tcp(0x18, b"payload")].concat());
    let options = ipv4(6, &tcp_with_options(0x18, &[1; 12], b"payload"));
    let vxlan = udp(4789, &[&[8, 0, 0, 0, 0, 0, 1, 0][..], &ethernet(0x0800, &inner4)].concat());
    let gre = [&[0x30, 0, 0x65, 0x58, 0, 0, 0, 1, 0, 0, 0, 2][..], &ethernet(0x86dd, &inner6)].concat();
    let pppoe = [&[0x11, 0, 0, 1][..], &(inner4.len() as u16 + 2).to_be_bytes(), &[0, 0x21], &inner4].concat();
    let sll2 = [&[0x08, 0][..], &[0; 18], &inner4].concat();
    vec![
        ("options", LinkType::ETHERNET, ethernet(0x0800, &options)),
        ("tags", LinkType::ETHERNET, ethernet(0x88a8, &tag(0x8100, &tag(0x86dd, &inner6)))),
        ("labels", LinkType::ETHERNET, ethernet(0x8847, &label(false, &label(true, &inner4)))),
        ("vxlan", LinkType::ETHERNET, ethernet(0x0800, &ipv4(17, &vxlan))),
        ("gre", LinkType::RAW, ipv4(47, &gre)),
        ("pppoe", LinkType::ETHERNET, ethernet(0x8864, &pppoe)),
        ("ppp", LinkType::PPP, [&[0xff, 3, 0, 0x57][..], &inner6].concat()),
        ("sll2", LinkType::LINUX_SLL2, sll2),
        ("null", LinkType::NULL, [&[2, 0, 0, 0][..], &inner4].concat()),
        ("snap", LinkType::ETHERNET, ethernet(40, &[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], &inner4].concat())),
        (
            "macsec",
            LinkType::ETHERNET,
            ethernet(0x88e5, &[&[0x20, 0, 0, 0, 0, 1][..], &[7; 8], &[8, 0], &inner4].concat()),
        ),
        ("nsh", LinkType::ETHERNET, ethernet(0x894f, &[&[0x0f, 0xc2, 2, 1, 0, 0, 9, 255][..], &inner4].concat())),
        ("enc", LinkType(109), [&[2, 0, 0, 0][..], &[0; 8], &inner4].concat()),
        ("frame relay", LinkType(107), [&[0x18, 0x41, 3, 0xcc][..], &inner4].concat()),
    ]
}

#[test]
fn cut_by_the_snap_length_the_segment_keeps_its_length() {
    for (name, link, packet) in samples() {
        let whole = match decode(link, &packet, packet.len() as u32).content {
            Content::Segment(segment) => segment,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!((whole.payload, whole.cut), (&b"payload"[..], 0), "{name}");
        let header = whole.payload_offset.unwrap() as usize;
        for captured in 0..packet.len() {
            let decoded = decode(link, &packet[..captured], packet.len() as u32);
            assert!(!decoded.overlong, "{name} {captured}");
            match decoded.content {
                Content::Segment(segment) => {
                    assert_eq!(segment.payload, &b"payload"[..captured.saturating_sub(header)], "{name} {captured}");
                    assert_eq!(segment.payload.len() + segment.cut as usize, 7, "{name} {captured}");
                    assert_eq!((segment.sequence, segment.flags), (whole.sequence, whole.flags), "{name} {captured}");
                    assert!(segment.payload_offset.unwrap() as usize <= captured, "{name} {captured}");
                }
                // A tunnel whose inner frame is not there to see stays UDP.
                Content::Other(Kind::Udp) | Content::Udp(_) if name == "vxlan" => {
                    assert!(captured < 14 + 20 + 8 + 8 + 14)
                }
                Content::Other(kind) => {
                    assert!(matches!(kind, Kind::Cut(_) | Kind::Llc), "{name} {captured}: {kind:?}");
                    assert!(captured < header - 6, "{name} {captured}: flags were there");
                }
                other => panic!("{name} {captured}: {other:?}"),
            }
        }
    }
}

#[test]
fn shorter_than_its_headers_say_it_is_counted_and_nothing_is_said_to_be_cut() {
    for (name, link, packet) in samples() {
        for len in 0..packet.len() {
            let decoded = decode(link, &packet[..len], len as u32);
            match decoded.content {
                Content::Segment(segment) => {
                    assert!(decoded.overlong, "{name} {len}");
                    assert!(b"payload".starts_with(segment.payload), "{name} {len}");
                    assert_eq!(segment.cut, 0, "{name} {len}");
                }
                Content::Other(kind) => {
                    assert!(matches!(kind, Kind::Malformed(_) | Kind::Udp | Kind::Llc), "{name} {len}: {kind:?}");
                }
                Content::Udp(_) => assert_eq!(name, "vxlan"),
                other @ (Content::Fragment(_) | Content::Aggregate(_)) => panic!("{name} {len}: {other:?}"),
            }
        }
    }
}
