//! Captures by hand for tests: TCP segments with sequence numbers as they should be, WebSocket frames byte by byte.
//! Nothing of the library makes these bytes.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeMap;

use sockeye::base::{Code, Direction, LinkType, Note, Packet, Secrets, Timestamp};
use sockeye::dissect::{Dissector, Options, Sink, Socket, Told, Wants};

/// The handshake of RFC 6455 section 1.2.
pub const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";
pub const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// `head` with a header line put before its blank line.
pub fn with(head: &str, line: &str) -> String {
    format!("{}{line}\r\n\r\n", head.strip_suffix("\r\n").unwrap())
}

/// `head` without the lines that start with `name`.
pub fn without(head: &str, name: &str) -> String {
    head.split_inclusive("\r\n").filter(|line| !line.starts_with(name)).collect()
}

/// A frame: its first byte, its key, its payload; the length in the fewest bytes.
pub fn frame(first: u8, key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    let mask = if key.is_some() { 0x80 } else { 0 };
    match payload.len() {
        len @ 0..126 => out.push(mask | len as u8),
        len @ 126..65_536 => {
            out.push(mask | 126);
            out.extend((len as u16).to_be_bytes());
        }
        len => {
            out.push(mask | 127);
            out.extend((len as u64).to_be_bytes());
        }
    }
    out.extend(key.iter().flatten());
    let octet = |i: usize| key.map_or(0, |key| key[i % 4]);
    out.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ octet(i)));
    out
}

/// A client's frame, with a key that no other frame has.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(1);
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    let key = n.wrapping_mul(0x9e37_79b9).rotate_left(n % 31) ^ n.wrapping_mul(n).wrapping_mul(0x85eb_ca6b);
    frame(first, Some(key.to_be_bytes()), payload)
}

/// A server's frame.
pub fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, None, payload)
}

#[derive(Debug, Clone)]
struct Raw {
    data: Vec<u8>,
    wire_len: u32,
    /// Milliseconds that pass before it, besides the one.
    pause: u32,
}

/// One TCP connection, packet by packet (IPv4, no link layer).
#[derive(Debug, Clone, Default)]
pub struct Wire {
    packets: Vec<Raw>,
    /// Bytes sent by the client and the server.
    sent: [u32; 2],
    loopback: bool,
    /// Milliseconds that pass before the next packet.
    pause: u32,
    /// The key log of its TLS.
    keys: Vec<u8>,
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// Who sends; indexes what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Client = 0,
    Server = 1,
}

impl Wire {
    /// A connection that its SYN opens.
    pub fn new() -> Wire {
        let mut wire = Wire::default();
        wire.segment(By::Client, u32::MAX, None, SYN, &[], None);
        wire.segment(By::Server, u32::MAX, Some(0), SYN | ACK, &[], None);
        wire
    }

    /// A connection without its beginning.
    pub fn joined() -> Wire {
        Wire::default()
    }

    /// The packets of a capture on Ethernet, with the key log beside it.
    pub fn recorded(name: &str) -> Wire {
        let path = |ending: &str| format!("{}/tests/data/tls/{name}.{ending}", env!("CARGO_MANIFEST_DIR"));
        let file = path("pcap");
        let options = sockeye::capture::Options::default();
        let mut source = sockeye::capture::open(std::path::Path::new(&file), &options).unwrap();
        let mut wire = Wire { keys: std::fs::read(path("keys")).unwrap(), ..Wire::default() };
        while let Some(packet) = source.next_packet().unwrap() {
            wire.packets.push(Raw { data: packet.data[14..].to_vec(), wire_len: packet.wire_len - 14, pause: 0 });
        }
        wire
    }

    /// Of its key log only the lines that begin so.
    pub fn with_keys(mut self, beginning: &str) -> Wire {
        let text = String::from_utf8(std::mem::take(&mut self.keys)).unwrap();
        let lines = text.lines().filter(|line| line.starts_with(beginning));
        self.keys = lines.map(|line| format!("{line}\n")).collect::<String>().into_bytes();
        self
    }

    /// A WebSocket, opened as RFC 6455 section 1.2 does it.
    pub fn websocket() -> Wire {
        Wire::upgraded(REQUEST, RESPONSE)
    }

    /// A connection with these heads.
    pub fn upgraded(request: impl AsRef<[u8]>, response: impl AsRef<[u8]>) -> Wire {
        Wire::new().client(request).server(response)
    }

    /// With permessage-deflate: what the client offers and the server takes after its name.
    pub fn deflate(offer: &str, answer: &str) -> Wire {
        let line = |parameters: &str| format!("Sec-WebSocket-Extensions: permessage-deflate{parameters}");
        Wire::upgraded(with(REQUEST, &line(offer)), with(RESPONSE, &line(answer)))
    }

    /// `offset` counts from the first byte after the SYN; so does `acknowledged`, in the other direction.
    pub fn segment(
        &mut self,
        by: By,
        offset: u32,
        acknowledged: Option<u32>,
        flags: u8,
        payload: &[u8],
        kept: Option<usize>,
    ) {
        const FIRST: [u32; 2] = [0xffff_fff0, 7000];
        let ends = [([10, 0, 0, 1], 40_000u16), ([10, 0, 0, 2], 80u16)];
        let (from, to) = (ends[by as usize], ends[1 - by as usize]);
        let mut data = vec![0x45, 0];
        data.extend(u16::try_from(40 + payload.len()).expect("one IP packet").to_be_bytes());
        data.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        let addresses = if self.loopback { [127, 0, 0, 1, 127, 0, 0, 1].to_vec() } else { [from.0, to.0].concat() };
        data.extend(addresses);
        data.extend([from.1.to_be_bytes(), to.1.to_be_bytes()].concat());
        data.extend(FIRST[by as usize].wrapping_add(offset).to_be_bytes());
        let ack = acknowledged.map_or(0, |bytes| FIRST[1 - by as usize].wrapping_add(bytes));
        data.extend(ack.to_be_bytes());
        data.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        data.extend(payload);
        let wire_len = u32::try_from(data.len()).unwrap();
        data.truncate(kept.map_or(data.len(), |kept| 40 + kept));
        self.packets.push(Raw { data, wire_len, pause: std::mem::take(&mut self.pause) });
    }

    /// Sends bytes, in as few segments as they fit, all received before acknowledged.
    pub fn send(mut self, by: By, bytes: impl AsRef<[u8]>) -> Wire {
        for piece in bytes.as_ref().chunks(60_000) {
            let (offset, other) = (self.sent[by as usize], self.sent[1 - by as usize]);
            self.segment(by, offset, Some(other), ACK, piece, None);
            self.sent[by as usize] = offset.wrapping_add(piece.len() as u32);
        }
        self
    }

    pub fn client(self, bytes: impl AsRef<[u8]>) -> Wire {
        self.send(By::Client, bytes)
    }

    pub fn server(self, bytes: impl AsRef<[u8]>) -> Wire {
        self.send(By::Server, bytes)
    }

    /// So many milliseconds pass.
    pub fn pause(mut self, milliseconds: u32) -> Wire {
        self.pause += milliseconds;
        self
    }

    /// Sends bytes that the capture lacks.
    pub fn lose(mut self, by: By, bytes: impl AsRef<[u8]>) -> Wire {
        self.sent[by as usize] += bytes.as_ref().len() as u32;
        self
    }

    /// Sends so many bytes, in segments of which the capture keeps the headers.
    pub fn headers_of(mut self, by: By, bytes: u64) -> Wire {
        let mut left = bytes;
        while left > 0 {
            let len = left.min(60_000) as u32;
            let (offset, other) = (self.sent[by as usize], self.sent[1 - by as usize]);
            self.segment(by, offset, Some(other), ACK, &[], None);
            let packet = self.packets.last_mut().unwrap();
            packet.wire_len += len;
            packet.data[2..4].copy_from_slice(&u16::try_from(packet.wire_len).unwrap().to_be_bytes());
            self.sent[by as usize] = offset.wrapping_add(len);
            left -= u64::from(len);
        }
        self
    }

    /// Both ends have one address, from the first packet on.
    pub fn on_loopback(mut self) -> Wire {
        self.loopback = true;
        for packet in &mut self.packets {
            packet.data[12..20].copy_from_slice(&[127, 0, 0, 1, 127, 0, 0, 1]);
        }
        self
    }

    /// Sends bytes of which the capture keeps the first `kept`.
    pub fn cut(mut self, by: By, bytes: impl AsRef<[u8]>, kept: usize) -> Wire {
        let (offset, other) = (self.sent[by as usize], self.sent[1 - by as usize]);
        self.segment(by, offset, Some(other), ACK, bytes.as_ref(), Some(kept));
        self.sent[by as usize] += bytes.as_ref().len() as u32;
        self
    }

    /// Sends again what ended `back` bytes ago, as these bytes.
    pub fn again(mut self, by: By, back: u32, bytes: &[u8]) -> Wire {
        let offset = self.sent[by as usize] - back - bytes.len() as u32;
        let other = self.sent[1 - by as usize];
        self.segment(by, offset, Some(other), ACK, bytes, None);
        self
    }

    /// All packets so far get the checksums that belong to them; of the last a bit of the payload then changes where `spoilt`.
    pub fn with_checksums(mut self, spoilt: bool) -> Wire {
        for packet in &mut self.packets {
            let len = u32::try_from(packet.data.len() - 20).unwrap();
            packet.data[36..38].fill(0);
            let covered =
                packet.data[12..].chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)));
            let mut sum = covered.sum::<u32>() + 6 + len;
            while sum > 0xffff {
                sum = (sum & 0xffff) + (sum >> 16);
            }
            packet.data[36..38].copy_from_slice(&(!(sum as u16)).to_be_bytes());
        }
        if spoilt && let Some(byte) = self.packets.last_mut().and_then(|packet| packet.data.last_mut()) {
            *byte ^= 0x20;
        }
        self
    }

    /// Both sides close, the client first, and TCP after them.
    pub fn closed(self) -> Wire {
        self.client(masked(0x88, b"\x03\xe8")).server(plain(0x88, b"\x03\xe8")).fin()
    }

    /// TCP ends in both directions.
    pub fn fin(mut self) -> Wire {
        for by in [By::Server, By::Client] {
            let (offset, other) = (self.sent[by as usize], self.sent[1 - by as usize]);
            self.segment(by, offset, Some(other), FIN | ACK, &[], None);
        }
        self
    }

    /// One side resets the connection, `ahead` bytes behind what it has sent here.
    pub fn reset(mut self, by: By, ahead: u32) -> Wire {
        let (offset, other) = (self.sent[by as usize], self.sent[1 - by as usize]);
        self.segment(by, offset.wrapping_add(ahead), Some(other), RST | ACK, &[], None);
        self
    }

    /// Only the packets of one side.
    pub fn only(mut self, by: By) -> Wire {
        let port = if by == By::Client { 40_000u16 } else { 80 };
        self.packets.retain(|packet| packet.data[20..22] == port.to_be_bytes());
        self
    }

    /// Puts the packets into another order, or leaves some out.
    pub fn arranged(mut self, arrange: impl FnOnce(&mut Vec<Vec<u8>>)) -> Wire {
        let mut all: Vec<Vec<u8>> = self.packets.iter().map(|packet| packet.data.clone()).collect();
        arrange(&mut all);
        self.packets = all.into_iter().map(|data| Raw { wire_len: data.len() as u32, data, pause: 0 }).collect();
        self
    }

    /// The packets as a pcap file (link type IPv4, microseconds, a millisecond apart).
    pub fn pcap(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 262_144, 228] {
            out.extend(word.to_le_bytes());
        }
        let mut paused = 0;
        for (number, packet) in (0u32..).zip(&self.packets) {
            let kept = packet.data.len() as u32;
            paused += packet.pause;
            let time = number + paused;
            for word in [1_700_000_000 + time / 1000, time % 1000 * 1000, kept, packet.wire_len] {
                out.extend(word.to_le_bytes());
            }
            out.extend(&packet.data);
        }
        out
    }

    /// As [`Wire::dissect`], by way of a file.
    pub fn dissect_file(&self) -> Found {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), self.pcap()).unwrap();
        let mut source = sockeye::capture::open(file.path(), &sockeye::capture::Options::default()).unwrap();
        let mut found = Found::default();
        let mut dissector = Dissector::new(Options::default());
        while let Some(packet) = source.next_packet().unwrap() {
            dissector.push(&packet, &mut found);
        }
        dissector.finish(&mut found);
        found
    }

    pub fn dissect(&self) -> Found {
        let options = Options::default();
        options.secrets.add(Secrets { kind: Secrets::TLS_KEY_LOG, bytes: self.keys.clone(), after: 0 });
        self.dissect_with(options)
    }

    pub fn dissect_with(&self, options: Options) -> Found {
        let mut found = Found::default();
        let mut dissector = Dissector::new(options);
        let mut paused = 0;
        for (number, packet) in (1..).zip(&self.packets) {
            paused += i64::from(packet.pause);
            let packet = Packet {
                number,
                time: Timestamp(1_700_000_000_000_000_000 + (i64::try_from(number).unwrap() + paused) * 1_000_000),
                link: LinkType::IPV4,
                data: &packet.data,
                wire_len: packet.wire_len,
                interface: 0,
                position: 0,
                comment: None,
            };
            dissector.push(&packet, &mut found);
        }
        dissector.finish(&mut found);
        found
    }
}

/// A frame as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFrame {
    pub by: Direction,
    pub offset: u64,
    pub fin: bool,
    pub rsv: u8,
    pub opcode: u8,
    pub length: u64,
    pub captured: u64,
    pub ended: bool,
    pub payload: Vec<u8>,
    pub message_opcode: Option<u8>,
    pub codes: Vec<Code>,
}

/// A message as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMessage {
    pub by: Direction,
    pub offset: u64,
    pub opcode: u8,
    pub compressed: bool,
    pub length: u64,
    pub complete: bool,
    pub ended: bool,
    pub frames: u64,
    pub payload: Vec<u8>,
    pub holes: Vec<(u64, u64)>,
    pub codes: Vec<Code>,
}

/// All that was told.
#[derive(Debug, Default)]
pub struct Found {
    pub frames: Vec<FoundFrame>,
    pub messages: Vec<FoundMessage>,
    pub connections: Vec<Socket>,
    /// How often each kind of note was told, and the first detail.
    pub notes: BTreeMap<Code, (u64, String)>,
}

impl Found {
    /// The kinds of notes, in the order of the table.
    pub fn codes(&self) -> Vec<Code> {
        self.notes.keys().copied().collect()
    }

    pub fn frames_by(&self, by: Direction) -> impl Iterator<Item = &FoundFrame> {
        self.frames.iter().filter(move |frame| frame.by == by)
    }

    pub fn messages_by(&self, by: Direction) -> impl Iterator<Item = &FoundMessage> {
        self.messages.iter().filter(move |message| message.by == by)
    }
}

fn codes(notes: &[Note]) -> Vec<Code> {
    notes.iter().map(|note| note.code).collect()
}

impl Sink for Found {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, bytes: false, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(_, frame) => {
                self.frames.push(FoundFrame {
                    by: frame.direction,
                    offset: frame.offset,
                    fin: frame.header.fin,
                    rsv: frame.header.rsv,
                    opcode: frame.header.opcode.bits(),
                    length: frame.header.length,
                    captured: frame.captured,
                    ended: frame.ended,
                    payload: frame.payload.to_vec(),
                    message_opcode: frame.message_opcode.map(|opcode| opcode.bits()),
                    codes: codes(frame.notes),
                });
            }
            Told::Message(_, message) => {
                self.messages.push(FoundMessage {
                    by: message.direction,
                    offset: message.offset,
                    opcode: message.opcode.bits(),
                    compressed: message.compressed,
                    length: message.length,
                    complete: message.complete,
                    ended: message.ended,
                    frames: message.frame_count,
                    payload: message.payload.to_vec(),
                    holes: message.holes.iter().map(|hole| (hole.start, hole.len)).collect(),
                    codes: codes(message.notes),
                });
            }
            Told::Note { note, .. } => {
                let entry = self.notes.entry(note.code).or_default();
                entry.0 += 1;
                if entry.0 == 1 {
                    entry.1 = note.detail.as_deref().unwrap_or_default().to_string();
                }
            }
            Told::Closed(connection) => {
                self.connections.push(connection.clone());
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}
