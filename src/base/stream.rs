//! The bytes of one direction of a stream, whatever the stream is: of TCP, of TLS records, of HTTP/2.
//!
//! In: nothing. Out: the words in which each stage hands bytes to the next: a [`Chunk`] of bytes that lie together, or a
//! [`Part`], which is a chunk, a gap or an end. Parts follow each other in stream order without a break.

use super::ids::PacketNumber;
use super::number::wide;
use super::time::At;

/// Where the bytes of a chunk come from, for whoever goes back to read them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// They lie in the capture, from this position on (counted as [`crate::base::Packet::position`]).
    Capture(u64),
    /// They were opened: in what records of their side hold, they stand from this offset on. They are not kept as they are,
    /// but opened again.
    Decrypted(u64),
    /// They were put together from several places (IP fragments): who wants them later has to keep a copy.
    #[default]
    Made,
}

impl Origin {
    /// The origin of what lies `bytes` further on.
    #[must_use]
    #[inline]
    pub fn after(self, bytes: u64) -> Origin {
        match self {
            Origin::Capture(position) => Origin::Capture(position.saturating_add(bytes)),
            Origin::Decrypted(offset) => Origin::Decrypted(offset.saturating_add(bytes)),
            Origin::Made => Origin::Made,
        }
    }

    /// The position in the capture, where there is one.
    #[must_use]
    #[inline]
    pub fn position(self) -> Option<u64> {
        match self {
            Origin::Capture(position) => Some(position),
            Origin::Decrypted(_) | Origin::Made => None,
        }
    }
}

/// Bytes that lie together and arrived together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// The bytes, borrowed from where they lie.
    pub bytes: &'a [u8],
    /// The packet they arrived in, and its time.
    pub at: At,
    /// Where they lie in the capture.
    pub origin: Origin,
}

impl<'a> Chunk<'a> {
    /// Bytes that do not lie in the capture.
    #[must_use]
    pub fn made(bytes: &'a [u8], at: At) -> Chunk<'a> {
        Chunk { bytes, at, origin: Origin::Made }
    }

    /// No bytes, at a place: what is told where nothing new came.
    #[must_use]
    pub fn empty(at: At) -> Chunk<'a> {
        Chunk::made(&[], at)
    }

    /// The chunk from its byte `index` on; empty where it has no more.
    #[must_use]
    #[inline]
    pub fn after(self, index: usize) -> Chunk<'a> {
        let bytes = self.bytes.get(index..).unwrap_or_default();
        Chunk { bytes, at: self.at, origin: self.origin.after(wide(index)) }
    }

    /// Its first `len` bytes; all of it where it has no more.
    #[must_use]
    #[inline]
    pub fn up_to(self, len: usize) -> Chunk<'a> {
        Chunk { bytes: self.bytes.get(..len).unwrap_or(self.bytes), ..self }
    }

    /// Number of bytes.
    #[must_use]
    #[inline]
    pub fn len(&self) -> u64 {
        wide(self.bytes.len())
    }

    /// It has no bytes.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The packet it arrived in.
    #[must_use]
    pub fn packet(&self) -> PacketNumber {
        self.at.packet
    }
}

/// A run of stream bytes that the capture lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// How many bytes; never 0.
    pub len: u64,
    /// The packet that was cut short, or the one that follows the missing run.
    pub at: At,
    /// They were on the wire and cut by the snap length; otherwise whole segments are missing.
    pub cut: bool,
}

/// What comes next on one direction of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// The next bytes.
    Bytes(Chunk<'a>),
    /// The next bytes are not in the capture.
    Gap(Gap),
    /// The sender has finished (FIN; END_STREAM).
    End {
        /// Where.
        at: At,
    },
    /// The sender has reset the stream behind the last byte handed on. Where the reset was forged, bytes may follow.
    Reset {
        /// Where.
        at: At,
    },
}

impl Part<'_> {
    /// Stream bytes that it stands for; an end has none.
    #[must_use]
    #[inline]
    pub fn len(&self) -> u64 {
        match self {
            Part::Bytes(chunk) => chunk.len(),
            Part::Gap(gap) => gap.len,
            Part::End { .. } | Part::Reset { .. } => 0,
        }
    }

    /// It stands for no stream bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where it arrived.
    #[must_use]
    #[inline]
    pub fn at(&self) -> At {
        match self {
            Part::Bytes(chunk) => chunk.at,
            Part::Gap(gap) => gap.at,
            Part::End { at } | Part::Reset { at } => *at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_chunk_knows_where_it_lies() {
        let chunk = Chunk { bytes: b"Hello", at: At::default(), origin: Origin::Capture(100) };
        let rest = chunk.after(2);
        assert_eq!((rest.bytes, rest.origin, rest.len()), (&b"llo"[..], Origin::Capture(102), 3));
        assert!(chunk.after(9).is_empty());
        assert_eq!(Chunk { origin: Origin::Made, ..chunk }.after(2).origin, Origin::Made);
    }
}

super::pack::pack_enum!(Origin { 0 Capture(position), 1 Made, 2 Decrypted(offset) });
super::pack::pack_struct!(Gap { len, at, cut });
