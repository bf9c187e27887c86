//! The rows that a filter shows: found on threads of their own, and there as they are found, in the order of the list.
//!
//! In: the rows of a list in their order, and a filter. Out: which of them are shown, a bit a row, and for any of them the
//! place among those that are: by counts of bits, a count for each 4,096 rows. Where heartbeats are folded, the first of each
//! run is shown and stands for all of it, and a second bit says which rows are in a run. Each thread takes the next rows there are, as
//! many as it decides on in a millisecond or two: so long at most waits who has new rows for the trace, or wants it to end.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::thread;
use std::time::{Duration, Instant};

use super::rows::{Kind, Rows};
use crate::base::SocketId;
use crate::base::number::{narrow, wide};
use crate::dissect::all_cores;
use crate::filter::Filter;
use crate::filter::heartbeat::Heartbeats;
use crate::filter::traced::{Decision, Traced};
use crate::trace::{Bytes, ReadAt, Shared, Trace};

/// Words of 64 bits for which there is a count.
const BLOCK: usize = 64;

/// Rows that a thread takes first: the first that are shown are seen at once.
const FIRST: u64 = 64;

/// The fewest and the most that it takes by and by.
const TAKEN: (u64, u64) = (16, 32 * 1024);

/// How long deciding on what was taken may last: less, and more are taken next time; more, and fewer are.
const LASTS: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(2));

/// So few rows are decided on by one thread before others have begun.
const ALONE: u64 = 16 * 1024;

/// As many threads as are of use: whoever reads payloads waits for memory then.
const THREADS: usize = 8;

/// How often it is said that there are more: while a screen is not full yet, and then.
const TELL: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(50));

/// As many rows as fill any screen.
const SCREEN: u64 = 256;

/// Some of the rows.
#[derive(Debug, Default)]
struct Bits {
    words: Vec<u64>,
    /// How many of them are before each block.
    before: Vec<u64>,
    /// Rows decided on.
    decided: u64,
    /// How many there are.
    shown: u64,
}

impl Bits {
    fn push(&mut self, shown: bool) {
        let bit = self.decided % 64;
        if bit == 0 {
            if self.words.len().is_multiple_of(BLOCK) {
                self.before.push(self.shown);
            }
            self.words.push(0);
        }
        if let Some(word) = self.words.last_mut() {
            *word |= u64::from(shown) << bit;
        }
        self.decided += 1;
        self.shown += u64::from(shown);
    }

    /// Whether a row is one of them.
    fn has(&self, row: u64) -> bool {
        self.words.get(narrow(row / 64)).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Changes each word of a range of rows, by its number and the bits of it that are in the range; what stands before each
    /// block is counted anew.
    fn change(&mut self, rows: Range<u64>, mut change: impl FnMut(usize, u64, u64) -> u64) {
        let Some(last) = rows.end.checked_sub(1).filter(|last| *last >= rows.start) else { return };
        for at in narrow(rows.start / 64)..=narrow(last / 64) {
            let Some(word) = self.words.get_mut(at) else { break };
            let start = wide(at) * 64;
            let above = u64::MAX << rows.start.saturating_sub(start).min(63);
            let below = u64::MAX >> (63 - (last - start).min(63));
            *word = change(at, *word, above & below);
        }
        let mut sum = 0;
        for (before, words) in self.before.iter_mut().zip(self.words.chunks(BLOCK)) {
            *before = sum;
            sum += words.iter().map(|bits| u64::from(bits.count_ones())).sum::<u64>();
        }
        self.shown = sum;
    }

    /// Adds those rows of `others` that are in a range.
    fn add(&mut self, others: &Bits, rows: Range<u64>) {
        self.change(rows, |at, word, within| word | others.words.get(at).unwrap_or(&0) & within);
    }

    /// Takes the rows of a range away.
    fn take(&mut self, rows: Range<u64>) {
        self.change(rows, |_, word, within| word & !within);
    }

    /// How many of the rows before this one are among them.
    fn rank(&self, row: u64) -> u64 {
        let row = row.min(self.decided);
        let word = narrow(row / 64);
        let block = word / BLOCK;
        let Some(before) = self.before.get(block) else { return self.shown };
        let whole = self.words.get(block * BLOCK..word).unwrap_or_default();
        let part = self.words.get(word).map_or(0, |bits| bits & !(u64::MAX << (row % 64)));
        before + whole.iter().map(|bits| u64::from(bits.count_ones())).sum::<u64>() + u64::from(part.count_ones())
    }

    /// The row that is shown after so many others.
    fn nth(&self, index: u64) -> Option<u64> {
        if index >= self.shown {
            return None;
        }
        let block = self.before.partition_point(|before| *before <= index).checked_sub(1)?;
        let mut left = index - self.before.get(block)?;
        for (at, bits) in self.words.iter().enumerate().skip(block * BLOCK) {
            let here = u64::from(bits.count_ones());
            if left >= here {
                left -= here;
                continue;
            }
            let mut bits = *bits;
            for _ in 0..left {
                bits &= bits - 1;
            }
            return Some(wide(at) * 64 + u64::from(bits.trailing_zeros()));
        }
        None
    }
}

/// Which rows are shown, and which of them stand for a run of heartbeats.
#[derive(Debug, Default)]
struct Picked {
    shown: Bits,
    /// Heartbeats that are folded: all of a run.
    folded: Bits,
    /// Rows that stand for a run.
    runs: u64,
    /// The last row is a heartbeat: the next one belongs to it. `Some(true)` where its run was unfolded.
    run: Option<bool>,
}

impl Picked {
    fn push(&mut self, decision: Decision, folds: bool) {
        let beats = folds && decision.matches && decision.heartbeat;
        let folded = beats && self.run != Some(true);
        let first = folded && self.run.is_none();
        self.runs += u64::from(first);
        self.shown.push(decision.matches && (!folded || first));
        self.folded.push(folded);
        match (beats, decision.matches) {
            (true, _) => self.run = Some(self.run == Some(true)),
            // What is not shown does not end a run.
            (false, matches) if matches => self.run = None,
            (false, _) => {}
        }
    }

    /// Of a row that stands for a run how many heartbeats are in it; 0 of others.
    fn run(&self, row: u64) -> u64 {
        if !self.folded.has(row) {
            return 0;
        }
        self.folded.rank(self.end(row)) - self.folded.rank(row)
    }

    /// The next row that is shown, or the first that is not decided on.
    fn end(&self, row: u64) -> u64 {
        self.shown.nth(self.shown.rank(row) + 1).unwrap_or(self.shown.decided)
    }

    /// Shows all of the run that a row stands for; gives how many rows that are.
    fn unfold(&mut self, row: u64) -> u64 {
        let count = self.run(row);
        if count == 0 {
            return 0;
        }
        let end = self.end(row);
        if end == self.shown.decided && self.run.is_some() {
            self.run = Some(true);
        }
        self.shown.add(&self.folded, row..end);
        self.folded.take(row..end);
        self.runs -= 1;
        count
    }
}

/// A filter, and what it has shown so far of the rows of a list.
pub struct Filtered {
    /// The filter.
    pub filter: Filter,
    /// Heartbeats are folded.
    pub folds: bool,
    /// What a row is, and whose they are.
    pub base: (Kind, Option<SocketId>),
    picked: RwLock<Picked>,
    /// What was heard in the rows decided on.
    heard: Mutex<Heartbeats>,
    /// A thread is at it.
    running: AtomicBool,
    /// Nobody wants to know any more.
    over: AtomicBool,
}

impl fmt::Debug for Filtered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.base, self.filter.text())
    }
}

impl PartialEq for Filtered {
    fn eq(&self, other: &Filtered) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Filtered {
    /// A filter that has shown nothing yet.
    #[must_use]
    pub fn new(filter: Filter, folds: bool, rows: &Rows) -> Filtered {
        Filtered {
            filter,
            folds,
            base: (rows.kind, rows.only),
            picked: RwLock::default(),
            heard: Mutex::default(),
            running: AtomicBool::new(false),
            over: AtomicBool::new(false),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Picked> {
        self.picked.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rows decided on.
    #[must_use]
    pub fn decided(&self) -> u64 {
        self.read().shown.decided
    }

    /// Rows shown that are no run of heartbeats.
    #[must_use]
    pub fn plain(&self) -> u64 {
        let picked = self.read();
        picked.shown.shown.saturating_sub(picked.runs)
    }

    /// Heartbeats that are folded.
    #[must_use]
    pub fn folded(&self) -> u64 {
        self.read().folded.shown
    }

    /// Of a row that stands for a run of heartbeats how many there are; 0 of others.
    #[must_use]
    pub fn run(&self, row: u64) -> u64 {
        self.read().run(row)
    }

    /// The first few rows of the run that a row stands for.
    #[must_use]
    pub fn rows_of_run(&self, row: u64, most: u64) -> Vec<u64> {
        let picked = self.read();
        let first = picked.folded.rank(row);
        (first..first + picked.run(row).min(most)).filter_map(|at| picked.folded.nth(at)).collect()
    }

    /// Shows all of the run that a row stands for; gives how many heartbeats that are.
    #[must_use]
    pub fn unfold(&self, row: u64) -> u64 {
        self.picked.write().unwrap_or_else(PoisonError::into_inner).unfold(row)
    }

    /// How many of the rows before this one are shown.
    #[must_use]
    pub fn rank(&self, row: u64) -> u64 {
        self.read().shown.rank(row)
    }

    /// The row that is shown after so many others.
    #[must_use]
    pub fn nth(&self, index: u64) -> Option<u64> {
        self.read().shown.nth(index)
    }

    /// It is wanted no more.
    pub fn stop(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Whether whoever asks is the one to go on with it.
    #[must_use]
    pub fn begin(&self) -> bool {
        !self.running.swap(true, Ordering::AcqRel)
    }

    /// Decides on all rows there are, and tells now and then that there are more.
    pub fn go_on(&self, trace: &Shared, store: &dyn ReadAt, mut tell: impl FnMut()) {
        let desk = Mutex::new(Desk { next: self.decided(), waiting: BTreeMap::new() });
        let more = self.threads(trace).saturating_sub(1);
        let mut told = Instant::now();
        let mut first = true;
        thread::scope(|scope| {
            for _ in 0..more {
                // Where there is no room for another thread, those that there are do all.
                let worker = || self.work(&desk, trace, store, || {});
                let _ = thread::Builder::new().name("filter".to_owned()).spawn_scoped(scope, worker);
            }
            self.work(&desk, trace, store, || {
                let shown = self.read().shown.shown;
                let pause = if shown < SCREEN { TELL.0 } else { TELL.1 };
                if told.elapsed() >= pause || first && shown > 0 {
                    (told, first) = (Instant::now(), false);
                    tell();
                }
            });
        });
        self.running.store(false, Ordering::Release);
        tell();
    }

    /// It has to know which rows are heartbeats.
    fn hears(&self) -> bool {
        self.folds || self.filter.asks_for_heartbeats()
    }

    /// How many threads are of use.
    fn threads(&self, trace: &Shared) -> usize {
        let trace = trace.read();
        let left = self.left(&trace);
        if self.hears() {
            // What came before says which are heartbeats.
            return 1;
        }
        // Messages that refer back are inflated in their order: two threads would do it twice.
        let inflates = self.filter.wants().message_payload && trace.messages().compressed() > 0;
        if left < ALONE || inflates { 1 } else { all_cores().min(THREADS) }
    }

    /// The rows that can be decided on: of the last frame the message may still be on its way.
    fn rows(&self, trace: &Trace) -> Rows {
        Rows { kind: self.base.0, only: self.base.1, frozen: Some(trace.settled()), shown: None }
    }

    /// How many rows there are to decide on.
    #[must_use]
    pub fn left(&self, trace: &Trace) -> u64 {
        self.rows(trace).len(trace).saturating_sub(self.decided())
    }

    /// Takes rows and decides on them until there are none left.
    fn work(&self, desk: &Mutex<Desk>, trace: &Shared, store: &dyn ReadAt, done: impl FnMut()) {
        if !self.hears() {
            return self.work_with(&mut Traced::new(&self.filter), desk, trace, store, done);
        }
        let heard = std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner));
        let mut traced = Traced::hearing(&self.filter, heard);
        self.work_with(&mut traced, desk, trace, store, done);
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = traced.heard();
    }

    fn work_with(
        &self,
        traced: &mut Traced,
        desk: &Mutex<Desk>,
        trace: &Shared,
        store: &dyn ReadAt,
        mut done: impl FnMut(),
    ) {
        let mut most = FIRST;
        let mut numbers = Vec::new();
        while !self.over.load(Ordering::Relaxed) {
            let began = Instant::now();
            let guard = trace.read();
            let rows = self.rows(&guard);
            let taken = desk.lock().unwrap_or_else(PoisonError::into_inner).take(most, rows.len(&guard));
            if taken.is_empty() {
                return;
            }
            let base = Rows { frozen: None, ..rows };
            numbers.clear();
            numbers.extend(taken.clone().map(|row| base.number(&guard, row).unwrap_or(0)));
            let bytes = Bytes::new(&guard, store);
            let decided = match base.kind {
                Kind::Frames => traced.frames(bytes, &numbers, &self.over),
                Kind::Messages => traced.messages(bytes, &numbers, &self.over),
            };
            let beats = match base.kind {
                _ if !self.folds => Vec::new(),
                Kind::Frames => numbers.iter().map(|number| traced.is_beating_frame(bytes, *number)).collect(),
                Kind::Messages => numbers.iter().map(|number| traced.is_beating_message(bytes, *number)).collect(),
            };
            drop(guard);
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
            desk.waiting.insert(taken.start, Piece::of(&decided, &beats));
            let mut picked = self.picked.write().unwrap_or_else(PoisonError::into_inner);
            while let Some(piece) = desk.waiting.remove(&picked.shown.decided) {
                piece.decisions().for_each(|decision| picked.push(decision, self.folds));
            }
            drop((picked, desk));
            done();
            let lasted = began.elapsed();
            if lasted < LASTS.0 {
                most = (most * 2).min(TAKEN.1);
            } else if lasted > LASTS.1 {
                most = (most / 2).max(TAKEN.0);
            }
        }
    }
}

/// Where threads take rows, and bring back what they decided on them.
struct Desk {
    /// The next row that nobody has taken.
    next: u64,
    /// By the first row of each: what waits for what comes before it.
    waiting: BTreeMap<u64, Piece>,
}

impl Desk {
    /// The next rows, `most` of them at most, of `all` that there are.
    fn take(&mut self, most: u64, all: u64) -> Range<u64> {
        let from = self.next;
        self.next = from.saturating_add(most).min(all).max(from);
        from..self.next
    }
}

/// What was decided on rows that follow each other: a bit each; and another, of those that are heartbeats to be folded.
struct Piece {
    rows: usize,
    words: Vec<u64>,
    beats: Vec<u64>,
}

impl Piece {
    fn of(decided: &[bool], beats: &[bool]) -> Piece {
        let word = |bits: &[bool]| bits.iter().rev().fold(0, |word, bit| word << 1 | u64::from(*bit));
        let words = |bits: &[bool]| bits.chunks(64).map(word).collect();
        Piece { rows: decided.len(), words: words(decided), beats: words(beats) }
    }

    fn decisions(&self) -> impl Iterator<Item = Decision> {
        let beats = self.beats.iter().copied().chain(std::iter::repeat(0));
        let both = self.words.iter().zip(beats);
        let decision = |word: u64, beats: u64, bit: u32| Decision {
            matches: word >> bit & 1 == 1,
            heartbeat: beats >> bit & 1 == 1,
        };
        both.flat_map(move |(word, beats)| (0..64).map(move |bit| decision(*word, beats, bit))).take(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_those_of_a_plain_list(rows in proptest::collection::vec(proptest::bool::weighted(0.3), 0..9000)) {
            let mut picked = Bits::default();
            rows.iter().for_each(|shown| picked.push(*shown));
            let plain: Vec<u64> = (0..).zip(&rows).filter(|(_, shown)| **shown).map(|(row, _)| row).collect();
            prop_assert_eq!(picked.shown, wide(plain.len()));
            for at in [0, 1, 63, 64, 4095, 4096, 4097, 8999] {
                prop_assert_eq!(picked.nth(at), plain.get(narrow(at)).copied());
                prop_assert_eq!(picked.rank(at), wide(plain.iter().filter(|row| **row < at.min(wide(rows.len()))).count()));
            }
        }
    }

    proptest! {
        #[test]
        fn runs_of_heartbeats_are_those_of_a_plain_list(
            rows in proptest::collection::vec((proptest::bool::weighted(0.7), proptest::bool::weighted(0.8), proptest::bool::weighted(0.02)), 0..700),
            opened in proptest::collection::vec(0_usize..60, 0..6),
            opened_at in 0_usize..700,
        ) {
            let decide = |(matches, heartbeat, faulty): (bool, bool, bool)| Decision { matches, heartbeat: heartbeat && !faulty };
            let mut picked = Picked::default();
            // The twin: of each row whether it is shown by itself, and the run it is in.
            let mut runs: Vec<(Vec<u64>, bool)> = Vec::new();
            let mut in_run = false;
            let mut alone = Vec::new();
            for (row, told) in (0_u64..).zip(&rows) {
                if row == wide(opened_at) {
                    for index in &opened {
                        if let Some((rows, open)) = runs.get_mut(*index) {
                            let count = if *open { 0 } else { wide(rows.len()) };
                            prop_assert_eq!(picked.unfold(rows[0]), count);
                            *open = true;
                        }
                    }
                }
                picked.push(decide(*told), true);
                match *told {
                    (true, true, false) if in_run => runs.last_mut().unwrap().0.push(row),
                    (true, true, false) => runs.push((vec![row], false)),
                    (true, ..) => alone.push(row),
                    (false, ..) => {}
                }
                in_run = if told.0 { told.1 && !told.2 } else { in_run };
            }
            let mut shown: Vec<(u64, u64)> = alone.into_iter().map(|row| (row, 0)).collect();
            for (rows, open) in &runs {
                if *open {
                    shown.extend(rows.iter().map(|row| (*row, 0)));
                } else {
                    shown.push((rows[0], wide(rows.len())));
                }
            }
            shown.sort_unstable();
            prop_assert_eq!(picked.shown.shown, wide(shown.len()));
            for (at, (row, count)) in (0_u64..).zip(&shown) {
                prop_assert_eq!(picked.shown.nth(at), Some(*row));
                prop_assert_eq!(picked.run(*row), *count);
            }
            let folded: u64 = shown.iter().map(|(_, count)| count).sum();
            prop_assert_eq!((picked.folded.shown, picked.runs), (folded, wide(shown.iter().filter(|(_, count)| *count > 0).count())));
        }
    }
}
