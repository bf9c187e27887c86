//! Why the subset does not take an expression: whose fault it is, and in which words.

use crate::capture::live::error::FilterError;

/// Why the subset does not take an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// It is wrong, for libpcap too.
    Wrong(String),
    /// libpcap may know it.
    Unknown(String),
}

impl Problem {
    pub(super) fn into_error(self, expression: &str) -> FilterError {
        match self {
            Problem::Wrong(message) => FilterError::refused(expression, message),
            Problem::Unknown(word) => FilterError::NeedsLibpcap { expression: expression.to_owned(), word },
        }
    }
}

pub(super) fn wrong<T>(message: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Wrong(message.into()))
}

pub(super) fn unknown<T>(word: impl std::fmt::Display) -> Result<T, Problem> {
    Err(Problem::Unknown(format!("'{word}'")))
}
