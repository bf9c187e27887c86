//! What is looked for: text, a regular expression, or bytes in hex.

use regex::bytes::{Regex, RegexBuilder};

use super::text;
use crate::websocket::Opcode;

/// How what was typed is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// As text; small letters stand for capitals too.
    #[default]
    Text,
    /// As a regular expression.
    Regex,
    /// As bytes in hex.
    Hex,
}

impl Reading {
    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> Reading {
        match self {
            Reading::Text => Reading::Regex,
            Reading::Regex => Reading::Hex,
            Reading::Hex => Reading::Text,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Reading::Text => "text",
            Reading::Regex => "regex",
            Reading::Hex => "hex",
        }
    }
}

/// A pattern, ready to look with.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As it was typed.
    pub text: String,
    /// How it is read.
    pub reading: Reading,
    regex: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        (&self.text, self.reading) == (&other.text, other.reading)
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Reads what was typed. The error is one line for people.
    ///
    /// # Errors
    /// Where it is no regular expression, or no hex.
    pub fn new(text: &str, reading: Reading) -> Result<Pattern, String> {
        let source = match reading {
            Reading::Text => regex::escape(text),
            Reading::Regex => text.to_owned(),
            Reading::Hex => hex_source(text)?,
        };
        let small = !text.chars().any(char::is_uppercase);
        let regex = RegexBuilder::new(&source)
            .case_insensitive(reading != Reading::Hex && small)
            .unicode(reading != Reading::Hex)
            .dot_matches_new_line(true)
            .build()
            .map_err(|error| error.to_string().lines().last().unwrap_or("no regular expression").to_owned())?;
        Ok(Pattern { text: text.to_owned(), reading, regex })
    }

    /// It as it is spoken of: `“hello”`, and how it is read where that is not as text.
    #[must_use]
    pub fn words(&self) -> String {
        let text = text::safe(&self.text);
        match self.reading {
            Reading::Text => format!("“{text}”"),
            Reading::Regex | Reading::Hex => format!("{} “{text}”", self.reading.name()),
        }
    }

    /// It is in these bytes.
    #[must_use]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.regex.is_match(bytes)
    }

    /// It is the name of this opcode. A part of the name is none: `t` is not every text frame.
    #[must_use]
    pub fn names(&self, opcode: Opcode) -> bool {
        let is = |name: &str| match self.reading {
            Reading::Text => self.text.trim().eq_ignore_ascii_case(name),
            Reading::Regex => self.first(name.as_bytes()) == Some(0..name.len()),
            Reading::Hex => false,
        };
        is(opcode.short_name()) || is(opcode.long_name())
    }

    /// The first place in these bytes.
    #[must_use]
    pub fn first(&self, bytes: &[u8]) -> Option<std::ops::Range<usize>> {
        self.regex.find(bytes).map(|found| found.range())
    }

    /// All places in these bytes, but for empty ones.
    pub fn all<'b>(&'b self, bytes: &'b [u8]) -> impl Iterator<Item = std::ops::Range<usize>> + 'b {
        self.regex.find_iter(bytes).map(|found| found.range()).filter(|range| !range.is_empty())
    }
}

fn hex_source(text: &str) -> Result<String, String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != ':').collect();
    let digits = digits.strip_prefix("0x").unwrap_or(&digits);
    let bytes = hex::decode(digits).map_err(|_| "hex is pairs of 0 to 9 and a to f, like 81 85".to_owned())?;
    Ok(bytes.iter().map(|byte| format!(r"\x{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, reading: Reading, bytes: &[u8]) -> Option<std::ops::Range<usize>> {
        Pattern::new(text, reading).unwrap().first(bytes)
    }

    #[test]
    fn patterns_are_found_in_any_bytes() {
        assert_eq!(found("hello", Reading::Text, b"\xff Hello"), Some(2..7));
        assert_eq!(found("Hello", Reading::Text, b"hello"), None);
        assert_eq!(found("a.c", Reading::Text, b"abc a.c"), Some(4..7));
        assert_eq!(found("a.c", Reading::Regex, b"xa\nc"), Some(1..4));
        assert_eq!(
            found("ff 00:8x".trim_end_matches('x').trim_end_matches('8'), Reading::Hex, b"\x00\xff\x00"),
            Some(1..3)
        );
        assert_eq!(found("0xE9", Reading::Hex, b"\xe9"), Some(0..1));
        assert_eq!(found("déjà", Reading::Text, "DÉJÀ".as_bytes()), Some(0..6));
    }

    #[test]
    fn opcodes_have_names() {
        let names = |text, reading, opcode| Pattern::new(text, reading).unwrap().names(opcode);
        assert!(names("ping", Reading::Text, Opcode::Ping) && names("Close", Reading::Text, Opcode::Close));
        assert!(names("p[io]ng", Reading::Regex, Opcode::Pong) && names("binary", Reading::Text, Opcode::Binary));
        assert!(!names("t", Reading::Text, Opcode::Text) && !names(".", Reading::Regex, Opcode::Text));
        assert!(!names("be", Reading::Hex, Opcode::Text));
    }

    #[test]
    fn what_is_no_pattern_says_so_in_one_line() {
        for (text, reading) in [("(", Reading::Regex), ("8", Reading::Hex), ("xy", Reading::Hex)] {
            let error = Pattern::new(text, reading).unwrap_err();
            assert!(!error.is_empty() && !error.contains('\n'), "{error}");
        }
    }
}
