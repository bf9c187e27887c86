//! The files that a live capture is kept in: one, or a ring of them.
//!
//! In: the name that was asked for, and when to begin another file. Out: open files, and the names of those to remove.
//! A ring's names are dumpcap's: `NAME_00001_20261125143000.pcapng`, number and local time between stem and suffix. A
//! file that cannot be made is an error of the caller's to report; nothing here is removed but what was made here.
//!
//! What is captured may be secret, and others may write to the same folder: a new file is its owner's alone, no link is
//! followed, and what a name stands for is asked of the open file, never of the name.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::base::limits::LIVE_RING_TRIES;
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

    /// Makes the next file. A name that is taken is passed over: what has it is not this capture's.
    pub(super) fn next(&mut self) -> io::Result<(File, PathBuf)> {
        let mut tries = 0;
        loop {
            self.number = (self.number + 1) % NUMBERS;
            let now = jiff::Zoned::now().strftime("%Y%m%d%H%M%S").to_string();
            let path = ring_name(&self.name, self.number, &now);
            tries += 1;
            match create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < LIVE_RING_TRIES => {}
                made => return Ok((made?, path)),
            }
        }
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

/// A file that was opened to write to, and to read back.
#[derive(Debug)]
pub struct Opened {
    /// Empty now.
    pub file: File,
    /// It was there, and held something.
    pub overwrites: bool,
}

/// Opens a file to write to, in place of what is in it.
///
/// # Errors
/// Those of the system. Refused is also what cannot be read back (a device, a pipe), and whatever somebody else may
/// have put in this place for another file to be overwritten, or for this one to be read: a link, a file with a second
/// name, and to root a file of another user.
pub fn open(path: &Path) -> io::Result<Opened> {
    let file = new_file().create(true).open(path).map_err(unfollowed)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(refused("it is no ordinary file, so it cannot be read back"));
    }
    #[cfg(unix)]
    check_owner(&about)?;
    let overwrites = about.len() > 0;
    file.set_len(0)?;
    Ok(Opened { file, overwrites })
}

/// Makes a file that is not there yet.
///
/// # Errors
/// Those of the system, [`io::ErrorKind::AlreadyExists`] where anything has this name, a link too.
pub fn create(path: &Path) -> io::Result<File> {
    new_file().create_new(true).open(path)
}

/// To write and to read; of nobody but its owner where it is new.
fn new_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Without waiting: a pipe in this place is refused, whether somebody reads it or not.
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    options
}

#[cfg(unix)]
fn check_owner(about: &std::fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    if about.nlink() > 1 {
        return Err(refused(
            "this file has other names too, which would hold the packets as well; choose another name",
        ));
    }
    #[cfg(target_os = "linux")]
    if nix::unistd::geteuid().is_root() && about.uid() != 0 {
        return Err(refused("this file is another user's, who could read the packets; choose another name"));
    }
    Ok(())
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// The system's words for a link that is not followed would be of too many of them.
fn unfollowed(error: io::Error) -> io::Error {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::ELOOP) {
        return refused("it is a link, which is not followed; name the file itself");
    }
    error
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

    #[test]
    fn what_is_in_a_file_is_overwritten_and_that_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        assert!(!open(&path).unwrap().overwrites);
        assert!(!open(&path).unwrap().overwrites, "an empty file loses nothing");
        std::fs::write(&path, "older").unwrap();
        let opened = open(&path).unwrap();
        assert!(opened.overwrites && opened.file.metadata().unwrap().len() == 0);
        assert_eq!(create(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(open(folder.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_its_owners_and_no_link_is_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for (name, file) in [("a", open(&at("a")).unwrap().file), ("b", create(&at("b")).unwrap())] {
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        }
        symlink(at("target"), at("dangling")).unwrap();
        std::fs::write(at("precious"), "as it was").unwrap();
        symlink(at("precious"), at("link")).unwrap();
        std::fs::hard_link(at("precious"), at("second")).unwrap();
        for name in ["dangling", "link", "second"] {
            assert!(open(&at(name)).is_err() && create(&at(name)).is_err(), "{name}");
        }
        assert!(open(&at("link")).unwrap_err().to_string().contains("it is a link"));
        assert!(open(Path::new("/dev/null")).is_err());
        assert!(!at("target").exists());
        assert_eq!(std::fs::read_to_string(at("precious")).unwrap(), "as it was");
    }

    #[cfg(unix)]
    #[test]
    fn a_ring_passes_over_names_that_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("ring");
        let (mut ring, _, first) = Ring::open(&name, Rotation::default()).unwrap();
        // Of the second file, whichever second it is made in.
        let now = jiff::Zoned::now();
        for ahead in 0..60 {
            let time = now.checked_add(jiff::Span::new().seconds(ahead)).unwrap();
            let taken = ring_name(&name, 2, &time.strftime("%Y%m%d%H%M%S").to_string());
            std::os::unix::fs::symlink(folder.path().join("target"), taken).unwrap();
        }
        let (_, second) = ring.next().unwrap();
        assert!(first.display().to_string().contains("ring_00001_"));
        assert!(second.display().to_string().contains("ring_00003_"), "{}", second.display());
        assert!(!folder.path().join("target").exists());
    }
}
