//! The foot line: something to say, or the keys that matter most here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pen::Pen;
use crate::tui::keys::BINDINGS;
use crate::tui::state::State;

pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area);
    pen.put(" ", state.theme.dim);
    if let Some(message) = &state.message {
        pen.put(message, state.theme.text);
        return;
    }
    if state.number.is_some() || !state.typed.is_empty() {
        if let Some(typed) = state.number {
            pen.put(&typed.number.to_string(), state.theme.title);
        }
        for chord in &state.typed {
            pen.put(&chord.to_string(), state.theme.title);
        }
        return;
    }
    for binding in BINDINGS {
        let Some(word) = binding.footer else { continue };
        let Some(key) = state.keys.of(binding.action).into_iter().next() else { continue };
        if pen.room() < key.chars().count() + word.chars().count() + 2 {
            break;
        }
        pen.put(&key, state.theme.title)
            .put(" ", state.theme.dim)
            .put(word, state.theme.dim)
            .put("   ", state.theme.dim);
    }
}
