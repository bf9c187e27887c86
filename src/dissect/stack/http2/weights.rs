//! What the streams of a connection hold: asked after each segment, so it is added up as it changes.
//!
//! In: what one stream takes of memory, and its oldest byte that is held back. Out: the sum, and the oldest of all.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::PacketNumber;

/// What one stream holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Weight {
    /// Bytes of memory.
    pub(super) memory: usize,
    /// The packet of the oldest byte that is held back.
    pub(super) pending: Option<PacketNumber>,
}

/// What all of them hold.
#[derive(Debug, Default)]
pub(super) struct Weights {
    of: BTreeMap<u32, Weight>,
    memory: usize,
    pending: BTreeSet<(PacketNumber, u32)>,
}

impl Weights {
    /// A stream holds this now; nothing where it is gone.
    pub(super) fn set(&mut self, stream: u32, weight: Option<Weight>) {
        let before = match weight {
            Some(weight) => self.of.insert(stream, weight),
            None => self.of.remove(&stream),
        };
        if before == weight {
            return;
        }
        if let Some(Weight { memory, pending }) = before {
            self.memory -= memory;
            pending.map(|packet| self.pending.remove(&(packet, stream)));
        }
        if let Some(Weight { memory, pending }) = weight {
            self.memory += memory;
            self.pending.extend(pending.map(|packet| (packet, stream)));
        }
    }

    /// Bytes of memory of all.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// The packet of the oldest byte that any holds back.
    pub(super) fn pending(&self) -> Option<PacketNumber> {
        self.pending.first().map(|(packet, _)| *packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The slow twin looks at all of them.
        #[test]
        fn the_sums_are_those_of_all_streams(
            changes in proptest::collection::vec((0u32..6, proptest::option::of((0usize..9, proptest::option::of(0u64..9)))), 0..60),
        ) {
            let (mut weights, mut plain) = (Weights::default(), BTreeMap::new());
            for (stream, weight) in changes {
                let weight = weight.map(|(memory, pending)| Weight { memory, pending });
                weights.set(stream, weight);
                match weight {
                    Some(weight) => plain.insert(stream, weight),
                    None => plain.remove(&stream),
                };
                prop_assert_eq!(weights.memory(), plain.values().map(|weight| weight.memory).sum::<usize>());
                prop_assert_eq!(weights.pending(), plain.values().filter_map(|weight| weight.pending).min());
            }
        }
    }
}
