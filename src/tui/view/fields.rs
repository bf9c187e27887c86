//! The fields: a tree from the frame inside out, each with its value and what it means.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::pen::Pen;
use crate::fields::Node;
use crate::tui::scene::FieldLine;
use crate::tui::state::{Pane, State};
use crate::tui::text;
use crate::tui::theme::glyph;

/// Lines of words about the selected field, where there is room for them.
const WORDS: u16 = 2;

/// Lines of fields in an area: the rest is for words about the selected one.
pub fn lines(area: Rect) -> u16 {
    if area.height < 10 { area.height } else { area.height - WORDS - 1 }
}

pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let top = usize::try_from(state.fields.top).unwrap_or(0);
    let visible = state.scene.fields.iter().skip(top);
    for (line, row) in (0..lines(area)).zip(visible) {
        let Some(field) = state.tree.get(row.index) else { continue };
        draw_line(state, *row, field, Rect { y: area.y + line, height: 1, ..area }, buffer);
    }
    if let (Some(field), true) = (state.field(), lines(area) < area.height) {
        draw_words(state, field, Rect { y: area.y + lines(area), height: WORDS + 1, ..area }, buffer);
    }
}

/// What the selected field means, in full, and the clause that says so.
fn draw_words(state: &State, field: &Node, area: Rect, buffer: &mut Buffer) {
    let dim = state.theme.dim;
    let mut pen = Pen::new(buffer, area);
    pen.put(" ", dim);
    if !field.clause.is_empty() {
        pen.put(field.clause, dim).put(" ", dim);
    }
    pen.fill("╌", dim);
    let room = usize::from(area.width.saturating_sub(2));
    let words = if field.meaning.is_empty() { text::safe(&field.text) } else { field.meaning.to_string() };
    for (line, words) in (1..=WORDS).zip(text::wrap(&words, room, usize::from(WORDS))) {
        Pen::line(buffer, area, line).skip(1).put(&words, state.theme.label);
    }
}

fn draw_line(state: &State, row: FieldLine, field: &Node, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let selected = row.index == state.fields.selected;
    let mut pen = Pen::new(buffer, area);
    pen.skip(1 + usize::from(field.depth) * 2);
    pen.put(
        match row.unfolded {
            Some(true) => "▾ ",
            Some(false) => "▸ ",
            None => "  ",
        },
        theme.dim,
    );
    if let Some(severity) = field.severity {
        pen.put(glyph(severity), theme.severity(severity)).skip(1);
    }
    let label = match (field.severity, field.depth) {
        (Some(severity), _) => theme.severity(severity),
        (None, 0) => theme.title,
        (None, _) => theme.label,
    };
    pen.put(&text::safe(&field.label), label).skip(1);
    let value = text::safe(&field.text);
    let clause = field.clause.strip_prefix("RFC 6455 ").map_or(field.clause.to_owned(), |clause| format!("§{clause}"));
    let meaning = !field.meaning.is_empty();
    // The value comes first; what it means gets what is left, and its clause the right edge where there is room.
    let room = pen.room();
    pen.put(&text::cut(&value, room), theme.text);
    if meaning && pen.room() > 12 {
        let clause_width = if clause.is_empty() { 0 } else { text::width(&clause) + 2 };
        let clause_width = if pen.room() > clause_width + 24 { clause_width } else { 0 };
        let gap = 2;
        let words = pen.room().saturating_sub(gap + clause_width + 1);
        pen.skip(gap).column(&field.meaning, words, theme.dim);
        if clause_width > 0 {
            pen.right(&clause, clause_width, theme.dim);
        }
    }
    if selected {
        let style = if field.span.is_some() || field.bits.is_some() { theme.field } else { theme.marked };
        let style =
            if state.pane == Pane::Fields { style } else { style.remove_modifier(ratatui::style::Modifier::BOLD) };
        // One patch, whatever the words in it are otherwise.
        let ink = style.fg.or(theme.text.fg).unwrap_or(Color::Reset);
        Pen::new(buffer, area).ground(style.fg(ink));
    }
}
