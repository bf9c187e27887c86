//! A message that may not refer to the ones before it, because no_context_takeover was agreed on (RFC 7692 section 7.1.1),
//! and does so all the same.
//!
//! In: where in the buffer the messages before it end, and its compressed bytes so far. Out: the same bytes, for a second try
//! with what those messages held. It is still in the buffer: nothing has to be kept for messages that keep to the rule but a
//! few compressed bytes.

/// Compressed bytes kept of the message under way, and inflated bytes after which the buffer may have overwritten what the
/// messages before it held.
const KEPT: usize = 16 * 1024;

/// What is known of the message under way.
#[derive(Debug, Default)]
pub struct Alone {
    /// Where its first byte goes in the buffer.
    pub start: usize,
    /// Of the buffer when it began: it differs once its output went to the front again.
    pub older_end: usize,
    compressed: Vec<u8>,
    /// More came than is kept.
    over: bool,
}

impl Alone {
    /// A message begins at this place in the buffer.
    pub fn begin(&mut self, start: usize, older_end: usize) {
        (self.start, self.older_end, self.over) = (start, older_end, false);
        self.compressed.clear();
    }

    /// The next compressed bytes.
    pub fn push(&mut self, compressed: &[u8]) {
        self.over |= self.compressed.len() + compressed.len() > KEPT;
        if !self.over {
            self.compressed.extend_from_slice(compressed);
        }
    }

    /// All of it, where so many inflated bytes leave what was before it as it was.
    pub fn whole(&self, produced: u64) -> Option<&[u8]> {
        (!self.over && produced <= KEPT as u64).then_some(&self.compressed)
    }
}
