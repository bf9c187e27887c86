//! WebSockets inside TLS and HTTP/2: exactly the messages that the peers said they sent (tests/data/tls/README.md).

use std::path::{Path, PathBuf};

use sockeye::base::{Code, Direction, Note, SecretLog, Secrets, Severity, SocketId, StreamId};
use sockeye::capture;
use sockeye::dissect::{self, Evidence, Options, Sink, Socket, Told, Wants};
use sockeye::websocket::Opcode;

/// What was sent: by whom, as what, and what it says.
type Sent = (SocketId, Direction, Opcode, Vec<u8>);

#[derive(Default)]
struct Found {
    sent: Vec<Sent>,
    sockets: Vec<Socket>,
}

impl Sink for Found {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Message(place, message) => {
                assert!(message.complete, "{message:?}");
                self.sent.push((place.socket, message.direction, message.opcode, message.payload.to_vec()));
            }
            Told::Frame(place, frame) if frame.header.opcode.is_control() => {
                self.sent.push((place.socket, frame.direction, frame.header.opcode, frame.payload.to_vec()));
            }
            Told::Closed(socket) => self.sockets.push(socket.clone()),
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Dissects a capture with these lines of a key log.
fn with_keys(file: &str, keys: &[u8], threads: usize) -> Found {
    let mut capture = capture::open(&path(file), &capture::Options::default()).unwrap();
    let secrets = SecretLog::default();
    secrets.add(Secrets { kind: Secrets::TLS_KEY_LOG, bytes: keys.to_vec(), after: 0 });
    let mut found = Found::default();
    let options = Options { secrets, ..Options::default() };
    let (_, result) = dissect::run(&mut capture, &options, threads, &mut found);
    result.unwrap();
    found
}

fn keys_of(name: &str) -> Vec<u8> {
    std::fs::read(path(&format!("tests/data/tls/{name}.keys"))).unwrap()
}

/// Each is sent by the client and echoed.
fn echoed(socket: SocketId, messages: &[(Opcode, Vec<u8>)]) -> Vec<Sent> {
    let both = |(opcode, text): &(Opcode, Vec<u8>)| {
        let echo = if *opcode == Opcode::Ping { Opcode::Pong } else { *opcode };
        [(socket, Direction::Client, *opcode, text.clone()), (socket, Direction::Server, echo, text.clone())]
    };
    messages.iter().flat_map(both).collect()
}

fn session() -> Vec<(Opcode, Vec<u8>)> {
    let close = [&1000u16.to_be_bytes()[..], b"done"].concat();
    vec![
        (Opcode::Text, b"Hello over TLS".to_vec()),
        (Opcode::Text, br#"{"sym":"IBM","price":86.76}"#.to_vec()),
        (Opcode::Text, vec![b'x'; 20_000]),
        (Opcode::Ping, b"tls".to_vec()),
        (Opcode::Close, close),
    ]
}

#[test]
fn every_suite_gives_what_the_peers_sent() {
    let expected = echoed(SocketId::default(), &session());
    for (name, version, suite) in [
        ("wss-tls13", 0x0304, "TLS_AES_256_GCM_SHA384"),
        ("wss-tls12-aes128-gcm", 0x0303, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ("wss-tls12-aes256-gcm", 0x0303, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        ("wss-tls12-cbc-sha384", 0x0303, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
        ("wss-tls12-chacha20", 0x0303, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("wss-tls12-rsa-cbc-sha1", 0x0303, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    ] {
        for threads in [1, 3] {
            let found = with_keys(&format!("tests/data/tls/{name}.pcap"), &keys_of(name), threads);
            assert_eq!(found.sent, expected, "{name}");
            let [socket] = found.sockets.as_slice() else { panic!("{name}: {:?}", found.sockets) };
            let tls = socket.tls.as_ref().unwrap();
            assert_eq!((tls.version, tls.suite_name.as_deref()), (version, Some(suite)), "{name}");
            assert_eq!((socket.evidence, tls.closed), (Evidence::Handshake, 0), "{name}");
            // Keys that are exchanged by RSA alone should not be agreed on (RFC 9325 section 4.1).
            let is_weak = |note: &&Note| note.code == Code::TlsSuite;
            assert_eq!(
                socket.notes.iter().filter(is_weak).count(),
                usize::from(suite.starts_with("TLS_RSA_")),
                "{name}"
            );
            let others = socket.notes.iter().filter(|note| !is_weak(note));
            assert!(others.clone().all(|note| note.severity() < Severity::Warning), "{name}: {:?}", socket.notes);
        }
    }
}

/// What a capture gives without some of its packets.
fn without(name: &str, lost: &[u64], keys: Vec<u8>) -> Found {
    let secrets = SecretLog::default();
    secrets.add(Secrets { kind: Secrets::TLS_KEY_LOG, bytes: keys, after: 0 });
    let file = path(&format!("tests/data/tls/{name}.pcap"));
    let mut capture = capture::open(&file, &capture::Options::default()).unwrap();
    let options = Options { secrets, ..Options::default() };
    let (mut found, mut dissector) = (Found::default(), dissect::Dissector::new(options));
    while let Some(packet) = capture.next_packet().unwrap() {
        if !lost.contains(&packet.number) {
            dissector.push(&packet, &mut found);
        }
    }
    dissector.finish(&mut found);
    found
}

/// Without packets in which a side's stream begins, and without the client's ChangeCipherSpec and Finished.
#[test]
fn what_leads_to_a_connection_may_be_lost() {
    let all = echoed(SocketId::default(), &session());
    let mut wrong = Vec::new();
    for (name, lost) in [
        ("wss-tls13", &[1][..]),
        ("wss-tls13", &[2]),
        ("wss-tls12-aes128-gcm", &[1]),
        ("wss-tls12-aes128-gcm", &[2]),
        ("wss-tls12-cbc-sha384", &[1]),
        ("wss-tls12-chacha20", &[2]),
        ("wss-tls12-rsa-cbc-sha1", &[1]),
        ("wss-tls12-rsa-cbc-sha1", &[2]),
        ("wss-tls12-aes128-gcm", &[8]),
        ("wss-tls12-aes256-gcm", &[8]),
        ("wss-tls12-chacha20", &[8]),
        ("wss-tls12-cbc-sha384", &[8]),
    ] {
        let found = without(name, lost, keys_of(name));
        let missing: Vec<_> =
            all.iter().filter(|sent| !found.sent.contains(sent)).map(|sent| (sent.1, sent.2)).collect();
        if found.sent.len() != all.len() || !missing.is_empty() {
            wrong.push(format!("{name} without packets {lost:?}: {} messages, {missing:?} missing", found.sent.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where the log has what the client encrypted for the server, keys hang on all that both have said, in whatever order it is read.
#[test]
fn a_logged_premaster_secret_is_enough_though_a_stream_begins_late() {
    let name = "wss-tls12-rsa-cbc-sha1";
    let log = String::from_utf8(keys_of(name)).unwrap();
    let premaster: String = log.lines().filter(|line| line.starts_with("RSA ")).collect();
    assert!(!premaster.is_empty());
    let all = echoed(SocketId::default(), &session());
    for lost in [&[][..], &[1], &[2], &[1, 2]] {
        let found = without(name, lost, premaster.clone().into_bytes());
        let is_there = |sent| found.sent.contains(sent);
        assert!(found.sent.len() == all.len() && all.iter().all(is_there), "{lost:?}: {} messages", found.sent.len());
    }
}

#[test]
fn a_capture_with_its_secrets_inside_needs_nothing_else() {
    let found = with_keys("samples/wss-tls13.pcapng", b"", 1);
    assert_eq!(found.sent, echoed(SocketId::default(), &session()));
}

#[test]
fn without_keys_or_with_those_of_others_nothing_is_made_up() {
    for keys in [Vec::new(), keys_of("wss-tls12-aes128-gcm")] {
        let found = with_keys("tests/data/tls/wss-tls13.pcap", &keys, 1);
        assert!(found.sent.is_empty());
    }
}

#[test]
fn keys_of_the_data_alone_are_enough() {
    let all = String::from_utf8(keys_of("wss-tls13")).unwrap();
    let data = all
        .lines()
        .filter(|line| line.contains("_TRAFFIC_SECRET_0"))
        .fold(String::new(), |all, line| all + line + "\n");
    assert_eq!(data.lines().count(), 2);
    let found = with_keys("tests/data/tls/wss-tls13.pcap", data.as_bytes(), 1);
    assert_eq!(found.sent, echoed(SocketId::default(), &session()));
}

#[test]
fn keys_of_one_side_open_that_side() {
    let all = String::from_utf8(keys_of("wss-tls13")).unwrap();
    let server: String =
        all.lines().filter(|line| line.starts_with("SERVER")).map(|line| format!("{line}\n")).collect();
    let found = with_keys("tests/data/tls/wss-tls13.pcap", server.as_bytes(), 1);
    let expected = echoed(SocketId::default(), &session());
    let of_server: Vec<_> = expected.into_iter().filter(|sent| sent.1 == Direction::Server).collect();
    assert_eq!(found.sent, of_server);
}

#[test]
fn a_browsers_websocket_in_http2_in_tls() {
    let found = with_keys("tests/data/tls/wss-h2-chromium.pcap", &keys_of("wss-h2-chromium"), 1);
    let tick = |n: usize| format!(r#"{{"seq":{n},"price":86.76,"pad":"{}"}}"#, "x".repeat(300 * n)).into_bytes();
    let messages = std::iter::once(b"Hello over h2".to_vec()).chain((1..=5).map(tick));
    let messages: Vec<_> = messages.map(|text| (Opcode::Text, text)).collect();
    let [socket] = found.sockets.as_slice() else { panic!("{:?}", found.sockets) };
    assert_eq!(found.sent, echoed(socket.id, &messages));
    let (tls, http2) = (socket.tls.as_ref().unwrap(), socket.http2.as_ref().unwrap());
    assert_eq!((tls.version, tls.alpn.as_deref()), (0x0304, Some("h2")));
    assert_eq!(socket.id.stream, Some(StreamId(http2.stream.into())));
    assert!(http2.connect_protocol);
}

#[test]
fn two_websockets_on_one_connection_of_http2() {
    let found = with_keys("tests/data/tls/h2c-rfc8441.pcap", b"", 1);
    let streams: Vec<_> = found.sockets.iter().map(|socket| socket.id.stream).collect();
    assert_eq!(streams, [Some(StreamId(1)), Some(StreamId(3))]);
    for (socket, stream) in found.sockets.iter().zip([1, 3]) {
        let close = [&1000u16.to_be_bytes()[..], b"bye"].concat();
        let message = |n| (Opcode::Text, format!(r#"{{"stream":{stream},"n":{n}}}"#).into_bytes());
        let sent: Vec<_> = (0..4).map(message).chain([(Opcode::Close, close)]).collect();
        let of_stream: Vec<_> = found.sent.iter().filter(|sent| sent.0 == socket.id).cloned().collect();
        assert_eq!(of_stream, echoed(socket.id, &sent));
        let handshake = socket.handshake.as_ref().unwrap();
        assert_eq!(handshake.uri(), Some(format!("/chat{stream}").as_str()));
        assert_eq!((handshake.status(), handshake.host()), (Some(200), Some("10.77.0.2:9500")));
        assert!(socket.notes.is_empty(), "{:?}", socket.notes);
    }
}

#[test]
fn a_server_that_speaks_first() {
    let found = with_keys("tests/data/tls/h2ws.pcap", b"", 1);
    let [socket] = found.sockets.as_slice() else { panic!("{:?}", found.sockets) };
    let texts: Vec<_> = found.sent.iter().filter(|sent| sent.2 == Opcode::Text).cloned().collect();
    let sent = |direction, text: &str| (socket.id, direction, Opcode::Text, text.as_bytes().to_vec());
    assert_eq!(texts, [sent(Direction::Client, "hello"), sent(Direction::Server, "world")]);
}

/// Joined where nothing is left of the request: the stream's data are frames, by their shape.
#[test]
fn a_stream_whose_request_is_not_in_the_capture() {
    let file = path("tests/data/tls/server-settings-first.pcap");
    let mut capture = capture::open(&file, &capture::Options::default()).unwrap();
    let (mut found, mut dissector) = (Found::default(), dissect::Dissector::new(Options::default()));
    while let Some(packet) = capture.next_packet().unwrap() {
        if packet.number >= 8 {
            dissector.push(&packet, &mut found);
        }
    }
    dissector.finish(&mut found);
    let [socket] = found.sockets.as_slice() else { panic!("{:?}", found.sockets) };
    assert!(matches!(socket.evidence, Evidence::MidStream { .. }));
    assert_eq!(socket.id.stream, Some(StreamId(1)));
    let texts: Vec<_> = found.sent.iter().map(|sent| (sent.1, sent.3.as_slice())).collect();
    assert_eq!(texts, [(Direction::Client, &b"hello"[..]), (Direction::Server, &b"world"[..])]);
}

/// Whoever records a program as it runs has the keys of a short connection when it is over.
#[test]
fn secrets_at_the_end_of_a_file_open_what_stands_before_them() {
    let whole = std::fs::read(path("samples/wss-tls13.pcapng")).unwrap();
    let (mut first, mut secrets, mut rest) = (Vec::new(), Vec::new(), whole.as_slice());
    while let Some([a, b, c, d, e, f, g, h]) = rest.first_chunk::<8>() {
        let (kind, len) = (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h]) as usize);
        let (block, behind) = rest.split_at(len);
        if kind == 0xa { &mut secrets } else { &mut first }.extend_from_slice(block);
        rest = behind;
    }
    assert!(!secrets.is_empty());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("late.pcapng");
    std::fs::write(&file, [first, secrets].concat()).unwrap();
    for threads in [1, 3] {
        let found = with_keys(file.to_str().unwrap(), b"", threads);
        assert_eq!(found.sent, echoed(SocketId::default(), &session()));
    }
    // As a program reads it: with a log that others add to.
    let (log, mut found) = (SecretLog::default(), Found::default());
    let mut capture = capture::open(&file, &capture::Options::default()).unwrap().with_secrets(log.clone());
    let options = Options { secrets: log, ..Options::default() };
    dissect::run(&mut capture, &options, 1, &mut found).1.unwrap();
    assert_eq!(found.sent, echoed(SocketId::default(), &session()));
}
