//! Reads a capture into an output: the loop that every printing command shares.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::anyhow;

use super::args::Options;
use super::failure::{Failure, complain};
use super::keys::Keys;
use super::printer::{Counted, Printer};
use super::progress::Progress;
use super::{rights, screen, selection};
use crate::base::SecretLog;
use crate::capture::{self, Capture, ReadError, Source};
use crate::dissect::{self, Counts, Sink, Told, Wants};
use crate::filter::Selection;
use crate::output::{Output, Stats, Summary, Tally};

/// What was read.
pub struct Read {
    /// Totals.
    pub summary: Summary,
    /// Frames found.
    pub frames: u64,
}

/// Reads all of `file` (or as much as `-c` asks for) into `output` and ends it. What was read is shown before an error
/// of reading is.
pub fn read(
    file: &Path,
    options: &Options,
    selection: Option<Selection>,
    counted: Counted,
    output: &mut dyn Output,
) -> Result<Read, Failure> {
    until(source(file, options)?, options, selection, counted, options.count, output)
}

/// The capture at `file`, with no more rights than reading it takes.
///
/// What only somebody with more rights may open is open by then. Anything else is opened when it is read, so that the
/// inspector is there while a pipe has no writer yet.
pub fn source(file: &Path, options: &Options) -> Result<Source, Failure> {
    let mut sources = sources(&[file], options)?;
    Ok(sources.pop().unwrap_or_else(|| Source::named(file)))
}

/// The same for several: all that is named is opened before the first is read.
pub fn sources(files: &[&Path], options: &Options) -> Result<Vec<Source>, Failure> {
    let mut sources: Vec<Source> = files.iter().map(|file| Source::named(file)).collect();
    // What is no plain file may still be written to while it is read.
    let growing = files.iter().any(|file| !file.is_file());
    let keys = Keys::open(options, files, growing)?;
    if rights::opens_more_than_its_user() {
        sources.iter_mut().try_for_each(Source::open)?;
    }
    rights::give_up_to_read().map_err(Failure::privilege)?;
    if !growing {
        let log = keys.read();
        let own = || {
            let own = SecretLog::default();
            own.take_over(&log);
            own
        };
        return Ok(sources.into_iter().map(|source| source.with_secrets(own())).collect());
    }
    let logs: Vec<SecretLog> = files.iter().map(|_| SecretLog::default()).collect();
    let sources = sources.into_iter().zip(&logs).map(|(source, log)| source.with_secrets(log.clone())).collect();
    let aloud = !screen::is_terminal();
    keys.follow(logs, aloud).map_err(|error| Failure::file(anyhow!("key logs cannot be followed: {error}")))?;
    Ok(sources)
}

/// The same, up to `count` items whatever `-c` says.
pub fn until(
    source: Source,
    options: &Options,
    selection: Option<Selection>,
    counted: Counted,
    count: Option<u64>,
    output: &mut dyn Output,
) -> Result<Read, Failure> {
    let capture = source.capture(&capture::Options::default())?;
    output.comments(&capture.comments());
    let progress = Progress::watch(options, &capture);
    let (summary, counts, result) = print(capture, options, selection, counted, count, output);
    drop(progress);
    done(options, &summary, output, result)?;
    Ok(Read { summary, frames: counts.frames })
}

/// Reads a capture into `output`, and ends it. Where it is still being made nothing waits in a buffer.
pub fn print(
    capture: Capture,
    options: &Options,
    selection: Option<Selection>,
    counted: Counted,
    count: Option<u64>,
    output: &mut dyn Output,
) -> (Summary, Counts, Result<(), ReadError>) {
    let (file, format) = (capture.file().to_owned(), capture.format());
    let threads = if count.is_some() { 1 } else { threads(options) };
    let mut printer = Printer::new(output, selection, counted, count, dissect::is_growing(&capture));
    let driven = dissect::drive(capture, &dissecting(options), threads, &mut printer);
    let summary = match &driven.capture {
        Some(capture) => summary(capture, &driven.counts),
        None => summary_of(file, format, Vec::new(), &driven.counts),
    };
    printer.finish(&summary);
    if printer.untold() > 0 && !options.quiet {
        complain(&format!("{} heartbeats were left out (--no-heartbeats)", printer.untold()));
    }
    if let Some(selection) = printer.selection() {
        selection::say(selection, options.quiet);
    }
    (summary, driven.counts, driven.result)
}

/// Reads all of `file` and adds up in `stats`, which is ended, what is selected: each thread what it found itself.
pub fn add_up(
    file: &Path,
    options: &Options,
    selection: Option<&Selection>,
    stats: &mut Stats,
) -> Result<Read, Failure> {
    let mut capture = source(file, options)?.capture(&capture::Options::default())?;
    let progress = Progress::watch(options, &capture);
    let (dissecting, threads) = (dissecting(options), threads(options));
    let (tallies, counts, result) = match selection {
        None => dissect::reduce(&mut capture, &dissecting, threads, Tally::default),
        Some(selection) => {
            let sieve = || Sieve { selection: selection.another(), tally: Tally::default() };
            let (sieves, counts, result) = dissect::reduce(&mut capture, &dissecting, threads, sieve);
            (sieves.into_iter().map(|sieve| sieve.tally).collect(), counts, result)
        }
    };
    drop(progress);
    tallies.iter().for_each(|tally| stats.add(tally));
    let summary = summary(&capture, &counts);
    stats.finish(&summary);
    if let Some(selection) = selection {
        selection::say(selection, options.quiet);
    }
    done(options, &summary, stats, result)?;
    Ok(Read { summary, frames: counts.frames })
}

/// Adds up what is selected of the connections of one thread.
struct Sieve {
    selection: Selection,
    tally: Tally,
}

impl Sink for Sieve {
    fn wants(&self) -> Wants {
        self.selection.wants().or(Sink::wants(&self.tally))
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.selection.tell(told, &mut self.tally);
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// Says what could not be read or written.
pub(super) fn done(
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

/// How to dissect. What decrypts is the capture's own.
pub(super) fn dissecting(options: &Options) -> dissect::Options {
    dissect::Options { decode_as: options.decode_as.clone(), all_tls: options.all_tls, ..dissect::Options::default() }
}

pub(super) fn threads(options: &Options) -> usize {
    options.threads.unwrap_or_else(dissect::all_cores)
}

fn summary(capture: &Capture, counts: &Counts) -> Summary {
    let warnings = capture.warnings().iter().map(ToString::to_string).collect();
    summary_of(capture.file().to_owned(), capture.format(), warnings, counts)
}

fn summary_of(file: String, format: String, mut warnings: Vec<String>, counts: &Counts) -> Summary {
    let left_out = [
        (counts.early, "item", "told before earlier ones, which waited too long for lost packets"),
        (counts.lost, "item", "left out: a temporary file could not be read back"),
        (
            counts.tcp.forgotten,
            "TCP connection",
            "given up before the end: too many were open at once, or a temporary file could not be read back",
        ),
        (counts.tcp.stray, "byte", "left out: far ahead of their stream, and never acknowledged"),
        (counts.given_up.streams, "HTTP/2 stream", "given up: too many were open at once on one connection"),
        (
            counts.given_up.unprobed,
            "byte",
            "not looked into: too many HTTP/2 streams without a request were open at once on one connection",
        ),
        (counts.given_up.sealed, "TLS connection", "given up before its keys came: too many waited for theirs"),
    ];
    for (count, noun, what) in left_out {
        match count {
            0 => {}
            1 => warnings.push(format!("{file}: 1 {noun} was {what}")),
            _ => warnings.push(format!("{file}: {count} {noun}s were {what}")),
        }
    }
    // Packets are told by themselves.
    let kinds = counts.net.iter().filter(|(name, _)| name != "packets");
    Summary {
        file,
        format,
        packets: counts.net.packets,
        kinds: kinds.map(|(name, count)| (name.into_owned(), count)).collect(),
        connections: counts.tcp.connections,
        others: counts.others.iter().map(|(carried, count)| (carried.name(), count)).collect(),
        quic: counts.quic.clone(),
        span: counts.span,
        warnings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_given_up_in_silence() {
        let mut counts = Counts { early: 1, lost: 2, ..Counts::default() };
        counts.tcp.forgotten = 3;
        counts.tcp.stray = 4;
        counts.given_up = dissect::GivenUp { streams: 5, unprobed: 6, sealed: 7 };
        let warnings = summary_of("a.pcap".to_owned(), String::new(), Vec::new(), &counts).warnings;
        let beginnings = [
            "a.pcap: 1 item was",
            "a.pcap: 2 items were",
            "a.pcap: 3 TCP connections were",
            "a.pcap: 4 bytes were",
            "a.pcap: 5 HTTP/2 streams were",
            "a.pcap: 6 bytes were",
            "a.pcap: 7 TLS connections were",
        ];
        assert_eq!(warnings.len(), beginnings.len());
        for (warning, beginning) in warnings.iter().zip(beginnings) {
            assert!(warning.starts_with(beginning), "{warning}");
        }
        assert!(summary_of(String::new(), String::new(), Vec::new(), &Counts::default()).warnings.is_empty());
    }
}
