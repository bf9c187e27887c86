//! The boxes of what a user has chosen: the columns of the list, what a filter does, the name of one that is saved.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::boxes;
use crate::tui::edit::Edit;
use crate::tui::pen::Pen;
use crate::tui::state::{ColumnsBox, Naming, State};
use crate::tui::text;

/// What the keys of the box do.
const KEYS: [&str; 2] =
    ["= like this   - not like   < > move   d remove", "a add field   n new   r name   w width   u usual   s save"];

/// The columns, each with what it says of the selected row.
pub(super) fn columns(state: &State, own: &ColumnsBox, buffer: &mut Buffer) {
    let columns = state.arrangement.now();
    let below = 2 + u16::from(own.typed.is_some()) + u16::from(state.message.is_some());
    let height = u16::try_from(columns.len()).unwrap_or(u16::MAX).saturating_add(below + 2);
    let inside = boxes::open(state, buffer, 72, height, "columns", "Esc leaves");
    let room = usize::from(inside.height.saturating_sub(below));
    let top = (own.line + 1).saturating_sub(room);
    let theme = &state.theme;
    for ((y, (at, column)), line) in (0..inside.height).zip(columns.iter().enumerate().skip(top).take(room)).zip(top..)
    {
        let mut pen = Pen::line(buffer, inside, y);
        if line == own.line {
            pen.ground(theme.selected);
        }
        let width = column.width.map_or_else(String::new, |width| width.to_string());
        pen.skip(1).column(&text::safe(column.heading()), 18, theme.label).skip(1);
        let shows = if column.title.is_some() { text::safe(&column.text) } else { String::new() };
        pen.column(&shows, 22, theme.dim).skip(1).right(&width, 3, theme.dim).skip(1);
        let cell = state.scene.cells.get(at).map_or("", String::as_str);
        let cell = text::cut(cell, pen.room().saturating_sub(1));
        pen.put(&cell, theme.text);
    }
    let mut lines = inside.height.saturating_sub(below)..inside.height;
    for keys in KEYS {
        let Some(y) = lines.next() else { return };
        Pen::line(buffer, inside, y).skip(1).put(keys, theme.dim);
    }
    if let Some((naming, edit)) = &own.typed {
        let prompt = match naming {
            Naming::Name => " name:",
            Naming::Width => " width:",
            Naming::New => " Name:expression:",
        };
        let Some(y) = lines.next() else { return };
        boxes::typed(state, prompt, edit, Rect { y: inside.y + y, height: 1, ..inside }, buffer);
    }
    if let (Some(message), Some(y)) = (&state.message, lines.next()) {
        Pen::line(buffer, inside, y).skip(1).put(message, theme.warning);
    }
}

/// What a filter does.
pub(super) fn explained(state: &State, lines: &[String], top: usize, buffer: &mut Buffer) {
    let room = usize::from(buffer.area.width.min(110).saturating_sub(6)).max(1);
    let wrapped: Vec<String> = lines.iter().skip(top).flat_map(|line| folded(line, room)).collect();
    let height = u16::try_from(wrapped.len() + 2).unwrap_or(u16::MAX);
    let inside = boxes::open(state, buffer, 110, height, "what the filter does", "Up Down move   Esc leaves");
    for (y, line) in (0..inside.height).zip(&wrapped) {
        let style = if top == 0 && y == 0 { state.theme.title } else { state.theme.text };
        Pen::line(buffer, inside, y).skip(1).put(line, style);
    }
}

/// A line in as many as it takes; what goes on stands below its words, behind the lines of the tree.
fn folded(line: &str, room: usize) -> Vec<String> {
    let tree = line.find(|c| !matches!(c, ' ' | '│' | '├' | '└' | '─')).unwrap_or(0);
    let (lead, words) = line.split_at_checked(tree).unwrap_or(("", line));
    let indent = text::width(lead);
    let lines = text::wrap(words, room.saturating_sub(indent).max(8), 6);
    if lines.is_empty() {
        return vec![line.to_owned()];
    }
    let rest: String = lead.chars().map(|c| if matches!(c, '│' | '├') { '│' } else { ' ' }).collect();
    (0..).zip(lines).map(|(at, words)| format!("{}{words}", if at == 0 { lead } else { &rest })).collect()
}

/// The name under which a filter is saved.
pub(super) fn save_filter(state: &State, filter: &str, edit: &Edit, buffer: &mut Buffer) {
    let room = usize::from(buffer.area.width.min(72).saturating_sub(6)).max(1);
    let mut lines = text::wrap(&text::safe(filter), room, 4);
    let typed_at = lines.len();
    lines.push(String::new());
    lines.extend(state.message.iter().flat_map(|why| text::wrap(why, room, 3)));
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let inside = boxes::open(state, buffer, 72, height, "save this filter", "Enter saves it   Esc goes back");
    for ((y, words), index) in (0..inside.height).zip(&lines).zip(0..) {
        if index == typed_at {
            boxes::typed(state, " name: $", edit, Rect { y: inside.y + y, height: 1, ..inside }, buffer);
            continue;
        }
        let style = if index < typed_at { state.theme.text } else { state.theme.warning };
        Pen::line(buffer, inside, y).skip(1).put(words, style);
    }
}
