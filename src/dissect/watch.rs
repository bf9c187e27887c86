//! The dissector on a capture that is still being made.
//!
//! In: a capture whose bytes come when they come. Out: the same calls to a sink as [`super::run`] makes, each as early
//! as it can be known: one thread waits for bytes, this one dissects, and where nothing comes for a while the dissector
//! is told the time. The sink is told that it has caught up whenever nothing more is waiting.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::dissector::{Counts, Dissector, Options};
use super::sink::Sink;
use crate::base::Timestamp;
use crate::capture::{Batch, Capture, ReadError};

/// Batches between the two threads: enough that neither waits for the other without need.
const AHEAD: usize = 3;

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

enum Read {
    Batch(Batch),
    End(Box<Capture>, Result<(), ReadError>),
}

/// Dissects a capture into a sink while it is being made.
pub fn watch<S: Sink>(capture: Capture, options: &Options, sink: &mut S) -> Watched {
    let (batches, received) = sync_channel(AHEAD);
    let (used, recycled) = channel();
    thread::spawn(move || read(capture, &batches, &recycled));
    let mut dissector = Dissector::new(options.clone());
    let (capture, result) = follow(&mut dissector, &received, &used, sink);
    dissector.finish(sink);
    Watched { counts: dissector.counts(), capture, result }
}

fn read(mut capture: Capture, batches: &SyncSender<Read>, recycled: &Receiver<Batch>) {
    loop {
        let mut batch = recycled.try_recv().unwrap_or_default();
        let read = match capture.next_batch(&mut batch) {
            Ok(true) => Read::Batch(batch),
            Ok(false) => break drop(batches.send(Read::End(Box::new(capture), Ok(())))),
            Err(error) => break drop(batches.send(Read::End(Box::new(capture), Err(error)))),
        };
        // The other end is gone when the sink has enough.
        if batches.send(read).is_err() {
            return;
        }
    }
}

fn follow<S: Sink>(
    dissector: &mut Dissector,
    received: &Receiver<Read>,
    used: &Sender<Batch>,
    sink: &mut S,
) -> (Option<Capture>, Result<(), ReadError>) {
    let mut last: Option<(Timestamp, Instant)> = None;
    loop {
        let next = match received.try_recv() {
            Ok(read) => Ok(read),
            Err(_) => {
                sink.caught_up();
                received.recv_timeout(SILENCE)
            }
        };
        match next {
            Ok(Read::Batch(batch)) => {
                for packet in batch.packets() {
                    if last.is_none() {
                        sink.started(packet.at());
                    }
                    dissector.push(&packet, sink);
                    last = Some((packet.time, Instant::now()));
                    if sink.is_done() {
                        break;
                    }
                }
                // The other end is gone when reading has ended: then the batch is only dropped.
                let _ = used.send(batch);
            }
            Ok(Read::End(capture, result)) => return (Some(*capture), result),
            Err(RecvTimeoutError::Timeout) => {
                if let Some((time, came)) = last {
                    let since = i64::try_from(came.elapsed().as_nanos()).unwrap_or(i64::MAX);
                    dissector.idle(Timestamp(time.0.saturating_add(since)), sink);
                }
            }
            Err(RecvTimeoutError::Disconnected) => return (None, Ok(())),
        }
        if sink.is_done() {
            return (None, Ok(()));
        }
    }
}
