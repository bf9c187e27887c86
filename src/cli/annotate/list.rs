//! `annotate --list`: the annotations of a capture, by the numbers that its items have as it is read now.

use std::path::Path;

use super::super::args::Options;
use super::super::failure::{Failure, Status};
use super::super::format::TextOrJson;
use super::super::{Outcome, addressed, read, screen};
use super::{Indexed, load, store};
use crate::output::annotations::{push_json, push_text};

/// Prints them, those of a lower order first.
pub fn run(place: &Path, format: TextOrJson, options: &Options) -> Outcome {
    let (file, _) = addressed::split(place)?;
    let sidecar = load(&store(file)?)?;
    if sidecar.annotations().next().is_none() {
        // Only to say whether it is a capture at all would be a long time to wait.
        return Ok(Status::Done);
    }
    let indexed = Indexed::read(read::source(file, options)?, options)?;
    let mut out = screen::out();
    indexed.look(|bytes| {
        for annotation in sidecar.annotations() {
            let address = annotation.at.address(bytes.trace());
            match format {
                TextOrJson::Text => push_text(out.buffer(), screen::style(options), annotation, address.as_ref()),
                TextOrJson::Jsonl => push_json(out.buffer(), annotation, address.as_ref()),
            }
            out.end_line();
        }
    });
    out.flush();
    match out.error() {
        Some(error) if error.kind() != std::io::ErrorKind::BrokenPipe => return Err(Failure::output(error)),
        _ => indexed.end()?,
    }
    Ok(Status::Done)
}
