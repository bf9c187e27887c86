//! Help: what keys do here, then the whole key table, drawn over everything.

use ratatui::buffer::Buffer;

use super::boxes;
use super::pen::Pen;
use crate::tui::keys::{BINDINGS, Group, HERE, Keys, Place, TYPING};
use crate::tui::state::{State, View};

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
pub fn lines(keys: &Keys, place: Place) -> Vec<Line> {
    let mut lines = vec![line("", place.name())];
    let own = HERE.iter().filter(|here| here.place == place);
    lines.extend(own.map(|here| line(keys.of(here.action).join(" "), here.help)));
    lines.extend([line("", ""), line("", "Views")]);
    let views = (1..).zip(View::ALL);
    lines.extend(views.map(|(digit, view)| line(digit.to_string(), format!("{}: {}", view.name(), view.about()))));
    for group in Group::ALL {
        lines.extend([line("", ""), line("", group.title())]);
        let own = BINDINGS.iter().filter(|binding| binding.group == group);
        lines.extend(own.map(|binding| line(keys.of(binding.action).join(" "), binding.help)));
    }
    lines.extend([line("", ""), line("", "While typing or choosing")]);
    lines.extend(TYPING.iter().map(|typing| line(typing.keys.join(" "), format!("{}: {}", typing.place, typing.help))));
    lines
}

pub(super) fn draw(state: &State, top: usize, buffer: &mut Buffer) {
    let lines = lines(&state.keys, state.place());
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let inside = boxes::open(state, buffer, 78, height, "help", "j k move   Esc closes");
    for (row, line) in (0..inside.height).zip(lines.iter().skip(top)) {
        let mut pen = Pen::line(buffer, inside, row);
        pen.skip(1);
        if line.keys.is_empty() {
            pen.put(&line.text, state.theme.title);
        } else {
            pen.skip(1).column(&line.keys, 15, state.theme.label).skip(1).put(&line.text, state.theme.text);
        }
    }
}
