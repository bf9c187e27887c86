//! permessage-deflate explained, for people: a row for each block, each set of codes, each literal and each copy, with its bits.

use super::payload::label;
use super::{Manner, pad, payload};
use crate::base::DisplaySafe;
use crate::base::number::{narrow, wide};
use crate::output::number::push_number;
use crate::output::out::Out;
use crate::output::style::Tint;
use crate::teach::deflate::{BlockKind, Deflated, Step, TAIL, What};

/// Rows shown; the rest goes on in the same way.
const ROWS: usize = 32;
/// Columns of the bits of a step, and of its codes.
const COLUMNS: [usize; 2] = [16, 26];
/// Columns of what a step gives.
const GIVEN: usize = 60;
/// Columns of the codes of a block.
const CODES: usize = 100;

/// Writes what a compressed message is made of; whether some of it was cut.
pub fn push(out: &mut Out, manner: Manner, deflated: &Deflated) -> bool {
    let style = manner.style;
    let buffer = out.buffer();
    buffer.extend_from_slice(b"\nhow it is compressed, in bits from the least significant of the first byte on  ");
    style.say(buffer, Tint::Faint, "RFC 7692 7.2.2, RFC 1951 3.2");
    buffer.push(b'\n');
    let most = if manner.full { usize::MAX } else { ROWS };
    let own = wide(deflated.len).saturating_mul(8);
    let mut back = false;
    for step in deflated.steps.iter().take(most) {
        if step.bits.end > own && !back {
            tail(out, manner);
            back = true;
        }
        row(out, manner, deflated, step);
    }
    let left = deflated.steps.len().saturating_sub(most);
    if left > 0 {
        let buffer = out.buffer();
        buffer.extend_from_slice(b"and so on for ");
        push_number(buffer, wide(left));
        buffer.extend_from_slice(if left == 1 { b" more step" } else { b" more steps" });
        out.end_line();
    }
    if deflated.cut {
        out.buffer().extend_from_slice(b"what follows is not taken apart: it is too long");
        out.end_line();
    }
    if let Some(why) = deflated.broken {
        style.say(out.buffer(), crate::base::Severity::Error.into(), "✖ it breaks off here");
        out.buffer().extend_from_slice(format!(": {why}").as_bytes());
        out.end_line();
    }
    left > 0
}

/// Writes a payload that is compressed and nothing else: what it is made of, and what comes out.
pub fn push_payload(out: &mut Out, manner: Manner, deflated: &Deflated) -> bool {
    let cut = push(out, manner, deflated);
    out.end_line();
    let known = deflated.known();
    label(out.buffer(), "inflated");
    push_number(out.buffer(), wide(deflated.out.len()));
    out.buffer().extend_from_slice(if deflated.out.len() == 1 { b" byte" } else { b" bytes" });
    let unknown = if known.len() < deflated.out.len() { " …, what it refers to is not known" } else { "" };
    let mut more = false;
    if std::str::from_utf8(&known).is_ok() && !known.is_empty() {
        out.buffer().extend_from_slice(b"  ");
        more = payload::text(out, manner, &known);
        out.buffer().extend_from_slice(unknown.as_bytes());
        out.end_line();
    } else {
        out.buffer().extend_from_slice(unknown.as_bytes());
        out.end_line();
        more |= !known.is_empty() && payload::rows(out, manner, &known);
    }
    cut || more
}

/// The bytes that the sender removed.
fn tail(out: &mut Out, manner: Manner) {
    let buffer = out.buffer();
    let [a, b, c, d] = TAIL;
    let words =
        format!("      here the receiver puts back {a:02x} {b:02x} {c:02x} {d:02x}, which the sender has removed  ");
    buffer.extend_from_slice(words.as_bytes());
    manner.style.say(buffer, Tint::Faint, "RFC 7692 7.2.1");
    out.end_line();
}

fn row(out: &mut Out, manner: Manner, deflated: &Deflated, step: &Step) {
    let (code, words) = words(deflated, step);
    let buffer = out.buffer();
    let start = buffer.len();
    let last = step.bits.end.saturating_sub(1);
    let bits =
        if last == step.bits.start { format!("bit {last}") } else { format!("bits {}–{last}", step.bits.start) };
    buffer.extend_from_slice(bits.as_bytes());
    pad(buffer, start, COLUMNS[0]);
    let start = buffer.len();
    manner.style.say(buffer, Tint::Strong, &code);
    let painted = if manner.style.colour { "\x1b[1m\x1b[0m".len() } else { 0 };
    pad(buffer, start, COLUMNS[1] + painted);
    buffer.extend_from_slice(words.as_bytes());
    out.end_line();
}

/// The code of a step as it is written, and the step in words, safe to show.
fn words(deflated: &Deflated, step: &Step) -> (String, String) {
    match &step.what {
        What::Block { last, kind } => {
            let (btype, name) = match kind {
                BlockKind::Stored => ("00", "stored, bytes as they are"),
                BlockKind::Fixed => ("01", "codes that RFC 1951 fixes"),
                BlockKind::Dynamic => ("10", "codes of its own"),
            };
            let (bit, end) = if *last { (1, "the last block") } else { (0, "more blocks follow") };
            (format!("BFINAL {bit} BTYPE {btype}"), format!("a block: {name}; {end}"))
        }
        What::Stored(0) => {
            ("LEN 0000 NLEN ffff".to_owned(), "no bytes: an empty block ends the message on a whole byte".to_owned())
        }
        What::Stored(len) => {
            let given = given(deflated, step);
            (format!("LEN {len:04x} NLEN {:04x}", !len), format!("{len} bytes as they are: {given}"))
        }
        What::Codes { literals, distances } => {
            let list = |codes: &[(u16, u8)], name: fn(u16) -> String| {
                let all: Vec<String> = codes.iter().map(|(symbol, bits)| format!("{} {bits}", name(*symbol))).collect();
                DisplaySafe::text(&all.join(", ")).columns(CODES).to_string()
            };
            let words = format!(
                "{} codes of literals and lengths, {} of distances; bits of each: {}; distances: {}",
                literals.len(),
                distances.len(),
                list(literals, symbol),
                list(distances, |symbol| symbol.to_string()),
            );
            ("HLIT HDIST HCLEN …".to_owned(), words)
        }
        What::Literal(byte, code) => (code.to_string(), format!("literal {byte:02x} {}", letter(*byte))),
        What::Match { length, distance, from_window, code, distance_code } => {
            let extra = |bits: u8| if bits == 0 { String::new() } else { format!("+{bits}") };
            let codes = format!("{}{} {}{}", code.0, extra(code.1), distance_code.0, extra(distance_code.1));
            let from = match from_window {
                0 => String::new(),
                all if all == length => ", all out of the window: of messages before".to_owned(),
                some => format!(", {some} of them out of the window: of messages before"),
            };
            (codes, format!("length {length}, distance {distance}: {}{from}", given(deflated, step)))
        }
        What::End(code) => (code.to_string(), "end of block".to_owned()),
    }
}

/// A symbol of the code of literals and lengths.
fn symbol(symbol: u16) -> String {
    match u8::try_from(symbol) {
        Ok(byte) => letter(byte),
        Err(_) if symbol == 256 => "end".to_owned(),
        Err(_) => format!("length {symbol}"),
    }
}

fn letter(byte: u8) -> String {
    if (0x21..0x7f).contains(&byte) { char::from(byte).to_string() } else { format!("{byte:02x}") }
}

/// What a step gives, quoted.
fn given(deflated: &Deflated, step: &Step) -> String {
    let out = deflated.out.get(narrow(step.out.start)..narrow(step.out.end)).unwrap_or_default();
    match out.iter().copied().collect::<Option<Vec<u8>>>() {
        Some(bytes) => format!("\"{}\"", DisplaySafe::bytes(&bytes).columns(GIVEN)),
        None => "not known here".to_owned(),
    }
}
