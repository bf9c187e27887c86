//! A chain: frame after frame from one place on.
//!
//! In: a [`Backlog`], and where the first frame begins. Out: what speaks for it, or nothing where a header cannot be.

use super::Guess;
use super::evidence::{first_byte, header_bits, payload_bits};
use super::glance::Steps;
use super::trial::Trial;
use crate::base::Backlog;
use crate::websocket::header::{Header, Opcode};

/// A chain with as many bits is not followed any further: no other will have more.
const CERTAIN: f32 = 128.0;

/// Printable text frames that unmasked ones must have for that: who hears a server alone counts them.
const TEXTS: u32 = 8;

/// A chain that holds for as many frames is not followed any further.
const FRAMES: u32 = 64;

/// A chain this far below zero is not followed to its end, which would cost much on zeros.
const HOPELESS: f32 = -12.0;

/// A chain that holds.
pub(super) struct Walked {
    pub(super) guess: Guess,
    /// It ends inside a fragmented message, or not, or has no data frame.
    pub(super) in_message: Option<bool>,
}

/// The chain of frames from `start` on, to the end of what is there; or exactly up to `until`.
pub(super) fn walk(held: &Backlog, start: u64, until: Option<u64>, masked: bool, steps: &mut Steps) -> Option<Walked> {
    let mut guess = Guess { start, bits: 0.0, frames: 0, texts: 0, landed: false };
    let mut at = start;
    let mut in_message = None;
    let mut key = None;
    let mut landings = 0;
    // What speaks against its first frames: a start behind them has that much more.
    let mut lowest = 0.0f32;
    let mut trial = Trial::new();
    while at < until.unwrap_or(held.stream_len()) {
        steps.spend(Steps::HEADER)?;
        let bytes = held.at(at);
        let Some(header) = header(held, at, bytes) else {
            // A header cut at the end, or lost in a gap: what there is of it must not be impossible.
            if let Some(first) = bytes.first() {
                first_byte(*first, in_message)?;
            }
            break;
        };
        let bits = header_bits(&header, bytes.first().copied()?, masked, in_message)?;
        let repeats = key.is_some() && key == header.masking_key;
        guess.bits += if repeats { bits.min(0.0) } else { bits };
        guess.frames += 1;
        key = header.masking_key;
        if !header.opcode.is_control() {
            in_message = Some(!header.fin);
        }
        let payload = at + u64::from(header.wire_len());
        let captured = bytes.get(usize::from(header.wire_len())..).filter(|captured| !captured.is_empty());
        let captured = captured.unwrap_or_else(|| held.at(payload));
        let (bits, text) = payload_bits(captured, &header);
        guess.bits += bits?;
        guess.texts += u32::from(text);
        at = payload.checked_add(header.length)?;
        let tried =
            if header.rsv != 0 && ends_a_segment(held, at) { trial.bits(captured, &header, steps) } else { None };
        if let Some(bits) = tried {
            guess.bits += bits;
            guess.texts += u32::from(bits > 0.0);
        }
        if guess.bits < HOPELESS {
            return None;
        }
        lowest = lowest.min(guess.bits);
        if landings < 2 && (header.length > 0 || header.opcode.is_control()) && ends_a_segment(held, at) {
            landings += 1;
            guess.bits += 7.0;
            guess.landed |= header.length > 0;
        }
        if header.opcode == Opcode::Close {
            // Nothing may follow; what does is no frame of this chain.
            break;
        }
        if until.is_none() && is_enough(&guess, masked) {
            // By how much is chance: the start before has as many.
            guess.bits = guess.bits.min(CERTAIN + lowest);
            break;
        }
    }
    // A chain that starts too late to hold a frame says nothing.
    (guess.frames > 0 && until.is_none_or(|until| at == until)).then_some(Walked { guess, in_message })
}

/// No later start will have more: those that are true lie on the way of this one.
pub(super) fn is_enough(guess: &Guess, masked: bool) -> bool {
    guess.bits >= CERTAIN && (masked || guess.texts >= TEXTS) || guess.frames >= FRAMES
}

/// A segment of more than a byte ends here.
fn ends_a_segment(held: &Backlog, at: u64) -> bool {
    at <= held.stream_len() && held.is_boundary(at) && held.chunk_before(at) > 1
}

/// The header at `place`, from which on `bytes` lie in one piece, where all of it is in the capture.
fn header(held: &Backlog, place: u64, bytes: &[u8]) -> Option<Header> {
    if let Ok(header) = Header::parse(bytes) {
        return Some(header);
    }
    // It goes on in the next chunks, if they follow without a gap.
    let mut joined = [0; Header::MAX_LEN];
    let mut have = 0;
    for (next, into) in (place..).zip(&mut joined) {
        let Some(byte) = held.at(next).first() else { break };
        *into = *byte;
        have += 1;
    }
    Header::parse(joined.get(..have)?).ok()
}
