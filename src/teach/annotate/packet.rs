//! The packets of a frame.

use crate::base::Source;
use crate::fields::{Node, PacketField};
use crate::trace::{FrameRow, Run, Trace};

pub(super) fn packet_line(row: &FrameRow, run: &Run, fields: &mut Vec<Node>) {
    let more = match row.last.packet.saturating_sub(row.first.packet) {
        0 => String::new(),
        _ => format!(", to packet {}", row.last.packet),
    };
    let value = format!("{} B captured{more}", run.packet_len);
    let node = Node::new(PacketField::Whole, 0, value).labelled(format!("Packet {}", run.packet));
    fields.push(node.at(Source::Packet, 0, run.packet_len));
}

/// What somebody wrote to the packets of the frame.
pub(super) fn comments(trace: &Trace, runs: &[Run], fields: &mut Vec<Node>) {
    for (packet, text) in trace.comments().of(runs.iter().map(|run| run.packet)) {
        let whose = format!("on packet {packet}");
        fields.push(Node::new(PacketField::Comment, 1, text).means(whose, "pcapng 3.5.1"));
    }
}

/// Layers as the eye wants them, nearest to WebSocket first: TCP, IP, link. Fields stay with their layer.
pub(super) fn layers_inside_out(fields: Vec<Node>) -> Vec<Node> {
    let mut layers: Vec<Vec<Node>> = Vec::new();
    for field in fields {
        match layers.last_mut() {
            Some(layer) if field.depth > 0 => layer.push(field),
            _ => layers.push(vec![field]),
        }
    }
    layers.into_iter().rev().flatten().collect()
}
