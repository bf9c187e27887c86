//! Lines of text for the views that are read from top to bottom, and what each part of a line means.

use crate::base::{Direction, Severity};
use crate::tui::text;

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

/// Columns below which a text does not stand beside what comes before it.
const BESIDE: usize = 24;

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

    /// The line with a text broken into at most `lines` lines of `width` columns, the later ones below its start; below
    /// the line itself where there is little room beside it.
    #[must_use]
    pub fn wrapped(self, words: &str, role: Role, width: usize, lines: usize) -> Vec<Line> {
        let used: usize = self.parts.iter().map(|(part, _)| text::width(part)).sum();
        let beside = used + BESIDE <= width;
        let indent = if beside { used } else { 3 };
        let mut wrapped = text::wrap(words, width.saturating_sub(indent + 1).max(1), lines).into_iter();
        let first = if beside { self.and(wrapped.next().unwrap_or_default(), role) } else { self };
        let rest = wrapped.map(|more| Line::of(format!("{}{more}", " ".repeat(indent)), role));
        std::iter::once(first).chain(rest).collect()
    }
}
