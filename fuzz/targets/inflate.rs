//! Compressed messages, sound and broken, cut anywhere.
//!
//! Input: window bits and takeover in the first byte, then operations: an opcode byte with a length in its low bits,
//! and as many bytes. Each operation is done to one inflater as it stands, to a second one byte by byte and with its
//! memory given back between messages: both must say the same. Messages compressed here must come back as they were.

use flate2::{Compress, Compression, FlushCompress};
use sockeye::websocket::inflate::{InflateFault, Inflater, Piece};

/// Output that both inflaters gave for one message, and how it ended.
type Said = (Vec<u8>, Result<(), InflateFault>);

struct Twins {
    whole: Inflater,
    bytewise: Inflater,
    /// What each gave; `None` for a byte that is not known.
    so_far: [Vec<Option<u8>>; 2],
    faults: [Option<InflateFault>; 2],
    /// A reference can reach beyond the window, to what is kept as long as the decoder is, and not longer.
    narrow: bool,
    /// History was agreed on. Without it a parked decoder does not keep what a message may refer to all the same.
    takeover: bool,
}

/// Runs it.
pub fn run(input: &[u8]) {
    let Some((settings, mut rest)) = input.split_first() else { return };
    let (window_bits, takeover) = (8 + settings % 8, settings & 0x80 != 0);
    let mut twins = Twins {
        whole: Inflater::new(window_bits, takeover),
        bytewise: Inflater::new(window_bits, takeover),
        so_far: Default::default(),
        faults: Default::default(),
        narrow: window_bits < 15,
        takeover,
    };
    let mut compressed_own = 0;
    while let Some((op, after)) = rest.split_first() {
        let (bytes, after) = after.split_at(usize::from(op & 0x3f).min(after.len()));
        rest = after;
        match op >> 6 {
            0 | 1 => twins.push(bytes),
            2 => drop(twins.finish()),
            _ if bytes.is_empty() => twins.hole(),
            // Each of these inflates what it was given.
            _ => {
                compressed_own += 1;
                if compressed_own < 16 {
                    twins.round_trip(bytes, *op);
                }
            }
        }
    }
    drop(twins.finish());
}

impl Twins {
    fn push(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            // Nothing is no piece, and is passed over without a look at the message.
            let pushed = self.whole.push_pieces(bytes, &mut |_| panic!("bytes out of nothing"));
            assert_eq!(pushed, Ok(()));
            return;
        }
        let [whole, bytewise] = &mut self.so_far;
        let result = self.whole.push_pieces(bytes, &mut |piece| keep(whole, piece));
        note(&mut self.faults[0], result);
        for byte in bytes.chunks(1) {
            let result = self.bytewise.push_pieces(byte, &mut |piece| keep(bytewise, piece));
            note(&mut self.faults[1], result);
        }
    }

    fn hole(&mut self) {
        self.whole.hole();
        self.bytewise.hole();
    }

    fn finish(&mut self) -> Said {
        let [whole, bytewise] = &mut self.so_far;
        let results = [
            self.whole.finish_pieces(&mut |piece| keep(whole, piece)),
            self.bytewise.finish_pieces(&mut |piece| keep(bytewise, piece)),
        ];
        for (fault, result) in self.faults.iter().zip(results) {
            assert!(fault.is_none() || fault.map(Err) == Some(result), "a fault stays: {fault:?}, then {result:?}");
        }
        let codes = results.map(|result| result.map_err(|fault| fault.code()));
        let [whole, bytewise] = std::mem::take(&mut self.so_far);
        assert_eq!(codes[0], codes[1]);
        // How far a decoder has read when it sees a mistake depends on how bytes come.
        assert!(whole.len() == bytewise.len() || codes[0].is_err(), "{} and {}", whole.len(), bytewise.len());
        for (at, (one, other)) in whole.iter().zip(&bytewise).enumerate() {
            assert!(one == other || self.narrow && other.is_none(), "byte {at}: {one:?}, {other:?}");
        }
        self.faults = Default::default();
        if self.takeover {
            self.bytewise.park();
        }
        (whole.into_iter().flatten().collect(), results[0])
    }

    /// A message that a sender compresses without history, after whatever stood before.
    fn round_trip(&mut self, bytes: &[u8], op: u8) {
        drop(self.finish());
        let text = bytes.repeat(1 + usize::from(op) * 7);
        let mut compressed = Vec::with_capacity(text.len() + 1024);
        let level = Compression::new(u32::from(op % 10));
        let status = Compress::new(level, false).compress_vec(&text, &mut compressed, FlushCompress::Sync);
        assert!(status.is_ok() && compressed.ends_with(&[0, 0, 0xff, 0xff]), "{status:?}");
        compressed.truncate(compressed.len() - 4);
        self.push(&compressed);
        let (said, result) = self.finish();
        assert!(said == text, "{} of {} bytes", said.len(), text.len());
        assert!(result.is_ok() || matches!(result, Err(InflateFault::Window { .. })), "{result:?}");
    }
}

fn keep(said: &mut Vec<Option<u8>>, piece: Piece<'_>) {
    match piece {
        Piece::Known(bytes) => said.extend(bytes.iter().map(|byte| Some(*byte))),
        Piece::Unknown(len) => said.extend(std::iter::repeat_n(None, len as usize)),
    }
}

fn note(first: &mut Option<InflateFault>, result: Result<(), InflateFault>) {
    match (*first, result) {
        (Some(fault), result) => assert_eq!(result, Err(fault), "a fault stays"),
        (None, result) => *first = result.err(),
    }
}
