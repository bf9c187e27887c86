//! A set of byte positions as sorted runs that neither touch nor overlap.

use std::ops::Range;

/// Sorted, disjoint, never adjacent, never empty runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Runs(Vec<Range<u32>>);

impl Runs {
    /// Adds a run; runs that overlap or touch become one.
    pub(super) fn insert(&mut self, run: Range<u32>) {
        if run.is_empty() {
            return;
        }
        let first = self.0.partition_point(|other| other.end < run.start);
        let after = self.0.partition_point(|other| other.start <= run.end);
        let joined = self.0.get(first..after).unwrap_or_default();
        let start = joined.first().map_or(run.start, |other| other.start.min(run.start));
        let end = joined.last().map_or(run.end, |other| other.end.max(run.end));
        self.0.splice(first..after, std::iter::once(start..end));
    }

    /// The whole of `run` is in the set.
    pub(super) fn covers(&self, run: &Range<u32>) -> bool {
        let after = self.0.partition_point(|other| other.start <= run.start);
        let before = after.checked_sub(1).and_then(|i| self.0.get(i));
        run.is_empty() || before.is_some_and(|other| other.end >= run.end)
    }

    /// The runs, in order.
    pub(super) fn as_slice(&self) -> &[Range<u32>] {
        &self.0
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.0.capacity() * size_of::<Range<u32>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against one bit a position.
        #[test]
        fn runs_equal_a_bitmap(added in prop::collection::vec((0u32..64, 0u32..12), 0..24), asked in (0u32..64, 0u32..12)) {
            let mut runs = Runs::default();
            let mut bitmap = [false; 80];
            for (start, len) in added {
                runs.insert(start..start + len);
                for bit in start..start + len {
                    bitmap[bit as usize] = true;
                }
                let mut expected = Vec::new();
                let mut position = 0u32;
                for same in bitmap.chunk_by(|a, b| a == b) {
                    let end = position + same.len() as u32;
                    if same[0] {
                        expected.push(position..end);
                    }
                    position = end;
                }
                prop_assert_eq!(runs.as_slice(), &expected[..]);
            }
            let asked = asked.0..asked.0 + asked.1;
            prop_assert_eq!(runs.covers(&asked), asked.clone().all(|bit| bitmap[bit as usize]));
        }
    }
}
