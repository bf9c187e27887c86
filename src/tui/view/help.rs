//! Help: the key table, drawn over everything.

use ratatui::buffer::Buffer;

use super::boxes;
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
    let mut lines = vec![
        Line { keys: String::new(), text: "Views" },
        Line { keys: "1".to_owned(), text: "frames: the list and everything about the selected frame" },
        Line { keys: "2".to_owned(), text: "connections, and the handshake of each" },
        Line { keys: "3".to_owned(), text: "talk: one connection as a conversation" },
        Line { keys: "4".to_owned(), text: "ladder: one connection between two lifelines" },
        Line { keys: "5".to_owned(), text: "notes: what breaks a rule; Enter unfolds and goes there" },
        Line { keys: "6".to_owned(), text: "handshake: what was asked, answered and agreed on" },
        Line { keys: String::new(), text: "" },
    ];
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
    let lines = lines(&state.keys);
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let foot = format!("j k move   Esc closes   view: {}", state.view.name());
    let inside = boxes::open(state, buffer, 78, height, "help", &foot);
    for (row, line) in (0..inside.height).zip(lines.iter().skip(top)) {
        let mut pen = Pen::line(buffer, inside, row);
        pen.skip(1);
        if line.keys.is_empty() {
            pen.put(line.text, state.theme.title);
        } else {
            pen.skip(1).column(&line.keys, 14, state.theme.label).skip(1).put(line.text, state.theme.text);
        }
    }
}
