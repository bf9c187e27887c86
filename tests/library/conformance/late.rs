//! HTTP that begins after other bytes of its connection.

use sockeye::base::Direction;
use sockeye::dissect::Evidence;

use crate::build::{Found, REQUEST, RESPONSE, Wire, masked, plain};

/// The connection has its handshake and these frames, at their offsets, and nothing is wrong with it.
fn is_the_talk(name: &str, found: &Found) {
    assert_eq!(found.codes(), [], "{name}: {:?}", found.notes);
    let [connection] = found.connections.as_slice() else { panic!("{name}: {:?}", found.connections) };
    assert_eq!(connection.evidence, Evidence::Handshake, "{name}");
    let handshake = connection.handshake.as_ref().unwrap();
    assert_eq!(handshake.request.as_ref().unwrap().target, "/chat", "{name}");
    assert_eq!(handshake.response.as_ref().unwrap().status, 101, "{name}");
    for (by, header, texts) in [(Direction::Client, 6, ["one", "two"]), (Direction::Server, 2, ["uno", "dos"])] {
        let mut offset = 0;
        let frames: Vec<_> = found.frames_by(by).collect();
        assert_eq!(frames.len(), 3, "{name}");
        for (frame, text) in frames.iter().zip(texts) {
            assert_eq!((frame.offset, frame.payload.as_slice()), (offset, text.as_bytes()), "{name}");
            offset += header + 3;
        }
    }
}

/// The handshake and some frames, after what `wire` has.
fn talk(wire: Wire) -> Wire {
    wire.client(REQUEST)
        .server(RESPONSE)
        .client(masked(0x81, b"one"))
        .server(plain(0x81, b"uno"))
        .client(masked(0x81, b"two"))
        .server(plain(0x81, b"dos"))
        .closed()
}

#[test]
fn in_a_tunnel_of_socks() {
    // RFC 1928: methods, no authentication, CONNECT by name, granted.
    let fifth = Wire::new()
        .client(b"\x05\x01\x00")
        .server(b"\x05\x00")
        .client(b"\x05\x01\x00\x03\x09h.example\x00\x50")
        .server(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00");
    is_the_talk("version 5", &talk(fifth).dissect());
    // RFC 1929: a name and a password besides.
    let password = Wire::new()
        .client(b"\x05\x02\x00\x02")
        .server(b"\x05\x02")
        .client(b"\x01\x04user\x04word")
        .server(b"\x01\x00")
        .client(b"\x05\x01\x00\x01\x0a\x00\x00\x02\x00\x50")
        .server(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00");
    is_the_talk("with a password", &talk(password).dissect());
    let fourth = Wire::new().client(b"\x04\x01\x00\x50\x0a\x00\x00\x02user\x00").server(b"\x00\x5a\0\0\0\0\0\0");
    is_the_talk("version 4", &talk(fourth).dissect());
}

#[test]
fn joined_inside_a_body() {
    for chunks in [1, 3, 200] {
        let mut wire = Wire::joined();
        for n in 0..chunks {
            let body: Vec<u8> = (0..1448u32).map(|i| ((i + n).wrapping_mul(2_654_435_761) >> 21) as u8).collect();
            wire = wire.server(body);
        }
        is_the_talk(&format!("after {chunks}"), &talk(wire).dissect());
    }
}

#[test]
fn other_exchanges_may_come_first() {
    let wire = Wire::joined()
        .server(b"\x00\x01\x02\xff the rest of some picture")
        .client(b"GET /page HTTP/1.1\r\nHost: h\r\n\r\n")
        .server(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    is_the_talk("a page", &talk(wire).dissect());
}

#[test]
fn a_line_of_http_in_frames_changes_nothing() {
    // Recognised by its frames; then a server's segment holds text that is a request.
    let mut wire = Wire::joined();
    for n in 0..5 {
        wire =
            wire.client(masked(0x81, format!("a text, number {n}").as_bytes())).server(plain(0x81, b"an answer to it"));
    }
    let head = plain(0x81, b"GET / HTTP/1.1\r\n\r\n");
    let (header, text) = head.split_at(2);
    let found = wire.server(header).server(text).closed().dissect();
    assert_eq!(found.frames_by(Direction::Server).count(), 7);
    assert_eq!(found.connections[0].evidence.name(), "mid-stream");
}
