//! Sealed records of a connection that wait for their keys.
//!
//! In: records, in the order in which they came. Out: the same, when keys have come; those that came first, where there are more
//! than [`limits::TLS_WAITING_BYTES`] allow.

use std::collections::VecDeque;

use super::record::{Header, Record};
use crate::base::{At, Side, Sides, limits};

/// The records.
#[derive(Debug, Default)]
pub struct Waiting {
    records: VecDeque<(Side, Kept)>,
    /// What they take of memory.
    bytes: usize,
    /// How many they are, of each side.
    counts: Sides<usize>,
}

/// A record that is kept.
#[derive(Debug)]
pub struct Kept {
    header: Header,
    content: Vec<u8>,
    offset: u64,
    first: At,
    last: At,
}

impl Waiting {
    /// Nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Records of this side wait.
    #[must_use]
    pub fn has(&self, side: Side) -> bool {
        *self.counts.get(side) > 0
    }

    /// What they take of memory, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.bytes
    }

    /// Where the oldest arrived.
    #[must_use]
    pub fn oldest(&self) -> Option<At> {
        self.records.front().map(|(_, record)| record.last)
    }

    /// One more waits; what gives way to it is told: its side, and bytes of content.
    pub fn push(&mut self, side: Side, record: &Record<'_>, mut gives_way: impl FnMut(Side, usize)) {
        let Record { header, content, offset, first, last, .. } = *record;
        let record = Kept { header, content: content.to_vec(), offset, first, last };
        self.bytes += record.memory();
        *self.counts.get_mut(side) += 1;
        self.records.push_back((side, record));
        while self.bytes > limits::TLS_WAITING_BYTES
            && let Some((side, record)) = self.records.pop_front()
        {
            self.bytes -= record.memory();
            *self.counts.get_mut(side) -= 1;
            gives_way(side, record.content.len());
        }
    }

    /// All of them: nothing waits any more.
    pub fn take(&mut self) -> impl Iterator<Item = (Side, Kept)> + use<> {
        std::mem::take(self).records.into_iter()
    }
}

impl Kept {
    /// The record.
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        let Kept { header, offset, first, last, .. } = *self;
        Record { header, content: &self.content, offset, first, last, is_guess: false }
    }

    fn memory(&self) -> usize {
        size_of::<(Side, Kept)>() + self.content.len()
    }
}

crate::base::pack::pack_struct!(Waiting { records, bytes, counts });
crate::base::pack::pack_struct!(Kept { header, content, offset, first, last });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::number::wide;

    #[test]
    fn the_first_give_way_and_every_byte_is_accounted_for() {
        let content = vec![7; 16_000];
        let header = Header { content_type: 23, version: [3, 3], len: 16_000 };
        let mut waiting = Waiting::default();
        let mut gone = Vec::new();
        for number in 0..40 {
            let offset = number * 16_005;
            let at = At::default();
            let record = Record { header, content: &content, offset, first: at, last: at, is_guess: false };
            let side = if number % 2 == 0 { Side::A } else { Side::B };
            waiting.push(side, &record, |side, len| gone.push((side, len)));
            assert!(waiting.memory() <= limits::TLS_WAITING_BYTES);
        }
        assert_eq!(gone.first(), Some(&(Side::A, 16_000)));
        let left: Vec<u64> = waiting.take().map(|(_, kept)| kept.record().offset / 16_005).collect();
        assert_eq!(left, (wide(gone.len())..40).collect::<Vec<_>>());
        assert!(waiting.is_empty() && !waiting.has(Side::A) && !waiting.has(Side::B) && waiting.memory() == 0);
    }
}
