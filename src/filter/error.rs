//! What is wrong with a filter, and where.

use std::fmt;
use std::ops::Range;

use crate::base::caret;

/// Why a filter cannot be used. Displayed, it is the sentence alone; [`FilterError::caret`] shows the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// The filter as it was read: as it was typed, or with its macros put in.
    pub text: String,
    /// Bytes of it that are wrong.
    pub at: Range<usize>,
    /// What is wrong, in a sentence without its full stop.
    pub message: String,
    /// What would have been right there.
    pub expected: Option<String>,
}

/// The same without the text, as the stages of compiling make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) at: Range<usize>,
    pub(super) message: String,
    pub(super) expected: Option<String>,
}

impl Wrong {
    pub(super) fn new(at: &Range<usize>, message: impl Into<String>) -> Wrong {
        Wrong { at: at.clone(), message: message.into(), expected: None }
    }

    pub(super) fn expected(self, expected: impl Into<String>) -> Wrong {
        Wrong { expected: Some(expected.into()), ..self }
    }

    pub(super) fn in_text(self, text: &str) -> FilterError {
        FilterError { text: text.to_owned(), at: self.at, message: self.message, expected: self.expected }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.expected.as_ref().map_or(Ok(()), |expected| write!(f, "; {expected}"))
    }
}

impl std::error::Error for FilterError {}

impl FilterError {
    /// The filter on one line, and marks under what is wrong on the next.
    #[must_use]
    pub fn caret(&self) -> String {
        caret(&self.text, &self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_under_what_is_wrong() {
        let text = "a == \"é\" && foo";
        let at = text.find("foo").unwrap();
        let wrong = Wrong::new(&(at..at + 3), "no").in_text(text);
        assert_eq!(wrong.caret(), "  a == \"é\" && foo\n              ^~~");
        let end = Wrong::new(&(text.len()..text.len()), "no").in_text(text);
        assert!(end.caret().ends_with(&format!("{}^", " ".repeat(17))));
    }
}
