//! Going back to bytes of the capture that have been read.
//!
//! In: the capture's own file where that is a plain one; else (standard input, a pipe, a compressed file) every byte
//! read is also written to a temporary file without a name ([`crate::base::scratch`]), which the system removes when the last handle to it is
//! closed. Out: [`Store`], which reads the uncompressed capture at any [`Packet::position`](crate::base::Packet), also
//! while the reader goes on in another thread.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::file;
use crate::base::scratch::Scratch;

/// Random access to the uncompressed capture. A clone is another handle to the same bytes.
#[derive(Debug, Clone)]
pub struct Store(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// The capture's own file.
    Own(Arc<File>),
    /// What was read of it so far: sealed, since it may hold decryption secrets.
    Spooled { scratch: Arc<Scratch>, written: Arc<AtomicU64> },
}

impl Store {
    /// A store over the capture's own file.
    pub(super) fn of_file(file: File) -> Store {
        Store(Kind::Own(Arc::new(file)))
    }

    /// Fills `buffer` with bytes from `position` on; fewer, or 0, where the capture ends (so far).
    ///
    /// # Errors
    /// Those of the file.
    pub fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.0 {
            Kind::Own(file) => file::read_at(file, buffer, position),
            Kind::Spooled { scratch, .. } => scratch.read_up_to(buffer, position),
        }
    }

    /// Bytes that can be read: what has been read of the capture, or the size of its own file.
    ///
    /// # Errors
    /// Those of asking for the size of the file.
    pub fn len(&self) -> io::Result<u64> {
        match &self.0 {
            Kind::Spooled { written, .. } => Ok(written.load(Ordering::Acquire)),
            Kind::Own(file) => Ok(file.metadata()?.len()),
        }
    }

    /// It is filled while the capture is read: there may be less in it than there will be.
    #[must_use]
    pub fn is_growing(&self) -> bool {
        matches!(self.0, Kind::Spooled { .. })
    }

    /// Nothing can be read yet.
    ///
    /// # Errors
    /// Those of [`Self::len`].
    pub fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

impl super::pcapng::ahead::ReadAt for Store {
    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize> {
        Store::read_at(self, position, into)
    }
}

/// The writing end of a temporary store.
#[derive(Debug)]
pub(super) struct Spool {
    scratch: Arc<Scratch>,
    written: Arc<AtomicU64>,
}

impl Spool {
    /// A new temporary file.
    pub(super) fn new() -> io::Result<Spool> {
        Ok(Spool { scratch: Arc::new(Scratch::new()?), written: Arc::default() })
    }

    pub(super) fn store(&self) -> Store {
        let (scratch, written) = (Arc::clone(&self.scratch), Arc::clone(&self.written));
        Store(Kind::Spooled { scratch, written })
    }

    /// Adds the next bytes of the capture.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.scratch.write_at(bytes, self.written.load(Ordering::Relaxed))?;
        self.written.fetch_add(bytes.len() as u64, Ordering::Release);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_appended_is_read_back_from_another_thread() {
        let mut spool = Spool::new().unwrap();
        let store = spool.store();
        assert!(store.is_empty().unwrap());
        spool.append(b"hello ").unwrap();
        spool.append(b"world").unwrap();
        let read = std::thread::spawn(move || {
            let mut buffer = [0; 16];
            let count = store.read_at(4, &mut buffer).unwrap();
            assert_eq!(store.len().unwrap(), 11);
            buffer[..count].to_vec()
        });
        assert_eq!(read.join().unwrap(), b"o world");
        let mut buffer = [0; 4];
        assert_eq!(spool.store().read_at(11, &mut buffer).unwrap(), 0);
        assert_eq!(spool.store().read_at(u64::MAX, &mut buffer).unwrap_or(0), 0);
    }
}
