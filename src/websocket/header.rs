//! The frame header (RFC 6455 section 5.2).

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
