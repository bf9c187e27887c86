//! Lines of text for the pages that are read from top to bottom: what each part of a line means, and how it is drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::pen::Pen;
use super::text;
use super::theme::Theme;
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
    /// A control frame.
    Control,
    /// What is looked for is in what this stands for.
    Found,
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

    /// All its parts, as one text.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts.iter().chain(&self.right).map(|(part, _)| part.as_str()).collect()
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

/// Draws lines; those that are selected stand out, more so where the keys are.
pub(super) fn draw(theme: &Theme, lines: &[Line], focused: bool, area: Rect, buffer: &mut Buffer) {
    for (y, line) in (0..area.height).zip(lines) {
        let mut pen = Pen::line(buffer, area, y);
        if line.selected {
            pen.ground(if focused { theme.selected } else { theme.marked });
        }
        let right: usize = line.right.iter().map(|(text, _)| text::width(text)).sum();
        let room = pen.room().saturating_sub(if right > 0 { right + 1 } else { 0 });
        let mut left = room;
        for (text, role) in &line.parts {
            let shown = text::cut(text, left);
            left = left.saturating_sub(text::width(&shown));
            pen.put(&shown, style(theme, *role));
        }
        if right > 0 && right < usize::from(area.width) {
            pen.skip(left + 1);
            for (text, role) in &line.right {
                pen.put(text, style(theme, *role));
            }
        }
    }
}

fn style(theme: &Theme, role: Role) -> Style {
    match role {
        Role::Text => theme.text,
        Role::Dim => theme.dim,
        Role::Label => theme.label,
        Role::Title => theme.title,
        Role::Side(direction) => theme.direction(direction),
        Role::Finding(severity) => theme.severity(severity),
        Role::Right => theme.note,
        Role::Control => theme.control,
        Role::Found => theme.found,
    }
}
