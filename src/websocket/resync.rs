//! Where frames start in bytes whose beginning is not known.
//!
//! In: a [`Backlog`] of one direction. Out: the start from which a chain of frames holds best, and how much speaks for
//! it, in bits: the base-2 logarithm of how many times likelier the bytes are as WebSocket frames than as anything
//! else. A chain must run, frame after frame, to the end of what is there; one impossible header ends it.
//!
//! What counts, in bits:
//!
//! | term | bits |
//! |---|---|
//! | first byte of a header, by how usual it is ([`first_byte`]) | -4 to 6 |
//! | MASK as this direction must have it | 1 |
//! | a masking key that the frame before had too | nothing for the header: keys are fresh (section 5.3), and repeats repeat |
//! | an extended length, minimal and not absurd | 1 to 6 |
//! | a frame ends where a segment of more than a byte ends (not an empty data frame) | 7, twice a chain at most |
//! | masked text that is printable UTF-8 | 1 a byte, at most 24 a frame |
//! | unmasked text that is printable UTF-8 | 1/2 a byte, at most 6 a frame: many protocols are printable |
//! | text with control characters | -4 each, at worst as text that is not UTF-8 |
//! | text that is not UTF-8 | -16 |
//! | a close code that may be on the wire | 5 |
//! | a start that is not the first byte | minus the logarithm of the places tried |
//! | a short segment before it, after the first | -4 |

use super::close;
use super::header::{Header, LengthForm, Opcode};
use crate::base::Backlog;
use crate::base::number::at_most;

/// A start, and what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guess {
    /// Place in the backlog of the first frame.
    pub start: u64,
    /// What speaks for it, in bits; more is better, below zero speaks against it.
    pub bits: f32,
    /// Frames of the chain whose header is there.
    pub frames: u32,
    /// Text frames among them that are printable.
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

/// Longest frame believed without a handshake to vouch for it, bytes.
const LONGEST: u64 = 1 << 32;

/// A text frame that is no UTF-8 happens, where a program is broken.
const NOT_TEXT: f32 = -16.0;

/// A chain this far below zero is not followed to its end, which would cost much on zeros.
const HOPELESS: f32 = -12.0;

/// Bits that speak against a start for each short segment passed over before it.
const SHORT_SEGMENT: f32 = 4.0;

/// Most places inside segments that are tried.
const PLACES: usize = 64 * 1024;

/// Most headers read in one search. Random bytes need one or two a place; a run of bytes that is a frame wherever it is
/// begun would need as many as it is long.
const HEADERS: usize = 256 * 1024;

/// The best start of a chain of frames, masked or not: the first byte, a segment's first byte, or any other.
#[must_use]
pub fn find(held: &Backlog, masked: bool) -> Option<Guess> {
    let mut best = None;
    let mut headers = HEADERS;
    let full = chunks(held).map(|(_, len)| len).max().unwrap_or(0);
    let mut passed = 0.0;
    for (tried, (start, len)) in chunks(held).enumerate() {
        let guess = chain_within(held, start, masked, &mut headers);
        best = better(best, guess, (tried as f32 + 1.0).log2() + passed);
        passed += passing(tried, len, full);
    }
    if best.is_some_and(|best| best.bits >= FOUND_AGAIN) {
        return best;
    }
    let places = (held.bytes().len().max(1) as f32).log2();
    let mut left = PLACES;
    passed = 0.0;
    for (tried, (start, len)) in chunks(held).enumerate() {
        for (start, byte) in (start..).zip(held.at(start)).take(left) {
            // Most bytes cannot be a header's first.
            if first_byte(*byte, None).is_some() {
                best = better(best, chain_within(held, start, masked, &mut headers), places + passed);
            }
        }
        left = left.saturating_sub(len);
        passed += passing(tried, len, full);
    }
    best
}

/// What it costs to pass over a whole segment: a long frame fills segments to the brim, and only its end lies in a
/// shorter one; programs that write short segments write whole frames.
fn passing(tried: usize, len: usize, full: usize) -> f32 {
    if len < full && tried > 0 { SHORT_SEGMENT } else { 0.0 }
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

/// The chain of frames from `start` on, where it holds to the end of what is there.
#[must_use]
pub fn chain(held: &Backlog, start: u64, masked: bool) -> Option<Guess> {
    chain_within(held, start, masked, &mut { HEADERS })
}

/// The same; `headers` are left to be read.
fn chain_within(held: &Backlog, start: u64, masked: bool, headers: &mut usize) -> Option<Guess> {
    let mut guess = Guess { start, bits: 0.0, frames: 0, texts: 0, landed: false };
    let mut at = start;
    let mut in_message = None;
    let mut key = None;
    let mut landings = 0;
    while at < held.stream_len() {
        *headers = headers.checked_sub(1)?;
        let Some(header) = header(held, at) else {
            // A header cut at the end, or lost in a gap: what is there of it must not be impossible.
            if let Some(first) = held.at(at).first() {
                first_byte(*first, in_message)?;
            }
            break;
        };
        let bits = header_bits(&header, held.at(at).first().copied()?, masked, in_message)?;
        let repeats = key.is_some() && key == header.masking_key;
        guess.bits += if repeats { bits.min(0.0) } else { bits };
        guess.frames += 1;
        key = header.masking_key;
        if !header.opcode.is_control() {
            in_message = Some(!header.fin);
        }
        let payload = at + u64::from(header.wire_len());
        let (bits, text) = payload_bits(held.at(payload), &header);
        guess.bits += bits?;
        if guess.bits < HOPELESS {
            return None;
        }
        guess.texts += u32::from(text);
        at = payload.checked_add(header.length)?;
        if at <= held.stream_len()
            && held.is_boundary(at)
            && held.chunk_before(at) > 1
            && landings < 2
            && (header.length > 0 || header.opcode.is_control())
        {
            landings += 1;
            guess.bits += 7.0;
            guess.landed |= header.length > 0;
        }
        if header.opcode == Opcode::Close {
            // Nothing may follow; what does is no frame of this chain.
            break;
        }
    }
    // A chain that starts too late to hold a frame says nothing.
    (guess.frames > 0).then_some(guess)
}

/// Place and length of each chunk. What follows a gap at the very start is not the first that is tried.
fn chunks(held: &Backlog) -> impl Iterator<Item = (u64, usize)> {
    held.begins_with_gap().then_some((0, 0)).into_iter().chain(held.chunks())
}

/// The header at `place`, where all of it is in the capture.
fn header(held: &Backlog, place: u64) -> Option<Header> {
    if let Ok(header) = Header::parse(held.at(place)) {
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

/// The first bytes of a segment may be those of a frame, by a glance that costs nothing.
#[must_use]
pub fn may_start(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first_byte(*first, None).is_some())
}

/// `None`: no such header, or not in this direction.
fn header_bits(header: &Header, first: u8, masked: bool, in_message: Option<bool>) -> Option<f32> {
    if header.masking_key.is_some() != masked || !header.is_minimal() || header.length > LONGEST {
        return None;
    }
    if header.opcode.is_control() && (header.length > 125 || (header.opcode == Opcode::Close && header.length == 1)) {
        return None;
    }
    let length = match header.form {
        // Data frames are seldom empty; zeros are not WebSocket.
        LengthForm::Bits7 if header.length == 0 && !header.opcode.is_control() && !masked => -6.0,
        LengthForm::Bits7 => 0.0,
        LengthForm::Bits16 => 1.0,
        LengthForm::Bits64 => 6.0,
    };
    Some(first_byte(first, in_message)? + 1.0 + length)
}

/// How much likelier a header's first byte is than a random byte; `None` where it cannot be. `in_message`: the chain
/// is inside a fragmented message, or not, or has not seen a data frame yet.
fn first_byte(byte: u8, in_message: Option<bool>) -> Option<f32> {
    match (byte, in_message) {
        (0x81, Some(false) | None) => Some(6.0),
        (0x82 | 0xc1, Some(false) | None) => Some(5.0),
        (0x88..=0x8a, _) => Some(3.0),
        (0xc2, Some(false) | None) => Some(3.0),
        (0x01 | 0x02 | 0x41, Some(false) | None) => Some(1.0),
        (0x42, Some(false) | None) => Some(0.0),
        (0x80, Some(true)) => Some(3.0),
        (0x00, Some(true)) => Some(2.0),
        (0x80, None) => Some(0.0),
        (0x00, None) => Some(-2.0),
        _ => None,
    }
}

/// What the captured start of a payload says, and whether it is printable text.
fn payload_bits(captured: &[u8], header: &Header) -> (Option<f32>, bool) {
    let len = at_most(header.length, captured.len().min(64));
    let captured = captured.get(..len).unwrap_or_default();
    let mut plain = [0; 64];
    for (i, (place, byte)) in plain.iter_mut().zip(captured).enumerate() {
        let key = header.masking_key.and_then(|key| key.get(i % 4).copied()).unwrap_or(0);
        *place = byte ^ key;
    }
    let plain = plain.get(..len).unwrap_or_default();
    match header.opcode {
        Opcode::Close => match plain.split_first_chunk::<2>() {
            // Codes that stand for what was not sent are sent all the same by some programs.
            Some((&[3, 0xed | 0xee | 0xf7], _)) => (Some(0.0), false),
            Some((code, _)) if close::forbidden(u16::from_be_bytes(*code)).is_some() => (None, false),
            Some(_) => (Some(5.0), false),
            None => (Some(0.0), false),
        },
        Opcode::Text if header.rsv == 0 => match printable(plain) {
            Some(count) if header.masking_key.is_some() => (Some(count.clamp(NOT_TEXT, 24.0)), count > 0.0),
            Some(count) => (Some((count / 2.0).clamp(NOT_TEXT, 6.0)), count > 0.0),
            None => (Some(NOT_TEXT), false),
        },
        _ => (Some(0.0), false),
    }
}

/// Printable bytes of `plain`, where it is UTF-8, cut anywhere at its end, less four for each control character: text
/// protocols use some (STOMP ends with NUL), random bytes many.
fn printable(plain: &[u8]) -> Option<f32> {
    let valid = match std::str::from_utf8(plain) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(plain.get(..error.valid_up_to())?).ok()?,
        Err(_) => return None,
    };
    let controls = valid.chars().filter(|c| c.is_control() && !c.is_ascii_whitespace()).count();
    Some(valid.len() as f32 - 5.0 * controls as f32)
}
