//! RFC 7692's own examples, and flate2's deflate as the other end.

mod deflated;
mod faults;
mod pool;
mod unknown;

use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;

use super::*;

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
