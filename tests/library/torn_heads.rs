//! HTTP before a WebSocket, of which the capture lacks any one segment: frames are found at their places, and nothing is
//! said of the handshake that the lost bytes may have disproved.
//!
//! What is sent is written down here, so each frame's place is known from how it was put together.

use std::ops::Range;

use crate::build::{By, Found, REQUEST, RESPONSE, Wire, masked, plain, with};
use sockeye::base::{Code, Direction};
use sockeye::dissect::Evidence;

/// One write of one side, and whether it is WebSocket's.
#[derive(Clone)]
struct Write {
    by: By,
    bytes: Vec<u8>,
    /// Bytes of it that are HTTP's.
    http: usize,
}

#[derive(Clone)]
struct Segment {
    by: By,
    /// In the side's stream.
    place: Range<usize>,
    bytes: Vec<u8>,
}

/// A connection, as it was sent.
#[derive(Clone, Default)]
struct Talk {
    writes: Vec<Write>,
}

impl Talk {
    fn http(mut self, by: By, bytes: impl AsRef<[u8]>) -> Talk {
        let bytes = bytes.as_ref().to_vec();
        self.writes.push(Write { by, http: bytes.len(), bytes });
        self
    }

    fn frame(mut self, by: By, bytes: Vec<u8>) -> Talk {
        self.writes.push(Write { by, http: 0, bytes });
        self
    }

    /// An upgrade with fields that fill segments, before and behind those that matter.
    fn upgrade(self, more: &str) -> Talk {
        let long = |name: &str| format!("{name}: {}\r\nX-{name}: {}", "x".repeat(700), "abc=def; ".repeat(60));
        let request = with(&with(REQUEST, &long("Cookie")), "Accept-Language: en");
        let response = with(&with(RESPONSE, &long("Set-Cookie")), "Server: s");
        let request = if more.is_empty() { request } else { with(&request, more) };
        let response = if more.is_empty() { response } else { with(&response, more) };
        self.http(By::Client, request).http(By::Server, response)
    }

    fn chat(mut self) -> Talk {
        for n in 0..6 {
            self = self
                .frame(By::Client, masked(0x81, format!("hello {n} from the client").as_bytes()))
                .frame(By::Server, plain(0x81, format!("echo {n} from the server").as_bytes()));
        }
        self.closed()
    }

    fn closed(self) -> Talk {
        self.frame(By::Client, masked(0x88, b"\x03\xe8")).frame(By::Server, plain(0x88, b"\x03\xe8"))
    }

    fn segments(&self, size: usize) -> Vec<Segment> {
        let mut sent = [0, 0];
        let mut all = Vec::new();
        for write in &self.writes {
            for bytes in write.bytes.chunks(size) {
                let start = sent[write.by as usize];
                sent[write.by as usize] += bytes.len();
                all.push(Segment { by: write.by, place: start..start + bytes.len(), bytes: bytes.to_vec() });
            }
        }
        all
    }

    /// Bytes of HTTP that a side sends.
    fn http_bytes(&self, by: By) -> usize {
        self.writes.iter().filter(|write| write.by == by).map(|write| write.http).sum()
    }

    /// Where in a side's stream its last head lies.
    fn last_head(&self, by: By) -> Range<usize> {
        let end = self.http_bytes(by);
        let last = self.writes.iter().rev().find(|write| write.by == by && write.http > 0).unwrap();
        end - last.http..end
    }

    /// Offset and bytes of each frame of a side.
    fn frames(&self, by: By) -> Vec<(u64, Vec<u8>)> {
        let mut offset = 0;
        let mut all = Vec::new();
        for write in self.writes.iter().filter(|write| write.by == by && write.http == 0) {
            all.push((offset, write.bytes.clone()));
            offset += write.bytes.len() as u64;
        }
        all
    }
}

fn wire(segments: &[Segment], lost: Option<usize>) -> Found {
    let mut wire = Wire::new();
    for (index, segment) in segments.iter().enumerate() {
        wire = match lost {
            Some(lost) if lost == index => wire.lose(segment.by, &segment.bytes),
            _ => wire.send(segment.by, &segment.bytes),
        };
    }
    wire.fin().dissect()
}

fn direction(by: By) -> Direction {
    if by == By::Client { Direction::Client } else { Direction::Server }
}

/// Each frame of a side by its place, length and opcode.
fn check_frames(talk: &Talk, found: &Found, by: By, what: &str) {
    let told: Vec<_> = found.frames_by(direction(by)).map(|frame| (frame.offset, frame.length, frame.opcode)).collect();
    let header = |bytes: &[u8]| (u64::from(bytes[1] & 0x7f), bytes[0] & 0x0f);
    let sent: Vec<_> =
        talk.frames(by).iter().map(|(offset, bytes)| (*offset, header(bytes).0, header(bytes).1)).collect();
    assert_eq!(told, sent, "{what}, {by:?}: {:?}", found.notes);
}

/// Loses each segment of HTTP in turn. Gives how often something was lost.
fn each_lost(name: &str, talk: &Talk) -> usize {
    let mut count = 0;
    for size in [60, 250, 1000, 60_000] {
        let segments = talk.segments(size);
        assert_eq!(wire(&segments, None).codes(), [], "{name}");
        for (lost, segment) in segments.iter().enumerate() {
            if segment.place.end > talk.http_bytes(segment.by) {
                continue;
            }
            count += 1;
            let what = format!("{name}, segments of {size}, without {:?} of the {:?}", segment.place, segment.by);
            let found = wire(&segments, Some(lost));
            for by in [By::Client, By::Server] {
                check_frames(talk, &found, by, &what);
            }
            assert_eq!(found.connections.len(), 1, "{what}");
            assert_eq!(found.connections[0].evidence, Evidence::Handshake, "{what}");
            let head = talk.last_head(segment.by);
            let line = segment.place.contains(&head.start);
            let allowed = match segment.by {
                By::Client if line => vec![Code::HandshakeOneSided],
                By::Server if line && segment.place.end == head.end => vec![Code::HandshakeOneSided],
                _ => Vec::new(),
            };
            assert!(found.codes() == allowed || found.codes().is_empty(), "{what}: {:?}", found.notes);
        }
    }
    count
}

fn get(talk: Talk, response: impl AsRef<[u8]>) -> Talk {
    talk.http(By::Client, "GET /big HTTP/1.1\r\nHost: h\r\nUser-Agent: a\r\n\r\n").http(By::Server, response)
}

/// Bytes of every value.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 7u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}

fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut out = b"HTTP/1.1 200 OK\r\nServer: s\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for chunk in body.chunks(size) {
        out.extend([format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    }
    out.extend(b"0\r\n\r\n");
    out
}

fn sized(body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

#[test]
fn in_the_handshake() {
    assert!(each_lost("handshake", &Talk::default().upgrade("").chat()) > 50);
}

#[test]
fn in_an_exchange_before_it() {
    let text = "A line: of text\r\n\r\nand one more, with words\r\n".repeat(60).into_bytes();
    for (name, response) in [
        ("chunked", chunked(&noise(3000), 400)),
        ("chunked text", chunked(&text, 333)),
        ("length", sized(&noise(3000))),
        ("text of a length", sized(&text)),
    ] {
        each_lost(name, &get(Talk::default(), response).upgrade("").chat());
    }
    let post = [b"POST /in HTTP/1.1\r\nHost: h\r\nContent-Length: 700\r\n\r\n".to_vec(), noise(700)].concat();
    let posted =
        Talk::default().http(By::Client, post).http(By::Server, "HTTP/1.1 204 No Content\r\nServer: s\r\n\r\n");
    each_lost("request with a body", &posted.upgrade("").chat());
}

#[test]
fn where_compression_was_agreed_on() {
    // RFC 7692 section 7.2.3: "Hello", and again with the context of the first.
    let (first, again) = (&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], &[0xf2, 0x00, 0x11, 0x00, 0x00]);
    let talk = Talk::default()
        .upgrade("Sec-WebSocket-Extensions: permessage-deflate")
        .frame(By::Client, masked(0xc1, first))
        .frame(By::Server, plain(0xc1, first))
        .frame(By::Client, masked(0xc1, again))
        .frame(By::Server, plain(0xc1, again))
        .closed();
    each_lost("deflate", &talk);
    for size in [40, 60, 250, 1000] {
        let segments = talk.segments(size);
        for (lost, segment) in segments.iter().enumerate() {
            if segment.place.end > talk.http_bytes(segment.by) {
                continue;
            }
            let found = wire(&segments, Some(lost));
            let texts: Vec<_> = found.messages.iter().filter(|message| message.opcode == 1).collect();
            assert_eq!(texts.len(), 4, "without {:?} of the {:?}", segment.place, segment.by);
            for message in texts {
                assert_eq!(message.payload, b"Hello", "without {:?} of the {:?}", segment.place, segment.by);
                assert!(message.compressed && message.complete && message.codes.is_empty(), "{message:?}");
            }
        }
    }
}

#[test]
fn head_and_frames_in_one_segment() {
    // The client's side is known from what the server had when it answered.
    let talk = Talk::default().upgrade("").chat();
    let mut together = talk.clone();
    let first = together.writes.iter().position(|write| write.by == By::Server && write.http == 0).unwrap();
    let frame = together.writes.remove(first);
    together.writes[1].bytes.extend(&frame.bytes);
    for size in [250, 1000, 60_000] {
        let segments = together.segments(size);
        for (lost, segment) in segments.iter().enumerate() {
            if segment.place.start >= talk.http_bytes(segment.by) {
                continue;
            }
            let found = wire(&segments, Some(lost));
            let what = format!("segments of {size}, without {:?} of the {:?}", segment.place, segment.by);
            check_frames(&talk, &found, By::Client, &what);
            let end = talk.http_bytes(By::Server);
            if segment.by == By::Client || segment.place.end <= end {
                check_frames(&talk, &found, By::Server, &what);
            } else {
                // The frame's header is lost with the end of the head: those behind it are found.
                assert_eq!(found.frames_by(Direction::Server).count() + 1, talk.frames(By::Server).len(), "{what}");
            }
        }
    }
}

#[test]
fn sent_again_and_overlapping() {
    for talk in [Talk::default().upgrade("").chat(), get(Talk::default(), chunked(&noise(900), 200)).upgrade("").chat()]
    {
        for size in [100, 700] {
            let segments = talk.segments(size);
            for (again, segment) in segments.iter().enumerate() {
                if segment.place.end > talk.http_bytes(segment.by) {
                    continue;
                }
                let stream: Vec<u8> =
                    segments.iter().filter(|one| one.by == segment.by).flat_map(|one| one.bytes.clone()).collect();
                for (before, lose) in [(0, false), (30, false), (30, true), (250, true)] {
                    let mut wire = Wire::new();
                    for (index, one) in segments.iter().enumerate() {
                        if index == again && lose {
                            wire = wire.lose(one.by, &one.bytes);
                        } else {
                            wire = wire.send(one.by, &one.bytes);
                        }
                        if index == again {
                            let start = one.place.start.saturating_sub(before);
                            wire = wire.again(one.by, 0, &stream[start..one.place.end]);
                        }
                    }
                    let found = wire.fin().dissect();
                    let what = format!("{:?} of the {:?} again, {before} before", segment.place, segment.by);
                    for by in [By::Client, By::Server] {
                        check_frames(&talk, &found, by, &what);
                    }
                    assert_eq!(found.codes(), [], "{what}: {:?}", found.notes);
                }
            }
        }
    }
}

/// The frame with this payload.
fn sent_as<'a>(sent: &'a [(u64, Vec<u8>)], opcode: u8, payload: &[u8]) -> Option<&'a (u64, Vec<u8>)> {
    sent.iter().find(|(_, bytes)| {
        let key = if bytes[1] & 0x80 == 0 { [0; 4] } else { bytes[2..6].try_into().unwrap() };
        let start = if bytes[1] & 0x80 == 0 { 2 } else { 6 };
        let plain: Vec<u8> = bytes[start..].iter().enumerate().map(|(i, byte)| byte ^ key[i % 4]).collect();
        bytes[0] & 0x0f == opcode && plain == payload
    })
}

#[test]
fn several_lost_make_nothing_up() {
    let talk = get(Talk::default(), chunked(&noise(900), 200)).upgrade("").chat();
    let mut state = 1u64;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    for size in [60, 250, 1000] {
        let segments = talk.segments(size);
        for _ in 0..150 {
            let lost: Vec<usize> = (0..2 + below(4)).map(|_| below(segments.len())).collect();
            let mut wire = Wire::new();
            for (index, one) in segments.iter().enumerate() {
                wire =
                    if lost.contains(&index) { wire.lose(one.by, &one.bytes) } else { wire.send(one.by, &one.bytes) };
            }
            let found = wire.fin().dissect();
            if found.connections.iter().any(|one| one.evidence != Evidence::Handshake) {
                // Joined mid-stream: offsets count from there.
                continue;
            }
            for by in [By::Client, By::Server] {
                let http = talk.http_bytes(by);
                let whole = |offset: u64, len: usize| {
                    let place = http + offset as usize..http + offset as usize + len;
                    lost.iter()
                        .map(|index| &segments[*index])
                        .all(|one| one.by != by || one.place.end <= place.start || one.place.start >= place.end)
                };
                let sent = talk.frames(by);
                let mut told = found.frames_by(direction(by)).peekable();
                // Where the end of the head is lost with frames behind it, all offsets are less by as much.
                let shift = told.peek().map_or(0, |first| {
                    let same = sent_as(&sent, first.opcode, &first.payload);
                    same.map_or(0, |(offset, _)| offset.wrapping_sub(first.offset))
                });
                for frame in told.filter(|frame| frame.captured == frame.length) {
                    let known = sent.iter().any(|(offset, bytes)| {
                        *offset == frame.offset.wrapping_add(shift)
                            && u64::from(bytes[1] & 0x7f) == frame.length
                            && whole(*offset, bytes.len())
                    });
                    assert!(known, "segments of {size} without {lost:?}: {by:?} {frame:?} {:?}", found.notes);
                }
            }
        }
    }
}
