//! Regular expressions as `matches` has them: over bytes, without regard to the case of ASCII letters.
//!
//! What can be matched in one pass is; look-around and back-references go to a matcher that steps back, with a limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    #[cfg(feature = "matches")]
    matcher: Matcher,
    /// As it was compiled.
    text: Box<str>,
    /// Values on which it gave up.
    given_up: Arc<AtomicU64>,
}

#[cfg(feature = "matches")]
#[derive(Debug, Clone)]
enum Matcher {
    OnePass(regex::bytes::Regex),
    SteppingBack(Box<fancy_regex::Regex>),
}

/// A pattern as text: bytes beyond ASCII as escapes, so that each is one byte.
fn written(pattern: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in pattern {
        if byte.is_ascii() {
            text.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

impl Pattern {
    /// Compiles; the error says what is wrong with the pattern.
    #[cfg(feature = "matches")]
    pub(super) fn new(pattern: &[u8]) -> Result<Pattern, String> {
        use crate::base::limits::{PATTERN_BYTES, PATTERN_STEPS};
        let text = written(pattern);
        let one_pass = regex::bytes::RegexBuilder::new(&text)
            .unicode(false)
            .case_insensitive(true)
            .size_limit(PATTERN_BYTES)
            .build();
        let matcher = match one_pass {
            Ok(regex) => Matcher::OnePass(regex),
            Err(regex::Error::CompiledTooBig(_)) => return Err("this pattern is too large".to_owned()),
            Err(_) => {
                let stepping = fancy_regex::RegexBuilder::new(&text)
                    .bytes_mode(fancy_regex::BytesMode::Ascii)
                    .case_insensitive(true)
                    .delegate_size_limit(PATTERN_BYTES)
                    .backtrack_limit(PATTERN_STEPS)
                    .build();
                match stepping {
                    Ok(regex) => Matcher::SteppingBack(Box::new(regex)),
                    Err(error) => return Err(first_line(&error.to_string())),
                }
            }
        };
        Ok(Pattern { matcher, text: text.into(), given_up: Arc::default() })
    }

    /// This build has no patterns.
    #[cfg(not(feature = "matches"))]
    pub(super) fn new(pattern: &[u8]) -> Result<Pattern, String> {
        let _ = Pattern { text: Box::default(), given_up: Arc::default() };
        let _ = written(pattern);
        Err("this build has no regular expressions: it was made without the feature `matches`".to_owned())
    }

    /// The pattern as text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// It can be matched in one pass, whatever the value.
    #[cfg(feature = "matches")]
    pub(super) fn is_one_pass(&self) -> bool {
        matches!(self.matcher, Matcher::OnePass(_))
    }

    #[cfg(not(feature = "matches"))]
    #[expect(clippy::unused_self, reason = "the same face in both builds")]
    pub(super) fn is_one_pass(&self) -> bool {
        true
    }

    /// Whether some of the bytes match.
    #[cfg(feature = "matches")]
    pub(super) fn matches(&self, bytes: &[u8]) -> bool {
        match &self.matcher {
            Matcher::OnePass(regex) => regex.is_match(bytes),
            Matcher::SteppingBack(regex) => regex.is_match(bytes).unwrap_or_else(|_| {
                self.given_up.fetch_add(1, Ordering::Relaxed);
                false
            }),
        }
    }

    #[cfg(not(feature = "matches"))]
    #[expect(clippy::unused_self, reason = "the same face in both builds")]
    pub(super) fn matches(&self, _: &[u8]) -> bool {
        false
    }

    /// On how many values it gave up: they took too many steps.
    pub(super) fn given_up(&self) -> u64 {
        self.given_up.load(Ordering::Relaxed)
    }
}

#[cfg(feature = "matches")]
fn first_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default().trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(all(test, feature = "matches"))]
mod tests {
    use super::*;

    fn matches(pattern: &[u8], text: &[u8]) -> bool {
        Pattern::new(pattern).unwrap().matches(text)
    }

    #[test]
    fn bytes_match_as_in_pcre_without_utf() {
        // Checked with tshark: `.` is one byte, \xc3 hits inside é, case folds in ASCII only.
        assert!(matches(b"^h.llo$", b"HELLO") && matches(b"\\xc3", "é".as_bytes()));
        assert!(matches(b"^..$", "é".as_bytes()) && !matches(b"^.$", "é".as_bytes()));
        assert!(matches("é".as_bytes(), "é".as_bytes()) && !matches("É".as_bytes(), "é".as_bytes()));
        assert!(matches(b"\xc3", "é".as_bytes()) && matches(b"(?-i)a", b"a") && !matches(b"(?-i)a", b"A"));
        assert!(!matches(b"a.b", b"a\nb") && matches(b"(?s)a.b", b"a\nb"));
    }

    #[test]
    fn look_around_and_back_references_match_too() {
        assert!(matches(b"(?<=\\d)ms", b"12MS") && !matches(b"(?<=\\d)ms", b"xms"));
        assert!(matches(b"(a|b)\\1", b"xBB") && !matches(b"(a|b)\\1", b"ab"));
        assert!(matches(b"(?!x)\xc3", b"\xff\xc3") && matches(b"^(?!ping).*$", b"pong"));
    }

    #[test]
    fn a_pattern_that_never_ends_gives_up_and_says_so() {
        let pattern = Pattern::new(b"(x+x+)+\\1y").unwrap();
        assert!(!pattern.matches(&[b'x'; 64]));
        assert_eq!(pattern.given_up(), 1);
        assert!(Pattern::new(b"(").is_err() && Pattern::new(b"[z-a]").is_err());
        assert!(Pattern::new(b"(?:(?:\\w{999}){999}){999}").is_err());
    }
}
