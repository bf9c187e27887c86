//! Stage 14: the command line: arguments, one file a command.
//!
//! In: arguments and the environment. Out: lines on standard output, one line about what went wrong on standard error,
//! an [exit status](failure::Status). Standard output closed by its reader ends the run quietly.

mod addressed;
mod annotate;
pub mod args;
mod explain;
mod export;
mod failure;
mod follow;
mod format;
mod hint;
mod inspect;
mod interfaces;
mod keys;
mod lint;
mod list;
mod live;
#[cfg(target_os = "linux")]
mod owners;
mod pages;
mod printer;
mod progress;
mod read;
mod rights;
#[cfg(target_os = "linux")]
mod run;
mod saved;
mod screen;
mod selection;
mod stats;
mod suggest;

use std::process::ExitCode;

use anyhow::anyhow;
use clap::Parser;

use self::args::{Args, Command};
use self::failure::{Failure, Status};

/// What a command gives: the exit status of a run that did what it was asked to.
type Outcome = Result<Status, Failure>;

/// Parses the arguments, runs the command, gives the exit status.
#[must_use]
pub fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    if let Some(status) = part_of_run() {
        return status;
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return suggest::print(&error).into(),
    };
    #[cfg(target_os = "linux")]
    if let Some(Command::Run(run)) = &args.command {
        return ready(&args)
            .and_then(|()| run::run(run, &args.options))
            .unwrap_or_else(|failure| failure.report().into());
    }
    match ready(&args).and_then(|()| run(&args)) {
        Ok(status) => status.into(),
        Err(failure) => failure.report().into(),
    }
}

/// This process may be a part of another that captures or runs a program.
#[cfg(target_os = "linux")]
fn part_of_run() -> Option<ExitCode> {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    rights::refuse_root_by_mode().ok().and_then(|()| owners::part(&arguments).or_else(|| run::part(&arguments)))
}

/// What holds for every command.
fn ready(args: &Args) -> Result<(), Failure> {
    catch_full_files();
    rights::refuse_root_by_mode().map_err(Failure::privilege)?;
    match (&args.file, &args.command) {
        (Some(file), Some(_)) => {
            let wrong = anyhow!("'{}' stands before the command; the file comes after it", file.display());
            Err(Failure::argument(wrong))
        }
        (None, Some(_)) if args.columns.is_some() => {
            Err(Failure::argument(anyhow!("--columns stands behind the command: `sockeye frames --columns ...`")))
        }
        _ => Ok(()),
    }
}

fn run(args: &Args) -> Outcome {
    let options = &args.options;
    selection::check(options)?;
    if args.print_config {
        return inspect::print_config();
    }
    if let (Some(file), Some(svg)) = (&args.file, &args.screenshot) {
        return inspect::screenshot(file, svg, args);
    }
    match &args.command {
        None => inspect::run(args.file.as_deref(), args.columns.as_deref(), options),
        Some(Command::Frames(items)) => {
            list::run(&items.list, crate::output::List::Frames, items.no_heartbeats, options)
        }
        Some(Command::Messages(items)) => {
            list::run(&items.list, crate::output::List::Messages, items.no_heartbeats, options)
        }
        Some(Command::Connections(args)) => {
            let options = args::Options { all_tls: args.all, ..options.clone() };
            list::run(&args.list, crate::output::List::Connections, false, &options)
        }
        Some(Command::Follow(follow)) => follow::run(follow, options),
        Some(Command::Stats(stats)) => stats::run(stats, options),
        Some(Command::Lint(lint)) => lint::run(lint, options),
        Some(Command::Explain(explain)) => explain::run(explain, options),
        Some(Command::Annotate(annotate)) => annotate::run(annotate, options),
        Some(Command::Export(export)) => export::run(export, options),
        Some(Command::Live(live)) => live::run(live, options),
        #[cfg(target_os = "linux")]
        Some(Command::Run(run)) => self::run::run(run, options).map(|_| Status::Done),
        Some(Command::Interfaces(interfaces)) => interfaces::run(interfaces, options),
        Some(Command::Fields { explain: Some(filter), .. }) => pages::explain(filter),
        Some(Command::Fields { list, markdown, .. }) => pages::fields(*list, *markdown),
        Some(Command::Notes) => pages::notes(),
        Some(Command::Keys) => pages::keys(),
        Some(Command::KeysHowto { program }) => keys::howto::run(program.as_deref()),
        Some(Command::Completions { shell }) => pages::completions(*shell),
        Some(Command::Man { command }) => pages::man(command.as_deref()),
    }
}

/// A file that has reached the limit of its user is an error of writing, not the end of the program.
#[cfg(target_os = "linux")]
fn catch_full_files() {
    // Where it cannot be caught, the program ends as any other does.
    let _ = signal_hook::flag::register(libc::SIGXFSZ, std::sync::Arc::default());
}

#[cfg(not(target_os = "linux"))]
fn catch_full_files() {}
