//! Temporary files that only this process can read: what was decrypted may pass through them.
//!
//! In: bytes and the place of the first. Out: the same bytes, at the same place. On disk lies their exclusive or with the
//! stream of a cipher (ChaCha20, a library's), whose key is made with the file and kept in memory alone: when the process is gone,
//! so is what it says. Where TLS is not compiled in nothing is decrypted, and files hold what they are given. Against
//! somebody who keeps copies of the file while places of it are written anew, or changes it, this is no protection.

use std::fs::File;
use std::io;

use super::file::{read_at, read_exact_at, write_all_at};
use super::number::wide;
use super::temporary;

/// Bytes sealed in one go.
const CHUNK: usize = 16 * 1024;

/// An unnamed temporary file, sealed.
#[derive(Debug)]
pub struct Scratch {
    file: File,
    key: Key,
}

impl Scratch {
    /// A new one, empty.
    ///
    /// # Errors
    /// Those of the system, which makes the file and the key.
    pub fn new() -> io::Result<Scratch> {
        Ok(Scratch { file: temporary::file()?, key: Key::new()? })
    }

    /// Writes all of `bytes` from `position` on.
    ///
    /// # Errors
    /// Those of the system; part of them may have been written.
    pub fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        let mut sealed = [0; CHUNK];
        let mut at = position;
        for chunk in bytes.chunks(CHUNK) {
            let Some(room) = sealed.get_mut(..chunk.len()) else { break };
            room.copy_from_slice(chunk);
            self.key.apply(room, at)?;
            write_all_at(&self.file, room, at)?;
            at = at.saturating_add(wide(chunk.len()));
        }
        Ok(())
    }

    /// Fills `into` from `position` on; less of it where the file ends.
    ///
    /// # Errors
    /// Those of the system.
    pub fn read_up_to(&self, into: &mut [u8], position: u64) -> io::Result<usize> {
        let read = read_at(&self.file, into, position)?;
        self.key.apply(into.get_mut(..read).unwrap_or_default(), position)?;
        Ok(read)
    }

    /// Fills all of `into` from `position` on.
    ///
    /// # Errors
    /// Those of the system; a file that ends before is one.
    pub fn read_at(&self, into: &mut [u8], position: u64) -> io::Result<()> {
        read_exact_at(&self.file, into, position)?;
        self.key.apply(into, position)
    }

    /// As a disk that fails: nothing in it can be read.
    #[cfg(test)]
    pub(crate) fn lost() -> Scratch {
        let writable = tempfile::NamedTempFile::new().unwrap();
        let file = File::options().write(true).open(writable.path()).unwrap();
        Scratch { file, ..Scratch::new().unwrap() }
    }
}

#[cfg(feature = "tls")]
struct Key(zeroize::Zeroizing<[u8; 32]>);

#[cfg(feature = "tls")]
impl Key {
    fn new() -> io::Result<Key> {
        let mut key = zeroize::Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut_slice()).map_err(io::Error::other)?;
        Ok(Key(key))
    }

    /// Seals bytes, or opens them: it is the same.
    fn apply(&self, bytes: &mut [u8], position: u64) -> io::Result<()> {
        use chacha20::cipher::{KeyIvInit as _, StreamCipher as _, StreamCipherSeek as _};
        // The key is of this file alone: its nonce may be anything.
        let mut cipher = chacha20::ChaCha20Legacy::new((&*self.0).into(), &[0; 8].into());
        cipher.try_seek(position).map_err(io::Error::other)?;
        cipher.try_apply_keystream(bytes).map_err(io::Error::other)
    }
}

#[cfg(not(feature = "tls"))]
struct Key;

#[cfg(not(feature = "tls"))]
impl Key {
    fn new() -> io::Result<Key> {
        Ok(Key)
    }

    fn apply(&self, _: &mut [u8], _: u64) -> io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for Key {
    /// It is in no log and in no panic.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_from_any_place_and_the_file_says_nothing() {
        let scratch = Scratch::new().unwrap();
        let text: Vec<u8> = b"a secret that was decrypted; ".iter().copied().cycle().take(3 * CHUNK + 7).collect();
        for position in [0, 1, 63, 64, 65, 5_000_000, 300 << 30] {
            scratch.write_at(&text, position).unwrap();
            let mut back = vec![0; 1000];
            for from in [0, 1, 17, CHUNK - 1, CHUNK] {
                scratch.read_at(&mut back, position + from as u64).unwrap();
                assert_eq!(back, text[from..from + 1000], "{position} {from}");
            }
            let mut raw = vec![0; 1000];
            read_exact_at(&scratch.file, &mut raw, position).unwrap();
            let is_plain = raw.windows(8).any(|window| window == &text[..8]);
            assert_eq!(is_plain, cfg!(not(feature = "tls")));
        }
        assert!(scratch.read_at(&mut [0; 9], 1 << 50).is_err());
    }

    #[test]
    fn each_file_has_a_key_of_its_own() {
        let seen = |_| {
            let (scratch, mut raw) = (Scratch::new().unwrap(), [0; 16]);
            scratch.write_at(&[0; 16], 0).unwrap();
            read_exact_at(&scratch.file, &mut raw, 0).unwrap();
            raw
        };
        let [one, other] = [0, 1].map(seen);
        assert_eq!(one != other, cfg!(feature = "tls"));
    }
}
