//! Heads, and what may come before them.

use super::*;

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
