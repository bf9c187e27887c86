//! Help: the key table, drawn over everything.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pen::Pen;
use crate::tui::keys::{BINDINGS, Group, Keys};
use crate::tui::state::State;

/// One line of help: keys and what they do, or a heading.
pub struct Line {
    /// The keys; empty for a heading.
    pub keys: String,
    /// What they do.
    pub text: &'static str,
}

/// All lines, from the same table that gives keys their meaning.
#[must_use]
pub fn lines(keys: &Keys) -> Vec<Line> {
    let mut lines = Vec::new();
    for group in Group::ALL {
        lines.push(Line { keys: String::new(), text: group.title() });
        for binding in BINDINGS.iter().filter(|binding| binding.group == group) {
            lines.push(Line { keys: keys.of(binding.action).join(" "), text: binding.help });
        }
        lines.push(Line { keys: String::new(), text: "" });
    }
    lines
}

pub(super) fn draw(state: &State, top: usize, buffer: &mut Buffer) {
    let whole = buffer.area;
    let lines = lines(&state.keys);
    let width = whole.width.saturating_sub(4).min(76);
    let wanted = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let height = wanted.min(whole.height.saturating_sub(2));
    let (x, y) = ((whole.width - width) / 2, (whole.height - height) / 2);
    let area = Rect::new(x, y, width, height);
    for y in area.y..area.bottom() {
        let mut pen = Pen::new(buffer, Rect::new(area.x, y, area.width, 1));
        pen.fill(" ", ratatui::style::Style::reset().patch(state.theme.text));
    }
    let mut pen = Pen::new(buffer, area);
    pen.put("─ help ", state.theme.title).fill("─", state.theme.dim);
    let inside = usize::from(height.saturating_sub(2));
    for (row, line) in (1u16..).zip(lines.iter().skip(top).take(inside)) {
        let mut pen = Pen::line(buffer, area, row);
        pen.skip(1);
        if line.keys.is_empty() {
            pen.put(line.text, state.theme.title);
        } else {
            pen.skip(1).column(&line.keys, 14, state.theme.label).put(line.text, state.theme.text);
        }
    }
    let mut pen = Pen::line(buffer, area, height.saturating_sub(1));
    pen.put(" j k move   Esc close ", state.theme.dim).fill("─", state.theme.dim);
}
