//! The fields of a packet below WebSocket, as the tree shows them.
//!
//! In: the captured bytes of a packet and its link type. Out: what [`crate::net`] tells of its headers, a [`Node`] each.
//! A header that is cut ends the list with what was there; nothing is an error.

use std::fmt;
use std::ops::Range;

use crate::base::{LinkType, Source, number};
use crate::fields::{self, Node, PacketField};
use crate::net::{Content, Observer, Value, decode_observed};

/// The fields of a packet's headers, outermost first.
#[must_use]
pub fn packet_fields(data: &[u8], link: LinkType) -> Vec<Node> {
    let mut told = Told(Vec::new());
    // What the packet holds is known; only its headers are asked for.
    let _ = decode_observed(link, data, number::short(data.len()), &mut told);
    told.0
}

/// Shows `see` each header of a packet, outermost first, and each field of it, with their bytes. Gives the payload of the
/// TCP segment, and how many bytes of it the snap length cut off; `None` where the packet holds no whole TCP header.
pub fn see_headers<'a>(
    data: &'a [u8],
    link: LinkType,
    wire_len: u32,
    see: impl FnMut(PacketField, fields::Value<'static>, &'a [u8]),
) -> Option<(&'a [u8], u32)> {
    match decode_observed(link, data, wire_len, &mut Seen { data, see }).content {
        Content::Segment(segment) => Some((segment.payload, segment.cut)),
        _ => None,
    }
}

/// Whoever sees headers, and the bytes of their packet.
struct Seen<'a, F> {
    data: &'a [u8],
    see: F,
}

impl<'a, F: FnMut(PacketField, fields::Value<'static>, &'a [u8])> Observer for Seen<'a, F> {
    const LISTENS: bool = true;

    fn layer(&mut self, field: PacketField, _: fmt::Arguments<'_>, span: Range<u32>) {
        (self.see)(field, fields::Value::Absent, bytes(self.data, span));
    }

    fn field(&mut self, field: PacketField, value: Value<'_>, span: Range<u32>) {
        (self.see)(field, typed(&value), bytes(self.data, span));
    }

    fn remark(&mut self, _: &'static str) {}
}

fn bytes(data: &[u8], span: Range<u32>) -> &[u8] {
    data.get(number::narrow(span.start.into())..number::narrow(span.end.into())).unwrap_or_default()
}

/// What was told so far.
struct Told(Vec<Node>);

impl Told {
    fn add(&mut self, field: PacketField, value: fields::Value<'static>, text: String, span: Range<u32>) {
        let (start, end) = (u64::from(span.start), u64::from(span.end));
        let about = field.field();
        // What a group says, or a field that has another form now and then, is told in words only.
        let value = if about.admits(&value) { value } else { fields::Value::Absent };
        let node = Node::new(field, about.depth, text).holds(value);
        // A sentence stands beside the value where a clause says more than the name.
        let node = if about.clause.is_empty() { node } else { node.means(about.about, about.clause) };
        self.0.push(node.at(Source::Packet, start, number::distance(start, end)));
    }
}

/// The value as others hold it; bytes and text of a header are told in words only.
fn typed(value: &Value<'_>) -> fields::Value<'static> {
    match *value {
        Value::Number(number) | Value::Hex(number, _) | Value::Written(number, _) => fields::Value::Number(number),
        Value::Mac(address) => fields::Value::Mac(address),
        Value::Address(address) => fields::Value::Ip(address),
        Value::Present | Value::Text(_) | Value::Bytes(_) => fields::Value::Absent,
    }
}

impl Observer for Told {
    const LISTENS: bool = true;

    fn layer(&mut self, field: PacketField, line: fmt::Arguments<'_>, span: Range<u32>) {
        self.add(field, fields::Value::Absent, line.to_string(), span);
    }

    fn field(&mut self, field: PacketField, value: Value<'_>, span: Range<u32>) {
        self.add(field, typed(&value), value.to_string(), span);
    }

    fn remark(&mut self, remark: &'static str) {
        if let Some(field) = self.0.last_mut() {
            field.meaning = remark.into();
        }
    }
}
