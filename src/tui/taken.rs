//! Bytes taken out of the capture, to be copied or written.
//!
//! In: a source that gives a window at a time. Out: its bytes, as many as are taken at once
//! ([`TAKEN_BYTES`](crate::base::limits::TAKEN_BYTES)), and what must be said of them: how many the capture lacks, which
//! stand as zeros, and how many were left out.

use std::ops::Range;

use super::text;
use crate::base::limits::TAKEN_BYTES;
use crate::base::number::wide;
use crate::trace::{MessageRow, Window};

/// Bytes, and what is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Taken {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How many of them are zeros because the capture lacks them.
    pub missing: u64,
    /// Bytes behind them that were left out.
    pub left_out: u64,
}

impl Taken {
    /// The first `len` bytes of a source.
    pub fn of(len: u64, read: impl FnMut(Range<u64>) -> Window) -> Taken {
        let mut taken = Taken::default();
        taken.add(len, read);
        taken
    }

    /// What a compressed message says.
    pub fn inflated(message: &MessageRow, inflated: &Window) -> Taken {
        let missing = inflated.holes.iter().map(|hole| hole.len).fold(0, u64::saturating_add);
        let left_out = message.length.saturating_sub(inflated.end());
        Taken { bytes: inflated.bytes.clone(), missing, left_out }
    }

    /// Goes on with the first `len` bytes of another source.
    pub fn add(&mut self, len: u64, mut read: impl FnMut(Range<u64>) -> Window) {
        let mut at = 0;
        while at < len {
            let room = TAKEN_BYTES.saturating_sub(wide(self.bytes.len()));
            let window = if room > 0 { read(at..len.min(at.saturating_add(room))) } else { Window::default() };
            if window.bytes.is_empty() {
                self.left_out = self.left_out.saturating_add(len - at);
                return;
            }
            self.missing = window.holes.iter().map(|hole| hole.len).fold(self.missing, u64::saturating_add);
            self.bytes.extend_from_slice(&window.bytes);
            at = at.saturating_add(wide(window.bytes.len()));
        }
    }

    /// What they are, said with all that is wrong with them.
    pub fn said(&self, what: &str) -> String {
        let first = match self.left_out {
            0 => String::new(),
            _ => format!("the first {} of ", text::size(wide(self.bytes.len()))),
        };
        let missing = match self.missing {
            0 => String::new(),
            missing => format!(" ({} of it not in the capture, written as zeros)", text::size(missing)),
        };
        format!("{first}{what}{missing}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Hole;

    #[test]
    fn what_is_missing_and_what_is_left_out_is_said() {
        // A source that gives four bytes at a time, the last of each missing.
        let read = |range: Range<u64>| {
            let len = (range.end - range.start).min(4);
            let holes = if len == 4 { vec![Hole { start: range.start + 3, len: 1 }] } else { Vec::new() };
            Window { start: range.start, bytes: vec![7; usize::try_from(len).unwrap()], holes }
        };
        let taken = Taken::of(10, read);
        assert_eq!((taken.bytes.len(), taken.missing, taken.left_out), (10, 2, 0));
        assert_eq!(taken.said("payload"), "payload (2 B of it not in the capture, written as zeros)");
        let all = |range: Range<u64>| Window { start: range.start, bytes: vec![0; 8 * 1024 * 1024], holes: Vec::new() };
        let taken = Taken::of(TAKEN_BYTES + 9, all);
        assert_eq!((wide(taken.bytes.len()), taken.left_out), (TAKEN_BYTES, 9));
        assert_eq!(taken.said("message 3"), "the first 67.1 MB of message 3");
    }
}
