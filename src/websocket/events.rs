//! What a WebSocket connection tells, and to whom.
//!
//! In: nothing. Out: the words in which [`super::Session`] speaks with its caller.

use super::frame::Frame;
use super::message::Message;
use super::payload_buffer::SpilledPayloads;
use crate::base::{At, Direction};

/// Who is told.
pub trait Events {
    /// A frame has ended, or never will ([`Frame::ended`]).
    fn frame(&mut self, frame: &Frame<'_>);
    /// A message has ended, or never will; its last frame was told just before.
    fn message(&mut self, message: &Message<'_>);
    /// Somebody wants [`Events::window`].
    fn wants_windows(&self) -> bool {
        false
    }
    /// What the compressed messages of a direction may refer back to, where its next frame starts at stream offset
    /// `offset`: whoever has it need not inflate what came before. Told now and then.
    fn window(&mut self, direction: Direction, offset: u64, bytes: &[u8]) {
        let _ = (direction, offset, bytes);
    }
}

/// What somebody will look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// Payloads of frames.
    pub frames: bool,
    /// Payloads of messages.
    pub messages: bool,
}

/// Buffers shared by all connections of a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Unmasked bytes of the chunk at hand.
    pub unmasked: Vec<u8>,
    /// Payloads under way of sessions that were parked.
    pub(super) payloads: SpilledPayloads,
}

/// The first close frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstClose {
    /// Who sent it.
    pub by: Direction,
    /// Where it ends.
    pub at: At,
    /// Its status code, where it has one.
    pub code: Option<u16>,
    /// Its reason, broken UTF-8 replaced.
    pub reason: String,
}

/// What a direction sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Frames.
    pub frames: u64,
    /// Data messages.
    pub messages: u64,
    /// Payload bytes of frames: as their headers say, and of one that never ended those that came.
    pub payload_bytes: u64,
    /// Message bytes after inflating.
    pub message_bytes: u64,
}

crate::base::pack::pack_struct!(FirstClose { by, at, code, reason });
crate::base::pack::pack_struct!(Sent { frames, messages, payload_bytes, message_bytes });
