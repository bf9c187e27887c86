//! Segments that came before their turn.
//!
//! In: payloads at their stream offsets. Out: the same bytes in order, the first copy of each byte. What is held never
//! overlaps: what a later copy repeats is compared, then dropped.

use std::collections::VecDeque;

use crate::base::number::{narrow, wide};
use crate::base::{At, Chunk, Origin, PacketNumber};

/// A segment's payload at its place in the stream.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    /// Stream offset of the first byte; negative before the origin was known.
    pub offset: i64,
    /// The captured bytes.
    pub chunk: Chunk<'a>,
    /// Bytes that followed on the wire and that the snap length cut.
    pub cut: u64,
}

impl<'a> Placed<'a> {
    /// The offset after the last byte.
    #[must_use]
    #[inline]
    pub fn end(&self) -> i64 {
        self.offset + (self.chunk.len() + self.cut).cast_signed()
    }

    /// The part from `start` up to `end` (stream offsets inside this payload).
    #[must_use]
    pub fn part(&self, start: i64, end: i64) -> Placed<'a> {
        debug_assert!(self.offset <= start && start <= end && end <= self.end());
        let skip = narrow((start - self.offset).cast_unsigned()).min(self.chunk.bytes.len());
        let chunk = self.chunk.after(skip).up_to(narrow((end - start).cast_unsigned()));
        Placed { offset: start, chunk, cut: (end - start).cast_unsigned() - chunk.len() }
    }
}

/// A segment's payload that waits for the bytes before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfOrder {
    offset: i64,
    bytes: Vec<u8>,
    cut: u64,
    at: At,
    origin: Origin,
}

impl OutOfOrder {
    /// It, to be handed on.
    #[must_use]
    pub fn placed(&self) -> Placed<'_> {
        let chunk = Chunk { bytes: &self.bytes, at: self.at, origin: self.origin };
        Placed { offset: self.offset, chunk, cut: self.cut }
    }

    fn end(&self) -> i64 {
        self.offset + (wide(self.bytes.len()) + self.cut).cast_signed()
    }
}

/// The payloads of one direction that wait, by stream offset.
#[derive(Debug, Default)]
pub struct Waiting {
    /// In order of their offsets. Most come in that order, and most connections have few: a tree costs more.
    early: VecDeque<OutOfOrder>,
    bytes: usize,
    /// Their packet numbers, the smallest first: nearly all come in that order, and go in it.
    packets: VecDeque<PacketNumber>,
}

impl Waiting {
    /// Captured bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Payloads held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.early.len()
    }

    /// Nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.early.is_empty()
    }

    /// The packet that has waited longest.
    #[must_use]
    pub fn oldest(&self) -> Option<PacketNumber> {
        self.packets.front().copied()
    }

    /// Offset of the first byte held.
    #[must_use]
    pub fn first_offset(&self) -> Option<i64> {
        self.early.front().map(|first| first.offset)
    }

    /// Offset and arrival of the first byte held.
    #[must_use]
    pub fn first(&self) -> Option<(i64, At)> {
        self.early.front().map(|first| (first.offset, first.at))
    }

    /// Keeps what of `new` is not held yet. Gives the offset of the first byte that differs from the copy held.
    pub fn insert(&mut self, new: Placed<'_>) -> Option<i64> {
        let mut conflict = None;
        let mut from = new.offset;
        let end = new.end();
        // The one before may reach into the new one.
        let after = self.early.partition_point(|one| one.offset <= from);
        let held: Vec<(i64, i64)> = self
            .early
            .range(after.saturating_sub(1)..)
            .map(|one| (one.offset, one.end()))
            .take_while(|(start, _)| *start < end)
            .filter(|(_, stop)| *stop > from)
            .collect();
        for (start, stop) in held {
            if conflict.is_none() {
                conflict = self.differs(start, &new);
            }
            if start > from {
                self.keep(new.part(from, start));
            }
            from = from.max(stop);
        }
        if from < end {
            self.keep(new.part(from, end));
        }
        conflict
    }

    /// Offset of the first byte at which `new` differs from what is held at `start`.
    fn differs(&self, start: i64, new: &Placed<'_>) -> Option<i64> {
        let index = self.early.binary_search_by_key(&start, |one| one.offset).ok()?;
        let one = self.early.get(index)?;
        first_difference(start, &one.bytes, new.offset, new.chunk.bytes)
    }

    fn keep(&mut self, new: Placed<'_>) {
        let Placed { offset, chunk: Chunk { bytes, at, origin }, cut } = new;
        if bytes.is_empty() && cut == 0 {
            return;
        }
        let behind = self.packets.back().is_none_or(|last| *last <= at.packet);
        let place = if behind { self.packets.len() } else { self.packets.partition_point(|one| *one <= at.packet) };
        self.packets.insert(place, at.packet);
        self.bytes += bytes.len();
        let index = self.early.partition_point(|one| one.offset < offset);
        self.early.insert(index, OutOfOrder { offset, bytes: bytes.to_vec(), cut, at, origin });
    }

    /// Takes the first where it starts at or before `offset`.
    pub fn take_up_to(&mut self, offset: i64) -> Option<OutOfOrder> {
        if self.first_offset()? > offset {
            return None;
        }
        self.take_first()
    }

    /// Takes the first.
    pub fn take_first(&mut self) -> Option<OutOfOrder> {
        let first = self.early.pop_front()?;
        self.bytes -= first.bytes.len();
        if self.packets.front() == Some(&first.at.packet) {
            self.packets.pop_front();
        } else if let Ok(place) = self.packets.binary_search(&first.at.packet) {
            self.packets.remove(place);
        }
        Some(first)
    }

    /// Lets go of what lies before `offset`: another stream's bytes.
    pub fn drop_before(&mut self, offset: i64) {
        while self.first_offset().is_some_and(|first| first < offset) {
            let Some(first) = self.take_first() else { return };
            if first.end() > offset {
                self.keep(first.placed().part(offset, first.end()));
            }
        }
    }

    /// Moves every offset by `-by`: the origin became known.
    pub fn rebase(&mut self, by: i64) {
        for one in &mut self.early {
            one.offset -= by;
        }
    }
}

/// Offset of the first byte that differs where two runs of bytes overlap.
#[must_use]
pub fn first_difference(a_offset: i64, a: &[u8], b_offset: i64, b: &[u8]) -> Option<i64> {
    let start = a_offset.max(b_offset);
    let a = a.get(narrow((start - a_offset).cast_unsigned())..)?;
    let b = b.get(narrow((start - b_offset).cast_unsigned())..)?;
    let at = a.iter().zip(b).position(|(a, b)| a != b)?;
    Some(start + wide(at).cast_signed())
}

crate::base::pack::pack_struct!(OutOfOrder { offset, bytes, cut, at, origin });
crate::base::pack::pack_struct!(Waiting { early, bytes, packets });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_oldest_is_known_whatever_goes(
            steps in proptest::collection::vec((0..200i64, 1..30usize, 0..4u8), 1..120),
        ) {
            let bytes = [0; 30];
            let mut waiting = Waiting::default();
            for (packet, (offset, len, kind)) in (1..).zip(steps) {
                // A packet that was kept for long may be looked at late.
                let at = At { packet: if kind == 3 { packet / 2 + 1 } else { packet }, ..At::default() };
                match kind {
                    0 => _ = waiting.take_first(),
                    1 if len > 25 => waiting.drop_before(offset),
                    _ => _ = waiting.insert(Placed { offset, chunk: Chunk::made(&bytes[..len], at), cut: 0 }),
                }
                prop_assert_eq!(waiting.oldest(), waiting.early.iter().map(|one| one.at.packet).min());
                prop_assert_eq!(waiting.packets.len(), waiting.early.len());
            }
        }
    }
}
