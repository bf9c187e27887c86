//! The handshake of the RFC, and each of its rules broken alone.

use super::*;
use crate::base::{Code, Direction};

const REQUEST: &[(&str, &str)] = &[
    ("Host", "server.example.com"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Origin", "http://example.com"),
    ("Sec-WebSocket-Protocol", "chat, superchat"),
    ("Sec-WebSocket-Version", "13"),
];
const RESPONSE: &[(&str, &str)] = &[
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ("Sec-WebSocket-Protocol", "chat"),
];

fn fields(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// The handshake of RFC 6455 section 1.2.
fn of_the_rfc() -> Handshake {
    let request = Request {
        method: "GET".into(),
        target: "/chat".into(),
        minor_version: 1,
        fields: fields(REQUEST),
        ..Request::default()
    };
    let response =
        Response { status: 101, reason: "Switching Protocols".into(), fields: fields(RESPONSE), ..Response::default() };
    Handshake { request: Some(request), response: Some(response) }
}

/// The handshake of the RFC with fields changed: `None` takes one away, else the first is replaced or one is added.
fn changed(request: &[(&str, Option<&str>)], response: &[(&str, Option<&str>)]) -> Handshake {
    let mut handshake = of_the_rfc();
    change(&mut handshake.request.as_mut().unwrap().fields, request);
    change(&mut handshake.response.as_mut().unwrap().fields, response);
    handshake
}

fn change(fields: &mut Vec<(String, String)>, changes: &[(&str, Option<&str>)]) {
    for (name, value) in changes {
        fields.retain(|(n, _)| n != name);
        fields.extend(value.map(|value| (name.to_string(), value.to_string())));
    }
}

fn found(handshake: &Handshake) -> Vec<(Code, String)> {
    let notes = handshake.check();
    notes.into_iter().map(|note| (note.code, note.detail.unwrap_or_default().into_owned())).collect()
}

#[test]
fn the_handshake_of_the_rfc() {
    let handshake = of_the_rfc();
    assert_eq!(handshake.uri(), Some("/chat"));
    assert_eq!(handshake.host(), Some("server.example.com"));
    assert_eq!(handshake.origin(), Some("http://example.com"));
    assert_eq!(handshake.version(), Some("13"));
    assert_eq!(handshake.key(), Some("dGhlIHNhbXBsZSBub25jZQ=="));
    assert_eq!(handshake.status(), Some(101));
    assert_eq!(handshake.accept(), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(handshake.expected_accept().as_deref(), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(handshake.subprotocols_offered(), ["chat", "superchat"]);
    assert_eq!(handshake.subprotocol(), Some("chat"));
    assert_eq!(handshake.extensions_offered(), []);
    assert_eq!(handshake.deflate(), None);
    assert_eq!(handshake.draft(), Some(Draft::Rfc6455));
    assert_eq!(handshake.check(), []);
}

#[test]
fn valid_in_other_words() {
    for (request, response) in [
        (&[("Connection", Some("keep-alive, UPGRADE")), ("Upgrade", Some("WebSocket"))][..], &[][..]),
        (&[("Upgrade", Some("h2c, websocket"))], &[("Upgrade", Some("WebSocket")), ("Connection", Some("upgrade"))]),
        (&[("Origin", None)], &[]),
        // No base64 encoder writes such unused bits, but a client that makes up random text does.
        (&[("Sec-WebSocket-Key", Some("dGhlIHNhbXBsZSBub25jZR=="))], &[]),
    ] {
        let mut handshake = changed(request, response);
        let expected = handshake.expected_accept().unwrap();
        change(&mut handshake.response.as_mut().unwrap().fields, &[("Sec-WebSocket-Accept", Some(&expected))]);
        assert_eq!(found(&handshake), [], "{request:?} {response:?}");
    }
}

#[test]
fn a_server_need_not_choose_a_subprotocol_but_browsers_want_it_to() {
    let detail = "offered: chat, superchat".to_string();
    let handshake = changed(&[], &[("Sec-WebSocket-Protocol", None)]);
    assert_eq!(found(&handshake), [(Code::HandshakeSubprotocolUnanswered, detail)]);
    let neither = [("Sec-WebSocket-Protocol", None)];
    assert_eq!(found(&changed(&neither, &neither)), []);
}

#[test]
fn each_rule_of_the_request_broken_alone() {
    for (change, code, detail) in [
        (("Host", None), Code::HandshakeHost, ""),
        (("Upgrade", None), Code::HandshakeUpgrade, "the request has none"),
        (("Upgrade", Some("h2c")), Code::HandshakeUpgrade, "the request has \"h2c\""),
        (("Connection", None), Code::HandshakeConnection, "the request has none"),
        (("Connection", Some("keep-alive")), Code::HandshakeConnection, "the request has \"keep-alive\""),
        (("Sec-WebSocket-Version", None), Code::HandshakeVersion, "the request has none"),
        (("Sec-WebSocket-Version", Some("14")), Code::HandshakeVersion, "the request has \"14\""),
        (
            ("Sec-WebSocket-Extensions", Some("a;")),
            Code::HandshakeExtensionSyntax,
            "request: a: a parameter's name is missing at the end",
        ),
        (
            ("Sec-WebSocket-Extensions", Some("permessage-deflate; server_max_window_bits=16")),
            Code::HandshakeDeflateParameter,
            "request: server_max_window_bits=16: not 8 to 15",
        ),
    ] {
        assert_eq!(found(&changed(&[change], &[])), [(code, detail.to_string())], "{change:?}");
    }
    for (key, detail) in [
        (None, "the request has none"),
        (Some("dGhlIHNhbXBsZQ=="), "\"dGhlIHNhbXBsZQ==\" is 10 bytes"),
        (Some("not base64!"), "\"not base64!\" is not base64"),
        (Some(""), "\"\" is 0 bytes"),
    ] {
        let mut handshake = changed(&[("Sec-WebSocket-Key", key)], &[]);
        let accept = handshake.expected_accept().unwrap_or_else(|| "x".into());
        change(&mut handshake.response.as_mut().unwrap().fields, &[("Sec-WebSocket-Accept", Some(&accept))]);
        assert_eq!(found(&handshake), [(Code::HandshakeKey, detail.to_string())], "{key:?}");
    }
    let mut handshake = of_the_rfc();
    handshake.request.as_mut().unwrap().method = "POST".into();
    assert_eq!(found(&handshake), [(Code::HandshakeMethod, "POST of HTTP/1.1".to_string())]);
    let mut handshake = of_the_rfc();
    handshake.request.as_mut().unwrap().minor_version = 0;
    assert_eq!(found(&handshake), [(Code::HandshakeMethod, "GET of HTTP/1.0".to_string())]);
    let mut handshake = of_the_rfc();
    handshake.request.as_mut().unwrap().fields.push(("sec-websocket-key".into(), "x".into()));
    assert_eq!(found(&handshake), [(Code::HandshakeKey, "the request has 2 of them".to_string())]);
}

#[test]
fn each_rule_of_the_response_broken_alone() {
    let deflate = [("Sec-WebSocket-Extensions", Some("permessage-deflate, permessage-bzip2"))];
    for (change, code, detail) in [
        (("Upgrade", None), Code::HandshakeUpgrade, "the response has none"),
        (("Upgrade", Some("websocket, h2c")), Code::HandshakeUpgrade, "the response has \"websocket, h2c\""),
        (("Connection", Some("close")), Code::HandshakeConnection, "the response has \"close\""),
        (("Sec-WebSocket-Accept", None), Code::HandshakeAcceptMissing, ""),
        (
            ("Sec-WebSocket-Accept", Some("S3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
            Code::HandshakeAcceptWrong,
            "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=, not s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        ),
        (("Sec-WebSocket-Protocol", Some("Chat")), Code::HandshakeSubprotocol, "Chat; offered: chat, superchat"),
        (
            ("Sec-WebSocket-Protocol", Some("chat, superchat")),
            Code::HandshakeSubprotocol,
            "chat, superchat; offered: chat, superchat",
        ),
        (("Sec-WebSocket-Extensions", Some("mux; a=1")), Code::HandshakeExtension, "mux; a=1"),
        (
            ("Sec-WebSocket-Extensions", Some("permessage-deflate, permessage-deflate")),
            Code::HandshakeExtension,
            "permessage-deflate is chosen twice",
        ),
        (
            ("Sec-WebSocket-Extensions", Some("permessage-deflate; client_max_window_bits=9")),
            Code::HandshakeDeflateParameter,
            "response: client_max_window_bits=9 in the response, and the offer lacks client_max_window_bits",
        ),
        (("Sec-WebSocket-Extensions", Some("")), Code::HandshakeExtensionSyntax, "response: the list is empty"),
    ] {
        assert_eq!(found(&changed(&deflate, &[change])), [(code, detail.to_string())], "{change:?}");
    }
    let mut twice = changed(&deflate, &[]);
    for name in ["permessage-deflate", "permessage-bzip2"] {
        twice.response.as_mut().unwrap().fields.push(("Sec-WebSocket-Extensions".into(), name.into()));
    }
    let detail = "the response has 2 of the field".to_string();
    let unknown = (Code::HandshakeExtensionUnknown, "permessage-bzip2".to_string());
    assert_eq!(found(&twice), [(Code::HandshakeExtensionSyntax, detail), unknown]);
}

#[test]
fn one_half_breaks_nothing_of_the_other() {
    let mut handshake =
        changed(&[("Sec-WebSocket-Extensions", Some("permessage-deflate; client_max_window_bits"))], &[]);
    handshake.response = None;
    assert_eq!(found(&handshake), [(Code::HandshakeOneSided, "the response is missing".to_string())]);
    assert_eq!(handshake.deflate(), None);
    assert_eq!(handshake.deflate_assumed(), Some(Deflate::widest(Unit::Message)));

    let mut handshake =
        changed(&[], &[("Sec-WebSocket-Extensions", Some("permessage-deflate; client_max_window_bits=9"))]);
    handshake.request = None;
    assert_eq!(found(&handshake), [(Code::HandshakeOneSided, "the request is missing".to_string())]);
    assert_eq!(handshake.deflate().unwrap().window_bits(Direction::Client), 9);
    assert_eq!(Handshake::default().check(), []);
}

#[test]
fn a_refusal_is_held_to_nothing() {
    let mut handshake = of_the_rfc();
    handshake.response = Some(Response { status: 403, reason: "Forbidden".into(), ..Response::default() });
    assert_eq!(found(&handshake), [(Code::HandshakeRefused, "403 Forbidden".to_string())]);
}

#[test]
fn drafts_are_named_and_not_held_to_the_rfc() {
    let version_8 = changed(&[("Sec-WebSocket-Version", Some("8"))], &[]);
    let name = "draft-ietf-hybi-thewebsocketprotocol-08 to -12 (2011-06-07)";
    assert_eq!(found(&version_8), [(Code::DraftVersion, name.to_string())]);

    let mut hixie_76 = Handshake {
        request: Some(Request {
            method: "GET".into(),
            target: "/demo".into(),
            minor_version: 1,
            fields: fields(&[
                ("Host", "example.com"),
                ("Connection", "Upgrade"),
                ("Sec-WebSocket-Key2", "12998 5 Y3 1  .P00"),
                ("Sec-WebSocket-Protocol", "sample"),
                ("Upgrade", "WebSocket"),
                ("Sec-WebSocket-Key1", "4 @1  46546xW%0l 1 5"),
                ("Origin", "http://example.com"),
            ]),
            challenge: Some(*b"^n:ds[4U"),
            ..Request::default()
        }),
        response: Some(Response {
            status: 101,
            reason: "WebSocket Protocol Handshake".into(),
            fields: fields(&[
                ("Upgrade", "WebSocket"),
                ("Connection", "Upgrade"),
                ("Sec-WebSocket-Origin", "http://example.com"),
                ("Sec-WebSocket-Location", "ws://example.com/demo"),
                ("Sec-WebSocket-Protocol", "sample"),
            ]),
            answer: Some(*b"8jKS'y:G*Co,Wxa-"),
            ..Response::default()
        }),
    };
    let draft = (Code::DraftVersion, "draft-hixie-thewebsocketprotocol-76 (2010-05-06)".to_string());
    assert_eq!(found(&hixie_76), std::slice::from_ref(&draft));
    assert_eq!(hixie_76.subprotocols_offered(), ["sample"]);

    hixie_76.response.as_mut().unwrap().answer = Some(*b"8jKS'y:G*Co,Wxa+");
    let detail = "386a4b5327793a472a436f2c5778612b, not 386a4b5327793a472a436f2c5778612d".to_string();
    assert_eq!(found(&hixie_76), [(Code::DraftChallenge, detail), draft]);
}

#[test]
fn a_request_that_a_gap_has_cut_shows_no_draft_by_what_it_lacks() {
    let fields = vec![("Upgrade".to_string(), "WebSocket".to_string())];
    let request = |cut| Request { method: "GET".into(), fields: fields.clone(), cut, ..Request::default() };
    let of = |request| Handshake { request: Some(request), response: None };
    assert_eq!(of(request(false)).draft(), Some(Draft::Hixie75));
    assert_eq!(of(request(true)).draft(), None);
}
