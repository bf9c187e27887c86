//! `interfaces`: where one can listen.

use super::args::Options;
use super::failure::{Failure, Status};
use super::format::TextOrJson;
use super::live::args::Interfaces as InterfacesArgs;
use super::{Outcome, screen};
use crate::capture::live::{Interface, list};
use crate::output::interfaces::{json, table};

/// Prints the interfaces.
pub fn run(args: &InterfacesArgs, options: &Options) -> Outcome {
    let all: Vec<Interface> = list().map_err(Failure::interface)?;
    let mut out = screen::out();
    match args.format {
        TextOrJson::Text => table(out.buffer(), screen::style(options), &all),
        TextOrJson::Jsonl => all.iter().for_each(|interface| json(out.buffer(), interface)),
    }
    out.flush();
    match out.error() {
        Some(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::output(error)),
        _ => Ok(Status::Done),
    }
}
