//! JSON, written straight into a buffer.
//!
//! In: values. Out: one object, its members in the order of the calls. Every string is valid JSON that reads back to
//! the same text; what a terminal would act on or hide (see [`crate::base::hidden`]) is written as `\uXXXX`. Numbers
//! beyond 2^53 are strings, since most readers of JSON hold numbers as doubles.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::clock::Clock;
use super::number::{push_hex, push_number};
use crate::base::At;
use crate::base::hidden::is_hidden;
use crate::fields::FrameField;

/// The largest number up to which every whole number is exact in a double.
const EXACT: u64 = 1 << 53;

/// An object under way. Made by [`Object::open`], ended by [`Object::close`].
pub struct Object<'a> {
    out: &'a mut Vec<u8>,
}

/// One member that follows others. Its name is that of a field, or a literal where totals and the like have no fields;
/// either way it is copied with its quotes and comma in one go.
macro_rules! member {
    ($object:expr, $name:literal, $kind:ident $(, $value:expr)*) => {
        $object.raw(concat!(",\"", $name, "\":")).$kind($($value),*)
    };
    ($object:expr, $field:expr, $kind:ident $(, $value:expr)*) => {
        $object.raw(const { $field.field().member }).$kind($($value),*)
    };
}
/// The first member of an object inside another, or of one made by [`Object::within`].
macro_rules! first_member {
    ($object:expr, $field:expr, $kind:ident $(, $value:expr)*) => {
        $object.raw(const { $field.field().opening }).$kind($($value),*)
    };
}
pub(crate) use {first_member, member};

impl<'a> Object<'a> {
    /// `{"type":"…"`: every object says first what it is.
    pub fn open(out: &'a mut Vec<u8>, kind: &'static str) -> Object<'a> {
        out.extend_from_slice(b"{\"type\":\"");
        out.extend_from_slice(kind.as_bytes());
        out.push(b'"');
        Object { out }
    }

    /// An object that begins with its first member ([`first_member`]).
    pub fn within(out: &'a mut Vec<u8>) -> Object<'a> {
        Object { out }
    }

    /// Ends the object.
    pub fn close(self) {
        self.out.push(b'}');
    }

    /// Appends JSON text as it is.
    #[inline]
    pub fn raw(&mut self, json: &str) -> &mut Self {
        self.out.extend_from_slice(json.as_bytes());
        self
    }

    /// The buffer, for values written by others.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// A number; a string beyond 2^53.
    #[inline]
    pub fn number(&mut self, n: u64) {
        number(self.out, n);
    }

    /// A number, or null.
    #[inline]
    pub fn maybe_number(&mut self, n: Option<u64>) {
        match n {
            Some(n) => number(self.out, n),
            None => self.null(),
        }
    }

    /// `true`, `false`, or null.
    #[inline]
    pub fn maybe_flag(&mut self, flag: Option<bool>) {
        match flag {
            Some(flag) => self.flag(flag),
            None => self.null(),
        }
    }

    /// `true` or `false`.
    #[inline]
    pub fn flag(&mut self, flag: bool) {
        self.raw(if flag { "true" } else { "false" });
    }

    /// `null`.
    #[inline]
    pub fn null(&mut self) {
        self.raw("null");
    }

    /// A string.
    pub fn text(&mut self, text: &str) {
        string(self.out, text);
    }

    /// A string, or null.
    pub fn maybe_text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => string(self.out, text),
            None => self.null(),
        }
    }

    /// A string known to need no escape.
    #[inline]
    pub fn word(&mut self, word: &'static str) {
        self.raw("\"").raw(word).raw("\"");
    }

    /// A time, RFC 3339.
    pub fn time(&mut self, clock: &mut Clock, at: At) {
        self.out.push(b'"');
        clock.push(self.out, at.time);
        self.out.push(b'"');
    }

    /// Bytes as a string of hex digits.
    pub fn hex(&mut self, bytes: &[u8]) {
        self.out.push(b'"');
        push_hex(self.out, bytes);
        self.out.push(b'"');
    }

    /// `{"text": …}` where there is text, else `{"base64": …}`.
    pub fn payload(&mut self, text: Option<&str>, bytes: &[u8]) {
        match text {
            Some(text) => {
                self.raw(const { FrameField::PayloadText.field().opening });
                string(self.out, text);
                self.raw("}");
            }
            None => {
                self.raw(const { FrameField::PayloadBase64.field().opening });
                self.out.push(b'"');
                push_base64(self.out, bytes);
                self.raw("\"}");
            }
        }
    }
}

/// Appends a number; a string beyond 2^53.
#[inline]
pub fn number(out: &mut Vec<u8>, n: u64) {
    if n > EXACT {
        out.push(b'"');
        push_number(out, n);
        out.push(b'"');
    } else {
        push_number(out, n);
    }
}

/// Appends `items`, parted by commas, in brackets.
pub fn list<T>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>, mut item: impl FnMut(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (i, value) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        item(out, value);
    }
    out.push(b']');
}

/// Appends base64 with padding (RFC 4648 section 4).
pub fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start + base64::encoded_len(bytes.len(), true).unwrap_or(0), 0);
    if let Some(room) = out.get_mut(start..) {
        // The room is exactly what encoded_len said.
        let _ = STANDARD.encode_slice(bytes, room);
    }
}

/// Bytes looked at in one go.
const CHUNK: usize = 16;

/// Appends a JSON string.
///
/// Most text is printable ASCII, and what is JSON itself is full of quotes: both go by chunks, without a branch a byte.
pub fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text;
    while !rest.is_empty() {
        let chunk = rest.as_bytes().get(..CHUNK).unwrap_or(rest.as_bytes());
        let taken = if is_printable(chunk) {
            if has_quotes(chunk) {
                push_quoted(out, chunk)
            } else {
                out.extend_from_slice(chunk)
            }
            chunk.len()
        } else {
            push_characters(out, rest)
        };
        rest = rest.get(taken..).unwrap_or("");
    }
    out.push(b'"');
}

#[inline]
fn is_printable(chunk: &[u8]) -> bool {
    chunk.iter().fold(true, |all, byte| all & (0x20..0x7f).contains(byte))
}

#[inline]
fn has_quotes(chunk: &[u8]) -> bool {
    chunk.iter().fold(false, |any, byte| any | (*byte == b'"') | (*byte == b'\\'))
}

/// Appends at most [`CHUNK`] printable bytes, a backslash before each quote and each backslash.
#[inline]
fn push_quoted(out: &mut Vec<u8>, chunk: &[u8]) {
    let mut quoted = [0; 2 * CHUNK];
    let mut len = 0;
    for byte in chunk {
        // The backslash is written always, and written over where there is none to be.
        if let Some([first, second]) = quoted.get_mut(len..len + 2) {
            let special = (*byte == b'"') | (*byte == b'\\');
            *first = if special { b'\\' } else { *byte };
            *second = *byte;
            len += 1 + usize::from(special);
        }
    }
    out.extend_from_slice(quoted.get(..len).unwrap_or(&[]));
}

/// Appends characters one by one, at least as many as begin in a chunk; gives the bytes they have.
fn push_characters(out: &mut Vec<u8>, text: &str) -> usize {
    let mut taken = 0;
    for c in text.chars() {
        if taken >= CHUNK {
            break;
        }
        taken += c.len_utf8();
        match c {
            ' '..='!' | '#'..='[' | ']'..='~' => out.extend(u8::try_from(c)),
            c => special(out, c),
        }
    }
    taken
}

/// Appends a character that is not plain ASCII.
fn special(out: &mut Vec<u8>, c: char) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        c if is_hidden(c) => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(b"\\u");
                push_hex(out, &unit.to_be_bytes());
            }
        }
        c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        string(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings_are_escaped_as_rfc_8259_has_it() {
        assert_eq!(written("say \"hi\" \\ \n\r\t\0"), r#""say \"hi\" \\ \n\r\t\u0000""#);
        assert_eq!(written("é漢😀"), "\"é漢😀\"");
        assert_eq!(written("\u{202e}\u{9b}\u{e0041}\u{7f}"), r#""\u202e\u009b\udb40\udc41\u007f""#);
    }

    #[test]
    fn numbers_beyond_a_double_are_strings() {
        let text = |n| {
            let mut out = Vec::new();
            number(&mut out, n);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(9_007_199_254_740_992), "9007199254740992");
        assert_eq!(text(9_007_199_254_740_993), "\"9007199254740993\"");
        assert_eq!(text(u64::MAX), "\"18446744073709551615\"");
    }

    #[test]
    fn base64_is_padded() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foobar", "Zm9vYmFy")] {
            let mut out = Vec::new();
            push_base64(&mut out, bytes.as_bytes());
            assert_eq!(out, text.as_bytes(), "RFC 4648 section 10");
        }
    }

    proptest! {
        #[test]
        fn any_string_reads_back_and_nothing_hidden_is_in_it(text in "(?s)[ -~]{0,40}(.|[\"\\\\\u{200b}-\u{202e}]){0,12}[ -~]{0,20}") {
            let json = written(&text);
            prop_assert!(!json.chars().any(is_hidden));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
