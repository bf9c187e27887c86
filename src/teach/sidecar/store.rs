//! Where a sidecar lies, and how it gets there.
//!
//! In: the path of a capture, and [`Change`]s. Out: the [`Sidecar`] of it. It is `FILE.sockeye.toml` beside the capture; where
//! there is none, another one in the same folder that is about a capture of the same bytes, or the one that this user last
//! wrote about such a capture, so that it is found when the capture was renamed or moved. Changes are made on what the file
//! holds at that moment, under its lock, and a new file takes the place of the old one at once (see `base/small_file.rs`). The
//! capture is only read.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{CaptureMark, Change, Conflict, Fault, Sidecar};
use crate::base::file::read_at;
use crate::base::limits::{SIDECAR_BYTES, SIDECARS_IN_FOLDER};
use crate::base::{home, small_file};

/// What follows the name of the capture.
pub const SUFFIX: &str = ".sockeye.toml";

/// Bytes of either end of a capture that its fingerprint is made of.
const HASHED: u64 = 1 << 20;

/// The sidecar of one capture.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    capture: PathBuf,
    mark: CaptureMark,
    /// The folder in which it is remembered where sidecars lie.
    known: Option<PathBuf>,
}

/// Why a sidecar cannot be read or written. What was there is there still.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The system says so.
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// The file is none that this program may write over.
    #[error("{0}: {1}; mend it or move it away")]
    Fault(PathBuf, #[source] Fault),
    /// Somebody else has changed the same.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// Only for passing through: which file it is stands in the others.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Store {
    /// The sidecar of a capture, whether there is one or not. What user this is tells `state`, the folder of the user's state;
    /// without it only the capture's own folder is looked in.
    ///
    /// # Errors
    /// The capture cannot be read, or is no plain file.
    pub fn of(capture: &Path, state: Option<&Path>) -> Result<Store, StoreError> {
        let wrong = |error| StoreError::Io(capture.to_owned(), error);
        let mark = mark(capture).map_err(wrong)?;
        let known = state.map(|state| state.join("sidecars"));
        let beside = beside(capture);
        let path = if beside.exists() {
            beside
        } else {
            let pointed = known.as_ref().and_then(|known| pointed(&known.join(&mark.sha256)));
            let elsewhere = in_folder(&beside, &mark).or_else(|| pointed.filter(|path| is_about(path, &mark)));
            elsewhere.unwrap_or(beside)
        };
        Ok(Store { path, capture: capture.to_owned(), mark, known })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// It has the name that the capture's own would have.
    #[must_use]
    pub fn is_beside(&self) -> bool {
        self.path == beside(&self.capture)
    }

    /// Which capture it is for.
    #[must_use]
    pub fn mark(&self) -> &CaptureMark {
        &self.mark
    }

    /// What the file holds; nothing where there is none.
    ///
    /// # Errors
    /// It cannot be read, or is no sidecar.
    pub fn load(&self) -> Result<Sidecar, StoreError> {
        let bytes =
            small_file::read(&self.path, SIDECAR_BYTES).map_err(|error| StoreError::Io(self.path.clone(), error))?;
        self.parse(&bytes.unwrap_or_default())
    }

    fn parse(&self, bytes: &[u8]) -> Result<Sidecar, StoreError> {
        let wrong = |fault| StoreError::Fault(self.path.clone(), fault);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes.get(..error.valid_up_to()).unwrap_or_default().split(|byte| *byte == b'\n').count();
            wrong(Fault { line, message: "it is no UTF-8".to_owned() })
        })?;
        Sidecar::parse(text).map_err(wrong)
    }

    /// Makes changes on what the file holds by now, all or none; gives that, and what was made, from which undoing is made.
    ///
    /// # Errors
    /// It cannot be written, is no sidecar, or somebody else has changed the same.
    pub fn change(&self, changes: &[Change]) -> Result<(Sidecar, Vec<Change>), StoreError> {
        let mut done = None;
        let changed = small_file::change(&self.path, SIDECAR_BYTES, Some(&self.capture), |before| {
            let mut sidecar = self.parse(before)?;
            // First: a new file says at its top which capture it is about.
            sidecar.mark(&self.mark);
            let made = changes.iter().map(|change| sidecar.change(change)).collect::<Result<Vec<_>, _>>()?;
            let text = sidecar.text().into_bytes();
            done = Some((sidecar, made));
            Ok(if text == before { None } else { Some(text) })
        });
        changed.map_err(|error| match error {
            StoreError::System(error) => StoreError::Io(self.path.clone(), error),
            other => other,
        })?;
        self.remember();
        // It is there where all went well.
        done.ok_or_else(|| StoreError::Io(self.path.clone(), io::ErrorKind::Other.into()))
    }

    /// Remembers where it lies. Nothing is lost where that cannot be done: it lies beside the capture.
    fn remember(&self) {
        let Some(known) = &self.known else { return };
        let Some(path) = fs::canonicalize(&self.path).ok().and_then(|path| path.to_str().map(str::to_owned)) else {
            return;
        };
        let pointer = known.join(&self.mark.sha256);
        if pointed(&pointer).as_deref() != Some(Path::new(&path)) && fs::create_dir_all(known).is_ok() {
            let _ = small_file::replace(&pointer, path.as_bytes(), None);
        }
    }
}

/// The folder of this user's state, in which it is remembered where sidecars lie.
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    let chosen = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    chosen.or_else(|| Some(home::folder()?.join(".local/state"))).map(|folder| folder.join("sockeye"))
}

fn beside(capture: &Path) -> PathBuf {
    let mut name = capture.as_os_str().to_owned();
    name.push(SUFFIX);
    PathBuf::from(name)
}

/// What is known of a capture without dissecting it.
fn mark(capture: &Path) -> io::Result<CaptureMark> {
    // What is no plain file may have no end, and be read only once.
    if !fs::metadata(capture)?.is_file() {
        return Err(io::Error::other("annotations need a capture in a plain file: copy it into one"));
    }
    let file = File::open(capture)?;
    let size = file.metadata()?.len();
    let name = capture.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(CaptureMark { name, size, sha256: fingerprint(&file, size)? })
}

/// Tells captures apart at any size, and at once: SHA-256 over the length, as 8 bytes of big-endian, and the first and the last
/// MiB; all of a capture that is no longer than both.
///
/// # Errors
/// Those of reading.
pub fn fingerprint(file: &File, size: u64) -> io::Result<String> {
    let mut hash = Sha256::new();
    hash.update(size.to_be_bytes());
    let second = size.saturating_sub(HASHED).max(HASHED.min(size));
    let mut buffer = vec![0; 64 * 1024];
    for (mut at, end) in [(0, HASHED.min(size)), (second, size)] {
        while at < end {
            let read = read_at(file, &mut buffer, at)?;
            let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(read);
            let Some(bytes) = buffer.get(..wanted).filter(|bytes| !bytes.is_empty()) else { break };
            hash.update(bytes);
            at = at.saturating_add(wanted as u64);
        }
    }
    Ok(hex::encode(hash.finalize()))
}

/// Where the file of this name says that a sidecar lies.
fn pointed(pointer: &Path) -> Option<PathBuf> {
    let bytes = small_file::read(pointer, 4096).ok()??;
    Some(PathBuf::from(String::from_utf8(bytes).ok()?)).filter(|path| path.is_absolute())
}

/// A sidecar in the same folder that is about this capture, whatever it is called.
fn in_folder(beside: &Path, mark: &CaptureMark) -> Option<PathBuf> {
    let folder = beside.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names = fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.ends_with(SUFFIX)));
    // However many there are, and however long: no more is read of all than one may have.
    let mut left = SIDECAR_BYTES;
    let small = names.take(SIDECARS_IN_FOLDER).filter(|entry| {
        let len = entry.metadata().map_or(u64::MAX, |found| found.len());
        left.checked_sub(len).inspect(|rest| left = *rest).is_some()
    });
    small.map(|entry| entry.path()).find(|path| is_about(path, mark))
}

fn is_about(path: &Path, mark: &CaptureMark) -> bool {
    let text = small_file::read(path, SIDECAR_BYTES).ok().flatten().and_then(|bytes| String::from_utf8(bytes).ok());
    let capture = text.filter(|text| text.contains(&mark.sha256)).and_then(|text| Sidecar::parse(&text).ok()?.capture);
    capture.is_some_and(|capture| capture.size == mark.size && capture.sha256 == mark.sha256)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::teach::sidecar::{Annotation, Entry};

    fn capture(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn note(id: &str, text: &str) -> Annotation {
        Annotation::new(id.to_owned(), "#1.mask".parse().unwrap(), text)
    }

    fn add(store: &Store, id: &str, text: &str) -> Sidecar {
        store.change(&[Change::added(Entry::Annotation(note(id, text)))]).unwrap().0
    }

    #[test]
    fn it_lies_beside_the_capture_and_is_found_when_that_is_renamed_or_moved() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let path = capture(folder.path(), "a.pcap", b"bytes of a capture");
        let store = Store::of(&path, Some(&state)).unwrap();
        assert!(store.load().unwrap().is_empty() && !store.path().exists());
        add(&store, "a", "one");
        assert_eq!(store.path(), folder.path().join("a.pcap.sockeye.toml"));
        let renamed = folder.path().join("b.pcap");
        fs::rename(&path, &renamed).unwrap();
        let found = Store::of(&renamed, None).unwrap();
        assert_eq!((found.load().unwrap().annotations().count(), found.is_beside()), (1, false));
        let moved = folder.path().join("other").join("c.pcap");
        fs::create_dir(folder.path().join("other")).unwrap();
        fs::rename(&renamed, &moved).unwrap();
        assert_eq!(Store::of(&moved, Some(&state)).unwrap().load().unwrap().annotations().count(), 1);
        assert_eq!(Store::of(&moved, None).unwrap().load().unwrap().annotations().count(), 0);
        // Another capture is another one, whatever it is called.
        fs::write(&renamed, b"bytes of A capture").unwrap();
        assert_eq!(Store::of(&renamed, Some(&state)).unwrap().load().unwrap().annotations().count(), 0);
    }

    #[test]
    fn what_two_write_at_once_is_all_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = capture(folder.path(), "a.pcap", b"x");
        std::thread::scope(|scope| {
            for who in 0..3 {
                let path = &path;
                scope.spawn(move || {
                    for count in 0..15 {
                        let id = format!("{who}-{count}");
                        let change = Change::added(Entry::Annotation(note(&id, "text")));
                        while Store::of(path, None).unwrap().change(std::slice::from_ref(&change)).is_err() {}
                    }
                });
            }
        });
        assert_eq!(Store::of(&path, None).unwrap().load().unwrap().annotations().count(), 45);
    }

    #[test]
    fn what_cannot_be_understood_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = capture(folder.path(), "a.pcap", b"x");
        let store = Store::of(&path, None).unwrap();
        for (text, line) in [("version = 1\nnote = [", 2), ("version = 9\n", 1), ("[[annotation]]\nid = \n", 2)] {
            fs::write(store.path(), text).unwrap();
            let error = store.change(&[Change::added(Entry::Annotation(note("a", "b")))]).unwrap_err();
            let StoreError::Fault(_, fault) = &error else { panic!("{error}") };
            assert_eq!(fault.line, line, "{error}");
            assert_eq!(fs::read_to_string(store.path()).unwrap(), text);
        }
        fs::write(store.path(), b"# \xff\n").unwrap();
        assert!(store.load().unwrap_err().to_string().contains("UTF-8"));
    }

    #[test]
    fn a_fingerprint_is_of_both_ends() {
        let folder = tempfile::tempdir().unwrap();
        let print = |bytes: &[u8]| {
            let path = capture(folder.path(), "print", bytes);
            mark(&path).unwrap().sha256
        };
        // By `printf '\0\0\0\0\0\0\0\3abc' | sha256sum`.
        assert_eq!(print(b"abc"), "c3494ca1a2cf8eeb8a11ded316fb55b83c3bbbedb6313cd50415251e5d09e12f");
        let mut long = vec![7; 3 << 20];
        let first = print(&long);
        *long.last_mut().unwrap() = 8;
        assert_ne!(print(&long), first);
    }
}
