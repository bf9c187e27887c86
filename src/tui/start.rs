//! How the inspector begins: on a file, on a pipe that may not have begun, or for one picture.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;

use super::config::{self, Config};
use super::event::Event;
use super::inspector::Inspector;
use super::list_columns::ListColumn;
use super::memory::Memory;
use super::opening::{Late, Opening};
use super::run::show;
use super::state::{Grounds, State};
use super::theme::Theme;
use super::{draw, keys, reader, text};
use crate::capture::{self, Capture, OpenError, Source};
use crate::dissect;
use crate::filter::Saved;
use crate::output::Spec;
use crate::trace::{Address, Indexer, ReadAt};

/// How the inspector is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Use colours.
    pub colour: bool,
    /// The name of the theme, or [`Theme::AUTO`]; where there is none, the configuration says it.
    pub theme: Option<String>,
    /// How to dissect.
    pub dissect: dissect::Options,
    /// Threads that read and dissect a file.
    pub threads: usize,
    /// A display filter to begin with.
    pub filter: Option<String>,
    /// Where to begin.
    pub at: Option<Address>,
    /// Columns of the list, with commas between them; where there are none, the configuration says them.
    pub columns: Option<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            colour: true,
            theme: None,
            dissect: dissect::Options::default(),
            threads: dissect::all_cores(),
            filter: None,
            at: None,
            columns: None,
        }
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

/// Shows a capture (keys come from the terminal itself where it is standard input) until the user leaves.
///
/// # Errors
/// [`Error::Open`], before the terminal is touched; [`Error::Terminal`] where it cannot be used.
pub fn run(source: Source, options: Options) -> Result<(), Error> {
    let name = name_of(source.path());
    let opening = Opening::begin(source, spooled())?;
    let capture = opening.soon().transpose()?;
    let indexer = Indexer::new();
    let late = Arc::new(Late::default());
    let mut state = State::new(indexer.shared(), late.clone(), name, Theme::dark());
    configure(&mut state, &options, &configuration());
    state.waiting = capture.is_none();
    let mut memory = Memory::of_user();
    if let Some(capture) = &capture {
        late.set(store_of(capture));
        // A plain file is all there; of what else there is more comes.
        memory.recall(&mut state, capture.store().is_some_and(|store| !store.is_growing()));
    }
    if let Some(at) = options.at.clone() {
        state.go_to_address(at);
    }
    let (fail, failed) = channel();
    show(Inspector::new(state), memory, move |events| {
        let capture = match capture {
            Some(capture) => capture,
            None => match opening.wait() {
                Some(Ok(capture)) => {
                    late.set(store_of(&capture));
                    let _ = events.send(Event::Opened);
                    capture
                }
                Some(Err(error)) => {
                    let _ = fail.send(error);
                    let _ = events.send(Event::Terminate);
                    return;
                }
                None => return,
            },
        };
        reader::feed(capture, &options, indexer, &events);
    })?;
    failed.try_recv().map_or(Ok(()), |error| Err(error.into()))
}

fn spooled() -> capture::Options {
    capture::Options { spool: true, ..capture::Options::default() }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().map_or(path.to_string_lossy(), |name| name.to_string_lossy());
    if name == "-" { "standard input".to_owned() } else { text::safe(&name) }
}

fn store_of(capture: &Capture) -> Arc<dyn ReadAt> {
    match capture.store() {
        Some(store) => Arc::new(store),
        None => Arc::new(Vec::new()),
    }
}

/// The user's configuration; the usual one where there is none.
pub(super) fn configuration() -> Config {
    let file = config::folder().map(|folder| folder.join("config.toml"));
    let text = file.and_then(|file| std::fs::read_to_string(file).ok());
    text.map(|text| Config::read(&text)).unwrap_or_default()
}

/// Takes up what the user has chosen.
pub(super) fn configure(state: &mut State, options: &Options, config: &Config) {
    state.keys = config.keys.clone();
    state.time = config.time.unwrap_or(state.time);
    state.filter.text = options.filter.clone().unwrap_or_default();
    state.mouse = config.mouse.unwrap_or(true);
    let chosen = match &options.theme {
        Some(name) => Theme::named(name),
        None => config.theme,
    };
    state.theme = match chosen {
        _ if !options.colour => Theme::plain(),
        Some(theme) => config.themed(theme),
        None => {
            let themes = Grounds { dark: config.themed(Theme::dark()), light: config.themed(Theme::light()) };
            state.themes = Some(themes);
            themes.dark
        }
    };
    state.saved = config.saved.clone();
    state.arrangement.chosen = config.columns.clone();
    state.arrangement.rules = config.rules.clone();
    let asked = options.columns.as_deref().map(|columns| chosen_columns(columns, &config.saved));
    let wrong = match asked {
        Some(Ok(columns)) => {
            state.arrangement.chosen = Some(columns);
            None
        }
        asked => asked.and_then(Result::err),
    };
    state.message = wrong.as_ref().or(config.complaints.first()).map(|complaint| text::safe(complaint));
}

/// The columns of an option.
fn chosen_columns(text: &str, saved: &Saved) -> Result<Vec<ListColumn>, String> {
    let column = |spec: &Spec| {
        ListColumn::new(spec, None, saved).map_err(|wrong| format!("--columns: `{}`: {wrong}", spec.expression))
    };
    Spec::parse_all(text).iter().map(column).collect()
}

/// What is saved under names, and what is wrong with something that is, a line each.
#[must_use]
pub fn saved() -> (Saved, Vec<String>) {
    let config = configuration();
    let file = config::folder().map_or_else(String::new, |folder| folder.join("config.toml").display().to_string());
    let named = config.complaints.iter().filter(|complaint| complaint.contains(": $"));
    let placed = named.map(|complaint| complaint.replacen("config", &file, 1)).collect();
    (config.saved, placed)
}

/// The configuration in use, as a file would hold it, and what makes no sense in it.
#[must_use]
pub fn print_config() -> (String, Vec<String>) {
    let config = configuration();
    (config.print(), config.complaints)
}

/// Reads a capture to its end and gives the inspector, settled at a size. The user's
/// configuration does not count.
///
/// # Errors
/// [`OpenError`] where the capture cannot be opened.
pub fn load(source: Source, options: Options, size: (u16, u16)) -> Result<Inspector, OpenError> {
    let name = name_of(source.path());
    let capture = source.capture(&spooled())?;
    let indexer = Indexer::new();
    let mut state = State::new(indexer.shared(), store_of(&capture), name, Theme::dark());
    configure(&mut state, &options, &Config::default());
    // Nobody is asked what its ground is.
    state.themes = None;
    if let Some(at) = options.at.clone() {
        state.go_to_address(at);
    }
    let (events, heard) = channel();
    reader::feed(capture, &options, indexer, &events);
    drop(events);
    let mut inspector = Inspector::new(state);
    for event in heard {
        inspector.update(event);
    }
    inspector.settle(size);
    Ok(inspector)
}

/// Reads a capture to its end, presses keys (`jj<Enter><^d>`), and gives the screen as an SVG document.
/// The user's configuration does not count, so that the picture is the same everywhere.
///
/// # Errors
/// [`OpenError`] where the capture cannot be opened.
pub fn screenshot(source: Source, options: Options, size: (u16, u16), keys: &str) -> Result<String, OpenError> {
    let mut inspector = load(source, options, size)?;
    for chord in keys::script(keys) {
        inspector.press(chord, size);
    }
    Ok(draw::picture(&inspector))
}
