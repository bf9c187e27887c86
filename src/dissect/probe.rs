//! Connections joined after their handshake: are they WebSocket?
//!
//! In: the first bytes of both sides. Out: a decision, with a confidence. Both sides are judged together: frames of one
//! must be masked and of the other not (RFC 6455 section 5.1), so that the mask tells who is the client. The evidence
//! of [`resync`] is weighed against how seldom an unknown stream is WebSocket.
//!
//! A connection may be joined inside a long frame, in which nothing can be seen. So a probe that has seen enough does
//! not end but sleeps: it holds nothing, and looks at each segment for a header whose frame ends where a segment does.
//! There it wakes and begins anew.

mod http2;
mod socks;
mod tls;

use super::traffic_guess::TrafficGuess;
use crate::base::number::distance;
use crate::base::{Backlog, Chunk, Gap, PacketNumber, Side, Sides};
use crate::websocket::resync::{self, Guess};

/// Bits that speak against WebSocket before any byte is seen: one unknown stream in 65,536.
const RARE: f32 = 16.0;

/// More of them where the start of the connection was seen, and was no handshake.
const RARER: f32 = 10.0;

/// Nothing is claimed below this confidence: about 23 bits of evidence, which two short frames have, one of each side or
/// one with text behind a mask, and which nothing else that was measured comes near (docs/MIDSTREAM.md).
pub(super) const THRESHOLD: f32 = 0.99;

/// Bits that unmasked frames alone need: other protocols too put a length before each message.
const ONE_SIDED: f32 = 48.0;

/// Printable text frames that unmasked frames alone need; enough that a client which answers has been heard.
const ONE_SIDED_TEXTS: u32 = 8;

/// Bytes of both sides looked at before a connection is given up.
const ENOUGH: usize = 16 * 1024;

/// Segments of both sides looked at before a connection is given up.
const ENOUGH_SEGMENTS: usize = 64;

/// Segments shorter than this end what a program wrote: the smallest maximum segment size that hosts must take is 536
/// bytes (RFC 9293 section 3.7.1).
const FULL_SEGMENT: u64 = 512;

/// Segments of both sides in which SOCKS has said what it has to: greeting, credentials and request, and the answers.
const SOCKS_SEGMENTS: usize = 8;

/// What a side without a frame counts, in bits.
const NO_CHAIN: f32 = -4.0;

/// How often a probe wakes before it is given up.
const WAKES: u8 = 32;

/// Ticks during which what others found waits for this connection.
const WAITS: u8 = 4;

/// A connection under probation.
#[derive(Debug, Default)]
pub(super) struct Probe {
    pub(super) sides: Sides<Backlog>,
    /// The SYN was seen: a WebSocket would have begun with its handshake.
    from_start: bool,
    look_at: usize,
    ticks: u8,
    asleep: bool,
    wakes: u8,
}

/// What a probe finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Decision {
    /// Too little to tell.
    More,
    /// Not WebSocket.
    No,
    /// Something that is known, and not WebSocket.
    Other(TrafficGuess),
    /// No way to tell from what was seen.
    Later,
    /// WebSocket.
    Yes {
        client: Side,
        confidence: f32,
        /// Where frames start; `None` where a side has shown none yet.
        starts: Sides<Option<u64>>,
    },
}

impl Probe {
    /// A probe that begins with what others have held.
    pub(super) fn new(sides: Sides<Backlog>, from_start: bool) -> Probe {
        Probe { sides, from_start, ..Probe::default() }
    }

    /// The next bytes of a side; says whether there is something to decide.
    pub(super) fn push(&mut self, side: Side, chunk: Chunk<'_>) -> bool {
        let held = self.sides.get_mut(side);
        if self.asleep && held.is_empty() && !resync::may_start(chunk.bytes) {
            return false;
        }
        held.push(chunk);
        !self.asleep || self.wakes(side)
    }

    /// Bytes of a side are lost; says whether there is something to decide.
    pub(super) fn gap(&mut self, side: Side, gap: Gap) -> bool {
        let held = self.sides.get_mut(side);
        if self.asleep && held.is_empty() {
            return false;
        }
        held.push_gap(gap);
        self.asleep && self.wakes(side)
    }

    /// Holds nothing until something looks like a frame. `false` where that was tried often enough.
    pub(super) fn sleep(&mut self) -> bool {
        self.asleep = true;
        self.sides = Sides::default();
        self.wakes < WAKES && !self.from_start
    }

    /// What a sleeping probe holds of a side is whole frames.
    fn wakes(&mut self, side: Side) -> bool {
        let held = self.sides.get_mut(side);
        match [true, false].into_iter().find_map(|masked| resync::chain(held, 0, masked)) {
            Some(guess) if guess.landed || guess.bits >= resync::FOUND_AGAIN => {
                self.asleep = false;
                self.look_at = 0;
                self.ticks = 0;
                self.wakes += 1;
                true
            }
            Some(_) if held.bytes().len() < ENOUGH && segments(held) < ENOUGH_SEGMENTS => false,
            _ => {
                *held = Backlog::default();
                false
            }
        }
    }

    /// Bytes held.
    pub(super) fn held_bytes(&self) -> usize {
        Side::BOTH.into_iter().map(|side| self.sides.get(side).bytes().len()).sum()
    }

    /// The oldest packet held, while others wait for it.
    pub(super) fn oldest_pending(&self) -> Option<PacketNumber> {
        if self.ticks >= WAITS {
            return None;
        }
        [self.sides.a.oldest_packet(), self.sides.b.oldest_packet()].into_iter().flatten().min()
    }

    pub(super) fn tick(&mut self) {
        self.ticks = self.ticks.saturating_add(1);
        if self.asleep {
            // What may be frames was not enough within a tick: others wait no longer for it.
            self.sides = Sides::default();
        }
    }

    /// What is known now; `last` where no more will come.
    pub(super) fn decide(&mut self, last: bool) -> Decision {
        let segments = segments(&self.sides.a) + segments(&self.sides.b);
        let held = self.sides.a.bytes().len() + self.sides.b.bytes().len();
        let enough = held >= ENOUGH || segments >= ENOUGH_SEGMENTS || last;
        if segments < self.look_at && !enough {
            return Decision::More;
        }
        self.look_at = if segments < 4 { 0 } else { segments * 2 };
        if let Some(other) = self.is_something_else() {
            return Decision::Other(other);
        }
        let chains = Chains::of(&self.sides);
        let (client, bits, starts) = Side::BOTH
            .into_iter()
            .map(|client| self.judge(client, &chains, enough))
            .max_by(|one, other| one.1.total_cmp(&other.1))
            .unwrap_or((Side::A, 0.0, Sides::default()));
        // Who asks often is told something false the more often.
        let rare = RARE + if self.from_start { RARER } else { 0.0 } + f32::from(self.wakes).min(8.0);
        let confidence = 1.0 / (1.0 + (rare - bits).exp2());
        if confidence >= THRESHOLD {
            Decision::Yes { client, confidence, starts }
        } else if enough && self.leads_to_https() {
            Decision::Other(TrafficGuess::Tls)
        } else if enough {
            Decision::Later
        } else {
            Decision::More
        }
    }

    /// It is WebSocket by the user's word, unless it is surely something else; the mask, if not `opener`, tells who is the
    /// client. `last` where no more will come.
    pub(super) fn by_word(&self, opener: Option<Side>, last: bool) -> Decision {
        if let Some(other) = self.is_something_else() {
            return Decision::Other(other);
        }
        if !last && self.sides.a.chunk_count() + self.sides.b.chunk_count() < SOCKS_SEGMENTS && self.is_after_socks() {
            return Decision::More;
        }
        let chains = Chains::of(&self.sides);
        let speaks_for = |client| self.judge(client, &chains, true).1;
        let likelier = if speaks_for(Side::A) >= speaks_for(Side::B) { Side::A } else { Side::B };
        let client = opener.unwrap_or(likelier);
        let mut starts = Sides { a: Some(0), b: Some(0) };
        for side in Side::BOTH {
            if let Some(guess) = chains.get(side, side == client).filter(|guess| guess.bits > 0.0) {
                *starts.get_mut(side) = Some(guess.start);
            }
        }
        Decision::Yes { client, confidence: 1.0, starts }
    }

    /// What speaks for WebSocket, in bits, if this side is the client. `enough`: who has not spoken yet is silent. (One
    /// side's first segments may all come before the other's, where it is not yet known which of them is the first.)
    fn judge(&self, client: Side, chains: &Chains, enough: bool) -> (Side, f32, Sides<Option<u64>>) {
        let from_client = self.sides.get(client);
        let masked = chains.get(client, true).filter(|guess| guess.bits > 0.0);
        let plain = chains.get(client.other(), false).filter(|guess| guess.bits > 0.0);
        let (from_masked, from_plain) =
            (self.weigh(masked, client, true, chains), self.weigh(plain, client.other(), false, chains));
        // Text vouches for itself only where the client is silent, or may be inside a long frame.
        let unseen =
            masked.is_some_and(|guess| guess.bits >= resync::LAST_CHANCE) || enough && short_segments(from_client) == 0;
        let vouched = unseen && plain.is_some_and(|guess| guess.bits >= ONE_SIDED && guess.texts >= ONE_SIDED_TEXTS);
        // Many protocols put a length before each message; what looks like unmasked frames counts only as far as text,
        // or masked frames on the other side, vouch for it.
        let bits = from_masked + if vouched { from_plain } else { from_plain.min(from_masked.max(0.0)) };
        let mut starts = Sides::default();
        // A weak guess is no place to start at: more bytes will show a better one.
        let place =
            |guess: Option<Guess>| guess.filter(|guess| guess.bits >= resync::LAST_CHANCE).map(|guess| guess.start);
        *starts.get_mut(client) = place(masked);
        *starts.get_mut(client.other()) = place(plain);
        (client, bits, starts)
    }

    /// A side in which no chain of frames holds may be inside a long frame, and speaks against WebSocket a little. It is
    /// not inside a frame where it writes short segments, one after another, none of which ends one; or where it has
    /// frames, but masked as the other side's must be (RFC 6455 section 5.1).
    fn weigh(&self, guess: Option<Guess>, side: Side, masked: bool, chains: &Chains) -> f32 {
        let held = self.sides.get(side);
        match guess {
            Some(guess) => guess.bits,
            None if held.bytes().is_empty() => 0.0,
            None if short_segments(held) > 1 => f32::NEG_INFINITY,
            None if chains.get(side, !masked).is_some_and(|guess| guess.bits >= resync::FOUND_AGAIN) => {
                f32::NEG_INFINITY
            }
            None => NO_CHAIN,
        }
    }

    /// TLS, SSH or HTTP/2: most of what is not WebSocket is one of these.
    fn is_something_else(&self) -> Option<TrafficGuess> {
        let any = |speaks: fn(&Backlog) -> bool| Side::BOTH.into_iter().any(|side| speaks(self.sides.get(side)));
        if any(tls::speaks) {
            Some(TrafficGuess::Tls)
        } else if any(http2::speaks) {
            Some(TrafficGuess::Http2)
        } else if any(|held| held.at(0).starts_with(b"SSH-")) {
            Some(TrafficGuess::Unknown)
        } else {
            None
        }
    }

    /// SOCKS leads to the port of HTTPS: what comes there is TLS, also where its own beginning is lost.
    fn leads_to_https(&self) -> bool {
        Side::BOTH.into_iter().any(|side| socks::port(self.sides.get(side)) == Some(443))
    }

    /// It begins as SOCKS does, which says in its next segments what it leads to.
    fn is_after_socks(&self) -> bool {
        Side::BOTH.into_iter().any(|side| socks::asks(self.sides.get(side).at(0)))
    }
}

/// The best chain of each side, masked and not: both sides are judged twice, and searched once.
struct Chains {
    masked: Sides<Option<Guess>>,
    plain: Sides<Option<Guess>>,
}

impl Chains {
    fn of(sides: &Sides<Backlog>) -> Chains {
        let find = |masked| Sides { a: resync::find(&sides.a, masked), b: resync::find(&sides.b, masked) };
        Chains { masked: find(true), plain: find(false) }
    }

    fn get(&self, side: Side, masked: bool) -> Option<Guess> {
        if masked { *self.masked.get(side) } else { *self.plain.get(side) }
    }
}

/// Segments held; a gap before the first stands for one.
fn segments(held: &Backlog) -> usize {
    held.chunk_count() + usize::from(held.begins_with_gap())
}

/// Segments that are not full, what is lost behind them included.
fn short_segments(held: &Backlog) -> usize {
    let ends = held.chunks().skip(1).map(|(place, _)| place).chain([held.stream_len()]);
    held.chunks().zip(ends).filter(|((place, _), end)| distance(*place, *end) < FULL_SEGMENT).count()
}

crate::base::pack::pack_struct!(Probe { sides, from_start, look_at, ticks, asleep, wakes });

#[cfg(test)]
mod tests;
