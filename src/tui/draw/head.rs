//! The head line: what capture this is, what was found in it, how far reading has come.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::live_head;
use crate::tui::pen::Pen;
use crate::tui::state::State;
use crate::tui::text;

pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let scene = &state.scene;
    let theme = &state.theme;
    let [frames, messages, connections] = scene.counts;
    let (progress, calm) = match &state.live {
        Some(live) => live_head::head(state, &live.status, area.width),
        None => (progress(state), theme.dim),
    };
    let mut pen = Pen::new(buffer, area);
    pen.put(" sockeye ", theme.title);
    let room = pen.room().saturating_sub(text::width(&progress) + 5);
    let mut used = text::width(&state.name) + 3;
    pen.put(" ", theme.dim).put(&text::cut(&state.name, room), theme.label).put("  ", theme.dim);
    let [errors, warnings] = scene.findings;
    let mut parts = vec![(text::plural(frames, "frame"), theme.text)];
    if scene.areas.head.width >= 100 {
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
        let words = if scene.areas.head.width >= 100 { "▲ capture damaged" } else { "▲ damaged" };
        parts.push((words.to_owned(), theme.warning));
    }
    if scene.areas.head.width >= 110 {
        parts.push((scene.uri.clone(), theme.dim));
    }
    for (part, style) in parts {
        if used + text::width(&part) + 2 > room {
            break;
        }
        used += text::width(&part) + 2;
        pen.put(&part, style).put("  ", theme.dim);
    }
    let rest = pen.room().saturating_sub(1);
    pen.right(&progress, rest, calm);
}

fn progress(state: &State) -> String {
    let progress = &state.scene.progress;
    let follow = if state.follow { "follow  " } else { "" };
    let only = state.list.rows.only.map_or(String::new(), |only| format!("only conn {}  ", only.label()));
    let place = format!("{only}{}/{}", text::count(state.scene.row), text::count(state.scene.rows));
    match (progress.finished, progress.total) {
        _ if state.waiting => "waiting".to_owned(),
        (true, _) => format!("{follow}{place} ✓"),
        (false, Some(total)) if total > 0 => {
            format!("{follow}{place}  reading {} %", progress.read.saturating_mul(100) / total)
        }
        (false, _) => format!("{follow}{place}  reading {}", text::size(progress.read)),
    }
}
