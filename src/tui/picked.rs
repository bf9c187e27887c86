//! The rows that a filter shows: found one after the other on a thread of their own, and there as they are found.
//!
//! In: the rows of a list in their order, and a filter. Out: which of them are shown, a bit a row, and for any of them the
//! place among those that are: by counts of bits, a count for each 4,096 rows.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use super::rows::{Kind, Rows};
use crate::base::SocketId;
use crate::base::number::{narrow, wide};
use crate::filter::Filter;
use crate::filter::traced::Traced;
use crate::trace::{Bytes, ReadAt, Shared};

/// Words of 64 bits for which there is a count.
const BLOCK: usize = 64;

/// Rows decided on before the trace is let go for others: the first of them are seen at once.
const SLICE: u64 = 1024;

/// How often it is said that there are more.
const TELL: Duration = Duration::from_millis(50);

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
        let base = Rows { kind: self.base.0, only: self.base.1, frozen: None, shown: None };
        let mut traced = Traced::new(&self.filter);
        let mut told = Instant::now();
        let mut decided = Vec::new();
        loop {
            let guard = trace.read();
            let bytes = Bytes::new(&guard, store);
            let from = self.decided();
            let until = (from + SLICE).min(base.len(&guard));
            if from >= until || self.over.load(Ordering::Relaxed) {
                break;
            }
            decided.clear();
            decided.extend((from..until).map(|row| {
                let number = base.number(&guard, row).unwrap_or(0);
                match base.kind {
                    Kind::Frames => traced.frame(bytes, number),
                    Kind::Messages => traced.message(bytes, number),
                }
            }));
            drop(guard);
            let mut picked = self.picked.write().unwrap_or_else(PoisonError::into_inner);
            decided.iter().for_each(|shown| picked.push(*shown));
            drop(picked);
            if told.elapsed() >= TELL || from == 0 {
                told = Instant::now();
                tell();
            }
        }
        self.running.store(false, Ordering::Release);
        tell();
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
