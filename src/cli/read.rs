//! Reads a capture into an output: the loop that every printing command shares.

use std::io::ErrorKind;
use std::path::Path;

use super::args::Options;
use super::failure::{Failure, complain};
use super::printer::{Counted, Printer};
use super::progress::Progress;
use crate::capture::{self, Batch, Capture, ReadError};
use crate::dissect::{self, Counts, Dissector};
use crate::output::{Output, Summary};

/// Reads all of `file` (or as much as `-c` asks for) into `output` and ends it. What was read is shown before an error
/// of reading is.
pub fn read(file: &Path, options: &Options, counted: Counted, output: &mut dyn Output) -> Result<(), Failure> {
    let mut capture = capture::open(file, &capture::Options::default())?;
    let mut dissector = Dissector::new(dissect::Options { decode_as: options.decode_as.clone() });
    let mut printer = Printer::new(output, counted, options.count);
    let result = feed(&mut capture, &mut dissector, &mut printer, options);
    if !printer.has_failed() {
        dissector.finish(&mut printer);
    }
    let summary = summary(&capture, &dissector.counts());
    printer.finish(&summary);
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

fn feed(
    capture: &mut Capture,
    dissector: &mut Dissector,
    printer: &mut Printer<'_>,
    options: &Options,
) -> Result<(), ReadError> {
    let mut progress = Progress::new(options, capture.total_size());
    let may_wait = capture.total_size().is_none();
    let mut batch = Batch::new();
    let mut started = false;
    while !printer.is_full() && !printer.has_failed() && capture.next_batch(&mut batch)? {
        for packet in batch.packets() {
            if !started {
                started = true;
                printer.start(packet.time);
            }
            dissector.push(&packet, printer);
            if printer.is_full() {
                break;
            }
        }
        if may_wait {
            printer.flush();
        }
        progress.tick(capture.bytes_read(), capture.packets_read());
    }
    Ok(())
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
