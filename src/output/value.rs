//! A field's value as text, for CSV and for `fields -e`.

use super::clock::Clock;
use super::json::push_base64;
use super::number::{push_hex, push_nanos, push_number, push_seconds};
use crate::fields::{Notation, Value};

/// Appends a value. What is absent appends nothing. Several things are parted by commas.
pub fn push(out: &mut Vec<u8>, clock: &mut Clock, value: &Value<'_>) {
    match value {
        Value::Absent => {}
        Value::Flag(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
        Value::Number(n) => push_number(out, *n),
        Value::Share(share) => out.extend_from_slice(format!("{share:.3}").as_bytes()),
        Value::Text(text) => out.extend_from_slice(text.as_bytes()),
        Value::Bytes(bytes, Notation::Hex) => push_hex(out, bytes),
        Value::Bytes(bytes, Notation::Base64) => push_base64(out, bytes),
        Value::Key(key) => push_hex(out, key),
        Value::Time(time) => clock.push(out, *time),
        Value::Nanoseconds(nanoseconds) => push_seconds(out, *nanoseconds),
        Value::Epoch(time) if time.0 < 0 => push_seconds(out, time.0),
        Value::Epoch(time) => {
            push_number(out, time.seconds().unsigned_abs());
            out.push(b'.');
            push_nanos(out, time.subsec_nanos());
        }
        Value::Address(address) => out.extend_from_slice(address.to_string().as_bytes()),
        Value::Ip(address) => out.extend_from_slice(address.to_string().as_bytes()),
        Value::Mac(address) => parted_by(out, b':', address, |out, byte| push_hex(out, &[*byte])),
        Value::Numbers(numbers) => parted(out, *numbers, |out, n| push_number(out, *n)),
        Value::Words(words) => parted(out, words, |out, word| out.extend_from_slice(word.as_bytes())),
        Value::Holes(holes) => parted(out, *holes, |out, hole| {
            push_number(out, hole.start);
            out.push(b'+');
            push_number(out, hole.len);
        }),
        Value::Notes(notes) => parted(out, *notes, |out, note| out.extend_from_slice(note.code.name().as_bytes())),
    }
}

fn parted<T>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>, item: impl FnMut(&mut Vec<u8>, T)) {
    parted_by(out, b',', items, item);
}

fn parted_by<T>(
    out: &mut Vec<u8>,
    mark: u8,
    items: impl IntoIterator<Item = T>,
    mut item: impl FnMut(&mut Vec<u8>, T),
) {
    for (i, value) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(mark);
        }
        item(out, value);
    }
}
