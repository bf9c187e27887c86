//! Help: what keys do here, then the whole key table, drawn over everything.

use ratatui::buffer::Buffer;

use super::boxes;
use crate::tui::keys::{BINDINGS, Group, Keys, LEGEND, Place, TYPING};
use crate::tui::pages;
use crate::tui::pen::Pen;
use crate::tui::state::State;
use crate::tui::text;

/// One line of help: keys and what they do, or a heading.
pub struct Line {
    /// The keys; empty for a heading.
    pub keys: String,
    /// What they do.
    pub text: String,
}

fn line(keys: impl Into<String>, text: impl Into<String>) -> Line {
    Line { keys: keys.into(), text: text.into() }
}

/// All lines, from the same tables that give keys their meaning; first those of the place where help is asked for.
#[must_use]
pub fn lines(keys: &Keys, place: &Place) -> Vec<Line> {
    let mut lines = vec![line("", place.title)];
    lines.extend(place.keys.iter().map(|here| line(keys.of(here.action).join(" "), here.help)));
    lines.extend([line("", ""), line("", "Views")]);
    let pages = (1..).zip(pages::ALL);
    lines.extend(pages.map(|(digit, page)| line(digit.to_string(), format!("{}: {}", page.name.0, page.shows))));
    lines.extend([line("", ""), line("", "Glyphs")]);
    lines.extend(LEGEND.iter().map(|sign| line(sign.glyphs, sign.meaning)));
    for group in Group::ALL {
        lines.extend([line("", ""), line("", group.title())]);
        let own = BINDINGS.iter().filter(|binding| binding.group == group);
        lines.extend(own.map(|binding| line(keys.of(binding.action).join(" "), binding.help)));
    }
    lines.extend([line("", ""), line("", "While typing or choosing")]);
    lines.extend(TYPING.iter().map(|typing| line(typing.keys.join(" "), format!("{}: {}", typing.place, typing.help))));
    lines
}

/// Columns of the box.
const WIDTH: u16 = 78;

/// A line of help as it is drawn: broken where the box is narrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    keys: String,
    text: String,
    heading: bool,
}

/// The rows at a width of the terminal.
#[must_use]
pub fn rows(keys: &Keys, place: &Place, width: u16) -> Vec<Row> {
    let room = usize::from(WIDTH.min(width.saturating_sub(2)).saturating_sub(3));
    let column = keys_column(room);
    let mut rows = Vec::new();
    for Line { keys, text } in lines(keys, place) {
        if keys.is_empty() {
            rows.push(Row { keys, text: text::cut(&text, room), heading: true });
            continue;
        }
        let mut wrapped = text::wrap(&text, room.saturating_sub(column + 2).max(1), 9).into_iter();
        // Keys that are longer than their column have a line of their own.
        let beside = text::width(&keys) <= column;
        let first = if beside { wrapped.next().unwrap_or_default() } else { String::new() };
        rows.push(Row { keys, text: first, heading: false });
        rows.extend(wrapped.map(|text| Row { keys: String::new(), text, heading: false }));
    }
    rows
}

/// Columns of the keys, in a box with room for so many.
fn keys_column(room: usize) -> usize {
    if room < 60 { 8 } else { 15 }
}

/// Rows that are seen at once at a height of the terminal, where there are so many.
#[must_use]
pub fn seen(height: u16) -> usize {
    usize::from(height.saturating_sub(4))
}

pub(super) fn draw(state: &State, top: usize, buffer: &mut Buffer) {
    let rows = rows(&state.keys, pages::place(state), state.size.0);
    let height = u16::try_from(rows.len() + 2).unwrap_or(u16::MAX);
    let last = (top + seen(state.size.1)).min(rows.len());
    let foot = match last - top.min(last) {
        shown if shown < rows.len() => format!("j k move  Esc closes  {last}/{}", rows.len()),
        _ => "Esc closes".to_owned(),
    };
    let inside = boxes::open(state, buffer, WIDTH, height, "help", &foot);
    let column = keys_column(usize::from(inside.width.saturating_sub(1)));
    for (y, row) in (0..inside.height).zip(rows.iter().skip(top)) {
        let mut pen = Pen::line(buffer, inside, y);
        pen.skip(1);
        if row.heading {
            pen.put(&row.text, state.theme.title);
        } else if row.text.is_empty() {
            pen.skip(1).put(&row.keys, state.theme.label);
        } else {
            pen.skip(1).column(&row.keys, column, state.theme.label).skip(1).put(&row.text, state.theme.text);
        }
    }
}
