//! What one direction of a connection must know of the other: closing and pings (RFC 6455 sections 5.5.1 to 5.5.3).
//!
//! In: frames and messages of both directions. Out: the same, to who is told; and what is open between the two.

use super::close::CloseBody;
use super::events::{Events, FirstClose, Sent};
use super::frame::Frame;
use super::header::Opcode;
use super::message::Message;
use super::pings::Pings;
use crate::base::{At, Direction, Note, PerDirection};

/// What both directions share.
#[derive(Debug, Default)]
pub(super) struct Across {
    pub(super) sent: PerDirection<Sent>,
    pub(super) close: Option<FirstClose>,
    /// Where each side's first close frame ends.
    pub(super) closed: PerDirection<Option<At>>,
    /// A side sends the frames of RFC 6455 although the handshake names a draft with others.
    pub(super) modern: bool,
    /// The protocol spoken has no close frames.
    pub(super) closeless: bool,
    /// By the shape of its frames it is no WebSocket after all.
    pub(super) withdrawn: bool,
    /// Pings without a pong yet, in either direction.
    pub(super) pings: PerDirection<Pings>,
}

/// Passes events on and keeps what both directions share.
pub(super) struct Watched<'s, E> {
    pub(super) across: &'s mut Across,
    pub(super) events: &'s mut E,
}

impl<E: Events> Watched<'_, E> {
    /// The direction has sent a close frame before.
    pub(super) fn has_closed(&self, direction: Direction) -> bool {
        self.across.closed.get(direction).is_some()
    }

    /// A ping asks the other side, a pong answers it; says what is wrong with the answer.
    pub(super) fn ping_or_pong(
        &mut self,
        direction: Direction,
        opcode: Opcode,
        payload: Option<&[u8]>,
        at: At,
    ) -> Option<Note> {
        let (here, there) = (direction, direction.other());
        match opcode {
            Opcode::Ping => self.across.pings.get_mut(here).ping(payload, at),
            Opcode::Pong => {
                let closed = *self.across.closed.get(there);
                return self.across.pings.get_mut(there).pong(payload, at, closed);
            }
            _ => {}
        }
        None
    }
}

impl<E: Events> Events for Watched<'_, E> {
    fn frame(&mut self, frame: &Frame<'_>) {
        let sent = self.across.sent.get_mut(frame.direction);
        sent.frames += 1;
        sent.payload_bytes = sent.payload_bytes.saturating_add(frame.passed());
        if frame.header.opcode == Opcode::Close {
            self.across.closing(frame);
        }
        self.events.frame(frame);
    }

    fn message(&mut self, message: &Message<'_>) {
        let sent = self.across.sent.get_mut(message.direction);
        sent.messages += 1;
        sent.message_bytes = sent.message_bytes.saturating_add(message.length);
        self.events.message(message);
    }

    fn wants_windows(&self) -> bool {
        self.events.wants_windows()
    }

    fn window(&mut self, direction: Direction, offset: u64, bytes: &[u8]) {
        self.events.window(direction, offset, bytes);
    }
}

impl Across {
    fn closing(&mut self, frame: &Frame<'_>) {
        self.closed.get_mut(frame.direction).get_or_insert(frame.last);
        if self.close.is_none() {
            let body = CloseBody::parse(frame.payload);
            let reason = String::from_utf8_lossy(body.reason).into_owned();
            self.close = Some(FirstClose { by: frame.direction, at: frame.last, code: body.code, reason });
        }
    }
}

crate::base::pack::pack_struct!(Across { sent, close, closed, pings, modern, closeless, withdrawn });
