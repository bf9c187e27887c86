//! Which connections look like a WebSocket from outside: records of real ones (tests/data/tls/README.md), against what they were.

use std::fs;
use std::path::Path;

use sockeye::base::{Side, Timestamp};
use sockeye::tls::hello::{ClientHello, ServerHello};
use sockeye::tls::shape::{Guess, Shape};
use sockeye::tls::suite::SuiteId;

/// The records of a connection: `c` or `s`, type, length, microseconds.
fn records(name: &str) -> Vec<(Side, u8, u64, Timestamp)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/tls/shapes/{name}.txt"));
    let record = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let side = if words[0] == "c" { Side::A } else { Side::B };
        (side, words[1].parse().unwrap(), words[2].parse().unwrap(), Timestamp(words[3].parse::<i64>().unwrap() * 1000))
    };
    fs::read_to_string(path).unwrap().lines().map(record).collect()
}

fn guess(name: &str, version: u16, suite: u16, offered: &[&str]) -> Option<Guess> {
    let client =
        ClientHello { alpn: offered.iter().map(|name| (*name).to_owned()).collect(), ..ClientHello::default() };
    let server = ServerHello { version, suite: SuiteId(suite), ..ServerHello::default() };
    let mut shape = Shape::new(&client, &server, Side::A);
    for (side, content_type, len, time) in records(name) {
        shape.record(side, content_type, len, time);
    }
    shape.verdict()
}

#[test]
fn websockets_look_like_one() {
    let reasons = [
        ("ws-chat", 0x0304, 0x1302, "21 small records from the client and 21 from the server"),
        ("ws-chat-12", 0x0303, 0xc030, "21 small records from the client and 21 from the server"),
        ("ws-chat-cbc", 0x0303, 0xc027, "21 small records from the client and 21 from the server"),
        // A ping a second, as the client was told, and as often one from the server.
        ("ws-idle", 0x0304, 0x1302, "every 1 s"),
        ("ws-ticker", 0x0304, 0x1302, "times the server spoke unasked"),
        // Five messages each way, the longest of them compressed.
        ("wss-tls13", 0x0304, 0x1302, "5 small records from the client and 5 from the server"),
        ("wss-tls12-aes128-gcm", 0x0303, 0xc02f, "5 small records from the client and 5 from the server"),
        ("wss-tls12-chacha20", 0x0303, 0xcca8, "5 small records from the client and 5 from the server"),
        ("wss-tls12-cbc-sha384", 0x0303, 0xc028, "5 small records from the client and 5 from the server"),
        ("wss-tls12-rsa-cbc-sha1", 0x0303, 0x002f, "5 small records from the client and 5 from the server"),
    ];
    for (name, version, suite, reason) in reasons {
        for offered in [&[][..], &["http/1.1"]] {
            let guess = guess(name, version, suite, offered).unwrap_or_else(|| panic!("{name}"));
            assert!(guess.confidence > 0.5 && guess.confidence < 1.0, "{name}: {guess:?}");
            assert!(guess.reason.contains(reason), "{name}: {guess:?}");
        }
    }
}

#[test]
fn https_does_not() {
    for name in ["poll-get", "poll-post", "poll-tiny", "long-poll", "sse", "llm", "download", "upload", "pages"] {
        for offered in [&[][..], &["http/1.1"]] {
            assert_eq!(guess(name, 0x0304, 0x1302, offered), None, "{name}");
        }
    }
    assert_eq!(guess("poll-post-12", 0x0303, 0xc030, &[]), None);
    assert_eq!(guess("poll-get-cbc", 0x0303, 0xc027, &[]), None);
}

#[test]
fn where_http_2_may_be_spoken_nothing_is_said() {
    for name in ["wss-h2-chromium-0", "wss-h2-chromium-1", "ws-chat"] {
        assert_eq!(guess(name, 0x0304, 0x1301, &["h2", "http/1.1"]), None, "{name}");
    }
    // Nor where something else is.
    assert_eq!(guess("ws-chat", 0x0304, 0x1302, &["mqtt"]), None);
}

/// A conversation of longer messages has no sign that HTTP lacks: it is passed over, and not taken for what it may not be.
#[test]
fn what_may_be_http_is_not_guessed() {
    assert_eq!(guess("ws-medium", 0x0304, 0x1302, &[]), None);
}
