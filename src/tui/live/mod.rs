//! The inspector on a live capture: what it says of it, and the question what becomes of it.
//!
//! In: a capture that another thread makes, with its counts. Out: the inspector as ever, with rates and losses in its
//! head, and a file, if somebody wants one: what was captured lies in a spool without a name, which is gone at the end
//! unless it is kept. The view only reads what [`Event::Live`] brought; one thread asks the clock, one copies.

pub(super) mod capture;
pub(super) mod keep;
pub(super) mod status;

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use super::event::Event;
use super::inspector::Inspector;
use super::memory::Memory;
use super::start::{Error, Options, configuration, configure};
use super::state::State;
use super::theme::Theme;
use super::{reader, run, text};
use crate::capture::Capture;
use crate::capture::live::{GrowingFile, Watch};
use crate::trace::{Indexer, Shared};
use capture::LiveCapture;
use status::{Rates, Status};

/// How often counts are looked at.
const TICK: Duration = Duration::from_millis(250);

/// A live capture, to be shown.
pub struct Live {
    /// What it writes, being read.
    pub capture: Capture,
    /// The same, to go back to.
    pub trail: GrowingFile,
    /// Its counts.
    pub watch: Watch,
    /// The file it is kept in, where one was asked for.
    pub kept: Option<String>,
}

/// Shows a live capture until the user leaves.
///
/// # Errors
/// [`Error::Terminal`] where the terminal cannot be used.
pub fn watch(live: Live, options: Options) -> Result<(), Error> {
    let Live { capture, trail, watch, kept } = live;
    let indexer = Indexer::new();
    let name = text::safe(capture.file());
    let mut state = State::new(indexer.shared(), Arc::new(trail.clone()), name, Theme::dark());
    configure(&mut state, &options, &configuration());
    state.follow = true;
    let live = LiveCapture { status: Status::default(), trail, watch: watch.clone(), kept, saved: 0 };
    state.live = Some(live);
    let trace = indexer.shared();
    run::show(Inspector::new(state), Memory::of_user(), move |events| {
        let ticks = events.clone();
        thread::spawn(move || tick(&watch, &trace, &ticks));
        reader::feed(capture, &options, indexer, &events);
    })?;
    Ok(())
}

/// Tells counts and rates until nobody listens.
fn tick(watch: &Watch, trace: &Shared, events: &Sender<Event>) {
    let mut rates = Rates::default();
    loop {
        let (counts, over) = (watch.counts(), watch.is_over());
        let mut status = rates.add(counts, trace.read().frames().count());
        (status.over, status.said) = (over, watch.said());
        // Once it is over nothing changes any more.
        if events.send(Event::Live(Box::new(status))).is_err() || over {
            return;
        }
        thread::sleep(TICK);
    }
}
