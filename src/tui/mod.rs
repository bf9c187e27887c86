//! Stage 12: the inspector.
//!
//! In: a capture and keys. Out: pictures on a terminal. [`State::update`] turns what happens into changes and effects,
//! [`State::settle`] looks up what is visible, [`view::draw`] draws it; only `run` and `terminal` touch the world. The
//! capture is read on a thread of its own and shown while it is read; nothing that arrives moves the selection.

pub mod event;
pub mod keys;
pub mod layout;
mod reader;
pub mod rows;
mod run;
pub mod scene;
pub mod state;
mod terminal;
#[cfg(test)]
mod tests;
pub mod text;
pub mod theme;
mod update;
pub mod view;

pub use event::{Effect, Event};
pub use state::State;

use std::path::Path;
use std::sync::Arc;

use crate::capture::{self, Capture, OpenError};
use crate::dissect;
use crate::trace::{Indexer, ReadAt};

use theme::Theme;

/// How the inspector is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Use colours.
    pub colour: bool,
    /// How to dissect.
    pub dissect: dissect::Options,
}

impl Default for Options {
    fn default() -> Options {
        Options { colour: true, dissect: dissect::Options::default() }
    }
}

/// Why the inspector could not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The capture cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The terminal cannot be used.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] std::io::Error),
}

/// Shows the capture at `path` (`-` is standard input; keys then come from the terminal itself) until the user leaves.
///
/// # Errors
/// [`Error::Open`], before the terminal is touched; [`Error::Terminal`] where it cannot be used.
pub fn run(path: &Path, options: Options) -> Result<(), Error> {
    let capture = open(path)?;
    let indexer = Indexer::new();
    let state = start(&capture, &indexer, &options);
    run::show(state, move |events| reader::feed(capture, options.dissect, indexer, &events))?;
    Ok(())
}

fn open(path: &Path) -> Result<Capture, OpenError> {
    capture::open(path, &capture::Options { spool: true, ..capture::Options::default() })
}

fn start(capture: &Capture, indexer: &Indexer, options: &Options) -> State {
    let name = Path::new(capture.file()).file_name().map_or(capture.file().to_owned(), |n| n.to_string_lossy().into());
    let name = if name == "-" { "standard input".to_owned() } else { text::safe(&name) };
    let store: Arc<dyn ReadAt> = match capture.store() {
        Some(store) => Arc::new(store),
        None => Arc::new(Vec::new()),
    };
    let theme = if options.colour { Theme::dark() } else { Theme::plain() };
    State::new(indexer.shared(), store, name, theme)
}
