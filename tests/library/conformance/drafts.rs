//! The drafts before RFC 6455 through the whole dissector, by the words of the drafts and byte by byte.

use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;
use sha1::{Digest as _, Sha1};
use sockeye::base::{Code, Direction};
use sockeye::capture;
use sockeye::dissect::{Dissector, Options, Sink, Told, Wants};
use sockeye::trace::{Bytes, Indexer, Progress};
use sockeye::websocket::Draft;

use crate::build::{By, Found, REQUEST, RESPONSE, Wire, frame, masked, plain, with, without};

/// The handshake of RFC 6455 with another version, and a line more in the response.
fn version(version: u8, line: &str) -> Wire {
    let request = with(&without(REQUEST, "Sec-WebSocket-Version"), &format!("Sec-WebSocket-Version: {version}"));
    let response = if line.is_empty() { RESPONSE.to_owned() } else { with(RESPONSE, line) };
    Wire::upgraded(request, response)
}

/// draft-hybi-05 and -06 section 4.3: the key, then the frame, each octet of it XORed with the next octet of the key.
fn key_first(key: [u8; 4], clear: &[u8]) -> Vec<u8> {
    let body = clear.iter().enumerate().map(|(i, byte)| byte ^ key[i % 4]);
    key.into_iter().chain(body).collect()
}

/// draft-hybi-04: the nonce of the frame; its key is SHA-1 of that and SHA-1 of both nonces and a GUID.
fn nonce_first(nonce: [u8; 4], server_nonce: &str, clear: &[u8]) -> Vec<u8> {
    let of_handshake = format!("dGhlIHNhbXBsZSBub25jZQ=={server_nonce}61AC5F19-FBBA-4540-B96F-6561F1AB40A8");
    let key = Sha1::digest([&nonce[..], &Sha1::digest(of_handshake)].concat());
    let body = clear.iter().enumerate().map(|(i, byte)| byte ^ key[i % 20]);
    nonce.into_iter().chain(body).collect()
}

fn shown(found: &Found) -> Vec<(char, u8, bool, String)> {
    let frames = found.frames.iter();
    frames
        .map(|f| {
            let by = if f.by == Direction::Client { 'c' } else { 's' };
            (by, f.opcode, f.fin, String::from_utf8_lossy(&f.payload).into_owned())
        })
        .collect()
}

/// FIN and the opcodes of the drafts: 0 continuation, 1 close, 2 ping, 3 pong, 4 text, 5 binary.
fn talk(wire: Wire, client: impl Fn(u32, &[u8]) -> Vec<u8>) -> Wire {
    let long: Vec<u8> = [&[0x84, 126, 0x01, 0x2c][..], &[b'x'; 300]].concat();
    wire.client(client(1, b"\x84\x05Hello"))
        .server(b"\x84\x05Hello")
        .client([client(2, b"\x04\x03one"), client(3, b"\x82\x01?"), client(4, b"\x80\x04 two")].concat())
        .server(b"\x83\x01?\x85\x02\xff\xfe")
        .client(client(5, &long))
        .client(client(6, b"\x81\x00"))
        .server(b"\x81\x00")
        .fin()
}

fn must_be_the_talk(found: &Found) {
    let text = |text: &str| text.to_owned();
    let want = [
        ('c', 1, true, text("Hello")),
        ('s', 1, true, text("Hello")),
        ('c', 1, false, text("one")),
        ('c', 9, true, text("?")),
        ('c', 0, true, text(" two")),
        ('s', 10, true, text("?")),
        ('s', 2, true, text("\u{fffd}\u{fffd}")),
        ('c', 1, true, "x".repeat(300)),
        ('c', 8, true, text("")),
        ('s', 8, true, text("")),
    ];
    assert_eq!(shown(found), want);
    assert_eq!(found.codes(), [Code::DraftVersion]);
    let messages: Vec<_> = found.messages_by(Direction::Client).map(|m| m.payload.clone()).collect();
    assert_eq!(messages, [b"Hello".to_vec(), b"one two".to_vec(), vec![b'x'; 300]]);
}

fn key(n: u32) -> [u8; 4] {
    (n.wrapping_mul(n).wrapping_mul(0x9e37_79b9) ^ 0x1234_5678).to_be_bytes()
}

#[test]
fn draft_hybi_05_and_06_mask_the_header_too() {
    for draft in [5, 6] {
        let found = talk(version(draft, ""), |n, clear| key_first(key(n), clear)).dissect();
        must_be_the_talk(&found);
        let name = found.connections[0].handshake.as_ref().unwrap().draft().unwrap();
        assert_eq!(name, Draft::Hybi(draft));
    }
}

#[test]
fn draft_hybi_04_masks_with_a_key_made_of_three_nonces() {
    let nonce = "AQIDBAUGBwgJCgsMDQ4PEC==";
    let wire = version(4, &format!("Sec-WebSocket-Nonce: {nonce}"));
    must_be_the_talk(&talk(wire, |n, clear| nonce_first(key(n), nonce, clear)).dissect());
}

#[test]
fn draft_hybi_04_without_the_servers_nonce_shows_the_server_only() {
    let found = talk(version(4, ""), |n, clear| nonce_first(key(n), "lost", clear)).dissect();
    assert_eq!(found.frames_by(Direction::Client).count(), 0);
    assert_eq!(found.frames_by(Direction::Server).count(), 4);
    assert!(found.codes().contains(&Code::Resynchronised), "{:?}", found.notes);
}

#[test]
fn bytes_lost_in_a_draft_cost_themselves_and_the_next_frame_is_found() {
    let text = |n| key_first(key(n), b"\x84\x05Hello");
    let whole = text(2);
    let wire = version(6, "").client(text(1)).client(&whole[..8]).lose(By::Client, &whole[8..]).client(text(3));
    let found = wire.lose(By::Client, text(4)).client(text(5)).client(text(6)).fin().dissect();
    let frames: Vec<_> =
        found.frames_by(Direction::Client).map(|f| (f.offset, f.captured, f.payload.clone())).collect();
    let hello = b"Hello".to_vec();
    assert_eq!(
        frames,
        [
            (0, 5, hello.clone()),
            (11, 2, b"He".to_vec()),
            (22, 5, hello.clone()),
            (44, 5, hello.clone()),
            (55, 5, hello)
        ]
    );
}

#[test]
fn what_breaks_the_rules_of_a_draft() {
    // Opcode 9 was reserved, and so was the bit that is MASK today.
    let found = version(5, "").server([0x89, 0x00, 0x84, 0x81, b'x']).fin().dissect();
    assert_eq!(
        found.codes(),
        [Code::RsvUnnegotiated, Code::OpcodeReserved, Code::CloseMissing, Code::DraftVersion],
        "{:?}",
        found.notes
    );
    assert_eq!(found.notes[&Code::OpcodeReserved].1, "opcode 9 of the draft");
    assert_eq!(found.notes[&Code::RsvUnnegotiated].1, "RSV4");
}

#[test]
fn from_draft_hybi_07_on_frames_are_those_of_the_rfc() {
    for draft in [7, 8] {
        let found = version(draft, "").client(masked(0x81, b"Hi")).server(plain(0x82, b"x")).closed().dissect();
        assert_eq!(found.codes(), [Code::DraftVersion]);
        assert_eq!(shown(&found)[..2], [('c', 1, true, "Hi".into()), ('s', 2, true, "x".into())]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    /// However segments cut the stream, in keys, headers and payloads.
    #[test]
    fn frames_of_draft_hybi_at_any_cut(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..8),
        cuts in prop::collection::vec(1usize..40, 0..30),
        nonced: bool,
    ) {
        let nonce = "AQIDBAUGBwgJCgsMDQ4PEC==";
        let mut stream = Vec::new();
        for (n, payload) in (1..).zip(&payloads) {
            let mut clear = vec![0x85];
            match payload.len() {
                len @ 0..126 => clear.push(len as u8),
                len => clear.extend([126, (len >> 8) as u8, len as u8]),
            }
            clear.extend(payload);
            let masked = if nonced { nonce_first(key(n), nonce, &clear) } else { key_first(key(n), &clear) };
            stream.extend(masked);
        }
        let mut wire = if nonced { version(4, &format!("Sec-WebSocket-Nonce: {nonce}")) } else { version(5, "") };
        let mut rest = stream.as_slice();
        for cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            wire = wire.client(piece);
            rest = after;
        }
        let found = wire.client(rest).fin().dissect();
        let messages: Vec<_> = found.messages.iter().map(|message| message.payload.clone()).collect();
        prop_assert_eq!(messages, payloads);
        prop_assert_eq!(found.codes(), [Code::CloseMissing, Code::DraftVersion]);
    }
}

/// Indexes, and keeps the payload of each frame beside.
#[derive(Default)]
struct Both {
    indexer: Indexer,
    payloads: Vec<(u64, Vec<u8>)>,
}

impl Sink for Both {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, bytes: true, packets: true, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.indexer.tell(told);
        if let Told::Frame(place, frame) = *told {
            self.payloads.push((place.number, frame.payload.to_vec()));
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

#[test]
fn what_the_inspector_reads_back_of_a_draft_is_what_was_told() {
    let nonce = "AQIDBAUGBwgJCgsMDQ4PEC==";
    let hybi_4 = version(4, &format!("Sec-WebSocket-Nonce: {nonce}"));
    let hixie = Wire::upgraded(HIXIE, HIXIE_ANSWER);
    for wire in [
        talk(hybi_4, |n, clear| nonce_first(key(n), nonce, clear)),
        talk(version(5, ""), |n, clear| key_first(key(n), clear)),
        hixie.client(b"\x00Hello\xff\x80\x03\xff\x00\xff").server(b"\x00H").server(b"i\xff").fin(),
    ] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), wire.pcap()).unwrap();
        let options = capture::Options { spool: true, ..capture::Options::default() };
        let mut source = capture::open(file.path(), &options).unwrap();
        let store = source.store().unwrap();
        let mut both = Both::default();
        let mut dissector = Dissector::new(Options::default());
        while let Some(packet) = source.next_packet().unwrap() {
            dissector.push(&packet, &mut both);
        }
        dissector.finish(&mut both);
        both.indexer.flush(Progress { finished: true, ..Progress::default() });
        let shared = both.indexer.shared();
        let trace = shared.read();
        let bytes = Bytes::new(&trace, &store);
        assert!(both.payloads.len() >= 3);
        for (number, payload) in &both.payloads {
            let row = trace.frames().get(*number).unwrap();
            assert_eq!(bytes.unmasked(&row, 0..u64::MAX).bytes, *payload, "frame {number}: {row:?}");
            // From any byte on.
            let part = bytes.unmasked(&row, 1..u64::MAX);
            assert_eq!(part.bytes, payload.get(1..).unwrap_or_default(), "frame {number}");
            let next = row.offset + row.wire_len();
            let follows = (1..=trace.frames().count()).filter_map(|n| trace.frames().get(n));
            let mut follows = follows.filter(|other| other.direction == row.direction && other.offset > row.offset);
            assert!(
                follows.next().is_none_or(|other| other.offset == next),
                "frame {number} ends where the next starts"
            );
        }
    }
}

/// draft-hixie-thewebsocketprotocol-76 section 1.2.
const HIXIE: &str = "GET /demo HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\nSec-WebSocket-Protocol: sample\r\nUpgrade: WebSocket\r\n\
    Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nOrigin: http://example.com\r\n\r\n^n:ds[4U";
const HIXIE_ANSWER: &str = "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Origin: http://example.com\r\nSec-WebSocket-Location: ws://example.com/demo\r\n\
    Sec-WebSocket-Protocol: sample\r\n\r\n8jKS'y:G*Co,Wxa-";

#[test]
fn the_challenge_and_its_answer_are_no_frame_bytes_however_they_are_cut() {
    for cut in [1, HIXIE.len() - 9, HIXIE.len() - 8, HIXIE.len() - 3, HIXIE.len() - 1] {
        for answer in [1, HIXIE_ANSWER.len() - 16, HIXIE_ANSWER.len() - 7] {
            let (first, second) = HIXIE.split_at(cut);
            let (third, fourth) = HIXIE_ANSWER.split_at(answer);
            let wire = Wire::new().client(first).client(second).server(third).server([fourth, "\0H"].concat());
            let found = wire.server(b"i\xff").client(b"\x00Hello\xff\xff\x00").server(b"\xff\x00").fin().dissect();
            let want = [
                ('s', 1, true, "Hi".to_owned()),
                ('c', 1, true, "Hello".to_owned()),
                ('c', 8, true, String::new()),
                ('s', 8, true, String::new()),
            ];
            assert_eq!(shown(&found), want, "{cut} {answer}");
            assert_eq!(found.codes(), [Code::DraftVersion], "{:?}", found.notes);
            let handshake = found.connections[0].handshake.as_ref().unwrap();
            assert_eq!(handshake.response.as_ref().unwrap().answer, handshake.expected_answer());
        }
    }
}

#[test]
fn a_short_snap_length_keeps_the_length_of_every_hixie_frame() {
    let text = |n: usize| [&[0][..], "x".repeat(n).as_bytes(), &[0xff]].concat();
    let mut wire = Wire::upgraded(HIXIE, HIXIE_ANSWER);
    for n in [300, 500, 7] {
        wire = wire.cut(By::Server, text(n), 20.min(n + 2));
    }
    let found = wire.fin().dissect();
    let frames: Vec<_> = found.frames.iter().map(|f| (f.length, f.captured, f.ended)).collect();
    assert_eq!(frames, [(300, 19, true), (500, 19, true), (7, 7, true)]);
}

/// Each frame compressed by itself, with the tail taken off, history kept or not
/// (draft-tyoshino-hybi-websocket-perframe-deflate-06).
fn deflated(texts: &[&[u8]], takeover: bool) -> Vec<Vec<u8>> {
    let mut compress = Compress::new(Compression::best(), false);
    let one = |text: &&[u8]| {
        let mut out = Vec::with_capacity(1000);
        compress.compress_vec(text, &mut out, FlushCompress::Sync).unwrap();
        out.truncate(out.len() - 4);
        if !takeover {
            compress.reset();
        }
        out
    };
    texts.iter().map(one).collect()
}

#[test]
fn frames_are_inflated_one_by_one_where_deflate_frame_was_agreed_on() {
    let texts: [&[u8]; 3] = [b"said again and again, ", b"said again and again", b"said again and again, again"];
    for name in ["x-webkit-deflate-frame", "deflate-frame"] {
        for (parameter, takeover) in [("", true), ("; no_context_takeover", false)] {
            // A parameter binds the other side: what the client asks for, the server compresses by.
            let line = format!("Sec-WebSocket-Extensions: {name}{parameter}");
            let wire = Wire::upgraded(with(REQUEST, &line), with(RESPONSE, &line));
            let parts = deflated(&texts, takeover);
            // A message of three frames, the second not compressed; then a message that refers back.
            let sent = [
                plain(0x41, &parts[0]),
                plain(0x00, b"(plain) "),
                plain(0xc0, &parts[1]),
                plain(0xc1, &parts[2]),
                plain(0x81, b"not compressed"),
            ];
            let back = frame(0xc1, Some([9, 8, 7, 6]), &deflated(&texts, takeover)[0]);
            let found = wire.server(sent.concat()).client(back).closed().dissect();
            assert_eq!(found.codes(), [], "{name}{parameter}: {:?}", found.notes);
            let messages: Vec<_> = found.messages_by(Direction::Server).map(|m| m.payload.clone()).collect();
            let want = [[texts[0], b"(plain) ", texts[1]].concat(), texts[2].to_vec(), b"not compressed".to_vec()];
            assert_eq!(messages, want, "{name}{parameter}");
            assert_eq!(found.messages_by(Direction::Client).next().unwrap().payload, texts[0]);
            let handshake = found.connections[0].handshake.as_ref().unwrap();
            assert_eq!(handshake.extensions(), [format!("{name}{parameter}")]);
        }
    }
}
