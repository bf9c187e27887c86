//! `sockeye FILE`: the inspector, or a line a frame into a pipe.

use std::path::Path;

use anyhow::anyhow;

use super::args::Options;
use super::failure::Failure;
use super::{Outcome, list, suggest};

/// Opens a capture.
pub fn run(file: Option<&Path>, options: &Options) -> Outcome {
    let Some(file) = file else {
        return Err(Failure::argument(anyhow!("name a capture to open, or '-' for standard input; see --help")));
    };
    list::frames(file, options).map_err(|failure| match file.to_str().and_then(suggest::mistyped_command) {
        Some(command) if !file.exists() => failure.or_perhaps(&format!("or did you mean the command '{command}'?")),
        _ => failure,
    })
}
