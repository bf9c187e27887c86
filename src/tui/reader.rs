//! Reading a capture in the background.
//!
//! In: a capture. Out: a growing trace, and an [`Event`] now and then, until the capture is over or nobody listens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::contents::Contents;
use super::event::Event;
use super::start::Options;
use crate::capture::Capture;
use crate::dissect::{self, Driven, Sink, Told, Wants};
use crate::trace::{Indexer, Progress};

/// How often the picture may change because of what arrives.
const PICTURE: Duration = Duration::from_millis(40);

/// Reads a capture to its end into `indexer`. Returns when it is read, or nobody listens any more.
pub(super) fn feed(capture: Capture, options: &Options, indexer: Indexer, events: &Sender<Event>) {
    let (total, read) = (capture.total_size(), capture.progress());
    let mut view = View { indexer, total, read, packets: 0, shown: None, news: false, events, gone: false };
    let driven = dissect::drive(capture, &options.dissect, options.threads, &mut view);
    view.flush(true);
    let contents = Contents::from(&driven.counts);
    // Where nobody listens any more nobody wants to know.
    let _ = events.send(Event::Finished(lines(&driven), Box::new(contents)));
}

/// What is to be said of a capture that is over.
fn lines(driven: &Driven) -> Vec<String> {
    let error = driven.result.as_ref().err().map(ToString::to_string);
    let warnings = driven.capture.iter().flat_map(|capture| capture.warnings().iter().map(ToString::to_string));
    error.into_iter().chain(warnings).collect()
}

/// The sink: an index, and whoever shows it.
struct View<'e> {
    indexer: Indexer,
    total: Option<u64>,
    read: Arc<AtomicU64>,
    packets: u64,
    /// When it was last told to whoever shows it.
    shown: Option<Instant>,
    /// Something was told since.
    news: bool,
    events: &'e Sender<Event>,
    gone: bool,
}

impl View<'_> {
    fn flush(&mut self, finished: bool) {
        let read = self.read.load(Ordering::Relaxed);
        self.indexer.flush(Progress { packets: self.packets, read, total: self.total, finished });
    }

    fn caught_up(&mut self) {
        if !self.news {
            return;
        }
        if self.shown.is_none_or(|shown| shown.elapsed() >= PICTURE) {
            self.flush(false);
            self.gone = self.events.send(Event::Grown).is_err();
            self.shown = Some(Instant::now());
            self.news = false;
        }
    }
}

impl Sink for View<'_> {
    fn wants(&self) -> Wants {
        self.indexer.wants()
    }

    #[inline]
    fn tell(&mut self, told: &Told<'_>) {
        if let Told::CaughtUp = told {
            return self.caught_up();
        }
        self.news = true;
        self.packets += u64::from(matches!(told, Told::Packet(_)));
        self.indexer.tell(told);
    }

    fn is_done(&self) -> bool {
        self.gone
    }
}
