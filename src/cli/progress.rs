//! How far a long read is: one line on standard error, if that is a terminal, that is gone at the end.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::args::Options;
use crate::capture::Capture;

/// Nothing is said before this has passed: most reads are over by then.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two lines.
const PAUSE: Duration = Duration::from_millis(100);

/// The line of progress, on a thread of its own; gone when dropped.
pub struct Progress {
    stop: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Of reading `capture`. Nothing is shown where lines go to the same terminal, or with `-q`.
    pub fn watch(options: &Options, capture: &Capture) -> Progress {
        if options.quiet || !std::io::stderr().is_terminal() || std::io::stdout().is_terminal() {
            return Progress { stop: None };
        }
        let (read, total) = (capture.progress(), capture.total_size());
        let (stop, stopped) = channel();
        let thread = std::thread::spawn(move || show(&read, total, &stopped));
        Progress { stop: Some((stop, thread)) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.stop.take() {
            drop(stop);
            // Its line is gone before anything else is written; a panic there is no reason to lose the output.
            let _ = thread.join();
        }
    }
}

fn show(read: &AtomicU64, total: Option<u64>, stopped: &Receiver<()>) {
    let mut wait = PATIENCE;
    while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        wait = PAUSE;
        // A terminal that is gone needs no progress.
        let _ = write!(std::io::stderr(), "\r\x1b[2K{}", line(total, read.load(Ordering::Relaxed)));
    }
    if wait == PAUSE {
        let _ = write!(std::io::stderr(), "\r\x1b[2K");
    }
}

fn line(total: Option<u64>, bytes: u64) -> String {
    let megabytes = bytes / 1_000_000;
    match total {
        Some(total) if total > 0 => {
            let percent = (u128::from(bytes) * 100 / u128::from(total)).min(100);
            format!("sockeye: {percent} % of {} MB", total / 1_000_000)
        }
        _ => format!("sockeye: {megabytes} MB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is() {
        assert_eq!(line(Some(2_000_000_000), 500_000_000), "sockeye: 25 % of 2000 MB");
        assert_eq!(line(None, 5_000_000), "sockeye: 5 MB");
        assert_eq!(line(Some(10), u64::MAX), "sockeye: 100 % of 0 MB");
    }
}
