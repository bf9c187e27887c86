//! `stats`: totals.

use super::args::{Options, Stats as StatsArgs};
use super::failure::Status;
use super::format::TextOrJson;
use super::printer::Counted;
use super::{Outcome, hint, read, screen, selection};
use crate::filter::{Selection, Shows};
use crate::output::stats::Form;
use crate::output::{List, Stats};

/// Prints totals.
pub fn run(args: &StatsArgs, options: &Options) -> Outcome {
    let form = match args.format {
        TextOrJson::Jsonl => Form::Json,
        TextOrJson::Text if options.quiet => Form::Line,
        TextOrJson::Text => Form::Page(screen::style(options)),
    };
    let mut stats = Stats::new(form, screen::out());
    let selection = selection::of(options, Shows::Items)?;
    let alone = selection.as_ref().is_none_or(Selection::is_of_each_connection);
    let read = if options.count.is_none() && alone {
        read::add_up(&args.file, options, selection.as_ref(), &mut stats)?
    } else {
        // Which frames come first is known only in order, and so is what some filters look at.
        read::read(&args.file, options, selection, Counted::Frames, &mut stats)?
    };
    hint::say(&read, List::Frames, options);
    Ok(Status::Done)
}
