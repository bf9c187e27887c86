//! Where lines go: one buffer, one write a block, and the first error kept.
//!
//! In: bytes of lines. Out: writes of about 64 KiB. A [`crate::dissect::Sink`] cannot fail, so an error of the writer
//! is kept here and ends the run from outside; after it, nothing more is written.

use std::io::{self, Write};

/// Bytes gathered before they are written.
const BLOCK: usize = 64 * 1024;

/// A buffered writer that keeps its first error.
pub struct Out {
    buffer: Vec<u8>,
    to: Option<Box<dyn Write + Send>>,
    error: Option<io::Error>,
}

impl Out {
    /// Writes to `to`.
    #[must_use]
    pub fn new(to: impl Write + Send + 'static) -> Out {
        Out { buffer: Vec::with_capacity(2 * BLOCK), to: Some(Box::new(to)), error: None }
    }

    /// Keeps everything in memory; see [`Out::bytes`].
    #[must_use]
    pub fn memory() -> Out {
        Out { buffer: Vec::new(), to: None, error: None }
    }

    /// What is gathered and not written: everything, of an [`Out::memory`].
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// The buffer, to append to. Call [`Out::ended_line`] after each line.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// A line has ended: writes the block if it is full.
    #[inline]
    pub fn ended_line(&mut self) {
        if self.buffer.len() >= BLOCK {
            self.write();
        }
    }

    /// Ends a line.
    #[inline]
    pub fn end_line(&mut self) {
        self.buffer.push(b'\n');
        self.ended_line();
    }

    /// Notes an error from elsewhere that ends the output.
    pub fn fail(&mut self, error: io::Error) {
        self.error.get_or_insert(error);
    }

    /// Writes what is buffered, now.
    pub fn flush(&mut self) {
        self.write();
        if let Some(to) = &mut self.to
            && self.error.is_none()
            && let Err(error) = to.flush()
        {
            self.error = Some(error);
        }
    }

    fn write(&mut self) {
        let Some(to) = &mut self.to else { return };
        if self.error.is_none()
            && let Err(error) = to.write_all(&self.buffer)
        {
            self.error = Some(error);
        }
        self.buffer.clear();
        self.buffer.shrink_to(4 * BLOCK);
    }

    /// The first error: nothing more will be written.
    #[must_use]
    pub fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Pipe(Arc<Mutex<Vec<usize>>>);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut writes = self.0.lock().unwrap();
            if writes.len() == 2 {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            writes.push(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn blocks_are_written_whole_and_nothing_after_an_error() {
        let pipe = Pipe::default();
        let mut out = Out::new(pipe.clone());
        for _ in 0..40 {
            out.buffer().extend_from_slice(&[b'x'; 8 * 1024]);
            out.ended_line();
        }
        assert_eq!(*pipe.0.lock().unwrap(), [BLOCK, BLOCK]);
        out.flush();
        assert_eq!(out.error().unwrap().kind(), io::ErrorKind::BrokenPipe);
        assert!(out.bytes().is_empty(), "what cannot be written is not hoarded");
    }
}
