//! The frame header (RFC 6455 section 5.2).
//!
//! In: the first bytes of a frame. Out: a [`Header`], or how many bytes are wanted. Nothing is judged here: reserved
//! opcodes, longer length forms than needed and the top bit of the length are kept as they are.

use crate::base::{Cursor, Incomplete};

/// What a frame is for (RFC 6455 sections 5.2 and 11.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Opcode {
    /// 0: continues the message under way.
    Continuation,
    /// 1: starts a text message.
    Text,
    /// 2: starts a binary message.
    Binary,
    /// 8: closes.
    Close,
    /// 9: ping.
    Ping,
    /// 10: pong.
    Pong,
    /// 3 to 7 (data) and 11 to 15 (control), which no specification uses.
    Reserved(u8),
}

impl Opcode {
    /// From the low four bits of a header's first byte; higher bits are ignored.
    #[must_use]
    pub fn from_bits(bits: u8) -> Opcode {
        match bits & 0x0f {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            other => Opcode::Reserved(other),
        }
    }

    /// The four bits.
    #[must_use]
    pub fn bits(self) -> u8 {
        match self {
            Opcode::Continuation => 0,
            Opcode::Text => 1,
            Opcode::Binary => 2,
            Opcode::Close => 8,
            Opcode::Ping => 9,
            Opcode::Pong => 10,
            Opcode::Reserved(bits) => bits,
        }
    }

    /// Opcodes 8 to 15 are control frames (RFC 6455 section 5.5).
    #[must_use]
    pub fn is_control(self) -> bool {
        self.bits() & 0x08 != 0
    }

    /// A short name, upper case: `TEXT`, `CONT`, `BIN`, `CLOSE`, `PING`, `PONG`, `RSV3`…
    #[must_use]
    pub fn short_name(self) -> &'static str {
        match self.bits() {
            0 => "CONT",
            1 => "TEXT",
            2 => "BIN",
            3 => "RSV3",
            4 => "RSV4",
            5 => "RSV5",
            6 => "RSV6",
            7 => "RSV7",
            8 => "CLOSE",
            9 => "PING",
            10 => "PONG",
            11 => "RSV11",
            12 => "RSV12",
            13 => "RSV13",
            14 => "RSV14",
            _ => "RSV15",
        }
    }

    /// The RFC's name, lower case: `continuation`, `text`, `connection close`, `reserved`…
    #[must_use]
    pub fn long_name(self) -> &'static str {
        match self {
            Opcode::Continuation => "continuation",
            Opcode::Text => "text",
            Opcode::Binary => "binary",
            Opcode::Close => "connection close",
            Opcode::Ping => "ping",
            Opcode::Pong => "pong",
            Opcode::Reserved(bits) if bits & 0x08 != 0 => "reserved control",
            Opcode::Reserved(_) => "reserved data",
        }
    }
}

/// In which field a frame's length is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LengthForm {
    /// In the 7 bits of the second byte.
    Bits7,
    /// 126 there, and 16 bits after it.
    Bits16,
    /// 127 there, and 64 bits after it.
    Bits64,
}

/// A frame header, as it is on the wire, without judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Header {
    /// The final fragment of its message.
    pub fin: bool,
    /// RSV1, RSV2, RSV3 as the bits 4, 2, 1.
    pub rsv: u8,
    /// The opcode.
    pub opcode: Opcode,
    /// The masking key, where MASK is set.
    pub masking_key: Option<[u8; 4]>,
    /// Payload length, bytes; the true 64-bit one.
    pub length: u64,
    /// The field it was written in.
    pub form: LengthForm,
}

impl Header {
    /// Longest header: 2 bytes, 8 of length, 4 of key.
    pub const MAX_LEN: usize = 14;

    /// Reads the header at the start of `bytes`, 2 to 14 bytes of it.
    ///
    /// ```
    /// use sockeye::websocket::{Header, Opcode};
    /// let header = Header::parse(&[0x81, 0x85, 0xcb, 0x6e, 0x9f, 0x8e, 0x83]).unwrap();
    /// assert_eq!((header.opcode, header.length), (Opcode::Text, 5));
    /// assert_eq!(header.masking_key, Some([0xcb, 0x6e, 0x9f, 0x8e]));
    /// ```
    ///
    /// # Errors
    /// The bytes end inside the header; says how many more the next field wants.
    #[inline]
    pub fn parse(bytes: &[u8]) -> Result<Header, Incomplete> {
        let mut cursor = Cursor::new(bytes);
        let [first, second] = cursor.array::<2>()?;
        let (length, form) = match second & 0x7f {
            126 => (u64::from(cursor.u16()?), LengthForm::Bits16),
            127 => (cursor.u64()?, LengthForm::Bits64),
            length => (u64::from(length), LengthForm::Bits7),
        };
        let masking_key = if second & 0x80 != 0 { Some(cursor.array::<4>()?) } else { None };
        Ok(Header {
            fin: first & 0x80 != 0,
            rsv: (first >> 4) & 0x07,
            opcode: Opcode::from_bits(first),
            masking_key,
            length,
            form,
        })
    }

    /// The length is written in the fewest bytes (RFC 6455 section 5.2, payload length).
    #[must_use]
    pub fn is_minimal(&self) -> bool {
        match self.form {
            LengthForm::Bits7 => true,
            LengthForm::Bits16 => self.length > 125,
            LengthForm::Bits64 => self.length > 0xffff,
        }
    }

    /// Bytes of this header on the wire, 2 to 14.
    #[must_use]
    pub fn wire_len(&self) -> u8 {
        let length = match self.form {
            LengthForm::Bits7 => 0,
            LengthForm::Bits16 => 2,
            LengthForm::Bits64 => 8,
        };
        2 + length + if self.masking_key.is_some() { 4 } else { 0 }
    }
}

impl crate::base::pack::Pack for Opcode {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(self.bits());
    }

    fn unpack(from: &mut &[u8]) -> Option<Opcode> {
        u8::unpack(from).map(Opcode::from_bits)
    }
}

crate::base::pack::pack_enum!(LengthForm { 0 Bits7, 1 Bits16, 2 Bits64 });
crate::base::pack::pack_struct!(Header { fin, rsv, opcode, masking_key, length, form });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_length_forms_keep_the_true_length() {
        // RFC 6455 section 5.7, and one length that does not fit 32 bits.
        let cases: [(&[u8], u64, LengthForm, u8); 4] = [
            (&[0x81, 0x05], 5, LengthForm::Bits7, 2),
            (&[0x82, 0x7e, 0x01, 0x00], 256, LengthForm::Bits16, 4),
            (&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0], 65_536, LengthForm::Bits64, 10),
            (&[0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 5, 1, 2, 3, 4], 4_294_967_301, LengthForm::Bits64, 14),
        ];
        for (bytes, length, form, wire_len) in cases {
            let header = Header::parse(bytes).unwrap();
            assert_eq!((header.length, header.form, header.wire_len()), (length, form, wire_len));
            for cut in 0..bytes.len() {
                let missing = Header::parse(&bytes[..cut]).unwrap_err();
                assert_eq!(missing.offset + missing.available, cut);
                assert!(missing.offset + missing.wanted > cut);
            }
        }
    }

    #[test]
    fn every_first_byte_comes_back() {
        for first in 0..=255u8 {
            let header = Header::parse(&[first, 0]).unwrap();
            assert_eq!(u8::from(header.fin) << 7 | header.rsv << 4 | header.opcode.bits(), first);
        }
    }
}
