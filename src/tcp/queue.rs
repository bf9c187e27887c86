//! Connections that wait for something, the longest first.
//!
//! In: since when a connection waits. Out: those whose wait is over. What comes out depends on each connection's own wait
//! and on no other's, so that it is the same however connections are spread over threads.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::patience::{Now, Patience};
use super::table::SlotId;
use crate::base::{ConnectionId, Timestamp};

/// A queue. Packet, position and time rise together, so the one that began first is over first.
#[derive(Debug, Default)]
pub(super) struct Queue(BinaryHeap<Reverse<Entry>>);

/// Packet and connection, which order it; slot, position and time.
type Entry = (u64, ConnectionId, u32, u64, Timestamp);

impl Queue {
    pub(super) fn push(&mut self, since: &Now, (slot, id): SlotId) {
        self.0.push(Reverse((since.packet, id, slot, since.position, since.time)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes one whose wait is over.
    #[inline]
    pub(super) fn due(&mut self, patience: &Patience, now: &Now) -> Option<SlotId> {
        let Reverse((packet, id, slot, position, time)) = *self.0.peek()?;
        if !patience.is_over(&Now { packet, position, time }, now) {
            return None;
        }
        self.0.pop();
        Some((slot, id))
    }
}
