//! Lines of text for the views that are read from top to bottom, and what each part of a line means.

use crate::base::{Direction, Severity};

/// What a part of a line is; the theme gives it a style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// What matters less.
    Dim,
    /// The name of something.
    Label,
    /// A heading.
    Title,
    /// What a side sent.
    Side(Direction),
    /// A finding.
    Finding(Severity),
    /// What was checked and is right.
    Right,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Its parts, already safe to show, from left to right.
    pub parts: Vec<(String, Role)>,
    /// Parts at its right edge.
    pub right: Vec<(String, Role)>,
    /// It belongs to what is selected.
    pub selected: bool,
}

impl Line {
    /// A line of one part.
    #[must_use]
    pub fn of(text: impl Into<String>, role: Role) -> Line {
        Line { parts: vec![(text.into(), role)], ..Line::default() }
    }

    /// The line with another part.
    #[must_use]
    pub fn and(mut self, text: impl Into<String>, role: Role) -> Line {
        self.parts.push((text.into(), role));
        self
    }

    /// The line with another part at its right edge.
    #[must_use]
    pub fn right(mut self, text: impl Into<String>, role: Role) -> Line {
        self.right.push((text.into(), role));
        self
    }
}
