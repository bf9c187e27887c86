//! TLS connections of captures, by the stage alone: what is known of them and what they hold (tests/data/tls/README.md).

use std::fs;
use std::path::{Path, PathBuf};

use sockeye::base::{Chunk, Origin, Part, Side, Sides};
use sockeye::capture::{self, Batch, Options};
use sockeye::net::{Net, Transport};
use sockeye::tls::{Connection, Facts, KeyLog, Told, Work};

/// What came of a capture's one connection.
#[derive(Debug, Default)]
struct Seen {
    facts: Facts,
    /// Application data of each side.
    plain: Sides<Vec<u8>>,
    alerts: Vec<(Side, u8, u8)>,
    unopened: u64,
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn key_log(names: &[&str]) -> Vec<u8> {
    names.iter().flat_map(|name| fs::read(path(name)).unwrap()).collect()
}

/// The payloads of a capture's segments, each with whether it goes to the port.
fn segments(name: &str, port: u16) -> Vec<(Side, Vec<u8>)> {
    let mut capture = capture::open(&path(name), &Options::default()).unwrap();
    let (mut batch, mut net, mut all) = (Batch::default(), Net::default(), Vec::new());
    while capture.next_batch(&mut batch).unwrap() {
        for packet in batch.packets() {
            net.push(packet.link, packet.data, packet.wire_len, packet.at(), |transport| {
                if let Transport::Tcp(segment) = transport
                    && !segment.payload.is_empty()
                {
                    let side = if segment.endpoints.destination_port == port { Side::A } else { Side::B };
                    all.push((side, segment.payload.to_vec()));
                }
            });
        }
    }
    all
}

/// The connection with its server on a port, whose segments come in order. Keys are known from the start, or come when
/// everything has come.
fn seen(name: &str, port: u16, keys: &[u8], is_late: bool) -> Seen {
    let (mut connection, mut buffer, mut seen) = (Connection::default(), Vec::new(), Seen::default());
    let mut log = KeyLog::default();
    if !is_late {
        log.push(keys);
    }
    let mut run = |connection: &mut Connection, log: &KeyLog, part: Option<(Side, &[u8])>| {
        let tell = |side: Side, told: Told<'_>| match told {
            Told::Plain(plain) => seen.plain.get_mut(side).extend_from_slice(plain.bytes),
            Told::Alert { level, description, .. } => seen.alerts.push((side, level, description)),
            Told::Unopened { .. } => seen.unopened += 1,
            Told::Missing { .. } => panic!("nothing is missing"),
        };
        let mut work = Work { keys: log, may_come: is_late, has_room: true, buffer: &mut buffer, tell };
        match part {
            Some((side, bytes)) => {
                let chunk = Chunk { bytes, at: Default::default(), origin: Origin::Made };
                connection.push(side, Part::Bytes(chunk), &mut work);
            }
            None => connection.look_for_keys(&mut work),
        }
    };
    for (side, bytes) in segments(name, port) {
        run(&mut connection, &log, Some((side, &bytes)));
    }
    if is_late {
        log.push(keys);
        run(&mut connection, &log, None);
    }
    seen.facts = connection.facts().clone();
    seen
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The connection was opened from its first record on.
fn assert_is_open(seen: &Seen, what: &str) {
    assert_eq!(seen.unopened, 0, "{what}");
    assert_eq!((seen.facts.closed, seen.facts.is_open, seen.facts.has_keys), (0, true, true), "{what}");
    assert!(text(seen.plain.get(Side::A)).starts_with("GET /hidden HTTP/1.1\r\nHost: secret.example\r\n"), "{what}");
    assert!(seen.plain.get(Side::B).ends_with(b"\x81\x10behind the cover\x88\x02\x03\xe8"), "{what}");
    assert_eq!(seen.facts.alpn.as_deref(), Some("http/1.1"));
    // As the server was told to make it.
    let certificate = seen.facts.certificate.as_ref().unwrap();
    assert_eq!((certificate.subject.as_deref(), certificate.is_self_issued), (Some("secret.example"), true));
    assert_eq!(certificate.names, ["secret.example", "cover.example", "127.0.0.1"]);
    assert_eq!(certificate.not_before, "2023-11-14T22:13:20Z");
    assert_eq!(certificate.not_after, "2049-03-22T04:26:40Z");
}

#[test]
fn a_hidden_hello_is_opened_where_its_secret_is_logged() {
    for name in ["accepted", "chacha", "retry"] {
        let (keys, ech) = (format!("tls/ech-{name}.keys"), format!("tls/ech-{name}.ech.keys"));
        for is_late in [false, true] {
            let seen = seen(&format!("tls/ech-{name}.pcap"), 4433, &key_log(&[&ech, &keys]), is_late);
            assert_is_open(&seen, name);
            let hello = seen.facts.client_hello.unwrap();
            assert_eq!(hello.server_name.as_deref(), Some("secret.example"), "{name}");
            assert_eq!(hello.alpn, ["http/1.1"], "{name}");
            let ech = seen.facts.ech.unwrap();
            assert_eq!(ech.public_name.as_deref(), Some("cover.example"), "{name}");
            assert_eq!((ech.is_accepted, ech.is_open), (Some(true), true), "{name}");
        }
    }
}

#[test]
fn a_hidden_hello_is_found_by_what_its_secrets_open() {
    // Programs that do not log the two lines log the others by the hidden random; more of strangers are there too.
    let stranger = key_log(&["tls/ech-rejected.keys"]);
    for name in ["accepted", "chacha", "retry"] {
        let keys = [stranger.clone(), key_log(&[&format!("tls/ech-{name}.keys")]), stranger.clone()].concat();
        for is_late in [false, true] {
            let seen = seen(&format!("tls/ech-{name}.pcap"), 4433, &keys, is_late);
            assert_is_open(&seen, name);
            assert_eq!(seen.facts.client_hello.unwrap().server_name, None, "the name in the clear is another's");
            let ech = seen.facts.ech.unwrap();
            assert_eq!(
                (ech.public_name.as_deref(), ech.is_accepted, ech.is_open),
                (Some("cover.example"), Some(true), false)
            );
        }
    }
}

#[test]
fn a_hidden_hello_that_was_not_taken_does_not_count() {
    let keys = key_log(&["tls/ech-rejected.ech.keys", "tls/ech-rejected.keys"]);
    let seen = seen("tls/ech-rejected.pcap", 4433, &keys, false);
    assert_eq!((seen.facts.closed, seen.unopened), (0, 0));
    assert_eq!(seen.facts.client_hello.unwrap().server_name.as_deref(), Some("cover.example"));
    assert_eq!(seen.facts.ech.unwrap().is_accepted, Some(false));
    // `ech_required` (RFC 9849 section 11.2), and the server's `close_notify`.
    assert_eq!(seen.alerts, [(Side::A, 2, 121), (Side::B, 1, 0)]);
}

#[test]
fn without_its_secret_a_hello_may_hide_another_or_none() {
    for keys in [vec![], key_log(&["tls/ech-accepted.ech.keys"]), key_log(&["tls/ech-retry.keys"])] {
        let seen = seen("tls/ech-accepted.pcap", 4433, &keys, false);
        assert!(!seen.facts.is_open && !seen.facts.has_keys);
        let (ech, hello) = (seen.facts.ech.unwrap(), seen.facts.client_hello.unwrap());
        // With the hello's own secret alone it is opened, and nothing else.
        let expected = if ech.is_open { ("secret.example", Some(true)) } else { ("cover.example", None) };
        assert_eq!((hello.server_name.as_deref().unwrap(), ech.is_accepted), expected);
    }
}
