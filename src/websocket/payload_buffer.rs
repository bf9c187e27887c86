//! Payload bytes of a frame or message under way, kept to be shown.
//!
//! In: bytes as they come, up to a cap. Out: all of them, at its end. Where a connection is parked, those that came
//! so far go to a spill file of their own, once, and stay there until the end: a connection that is parked and brought
//! back for every segment of a long payload does not carry it along.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::pack::{Pack, pack_struct};
use crate::base::spill::{Place, Spill};

/// Fewer bytes are packed with their connection.
const LEAST: usize = 16 * 1024;

/// What is said of a payload that a failing disk did not give back.
pub(super) const LOST: &str = "what lay in a temporary file cannot be read back";

/// Reserved bytes that serve the next payload; more are given back.
const REUSED: usize = 64 * 1024;

/// Where payloads of connections that were parked lie; clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct SpilledPayloads(Arc<Mutex<Spill>>);

impl SpilledPayloads {
    fn spill(&self) -> MutexGuard<'_, Spill> {
        // What a thread that panicked left behind are places and a file still.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is brought back is told where they are.
impl Pack for SpilledPayloads {
    fn pack(&self, _: &mut Vec<u8>) {}

    fn unpack(_: &mut &[u8]) -> Option<SpilledPayloads> {
        Some(SpilledPayloads::default())
    }
}

/// The bytes of one payload.
#[derive(Debug, Default)]
pub(super) struct PayloadBuffer {
    bytes: Vec<u8>,
    spilled: Option<Box<Spilled>>,
}

/// The bytes before those at hand.
#[derive(Debug, Default)]
struct Spilled {
    places: Vec<Place>,
    len: usize,
    payloads: SpilledPayloads,
}

impl PayloadBuffer {
    fn len(&self) -> usize {
        self.bytes.len() + self.spilled.as_ref().map_or(0, |spilled| spilled.len)
    }

    /// Bytes of memory that it takes.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity()
    }

    /// Adds bytes, where there are fewer than `most`.
    pub(super) fn push(&mut self, bytes: &[u8], most: usize) {
        let room = most.saturating_sub(self.len());
        let bytes = bytes.get(..room).unwrap_or(bytes);
        let (len, capacity) = (self.bytes.len(), self.bytes.capacity());
        if len + bytes.len() > capacity {
            // Twice as much each time, as a vector does by itself, but no more than there can be.
            let wanted = (2 * capacity).min(most).max(len + bytes.len());
            self.bytes.reserve_exact(wanted - len);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// All of them; the first ones, and `false`, where a disk that fails did not give the others back.
    pub(super) fn take(&mut self) -> (Vec<u8>, bool) {
        let last = std::mem::take(&mut self.bytes);
        let Some(spilled) = self.spilled.take() else { return (last, true) };
        let (mut all, mut part, mut complete) = (Vec::with_capacity(spilled.len + last.len()), Vec::new(), true);
        let mut spill = spilled.payloads.spill();
        for place in spilled.places {
            complete &= spill.take(place, &mut part);
            if complete {
                all.extend_from_slice(&part);
            }
        }
        if complete {
            all.extend_from_slice(&last);
        }
        (all, complete)
    }

    /// The memory of what was taken serves the next payload, unless it is much.
    pub(super) fn reuse(&mut self, mut taken: Vec<u8>) {
        if taken.capacity() <= REUSED {
            taken.clear();
            self.bytes = taken;
        }
    }

    /// Its connection is parked.
    pub(super) fn park(&mut self, payloads: &SpilledPayloads) {
        if self.bytes.len() < LEAST {
            return;
        }
        // Where there is no room they are packed with their connection.
        let Ok(place) = payloads.spill().put(&self.bytes) else { return };
        let spilled = self.spilled.get_or_insert_default();
        spilled.places.push(place);
        spilled.len += self.bytes.len();
        spilled.payloads = payloads.clone();
        self.bytes = Vec::new();
    }

    /// Its connection was brought back.
    pub(super) fn unpark(&mut self, payloads: &SpilledPayloads) {
        if let Some(spilled) = &mut self.spilled {
            spilled.payloads = payloads.clone();
        }
    }
}

pack_struct!(Spilled { places, len, payloads });
pack_struct!(PayloadBuffer { bytes, spilled });

#[cfg(test)]
mod tests {
    use super::*;

    /// Parks it and brings it back.
    fn away(kept: &mut PayloadBuffer, payloads: &SpilledPayloads) -> usize {
        let mut packed = Vec::new();
        kept.park(payloads);
        kept.pack(&mut packed);
        *kept = PayloadBuffer::unpack(&mut packed.as_slice()).unwrap();
        kept.unpark(payloads);
        packed.len()
    }

    #[test]
    fn a_long_payload_is_not_carried_along() {
        let (payloads, mut kept, mut all) = (SpilledPayloads::default(), PayloadBuffer::default(), Vec::new());
        for part in 0..1000 {
            let bytes = vec![part as u8; 1448];
            kept.push(&bytes, 1_000_000);
            all.extend(bytes);
            assert!(away(&mut kept, &payloads) < LEAST + 1000);
        }
        all.truncate(1_000_000);
        assert!(kept.memory() < 2 * LEAST);
        assert!(payloads.spill().writes < 100);
        let (taken, complete) = kept.take();
        assert!(taken == all && complete);
        assert_eq!(kept.len(), 0);
        // Its places are free again.
        assert!(kept.take() == (Vec::new(), true));
    }

    #[test]
    fn no_more_is_reserved_than_can_come() {
        let mut kept = PayloadBuffer::default();
        for _ in 0..2000 {
            kept.push(&[7; 700], 1_000_000);
            assert!(kept.memory() <= 1_000_000);
        }
        assert!(kept.take() == (vec![7; 1_000_000], true));
    }

    #[test]
    fn without_a_disk_it_is_carried_along() {
        let (payloads, mut kept) = (SpilledPayloads::default(), PayloadBuffer::default());
        payloads.spill().fill();
        kept.push(&[7; 50_000], 1_000_000);
        assert!(away(&mut kept, &payloads) > 50_000);
        assert!(kept.take() == (vec![7; 50_000], true));
    }

    #[test]
    fn of_what_a_failing_disk_lost_nothing_is_made_up() {
        let (payloads, mut kept) = (SpilledPayloads::default(), PayloadBuffer::default());
        kept.push(&[7; 50_000], 1_000_000);
        away(&mut kept, &payloads);
        kept.push(&[8; 50], 1_000_000);
        payloads.spill().lose();
        assert_eq!(kept.take(), (Vec::new(), false));
    }
}
