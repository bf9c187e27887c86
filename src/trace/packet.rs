//! The fields of a packet below WebSocket, as the tree shows them.
//!
//! In: the captured bytes of a packet and its link type. Out: what [`crate::net`] tells of its headers, a [`Field`] each.
//! A header that is cut ends the list with what was there; nothing is an error.

use std::fmt;
use std::ops::Range;

use super::field::Field;
use crate::base::{LinkType, Source, number};
use crate::net::fields::HeaderField;
use crate::net::{Observer, Value, decode_observed};

/// The fields of a packet's headers, outermost first.
#[must_use]
pub fn packet_fields(data: &[u8], link: LinkType) -> Vec<Field> {
    let mut told = Told(Vec::new());
    // What the packet holds is known; only its headers are asked for.
    let _ = decode_observed(link, data, number::short(data.len()), &mut told);
    told.0
}

/// What was told so far.
struct Told(Vec<Field>);

impl Told {
    fn add(&mut self, field: &'static HeaderField, value: String, span: Range<u32>) {
        let (start, end) = (u64::from(span.start), u64::from(span.end));
        let shown = Field::new(field.name, field.depth, field.label, value);
        // A sentence stands beside the value where a clause says more than the name.
        let shown = if field.clause.is_empty() { shown } else { shown.means(field.about, field.clause) };
        self.0.push(shown.at(Source::Packet, start, number::distance(start, end)));
    }
}

impl Observer for Told {
    const LISTENS: bool = true;

    fn layer(&mut self, field: &'static HeaderField, line: fmt::Arguments<'_>, span: Range<u32>) {
        self.add(field, line.to_string(), span);
    }

    fn field(&mut self, field: &'static HeaderField, value: Value<'_>, span: Range<u32>) {
        self.add(field, value.to_string(), span);
    }

    fn remark(&mut self, remark: &'static str) {
        if let Some(field) = self.0.last_mut() {
            field.meaning = remark.into();
        }
    }
}
