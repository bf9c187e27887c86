//! What is to be done outside, done: files written, searches begun, the terminal told.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::thread;

use super::draw;
use super::effect::Effect;
use super::event::Event;
use super::inspector::Inspector;
use super::live::capture::LiveCapture;
use super::live::keep::Keep;
use super::search::{Search, search};
use super::terminal::Screen;
use super::writing::Write;
use crate::trace::{ReadAt, Shared};

/// What effects work on.
pub(super) struct World {
    pub(super) screen: Screen,
    sender: Sender<Event>,
    /// The number of the newest search.
    newest: Arc<AtomicU64>,
}

impl World {
    /// Effects on this screen; what comes of them later is sent.
    pub(super) fn new(screen: Screen, sender: Sender<Event>) -> World {
        World { screen, sender, newest: Arc::default() }
    }

    /// Does what an update asks for; `false` to leave.
    pub(super) fn apply(&mut self, effect: Effect, inspector: &mut Inspector) -> io::Result<bool> {
        match effect {
            Effect::Quit => return Ok(false),
            Effect::Suspend => self.screen.suspend()?,
            Effect::Mouse(on) => self.screen.set_mouse(on)?,
            Effect::Send(bytes) => self.screen.send(&bytes)?,
            Effect::Redraw => self.screen.forget(),
            Effect::Search(search) => {
                start_search(
                    inspector.state.trace.clone(),
                    inspector.state.store.clone(),
                    search,
                    &self.newest,
                    self.sender.clone(),
                )?;
            }
            Effect::LeaveOff(number) => self.newest.store(number, Ordering::Relaxed),
            Effect::Keep(keep) => {
                if let Some(live) = &inspector.state.live {
                    start_keeping(live.clone(), keep, self.sender.clone());
                }
            }
            Effect::Write(write) => {
                inspector.update(Event::Wrote(write_file(&write)));
            }
            Effect::Picture(file) => {
                inspector.settle(self.screen.size()?);
                let bytes = draw::picture(inspector).into_bytes();
                let what = "this screen".to_owned();
                inspector.update(Event::Wrote(write_file(&Write { what, file, bytes })));
            }
        }
        Ok(true)
    }
}

/// Starts a search on a thread of its own. What it finds comes as events.
fn start_search(
    trace: Shared,
    store: Arc<dyn ReadAt>,
    wanted: Search,
    newest: &Arc<AtomicU64>,
    events: Sender<Event>,
) -> io::Result<()> {
    newest.store(wanted.number, Ordering::Relaxed);
    let newest = newest.clone();
    thread::Builder::new().name("search".to_owned()).spawn(move || {
        search(&trace, &*store, &wanted, &newest, |outcome| {
            // Nobody listens any more when the view is closed.
            let _ = events.send(Event::Searched(wanted.number, outcome));
        });
    })?;
    Ok(())
}

/// Keeps what was captured on a thread of its own, and tells how that went.
fn start_keeping(live: LiveCapture, keep: Keep, events: Sender<Event>) {
    thread::spawn(move || {
        let result = live.keep(&keep);
        // Nobody listens after the end.
        let _ = events.send(Event::Kept(keep, result));
    });
}

/// Writes a new file in the current folder; one that is there already is left alone. Gives what to say of it.
fn write_file(write: &Write) -> String {
    let (stem, suffix) = write.file.rsplit_once('.').unwrap_or((&write.file, ""));
    for number in 1..100 {
        let name = if number == 1 { write.file.clone() } else { format!("{stem}-{number}.{suffix}") };
        let result = File::create_new(&name).and_then(|mut file| file.write_all(&write.bytes));
        match result {
            Ok(()) => return format!("wrote {} to {name}", write.what),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return format!("cannot write {name}: {error}"),
        }
    }
    format!("cannot write {}: it and 98 more are there already", write.file)
}
