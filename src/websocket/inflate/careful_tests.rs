//! The careful decoder against zlib-rs.

use super::super::Piece;
use super::super::buffer::{HISTORY, History};
use super::super::tests::{Deflater, compressible};
use super::*;
use flate2::{Decompress, FlushDecompress, Status};
use proptest::prelude::*;

/// What zlib-rs makes of a raw stream: the bytes, and whether it ended, is unfinished, or is wrong.
fn zlib(dictionary: &[u8], stream: &[u8]) -> (Vec<u8>, Result<bool, String>) {
    let mut raw = Decompress::new(false);
    if !dictionary.is_empty() {
        raw.set_dictionary(dictionary).unwrap();
    }
    let mut out = Vec::new();
    loop {
        let (done, before) = (usize::try_from(raw.total_in()).unwrap(), raw.total_out());
        let mut room = vec![0; 50_000];
        let status = raw.decompress(&stream[done..], &mut room, FlushDecompress::Sync);
        let produced = usize::try_from(raw.total_out() - before).unwrap();
        out.extend_from_slice(&room[..produced]);
        match status {
            Err(error) => return (out, Err(error.message().unwrap_or_default().to_owned())),
            Ok(Status::StreamEnd) => return (out, Ok(true)),
            Ok(_) if produced < room.len() => return (out, Ok(false)),
            Ok(_) => {}
        }
    }
}

/// The same from the decoder of this module, with unknown bytes as `None`.
fn careful(history: &History, stream: &[u8], cuts: &[usize]) -> (Vec<Option<u8>>, Result<bool, String>) {
    let mut decoder = Careful::new(HISTORY);
    let mut buffer = Buffer::new();
    buffer.restore(history);
    let mut out = Vec::new();
    let mut start = 0;
    for end in cuts.iter().copied().chain([stream.len()]) {
        let end = end.clamp(start, stream.len());
        let mut piece = &stream[start..end];
        start = end;
        loop {
            buffer.slide();
            let pause = decoder.feed(&mut piece, &mut buffer);
            buffer.emit(&mut |piece| match piece {
                Piece::Known(bytes) => out.extend(bytes.iter().copied().map(Some)),
                Piece::Unknown(n) => out.extend((0..n).map(|_| None)),
            });
            match pause {
                Err(reason) => return (out, Err(reason.to_owned())),
                Ok(Pause::FinalBlock) => return (out, Ok(true)),
                Ok(Pause::Input) => break,
                Ok(Pause::Room) => {}
            }
        }
        assert!(piece.is_empty(), "input left over although more was wanted");
    }
    (out, Ok(false))
}

/// The same verdict; zlib-rs forgets its own words where its inner loop finds the mistake.
fn same(own: &Result<bool, String>, zlib: &Result<bool, String>) -> bool {
    match (own, zlib) {
        (Err(_), Err(reason)) if reason == "repeated call with bad state" => true,
        _ => own == zlib,
    }
}

fn all_known(bytes: &[u8]) -> Vec<Option<u8>> {
    bytes.iter().copied().map(Some).collect()
}

/// Streams of every kind of block: flate2's, at any level, spoilt in a few places or not.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let spoilt = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (compressible(), 0u32..10, spoilt, any::<bool>()).prop_map(|(text, level, spoilt, fixed)| {
        let mut stream = if fixed {
            // Small inputs are what flate2 gives a fixed code.
            Deflater::new(level, 15, true).message(&text[..text.len().min(30)])
        } else {
            Deflater::new(level, 15, true).message(&text)
        };
        for (at, byte) in spoilt {
            let at = at.index(stream.len());
            stream[at] = byte;
        }
        stream
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Sound or not, at any cut: the same bytes and the same words as zlib.
    #[test]
    fn agrees_with_zlib(stream in streams(), mut cuts in prop::collection::vec(0usize..3000, 0..5)) {
        cuts.sort_unstable();
        let (text, end) = zlib(&[], &stream);
        let (own, own_end) = careful(&History::default(), &stream, &cuts);
        prop_assert!(same(&own_end, &end), "{own_end:?} {end:?}");
        prop_assert!(own == all_known(&text));
    }

    #[test]
    fn agrees_with_zlib_on_noise(stream in prop::collection::vec(any::<u8>(), 0..400)) {
        let (text, end) = zlib(&[], &stream);
        let (own, own_end) = careful(&History::default(), &stream, &[]);
        prop_assert!(same(&own_end, &end), "{own_end:?} {end:?}");
        prop_assert!(own == all_known(&text));
    }

    /// A byte is known exactly where it is the same whatever stood in the history: zlib with one history and with
    /// another that differs in every byte tells which.
    #[test]
    fn unknown_is_what_depends_on_history(
        before in compressible(),
        after in compressible(),
        level in 1u32..10,
        mut cuts in prop::collection::vec(0usize..3000, 0..5),
    ) {
        cuts.sort_unstable();
        let mut deflater = Deflater::new(level, 15, true);
        deflater.message(&before);
        let message = deflater.message(&[&after[..], &before[..before.len() / 2]].concat());
        let one: Vec<u8> = (0..HISTORY).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let other: Vec<u8> = one.iter().map(|byte| !byte).collect();
        let (one, end) = zlib(&one, &message);
        let (other, _) = zlib(&other, &message);
        let want: Vec<_> = one.iter().zip(&other).map(|(a, b)| (a == b).then_some(*a)).collect();
        let (own, own_end) = careful(&History::unknown(), &message, &cuts);
        prop_assert_eq!(own_end, end);
        prop_assert!(own == want);
    }
}

/// Every truncation of a stream with all kinds of blocks wants more input, and nothing else.
#[test]
fn every_truncation_only_wants_more() {
    let text: Vec<u8> = (0..4000_u32).map(|i| (i * i / 7 % 60 + 40).to_le_bytes()[0]).collect();
    for level in [0, 1, 9] {
        let stream = Deflater::new(level, 15, true).message(&text[..2000]);
        for end in 0..stream.len() {
            let (own, ended) = careful(&History::default(), &stream[..end], &[]);
            assert_eq!(ended, Ok(false));
            assert_eq!(own, all_known(&zlib(&[], &stream[..end]).0), "level {level}, {end} bytes");
        }
    }
}
