//! Temporary files: where they are made, and how.
//!
//! In: nothing. Out: files without a name, which the system removes with their last handle. All that put something on
//! disk for a while ask here, so that what confines writing knows the folder. A file that cannot be made is an error of
//! the system; the caller does without.

use std::fs::File;
use std::io;
use std::path::PathBuf;

/// The folder that temporary files are made in: `TMPDIR`, or the system's.
#[must_use]
pub fn folder() -> PathBuf {
    std::env::temp_dir()
}

/// A new temporary file, to be written and read.
///
/// # Errors
/// Those of the system.
pub fn file() -> io::Result<File> {
    tempfile::tempfile_in(folder())
}
