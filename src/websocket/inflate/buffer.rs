//! The bytes a decoder may refer back to, with the newest output at their end.
//!
//! In: inflated bytes, written by a decoder. Out: the same bytes in pieces, and the history for whoever takes over.
//! Invariant: `emitted <= end`, and everything before `end` may be referred to; when there is too little room the last
//! [`HISTORY`] bytes move to the front. Where history is missing, a shadow of the same shape marks the bytes that are
//! known, and every copy is done on both.

use super::Piece;

/// The furthest a back-reference of DEFLATE reaches, bytes (RFC 1951 section 2).
pub const HISTORY: usize = 32 * 1024;

/// Bytes of output between two moves of the history; also the longest piece handed on.
const OUTPUT: usize = 32 * 1024;

/// The longest copy of one back-reference, bytes (RFC 1951 section 3.2.5).
pub const LONGEST_COPY: usize = 258;

/// In the shadow: a byte that is known.
const KNOWN: u8 = 1;

/// History and output of one inflater.
#[derive(Debug)]
pub struct Buffer {
    bytes: Box<[u8]>,
    /// One byte for each of `bytes`, [`KNOWN`] or 0; `None` where all are known.
    shadow: Option<Box<[u8]>>,
    /// Every byte from here on is known.
    unknown_end: usize,
    end: usize,
    emitted: usize,
}

/// The end of what was inflated, kept while there is no decoder.
#[derive(Debug, Default)]
pub struct History {
    bytes: Box<[u8]>,
    /// As [`Buffer::shadow`].
    shadow: Option<Box<[u8]>>,
    /// Before these bytes came others that are not known, rather than nothing.
    unknown_before: bool,
}

impl History {
    /// A history of which nothing is known.
    pub fn unknown() -> History {
        History { unknown_before: true, ..History::default() }
    }

    /// Bytes it takes.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }
}

impl Buffer {
    /// A buffer whose next byte may refer back to `history`.
    pub fn new(history: &History) -> Buffer {
        let mut buffer = Buffer {
            bytes: vec![0; HISTORY + OUTPUT].into_boxed_slice(),
            shadow: None,
            unknown_end: 0,
            end: 0,
            emitted: 0,
        };
        if history.unknown_before {
            buffer.lose();
            buffer.end -= history.bytes.len().min(HISTORY);
        }
        let start = buffer.end;
        buffer.extend(&history.bytes);
        if let Some(shadow) = &history.shadow {
            let own = buffer.shadow.get_or_insert_with(|| known(buffer.bytes.len()));
            for (to, from) in own.iter_mut().skip(start).zip(shadow) {
                *to = *from;
            }
            buffer.unknown_end = buffer.end;
        } else {
            buffer.unknown_end = start;
        }
        buffer.emitted = buffer.end;
        buffer
    }

    /// The last `window` bytes at most, to be kept without the buffer.
    pub fn park(&self, window: usize) -> History {
        let start = self.end.saturating_sub(window);
        let shadow = self.shadow.as_ref().and_then(|shadow| shadow.get(start..self.end)).unwrap_or(&[]);
        let unknown_lead = shadow.iter().take_while(|mark| **mark != KNOWN).count();
        let shadow = shadow.get(unknown_lead..).filter(|shadow| shadow.iter().any(|mark| *mark != KNOWN));
        History {
            bytes: self.bytes.get(start + unknown_lead..self.end).unwrap_or(&[]).into(),
            shadow: shadow.map(Into::into),
            unknown_before: start > 0 || unknown_lead > 0,
        }
    }

    /// Forgets everything; the next byte is the first there ever was.
    pub fn clear(&mut self) {
        self.end = 0;
        self.emitted = 0;
        self.shadow = None;
        self.unknown_end = 0;
    }

    /// Forgets everything but that there was something.
    pub fn lose(&mut self) {
        self.shadow = Some(vec![0; self.bytes.len()].into_boxed_slice());
        self.end = HISTORY;
        self.emitted = HISTORY;
        self.unknown_end = HISTORY;
    }

    /// Whether a back-reference may reach a byte that is not known.
    pub fn has_unknown(&mut self) -> bool {
        if self.shadow.is_some() && self.unknown_end <= self.end.saturating_sub(HISTORY) {
            self.shadow = None;
            self.unknown_end = 0;
        }
        self.shadow.is_some()
    }

    /// The last bytes, oldest first, as far as a back-reference may reach.
    pub fn history(&self) -> &[u8] {
        self.bytes.get(self.end.saturating_sub(HISTORY)..self.end).unwrap_or(&[])
    }

    /// Position of the next byte.
    pub fn end(&self) -> usize {
        self.end
    }

    /// Bytes that can be written.
    #[inline]
    pub fn space(&self) -> usize {
        self.bytes.len().saturating_sub(self.end)
    }

    /// Moves the history to the front if there is little room. Nothing may be waiting for [`Buffer::emit`].
    pub fn make_room(&mut self) {
        if self.space() < OUTPUT / 2 && self.emitted == self.end {
            let start = self.end.saturating_sub(HISTORY);
            self.bytes.copy_within(start..self.end, 0);
            if let Some(shadow) = &mut self.shadow {
                shadow.copy_within(start..self.end, 0);
            }
            self.end -= start;
            self.emitted = self.end;
            self.unknown_end = self.unknown_end.saturating_sub(start);
        }
    }

    /// Room for output, to be followed by [`Buffer::commit`].
    pub fn room(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.end..).unwrap_or(&mut [])
    }

    /// `n` bytes, known ones, were written at the front of what [`Buffer::room`] gave.
    pub fn commit(&mut self, n: usize) {
        let end = (self.end + n).min(self.bytes.len());
        if let Some(shadow) = self.shadow.as_mut().and_then(|shadow| shadow.get_mut(self.end..end)) {
            shadow.fill(KNOWN);
        }
        self.end = end;
    }

    /// Adds one byte, where there is space.
    #[inline]
    pub fn literal(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.end) {
            *slot = byte;
            if let Some(mark) = self.shadow.as_mut().and_then(|shadow| shadow.get_mut(self.end)) {
                *mark = KNOWN;
            }
            self.end += 1;
        }
    }

    /// Adds as many of `bytes` as there is space for, and says how many.
    pub fn extend(&mut self, bytes: &[u8]) -> usize {
        let room = self.room();
        let n = room.len().min(bytes.len());
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.commit(n);
        n
    }

    /// Adds `length` (at most [`LONGEST_COPY`], and no more than there is space for) bytes that stand `distance` back.
    /// `false`, and nothing added, where there never was such a byte.
    #[inline]
    pub fn copy(&mut self, distance: usize, length: usize) -> bool {
        let Some(start) = self.end.checked_sub(distance) else { return false };
        let length = length.min(self.space());
        repeat(&mut self.bytes, start, self.end, length);
        if let Some(shadow) = &mut self.shadow {
            repeat(shadow, start, self.end, length);
            if start < self.unknown_end {
                self.unknown_end = self.end + length;
            }
        }
        self.end += length;
        true
    }

    /// Hands on what was written since the last call.
    pub fn emit(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        let new = self.bytes.get(self.emitted..self.end).unwrap_or(&[]);
        match self.shadow.as_ref().and_then(|shadow| shadow.get(self.emitted..self.end)) {
            _ if new.is_empty() => {}
            None => out(Piece::Known(new)),
            Some(shadow) => {
                let mut start = 0;
                for run in shadow.chunk_by(|a, b| a == b) {
                    match new.get(start..start + run.len()) {
                        Some(bytes) if run.first() == Some(&KNOWN) => out(Piece::Known(bytes)),
                        _ => out(Piece::Unknown(run.len() as u64)),
                    }
                    start += run.len();
                }
            }
        }
        self.emitted = self.end;
    }

    /// Lets go of what was written since the last [`Buffer::emit`]; says whether that was anything.
    pub fn retract(&mut self) -> bool {
        let some = self.end != self.emitted;
        self.end = self.emitted;
        some
    }
}

fn known(len: usize) -> Box<[u8]> {
    vec![KNOWN; len].into_boxed_slice()
}

/// Copies `length` bytes from `from` to `to`, where what is written is read again if the two overlap.
#[inline]
fn repeat(bytes: &mut [u8], from: usize, to: usize, length: usize) {
    let distance = to - from;
    if distance >= length {
        bytes.copy_within(from..from + length, to);
        return;
    }
    // What is there from `from` on has the period `distance`, and doubles with every copy.
    let mut done = 0;
    while done < length {
        let n = (distance + done).min(length - done);
        bytes.copy_within(from..from + n, to + done);
        done += n;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlapping_copy_reads_what_it_wrote() {
        for distance in 1..20 {
            for length in 1..100 {
                let mut bytes: Vec<u8> = (0..200).collect();
                repeat(&mut bytes, 30 - distance, 30, length);
                for i in 0..length {
                    assert_eq!(bytes[30 + i], bytes[30 + i - distance]);
                }
                assert_eq!(bytes[30 + length], u8::try_from(30 + length).unwrap());
            }
        }
    }

    #[test]
    fn what_is_parked_comes_back_marks_and_all() {
        let pieces = |buffer: &mut Buffer| {
            let mut pieces = Vec::new();
            buffer.emitted = 0;
            buffer.emit(&mut |piece| match piece {
                Piece::Known(bytes) => pieces.push(Ok(bytes.to_vec())),
                Piece::Unknown(n) => pieces.push(Err(n)),
            });
            pieces
        };
        let mut buffer = Buffer::new(&History::unknown());
        assert!(buffer.has_unknown());
        buffer.extend(b"known");
        assert!(buffer.copy(7, 4));
        buffer.extend(b"again");
        let want = [Err(32 * 1024), Ok(b"known".to_vec()), Err(2), Ok(b"knagain".to_vec())];
        assert_eq!(pieces(&mut buffer), want);
        let history = buffer.park(HISTORY);
        assert_eq!(history.len(), 14);
        let mut back = Buffer::new(&history);
        assert_eq!(pieces(&mut back)[1..], want[1..]);
        assert_eq!(back.end, HISTORY);
        // Enough known bytes push the unknown ones out of reach.
        for _ in 0..HISTORY {
            back.emitted = back.end;
            back.make_room();
            back.literal(b'x');
        }
        assert!(!back.has_unknown());
    }
}
