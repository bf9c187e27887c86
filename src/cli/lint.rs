//! `lint`: conformance.

use super::args::{Lint as LintArgs, Options};
use super::failure::{Failure, Status};
use super::format::TextOrJson;
use super::printer::Counted;
use super::{Outcome, hint, read, screen, selection};
use crate::filter::Shows;
use crate::output::lint::{Form, Policy};
use crate::output::{Lint, List};

/// Prints findings; the exit status says whether one fails the check.
pub fn run(args: &LintArgs, options: &Options) -> Outcome {
    let selection = selection::of(options, Shows::Items)?;
    let policy = Policy::parse(&args.deny, &args.allow).map_err(Failure::argument)?;
    let form = match args.format {
        _ if options.quiet => Form::Silent,
        TextOrJson::Text => Form::Text(screen::style(options)),
        TextOrJson::Jsonl => Form::Json,
    };
    let mut lint = Lint::new(form, policy, screen::out());
    let read = read::read(&args.file, options, selection, Counted::Frames, &mut lint)?;
    // A check that had nothing to check is not passed in silence.
    hint::say_of_list(&read, List::Frames, options);
    Ok(if lint.failed() { Status::Findings } else { Status::Done })
}
