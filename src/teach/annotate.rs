//! A frame as a tree: every field of it, of its message, its connection and the packet that is looked at, and what each
//! means.
//!
//! In: a [`Detail`] and the reader of its bytes. Out: [`Node`]s, parents before children. Values that break a rule are
//! shown as they are, and the notes stand beside them.

use crate::base::LinkType;
use crate::fields::{Node, NoteField};
use crate::trace::packet::packet_fields;
use crate::trace::{Bytes, Detail, FrameRow};

mod carried;
mod connection;
mod draft;
mod fin;
mod frame;
mod message;
mod packet;

pub use connection::socket_nodes;
pub use frame::{frame_nodes, preview};
pub use message::{message_nodes, tell_inflated};

/// Payload bytes read for the tree.
const PAYLOAD_HEAD: u64 = 256;

/// Bytes of a payload shown in a node's words.
const SHOWN: usize = 96;

/// The tree of a frame.
#[must_use]
pub fn tree(bytes: Bytes<'_>, detail: &Detail) -> Vec<Node> {
    let row = &detail.row;
    let mut nodes = frame_nodes(row, &bytes.unmasked(row, 0..PAYLOAD_HEAD));
    notes(bytes, row, &mut nodes);
    if let Some(message) = &detail.message {
        nodes.extend(message_nodes(bytes, message));
    }
    connection::connection_fields(bytes, row, &mut nodes);
    carried::carried(bytes, detail, &mut nodes);
    if let Some(run) = detail.run() {
        packet::packet_line(row, run, &mut nodes);
        packet::comments(bytes.trace(), &detail.runs, &mut nodes);
        nodes.extend(packet::layers_inside_out(packet_fields(&detail.packet, LinkType(run.link))));
    }
    nodes
}

fn notes(bytes: Bytes<'_>, row: &FrameRow, fields: &mut Vec<Node>) {
    for placed in bytes.trace().notes().of_frame(row.number) {
        fields.push(note_field(&placed.note));
    }
}

fn note_field(note: &crate::base::Note) -> Node {
    let rule = note.code.rule();
    let text = note.detail.clone().unwrap_or_default();
    let mut node = Node::new(NoteField::Whole, 1, text).labelled(rule.name).means(rule.sentence, rule.clause);
    node.severity = Some(rule.severity);
    node.span = note.span;
    node
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Source;
    use crate::fields::{node_at, node_at_bit};
    use crate::trace::sample::Sample;

    #[test]
    fn a_field_is_found_by_bit_and_by_byte_in_every_source() {
        let sample = Sample::session();
        let shared = sample.shared();
        let trace = shared.read();
        let detail = Detail::read(Bytes::new(&trace, &sample.store), 6).unwrap();
        let nodes = tree(Bytes::new(&trace, &sample.store), &detail);
        let id = |index: Option<usize>| index.map(|index| nodes[index].field.name());
        assert_eq!(id(node_at_bit(&nodes, 0)), Some("ws.fin"));
        assert_eq!(id(node_at_bit(&nodes, 2)), Some("ws.rsv2"));
        assert_eq!(id(node_at_bit(&nodes, 8)), Some("ws.mask"));
        assert_eq!(id(node_at_bit(&nodes, 47)), Some("ws.key"));
        assert_eq!(id(node_at(&nodes, Source::Frame, 3)), Some("ws.key"));
        assert_eq!(id(node_at(&nodes, Source::Frame, 6)), Some("ws.payload"));
        assert_eq!(id(node_at(&nodes, Source::Packet, 14 + 8)), Some("ip.ttl"));
        assert_eq!(id(node_at(&nodes, Source::Packet, 34)), Some("tcp.srcport"));
    }
}
