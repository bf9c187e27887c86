//! Opcodes of draft-hybi-04 to -06, which have other numbers than those of RFC 6455 (section 11.8).
//!
//! In: a number from the wire, or an opcode as it is shown. Out: the other. Every number is shown as something.

use super::header::Opcode;

/// The opcode of RFC 6455 with the meaning that this one has in the drafts. What is reserved there stays reserved; the
/// three numbers that mean something today are shown as 3.
pub(super) fn shown_opcode(wire: u8) -> Opcode {
    match wire {
        0 => Opcode::Continuation,
        1 => Opcode::Close,
        2 => Opcode::Ping,
        3 => Opcode::Pong,
        4 => Opcode::Text,
        5 => Opcode::Binary,
        8..=10 => Opcode::Reserved(3),
        other => Opcode::Reserved(other),
    }
}

/// The number in the drafts of what is shown as this opcode; `None` where several are.
pub(super) fn wire_opcode(shown: Opcode) -> Option<u8> {
    match shown {
        Opcode::Continuation => Some(0),
        Opcode::Close => Some(1),
        Opcode::Ping => Some(2),
        Opcode::Pong => Some(3),
        Opcode::Text => Some(4),
        Opcode::Binary => Some(5),
        Opcode::Reserved(6 | 7 | 11..) => Some(shown.bits()),
        Opcode::Reserved(_) => None,
    }
}
