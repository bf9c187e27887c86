//! Upgrades that were answered otherwise than by 101.
//!
//! In: the response, then the content of its body as it is read. Out: the refusal with the beginning of that body, which
//! says why, once it has ended, or nobody reads on. A success that names WebSocket is a refusal only if no frame follows.

use super::body::Body;
use super::conversation::Conversation;
use super::exchange::{Refusal, RefusalBody};
use super::head::{RequestHead, ResponseHead};
use super::side::{State, Then};
use super::sniff::{Sniff, sniff};
use super::torn::starts_frame;
use super::unpaired::Asking;
use crate::base::number::wide;
use crate::base::{Chunk, Side, limits};

/// A refusal whose body is under way.
#[derive(Debug)]
pub(super) struct Refusing {
    /// The side that refused.
    pub(super) server: Side,
    refusal: Refusal,
}

impl Refusing {
    /// The next content of the body.
    pub(super) fn add(&mut self, content: &[u8]) {
        let RefusalBody { bytes, length } = &mut self.refusal.body;
        // Behind a gap what is shown would not be what was sent.
        let room = if *length == wide(bytes.len()) { limits::REFUSAL_BODY_BYTES - bytes.len() } else { 0 };
        bytes.extend_from_slice(content.get(..room).unwrap_or(content));
        *length = length.saturating_add(wide(content.len()));
    }

    /// Content that the capture lacks.
    pub(super) fn lose(&mut self, len: u64) {
        self.refusal.body.length = self.refusal.body.length.saturating_add(len);
    }

    /// Bytes of memory that it takes, about.
    pub(super) fn cost(&self) -> usize {
        self.refusal.body.bytes.len()
    }
}

impl Conversation {
    /// An upgrade was refused; the body of the response, if it has one, begins here.
    pub(super) fn refused(&mut self, refusal: Refusal, body: Option<&Body>) {
        self.refused_in_full();
        if body.is_some() {
            self.refusing = Some(Box::new(Refusing { server: refusal.client.other(), refusal }));
        } else {
            self.refused.push(refusal);
        }
    }

    /// The server's next bytes, behind a response that may have been meant as 101, tell what it was.
    pub(super) fn step_perhaps_switched(&mut self, side: Side, chunk: Chunk<'_>) -> usize {
        let frames = chunk.bytes.first().is_some_and(|first| starts_frame(*first));
        let stream = self.streams.get_mut(side);
        stream.hold(chunk);
        if frames {
            self.switched_all_the_same(side);
        } else {
            self.refused_after_all(side);
        }
        chunk.bytes.len()
    }

    /// So do the client's.
    pub(super) fn is_told_by_client(&mut self, client: Side) {
        let server = client.other();
        if !matches!(self.streams.get(server).state, State::PerhapsSwitched(..)) {
            return;
        }
        match self.streams.get(client).held.backlog().bytes() {
            [first, second, ..] if starts_frame(*first) && *second >= 0x80 => self.switched_all_the_same(server),
            [first] if starts_frame(*first) => {}
            bytes if sniff(bytes) == Sniff::Undecided => {}
            _ => self.refused_after_all(server),
        }
    }

    fn switched_all_the_same(&mut self, server: Side) {
        if let Some((request, response, _)) = self.perhaps_switched(server) {
            self.accepted(server, Some(request), response);
        }
    }

    /// A response that may have been meant as 101 was not.
    pub(super) fn refused_after_all(&mut self, server: Side) {
        let Some((request, response, body)) = self.perhaps_switched(server) else { return };
        let client = server.other();
        self.refuse(client, Asking { request, perhaps: Some(response), had: None }, body.as_ref());
        self.go_on(server, body, Then::Head);
        self.reread(server);
        self.release(client);
    }

    fn perhaps_switched(&mut self, server: Side) -> Option<(RequestHead, ResponseHead, Option<Body>)> {
        let state = &mut self.streams.get_mut(server).state;
        match std::mem::take(state) {
            State::PerhapsSwitched(request, response, body) => Some((*request, *response, body)),
            other => {
                *state = other;
                None
            }
        }
    }

    /// No more of the body of what was refused is to come.
    pub(super) fn refused_in_full(&mut self) {
        if let Some(refusing) = self.refusing.take() {
            self.refused.push(refusing.refusal);
        }
    }
}

impl ResponseHead {
    /// It says of itself that it accepts an upgrade, whatever its status.
    pub(super) fn may_have_switched(&self) -> bool {
        (200..300).contains(&self.status) && self.names_websocket()
    }
}

crate::base::pack::pack_struct!(Refusing { server, refusal });
