//! The fields: a tree from the frame inside out, each with its value and what it means.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

use crate::base::number::wide;
use crate::fields::{ConnectionField, Node};
use crate::tui::keys::Action;
use crate::tui::pane::Pane;
use crate::tui::pen::Pen;
use crate::tui::scene::FieldLine;
use crate::tui::scroll::{scrolled, stepped};
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::glyph;

/// Lines of words about the selected field, where there is room for them.
const WORDS: u16 = 2;

/// Lines of fields in an area: the rest is for words about the selected one.
fn lines(area: Rect) -> u16 {
    if area.height < 10 { area.height } else { area.height - WORDS - 1 }
}

impl State {
    /// Looks up which fields are shown.
    pub(in crate::tui) fn settle_fields(&mut self) {
        self.scene.fields.clear();
        let mut hidden: Option<u8> = None;
        for (index, field) in self.tree.iter().enumerate() {
            if hidden.is_some_and(|depth| field.depth > depth) {
                continue;
            }
            let parent = self.tree.get(index + 1).is_some_and(|next| next.depth > field.depth);
            let folded = parent && self.fields.folded.contains(&field.field);
            hidden = folded.then_some(field.depth);
            self.scene.fields.push(FieldLine { index, unfolded: parent.then_some(!folded) });
        }
        // A selected field that is folded away gives the selection to what hides it.
        let line = self.scene.fields.iter().rposition(|line| line.index <= self.fields.selected).unwrap_or(0);
        if let Some(shown) = self.scene.fields.get(line) {
            self.fields.selected = shown.index;
        }
        let height = self.scene.areas.fields.map_or(0, |area| u64::from(lines(area)));
        let rows = wide(self.scene.fields.len());
        self.fields.top = scrolled(self.fields.top, wide(line), height, rows);
    }

    /// A key of movement in the fields.
    pub(in crate::tui) fn step_fields(&mut self, action: Action, times: u64) {
        if matches!(action, Action::Left | Action::Right) {
            return self.fold(Some(action == Action::Right));
        }
        let lines = &self.scene.fields;
        let here = lines.iter().position(|line| line.index == self.fields.selected).unwrap_or(0);
        let page = self.scene.areas.fields.map_or(1, |area| area.height.max(1));
        let rows = wide(lines.len());
        let row = stepped(action, wide(here), rows, u64::from(page), times);
        if let Some(line) = usize::try_from(row).ok().and_then(|row| lines.get(row)) {
            self.choose_field(line.index);
            self.put_cursor_on_field();
        }
    }

    /// Folds (`Some(false)`), unfolds (`Some(true)`) or turns (`None`) the selected group. Folding what has nothing to
    /// fold goes to its group.
    pub(in crate::tui) fn fold(&mut self, unfold: Option<bool>) {
        let line = self.scene.fields.iter().find(|line| line.index == self.fields.selected).copied();
        let Some((line, field)) = line.zip(self.field()) else { return };
        let (id, depth) = (field.field, field.depth);
        match (line.unfolded, unfold) {
            (Some(true), Some(false) | None) => {
                self.fields.folded.insert(id);
            }
            (Some(false), Some(true) | None) => {
                self.fields.folded.remove(&id);
            }
            (_, Some(false)) => {
                let group = self.tree.get(..line.index).and_then(|before| before.iter().rposition(|f| f.depth < depth));
                match group {
                    Some(group) => self.choose_field(group),
                    None => self.focus(Pane::Page),
                }
            }
            _ => {}
        }
    }

    /// The mouse has hit this line of the fields.
    pub(in crate::tui) fn click_field(&mut self, line: u64) {
        let row = usize::try_from(self.fields.top + line).unwrap_or(usize::MAX);
        if let Some(field) = self.scene.fields.get(row).copied() {
            if field.index == self.fields.selected {
                self.fold(None);
            } else {
                self.choose_field(field.index);
                self.put_cursor_on_field();
            }
        }
    }
}

/// Draws the fields.
pub(in crate::tui) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
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
    let value = if field.is(ConnectionField::Uri) { text::shorten(&value, room) } else { text::cut(&value, room) };
    pen.put(&value, theme.text);
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
