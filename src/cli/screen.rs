//! What standard output is: a terminal or not, how wide, with colours or without.

use std::io::{IsTerminal, stdout};

use clap::ColorChoice;

use super::args::Options;
use crate::output::{Look, Out, Style};

/// Columns of a line of text into a pipe: enough to see what a payload is, and a line of a huge payload stays a line.
const PIPE_WIDTH: usize = 160;

/// Columns of a terminal that does not say.
const USUAL_WIDTH: usize = 80;

/// Standard output, buffered.
pub fn out() -> Out {
    Out::new(stdout())
}

/// Standard output is a terminal.
pub fn is_terminal() -> bool {
    stdout().is_terminal()
}

/// Whether to colour: as asked, else on a terminal unless `NO_COLOR` (no-color.org) is set and not empty.
pub fn style(options: &Options) -> Style {
    let colour = match options.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    Style { colour }
}

/// How lines of text look. `width`: as asked, 0 for no limit. On a terminal names stand above the columns, for people;
/// programs read pipes.
pub fn look(options: &Options, width: Option<usize>) -> Look {
    let terminal = is_terminal();
    let width = match width {
        Some(0) => None,
        Some(width) => Some(width),
        None if terminal => Some(terminal_width()),
        None => Some(PIPE_WIDTH),
    };
    Look { style: style(options), width, heading: terminal && !options.quiet }
}

fn terminal_width() -> usize {
    crossterm::terminal::size().map_or(USUAL_WIDTH, |(columns, _)| usize::from(columns.max(1)))
}
