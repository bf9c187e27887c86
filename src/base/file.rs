//! Files read and written at a place, whatever the system calls that.
//!
//! In: a file, bytes, and the place of the first. Out: the same file read or written there. A handle's own place is not
//! asked, since another thread may move it. A call that a signal interrupts is made again; other errors are the
//! caller's.

use std::fs::File;
use std::io;

/// Reads bytes from `position` on, as many as one call gives; 0 at the end of the file.
pub(crate) fn read_once(file: &File, into: &mut [u8], position: u64) -> io::Result<usize> {
    uninterrupted(|| {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::read_at(file, into, position);
        #[cfg(windows)]
        return std::os::windows::fs::FileExt::seek_read(file, into, position);
    })
}

/// Writes bytes from `position` on, as many as one call takes.
pub(crate) fn write_once(file: &File, bytes: &[u8], position: u64) -> io::Result<usize> {
    uninterrupted(|| {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::write_at(file, bytes, position);
        #[cfg(windows)]
        return std::os::windows::fs::FileExt::seek_write(file, bytes, position);
    })
}

/// Fills `into` from `position` on; less of it where the file ends.
pub(crate) fn read_at(file: &File, into: &mut [u8], position: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match read_once(file, rest, position.saturating_add(done as u64))? {
            0 => break,
            count => done += count,
        }
    }
    Ok(done)
}

/// Fills all of `into` from `position` on; a file that ends before is an error.
pub(crate) fn read_exact_at(file: &File, into: &mut [u8], position: u64) -> io::Result<()> {
    if read_at(file, into, position)? == into.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Writes all of `bytes` from `position` on.
pub(crate) fn write_all_at(file: &File, bytes: &[u8], position: u64) -> io::Result<()> {
    write_up_to(file, bytes, position).map_err(|(_, error)| error)
}

/// The same; an error comes with how many bytes were written before it.
pub(crate) fn write_up_to(file: &File, bytes: &[u8], position: u64) -> Result<(), (usize, io::Error)> {
    let mut done = 0;
    while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
        match write_once(file, rest, position.saturating_add(done as u64)) {
            Ok(0) => return Err((done, io::ErrorKind::WriteZero.into())),
            Ok(count) => done += count,
            Err(error) => return Err((done, error)),
        }
    }
    Ok(())
}

fn uninterrupted(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek, SeekFrom};

    #[test]
    fn bytes_are_read_where_they_were_written_and_no_further() {
        let mut file = tempfile::tempfile().unwrap();
        write_all_at(&file, b"world", 6).unwrap();
        write_all_at(&file, b"hello ", 0).unwrap();
        write_all_at(&file, b"", u64::MAX).unwrap();
        let mut into = [0; 8];
        assert_eq!(read_at(&file, &mut into, 6).unwrap(), 5);
        assert_eq!(&into[..5], b"world");
        assert_eq!(read_at(&file, &mut into, 11).unwrap(), 0);
        read_exact_at(&file, &mut into, 3).unwrap();
        assert_eq!(&into, b"lo world");
        assert_eq!(read_exact_at(&file, &mut into, 4).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let mut all = String::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_string(&mut all).unwrap();
        assert_eq!(all, "hello world");
    }

    #[test]
    fn what_cannot_be_written_says_how_much_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("read-only");
        std::fs::write(&path, b"as it was").unwrap();
        let file = File::open(&path).unwrap();
        assert_eq!(write_up_to(&file, b"other", 0).unwrap_err().0, 0);
        assert!(write_all_at(&file, b"other", 0).is_err());
    }

    #[test]
    fn a_call_that_was_interrupted_is_made_again() {
        let mut calls = 0;
        let done = uninterrupted(|| {
            calls += 1;
            if calls < 3 { Err(io::ErrorKind::Interrupted.into()) } else { Ok(calls) }
        });
        assert_eq!(done.unwrap(), 3);
    }
}
