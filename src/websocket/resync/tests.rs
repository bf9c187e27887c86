//! What a search costs, by its steps and never by time; and starts that lie before the first segment that begins with a
//! frame. Whether searches find the right thing is for the probe's tests and tests/library/lost.rs.

use super::*;
use crate::base::{At, Chunk};

fn held(segments: &[&[u8]]) -> Backlog {
    let mut held = Backlog::default();
    for segment in segments {
        held.push(Chunk::made(segment, At::default()));
    }
    held
}

/// Bytes that are a header wherever they are looked at, or that lead from one to the next.
const SLOW: [&[u8]; 18] = [
    b"A",
    b"B",
    b"\0",
    b"\x01\x01",
    b"\x81\0",
    b"\x81\x81",
    b"\x82\x82",
    b"\x82",
    b"\x81",
    b"\x81\x01",
    b"\x82\x01\0",
    b"\x89\0",
    b"\x89\x80\x89\x80",
    b"\x01\0\0\0",
    b"\x82\x7e\x01\0",
    b"\xc1\x01",
    b"\x80\x80\0\0",
    b"\x8a\x8a\x88\x88",
];

#[test]
fn a_search_costs_a_share_of_the_bytes_whatever_they_are() {
    for pattern in SLOW {
        for segment in [1usize, 7, 100, 1448, 65_000] {
            let bytes: Vec<u8> = pattern.iter().copied().cycle().take(65_000).collect();
            let held = held(&bytes.chunks(segment).collect::<Vec<_>>());
            for masked in [true, false] {
                let mut search = Search::new(&held, masked);
                let best = search.at_segments();
                match best {
                    Some(best) => _ = search.before(best),
                    None => _ = search.anywhere(None),
                }
                let spent = search.steps.spent();
                assert!(
                    spent <= search.steps.given && search.steps.given < 65_000 / 3,
                    "{pattern:02x?}: {spent} steps"
                );
            }
        }
    }
}

fn masked(text: &[u8], key: [u8; 4]) -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap()];
    frame.extend(key);
    frame.extend(text.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

#[test]
fn frames_before_the_first_segment_that_begins_with_one_are_found() {
    let second = masked(b"second message", [0x91, 0x3f, 0xd2, 0x0a]);
    let third = masked(b"third", [0x0e, 0xb1, 0x5c, 0xe7]);
    // The end of a frame, and a whole one.
    let first = [&[0x5a, 0xc3, 0x17, 0x9e, 0xd0, 0x42, 0xfb][..], &second].concat();
    let guess = find(&held(&[&first, &third]), true).unwrap();
    assert_eq!((guess.start, guess.frames, guess.texts), (7, 2, 2), "{guess:?}");
    // The end of a frame alone leads to nothing.
    let guess = find(&held(&[&first[..7], &third]), true).unwrap();
    assert_eq!((guess.start, guess.frames), (7, 1));
}

/// A key of letters, and one character over and over, which is four letters by chance.
#[test]
fn a_key_of_letters_may_be_one() {
    let frame = masked(&[b'r'; 80], *b"X-]-");
    assert_eq!(frame[6..10], *b"*_/_");
    let guess = find(&held(&[&frame]), true).unwrap();
    assert_eq!((guess.start, guess.texts), (0, 1), "{guess:?}");
}

/// A run of rows that look like binary frames; what would be a key, and what it would mask, are letters on the wire.
#[test]
fn letters_are_no_mask() {
    let row = b"\x81\xb0www.example.org, example.org, mail.example.org, ftp.";
    let guess = find(&held(&[row]), true);
    assert!(guess.is_none_or(|guess| guess.texts == 0 && guess.bits < 16.0), "{guess:?}");
}
