//! Where the bytes of a capture come from: a file, standard input or any reader, through a decompressor where needed.
//!
//! In: a path or a reader. Out: the bytes of the uncompressed capture, and what is known about how far it is. What is
//! read also goes to the spool, where one was asked for. A read gives what is there; it waits only for the first byte.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::compression::{Compression, Fault, Frames};
use super::counted_reader::CountedReader;
use super::error::OpenError;
use super::spool::{Spool, Store};

/// A source of bytes, opened.
pub(super) struct Input {
    stage: Stage,
    compression: Option<Compression>,
    taken: Arc<AtomicU64>,
    total: Option<u64>,
    live: bool,
    store: Option<Store>,
    spool: Option<Spool>,
    spool_error: Option<io::Error>,
}

enum Stage {
    Plain(CountedReader),
    Compressed(Frames),
}

/// What was opened, before anything is read.
pub(super) struct Opened {
    reader: Box<dyn Read + Send>,
    /// Size, and a second handle, where it is a regular file read from its start.
    file: Option<(u64, File)>,
}

impl Opened {
    /// Opens `path`; `-` is standard input. `file` is its name in messages.
    pub(super) fn open(path: &Path, file: &str) -> Result<Opened, OpenError> {
        if path == Path::new("-") { open_standard_input(file) } else { open_file(path, file) }
    }
}

impl Input {
    /// Takes any reader for a source that may still be written.
    pub(super) fn from_reader(reader: Box<dyn Read + Send>, file: &str, spool: bool) -> Result<Input, OpenError> {
        Input::new(Opened { reader, file: None }, file, spool)
    }

    /// Reads what was opened.
    pub(super) fn new(opened: Opened, file: &str, spool: bool) -> Result<Input, OpenError> {
        let mut reader = CountedReader::new(opened.reader);
        let taken = reader.counter();
        let compression = match reader.peek(4) {
            Ok(magic) => Compression::of(magic),
            Err(copy) => return Err(open_error(file, reader.original(copy))),
        };
        let stage = match compression {
            Some(kind) => Stage::Compressed(Frames::new(kind, reader)),
            None => Stage::Plain(reader),
        };
        let (total, handle) = opened.file.map_or((None, None), |(size, handle)| (Some(size), Some(handle)));
        let mut input = Input {
            stage,
            compression,
            taken,
            total,
            live: total.is_none(),
            store: None,
            spool: None,
            spool_error: None,
        };
        match (compression, handle) {
            (None, Some(handle)) => input.store = Some(Store::of_file(handle)),
            _ if spool => {
                let spool = Spool::new().map_err(|source| OpenError::Spool { file: file.to_owned(), source })?;
                input.store = Some(spool.store());
                input.spool = Some(spool);
            }
            _ => {}
        }
        Ok(input)
    }

    pub(super) fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// It may still be written: a read must not be followed by another while there is something to give.
    pub(super) fn live(&self) -> bool {
        self.live
    }

    pub(super) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.taken)
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// Bytes of the file that were not used, as far as is known.
    pub(super) fn unused(&self) -> u64 {
        let buffered = match &self.stage {
            Stage::Plain(_) => 0,
            Stage::Compressed(frames) => frames.unused(),
        };
        let unread = self.total.map_or(0, |total| total.saturating_sub(self.taken.load(Ordering::Relaxed)));
        unread + buffered
    }

    pub(super) fn store(&self) -> Option<Store> {
        self.store.clone()
    }

    /// What the decompressor found wrong, once.
    pub(super) fn take_fault(&mut self) -> Option<(Compression, Fault)> {
        match &mut self.stage {
            Stage::Plain(_) => None,
            Stage::Compressed(frames) => frames.take_fault(),
        }
    }

    /// Why the spool stopped, once.
    pub(super) fn take_spool_error(&mut self) -> Option<io::Error> {
        self.spool_error.take()
    }

    /// Some of the next bytes of the uncompressed capture; 0 at its end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.stage {
            Stage::Plain(reader) => reader.read(buffer).map_err(|copy| reader.original(copy)),
            Stage::Compressed(frames) => frames.read(buffer),
        }?;
        if let (Some(spool), Some(bytes)) = (&mut self.spool, buffer.get(..count))
            && let Err(error) = spool.append(bytes)
        {
            // A hole would put every later byte in the wrong place.
            self.spool = None;
            self.spool_error = Some(error);
        }
        Ok(count)
    }
}

/// The error that opening or first reading `file` gives.
pub(super) fn open_error(file: &str, source: io::Error) -> OpenError {
    let file = file.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => OpenError::NotFound { file },
        io::ErrorKind::PermissionDenied => OpenError::Denied { file },
        io::ErrorKind::IsADirectory => OpenError::Directory { file },
        _ => OpenError::Io { file, source },
    }
}

fn open_file(path: &Path, file: &str) -> Result<Opened, OpenError> {
    // Asked first: some systems open a directory without complaint, others say "permission denied".
    let kind = std::fs::metadata(path).map_err(|error| open_error(file, error))?;
    if kind.is_dir() {
        return Err(OpenError::Directory { file: file.to_owned() });
    }
    let handle = File::open(path).map_err(|error| open_error(file, error))?;
    regular(handle).map_err(|error| open_error(file, error))
}

/// A regular file with its size; anything else (a pipe, a device) as a source that may still be written.
fn regular(handle: File) -> io::Result<Opened> {
    let data = handle.metadata()?;
    // Files of size 0 that hold something stand in /proc and /sys.
    let file = if data.is_file() && data.len() > 0 { Some((data.len(), handle.try_clone()?)) } else { None };
    Ok(Opened { reader: Box::new(handle), file })
}

fn open_standard_input(file: &str) -> Result<Opened, OpenError> {
    let input = io::stdin();
    if input.is_terminal() {
        return Err(OpenError::Terminal { file: file.to_owned() });
    }
    // Not `Stdin` itself: that keeps bytes back in a buffer of its own.
    #[cfg(unix)]
    let handle = std::os::fd::AsFd::as_fd(&input).try_clone_to_owned();
    #[cfg(windows)]
    let handle = std::os::windows::io::AsHandle::as_handle(&input).try_clone_to_owned();
    let mut handle = File::from(handle.map_err(|error| open_error(file, error))?);
    // Whoever redirected a file may have read some of it: positions would not be those of the file.
    let at_start = io::Seek::stream_position(&mut handle).is_ok_and(|position| position == 0);
    if at_start {
        return regular(handle).map_err(|error| open_error(file, error));
    }
    Ok(Opened { reader: Box::new(handle), file: None })
}
