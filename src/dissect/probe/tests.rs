//! What is not WebSocket is not taken for it; what is, is found wherever it is entered.

use proptest::prelude::*;

use super::*;
use crate::base::At;
use crate::websocket::Header;

/// xorshift64*, so that the numbers below can be had again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: u64) -> usize {
        (self.next() % n) as usize
    }

    fn bytes(&mut self, n: usize) -> Vec<u8> {
        (0..n).map(|_| self.next().to_be_bytes()[0]).collect()
    }
}

/// What becomes of these pieces, as they come.
fn decide(pieces: &[(Side, Vec<u8>)]) -> Decision {
    let mut probe = Probe::new(Sides::default(), false);
    for (side, piece) in pieces {
        probe.sides.get_mut(*side).push(Chunk::made(piece, At::default()));
        let decision = probe.decide(false);
        if decision != Decision::More {
            return decision;
        }
    }
    probe.decide(true)
}

/// Pieces of both sides, made by `piece`.
fn talk(random: &mut Random, mut piece: impl FnMut(&mut Random, Side) -> Vec<u8>) -> Vec<(Side, Vec<u8>)> {
    let count = 1 + random.below(24);
    (0..count)
        .map(|_| {
            let side = if random.below(2) == 0 { Side::A } else { Side::B };
            (side, piece(random, side))
        })
        .collect()
}

/// Streams of each kind; each must be refused. docs/MIDSTREAM.md states the count.
const STREAMS: usize = 300;

fn refused(kind: &str, mut piece: impl FnMut(&mut Random, Side) -> Vec<u8>) {
    for seed in 1..=STREAMS as u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let pieces = talk(&mut random, &mut piece);
        let decision = decide(&pieces);
        assert!(matches!(decision, Decision::Other(_) | Decision::Later), "{kind} {seed}: {pieces:02x?}");
    }
}

#[test]
fn random_bytes_are_refused() {
    refused("short", |random, _| {
        let n = 1 + random.below(40);
        random.bytes(n)
    });
    refused("long", |random, _| {
        let n = 1 + random.below(1448);
        random.bytes(n)
    });
}

#[test]
fn zeros_and_small_integers_are_refused() {
    refused("zeros", |random, _| vec![0; 1 + random.below(300)]);
    refused("integers", |random, _| {
        (0..1 + random.below(40)).flat_map(|_| (random.below(300) as u32).to_be_bytes()).collect()
    });
}

#[test]
fn tls_from_the_middle_is_refused() {
    refused("tls", |random, _| {
        let len = 20 + random.below(1200);
        let mut record = vec![23, 3, 3];
        record.extend((len as u16).to_be_bytes());
        record.extend(random.bytes(len));
        let from = random.below(20);
        record.split_off(from.min(record.len() - 1))
    });
}

#[test]
fn mqtt_is_refused() {
    refused("mqtt", |random, side| {
        let mut packet = match (side, random.below(4)) {
            (Side::A, 0) => vec![0xc0, 0],
            (Side::A, 1) => vec![0x82, 9, 0, 7, 0, 4, b'a', b'/', b'b', b'c', 1],
            (Side::B, 0) => vec![0xd0, 0],
            (Side::B, 1) => vec![0x90, 3, 0, 7, 1],
            _ => {
                let mut packet = vec![0x30, 0, 0, 3, b'a', b'/', b'b'];
                packet.extend(format!("{{\"t\":{}}}", random.below(100)).bytes());
                packet[1] = packet.len() as u8 - 2;
                packet
            }
        };
        if random.below(3) == 0 {
            packet.extend([0x40, 2, 0, 9]);
        }
        packet
    });
    // A subscriber of which only one side was captured: each packet ends where its segment does.
    let subscribe = vec![0x82, 9, 0, 7, 0, 4, b'a', b'/', b'b', b'c', 1];
    assert_eq!(decide(&vec![(Side::A, subscribe); 20]), Decision::Later);
}

#[test]
fn text_protocols_are_refused() {
    refused("redis", |random, side| match (side, random.below(3)) {
        (Side::A, _) => format!("*2\r\n$3\r\nGET\r\n$5\r\nkey{:02}\r\n", random.below(100)).into_bytes(),
        (Side::B, 0) => b"$-1\r\n".to_vec(),
        (Side::B, _) => format!("$7\r\nvalue{:02}\r\n", random.below(100)).into_bytes(),
    });
    refused("http body", |random, _| format!("<p>{}</p>\n", "Grüße, 世界 ".repeat(1 + random.below(30))).into_bytes());
    refused("smtp", |random, _| format!("250 {} ok\r\n", random.next()).into_bytes());
}

#[test]
fn length_prefixed_protocols_are_refused() {
    refused("postgresql", |random, side| {
        let kinds: &[u8] = if side == Side::A { b"QPBEDSX" } else { b"TDCZ12S" };
        let text = format!("SELECT {}\0", random.below(1000));
        let mut message = vec![kinds[random.below(kinds.len() as u64)]];
        message.extend((text.len() as u32 + 4).to_be_bytes());
        message.extend(text.bytes());
        message
    });
    refused("http/2", |random, _| {
        let len = random.below(200);
        let mut frame = vec![
            0,
            0,
            len as u8,
            random.below(10) as u8,
            random.below(6) as u8,
            0,
            0,
            0,
            2 * random.below(9) as u8 + 1,
        ];
        frame.extend(random.bytes(len));
        frame
    });
    // WebSocket in HTTP/2 (RFC 8441), joined anywhere: the frames are true, and not of this connection.
    refused("websocket in http/2", |random, side| {
        let inner = frame(random, side == Side::A);
        let mut outer = vec![0, 0, inner.len() as u8, 0, 0, 0, 0, 0, 1];
        outer.extend(inner);
        outer
    });
    refused("dns over tcp", |random, _| {
        let len = 12 + random.below(60);
        let mut message = vec![0, len as u8, 0x81, 0x80];
        message.extend(random.bytes(len - 2));
        message
    });
    refused("one byte of length", |random, _| {
        let len = random.below(120);
        let mut message = vec![random.below(16) as u8 | 0x80, len as u8];
        message.extend(random.bytes(len));
        message
    });
}

fn frame(random: &mut Random, masked: bool) -> Vec<u8> {
    let text = format!("{{\"id\":{},\"price\":{}}}", random.next(), random.below(1000));
    let mut bytes = vec![0x81, if masked { 0x80 } else { 0 } | text.len() as u8];
    let key = if masked { random.bytes(4) } else { vec![0; 4] };
    if masked {
        bytes.extend(&key);
    }
    bytes.extend(text.bytes().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

#[test]
fn one_byte_over_and_over_is_refused() {
    // A header, its key and its payload all at once.
    for byte in [0x81, 0x82, 0x89, 0xc1] {
        for len in [1, 2, 7, 300, 1448] {
            let pieces: Vec<_> = (0..20).map(|i| (Side::BOTH[i % 2], vec![byte; len])).collect();
            assert!(matches!(decide(&pieces), Decision::No | Decision::Later), "{byte:02x} {len}");
        }
    }
}

#[test]
fn text_with_lengths_is_refused_where_no_side_masks() {
    refused("both", |random, _| frame(random, false));
    refused("one", |random, side| match side {
        Side::A => vec![1, 0, 0, random.bytes(1)[0]],
        Side::B => frame(random, false),
    });
}

#[test]
fn a_server_alone_needs_much_text() {
    let mut random = Random(7);
    let mut talk =
        |count: usize| -> Vec<(Side, Vec<u8>)> { (0..count).map(|_| (Side::B, frame(&mut random, false))).collect() };
    assert_eq!(decide(&talk(7)), Decision::Later);
    let Decision::Yes { client: Side::A, starts, .. } = decide(&talk(8)) else { panic!("not recognised") };
    assert_eq!(starts, Sides { a: None, b: Some(0) });
}

/// Entered inside a frame longer than what is looked at: nothing is held, and the next frames are found.
#[test]
fn a_probe_sleeps_through_a_long_frame() {
    let mut random = Random(3);
    let mut probe = Probe::new(Sides::default(), false);
    let push = |probe: &mut Probe, side, bytes: &[u8]| {
        let woken = probe.push(side, Chunk::made(bytes, At::default()));
        if woken { probe.decide(false) } else { Decision::More }
    };
    let mut slept = false;
    for _ in 0..100 {
        if push(&mut probe, Side::A, &random.bytes(1448)) == Decision::Later {
            assert!(probe.sleep());
            slept = true;
        }
    }
    assert!(slept && probe.sides.a.bytes().len() < ENOUGH && probe.oldest_pending().is_none());
    // Its end, and what comes after.
    push(&mut probe, Side::A, &random.bytes(77));
    let mut decision = Decision::More;
    for _ in 0..3 {
        for (side, masked) in [(Side::A, true), (Side::B, false)] {
            if !matches!(decision, Decision::Yes { .. }) {
                decision = push(&mut probe, side, &frame(&mut random, masked));
            }
        }
    }
    let Decision::Yes { client, starts, .. } = decision else { panic!("{decision:?}") };
    assert_eq!((client, starts.a), (Side::A, Some(0)));
}

/// Whether bytes end in whole frames: what was cut off before
/// them then leaves nothing by which to tell where the first whole one begins.
fn ends_in_frames(bytes: &[u8]) -> bool {
    (0..bytes.len()).any(|from| {
        let mut rest = bytes.get(from..).unwrap_or_default();
        while let Ok(header) = Header::parse(rest) {
            let len = u64::from(header.wire_len()).saturating_add(header.length);
            match usize::try_from(len).ok().and_then(|len| rest.get(len..)) {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        rest.is_empty()
    })
}

proptest! {
    /// Entered anywhere, both directions are found, at the first frame that starts there.
    #[test]
    fn frames_are_found_wherever_they_are_entered(seed in 1u64.., skip_a in 0..60usize, skip_b in 0..60usize) {
        let mut random = Random(seed);
        let mut pieces = vec![(Side::A, frame(&mut random, true)), (Side::B, frame(&mut random, false))];
        let (len_a, len_b) = (pieces[0].1.len(), pieces[1].1.len());
        let (skip_a, skip_b) = (skip_a.min(len_a), skip_b.min(len_b));
        pieces[0].1.drain(..skip_a);
        pieces[1].1.drain(..skip_b);
        prop_assume!((skip_a == 0 || !ends_in_frames(&pieces[0].1)) && (skip_b == 0 || !ends_in_frames(&pieces[1].1)));
        for _ in 0..4 {
            pieces.push((Side::A, frame(&mut random, true)));
            pieces.push((Side::B, frame(&mut random, false)));
        }
        pieces.retain(|(_, piece)| !piece.is_empty());
        let mut probe = Probe::new(Sides::default(), false);
        for (side, piece) in &pieces {
            probe.sides.get_mut(*side).push(Chunk::made(piece, At::default()));
        }
        let Decision::Yes { client, starts, .. } = probe.decide(true) else { panic!("not found") };
        prop_assert_eq!(client, Side::A);
        let first = |skip: usize, len: usize| if skip == 0 { 0 } else { (len - skip) as u64 };
        prop_assert_eq!(starts.a, Some(first(skip_a, len_a)));
        prop_assert_eq!(starts.b, Some(first(skip_b, len_b)));
    }
}

/// A byte a segment: that a frame ends where a segment does says nothing then.
#[test]
fn bytes_one_by_one_are_no_evidence() {
    for seed in 1..=20u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let pieces: Vec<_> = (0..60).map(|i| (Side::BOTH[i % 2], random.bytes(1))).collect();
        assert!(matches!(decide(&pieces), Decision::No | Decision::Later), "{seed}: {pieces:02x?}");
    }
    let mut random = Random(1);
    let mut held = Backlog::default();
    for _ in 0..4000 {
        held.push(Chunk::made(&random.bytes(1), At::default()));
    }
    let best = resync::find(&held, false).map_or(0.0, |guess| guess.bits);
    assert!(best < resync::LAST_CHANCE, "{best}");
}
