//! How an input spells the packets of two TCP connections.
//!
//! Input: settings, then operations. Settings: bit 0: the connections begin with a handshake; bit 1: it agrees on
//! permessage-deflate; bit 2: without context takeover; bit 3: the handshake's response is cut behind its first line;
//! bits 5 and 6: what the user says of the port (2: WebSocket; 3: nothing). An operation is `op, length high, length low`
//! and, for those with bytes, as many. Bit 0 of `op`: the side that sends (0: the client); bit 1: the connection; bits 2
//! to 4, what is sent:
//!
//! - 0, 1: a segment of those bytes;
//! - 2: a frame: the first byte is that of its header, the others its payload, which is masked if a client sends it;
//! - 3: a segment as in 0, which comes behind the next one of its side;
//! - 4: a gap of `length` bytes;
//! - 5: the last segment again; with bit 5, with other bytes;
//! - 6: a segment as in 0, of which the snap length leaves half;
//! - 7: by `length`: FIN, RST, an acknowledgement, or a wait.

use sockeye::base::{Direction, LinkType, Packet, Timestamp};
use sockeye::capture::write::Writer;
use sockeye::dissect::DecodeAs;

/// The port of both servers.
pub const PORT: u16 = 9001;

/// Longest payload of one packet.
const LONGEST: usize = 9000;

/// What an input spells.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Packets one after another, as they lie in a capture without headers.
    pub store: Vec<u8>,
    pub packets: Vec<Place>,
    /// Bytes of each side of each connection after its handshake.
    pub streams: [[Vec<u8>; 2]; 2],
    /// Every byte was sent once or twice alike, and captured.
    pub clean: bool,
    pub handshake: bool,
    pub decode_as: Option<DecodeAs>,
}

/// One packet in the store.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    start: usize,
    len: usize,
    cut: usize,
    time: i64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Side {
    sequence: u32,
}

struct Maker {
    traffic: Traffic,
    sides: [[Side; 2]; 2],
    last: [[Vec<u8>; 2]; 2],
    swapped: [[Option<Place>; 2]; 2],
    time: i64,
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// Reads an input.
pub fn traffic(input: &[u8]) -> Traffic {
    let (settings, mut rest) = match input.split_first() {
        Some((settings, rest)) => (*settings, rest),
        None => (0, input),
    };
    let mut maker = Maker {
        traffic: Traffic { clean: true, handshake: settings & 1 != 0, ..Traffic::default() },
        sides: Default::default(),
        last: Default::default(),
        swapped: Default::default(),
        time: 1_700_000_000_000_000_000,
    };
    maker.traffic.decode_as = match settings >> 5 & 3 {
        2 => Some(DecodeAs::WebSocket),
        3 => Some(DecodeAs::Nothing),
        _ => None,
    };
    if settings & 1 != 0 {
        maker.handshake(settings, 0);
        maker.handshake(settings, 1);
    }
    while let Some(([op, high, low], after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let wants_bytes = matches!(op >> 2 & 7, 0..=3 | 6);
        let (bytes, after) = after.split_at(if wants_bytes { length.min(after.len()).min(LONGEST) } else { 0 });
        rest = after;
        maker.operation(*op, length, bytes);
    }
    maker.release();
    maker.traffic
}

impl Traffic {
    /// The packets, as a dissector gets them.
    pub fn packets(&self) -> impl Iterator<Item = Packet<'_>> {
        (1..).zip(&self.packets).map(|(number, place)| Packet {
            number,
            time: Timestamp(place.time),
            link: LinkType::RAW,
            data: &self.store[place.start..place.start + place.len],
            wire_len: (place.len + place.cut) as u32,
            interface: 0,
            position: place.start as u64,
            comment: None,
        })
    }

    /// The same as a capture.
    pub fn capture(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut writer = Writer::new(&mut file, "fuzz").unwrap();
        writer.interface(LinkType::RAW, 0, None).unwrap();
        for packet in self.packets() {
            writer.packet(0, packet.time, packet.wire_len, packet.data, None).unwrap();
        }
        drop(writer);
        file
    }
}

impl Maker {
    fn handshake(&mut self, settings: u8, of: usize) {
        for (side, flags) in [(0, SYN), (1, SYN | ACK)] {
            self.sides[of][side].sequence = 1000 + 100_000 * side as u32;
            self.segment(of, side, flags, &[], 0);
            self.sides[of][side].sequence += 1;
        }
        let (offer, answer) = match settings >> 1 & 3 {
            1 => ("Sec-WebSocket-Extensions: permessage-deflate\r\n", "permessage-deflate"),
            3 => (
                "Sec-WebSocket-Extensions: permessage-deflate\r\n",
                "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
            ),
            _ => ("", ""),
        };
        let answer = if answer.is_empty() { String::new() } else { format!("Sec-WebSocket-Extensions: {answer}\r\n") };
        let request = format!(
            "GET /f HTTP/1.1\r\nHost: f\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{offer}\r\n"
        );
        let response = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{answer}\r\n"
        );
        self.sent(of, 0, request.as_bytes());
        let (first, rest) = response.as_bytes().split_at(if settings & 8 != 0 { 34 } else { 0 });
        for piece in [first, rest] {
            self.sent(of, 1, piece);
        }
        self.last = Default::default();
    }

    fn operation(&mut self, op: u8, length: usize, bytes: &[u8]) {
        let (side, of) = (usize::from(op & 1), usize::from(op >> 1 & 1));
        self.time += 1_000_000;
        match op >> 2 & 7 {
            0 | 1 => self.data(of, side, bytes),
            2 => {
                let frame = frame(bytes, side == 0, op);
                self.data(of, side, &frame);
            }
            3 => {
                self.data(of, side, bytes);
                if self.swapped[of][side].is_none() {
                    self.swapped[of][side] = self.traffic.packets.pop();
                    return;
                }
            }
            4 => {
                let sequence = &mut self.sides[of][side].sequence;
                *sequence = sequence.wrapping_add(length as u32);
                self.traffic.clean &= length == 0;
            }
            5 => {
                let mut again = self.last[of][side].clone();
                if op & 0x20 != 0 {
                    self.traffic.clean &= again.is_empty();
                    again.iter_mut().for_each(|byte| *byte ^= 0x55);
                }
                let sequence = self.sides[of][side].sequence;
                self.sides[of][side].sequence = sequence.wrapping_sub(again.len() as u32);
                self.segment(of, side, ACK, &again, 0);
                self.sides[of][side].sequence = sequence;
            }
            6 => {
                self.traffic.clean &= bytes.len() < 2;
                self.segment(of, side, ACK, bytes, bytes.len() / 2);
                self.advance(of, side, bytes);
            }
            _ => match length % 4 {
                0 => self.time += length as i64 * 1_000_000,
                1 => self.segment(of, side, ACK, &[], 0),
                end => {
                    // What comes after it is of no connection, or of another.
                    self.traffic.clean = false;
                    self.segment(of, side, if end == 2 { FIN | ACK } else { RST }, &[], 0);
                }
            },
        }
        if let Some(swapped) = self.swapped[of][side].take() {
            self.traffic.packets.push(swapped);
        }
    }

    fn data(&mut self, of: usize, side: usize, bytes: &[u8]) {
        self.segment(of, side, ACK, bytes, 0);
        self.advance(of, side, bytes);
    }

    fn advance(&mut self, of: usize, side: usize, bytes: &[u8]) {
        self.traffic.streams[of][side].extend_from_slice(bytes);
        self.last[of][side] = bytes.to_vec();
        let sequence = &mut self.sides[of][side].sequence;
        *sequence = sequence.wrapping_add(bytes.len() as u32);
    }

    /// Of the handshake.
    fn sent(&mut self, of: usize, side: usize, bytes: &[u8]) {
        self.segment(of, side, ACK, bytes, 0);
        let sequence = &mut self.sides[of][side].sequence;
        *sequence = sequence.wrapping_add(bytes.len() as u32);
    }

    fn release(&mut self) {
        for swapped in self.swapped.iter_mut().flatten() {
            self.traffic.packets.extend(swapped.take());
        }
    }

    /// A packet: IPv4 and TCP without options (RFC 791, RFC 9293). Checksums stay zero, as offloading leaves them.
    fn segment(&mut self, of: usize, side: usize, flags: u8, payload: &[u8], cut: usize) {
        let start = self.traffic.store.len();
        let len = 40 + payload.len();
        let store = &mut self.traffic.store;
        store.extend([0x45, 0]);
        store.extend((len as u16).to_be_bytes());
        store.extend([0, 0, 0, 0, 64, 6, 0, 0]);
        let ports = [40_000 + of as u16, PORT];
        for end in [side, 1 - side] {
            store.extend([10, 0, 0, 1 + end as u8]);
        }
        for end in [side, 1 - side] {
            store.extend(ports[end].to_be_bytes());
        }
        store.extend(self.sides[of][side].sequence.to_be_bytes());
        store.extend(self.sides[of][1 - side].sequence.to_be_bytes());
        store.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        store.extend(payload);
        store.truncate(start + len - cut);
        self.traffic.packets.push(Place { start, len: len - cut, cut, time: self.time });
    }
}

/// A frame out of its first byte and its payload (RFC 6455 section 5.2).
fn frame(bytes: &[u8], masked: bool, key: u8) -> Vec<u8> {
    let (first, payload) = bytes.split_first().unwrap_or((&0x81, &[]));
    let mut frame = vec![*first];
    let mask = if masked { 0x80 } else { 0 };
    match payload.len() {
        len @ 0..126 => frame.push(mask | len as u8),
        len => {
            frame.push(mask | 126);
            frame.extend((len as u16).to_be_bytes());
        }
    }
    if masked {
        let key = [key, 0x37, payload.len() as u8, 0x91];
        frame.extend(key);
        frame.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    } else {
        frame.extend(payload);
    }
    frame
}

/// Which side a direction is in [`Traffic::streams`].
pub fn side(direction: Direction) -> usize {
    match direction {
        Direction::Client => 0,
        Direction::Server => 1,
    }
}
