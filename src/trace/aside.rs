//! Stream bytes that have no place in the capture: put together from IP fragments, decrypted.
//!
//! In: bytes, appended by the indexing thread. Out: the same bytes by position. They go to an unnamed temporary file,
//! so that a capture made of fragments costs disk and not memory; where there is no such file, they are lost and shown
//! as missing.

use std::fs::File;
use std::sync::Arc;

use crate::base::file::{read_exact_at, write_all_at};
use crate::base::number::wide;
use crate::base::temporary;

/// A file that only grows.
#[derive(Debug, Clone, Default)]
pub struct Aside {
    file: Option<Arc<File>>,
    len: u64,
}

impl Aside {
    /// Appends bytes; gives their position, or nothing where they could not be kept.
    pub fn append(&mut self, bytes: &[u8]) -> Option<u64> {
        let position = self.len;
        let file = match &self.file {
            Some(file) => file.clone(),
            None => self.file.insert(Arc::new(temporary::file().ok()?)).clone(),
        };
        write_all_at(&file, bytes, position).ok()?;
        self.len += wide(bytes.len());
        Some(position)
    }

    /// Fills `into` from a position; `false` where that cannot be read.
    pub(super) fn read(&self, position: u64, into: &mut [u8]) -> bool {
        let Some(file) = &self.file else { return into.is_empty() };
        read_exact_at(file, into, position).is_ok()
    }

    /// Changes bytes that were appended; `false` where they cannot be written.
    pub(super) fn overwrite(&mut self, position: u64, bytes: &[u8]) -> bool {
        self.file.as_ref().is_some_and(|file| write_all_at(file, bytes, position).is_ok())
    }

    /// The file, to read from another thread.
    #[must_use]
    pub fn reader(&self) -> Option<Arc<File>> {
        self.file.clone()
    }
}
