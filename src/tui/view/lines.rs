//! Draws lines of parts: connections, conversation, ladder, notes, handshake.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::pen::Pen;
use crate::tui::scene::lines::{Line, Role};
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::Theme;

pub(super) fn draw(state: &State, lines: &[Line], focused: bool, area: Rect, buffer: &mut Buffer) {
    for (y, line) in (0..area.height).zip(lines) {
        let mut pen = Pen::line(buffer, area, y);
        if line.selected {
            pen.ground(if focused { state.theme.selected } else { state.theme.marked });
        }
        let right: usize = line.right.iter().map(|(text, _)| text::width(text)).sum();
        let room = pen.room().saturating_sub(if right > 0 { right + 1 } else { 0 });
        let mut left = room;
        for (text, role) in &line.parts {
            let shown = text::cut(text, left);
            left = left.saturating_sub(text::width(&shown));
            pen.put(&shown, style(&state.theme, *role));
        }
        if right > 0 && right < usize::from(area.width) {
            pen.skip(left + 1);
            for (text, role) in &line.right {
                pen.put(text, style(&state.theme, *role));
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
    }
}
