//! One frame, as found.

use super::framing::Framing;
use super::header::{Header, Opcode};
use crate::base::{At, Direction, Hole, Note};

/// One frame of a WebSocket connection.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Who sent it.
    pub direction: Direction,
    /// Its first header byte, counted in this direction from the first byte after the HTTP head.
    pub offset: u64,
    /// Its header, in the terms of RFC 6455.
    pub header: Header,
    /// Bytes of the header on the wire (draft versions differ from [`Header::wire_len`]; one that is cut off at the end has
    /// fewer, and what it lacks counts as zeros).
    pub header_len: u8,
    /// How it stands on the wire.
    pub framing: Framing,
    /// The opcode of the message it belongs to: its own, or for a continuation that of the message's first frame
    /// (`None` where the start is not known).
    pub message_opcode: Option<Opcode>,
    /// Stream offset of that message's first frame, which names the message; `None` where the start is not known.
    pub message_offset: Option<u64>,
    /// It belongs to a message compressed by permessage-deflate.
    pub compressed: bool,
    /// Where its first byte arrived.
    pub first: At,
    /// Where its last byte arrived (its last captured byte, where it never ended).
    pub last: At,
    /// Its last byte was passed: captured, or in a gap that ends later.
    pub ended: bool,
    /// It is the last frame of a data message.
    pub ends_message: bool,
    /// It ends its message, and no earlier fragment arrived in a later packet: the message is told next.
    pub message_follows: bool,
    /// Payload bytes that are in the capture.
    pub captured: u64,
    /// The captured payload bytes, unmasked and not inflated, holes left out; empty unless the sink wants payloads,
    /// and never more than [`crate::base::limits::FRAME_KEPT_BYTES`].
    pub payload: &'a [u8],
    /// Where captured bytes are missing inside the payload.
    pub holes: &'a [Hole],
    /// What is worth saying of it.
    pub notes: &'a [Note],
}

impl Frame<'_> {
    /// Payload bytes that were sent: all that its header says, or where it never ended those that came.
    #[must_use]
    #[inline]
    pub fn passed(&self) -> u64 {
        if self.ended {
            return self.header.length;
        }
        self.holes.iter().fold(self.captured, |sum, hole| sum.saturating_add(hole.len))
    }
}

crate::base::pack::pack_struct!(Frame<'static> {
    direction,
    offset,
    header,
    header_len,
    framing,
    message_opcode,
    message_offset,
    compressed,
    first,
    last,
    ended,
    ends_message,
    message_follows,
    captured,
} without { payload, holes, notes });

/// A frame under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenFrame {
    pub(super) header: Header,
    pub(super) header_len: u8,
    pub(super) offset: u64,
    pub(super) first: At,
    pub(super) last: At,
    /// Payload bytes passed so far, missing ones included.
    pub(super) done: u64,
    /// Payload bytes that are in the capture.
    pub(super) captured: u64,
}

crate::base::pack::pack_struct!(OpenFrame { header, header_len, offset, first, last, done, captured });
