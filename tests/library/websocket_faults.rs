//! What programs do that break the rules of WebSocket, as captured (tests/data/websocket/README.md): every frame that was
//! sent, none made up, and what is said of them.

use std::path::Path;

use crate::build::{Found, REQUEST, RESPONSE, Wire, masked, plain, with};
use sockeye::base::Code::{self, *};
use sockeye::base::Direction;
use sockeye::capture;
use sockeye::dissect::{Dissector, Options};

fn dissect(name: &str) -> Found {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/websocket").join(name).with_extension("pcap");
    let mut source = capture::open(&path, &capture::Options::default()).unwrap();
    let mut found = Found::default();
    let mut dissector = Dissector::new(Options::default());
    while let Some(packet) = source.next_packet().unwrap() {
        dissector.push(&packet, &mut found);
    }
    dissector.finish(&mut found);
    found
}

/// Who, opcode, payload: `s1 text`. The code of a close stands before its reason.
fn frames(found: &Found) -> Vec<String> {
    let frames = found.frames.iter().map(|frame| {
        let by = if frame.by == Direction::Client { 'c' } else { 's' };
        let payload = match (frame.opcode, frame.payload.split_first_chunk::<2>()) {
            (8, Some((code, reason))) => format!("{} {}", u16::from_be_bytes(*code), reason.escape_ascii()),
            _ => frame.payload.escape_ascii().to_string(),
        };
        format!("{by}{} {payload}", frame.opcode).trim_end().to_owned()
    });
    frames.collect()
}

fn texts(found: &Found) -> Vec<String> {
    found.messages.iter().map(|message| String::from_utf8_lossy(&message.payload).into_owned()).collect()
}

/// Nothing else is said, and of each the first detail is this.
fn must_say(found: &Found, notes: &[(Code, u64, &str)]) {
    let said: Vec<(Code, u64, &str)> =
        found.notes.iter().map(|(code, (count, detail))| (*code, *count, detail.as_str())).collect();
    let mut want = notes.to_vec();
    want.sort_by_key(|(code, ..)| *code);
    assert_eq!(said, want);
}

#[test]
fn an_http_response_in_the_stream_makes_no_frames() {
    let found = dissect("http400-in-stream");
    assert_eq!(frames(&found), ["c8 1002"]);
    assert_eq!(found.connections[0].close.as_ref().unwrap().code, Some(1002));
    let response = "103 bytes from the server, a response, 400 Bad Request";
    must_say(
        &found,
        &[(StreamHttp, 1, response), (CloseUnanswered, 1, "the client sent it 0.002 s before the last packet")],
    );

    let found = dissect("two-servers");
    assert_eq!(frames(&found), ["s1 hello from a", "c8 1002"]);
    must_say(
        &found,
        &[(StreamHttp, 1, response), (CloseUnanswered, 1, "the client sent it 0.000 s before the last packet")],
    );
}

#[test]
fn a_body_and_json_are_named_and_the_frames_after_them_found() {
    let found = dissect("cl-body-html");
    assert_eq!(frames(&found), ["s1 after-body", "c1 hello", "s1 world", "c8 1000", "s8 1000"]);
    assert_eq!(found.frames[0].offset, 4);
    // RFC 9110 section 8.6: a 101 has no Content-Length either.
    let body = "4 bytes from the server, text: \"OK\"";
    must_say(&found, &[(HttpContentLength, 1, "\"4\""), (StreamBody, 1, body)]);

    let found = dissect("raw-json-no-framing");
    assert_eq!(frames(&found), ["c1 x"]);
    let json = r#"49 bytes from the server, JSON: "{\"type\":\"hello\",\"msg\":\"raw json without …""#;
    must_say(&found, &[(StreamUnframed, 1, json), (CloseMissing, 1, "")]);
}

#[test]
fn pings_that_are_answered_late_wrongly_or_never() {
    let found = dissect("ping-timeout-real");
    let late = "6.085 s after the ping of packet 15, 5.080 s after the close frame of the side that asked";
    assert_eq!(found.frames.last().unwrap().codes, [PongLate]);
    must_say(&found, &[(PongLate, 1, late), (CloseUnanswered, 1, "the server sent it 5.080 s before the last packet")]);

    let found = dissect("client-gone-server-1011");
    assert_eq!(frames(&found), ["c1 one", "s1 two", "s9 hb", "s8 1011 keepalive ping timeout"]);
    must_say(
        &found,
        &[
            (TcpUnacknowledged, 1, "30 bytes from the server at 5, sent 7 times in 18.900 s"),
            (PingUnanswered, 1, "1 from the server, the first 19.901 s before the last packet"),
            (CloseUnanswered, 1, "the server sent it 0.001 s before the last packet"),
        ],
    );
    let found = dissect("acks-no-pong-server-rst");
    must_say(
        &found,
        &[
            (PingUnanswered, 1, "1 from the server, the first 20.002 s before the last packet"),
            (CloseUnanswered, 1, "the server sent it 0.001 s before the last packet"),
        ],
    );
    let found = dissect("close-unanswered-rst");
    must_say(&found, &[(CloseUnanswered, 1, "the server sent it 30.001 s before the last packet")]);

    let found = dissect("pong-wrong-payload");
    assert_eq!(found.frames[3].codes, [PongPayload]);
    must_say(
        &found,
        &[
            (PongPayload, 1, "a ping waits for its own"),
            (PingUnanswered, 1, "1 from the server, the first 0.005 s before the last packet"),
        ],
    );
}

#[test]
fn messages_whose_deflate_does_not_end_as_it_should() {
    let number = |n: usize| format!("{{\"message\":\"number {n}\",\"same\":\"text\"}}");
    let found = dissect("tail-kept-first-only");
    assert_eq!(texts(&found), [number(0), number(1), number(2), number(3)]);
    assert!(found.messages.iter().all(|message| message.complete));
    assert_eq!((&found.messages[0].codes[..], &found.frames[0].codes[..]), (&[InflateTail][..], &[InflateTail][..]));
    assert!(found.messages[1..].iter().all(|message| message.codes.is_empty()));

    let found = dissect("deflate-tail");
    assert_eq!(texts(&found), [number(0), number(1)]);
    assert!(found.messages.iter().all(|message| message.complete && message.codes == [InflateTail]));

    let found = dissect("deflate-finish");
    assert_eq!(texts(&found), [number(0), number(1), number(2)]);
    assert!(found.messages.iter().all(|message| message.complete && message.codes == [InflateNoTail]));

    let found = dissect("deflate-zlib");
    assert_eq!(texts(&found), [number(0)]);
    assert_eq!(found.messages[0].codes, [InflateWrapped]);
    assert_eq!(found.notes[&InflateWrapped].1, "it starts with a zlib header (78 9c)");
}

#[test]
fn what_refers_back_although_it_may_not() {
    let found = dissect("no-takeover-violated");
    let tick = |n: usize| format!("{{\"type\":\"tick\",\"price\":{n},\"symbol\":\"ABC\"}}");
    assert_eq!(texts(&found), [tick(0), tick(1), tick(2)]);
    let codes: Vec<&[Code]> = found.messages.iter().map(|message| &message.codes[..]).collect();
    assert_eq!(codes, [&[][..], &[InflateTakeover], &[]]);
}

#[test]
fn what_is_compressed_and_does_not_say_so_is_inflated_as_a_guess() {
    let found = dissect("rsv1-unnegotiated-offered");
    assert_eq!(texts(&found), ["compressed though not negotiated"]);
    assert_eq!(found.messages[0].codes, [MessageUtf8, InflateGuess]);
    assert_eq!(found.frames[0].codes, [RsvUnnegotiated, MessageUtf8, InflateGuess]);

    let found = dissect("no-rsv1-but-deflated");
    assert_eq!(texts(&found), ["compressed without RSV1, long long long long"]);
    assert_eq!(found.messages[0].codes, [MessageUtf8, InflateGuess]);
}

#[test]
fn what_was_agreed_on_and_what_was_not() {
    must_say(&dissect("ext-bzip2"), &[(HandshakeExtensionUnknown, 1, "permessage-bzip2")]);
    must_say(&dissect("subprotocol-not-answered"), &[(HandshakeSubprotocolUnanswered, 1, "offered: mqtt")]);

    let found = dissect("version6-rfc6455-frames");
    assert_eq!(frames(&found), ["s1 welcome, session 0001", "c1 sub a", "s1 tick 1", "c1 tock 1", "s8 1000 bye"]);
    assert_eq!(found.codes(), [MaskMissing, DraftVersion, DraftFrames]);
}

#[test]
fn a_connection_may_hold_one_websocket_after_another() {
    let found = dissect("reuse-after-101");
    let first = ["c1 hello", "c8 1000", "s8 1000"];
    let second = ["c1 second life", "c8 1000", "s8 1000"];
    assert_eq!(frames(&found), [first, second].concat());
    must_say(&found, &[]);
    let sockets: Vec<_> = found.connections.iter().map(|socket| (socket.id.to_string(), socket.first.packet)).collect();
    assert_eq!(sockets, [("c0".to_owned(), 1), ("c0s1".to_owned(), 9)]);
    assert!(found.connections.iter().all(|socket| socket.client.port() == 40_000 && socket.close.is_some()));
}

/// What the server writes, and the client's frame and both closes after it, in one piece and byte by byte.
fn written(response: &str, server: &[u8]) -> [Found; 2] {
    [usize::MAX, 1].map(|piece| {
        let mut wire = Wire::upgraded(REQUEST, response);
        for bytes in server.chunks(piece.min(server.len())) {
            wire = wire.server(bytes);
        }
        wire.client(masked(0x81, b"hi")).closed().dissect()
    })
}

const AFTER: [&str; 3] = ["c1 hi", "c8 1000", "s8 1000"];

#[test]
fn every_kind_of_text_is_named_and_makes_no_frame_however_it_is_cut() {
    let chunked = with(RESPONSE, "Transfer-Encoding: chunked");
    for (response, text, code, what) in [
        (
            RESPONSE,
            "HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\n\r\n<html>",
            StreamHttp,
            "a response, 502 Bad Gateway",
        ),
        (RESPONSE, "POST /login HTTP/1.1\r\nHost: h\r\n\r\n", StreamHttp, "a request, POST /login"),
        (RESPONSE, "<!DOCTYPE html>\n<html></html>", StreamUnframed, "HTML: \"<!DOCTYPE html>\""),
        (RESPONSE, "[1,2,3]", StreamUnframed, "JSON: \"[1,2,3]\""),
        (RESPONSE, "+OK ready\r\n", StreamUnframed, "text: \"+OK ready\""),
        (RESPONSE, "Bienvenue à tous, élèves\r\n", StreamUnframed, "text: \"Bienvenue à tous, élèves\""),
        (&chunked, "6\r\n<html>\r\n0\r\n\r\n", StreamBody, "text: \"6\""),
    ] {
        // RFC 9112 section 6.1: a 101 has no Transfer-Encoding either.
        let of_head: &[_] = if response == chunked { &[(HttpTransferEncoding, 1, "\"chunked\"")] } else { &[] };
        for found in written(response, text.as_bytes()) {
            assert_eq!(frames(&found), AFTER, "{text:?}");
            let what = format!("{} bytes from the server, {what}", text.len());
            must_say(&found, &[of_head, &[(code, 1, what.as_str())]].concat());
        }
        // Between two frames, and inside a message.
        let between = [&plain(0x01, b"on")[..], text.as_bytes(), &plain(0x80, b"ce")].concat();
        for found in written(response, &between) {
            assert_eq!(frames(&found), ["s1 on", "s0 ce", AFTER[0], AFTER[1], AFTER[2]], "{text:?}");
            assert_eq!((found.notes.len(), texts(&found)[0].as_str()), (1 + of_head.len(), "once"), "{text:?}");
        }
    }
}

#[test]
fn what_a_client_writes_is_text_too() {
    let request = b"GET /again HTTP/1.1\r\nHost: h\r\n\r\n";
    let found = Wire::websocket().client(masked(0x81, b"hi")).client(request).closed().dissect();
    assert_eq!(frames(&found), AFTER);
    must_say(&found, &[(StreamHttp, 1, "32 bytes from the client, a request, GET /again")]);
}

#[test]
fn a_header_that_is_cut_off_is_a_row_and_explains_the_answer() {
    let found =
        Wire::websocket().client([0xc1, 0x8d, 0x75, 0xf1, 0x9a]).server(plain(0x88, b"\x03\xea")).fin().dissect();
    let cut = found.frames_by(Direction::Client).next().unwrap();
    assert_eq!((cut.fin, cut.rsv, cut.opcode, cut.length, cut.captured, cut.ended), (true, 4, 1, 13, 0, false));
    assert_eq!(cut.codes, [RsvUnnegotiated, FrameUnfinished]);
    assert_eq!(found.connections[0].totals.client.payload_bytes, 0);
    // A payload that is cut off counts as far as it came.
    let found = Wire::websocket().client(&masked(0x82, &[7; 100])[..30]).fin().dissect();
    assert_eq!(found.connections[0].totals.client.payload_bytes, 24);
}

#[test]
fn a_frame_is_marked_with_what_is_wrong_with_its_message() {
    let found = Wire::websocket().server(plain(0x81, b"caf\xe9")).closed().dissect();
    assert_eq!((&found.frames[0].codes[..], &found.messages[0].codes[..]), (&[MessageUtf8][..], &[MessageUtf8][..]));
    // The fragment in which it was seen.
    let parts = [plain(0x01, b"caf"), plain(0x00, b"\xe9x"), plain(0x80, b"y")].concat();
    let found = Wire::websocket().server(parts).closed().dissect();
    let codes: Vec<&[Code]> = found.frames_by(Direction::Server).map(|frame| &frame.codes[..]).collect();
    assert_eq!(codes[..3], [&[][..], &[MessageUtf8], &[]]);
}
