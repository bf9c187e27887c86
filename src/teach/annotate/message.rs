//! The message of a frame, and what it says.

use super::{PAYLOAD_HEAD, SHOWN, note_field};
use crate::base::{Source, Span};
use crate::fields::{MessageField, Node};
use crate::trace::{Bytes, MessageRow, Window};
use crate::websocket::Opcode;

/// The nodes of a message. What a compressed one says is not among them yet ([`tell_inflated`]).
#[must_use]
pub fn message_nodes(bytes: Bytes<'_>, message: &MessageRow) -> Vec<Node> {
    let mut fields = Vec::new();
    let count = message.frame_count;
    let frames = if count == 1 {
        format!("frame {}", message.first_frame)
    } else {
        format!("{count} frames, {} to {}", message.first_frame, message.last_frame)
    };
    let state = match (message.complete, message.ended) {
        (true, _) => "complete",
        (false, true) => "bytes missing",
        (false, false) => "unfinished",
    };
    let title = format!("{}  {frames}  {} B  {state}", message.opcode.short_name(), message.length);
    fields.push(
        Node::new(MessageField::Whole, 0, title)
            .labelled(format!("Message {}", message.number))
            .means("the payloads of its frames, joined", "RFC 6455 5.4")
            .at(Source::Message, 0, message.wire_length),
    );
    fields.push(Node::new(MessageField::Opcode, 1, message.opcode.long_name()).means("", "RFC 6455 5.6"));
    fields.push(Node::new(MessageField::Frames, 1, frames).means("", "RFC 6455 5.4"));
    if message.compressed {
        let percent = 100u64.saturating_mul(message.wire_length).checked_div(message.length).unwrap_or(0);
        let value = format!("{} B to {} B ({percent} %)", message.length, message.wire_length);
        fields.push(
            Node::new(MessageField::Compressed, 1, value)
                .means("permessage-deflate: raw DEFLATE, the tail 00 00 ff ff taken off", "RFC 7692 7.2.1"),
        );
    }
    if message.length > 0 {
        fields.push(message_text(bytes, message));
    }
    for placed in bytes.trace().notes().of_message(message.number) {
        fields.push(note_field(&placed.note));
    }
    fields
}

/// What a message says; of a compressed one that is known once it is inflated ([`tell_inflated`]).
fn message_text(bytes: Bytes<'_>, message: &MessageRow) -> Node {
    if message.compressed {
        return Node::new(MessageField::Inflated, 1, "…").means("", "RFC 7692 7.2.2");
    }
    let start = bytes.message(message, 0..PAYLOAD_HEAD);
    let value = if start.is_whole() { start_of(message.opcode, &start.bytes) } else { "bytes missing".to_owned() };
    let joined = if message.frame_count > 1 { "joined" } else { "text" };
    let label = if message.opcode == Opcode::Text { joined } else { "data" };
    Node::new(MessageField::Payload, 1, value).labelled(label).at(Source::Message, 0, message.wire_length)
}

/// Says what a compressed message says, once that is known.
pub fn tell_inflated(nodes: &mut [Node], message: &MessageRow, inflated: &Window) {
    if let Some(node) = nodes.iter_mut().find(|node| node.is(MessageField::Inflated)) {
        node.text = match inflated.is_whole() {
            true => start_of(message.opcode, &inflated.bytes),
            false => "refers to bytes that the capture lacks".to_owned(),
        };
        node.span = Some(Span { source: Source::Inflated, start: 0, len: inflated.end() });
    }
}

/// The start of a payload in one line: quoted where it is text, hex otherwise.
fn start_of(opcode: Opcode, payload: &[u8]) -> String {
    if opcode == Opcode::Text {
        let shown = payload.get(..payload.len().min(SHOWN)).unwrap_or(&[]);
        format!("\"{}\"", String::from_utf8_lossy(shown))
    } else {
        hex::encode(payload.get(..payload.len().min(16)).unwrap_or(&[]))
    }
}
