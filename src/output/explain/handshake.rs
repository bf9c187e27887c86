//! An opening handshake explained, for people: each line of it and what it is for, and how the server's answer to the key
//! comes about.

use super::{LINE, Manner, complaint, hex, pad};
use crate::base::{Direction, DisplaySafe};
use crate::output::out::Out;
use crate::output::style::{Style, Tint};
use crate::teach::handshake::agreed::agreed;
use crate::teach::handshake::challenge::challenge;
use crate::teach::handshake::{NO_KEY, field, request, status};
use crate::websocket::handshake::{GUID, Handshake};

/// Columns of the names of steps.
const STEP: usize = 22;

/// Writes what is said of the head of an HTTP message, which is no frame: its first line, and the bytes it takes.
pub fn push_title(out: &mut Vec<u8>, style: Style, line: &str, len: Option<usize>) {
    DisplaySafe::text(line).columns(LINE).write_to(out);
    out.push(b'\n');
    let words = match len {
        Some(len) => format!("an HTTP head of {len} bytes, and no frame; frames follow that of a 101 response"),
        None => "an HTTP head, and no frame; frames follow the empty line that ends a 101 response".to_owned(),
    };
    style.say(out, Tint::Strong, &words);
    out.push(b'\n');
}

/// Writes the explanation of a handshake, as far as it is known; whether some of it was cut.
pub fn push(out: &mut Out, manner: Manner, handshake: &Handshake) -> bool {
    let mut cut = false;
    if let Some(head) = &handshake.request {
        let line = head.line();
        let (words, clause) = request(head);
        cut |= part(out, manner, Direction::Client, "", &line, (&words, clause));
        cut |= fields(out, manner, Direction::Client, &head.fields);
    }
    if let Some(head) = &handshake.response {
        if handshake.request.is_some() {
            out.end_line();
        }
        let line = format!("{} {}", head.status, head.reason);
        cut |= part(out, manner, Direction::Server, "", line.trim_end(), status(head));
        cut |= fields(out, manner, Direction::Server, &head.fields);
    }
    agreements(out, manner, handshake);
    answer(out, manner, handshake);
    accept(out, manner, handshake);
    for note in handshake.check() {
        complaint(out.buffer(), manner, &note);
    }
    cut
}

fn fields(out: &mut Out, manner: Manner, by: Direction, fields: &[(String, String)]) -> bool {
    let mut cut = false;
    for (name, value) in fields {
        let meaning =
            field(by, name, value).unwrap_or(("no part of the handshake: a field that the two sides know", ""));
        cut |= part(out, manner, by, name, value, meaning);
    }
    cut
}

/// A line of a head, and what it is for in the line below it.
fn part(out: &mut Out, manner: Manner, by: Direction, name: &str, value: &str, meaning: (&str, &str)) -> bool {
    let style = manner.style;
    let columns = if manner.full { usize::MAX } else { LINE };
    let buffer = out.buffer();
    let (mut cut, text) = (false, DisplaySafe::text(value).columns(columns));
    if name.is_empty() {
        style.paint(buffer, by.into(), |buffer| {
            buffer.extend_from_slice(by.arrow().as_bytes());
            buffer.push(b' ');
            cut = text.write_to(buffer).cut;
        });
    } else {
        buffer.extend_from_slice(b"  ");
        style.paint(buffer, Tint::Strong, |buffer| {
            cut = DisplaySafe::text(name).columns(columns).write_to(buffer).cut;
        });
        buffer.extend_from_slice(b": ");
        cut |= text.write_to(buffer).cut;
    }
    buffer.extend_from_slice(b"\n      ");
    DisplaySafe::text(meaning.0).columns(LINE).write_to(buffer);
    if !meaning.1.is_empty() {
        buffer.extend_from_slice(b"  ");
        style.say(buffer, Tint::Faint, meaning.1);
    }
    out.end_line();
    cut
}

/// What was offered and chosen.
fn agreements(out: &mut Out, manner: Manner, handshake: &Handshake) {
    for (i, said) in agreed(handshake).into_iter().enumerate() {
        let buffer = out.buffer();
        buffer.extend_from_slice(if i == 0 { b"\n" } else { b"" });
        buffer.extend_from_slice(b"  ");
        let start = buffer.len();
        DisplaySafe::text(&said.about).columns(LINE).write_to(buffer);
        pad(buffer, start, STEP);
        DisplaySafe::text(&said.sentence).columns(LINE).write_to(buffer);
        buffer.extend_from_slice(b"  ");
        manner.style.say(buffer, Tint::Faint, said.clause);
        out.end_line();
    }
}

/// How the answer of draft-hixie-76 comes about, step by step.
fn answer(out: &mut Out, manner: Manner, handshake: &Handshake) {
    let Some(challenge) = challenge(handshake) else { return };
    let buffer = out.buffer();
    buffer.extend_from_slice(b"\nthe sixteen bytes behind the response come of both keys  ");
    manner.style.say(buffer, Tint::Faint, "draft-hixie-76 5.2");
    buffer.push(b'\n');
    for (name, key) in ["Sec-WebSocket-Key1", "Sec-WebSocket-Key2"].into_iter().zip(&challenge.keys) {
        let digits: String = key.digits.chars().take(40).collect();
        let words = match key.number {
            Some(number) => format!("digits {digits}, spaces {}: {digits} / {} = {number}", key.spaces, key.spaces),
            None => {
                format!("digits {digits}, spaces {}: no whole number of 32 bits; the server has to abort", key.spaces)
            }
        };
        step(buffer, name, words.as_bytes());
    }
    let spaced = |bytes: &[u8]| {
        let mut out = Vec::new();
        hex(&mut out, bytes);
        out
    };
    let [first, second] = challenge.keys.map(|key| key.number);
    if let (Some(first), Some(second), Some(bytes)) = (first, second, challenge.bytes) {
        step(buffer, "the eight bytes", &spaced(&bytes));
        let all = [&first.to_be_bytes()[..], &second.to_be_bytes(), &bytes].concat();
        step(buffer, "numbers, and those", &spaced(&all));
    }
    if let Some(wanted) = challenge.wanted {
        step(buffer, "MD5 of that", &spaced(&wanted));
        let said = match challenge.answer {
            Some(answer) if answer == wanted => b"the same: the server has read this request".to_vec(),
            Some(answer) => [&spaced(&answer)[..], b": not the same"].concat(),
            None => return,
        };
        step(buffer, "the response says", &said);
    }
}

fn step(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(b"  ");
    let start = out.len();
    out.extend_from_slice(name.as_bytes());
    pad(out, start, STEP);
    out.extend_from_slice(value);
    out.push(b'\n');
}

/// How `Sec-WebSocket-Accept` comes about, step by step.
fn accept(out: &mut Out, manner: Manner, handshake: &Handshake) {
    if handshake.is_http2() {
        let (words, clause) = NO_KEY;
        let buffer = out.buffer();
        buffer.extend_from_slice(format!("\n{words}  ").as_bytes());
        manner.style.say(buffer, Tint::Faint, clause);
        buffer.push(b'\n');
        return;
    }
    if handshake.status().is_some_and(|status| status != 101) {
        return;
    }
    let (Some(key), Some(digest), Some(wanted)) =
        (handshake.key(), handshake.accept_digest(), handshake.expected_accept())
    else {
        return;
    };
    let buffer = out.buffer();
    buffer.extend_from_slice(b"\nSec-WebSocket-Accept comes of the key  ");
    manner.style.say(buffer, Tint::Faint, "RFC 6455 4.2.2, item 5.4");
    buffer.push(b'\n');
    let step = |buffer: &mut Vec<u8>, name: &str, value: &dyn Fn(&mut Vec<u8>)| {
        buffer.extend_from_slice(b"  ");
        let start = buffer.len();
        buffer.extend_from_slice(name.as_bytes());
        pad(buffer, start, STEP);
        value(buffer);
        buffer.push(b'\n');
    };
    let shown = |text: &str| {
        let text = text.to_owned();
        move |buffer: &mut Vec<u8>| {
            DisplaySafe::text(&text).columns(LINE).write_to(buffer);
        }
    };
    step(buffer, "the key, as it is", &shown(key));
    step(buffer, "and behind it", &shown(GUID));
    step(buffer, "SHA-1 of both", &|buffer| hex(buffer, &digest));
    step(buffer, "that in base64", &shown(&wanted));
    buffer.extend_from_slice(
        b"  the hash is SHA-1, and not MD5 as is sometimes taught: MD5 made the answer in draft-hixie-76\n",
    );
    let said = match handshake.accept() {
        Some(accept) if accept == wanted => "the same: the server has read this request".to_owned(),
        Some(accept) => format!("{accept}: not the same"),
        None if handshake.response.is_some() => "nothing".to_owned(),
        None => return,
    };
    step(buffer, "the response says", &shown(&said));
}
