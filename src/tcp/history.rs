//! The last bytes handed on, so that a second copy of them can be compared with the first.
//!
//! In: runs as they are handed on, and later copies. Out: where a copy differs. One ring for all connections holds what
//! came within the last [`SPAN`] bytes of the capture; older runs are forgotten, whoever sent them, so that the answer
//! is the same however connections are spread over threads.

use std::collections::VecDeque;

use super::patience::Now;
use super::waiting::{Placed, first_difference};
use crate::base::At;
use crate::base::number::{distance, narrow, wide};

/// How far back copies are compared, bytes of the capture: some hundred packets, which is where almost all
/// retransmissions are, and small enough to stay in a core's cache.
pub const SPAN: u64 = 1 << 20;

/// Runs of one direction looked at for one copy.
const STEPS: usize = 256;

/// Bytes of the capture after which is forgotten again: seldom, since to let go of one run is as much work as of many.
const EVERY: u64 = SPAN / 16;

/// The ring.
#[derive(Debug, Default)]
pub struct History {
    bytes: VecDeque<u8>,
    /// Index of the first of them among all bytes ever kept.
    begin: u64,
    runs: VecDeque<Kept>,
    /// Where the capture was when the last of them were forgotten.
    looked: u64,
    /// Runs forgotten so far; the number of a run is its place among all, from 1.
    forgotten: u64,
}

/// The newest run of one direction, a number in [`History`]; 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Newest(u64);

#[derive(Debug)]
struct Kept {
    /// Where the capture was.
    position: u64,
    offset: i64,
    /// Index of its first byte among all bytes ever kept.
    start: u64,
    len: usize,
    at: At,
    /// The run of the same direction before it.
    before: Newest,
}

impl History {
    /// `new` is handed on.
    pub fn keep(&mut self, new: &Placed<'_>, now: &Now, newest: &mut Newest) {
        if now.position.saturating_sub(self.looked) > EVERY {
            self.forget(now);
        }
        let start = self.begin + wide(self.bytes.len());
        let bytes = new.chunk.bytes;
        self.bytes.extend(bytes);
        let kept = Kept {
            position: now.position,
            offset: new.offset,
            start,
            len: bytes.len(),
            at: new.chunk.at,
            before: *newest,
        };
        self.runs.push_back(kept);
        *newest = Newest(self.forgotten + wide(self.runs.len()));
    }

    fn forget(&mut self, now: &Now) {
        self.looked = now.position;
        let many = self.runs.partition_point(|run| now.position.saturating_sub(run.position) > SPAN);
        self.runs.drain(..many);
        self.forgotten += wide(many);
        let end = self.begin + wide(self.bytes.len());
        let begin = self.runs.front().map_or(end, |oldest| oldest.start);
        self.bytes.drain(..narrow(distance(self.begin, begin)));
        self.begin = begin;
    }

    /// Offset of the first byte at which `copy` differs from what was handed on, as far as that is remembered.
    pub fn compare(&mut self, copy: &Placed<'_>, now: &Now, newest: Newest) -> Option<i64> {
        self.forget(now);
        let begin = self.begin;
        let mut at = newest;
        let mut difference = None;
        for _ in 0..STEPS {
            let Some(index) = at.0.checked_sub(self.forgotten + 1) else { break };
            let Some(run) = self.runs.get(narrow(index)) else { break };
            let from = narrow(distance(begin, run.start));
            let (one, two) = self.bytes.as_slices();
            let kept: Vec<u8>;
            let bytes = match (one.get(from..from + run.len), from.checked_sub(one.len())) {
                (Some(bytes), _) => bytes,
                (None, Some(from)) => two.get(from..from + run.len).unwrap_or_default(),
                (None, None) => {
                    kept = self.bytes.range(from..from + run.len).copied().collect();
                    &kept
                }
            };
            // The lowest difference is in the oldest run.
            difference = first_difference(run.offset, bytes, copy.offset, copy.chunk.bytes).or(difference);
            if run.offset <= copy.offset {
                break;
            }
            at = run.before;
        }
        difference
    }
}

impl History {
    /// Where the byte at `offset` arrived, as far as that is remembered.
    pub fn arrival(&mut self, offset: i64, now: &Now, newest: Newest) -> Option<At> {
        self.forget(now);
        let mut at = newest;
        for _ in 0..STEPS {
            let run = self.runs.get(narrow(at.0.checked_sub(self.forgotten + 1)?))?;
            if run.offset <= offset {
                return Some(run.at);
            }
            at = run.before;
        }
        None
    }
}

impl crate::base::pack::Pack for Newest {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Newest> {
        u64::unpack(from).map(Newest)
    }
}
