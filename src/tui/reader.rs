//! Reading a capture in the background.
//!
//! In: a capture. Out: a growing trace, and an [`Event`] now and then. One thread reads batches of packets, the other
//! dissects them; where nothing comes for a while the dissector is told, so that a live view shows what there is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::contents::Contents;
use super::event::Event;
use crate::capture::background_reader::{Arrival, BackgroundReader};
use crate::capture::{Batch, Capture, ReadError};
use crate::dissect::{Dissector, Options};
use crate::trace::{Indexer, Progress};

/// How often the picture may change because of what arrives.
const PICTURE: Duration = Duration::from_millis(40);

/// How long nothing comes before the dissector is told the time.
const SILENCE: Duration = Duration::from_millis(200);

/// Reads a capture to its end into `indexer`. Returns when it is read, or nobody listens any more.
pub(super) fn feed(capture: Capture, options: Options, indexer: Indexer, events: &Sender<Event>) {
    let total = capture.total_size();
    let read = capture.progress();
    match BackgroundReader::start(capture) {
        Ok(ahead) => Work { dissector: Dissector::new(options), indexer, total, read, packets: 0 }.all(ahead, events),
        // No thread, no capture: say so and leave the view usable.
        Err(error) => drop(events.send(Event::Finished(vec![format!("cannot read: {error}")], Box::default()))),
    }
}

/// What is to be said of a capture that is over.
fn lines(capture: &Capture, result: &Result<(), ReadError>) -> Vec<String> {
    let error = result.as_ref().err().map(ToString::to_string);
    error.into_iter().chain(capture.warnings().iter().map(ToString::to_string)).collect()
}

struct Work {
    dissector: Dissector,
    indexer: Indexer,
    total: Option<u64>,
    read: Arc<AtomicU64>,
    packets: u64,
}

impl Work {
    fn all(mut self, mut ahead: BackgroundReader, events: &Sender<Event>) {
        let mut told = Instant::now().checked_sub(PICTURE);
        let mut news = false;
        loop {
            match ahead.next(if news { PICTURE } else { SILENCE }) {
                Some(Arrival::Batch(batch)) => {
                    self.batch(&batch);
                    ahead.give_back(batch);
                    news = true;
                }
                Some(Arrival::End(capture, result)) => {
                    self.dissector.finish(&mut self.indexer);
                    self.flush(true);
                    let contents = Contents::from(&self.dissector.counts());
                    let _ = events.send(Event::Finished(lines(&capture, &result), Box::new(contents)));
                    return;
                }
                Some(Arrival::Silence) => news |= self.idle(&ahead),
                None => return,
            }
            if news && told.is_none_or(|told| told.elapsed() >= PICTURE) {
                if events.send(Event::Grown).is_err() {
                    return;
                }
                told = Some(Instant::now());
                news = false;
            }
        }
    }

    fn batch(&mut self, batch: &Batch) {
        for packet in batch.packets() {
            self.dissector.push(&packet, &mut self.indexer);
            self.packets += 1;
        }
        self.flush(false);
    }

    /// Tells the dissector the time, as the capture counts it. `true` where that told something new.
    fn idle(&mut self, ahead: &BackgroundReader) -> bool {
        let Some(time) = ahead.time() else { return false };
        self.dissector.idle(time, &mut self.indexer);
        let news = self.indexer.pending() > 0;
        self.flush(false);
        news
    }

    fn flush(&mut self, finished: bool) {
        let read = self.read.load(Ordering::Relaxed);
        self.indexer.flush(Progress { packets: self.packets, read, total: self.total, finished });
    }
}
