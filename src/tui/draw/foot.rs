//! The foot line: something to say, or the keys that matter most here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::boxes;
use crate::tui::edit::Edit;
use crate::tui::keys::{Action, FOOTER, binding};
use crate::tui::page_name::PageName;
use crate::tui::pages;
use crate::tui::pen::Pen;
use crate::tui::state::{Awaited, Overlay, State};
use crate::tui::text;

/// Lines of a message.
const SAID: usize = 4;

pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    match &state.overlay {
        Some(Overlay::Filter(edit)) => return filter(state, edit, area, buffer),
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
        return say(state, message, area, buffer);
    }
    let number = state.number.filter(|typed| typed.digits > 1 && !typed.rested);
    if number.is_some() || !state.typed.is_empty() {
        if let Some(typed) = state.number {
            pen.put(&typed.number.to_string(), state.theme.title);
        }
        for chord in &state.typed {
            pen.put(&chord.to_string(), state.theme.title);
        }
        return;
    }
    digits(state, area.width, &mut pen);
    let place = pages::place(state);
    let own = place.keys.iter().filter_map(|here| Some((here.action, here.footer?)));
    let word = |action| binding(action).and_then(|binding| Some((action, binding.footer?)));
    // What leads nowhere here is not offered.
    let leads = |action: &Action| match action {
        Action::NextPane => state.scene.areas.panes().len() > 1,
        Action::Messages => state.page == PageName::FRAMES,
        Action::Zoom => state.scene.areas.rule.is_some() || state.scene.areas.fields_rule.is_some(),
        _ => true,
    };
    let general = FOOTER.into_iter().filter(leads).filter_map(word);
    // Help and how to leave have their room, whatever else there is.
    let always: Vec<_> = [Action::Help, Action::Quit].into_iter().filter_map(word).collect();
    let room = pen.room().saturating_sub(always.iter().map(|(_, word)| text::width(word) + 5).sum());
    let mut used = 0;
    let fits = own.chain(general).take_while(|(action, word)| {
        used += key(state, *action).map_or(0, |key| text::width(&key) + text::width(word) + 4);
        used <= room
    });
    for (action, word) in fits.collect::<Vec<_>>().into_iter().chain(always) {
        let Some(key) = key(state, action) else { continue };
        pen.put(&key, state.theme.title).put(" ", state.theme.dim).put(word, state.theme.dim).skip(3);
    }
}

/// A message, in as many lines as it takes to read all of it: the last is the foot line, the others lie above.
fn say(state: &State, message: &str, area: Rect, buffer: &mut Buffer) {
    let lines = text::wrap(message, usize::from(area.width.saturating_sub(2)).max(1), SAID);
    for (above, words) in (0..).zip(lines.iter().rev()) {
        let Some(y) = area.y.checked_sub(above).filter(|y| above == 0 || *y > 0) else { return };
        let line = Rect { y, ..area };
        Pen::new(buffer, line).fill(" ", Style::reset().patch(state.theme.text));
        Pen::new(buffer, line).skip(1).put(words, state.theme.text);
    }
}

/// The first of an action's keys; `None` where it has none.
fn key(state: &State, action: Action) -> Option<String> {
    state.keys.of(action).into_iter().next()
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

/// A filter being typed: right in the colour of what is right, wrong in that of errors; what may come next at its right.
fn filter(state: &State, edit: &Edit, area: Rect, buffer: &mut Buffer) {
    let prompt = " filter";
    boxes::typed(state, prompt, edit, area, buffer);
    let colour = if state.scene.filter_right { state.theme.note } else { state.theme.error };
    let start = text::width(prompt) + 1;
    let room = usize::from(area.width).saturating_sub(start);
    let cells = u16::try_from(text::width(edit.text()).min(room)).unwrap_or(0);
    let typed = Rect { x: area.x + u16::try_from(start).unwrap_or(0), width: cells, height: 1, ..area };
    buffer.set_style(typed.intersection(area), Style { bg: None, ..colour });
    let help = state.message.as_deref().unwrap_or(&state.scene.filter_help);
    let used = start + text::width(edit.text()) + 3;
    let left = usize::from(area.width).saturating_sub(used);
    if left > 8 {
        let help = text::cut(help, left.saturating_sub(1));
        let style = if state.message.is_some() { state.theme.error } else { state.theme.dim };
        Pen::new(buffer, area).skip(used).put(&help, style);
    }
}

/// The pages and their digits, the one in use marked; on a narrow screen only its name.
fn digits(state: &State, width: u16, pen: &mut Pen<'_>) {
    let dim = state.theme.dim;
    if width < 110 {
        let range = format!("1-{}", pages::ALL.len());
        pen.put(&range, state.theme.title).put(" ", dim).put(state.page.0, state.theme.active).put("   ", dim);
        return;
    }
    for (digit, page) in (1..).zip(pages::ALL) {
        let style = if page.name == state.page { state.theme.active } else { dim };
        pen.put(&format!("{digit} "), state.theme.title).put(page.name.0, style).put("  ", dim);
    }
    pen.put("│ ", dim);
}
