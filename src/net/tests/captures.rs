//! Real and hand-made captures against what another dissector finds in them; see tests/data/net/README.md.

use std::fmt::Write as _;

use crate::base::{At, LinkType, Timestamp};
use crate::net::{Net, Segment, Transport};

pub fn read(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/net/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Calls `each` with link type, bytes and wire length of every packet of a little-endian pcap.
pub fn packets(file: &[u8], mut each: impl FnMut(LinkType, &[u8], u32)) {
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let link = LinkType(word(20) as u16);
    let mut at = 24;
    while at < file.len() {
        let captured = word(at + 8) as usize;
        each(link, &file[at + 16..at + 16 + captured], word(at + 12));
        at += 16 + captured;
    }
}

/// One line as in the tables.
fn line(packet: u64, segment: &Segment<'_>) -> String {
    let ends = &segment.endpoints;
    let start = &segment.payload[..segment.payload.len().min(8)];
    let length = segment.payload.len() + segment.cut as usize;
    let mut out = format!(
        "{packet} {} {} {} {} {} {} 0x{:04x} {} {length} ",
        ends.source,
        ends.source_port,
        ends.destination,
        ends.destination_port,
        segment.sequence,
        segment.acknowledgement,
        segment.flags.0,
        segment.window,
    );
    if start.is_empty() {
        out.push('-');
    }
    for byte in start {
        write!(out, "{byte:02x}").unwrap();
    }
    out
}

fn compare(name: &str) {
    let table = String::from_utf8(read(&format!("{name}.txt"))).unwrap();
    let expected: Vec<&str> = table.lines().filter(|line| !line.starts_with('#')).collect();
    let mut net = Net::default();
    let mut found = Vec::new();
    let mut number = 0;
    packets(&read(&format!("{name}.pcap")), |link, data, wire_len| {
        number += 1;
        let at = At { packet: number, time: Timestamp::new(number as i64, 0) };
        net.push(link, data, wire_len, at, |transport| {
            let Transport::Tcp(segment) = transport else { return };
            if let Some(offset) = segment.payload_offset {
                assert_eq!(segment.payload, &data[offset as usize..][..segment.payload.len()]);
            }
            found.push(line(number, segment));
        });
    });
    assert_eq!(found, expected);
    assert_eq!(net.counts().tcp, expected.len() as u64);
    assert_eq!(net.counts().overlong, 0);
}

#[test]
fn every_encapsulation_is_taken_off() {
    compare("encapsulations");
    compare("encapsulations-2");
}

#[test]
fn stacked_vlan_tags() {
    compare("vlan-qinq");
}

#[test]
fn link_types() {
    for name in ["raw-ip", "null", "loop", "ppp", "sll", "chdlc"] {
        compare(&format!("linktype-{name}"));
    }
}

#[test]
fn cooked_version_2() {
    compare("proxy-both-legs");
}

#[test]
fn fragments_give_the_segments_they_were_cut_from() {
    compare("ipv4-fragments");
}

#[test]
fn a_snap_length_cuts_payload_and_the_lengths_stay() {
    compare("snaplen-96");
}
