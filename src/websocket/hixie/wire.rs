//! The bytes around a payload in draft-hixie-thewebsocketprotocol-75 and -76 (their section 4.2).
//!
//! In: a frame's type byte, and the bytes of its length. Out: what the frame is. Types below 0x80 run up to a 0xFF,
//! which UTF-8 never holds; the others carry a length in groups of seven bits, most significant first, the top bit set
//! on all bytes but the last. Both drafts use type 0x00, for text, and -76 also the bytes FF 00, for closing.

use crate::websocket::{Framing, Opcode};

/// Ends a frame whose type is below 0x80.
pub const END: u8 = 0xff;

/// The type of text frames.
pub const TEXT: u8 = 0x00;

/// The type that the drafts mean for binary data; they have receivers pass over it.
pub const BINARY: u8 = 0x80;

/// How a frame of this type stands on the wire.
#[must_use]
pub fn framing(kind: u8) -> Framing {
    if kind & 0x80 == 0 { Framing::Sentinel } else { Framing::Counted }
}

/// The opcode of RFC 6455 that says what a frame is: text, binary, or close for FF 00. Other types have no meaning in
/// the drafts and are shown as reserved data.
#[must_use]
pub fn opcode(kind: u8, length: u64) -> Opcode {
    match kind {
        TEXT => Opcode::Text,
        BINARY => Opcode::Binary,
        0xff if length == 0 => Opcode::Close,
        _ => Opcode::Reserved(3),
    }
}

/// Longest length believed, bytes: ten hold 64 bits, and zeros may stand before.
pub const LONGEST_LENGTH: u8 = 64;

/// A length being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Length {
    /// The length so far; [`u64::MAX`] where it is more.
    pub value: u64,
    /// Bytes read.
    pub bytes: u8,
}

impl Length {
    /// The next byte; `true` where it was the last.
    pub fn push(&mut self, byte: u8) -> bool {
        let low = u64::from(byte & 0x7f);
        self.value = self.value.checked_mul(128).and_then(|value| value.checked_add(low)).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(1);
        byte & 0x80 == 0
    }
}

/// Whether a frame seems to start at the first of these bytes, which follow bytes that are lost.
#[must_use]
pub fn is_start(bytes: &[u8]) -> bool {
    matches!(bytes, [TEXT | BINARY, ..] | [0xff, 0x00])
}

/// Where the first frame starts after bytes that are lost: behind a byte that can only have ended one.
#[must_use]
pub fn next_start(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(END, bytes)
        .map(|end| end + 1)
        .find(|start| matches!(bytes.get(*start..), None | Some([] | [TEXT | BINARY | END, ..])))
}

crate::base::pack::pack_struct!(Length { value, bytes });

#[cfg(test)]
mod tests {
    use super::*;

    fn length(bytes: &[u8]) -> Option<(u64, u8)> {
        let mut length = Length::default();
        let last = bytes.iter().position(|byte| length.push(*byte));
        last.filter(|last| last + 1 == bytes.len()).map(|_| (length.value, length.bytes))
    }

    #[test]
    fn lengths_are_seven_bits_a_byte() {
        assert_eq!(length(&[0x00]), Some((0, 1)));
        assert_eq!(length(&[0x7f]), Some((127, 1)));
        assert_eq!(length(&[0x81, 0x00]), Some((128, 2)));
        assert_eq!(length(&[0x80, 0x05]), Some((5, 2)));
        assert_eq!(length(&[0x82, 0x80, 0x80, 0x80, 0x80, 0x00]), Some((2 << 35, 6)));
        assert_eq!(length(&[0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), Some((u64::MAX, 10)));
        assert_eq!(length(&[0xff; 11]), None);
        let endless: Vec<u8> = [vec![0xff; 400], vec![0]].concat();
        assert_eq!(length(&endless), Some((u64::MAX, u8::MAX)));
    }

    #[test]
    fn types() {
        assert_eq!((framing(0x00), opcode(0x00, 5)), (Framing::Sentinel, Opcode::Text));
        assert_eq!((framing(0x7f), opcode(0x7f, 5)), (Framing::Sentinel, Opcode::Reserved(3)));
        assert_eq!((framing(0x80), opcode(0x80, 5)), (Framing::Counted, Opcode::Binary));
        assert_eq!((framing(0xff), opcode(0xff, 0)), (Framing::Counted, Opcode::Close));
        assert_eq!(opcode(0xff, 1), Opcode::Reserved(3));
    }

    #[test]
    fn starts_after_a_loss() {
        assert_eq!(next_start(b"lo\xff\x00Hi\xff"), Some(3));
        assert_eq!(next_start(b"lo\xff\xff\x00"), Some(3));
        assert_eq!(next_start(b"lo\xff"), Some(3));
        assert_eq!(next_start(b"l\xffo"), None);
        assert_eq!(next_start(b""), None);
        assert!(is_start(b"\x00Hi") && is_start(b"\xff\x00") && !is_start(b"\xff\x00Hi") && !is_start(b"Hi"));
    }
}
