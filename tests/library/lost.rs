//! Captures that lack bytes: packets taken out at random, and packets cut to any snap length, against what is known of
//! the whole capture (tests/data/captures/README.md).
//!
//! A frame whose header is left is told at its place with its true length and the bytes that are left of it; none is
//! made up. Only after a lost header may frames be passed over, until the next one is found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use sha1::{Digest as _, Sha1};
use sockeye::base::Direction;
use sockeye::dissect::{Options, Sink, Told, Wants};

use crate::kept::{self, Kept};

/// One line of a list of frames.
#[derive(Debug, Deserialize)]
struct Expected {
    conn: u32,
    dir: char,
    off: u64,
    fin: u8,
    rsv: u8,
    opcode: u8,
    #[serde(default)]
    key: String,
    len: u64,
    #[serde(default)]
    sha: String,
    #[serde(default)]
    truncated: bool,
}

impl Expected {
    fn place(&self) -> Place {
        (self.conn, self.dir, self.off)
    }

    /// Where its header ends: two bytes, the length, the key.
    fn payload(&self) -> u64 {
        let length = match self.len {
            0..126 => 0,
            126..65_536 => 2,
            _ => 8,
        };
        self.off + 2 + length + self.key.len() as u64 / 2
    }

    fn header(&self) -> String {
        format!("fin {} rsv {} opcode {} key {:?} length {}", self.fin, self.rsv, self.opcode, self.key, self.len)
    }
}

/// Connection, side (`c` or `s`), offset.
type Place = (u32, char, u64);

#[derive(Debug)]
struct Row {
    header: String,
    captured: u64,
    ended: bool,
    sha: String,
}

#[derive(Default)]
struct Found {
    rows: BTreeMap<Place, Row>,
    /// Where stream bytes lie: connection, side, offset, length, packet, offset in the packet.
    bytes: Vec<(u32, char, u64, u64, u64, u64)>,
}

fn side(direction: Direction) -> char {
    if direction == Direction::Client { 'c' } else { 's' }
}

impl Sink for Found {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, bytes: true, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(place, frame) => {
                let header = &frame.header;
                let key = header.masking_key.map(hex::encode).unwrap_or_default();
                let (fin, rsv, opcode) = (u8::from(header.fin), header.rsv, header.opcode.bits());
                let row = Row {
                    header: format!("fin {fin} rsv {rsv} opcode {opcode} key {key:?} length {}", header.length),
                    captured: frame.captured,
                    ended: frame.ended,
                    sha: hex::encode(Sha1::digest(frame.payload))[..12].to_string(),
                };
                let place = (place.socket.connection.0, side(frame.direction), frame.offset);
                assert!(self.rows.insert(place, row).is_none(), "two frames at {place:?}");
            }
            Told::Bytes(bytes) => {
                let (position, len) = (bytes.chunk.origin.position().unwrap(), bytes.chunk.len());
                self.bytes.push((
                    bytes.socket.connection.0,
                    side(bytes.direction),
                    bytes.offset,
                    len,
                    bytes.chunk.at.packet,
                    position,
                ));
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

fn dissect<'a>(packets: impl IntoIterator<Item = &'a Kept>) -> Found {
    let mut found = Found::default();
    kept::dissect(packets, Options::default(), &mut found);
    found
}

/// A capture, the frames it is known to hold, and where each of their bytes lies.
struct Whole {
    packets: Vec<Kept>,
    frames: Vec<Expected>,
    bytes: Vec<(u32, char, u64, u64, u64, u64)>,
    /// Packets that are never taken out: those before the first frame's.
    handshake: u64,
}

impl Whole {
    fn read(file: &str, list: &str) -> Whole {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let packets = kept::read(&root.join(file));
        let text = std::fs::read_to_string(root.join("tests/data/captures").join(list)).unwrap();
        let frames = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let bytes = dissect(packets.iter()).bytes;
        let handshake = bytes.iter().map(|run| run.4).min().unwrap();
        Whole { packets, frames, bytes, handshake }
    }

    /// Stream bytes of a side from `from` to `to` that are left, where `left` says how many bytes of a packet are.
    fn left(&self, frame: &Expected, from: u64, to: u64, left: &impl Fn(u64) -> u64) -> u64 {
        let mut sum = 0;
        for (conn, side, offset, len, packet, position) in &self.bytes {
            if (*conn, *side) != (frame.conn, frame.dir) || *offset >= to || offset + len <= from {
                continue;
            }
            let start = position - self.packets[*packet as usize - 1].position;
            let there = left(*packet).saturating_sub(start).min(*len);
            sum += (offset + there).min(to).saturating_sub((*offset).max(from));
        }
        sum
    }

    /// Compares what is found of what is left; gives frames whose header is left, and how many of them were found.
    fn check(&self, found: &Found, left: impl Fn(u64) -> u64, what: &str) -> (u64, u64) {
        let known: BTreeSet<Place> = self.frames.iter().map(Expected::place).collect();
        for (place, row) in &found.rows {
            assert!(known.contains(place), "{what}: made up {place:?} {row:?}");
        }
        let (mut survived, mut told) = (0, 0);
        // Sides that have lost a header, and may not know their place.
        let mut doubtful = BTreeSet::new();
        for frame in &self.frames {
            let (payload, stream) = (frame.payload(), (frame.conn, frame.dir));
            let whole_header = self.left(frame, frame.off, payload, &left) == payload - frame.off;
            let Some(row) = found.rows.get(&frame.place()) else {
                survived += u64::from(whole_header);
                assert!(!whole_header || doubtful.contains(&stream), "{what}: lacks {frame:?}");
                doubtful.insert(stream);
                continue;
            };
            assert!(whole_header, "{what}: read out of nothing {row:?}");
            doubtful.remove(&stream);
            (survived, told) = (survived + 1, told + 1);
            assert_eq!(row.header, frame.header(), "{what}");
            if frame.truncated {
                continue;
            }
            let captured = self.left(frame, payload, payload + frame.len, &left);
            assert_eq!(row.captured, captured, "{what}: {frame:?}");
            if captured == frame.len {
                assert!(row.ended && row.sha == frame.sha, "{what}: {frame:?} {row:?}");
            }
        }
        (survived, told)
    }
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % n
    }
}

/// Takes out up to `most` runs of up to 12 packets, many times.
fn packets_taken_out(whole: &Whole, seeds: u64, most: u64) -> (u64, u64) {
    let (mut survived, mut told) = (0, 0);
    let count = whole.packets.len() as u64;
    for seed in 1..=seeds {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut lost = BTreeSet::new();
        for _ in 0..=random.below(most) {
            let first = whole.handshake + random.below(count - whole.handshake);
            lost.extend(first..=first + random.below(12).min(random.below(12)));
        }
        let found = dissect(whole.packets.iter().filter(|packet| !lost.contains(&packet.number)));
        let left = |packet: u64| if lost.contains(&packet) { 0 } else { u64::MAX };
        let one = whole.check(&found, left, &format!("seed {seed}, without {lost:?}"));
        (survived, told) = (survived + one.0, told + one.1);
    }
    (survived, told)
}

#[test]
fn lost_packets_cost_what_they_held() {
    for (file, list, seeds, most) in [
        ("tests/data/captures/messages-plain.pcap.zst", "messages-plain.jsonl", 60, 12),
        ("samples/deflate-takeover.pcap", "deflate-takeover.jsonl", 300, 5),
        ("samples/mqtt.pcap", "mqtt.jsonl", 300, 3),
        ("samples/stomp.pcap", "stomp.jsonl", 300, 3),
        ("samples/vlan-qinq.pcap", "vlan-qinq.jsonl", 200, 4),
    ] {
        let whole = Whole::read(file, list);
        let (survived, told) = packets_taken_out(&whole, seeds, most);
        println!("{file}: {told} of {survived} frames whose header is left, {seeds} seeds");
        // After a lost header a lone short frame cannot be told from what may follow by chance.
        assert!(told * 100 >= survived * 95, "{file}: {told} of {survived}");
    }
}

#[test]
fn any_snap_length_keeps_what_it_keeps() {
    for (file, list) in [
        ("tests/data/captures/messages-plain.pcap.zst", "messages-plain.jsonl"),
        ("samples/mqtt.pcap", "mqtt.jsonl"),
        ("samples/deflate-takeover.pcap", "deflate-takeover.jsonl"),
    ] {
        let mut whole = Whole::read(file, list);
        for snap in (54..=200).step_by(7) {
            let cut =
                |packet: &Kept| Kept { data: packet.data[..packet.data.len().min(snap)].to_vec(), ..packet.clone() };
            let cut: Vec<Kept> = whole.packets.iter().map(cut).collect();
            let found = dissect(cut.iter());
            if found.rows.is_empty() {
                // Nothing of the handshake is left, or nothing at all.
                assert!(snap < 90, "{file}: nothing found at {snap}");
                continue;
            }
            let (survived, told) = whole.check(&found, |_| snap as u64, &format!("{file} cut to {snap}"));
            println!("{file} cut to {snap}: {told} of {survived}");
            assert!(told * 100 >= survived * 95, "{file} cut to {snap}: {told} of {survived}");
        }
        whole.packets.clear();
    }
}
