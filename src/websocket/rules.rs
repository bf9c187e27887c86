//! What the opening handshake settled for one direction.
//!
//! In: nothing. Out: [`Rules`], by which its frames are read.

use super::framing::Dialect;

/// What the opening handshake settled for one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// How messages with RSV1 are inflated, where permessage-deflate was agreed on.
    pub inflation: Option<Inflation>,
    /// An extension that is not known here was agreed on: reserved bits and opcodes may be its own.
    pub unknown_extension: bool,
    /// How frames stand on the wire.
    pub dialect: Dialect,
    /// The head before its bytes announced a body, which a 101 response cannot have.
    pub has_body: bool,
    /// What stands where a frame begins is a frame, even if it looks like text.
    pub believed: bool,
    /// No handshake was seen: only the shape of frames says that they are some, and where it is impossible they are none.
    pub by_shape: bool,
}

impl Rules {
    /// Reserved bits say that an extension which is not known here changed the payload.
    pub(super) fn are_foreign(&self, rsv: u8) -> bool {
        let ours = if self.inflation.is_some() { 4 } else { 0 };
        self.unknown_extension && rsv & !ours != 0
    }
}

/// How messages of one direction are inflated (RFC 7692 section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inflation {
    /// Base-2 logarithm of the window, 8 to 15.
    pub window_bits: u8,
    /// Messages refer back to earlier ones.
    pub takeover: bool,
    /// Each frame with RSV1 is compressed by itself, as deflate-frame has it, not each message.
    pub per_frame: bool,
}

crate::base::pack::pack_struct!(Rules { inflation, unknown_extension, dialect, has_body, believed, by_shape });
crate::base::pack::pack_struct!(Inflation { window_bits, takeover, per_frame });
