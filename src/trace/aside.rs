//! Bytes that have no place in the capture: put together from IP fragments, and what compressed messages refer back to.
//!
//! In: bytes, appended by the indexing thread. Out: the same bytes by position. They go to an unnamed temporary file,
//! so that a capture made of fragments costs disk and not memory; where there is no such file, they are lost and shown
//! as missing.

use std::sync::Arc;

use crate::base::number::wide;
use crate::base::scratch::Scratch;

/// A file that only grows.
#[derive(Debug, Clone, Default)]
pub struct Aside {
    file: Option<Arc<Scratch>>,
    len: u64,
}

impl Aside {
    /// Appends bytes; gives their position, or nothing where they could not be kept.
    pub fn append(&mut self, bytes: &[u8]) -> Option<u64> {
        let position = self.len;
        let file = match &self.file {
            Some(file) => file.clone(),
            None => self.file.insert(Arc::new(Scratch::new().ok()?)).clone(),
        };
        file.write_at(bytes, position).ok()?;
        self.len += wide(bytes.len());
        Some(position)
    }

    /// Fills `into` from a position; `false` where that cannot be read.
    pub(super) fn read(&self, position: u64, into: &mut [u8]) -> bool {
        let Some(file) = &self.file else { return into.is_empty() };
        file.read_at(into, position).is_ok()
    }

    /// Changes bytes that were appended; `false` where they cannot be written.
    pub(super) fn overwrite(&mut self, position: u64, bytes: &[u8]) -> bool {
        self.file.as_ref().is_some_and(|file| file.write_at(bytes, position).is_ok())
    }

    /// The file, to read from another thread.
    #[must_use]
    pub fn reader(&self) -> Option<Arc<Scratch>> {
        self.file.clone()
    }
}
