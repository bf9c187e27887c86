//! A capture that is named, perhaps open, and not read.
//!
//! In: a path. Out: a [`Capture`]. Between opening and reading, whoever was given rights to open gives them up again:
//! the bytes of a capture are a stranger's.

use std::path::{Path, PathBuf};

use super::input::{Input, Opened};
use super::{Capture, OpenError, Options};
use crate::base::SecretLog;

/// A capture before its first byte.
pub struct Source {
    path: PathBuf,
    opened: Option<Opened>,
    secrets: SecretLog,
}

impl Source {
    /// The capture at `path`; `-` is standard input. Nothing is opened yet.
    #[must_use]
    pub fn named(path: &Path) -> Source {
        Source { path: path.to_owned(), opened: None, secrets: SecretLog::default() }
    }

    /// The same, whose decryption secrets go to a log that may have some already.
    #[must_use]
    pub fn with_secrets(self, secrets: SecretLog) -> Source {
        Source { secrets, ..self }
    }

    /// Opens it, and reads nothing. A pipe with a name waits here for its writer.
    ///
    /// # Errors
    /// [`OpenError`] where there is no such file or it cannot be opened.
    pub fn open(&mut self) -> Result<(), OpenError> {
        if self.opened.is_none() {
            self.opened = Some(Opened::open(&self.path, &self.file())?);
        }
        Ok(())
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn file(&self) -> String {
        self.path.display().to_string()
    }

    /// Begins to read it, opened or not.
    ///
    /// # Errors
    /// As [`super::open`].
    pub fn capture(self, options: &Options) -> Result<Capture, OpenError> {
        let file = self.file();
        let opened = match self.opened {
            Some(opened) => opened,
            None => Opened::open(&self.path, &file)?,
        };
        let input = Input::new(opened, &file, options.spool)?;
        Ok(Capture::new(input, file, options)?.with_secrets(self.secrets))
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("path", &self.path).field("opened", &self.opened.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_read_whatever_becomes_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pcap");
        std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/mqtt.pcap"), &path).unwrap();
        let mut opened = Source::named(&path);
        opened.open().unwrap();
        let later = Source::named(&path);
        std::fs::remove_file(&path).unwrap();
        let mut capture = opened.capture(&Options::default()).unwrap();
        assert!(capture.next_packet().unwrap().is_some());
        assert!(matches!(later.capture(&Options::default()), Err(OpenError::NotFound { .. })));
    }
}
