//! The rows that a filter shows: found on threads of their own, and there as they are found, in the order of the list.
//!
//! In: the rows of a list in their order, and a filter. Out: which of them are shown, a bit a row, and for any of them the
//! place among those that are: by counts of bits, a count for each 4,096 rows. Each thread takes the next rows there are, as
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
use crate::filter::traced::Traced;
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

/// Which rows are shown.
#[derive(Debug, Default)]
struct Picked {
    words: Vec<u64>,
    /// Rows shown before each block.
    before: Vec<u64>,
    /// Rows decided on.
    decided: u64,
    /// Rows shown.
    shown: u64,
}

impl Picked {
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

    /// How many rows before this one are shown.
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

/// A filter, and what it has shown so far of the rows of a list.
pub struct Filtered {
    /// The filter.
    pub filter: Filter,
    /// What a row is, and whose they are.
    pub base: (Kind, Option<SocketId>),
    picked: RwLock<Picked>,
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
    pub fn new(filter: Filter, rows: &Rows) -> Filtered {
        Filtered {
            filter,
            base: (rows.kind, rows.only),
            picked: RwLock::default(),
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
        self.read().decided
    }

    /// How many of the rows before this one are shown.
    #[must_use]
    pub fn rank(&self, row: u64) -> u64 {
        self.read().rank(row)
    }

    /// The row that is shown after so many others.
    #[must_use]
    pub fn nth(&self, index: u64) -> Option<u64> {
        self.read().nth(index)
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
                let shown = self.read().shown;
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

    /// How many threads are of use.
    fn threads(&self, trace: &Shared) -> usize {
        let trace = trace.read();
        let left = self.left(&trace);
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
    fn work(&self, desk: &Mutex<Desk>, trace: &Shared, store: &dyn ReadAt, mut done: impl FnMut()) {
        let mut traced = Traced::new(&self.filter);
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
            drop(guard);
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
            desk.waiting.insert(taken.start, Piece::of(&decided));
            let mut picked = self.picked.write().unwrap_or_else(PoisonError::into_inner);
            while let Some(piece) = desk.waiting.remove(&picked.decided) {
                piece.shown().for_each(|shown| picked.push(shown));
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

/// What was decided on rows that follow each other: a bit each.
struct Piece {
    rows: usize,
    words: Vec<u64>,
}

impl Piece {
    fn of(decided: &[bool]) -> Piece {
        let word = |bits: &[bool]| bits.iter().rev().fold(0, |word, bit| word << 1 | u64::from(*bit));
        Piece { rows: decided.len(), words: decided.chunks(64).map(word).collect() }
    }

    fn shown(&self) -> impl Iterator<Item = bool> {
        self.words.iter().flat_map(|word| (0..64).map(move |bit| word >> bit & 1 == 1)).take(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_those_of_a_plain_list(rows in proptest::collection::vec(proptest::bool::weighted(0.3), 0..9000)) {
            let mut picked = Picked::default();
            rows.iter().for_each(|shown| picked.push(*shown));
            let plain: Vec<u64> = (0..).zip(&rows).filter(|(_, shown)| **shown).map(|(row, _)| row).collect();
            prop_assert_eq!(picked.shown, wide(plain.len()));
            for at in [0, 1, 63, 64, 4095, 4096, 4097, 8999] {
                prop_assert_eq!(picked.nth(at), plain.get(narrow(at)).copied());
                prop_assert_eq!(picked.rank(at), wide(plain.iter().filter(|row| **row < at.min(wide(rows.len()))).count()));
            }
        }
    }
}
