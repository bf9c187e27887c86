//! Bytes of one side that are held until it is known what they are.
//!
//! In: chunks and gaps, in stream order. Out: the same as a [`Backlog`], and what the sender of each had received.

use crate::base::{Backlog, Chunk, Part, limits};

/// What is held of one side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Held {
    backlog: Backlog,
    /// What the sender of each part had received, if known.
    received: Vec<Option<u64>>,
}

impl Held {
    /// The bytes and gaps themselves.
    pub(super) fn backlog(&self) -> &Backlog {
        &self.backlog
    }

    /// The same, for who goes on with them.
    pub(super) fn into_backlog(self) -> Backlog {
        self.backlog
    }

    /// Bytes of memory that it takes, about.
    pub(super) fn cost(&self) -> usize {
        self.backlog.cost() + self.received.len() * size_of::<Option<u64>>()
    }

    /// More is held than `bytes`, or in more parts than are remembered.
    pub(super) fn is_over(&self, bytes: usize) -> bool {
        self.backlog.bytes().len() > bytes || self.backlog.part_count() > limits::HTTP_HELD_PARTS
    }

    /// What is held, in stream order, each part with what its sender had received.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Part<'_>, Option<u64>)> {
        self.backlog.parts().zip(self.received.iter().copied())
    }

    /// What is held behind the first `skip` bytes, without gaps.
    pub(super) fn after(&self, mut skip: usize) -> Held {
        let mut after = Held::default();
        for (part, received) in self.parts() {
            let Part::Bytes(chunk) = part else { continue };
            let passed = skip.min(chunk.bytes.len());
            skip -= passed;
            if passed < chunk.bytes.len() {
                after.push(chunk.after(passed), received);
            }
        }
        after
    }

    /// What is held behind the last gap.
    pub(super) fn after_gaps(&self) -> Held {
        let gaps = self.parts().filter(|(part, _)| matches!(part, Part::Gap(_))).count();
        let mut seen = 0;
        let mut after = Held::default();
        for (part, received) in self.parts() {
            match part {
                Part::Bytes(chunk) if seen == gaps => after.push(chunk, received),
                Part::Gap(_) => seen += 1,
                _ => {}
            }
        }
        after
    }

    /// What the sender of the first part had received, if known.
    pub(super) fn received_at_start(&self) -> Option<u64> {
        self.received.first().copied().flatten()
    }

    /// Holds bytes whose sender had received this.
    pub(super) fn push(&mut self, chunk: Chunk<'_>, received: Option<u64>) {
        self.push_part(Part::Bytes(chunk), received);
    }

    /// Holds a chunk or a gap whose sender had received this.
    pub(super) fn push_part(&mut self, part: Part<'_>, received: Option<u64>) {
        if self.backlog.push_part(part) {
            self.received.push(received);
        }
    }
}

crate::base::pack::pack_struct!(Held { backlog, received });
