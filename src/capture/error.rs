//! What ends reading: a capture that cannot be opened, and a source that fails part-way.
//!
//! Each message is one line that names the file and the way out. Damage inside a capture is no error; see
//! [`Warning`](super::Warning).

use std::io;

use super::compression::Compression;
use super::sniff::Guess;

/// A capture cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such file.
    #[error("{file}: no such file; check the spelling and the folder")]
    NotFound {
        /// As it was named.
        file: String,
    },
    /// It may not be read.
    #[error("{file}: permission denied; ask its owner, or pipe it in: sudo cat {file} | sockeye -")]
    Denied {
        /// As it was named.
        file: String,
    },
    /// It is a directory.
    #[error("{file}: a directory; name a capture file inside it")]
    Directory {
        /// As it was named.
        file: String,
    },
    /// Standard input is a terminal.
    #[error("{file}: standard input is a terminal; pipe a capture in, or name a file")]
    Terminal {
        /// As it was named.
        file: String,
    },
    /// It holds no byte.
    #[error("{file}: empty, without even a capture header; was the capture stopped before it wrote anything?")]
    Empty {
        /// As it was named.
        file: String,
    },
    /// It ends inside the header of its format.
    #[error("{file}: cut off inside the {format} header ({present} of {wanted} bytes); capture it or copy it again")]
    Header {
        /// As it was named.
        file: String,
        /// What it would be.
        format: &'static str,
        /// Bytes there are.
        present: u64,
        /// Bytes there should be.
        wanted: u64,
    },
    /// It is compressed, and nothing of a capture comes out.
    #[error("{file}: the {compression} data {why}")]
    NothingInside {
        /// As it was named.
        file: String,
        /// What it is compressed with.
        compression: Compression,
        /// Why, and the way out.
        why: String,
    },
    /// It is something else.
    #[error("{file}: not a capture: {guess}")]
    NotCapture {
        /// As it was named.
        file: String,
        /// What it looks like, and what to do.
        guess: Guess,
    },
    /// It cannot be opened or read for another reason.
    #[error("{file}: cannot be read: {source}; check the disk or the connection, and try a copy")]
    Io {
        /// As it was named.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// It has to be kept in a temporary file, which cannot be made.
    #[error("{file}: no temporary file for it: {source}; free some space, or point TMPDIR elsewhere")]
    Spool {
        /// As it was named.
        file: String,
        /// What the system says.
        source: io::Error,
    },
}

/// The source of a capture failed part-way. What came before it has been given.
#[derive(Debug, thiserror::Error)]
#[error("{file}: reading failed at offset {position}, after packet {packet}: {source}; what came before it was read")]
#[non_exhaustive]
pub struct ReadError {
    /// The capture, as it was named.
    pub file: String,
    /// Offset in the uncompressed capture, bytes.
    pub position: u64,
    /// Number of the last packet read; 0 where there is none.
    pub packet: u64,
    /// What the system says.
    pub source: io::Error,
}
