//! How a frame stands on the wire: as RFC 6455 has it, or as one of the drafts before it.
//!
//! In: what the handshake settled (a [`Dialect`], one a direction). Out: for each frame its [`Framing`], which says what
//! a [`super::Header`] cannot: bytes after the payload, and where in the payload its key begins. The values in a
//! [`super::Header`] are always those of RFC 6455, so that every view shows every draft.

use super::hybi_opcode;

/// How one frame stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Framing {
    /// RFC 6455 section 5.2, and every draft from draft-hybi-07 on.
    #[default]
    Rfc6455,
    /// draft-hixie-75 and -76, frame types 0x00 to 0x7F: a type byte, the payload, 0xFF. The header is the type byte.
    Sentinel,
    /// draft-hixie-75 and -76, frame types 0x80 to 0xFF: a type byte, the length in groups of seven bits, the payload.
    Counted,
    /// draft-hybi-05 and -06: from a client four bytes of key, with which everything after them is masked, the header
    /// too. Other numbers for opcodes.
    KeyFirst,
    /// draft-hybi-04: as [`Framing::KeyFirst`], but the four bytes are a nonce from which, with the nonces of both
    /// heads, a key of 20 bytes is made.
    NonceFirst,
}

impl Framing {
    /// All of them, in an order that does not change.
    pub const ALL: [Framing; 5] =
        [Framing::Rfc6455, Framing::Sentinel, Framing::Counted, Framing::KeyFirst, Framing::NonceFirst];

    /// A header of RFC 6455, whose bits can be drawn.
    #[must_use]
    pub fn is_rfc(self) -> bool {
        self == Framing::Rfc6455
    }

    /// Bytes of the frame after its payload.
    #[must_use]
    pub fn trailer_len(self) -> u8 {
        u8::from(self == Framing::Sentinel)
    }

    /// The place in the four bytes of a masking key that the first payload byte is XORed with, where the header is
    /// `header_len` bytes long: the key runs on from a masked header.
    #[must_use]
    pub fn first_octet(self, header_len: u8) -> u8 {
        if self == Framing::KeyFirst { header_len % 4 } else { 0 }
    }

    /// The opcode that stands on the wire where this one of RFC 6455 is shown; `None` where it has no opcode.
    #[must_use]
    pub fn opcode_on_wire(self, shown: super::Opcode) -> Option<u8> {
        match self {
            Framing::Rfc6455 => Some(shown.bits()),
            Framing::KeyFirst | Framing::NonceFirst => hybi_opcode::wire_opcode(shown),
            Framing::Sentinel | Framing::Counted => None,
        }
    }
}

/// What all frames of one direction are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// [`Framing::Rfc6455`].
    #[default]
    Rfc6455,
    /// [`Framing::Sentinel`] and [`Framing::Counted`].
    Hixie {
        /// The draft has a closing handshake (-76); in -75 TCP alone ends a connection.
        closes: bool,
    },
    /// [`Framing::KeyFirst`].
    KeyFirst,
    /// [`Framing::NonceFirst`], with the secret that both heads make ([`super::hybi::secret`]); `None` where a head is missing.
    NonceFirst(Option<[u8; 20]>),
}

crate::base::pack::pack_enum!(Framing { 0 Rfc6455, 1 Sentinel, 2 Counted, 3 KeyFirst, 4 NonceFirst });
crate::base::pack::pack_enum!(Dialect { 0 Rfc6455, 1 Hixie { closes }, 2 KeyFirst, 3 NonceFirst(secret) });
