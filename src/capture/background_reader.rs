//! A capture read on a thread of its own, for captures whose bytes come when they come.
//!
//! In: a capture. Out: its batches, as soon as they are there, and its end. Who takes them may do something else while
//! nothing comes; a few batches go round, so a reader that is faster waits.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Batch, Capture, ReadError};
use crate::base::Timestamp;

/// Batches between the two threads: enough that neither waits for the other without need.
const AHEAD: usize = 3;

/// Takes what the thread has read.
#[derive(Debug)]
pub struct BackgroundReader {
    arrivals: Receiver<Arrival>,
    used: Sender<Batch>,
    /// Time of the last packet taken, and when it was.
    last: Option<(Timestamp, Instant)>,
}

/// What has come.
#[derive(Debug)]
pub enum Arrival {
    /// The next packets.
    Batch(Batch),
    /// The capture, which is over or could not be read on.
    End(Box<Capture>, Result<(), ReadError>),
    /// Nothing, so far.
    Silence,
}

impl BackgroundReader {
    /// Begins to read.
    ///
    /// # Errors
    /// There can be no more threads.
    pub fn start(capture: Capture) -> io::Result<BackgroundReader> {
        let (batches, arrivals) = sync_channel(AHEAD);
        let (used, spare) = channel();
        thread::Builder::new().name("capture".to_owned()).spawn(move || read(capture, &batches, &spare))?;
        Ok(BackgroundReader { arrivals, used, last: None })
    }

    /// What comes within `patience`; `None` where nothing will come any more.
    pub fn next(&mut self, patience: Duration) -> Option<Arrival> {
        match self.arrivals.recv_timeout(patience) {
            Ok(arrival) => {
                if let Arrival::Batch(batch) = &arrival
                    && let Some(packet) = batch.len().checked_sub(1).and_then(|last| batch.get(last))
                {
                    self.last = Some((packet.time, Instant::now()));
                }
                Some(arrival)
            }
            Err(RecvTimeoutError::Timeout) => Some(Arrival::Silence),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    /// The batch was worked on, and can be filled again.
    pub fn give_back(&self, batch: Batch) {
        // The other end is gone when reading has ended: then the batch is only dropped.
        let _ = self.used.send(batch);
    }

    /// What time it is where the capture is made: that of the last packet taken, and what has passed since.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        let (time, came) = self.last?;
        let since = i64::try_from(came.elapsed().as_nanos()).unwrap_or(i64::MAX);
        Some(Timestamp(time.0.saturating_add(since)))
    }
}

fn read(mut capture: Capture, batches: &SyncSender<Arrival>, spare: &Receiver<Batch>) {
    loop {
        let mut batch = spare.try_recv().unwrap_or_default();
        let arrival = match capture.next_batch(&mut batch) {
            Ok(true) => Arrival::Batch(batch),
            Ok(false) => break drop(batches.send(Arrival::End(Box::new(capture), Ok(())))),
            Err(error) => break drop(batches.send(Arrival::End(Box::new(capture), Err(error)))),
        };
        // The other end is gone where nobody wants more.
        if batches.send(arrival).is_err() {
            return;
        }
    }
}
