//! Bytes held until it is known what they are.
//!
//! In: pieces and gaps of one side, in stream order. Out: the same pieces and gaps, each with where it arrived. The
//! bytes lie in one buffer, however small the pieces.

use super::connection::Piece;
use crate::base::{At, limits};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    at: At,
    position: Option<u64>,
    len: u64,
    gap: bool,
    /// What the sender had received.
    received: Option<u64>,
}

/// One piece that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldPiece<'a> {
    /// Bytes.
    Bytes(Piece<'a>),
    /// Bytes that the capture lacks.
    Gap {
        /// How many.
        len: u64,
        /// Where the gap was told.
        at: At,
    },
}

/// Pieces of one side, in stream order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
    oldest: Option<At>,
}

impl Held {
    /// Nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The bytes, without the gaps between them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes of memory that the held pieces take, about.
    #[must_use]
    pub fn cost(&self) -> usize {
        self.bytes.len() + self.marks.len() * std::mem::size_of::<Mark>()
    }

    /// More is held than `bytes`, or in more pieces than are remembered.
    pub(super) fn is_over(&self, bytes: usize) -> bool {
        self.bytes.len() > bytes || self.marks.len() > limits::HTTP_HELD_PIECES
    }

    /// Where the first piece arrived.
    #[must_use]
    pub fn first(&self) -> Option<At> {
        self.marks.first().map(|mark| mark.at)
    }

    /// Where the piece with the smallest packet number arrived.
    #[must_use]
    pub fn oldest(&self) -> Option<At> {
        self.oldest
    }

    /// Stream bytes, gaps included.
    #[must_use]
    pub fn stream_len(&self) -> u64 {
        self.marks.iter().map(|mark| mark.len).sum()
    }

    /// The pieces, in stream order.
    pub fn pieces(&self) -> impl Iterator<Item = HeldPiece<'_>> {
        self.pieces_with_received().map(|(piece, _)| piece)
    }

    /// The pieces, each with what its sender had received.
    pub(super) fn pieces_with_received(&self) -> impl Iterator<Item = (HeldPiece<'_>, Option<u64>)> {
        let mut rest = self.bytes.as_slice();
        self.marks.iter().map(move |mark| {
            if mark.gap {
                return (HeldPiece::Gap { len: mark.len, at: mark.at }, mark.received);
            }
            let len = usize::try_from(mark.len).unwrap_or(usize::MAX).min(rest.len());
            let (bytes, after) = rest.split_at(len);
            rest = after;
            (HeldPiece::Bytes(Piece { bytes, at: mark.at, position: mark.position }), mark.received)
        })
    }

    /// Where in [`Held::bytes`] the gaps are.
    pub(super) fn tears(&self) -> impl Iterator<Item = usize> {
        let mut bytes = 0;
        self.marks.iter().filter_map(move |mark| {
            if mark.gap {
                return Some(bytes);
            }
            bytes += usize::try_from(mark.len).unwrap_or(0);
            None
        })
    }

    /// Where the last gap was told.
    pub(super) fn last_gap(&self) -> Option<At> {
        self.marks.iter().rev().find(|mark| mark.gap).map(|mark| mark.at)
    }

    /// What is held behind the last gap.
    pub(super) fn after_gaps(&self) -> Held {
        let gaps = self.marks.iter().filter(|mark| mark.gap).count();
        let mut seen = 0;
        let mut after = Held::default();
        for (piece, received) in self.pieces_with_received() {
            match piece {
                HeldPiece::Gap { .. } => seen += 1,
                HeldPiece::Bytes(_) if seen == gaps => after.push(piece, received),
                HeldPiece::Bytes(_) => {}
            }
        }
        after
    }

    /// What the sender of the first piece had received, if known.
    pub(super) fn received_at_start(&self) -> Option<u64> {
        self.marks.first()?.received
    }

    pub(super) fn push(&mut self, piece: HeldPiece<'_>, received: Option<u64>) {
        match piece {
            HeldPiece::Bytes(piece) if piece.bytes.is_empty() => {}
            HeldPiece::Bytes(piece) => {
                self.bytes.extend_from_slice(piece.bytes);
                let len = u64::try_from(piece.bytes.len()).unwrap_or(u64::MAX);
                self.mark(Mark { at: piece.at, position: piece.position, len, gap: false, received });
            }
            HeldPiece::Gap { len: 0, .. } => {}
            HeldPiece::Gap { len, at } => self.mark(Mark { at, position: None, len, gap: true, received }),
        }
    }

    fn mark(&mut self, mark: Mark) {
        if self.oldest.is_none_or(|oldest| mark.at.packet < oldest.packet) {
            self.oldest = Some(mark.at);
        }
        self.marks.push(mark);
    }
}

crate::base::pack::pack_struct!(Mark { at, position, len, gap, received });
crate::base::pack::pack_struct!(Held { bytes, marks, oldest });
