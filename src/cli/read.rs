//! Reads a capture into an output: the loop that every printing command shares.

use std::io::ErrorKind;
use std::path::Path;

use super::args::Options;
use super::failure::{Failure, complain};
use super::printer::{Counted, Printer};
use super::progress::Progress;
use crate::capture::{self, Capture, ReadError};
use crate::dissect::{self, Counts};
use crate::output::{Output, Stats, Summary, Tally};

/// Reads all of `file` (or as much as `-c` asks for) into `output` and ends it. What was read is shown before an error
/// of reading is.
pub fn read(file: &Path, options: &Options, counted: Counted, output: &mut dyn Output) -> Result<(), Failure> {
    until(file, options, counted, options.count, output)
}

/// The same, up to `count` items whatever `-c` says.
pub fn until(
    file: &Path,
    options: &Options,
    counted: Counted,
    count: Option<u64>,
    output: &mut dyn Output,
) -> Result<(), Failure> {
    let mut capture = capture::open(file, &capture::Options::default())?;
    // What is still being written is shown as it comes.
    let live = capture.total_size().is_none();
    let threads = if live || count.is_some() { 1 } else { threads(options) };
    let mut printer = Printer::new(output, counted, count, live);
    let progress = Progress::watch(options, &capture);
    let (counts, result) = dissect::run(&mut capture, &dissecting(options), threads, &mut printer);
    drop(progress);
    let summary = summary(&capture, &counts);
    printer.finish(&summary);
    done(options, &summary, output, result)
}

/// Reads all of `file` and adds it up in `stats`, which is ended.
pub fn add_up(file: &Path, options: &Options, stats: &mut Stats) -> Result<(), Failure> {
    let mut capture = capture::open(file, &capture::Options::default())?;
    let progress = Progress::watch(options, &capture);
    let (tallies, counts, result) =
        dissect::reduce(&mut capture, &dissecting(options), threads(options), Tally::default);
    drop(progress);
    tallies.iter().for_each(|tally| stats.add(tally));
    let summary = summary(&capture, &counts);
    stats.finish(&summary);
    done(options, &summary, stats, result)
}

fn done(
    options: &Options,
    summary: &Summary,
    output: &dyn Output,
    result: Result<(), ReadError>,
) -> Result<(), Failure> {
    if !options.quiet {
        summary.warnings.iter().for_each(|warning| complain(warning));
    }
    match output.out().error() {
        None => {}
        Some(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
        Some(error) => return Err(Failure::output(error)),
    }
    Ok(result?)
}

pub(super) fn dissecting(options: &Options) -> dissect::Options {
    dissect::Options { decode_as: options.decode_as.clone(), ..dissect::Options::default() }
}

fn threads(options: &Options) -> usize {
    options.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

fn summary(capture: &Capture, counts: &Counts) -> Summary {
    // Packets are told by themselves.
    let kinds = counts.net.iter().filter(|(name, _)| name != "packets");
    Summary {
        file: capture.file().to_string(),
        format: capture.format(),
        packets: counts.net.packets,
        kinds: kinds.map(|(name, count)| (name.into_owned(), count)).collect(),
        connections: counts.tcp.connections,
        span: counts.span,
        warnings: capture.warnings().iter().map(ToString::to_string).collect(),
    }
}
