//! The one place that indexes bytes.
//!
//! A [`Cursor`] walks a slice from the front. Every read either gives a value or says how many bytes were wanted and
//! how many there were; nothing panics, nothing is copied.

/// More bytes are needed: not an error of the input, only too early (or a cut capture).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Incomplete {
    /// Offset, in the slice the cursor was made from, of the read that failed.
    pub offset: usize,
    /// Bytes the read wanted.
    pub wanted: usize,
    /// Bytes there were.
    pub available: usize,
}

/// A position in a slice of bytes, read from the front, big-endian unless the name says otherwise.
///
/// ```
/// use sockeye::base::Cursor;
/// let mut cursor = Cursor::new(&[0x81, 0xfe, 0x01, 0x00]);
/// assert_eq!(cursor.u8(), Ok(0x81));
/// assert_eq!(cursor.u8(), Ok(0xfe));
/// assert_eq!(cursor.u16(), Ok(256));
/// assert_eq!(cursor.u8().unwrap_err().wanted, 1);
/// ```
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { rest: bytes, offset: 0 }
    }

    /// Bytes read so far.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// What has not been read.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `n` bytes, borrowed.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Incomplete> {
        match self.rest.split_at_checked(n) {
            Some((taken, rest)) => {
                self.rest = rest;
                self.offset += n;
                Ok(taken)
            }
            None => Err(Incomplete { offset: self.offset, wanted: n, available: self.rest.len() }),
        }
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Incomplete> {
        match self.rest.split_first_chunk::<N>() {
            Some((taken, rest)) => {
                self.rest = rest;
                self.offset += N;
                Ok(*taken)
            }
            None => Err(Incomplete { offset: self.offset, wanted: N, available: self.rest.len() }),
        }
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Incomplete> {
        self.array::<1>().map(|[b]| b)
    }

    /// Two bytes, big-endian.
    pub fn u16(&mut self) -> Result<u16, Incomplete> {
        self.array().map(u16::from_be_bytes)
    }

    /// Four bytes, big-endian.
    pub fn u32(&mut self) -> Result<u32, Incomplete> {
        self.array().map(u32::from_be_bytes)
    }

    /// Eight bytes, big-endian.
    pub fn u64(&mut self) -> Result<u64, Incomplete> {
        self.array().map(u64::from_be_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_read_moves_nothing_and_says_what_was_missing() {
        let mut cursor = Cursor::new(&[1, 2, 3]);
        assert_eq!(cursor.u16(), Ok(0x0102));
        assert_eq!(cursor.u32(), Err(Incomplete { offset: 2, wanted: 4, available: 1 }));
        assert_eq!(cursor.u8(), Ok(3));
        assert_eq!(cursor.take(0), Ok(&[][..]));
        assert_eq!(cursor.offset(), 3);
    }
}
