//! Connections that are over, and whose records wait for keys yet.
//!
//! In: connections as they end, while more keys may come (a key log that grows beside a live capture or a pipe). Out: the same,
//! once keys have come, or when the time is over in which they may, or others need the room. So a short connection is read
//! although its program writes its secrets a little later. What is kept is sealed as it came, and bounded by
//! [`limits::TLS_AFTERLIFE_BYTES`].

use std::collections::VecDeque;

use super::stack::Stack;
use crate::base::limits;
use crate::tcp::{Info, Now};

/// Those connections, in the order in which they ended.
#[derive(Debug, Default)]
pub(super) struct Afterlife {
    kept: VecDeque<Kept>,
    bytes: usize,
    /// One was kept that nobody has looked at since: its keys may have come as it ended.
    pub(super) is_new: bool,
}

/// One that is over.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) info: Info,
    pub(super) stack: Stack,
    bytes: usize,
}

impl Kept {
    /// It takes so many bytes.
    pub(super) fn new(info: Info, stack: Stack, bytes: usize) -> Kept {
        Kept { info, stack, bytes: bytes + size_of::<Kept>() }
    }
}

impl Afterlife {
    /// There is none.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// One more is over.
    pub(super) fn keep(&mut self, kept: Kept) {
        self.is_new = true;
        self.bytes += kept.bytes;
        self.kept.push_back(kept);
    }

    /// The oldest, where they take more than they may.
    pub(super) fn gives_way(&mut self) -> Option<Kept> {
        if self.bytes > limits::TLS_AFTERLIFE_BYTES { self.oldest() } else { None }
    }

    /// The oldest, where no keys are awaited for it any more.
    pub(super) fn is_late(&mut self, now: &Now) -> Option<Kept> {
        let ended = self.kept.front()?.info.last.time;
        if now.time.since(ended) > limits::TLS_AFTERLIFE_NANOSECONDS { self.oldest() } else { None }
    }

    /// All of them: they are looked at, and those that still wait are kept again.
    pub(super) fn take(&mut self) -> VecDeque<Kept> {
        self.bytes = 0;
        std::mem::take(&mut self.kept)
    }

    fn oldest(&mut self) -> Option<Kept> {
        let kept = self.kept.pop_front()?;
        self.bytes = self.bytes.saturating_sub(kept.bytes);
        Some(kept)
    }
}
