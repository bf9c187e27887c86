//! Reading a capture in the background.
//!
//! In: a capture. Out: a growing trace, and an [`Event`] now and then. One thread reads batches of packets, the other
//! dissects them; where nothing comes for a while the dissector is told, so that a live view shows what there is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::event::Event;
use super::holds::Holds;
use crate::base::Timestamp;
use crate::capture::{Batch, Capture};
use crate::dissect::{Dissector, Options};
use crate::trace::{Indexer, Progress};

/// Batches between the two threads: enough that neither waits for the other without need.
const AHEAD: usize = 3;

/// How often the picture may change because of what arrives.
const PICTURE: Duration = Duration::from_millis(40);

/// How long nothing comes before the dissector is told the time.
const SILENCE: Duration = Duration::from_millis(200);

enum Read {
    Batch(Batch),
    /// The end, and what is to be said of it.
    End(Vec<String>),
}

/// Reads a capture to its end into `indexer`. Returns when it is read, or nobody listens any more.
pub(super) fn feed(capture: Capture, options: Options, indexer: Indexer, events: &Sender<Event>) {
    let (batches, received) = sync_channel(AHEAD);
    let (used, recycled) = channel();
    let total = capture.total_size();
    let read = capture.progress();
    let reader = thread::Builder::new().name("capture".to_owned());
    if let Err(error) = reader.spawn(move || read_batches(capture, &batches, &recycled)) {
        // No thread, no capture: say so and leave the view usable.
        let _ = events.send(Event::Finished(vec![format!("cannot read: {error}")], Box::default()));
        return;
    }
    let mut work = Work { dissector: Dissector::new(options), indexer, total, read, packets: 0, time: None };
    work.all(&received, &used, events);
}

fn read_batches(mut capture: Capture, batches: &SyncSender<Read>, recycled: &Receiver<Batch>) {
    loop {
        let mut batch = recycled.try_recv().unwrap_or_default();
        let result = capture.next_batch(&mut batch);
        let read = match result {
            Ok(true) => Read::Batch(batch),
            Ok(false) => Read::End(capture.warnings().iter().map(ToString::to_string).collect()),
            Err(error) => {
                let error = error.to_string();
                Read::End(std::iter::once(error).chain(capture.warnings().iter().map(ToString::to_string)).collect())
            }
        };
        let end = matches!(read, Read::End(_));
        if batches.send(read).is_err() || end {
            return;
        }
    }
}

struct Work {
    dissector: Dissector,
    indexer: Indexer,
    total: Option<u64>,
    read: Arc<AtomicU64>,
    packets: u64,
    /// Time of the last packet, and when it came.
    time: Option<(Timestamp, Instant)>,
}

impl Work {
    fn all(&mut self, received: &Receiver<Read>, used: &Sender<Batch>, events: &Sender<Event>) {
        let mut told = Instant::now().checked_sub(PICTURE);
        let mut news = false;
        loop {
            match received.recv_timeout(if news { PICTURE } else { SILENCE }) {
                Ok(Read::Batch(batch)) => {
                    self.batch(&batch);
                    // The other end is gone when reading has ended: then the batch is only dropped.
                    let _ = used.send(batch);
                    news = true;
                }
                Ok(Read::End(lines)) => {
                    self.dissector.finish(&mut self.indexer);
                    self.flush(true);
                    let holds = Holds::from(&self.dissector.counts());
                    let _ = events.send(Event::Finished(lines, Box::new(holds)));
                    return;
                }
                Err(RecvTimeoutError::Timeout) => news |= self.idle(),
                Err(RecvTimeoutError::Disconnected) => return,
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
        let mut last = None;
        for packet in batch.packets() {
            self.indexer.packet(&packet);
            self.dissector.push(&packet, &mut self.indexer);
            self.packets += 1;
            last = Some(packet.time);
        }
        self.time = last.map(|time| (time, Instant::now())).or(self.time);
        self.flush(false);
    }

    /// Tells the dissector the time, as the capture counts it. `true` where that told something new.
    fn idle(&mut self) -> bool {
        let Some((time, came)) = self.time else { return false };
        let since = i64::try_from(came.elapsed().as_nanos()).unwrap_or(i64::MAX);
        self.dissector.idle(Timestamp(time.0.saturating_add(since)), &mut self.indexer);
        let news = self.indexer.pending() > 0;
        self.flush(false);
        news
    }

    fn flush(&mut self, finished: bool) {
        let read = self.read.load(Ordering::Relaxed);
        self.indexer.flush(Progress { packets: self.packets, read, total: self.total, finished });
    }
}
