//! One key log as a file: read as far as it goes, and on as it grows.
//!
//! In: a path. Out: whole lines, into logs of secrets, and a line about those that are none. A file that is cut or replaced
//! is read anew; a pipe is never waited for. Lines are wiped when they have been handed on, and never shown.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use zeroize::{Zeroize, Zeroizing};

use crate::base::limits;
use crate::base::number::wide;
use crate::base::{SecretLog, Secrets};
use crate::tls::keylog::KeyLog;

/// Bytes read at once.
const PIECE: usize = 64 * 1024;

/// A key log, and how far it has been read.
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    is_pipe: bool,
    position: u64,
    /// The last line, where its end has not come yet.
    unfinished: Zeroizing<Vec<u8>>,
    /// Lines handed on, and those of them that are none, with the number of the first.
    lines: u64,
    bad: u64,
    first_bad: u64,
    /// Bad lines were told of.
    is_told: bool,
}

impl LogFile {
    /// Opens it, and reads nothing. A pipe is open whether somebody writes to it or not.
    pub fn open(path: &Path) -> io::Result<LogFile> {
        let file = open(path)?;
        let kind = file.metadata()?.file_type();
        if kind.is_dir() {
            return Err(io::Error::new(ErrorKind::IsADirectory, "it is a folder"));
        }
        Ok(LogFile {
            path: path.to_owned(),
            file,
            is_pipe: !kind.is_file(),
            position: 0,
            unfinished: Zeroizing::default(),
            lines: 0,
            bad: 0,
            first_bad: 0,
            is_told: false,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Hands on what is there, at most `budget` bytes, which are taken from it. Whether the end was met; a pipe that is empty
    /// and has a writer has not ended.
    pub fn advance(&mut self, logs: &[SecretLog], budget: &mut u64) -> io::Result<bool> {
        if !self.is_pipe && self.file.metadata()?.len() < self.position {
            self.file.seek(SeekFrom::Start(0))?;
            self.start_again();
        }
        let mut piece = Zeroizing::new(vec![0; PIECE]);
        while *budget > 0 {
            let most = usize::try_from(*budget).unwrap_or(usize::MAX).min(PIECE);
            let count = match self.file.read(piece.get_mut(..most).unwrap_or_default()) {
                Ok(0) => return Ok(true),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            };
            self.position += wide(count);
            *budget = budget.saturating_sub(wide(count));
            self.push(piece.get(..count).unwrap_or_default(), logs);
        }
        Ok(true)
    }

    /// Its last line counts without an end too.
    pub fn finish(&mut self, logs: &[SecretLog]) {
        if !self.unfinished.is_empty() {
            self.push(b"\n", logs);
        }
    }

    /// Somebody put another file in its place: that one is read from now on. Its old self was read before.
    pub fn look(&mut self, logs: &[SecretLog]) {
        if self.is_pipe || !is_another(&self.file, &self.path) {
            return;
        }
        // Where the new one cannot be opened it may be later.
        if let Ok(next) = LogFile::open(&self.path) {
            self.finish(logs);
            *self = LogFile { is_told: self.is_told, ..next };
        }
    }

    /// What is to be said of lines that are none, once.
    pub fn complaint(&mut self) -> Option<String> {
        if self.bad == 0 || std::mem::replace(&mut self.is_told, true) {
            return None;
        }
        let (name, first) = (self.path.display(), self.first_bad);
        Some(match self.bad {
            1 => format!("{name}: line {first} is none of a key log; it is left out"),
            bad if bad == self.lines => {
                format!("{name}: none of its {bad} lines is one of a key log; is it another file?")
            }
            bad => format!("{name}: {bad} lines are none of a key log, line {first} the first; they are left out"),
        })
    }

    fn start_again(&mut self) {
        (self.position, self.lines) = (0, 0);
        self.unfinished.clear();
    }

    /// Hands on whole lines.
    fn push(&mut self, bytes: &[u8], logs: &[SecretLog]) {
        let Some(end) = memchr::memrchr(b'\n', bytes) else { return self.keep(bytes) };
        let (whole, rest) = bytes.split_at(end + 1);
        // Of one size from the start: a vector that grows leaves a copy behind.
        let mut lines = Vec::with_capacity(self.unfinished.len() + whole.len());
        lines.extend_from_slice(&self.unfinished);
        lines.extend_from_slice(whole);
        self.unfinished.zeroize();
        let mut check = KeyLog::default();
        check.push(&lines);
        let read = check.read();
        if self.bad == 0 {
            self.first_bad = self.lines + read.first_bad;
        }
        self.bad += read.bad;
        self.lines += wide(memchr::memchr_iter(b'\n', &lines).count());
        let secrets = Secrets { kind: Secrets::TLS_KEY_LOG, bytes: lines, after: 0 };
        logs.iter().for_each(|log| log.add(secrets.clone()));
        self.keep(rest);
    }

    /// A line longer than any secret is none, and need not be kept to say so.
    fn keep(&mut self, bytes: &[u8]) {
        let room = limits::KEY_LOG_LINE_BYTES.saturating_sub(self.unfinished.len());
        self.unfinished.reserve_exact(room);
        self.unfinished.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// The name leads to another file now.
#[cfg(unix)]
fn is_another(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(open), Ok(named)) = (file.metadata(), std::fs::metadata(path)) else { return false };
    (open.dev(), open.ino()) != (named.dev(), named.ino())
}

#[cfg(not(unix))]
fn is_another(_: &File, _: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const RANDOM: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn line(secret: &str) -> String {
        format!("CLIENT_RANDOM {RANDOM} {secret}\n")
    }

    /// What came, as one text.
    fn text(log: &SecretLog) -> String {
        log.all().iter().map(|secrets| String::from_utf8_lossy(&secrets.bytes).into_owned()).collect()
    }

    struct Case {
        folder: tempfile::TempDir,
        log: SecretLog,
        budget: u64,
    }

    impl Case {
        fn new() -> Case {
            Case { folder: tempfile::tempdir().unwrap(), log: SecretLog::default(), budget: u64::MAX }
        }

        fn path(&self) -> PathBuf {
            self.folder.path().join("keys.log")
        }

        fn append(&self, text: &str) {
            File::options().append(true).create(true).open(self.path()).unwrap().write_all(text.as_bytes()).unwrap();
        }

        fn open(&self) -> LogFile {
            LogFile::open(&self.path()).unwrap()
        }

        fn advance(&mut self, file: &mut LogFile) -> bool {
            file.advance(std::slice::from_ref(&self.log), &mut self.budget).unwrap()
        }

        fn look(&self, file: &mut LogFile) {
            file.look(std::slice::from_ref(&self.log));
        }
    }

    #[test]
    fn a_file_is_read_on_as_it_grows_and_only_whole_lines_count() {
        let mut case = Case::new();
        case.append(&line("01"));
        let mut file = case.open();
        assert!(case.advance(&mut file));
        let (half, rest) = (line("02")[..40].to_owned(), line("02")[40..].to_owned());
        case.append(&half);
        case.advance(&mut file);
        assert_eq!(text(&case.log), line("01"));
        case.append(&rest);
        case.advance(&mut file);
        assert_eq!(text(&case.log), line("01") + &line("02"));
        case.append("# without an end");
        case.advance(&mut file);
        file.finish(std::slice::from_ref(&case.log));
        assert!(text(&case.log).ends_with("# without an end\n"));
        assert_eq!(file.complaint(), None);
    }

    #[test]
    fn a_file_that_is_cut_or_replaced_is_read_anew() {
        let mut case = Case::new();
        case.append(&(line("01") + "half a li"));
        let mut file = case.open();
        case.advance(&mut file);
        std::fs::write(case.path(), line("02")).unwrap();
        case.advance(&mut file);
        assert_eq!(text(&case.log), line("01") + &line("02"));
        std::fs::rename(case.path(), case.folder.path().join("keys.log.1")).unwrap();
        case.look(&mut file);
        case.append(&line("03"));
        assert!(case.advance(&mut file));
        case.look(&mut file);
        case.advance(&mut file);
        assert_eq!(text(&case.log), line("01") + &line("02") + &line("03"));
    }

    #[test]
    fn lines_that_are_none_are_told_of_once_with_the_number_of_the_first() {
        let mut case = Case::new();
        case.append(&(line("01") + "# comment\n\nCLIENT_RANDOM 00 5ec2e7\n"));
        let mut file = case.open();
        case.advance(&mut file);
        let complaint = file.complaint().unwrap();
        assert!(complaint.ends_with("keys.log: line 4 is none of a key log; it is left out"), "{complaint}");
        case.append("more\n");
        case.advance(&mut file);
        assert_eq!(file.complaint(), None);
        let mut case = Case::new();
        case.append(&("x".repeat(3 * limits::KEY_LOG_LINE_BYTES) + "\n" + &line("02") + "y\n"));
        let mut file = case.open();
        case.advance(&mut file);
        assert!(file.complaint().unwrap().contains("2 lines are none of a key log, line 1 the first"));
        assert!(text(&case.log).len() < 4 * limits::KEY_LOG_LINE_BYTES);
    }

    #[test]
    fn no_more_is_read_than_there_is_room_for() {
        let mut case = Case::new();
        case.append(&(line("01") + &line("02")));
        case.budget = wide(line("01").len() + 5);
        let mut file = case.open();
        assert!(case.advance(&mut file));
        assert_eq!((text(&case.log), case.budget), (line("01"), 0));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_waited_for() {
        let mut case = Case::new();
        let made = std::process::Command::new("mkfifo").arg(case.path()).status();
        if !made.is_ok_and(|status| status.success()) {
            return;
        }
        let mut file = case.open();
        assert!(file.is_pipe);
        assert!(case.advance(&mut file), "nobody writes");
        let mut writer = File::options().write(true).open(case.path()).unwrap();
        assert!(!case.advance(&mut file), "somebody may");
        writer.write_all(line("01").as_bytes()).unwrap();
        assert!(!case.advance(&mut file));
        drop(writer);
        assert!(case.advance(&mut file));
        assert_eq!(text(&case.log), line("01"));
    }

    #[test]
    fn a_folder_is_no_key_log() {
        assert!(LogFile::open(tempfile::tempdir().unwrap().path()).is_err());
    }
}
