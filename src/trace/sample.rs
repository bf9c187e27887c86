//! A made-up conversation for the tests of `trace` and `tui`: real packet bytes in a store, and the calls that the
//! dissector would make for them.

use crate::base::ConnectionId;
use crate::dissect::Told;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{Indexer, Progress, Shared};
use crate::base::{At, Chunk, Code, Direction, LinkType, Note, Origin, Packet, PerDirection, SocketId, Timestamp};
use crate::dissect::{Close, Evidence, FramePlace, MessagePlace, NotePlace, Sink, Socket, StreamBytes, Totals};
use crate::websocket::handshake::{Request, Response};
use crate::websocket::{Frame, Handshake, Header, LengthForm, Message, Opcode};

/// Bytes of Ethernet, IPv4 and TCP header before the payload of every packet.
pub(crate) const HEADERS: u64 = 54;

pub(crate) const KEY: [u8; 4] = [0xae, 0xd8, 0x58, 0xe8];

#[derive(Default)]
pub(crate) struct Sample {
    pub indexer: Indexer,
    pub store: Vec<u8>,
    packets: u64,
    frames: u64,
    messages: u64,
    sockets: BTreeMap<SocketId, PerDirection<Side>>,
}

#[derive(Clone, Default)]
struct Side {
    offset: u64,
    frames: Vec<u64>,
    opcode: Option<Opcode>,
    start: Option<At>,
    message_offset: u64,
    length: u64,
}

impl Sample {
    /// The session of screens.md: Hello and its echo, four fragments, their echo, a ping and pong, a close.
    pub fn session() -> Sample {
        use Direction::{Client, Server};
        let mut sample = Sample::default();
        let id = sample.connect();
        sample.send(id, Client, true, Opcode::Text, b"Hello");
        sample.send(id, Server, true, Opcode::Text, b"Hello");
        sample.send(id, Client, false, Opcode::Text, b"frag");
        sample.send(id, Client, false, Opcode::Continuation, b"mented text: ");
        sample.send(id, Client, false, Opcode::Continuation, "déjà vu ".as_bytes());
        sample.send(id, Client, true, Opcode::Continuation, "☃ 😀".as_bytes());
        sample.send(id, Server, true, Opcode::Text, "fragmented text: déjà vu ☃ 😀".as_bytes());
        sample.send(id, Client, true, Opcode::Ping, b"latency?");
        sample.send(id, Server, true, Opcode::Pong, b"latency?");
        sample.send(id, Server, true, Opcode::Binary, &[0xff; 300]);
        sample.send(id, Client, true, Opcode::Close, b"\x0f\xa1app says bye");
        sample.note(id, 11, Code::CloseUnanswered);
        sample.flush();
        sample
    }

    pub fn shared(&self) -> Shared {
        self.indexer.shared()
    }

    pub fn flush(&mut self) {
        let read = self.store.len() as u64;
        self.indexer.flush(Progress { packets: self.packets, read, total: Some(read), finished: true });
    }

    pub fn connect(&mut self) -> SocketId {
        self.connect_to("/echo")
    }

    /// A connection to this target.
    pub fn connect_to(&mut self, target: &str) -> SocketId {
        let id = SocketId::from(ConnectionId(self.sockets.len() as u32));
        self.open(id, target);
        id
    }

    /// A socket of this name, which may be a stream of a connection.
    pub fn open(&mut self, id: SocketId, target: &str) {
        self.sockets.insert(id, PerDirection::default());
        let at = self.at();
        self.indexer.tell(&Told::Opened(&Socket {
            id,
            client: SocketAddr::from(([10, 77, 0, 1], 46382 + id.connection.0 as u16)),
            server: SocketAddr::from(([10, 77, 0, 2], 9100)),
            evidence: Evidence::Handshake,
            handshake: Some(Box::new(handshake(target, at))),
            totals: PerDirection { client: Totals::default(), server: Totals::default() },
            tls: None,
            http2: None,
            process: crate::base::Owner::default(),
            close: None::<Close>,
            first: at,
            last: at,
            notes: Vec::new(),
        }));
    }

    pub fn note(&mut self, id: SocketId, frame: u64, code: Code) {
        let at = self.at();
        self.indexer.tell(&Told::Note { socket: id, place: NotePlace::Frame(frame), note: &Note::new(code), at });
    }

    fn at(&self) -> At {
        // Whole milliseconds from an instant in 2026.
        At { packet: self.packets, time: Timestamp(1_795_328_581_000_000_000 + self.packets as i64 * 1_000_000) }
    }

    /// One frame in one packet. Client frames are masked.
    pub fn send(&mut self, id: SocketId, direction: Direction, fin: bool, opcode: Opcode, payload: &[u8]) {
        let (header, wire) = encode(direction, fin, opcode, payload);
        let mut packet = headers(direction);
        packet.extend_from_slice(&wire);
        self.packets += 1;
        self.frames += 1;
        let at = self.at();
        // The store begins with a file header, and each packet with a record header, as a real capture does.
        self.store.extend_from_slice(&[0; 24]);
        let position = self.store.len() as u64;
        self.store.extend_from_slice(&packet);
        let told = Packet {
            number: at.packet,
            time: at.time,
            link: LinkType::ETHERNET,
            data: &packet,
            wire_len: packet.len() as u32,
            interface: 0,
            position,
            comment: None,
        };
        self.indexer.tell(&Told::Packet(&told));
        let side = self.sockets.get_mut(&id).unwrap().get_mut(direction);
        let offset = side.offset;
        side.offset += wire.len() as u64;
        self.indexer.tell(&Told::Bytes(&StreamBytes {
            socket: id,
            direction,
            offset,
            chunk: Chunk { bytes: &wire, at, origin: Origin::Capture(position + HEADERS) },
        }));
        let data = !opcode.is_control();
        if data {
            if side.frames.is_empty() {
                side.opcode = Some(opcode);
                side.start = Some(at);
                side.message_offset = offset;
            }
            side.frames.push(self.frames);
            side.length += payload.len() as u64;
        }
        let ends = data && fin;
        self.messages += u64::from(ends);
        let place = FramePlace { number: self.frames, socket: id, message: ends.then_some(self.messages) };
        self.indexer.tell(&Told::Frame(
            &place,
            &Frame {
                direction,
                offset,
                header,
                header_len: header.wire_len(),
                framing: crate::websocket::Framing::Rfc6455,
                message_opcode: if data { side.opcode } else { Some(opcode) },
                compressed: false,
                first: at,
                last: at,
                ended: true,
                ends_message: ends,
                message_follows: ends,
                message_offset: data.then_some(side.message_offset),
                captured: payload.len() as u64,
                payload: &[],
                holes: &[],
                notes: &[],
            },
        ));
        if ends {
            let message = Message {
                direction,
                offset: side.message_offset,
                last_offset: offset,
                opcode: side.opcode.unwrap(),
                compressed: false,
                first: side.start.unwrap(),
                last: at,
                frame_count: side.frames.len() as u64,
                wire_length: side.length,
                length: side.length,
                complete: true,
                ended: true,
                payload: &[],
                holes: &[],
                notes: &[],
            };
            let place = MessagePlace { number: self.messages, socket: id, frames: &side.frames };
            self.indexer.tell(&Told::Message(&place, &message));
            *side = Side { offset: side.offset, ..Side::default() };
        }
    }
}

fn encode(direction: Direction, fin: bool, opcode: Opcode, payload: &[u8]) -> (Header, Vec<u8>) {
    let masking_key = (direction == Direction::Client).then_some(KEY);
    let mut wire = vec![u8::from(fin) << 7 | opcode.bits()];
    let mask = u8::from(masking_key.is_some()) << 7;
    let form = match payload.len() {
        0..=125 => {
            wire.push(mask | payload.len() as u8);
            LengthForm::Bits7
        }
        126..=65535 => {
            wire.push(mask | 126);
            wire.extend_from_slice(&(payload.len() as u16).to_be_bytes());
            LengthForm::Bits16
        }
        _ => {
            wire.push(mask | 127);
            wire.extend_from_slice(&(payload.len() as u64).to_be_bytes());
            LengthForm::Bits64
        }
    };
    wire.extend(masking_key.iter().flatten());
    wire.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ masking_key.map_or(0, |key| key[i % 4])));
    (Header { fin, rsv: 0, opcode, masking_key, length: payload.len() as u64, form }, wire)
}

fn headers(direction: Direction) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00];
    bytes.extend_from_slice(&[0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 77, 0, 1, 10, 77, 0, 2]);
    bytes.extend_from_slice(&[0xb5, 0x2e, 0x23, 0x8c, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0, 0, 0, 0]);
    if direction == Direction::Server {
        bytes.swap(29, 33);
    }
    bytes
}

fn handshake(target: &str, at: At) -> Handshake {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Handshake {
        request: Some(Request {
            method: "GET".to_owned(),
            target: target.to_owned(),
            minor_version: 1,
            http2: false,
            fields: vec![
                field("Host", "10.77.0.2:9100"),
                field("Upgrade", "websocket"),
                field("Connection", "Upgrade"),
                field("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                field("Sec-WebSocket-Version", "13"),
            ],
            challenge: None,
            cut: false,
            at,
        }),
        response: Some(Response {
            status: 101,
            reason: "Switching Protocols".to_owned(),
            fields: vec![
                field("Upgrade", "websocket"),
                field("Connection", "Upgrade"),
                field("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ],
            at,
            ..Response::default()
        }),
    }
}
