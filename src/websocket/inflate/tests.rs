//! RFC 7692's own examples, and flate2's deflate as the other end.

use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;

use super::*;
use crate::base::{Code, limits};

/// The other end of a permessage-deflate connection.
pub(super) struct Deflater {
    raw: Compress,
    takeover: bool,
}

impl Deflater {
    pub(super) fn new(level: u32, window_bits: u8, takeover: bool) -> Deflater {
        Deflater { raw: Compress::new_with_window_bits(Compression::new(level), false, window_bits), takeover }
    }

    /// One message as RFC 7692 section 7.2.1 makes it.
    pub(super) fn message(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = self.flushed(bytes, FlushCompress::Sync);
        if out.is_empty() {
            // Nothing to flush: RFC 7692 section 7.2.3.6.
            return vec![0x00];
        }
        assert_eq!(out.split_off(out.len() - 4), [0, 0, 0xff, 0xff]);
        if !self.takeover {
            self.raw.reset();
        }
        out
    }

    /// As [`Deflater::message`], each part flushed in its own way; `Finish` makes a final block, and takeover goes
    /// across it. `plain` is all that was sent before this message.
    fn message_of_parts(&mut self, parts: &[(Vec<u8>, FlushCompress)], plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut plain = plain.to_vec();
        for (part, flush) in parts {
            out.extend(self.flushed(part, *flush));
            plain.extend(part);
            if matches!(flush, FlushCompress::Finish) {
                self.raw.reset();
                if !plain.is_empty() {
                    self.raw.set_dictionary(&plain[plain.len().saturating_sub(32 * 1024)..]).unwrap();
                }
            }
        }
        out.extend(self.message(b""));
        out
    }

    pub(super) fn flushed(&mut self, bytes: &[u8], flush: FlushCompress) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 1000);
        let before = self.raw.total_in();
        loop {
            let done = usize::try_from(self.raw.total_in() - before).unwrap();
            let room = out.capacity() - out.len();
            self.raw.compress_vec(&bytes[done..], &mut out, flush).unwrap();
            if out.len() < out.capacity() && room > 0 {
                return out;
            }
            out.reserve(1000);
        }
    }
}

/// One message through an inflater, cut at `cuts`.
pub(super) fn inflate(inflater: &mut Inflater, message: &[u8], cuts: &[usize]) -> (Vec<u8>, Result<(), InflateFault>) {
    let mut text = Vec::new();
    let mut out = |piece: &[u8]| text.extend_from_slice(piece);
    let mut result = Ok(());
    let mut start = 0;
    for end in cuts.iter().copied().chain([message.len()]) {
        let end = end.clamp(start, message.len());
        result = result.and(inflater.push(&message[start..end], &mut out));
        start = end;
    }
    let finished = inflater.finish(&mut out);
    (text, result.and(finished))
}

/// A message that must inflate whole, at every cut, and byte by byte.
fn whole(messages: &[(&[u8], &[u8])], takeover: bool) {
    let longest = messages.iter().map(|(message, _)| message.len()).max().unwrap_or(0);
    for cut in 0..=longest {
        for cuts in [vec![cut], (0..cut).collect()] {
            let mut inflater = Inflater::new(15, takeover);
            for (message, text) in messages {
                assert_eq!(inflate(&mut inflater, message, &cuts), (text.to_vec(), Ok(())), "cuts {cuts:?}");
            }
        }
    }
}

#[test]
fn rfc_7692_7_2_3_1_one_compressed_block() {
    whole(&[(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], b"Hello")], true);
}

#[test]
fn rfc_7692_7_2_3_2_sharing_the_window() {
    let first: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    whole(&[(first, b"Hello"), (&[0xf2, 0x00, 0x11, 0x00, 0x00], b"Hello")], true);
    // Without takeover the client would send the same bytes again.
    whole(&[(first, b"Hello"), (first, b"Hello")], false);
}

#[test]
fn rfc_7692_7_2_3_3_a_block_without_compression() {
    let message = &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    whole(&[(message, b"Hello"), (message, b"Hello")], true);
}

#[test]
fn rfc_7692_7_2_3_4_a_block_with_bfinal_set() {
    whole(&[(&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00], b"Hello")], true);
}

#[test]
fn rfc_7692_7_2_3_5_two_blocks_in_one_message() {
    let message = &[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
    whole(&[(message, b"Hello")], true);
}

#[test]
fn rfc_7692_7_2_3_6_an_empty_fragment() {
    whole(&[(&[0x00], b""), (&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], b"Hello"), (&[0x00], b"")], true);
}

/// The window survives a final block: the second message is the five bytes of 7.2.3.2 that refer to the first.
#[test]
fn takeover_goes_across_a_final_block() {
    let last: &[u8] = &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    whole(&[(last, b"Hello"), (&[0xf2, 0x00, 0x11, 0x00, 0x00], b"Hello"), (last, b"Hello")], true);
    // Within one message too: "Hello" final, padding, then the reference.
    whole(&[(&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0xf2, 0x00, 0x11, 0x00, 0x00], b"HelloHello")], false);
    // And an empty stored block may itself be the final one.
    whole(&[(&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x01], b"Hello"), (&[0xf2, 0, 0x11, 0, 0], b"Hello")], true);
}

#[test]
fn parking_keeps_the_history_and_only_with_takeover() {
    let hello: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let again: &[u8] = &[0xf2, 0x00, 0x11, 0x00, 0x00];
    let pool = Pool::with_caps(1, 1000);
    let mut inflater = Inflater::pooled(15, true, &pool);
    inflate(&mut inflater, hello, &[]).1.unwrap();
    let before = pool.bytes();
    inflater.park();
    assert!(pool.bytes() > before + 5 && pool.bytes() < before + 1000);
    assert_eq!(inflate(&mut inflater, again, &[]), (b"Hello".to_vec(), Ok(())));
    drop(inflater);
    let pool = Pool::with_caps(1, 1000);
    let mut inflater = Inflater::pooled(15, false, &pool);
    inflate(&mut inflater, hello, &[]).1.unwrap();
    inflater.park();
    assert_eq!(pool.bytes(), before);
    // A message under way stays.
    inflater.push(&hello[..3], &mut |_| {}).unwrap();
    inflater.park();
    let mut text = Vec::new();
    inflater.push(&hello[3..], &mut |piece| text.extend_from_slice(piece)).unwrap();
    inflater.finish(&mut |_| {}).unwrap();
    assert!(b"Hello".ends_with(&text));
}

/// Connections, and what happens on them in turn: which one gets how many bytes of its next message.
#[derive(Debug)]
struct Crowd {
    connections: Vec<(bool, u8, Vec<Vec<u8>>)>,
    turns: Vec<(prop::sample::Index, usize)>,
}

fn crowd() -> impl Strategy<Value = Crowd> {
    let connection = (any::<bool>(), 9u8..=15, prop::collection::vec(compressible(), 1..4));
    let turns = prop::collection::vec((any::<prop::sample::Index>(), 1usize..3000), 1..150);
    (prop::collection::vec(connection, 1..12), turns).prop_map(|(connections, turns)| Crowd { connections, turns })
}

/// What came of a message, with unknown bytes as `None`; what it should be; and whether a history was forgotten.
type Outcome<'a> = (Vec<Option<u8>>, Result<(), InflateFault>, &'a [u8], bool);

impl Crowd {
    /// Runs it on `pool`, and tells of each message that ended.
    fn run(&self, pool: &Pool) -> Vec<Outcome<'_>> {
        let mut ends: Vec<_> = self
            .connections
            .iter()
            .map(|(takeover, window_bits, messages)| {
                let mut deflater = Deflater::new(6, *window_bits, *takeover);
                let sent: Vec<_> = messages.iter().map(|text| (deflater.message(text), &text[..])).collect();
                (Inflater::pooled(*window_bits, *takeover, pool), sent.into_iter(), None::<(Vec<u8>, &[u8], Vec<_>)>)
            })
            .collect();
        let mut results = Vec::new();
        for (who, bytes) in &self.turns {
            let at = who.index(ends.len());
            let (inflater, sent, open) = &mut ends[at];
            let Some((mut rest, text, mut got)) =
                open.take().or_else(|| sent.next().map(|(message, text)| (message, text, Vec::new())))
            else {
                continue;
            };
            let later = rest.split_off(rest.len().min(*bytes));
            let mut out = |piece: Piece<'_>| match piece {
                Piece::Known(bytes) => got.extend(bytes.iter().copied().map(Some)),
                Piece::Unknown(n) => got.extend((0..n).map(|_| None)),
            };
            let pushed = inflater.push_pieces(&rest, &mut out);
            if later.is_empty() || pushed.is_err() {
                let result = inflater.finish_pieces(&mut out);
                results.push((got, result, text, inflater.has_forgotten()));
            } else {
                *open = Some((later, text, got));
            }
        }
        results
    }
}

#[test]
fn an_evicted_decoder_is_none_the_worse() {
    // Two decoders, three connections by turns, in messages and between them, with histories.
    let text = noise(5, 3000);
    let pool = Pool::with_caps(2, 1 << 20);
    let mut ends: Vec<_> =
        (0..3).map(|_| (Deflater::new(6, 15, true), Inflater::pooled(15, true, &pool), Vec::new())).collect();
    for _ in 0..3 {
        let messages: Vec<_> = ends.iter_mut().map(|(deflater, ..)| deflater.message(&text)).collect();
        for at in 0..messages.iter().map(Vec::len).max().unwrap() {
            for ((_, inflater, got), message) in ends.iter_mut().zip(&messages) {
                if let Some(byte) = message.get(at) {
                    inflater.push(&[*byte], &mut |piece| got.extend_from_slice(piece)).unwrap();
                }
            }
        }
        for (_, inflater, got) in &mut ends {
            assert_eq!(inflater.finish(&mut |_| {}), Ok(()));
            assert!(!inflater.has_forgotten());
            assert_eq!(std::mem::take(got), text);
        }
    }
    assert!(pool.bytes() < 2 * Engine::BYTES + 3 * 4000);
}

#[test]
fn invalid_data_is_told_with_what_came_before() {
    // A stored block whose lengths do not fit each other, after "Hello".
    let bad = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00, 0x01, 0x00, 0x00, 0x00];
    let (text, result) = inflate(&mut Inflater::new(15, true), &bad, &[]);
    assert_eq!(text, b"Hello");
    let fault = result.unwrap_err();
    assert!(
        matches!(fault, InflateFault::Invalid { produced: 5, reason: "invalid stored block lengths", .. }),
        "{fault}"
    );
    assert_eq!(fault.note().code, Code::InflateError);
    // The same after a final block.
    let (text, result) = inflate(&mut Inflater::new(15, true), &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x07], &[]);
    assert_eq!(text, b"Hello");
    assert_eq!(result.unwrap_err().code(), Code::InflateTrailing);
}

#[test]
fn a_message_that_ends_early_is_told_and_the_next_one_is_none_the_worse() {
    let hello: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    // Nothing at all; a final block without the empty one after it; cut inside a block.
    for (message, text) in [(&[][..], &b""[..]), (&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], b"Hello")] {
        let mut inflater = Inflater::new(15, true);
        inflate(&mut inflater, hello, &[]).1.unwrap();
        let (got, result) = inflate(&mut inflater, message, &[]);
        assert_eq!(got, text);
        assert!(matches!(result, Err(InflateFault::Unfinished { .. })), "{result:?}");
        assert_eq!(inflate(&mut inflater, &[0xf2, 0x00, 0x11, 0x00, 0x00], &[]), (b"Hello".to_vec(), Ok(())));
    }
    for end in 1..hello.len() {
        let mut inflater = Inflater::new(15, true);
        let (text, result) = inflate(&mut inflater, &hello[..end], &[]);
        assert!(matches!(result, Err(InflateFault::Unfinished { .. })), "{end}: {result:?}");
        assert!(b"Hello".starts_with(&text));
        assert_eq!(inflate(&mut inflater, hello, &[]), (b"Hello".to_vec(), Ok(())), "after a cut at {end}");
    }
}

/// Text that deflate finds something in, and runs that it does not.
pub(super) fn compressible() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => "[a-d ]{0,60}".prop_map(String::into_bytes),
        2 => prop::collection::vec(any::<u8>(), 0..300),
        1 => (any::<u8>(), 0usize..3000).prop_map(|(byte, n)| vec![byte; n]),
        1 => (prop::collection::vec(any::<u8>(), 1..400), 1usize..300).prop_map(|(bytes, n)| bytes.repeat(n)),
    ];
    prop::collection::vec(part, 0..10).prop_map(|parts| parts.concat())
}

/// Bytes without a repetition that deflate could use.
fn noise(seed: u64, n: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(n).collect()
}

#[test]
fn a_reference_beyond_the_window_is_told_and_followed() {
    let lead = noise(1, 600);
    let message = Deflater::new(9, 15, true).message(&[&lead[..], &lead[..]].concat());
    let mut inflater = Inflater::new(9, true);
    let (text, result) = inflate(&mut inflater, &message, &[]);
    assert_eq!(text, [&lead[..], &lead[..]].concat());
    let fault = result.unwrap_err();
    // The deflater may take the first byte as a literal.
    assert!(matches!(fault, InflateFault::Window { distance: 600, window: 512, at: 600 | 601 }), "{fault}");
    assert_eq!((fault.code(), fault.is_loss()), (Code::InflateWindow, false));
    // The next message may go on from it.
    let (text, result) = inflate(&mut inflater, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], &[]);
    assert_eq!((&text[..], result), (&b"Hello"[..], Ok(())));
}

/// Known bytes, or how many unknown ones.
type Run = Result<Vec<u8>, u64>;

/// The pieces of one message.
fn pieces(inflater: &mut Inflater, message: &[u8]) -> (Vec<Run>, Result<(), InflateFault>) {
    let mut pieces = Vec::new();
    let mut out = |piece: Piece<'_>| {
        pieces.push(match piece {
            Piece::Known(bytes) => Ok(bytes.to_vec()),
            Piece::Unknown(n) => Err(n),
        });
    };
    let pushed = inflater.push_pieces(message, &mut out);
    let finished = inflater.finish_pieces(&mut out);
    (pieces, pushed.and(finished))
}

#[test]
fn a_late_start_inflates_what_it_can() {
    let mut inflater = Inflater::new(15, true);
    inflater.lose_history();
    // RFC 7692 section 7.2.3.2: a literal "H", then four bytes of an earlier message.
    let again: &[u8] = &[0xf2, 0x00, 0x11, 0x00, 0x00];
    assert_eq!(pieces(&mut inflater, again), (vec![Ok(b"H".to_vec()), Err(4)], Ok(())));
    let hello: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    assert_eq!(pieces(&mut inflater, hello), (vec![Ok(b"Hello".to_vec())], Ok(())));
    // This one refers to what is known by now; parking keeps that.
    inflater.park();
    assert_eq!(pieces(&mut inflater, again), (vec![Ok(b"Hello".to_vec())], Ok(())));
}

#[test]
fn a_hole_ends_the_message_and_leaves_the_next_without_history() {
    for takeover in [true, false] {
        let texts = [noise(2, 500), noise(3, 500)];
        let mut deflater = Deflater::new(6, 15, takeover);
        let first = deflater.message(&texts[0]);
        let second = deflater.message(&[&texts[1][..], &texts[0][..]].concat());
        let mut inflater = Inflater::new(15, takeover);
        let mut text = Vec::new();
        inflater.push(&first[..100], &mut |piece| text.extend_from_slice(piece)).unwrap();
        inflater.hole();
        let fault = inflater.push(&first[110..], &mut |_| panic!("nothing comes after a hole")).unwrap_err();
        assert!(matches!(fault, InflateFault::Hole { consumed: 100, .. }), "{fault}");
        assert_eq!(inflater.finish(&mut |_| panic!("nothing comes after a hole")), Err(fault));
        assert!(!text.is_empty() && texts[0].starts_with(&text));
        let (got, result) = pieces(&mut inflater, &second);
        assert_eq!(result, Ok(()));
        if takeover {
            let bytes: Vec<Option<u8>> = got
                .into_iter()
                .flat_map(|run| {
                    run.map_or_else(|n| vec![None; usize::try_from(n).unwrap()], |b| b.into_iter().map(Some).collect())
                })
                .collect();
            let want = [&texts[1][..], &texts[0][..]].concat();
            assert!(bytes.iter().zip(&want).all(|(got, want)| got.is_none_or(|got| got == *want)));
            assert_eq!(bytes.len(), want.len());
            assert!(bytes[..500].iter().all(Option::is_some));
            // The deflater may have sent a few bytes of the old text as literals.
            assert!(bytes[500..].iter().filter(|byte| byte.is_none()).count() > 400);
        } else {
            assert_eq!(got, [Ok([&texts[1][..], &texts[0][..]].concat())]);
        }
    }
}

#[test]
fn enough_known_bytes_bring_back_the_fast_path() {
    let mut deflater = Deflater::new(6, 15, true);
    let mut inflater = Inflater::new(15, true);
    deflater.message(b"a message that the capture lacks");
    inflater.lose_history();
    for i in 0..12 {
        let text = noise(i + 1, 4000);
        assert_eq!(inflate(&mut inflater, &deflater.message(&text), &[]), (text, Ok(())));
        let fast = inflater
            .pool
            .clone()
            .pool()
            .lock()
            .engine(&inflater.owner, inflater.slot)
            .is_some_and(|engine| engine.is_fast());
        assert_eq!(fast, (i + 1) * 4000 >= 32 * 1024, "after message {i}");
    }
    let (pieces, result) = pieces(&mut inflater, &deflater.message(&noise(9, 4000)));
    assert_eq!((pieces, result), (vec![Ok(noise(9, 4000))], Ok(())));
}

#[test]
fn a_bomb_stops_at_the_cap() {
    // One megabyte of zeros, over and over in one message: a final block each, so that the same bytes can be repeated.
    let megabyte = vec![0; 1 << 20];
    let bomb = Deflater::new(9, 15, true).flushed(&megabyte, FlushCompress::Finish);
    let mut inflater = Inflater::new(15, true);
    let mut produced = 0_u64;
    let fault = loop {
        if let Err(fault) = inflater.push(&bomb, &mut |piece| produced += piece.len() as u64) {
            break fault;
        }
    };
    assert_eq!(fault, InflateFault::Cap { produced });
    assert!(produced > limits::INFLATED_BYTES && produced < limits::INFLATED_BYTES + (1 << 17), "{produced}");
    assert_eq!(inflater.finish(&mut |_| {}), Err(fault));
    assert_eq!(inflate(&mut inflater, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], &[]), (b"Hello".to_vec(), Ok(())));
}

proptest! {
    #[test]
    fn a_repetition_is_within_the_window_or_told(distance in 300usize..32_000, window_bits in 8u8..=15, seed: u64) {
        let lead = noise(seed, distance);
        let text = [&lead[..], &lead[..258.min(distance)]].concat();
        let message = Deflater::new(9, 15, true).message(&text);
        let (got, result) = inflate(&mut Inflater::new(window_bits, true), &message, &[]);
        prop_assert!(got == text);
        let window = 1_u64 << window_bits;
        let distance = distance as u64;
        if distance > window {
            let Err(InflateFault::Window { distance: d, window: w, at }) = result else { panic!("{result:?}") };
            prop_assert_eq!((d, w), (distance, window));
            // The deflater may take a few bytes as literals first.
            prop_assert!((distance..distance + 20).contains(&at), "{} {}", at, distance);
        } else {
            prop_assert_eq!(result, Ok(()));
        }
    }

    #[test]
    fn what_flate2_deflates_comes_back(
        messages in prop::collection::vec(compressible(), 1..5),
        level in 0u32..10,
        window_bits in 9u8..=15,
        takeover: bool,
        park: bool,
        mut cuts in prop::collection::vec(0usize..20_000, 0..8),
    ) {
        cuts.sort_unstable();
        let mut deflater = Deflater::new(level, window_bits, takeover);
        let mut inflater = Inflater::new(window_bits, takeover);
        for message in messages {
            let compressed = deflater.message(&message);
            let (text, result) = inflate(&mut inflater, &compressed, &cuts);
            prop_assert_eq!(result, Ok(()));
            prop_assert!(text == message);
            if park {
                inflater.park();
            }
        }
    }

    #[test]
    fn final_and_other_blocks_anywhere_come_back(
        messages in prop::collection::vec(prop::collection::vec((compressible(), 0usize..5), 0..4), 1..5),
        window_bits in prop::sample::select(vec![9u8, 15]),
        park: bool,
        mut cuts in prop::collection::vec(0usize..20_000, 0..8),
    ) {
        use FlushCompress::{Finish, Full, None, Partial, Sync};
        cuts.sort_unstable();
        let mut deflater = Deflater::new(6, window_bits, true);
        let mut inflater = Inflater::new(window_bits, true);
        let mut plain = Vec::new();
        for message in messages {
            let parts: Vec<_> =
                message.into_iter().map(|(part, flush)| (part, [None, Partial, Sync, Full, Finish][flush])).collect();
            let text: Vec<u8> = parts.iter().flat_map(|(part, _)| part.clone()).collect();
            let compressed = deflater.message_of_parts(&parts, &plain);
            plain.extend(&text);
            let (got, result) = inflate(&mut inflater, &compressed, &cuts);
            prop_assert_eq!(result, Ok(()));
            prop_assert!(got == text);
            if park {
                inflater.park();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_small_pool_changes_nothing(crowd in crowd(), decoders in 1usize..6) {
        for (got, result, text, forgotten) in crowd.run(&Pool::with_caps(decoders, 1 << 30)) {
            prop_assert_eq!(result, Ok(()));
            prop_assert!(!forgotten);
            prop_assert!(got.len() == text.len() && got.iter().zip(text).all(|(got, want)| *got == Some(*want)));
        }
    }

    /// Nor does a pool with a shelf, of which next to nothing is in memory.
    #[test]
    fn a_pool_with_a_shelf_forgets_nothing(crowd in crowd(), decoders in 1usize..4, cap in 0usize..1000) {
        for (got, result, text, forgotten) in crowd.run(&Pool::shelved(decoders, cap)) {
            prop_assert_eq!(result, Ok(()));
            prop_assert!(!forgotten);
            prop_assert!(got.len() == text.len() && got.iter().zip(text).all(|(got, want)| *got == Some(*want)));
        }
    }

    /// Nor does a small cap on histories make anything up: what is not known any more is unknown or given up.
    #[test]
    fn what_is_forgotten_is_not_made_up(crowd in crowd(), cap in 0usize..20_000) {
        let pool = Pool::with_caps(2, cap);
        for (got, result, text, forgotten) in crowd.run(&pool) {
            prop_assert!(got.iter().zip(text).all(|(got, want)| got.is_none_or(|got| got == *want)));
            if result.is_ok() {
                prop_assert_eq!(got.len(), text.len());
            } else {
                prop_assert_eq!(result, Err(InflateFault::Crowded));
            }
            prop_assert!(forgotten || got.iter().all(Option::is_some));
        }
        prop_assert!(pool.bytes() <= 2 * Engine::BYTES + cap);
    }
}
