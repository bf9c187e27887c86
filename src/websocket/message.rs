//! One message, as found.

use super::header::Opcode;
use crate::base::{At, Direction, Hole, Note};

/// One data message of a WebSocket connection: the payloads of its frames, joined, unmasked and inflated.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Who sent it.
    pub direction: Direction,
    /// Stream offset of its first frame, counted as [`super::Frame::offset`].
    pub offset: u64,
    /// Stream offset of its last frame so far.
    pub last_offset: u64,
    /// Text, binary or reserved; continuation where its first frame was lost and the kind is not known.
    pub opcode: Opcode,
    /// RSV1 was set under permessage-deflate.
    pub compressed: bool,
    /// Where its first byte arrived.
    pub first: At,
    /// The latest packet that brought bytes of it: where it ended.
    pub last: At,
    /// Number of its frames.
    pub frame_count: u64,
    /// Payload bytes of its frames, as their headers say, before inflating.
    pub wire_length: u64,
    /// Bytes after inflating (those of missing runs included where their number is known).
    pub length: u64,
    /// Its final frame has ended and no byte is missing.
    pub complete: bool,
    /// Its final frame has ended.
    pub ended: bool,
    /// The bytes, inflated, holes left out; empty unless the sink wants payloads, and never more than
    /// [`crate::base::limits::MESSAGE_KEPT_BYTES`].
    pub payload: &'a [u8],
    /// Where bytes are missing.
    pub holes: &'a [Hole],
    /// What is worth saying of it.
    pub notes: &'a [Note],
}

crate::base::pack::pack_struct!(Message<'static> {
    direction,
    offset,
    last_offset,
    opcode,
    compressed,
    first,
    last,
    frame_count,
    wire_length,
    length,
    complete,
    ended,
} without { payload, holes, notes });
