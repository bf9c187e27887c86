//! Bytes of one direction that are held until it is known where a frame starts in them.
//!
//! In: pieces as TCP gives them, and gaps. Out: the same pieces from any offset on, and single headers wherever they
//! lie. Offsets count from the first byte held, gaps included.

use super::header::Header;
use crate::base::{At, PacketNumber};

/// One piece as it came: a segment, usually.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    offset: u64,
    /// Where its bytes start in the buffer.
    start: usize,
    len: usize,
    at: At,
    position: Option<u64>,
    /// A gap of this many bytes follows it.
    gap: u64,
    gap_at: At,
}

/// What lies next in a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next<'a> {
    /// Bytes, where they arrived, and where they lie in the capture.
    Bytes(&'a [u8], At, Option<u64>),
    /// Bytes that the capture lacks.
    Gap(u64, At),
}

/// Held bytes of one direction.
#[derive(Debug, Clone, Default)]
pub struct Stretch {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    end: u64,
}

impl Stretch {
    /// Adds the next bytes.
    pub fn push(&mut self, bytes: &[u8], at: At, position: Option<u64>) {
        let piece =
            Piece { offset: self.end, start: self.bytes.len(), len: bytes.len(), at, position, gap: 0, gap_at: at };
        self.bytes.extend_from_slice(bytes);
        self.end += bytes.len() as u64;
        self.pieces.push(piece);
    }

    /// Adds a gap.
    pub fn push_gap(&mut self, len: u64, at: At) {
        if self.pieces.is_empty() {
            self.push(&[], at, None);
        }
        if let Some(last) = self.pieces.last_mut() {
            last.gap += len;
            last.gap_at = at;
        }
        self.end += len;
    }

    /// Bytes held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Pieces held.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// The offset after the last byte.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Where its first bytes arrived.
    #[must_use]
    pub fn first(&self) -> Option<At> {
        self.pieces.first().map(|piece| piece.at)
    }

    /// The oldest packet among the pieces.
    #[must_use]
    pub fn oldest(&self) -> Option<PacketNumber> {
        self.pieces.iter().map(|piece| piece.at.packet).min()
    }

    /// Where pieces start.
    pub fn starts(&self) -> impl Iterator<Item = u64> + '_ {
        self.pieces.iter().filter(|piece| piece.len > 0).map(|piece| piece.offset)
    }

    /// Where captured bytes lie: offset and length of each run.
    pub fn runs(&self) -> impl Iterator<Item = (u64, usize)> + '_ {
        self.pieces.iter().map(|piece| (piece.offset, piece.len))
    }

    /// Pieces of fewer than `full` bytes, gaps after them included.
    #[must_use]
    pub fn shorter(&self, full: usize) -> usize {
        let full = full as u64;
        self.pieces.iter().filter(|piece| piece.len > 0 && (piece.len as u64).saturating_add(piece.gap) < full).count()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Stretch::default();
    }

    /// A piece ends at `offset`, or starts there.
    #[must_use]
    pub fn is_boundary(&self, offset: u64) -> bool {
        offset == self.end || self.pieces.binary_search_by_key(&offset, |piece| piece.offset).is_ok()
    }

    /// The piece that ends at `offset` has more than one byte. Where every byte is a piece, a frame ends at one
    /// wherever it ends.
    #[must_use]
    pub fn ends_longer_than_a_byte(&self, offset: u64) -> bool {
        let index = self.pieces.partition_point(|piece| piece.offset < offset);
        let piece = index.checked_sub(1).and_then(|index| self.pieces.get(index));
        piece.is_some_and(|piece| piece.len > 1)
    }

    /// Captured bytes from `offset` on, up to the end of their piece.
    #[must_use]
    pub fn at(&self, offset: u64) -> &[u8] {
        let index = self.pieces.partition_point(|piece| piece.offset <= offset);
        let Some(piece) = index.checked_sub(1).and_then(|index| self.pieces.get(index)) else { return &[] };
        let skip = usize::try_from(offset - piece.offset).unwrap_or(usize::MAX);
        let bytes = self.bytes.get(piece.start..piece.start + piece.len).unwrap_or_default();
        bytes.get(skip..).unwrap_or_default()
    }

    /// The header at `offset`, where all of it is in the capture.
    #[must_use]
    pub fn header(&self, offset: u64) -> Option<Header> {
        let bytes = self.at(offset);
        if let Ok(header) = Header::parse(bytes) {
            return Some(header);
        }
        // It goes on in the next pieces, if they follow without a gap.
        let mut joined = [0; Header::MAX_LEN];
        let mut have = 0;
        for place in &mut joined {
            let Some(byte) = self.at(offset + have as u64).first() else { break };
            *place = *byte;
            have += 1;
        }
        Header::parse(joined.get(..have)?).ok()
    }

    /// Gives what lies from `from` on to `each`, in order.
    pub fn replay(&self, from: u64, mut each: impl FnMut(Next<'_>)) {
        for piece in &self.pieces {
            let bytes = self.bytes.get(piece.start..piece.start + piece.len).unwrap_or_default();
            let skip = usize::try_from(from.saturating_sub(piece.offset)).unwrap_or(usize::MAX).min(piece.len);
            let rest = bytes.get(skip..).unwrap_or_default();
            if !rest.is_empty() {
                each(Next::Bytes(rest, piece.at, piece.position.map(|position| position + skip as u64)));
            }
            let gap_start = piece.offset + piece.len as u64;
            let gap = piece.gap.min((gap_start + piece.gap).saturating_sub(from));
            if gap > 0 {
                each(Next::Gap(gap, piece.gap_at));
            }
        }
    }
}

crate::base::pack::pack_struct!(Piece { offset, start, len, at, position, gap, gap_at });
crate::base::pack::pack_struct!(Stretch { bytes, pieces, end });
