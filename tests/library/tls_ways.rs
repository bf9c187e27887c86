//! TLS in other clothes: behind what leads to it, in segments of any size, with bytes lost or changed. What it holds is what the
//! peers of `wss-tls13` said they sent (tests/data/tls/README.md).

use sockeye::base::{Direction, SecretLog, Secrets};
use sockeye::capture;
use sockeye::dissect::{Dissector, Options, Sink, Told, Wants};

use crate::build::{By, Found, Wire};

/// What each side sent over TCP, in order.
#[derive(Default)]
struct Sealed(Vec<(By, Vec<u8>)>);

impl Sink for Sealed {
    fn wants(&self) -> Wants {
        Wants { bytes: true, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        if let Told::Sealed(bytes) = told {
            let by = if bytes.direction == Direction::Client { By::Client } else { By::Server };
            match self.0.last_mut() {
                Some((last, sent)) if *last == by => sent.extend_from_slice(bytes.chunk.bytes),
                _ => self.0.push((by, bytes.chunk.bytes.to_vec())),
            }
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// The flights of `wss-tls13`.
fn flights() -> Vec<(By, Vec<u8>)> {
    flights_of("wss-tls13.pcap")
}

/// The flights of a capture of one connection that is TLS.
fn flights_of(name: &str) -> Vec<(By, Vec<u8>)> {
    let path = format!("{}/tests/data/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut source = capture::open(std::path::Path::new(&path), &capture::Options::default()).unwrap();
    let (mut dissector, mut sealed) = (Dissector::new(Options::default()), Sealed::default());
    while let Some(packet) = source.next_packet().unwrap() {
        dissector.push(&packet, &mut sealed);
    }
    dissector.finish(&mut sealed);
    assert!(sealed.0.len() > 4);
    sealed.0
}

fn options() -> Options {
    let secrets = SecretLog::default();
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/wss-tls13.keys")).unwrap();
    secrets.add(Secrets { kind: Secrets::TLS_KEY_LOG, bytes, after: 0 });
    Options { secrets, ..Options::default() }
}

/// Sends flights behind what leads to them, in pieces of so many bytes.
fn behind(before: &[(By, &[u8])], flights: &[(By, Vec<u8>)], piece: usize) -> Wire {
    let begun = before.iter().fold(Wire::new(), |wire, (by, bytes)| wire.send(*by, bytes));
    flights.iter().fold(begun, |wire, (by, bytes)| bytes.chunks(piece).fold(wire, |wire, piece| wire.send(*by, piece)))
}

/// Who sends what.
type Sent = (By, &'static [u8]);

fn texts(found: &Found) -> Vec<(Direction, usize, bool)> {
    found.messages.iter().map(|message| (message.by, message.payload.len(), message.complete)).collect()
}

/// "Hello over TLS", a tick, 20,000 bytes; each echoed.
fn all() -> Vec<(Direction, usize, bool)> {
    let both = |len| [(Direction::Client, len, true), (Direction::Server, len, true)];
    [14, 27, 20_000].into_iter().flat_map(both).collect()
}

#[test]
fn behind_what_leads_to_it() {
    let (client, server) = (By::Client, By::Server);
    let greeting: &[u8] = &[5, 1, 0];
    let ways: &[(&str, &[Sent])] = &[
        ("nothing", &[]),
        (
            "CONNECT",
            &[
                (client, b"CONNECT 10.77.0.2:9443 HTTP/1.1\r\nHost: 10.77.0.2:9443\r\n\r\n"),
                (server, b"HTTP/1.1 200 Connection established\r\n\r\n"),
            ],
        ),
        (
            "SOCKS5",
            &[
                (client, greeting),
                (server, &[5, 0]),
                (client, &[5, 1, 0, 1, 10, 77, 0, 2, 0x24, 0xe3]),
                (server, &[5, 0, 0, 1, 10, 77, 0, 1, 0x10, 0x10]),
            ],
        ),
        (
            "SMTP",
            &[
                (server, b"220 mail.example ESMTP\r\n"),
                (client, b"EHLO client.example\r\n"),
                (server, b"250-mail.example\r\n250 STARTTLS\r\n"),
                (client, b"STARTTLS\r\n"),
                (server, b"220 go ahead\r\n"),
            ],
        ),
        ("PostgreSQL", &[(client, &[0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]), (server, b"S")]),
        (
            "XMPP",
            &[
                (client, b"<stream:stream to='example' xmlns='jabber:client'>"),
                (server, b"<stream:stream from='example'><stream:features><starttls/></stream:features>"),
                (client, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
                (server, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
            ],
        ),
    ];
    for (name, before) in ways {
        for piece in [60_000, 1400, 100] {
            let found = behind(before, &flights(), piece).dissect_with(options());
            assert_eq!(texts(&found), all(), "{name} in pieces of {piece}");
        }
    }
}

#[test]
fn in_segments_of_any_size() {
    for piece in [1, 2, 3, 4, 5, 6, 7, 16, 21, 22, 63] {
        let found = behind(&[], &flights(), piece).dissect_with(options());
        assert_eq!(texts(&found), all(), "{piece}");
    }
}

/// HTTP/2 in the clear, as its peers began: the client's preface, its SETTINGS and an extended CONNECT (RFC 8441 section 5.1).
#[test]
fn http2_in_segments_of_any_size() {
    let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
        [&[0, 0, u8::try_from(payload.len()).unwrap(), kind, flags, 0, 0, 0, stream], payload].concat()
    };
    let field = |name: &str, value: &str| {
        let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        [vec![0], text(name), text(value)].concat()
    };
    let request = [
        field(":method", "CONNECT"),
        field(":protocol", "websocket"),
        field(":scheme", "http"),
        field(":path", "/chat"),
        field(":authority", "example"),
        field("sec-websocket-version", "13"),
    ]
    .concat();
    let settings = frame(4, 0, 0, &[0, 8, 0, 0, 0, 1]);
    let hello = frame(0, 0, 1, &crate::build::masked(0x81, b"Hello"));
    let echo = frame(0, 0, 1, &crate::build::plain(0x81, b"Hello"));
    let flights = [
        (By::Client, [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(4, 0, 0, &[])].concat()),
        (By::Server, settings),
        (By::Client, frame(1, 4, 1, &request)),
        (By::Server, frame(1, 4, 1, &[0x88])),
        (By::Client, hello),
        (By::Server, echo),
    ];
    for piece in [1, 2, 3, 5, 9, 10, 24, 60_000] {
        let found = behind(&[], &flights, piece).dissect();
        assert_eq!(texts(&found), [(Direction::Client, 5, true), (Direction::Server, 5, true)], "{piece}");
        assert_eq!(found.connections.len(), 1);
        assert!(found.codes().is_empty(), "{piece}: {:?}", found.notes);
    }
}

/// A flight that is lost costs what it held, and nothing behind it.
#[test]
fn behind_lost_records() {
    let flights = flights();
    let mut whole = 0;
    // Behind the handshake: without hellos there is nothing to open.
    for lost in 4..flights.len() {
        let mut wire = Wire::new();
        for (index, (by, bytes)) in flights.iter().enumerate() {
            wire = if index == lost { wire.lose(*by, bytes) } else { wire.send(*by, bytes) };
        }
        let found = wire.dissect_with(options());
        let (by, _) = flights[lost];
        let other = if by == By::Client { Direction::Server } else { Direction::Client };
        let expected: Vec<_> = all().into_iter().filter(|message| message.0 == other).collect();
        let of_other: Vec<_> = texts(&found).into_iter().filter(|message| message.0 == other).collect();
        // Where the lost flight held the half of a handshake of WebSocket the other side is recognised or is not.
        if of_other == expected {
            whole += 1;
        }
        assert!(found.messages.iter().all(|message| message.payload.len() <= 20_000));
    }
    assert!(whole + 2 >= flights.len() - 4, "{whole} of {}", flights.len() - 4);
}

/// Every byte of the client's records behind the handshake, changed: a note or less, and what comes behind is read.
#[test]
fn with_any_byte_changed() {
    let flights = flights();
    let clean = behind(&[], &flights, 60_000).dissect_with(options());
    assert!(!clean.codes().iter().any(|code| code.name() == "tls.record.unopened"));
    // The tick that the client sends: a flight of its own, behind the upgrade and the first message.
    let of_client: Vec<usize> = (4..flights.len()).filter(|index| flights[*index].0 == By::Client).collect();
    let tick = of_client[1];
    for at in 0..flights[tick].1.len() {
        let mut changed = flights.clone();
        changed[tick].1[at] ^= 0x55;
        let found = behind(&[], &changed, 60_000).dissect_with(options());
        let server: Vec<_> = texts(&found).into_iter().filter(|message| message.0 == Direction::Server).collect();
        assert_eq!(server.len(), 3, "byte {at}");
        let client: Vec<_> = found.messages_by(Direction::Client).filter(|message| message.complete).collect();
        // None is made up: what is whole is what was sent.
        assert!(client.iter().all(|message| [14, 27, 20_000].contains(&message.payload.len())), "byte {at}");
        assert!(client.len() < 4, "byte {at}");
    }
}
