//! What one frame counts, in bits, for the place where it would begin.
//!
//! In: a header, and what is captured of its payload. Out: bits, or nothing where it cannot be.
//!
//! | term | bits |
//! |---|---|
//! | first byte of a header, by how usual it is ([`first_byte`]) | -4 to 6 |
//! | MASK as this direction must have it | 1 |
//! | a masking key that the frame before had too | nothing for the header: keys are fresh (section 5.3), and repeats repeat |
//! | an extended length, minimal and not absurd | 1 to 6 |
//! | masked text that is printable UTF-8 | 1 a byte, at most 24 a frame; none where key and payload are printable as they are |
//! | unmasked text that is printable UTF-8 | 1/2 a byte, at most 6 a frame: many protocols are printable |
//! | text with control characters | -4 each, at worst as text that is not UTF-8 |
//! | text that is not UTF-8 | -16 |
//! | a compressed message that inflates, or does not (`trial.rs`) | up to 12, or -16 |
//! | a close code that may be on the wire | 5 |

use crate::base::number::at_most;
use crate::websocket::close;
use crate::websocket::header::{Header, LengthForm, Opcode};

/// Longest frame believed without a handshake to vouch for it, bytes.
const LONGEST: u64 = 1 << 32;

/// A text frame that is no UTF-8 happens, where a program is broken.
pub(super) const NOT_TEXT: f32 = -16.0;

/// `None`: no such header, or not in this direction.
pub(super) fn header_bits(header: &Header, first: u8, masked: bool, in_message: Option<bool>) -> Option<f32> {
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
pub(super) fn first_byte(byte: u8, in_message: Option<bool>) -> Option<f32> {
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
pub(super) fn payload_bits(captured: &[u8], header: &Header) -> (Option<f32>, bool) {
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
            // What is printable as it is has no mask: behind any key of letters it would be printable again.
            Some(count)
                if header.masking_key.is_some_and(|key| is_plain(&key) && is_plain(captured) && !repeats(captured)) =>
            {
                (Some(count.clamp(NOT_TEXT, 0.0)), false)
            }
            Some(count) if header.masking_key.is_some() => (Some(count.clamp(NOT_TEXT, 24.0)), count > 0.0),
            Some(count) => (Some((count / 2.0).clamp(NOT_TEXT, 6.0)), count > 0.0),
            None => (Some(NOT_TEXT), false),
        },
        _ => (Some(0.0), false),
    }
}

/// The same four bytes over and over, as one character gives behind a mask: four of them may all be letters by chance.
fn repeats(bytes: &[u8]) -> bool {
    bytes.len() >= 8 && bytes.iter().zip(bytes.iter().skip(4)).all(|(one, other)| one == other)
}

/// Nothing but printable ASCII, tabs and ends of lines.
fn is_plain(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n'))
}

/// A control character that no text has.
pub(super) fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !byte.is_ascii_whitespace()
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
