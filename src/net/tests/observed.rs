//! What an observer is told of the headers.

use std::fmt;
use std::fmt::Write as _;
use std::ops::Range;

use proptest::prelude::*;

use super::builders::*;
use super::captures;
use super::truncation::samples;
use crate::base::LinkType;
use crate::fields::PacketField;
use crate::net::{Observer, Value, decode, decode_observed};

/// Writes down what it is told, and holds every span against the packet and its layer.
struct Told {
    len: u32,
    lines: Vec<String>,
    /// Spans of the groups that are open, one a depth.
    open: Vec<Range<u32>>,
    last: u32,
}

impl Told {
    fn of(link: LinkType, data: &[u8], wire_len: u32) -> Told {
        let mut told = Told { len: data.len() as u32, lines: Vec::new(), open: Vec::new(), last: 0 };
        let observed = decode_observed(link, data, wire_len, &mut told);
        assert_eq!(observed, decode(link, data, wire_len));
        told
    }

    fn add(&mut self, field: PacketField, text: &dyn fmt::Display, span: Range<u32>) {
        assert!(span.start < span.end && span.end <= self.len, "{}: {span:?} of {}", field.field().name(), self.len);
        assert!(span.start >= self.last, "{}: {span:?} after {}", field.field().name(), self.last);
        self.open.truncate(field.field().depth.into());
        assert_eq!(self.open.len(), usize::from(field.field().depth), "{} without its group", field.field().name());
        if let Some(group) = self.open.last() {
            assert!(
                group.start <= span.start && span.end <= group.end,
                "{}: {span:?} in {group:?}",
                field.field().name()
            );
        }
        self.last = span.start;
        self.lines.push(format!("{} {span:?} {text}", field.field().name()));
        self.open.push(span);
    }
}

impl Observer for Told {
    const LISTENS: bool = true;

    fn layer(&mut self, field: PacketField, line: fmt::Arguments<'_>, span: Range<u32>) {
        assert_eq!(field.field().depth, 0);
        // A layer starts where the one before it ended.
        assert!(self.open.first().is_none_or(|before| before.end <= span.start), "{}: {span:?}", field.field().name());
        self.add(field, &line, span);
    }

    fn field(&mut self, field: PacketField, value: Value<'_>, span: Range<u32>) {
        assert!(field.field().depth > 0);
        self.add(field, &value, span);
    }

    fn remark(&mut self, remark: &'static str) {
        write!(self.lines.last_mut().unwrap(), " ({remark})").unwrap();
    }
}

/// The layers of a packet, and the lines of the fields whose names start with `with`.
#[track_caller]
fn told(link: u16, packet: &[u8], with: &str) -> (Vec<String>, Vec<String>) {
    let told = Told::of(LinkType(link), packet, packet.len() as u32);
    let layers = told
        .lines
        .iter()
        .filter(|line| !line.split(' ').next().unwrap().contains('.') || line.starts_with("ipv6.ext "));
    let layers = layers.map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    (layers, told.lines.iter().filter(|line| line.starts_with(with)).cloned().collect())
}

proptest! {
    /// Any bytes behind any link type: spans inside, in order, nested.
    #[test]
    fn any_bytes(link in 0u16..300, data in prop::collection::vec(any::<u8>(), 0..200), more in 0u32..100) {
        Told::of(LinkType(link), &data, data.len() as u32 + more);
    }

    /// Packets with a few bytes changed, cut anywhere.
    #[test]
    fn packets_that_lie(which in 0usize..14, changes in prop::collection::vec((0usize..150, any::<u8>()), 0..4), cut in 0usize..200) {
        let (_, link, mut packet) = samples().swap_remove(which);
        for (at, value) in changes {
            if let Some(byte) = packet.get_mut(at) {
                *byte = value;
            }
        }
        let wire_len = packet.len() as u32;
        packet.truncate(cut);
        Told::of(link, &packet, wire_len);
    }

    /// Any options behind a TCP header, and behind one of IPv4.
    #[test]
    fn any_options(words in 1usize..=10, bytes in prop::collection::vec(prop_oneof![0u8..40, any::<u8>()], 40)) {
        let segment = tcp_with_options(0x10, &bytes[..words * 4], b"x");
        Told::of(LinkType::RAW, &ipv4(6, &segment), 1000);
        let mut packet = ipv4(6, &[&bytes[..words * 4], &tcp(0x10, b"x")].concat());
        packet[0] = 0x45 + words as u8;
        Told::of(LinkType::RAW, &packet, 1000);
    }
}

#[test]
fn every_length_of_every_sample() {
    for (_, link, packet) in samples() {
        for len in 0..=packet.len() {
            Told::of(link, &packet[..len], packet.len() as u32);
            Told::of(link, &packet[..len], len as u32);
        }
    }
}

#[test]
fn every_packet_of_the_captures() {
    let mut layers = std::collections::BTreeSet::new();
    for name in [
        "encapsulations",
        "encapsulations-2",
        "ipv4-fragments",
        "linktype-chdlc",
        "linktype-ppp",
        "linktype-sll",
        "vlan-qinq",
    ] {
        captures::packets(&captures::read(&format!("{name}.pcap")), |link, data, wire_len| {
            layers.extend(told(link.0, data, "").0);
            for len in 0..data.len() {
                Told::of(link, &data[..len], wire_len);
            }
        });
    }
    for layer in [
        "eth", "vlan", "chdlc", "ppp", "sll", "mpls", "pppoe", "gre", "vxlan", "geneve", "gtp", "udp", "tcp", "macsec",
        "nsh", "tzsp", "capwap", "l2tp", "fr",
    ] {
        assert!(layers.contains(layer), "{layer} in {layers:?}");
    }
}

#[test]
fn the_options_of_a_syn() {
    // Maximum segment size 1460, SACK permitted, timestamps, no operation, window scale 7: a Linux SYN.
    let mut options = vec![2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7];
    let (_, found) = told(101, &ipv4(6, &tcp_with_options(2, &options, b"")), "tcp.options");
    assert_eq!(
        found,
        [
            "tcp.options 40..60 20 bytes",
            "tcp.options.mss 40..44 1460",
            "tcp.options.mss_val 42..44 1460",
            "tcp.options.sack_perm 44..46 ",
            "tcp.options.timestamp 46..56 9, echo 0",
            "tcp.options.timestamp.tsval 48..52 9",
            "tcp.options.timestamp.tsecr 52..56 0",
            "tcp.options.nop 56..57 ",
            "tcp.options.wscale 57..60 7",
            "tcp.options.wscale.shift 59..60 7",
        ]
    );
    // A length of zero, and one that leads out, end the list.
    for broken in [0, 1, 60] {
        options[5] = broken;
        let (_, found) = told(101, &ipv4(6, &tcp_with_options(2, &options, b"")), "tcp.options");
        assert_eq!(found.len(), 3, "{found:?}");
    }
}

#[test]
fn a_selective_acknowledgement_and_a_cookie() {
    let options = [1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 34, 6, 0xde, 0xad, 0xbe, 0xef, 0, 0];
    let (_, found) = told(101, &ipv4(6, &tcp_with_options(0x10, &options, b"")), "tcp.options.");
    assert_eq!(
        found,
        [
            "tcp.options.nop 40..41 ",
            "tcp.options.nop 41..42 ",
            "tcp.options.sack 42..60 2 runs",
            "tcp.options.sack_le 44..48 1",
            "tcp.options.sack_re 48..52 2",
            "tcp.options.sack_le 52..56 3",
            "tcp.options.sack_re 56..60 4",
            "tcp.options.tfo 60..66 ",
            "tcp.options.tfo.cookie 62..66 deadbeef",
            "tcp.options.eol 66..67 ",
        ]
    );
}

#[test]
fn tunnels_are_told_down_to_the_innermost_header() {
    let inner = ipv4(6, &tcp(0x18, b"x"));
    let frame = ethernet(0x0800, &inner);
    // GRE with a key and a sequence number, a frame inside.
    let gre = [&[0x30, 0, 0x65, 0x58, 0, 0, 0, 1, 0, 0, 0, 2][..], &frame].concat();
    let (layers, fields) = told(101, &ipv4(47, &gre), "gre");
    assert_eq!(layers, ["ip", "gre", "eth", "ip", "tcp"]);
    assert_eq!(
        fields,
        [
            "gre 20..32 0x6558",
            "gre.flags_and_version 20..22 0x3000",
            "gre.proto 22..24 0x6558",
            "gre.key 24..28 0x00000001",
            "gre.sequence_number 28..32 2",
        ]
    );
    let vxlan = ipv4(17, &udp(4789, &[&[8, 0, 0, 0, 0, 0, 42, 0][..], &frame].concat()));
    let (layers, fields) = told(101, &vxlan, "vxlan");
    assert_eq!(layers, ["ip", "udp", "vxlan", "eth", "ip", "tcp"]);
    assert_eq!(fields, ["vxlan 28..36 network 42", "vxlan.flags 28..29 0x08", "vxlan.vni 32..35 42"]);
    // The same bytes to another port are a datagram, whose payload is not told.
    let other = ipv4(17, &udp(4788, &[&[8, 0, 0, 0, 0, 0, 42, 0][..], &frame].concat()));
    assert_eq!(told(101, &other, "").0, ["ip", "udp"]);
    let ppp = [&[0xff, 3, 0, 0x21][..], &inner].concat();
    let (layers, fields) = told(9, &ppp, "ppp");
    assert_eq!(layers, ["ppp", "ip", "tcp"]);
    assert_eq!(fields, ["ppp 0..4 IPv4", "ppp.address 0..1 0xff", "ppp.control 1..2 0x03", "ppp.protocol 2..4 0x0021"]);
    let labels = ethernet(0x8847, &label(false, &label(true, &inner)));
    let (layers, fields) = told(1, &labels, "mpls");
    assert_eq!(layers, ["eth", "mpls", "mpls", "ip", "tcp"]);
    assert_eq!(
        fields[..5],
        [
            "mpls 14..18 label 16",
            "mpls.label 14..17 16",
            "mpls.exp 16..17 0",
            "mpls.bottom 16..17 0",
            "mpls.ttl 17..18 64"
        ]
    );
}
