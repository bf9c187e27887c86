//! Sessions against RFC vectors and a naive encoder, cut anywhere.

use proptest::prelude::*;

use super::*;
use crate::base::{At, Chunk, Code, Direction, Gap, Hole, Note, Timestamp};

/// A frame or message as it was told, with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Frame { direction: Direction, offset: u64, opcode: u8, fin: bool, length: u64, payload: Vec<u8>, codes: Vec<Code> },
    Message { opcode: u8, length: u64, payload: Vec<u8>, complete: bool, frames: u64, codes: Vec<Code> },
}

#[derive(Default)]
struct Record {
    seen: Vec<Seen>,
    holes: Vec<Hole>,
    packets: Vec<(u64, u64)>,
}

impl Events for Record {
    fn frame(&mut self, frame: &Frame<'_>) {
        self.packets.push((frame.first.packet, frame.last.packet));
        self.holes.extend(frame.holes);
        self.seen.push(Seen::Frame {
            direction: frame.direction,
            offset: frame.offset,
            opcode: frame.header.opcode.bits(),
            fin: frame.header.fin,
            length: frame.header.length,
            payload: frame.payload.to_vec(),
            // What its message has, too, is looked at there.
            codes: frame.notes.iter().map(|note| note.code).filter(|code| !code.is_of_message()).collect(),
        });
    }

    fn message(&mut self, message: &Message<'_>) {
        self.seen.push(Seen::Message {
            opcode: message.opcode.bits(),
            length: message.length,
            payload: message.payload.to_vec(),
            complete: message.complete,
            frames: message.frame_count,
            codes: message.notes.iter().map(|note| note.code).collect(),
        });
    }
}

const LOOK: Look = Look { frames: true, messages: true };

fn at(packet: u64) -> At {
    At { packet, time: Timestamp(0) }
}

struct Peer {
    session: Session,
    scratch: Scratch,
    record: Record,
    packet: u64,
}

impl Peer {
    fn new() -> Peer {
        Peer { session: Session::new(), scratch: Scratch::default(), record: Record::default(), packet: 0 }
    }

    fn push(&mut self, direction: Direction, bytes: &[u8]) {
        self.packet += 1;
        self.session.push(direction, Chunk::made(bytes, at(self.packet)), LOOK, &mut self.scratch, &mut self.record);
    }

    fn gap(&mut self, direction: Direction, len: u64) {
        let gap = Gap { len, at: at(self.packet + 1), cut: false };
        self.session.gap(direction, gap, LOOK, &mut self.record);
    }

    fn finish(mut self) -> Record {
        self.session.finish(LOOK, &mut self.scratch, &mut self.record);
        self.record
    }

    fn codes(self) -> Vec<Code> {
        let session = self.finish();
        session
            .seen
            .into_iter()
            .flat_map(|seen| match seen {
                Seen::Frame { codes, .. } | Seen::Message { codes, .. } => codes,
            })
            .collect()
    }
}

fn texts(record: &Record) -> Vec<(u8, String)> {
    record
        .seen
        .iter()
        .filter_map(|seen| match seen {
            Seen::Message { opcode, payload, .. } => Some((*opcode, String::from_utf8_lossy(payload).into_owned())),
            Seen::Frame { .. } => None,
        })
        .collect()
}

/// RFC 6455 section 5.7, in its order.
#[test]
fn the_examples_of_the_rfc() {
    let mut peer = Peer::new();
    peer.push(Direction::Server, &[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
    peer.push(Direction::Client, &[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    peer.push(Direction::Server, &[0x01, 0x03, 0x48, 0x65, 0x6c]);
    peer.push(Direction::Server, &[0x80, 0x02, 0x6c, 0x6f]);
    peer.push(Direction::Server, &[0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
    peer.push(Direction::Client, &[0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    let mut long = vec![0x82, 0x7e, 0x01, 0x00];
    long.extend([7; 256]);
    peer.push(Direction::Server, &long);
    let mut longer = vec![0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0];
    longer.extend([9; 65_536]);
    peer.push(Direction::Server, &longer);
    let record = peer.finish();
    let hello = || (1, "Hello".to_owned());
    assert_eq!(texts(&record)[..3], [hello(), hello(), hello()]);
    let messages: Vec<(u64, usize, bool, u64)> = record
        .seen
        .iter()
        .filter_map(|seen| match seen {
            Seen::Message { length, payload, complete, frames, .. } => {
                Some((*length, payload.len(), *complete, *frames))
            }
            Seen::Frame { .. } => None,
        })
        .collect();
    assert_eq!(
        messages,
        [(5, 5, true, 1), (5, 5, true, 1), (5, 5, true, 2), (256, 256, true, 1), (65_536, 65_536, true, 1)]
    );
    for seen in &record.seen {
        let (Seen::Frame { codes, .. } | Seen::Message { codes, .. }) = seen;
        // The RFC's pong uses the key of its text frame again.
        let pong = matches!(seen, Seen::Frame { opcode: 10, .. });
        assert_eq!(codes.as_slice(), if pong { &[Code::MaskRepeated][..] } else { &[] });
        if let Seen::Frame { opcode: 9 | 10, payload, .. } = seen {
            assert_eq!(payload, b"Hello");
        }
    }
}

#[test]
fn the_eleven_bytes_of_the_lab() {
    let mut peer = Peer::new();
    for byte in [0x81, 0x85, 0xcb, 0x6e, 0x9f, 0x8e, 0x83, 0x0b, 0xf3, 0xe2, 0xa4] {
        peer.push(Direction::Client, &[byte]);
    }
    let record = peer.finish();
    assert_eq!(texts(&record), [(1, "Hello".to_owned())]);
    assert_eq!(record.packets, [(1, 11)]);
}

#[test]
fn control_frames_and_empty_fragments_do_not_disturb_a_message() {
    let mut peer = Peer::new();
    let server = Direction::Server;
    for frame in [&[0x01, 0x00][..], &[0x00, 0x01, b'a'], &[0x89, 0x01, b'p'], &[0x00, 0x00], &[0x80, 0x00]] {
        peer.push(server, frame);
    }
    peer.push(server, &[0x81, 0x00]);
    assert_eq!(texts(&peer.finish()), [(1, "a".to_owned()), (1, String::new())]);
}

#[test]
fn a_gap_inside_a_payload_costs_those_bytes_and_nothing_else() {
    let mut peer = Peer::new();
    peer.push(Direction::Server, &[0x82, 0x0a, 1, 2, 3]);
    peer.gap(Direction::Server, 4);
    peer.push(Direction::Server, &[8, 9, 10, 0x81, 0x01, b'x']);
    let record = peer.finish();
    assert_eq!(record.holes, [Hole { start: 3, len: 4 }]);
    assert_eq!(record.packets, [(1, 2), (2, 2)]);
    assert_eq!(
        record.seen[1],
        Seen::Message {
            opcode: 2,
            length: 10,
            payload: vec![1, 2, 3, 8, 9, 10],
            complete: false,
            frames: 1,
            codes: vec![],
        }
    );
    assert_eq!(texts(&record)[1], (1, "x".to_owned()));
}

#[test]
fn a_length_of_2_to_the_63_is_kept_and_reserves_nothing() {
    let mut peer = Peer::new();
    peer.push(Direction::Server, &[0x82, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
    let record = peer.finish();
    let Seen::Frame { length, payload, codes, .. } = &record.seen[0] else { panic!() };
    assert_eq!((*length, payload.len()), (1 << 63, 3));
    assert_eq!(codes, &[Code::LengthTopBit, Code::FrameUnfinished]);
}

/// What is sent, and the notes it makes.
type Case<'c> = (&'c [(Direction, &'c [u8])], &'c [Code]);

/// Each rule on frames and messages, and bytes that break it and no other.
#[test]
fn what_breaks_a_rule_is_said() {
    use Direction::{Client, Server};
    let cases: &[Case<'_>] = &[
        (&[(Client, &[0x81, 0x01, b'x'])], &[Code::MaskMissing]),
        (&[(Server, &[0x81, 0x81, 1, 2, 3, 4, b'x' ^ 1])], &[Code::MaskForbidden]),
        (&[(Server, &[0xc1, 0x01, b'x'])], &[Code::RsvUnnegotiated]),
        (&[(Server, &[0xa1, 0x01, b'x'])], &[Code::RsvUnnegotiated]),
        (&[(Server, &[0x83, 0x00])], &[Code::OpcodeReserved]),
        (&[(Server, &[0x8b, 0x00])], &[Code::OpcodeReserved]),
        (&[(Server, &[0x09, 0x00])], &[Code::ControlFragmented]),
        (&[(Server, &[0x82, 0x7e, 0x00, 0x01, 1])], &[Code::LengthNotMinimal]),
        (&[(Server, &[0x82, 0x7f, 0, 0, 0, 0, 0, 0, 0, 1, 1])], &[Code::LengthNotMinimal]),
        (&[(Server, &[0x80, 0x00])], &[Code::MessageNoStart]),
        (&[(Server, &[0x01, 0x01, b'a', 0x81, 0x01, b'b'])], &[Code::MessageUnfinished, Code::MessageInterrupted]),
        (&[(Server, &[0x01, 0x01, b'a'])], &[Code::MessageUnfinished]),
        (&[(Server, &[0x81, 0x02, 0xc3, 0x28])], &[Code::MessageUtf8]),
        (&[(Server, &[0x01, 0x01, 0xc3, 0x80, 0x00])], &[Code::MessageUtf8]),
        (&[(Server, &[0x88, 0x01, 0x03])], &[Code::CloseShort]),
        (&[(Server, &[0x88, 0x02, 0x03, 0xed])], &[Code::CloseCode]),
        (&[(Server, &[0x88, 0x03, 0x03, 0xe8, 0xff])], &[Code::CloseReason]),
        (&[(Server, &[0x88, 0x00, 0x81, 0x00])], &[Code::CloseDataAfter]),
        (&[(Client, &[0x82, 0x80, 0, 0, 0, 0])], &[Code::MaskZero]),
        (&[(Client, &[0x82, 0x80, 9, 8, 7, 6, 0x82, 0x80, 9, 8, 7, 6])], &[Code::MaskRepeated]),
        (
            &[(
                Client,
                &[0x82, 0x80, 0, 0, 0, 1, 0x82, 0x80, 0, 0, 0, 2, 0x82, 0x80, 0, 0, 0, 3, 0x82, 0x80, 0, 0, 0, 4],
            )],
            &[Code::MaskPredictable],
        ),
        (&[(Server, &[0x82, 0x05, 1])], &[Code::FrameUnfinished, Code::MessageUnfinished]),
        // A header that is cut off is judged as far as it is there.
        (
            &[(Client, &[0xc1, 0x8d, 0x75, 0xf1, 0x9a])],
            &[Code::RsvUnnegotiated, Code::FrameUnfinished, Code::MessageUnfinished],
        ),
        (&[(Client, &[0x82, 0xfe, 0x00])], &[Code::FrameUnfinished, Code::MessageUnfinished]),
        (&[(Client, &[0x82])], &[Code::FrameUnfinished, Code::MessageUnfinished]),
        (&[(Client, &[0x89, 0x7e])], &[Code::MaskMissing, Code::ControlLong, Code::FrameUnfinished]),
        // What looks odd and is allowed.
        (&[(Server, &[0x82, 0x7e, 0x00, 0x7e, 0])], &[Code::FrameUnfinished, Code::MessageUnfinished]),
        (&[(Server, &[0x01, 0x02, b'a', 0xc3, 0x89, 0x00, 0x80, 0x01, 0xa9])], &[]),
        (&[(Server, &[0x8a, 0x00]), (Client, &[0x88, 0x80, 1, 2, 3, 4])], &[]),
    ];
    for (sent, codes) in cases {
        let mut peer = Peer::new();
        for (direction, bytes) in *sent {
            peer.push(*direction, bytes);
        }
        assert_eq!(&peer.codes(), codes, "{sent:02x?}");
    }
    let mut long = vec![0x89, 0x7e, 0x00, 0x7e];
    long.extend([0; 126]);
    let mut peer = Peer::new();
    peer.push(Server, &long);
    assert_eq!(peer.codes(), [Code::ControlLong]);
}

#[test]
fn rsv1_is_for_the_first_frame_of_a_message_only() {
    let inflation = Some(Inflation { window_bits: 15, takeover: true, per_frame: false });
    let mut peer = Peer::new();
    peer.session.set_rules(Direction::Server, Rules { inflation, ..Rules::default() });
    // RFC 7692 section 7.2.3.1: "Hello" in one frame and in two.
    peer.push(Direction::Server, &[0xc1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
    peer.push(Direction::Server, &[0x41, 0x03, 0xf2, 0x00, 0x11, 0x89, 0x00, 0xc0, 0x01, 0x00]);
    let record = peer.finish();
    assert_eq!(texts(&record)[0], (1, "Hello".to_owned()));
    let codes: Vec<Code> = record
        .seen
        .iter()
        .flat_map(|seen| match seen {
            Seen::Frame { codes, .. } => codes.clone(),
            Seen::Message { .. } => vec![],
        })
        .collect();
    assert_eq!(codes, [Code::RsvMisplaced]);
}

/// A frame to send: what an encoder needs to know.
#[derive(Debug, Clone)]
struct Sent {
    opcode: u8,
    fin: bool,
    payload: Vec<u8>,
    key: [u8; 4],
}

/// The plainest encoder there can be (RFC 6455 section 5.2).
fn encode(frame: &Sent, masked: bool, out: &mut Vec<u8>) {
    out.push(u8::from(frame.fin) << 7 | frame.opcode);
    let mask = u8::from(masked) << 7;
    match frame.payload.len() {
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
    if masked {
        out.extend(frame.key);
    }
    for (i, byte) in frame.payload.iter().enumerate() {
        out.push(if masked { byte ^ frame.key[i % 4] } else { *byte });
    }
}

fn frames() -> impl Strategy<Value = Vec<Sent>> {
    let length = prop_oneof![Just(0usize), 1..10usize, 120..130usize, 65_530..65_540usize];
    let frame = (0..6usize, length, any::<u8>(), any::<[u8; 4]>()).prop_map(|(kind, len, fill, key)| Sent {
        opcode: [2, 2, 0, 0, 9, 10][kind],
        fin: kind != 0 && kind != 2,
        payload: vec![fill; if kind > 3 { len.min(125) } else { len }],
        key,
    });
    proptest::collection::vec(frame, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Frames come out as they were sent, wherever the bytes are cut.
    #[test]
    fn cuts_do_not_matter(sent in frames(), cuts in proptest::collection::vec(1..3000usize, 1..200), masked: bool) {
        let direction = if masked { Direction::Client } else { Direction::Server };
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for frame in &sent {
            expected.push((bytes.len() as u64, frame.opcode, frame.fin, frame.payload.clone()));
            encode(frame, masked, &mut bytes);
        }
        let mut peer = Peer::new();
        let mut rest = bytes.as_slice();
        for cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            peer.push(direction, piece);
            rest = after;
        }
        peer.push(direction, rest);
        let seen: Vec<_> = peer
            .finish()
            .seen
            .into_iter()
            .filter_map(|seen| match seen {
                Seen::Frame { offset, opcode, fin, payload, .. } => Some((offset, opcode, fin, payload)),
                Seen::Message { .. } => None,
            })
            .collect();
        prop_assert_eq!(seen, expected);
    }

    /// Any bytes are read to their end without a fault, and every frame lies inside them.
    #[test]
    fn any_bytes_are_read(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..40)) {
        let mut peer = Peer::new();
        for (i, piece) in pieces.iter().enumerate() {
            peer.push(if i % 3 == 0 { Direction::Server } else { Direction::Client }, piece);
        }
        let total: usize = pieces.iter().map(Vec::len).sum();
        for seen in peer.finish().seen {
            if let Seen::Frame { offset, payload, .. } = seen {
                prop_assert!(offset as usize + payload.len() <= total);
            }
        }
    }
}

/// Text, frames, and what is neither, as a server may write them one after the other.
fn between_frames() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        4 => "[a-z ]{16,60}".prop_map(String::into_bytes),
        2 => "[ -~]{1,40}".prop_map(String::into_bytes),
        4 => "[a-zà-ü文🙂]{8,40}".prop_map(String::into_bytes),
        2 => Just(b"HTTP/1.1 400 Bad Request\r\nServer: one\r\n\r\n".to_vec()),
        // Ends inside a character, or in bytes that begin none.
        2 => ("[a-z]{20,30}", 1..4usize).prop_map(|(text, len)| [text.as_bytes(), &"🙂".as_bytes()[..len]].concat()),
        1 => Just(b"a text of which the end is \xe0\x80".to_vec()),
    ];
    let frame = (any::<bool>(), 0..300usize).prop_map(|(fin, len)| {
        let sent = Sent { fin, opcode: 2, key: [0; 4], payload: vec![0x81; len] };
        let mut out = Vec::new();
        encode(&sent, false, &mut out);
        out
    });
    let neither = proptest::collection::vec(any::<u8>(), 1..4);
    let piece = prop_oneof![6 => text, 6 => frame, 1 => neither];
    proptest::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

/// What is told of bytes that a server sends in one packet.
fn told_in_pieces<'b>(pieces: impl Iterator<Item = &'b [u8]>) -> (Vec<Seen>, Vec<(Code, Option<String>)>) {
    let mut peer = Peer::new();
    for piece in pieces {
        peer.packet = 0;
        peer.push(Direction::Server, piece);
    }
    peer.session.finish(LOOK, &mut peer.scratch, &mut peer.record);
    let notes = peer.session.closing_notes(&Ending::default());
    let said = |note: Note| (note.code, note.detail.map(std::borrow::Cow::into_owned));
    (peer.record.seen, notes.into_iter().map(said).collect())
}

/// Where the next frame was searched for, pieces count.
fn searched((seen, notes): &(Vec<Seen>, Vec<(Code, Option<String>)>)) -> bool {
    let frame = |seen: &Seen| matches!(seen, Seen::Frame { codes, .. } if codes.contains(&Code::Resynchronised));
    notes.iter().any(|(code, _)| *code == Code::Resynchronised) || seen.iter().any(frame)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn cuts_do_not_matter_to_text(bytes in between_frames(), cuts in proptest::collection::vec(1..50usize, 1..80)) {
        let whole = told_in_pieces([&bytes[..]].into_iter());
        let mut rest = &bytes[..];
        let mut cuts = cuts.into_iter().cycle();
        let cut = told_in_pieces(std::iter::from_fn(|| {
            let (piece, after) = rest.split_at(cuts.next()?.min(rest.len()));
            rest = after;
            (!piece.is_empty()).then_some(piece)
        }));
        let bytewise = told_in_pieces(bytes.chunks(1));
        for other in [cut, bytewise] {
            let is_text = |note: &&(Code, Option<String>)| matches!(note.0, Code::StreamHttp | Code::StreamUnframed);
            prop_assert_eq!(whole.1.iter().find(is_text), other.1.iter().find(is_text));
            prop_assert!(whole == other || searched(&whole) || searched(&other), "{whole:#?} {other:#?}");
        }
    }
}

#[test]
fn what_follows_text_is_the_same_cut_anywhere() {
    let text = b"Bad credentials, go away";
    for behind in [
        &b"\x81\x05hello\x8a\0"[..],
        // A length of 16 bits that is too small for them, whose header breaks no other rule.
        b"\x82\x7e\x01\x00",
        // Nothing that can be: searched for frames, and here are none.
        b"\x83\x7e\x01\x00",
        b"\xc3\x05",
        b"\xc3\xa9\x82\x01a",
        b"\xf0\x9f\x99\x82\x82\x01a",
        // Half of a character, and then a frame.
        b"\xf0\x9f\x99",
        b"\xf0\x9f\x01\x03abc",
        b"\xe0\x80\x80",
        b"\x83",
        b"\xff\xff",
    ] {
        let bytes = [&text[..], behind].concat();
        let whole = told_in_pieces([&bytes[..]].into_iter());
        assert!(whole.1.iter().any(|(code, _)| *code == Code::StreamUnframed), "{}", behind.escape_ascii());
        for first in 1..bytes.len() {
            for second in first..bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                let cut = told_in_pieces(pieces.into_iter().filter(|piece| !piece.is_empty()));
                assert_eq!(cut, whole, "{} cut at {first} and {second}", behind.escape_ascii());
            }
        }
    }
}
