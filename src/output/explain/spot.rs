//! A part of an item explained, for people: a field, some of its bytes, some of its bits.

use super::payload::{label, rows, steps};
use super::{LINE, Manner, hex};
use crate::base::{DisplaySafe, Source};
use crate::output::out::Out;
use crate::output::style::Tint;
use crate::teach::spot::Spotted;
use crate::trace::{Address, Extent};

/// Bits that are drawn one by one.
const BITS: u64 = 64;

/// Writes the explanation; whether some of it was cut.
pub fn push(out: &mut Out, manner: Manner, address: &Address, spotted: &Spotted) -> bool {
    let style = manner.style;
    let node = &spotted.node;
    let columns = if manner.full { usize::MAX } else { LINE };
    let buffer = out.buffer();
    DisplaySafe::text(&address.to_string()).write_to(buffer);
    buffer.extend_from_slice(b"\n");
    style.paint(buffer, Tint::Strong, |buffer| {
        DisplaySafe::text(&node.label).columns(LINE).write_to(buffer);
    });
    buffer.extend_from_slice(b"  ");
    let mut cut = DisplaySafe::text(&node.text).columns(columns).write_to(buffer).cut;
    out.end_line();
    let about = if node.meaning.is_empty() { node.field.field().about } else { &node.meaning };
    let buffer = out.buffer();
    buffer.extend_from_slice(b"      ");
    DisplaySafe::text(about).columns(LINE).write_to(buffer);
    if !node.clause.is_empty() {
        buffer.extend_from_slice(b"  ");
        style.say(buffer, Tint::Faint, node.clause);
    }
    out.end_line();
    cut |= bytes(out, manner, spotted);
    if let Some(Extent { first, last }) = spotted.found.bits {
        bits(out.buffer(), spotted, first, last);
        out.ended_line();
    }
    cut
}

fn bytes(out: &mut Out, manner: Manner, spotted: &Spotted) -> bool {
    let window = &spotted.bytes;
    if window.bytes.is_empty() {
        return false;
    }
    let place = match spotted.found.span.map(|span| span.source) {
        Some(Source::Frame) => "of the frame on the wire",
        Some(Source::Unmasked) => "of the payload",
        Some(Source::Message) => "of the message",
        Some(Source::Inflated) => "of the message, inflated",
        Some(Source::Packet) => "of its packet",
        Some(Source::Decrypted) => "of what its records hold",
        Some(Source::Stream) => "of the stream",
        None => "of the text",
    };
    let (first, last) = (window.start, window.end().saturating_sub(1));
    let words =
        if first == last { format!("byte {first} {place}") } else { format!("bytes {first} to {last} {place}") };
    out.end_line();
    out.buffer().extend_from_slice(words.as_bytes());
    if let Some(hole) = window.holes.first() {
        out.buffer()
            .extend_from_slice(format!("; from byte {} on the capture lacks {}", hole.start, hole.len).as_bytes());
    }
    out.end_line();
    match &spotted.key {
        Some(key) => {
            let plain = window.bytes.iter().zip(key).map(|(plain, octet)| (plain ^ octet, *octet, *plain));
            steps(out, manner, plain, window.bytes.len())
        }
        None => rows(out, manner, &window.bytes),
    }
}

/// Bits one by one; they count from the first of the first byte.
fn bits(out: &mut Vec<u8>, spotted: &Spotted, first: u64, last: u64) {
    let bit = |at: u64| {
        let byte = spotted.bytes.get(spotted.bytes.start.saturating_add(at / 8))?;
        Some(if byte >> (7 - at % 8) & 1 == 1 { '1' } else { '0' })
    };
    let shown = last.min(first.saturating_add(BITS - 1));
    out.push(b'\n');
    label(out, if first == last { "bit" } else { "bits" });
    let text: String = (first..=shown).map(|at| bit(at).unwrap_or('?')).collect();
    out.extend_from_slice(text.as_bytes());
    if shown < last {
        out.extend_from_slice(" …".as_bytes());
    }
    out.extend_from_slice(b"  of ");
    hex(out, spotted.bytes.bytes.get(..spotted.bytes.bytes.len().min(8)).unwrap_or_default());
    out.push(b'\n');
}
