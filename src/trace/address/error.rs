//! What is wrong with an address, and where.

use std::fmt;
use std::ops::Range;

use crate::base::caret;

/// Why some text is no address. Displayed, it is the sentence alone; [`AddressError::caret`] shows the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressError {
    /// What was typed.
    pub text: String,
    /// Bytes of it that are wrong.
    pub at: Range<usize>,
    /// What is wrong, in a sentence without its full stop.
    pub message: String,
    /// What would have been right there.
    pub expected: Option<String>,
}

impl AddressError {
    /// The text on one line, and marks under what is wrong on the next.
    #[must_use]
    pub fn caret(&self) -> String {
        caret(&self.text, &self.at)
    }

    /// The same of a longer text, in which this one begins at a byte.
    pub(super) fn moved(self, text: &str, by: usize) -> AddressError {
        AddressError { text: text.to_owned(), at: self.at.start + by..self.at.end + by, ..self }
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.expected.as_ref().map_or(Ok(()), |expected| write!(f, "; {expected}"))
    }
}

impl std::error::Error for AddressError {}
