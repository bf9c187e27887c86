//! How far a long read is: one line on standard error, if that is a terminal, that is gone at the end.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use super::args::Options;

/// Nothing is said before this has passed: most reads are over by then.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two lines.
const PAUSE: Duration = Duration::from_millis(100);

/// The line of progress.
pub struct Progress {
    total: Option<u64>,
    next: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// Of a read of `total` bytes. Nothing is shown where lines go to the same terminal, or with `-q`.
    pub fn new(options: &Options, total: Option<u64>) -> Progress {
        let wanted = !options.quiet && std::io::stderr().is_terminal() && !std::io::stdout().is_terminal();
        Progress { total, next: wanted.then(|| Instant::now() + PATIENCE), shown: false }
    }

    /// So far it is.
    pub fn tick(&mut self, bytes: u64, packets: u64) {
        if let Some(next) = self.next
            && Instant::now() >= next
        {
            self.next = Some(Instant::now() + PAUSE);
            self.shown = true;
            // A terminal that is gone needs no progress.
            let _ = write!(std::io::stderr(), "\r\x1b[2K{}", line(self.total, bytes, packets));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}

fn line(total: Option<u64>, bytes: u64, packets: u64) -> String {
    let megabytes = bytes / 1_000_000;
    match total {
        Some(total) if total > 0 => {
            let percent = (u128::from(bytes) * 100 / u128::from(total)).min(100);
            format!("sockeye: {percent} % of {} MB, {packets} packets", total / 1_000_000)
        }
        _ => format!("sockeye: {megabytes} MB, {packets} packets"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is() {
        assert_eq!(line(Some(2_000_000_000), 500_000_000, 7), "sockeye: 25 % of 2000 MB, 7 packets");
        assert_eq!(line(None, 5_000_000, 9), "sockeye: 5 MB, 9 packets");
        assert_eq!(line(Some(10), u64::MAX, 0), "sockeye: 100 % of 0 MB, 0 packets");
    }
}
