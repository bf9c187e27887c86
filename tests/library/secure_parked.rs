//! Connections inside TLS among many others: they are put aside and come back, their keys with them.

use std::path::{Path, PathBuf};

use sockeye::base::{Direction, Packet, SecretLog, Secrets, SocketId, Timestamp};
use sockeye::capture;
use sockeye::dissect::{Dissector, Options, Sink, Told, Wants};

const NAMES: [&str; 7] = [
    "wss-tls13",
    "wss-tls12-aes128-gcm",
    "wss-tls12-aes256-gcm",
    "wss-tls12-cbc-sha384",
    "wss-tls12-chacha20",
    "wss-tls12-rsa-cbc-sha1",
    "notes-tls10",
];

#[derive(Default)]
struct Found(Vec<(SocketId, Direction, Vec<u8>)>);

impl Sink for Found {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        if let Told::Message(place, message) = told {
            assert!(message.complete, "{message:?}");
            self.0.push((place.socket, message.direction, message.payload.to_vec()));
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name)
}

/// The packets of a capture, each with what holds its bytes.
fn packets(name: &str) -> Vec<(Packet<'static>, Vec<u8>)> {
    let mut capture = capture::open(&path(&format!("{name}.pcap")), &capture::Options::default()).unwrap();
    let mut all = Vec::new();
    while let Some(packet) = capture.next_packet().unwrap() {
        let bytes = packet.data.to_vec();
        all.push((Packet { data: &[], comment: None, ..packet }, bytes));
    }
    all
}

/// All captures at once, a packet of each in turn; secrets come behind so many packets, at the latest when all have passed.
fn together(names: &[&str], at_hand: Option<usize>, after: u64) -> Found {
    together_idle(names, at_hand, after, 0)
}

/// The same, and behind the last packet so many seconds pass.
fn together_idle(names: &[&str], at_hand: Option<usize>, after: u64, seconds: i64) -> Found {
    let secrets = SecretLog::default();
    secrets.expect_more();
    let captures: Vec<_> = names.iter().map(|name| packets(name)).collect();
    let most = captures.iter().map(Vec::len).max().unwrap_or(0);
    let in_turn = (0..most).flat_map(|at| captures.iter().filter_map(move |capture| capture.get(at)));
    let mut dissector = Dissector::new(Options { secrets: secrets.clone(), at_hand, ..Options::default() });
    let (mut found, mut is_logged) = (Found::default(), false);
    let log = |after| {
        for name in names {
            let bytes = std::fs::read(path(&format!("{name}.keys"))).unwrap();
            secrets.add(Secrets { kind: Secrets::TLS_KEY_LOG, bytes, after });
        }
    };
    let mut last = 0;
    for (number, (packet, data)) in (1..).zip(in_turn) {
        if number > after && !std::mem::replace(&mut is_logged, true) {
            log(after);
        }
        last = number;
        dissector.push(
            &Packet {
                number,
                data,
                comment: None,
                time: Timestamp(i64::try_from(number).unwrap() * 1_000_000),
                ..*packet
            },
            &mut found,
        );
    }
    dissector.idle(Timestamp((i64::try_from(last).unwrap() + 1000 * seconds) * 1_000_000), &mut found);
    if !is_logged {
        log(last);
    }
    dissector.finish(&mut found);
    found.0.sort_by_key(|(socket, direction, _)| (*socket, *direction));
    found
}

/// What each gives alone, by the number of its connection among the others.
fn alone() -> Vec<(SocketId, Direction, Vec<u8>)> {
    let mut expected = Vec::new();
    for (number, name) in (0..).zip(NAMES) {
        let found = together(&[name], None, 0).0;
        assert!(!found.is_empty(), "{name}");
        expected.extend(found.into_iter().map(|(socket, direction, payload)| {
            (SocketId { connection: sockeye::base::ConnectionId(number), ..socket }, direction, payload)
        }));
    }
    expected.sort_by_key(|(socket, direction, _)| (*socket, *direction));
    expected
}

#[test]
fn opened_connections_are_put_aside_and_go_on() {
    let expected = alone();
    for at_hand in [None, Some(1), Some(2)] {
        assert!(together(&NAMES, at_hand, 0).0 == expected, "{at_hand:?}");
    }
}

#[test]
fn connections_that_wait_for_keys_are_put_aside_with_what_waits() {
    let expected = alone();
    for at_hand in [None, Some(1)] {
        // Behind the handshakes, and the first messages.
        for after in [20, 60, 90] {
            assert!(together(&NAMES, at_hand, after).0 == expected, "{at_hand:?}, after {after}");
        }
    }
}

#[test]
fn connections_that_are_over_wait_for_keys_a_while() {
    let expected = alone();
    for at_hand in [None, Some(1)] {
        assert!(together(&NAMES, at_hand, 100_000).0 == expected, "{at_hand:?}");
    }
    // All have ended in the first second; nine more are no matter, and a minute is too late.
    assert!(together_idle(&NAMES, None, 100_000, 9).0 == expected);
    let late = together_idle(&NAMES, None, 100_000, 60).0;
    assert!(late.len() < expected.len(), "{}", late.len());
}
