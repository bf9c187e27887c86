//! What opens TLS: key logs that the user names, and those that their programs write to.
//!
//! In: `--keylog`, `--keylog-beside`, `SSLKEYLOGFILE`. Out: a [`SecretLog`] that the capture goes on to add its own secrets
//! to. What is named is opened while this process has all its rights, and read when they are given up. Beside a capture
//! that is still being made, key logs are followed as they grow. Nothing of them is ever printed.

pub mod howto;
mod log_file;
pub mod table;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;

use self::log_file::LogFile;
use super::args::Options;
use super::failure::{Failure, complain};
use crate::base::SecretLog;
use crate::base::limits::KEY_LOG_BYTES;

/// Where programs are told to write their key log, by a convention of NSS.
pub const VARIABLE: &str = "SSLKEYLOGFILE";

/// How often a key log is looked at for more: packets that need its lines come soon after them.
const LOOK: Duration = Duration::from_millis(10);
/// How often it is looked whether another file stands in its place, or whether it is there at all.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long a pipe that somebody may write to may be silent, before a capture that is finished is read without its rest.
const PATIENCE: Duration = Duration::from_secs(2);

/// Key logs that are open, and not read.
pub struct Keys {
    files: Vec<LogFile>,
    /// Those that a program will make.
    awaited: Vec<PathBuf>,
    quiet: bool,
    /// Bytes that may still be read.
    budget: u64,
}

impl Keys {
    /// Opens what is named for `captures`. Beside one that is `growing` a key log need not be there yet.
    pub fn open(options: &Options, captures: &[&Path], growing: bool) -> Result<Keys, Failure> {
        let mut keys = Keys { files: Vec::new(), awaited: Vec::new(), quiet: options.quiet, budget: KEY_LOG_BYTES };
        for path in &options.keylog {
            keys.add(path, growing).map_err(|error| unreadable(path, &error))?;
        }
        if options.keylog_beside && captures.is_empty() {
            return Err(Failure::argument(anyhow!("--keylog-beside: there is no capture that it could stand beside")));
        }
        if options.keylog_beside {
            for capture in captures {
                keys.add_beside(capture)?;
            }
        }
        // Set for other programs: whoever set it may not think of this one.
        if let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from)
            && let Err(error) = keys.add(&path, growing)
        {
            let why = match error.kind() {
                ErrorKind::NotFound => "is not there".to_owned(),
                _ => format!("cannot be read: {error}"),
            };
            keys.say(&format!("{}, which {VARIABLE} names, {why}; there are no keys of it", path.display()));
        }
        Ok(keys)
    }

    fn add(&mut self, path: &Path, growing: bool) -> io::Result<()> {
        if self.files.iter().any(|file| file.path() == path) || self.awaited.iter().any(|other| other == path) {
            return Ok(());
        }
        match LogFile::open(path) {
            Ok(file) => self.files.push(file),
            Err(error) if growing && error.kind() == ErrorKind::NotFound => {
                self.say(&format!("{} is not there yet; it is read when it is", path.display()));
                self.awaited.push(path.to_owned());
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// `capture.keys`, or `capture.pcap.keys`.
    fn add_beside(&mut self, capture: &Path) -> Result<(), Failure> {
        let mut longer = capture.as_os_str().to_owned();
        longer.push(".keys");
        let names = [capture.with_extension("keys"), PathBuf::from(longer)];
        let Some(path) = names.iter().find(|path| path.exists()).filter(|_| capture != Path::new("-")) else {
            return Err(Failure::file(anyhow!(
                "{}: there is no {} beside it, as --keylog-beside has it; --keylog FILE names one elsewhere",
                capture.display(),
                names[0].display()
            )));
        };
        self.add(path, false).map_err(|error| unreadable(path, &error))
    }

    /// The same, with a key log that is there.
    #[cfg(target_os = "linux")]
    pub fn with(mut self, path: &Path) -> Result<Keys, Failure> {
        self.add(path, false).map_err(|error| unreadable(path, &error))?;
        Ok(self)
    }

    /// Reads all there is, for a capture that is finished.
    pub fn read(mut self) -> SecretLog {
        let log = [SecretLog::default()];
        for mut file in std::mem::take(&mut self.files) {
            let mut moved = Instant::now();
            let mut before = self.budget;
            loop {
                match file.advance(&log, &mut self.budget) {
                    Ok(true) => break,
                    Ok(false) if moved.elapsed() >= PATIENCE => {
                        self.say(&format!("{}: nothing more comes; it is not waited for", file.path().display()));
                        break;
                    }
                    Ok(false) => thread::sleep(LOOK),
                    Err(error) => {
                        self.say(&format!("{}: cannot be read to its end: {error}", file.path().display()));
                        break;
                    }
                }
                if std::mem::replace(&mut before, self.budget) != self.budget {
                    moved = Instant::now();
                }
            }
            file.finish(&log);
            self.complain_of(&mut file);
        }
        let [log] = log;
        log
    }

    /// Reads what there is now, and goes on to for as long as the program runs. `aloud` where standard error is free to say
    /// what is wrong with it.
    pub fn follow(mut self, logs: Vec<SecretLog>, aloud: bool) -> io::Result<()> {
        if self.files.is_empty() && self.awaited.is_empty() {
            return Ok(());
        }
        logs.iter().for_each(SecretLog::expect_more);
        self.advance(&logs);
        self.quiet |= !aloud;
        thread::Builder::new().name("keys".to_owned()).spawn(move || self.go_on(&logs))?;
        Ok(())
    }

    fn go_on(mut self, logs: &[SecretLog]) {
        let mut looked = Instant::now();
        while !self.files.is_empty() || !self.awaited.is_empty() {
            thread::sleep(LOOK);
            self.advance(logs);
            if looked.elapsed() >= LOOK_AGAIN {
                looked = Instant::now();
                self.files.iter_mut().for_each(|file| file.look(logs));
                let (files, awaited) = (&mut self.files, &mut self.awaited);
                awaited.retain(|path| LogFile::open(path).map(|file| files.push(file)).is_err());
            }
        }
    }

    fn advance(&mut self, logs: &[SecretLog]) {
        let mut files = std::mem::take(&mut self.files);
        files.retain_mut(|file| {
            let result = file.advance(logs, &mut self.budget);
            self.complain_of(file);
            if let Err(error) = &result {
                self.say(&format!("{}: cannot be read any more: {error}", file.path().display()));
            }
            result.is_ok() && self.budget > 0
        });
        self.files = files;
    }

    fn complain_of(&self, file: &mut LogFile) {
        if let Some(complaint) = file.complaint() {
            self.say(&complaint);
        }
        if self.budget == 0 {
            let name = file.path().display();
            self.say(&format!("{name}: more than {} MiB of key logs are not read", KEY_LOG_BYTES >> 20));
        }
    }

    fn say(&self, line: &str) {
        if !self.quiet {
            complain(line);
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::file(match error.kind() {
        ErrorKind::NotFound => anyhow!("{}: there is no such key log", path.display()),
        _ => anyhow!("{}: this key log cannot be read: {error}", path.display()),
    })
}
