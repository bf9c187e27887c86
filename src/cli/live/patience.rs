//! How long a capture that was told to end waits for somebody to read what it prints.
//!
//! In: the wish to stop. Out: the end of the program, where standard output or standard error takes nothing any more:
//! the thread that prints is stuck there, and would be for ever. What is kept in a file is whole by then. While somebody
//! reads, however slowly, nothing is cut short.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::summary;
use crate::capture::live::Watch;
use crate::cli::failure::{Status, complain};
use crate::output::Out;

/// How long nothing may have been read; with what else the end takes, less than a second.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// Bytes written at once, so that it is known when somebody read that many: a page of a pipe.
const PAGE: usize = 4096;

/// Bytes that standard output has taken so far, and whether they are all.
#[derive(Debug, Clone, Default)]
pub(super) struct Printed(Arc<(AtomicU64, AtomicBool)>);

impl Printed {
    /// Everything was printed.
    pub fn set_over(&self) {
        self.0.1.store(true, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.0.1.load(Ordering::Relaxed)
    }

    fn bytes(&self) -> &AtomicU64 {
        &self.0.0
    }
}

/// Standard output, buffered, and how far it is.
pub(super) fn out() -> (Out, Printed) {
    let printed = Printed::default();
    (Out::new(Pages { to: unbuffered(), printed: printed.clone() }), printed)
}

/// Not `Stdout` itself, where that can be helped: it would split each page at its last line.
fn unbuffered() -> Box<dyn Write + Send> {
    #[cfg(unix)]
    if let Ok(handle) = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned() {
        return Box::new(std::fs::File::from(handle));
    }
    Box::new(io::stdout())
}

struct Pages {
    to: Box<dyn Write + Send>,
    printed: Printed,
}

impl Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.to.write(bytes.get(..PAGE).unwrap_or(bytes))?;
        self.printed.bytes().fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Watches over the end, until it is dropped.
pub(super) struct Patience {
    _until: Sender<()>,
}

impl Patience {
    pub fn begin(watch: &Watch, printed: Printed, kept: Option<&str>, quiet: bool) -> Patience {
        let (until, ended) = channel();
        let (watch, kept) = (watch.clone(), kept.map(str::to_owned));
        std::thread::spawn(move || end_if_stuck(&watch, &printed, kept.as_deref(), quiet, &ended));
        Patience { _until: until }
    }
}

fn end_if_stuck(watch: &Watch, printed: &Printed, kept: Option<&str>, quiet: bool, ended: &Receiver<()>) {
    let (mut seen, mut moved) = (None, Instant::now());
    while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        let now = (printed.bytes().load(Ordering::Relaxed), unread(&io::stdout()), unread(&io::stderr()));
        let takes_all = (printed.is_over() || takes(&io::stdout())) && takes(&io::stderr());
        let is_stuck = seen.replace(now) == Some(now) && !takes_all;
        if !watch.is_stopped() || !is_stuck {
            moved = Instant::now();
        } else if moved.elapsed() >= PATIENCE && watch.is_over() {
            if takes(&io::stderr()) {
                let _ = summary::say(watch, None, kept, quiet);
                complain("standard output: nobody reads it; what was not yet printed is left out");
            }
            std::process::exit(Status::PartWay as i32);
        }
    }
}

/// A few lines can be written there without waiting.
#[cfg(unix)]
fn takes(to: &impl std::os::fd::AsFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut asked = [PollFd::new(to, PollFlags::OUT)];
    // Where that is not known, nothing is cut short.
    poll(&mut asked, Some(&Timespec::default())).map_or(true, |ready| ready > 0)
}

/// Bytes that wait in a pipe to be read.
#[cfg(unix)]
fn unread(to: &impl std::os::fd::AsFd) -> Option<u64> {
    rustix::io::ioctl_fionread(to).ok()
}

#[cfg(not(unix))]
fn takes<T>(_: &T) -> bool {
    true
}

#[cfg(not(unix))]
fn unread<T>(_: &T) -> Option<u64> {
    None
}
