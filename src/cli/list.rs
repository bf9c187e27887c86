//! `frames`, `messages`, `connections`.

use std::path::Path;

use anyhow::anyhow;

use super::args::{List as ListArgs, Options};
use super::failure::{Failure, Status};
use super::format::Format;
use super::printer::Counted;
use super::{Outcome, hint, read, screen, selection};
use crate::filter::Shows;
use crate::output::{Columns, JsonLines, List, Out, Output, Table, Text, WrongColumn};

/// Prints a list.
pub fn run(args: &ListArgs, list: List, options: &Options) -> Outcome {
    let format = args.format.unwrap_or(if args.fields.is_empty() { Format::Text } else { Format::Fields });
    let output = output(&args.fields, args.width, list, format, options, screen::out())?;
    print(&args.file, list, options, output)
}

/// Prints frames as lines for people.
pub fn frames(file: &Path, options: &Options) -> Outcome {
    let text = Text::new(List::Frames, screen::out(), screen::look(options, None));
    print(file, List::Frames, options, Box::new(text))
}

/// Prints a list of a capture.
pub fn print(file: &Path, list: List, options: &Options, mut output: Box<dyn Output>) -> Outcome {
    let counted = if list == List::Messages { Counted::Messages } else { Counted::Frames };
    let shows = if list == List::Connections { Shows::Connections } else { Shows::Items };
    let selection = selection::of(options, shows)?;
    let read = read::read(file, options, selection, counted, output.as_mut())?;
    hint::say_of_list(&read, list, options);
    Ok(Status::Done)
}

/// What prints a list in a format, to `out`.
pub fn output(
    fields: &[String],
    width: Option<usize>,
    list: List,
    format: Format,
    options: &Options,
    out: Out,
) -> Result<Box<dyn Output>, Failure> {
    if matches!(format, Format::Text | Format::Jsonl) && !fields.is_empty() {
        return Err(Failure::argument(anyhow!("-e chooses columns; it goes with --format csv or fields")));
    }
    let columns = || {
        Columns::choose(list, fields).map_err(|wrong| match wrong {
            WrongColumn::Expression(error) => Failure::filter("-e", &error),
            unknown => Failure::argument(anyhow!("{unknown}; `sockeye fields {}` lists them", list.name())),
        })
    };
    Ok(match format {
        Format::Text => Box::new(Text::new(list, out, screen::look(options, width))),
        Format::Jsonl => Box::new(JsonLines::new(list, out)),
        Format::Csv => Box::new(Table::csv(columns()?, out, screen::is_terminal())),
        Format::Fields if fields.is_empty() => {
            let names = "name the fields to print with -e";
            return Err(Failure::argument(anyhow!("{names}; `sockeye fields {}` lists them", list.name())));
        }
        Format::Fields => Box::new(Table::tabs(columns()?, out)),
    })
}
