//! The head line: what capture this is, what was found in it, how far reading has come.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::live_head;
use crate::tui::pen::Pen;
use crate::tui::state::State;
use crate::tui::text;

/// Columns that the name of a capture and a URI are not shortened below.
const NAME: usize = 12;

/// Columns of a URI for which the name of a capture gives way.
const URI: usize = 16;

pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let scene = &state.scene;
    let theme = &state.theme;
    let (progress, calm) = match &state.live {
        Some(live) => live_head::head(state, &live.status, area.width),
        None => (progress(state), theme.dim),
    };
    let mut pen = Pen::new(buffer, area);
    pen.put(" sockeye ", theme.title);
    let room = pen.room().saturating_sub(text::width(&progress) + 3);
    let parts = parts(state, area.width);
    let counted: usize = parts.iter().map(|(part, _)| text::width(part) + 2).sum();
    // The name gives way to the counts, and leaves the URI some columns; what is too long loses its middle.
    let spare = room.saturating_sub(counted + 3);
    let beside = spare.checked_sub(text::width(&scene.uri).min(URI)).filter(|beside| *beside >= NAME);
    let name = text::width(&state.name).min(beside.unwrap_or(spare).max(NAME)).min(room);
    let mut left = room.saturating_sub(name + 3);
    pen.put(" ", theme.dim).put(&text::shorten(&state.name, name), theme.label).put("  ", theme.dim);
    for (part, style) in parts {
        let width = text::width(&part) + 2;
        if width > left {
            break;
        }
        left -= width;
        pen.put(&part, style).put("  ", theme.dim);
    }
    if left > NAME {
        pen.put(&text::shorten(&scene.uri, left - 2), theme.dim).put("  ", theme.dim);
    }
    let rest = pen.room().saturating_sub(1);
    pen.right(&progress, rest, calm);
}

/// What was found, as far as it goes into the first line.
fn parts(state: &State, width: u16) -> Vec<(String, Style)> {
    let (scene, theme) = (&state.scene, &state.theme);
    let [frames, messages, connections] = scene.counts;
    let [errors, warnings] = scene.findings;
    let mut parts = vec![(text::plural(frames, "frame"), theme.text)];
    if width >= 100 {
        parts.push((text::plural(messages, "message"), theme.text));
        parts.push((text::plural(connections, "connection"), theme.text));
    } else {
        parts.push((format!("{} conn", text::count(connections)), theme.text));
    }
    if errors > 0 {
        parts.push((format!("✖ {}", text::count(errors)), theme.error));
    }
    if warnings > 0 {
        parts.push((format!("▲ {}", text::count(warnings)), theme.warning));
    }
    if !state.warnings.is_empty() {
        let words = if width >= 100 { "▲ capture damaged" } else { "▲ damaged" };
        parts.push((words.to_owned(), theme.warning));
    }
    parts
}

fn progress(state: &State) -> String {
    let progress = &state.scene.progress;
    let follow = match (state.follow, state.list.rows.frozen.is_some()) {
        (_, true) => "frozen  ",
        (true, false) => "follow  ",
        (false, false) => "",
    };
    let only = state.list.rows.only.map_or(String::new(), |only| format!("only conn {}  ", only.label()));
    let place = match &state.list.rows.shown {
        Some(_) => {
            let so_far = if state.scene.decided < state.scene.all { "…" } else { "" };
            let (shown, folded) = state.scene.shown;
            let (shown, all) = (text::count(shown), text::count(state.scene.all));
            let folded = match folded {
                0 => String::new(),
                folded => format!(", {} folded", text::count(folded)),
            };
            format!("{only}{}  {shown}{so_far} of {all} shown{folded}", text::count(state.scene.row))
        }
        None => format!("{only}{}/{}", text::count(state.scene.row), text::count(state.scene.rows)),
    };
    match (progress.finished, progress.total) {
        _ if state.waiting => "waiting".to_owned(),
        (true, _) => format!("{follow}{place} ✓"),
        (false, Some(total)) if total > 0 => {
            format!("{follow}{place}  reading {} %", progress.read.saturating_mul(100) / total)
        }
        (false, _) => format!("{follow}{place}  reading {}", text::size(progress.read)),
    }
}
