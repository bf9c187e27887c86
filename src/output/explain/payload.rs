//! The payload of a frame that is explained: the unmasking byte by byte, the bytes and their text, what comes of
//! inflating.

use super::{COLUMNS, LINE, Manner, ROW, complaint, hex, pad};
use crate::base::DisplaySafe;
use crate::output::number::push_number;
use crate::output::out::Out;
use crate::output::style::Tint;
use crate::teach::close::who;
use crate::teach::explain::{Explained, Inflated};
use crate::websocket::Opcode;
use crate::websocket::close::{self, CloseBody};

/// Rows that are shown of bytes; the rest goes on in the same way.
const ROWS: usize = 4;
/// The longest text that the line of its field shows.
const SHORT: usize = 6;

/// Writes the payload; whether some of it was cut.
pub fn push(out: &mut Out, manner: Manner, explained: &Explained) -> bool {
    let masked = explained.unmasking().map(|each| steps(out, manner, each, explained.payload.len()));
    let opcode = explained.row.message_opcode.unwrap_or(explained.row.header.opcode);
    if explained.row.header.opcode == Opcode::Close {
        closing(out, manner, explained);
    }
    let cut = match masked {
        Some(cut) => cut,
        // A close frame's code and reason have lines of their own.
        None if explained.row.header.opcode == Opcode::Close || explained.payload.is_empty() => false,
        None => {
            out.end_line();
            rows(out, manner, &explained.payload)
        }
    };
    if opcode != Opcode::Text || explained.row.compressed || explained.payload.len() <= SHORT {
        return cut;
    }
    out.end_line();
    label(out.buffer(), "text");
    let cut = text(out, manner, &explained.payload) || cut;
    out.end_line();
    cut
}

/// What the code of a close frame says, and who may send it.
fn closing(out: &mut Out, manner: Manner, explained: &Explained) {
    let Some(code) = CloseBody::parse(&explained.payload).code else { return };
    let (sentence, clause) = who(code);
    let buffer = out.buffer();
    buffer.push(b'\n');
    label(buffer, "close");
    buffer.extend_from_slice(format!("{code} {}: {sentence}  ", close::name(code)).as_bytes());
    manner.style.say(buffer, Tint::Faint, clause);
    out.end_line();
}

/// What each byte on the wire and its octet of the key give, in rows; whether some were left out.
pub(super) fn steps(out: &mut Out, manner: Manner, mut each: impl Iterator<Item = (u8, u8, u8)>, len: usize) -> bool {
    let most = if manner.full { usize::MAX } else { ROWS };
    let mut row = Vec::with_capacity(ROW);
    let mut shown = 0;
    for _ in 0..most {
        row.clear();
        row.extend(each.by_ref().take(ROW));
        if row.is_empty() {
            break;
        }
        shown += row.len();
        let buffer = out.buffer();
        buffer.push(b'\n');
        let column = |buffer: &mut Vec<u8>, name: &str, pick: fn(&(u8, u8, u8)) -> u8| {
            label(buffer, name);
            hex(buffer, &row.iter().map(pick).collect::<Vec<u8>>());
            buffer.push(b'\n');
        };
        column(buffer, "on the wire", |step| step.0);
        column(buffer, "⊕ the key", |step| step.1);
        manner.style.paint(buffer, Tint::Strong, |buffer| column(buffer, "= payload", |step| step.2));
        letters(buffer, row.iter().map(|step| step.2));
        out.ended_line();
    }
    left_out(out, len.saturating_sub(shown))
}

/// Bytes in rows, with their letters below; whether some were left out.
pub(super) fn rows(out: &mut Out, manner: Manner, bytes: &[u8]) -> bool {
    let most = if manner.full { usize::MAX } else { ROWS };
    let mut shown = 0;
    for (i, row) in bytes.chunks(ROW).take(most).enumerate() {
        shown += row.len();
        let buffer = out.buffer();
        label(buffer, if i == 0 { "payload" } else { "" });
        manner.style.paint(buffer, Tint::Strong, |buffer| hex(buffer, row));
        buffer.push(b'\n');
        letters(buffer, row.iter().copied());
        out.ended_line();
    }
    left_out(out, bytes.len().saturating_sub(shown))
}

pub(super) fn label(out: &mut Vec<u8>, name: &str) {
    let start = out.len();
    out.extend_from_slice(name.as_bytes());
    pad(out, start, COLUMNS[0]);
}

/// The letters of a row of bytes, each below its byte.
fn letters(out: &mut Vec<u8>, bytes: impl Iterator<Item = u8>) {
    label(out, "");
    for byte in bytes {
        let shown = if (0x21..0x7f).contains(&byte) { byte } else { b'.' };
        out.extend_from_slice(&[b' ', shown, b' ']);
    }
    out.pop();
    out.push(b'\n');
}

fn left_out(out: &mut Out, more: usize) -> bool {
    if more > 0 {
        let buffer = out.buffer();
        buffer.extend_from_slice(b"and so on for ");
        push_number(buffer, more as u64);
        buffer.extend_from_slice(if more == 1 { b" more byte" } else { b" more bytes" });
        out.end_line();
    }
    more > 0
}

/// Bytes as text in quotes; whether it was cut.
pub(super) fn text(out: &mut Out, manner: Manner, bytes: &[u8]) -> bool {
    let columns = if manner.full { usize::MAX } else { LINE };
    let buffer = out.buffer();
    buffer.push(b'"');
    let mut cut = false;
    manner.style.paint(buffer, Tint::Strong, |buffer| {
        cut = DisplaySafe::bytes(bytes).columns(columns).write_to(buffer).cut;
    });
    buffer.push(b'"');
    cut
}

/// What the message says that ends with the frame; whether some of it was cut.
pub fn inflated(out: &mut Out, manner: Manner, message: &Inflated) -> bool {
    let apart = message.deflated.as_ref().is_some_and(|deflated| super::deflate::push(out, manner, deflated));
    let buffer = out.buffer();
    buffer.push(b'\n');
    label(buffer, "inflated");
    push_number(buffer, message.length);
    buffer.extend_from_slice(if message.length == 1 { b" byte" } else { b" bytes" });
    let unknown = if message.length > message.bytes.len() as u64 { " …" } else { "" };
    let mut cut = apart;
    if message.bytes.is_empty() {
        out.end_line();
    } else if message.text {
        out.buffer().extend_from_slice(b"  ");
        cut |= text(out, manner, &message.bytes);
        out.buffer().extend_from_slice(unknown.as_bytes());
        out.end_line();
    } else {
        out.end_line();
        cut |= rows(out, manner, &message.bytes);
    }
    for note in &message.notes {
        complaint(out.buffer(), manner, note);
    }
    cut
}
