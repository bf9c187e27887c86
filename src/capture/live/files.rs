//! The files that a live capture is kept in: one, or a ring of them.
//!
//! In: the name that was asked for, and when to begin another file. Out: open files, and the names of those to remove.
//! A ring's names are dumpcap's: `NAME_00001_20261125143000.pcapng`, number and local time between stem and suffix. A
//! file that cannot be made is an error of the caller's to report; nothing here is removed but what was made here.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::base::temporary;

/// Numbers of ring files have five digits, and begin again after the last.
const NUMBERS: u32 = 100_000;

/// When to begin another file, and how many to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rotation {
    /// After so many bytes.
    pub filesize: Option<u64>,
    /// After so long.
    pub duration: Option<Duration>,
    /// Only the newest so many are kept.
    pub files: Option<u64>,
}

/// Where packets are kept.
#[derive(Debug)]
pub enum Keep {
    /// Nowhere: they are dissected and forgotten.
    Nothing,
    /// In one file, which is open.
    One(File),
    /// In files one after another, the first of which is open.
    Ring(Ring, File),
}

/// The files of a ring.
#[derive(Debug)]
pub struct Ring {
    name: PathBuf,
    /// When to begin another.
    pub(super) rotation: Rotation,
    number: u32,
}

impl Ring {
    /// A ring of files named after `name`, and its first file.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn open(name: &Path, rotation: Rotation) -> io::Result<(Ring, File, PathBuf)> {
        let mut ring = Ring { name: name.to_owned(), rotation, number: 0 };
        let (file, path) = ring.next()?;
        Ok((ring, file, path))
    }

    /// Makes the next file.
    pub(super) fn next(&mut self) -> io::Result<(File, PathBuf)> {
        self.number = (self.number + 1) % NUMBERS;
        let now = jiff::Zoned::now().strftime("%Y%m%d%H%M%S").to_string();
        let path = ring_name(&self.name, self.number, &now);
        Ok((create(&path)?, path))
    }
}

/// `dir/stem_00001_time.suffix`.
fn ring_name(name: &Path, number: u32, time: &str) -> PathBuf {
    let mut file = name.file_stem().unwrap_or_default().to_owned();
    file.push(format!("_{number:05}_{time}"));
    if let Some(suffix) = name.extension() {
        file.push(".");
        file.push(suffix);
    }
    name.with_file_name(file)
}

/// Makes a file to write and to read back, in place of one that is there.
///
/// # Errors
/// Those of the system; what is no ordinary file (a device, a pipe) cannot be read back and is refused.
pub fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no ordinary file, so it cannot be read back"))
    }
}

/// A file without a name in a folder for large files; the system removes it when it is closed.
///
/// # Errors
/// Those of the system.
pub fn spool() -> io::Result<File> {
    tempfile::tempfile_in(spool_folder())
}

/// Where [`spool`] puts its file: `TMPDIR` where that is set, else a folder on disk, since `/tmp` is often memory.
#[must_use]
pub fn spool_folder() -> PathBuf {
    let usual = Path::new("/var/tmp");
    if cfg!(unix) && std::env::var_os("TMPDIR").is_none_or(|folder| folder.is_empty()) && usual.is_dir() {
        return usual.to_owned();
    }
    temporary::folder()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_dumpcap() {
        let name = |name: &str, number| ring_name(Path::new(name), number, "20261125143000").display().to_string();
        assert_eq!(name("/tmp/a.pcapng", 1), "/tmp/a_00001_20261125143000.pcapng");
        assert_eq!(name("a.b.pcap", 12345), "a.b_12345_20261125143000.pcap");
        assert_eq!(name("plain", 7), "plain_00007_20261125143000");
    }
}
