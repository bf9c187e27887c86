//! The cases, in the order of the table. More than one may stand for a note.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compress, Compression, FlushCompress};
use sha1::{Digest as _, Sha1};
use sockeye::base::Code::{self, *};

use super::{Case, secure};
use crate::build::{By, REQUEST, RESPONSE, Wire, frame, masked, plain, with, without};

pub fn case(code: Code, wrong: fn() -> Wire, right: fn() -> Wire) -> Case {
    Case { code, besides: &[], follow: &[], wrong, right }
}

impl Case {
    pub fn besides(self, besides: &'static [Code]) -> Case {
        Case { besides, ..self }
    }

    pub fn follow(self, follow: &'static [Code]) -> Case {
        Case { follow, ..self }
    }
}

pub fn all() -> Vec<Case> {
    [
        tcp(),
        secure::tls(),
        secure::http2(),
        http(),
        request(),
        response(),
        handshake(),
        headers(),
        messages(),
        deflate(),
        closing(),
        hygiene(),
        capture(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn open() -> Wire {
    Wire::websocket()
}

/// A closed connection on which the client sent this.
fn client(bytes: impl AsRef<[u8]>) -> Wire {
    open().client(bytes).closed()
}

/// A closed connection on which the server sent this.
fn server(bytes: impl AsRef<[u8]>) -> Wire {
    open().server(bytes).closed()
}

/// A message that is no UTF-8, on a connection that agreed on an extension which is not known.
fn foreign(first: u8) -> Wire {
    let line = "Sec-WebSocket-Extensions: permessage-bzip2";
    Wire::upgraded(with(REQUEST, line), with(RESPONSE, line)).server(plain(first, b"caf\xe9")).closed()
}

/// The request with one line put in the place of the one that starts with `name`.
fn asked(name: &str, line: &str) -> Wire {
    Wire::upgraded(with(&without(REQUEST, name), line), RESPONSE).closed()
}

fn answered(name: &str, line: &str) -> Wire {
    Wire::upgraded(REQUEST, with(&without(RESPONSE, name), line)).closed()
}

/// A request with this key, answered as the key asks.
fn key(key: &str) -> Wire {
    let digest = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    let request = with(&without(REQUEST, "Sec-WebSocket-Key"), &format!("Sec-WebSocket-Key: {key}"));
    let accept = format!("Sec-WebSocket-Accept: {}", STANDARD.encode(digest));
    Wire::upgraded(request, with(&without(RESPONSE, "Sec-WebSocket-Accept"), &accept)).closed()
}

/// What the client offers, what the server takes.
fn extensions(offer: &str, answer: &str) -> Wire {
    let line = |value: &str| format!("Sec-WebSocket-Extensions: {value}");
    Wire::upgraded(with(REQUEST, &line(offer)), with(RESPONSE, &line(answer))).closed()
}

fn tcp() -> Vec<Case> {
    fn overlap(again: &[u8]) -> Wire {
        open().server(plain(0x82, b"first")).again(By::Server, 0, again).closed()
    }
    /// A frame of the client that is sent so many times.
    fn unacknowledged(copies: usize) -> Wire {
        let frame = masked(0x82, b"first");
        (1..copies).fold(open().client(&frame), |wire, _| wire.pause(400).again(By::Client, 0, &frame))
    }
    /// A frame of 20 × 60,000 bytes, the first 60,000 of which come after so many times 60,000 others.
    fn late(segments: usize) -> Wire {
        let payload = vec![7; 20 * 60_000];
        let wire = plain(0x82, &payload);
        let (header, rest) = wire.split_at(10);
        let (first, rest) = rest.split_at(60_000);
        let (held, last) = rest.split_at(segments * 60_000);
        let wire = open().server(header).lose(By::Server, first).server(held);
        wire.again(By::Server, held.len() as u32, first).server(last).closed()
    }
    vec![
        case(
            TcpGap,
            || open().server([0x82, 4, 1]).lose(By::Server, [2, 3]).server([4]).closed(),
            || server(plain(0x82, &[1, 2, 3, 4])),
        )
        .follow(&[FrameGap]),
        case(TcpOverlapConflict, || overlap(b"other"), || overlap(b"first")),
        case(
            TcpChecksum,
            || {
                open()
                    .server(plain(0x82, b"first"))
                    .with_checksums(true)
                    .again(By::Server, 0, &plain(0x82, b"first"))
                    .closed()
            },
            || {
                open()
                    .server(plain(0x82, b"first"))
                    .with_checksums(false)
                    .again(By::Server, 0, &plain(0x82, b"first"))
                    .closed()
            },
        ),
        case(TcpUnacknowledged, || unacknowledged(3), || unacknowledged(2)),
        case(TcpCap, || late(18), || late(17)).follow(&[TcpGap, FrameGap]),
    ]
}

fn http() -> Vec<Case> {
    fn request(from: &str, to: &str) -> Wire {
        assert!(REQUEST.contains(from));
        Wire::upgraded(REQUEST.replacen(from, to, 1), RESPONSE).closed()
    }
    /// A request that is longer than what is held of one whole, or not quite.
    fn cookies(bytes: usize) -> Wire {
        Wire::upgraded(with(REQUEST, &format!("Cookie: {}", "c".repeat(bytes))), RESPONSE).closed()
    }
    vec![
        case(
            HttpFolded,
            || request("Upgrade: websocket", "Upgrade:\r\n websocket"),
            || request("Upgrade: websocket", "Upgrade: websocket"),
        ),
        case(HttpFolded, || answered("Connection", "Connection:\r\n\tUpgrade"), || open().closed()),
        case(
            HttpFieldSyntax,
            || request("Upgrade: websocket", "Upgrade : websocket"),
            || request("Upgrade: websocket", "Upgrade:websocket"),
        ),
        case(
            HttpFieldSyntax,
            || request("Upgrade: websocket", "Upgrade: websocket\r\nno colon"),
            || request("Upgrade: websocket", "Upgrade: websocket\r\na: colon"),
        ),
        case(HttpFieldSyntax, || request("Host: ", " \r\nHost: "), || request("Host: ", "Host: ")),
        case(
            HttpFieldValue,
            || request("Upgrade: websocket", "Upgrade: websocket\r\nCookie: a\0b"),
            || request("Upgrade: websocket", "Upgrade: websocket\r\nCookie: a\tb"),
        ),
        case(
            HttpLineEnd,
            || request("Upgrade: websocket\r\n", "Upgrade: websocket\n"),
            || request("Upgrade: websocket\r\n", "Upgrade: websocket\r\n"),
        ),
        case(
            HttpLineEnd,
            || request("Upgrade: websocket\r\n", "Upgrade: websocket\r\nCookie: a\rb\r\n"),
            || request("Upgrade: websocket\r\n", "Upgrade: websocket\r\nCookie: ab\r\n"),
        ),
        case(
            HttpContentLength,
            || Wire::upgraded(REQUEST, with(RESPONSE, "Content-Length: 0")).closed(),
            || Wire::upgraded(REQUEST, with(RESPONSE, "Content-Type: text/plain")).closed(),
        ),
        case(
            HttpTransferEncoding,
            || Wire::upgraded(REQUEST, with(RESPONSE, "Transfer-Encoding: chunked")).closed(),
            || open().closed(),
        ),
        case(HttpHeadCap, || cookies(256 * 1024), || cookies(255 * 1024)),
    ]
}

fn request() -> Vec<Case> {
    /// These subprotocols are offered, and this one is chosen.
    fn offered(list: &str, chosen: &str) -> Wire {
        let response = with(RESPONSE, &format!("Sec-WebSocket-Protocol: {chosen}"));
        Wire::upgraded(with(REQUEST, &format!("Sec-WebSocket-Protocol: {list}")), response).closed()
    }
    vec![
        case(HandshakeMethod, || Wire::upgraded(REQUEST.replace("GET", "PUT"), RESPONSE).closed(), || open().closed()),
        case(
            HandshakeMethod,
            || Wire::upgraded(REQUEST.replace("HTTP/1.1", "HTTP/1.0"), RESPONSE).closed(),
            || open().closed(),
        ),
        case(
            HandshakeTarget,
            || Wire::upgraded(REQUEST.replacen(" HTTP", "#top HTTP", 1), RESPONSE).closed(),
            || Wire::upgraded(REQUEST.replacen(" HTTP", "?top HTTP", 1), RESPONSE).closed(),
        ),
        case(HandshakeHost, || Wire::upgraded(with(REQUEST, "Host: other"), RESPONSE).closed(), || open().closed()),
        case(HandshakeHost, || Wire::upgraded(without(REQUEST, "Host"), RESPONSE).closed(), || open().closed()),
        case(HandshakeUpgrade, || asked("Upgrade", "Upgrade: h2c"), || asked("Upgrade", "Upgrade: h2c, WebSocket")),
        case(
            HandshakeConnection,
            || asked("Connection", "Connection: keep-alive"),
            || asked("Connection", "Connection: keep-alive, upgrade"),
        ),
        case(
            HandshakeVersion,
            || asked("Sec-WebSocket-Version", "Sec-WebSocket-Version: 14"),
            || asked("Sec-WebSocket-Version", "Sec-WebSocket-Version: 13"),
        ),
        case(
            HandshakeVersion,
            || asked("Sec-WebSocket-Version", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13"),
            || open().closed(),
        ),
        case(HandshakeKey, || key("c2l4dGVlbiBieXRlcyE="), || key("c2l4dGVlbiBieXRlcy4uLg==".get(..24).unwrap())),
        case(HandshakeSubprotocolSyntax, || offered("a, b, a", "a"), || offered("a, b, c", "a")),
        case(
            HandshakeSubprotocolSyntax,
            || asked("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol:"),
            || offered(", a,, b", "a"),
        ),
        case(
            HandshakeSubprotocolSyntax,
            || offered("my protocol", "protocol"),
            || offered("my-protocol", "my-protocol"),
        ),
    ]
}

fn response() -> Vec<Case> {
    /// The client offers a and b.
    fn protocol(answer: &str) -> Wire {
        let request = with(REQUEST, "Sec-WebSocket-Protocol: a, b");
        Wire::upgraded(request, with(RESPONSE, &format!("Sec-WebSocket-Protocol: {answer}"))).closed()
    }
    vec![
        case(
            HandshakeStatus,
            || Wire::upgraded(REQUEST, RESPONSE.replace("101 Switching Protocols", "200 OK")).closed(),
            || open().closed(),
        ),
        case(
            HandshakeResponseVersion,
            || Wire::upgraded(REQUEST, RESPONSE.replace("HTTP/1.1", "HTTP/1.0")).closed(),
            || open().closed(),
        ),
        case(
            HandshakeUpgrade,
            || Wire::upgraded(REQUEST, without(RESPONSE, "Upgrade")).closed(),
            || answered("Upgrade", "Upgrade: WebSocket"),
        ),
        case(
            HandshakeConnection,
            || Wire::upgraded(REQUEST, without(RESPONSE, "Connection")).closed(),
            || answered("Connection", "Connection: upgrade"),
        ),
        case(
            HandshakeAcceptMissing,
            || Wire::upgraded(REQUEST, without(RESPONSE, "Sec-WebSocket-Accept")).closed(),
            || open().closed(),
        ),
        case(
            HandshakeAcceptWrong,
            || answered("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOp="),
            || answered("Sec-WebSocket-Accept", "sec-websocket-accept:s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ),
        case(HandshakeSubprotocol, || protocol("A"), || protocol("a")),
        case(
            HandshakeSubprotocolUnanswered,
            || Wire::upgraded(with(REQUEST, "Sec-WebSocket-Protocol: a, b"), RESPONSE).closed(),
            || protocol("a"),
        ),
        case(HandshakeSubprotocol, || protocol("a, b"), || protocol("b")),
        case(
            HandshakeSubprotocol,
            || answered("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: a"),
            || open().closed(),
        ),
    ]
}

fn handshake() -> Vec<Case> {
    fn taken(offer: &str, answer: &str) -> Wire {
        extensions(&format!("permessage-deflate{offer}"), &format!("permessage-deflate{answer}"))
    }
    /// The client's frame before or after the response.
    fn early(early: bool) -> Wire {
        let ping = masked(0x8a, b"");
        let wire = if early {
            Wire::new().client([REQUEST.as_bytes(), &ping].concat()).server(RESPONSE)
        } else {
            open().client(ping)
        };
        wire.closed()
    }
    vec![
        case(
            HandshakeExtension,
            || extensions("permessage-deflate", "c"),
            || extensions("permessage-deflate", "permessage-deflate"),
        ),
        case(HandshakeExtension, || extensions("a, b", "b, b"), || extensions("a, b", "a, b"))
            .besides(&[HandshakeExtensionUnknown]),
        case(HandshakeExtensionSyntax, || extensions("a; b=", "a"), || extensions("a; b=\"c\"", "a"))
            .besides(&[HandshakeExtensionUnknown]),
        case(
            HandshakeExtensionUnknown,
            || extensions("permessage-bzip2", "permessage-bzip2"),
            || extensions("permessage-bzip2, permessage-deflate", "permessage-deflate"),
        ),
        case(HandshakeDeflateParameter, || taken("; level=9", ""), || taken("", "")),
        case(
            HandshakeDeflateParameter,
            || taken("; client_max_window_bits; client_max_window_bits", ""),
            || taken("; client_max_window_bits", ""),
        ),
        case(
            HandshakeDeflateParameter,
            || taken("; server_max_window_bits=7", "; server_max_window_bits=8"),
            || taken("; server_max_window_bits=8", "; server_max_window_bits=8"),
        ),
        case(
            HandshakeDeflateParameter,
            || taken("; server_max_window_bits=10", "; server_max_window_bits=11"),
            || taken("; server_max_window_bits=10", "; server_max_window_bits=9"),
        ),
        case(
            HandshakeDeflateParameter,
            || taken("", "; client_max_window_bits=10"),
            || taken("", "; server_max_window_bits=10"),
        ),
        case(
            HandshakeDeflateParameter,
            || taken("; server_no_context_takeover", ""),
            || taken("; client_no_context_takeover", ""),
        ),
        case(HandshakeEarly, || early(true), || early(false)),
        case(
            HandshakeRefused,
            || Wire::upgraded(REQUEST, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").fin(),
            || open().closed(),
        ),
        case(HandshakeUnanswered, || Wire::new().client(REQUEST).fin(), || open().closed()),
        case(HandshakeOneSided, || open().closed().only(By::Client), || open().closed()),
        case(
            DraftVersion,
            || asked("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8"),
            || asked("Sec-WebSocket-Version", "Sec-WebSocket-Version: 13"),
        ),
        case(DraftFrames, || draft(b"\x81\x07welcome", 0x88), || draft(b"\x84\x07welcome", 0x81))
            .besides(&[DraftVersion]),
        case(DraftChallenge, || hixie(b"8jKS'y:G*Co,Wxa+"), || hixie(b"8jKS'y:G*Co,Wxa-")).besides(&[DraftVersion]),
    ]
}

/// A server of draft-hybi-06 sends this, and closes with this byte; its client sends nothing.
fn draft(bytes: &[u8], close: u8) -> Wire {
    let request = with(&without(REQUEST, "Sec-WebSocket-Version"), "Sec-WebSocket-Version: 6");
    Wire::upgraded(request, RESPONSE).server(bytes).server(plain(close, b"\x03\xe8"))
}

/// The handshake of draft-hixie-thewebsocketprotocol-76 section 1.2, and its closing bytes.
fn hixie(answer: &[u8; 16]) -> Wire {
    let request = "GET /demo HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\nSec-WebSocket-Protocol: sample\r\nUpgrade: WebSocket\r\n\
        Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nOrigin: http://example.com\r\n\r\n^n:ds[4U";
    let response = "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Origin: http://example.com\r\nSec-WebSocket-Location: ws://example.com/demo\r\n\
        Sec-WebSocket-Protocol: sample\r\n\r\n";
    let wire = Wire::upgraded(request, [response.as_bytes(), answer].concat());
    wire.client(b"\x00Hello\xff\xff\x00").server(b"\xff\x00").fin()
}

/// A response that has a Content-Length, this behind it, and then a frame.
fn body(bytes: &[u8]) -> Wire {
    let response = with(RESPONSE, &format!("Content-Length: {}", bytes.len()));
    Wire::upgraded(REQUEST, [response.as_bytes(), bytes, &plain(0x82, b"frame")].concat()).closed()
}

fn headers() -> Vec<Case> {
    fn compressed(bytes: impl AsRef<[u8]>) -> Wire {
        Wire::deflate("", "").server(bytes).closed()
    }
    /// "Hello", compressed (RFC 7692 section 7.2.3.1).
    const HELLO: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    vec![
        case(MaskMissing, || client([0x81, 0x00]), || client([0x81, 0x80, 1, 2, 3, 4])),
        case(MaskForbidden, || server([0x81, 0x80, 1, 2, 3, 4]), || server([0x81, 0x00])),
        case(RsvUnnegotiated, || server([0xc1, 0x00]), || server([0x81, 0x00])),
        case(RsvUnnegotiated, || compressed([0xa1, 0x00]), || compressed(plain(0xc1, HELLO))),
        case(RsvMisplaced, || compressed([0xc9, 0x00]), || compressed([0x89, 0x00])).besides(&[PingUnanswered]),
        case(
            RsvMisplaced,
            || compressed([plain(0x41, &HELLO[..3]), plain(0xc0, &HELLO[3..])].concat()),
            || compressed([plain(0x41, &HELLO[..3]), plain(0x80, &HELLO[3..])].concat()),
        ),
        case(OpcodeReserved, || server([0x83, 0x00]), || server([0x82, 0x00])),
        case(OpcodeReserved, || server([0x8b, 0x00]), || server([0x8a, 0x00])),
        case(ControlFragmented, || server([0x0a, 0x00]), || server([0x8a, 0x00])),
        case(ControlLong, || server(plain(0x8a, &[0; 126])), || server(plain(0x8a, &[0; 125]))),
        case(
            StreamHttp,
            || server(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 11\r\n\r\nBad Request"),
            || server(plain(0x81, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 11\r\n\r\nBad Request")),
        ),
        case(
            StreamHttp,
            || client(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
            || client(masked(0x82, b"GET / HTTP/1.1\r\n")),
        ),
        case(StreamBody, || body(b"OK\r\n"), || body(b"")).besides(&[HttpContentLength]),
        case(StreamUnframed, || server(b"{\"type\":\"hello\"}"), || server(plain(0x81, b"{\"type\":\"hello\"}"))),
        // A short text is known by the frame behind it.
        case(StreamUnframed, || server(b"OK"), || server(b"\x82\x02OK")),
        case(LengthNotMinimal, || server([0x82, 126, 0, 1, 9]), || server([0x82, 1, 9])),
        case(
            LengthNotMinimal,
            || server([&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff][..], &[0; 65_535]].concat()),
            || server([&[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0][..], &[0; 65_536]].concat()),
        ),
        case(
            LengthTopBit,
            || open().server([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]).fin(),
            || open().server([0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).fin(),
        )
        .besides(&[FrameUnfinished, MessageUnfinished, CloseMissing]),
    ]
}

fn messages() -> Vec<Case> {
    vec![
        case(MessageNoStart, || server([0x80, 0x00]), || server([0x01, 0x00, 0x80, 0x00])),
        case(
            MessageInterrupted,
            || server([0x01, 0x00, 0x81, 0x00]),
            || server([0x01, 0x00, 0x8a, 0x00, 0x80, 0x00, 0x81, 0x00]),
        )
        .follow(&[MessageUnfinished]),
        // An extension that is not known here may have made anything of a message that has its bit, and only of that.
        case(MessageUtf8, || foreign(0x81), || foreign(0xc1)).besides(&[HandshakeExtensionUnknown]),
        case(MessageUtf8, || server(plain(0x81, b"caf\xe9")), || server(plain(0x81, "café".as_bytes()))),
        case(
            MessageUtf8,
            || server([plain(0x01, b"\xf0\x9f"), plain(0x80, b"\x98")].concat()),
            || server([plain(0x01, b"\xf0\x9f"), plain(0x80, b"\x98\x80")].concat()),
        ),
        case(MessageUnfinished, || server([0x01, 0x00]), || server([0x81, 0x00])),
    ]
}

/// Compresses messages one after another, each with its tail taken off (RFC 7692 section 7.2.1).
fn compress(texts: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut compress = Compress::new(Compression::best(), false);
    let one = |text: &&[u8]| {
        let mut out = Vec::with_capacity(text.len() + 100);
        compress.compress_vec(text, &mut out, FlushCompress::Sync).unwrap();
        assert!(out.ends_with(&[0, 0, 0xff, 0xff]));
        out.truncate(out.len() - 4);
        out
    };
    texts.iter().map(one).collect()
}

fn deflate() -> Vec<Case> {
    fn message(parameters: &str, bytes: &[u8]) -> Wire {
        Wire::deflate(parameters, parameters).server(plain(0xc2, bytes)).closed()
    }
    /// "Hello" compressed, behind this first byte, where permessage-deflate was offered, and agreed on or not.
    fn bare(agreed: bool, first: u8) -> Wire {
        let offer = "permessage-deflate";
        let line = format!("Sec-WebSocket-Extensions: {offer}");
        let response = if agreed { with(RESPONSE, &line) } else { RESPONSE.to_owned() };
        let message = plain(first, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
        Wire::upgraded(with(REQUEST, &line), response).server(message).closed()
    }
    /// Text that repeats after 600 bytes.
    fn far() -> Vec<u8> {
        let start: Vec<u8> = (0..600u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        [&start[..], &start[..100]].concat()
    }
    /// Two messages of which the second refers to the first, which is in the capture or not.
    fn after(kept: bool) -> Wire {
        let texts: [&[u8]; 2] = [b"what is said twice", b"what is said twice"];
        let [first, second] = &compress(&texts)[..] else { unreachable!() };
        let wire = Wire::deflate("", "");
        let first = plain(0xc2, first);
        let wire = if kept { wire.server(first) } else { wire.lose(By::Server, first) };
        wire.server(plain(0xc2, second)).closed()
    }
    /// Zeros, so many MiB of them.
    fn bomb(mebibytes: usize) -> Wire {
        let mut compress = Compress::new(Compression::best(), false);
        let mut out = Vec::with_capacity(1 << 16);
        compress.compress_vec(&vec![0; 1 << 20], &mut out, FlushCompress::Full).unwrap();
        let last = out.len() - 4;
        let whole = [out.repeat(mebibytes - 1), out[..last].to_vec()].concat();
        message("", &whole)
    }
    vec![
        case(InflateError, || message("", &[0x07]), || message("", &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00])),
        // Without context takeover nothing earlier may be referred to.
        case(
            InflateTakeover,
            || {
                let parts = compress(&[b"what is said twice", b"what is said twice"]);
                let frames: Vec<u8> = parts.iter().flat_map(|part| plain(0xc2, part)).collect();
                let parameters = "; server_no_context_takeover";
                Wire::deflate(parameters, parameters).server(frames).closed()
            },
            || {
                let parts = compress(&[b"what is said twice", b"what is said twice"]);
                let frames: Vec<u8> = parts.iter().flat_map(|part| plain(0xc2, part)).collect();
                Wire::deflate("", "").server(frames).closed()
            },
        ),
        // "Hello" again, its tail left on; a final block without the 0x00 after it; zlib's header and checksum around it.
        case(
            InflateTail,
            || message("", &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff]),
            || message("", &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]),
        ),
        case(
            InflateNoTail,
            || message("", &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]),
            || message("", &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]),
        ),
        case(
            InflateWrapped,
            || message("", &[0x78, 0x9c, 0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x05, 0x8c, 0x01, 0xf5]),
            || message("", &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]),
        ),
        // "Hello" compressed, and no bit says so: it is no UTF-8, and inflates to some.
        case(InflateGuess, || bare(true, 0x81), || bare(true, 0xc1)).follow(&[MessageUtf8]),
        case(InflateGuess, || bare(false, 0xc2), || bare(true, 0xc2)).follow(&[RsvUnnegotiated]),
        // RFC 7692 section 7.2.3.4, and bytes that are no block after it.
        case(
            InflateTrailing,
            || message("", &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x07]),
            || message("", &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]),
        ),
        case(
            InflateWindow,
            || message("; server_max_window_bits=9", &compress(&[&far()])[0]),
            || message("; server_max_window_bits=10", &compress(&[&far()])[0]),
        ),
        case(InflateHistory, || after(false), || after(true)).follow(&[TcpGap, Resynchronised]),
        case(InflateCap, || bomb(1025), || bomb(16)).follow(&[KeptCap]).besides(&[KeptCap]),
    ]
}

fn closing() -> Vec<Case> {
    fn close(payload: &[u8]) -> Wire {
        open().client(masked(0x88, payload)).server(plain(0x88, b"")).fin()
    }
    vec![
        case(CloseShort, || close(b"\x03"), || close(b"\x03\xe8")),
        case(CloseCode, || close(b"\x03\xed"), || close(b"\x03\xe8")),
        case(CloseCode, || close(&999u16.to_be_bytes()), || close(&1000u16.to_be_bytes())),
        case(CloseCode, || close(&2999u16.to_be_bytes()), || close(&3000u16.to_be_bytes())),
        case(CloseCode, || close(&5000u16.to_be_bytes()), || close(&4999u16.to_be_bytes())),
        case(CloseReason, || close(b"\x03\xe8caf\xe9"), || close(b"\x03\xe8caf\xc3\xa9")),
        case(
            CloseDataAfter,
            || open().client(masked(0x88, b"")).client(masked(0x8a, b"")).server(plain(0x88, b"")).fin(),
            || open().client(masked(0x8a, b"")).client(masked(0x88, b"")).server(plain(0x88, b"")).fin(),
        ),
        case(CloseMissing, || open().client(masked(0x81, b"")).fin(), || open().client(masked(0x81, b"")).closed()),
        // A reset behind the last byte ends a side as surely; one that may stand behind lost bytes tells nothing.
        case(
            CloseMissing,
            || open().client(masked(0x81, b"")).reset(By::Server, 0),
            || open().client(masked(0x81, b"")).reset(By::Server, 1),
        ),
        case(
            CloseMissing,
            || open().client(masked(0x81, b"")).reset(By::Server, 0),
            // It was forged, and the server goes on.
            || open().client(masked(0x81, b"")).reset(By::Server, 0).server(plain(0x8a, b"")),
        ),
        case(
            CloseUnanswered,
            || open().client(masked(0x88, b"")).reset(By::Server, 0),
            || open().client(masked(0x88, b"")).server(plain(0x88, b"")).reset(By::Client, 0),
        ),
        // Who closes resets the connection, and the other side, which was heard before, has said nothing.
        case(
            CloseUnanswered,
            || open().client(masked(0x88, b"")).pause(30_000).reset(By::Client, 0),
            // Who knows what the other side has sent.
            || open().client(masked(0x88, b"")).pause(30_000),
        ),
        case(
            CloseUnanswered,
            || open().client(masked(0x88, b"")).fin(),
            || open().client(masked(0x88, b"")).server(plain(0x88, b"")).fin(),
        ),
    ]
}

/// The server pings with "1", and the client answers after so many milliseconds with this payload.
fn ping_pong(milliseconds: u32, answer: &[u8]) -> Wire {
    open().server(plain(0x89, b"1")).pause(milliseconds).client(masked(0x8a, answer)).closed()
}

fn hygiene() -> Vec<Case> {
    fn keys(keys: &[u32]) -> Wire {
        let frames: Vec<u8> = keys.iter().flat_map(|key| frame(0x82, Some(key.to_be_bytes()), b"x")).collect();
        client(frames)
    }
    vec![
        case(MaskZero, || keys(&[0]), || keys(&[1])),
        case(MaskRepeated, || keys(&[0x3c9d_81f0, 0x3c9d_81f0]), || keys(&[0x3c9d_81f0, 0x3c9d_81f1])),
        // Four keys are a count; three may be chance.
        case(MaskPredictable, || keys(&[10, 20, 30, 40]), || keys(&[10, 20, 30, 41])),
        case(
            PingUnanswered,
            || open().server(plain(0x89, b"1")).closed(),
            || open().server(plain(0x89, b"1")).client(masked(0x8a, b"1")).closed(),
        ),
        // The side that asked gives up; a capture of it alone does not tell whether it was answered.
        case(
            PingUnanswered,
            || open().client(masked(0x82, b"x")).server(plain(0x89, b"1")).pause(20_000).reset(By::Server, 0),
            || open().client(masked(0x82, b"x")).server(plain(0x89, b"1")).pause(20_000),
        )
        .follow(&[CloseMissing]),
        case(PongLate, || ping_pong(5_000, b"1"), || ping_pong(4_900, b"1")),
        // RFC 6455 section 5.5.3: "identical Application data".
        case(PongPayload, || ping_pong(1, b"2"), || ping_pong(1, b"1")).follow(&[PingUnanswered]),
    ]
}

fn capture() -> Vec<Case> {
    fn text(n: usize) -> Vec<u8> {
        let text = format!("message number {n} is text");
        masked(0x81, text.as_bytes())
    }
    fn stream(from: usize) -> Vec<u8> {
        (from..from + 3).flat_map(text).collect()
    }
    vec![
        case(FrameGap, || open().cut(By::Server, plain(0x82, &[1, 2]), 3).closed(), || server(plain(0x82, &[1, 2])))
            .follow(&[TcpGap]),
        case(FrameUnfinished, || open().server([0x8a, 2, 1]).fin(), || open().server([0x8a, 2, 1, 2]).fin())
            .besides(&[CloseMissing]),
        // Not even the header came.
        case(FrameUnfinished, || open().server([0x8a]).fin(), || open().server([]).fin()).follow(&[CloseMissing]),
        case(
            Resynchronised,
            || open().lose(By::Client, text(0)).client(stream(1)).client(stream(4)).closed(),
            || open().client(text(0)).client(stream(1)).client(stream(4)).closed(),
        )
        .follow(&[TcpGap]),
        case(
            MidStream,
            || Wire::joined().client(stream(0)).client(stream(3)).closed(),
            || open().client(stream(0)).client(stream(3)).closed(),
        ),
        // Frames, and then none, for longer than any is believed to be cut.
        case(
            MidStreamWithdrawn,
            || {
                Wire::joined()
                    .client(stream(0))
                    .client(stream(3))
                    .client([&[0x73, 0x85][..], &[0x73; 140_000]].concat())
                    .fin()
            },
            || Wire::joined().client(stream(0)).client(stream(3)).closed(),
        )
        .besides(&[MidStream]),
        case(KeptCap, || server(plain(0x82, &vec![0; 8 << 20 | 1])), || server(plain(0x82, &vec![0; 8 << 20]))),
    ]
}
