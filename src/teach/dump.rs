//! Bytes as people write them down: hex with any separators, a dump of `xxd`, `hexdump`, `od`, Wireshark or tcpdump, an
//! array or a string of a program, base64, bits.
//!
//! In: text. Out: the bytes, and what they were taken for. A form is taken only where all of the text has it: offsets
//! must count the bytes before them, a text column must say what the bytes say. Anything else is refused with its place,
//! so that no offset, no text and no half byte is ever taken for bytes.

mod literal;
mod packet;
mod rows;
mod words;

use std::borrow::Cow;

use crate::base::limits::DUMP_BYTES;

/// Bytes that were written as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What the text was taken for.
    pub form: Form,
}

/// How bytes are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// Hex digits, with separators or without.
    Hex,
    /// Rows of hex, with offsets or the bytes as text beside them.
    Rows,
    /// Rows of the bytes of a whole packet, of which those that TCP carries are kept.
    Packet,
    /// Rows of numbers of several bytes, the least significant byte first.
    Words,
    /// Numbers of a program, in braces or brackets.
    Array,
    /// A string of a program.
    Literal,
    /// Base64 (RFC 4648).
    Base64,
    /// Zeros and ones.
    Bits,
}

impl Form {
    /// In words; `None` for hex, which needs none.
    #[must_use]
    pub fn words(self) -> Option<&'static str> {
        Some(match self {
            Form::Hex => return None,
            Form::Rows => "a hex dump",
            Form::Packet => "a hex dump of a packet, of which TCP carries these",
            Form::Words => "a dump of words, the low byte of each first",
            Form::Array => "an array",
            Form::Literal => "a string with escapes",
            Form::Base64 => "base64",
            Form::Bits => "bits",
        })
    }
}

/// Text that cannot be read as bytes, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotBytes {
    /// The line, from 1; `None` where the text is one line.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there, and how to write it.
    pub wrong: String,
}

impl std::error::Error for NotBytes {}

impl std::fmt::Display for NotBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}, ")?;
        }
        write!(f, "column {}: {}", self.column, self.wrong)
    }
}

/// What is wrong, and at which byte of the text.
#[derive(Debug)]
struct Fault {
    at: usize,
    wrong: String,
}

impl Fault {
    fn new(at: usize, wrong: impl Into<String>) -> Fault {
        Fault { at, wrong: wrong.into() }
    }

    fn too_long(at: usize) -> Fault {
        Fault::new(at, format!("more than {} KiB of bytes; give their beginning", DUMP_BYTES >> 10))
    }

    fn placed(self, text: &str) -> NotBytes {
        let before = text.get(..self.at).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or(before);
        let several = text.trim_end().contains('\n');
        NotBytes {
            line: several.then(|| before.matches('\n').count() + 1),
            column: line.chars().count() + 1,
            wrong: self.wrong,
        }
    }
}

/// Reads bytes that are written as text.
///
/// ```
/// use sockeye::teach::dump::{Form, read};
/// for text in ["81 85", "8185", "0x81,0x85", "81:85", "\\x81\\x85", "{0x81, 0x85}"] {
///     assert_eq!(read(text).unwrap().bytes, [0x81, 0x85], "{text}");
/// }
/// let dump = read("00000000: 8105 4865 6c6c 6f                        ..Hello\n").unwrap();
/// assert_eq!((dump.form, &dump.bytes[..]), (Form::Rows, &b"\x81\x05Hello"[..]));
/// let wrong = read("81 05 48\n65 6c 6").unwrap_err();
/// assert_eq!((wrong.line, wrong.column), (Some(2), 7));
/// ```
///
/// # Errors
/// [`NotBytes`] where some of the text cannot be read so, or could be read in two ways.
pub fn read(text: &str) -> Result<Dump, NotBytes> {
    let plain = without_colours(text);
    form(&plain).map_err(|fault| fault.placed(&plain))
}

fn form(text: &str) -> Result<Dump, Fault> {
    if rows::are(text)? {
        return rows::read(text).map(without_headers);
    }
    if text.contains(['"', '\'']) {
        return match text.contains('\\') {
            true => literal::quoted(text),
            // What stands in the quotes is hex, or an array of characters.
            false if text.contains(['{', '[']) => words::array(text),
            false => words::plain(&text.replace(['"', '\''], " ")),
        };
    }
    if text.contains(['{', '[', '<']) {
        return words::array(text);
    }
    if text.contains("\\x") && !words::are_escapes_alone(text) {
        return literal::bare(text);
    }
    words::plain(text)
}

/// What TCP carries, where the bytes are those of a packet: its headers are no frame.
fn without_headers(dump: Dump) -> Dump {
    match packet::payload(&dump.bytes) {
        Some((start, end)) => {
            let bytes = dump.bytes.get(start..end).unwrap_or_default().to_vec();
            Dump { bytes, form: Form::Packet }
        }
        None => dump,
    }
}

/// The text without a byte order mark and without the escape sequences that colour it.
fn without_colours(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.contains("\x1b[") {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != ';');
        plain += end.and_then(|end| part.get(end + 1..)).unwrap_or_default();
    }
    Cow::Owned(plain)
}

/// A word of a text, and at which byte of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word<'t> {
    text: &'t str,
    at: usize,
}

/// The words of a text that stands at byte `at` of another, between characters that part them.
fn words_of<'t>(text: &'t str, at: usize, parts: impl Fn(char) -> bool) -> impl Iterator<Item = Word<'t>> {
    let mut from = 0;
    text.split(parts).filter_map(move |word| {
        // Where one stands is told from where the one before it stood; what parts them may be of any width.
        let start = text.get(from..)?.find(word)? + from;
        from = start + word.len();
        (!word.is_empty()).then_some(Word { text: word, at: at + start })
    })
}
