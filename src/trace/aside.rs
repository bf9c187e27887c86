//! Stream bytes that have no place in the capture: put together from IP fragments, decrypted.
//!
//! In: bytes, appended by the indexing thread. Out: the same bytes by position. They go to an unnamed temporary file,
//! so that a capture made of fragments costs disk and not memory; where there is no such file, they are lost and shown
//! as missing.

use std::fs::File;
use std::io;
use std::sync::Arc;

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
        self.len += u64::try_from(bytes.len()).ok()?;
        Some(position)
    }

    /// The file, to read from another thread.
    #[must_use]
    pub fn reader(&self) -> Option<Arc<File>> {
        self.file.clone()
    }
}

/// Reads as many bytes as there are from a position.
pub(super) fn read_at(file: &File, position: u64, into: &mut [u8]) -> io::Result<usize> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileExt;
        file.read_at(into, position)
    }
    #[cfg(windows)]
    {
        use std::os::windows::fs::FileExt;
        file.seek_read(into, position)
    }
}

fn write_all_at(file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileExt;
        file.write_all_at(bytes, position)
    }
    #[cfg(windows)]
    {
        use std::os::windows::fs::FileExt;
        let (mut rest, mut position) = (bytes, position);
        while !rest.is_empty() {
            let written = file.seek_write(rest, position)?;
            rest = rest.get(written..).unwrap_or(&[]);
            position += written as u64;
        }
        Ok(())
    }
}
