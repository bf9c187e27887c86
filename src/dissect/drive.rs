//! The one loop that drives a capture: printing commands, live captures and the inspector all come through here.
//!
//! In: a capture, finished or still being made. Out: the same calls to a sink, and what the capture came to. A finished
//! file is dissected as fast as it can be, on several threads ([`run`]). Of one that grows each thing is told as early as
//! it can be known: one thread waits for bytes, this one dissects, and where nothing comes for a while the dissector is
//! told the time. Either way the sink is told that it has caught up after every batch.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

use super::counts::Counts;
use super::dissector::Dissector;
use super::options::Options;
use super::parallel::run;
use super::sink::Sink;
use super::told::Told;
use crate::capture::background_reader::{Arrival, BackgroundReader};
use crate::capture::{Batch, Capture, ReadError};

/// How long nothing comes after a batch before the dissector is told the time.
const SHORTLY: Duration = Duration::from_millis(40);

/// How long nothing more comes before it is told the time again.
const SILENCE: Duration = Duration::from_millis(100);

/// What a capture came to.
#[derive(Debug)]
pub struct Driven {
    /// What was read.
    pub counts: Counts,
    /// The capture; `None` where it was still being made and the sink had enough before its end.
    pub capture: Option<Capture>,
    /// Whether reading failed; everything read before was told.
    pub result: Result<(), ReadError>,
}

/// Dissects a capture into a sink, whether it is a file or still being made: of a file, on up to `threads` threads.
pub fn drive<S: Sink>(mut capture: Capture, options: &Options, threads: usize, sink: &mut S) -> Driven {
    if is_growing(&capture) {
        return watch(capture, options, sink);
    }
    let (counts, result) = run(&mut capture, options, threads, sink);
    Driven { counts, capture: Some(capture), result }
}

/// Whether more may be written to the capture while it is read.
#[must_use]
pub fn is_growing(capture: &Capture) -> bool {
    capture.total_size().is_none()
}

/// As many threads as the machine runs at once.
#[must_use]
pub fn all_cores() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

fn watch<S: Sink>(capture: Capture, options: &Options, sink: &mut S) -> Driven {
    let file = capture.file().to_owned();
    let mut watched = Watched { dissector: Dissector::new(options.reading(&capture)), started: false, sink };
    let (capture, result) = match BackgroundReader::start(capture) {
        Ok(mut ahead) => watched.follow(&mut ahead),
        Err(source) => (None, Err(ReadError { file, position: 0, packet: 0, source })),
    };
    watched.dissector.finish(watched.sink);
    Driven { counts: watched.dissector.counts(), capture, result }
}

struct Watched<'s, S> {
    dissector: Dissector,
    started: bool,
    sink: &'s mut S,
}

impl<S: Sink> Watched<'_, S> {
    fn follow(&mut self, ahead: &mut BackgroundReader) -> (Option<Capture>, Result<(), ReadError>) {
        let mut patience = SHORTLY;
        loop {
            // At the very beginning too: what stands above a list shows before the first packet comes.
            self.sink.tell(&Told::CaughtUp);
            if self.sink.is_done() {
                return (None, Ok(()));
            }
            match ahead.next(patience) {
                Some(Arrival::Batch(batch)) => {
                    self.batch(&batch);
                    ahead.give_back(batch);
                    patience = SHORTLY;
                }
                Some(Arrival::Silence) => {
                    if let Some(time) = ahead.time() {
                        self.dissector.idle(time, self.sink);
                    }
                    patience = SILENCE;
                }
                Some(Arrival::End(capture, result)) => return (Some(*capture), result),
                None => return (None, Ok(())),
            }
        }
    }

    fn batch(&mut self, batch: &Batch) {
        for packet in batch.packets() {
            if !std::mem::replace(&mut self.started, true) {
                self.sink.tell(&Told::Started(packet.at()));
            }
            self.dissector.push(&packet, self.sink);
            if self.sink.is_done() {
                break;
            }
        }
    }
}
