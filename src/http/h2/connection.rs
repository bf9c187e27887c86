//! One HTTP/2 connection: its streams, and which of them are WebSockets.
//!
//! In: parts of two streams of bytes. Out: heads of requests and responses, the data of streams that are WebSockets (extended
//! CONNECT, RFC 8441 section 4) or that may be, and how each ended. Other requests are counted. State is kept a stream that is open,
//! [`limits::HTTP2_STREAMS`] at most. What breaks header compression ends the reading of heads in that direction, as it ends the
//! connection for its peers (RFC 9113 section 4.3); data go on.

use std::collections::BTreeMap;

use super::frame::{Frames, Header, Item, PREFACE, flag, kind};
use super::hpack::{Decoder, Fault, Field};
use crate::base::limits;
use crate::base::{At, Part, Side, Sides};

/// SETTINGS_HEADER_TABLE_SIZE (RFC 9113 section 6.5.2).
const TABLE_SIZE: u16 = 1;

/// SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 section 3).
const CONNECT_PROTOCOL: u16 = 8;

/// A request's or response's fields, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Its fields; pseudo-header fields first.
    pub fields: Vec<Field>,
    /// Its block could not be read to its end.
    pub is_cut: bool,
}

impl Head {
    /// The value of the first field with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let named = |field: &&Field| field.name.as_deref() == Some(name.as_bytes());
        self.fields.iter().find(named)?.value.as_deref()
    }

    /// Every field of it has a name and a value: none stands in an entry that was not seen, or in a block that is broken.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.is_cut && self.fields.iter().all(|field| field.name.is_some() && field.value.is_some())
    }

    /// It asks for a WebSocket (RFC 8441 section 4).
    #[must_use]
    pub fn is_websocket(&self) -> bool {
        self.get(":method") == Some(b"CONNECT") && self.get(":protocol") == Some(b"websocket")
    }

    /// The status, of a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        std::str::from_utf8(self.get(":status")?).ok()?.parse().ok()
    }
}

/// What is known of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// The server takes extended CONNECT (RFC 8441 section 3).
    pub connect_protocol: bool,
    /// Requests.
    pub requests: u64,
    /// Those that asked for a WebSocket.
    pub websockets: u64,
    /// Those that are gRPC, by their content type.
    pub grpc: u64,
    /// Its beginning is not in the capture, or frames are missing since.
    pub is_partial: bool,
}

/// What comes out.
#[derive(Debug, PartialEq, Eq)]
pub enum Told<'a> {
    /// A request's head.
    Request {
        /// Its stream.
        stream: u32,
        /// Its head.
        head: &'a Head,
        /// Where it ended.
        at: At,
    },
    /// A response's head; not an interim one (RFC 9113 section 8.1).
    Response {
        /// Its stream.
        stream: u32,
        /// Its head.
        head: &'a Head,
        /// Where it ended.
        at: At,
    },
    /// Data of a WebSocket, or of a stream whose head is not in the capture.
    Data {
        /// Its stream.
        stream: u32,
        /// Who sent them.
        side: Side,
        /// The bytes, or a gap in them.
        part: Part<'a>,
    },
    /// A side has finished on a stream, or has reset it.
    Ended {
        /// The stream.
        stream: u32,
        /// Who.
        side: Side,
        /// The error code of RST_STREAM (RFC 9113 section 7); nothing for END_STREAM.
        reset: Option<u32>,
        /// Where.
        at: At,
    },
    /// A stream that is not followed any more: too many are open ([`limits::HTTP2_STREAMS`]).
    GaveWay {
        /// Its stream.
        stream: u32,
        /// Where the stream began that takes its place.
        at: At,
    },
    /// GOAWAY: no stream above the last is taken (RFC 9113 section 6.8).
    GoAway {
        /// Who sent it.
        side: Side,
        /// The last stream.
        last: u32,
        /// Why.
        code: u32,
        /// Where.
        at: At,
    },
    /// Heads of this direction cannot be read any more.
    Fault {
        /// The direction.
        side: Side,
        /// Why.
        fault: Fault,
        /// Where.
        at: At,
    },
}

impl Told<'_> {
    /// The stream it is about; nothing where it is about the connection.
    #[must_use]
    pub fn stream(&self) -> Option<u32> {
        match *self {
            Told::Request { stream, .. }
            | Told::Response { stream, .. }
            | Told::Data { stream, .. }
            | Told::Ended { stream, .. }
            | Told::GaveWay { stream, .. } => Some(stream),
            Told::GoAway { .. } | Told::Fault { .. } => None,
        }
    }
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    client: Side,
    halves: Sides<Half>,
    /// Streams that are WebSockets, and those that are not.
    sockets: BTreeMap<u32, Stream>,
    others: BTreeMap<u32, Stream>,
    facts: Facts,
    is_late: bool,
    /// Bytes of the preface still to come.
    preface: usize,
}

#[derive(Debug)]
struct Half {
    frames: Frames,
    decoder: Decoder,
    /// A header block that goes on.
    block: Option<Block>,
    /// Heads can be read.
    is_readable: bool,
}

#[derive(Debug)]
struct Block {
    about: About,
    bytes: Vec<u8>,
}

/// What a header block is.
#[derive(Debug, Clone, Copy)]
struct About {
    stream: u32,
    ends_stream: bool,
    /// It is a pushed request's.
    is_promise: bool,
}

#[derive(Debug, Default)]
struct Stream {
    is_websocket: bool,
    /// Its request was read.
    is_known: bool,
    has_response: bool,
    ended: Sides<bool>,
}

impl Connection {
    /// A connection from its start, where the client says the preface.
    #[must_use]
    pub fn new(client: Side) -> Connection {
        let half = || Half { frames: Frames::default(), decoder: Decoder::new(false), block: None, is_readable: true };
        Connection {
            client,
            halves: Sides { a: half(), b: half() },
            sockets: BTreeMap::new(),
            others: BTreeMap::new(),
            facts: Facts::default(),
            is_late: false,
            preface: PREFACE.len(),
        }
    }

    /// A connection somewhere in its middle.
    #[must_use]
    pub fn joined(client: Side) -> Connection {
        let half = || Half { frames: Frames::joined(), decoder: Decoder::new(true), block: None, is_readable: true };
        Connection { halves: Sides { a: half(), b: half() }, is_late: true, preface: 0, ..Connection::new(client) }
    }

    /// What is known of it.
    #[must_use]
    pub fn facts(&self) -> Facts {
        Facts { is_partial: self.is_late, ..self.facts }
    }

    /// Where the oldest byte that is held arrived.
    #[must_use]
    pub fn oldest(&self) -> Option<At> {
        Side::BOTH.iter().filter_map(|side| self.halves.get(*side).frames.oldest()).min()
    }

    /// Bytes of memory it takes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let of = |half: &Half| {
            half.frames.memory() + half.decoder.memory() + half.block.as_ref().map_or(0, |block| block.bytes.capacity())
        };
        Side::BOTH.iter().map(|side| of(self.halves.get(*side))).sum::<usize>()
            + (self.sockets.len() + self.others.len()) * size_of::<(u32, Stream)>()
    }

    /// The next part of a side's bytes.
    pub fn push(&mut self, side: Side, part: Part<'_>, mut tell: impl FnMut(Told<'_>)) {
        let mut frames = std::mem::take(&mut self.halves.get_mut(side).frames);
        match part {
            Part::Bytes(mut chunk) => {
                if side == self.client && self.preface > 0 {
                    let here = self.preface.min(chunk.bytes.len());
                    self.preface -= here;
                    chunk = chunk.after(here);
                }
                frames.push(chunk, |item| self.item(side, item, &mut tell));
            }
            Part::Gap(gap) => {
                self.preface = 0;
                frames.gap(gap, |item| self.item(side, item, &mut tell));
            }
            Part::End { .. } | Part::Reset { .. } => {}
        }
        self.halves.get_mut(side).frames = frames;
    }

    fn item(&mut self, side: Side, item: Item<'_>, tell: &mut impl FnMut(Told<'_>)) {
        match item {
            Item::Data { stream, part } => {
                let is_late = self.is_late;
                let open = self.stream(stream);
                if open.map_or(is_late, |open| open.is_websocket || !open.is_known) {
                    tell(Told::Data { stream, side, part });
                }
            }
            Item::EndStream { stream, at } => self.end(stream, side, None, at, tell),
            Item::Frame { header, payload, at } => self.frame(side, header, payload, at, tell),
            Item::Lost { .. } => self.lose(side),
        }
    }

    /// Frames are missing: heads may have been among them, and streams may have begun.
    fn lose(&mut self, side: Side) {
        let half = self.halves.get_mut(side);
        half.decoder.lose();
        half.block = None;
        half.is_readable = true;
        self.is_late = true;
    }

    fn frame(&mut self, side: Side, header: Header, payload: &[u8], at: At, tell: &mut impl FnMut(Told<'_>)) {
        match header.kind {
            kind::HEADERS | kind::PUSH_PROMISE => self.headers(side, header, payload, at, tell),
            kind::CONTINUATION => self.go_on(side, header, payload, at, tell),
            kind::SETTINGS if !header.has(flag::ACK) => self.settings(side, payload),
            kind::RST_STREAM => {
                if let Some(code) = payload.first_chunk() {
                    self.end(header.stream, side, Some(u32::from_be_bytes(*code)), at, tell);
                }
            }
            kind::GOAWAY => {
                if let Some([a, b, c, d, code @ ..]) = payload.first_chunk::<8>() {
                    let last = u32::from_be_bytes([*a, *b, *c, *d]) & 0x7fff_ffff;
                    tell(Told::GoAway { side, last, code: u32::from_be_bytes(*code), at });
                }
            }
            // PING, WINDOW_UPDATE and PRIORITY say nothing of sockets; what is unknown is ignored (RFC 9113 section 5.5).
            _ => {}
        }
    }

    fn settings(&mut self, side: Side, payload: &[u8]) {
        for [a, b, value @ ..] in payload.as_chunks::<6>().0 {
            let value = u32::from_be_bytes(*value);
            match u16::from_be_bytes([*a, *b]) {
                // Whoever says it reads what the other writes.
                TABLE_SIZE => self.halves.get_mut(side.other()).decoder.allow(value.into()),
                CONNECT_PROTOCOL if side != self.client => self.facts.connect_protocol = value == 1,
                _ => {}
            }
        }
    }

    fn headers(&mut self, side: Side, header: Header, payload: &[u8], at: At, tell: &mut impl FnMut(Told<'_>)) {
        let is_promise = header.kind == kind::PUSH_PROMISE;
        let Some(bytes) = block_of(header, payload) else { return };
        let ends_stream = !is_promise && header.has(flag::END_STREAM);
        let about = About { stream: header.stream, ends_stream, is_promise };
        let half = self.halves.get_mut(side);
        half.block = None;
        if header.has(flag::END_HEADERS) {
            self.block(side, about, bytes, at, tell);
        } else {
            half.block = Some(Block { about, bytes: bytes.to_vec() });
        }
    }

    fn go_on(&mut self, side: Side, header: Header, payload: &[u8], at: At, tell: &mut impl FnMut(Told<'_>)) {
        let half = self.halves.get_mut(side);
        let Some(block) = half.block.as_mut().filter(|block| block.about.stream == header.stream) else { return };
        if block.bytes.len() + payload.len() > limits::HTTP2_FRAME_BYTES {
            half.block = None;
            half.is_readable = false;
            return tell(Told::Fault { side, fault: Fault::TooLong, at });
        }
        block.bytes.extend_from_slice(payload);
        if header.has(flag::END_HEADERS)
            && let Some(Block { about, bytes }) = half.block.take()
        {
            self.block(side, about, &bytes, at, tell);
        }
    }

    /// A header block is whole.
    fn block(&mut self, side: Side, about: About, bytes: &[u8], at: At, tell: &mut impl FnMut(Told<'_>)) {
        let half = self.halves.get_mut(side);
        let mut head = Head { is_cut: !half.is_readable, ..Head::default() };
        if half.is_readable
            && let Err(fault) = half.decoder.decode(bytes, |field| head.fields.push(field))
        {
            half.is_readable = false;
            head.is_cut = true;
            tell(Told::Fault { side, fault, at });
        }
        if !about.is_promise {
            self.head(side, about.stream, &head, at, tell);
        }
        if about.ends_stream {
            self.end(about.stream, side, None, at, tell);
        }
    }

    fn head(&mut self, side: Side, stream: u32, head: &Head, at: At, tell: &mut impl FnMut(Told<'_>)) {
        if side == self.client {
            if self.stream(stream).is_some() {
                // Trailers.
                return;
            }
            self.make_room(at, tell);
            let is_websocket = head.is_websocket();
            let streams = if is_websocket { &mut self.sockets } else { &mut self.others };
            streams.insert(stream, Stream { is_websocket, is_known: true, ..Stream::default() });
            self.facts.requests += 1;
            self.facts.websockets += u64::from(is_websocket);
            let kind = head.get("content-type").unwrap_or_default();
            self.facts.grpc += u64::from(kind.starts_with(b"application/grpc"));
            return tell(Told::Request { stream, head, at });
        }
        let is_interim = head.status().is_some_and(|status| (100..200).contains(&status));
        if self.stream(stream).is_none() {
            self.make_room(at, tell);
        }
        let open = match self.sockets.get_mut(&stream) {
            Some(open) => open,
            None => self.others.entry(stream).or_default(),
        };
        if !is_interim && !std::mem::replace(&mut open.has_response, true) {
            tell(Told::Response { stream, head, at });
        }
    }

    /// The oldest stream that is no WebSocket gives way.
    fn make_room(&mut self, at: At, tell: &mut impl FnMut(Told<'_>)) {
        if self.sockets.len() + self.others.len() >= limits::HTTP2_STREAMS
            && let Some((stream, _)) = self.others.pop_first().or_else(|| self.sockets.pop_first())
        {
            tell(Told::GaveWay { stream, at });
        }
    }

    fn stream(&self, stream: u32) -> Option<&Stream> {
        self.sockets.get(&stream).or_else(|| self.others.get(&stream))
    }

    fn end(&mut self, stream: u32, side: Side, reset: Option<u32>, at: At, tell: &mut impl FnMut(Told<'_>)) {
        let streams = if self.sockets.contains_key(&stream) { &mut self.sockets } else { &mut self.others };
        let Some(open) = streams.get_mut(&stream) else { return };
        if open.is_websocket || !open.is_known {
            tell(Told::Ended { stream, side, reset, at });
        }
        *open.ended.get_mut(side) = true;
        if reset.is_some() || open.ended.a && open.ended.b {
            streams.remove(&stream);
        }
    }
}

/// The part of a HEADERS or PUSH_PROMISE frame that is header block (RFC 9113 sections 6.2 and 6.6).
fn block_of(header: Header, payload: &[u8]) -> Option<&[u8]> {
    let (pad, rest) = match header.has(flag::PADDED) {
        true => payload.split_first().map(|(pad, rest)| (usize::from(*pad), rest))?,
        false => (0, payload),
    };
    let before = match header.kind {
        kind::PUSH_PROMISE => 4,
        _ if header.has(flag::PRIORITY) => 5,
        _ => 0,
    };
    let end = rest.len().checked_sub(pad)?;
    rest.get(before..end)
}

/// Whether bytes that a server says first are those of HTTP/2: SETTINGS, without a word of the client (RFC 9113 sections 3.4
/// and 6.5): entries of six bytes, few of them, on stream 0, and no answer to others.
#[must_use]
pub fn is_settings(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 0, len, kind::SETTINGS, 0, 0, 0, 0, 0, ..] if len.is_multiple_of(6))
}

crate::base::pack::pack_struct!(Connection { client, halves, sockets, others, facts, is_late, preface });
crate::base::pack::pack_struct!(Half { frames, decoder, block, is_readable });
crate::base::pack::pack_struct!(Block { about, bytes });
crate::base::pack::pack_struct!(About { stream, ends_stream, is_promise });
crate::base::pack::pack_struct!(Stream { is_websocket, is_known, has_response, ended });
crate::base::pack::pack_struct!(Facts { connect_protocol, requests, websockets, grpc, is_partial });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Chunk;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&len[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }

    /// An extended CONNECT (RFC 8441 section 5.1), as literals without indexing.
    fn request() -> Vec<u8> {
        let field = |name: &str, value: &str| {
            let len = |text: &str| u8::try_from(text.len()).unwrap();
            [&[0, len(name)], name.as_bytes(), &[len(value)], value.as_bytes()].concat()
        };
        [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "https"),
            (":path", "/chat"),
            (":authority", "h"),
        ]
        .iter()
        .flat_map(|(name, value)| field(name, value))
        .collect()
    }

    #[derive(Debug, Default)]
    struct Heard(Vec<String>);

    impl Heard {
        fn hear(&mut self, told: Told<'_>) {
            self.0.push(match told {
                Told::Request { stream, head, .. } => format!("request {stream} ws {}", head.is_websocket()),
                Told::Response { stream, head, .. } => format!("response {stream} {:?}", head.status()),
                Told::Data { stream, side, part: Part::Bytes(chunk) } => {
                    format!("data {stream} {side:?} {}", String::from_utf8_lossy(chunk.bytes))
                }
                Told::Data { stream, part, .. } => format!("gap {stream} {}", part.len()),
                Told::Ended { stream, side, reset, .. } => format!("end {stream} {side:?} {reset:?}"),
                Told::GaveWay { stream, .. } => format!("gave way {stream}"),
                Told::GoAway { last, code, .. } => format!("goaway {last} {code}"),
                Told::Fault { fault, .. } => format!("{fault:?}"),
            });
        }
    }

    fn push(connection: &mut Connection, heard: &mut Heard, side: Side, bytes: &[u8]) {
        connection.push(side, Part::Bytes(Chunk::made(bytes, At::default())), |told| heard.hear(told));
    }

    #[test]
    fn a_websocket_beside_a_request() {
        let (mut connection, mut heard) = (Connection::new(Side::A), Heard::default());
        push(&mut connection, &mut heard, Side::B, &frame(kind::SETTINGS, 0, 0, &[0, 8, 0, 0, 0, 1]));
        let block = request();
        let (first, second) = block.split_at(20);
        let client = [
            PREFACE.to_vec(),
            frame(kind::SETTINGS, 0, 0, &[]),
            frame(kind::HEADERS, flag::END_HEADERS | flag::END_STREAM, 1, &[0x82, 0x84]),
            frame(kind::HEADERS, 0, 3, first),
            frame(kind::CONTINUATION, flag::END_HEADERS, 3, second),
            frame(kind::DATA, 0, 3, b"up"),
        ]
        .concat();
        client.chunks(7).for_each(|chunk| push(&mut connection, &mut heard, Side::A, chunk));
        let server = [
            frame(kind::HEADERS, flag::END_HEADERS, 1, &[0x88]),
            frame(kind::DATA, flag::END_STREAM, 1, b"page"),
            frame(kind::HEADERS, flag::END_HEADERS | flag::PADDED | flag::PRIORITY, 3, &[1, 0, 0, 0, 0, 0, 0x88, 9]),
            frame(kind::DATA, 0, 3, b"down"),
            frame(kind::RST_STREAM, 0, 3, &[0, 0, 0, 8]),
            frame(kind::GOAWAY, 0, 0, &[0, 0, 0, 3, 0, 0, 0, 0]),
        ]
        .concat();
        push(&mut connection, &mut heard, Side::B, &server);
        let data: String = heard.0.iter().filter_map(|line| line.strip_prefix("data 3 A ")).collect();
        heard.0.retain(|line| !line.starts_with("data 3 A"));
        assert_eq!(data, "up");
        assert_eq!(
            heard.0,
            [
                "request 1 ws false",
                "request 3 ws true",
                "response 1 Some(200)",
                "response 3 Some(200)",
                "data 3 B down",
                "end 3 B Some(8)",
                "goaway 3 0"
            ]
        );
        let facts = connection.facts();
        assert_eq!((facts.connect_protocol, facts.requests, facts.websockets), (true, 2, 1));
        assert!(connection.sockets.is_empty() && connection.others.is_empty());
    }

    #[test]
    fn the_oldest_streams_give_way_whoever_opens_them() {
        let mut connection = Connection::new(Side::A);
        let mut heard = Heard::default();
        push(&mut connection, &mut heard, Side::A, PREFACE);
        let streams = u32::try_from(limits::HTTP2_STREAMS).unwrap();
        // Answers alone, whose requests nobody saw.
        for stream in 0..2 * streams {
            push(
                &mut connection,
                &mut heard,
                Side::B,
                &frame(kind::HEADERS, flag::END_HEADERS, 2 * stream + 1, &[0x88]),
            );
        }
        assert_eq!(connection.others.len(), limits::HTTP2_STREAMS);
        heard.0.clear();
        for stream in 2 * streams..3 * streams + 2 {
            let request = frame(kind::HEADERS, flag::END_HEADERS, 2 * stream + 1, &request());
            push(&mut connection, &mut heard, Side::A, &request);
        }
        assert_eq!((connection.sockets.len(), connection.others.len()), (limits::HTTP2_STREAMS, 0));
        let first = 4 * streams + 1;
        let gone: Vec<&String> = heard.0.iter().filter(|line| line.starts_with("gave way")).collect();
        // All that were no WebSockets, and then those.
        assert_eq!(gone.len(), limits::HTTP2_STREAMS + 2);
        let last = [format!("gave way {first}"), format!("gave way {}", first + 2)];
        assert_eq!(gone[limits::HTTP2_STREAMS..], last.iter().collect::<Vec<_>>());
    }

    #[test]
    fn joined_late_data_of_unknown_streams_are_told() {
        let (mut connection, mut heard) = (Connection::joined(Side::A), Heard::default());
        let bytes = [frame(kind::DATA, 0, 7, b"what"), frame(kind::DATA, 0, 7, b"ever")].concat();
        push(&mut connection, &mut heard, Side::B, &bytes);
        assert_eq!(heard.0, ["data 7 B what", "data 7 B ever"]);
    }

    #[test]
    fn a_broken_block_ends_heads_and_not_data() {
        let (mut connection, mut heard) = (Connection::new(Side::A), Heard::default());
        let client = [
            PREFACE.to_vec(),
            frame(kind::HEADERS, flag::END_HEADERS, 1, &request()),
            frame(kind::HEADERS, flag::END_HEADERS, 3, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            frame(kind::DATA, 0, 1, b"on"),
        ]
        .concat();
        push(&mut connection, &mut heard, Side::A, &client);
        assert_eq!(heard.0, ["request 1 ws true", "Number", "request 3 ws false", "data 1 A on"]);
    }

    #[test]
    fn settings_of_a_server_are_recognised() {
        assert!(is_settings(&frame(kind::SETTINGS, 0, 0, &[0; 18])));
        assert!(!is_settings(&frame(kind::SETTINGS, 1, 0, &[])));
        assert!(!is_settings(b"\x81\x05Hello...."));
    }
}
