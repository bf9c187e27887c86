//! What clients of QUIC ask for, by the stage alone (tests/data/tls/README.md).

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use sockeye::base::limits;
use sockeye::capture::{self, Batch, Options};
use sockeye::net::{Net, Transport};
use sockeye::tls::quic::{Clients, Seen, version_name};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name)
}

fn vector(name: &str) -> Vec<u8> {
    let text: String = fs::read_to_string(path(name)).unwrap().split_ascii_whitespace().collect();
    hex::decode(text).unwrap()
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], port))
}

/// What was asked for: version, name, protocols, connections.
fn told(seen: &Seen) -> Vec<(String, String, String, u64)> {
    let row = |(asked, count): (&sockeye::tls::quic::Asked, u64)| {
        let name = asked.server_name.clone().unwrap_or_default();
        (version_name(asked.version), name, asked.alpn.join(" "), count)
    };
    seen.by_asked().into_iter().map(row).collect()
}

fn row(version: &str, name: &str, alpn: &str, count: u64) -> (String, String, String, u64) {
    (version.to_owned(), name.to_owned(), alpn.to_owned(), count)
}

/// The protected packets of RFC 9001 appendix A.2, RFC 9369 appendix A.2, and of two drafts of the former.
#[test]
fn the_packets_of_the_rfcs_open() {
    let asked = [
        ("quic-v1.hex", row("1", "example.com", "alpn", 1)),
        ("quic-v2.hex", row("2", "example.com", "alpn", 1)),
        ("quic-draft-29.hex", row("draft-29", "server", "", 1)),
        ("quic-draft-27.hex", row("draft-27", "server", "", 1)),
    ];
    for (name, expected) in asked {
        let mut clients = Clients::default();
        let packet = vector(name);
        clients.push(address(1), address(443), &packet, packet.len());
        let seen = told(clients.seen());
        assert_eq!(seen, [expected], "{name}");
        // Again: it is the same connection. From another port it is another.
        clients.push(address(1), address(443), &packet, packet.len());
        clients.push(address(2), address(443), &packet, packet.len());
        assert_eq!((clients.seen().read, clients.seen().by_asked().len()), (2, 1));
    }
}

#[test]
fn a_packet_that_was_changed_or_cut_says_nothing() {
    let packet = vector("quic-v1.hex");
    for at in (0..packet.len()).step_by(7) {
        let mut changed = packet.clone();
        changed[at] ^= 0x20;
        let mut clients = Clients::default();
        clients.push(address(1), address(443), &changed, changed.len());
        clients.push(address(1), address(443), &packet[..at], packet.len());
        clients.push(address(1), address(443), &packet, packet.len() - 1);
        clients.finish();
        assert_eq!(*clients.seen(), Seen::default(), "{at}");
    }
}

/// RFC 9000 section 12.2: packets that share a datagram are of one connection, and those of others are ignored.
#[test]
fn a_datagram_is_read_as_its_first_packet_allows() {
    let (first, second) = (vector("quic-v1.hex"), vector("quic-v2.hex"));
    let mut changed = first.clone();
    changed[600] ^= 1;
    let read = |packets: &[&[u8]]| {
        let mut clients = Clients::default();
        let datagram = packets.concat();
        clients.push(address(1), address(443), &datagram, datagram.len());
        clients.seen().by_asked().iter().map(|(asked, _)| asked.version).collect::<Vec<_>>()
    };
    assert_eq!(read(&[&first, &first]), [1]);
    assert_eq!(read(&[&second, &first]), [0x6b33_43cf]);
    // Small ones whose own ids would have other keys, and one that does not open.
    let small =
        [0xc0, 0, 0, 0, 1, 1, 7, 1, 8, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
    assert_eq!(read(&[&small, &first]), [0; 0]);
    assert_eq!(read(&[&changed, &first]), [0; 0]);
}

#[test]
fn flows_and_names_are_bounded() {
    let packet = vector("quic-v1.hex");
    let mut clients = Clients::default();
    for port in 0..u16::try_from(limits::QUIC_FLOWS * 2).unwrap() {
        clients.push(address(port), address(443), &packet, packet.len());
    }
    // The first one was forgotten, so it counts as another.
    clients.push(address(0), address(443), &packet, packet.len());
    assert_eq!(clients.seen().read, 2 * 1024 + 1);
}

/// Real clients and a server: long hellos over three datagrams, a Retry, version 2; what they asked for is what they were told to.
#[test]
fn what_real_clients_ask_for_is_counted() {
    let mut capture = capture::open(&path("quic.pcap"), &Options::default()).unwrap();
    let (mut batch, mut net, mut clients) = (Batch::default(), Net::default(), Clients::default());
    while capture.next_batch(&mut batch).unwrap() {
        for packet in batch.packets() {
            net.push(packet.link, packet.data, packet.wire_len, packet.at(), |transport| {
                if let Transport::Udp(datagram) = transport {
                    let (from, to) = (datagram.endpoints.source(), datagram.endpoints.destination());
                    clients.push(from, to, datagram.payload, datagram.payload.len());
                }
            });
        }
    }
    clients.finish();
    let long: Vec<String> = (0..40).map(|number| format!("protocol-{number:03}-{}", "x".repeat(40))).collect();
    // As many are kept as of a ClientHello over TCP.
    let long = [&["h3".to_owned()], &long[..limits::TLS_PROTOCOLS - 1]].concat().join(" ");
    let expected = [
        row("1", "quic.example", "h3", 2),
        row("1", "again.example", "h3", 1),
        row("1", "long.example", &long, 1),
        row("1", "quic.example", "h3 h3-29", 1),
        row("2", "two.example", "h3", 1),
    ];
    assert_eq!(told(clients.seen()), expected);
    assert_eq!((clients.seen().read, clients.seen().unread), (6, 0));
}
