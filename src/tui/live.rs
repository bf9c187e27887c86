//! The inspector on a live capture: what it says of it, and the question what becomes of it.
//!
//! In: a capture that another thread makes, with its counts. Out: the inspector as ever, with rates and losses in its
//! head, and a file, if somebody wants one: what was captured lies in a spool without a name, which is gone at the end
//! unless it is kept. The view only reads what [`Event::Live`] brought; one thread asks the clock, one copies.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::KeyCode;

use super::edit::Edit;
use super::event::{Effect, Event};
use super::keys::Chord;
use super::state::{Overlay, State};
use super::theme::Theme;
use super::{Error, Options, configuration, configure, reader, run, text};
use crate::capture::Capture;
use crate::capture::live::watch::Counts;
use crate::capture::live::{GrowingFile, Watch};
use crate::trace::{Indexer, Shared};

/// How often counts are looked at.
const TICK: Duration = Duration::from_millis(250);

/// Ticks that rates are counted over: a second.
const TICKS: usize = 4;

/// Bars of the sparkline: one for each second.
const BARS: usize = 16;

/// How long a capture that was told to end may take to write its last block.
const PATIENCE: Duration = Duration::from_secs(3);

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

/// What the state knows of a live capture.
#[derive(Debug, Clone)]
pub struct View {
    /// What was counted last.
    pub status: Status,
    /// Where the packets lie.
    trail: GrowingFile,
    watch: Watch,
    /// The file they are kept in from the start.
    kept: Option<String>,
    /// Packets there were when the spool was last kept.
    saved: u64,
}

/// Counts and rates at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// What was counted.
    pub counts: Counts,
    /// Packets, bytes and frames in the last second.
    pub rates: [u64; 3],
    /// Frames in each of the last seconds, the latest last.
    pub bars: Vec<u64>,
    /// The capture has ended.
    pub over: bool,
    /// What happened to interfaces and files.
    pub said: Vec<String>,
}

/// What is kept, and whether that ends the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// The file to make.
    pub file: String,
    /// Leave afterwards.
    pub leave: bool,
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
    let view = View { status: Status::default(), trail, watch: watch.clone(), kept, saved: 0 };
    state.live = Some(view);
    let trace = indexer.shared();
    run::show(state, move |events| {
        let ticks = events.clone();
        thread::spawn(move || tick(&watch, &trace, &ticks));
        reader::feed(capture, options.dissect, indexer, &events);
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

/// Counts of the last second, and of each second before.
#[derive(Debug, Default)]
struct Rates {
    last: VecDeque<[u64; 3]>,
    bars: VecDeque<u64>,
    ticks: usize,
}

impl Rates {
    fn add(&mut self, counts: Counts, frames: u64) -> Status {
        let now = [counts.packets, counts.bytes, frames];
        let before = self.last.front().copied().unwrap_or(now);
        let [packets, bytes, frames] = now;
        let [packets_before, bytes_before, frames_before] = before;
        let rates = [packets - packets_before, bytes - bytes_before, frames.saturating_sub(frames_before)];
        self.last.push_back(now);
        if self.last.len() > TICKS {
            self.last.pop_front();
        }
        if self.ticks.is_multiple_of(TICKS) {
            self.bars.push_back(0);
        }
        self.ticks += 1;
        if let Some(bar) = self.bars.back_mut() {
            *bar = rates[2];
        }
        if self.bars.len() > BARS {
            self.bars.pop_front();
        }
        Status { counts, rates, bars: self.bars.iter().copied().collect(), ..Status::default() }
    }
}

/// The last seconds as bars of eight heights.
#[must_use]
pub fn sparkline(bars: &[u64]) -> String {
    const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = bars.iter().copied().max().unwrap_or(0).max(1);
    let height = |bar: &u64| match usize::try_from(u128::from(*bar) * 7 / u128::from(most)).unwrap_or(0) {
        0 if *bar > 0 => 1,
        height => height,
    };
    bars.iter().filter_map(|bar| HEIGHTS.get(height(bar))).collect()
}

impl State {
    /// Leaves, or asks first what becomes of what was captured.
    pub(super) fn leave(&mut self) -> Vec<Effect> {
        match &self.live {
            Some(live) if live.kept.is_none() && live.watch.counts().packets > live.saved => {
                self.overlay = Some(Overlay::Keep(None));
                Vec::new()
            }
            _ => vec![Effect::Quit],
        }
    }

    /// A key while the question what to keep stands: `None` where its answer was not yet, else the name being typed.
    pub(super) fn keep_key(&mut self, edit: Option<Edit>, chord: Chord) -> Vec<Effect> {
        let interrupt = chord.control && chord.code == KeyCode::Char('c');
        match (edit, chord.code) {
            (_, KeyCode::Esc) => return Vec::new(),
            (None, KeyCode::Char('n')) => return vec![Effect::Quit],
            (None, _) if interrupt => return vec![Effect::Quit],
            (_, _) if interrupt => return Vec::new(),
            (None, KeyCode::Char('y' | 'k') | KeyCode::Enter) => {
                let name = super::copy::file_name(&format!("sockeye-{}", self.name), "pcapng");
                self.overlay = Some(Overlay::Keep(Some(Edit::new(name))));
            }
            (None, _) => self.overlay = Some(Overlay::Keep(None)),
            (Some(edit), KeyCode::Enter) if !edit.text().trim().is_empty() => {
                self.message = Some("writing …".to_owned());
                return vec![Effect::Keep(Keep { file: edit.text().trim().to_owned(), leave: true })];
            }
            (Some(mut edit), _) => {
                edit.key(chord);
                self.overlay = Some(Overlay::Keep(Some(edit)));
            }
        }
        Vec::new()
    }

    /// Keeps what was captured so far in a file, and goes on.
    pub(super) fn keep(&mut self, file: String) -> Vec<Effect> {
        if self.live.is_some() {
            return vec![Effect::Keep(Keep { file, leave: false })];
        }
        self.message = Some("nothing is being captured; the file is there already".to_owned());
        Vec::new()
    }

    /// Takes up new counts.
    pub(super) fn told(&mut self, status: Status) -> Vec<Effect> {
        if let Some(said) = status.said.last() {
            self.message = Some(text::safe(said));
        }
        if let Some(live) = &mut self.live {
            live.status = status;
        }
        Vec::new()
    }

    /// A file was kept, or not.
    pub(super) fn was_kept(&mut self, keep: Keep, result: Result<u64, String>) -> Vec<Effect> {
        let Some(live) = &mut self.live else { return Vec::new() };
        match result {
            Ok(packets) => {
                live.saved = packets;
                self.message = Some(format!("kept in {}", text::safe(&keep.file)));
                if keep.leave { vec![Effect::Quit] } else { Vec::new() }
            }
            Err(wrong) => {
                self.message = Some(text::safe(&wrong));
                if keep.leave {
                    self.overlay = Some(Overlay::Keep(Some(Edit::new(keep.file))));
                }
                Vec::new()
            }
        }
    }
}

/// Copies the spool to a new file on a thread of its own, and tells how that went.
pub(super) fn keep(view: &View, keep: Keep, events: Sender<Event>) {
    let (trail, watch) = (view.trail.clone(), view.watch.clone());
    thread::spawn(move || {
        let result = kept_in(&keep, &trail, &watch);
        let result = result.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => format!("{} is there already; choose another name", keep.file),
            io::ErrorKind::PermissionDenied => format!(
                "{} cannot be written: root was given up, and writing is confined to the folder this was started in; \
                 `-w FILE` at the start keeps packets anywhere",
                keep.file
            ),
            _ => format!("{} cannot be written: {error}", keep.file),
        });
        // Nobody listens after the end.
        let _ = events.send(Event::Kept(keep, result));
    });
}

/// Copies the spool; how many packets are kept. A name that cannot be used does not end the capture: whoever asked may
/// change their mind.
fn kept_in(keep: &Keep, trail: &GrowingFile, watch: &Watch) -> io::Result<u64> {
    let mut file = File::create_new(&keep.file)?;
    if keep.leave {
        watch.stop();
        let start = Instant::now();
        while !watch.is_over() && start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(5));
        }
    }
    let packets = watch.counts().packets;
    let copied = trail.copy_to(&mut file);
    if copied.is_err() {
        // Half a copy is of no use, and its name is wanted for the next try.
        let _ = std::fs::remove_file(&keep.file);
    }
    copied.map(|_| packets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_share() {
        assert_eq!(sparkline(&[0, 1, 50, 100]), "▁▂▄█");
        assert_eq!(sparkline(&[0, 0]), "▁▁");
        assert_eq!(sparkline(&[u64::MAX]), "█");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn rates_count_the_last_second() {
        let mut rates = Rates::default();
        let at = |packets| Counts { packets, bytes: 100 * packets, ..Counts::default() };
        assert_eq!(rates.add(at(0), 0).rates, [0, 0, 0]);
        for (packets, frames) in [(10, 5), (20, 10), (30, 15)] {
            rates.add(at(packets), frames);
        }
        assert_eq!(rates.add(at(40), 20).rates, [40, 4000, 20]);
        let later = rates.add(at(40), 20);
        assert_eq!((later.rates, later.bars.len()), ([30, 3000, 15], 2));
    }
}
