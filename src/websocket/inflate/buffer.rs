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

/// With less room than this the history is moved first.
pub const LEAST_ROOM: usize = 2 * 1024;

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
    /// Where the output before the last [`Buffer::wrap`] ended. What of it is within reach has not been overwritten:
    /// at least `LEAST_ROOM` less than all of `bytes` lies between the two ends.
    older_end: usize,
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

    /// A history that is known.
    pub fn known(bytes: &[u8]) -> History {
        History { bytes: bytes.into(), shadow: None, unknown_before: false }
    }

    /// Its bytes, where all that may be referred to is known.
    pub fn into_known(self, window: usize) -> Option<Vec<u8>> {
        // What comes before a whole window does not matter.
        let known = self.shadow.is_none() && (!self.unknown_before || self.bytes.len() >= window);
        known.then(|| self.bytes.into_vec())
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        self.bytes.len() + self.shadow.as_ref().map_or(0, |shadow| shadow.len())
    }
}

impl Buffer {
    /// Bytes it takes, without a shadow.
    pub const BYTES: usize = HISTORY + OUTPUT;

    /// An empty buffer.
    pub fn new() -> Buffer {
        Buffer {
            bytes: vec![0; Buffer::BYTES].into_boxed_slice(),
            shadow: None,
            unknown_end: 0,
            end: 0,
            emitted: 0,
            older_end: 0,
        }
    }

    /// Puts `history` in the place of what there is.
    pub fn restore(&mut self, history: &History) {
        self.clear();
        if history.unknown_before {
            self.lose();
            self.end -= history.bytes.len().min(HISTORY);
        }
        let start = self.end;
        self.extend(&history.bytes);
        if let Some(shadow) = &history.shadow {
            let own = self.shadow.get_or_insert_with(|| known(self.bytes.len()));
            for (to, from) in own.iter_mut().skip(start).zip(shadow) {
                *to = *from;
            }
            self.unknown_end = self.end;
        } else {
            self.unknown_end = start;
        }
        self.emitted = self.end;
    }

    /// The last `window` bytes at most, to be kept without the buffer.
    pub fn park(&self, window: usize) -> History {
        let [older, newer] = self.history(window);
        let start = self.end.saturating_sub(window);
        let shadow = self.shadow.as_ref().and_then(|shadow| shadow.get(start..self.end)).unwrap_or(&[]);
        let unknown_lead = shadow.iter().take_while(|mark| **mark != KNOWN).count();
        let shadow = shadow.get(unknown_lead..).filter(|shadow| shadow.iter().any(|mark| *mark != KNOWN));
        let bytes = [older, newer.get(unknown_lead..).unwrap_or(&[])].concat();
        History {
            // More than a window cannot be referred to; whoever does it all the same reads what is not known.
            unknown_before: unknown_lead > 0 || (self.end + self.older_end > window && window < HISTORY),
            bytes: bytes.into(),
            shadow: shadow.map(Into::into),
        }
    }

    /// Forgets everything; the next byte is the first there ever was.
    pub fn clear(&mut self) {
        self.end = 0;
        self.older_end = 0;
        self.emitted = 0;
        self.shadow = None;
        self.unknown_end = 0;
    }

    /// Forgets everything but that there was something.
    pub fn lose(&mut self) {
        self.shadow = Some(vec![0; self.bytes.len()].into_boxed_slice());
        self.older_end = 0;
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

    /// The last `window` bytes at most, the older and the newer ones.
    pub fn history(&self, window: usize) -> [&[u8]; 2] {
        let newer = self.bytes.get(self.end.saturating_sub(window)..self.end).unwrap_or(&[]);
        let wanted = (window - newer.len()).min(self.older_end);
        let older = self.bytes.get(self.older_end - wanted..self.older_end).unwrap_or(&[]);
        [older, newer]
    }

    /// Position of the next byte.
    pub fn end(&self) -> usize {
        self.end
    }

    /// Where the next byte goes, and where the output before it went to the front.
    pub fn places(&self) -> (usize, usize) {
        (self.end, self.older_end)
    }

    /// Lets go of what was written since [`Buffer::places`] gave this; that must be little, where it went to the front since.
    pub fn rewind(&mut self, end: usize, older_end: usize) {
        (self.end, self.emitted, self.older_end) = (end, end, older_end);
    }

    /// Bytes that can be written.
    #[inline]
    pub fn space(&self) -> usize {
        self.bytes.len().saturating_sub(self.end)
    }

    /// Sees to it that there is room: what is written next goes to the front again, and the history, which is then in
    /// two runs, can be read no more but by [`Buffer::history`] and [`Buffer::park`]. Nothing may be waiting for
    /// [`Buffer::emit`].
    pub fn wrap(&mut self) {
        if self.space() < LEAST_ROOM && self.emitted == self.end {
            self.older_end = self.end;
            self.end = 0;
            self.emitted = 0;
        }
    }

    /// Sees to it that there is room: the history moves to the front, in one run. Nothing may be waiting for
    /// [`Buffer::emit`].
    pub fn slide(&mut self) {
        if self.space() < LEAST_ROOM && self.emitted == self.end {
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

    /// What a decoder writes symbols with; and what marks them, where some bytes are unknown.
    pub fn pens(&mut self) -> (Pen<'_>, Option<Marks<'_>>) {
        let pen = Pen { bytes: &mut self.bytes, end: &mut self.end };
        let unknown_end = &mut self.unknown_end;
        (pen, self.shadow.as_mut().map(|shadow| Marks { shadow, unknown_end }))
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

/// How a decoder writes what the symbols of a block stand for.
pub trait Write {
    /// Position of the next byte.
    fn end(&self) -> usize;
    /// Bytes that can be written.
    fn space(&self) -> usize;
    /// Adds one byte, where there is space.
    fn literal(&mut self, byte: u8);
    /// Adds `length` (at most [`LONGEST_COPY`], and no more than there is space for) bytes that stand `distance` back.
    /// `false`, and nothing added, where there never was such a byte.
    fn copy(&mut self, distance: usize, length: usize) -> bool;
}

/// Writes where all bytes are known.
#[derive(Debug)]
pub struct Pen<'a> {
    bytes: &'a mut [u8],
    end: &'a mut usize,
}

/// Marks what a [`Pen`] writes.
#[derive(Debug)]
pub struct Marks<'a> {
    shadow: &'a mut [u8],
    unknown_end: &'a mut usize,
}

impl Write for Pen<'_> {
    #[inline(always)]
    fn end(&self) -> usize {
        *self.end
    }

    #[inline(always)]
    fn space(&self) -> usize {
        self.bytes.len().saturating_sub(*self.end)
    }

    #[inline(always)]
    fn literal(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(*self.end) {
            *slot = byte;
            *self.end += 1;
        }
    }

    #[inline(always)]
    fn copy(&mut self, distance: usize, length: usize) -> bool {
        let Some(start) = self.end.checked_sub(distance) else { return false };
        let length = length.min(self.space());
        if distance < CHUNK || !copy_chunks(self.bytes, start, *self.end, length) {
            repeat(self.bytes, start, *self.end, length);
        }
        *self.end += length;
        true
    }
}

impl Write for (Pen<'_>, Marks<'_>) {
    fn end(&self) -> usize {
        self.0.end()
    }

    fn space(&self) -> usize {
        self.0.space()
    }

    fn literal(&mut self, byte: u8) {
        if let Some(mark) = self.1.shadow.get_mut(self.0.end()) {
            *mark = KNOWN;
        }
        self.0.literal(byte);
    }

    fn copy(&mut self, distance: usize, length: usize) -> bool {
        let end = self.0.end();
        if !self.0.copy(distance, length) {
            return false;
        }
        let (start, length) = (end - distance, self.0.end() - end);
        repeat(self.1.shadow, start, end, length);
        if start < *self.1.unknown_end {
            *self.1.unknown_end = end + length;
        }
        true
    }
}

fn known(len: usize) -> Box<[u8]> {
    vec![KNOWN; len].into_boxed_slice()
}

/// Bytes copied at a time: one vector register.
const CHUNK: usize = 16;

/// Copies `length` bytes from `from` to `to`, at least [`CHUNK`] apart, in whole chunks: up to 15 bytes after them are
/// overwritten. `false` where there is no room for that.
#[inline(always)]
fn copy_chunks(bytes: &mut [u8], from: usize, to: usize, length: usize) -> bool {
    let Some(bytes) = bytes.get_mut(from..to + length + CHUNK) else { return false };
    let distance = to - from;
    let mut done = 0;
    while done < length {
        let Some(chunk) = bytes.get(done..).and_then(|rest| rest.first_chunk::<CHUNK>()).copied() else { return false };
        let Some(room) = bytes.get_mut(done + distance..).and_then(|rest| rest.first_chunk_mut()) else { return false };
        *room = chunk;
        done += CHUNK;
    }
    true
}

/// Copies `length` bytes from `from` to `to`, where what is written is read again if the two overlap.
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

crate::base::pack::pack_struct!(History { bytes, shadow, unknown_before });

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
        let mut buffer = Buffer::new();
        buffer.restore(&History::unknown());
        assert!(buffer.has_unknown());
        buffer.extend(b"known");
        let (pen, marks) = buffer.pens();
        assert!((pen, marks.unwrap()).copy(7, 4));
        buffer.extend(b"again");
        let want = [Err(32 * 1024), Ok(b"known".to_vec()), Err(2), Ok(b"knagain".to_vec())];
        assert_eq!(pieces(&mut buffer), want);
        let history = buffer.park(HISTORY);
        assert_eq!(history.bytes.len(), 14);
        let mut back = Buffer::new();
        back.extend(b"something else");
        back.restore(&history);
        assert_eq!(pieces(&mut back)[1..], want[1..]);
        assert_eq!(back.end, HISTORY);
        // Enough known bytes push the unknown ones out of reach.
        for _ in 0..HISTORY {
            back.emitted = back.end;
            back.slide();
            back.extend(b"x");
        }
        assert!(!back.has_unknown());
    }
}
