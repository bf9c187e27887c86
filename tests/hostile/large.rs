//! Packets as large as any may be: whatever reads them, few are in memory at once.

use std::io::{self, Cursor, Read};

use sockeye::base::{Code, limits};
use sockeye::capture::{self, Capture};
use sockeye::dissect::{self, Options, Sink, Told, Wants};

use crate::MIB;
use crate::memory::Watch;
use crate::wire::{ACK, CLIENT, SERVER, SYN, head};

/// Payload of a packet nearly as long as [`limits::PACKET_BYTES`].
const PAYLOAD: usize = 4_194_000;
const PACKETS: usize = 40;

/// Counts what it is told.
#[derive(Default)]
struct Seen {
    frames: u64,
    captured: u64,
    caps: u64,
}

impl Sink for Seen {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, bytes: false, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(_, frame) => {
                assert!(frame.payload.len() <= limits::FRAME_KEPT_BYTES);
                self.frames += 1;
                self.captured += frame.captured;
            }
            Told::Note { note, .. } => {
                self.caps += u64::from(note.code == Code::KeptCap);
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// The headers of a packet, and its length with so many bytes of payload.
fn packet(from: usize, numbers: [u32; 2], flags: u8, payload: usize) -> (Vec<u8>, usize) {
    let (mut addresses, mut ports) = ([[10, 0, 0, 1], [10, 0, 0, 2]], [4000, 80]);
    if from == SERVER {
        addresses.reverse();
        ports.reverse();
    }
    let head = head(addresses, ports, numbers, flags, payload);
    let len = head.len() + payload;
    (head, len)
}

/// The head of an enhanced packet block, and what follows the packet.
fn around(len: usize) -> ([u8; 28], Vec<u8>) {
    let total = u32::try_from(32 + len.next_multiple_of(4)).unwrap();
    let len = u32::try_from(len).unwrap();
    let head = [6, total, 0, 0, 0, len, len].map(u32::to_le_bytes).concat().try_into().unwrap();
    let padding = vec![0; len.next_multiple_of(4) as usize - len as usize];
    (head, [padding, total.to_le_bytes().to_vec()].concat())
}

/// A capture of a handshake and of packets that are a frame each, made while it is read.
fn capture() -> Capture {
    let mut start: Vec<u8> = Vec::new();
    // Section header and interface, of raw IPv4.
    start.extend([0x0a0d_0d0a, 28, 0x1a2b_3c4d, 1, u32::MAX, u32::MAX, 28].map(u32::to_le_bytes).concat());
    start.extend([1, 20, 228, 0, 20].map(u32::to_le_bytes).concat());
    let mut small = |from, numbers, flags, payload: &[u8]| {
        let (mut bytes, _) = packet(from, numbers, flags, payload.len());
        bytes.extend(payload);
        let (head, tail) = around(bytes.len());
        start.extend([&head[..], &bytes, &tail].concat());
    };
    let request = b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    small(CLIENT, [0, 0], SYN, b"");
    small(SERVER, [0, 1], SYN | ACK, b"");
    small(CLIENT, [1, 1], ACK, request);
    small(SERVER, [1, 1 + request.len() as u32], ACK, response);
    let mut all: Box<dyn Read + Send> = Box::new(Cursor::new(start));
    let mut sequence = 1 + response.len() as u32;
    for _ in 0..PACKETS {
        // An unmasked binary frame.
        let frame = [&[0x82, 127][..], &(PAYLOAD as u64 - 10).to_be_bytes()].concat();
        let (head, len) = packet(SERVER, [sequence, 1 + request.len() as u32], ACK, PAYLOAD);
        let (before, after) = around(len);
        let front = [&before[..], &head, &frame].concat();
        let zeros = io::repeat(0).take((PAYLOAD - frame.len()) as u64);
        all = Box::new(all.chain(Cursor::new(front)).chain(zeros).chain(Cursor::new(after)));
        sequence = sequence.wrapping_add(PAYLOAD as u32);
    }
    capture::open_reader("large.pcapng", all, &capture::Options::default()).unwrap()
}

fn all_were_seen(seen: &Seen) {
    assert_eq!((seen.frames, seen.captured), (PACKETS as u64, (PACKETS * (PAYLOAD - 10)) as u64));
    // Each fits what is kept.
    assert_eq!(seen.caps, 0);
}

#[test]
fn very_large_packets_in_a_list() {
    for (threads, spread) in [(1, None), (2, None), (2, Some(true))] {
        let watch = Watch::begin();
        let mut seen = Seen::default();
        let options = Options { spread, ..Options::default() };
        let (_, result) = dissect::run(&mut capture(), &options, threads, &mut seen);
        result.unwrap();
        all_were_seen(&seen);
        watch.at_most(64 * MIB);
    }
}

#[test]
fn very_large_packets_added_up() {
    for threads in [1, 2] {
        let watch = Watch::begin();
        let (seen, _, result) = dissect::reduce(&mut capture(), &Options::default(), threads, Seen::default);
        result.unwrap();
        let sum = |part: fn(&Seen) -> u64| seen.iter().map(part).sum();
        all_were_seen(&Seen { frames: sum(|s| s.frames), captured: sum(|s| s.captured), caps: sum(|s| s.caps) });
        watch.at_most(64 * MIB);
    }
}
