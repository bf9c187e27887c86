//! Frames of the drafts by hand, cut anywhere, with bytes lost.

use proptest::prelude::*;

use super::*;
use crate::base::PerDirection;
use crate::base::pack::Pack;
use crate::websocket::Ending;
use crate::websocket::inflate::Pool;
use crate::websocket::{Dialect, Rules, Scratch, Session};

/// What was told of a frame and its message.
#[derive(Debug, Clone, PartialEq, Default)]
struct Seen {
    offset: u64,
    opcode: u8,
    length: u64,
    payload: Vec<u8>,
    holes: Vec<(u64, u64)>,
    ended: bool,
    packets: (u64, u64),
    codes: Vec<Code>,
    message: Option<(u64, bool, Vec<u8>)>,
}

#[derive(Default)]
struct Found(Vec<Seen>);

impl Events for Found {
    fn frame(&mut self, frame: &Frame<'_>) {
        assert!(frame.header.fin && frame.header.rsv == 0 && frame.header.masking_key.is_none());
        self.0.push(Seen {
            offset: frame.offset,
            opcode: frame.header.opcode.bits(),
            length: frame.header.length,
            payload: frame.payload.to_vec(),
            holes: frame.holes.iter().map(|hole| (hole.start, hole.len)).collect(),
            ended: frame.ended,
            packets: (frame.first.packet, frame.last.packet),
            codes: frame.notes.iter().map(|note| note.code).collect(),
            message: None,
        });
    }

    fn message(&mut self, message: &Message<'_>) {
        let frame = self.0.last_mut().expect("a frame is told before its message");
        assert_eq!((frame.offset, frame.message.is_none()), (message.offset, true));
        frame.codes.extend(message.notes.iter().map(|note| note.code));
        frame.message = Some((message.length, message.complete, message.payload.to_vec()));
    }
}

/// A piece of a stream: bytes, or so many that are lost.
#[derive(Debug, Clone)]
enum Piece {
    Bytes(Vec<u8>),
    Gap(u64),
}

fn bytes(bytes: &[u8]) -> Piece {
    Piece::Bytes(bytes.to_vec())
}

/// Reads pieces, each in a packet of its own.
fn read(closes: bool, pieces: &[Piece]) -> (Vec<Seen>, Vec<Code>) {
    let mut session = Session::new();
    session.set_rules(Direction::Client, Rules { dialect: Dialect::Hixie { closes }, ..Rules::default() });
    let look = Look { frames: true, messages: true };
    let (mut found, mut scratch) = (Found::default(), Scratch::default());
    for (packet, piece) in (1..).zip(pieces) {
        let at = At { packet, ..At::default() };
        match piece {
            Piece::Bytes(bytes) => {
                session.push(Direction::Client, Chunk::made(bytes, at), look, &mut scratch, &mut found);
            }
            Piece::Gap(len) => {
                session.gap(Direction::Client, Gap { len: *len, at, cut: false }, look, &mut found);
            }
        }
    }
    session.finish(look, &mut scratch, &mut found);
    let ending = Ending { finished: PerDirection { client: true, server: true }, ..Ending::default() };
    (found.0, session.closing_notes(&ending).iter().map(|note| note.code).collect())
}

#[test]
fn a_long_text_is_whole_however_often_it_was_put_aside() {
    let text = "é".repeat(30_000);
    let sent = [b"\0", text.as_bytes(), b"\xff"].concat();
    let mut session = Session::new();
    session.set_rules(Direction::Client, Rules { dialect: Dialect::Hixie { closes: true }, ..Rules::default() });
    let look = Look { frames: true, messages: true };
    let (mut found, mut scratch) = (Found::default(), Scratch::default());
    for (packet, part) in (1..).zip(sent.chunks(7_001)) {
        let part = Chunk::made(part, At { packet, ..At::default() });
        session.push(Direction::Client, part, look, &mut scratch, &mut found);
        let mut packed = Vec::new();
        session.park(&scratch);
        session.pack(&mut packed);
        assert!(packed.len() < 18_000, "{}", packed.len());
        session.parked();
        session = Session::unpack(&mut packed.as_slice()).unwrap();
        session.unpark(&scratch, &Pool::default());
    }
    session.finish(look, &mut scratch, &mut found);
    let told = Seen { packets: (1, 9), ..frame(0, 1, text.as_bytes(), &[]) };
    assert_eq!(found.0, [told]);
}

fn frame(offset: u64, opcode: u8, payload: &[u8], codes: &[Code]) -> Seen {
    let length = payload.len() as u64;
    Seen {
        offset,
        opcode,
        length,
        payload: payload.to_vec(),
        ended: true,
        packets: (1, 1),
        codes: codes.to_vec(),
        message: (opcode != 8).then(|| (length, true, payload.to_vec())),
        ..Seen::default()
    }
}

#[test]
fn text_binary_and_the_closing_bytes() {
    // draft-hixie-thewebsocketprotocol-76 section 4.2.
    let stream = b"\x00Hello\xff\x80\x05\xff\x00\xff\x00\xff\x00\xff\xff\x00";
    let (frames, notes) = read(true, &[bytes(stream)]);
    let want = [
        frame(0, 1, b"Hello", &[]),
        frame(7, 2, b"\xff\x00\xff\x00\xff", &[]),
        frame(14, 1, b"", &[]),
        frame(16, 8, b"", &[]),
    ];
    assert_eq!(frames, want);
    assert_eq!(notes, [Code::CloseUnanswered]);
}

#[test]
fn draft_75_has_no_closing_handshake_to_miss() {
    assert_eq!(read(false, &[bytes(b"\x00Hi\xff")]).1, []);
    assert_eq!(read(true, &[bytes(b"\x00Hi\xff")]).1, [Code::CloseMissing]);
}

#[test]
fn types_without_a_meaning_are_data_with_a_note() {
    let (frames, _) = read(true, &[bytes(b"\x05ab\xff\x91\x02cd\xff\x01x\x00\xff")]);
    let want = [
        frame(0, 3, b"ab", &[Code::OpcodeReserved]),
        frame(4, 3, b"cd", &[Code::OpcodeReserved]),
        frame(8, 3, b"x", &[Code::OpcodeReserved]),
        frame(11, 1, b"", &[]),
    ];
    assert_eq!(frames, want);
}

#[test]
fn what_follows_the_closing_bytes_and_text_that_is_none() {
    let (frames, _) = read(true, &[bytes(b"\xff\x00\x00\xc3(\xff\x00\xe2\x82\xff")]);
    assert_eq!(frames[1].codes, [Code::CloseDataAfter, Code::MessageUtf8]);
    assert_eq!(frames[2].codes, [Code::CloseDataAfter, Code::MessageUtf8]);
}

#[test]
fn a_gap_in_text_is_a_hole() {
    let (frames, _) = read(true, &[bytes(b"\x00Hel"), Piece::Gap(3), bytes(b"rld\xff\x00Hi\xff")]);
    let first = Seen {
        length: 9,
        holes: vec![(3, 3)],
        packets: (1, 3),
        payload: b"Helrld".to_vec(),
        codes: vec![Code::FrameGap],
        message: Some((9, false, b"Helrld".to_vec())),
        ..frame(0, 1, b"", &[])
    };
    assert_eq!(frames, [first, Seen { packets: (3, 3), ..frame(11, 1, b"Hi", &[]) }]);
}

#[test]
fn a_frame_whose_end_is_lost_ends_where_the_next_one_starts() {
    // As a snap length cuts it: five bytes of text and the 0xFF.
    let (frames, _) = read(true, &[bytes(b"\x00Hel"), Piece::Gap(6), bytes(b"\x00Hi\xff")]);
    assert_eq!((frames[0].length, &frames[0].holes[..], frames[0].ended), (8, &[(3, 5)][..], true));
    assert_eq!(frames[1], Seen { packets: (3, 3), ..frame(10, 1, b"Hi", &[]) });
    // Only the 0xFF is lost.
    let (frames, _) = read(true, &[bytes(b"\x00Hel"), Piece::Gap(1), bytes(b"\xff\x00")]);
    assert_eq!((frames[0].length, frames[0].holes.len(), &frames[0].codes[..]), (3, 0, &[][..]));
    assert_eq!((frames[1].opcode, frames[1].offset), (8, 5));
}

#[test]
fn a_lost_start_costs_what_comes_before_the_next_start() {
    for (pieces, want) in [
        (vec![Piece::Gap(4), bytes(b"lo\xff\x00Hi\xff")], vec![(7, &b"Hi"[..])]),
        (vec![Piece::Gap(4), bytes(b"\x00Hi\xff")], vec![(4, b"Hi")]),
        (vec![bytes(b"\x80\x83"), Piece::Gap(4), bytes(b"xx\xff"), bytes(b"\x00Hi\xff")], vec![(9, b"Hi")]),
        (vec![bytes(b"\x80\x04"), Piece::Gap(9), bytes(b"xx\xff\xff\x00")], vec![(0, b""), (14, b"")]),
    ] {
        let (frames, _) = read(true, &pieces);
        let found: Vec<_> = frames.iter().map(|frame| (frame.offset, &frame.payload[..])).collect();
        assert_eq!(found, want, "{pieces:?}");
        let last = frames.last().unwrap();
        assert_eq!(last.codes, [Code::Resynchronised], "{pieces:?}");
    }
    let (frames, notes) = read(true, &[Piece::Gap(4), bytes(b"nothing here")]);
    assert_eq!((frames, notes), (vec![], vec![Code::Resynchronised]));
}

#[test]
fn what_never_ends_is_told_as_it_stands() {
    let (frames, _) = read(true, &[bytes(b"\x00Hel")]);
    assert_eq!((frames[0].ended, frames[0].length, &frames[0].payload[..]), (false, 3, &b"Hel"[..]));
    assert_eq!(frames[0].codes, [Code::FrameUnfinished, Code::MessageUnfinished]);
    assert_eq!(frames[0].message, Some((3, false, b"Hel".to_vec())));
    let (frames, _) = read(true, &[bytes(b"\x80\x87\x7fx")]);
    assert_eq!((frames[0].ended, frames[0].length), (false, 1023));
    assert_eq!(read(true, &[bytes(b"\x80\x87")]), (vec![], vec![Code::FrameUnfinished]));
}

#[test]
fn a_length_beyond_64_bits_and_text_without_end_cost_no_memory() {
    let (frames, _) = read(true, &[bytes(&[&[0x80][..], &[0xff; 300], &[0x7f], b"abc"].concat())]);
    assert_eq!((frames[0].length, &frames[0].payload[..]), (u64::MAX, &b"abc"[..]));
    assert!(frames[0].codes.contains(&Code::LengthTopBit));
    let piece = bytes(&[b'x'; 1 << 20]);
    let endless: Vec<Piece> = std::iter::once(bytes(b"\x00")).chain(vec![piece; 10]).collect();
    let (frames, _) = read(true, &endless);
    assert_eq!((frames[0].length, frames[0].payload.len()), (10 << 20, limits::FRAME_KEPT_BYTES));
    assert!(frames[0].codes.contains(&Code::KeptCap));
}

/// Frames of the drafts, by their words: a type, text without 0xFF, 0xFF; or a type, a length, bytes.
fn any_frame() -> impl Strategy<Value = (Vec<u8>, Vec<u8>, u8)> {
    let text = "[a-zé☃😀]{0,20}".prop_map(|text| {
        let wire = [&[0x00], text.as_bytes(), &[0xff]].concat();
        (wire, text.into_bytes(), 1)
    });
    let binary = prop::collection::vec(any::<u8>(), 0..300).prop_map(|data| {
        let (high, low) = ((data.len() / 128) as u8, (data.len() % 128) as u8);
        let length = if high > 0 { vec![0x80 | high, low] } else { vec![low] };
        ([&[0x80], &length[..], &data[..]].concat(), data, 2)
    });
    prop_oneof![text, binary]
}

proptest! {
    #[test]
    fn any_cut_gives_the_frames_that_were_sent(
        frames in prop::collection::vec(any_frame(), 0..12),
        mut cuts in prop::collection::vec(0usize..2000, 0..10),
    ) {
        let stream: Vec<u8> = frames.iter().flat_map(|(wire, ..)| wire.clone()).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut start = 0;
        for end in cuts.into_iter().chain([stream.len()]) {
            let end = end.clamp(start, stream.len());
            pieces.push(bytes(&stream[start..end]));
            start = end;
        }
        let (found, _) = read(true, &pieces);
        prop_assert_eq!(found.len(), frames.len());
        let mut offset = 0;
        for (seen, (wire, payload, opcode)) in found.iter().zip(&frames) {
            let want = Seen { packets: seen.packets, ..frame(offset, *opcode, payload, &[]) };
            prop_assert_eq!(seen, &want);
            offset += wire.len() as u64;
        }
    }

    /// Any bytes and gaps: offsets rise, and every byte belongs to one frame at most.
    #[test]
    fn anything_is_read_without_overlap(
        pieces in prop::collection::vec(
            prop_oneof![
                4 => prop::collection::vec(prop::sample::select(vec![0x00u8, 0xff, 0x80, 0x01, b'a', 0xc3]), 0..12).prop_map(Piece::Bytes),
                1 => (1u64..9).prop_map(Piece::Gap),
            ],
            0..20,
        ),
    ) {
        let (frames, _) = read(true, &pieces);
        let mut end = 0;
        for frame in &frames {
            prop_assert!(frame.offset >= end, "{frames:?}");
            let held: u64 = frame.holes.iter().map(|hole| hole.1).sum();
            prop_assert!(!frame.ended || frame.payload.len() as u64 + held == frame.length, "{frame:?}");
            end = frame.offset + 1 + frame.payload.len() as u64 + held;
        }
        let total: u64 = pieces.iter().map(|piece| match piece { Piece::Bytes(b) => b.len() as u64, Piece::Gap(n) => *n }).sum();
        prop_assert!(end <= total);
    }
}
