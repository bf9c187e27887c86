//! Segments that came before their turn.
//!
//! In: pieces of a stream at their offsets. Out: the same bytes in order, the first copy of each byte. Pieces never
//! overlap: what a later copy repeats is compared, then dropped.

use std::collections::VecDeque;

use crate::base::{At, PacketNumber};

/// Bytes of one segment that wait for those before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The captured bytes.
    pub bytes: Vec<u8>,
    /// Bytes that followed on the wire and that the snap length cut.
    pub cut: u64,
    /// Where they arrived.
    pub at: At,
    /// Where they lie in the capture.
    pub position: Option<u64>,
}

impl Piece {
    fn len(&self) -> u64 {
        self.bytes.len() as u64 + self.cut
    }
}

/// A segment's payload on its way into [`Waiting`] or past it.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Stream offset of the first byte; negative before the origin was known.
    pub offset: i64,
    /// The captured bytes.
    pub bytes: &'a [u8],
    /// Bytes that followed on the wire and that the snap length cut.
    pub cut: u64,
    /// Where they arrived.
    pub at: At,
    /// Where they lie in the capture.
    pub position: Option<u64>,
}

impl<'a> Run<'a> {
    /// The offset after the last byte.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.offset + (self.bytes.len() as u64 + self.cut).cast_signed()
    }

    /// The part from `start` up to `end` (stream offsets inside this run).
    #[must_use]
    pub fn part(&self, start: i64, end: i64) -> Run<'a> {
        let skip = usize::try_from(start - self.offset).unwrap_or(0).min(self.bytes.len());
        let keep = usize::try_from(end - start).unwrap_or(0);
        let rest = self.bytes.get(skip..).unwrap_or(&[]);
        let bytes = rest.get(..keep).unwrap_or(rest);
        Run {
            offset: start,
            bytes,
            cut: (end - start).cast_unsigned() - bytes.len() as u64,
            at: self.at,
            position: self.position.map(|position| position + skip as u64),
        }
    }
}

/// The pieces of one direction that wait, by stream offset.
#[derive(Debug, Default)]
pub struct Waiting {
    /// In order of their offsets. Most come in that order, and most connections have few: a tree costs more.
    pieces: VecDeque<(i64, Piece)>,
    bytes: usize,
    /// The smallest packet number among them.
    oldest: PacketNumber,
}

impl Waiting {
    /// Captured bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Pieces held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The packet that has waited longest.
    #[must_use]
    pub fn oldest(&self) -> Option<PacketNumber> {
        (!self.pieces.is_empty()).then_some(self.oldest)
    }

    /// Offset of the first piece.
    #[must_use]
    pub fn first_offset(&self) -> Option<i64> {
        self.pieces.front().map(|(offset, _)| *offset)
    }

    /// Offset and arrival of the first piece.
    #[must_use]
    pub fn first(&self) -> Option<(i64, At)> {
        self.pieces.front().map(|(offset, piece)| (*offset, piece.at))
    }

    /// Keeps what of `run` is not held yet. Gives the offset of the first byte that differs from the copy held.
    pub fn insert(&mut self, run: Run<'_>) -> Option<i64> {
        let mut conflict = None;
        let mut from = run.offset;
        let end = run.end();
        // The piece before may reach into the run.
        let after = self.pieces.partition_point(|(offset, _)| *offset <= from);
        let held: Vec<(i64, i64)> = self
            .pieces
            .range(after.saturating_sub(1)..)
            .map(|(offset, piece)| (*offset, *offset + piece.len().cast_signed()))
            .take_while(|(start, _)| *start < end)
            .filter(|(_, stop)| *stop > from)
            .collect();
        for (start, stop) in held {
            if conflict.is_none() {
                conflict = self.differs(start, &run);
            }
            if start > from {
                self.keep(run.part(from, start));
            }
            from = from.max(stop);
        }
        if from < end {
            self.keep(run.part(from, end));
        }
        conflict
    }

    /// Offset of the first byte at which `run` differs from the piece held at `start`.
    fn differs(&self, start: i64, run: &Run<'_>) -> Option<i64> {
        let index = self.pieces.binary_search_by_key(&start, |(offset, _)| *offset).ok()?;
        let (_, piece) = self.pieces.get(index)?;
        first_difference(start, &piece.bytes, run.offset, run.bytes)
    }

    fn keep(&mut self, run: Run<'_>) {
        if run.bytes.is_empty() && run.cut == 0 {
            return;
        }
        self.oldest = if self.pieces.is_empty() { run.at.packet } else { self.oldest.min(run.at.packet) };
        self.bytes += run.bytes.len();
        let piece = Piece { bytes: run.bytes.to_vec(), cut: run.cut, at: run.at, position: run.position };
        let index = self.pieces.partition_point(|(offset, _)| *offset < run.offset);
        self.pieces.insert(index, (run.offset, piece));
    }

    /// Takes the first piece where it starts at or before `offset`.
    pub fn take_up_to(&mut self, offset: i64) -> Option<(i64, Piece)> {
        if self.first_offset()? > offset {
            return None;
        }
        self.take_first()
    }

    /// Takes the first piece.
    pub fn take_first(&mut self) -> Option<(i64, Piece)> {
        let (offset, piece) = self.pieces.pop_front()?;
        self.bytes -= piece.bytes.len();
        if piece.at.packet == self.oldest {
            self.oldest = self.pieces.iter().map(|(_, piece)| piece.at.packet).min().unwrap_or(0);
        }
        Some((offset, piece))
    }

    /// Lets go of what lies before `offset`: another stream's bytes.
    pub fn drop_before(&mut self, offset: i64) {
        while self.first_offset().is_some_and(|first| first < offset) {
            let Some((start, piece)) = self.take_first() else { return };
            let run =
                Run { offset: start, bytes: &piece.bytes, cut: piece.cut, at: piece.at, position: piece.position };
            if run.end() > offset {
                self.keep(run.part(offset, run.end()));
            }
        }
    }

    /// Moves every offset by `-by`: the origin became known.
    pub fn rebase(&mut self, by: i64) {
        for (offset, _) in &mut self.pieces {
            *offset -= by;
        }
    }
}

/// Offset of the first byte that differs where two runs overlap.
#[must_use]
pub fn first_difference(a_offset: i64, a: &[u8], b_offset: i64, b: &[u8]) -> Option<i64> {
    let start = a_offset.max(b_offset);
    let a = a.get(usize::try_from(start - a_offset).ok()?..)?;
    let b = b.get(usize::try_from(start - b_offset).ok()?..)?;
    let at = a.iter().zip(b).position(|(a, b)| a != b)?;
    Some(start + i64::try_from(at).ok()?)
}

crate::base::pack::pack_struct!(Piece { bytes, cut, at, position });
crate::base::pack::pack_struct!(Waiting { pieces, bytes, oldest });
