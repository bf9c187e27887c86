//! Connections joined after their handshake: are they WebSocket?
//!
//! In: the first bytes of both sides. Out: a decision, with a confidence. Both sides are judged together: frames of one
//! must be masked and of the other not (RFC 6455 section 5.1), so that the mask tells who is the client. The evidence
//! of [`resync`] is weighed against how seldom an unknown stream is WebSocket.

use crate::base::{PacketNumber, Side, Sides};
use crate::websocket::resync::{self, Guess};
use crate::websocket::stretch::Stretch;

/// Bits that speak against WebSocket before any byte is seen: one unknown stream in 65,536.
const RARE: f32 = 16.0;

/// More of them where the start of the connection was seen, and was no handshake.
const RARER: f32 = 10.0;

/// Nothing is claimed below this confidence.
pub(super) const THRESHOLD: f32 = 0.99;

/// Bits that unmasked frames alone need: other protocols too put a length before each message.
const ONE_SIDED: f32 = 40.0;

/// Printable text frames that unmasked frames alone need.
const ONE_SIDED_TEXTS: u32 = 2;

/// Bytes of both sides looked at before a connection is given up.
const ENOUGH: usize = 16 * 1024;

/// Pieces of both sides looked at before a connection is given up.
const ENOUGH_PIECES: usize = 64;

/// Ticks during which what others found waits for this connection.
const WAITS: u8 = 4;

/// A connection under probation.
#[derive(Debug, Default)]
pub(super) struct Probe {
    pub(super) sides: Sides<Stretch>,
    /// The SYN was seen: a WebSocket would have begun with its handshake.
    from_start: bool,
    look_at: usize,
    ticks: u8,
}

/// What a probe finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Decision {
    /// Too little to tell.
    More,
    /// Not WebSocket, or no way to tell.
    No,
    /// WebSocket.
    Yes {
        client: Side,
        confidence: f32,
        /// Where frames start; `None` where a side has shown none yet.
        starts: Sides<Option<u64>>,
    },
}

impl Probe {
    pub(super) fn new(from_start: bool) -> Probe {
        Probe { from_start, ..Probe::default() }
    }

    /// The oldest packet held, while others wait for it.
    pub(super) fn oldest_pending(&self) -> Option<PacketNumber> {
        if self.ticks >= WAITS {
            return None;
        }
        [self.sides.a.oldest(), self.sides.b.oldest()].into_iter().flatten().min()
    }

    pub(super) fn tick(&mut self) {
        self.ticks = self.ticks.saturating_add(1);
    }

    /// What is known now; `last` where no more will come.
    pub(super) fn decide(&mut self, last: bool) -> Decision {
        let pieces = self.sides.a.pieces() + self.sides.b.pieces();
        let held = self.sides.a.held() + self.sides.b.held();
        let enough = held >= ENOUGH || pieces >= ENOUGH_PIECES || last;
        if pieces < self.look_at && !enough {
            return Decision::More;
        }
        self.look_at = if pieces < 4 { 0 } else { pieces * 2 };
        if self.is_something_else() {
            return Decision::No;
        }
        let (client, bits, starts) = Side::BOTH
            .into_iter()
            .map(|client| self.judge(client))
            .max_by(|one, other| one.1.total_cmp(&other.1))
            .unwrap_or((Side::A, 0.0, Sides::default()));
        let rare = RARE + if self.from_start { RARER } else { 0.0 };
        let confidence = 1.0 / (1.0 + (rare - bits).exp2());
        if confidence >= THRESHOLD {
            Decision::Yes { client, confidence, starts }
        } else if enough {
            Decision::No
        } else {
            Decision::More
        }
    }

    /// It is WebSocket by the user's word; the mask, if not `opener`, tells who is the client.
    pub(super) fn by_word(&self, opener: Option<Side>) -> Decision {
        let likelier = if self.judge(Side::A).1 >= self.judge(Side::B).1 { Side::A } else { Side::B };
        let client = opener.unwrap_or(likelier);
        let mut starts = Sides { a: Some(0), b: Some(0) };
        for side in Side::BOTH {
            if let Some(guess) = resync::find(self.sides.get(side), side == client).filter(|guess| guess.bits > 0.0) {
                *starts.get_mut(side) = Some(guess.start);
            }
        }
        Decision::Yes { client, confidence: 1.0, starts }
    }

    /// What speaks for WebSocket, in bits, if this side is the client.
    fn judge(&self, client: Side) -> (Side, f32, Sides<Option<u64>>) {
        let (from_client, from_server) = (self.sides.get(client), self.sides.get(client.other()));
        let masked = resync::find(from_client, true).filter(|guess| guess.bits > 0.0);
        let plain = resync::find(from_server, false).filter(|guess| guess.bits > 0.0);
        let (from_masked, from_plain) = (weigh(masked, from_client), weigh(plain, from_server));
        let vouched = plain.is_some_and(|guess| guess.bits >= ONE_SIDED && guess.texts >= ONE_SIDED_TEXTS);
        // Many protocols put a length before each message; what looks like unmasked frames counts only as far as text,
        // or masked frames on the other side, vouch for it.
        let bits = from_masked + if vouched { from_plain } else { from_plain.min(from_masked.max(0.0)) };
        let mut starts = Sides::default();
        *starts.get_mut(client) = masked.map(|guess| guess.start);
        *starts.get_mut(client.other()) = plain.map(|guess| guess.start);
        (client, bits, starts)
    }

    /// The first bytes of a TLS record or an SSH banner: most of what is not WebSocket is one of these.
    fn is_something_else(&self) -> bool {
        Side::BOTH.into_iter().any(|side| match self.sides.get(side).at(0) {
            [20..=23, 3, 0..=4, ..] => true,
            start => start.starts_with(b"SSH-"),
        })
    }
}

/// A side in which no chain of frames holds speaks against WebSocket, the more the longer it is; it may be inside a long
/// frame.
fn weigh(guess: Option<Guess>, stretch: &Stretch) -> f32 {
    match guess {
        Some(guess) => guess.bits,
        None if stretch.held() == 0 => 0.0,
        None => -((stretch.held() as f32).log2()) - stretch.pieces() as f32,
    }
}

crate::base::pack::pack_struct!(Probe { sides, from_start, look_at, ticks });

#[cfg(test)]
mod tests;
