//! Bytes that a stranger can send, in every place of a capture where they are looked at more than once.
#![allow(dead_code, reason = "each user takes a part")]

use sockeye::base::{LinkType, Packet, Timestamp};
use sockeye::dissect::{Dissector, Options, Sink, Told, Wants};

/// Where the bytes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Alone, on a connection whose start is seen.
    Alone,
    /// Alone, on a connection that was joined.
    Joined,
    /// On a connection that was joined, from either side in turn.
    Both,
    /// In the first line of a request that does not end.
    Line,
    /// In the fields of a request that does not end.
    Fields,
    /// In the fields of a response that does not end, behind a gap.
    Torn,
    /// In the body of a response.
    Body,
    /// In the body of a chunked response.
    Chunked,
    /// Behind an upgrade that is not answered.
    Unanswered,
    /// In a WebSocket, as its server's frames.
    Frames,
    /// The same, masked with zeros by its client.
    Masked,
    /// In a WebSocket that compresses, as its server's frames.
    Compressed,
    /// In a WebSocket behind a gap, from its server.
    Gap,
    /// The same, from its client.
    ClientGap,
    /// In a WebSocket of draft-hybi-05, behind a gap.
    EarlyGap,
    /// In a WebSocket of draft-hixie-76.
    Hixie,
}

impl Place {
    pub const ALL: [Place; 16] = [
        Place::Alone,
        Place::Joined,
        Place::Both,
        Place::Line,
        Place::Fields,
        Place::Torn,
        Place::Body,
        Place::Chunked,
        Place::Unanswered,
        Place::Frames,
        Place::Masked,
        Place::Compressed,
        Place::Gap,
        Place::ClientGap,
        Place::EarlyGap,
        Place::Hixie,
    ];
}

/// An input: a pattern over and over, on one connection after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub place: Place,
    pub pattern: Vec<u8>,
    /// Bytes of the pattern on each connection.
    pub length: usize,
    /// Bytes of a segment.
    pub segment: usize,
}

/// What was found to cost most, a byte.
pub const FOUND: [(Place, &[u8], usize, usize); 22] = [
    (Place::Fields, b"A", 40_000, 1200),
    (Place::Fields, b"\0", 40_000, 1200),
    (Place::Fields, b"\x01\x01", 40_000, 1200),
    (Place::Fields, b"\x81\0", 40_000, 1200),
    (Place::Line, b"A", 40_000, 1448),
    (Place::Alone, b"A", 16_000, 1448),
    (Place::Alone, b"\0", 16_000, 1448),
    (Place::Joined, b"\x81\x81", 180_000, 1448),
    (Place::Joined, b"\x82", 180_000, 1448),
    (Place::Both, b"\x82\x01\0", 180_000, 1448),
    (Place::Joined, b"\xc1\x01", 180_000, 1448),
    (Place::Gap, b"\0", 2_000_000, 1448),
    (Place::Gap, b"\x81\0", 2_000_000, 1448),
    (Place::Gap, b"\x01\x01", 2_000_000, 1448),
    (Place::Gap, b"\x82\x01\0", 2_000_000, 1448),
    (Place::Gap, b"\xc1\x01", 2_000_000, 1448),
    (Place::ClientGap, b"\x82", 2_000_000, 1448),
    (Place::EarlyGap, b"\0", 2_000_000, 1448),
    // Frames as short as can be, without a fault and with one each.
    (Place::Frames, b"\x82\0", 180_000, 1448),
    (Place::Frames, b"\x83\x01\0", 180_000, 1448),
    (Place::Frames, b"\xc2\x02\0\0", 180_000, 1448),
    (Place::Masked, b"\x82\x80\0\0\0\0", 180_000, 1448),
];

/// One of them.
pub fn found(index: usize) -> Input {
    let (place, pattern, length, segment) = FOUND[index];
    Input { place, pattern: pattern.to_vec(), length, segment }
}

/// A capture in memory.
#[derive(Default)]
pub struct Made {
    pub packets: Vec<Vec<u8>>,
    port: u16,
    /// Next sequence number of client and server.
    next: [u32; 2],
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const ACK: u8 = 16;

impl Made {
    /// About `bytes` bytes of captured packets.
    pub fn of(input: &Input, bytes: usize) -> Made {
        let mut made = Made { port: 1024, ..Made::default() };
        while made.bytes() < bytes {
            made.connection(input);
        }
        made
    }

    pub fn bytes(&self) -> usize {
        self.packets.iter().map(Vec::len).sum()
    }

    /// Reads it; gives the number of frames.
    pub fn dissect(&self) -> u64 {
        struct Count(u64);
        impl Sink for Count {
            fn wants(&self) -> Wants {
                Wants { message_payload: true, ..Wants::NOTHING }
            }
            fn tell(&mut self, told: &Told<'_>) {
                self.0 += u64::from(matches!(told, Told::Frame(..)));
            }
            fn is_done(&self) -> bool {
                false
            }
        }
        let mut count = Count(0);
        let mut dissector = Dissector::new(Options::default());
        for (number, data) in (1..).zip(&self.packets) {
            let wire_len = data.len() as u32;
            let time = Timestamp(1_700_000_000_000_000_000 + i64::try_from(number).unwrap());
            let (link, interface, position, comment) = (LinkType::RAW, 0, 0, None);
            let packet = Packet { number, time, link, data, wire_len, interface, position, comment };
            dissector.push(&packet, &mut count);
        }
        dissector.finish(&mut count);
        count.0
    }

    fn packet(&mut self, from: usize, flags: u8, payload: &[u8]) {
        let mut data = vec![0x45, 0];
        data.extend((40 + payload.len() as u16).to_be_bytes());
        data.extend([0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1 + from as u8, 10, 0, 0, 2 - from as u8]);
        let ports = if from == 0 { [self.port, 80] } else { [80, self.port] };
        ports.iter().for_each(|port| data.extend(port.to_be_bytes()));
        data.extend(self.next[from].to_be_bytes());
        data.extend(self.next[1 - from].to_be_bytes());
        data.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        data.extend(payload);
        self.packets.push(data);
        self.next[from] = self.next[from].wrapping_add(payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0));
    }

    fn say(&mut self, from: usize, text: &str) {
        self.packet(from, ACK, text.as_bytes());
    }

    fn lose(&mut self, from: usize, bytes: u32) {
        self.next[from] = self.next[from].wrapping_add(bytes);
    }

    fn upgrade(&mut self, more: &str) {
        self.say(
            0,
            &format!("GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"),
        );
    }

    fn accept(&mut self, more: &str) {
        self.say(
            1,
            &format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{more}\r\n"),
        );
    }

    fn connection(&mut self, input: &Input) {
        self.port = self.port.wrapping_add(1).max(1024);
        self.next = [1, 1];
        if !matches!(input.place, Place::Joined | Place::Both) {
            self.packet(0, SYN, &[]);
            self.packet(1, SYN | ACK, &[]);
        }
        const V13: &str = "Sec-WebSocket-Version: 13\r\n";
        const DEFLATE: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
        let from = match input.place {
            Place::Alone | Place::Joined | Place::Both => 0,
            Place::Line => {
                self.say(0, "GET /");
                0
            }
            Place::Fields => {
                self.say(0, "GET / HTTP/1.1\r\nX: ");
                0
            }
            Place::Torn => {
                self.say(0, "GET / HTTP/1.1\r\n\r\n");
                self.say(1, "HTTP/1.1 200 OK\r\n");
                self.lose(1, 100);
                1
            }
            Place::Body => {
                self.say(0, "GET / HTTP/1.1\r\n\r\n");
                self.say(1, "HTTP/1.1 200 OK\r\n\r\n");
                1
            }
            Place::Chunked => {
                self.say(0, "GET / HTTP/1.1\r\n\r\n");
                self.say(1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                1
            }
            Place::Unanswered => {
                self.upgrade(V13);
                0
            }
            Place::Frames | Place::Masked | Place::Gap | Place::ClientGap => {
                self.upgrade(V13);
                self.accept("");
                usize::from(matches!(input.place, Place::Frames | Place::Gap))
            }
            Place::Compressed => {
                self.upgrade(&[V13, DEFLATE].concat());
                self.accept(DEFLATE);
                1
            }
            Place::EarlyGap => {
                self.upgrade("Sec-WebSocket-Version: 5\r\n");
                self.accept("");
                1
            }
            Place::Hixie => {
                self.say(0, "GET / HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\n^n:ds[4U");
                self.say(1, "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Origin: http://example.com\r\nSec-WebSocket-Location: ws://example.com/\r\n\r\n8jKS'y:G*Co,Wxa-");
                1
            }
        };
        if matches!(input.place, Place::Gap | Place::ClientGap | Place::EarlyGap) {
            self.lose(from, 5000);
        }
        let bytes: Vec<u8> = input.pattern.iter().copied().cycle().take(input.length).collect();
        for (n, segment) in bytes.chunks(input.segment.max(1)).enumerate() {
            let from = if input.place == Place::Both { n % 2 } else { from };
            self.packet(from, ACK, segment);
            if n % 4 == 3 {
                self.packet(1 - from, ACK, &[]);
            }
        }
        self.packet(1 - from, ACK, &[]);
        self.packet(from, FIN | ACK, &[]);
        self.packet(1 - from, FIN | ACK, &[]);
    }
}
