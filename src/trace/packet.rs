//! The fields of a packet below WebSocket, as the tree shows them.
//!
//! In: the captured bytes of a packet and its link type. Out: what [`crate::net`] tells of its headers, a [`Node`] each.
//! A header that is cut ends the list with what was there; nothing is an error.

use std::fmt;
use std::ops::Range;

use crate::base::{LinkType, Source, number};
use crate::fields::{self, Node, PacketField};
use crate::net::{Observer, Value, decode_observed};

/// The fields of a packet's headers, outermost first.
#[must_use]
pub fn packet_fields(data: &[u8], link: LinkType) -> Vec<Node> {
    let mut told = Told(Vec::new());
    // What the packet holds is known; only its headers are asked for.
    let _ = decode_observed(link, data, number::short(data.len()), &mut told);
    told.0
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
