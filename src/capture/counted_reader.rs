//! The bytes of a file or pipe, counted.
//!
//! In: any reader. Out: its bytes as they come; a read gives what is there and never waits to fill a buffer. The count
//! can be watched from another thread. Interrupted reads are tried again; other errors are kept, because decoders
//! replace them by their own.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes buffered for decoders and for looking ahead.
const BUFFER_BYTES: usize = 64 * 1024;

/// A counted reader that can look ahead.
pub(super) struct CountedReader {
    inner: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    starved: bool,
    error: Option<io::Error>,
    taken: Arc<AtomicU64>,
}

impl CountedReader {
    pub(super) fn new(inner: Box<dyn Read + Send>) -> CountedReader {
        let taken = Arc::new(AtomicU64::new(0));
        CountedReader { inner, buffer: Vec::new(), start: 0, end: 0, starved: false, error: None, taken }
    }

    /// Bytes taken from the reader so far.
    pub(super) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.taken)
    }

    /// Bytes taken from the reader but not yet from here.
    pub(super) fn buffered(&self) -> usize {
        self.end - self.start
    }

    /// More was wanted than the reader had.
    pub(super) fn starved(&self) -> bool {
        self.starved
    }

    /// The error that the reader gave, if it gave one: the original of the copy that a read gave.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// That error, in place of its copy.
    pub(super) fn original(&mut self, copy: io::Error) -> io::Error {
        self.error.take().unwrap_or(copy)
    }

    /// The next `wanted` bytes without taking them, fewer where the reader ends.
    pub(super) fn peek(&mut self, wanted: usize) -> io::Result<&[u8]> {
        while self.buffered() < wanted {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            if self.more()? == 0 {
                break;
            }
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    /// Takes `count` bytes without looking at them; `false` where the reader ends before.
    pub(super) fn skip(&mut self, mut count: u64) -> io::Result<bool> {
        while count > 0 {
            let have = self.fill_buf()?.len();
            if have == 0 {
                return Ok(false);
            }
            let step = usize::try_from(count).unwrap_or(usize::MAX).min(have);
            self.consume(step);
            count -= step as u64;
        }
        Ok(true)
    }

    /// Reads once into what is free of the buffer.
    fn more(&mut self) -> io::Result<usize> {
        self.buffer.resize(BUFFER_BYTES, 0);
        let free = self.buffer.get_mut(self.end..).unwrap_or_default();
        let count = read_once(&mut self.inner, free, &self.taken, &mut self.error)?;
        self.end += count;
        Ok(count)
    }
}

fn read_once(
    inner: &mut dyn Read,
    buffer: &mut [u8],
    taken: &AtomicU64,
    kept: &mut Option<io::Error>,
) -> io::Result<usize> {
    loop {
        match inner.read(buffer) {
            Ok(count) => {
                let count = count.min(buffer.len());
                taken.fetch_add(count as u64, Ordering::Relaxed);
                return Ok(count);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let twin = error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
                *kept = Some(error);
                return Err(twin);
            }
        }
    }
}

impl Read for CountedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let have = self.buffer.get(self.start..self.end).unwrap_or_default();
        if have.is_empty() {
            // Straight into the caller's memory: the way of every uncompressed file.
            let count = read_once(&mut self.inner, buffer, &self.taken, &mut self.error)?;
            self.starved |= count == 0 && !buffer.is_empty();
            return Ok(count);
        }
        let count = have.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), have.get(..count)) {
            to.copy_from_slice(from);
        }
        self.start += count;
        Ok(count)
    }
}

impl BufRead for CountedReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            self.starved |= self.more()? == 0;
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.start = (self.start + amount).min(self.end);
    }
}
