//! The stream of a handshake, put together from CRYPTO frames (RFC 9000 section 19.6).

use std::collections::BTreeMap;

use super::packet::varint;
use crate::base::number::{at_most, narrow};
use crate::base::{Cursor, limits};
use crate::tls::message::kind;

/// Bytes of a handshake message's header.
const HEADER: usize = 4;

/// The beginning of a client's stream.
#[derive(Debug, Default)]
pub(super) struct Crypto {
    bytes: Vec<u8>,
    /// What of them is there: beginnings and ends of runs that do not touch.
    runs: BTreeMap<usize, usize>,
}

/// How far it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It is not whole yet.
    More,
    /// It is no ClientHello, or longer than any.
    Nothing,
    /// The body of the ClientHello.
    Hello(Vec<u8>),
}

impl Crypto {
    /// Takes the frames of a packet.
    pub(super) fn push(&mut self, frames: &[u8]) -> Progress {
        let mut cursor = Cursor::new(frames);
        while let Some(frame) = frame(&mut cursor) {
            if let Frame::Crypto(offset, data) = frame {
                self.put(at_most(offset, limits::QUIC_HELLO_BYTES), data);
            }
        }
        self.progress()
    }

    fn put(&mut self, at: usize, data: &[u8]) {
        let room = limits::QUIC_HELLO_BYTES.saturating_sub(at);
        let data = data.get(..room).unwrap_or(data);
        if data.is_empty() {
            return;
        }
        let (mut from, mut to) = (at, at + data.len());
        if self.bytes.len() < to {
            self.bytes.resize(to, 0);
        }
        if let Some(place) = self.bytes.get_mut(at..to) {
            place.copy_from_slice(data);
        }
        // Runs that it touches become one with it.
        while let Some((&start, &end)) = self.runs.range(..=to).next_back().filter(|(_, end)| **end >= from) {
            self.runs.remove(&start);
            (from, to) = (from.min(start), to.max(end));
        }
        self.runs.insert(from, to);
    }

    fn progress(&self) -> Progress {
        let there = self.runs.first_key_value().filter(|(from, _)| **from == 0).map_or(0, |(_, to)| *to);
        let Some(&[message, a, b, c]) = self.bytes.get(..there).and_then(<[u8]>::first_chunk::<HEADER>) else {
            return Progress::More;
        };
        let whole = HEADER + narrow(u32::from_be_bytes([0, a, b, c]).into());
        if message != kind::CLIENT_HELLO || whole > limits::QUIC_HELLO_BYTES {
            return Progress::Nothing;
        }
        if there < whole {
            return Progress::More;
        }
        Progress::Hello(self.bytes.get(HEADER..whole).unwrap_or_default().to_vec())
    }
}

enum Frame<'a> {
    Crypto(u64, &'a [u8]),
    Other,
}

/// The next frame, of those that Initial packets may have (RFC 9000 section 12.4); nothing where there is none.
fn frame<'a>(cursor: &mut Cursor<'a>) -> Option<Frame<'a>> {
    match varint(cursor)? {
        // PADDING and PING.
        0 | 1 => {}
        // ACK, the second kind with counts of ECN.
        ecn @ (2 | 3) => {
            let (_largest, _delay, ranges, _first) =
                (varint(cursor)?, varint(cursor)?, varint(cursor)?, varint(cursor)?);
            for _ in 0..ranges {
                let (_gap, _len) = (varint(cursor)?, varint(cursor)?);
            }
            for _ in 0..if ecn == 3 { 3 } else { 0 } {
                varint(cursor)?;
            }
        }
        6 => {
            let (offset, len) = (varint(cursor)?, varint(cursor)?);
            return Some(Frame::Crypto(offset, cursor.take(usize::try_from(len).ok()?).ok()?));
        }
        // CONNECTION_CLOSE, after which nothing matters, and what may not stand here.
        _ => return None,
    }
    Some(Frame::Other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn crypto(offset: usize, data: &[u8]) -> Vec<u8> {
        let number = |number: usize| (u32::try_from(number).unwrap() | 0x8000_0000).to_be_bytes();
        [&[6][..], &number(offset), &number(data.len()), data].concat()
    }

    fn hello(body: &[u8]) -> Vec<u8> {
        [&[1], &u32::try_from(body.len()).unwrap().to_be_bytes()[1..], body].concat()
    }

    proptest! {
        #[test]
        fn fragments_may_come_in_any_order_and_twice(
            body in proptest::collection::vec(any::<u8>(), 0..300),
            len in 1usize..40,
            keys in proptest::collection::vec(any::<u16>(), 310),
        ) {
            let whole = hello(&body);
            let mut fragments: Vec<(usize, &[u8])> =
                whole.chunks(len).enumerate().map(|(index, data)| (index * len, data)).collect();
            fragments.sort_by_key(|(offset, _)| keys[*offset]);
            let twice: Vec<_> = fragments.iter().chain(&fragments).collect();
            let mut stream = Crypto::default();
            let mut seen = Vec::new();
            for (offset, data) in twice {
                // Padding, a ping and an acknowledgement stand before it.
                let frames = [&[0, 0, 1, 2, 5, 0, 0, 1][..], &crypto(*offset, data)].concat();
                seen.push(stream.push(&frames));
            }
            let pieces = fragments.len();
            prop_assert!(seen[..pieces - 1].iter().all(|progress| *progress == Progress::More));
            prop_assert!(seen[pieces - 1..].iter().all(|progress| *progress == Progress::Hello(body.clone())));
        }

        #[test]
        fn no_bytes_make_it_fail(all in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..20)) {
            let mut stream = Crypto::default();
            for frames in &all {
                stream.push(frames);
            }
            prop_assert!(stream.bytes.len() <= limits::QUIC_HELLO_BYTES);
        }
    }

    #[test]
    fn what_is_no_hello_or_too_long_is_nothing() {
        let push = |data: &[u8]| Crypto::default().push(&crypto(0, data));
        assert_eq!(push(&[2, 0, 0, 1, 0]), Progress::Nothing);
        assert_eq!(push(&[1, 0, 0xff, 0xff, 0]), Progress::Nothing);
        assert_eq!(push(&[1, 0, 0]), Progress::More);
        // Far off is not kept.
        let mut stream = Crypto::default();
        stream.push(&crypto(limits::QUIC_HELLO_BYTES - 1, &[1, 2, 3]));
        stream.push(&crypto(0x3fff_ffff, &[1, 2, 3]));
        assert_eq!(stream.bytes.len(), limits::QUIC_HELLO_BYTES);
        // An acknowledgement with more ranges than there are bytes ends.
        assert_eq!(stream.push(&[2, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]), Progress::More);
    }
}
