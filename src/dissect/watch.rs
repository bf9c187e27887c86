//! The dissector on a capture that is still being made.
//!
//! In: a capture whose bytes come when they come. Out: the same calls to a sink as [`super::run`] makes, each as early
//! as it can be known: one thread waits for bytes, this one dissects, and where nothing comes for a while the dissector
//! is told the time. The sink is told that it has caught up whenever nothing more is waiting.

use std::time::Duration;

use super::counts::Counts;
use super::dissector::Dissector;
use super::options::Options;
use super::sink::Sink;
use super::told::Told;
use crate::capture::background_reader::{Arrival, BackgroundReader};
use crate::capture::{Capture, ReadError};

/// How long nothing comes before the dissector is told the time.
const SILENCE: Duration = Duration::from_millis(100);

/// What a watched capture came to.
#[derive(Debug)]
pub struct Watched {
    /// What was read.
    pub counts: Counts,
    /// The capture, where it was read to its end; `None` where the sink had enough before.
    pub capture: Option<Capture>,
    /// Whether reading failed; everything read before was told.
    pub result: Result<(), ReadError>,
}

/// Dissects a capture into a sink while it is being made.
pub fn watch<S: Sink>(capture: Capture, options: &Options, sink: &mut S) -> Watched {
    let file = capture.file().to_owned();
    let mut dissector = Dissector::new(options.clone());
    let (capture, result) = match BackgroundReader::start(capture) {
        Ok(mut ahead) => follow(&mut dissector, &mut ahead, sink),
        Err(source) => (None, Err(ReadError { file, position: 0, packet: 0, source })),
    };
    dissector.finish(sink);
    Watched { counts: dissector.counts(), capture, result }
}

fn follow<S: Sink>(
    dissector: &mut Dissector,
    ahead: &mut BackgroundReader,
    sink: &mut S,
) -> (Option<Capture>, Result<(), ReadError>) {
    let mut started = false;
    while !sink.is_done() {
        let arrival = match ahead.next(Duration::ZERO) {
            Some(Arrival::Silence) => {
                sink.tell(&Told::CaughtUp);
                ahead.next(SILENCE)
            }
            arrival => arrival,
        };
        match arrival {
            Some(Arrival::Batch(batch)) => {
                for packet in batch.packets() {
                    if !std::mem::replace(&mut started, true) {
                        sink.tell(&Told::Started(packet.at()));
                    }
                    dissector.push(&packet, sink);
                    if sink.is_done() {
                        break;
                    }
                }
                ahead.give_back(batch);
            }
            Some(Arrival::Silence) => {
                if let Some(time) = ahead.time() {
                    dissector.idle(time, sink);
                }
            }
            Some(Arrival::End(capture, result)) => return (Some(*capture), result),
            None => break,
        }
    }
    (None, Ok(()))
}
