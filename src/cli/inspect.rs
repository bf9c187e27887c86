//! `sockeye FILE`: the inspector, or a line a frame into a pipe; of `FILE#ADDRESS` at that place, or of that alone.

use std::path::Path;

use anyhow::anyhow;

use super::args::{Args, Options};
use super::failure::Status;
use super::failure::{Failure, complain};
use super::{Outcome, addressed, list, read, rights, screen, suggest};
use crate::trace::Address;
use crate::tui;

/// Opens a capture.
pub fn run(file: Option<&Path>, columns: Option<&str>, options: &Options) -> Outcome {
    let Some(file) = file else {
        return Err(Failure::argument(anyhow!("name a capture to open, or '-' for standard input; see --help")));
    };
    let (file, at) = addressed::split(file)?;
    let shown = match (screen::is_terminal(), &at) {
        (true, _) => inspect(file, at, columns, options),
        (false, Some(at)) => list::frames(file, columns, &addressed::only(at.item, options)),
        (false, None) => list::frames(file, columns, options),
    };
    shown.map_err(|failure| match file.to_str().and_then(suggest::mistyped_command) {
        Some(command) if !file.exists() => failure.or_perhaps(&format!("or did you mean the command '{command}'?")),
        _ => failure,
    })
}

/// Prints the inspector's configuration.
pub fn print_config() -> Outcome {
    // Whose configuration it is depends on who asks.
    rights::give_up_to_read().map_err(Failure::privilege)?;
    let (config, complaints) = tui::print_config();
    complaints.iter().for_each(|complaint| complain(complaint));
    let mut out = screen::out();
    out.buffer().extend_from_slice(config.as_bytes());
    out.flush();
    match out.error() {
        Some(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::output(error)),
        _ => Ok(Status::Done),
    }
}

/// Writes a picture of the inspector's screen.
pub fn screenshot(file: &Path, svg: &Path, args: &Args) -> Outcome {
    let (file, at) = addressed::split(file)?;
    let how = tui::Options { colour: true, at, columns: args.columns.clone(), ..how(&args.options) };
    let picture = tui::screenshot(read::source(file, &args.options)?, how, args.size, &args.keys)?;
    std::fs::write(svg, picture)
        .map_err(|error| Failure::argument(anyhow!("{}: cannot be written: {error}", svg.display())))?;
    Ok(Status::Done)
}

fn inspect(file: &Path, at: Option<Address>, columns: Option<&str>, options: &Options) -> Outcome {
    let how = tui::Options { at, columns: columns.map(String::from), ..how(options) };
    match tui::run(read::source(file, options)?, how) {
        Ok(()) => Ok(Status::Done),
        Err(tui::Error::Open(error)) => Err(error.into()),
        Err(tui::Error::Terminal(error)) => Err(Failure::terminal(&error)),
    }
}

/// How the inspector is started.
pub(super) fn how(options: &Options) -> tui::Options {
    tui::Options {
        colour: screen::style(options).colour,
        theme: options.theme.clone(),
        dissect: read::dissecting(options),
        threads: read::threads(options),
        filter: options.filter.clone(),
        at: None,
        columns: None,
    }
}
