//! Paths into JSON (RFC 8259): what stands at one, without the document being put together.
//!
//! In: text and steps. Out: the values there: a scalar is one; of an array each scalar; of an object its text. Text that is
//! no JSON has none, as far as a bracket or a quote that is never closed shows it; one pass, no more memory than the
//! values take, and nested no deeper than [`limits::JSON_DEPTH`].

use std::borrow::Cow;

use super::tree::Step;
use super::value::{Value, Values};
use crate::base::limits;

/// Bytes of a string that are looked at one by one before the rest is searched.
const SHORT: usize = 24;

/// What stands at the end of a path.
pub(super) fn values<'a>(text: &'a str, path: &[Step]) -> Values<'a> {
    if lacks_a_key(text.as_bytes(), path) {
        return Values::None;
    }
    let mut scan = Scan { text, bytes: text.as_bytes(), at: 0 };
    let mut found = Values::None;
    let whole = scan.follow(path, &mut found, 0).and_then(|()| {
        scan.space();
        (scan.at == scan.bytes.len()).then_some(())
    });
    if whole.is_some() { found } else { Values::None }
}

/// A key of the path is nowhere in the text: as it is, or in any other spelling, which takes an escape.
fn lacks_a_key(text: &[u8], path: &[Step]) -> bool {
    let key = |step: &Step| match step {
        Step::Key(key) => memchr::memmem::find(text, key).is_none(),
        _ => false,
    };
    path.iter().any(key) && memchr::memchr(b'\\', text).is_none()
}

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.space();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Passes one value, and keeps what the path leads to in it. `None` where it is no value.
    fn follow(&mut self, path: &[Step], found: &mut Values<'a>, depth: usize) -> Option<()> {
        self.space();
        let Some((step, rest)) = path.split_first() else { return self.collect(found) };
        match (self.peek()?, step) {
            (b'{', Step::Key(_) | Step::Every) => self.members(step, rest, found, depth),
            (b'[', Step::Index(_) | Step::Every) => self.elements(step, rest, found, depth),
            _ => self.skip(),
        }
    }

    fn members(&mut self, step: &Step, rest: &[Step], found: &mut Values<'a>, depth: usize) -> Option<()> {
        self.at += 1;
        if self.takes(b'}') {
            return Some(());
        }
        loop {
            self.space();
            let key = self.string()?;
            if !self.takes(b':') {
                return None;
            }
            let wanted = match step {
                Step::Key(wanted) if key.contains('\\') => unescaped(key).as_bytes() == wanted.as_slice(),
                Step::Key(wanted) => key.as_bytes() == wanted.as_slice(),
                _ => true,
            };
            if wanted {
                self.follow(rest, found, depth + 1)?
            } else {
                self.skip()?
            }
            if !self.takes(b',') {
                return self.takes(b'}').then_some(());
            }
        }
    }

    fn elements(&mut self, step: &Step, rest: &[Step], found: &mut Values<'a>, depth: usize) -> Option<()> {
        self.at += 1;
        if self.takes(b']') {
            return Some(());
        }
        for number in 0.. {
            let wanted = match step {
                Step::Index(wanted) => *wanted == number,
                _ => true,
            };
            if wanted {
                self.follow(rest, found, depth + 1)?
            } else {
                self.skip()?
            }
            if !self.takes(b',') {
                break;
            }
        }
        self.takes(b']').then_some(())
    }

    /// The value here.
    fn collect(&mut self, found: &mut Values<'a>) -> Option<()> {
        self.space();
        let start = self.at;
        match self.peek()? {
            b'[' => {
                self.at += 1;
                if self.takes(b']') {
                    return Some(());
                }
                loop {
                    self.space();
                    // Of what is nested nothing: a path would have to lead into it.
                    if matches!(self.peek()?, b'[' | b'{') {
                        self.skip()?
                    } else {
                        self.collect(found)?
                    }
                    if !self.takes(b',') {
                        return self.takes(b']').then_some(());
                    }
                }
            }
            b'{' => {
                self.skip()?;
                found.push(Value::text(self.text.get(start..self.at)?));
            }
            b'"' => {
                let string = self.string()?;
                found.push(Value::Text(if string.contains('\\') { unescaped(string).into() } else { string.into() }));
            }
            _ => {
                self.skip()?;
                found.push(scalar(self.text.get(start..self.at)?)?);
            }
        }
        Some(())
    }

    /// What is between the quotes that open here.
    fn string(&mut self) -> Option<&'a str> {
        let start = self.at + 1;
        self.pass_string()?;
        self.text.get(start..self.at - 1)
    }

    /// Passes a string.
    fn pass_string(&mut self) -> Option<()> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let mut at = self.at + 1;
        // Most are short: a search that begins slowly finds their ends too late.
        for byte in self.bytes.get(at..)?.iter().take(SHORT) {
            match byte {
                b'"' => {
                    self.at = at + 1;
                    return Some(());
                }
                b'\\' => break,
                _ => at += 1,
            }
        }
        loop {
            at += memchr::memchr2(b'"', b'\\', self.bytes.get(at..)?)?;
            if self.bytes.get(at) == Some(&b'"') {
                self.at = at + 1;
                return Some(());
            }
            at += 2;
        }
    }

    /// Passes one value, however it is nested.
    fn skip(&mut self) -> Option<()> {
        self.space();
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => self.pass_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    if depth > limits::JSON_DEPTH {
                        return None;
                    }
                    continue;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => self.word()?,
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// A number, `true`, `false`, `null`.
    fn word(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

fn scalar(word: &str) -> Option<Value<'static>> {
    Some(match word {
        "true" => Value::Flag(true),
        "false" => Value::Flag(false),
        "null" => Value::Present,
        _ if !word.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => return None,
        _ => match word.parse::<i128>().ok().and_then(Value::whole) {
            Some(number) => number,
            None => Value::Float(word.parse().ok()?),
        },
    })
}

/// A string without its escapes; halves of characters that are alone are replaced.
fn unescaped(string: &str) -> String {
    let mut text = String::with_capacity(string.len());
    let mut rest = string;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('u') => {
                rest = character(chars.as_str(), &mut text);
                continue;
            }
            Some(other) => text.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    text.push_str(rest);
    text
}

/// Reads the four digits behind `\u`, and the second half of a pair; gives what follows.
fn character<'s>(digits: &'s str, text: &mut String) -> &'s str {
    let unit = |digits: &str| digits.get(..4).and_then(|four| u16::from_str_radix(four, 16).ok());
    let Some(first) = unit(digits) else {
        text.push(char::REPLACEMENT_CHARACTER);
        return digits;
    };
    let rest = digits.get(4..).unwrap_or_default();
    let second = rest.strip_prefix("\\u").filter(|_| (0xd800..0xdc00).contains(&first));
    let pair = second.and_then(|digits| Some((unit(digits)?, digits.get(4..)?)));
    if let Some((second, after)) = pair
        && let Some(Ok(c)) = char::decode_utf16([first, second]).next()
    {
        text.push(c);
        return after;
    }
    text.push(char::decode_utf16([first]).next().and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER));
    rest
}

/// The names of the members of an object, at most 64, for whoever completes a path.
#[must_use]
pub fn keys(text: &str) -> Vec<Cow<'_, str>> {
    let mut scan = Scan { text, bytes: text.as_bytes(), at: 0 };
    let mut keys = Vec::new();
    scan.space();
    if scan.peek() != Some(b'{') {
        return keys;
    }
    scan.at += 1;
    while keys.len() < 64 {
        scan.space();
        let Some(key) = scan.string() else { break };
        keys.push(if key.contains('\\') { Cow::Owned(unescaped(key)) } else { Cow::Borrowed(key) });
        if !scan.takes(b':') || scan.skip().is_none() || !scan.takes(b',') {
            break;
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, path: &[Step]) -> Vec<Value<'static>> {
        values(text, path).as_slice().iter().map(|value| value.clone().owned()).collect()
    }

    fn key(name: &str) -> Step {
        Step::Key(name.as_bytes().to_vec())
    }

    #[test]
    fn a_path_leads_to_what_stands_there() {
        let text = r#" {"op":"trade", "data":[{"price":86.5,"n":-3},{"price":87}], "a\u0062":[1,"x",[2],null], "big":18446744073709551615} "#;
        assert_eq!(at(text, &[key("op")]), [Value::text("trade")]);
        assert_eq!(at(text, &[key("data"), Step::Index(0), key("price")]), [Value::Float(86.5)]);
        assert_eq!(at(text, &[key("data"), Step::Index(0), key("n")]), [Value::Signed(-3)]);
        assert_eq!(at(text, &[key("data"), Step::Every, key("price")]), [Value::Float(86.5), Value::Unsigned(87)]);
        assert_eq!(at(text, &[key("ab")]), [Value::Unsigned(1), Value::text("x"), Value::Present]);
        assert_eq!(at(text, &[key("big")]), [Value::Unsigned(u64::MAX)]);
        assert_eq!(at(text, &[key("data"), Step::Index(1)]), [Value::text("{\"price\":87}")]);
        assert!(at(text, &[key("none")]).is_empty() && at(text, &[key("data"), Step::Index(9)]).is_empty());
        assert_eq!(at("[true,false]", &[Step::Index(1)]), [Value::Flag(false)]);
    }

    #[test]
    fn what_is_no_json_has_nothing() {
        for text in ["", "{", "{\"op\":\"trade\"", "{\"op\":1} x", "42[\"op\"]", "{\"op\" 1}", "{\"op\":1,}", "\"open"]
        {
            assert!(at(text, &[key("op")]).is_empty(), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(at(&deep, &[key("op")]).is_empty());
        assert!(at(&format!("{{\"op\":{deep}"), &[key("op")]).is_empty());
    }

    #[test]
    fn strings_are_read_as_they_are_meant() {
        assert_eq!(unescaped(r#"a\n\"\\\/\u00e9\ud83d\ude00"#), "a\n\"\\/é😀");
        assert_eq!(unescaped(r"\ud83d!\u12"), "\u{fffd}!\u{fffd}12");
        assert_eq!(keys(r#"{"a":1,"b\"":{"c":2},"d":[3]}"#), ["a", "b\"", "d"]);
    }
}
