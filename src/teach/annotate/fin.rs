//! The FIN bit, which every dialect has.
//!
//! In: a row of the index. Out: its node.

use crate::fields::{FrameField, Node, Value};
use crate::trace::FrameRow;
use crate::websocket::Opcode;

pub(super) fn fin_field(row: &FrameRow) -> Node {
    let field = Node::new(FrameField::Fin, 1, bit_text(row.header.fin)).holds(Value::Flag(row.header.fin));
    let meaning = match (row.header.fin, row.header.opcode) {
        (true, opcode) if opcode.is_control() => "a control frame is never fragmented",
        (true, Opcode::Continuation) => "the last fragment of its message",
        (true, _) => "the only frame of its message",
        (false, _) => "more fragments of this message follow",
    };
    field.means(meaning, "RFC 6455 5.4")
}

pub(super) fn bit_text(set: bool) -> String {
    u8::from(set).to_string()
}
