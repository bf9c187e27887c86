//! Cases of what lies below a WebSocket: TLS, by captures of tests/data/tls, and HTTP/2, by hand.

use super::Case;
use super::cases::case;
use crate::build::{By, Wire, masked, plain};
use sockeye::base::{Code::*, limits};

pub fn tls() -> Vec<Case> {
    let right = || Wire::recorded("wss-tls12-aes128-gcm");
    vec![
        case(TlsVersion, || Wire::recorded("notes-tls10"), right).follow(&[MaskRepeated]),
        case(TlsSuite, || Wire::recorded("wss-tls12-rsa-cbc-sha1"), right),
        case(TlsAlert, || Wire::recorded("notes-flipped"), right).follow(&[TlsUnopened, CloseMissing]),
        case(TlsUnopened, || Wire::recorded("notes-flipped"), right).follow(&[TlsAlert, CloseMissing]),
        case(TlsKeysMissing, || Wire::recorded("wss-tls13").with_keys("CLIENT"), || Wire::recorded("wss-tls13"))
            .follow(&[HandshakeOneSided]),
        case(TlsCloseMissing, || Wire::recorded("notes-unclosed"), right).follow(&[MaskRepeated]),
    ]
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&len[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Fields as literals without indexing (RFC 7541 section 6.2.2).
fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    fields.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

const CONNECT: [(&str, &str); 6] = [
    (":method", "CONNECT"),
    (":protocol", "websocket"),
    (":scheme", "https"),
    (":path", "/chat"),
    (":authority", "server.example.com"),
    ("sec-websocket-version", "13"),
];

/// The kinds of frames.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A WebSocket on stream 1 (RFC 8441 section 5.1), after these settings of the server, asked for with these fields.
fn opened(settings: &[u8], fields: &[(&str, &str)]) -> Wire {
    let preface = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(SETTINGS, 0, 0, &[])].concat();
    Wire::new()
        .client(preface)
        .server(frame(SETTINGS, 0, 0, settings))
        .client(frame(HEADERS, END_HEADERS, 1, &block(fields)))
        .server(frame(HEADERS, END_HEADERS, 1, &[0x88]))
}

fn h2() -> Wire {
    opened(&[0, 8, 0, 0, 0, 1], &CONNECT)
}

/// Each side sends its close frame, and ends the stream.
fn bye(wire: Wire) -> Wire {
    wire.client(frame(DATA, END_STREAM, 1, &masked(0x88, &[3, 232])))
        .server(frame(DATA, END_STREAM, 1, &plain(0x88, &[3, 232])))
        .closed()
}

/// So many WebSockets on one connection, each open until all are, and each closed as it should be.
fn many(streams: usize) -> Wire {
    let numbers: Vec<u32> = (0u32..).map(|stream| 2 * stream + 1).take(streams).collect();
    let each = |of: &dyn Fn(u32) -> Vec<u8>| {
        numbers.chunks(200).map(|some| some.iter().flat_map(|stream| of(*stream)).collect()).collect::<Vec<Vec<u8>>>()
    };
    let wire = opened(&[0, 8, 0, 0, 0, 1], &CONNECT);
    let asked =
        each(&|stream| if stream == 1 { vec![] } else { frame(HEADERS, END_HEADERS, stream, &block(&CONNECT)) });
    let answered = each(&|stream| if stream == 1 { vec![] } else { frame(HEADERS, END_HEADERS, stream, &[0x88]) });
    let wire =
        asked.into_iter().zip(answered).fold(wire, |wire, (asked, answered)| wire.client(asked).server(answered));
    let close = [masked(0x88, &[3, 232]), plain(0x88, &[3, 232])];
    let closes = |by: usize| each(&|stream| frame(DATA, END_STREAM, stream, &close[by]));
    closes(0).into_iter().zip(closes(1)).fold(wire, |wire, (one, other)| wire.client(one).server(other)).closed()
}

pub fn http2() -> Vec<Case> {
    let right = || bye(h2());
    vec![
        case(Http2NotEnabled, || bye(opened(&[], &CONNECT)), right),
        case(
            Http2ConnectFields,
            || bye(opened(&[0, 8, 0, 0, 0, 1], &[&CONNECT[..], &[("upgrade", "websocket")]].concat())),
            right,
        ),
        case(
            Http2Reset,
            || {
                let close = [masked(0x88, &[3, 232]), plain(0x88, &[3, 232])];
                let wire = h2().client(frame(DATA, 0, 1, &close[0])).server(frame(DATA, 0, 1, &close[1]));
                wire.send(By::Client, frame(RST_STREAM, 0, 1, &[0, 0, 0, 8])).closed()
            },
            right,
        ),
        case(
            Http2GoAway,
            || bye(h2().server(frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 11]))),
            || bye(h2().server(frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]))),
        ),
        case(Http2Streams, || many(limits::HTTP2_STREAMS + 1), || many(limits::HTTP2_STREAMS)),
        case(Http2Hpack, || bye(h2().client(frame(HEADERS, END_HEADERS, 3, &[0xff; 7]))), right),
    ]
}
