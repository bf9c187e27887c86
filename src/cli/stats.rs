//! `stats`: totals.

use super::args::{Options, Stats as StatsArgs};
use super::failure::Status;
use super::format::TextOrJson;
use super::printer::Counted;
use super::{Outcome, hint, read, screen, selection};
use crate::filter::Shows;
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
    let read = match (options.count, &selection) {
        // Which frames come first is known only in order, and what a filter looks at too.
        (Some(_), _) | (_, Some(_)) => read::read(&args.file, options, selection, Counted::Frames, &mut stats)?,
        (None, None) => read::add_up(&args.file, options, &mut stats)?,
    };
    hint::say(&read, List::Frames, options);
    Ok(Status::Done)
}
