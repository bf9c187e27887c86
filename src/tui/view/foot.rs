//! The foot line: something to say, or the keys that matter most here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::boxes;
use super::pen::Pen;
use crate::tui::edit::Edit;
use crate::tui::keys::BINDINGS;
use crate::tui::state::{Awaited, Overlay, State, View};
use crate::tui::text;

pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    match &state.overlay {
        Some(Overlay::Find(edit, reading)) => {
            let prompt = format!(" find {}", reading.name());
            return typing(state, &prompt, edit, "Tab: text, regex, hex", area, buffer);
        }
        Some(Overlay::Command(edit)) => return typing(state, " :", edit, "Tab completes", area, buffer),
        _ => {}
    }
    let mut pen = Pen::new(buffer, area);
    pen.put(" ", state.theme.dim);
    if let Some(awaited) = state.awaited {
        let text = match awaited {
            Awaited::Mark => "mark this frame with which letter?",
            Awaited::GoToMark => "to the mark of which letter?",
        };
        pen.put(text, state.theme.text);
        return;
    }
    if let Some(message) = &state.message {
        pen.put(message, state.theme.text);
        return;
    }
    let number = state.number.filter(|typed| typed.digits > 1);
    if number.is_some() || !state.typed.is_empty() {
        if let Some(typed) = state.number {
            pen.put(&typed.number.to_string(), state.theme.title);
        }
        for chord in &state.typed {
            pen.put(&chord.to_string(), state.theme.title);
        }
        return;
    }
    views(state, area.width, &mut pen);
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

/// A line being typed, what is wrong with it or what helps at its right.
fn typing(state: &State, prompt: &str, edit: &Edit, help: &str, area: Rect, buffer: &mut Buffer) {
    boxes::typed(state, prompt, edit, area, buffer);
    let (help, style) = match &state.message {
        Some(message) => (message.as_str(), state.theme.error),
        None => (help, state.theme.dim),
    };
    let wide = text::width(help) + 1;
    let used = text::width(prompt) + text::width(edit.text()) + 4;
    if used + wide <= usize::from(area.width) {
        Pen::new(buffer, area).skip(usize::from(area.width) - wide).put(help, style);
    }
}

/// The views and their digits, the one in use marked; on a narrow screen only its name.
fn views(state: &State, width: u16, pen: &mut Pen<'_>) {
    let dim = state.theme.dim;
    if width < 110 {
        let range = format!("1-{}", View::ALL.len());
        pen.put(&range, state.theme.title).put(" ", dim).put(state.view.name(), state.theme.active).put("   ", dim);
        return;
    }
    for (digit, view) in (1..).zip(View::ALL) {
        let style = if view == state.view { state.theme.active } else { dim };
        pen.put(&format!("{digit} "), state.theme.title).put(view.name(), style).put("  ", dim);
    }
    pen.put("│ ", dim);
}
