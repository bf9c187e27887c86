//! Heads, and what may come before them.

use super::*;
use crate::base::limits::HTTP_LINE_BYTES;

#[test]
fn folded_fields_are_joined_by_one_space_and_have_none_around_them() {
    let head =
        b"GET / HTTP/1.1\r\nUpgrade:\r\n\twebsocket\r\nConnection: keep-alive,\r\n   Upgrade  \r\n \r\nHost: h\r\n\r\n";
    let head = RequestHead::parse(head, at(1)).unwrap();
    assert_eq!(head.field("Upgrade"), Some("websocket"));
    assert_eq!(head.field("Connection"), Some("keep-alive, Upgrade"));
    assert_eq!(head.field("Host"), Some("h"));
}

/// Headers of the PROXY protocol, by its specification: versions 1 and 2, the latter with an address, with a TLV, and of a
/// load balancer that looks after itself.
const PROXIES: [&[u8]; 5] = [
    b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
    b"PROXY UNKNOWN\r\n",
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x1f\x90\0\x50",
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x10\x01\x02\x03\x04\x05\x06\x07\x08\x1f\x90\0\x50\x04\0\x01\n",
    b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0",
];

#[test]
fn a_load_balancer_may_say_first_for_whom_it_connects() {
    for proxy in PROXIES {
        let client = [proxy, UPGRADE, C_FRAME].concat();
        let head = proxy.len() + UPGRADE.len();
        for cut in 1..head {
            let (one, two) = client.split_at(cut);
            let told = run([Bytes(A, one), Bytes(A, &two[..head - cut]), Bytes(B, SWITCH), Bytes(A, &client[head..])]);
            assert_eq!(told.request.as_ref().map(|request| request.target.as_str()), Some("/chat"), "{cut}");
            assert_eq!(told.starts.a, Some(Start { offset: head as u64, certain: true }));
            assert_eq!(told.bytes.a, C_FRAME);
        }
    }
    // What only begins like one.
    for other in [&b"PROXY /chat HTTP/1.1\r\n"[..], b"PROXY UNKNOWN HTTP/1.1\r\n"] {
        assert_ne!(sniff(other), Sniff::Foreign);
    }
    assert_eq!(sniff(b"PROXY SCTP 1 2 3 4\r\n"), Sniff::Foreign);
    assert_eq!(sniff(b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c"), Sniff::Foreign);
}

/// A field of 300,000 bytes before those that count, the request line as long as servers take it, and many fields.
#[test]
fn a_head_that_is_longer_than_what_is_held_is_read_with_its_long_lines_shortened() {
    let upgrade = std::str::from_utf8(UPGRADE).unwrap();
    let cookie = format!("HTTP/1.1\r\nCookie: {}\r\n", "c".repeat(300_000));
    let long = upgrade.replacen("HTTP/1.1\r\n", &cookie, 1);
    let many = upgrade.replacen("\r\nUpgrade", &format!("\r\n{}Upgrade", "x: y\r\n".repeat(50_000)), 1);
    for (head, size) in [(&long, 1460), (&long, 65_535), (&long, 400_000), (&many, 1460)] {
        let steps = head.as_bytes().chunks(size).map(|bytes| Bytes(A, bytes));
        let told = run(steps.chain([Bytes(B, SWITCH), Bytes(A, C_FRAME), Bytes(B, S_FRAME)]));
        let request = told.request.unwrap();
        assert_eq!(told.starts.a, Some(Start { offset: head.len() as u64, certain: true }), "{size}");
        assert_eq!((told.bytes.a, told.bytes.b), (C_FRAME.to_vec(), S_FRAME.to_vec()));
        assert_eq!(request.target, "/chat");
        let note = request.notes.iter().find(|note| note.code == base::Code::HttpHeadCap).unwrap();
        let detail = note.detail.as_deref().unwrap();
        assert!(detail.starts_with(&format!("{} bytes", head.len())), "{detail}");
        if head == &long {
            assert_eq!(request.field("Cookie").map(str::len), Some(HTTP_LINE_BYTES - "Cookie: ".len()));
            assert_eq!(request.field("Sec-WebSocket-Version"), Some("13"));
            assert!(detail.ends_with("; Cookie shortened to 16384 bytes") && !request.cut, "{detail}");
        }
    }
}

/// RFC 9112 sections 2.2 and 5; what is whole raises nothing.
#[test]
fn what_breaks_the_grammar_of_a_head_is_told_where_it_asks_for_a_websocket() {
    let codes = |head: &str| {
        let request = RequestHead::parse(head.as_bytes(), at(1)).unwrap();
        request.notes.iter().map(|note| (note.code, note.detail.clone().unwrap().into_owned())).collect::<Vec<_>>()
    };
    let said = |code, detail: &str| vec![(code, detail.to_string())];
    assert_eq!(codes(std::str::from_utf8(UPGRADE).unwrap()), []);
    assert_eq!(codes("GET / HTTP/1.1\nUpgrade:\n h2c\n\n"), [], "it does not ask for one");
    let head = |lines: &str| format!("GET / HTTP/1.1\r\nUpgrade: websocket\r\n{lines}\r\n\r\n");
    assert_eq!(codes(&head("Host:\r\n  h")), said(base::Code::HttpFolded, "Host"));
    assert_eq!(codes(&head("Host : h")), said(base::Code::HttpFieldSyntax, "a space between Host and its colon"));
    assert_eq!(codes(&head("Ho st: h")), said(base::Code::HttpFieldSyntax, "\"Ho st\" is not a name"));
    assert_eq!(codes(&head("Host h")), said(base::Code::HttpFieldSyntax, "\"Host h\" has no colon"));
    assert_eq!(codes(&head("Host: \u{1b}[31m")), said(base::Code::HttpFieldValue, "0x1b in Host"));
    assert_eq!(codes(&head("Host: h\nA: b")), said(base::Code::HttpLineEnd, "line 3 ends in a bare LF"));
    assert_eq!(codes(&head("Host: h\rA: b")), said(base::Code::HttpLineEnd, "a bare CR in line 3"));
    let first = "GET / HTTP/1.1\r\n \r\nUpgrade: websocket\r\n\r\n";
    assert_eq!(codes(first), said(base::Code::HttpFieldSyntax, "a space before the first field"));
}
