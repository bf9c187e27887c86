//! What the inspector knows of a live capture: its counts, and the spool in which its packets lie.

use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::keep::Keep;
use super::status::Status;
use crate::capture::live::{GrowingFile, Watch, files};

/// How long a capture that was told to end may take to write its last block.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the state knows of a live capture.
#[derive(Debug, Clone)]
pub struct LiveCapture {
    /// What was counted last.
    pub status: Status,
    /// Where the packets lie.
    pub trail: GrowingFile,
    /// Its counts.
    pub watch: Watch,
    /// The file they are kept in from the start.
    pub kept: Option<String>,
    /// Packets there were when the spool was last kept.
    pub saved: u64,
}

impl LiveCapture {
    /// There are packets that would be gone at the end.
    #[must_use]
    pub fn is_unsaved(&self) -> bool {
        self.kept.is_none() && self.watch.counts().packets > self.saved
    }

    /// Copies the spool to a new file; how many packets are kept, or one line that says why they are not.
    pub(in crate::tui) fn keep(&self, keep: &Keep) -> Result<u64, String> {
        kept_in(keep, &self.trail, &self.watch).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => format!("{} is there already; choose another name", keep.file),
            io::ErrorKind::PermissionDenied => format!(
                "{} cannot be written: root was given up, and writing is confined to the folder this was started in; \
                 `-w FILE` at the start keeps packets anywhere",
                keep.file
            ),
            _ => format!("{} cannot be written: {error}", keep.file),
        })
    }
}

/// Copies the spool; how many packets are kept. A name that cannot be used does not end the capture: whoever asked may
/// change their mind.
fn kept_in(keep: &Keep, trail: &GrowingFile, watch: &Watch) -> io::Result<u64> {
    let mut file = files::create(Path::new(&keep.file))?;
    if keep.leave {
        watch.stop();
        let start = Instant::now();
        while !watch.is_over() && start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(5));
        }
    }
    let packets = watch.counts().packets;
    let copied = trail.copy_to(&mut file);
    if copied.is_err() {
        // Half a copy is of no use, and its name is wanted for the next try.
        let _ = std::fs::remove_file(&keep.file);
    }
    copied.map(|_| packets)
}
