//! The bytes a decoder may refer back to, with the newest output at their end.
//!
//! In: inflated bytes, written by a decoder. Out: the same bytes in pieces, and the history for whoever takes over.
//! Invariant: `emitted <= end`, and everything before `end` may be referred to; when the buffer is full the last
//! [`HISTORY`] bytes move to its front. Where history is missing a shadow of the same shape marks the bytes that are
//! known.

use super::Piece;

/// The furthest a back-reference of DEFLATE reaches, bytes (RFC 1951 section 2).
pub const HISTORY: usize = 32 * 1024;

/// Bytes of output between two moves of the history; also the longest piece handed on.
const OUTPUT: usize = 32 * 1024;

/// In the shadow: a byte that is known.
const KNOWN: u8 = 1;

/// History and output of one inflater.
#[derive(Debug)]
pub struct Buffer {
    bytes: Box<[u8]>,
    /// One byte for each of `bytes`, [`KNOWN`] or 0; `None` where all are known.
    shadow: Option<Box<[u8]>>,
    end: usize,
    emitted: usize,
}

impl Buffer {
    /// An empty buffer: nothing to refer back to.
    pub fn new() -> Buffer {
        Buffer { bytes: vec![0; HISTORY + OUTPUT].into_boxed_slice(), shadow: None, end: 0, emitted: 0 }
    }

    /// A buffer whose next byte may refer back to the last [`HISTORY`] bytes of `history`, all known.
    pub fn with_history(history: &[u8]) -> Buffer {
        let mut buffer = Buffer::new();
        let history = history.get(history.len().saturating_sub(HISTORY)..).unwrap_or(history);
        for (to, from) in buffer.bytes.iter_mut().zip(history) {
            *to = *from;
        }
        buffer.end = history.len();
        buffer.emitted = history.len();
        buffer
    }

    /// Forgets everything; the next byte is the first there ever was.
    pub fn clear(&mut self) {
        self.end = 0;
        self.emitted = 0;
        self.shadow = None;
    }

    /// The last bytes, oldest first, as far as a back-reference may reach.
    pub fn history(&self) -> &[u8] {
        self.bytes.get(self.end.saturating_sub(HISTORY)..self.end).unwrap_or(&[])
    }

    /// Room for output, at least half of what there can be, after which [`Buffer::commit`] must be called.
    pub fn room(&mut self) -> &mut [u8] {
        if self.bytes.len() - self.end < OUTPUT / 2 {
            self.slide();
        }
        self.bytes.get_mut(self.end..).unwrap_or(&mut [])
    }

    /// `n` bytes were written at the front of what [`Buffer::room`] gave; they are known.
    pub fn commit(&mut self, n: usize) {
        let end = (self.end + n).min(self.bytes.len());
        if let Some(shadow) = self.shadow.as_mut().and_then(|shadow| shadow.get_mut(self.end..end)) {
            shadow.fill(KNOWN);
        }
        self.end = end;
    }

    /// Hands on what was written since the last call.
    pub fn emit(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        let new = self.bytes.get(self.emitted..self.end).unwrap_or(&[]);
        if !new.is_empty() {
            out(Piece::Known(new));
        }
        self.emitted = self.end;
    }

    /// Lets go of what was written since the last [`Buffer::emit`]; says whether that was anything.
    pub fn retract(&mut self) -> bool {
        let some = self.end != self.emitted;
        self.end = self.emitted;
        some
    }

    fn slide(&mut self) {
        let start = self.end.saturating_sub(HISTORY);
        self.bytes.copy_within(start..self.end, 0);
        if let Some(shadow) = &mut self.shadow {
            shadow.copy_within(start..self.end, 0);
        }
        self.end -= start;
        self.emitted = self.emitted.saturating_sub(start);
    }
}
