//! A message that may not refer to the ones before it, because no_context_takeover was agreed on (RFC 7692 section 7.1.1),
//! and does so all the same.
//!
//! In: where in the buffer the messages before it end, and its compressed bytes so far. Out: the same bytes, for a second try
//! with what those messages held. It is still in the buffer: nothing has to be kept for messages that keep to the rule but a
//! few compressed bytes.

use super::buffer::{Buffer, HISTORY, LEAST_ROOM};
use crate::base::number::wide;

/// Compressed bytes kept of the message under way, and inflated bytes after which what the messages before it held may have
/// been overwritten.
const KEPT: usize = 16 * 1024;

// The buffer went to the front once at most since the message began, and what is written there lies before all that the
// message may refer to.
const _: () = assert!(KEPT + LEAST_ROOM <= Buffer::BYTES - HISTORY);

/// What is known of the message under way.
#[derive(Debug, Default)]
pub struct Alone {
    /// Where its first byte goes in the buffer.
    pub start: usize,
    /// Of the buffer when it began: it differs once its output went to the front again.
    pub older_end: usize,
    /// Its first compressed bytes.
    compressed: Vec<u8>,
    /// So many of them are of the last piece.
    last_kept: usize,
}

impl Alone {
    /// A message begins at this place in the buffer.
    pub fn begin(&mut self, start: usize, older_end: usize) {
        (self.start, self.older_end) = (start, older_end);
        self.compressed.clear();
    }

    /// The next compressed bytes.
    pub fn push(&mut self, compressed: &[u8]) {
        let kept = compressed.get(..KEPT.saturating_sub(self.compressed.len())).unwrap_or(compressed);
        self.compressed.extend_from_slice(kept);
        self.last_kept = kept.len();
    }

    /// All of it up to the end of `piece`, which was pushed last: what is kept, and what is not. Where so many bytes were read
    /// and made, that is still to be had, and what was before it is as it was. Which it is depends on them alone, not on where
    /// the message was cut.
    pub fn whole<'w>(&'w self, piece: &'w [u8], consumed: u64, produced: u64) -> Option<(&'w [u8], &'w [u8])> {
        if consumed > wide(KEPT) || produced > wide(KEPT) {
            return None;
        }
        Some((&self.compressed, piece.get(self.last_kept..).unwrap_or(&[])))
    }
}
