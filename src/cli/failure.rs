//! How a run ends: exit statuses, and the one line that says why.

use std::process::ExitCode;

use crate::base::DisplaySafe;
use crate::capture::{OpenError, ReadError, live};
use crate::filter::FilterError;
use crate::trace::AddressError;

/// Exit statuses. Scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Done; or the reader of standard output has gone.
    Done = 0,
    /// `lint` found something that fails the check, or an argument makes no sense.
    Findings = 1,
    /// An interface cannot be captured on.
    Interface = 2,
    /// The file cannot be opened, or is no capture.
    NoCapture = 3,
    /// A filter makes no sense.
    Filter = 4,
    /// Reading or writing failed part-way, or packets that were to be kept were not.
    PartWay = 14,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(status as u8)
    }
}

/// What ends a run early.
#[derive(Debug)]
pub struct Failure {
    status: Status,
    error: anyhow::Error,
    /// Lines below the one that says why, safe to show.
    below: Option<String>,
}

impl Failure {
    /// An argument that makes no sense.
    pub fn argument(error: impl Into<anyhow::Error>) -> Failure {
        Failure { status: Status::Findings, error: error.into(), below: None }
    }

    /// A display filter or an expression of an option that makes no sense, with the place.
    pub fn filter(option: &str, error: &FilterError) -> Failure {
        let below = Some(error.caret());
        Failure { status: Status::Filter, error: anyhow::anyhow!("{option}: {error}"), below }
    }

    /// An address that makes no sense, with the place.
    pub fn address(error: &AddressError) -> Failure {
        let below = Some(error.caret());
        Failure { status: Status::Findings, error: anyhow::anyhow!("'{}': {error}", error.text), below }
    }

    /// An interface cannot be captured on, or its filter makes no sense.
    pub fn interface(error: live::Error) -> Failure {
        let status = if matches!(error, live::Error::Filter(_)) { Status::Filter } else { Status::Interface };
        Failure { status, error: error.into(), below: None }
    }

    /// A file to write to cannot be made.
    pub fn file(error: anyhow::Error) -> Failure {
        Failure { status: Status::NoCapture, error, below: None }
    }

    /// A file cannot be written to its end.
    pub fn part_way(error: anyhow::Error) -> Failure {
        Failure { status: Status::PartWay, error, below: None }
    }

    /// A right that is not needed any more cannot be given up.
    pub fn privilege(error: anyhow::Error) -> Failure {
        Failure { status: Status::Interface, error, below: None }
    }

    /// Standard output cannot be written to.
    pub fn output(error: &std::io::Error) -> Failure {
        let error = anyhow::anyhow!("standard output: cannot be written: {error}; what came before it was written");
        Failure { status: Status::PartWay, error, below: None }
    }

    /// The terminal cannot be used.
    pub fn terminal(error: &std::io::Error) -> Failure {
        let error = anyhow::anyhow!("the terminal cannot be used: {error}; `sockeye frames` prints a line a frame");
        Failure { status: Status::PartWay, error, below: None }
    }

    /// The same with another way out.
    pub fn or_perhaps(self, way_out: &str) -> Failure {
        Failure { error: anyhow::anyhow!("{:#}; {way_out}", self.error), ..self }
    }

    /// Says why on standard error.
    pub fn report(self) -> Status {
        complain(&format!("{:#}", self.error));
        if let Some(below) = self.below {
            eprintln!("{below}");
        }
        self.status
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Failure {
        Failure { status: Status::NoCapture, error: error.into(), below: None }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        Failure { status: Status::PartWay, error: error.into(), below: None }
    }
}

/// One line on standard error. File names may hold anything, so it is made safe to show.
pub fn complain(line: &str) {
    eprintln!("sockeye: {}", DisplaySafe::text(line));
}
