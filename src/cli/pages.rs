//! What is printed without reading a capture: the table of rules, keys, field names, completions, manual pages.

use std::io::{self, ErrorKind, Write, stdout};

use anyhow::anyhow;
use clap::CommandFactory;
use clap_complete::Shell;

use super::args::{Args, ListKind};
use super::failure::{Failure, Status};
use super::{Outcome, saved, suggest};
use crate::base::DisplaySafe;
use crate::fields::display::page;
use crate::fields::{ConnectionField, Field, FrameField, MessageField, Scope, listed};
use crate::filter::{Settings, explain as explained};
use crate::output::notes::markdown;

/// The table of rules.
pub fn notes() -> Outcome {
    print(markdown().as_bytes())
}

/// The keys of the inspector.
pub fn keys() -> Outcome {
    print(crate::tui::key_page::markdown().as_bytes())
}

/// The fields of one kind of row.
pub fn fields(list: ListKind, as_page: bool) -> Outcome {
    if as_page {
        if list != ListKind::Filter {
            return Err(Failure::argument(anyhow!("--markdown goes with `sockeye fields filter`")));
        }
        return print(page::markdown().as_bytes());
    }
    print(
        match list {
            ListKind::Frames => table::<FrameField>(),
            ListKind::Messages => table::<MessageField>(),
            ListKind::Connections => table::<ConnectionField>(),
            ListKind::Filter => page::lines(),
        }
        .as_bytes(),
    )
}

/// What a filter does.
pub fn explain(filter: &str) -> Outcome {
    let settings = Settings { macros: saved::named_in(filter), references: None };
    let lines = explained(filter, &settings).map_err(|error| Failure::filter("--explain", &error))?;
    let mut page = String::new();
    for line in lines {
        page.push_str(&DisplaySafe::text(&line).to_string());
        page.push('\n');
    }
    print(page.as_bytes())
}

fn table<S: Scope>() -> String {
    let fields = || listed::<S>().map(|field| field.field());
    let width = fields().map(|field| field.name().len()).max().unwrap_or(0);
    let row = |field: &Field| {
        let others = field.names.get(1..).unwrap_or_default();
        let others = if others.is_empty() { String::new() } else { format!(" (also {})", others.join(", ")) };
        format!("{:width$}  {}{others}\n", field.name(), field.about)
    };
    fields().map(row).collect()
}

/// Completions for a shell.
pub fn completions(shell: Shell) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "sockeye", &mut text);
    print(&text)
}

/// The manual page of a command, or of all.
pub fn man(command: Option<&str>) -> Outcome {
    let mut all = Args::command();
    all.build();
    let page = match command {
        None => all,
        Some(name) => {
            let found = all.find_subcommand(name).cloned();
            found.ok_or_else(|| Failure::argument(anyhow!(suggest::no_command(name))))?
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text).map_err(|error| Failure::output(&error))?;
    print(&text)
}

/// Prints a page.
pub(super) fn print(text: &[u8]) -> Outcome {
    match written(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::output(&error)),
        _ => Ok(Status::Done),
    }
}

fn written(text: &[u8]) -> io::Result<()> {
    let mut out = stdout().lock();
    out.write_all(text)?;
    out.flush()
}
