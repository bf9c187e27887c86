//! WebSocket bytes of both directions, cut anywhere, with gaps.
//!
//! Input: settings (bit 0: permessage-deflate; bit 1: context takeover; bit 2: an unknown extension; bits 3 to 5: the
//! window), then operations, each `op, length high, length low` and for bytes as many. Bit 0 of `op`: the direction;
//! bits 1 to 3: up to 5 bytes, 6 a gap of `length` bytes, 7 a gap of 2^`length`.
//!
//! Frames follow each other without a break, are as a naive reader of the same bytes finds them, and do not depend on
//! who looks, or on where the bytes were cut. (After a lost header the ends of pieces help to find the next one: there
//! cuts count. So they do behind text that no frame follows; what is text, and how much of it, they do not change.)

use super::checker::is_unframed;
use sockeye::base::{At, Chunk, Code, Direction, Gap, Hole, Note, PerDirection, Timestamp, limits};
use sockeye::websocket::{Ending, Events, Frame, Inflation, Look, Message, Rules, Scratch, Session};

#[derive(Debug, Clone, Copy)]
enum Op<'a> {
    Bytes(Direction, &'a [u8]),
    Gap(Direction, u64),
}

/// Runs it.
pub fn run(input: &[u8]) {
    let Some((settings, rest)) = input.split_first() else { return };
    let rules = Rules {
        inflation: (settings & 1 != 0).then_some(Inflation {
            window_bits: 8 + (settings >> 3) % 8,
            takeover: settings & 2 != 0,
            per_frame: settings & 64 != 0,
        }),
        unknown_extension: settings & 4 != 0,
        ..Rules::default()
    };
    let ops = ops(rest);
    let looking = Look { frames: true, messages: true };
    let whole = talk(&ops, rules, looking, usize::MAX);
    let bytewise = talk(&ops, rules, looking, 1);
    // Where nothing is found to be passed over behind text, nothing is said.
    let searched = match whole.texts.is_empty() {
        true => whole.lost && bytewise.lost,
        false => whole.lost || bytewise.lost,
    };
    assert!(whole == bytewise || searched, "cut into single bytes: {whole:#?} {bytewise:#?}");
    for direction in Direction::BOTH {
        let from = format!("from the {}", direction.name());
        let is_from = |note: &&Note| note.detail.as_ref().is_some_and(|detail| detail.contains(&from));
        let first = |found: &Checker| found.texts.iter().find(is_from).cloned();
        assert!(
            whole.has_gap || first(&whole) == first(&bytewise),
            "text cut into single bytes: {whole:#?} {bytewise:#?}"
        );
    }
    assert_eq!(whole.unseen(), talk(&ops, rules, Look::default(), usize::MAX).unseen(), "nobody looking");
    for direction in Direction::BOTH {
        if whole.texts.is_empty() {
            against_naive(&ops, direction, &whole);
        }
    }
}

fn ops(mut input: &[u8]) -> Vec<Op<'_>> {
    let mut ops = Vec::new();
    let mut gaps = 0u64;
    while let Some(([op, high, low], rest)) = input.split_first_chunk() {
        input = rest;
        let direction = if op & 1 == 0 { Direction::Client } else { Direction::Server };
        let length = u16::from_be_bytes([*high, *low]);
        let gap = if op & 0x0e == 12 { u64::from(length) } else { 1 << (length % 60) };
        if op & 0x0e >= 12 {
            // Positions in a stream are 64 bits long.
            gaps = gaps.saturating_add(gap);
            if gap > 0 && gaps < 1 << 62 {
                ops.push(Op::Gap(direction, gap));
            }
            continue;
        }
        let (bytes, rest) = input.split_at(usize::from(length).min(input.len()));
        input = rest;
        ops.push(Op::Bytes(direction, bytes));
    }
    ops
}

/// One frame or message, as told.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    direction: Direction,
    offset: u64,
    /// Header, places, counts and notes.
    text: String,
    payload: Vec<u8>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Checker {
    told: Vec<Told>,
    /// Where the next frame of a direction can begin.
    next: PerDirection<u64>,
    /// Bytes passed so far.
    sent: PerDirection<u64>,
    frames: PerDirection<Vec<Naive>>,
    packet: u64,
    looks: bool,
    /// A header was lost.
    lost: bool,
    /// Something is missing.
    has_gap: bool,
    /// Text that was written between frames, which a naive reader takes for frames.
    texts: Vec<Note>,
}

impl Checker {
    /// What a run that does not look says too.
    fn unseen(&self) -> Vec<(Direction, u64, &str)> {
        self.told.iter().map(|told| (told.direction, told.offset, told.text.as_str())).collect()
    }
}

impl Events for Checker {
    fn frame(&mut self, frame: &Frame<'_>) {
        let header = &frame.header;
        let next = self.next.get_mut(frame.direction);
        assert!(frame.offset >= *next, "frames do not overlap");
        *next = frame.offset + u64::from(frame.header_len);
        let missing = holes(frame.holes, header.length);
        assert!(frame.captured + missing <= header.length);
        let cut = u64::from(frame.header_len) < u64::from(header.wire_len());
        assert_eq!(frame.ended, frame.captured + missing == header.length && !cut);
        if frame.ended {
            *next += header.length;
        }
        assert!(*next <= *self.sent.get(frame.direction), "a frame ends within what was sent");
        assert!(frame.first.packet <= frame.last.packet && frame.last.packet <= self.packet);
        let kept = frame.captured.min(limits::FRAME_KEPT_BYTES as u64);
        assert!(!self.looks || frame.payload.len() as u64 == kept, "the captured payload is shown");
        assert!(!frame.message_follows || frame.ends_message && frame.ended && header.fin);
        let text = format!(
            "{header:?} {:?} {:?} {} {:?} {:?} {} {} {} {} {:?} {:?}",
            frame.message_opcode,
            frame.message_offset,
            frame.compressed,
            frame.first,
            frame.last,
            frame.ended,
            frame.ends_message,
            frame.message_follows,
            frame.captured,
            frame.holes,
            notes(frame.notes)
        );
        self.frames.get_mut(frame.direction).push(Naive {
            offset: frame.offset,
            first: header.opcode.bits() | header.rsv << 4 | u8::from(header.fin) << 7,
            key: header.masking_key,
            length: header.length,
            payload: frame.payload.to_vec(),
        });
        let payload = if self.looks { frame.payload.to_vec() } else { Vec::new() };
        self.told.push(Told { direction: frame.direction, offset: frame.offset, text, payload });
    }

    fn message(&mut self, message: &Message<'_>) {
        let missing = holes(message.holes, message.length);
        assert!(message.offset <= message.last_offset && message.last_offset < *self.sent.get(message.direction));
        assert!(message.last.packet <= self.packet && message.frame_count > 0);
        assert!(!message.complete || message.ended && missing == 0, "complete messages lack nothing");
        if message.complete && self.looks {
            assert_eq!(message.payload.len() as u64, message.length.min(limits::MESSAGE_KEPT_BYTES as u64));
        }
        if message.complete && !message.compressed {
            assert_eq!(message.length, message.wire_length);
        }
        let text = format!(
            "message {} {:?} {} {:?} {:?} {} {} {} {} {} {:?} {:?}",
            message.last_offset,
            message.opcode,
            message.compressed,
            message.first,
            message.last,
            message.frame_count,
            message.wire_length,
            message.length,
            message.complete,
            message.ended,
            message.holes,
            notes(message.notes)
        );
        let payload = if self.looks { message.payload.to_vec() } else { Vec::new() };
        self.told.push(Told { direction: message.direction, offset: message.offset, text, payload });
    }
}

/// Without the one that tells what is not shown, and without how many compressed bytes were read when a mistake in them
/// was seen: a decoder that has many bytes looks ahead.
fn notes(notes: &[Note]) -> Vec<Note> {
    let exact = |note: &Note| match note.code {
        Code::InflateError | Code::InflateTrailing => Note::new(note.code),
        _ => note.clone(),
    };
    notes.iter().filter(|note| note.code != Code::KeptCap).map(exact).collect()
}

/// Sorted, apart, within `length`; gives their sum.
pub fn holes(holes: &[Hole], length: u64) -> u64 {
    let mut end = 0;
    let mut sum = 0;
    for hole in holes {
        assert!(hole.start >= end && hole.len > 0, "{holes:?}");
        end = hole.start + hole.len;
        sum += hole.len;
    }
    assert!(end <= length, "{holes:?} beyond {length}");
    sum
}

fn talk(ops: &[Op<'_>], rules: Rules, look: Look, cut: usize) -> Checker {
    let mut session = Session::new();
    let mut scratch = Scratch::default();
    let mut checker = Checker { looks: look.frames, ..Checker::default() };
    for direction in Direction::BOTH {
        session.set_rules(direction, rules);
    }
    for op in ops {
        checker.packet += 1;
        let at = At { packet: checker.packet, time: Timestamp(0) };
        match *op {
            Op::Bytes(direction, bytes) => {
                for bytes in bytes.chunks(cut) {
                    *checker.sent.get_mut(direction) += bytes.len() as u64;
                    session.push(direction, Chunk::made(bytes, at), look, &mut scratch, &mut checker);
                }
            }
            Op::Gap(direction, len) => {
                *checker.sent.get_mut(direction) += len;
                checker.has_gap = true;
                session.gap(direction, Gap { len, at, cut: false }, look, &mut checker);
            }
        }
        assert!(session.oldest_pending().is_none_or(|oldest| oldest <= checker.packet));
    }
    session.finish(look, &mut scratch, &mut checker);
    let told = checker.frames.client.len() + checker.frames.server.len();
    let counted: u64 = Direction::BOTH.iter().map(|direction| session.sent(*direction).frames).sum();
    assert_eq!(told as u64, counted);
    let ending = Ending { finished: PerDirection { client: true, server: true }, ..Ending::default() };
    let notes = session.closing_notes(&ending);
    let said = |code: Code| notes.iter().any(|note| note.code == code);
    checker.lost = said(Code::Resynchronised) || checker.told.iter().any(|told| told.text.contains("Resynchronised"));
    checker.texts = notes.into_iter().filter(|note| is_unframed(note.code)).collect();
    checker
}

/// A frame, as RFC 6455 section 5.2 spells it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Naive {
    pub offset: u64,
    pub first: u8,
    pub key: Option<[u8; 4]>,
    pub length: u64,
    pub payload: Vec<u8>,
}

/// Where a direction has no gap, its frames are those a naive reader finds.
fn against_naive(ops: &[Op<'_>], direction: Direction, found: &Checker) {
    let mut stream = Vec::new();
    for op in ops {
        match *op {
            Op::Bytes(of, bytes) if of == direction => stream.extend_from_slice(bytes),
            Op::Gap(of, _) if of == direction => return,
            _ => {}
        }
    }
    let naive = naive(&stream);
    let mut found = found.frames.get(direction).as_slice();
    // A frame that ends in its header is told as far as it goes; to a naive reader it is none.
    if let [before @ .., last] = found
        && before.len() == naive.len()
        && last.payload.is_empty()
    {
        found = before;
    }
    assert_eq!(found, naive);
}

pub fn naive(stream: &[u8]) -> Vec<Naive> {
    let mut frames = Vec::new();
    let mut at = 0;
    while let Some([first, second]) = stream.get(at..at + 2) {
        let offset = at as u64;
        at += 2;
        let wide = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let Some(bytes) = stream.get(at..at + wide) else { break };
        let length = match wide {
            0 => u64::from(second & 0x7f),
            _ => bytes.iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
        };
        at += wide;
        let key = match second & 0x80 {
            0 => None,
            _ => match stream.get(at..at + 4) {
                Some(key) => Some([key[0], key[1], key[2], key[3]]),
                None => break,
            },
        };
        at += if key.is_some() { 4 } else { 0 };
        let end = length.min((stream.len() - at) as u64) as usize + at;
        let unmask = |(i, byte): (usize, &u8)| key.map_or(*byte, |key| byte ^ key[i % 4]);
        let payload = stream[at..end].iter().enumerate().map(unmask).collect();
        frames.push(Naive { offset, first: *first, key, length, payload });
        at = end;
    }
    frames
}
