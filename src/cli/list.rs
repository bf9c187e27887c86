//! `frames`, `messages`, `connections`.

use std::io::stdout;
use std::path::Path;

use anyhow::anyhow;

use super::args::{List as ListArgs, Options};
use super::failure::{Failure, Status};
use super::format::Format;
use super::printer::Counted;
use super::{Outcome, hint, read, saved, screen, selection};
use crate::fields::FrameField;
use crate::filter::{Fold, Selection, Shows};
use crate::output::{Columns, JsonLines, List, Out, Output, Spec, Table, Text, WrongColumn};

/// Columns that were asked for.
pub struct Asked {
    /// By which option.
    option: &'static str,
    specs: Vec<Spec>,
}

impl Asked {
    /// Fields of `-e`.
    pub fn fields(fields: &[String]) -> Result<Asked, Failure> {
        let spec = |text: &String| Ok(Spec { title: None, expression: saved::expanded("-e", text)? });
        Ok(Asked { option: "-e", specs: fields.iter().map(spec).collect::<Result<_, Failure>>()? })
    }

    /// Columns of `--columns`.
    fn columns(text: &str) -> Result<Asked, Failure> {
        let option = "--columns";
        let mut specs = Spec::parse_all(text);
        if specs.is_empty() {
            return Err(Failure::argument(anyhow!("{option} names columns, like 'n,opcode.name,Price:ws.json.price'")));
        }
        for spec in &mut specs {
            let expanded = saved::expanded(option, &spec.expression)?;
            // What stands above it is what was typed.
            if expanded != spec.expression {
                spec.title.get_or_insert_with(|| spec.expression.clone());
                spec.expression = expanded;
            }
            // Two columns of the inspector have other names here.
            match spec.expression.as_str() {
                "number" => spec.expression = FrameField::Number.field().name().to_owned(),
                "op" => spec.expression = FrameField::OpcodeName.field().name().to_owned(),
                _ => {}
            }
        }
        Ok(Asked { option, specs })
    }

    fn of(args: &ListArgs) -> Result<Asked, Failure> {
        args.columns.as_deref().map_or_else(|| Asked::fields(&args.fields), Asked::columns)
    }

    /// As a list's columns.
    fn chosen(&self, list: List) -> Result<Columns, Failure> {
        Columns::of(list, &self.specs).map_err(|wrong| match wrong {
            WrongColumn::Expression(error) => Failure::filter(self.option, &error),
            unknown => Failure::argument(anyhow!("{unknown}; `sockeye fields {}` lists them", list.name())),
        })
    }
}

/// Prints a list; heartbeats are counted where they stand where it is `folded`.
pub fn run(args: &ListArgs, list: List, folded: bool, options: &Options) -> Outcome {
    let asked = Asked::of(args)?;
    let output = if args.columns.is_some() && args.format.is_none_or(|format| format == Format::Text) {
        Box::new(Table::aligned(asked.chosen(list)?, stdout(), screen::look(options, args.width)))
    } else {
        let format = args.format.unwrap_or(if args.fields.is_empty() { Format::Text } else { Format::Fields });
        output(&asked, args.width, list, format, options, screen::out())?
    };
    let fold = if list == List::Messages { Fold::Messages } else { Fold::Frames };
    let selection = selection::folding(selection(list, options)?, folded.then_some(fold));
    print_selected(&args.file, list, options, selection, output)
}

/// Prints frames as lines for people.
pub fn frames(file: &Path, columns: Option<&str>, options: &Options) -> Outcome {
    let look = screen::look(options, None);
    let output: Box<dyn Output> = match columns {
        Some(columns) => Box::new(Table::aligned(Asked::columns(columns)?.chosen(List::Frames)?, stdout(), look)),
        None => Box::new(Text::new(List::Frames, screen::out(), look)),
    };
    print(file, List::Frames, options, output)
}

/// Prints a list of a capture.
pub fn print(file: &Path, list: List, options: &Options, output: Box<dyn Output>) -> Outcome {
    print_selected(file, list, options, selection(list, options)?, output)
}

fn selection(list: List, options: &Options) -> Result<Option<Selection>, Failure> {
    selection::of(options, if list == List::Connections { Shows::Connections } else { Shows::Items })
}

fn print_selected(
    file: &Path,
    list: List,
    options: &Options,
    selection: Option<Selection>,
    mut output: Box<dyn Output>,
) -> Outcome {
    let counted = if list == List::Messages { Counted::Messages } else { Counted::Frames };
    let read = read::read(file, options, selection, counted, output.as_mut())?;
    hint::say_of_list(&read, list, options);
    Ok(Status::Done)
}

/// What prints a list in a format, to `out`.
pub fn output(
    asked: &Asked,
    width: Option<usize>,
    list: List,
    format: Format,
    options: &Options,
    out: Out,
) -> Result<Box<dyn Output>, Failure> {
    if matches!(format, Format::Text | Format::Jsonl) && !asked.specs.is_empty() {
        let with = if asked.option == "-e" { "csv or fields" } else { "text, csv or fields" };
        return Err(Failure::argument(anyhow!("{} chooses columns; it goes with --format {with}", asked.option)));
    }
    Ok(match format {
        Format::Text => Box::new(Text::new(list, out, screen::look(options, width))),
        Format::Jsonl => Box::new(JsonLines::new(list, out)),
        Format::Csv => Box::new(Table::csv(asked.chosen(list)?, out, screen::is_terminal())),
        Format::Fields if asked.specs.is_empty() => {
            let names = "name the fields to print with -e";
            return Err(Failure::argument(anyhow!("{names}; `sockeye fields {}` lists them", list.name())));
        }
        Format::Fields => Box::new(Table::tabs(asked.chosen(list)?, out)),
    })
}
