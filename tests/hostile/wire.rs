//! Packets of connections, built by hand, into a dissector.

use std::collections::BTreeSet;

use sockeye::base::{Code, Direction, LinkType, Packet, Timestamp};
use sockeye::dissect::{Dissector, Options, Sink, Told, Wants};

pub const CLIENT: usize = 0;
pub const SERVER: usize = 1;

pub const SYN: u8 = 2;
pub const ACK: u8 = 16;

/// A TCP connection: who has sent how much.
pub struct Flow {
    pub port: u16,
    sequence: [u32; 2],
}

impl Flow {
    /// What the side sends next, it has sent before.
    pub fn back(&mut self, from: usize, bytes: usize) {
        self.sequence[from] = self.sequence[from].wrapping_sub(bytes as u32);
    }

    /// Bytes that the capture lacks.
    pub fn skip(&mut self, from: usize, bytes: usize) {
        self.sequence[from] = self.sequence[from].wrapping_add(bytes as u32);
    }
}

/// A frame as it was told.
pub struct SeenFrame {
    pub port: u16,
    pub from: usize,
    pub first: u8,
    pub length: u64,
    pub captured: u64,
    pub payload: Vec<u8>,
}

/// What was told.
#[derive(Default)]
pub struct Seen {
    pub frames: Vec<SeenFrame>,
    /// Frames told, kept or not.
    pub told: u64,
    pub texts: Vec<String>,
    pub messages: u64,
    /// Length of the longest message.
    pub longest: u64,
    pub codes: BTreeSet<Code>,
    /// Those that are WebSocket.
    pub connections: BTreeSet<u32>,
    ports: Vec<(u32, u16)>,
    /// Where payloads are parts of something: a frame that does not equal the part that starts at its port is a
    /// mistake.
    pub source: Vec<u8>,
    pub mistakes: u64,
    blind: bool,
    forgets: bool,
}

impl Sink for Seen {
    fn wants(&self) -> Wants {
        Wants { frame_payload: !self.blind, message_payload: !self.blind, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Opened(connection) => {
                self.ports.push((connection.id.connection.0, connection.client.port()));
            }
            Told::Frame(place, frame) => {
                self.told += 1;
                let header = &frame.header;
                let port =
                    self.ports.iter().rfind(|(id, _)| *id == place.socket.connection.0).map_or(0, |(_, port)| *port);
                let part = self.source.get(usize::from(port)..).and_then(|rest| rest.get(..frame.payload.len()));
                self.mistakes += u64::from(part != Some(frame.payload) || frame.captured != header.length);
                if self.forgets {
                    return;
                }
                self.frames.push(SeenFrame {
                    port,
                    from: if frame.direction == Direction::Client { CLIENT } else { SERVER },
                    first: u8::from(header.fin) << 7 | header.rsv << 4 | header.opcode.bits(),
                    length: header.length,
                    captured: frame.captured,
                    payload: frame.payload.to_vec(),
                });
            }
            Told::Message(_, message) => {
                self.messages += 1;
                self.longest = self.longest.max(message.length);
                if message.opcode.bits() == 1 && !self.forgets {
                    self.texts.push(String::from_utf8_lossy(message.payload).into_owned());
                }
            }
            Told::Note { note, .. } => {
                self.codes.insert(note.code);
            }
            Told::Closed(connection) => {
                self.connections.insert(connection.id.connection.0);
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// A capture in the making.
pub struct Wire {
    pub dissector: Dissector,
    pub seen: Seen,
    /// Longest payload of a packet.
    pub longest: usize,
    /// First sequence number of each side.
    pub origin: u32,
    /// Payloads are looked at.
    pub shows: bool,
    /// What was told is kept, to be compared.
    pub keeps: bool,
    pub number: u64,
    pub position: u64,
    pub packet: Vec<u8>,
}

impl Default for Wire {
    fn default() -> Wire {
        Wire {
            dissector: Dissector::new(Options::default()),
            seen: Seen::default(),
            longest: 1448,
            origin: 1000,
            shows: true,
            keeps: true,
            number: 0,
            position: 24,
            packet: Vec::new(),
        }
    }
}

impl Wire {
    /// The three packets that open a TCP connection.
    pub fn shake_hands(&mut self, port: u16) -> Flow {
        (self.seen.blind, self.seen.forgets) = (!self.shows, !self.keeps);
        let mut flow = Flow { port, sequence: [self.origin; 2] };
        self.flags(&mut flow, CLIENT, SYN);
        flow.skip(CLIENT, 1);
        self.flags(&mut flow, SERVER, SYN | ACK);
        flow.skip(SERVER, 1);
        self.flags(&mut flow, CLIENT, ACK);
        flow
    }

    /// A WebSocket connection, with these extensions asked for and agreed on.
    pub fn open(&mut self, port: u16, extensions: &str) -> Flow {
        let mut flow = self.shake_hands(port);
        let field = match extensions {
            "" => String::new(),
            extensions => format!("Sec-WebSocket-Extensions: {extensions}\r\n"),
        };
        let request = format!(
            "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{field}\r\n"
        );
        let response = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{field}\r\n"
        );
        self.send(&mut flow, CLIENT, request.as_bytes());
        self.send(&mut flow, SERVER, response.as_bytes());
        flow
    }

    /// Bytes of a side, in as many packets as they need.
    pub fn send(&mut self, flow: &mut Flow, from: usize, bytes: &[u8]) {
        for bytes in bytes.chunks(self.longest) {
            self.segment(flow, from, ACK, bytes);
            flow.skip(from, bytes.len());
        }
    }

    /// A packet without payload.
    pub fn flags(&mut self, flow: &mut Flow, from: usize, flags: u8) {
        self.segment(flow, from, flags, &[]);
    }

    fn segment(&mut self, flow: &Flow, from: usize, flags: u8, payload: &[u8]) {
        let (ports, addresses) = ([flow.port, 80], [[10, 0, 0, 1], [10, 0, 0, 2]]);
        let (to, numbers) = (1 - from, flow.sequence);
        self.push(
            [addresses[from], addresses[to]],
            [ports[from], ports[to]],
            [numbers[from], numbers[to]],
            flags,
            payload,
        );
    }

    /// The SYN of somebody.
    pub fn syn(&mut self, address: [u8; 4], port: u16, sequence: u32) {
        self.push([address, [10, 0, 0, 2]], [port, 80], [sequence, 0], SYN, &[]);
    }

    /// One packet.
    fn push(&mut self, addresses: [[u8; 4]; 2], ports: [u16; 2], numbers: [u32; 2], flags: u8, payload: &[u8]) {
        let packet = &mut self.packet;
        packet.clear();
        packet.extend(head(addresses, ports, numbers, flags, payload.len()));
        packet.extend(payload);
        self.number += 1;
        self.position += 16;
        let packet = Packet {
            number: self.number,
            time: Timestamp(self.number as i64 * 1000),
            link: LinkType::IPV4,
            data: &self.packet,
            wire_len: self.packet.len() as u32,
            interface: 0,
            position: self.position,
            comment: None,
        };
        self.position += self.packet.len() as u64;
        self.dissector.push(&packet, &mut self.seen);
    }

    pub fn finish(&mut self) {
        self.dissector.finish(&mut self.seen);
    }
}

/// IPv4 and TCP before so many bytes of payload (RFC 791, RFC 9293), checksums left out. A length that has no room is
/// left out too, as where segmentation is offloaded.
pub fn head(addresses: [[u8; 4]; 2], ports: [u16; 2], numbers: [u32; 2], flags: u8, payload: usize) -> Vec<u8> {
    let mut head = vec![0x45, 0];
    head.extend(u16::try_from(40 + payload).unwrap_or(0).to_be_bytes());
    head.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
    head.extend(addresses.concat());
    head.extend(ports.map(u16::to_be_bytes).concat());
    head.extend(numbers.map(u32::to_be_bytes).concat());
    head.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    head
}

/// A frame (RFC 6455 section 5.2).
pub fn frame(first: u8, payload: &[u8], key: Option<[u8; 4]>) -> Vec<u8> {
    let mut bytes = vec![first];
    let mask = if key.is_some() { 0x80 } else { 0 };
    match payload.len() {
        len @ 0..126 => bytes.push(mask | len as u8),
        len @ 126..65_536 => {
            bytes.push(mask | 126);
            bytes.extend((len as u16).to_be_bytes());
        }
        len => {
            bytes.push(mask | 127);
            bytes.extend((len as u64).to_be_bytes());
        }
    }
    match key {
        None => bytes.extend(payload),
        Some(key) => {
            bytes.extend(key);
            bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
        }
    }
    bytes
}
