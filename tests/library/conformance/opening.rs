//! Opening handshakes that go wrong: captures of tests/data/faults, and what is right of each by how it was made.

use std::path::Path;

use sockeye::base::Direction;
use sockeye::dissect::{EndedHow, Evidence, WaitEnd};

use super::Code::{self, *};
use crate::build::{By, Found, REQUEST, RESPONSE, Wire, masked, plain, with};

pub fn found(name: &str) -> Found {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/faults/{name}.pcap"));
    let mut source = sockeye::capture::open(&path, &sockeye::capture::Options::default()).unwrap();
    let mut found = Found::default();
    let mut dissector = sockeye::dissect::Dissector::new(sockeye::dissect::Options::default());
    while let Some(packet) = source.next_packet().unwrap() {
        dissector.push(&packet, &mut found);
    }
    dissector.finish(&mut found);
    found
}

fn ending(found: &Found) -> WaitEnd {
    let [connection] = &found.connections[..] else { panic!("{:#?}", found.connections) };
    let Evidence::Unanswered(ending) = connection.evidence else { panic!("{:?}", connection.evidence) };
    let handshake = connection.handshake.as_ref().unwrap();
    assert_eq!((handshake.uri(), &handshake.response), (Some("/chat"), &None));
    ending
}

/// Times by tshark: the request in packet 4 at 0.005621 s and the FIN in packet 6 at 1.506531 s; the request at 0.003 s and
/// the reset at 0.004 s.
#[test]
fn an_upgrade_that_was_never_answered_is_told_with_who_ended_it_and_when() {
    let gone = found("upgrade-unanswered");
    let (how, by) = (EndedHow::Fin, Some(Direction::Client));
    assert_eq!(ending(&gone), WaitEnd { how, by, after: 1_500_910_000 });
    assert_eq!(gone.codes(), [HandshakeUnanswered]);
    assert_eq!(gone.notes[&HandshakeUnanswered].1, "the client finished after 1.501 s");

    let reset = found("request-then-rst");
    let (how, by) = (EndedHow::Reset, Some(Direction::Server));
    assert_eq!(ending(&reset), WaitEnd { how, by, after: 1_000_000 });
    assert_eq!(reset.notes[&HandshakeUnanswered].1, "the server reset after 0.001 s");
}

#[test]
fn a_capture_that_ends_first_or_lacks_the_server_says_so() {
    let chat = REQUEST.replacen("GET /", "GET /chat#", 1).replacen("#chat", "", 1);
    let open = Wire::new().client(&chat).dissect();
    assert_eq!(ending(&open).by, None);
    assert_eq!(open.notes[&HandshakeUnanswered].1, "the capture ended after 0.000 s");
    // Whether there was an answer nobody knows.
    let alone = Wire::new().client(&chat).fin().only(By::Client).dissect();
    assert_eq!((ending(&alone).by, alone.codes()), (Some(Direction::Client), vec![HandshakeOneSided]));
    let lost = Wire::new().client(&chat).lose(By::Server, RESPONSE).fin().dissect();
    assert_eq!(lost.codes(), [HandshakeOneSided]);
    // What was begun of an answer is none.
    let begun = Wire::new().client(&chat).server(&RESPONSE[..40]).reset(By::Server, 0).dissect();
    assert_eq!((ending(&begun).how, begun.codes()), (EndedHow::Reset, vec![HandshakeUnanswered]));
    // A plain request that is not answered asked for nothing.
    assert!(Wire::new().client("GET / HTTP/1.1\r\nHost: h\r\n\r\n").fin().dissect().connections.is_empty());
}

#[test]
fn frames_behind_a_200_belong_to_the_handshake_before_them() {
    let found = found("200-instead");
    let [connection] = &found.connections[..] else { panic!("{:#?}", found.connections) };
    let handshake = connection.handshake.as_ref().unwrap();
    assert_eq!((connection.evidence, handshake.uri()), (Evidence::Handshake, Some("/chat")));
    assert_eq!(handshake.status(), Some(200));
    assert_eq!(found.messages.iter().map(|message| &message.payload[..]).collect::<Vec<_>>(), [b"hello", b"world"]);
    assert_eq!((found.frames.len(), found.codes()), (4, vec![HandshakeStatus]));
    assert_eq!(found.notes[&HandshakeStatus].1, "200 OK");
}

/// A response that does not even name WebSocket: the shape of the frames tells.
#[test]
fn frames_behind_a_refusal_keep_its_handshake() {
    let ok = "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno";
    let text = |text: &[u8]| (masked(0x81, text), plain(0x81, text));
    let mut wire = Wire::new().client(REQUEST).server(ok);
    for words in [&b"hello there"[..], b"how are you", b"good bye, then"] {
        let (client, server) = text(words);
        wire = wire.client(client).server(server);
    }
    let found = wire.closed().dissect();
    let [connection] = &found.connections[..] else { panic!("{:#?}", found.connections) };
    assert_eq!((connection.evidence, found.frames.len()), (Evidence::Handshake, 8));
    assert_eq!(connection.handshake.as_ref().unwrap().status(), Some(403));
    assert_eq!(found.codes(), [HandshakeStatus]);
}

#[test]
fn what_a_101_may_not_have_is_noted_and_the_frames_are_there() {
    let one = |name: &str, code: Code, clause: &str, detail: &str| {
        let found = found(name);
        assert_eq!((found.frames.len(), found.codes()), (4, vec![code]), "{name}");
        assert_eq!((code.rule().clause, found.notes[&code].1.as_str()), (clause, detail));
    };
    one("cl5", HttpContentLength, "RFC 9110 8.6", "\"5\"");
    one("folded", HttpFolded, "RFC 9112 5.2", "Upgrade");
    one("http10", HandshakeResponseVersion, "RFC 6455 4.1", "it is of HTTP/1.0");
}

#[test]
fn a_request_with_a_megabyte_of_cookies_is_there() {
    let cookie = format!("Cookie: {}", "c".repeat(1 << 20));
    let found = Wire::upgraded(with(REQUEST, &cookie), RESPONSE).client(masked(0x81, b"hi")).closed().dissect();
    let [connection] = &found.connections[..] else { panic!("{:#?}", found.connections) };
    let request = connection.handshake.as_ref().unwrap().request.as_ref().unwrap();
    assert_eq!((request.method.as_str(), request.cut, found.frames.len()), ("GET", false, 3));
    assert_eq!(found.codes(), [HttpHeadCap]);
}
