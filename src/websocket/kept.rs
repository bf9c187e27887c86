//! Payload bytes of a frame or message under way, kept to be shown.
//!
//! In: bytes as they come, up to a cap. Out: all of them, at its end. Where a connection is put aside, those that came
//! so far go to a shelf of their own, once, and stay there until the end: a connection that is put aside and brought
//! back for every segment of a long payload does not carry it along.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::pack::{Pack, pack_struct};
use crate::base::shelf::{Place, Shelf};

/// Fewer bytes are packed with their connection.
const LEAST: usize = 16 * 1024;

/// What is said of a payload that a failing disk did not give back.
pub(super) const LOST: &str = "what lay in a temporary file cannot be read back";

/// Reserved bytes that serve the next payload; more are given back.
const REUSED: usize = 64 * 1024;

/// Where payloads of connections that were put aside lie; clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Payloads(Arc<Mutex<Shelf>>);

impl Payloads {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // What a thread that panicked left behind are places and a file still.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is brought back is told where they are.
impl Pack for Payloads {
    fn pack(&self, _: &mut Vec<u8>) {}

    fn unpack(_: &mut &[u8]) -> Option<Payloads> {
        Some(Payloads::default())
    }
}

/// The bytes of one payload.
#[derive(Debug, Default)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    aside: Option<Box<Aside>>,
}

/// The bytes before those at hand.
#[derive(Debug, Default)]
struct Aside {
    places: Vec<Place>,
    len: usize,
    payloads: Payloads,
}

impl Kept {
    fn len(&self) -> usize {
        self.bytes.len() + self.aside.as_ref().map_or(0, |aside| aside.len)
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
        let Some(aside) = self.aside.take() else { return (last, true) };
        let (mut all, mut part, mut complete) = (Vec::with_capacity(aside.len + last.len()), Vec::new(), true);
        let mut shelf = aside.payloads.shelf();
        for place in aside.places {
            complete &= shelf.take(place, &mut part);
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

    /// Its connection is put aside.
    pub(super) fn put_aside(&mut self, payloads: &Payloads) {
        if self.bytes.len() < LEAST {
            return;
        }
        // Where there is no room they are packed with their connection.
        let Ok(place) = payloads.shelf().put(&self.bytes) else { return };
        let aside = self.aside.get_or_insert_default();
        aside.places.push(place);
        aside.len += self.bytes.len();
        aside.payloads = payloads.clone();
        self.bytes = Vec::new();
    }

    /// Its connection was brought back.
    pub(super) fn come_back(&mut self, payloads: &Payloads) {
        if let Some(aside) = &mut self.aside {
            aside.payloads = payloads.clone();
        }
    }
}

pack_struct!(Aside { places, len, payloads });
pack_struct!(Kept { bytes, aside });

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts it aside and brings it back.
    fn away(kept: &mut Kept, payloads: &Payloads) -> usize {
        let mut packed = Vec::new();
        kept.put_aside(payloads);
        kept.pack(&mut packed);
        *kept = Kept::unpack(&mut packed.as_slice()).unwrap();
        kept.come_back(payloads);
        packed.len()
    }

    #[test]
    fn a_long_payload_is_not_carried_along() {
        let (payloads, mut kept, mut all) = (Payloads::default(), Kept::default(), Vec::new());
        for part in 0..1000 {
            let bytes = vec![part as u8; 1448];
            kept.push(&bytes, 1_000_000);
            all.extend(bytes);
            assert!(away(&mut kept, &payloads) < LEAST + 1000);
        }
        all.truncate(1_000_000);
        assert!(kept.memory() < 2 * LEAST);
        assert!(payloads.shelf().writes < 100);
        let (taken, complete) = kept.take();
        assert!(taken == all && complete);
        assert_eq!(kept.len(), 0);
        // Its places are free again.
        assert!(kept.take() == (Vec::new(), true));
    }

    #[test]
    fn no_more_is_reserved_than_can_come() {
        let mut kept = Kept::default();
        for _ in 0..2000 {
            kept.push(&[7; 700], 1_000_000);
            assert!(kept.memory() <= 1_000_000);
        }
        assert!(kept.take() == (vec![7; 1_000_000], true));
    }

    #[test]
    fn without_a_disk_it_is_carried_along() {
        let (payloads, mut kept) = (Payloads::default(), Kept::default());
        payloads.shelf().fill();
        kept.push(&[7; 50_000], 1_000_000);
        assert!(away(&mut kept, &payloads) > 50_000);
        assert!(kept.take() == (vec![7; 50_000], true));
    }

    #[test]
    fn of_what_a_failing_disk_lost_nothing_is_made_up() {
        let (payloads, mut kept) = (Payloads::default(), Kept::default());
        kept.push(&[7; 50_000], 1_000_000);
        away(&mut kept, &payloads);
        kept.push(&[8; 50], 1_000_000);
        payloads.shelf().lose();
        assert_eq!(kept.take(), (Vec::new(), false));
    }
}
