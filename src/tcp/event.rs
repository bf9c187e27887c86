//! What reassembly gives: the words between a direction and whoever reads it.
//!
//! In: nothing. Out: plain values, which name their places by stream offset and packet.

use crate::base::{At, Part};

/// What a direction gives, in stream order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// The next bytes, borrowed from the packet where it came in its turn; or a gap, or an end.
    Part(Part<'a>),
    /// A later copy of bytes differs from the first.
    Conflict {
        /// Stream offset of the first byte that differs.
        offset: u64,
        /// Where the later copy arrived.
        at: At,
    },
    /// A segment's checksum is wrong, and others of its direction are right.
    Checksum {
        /// The segment.
        at: At,
        /// Another copy was taken for it; else none came, and it is shown.
        replaced: bool,
    },
    /// Bytes at the end of the stream were sent several times and never acknowledged.
    Unacknowledged(Unacknowledged),
    /// The caps on out-of-order bytes were reached; a gap follows.
    Cap {
        /// The packet that was too much.
        at: At,
    },
}

/// What is known of bytes that were never acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unacknowledged {
    /// Stream offset of the first.
    pub offset: u64,
    /// How many, up to the end of what was sent.
    pub len: u64,
    /// How often the first was sent.
    pub copies: u32,
    /// Where its first copy arrived; where the second did, if that is no longer known.
    pub first: At,
    /// Where its last copy arrived.
    pub last: At,
}
