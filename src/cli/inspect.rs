//! `sockeye FILE`: the inspector, or a line a frame into a pipe.

use std::path::Path;

use anyhow::anyhow;

use super::args::Options;
use super::failure::Failure;
use super::failure::Status;
use super::{Outcome, list, read, screen, suggest};
use crate::tui;

/// Opens a capture.
pub fn run(file: Option<&Path>, options: &Options) -> Outcome {
    let Some(file) = file else {
        return Err(Failure::argument(anyhow!("name a capture to open, or '-' for standard input; see --help")));
    };
    let shown = if screen::is_terminal() { inspect(file, options) } else { list::frames(file, options) };
    shown.map_err(|failure| match file.to_str().and_then(suggest::mistyped_command) {
        Some(command) if !file.exists() => failure.or_perhaps(&format!("or did you mean the command '{command}'?")),
        _ => failure,
    })
}

fn inspect(file: &Path, options: &Options) -> Outcome {
    let how = tui::Options { colour: screen::style(options).colour, dissect: read::dissecting(options) };
    match tui::run(file, how) {
        Ok(()) => Ok(Status::Done),
        Err(tui::Error::Open(error)) => Err(error.into()),
        Err(tui::Error::Terminal(error)) => Err(Failure::terminal(&error)),
    }
}
