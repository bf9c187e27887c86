//! Small files of the user's own: read whole, changed under a lock, replaced at once.
//!
//! In: a path, and the most bytes that such a file may have. Out: its bytes; a new file in its place. Only plain files are
//! opened: no link is followed, and nothing that one would wait for. Whoever is ended in the middle of writing leaves the old
//! file or the new one. Several programs may change one file: each locks it, reads what is there, and writes what is to be
//! there then. Errors are the system's, with words where it has none.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::number::wide;

/// How often a lock is tried: half a second in all, where writing takes a few milliseconds.
const TRIES: u32 = 25;

/// How long to wait before it is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// How often a file is opened again since it was replaced while its lock was waited for.
const REPLACED: u32 = 50;

/// The bytes of a file of at most `limit`; `None` where there is none.
///
/// # Errors
/// It is no plain file, is longer, or cannot be read.
pub fn read(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    match open_plain(path, limit, OpenOptions::new().read(true)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => bytes_of(&opened?, limit).map(Some),
    }
}

fn bytes_of(file: &File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if wide(bytes.len()) > limit { Err(too_long(limit)) } else { Ok(bytes) }
}

fn too_long(limit: u64) -> io::Error {
    io::Error::other(format!("it is longer than this program writes it, {limit} bytes at most"))
}

/// Opens a plain file of at most `limit` bytes, and nothing else. One that is made is its owner's alone.
///
/// # Errors
/// It is none, is longer, or cannot be opened.
pub fn open_plain(path: &Path, limit: u64, how: &mut OpenOptions) -> io::Result<File> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        return Err(io::Error::other("it is a link, and links are not followed"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        how.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let file = how.open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    if found.len() > limit { Err(too_long(limit)) } else { Ok(file) }
}

/// Takes the lock of a file, until the file is dropped. Where the file system knows no locks, it goes without.
///
/// # Errors
/// Another program holds it for longer than writing takes.
pub fn lock(file: File) -> io::Result<File> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Err(fs::TryLockError::WouldBlock) => thread::sleep(PAUSE),
            Ok(()) | Err(fs::TryLockError::Error(_)) => return Ok(file),
        }
    }
    Err(io::Error::new(io::ErrorKind::WouldBlock, "another program holds its lock"))
}

/// Puts a new file with these bytes in the place of what is there, at once. It is its owner's alone, or has the permissions
/// of `like`.
///
/// # Errors
/// Those of the system; then what was there is there still.
pub fn replace(path: &Path, bytes: &[u8], like: Option<&Path>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Some(found) = like.and_then(|like| fs::metadata(like).ok()) {
        let _ = file.as_file().set_permissions(found.permissions());
    }
    // Else a machine that goes down leaves an empty file under the name.
    file.as_file().sync_data()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Changes a file under its own lock: `with` is given its bytes, none where there is no such file, and gives what shall be
/// there, or `None` where it stays as it is. A new file has the permissions of `like`.
///
/// # Errors
/// Those of the system, and those of `with`.
pub fn change<E: From<io::Error>>(
    path: &Path,
    limit: u64,
    like: Option<&Path>,
    with: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>, E>,
) -> Result<(), E> {
    let locked = locked(path, limit)?;
    let before = bytes_of(&locked, limit)?;
    let done = with(&before).and_then(|after| match after {
        Some(after) if wide(after.len()) > limit => Err(too_long(limit).into()),
        Some(after) => Ok(replace(path, &after, if before.is_empty() { like } else { Some(path) }).map(|()| true)?),
        None => Ok(false),
    });
    // Nobody wants the file that only held the lock. What somebody else wrote before it was locked is no such file.
    if before.is_empty() && !matches!(done, Ok(true)) {
        let _ = fs::remove_file(path);
    }
    done.map(drop)
}

/// The file at a path, locked; an empty one where there was none. A new one takes the place of an old one, so that the lock of
/// the old one says nothing: it is opened again until the lock is that of the file at the path.
fn locked(path: &Path, limit: u64) -> io::Result<File> {
    for _ in 0..REPLACED {
        let mut how = OpenOptions::new();
        let file = lock(open_plain(path, limit, how.read(true).write(true).create(true).truncate(false))?)?;
        if is_at(&file, path) {
            return Ok(file);
        }
    }
    Err(io::Error::new(io::ErrorKind::WouldBlock, "other programs change it all the time"))
}

/// Whether this file is what the path leads to now.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let there = fs::symlink_metadata(path).map(|there| (there.dev(), there.ino()));
    file.metadata().map(|file| (file.dev(), file.ino())).is_ok_and(|file| there.is_ok_and(|there| there == file))
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(path: &Path, byte: u8) -> io::Result<()> {
        change(path, 4096, None, |before| Ok(Some([before, &[byte]].concat())))
    }

    #[test]
    fn what_is_not_there_is_nothing_and_what_is_no_plain_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(read(&path, 10).unwrap(), None);
        fs::write(&path, b"0123456789").unwrap();
        assert_eq!(read(&path, 10).unwrap().unwrap(), b"0123456789");
        assert!(read(&path, 9).unwrap_err().to_string().contains("9 bytes at most"));
        assert!(read(folder.path(), 1 << 20).unwrap_err().to_string().contains("no plain file"));
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(&path, &link).unwrap();
            assert!(read(&link, 10).unwrap_err().to_string().contains("link"));
            assert!(add(&link, 1).is_err());
        }
    }

    #[test]
    fn changes_of_many_at_once_are_all_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shared");
        std::thread::scope(|scope| {
            for who in 0..4 {
                let path = &path;
                scope.spawn(move || (0..20).for_each(|_| while add(path, who).is_err() {}));
            }
        });
        let bytes = read(&path, 4096).unwrap().unwrap();
        for who in 0..4 {
            assert_eq!(bytes.iter().filter(|byte| **byte == who).count(), 20);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left lying about");
    }

    #[test]
    fn what_another_wrote_is_not_taken_for_a_file_that_only_held_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("theirs");
        fs::write(&path, b"theirs").unwrap();
        change(&path, 10, None, |before| Ok::<_, io::Error>((before != b"theirs").then(Vec::new))).unwrap();
        change(&path, 10, None, |_| Err::<Option<Vec<u8>>, _>(io::Error::other("no"))).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
    }

    #[test]
    fn what_is_left_as_it_is_makes_no_file_and_an_error_neither() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none");
        change(&path, 10, None, |before| Ok::<_, io::Error>(before.first().map(|_| Vec::new()))).unwrap();
        assert!(!path.exists());
        change(&path, 10, None, |_| Err::<Option<Vec<u8>>, _>(io::Error::other("no"))).unwrap_err();
        assert!(!path.exists());
        assert!(change(&path, 10, None, |_| Ok::<_, io::Error>(Some(vec![0; 11]))).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_has_the_permissions_of_what_it_stands_beside() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (beside, path) = (folder.path().join("capture"), folder.path().join("new"));
        fs::write(&beside, b"x").unwrap();
        fs::set_permissions(&beside, fs::Permissions::from_mode(0o640)).unwrap();
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        change(&path, 10, Some(&beside), |_| Ok::<_, io::Error>(Some(b"1".to_vec()))).unwrap();
        assert_eq!(mode(), 0o640);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        change(&path, 10, Some(&beside), |_| Ok::<_, io::Error>(Some(b"2".to_vec()))).unwrap();
        assert_eq!(mode(), 0o600, "what the user chose stays");
    }
}
