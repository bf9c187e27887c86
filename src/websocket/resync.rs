//! Where frames start in bytes whose beginning is not known.
//!
//! In: a [`Backlog`] of one direction. Out: the start from which a chain of frames holds best, and how much speaks for
//! it, in bits: the base-2 logarithm of how many times likelier the bytes are as WebSocket frames than as anything
//! else. A chain must run, frame after frame, to the end of what is there (`resync/chain.rs`); one impossible header ends
//! it. What each frame counts stands in `resync/evidence.rs`; what a chain's place counts, here:
//!
//! | term | bits |
//! |---|---|
//! | a frame ends where a segment of more than a byte ends (not an empty data frame) | 7, twice a chain at most |
//! | a start that is not the first byte | minus the logarithm of the places tried |
//! | a short segment before it, after the first | -4 |
//! | frames before the first that begins with a segment | their own, minus the logarithm of the places tried; at least [`MARGIN`] |
//!
//! The work is linear in the bytes: most places are told by two bytes (`resync/glance.rs`), and the headers that are
//! read beyond that are a share of the bytes ([`Steps`]).

mod chain;
mod evidence;
mod glance;
mod trial;

use self::chain::walk;
use self::glance::Steps;
use crate::base::Backlog;
use crate::base::number::{distance, narrow, wide};

/// A start, and what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guess {
    /// Place in the backlog of the first frame.
    pub start: u64,
    /// What speaks for it, in bits; more is better, below zero speaks against it.
    pub bits: f32,
    /// Frames of the chain whose header is there.
    pub frames: u32,
    /// Text frames among them that are printable, and compressed ones that inflate.
    pub texts: u32,
    /// A frame with a payload ends where a segment does.
    pub landed: bool,
}

/// Bits that a start needs where the connection is known to be WebSocket, and only the place was lost: a header alone
/// has up to 7, so a second one or the end of a segment must agree.
pub const FOUND_AGAIN: f32 = 12.0;

/// Bits that it needs where no more bytes will come: a lone data frame that ends where its segment does has them, a
/// header that runs out of what is there has not.
pub const LAST_CHANCE: f32 = 10.0;

/// Bits by which frames before a segment's start must speak for themselves, once their places are paid for.
const MARGIN: f32 = 8.0;

/// Bits that speak against a start for each short segment passed over before it.
const SHORT_SEGMENT: f32 = 4.0;

/// The best start of a chain of frames, masked or not: the first byte, a segment's first byte, or any other.
#[must_use]
pub fn find(held: &Backlog, masked: bool) -> Option<Guess> {
    let mut search = Search::new(held, masked);
    let best = search.at_segments();
    match best {
        Some(best) if best.bits >= FOUND_AGAIN => Some(search.before(best)),
        _ => search.anywhere(best),
    }
}

/// The same, where only a segment's first byte may be one.
#[must_use]
pub fn find_at_segments(held: &Backlog, masked: bool) -> Option<Guess> {
    Search::new(held, masked).at_segments()
}

/// The chain of frames from `start` on, where it holds to the end of what is there.
#[must_use]
pub fn chain(held: &Backlog, start: u64, masked: bool) -> Option<Guess> {
    Search::new(held, masked).chain(start)
}

/// The first bytes of a segment may be those of a frame, by a glance that costs nothing.
#[must_use]
pub fn may_start(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| evidence::first_byte(*first, None).is_some())
}

/// A search through what is held of one direction.
struct Search<'h> {
    held: &'h Backlog,
    masked: bool,
    /// The length of a full segment.
    full: usize,
    steps: Steps,
}

impl<'h> Search<'h> {
    fn new(held: &'h Backlog, masked: bool) -> Search<'h> {
        let full = chunks(held).map(|(_, len)| len).max().unwrap_or(0);
        Search { held, masked, full, steps: Steps::for_bytes(held.bytes().len()) }
    }

    fn chain(&mut self, start: u64) -> Option<Guess> {
        Some(walk(self.held, start, None, self.masked, &mut self.steps)?.guess)
    }

    /// The best start among the first bytes of segments.
    fn at_segments(&mut self) -> Option<Guess> {
        let mut best: Option<Guess> = None;
        let mut passed = 0.0;
        for (tried, (start, len)) in chunks(self.held).enumerate() {
            let guess = self.chain(start);
            best = better(best, guess, (tried as f32 + 1.0).log2() + passed);
            if guess.is_some_and(|guess| chain::is_enough(&guess, self.masked)) {
                break;
            }
            passed += self.passing(tried, len);
        }
        best
    }

    /// The best start of all.
    fn anywhere(&mut self, mut best: Option<Guess>) -> Option<Guess> {
        let held = self.held;
        let places = price(wide(held.bytes().len()));
        let mut chunks = chunks(held).enumerate().peekable();
        let mut passed = 0.0;
        for (begins, run) in held.runs() {
            let mut from = 0;
            while let Some(at) = glance::next(run, from, run.len(), self.masked, &mut self.steps) {
                let start = begins + wide(at);
                while let Some((tried, (place, len))) = chunks.next_if(|(_, (place, len))| place + wide(*len) <= start)
                {
                    debug_assert!(place <= start);
                    passed += self.passing(tried, len);
                }
                best = better(best, self.chain(start), places + passed);
                from = at + 1;
            }
        }
        best
    }

    /// `best` begins with a segment: frames that lead up to it may begin inside the segments before.
    fn before(&mut self, best: Guess) -> Guess {
        let held = self.held;
        let places = price(best.start);
        let first = held.at(best.start).first().copied();
        let mut earlier: Option<Guess> = None;
        for (begins, run) in held.runs().take_while(|(begins, _)| *begins < best.start) {
            let to = run.len().min(narrow(distance(begins, best.start)));
            let mut from = 0;
            while let Some(at) = glance::next(run, from, to, self.masked, &mut self.steps) {
                from = at + 1;
                let Some(walked) = walk(held, begins + wide(at), Some(best.start), self.masked, &mut self.steps) else {
                    continue;
                };
                let goes_on = first.is_some_and(|first| evidence::first_byte(first, walked.in_message).is_some());
                if goes_on && walked.guess.bits - places >= MARGIN {
                    earlier = better(earlier, Some(walked.guess), places);
                }
            }
        }
        earlier.map_or(best, |earlier| Guess {
            start: earlier.start,
            bits: earlier.bits + best.bits,
            frames: earlier.frames + best.frames,
            texts: earlier.texts + best.texts,
            landed: earlier.landed || best.landed,
        })
    }

    /// What it costs to pass over a whole segment: a long frame fills segments to the brim, and only its end lies in a
    /// shorter one; programs that write short segments write whole frames.
    fn passing(&self, tried: usize, len: usize) -> f32 {
        if len < self.full && tried > 0 { SHORT_SEGMENT } else { 0.0 }
    }
}

/// The price of having tried so many places.
fn price(places: u64) -> f32 {
    (places.max(1) as f32).log2()
}

/// The better of two guesses, the earlier of two that are equal, after the price of having looked for the second.
fn better(best: Option<Guess>, guess: Option<Guess>, price: f32) -> Option<Guess> {
    let guess = guess.map(|guess| Guess { bits: guess.bits - price, ..guess });
    match (best, guess) {
        (Some(best), Some(guess)) if guess.bits > best.bits => Some(guess),
        (None, guess) => guess,
        (best, _) => best,
    }
}

/// Place and length of each chunk. What follows a gap at the very start is not the first that is tried.
fn chunks(held: &Backlog) -> impl Iterator<Item = (u64, usize)> {
    held.begins_with_gap().then_some((0, 0)).into_iter().chain(held.chunks())
}

#[cfg(test)]
mod tests;
