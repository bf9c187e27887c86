//! The list, drawn: a row a frame, or a row a message.
//!
//! Columns leave from the right as the width shrinks: time since the row before, connection, notes, flags, time. The
//! preview takes what is left.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::chosen;
use super::rows::ListRow;
use crate::tui::pane::Pane;
use crate::tui::pen::Pen;
use crate::tui::rows::Kind;
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::{Theme, glyph};
use crate::tui::time_format::TimeFormat;

/// Columns of each part, 0 where it is left out.
struct Columns {
    number: usize,
    time: usize,
    delta: usize,
    connection: usize,
    opcode: usize,
    flags: usize,
    length: usize,
    /// Chosen by the user; as wide as it is where `None`.
    note: Option<usize>,
}

impl Columns {
    fn of(state: &State, rows: &[ListRow], width: usize) -> Columns {
        let number = text::count(state.scene.rows.max(1)).len().max(3);
        let time = match state.time {
            TimeFormat::OfDay => 17,
            TimeFormat::Epoch => 18,
            _ => rows.iter().map(|row| row.time.len()).max().unwrap_or(0).max(10) + 1,
        };
        let length = rows.iter().map(|row| row.length.len()).max().unwrap_or(0).max(5);
        let connection = rows.iter().map(|row| row.connection.len()).max().unwrap_or(0).max(4);
        let mut columns = Columns { number, time, delta: 11, connection, opcode: 7, flags: 7, length, note: None };
        columns.choose(state);
        let preview = 20;
        if columns.width() + preview > width {
            columns.delta = 0;
        }
        let alone = state.scene.counts[2] < 2 && !state.widths.contains_key("connection");
        if alone || columns.width() + preview > width {
            columns.connection = 0;
        }
        if columns.width() + preview > width {
            columns.flags = 0;
        }
        if columns.width() + preview > width {
            columns.time = 0;
        }
        columns
    }

    /// Takes the widths that the user has chosen.
    fn choose(&mut self, state: &State) {
        let chosen = |name: &str| state.widths.get(name).map(|width| usize::from(*width));
        self.note = chosen("note");
        for (name, column) in [
            ("time", &mut self.time),
            ("delta", &mut self.delta),
            ("connection", &mut self.connection),
            ("flags", &mut self.flags),
            ("length", &mut self.length),
        ] {
            *column = chosen(name).unwrap_or(*column);
        }
    }

    fn width(&self) -> usize {
        4 + self.number + 1 + self.time + self.delta + self.connection + 1 + self.opcode + self.flags + self.length + 3
    }
}

pub(super) fn draw(state: &State, rows: &[ListRow], area: Rect, buffer: &mut Buffer) {
    let own = state.arrangement.chosen.as_deref();
    let columns = Columns::of(state, rows, usize::from(area.width));
    match own {
        Some(own) => chosen::draw_heading(state, own, rows, area, buffer),
        None => heading(state, &columns, area, buffer),
    }
    if rows.is_empty() && area.height > 2 {
        let room = usize::from(area.width.saturating_sub(3)).max(1);
        let lines = nothing(state).into_iter().enumerate().flat_map(|(index, words)| {
            // What follows a dot stands below its words.
            let indent = if words.starts_with('\u{b7}') { 2 } else { 0 };
            let wrapped = text::wrap(&words, room - indent.min(room - 1), 6).into_iter().enumerate();
            wrapped
                .map(move |(line, words)| (index, format!("{}{words}", " ".repeat(if line > 0 { indent } else { 0 }))))
        });
        for (y, (index, words)) in (2..area.height).zip(lines) {
            let style = if index == 0 { state.theme.text } else { state.theme.dim };
            Pen::line(buffer, area, y).skip(2).put(&words, style);
        }
    }
    if let Some(own) = own {
        return chosen::draw_rows(state, own, rows, area, buffer);
    }
    for (line, row) in (1..area.height).zip(rows) {
        draw_row(state, &columns, row, Rect { y: area.y + line, height: 1, ..area }, buffer);
    }
}

/// What to say where there is no row: what was seen, and what may be tried.
fn nothing(state: &State) -> Vec<String> {
    let progress = &state.scene.progress;
    let packets = text::plural(progress.packets, "packet");
    let connections = state.scene.counts[2];
    match (progress.finished, connections) {
        _ if state.waiting => vec![format!("waiting for {}: nothing has come yet", state.name)],
        (false, _) => vec![format!("reading \u{2026} {packets} so far, and no frame among them")],
        (true, 0) => state.contents.instead(),
        (true, _) if state.list.rows.kind == Kind::Messages && state.scene.counts[0] > 0 => {
            vec![
                format!("no message has ended ({packets} read)"),
                String::new(),
                "M shows the frames there are".to_owned(),
            ]
        }
        (true, _) => {
            let mut lines = vec![format!("no frames in this capture ({packets} read)"), String::new()];
            let like = state.contents.like(connections);
            if connections > like {
                let asked = text::plural(connections - like, "connection");
                lines.push(format!("· {asked} asked for WebSocket"));
                lines.push("  2 lists them and how each ended, 6 shows a handshake in full".to_owned());
            }
            if like > 0 {
                let like = text::plural(like, "TLS connection");
                lines.push(format!("· {like} by all appearances WebSocket, whose keys are not known"));
                lines.push("  2 lists them, 6 says why; sockeye keys-howto says how to get keys".to_owned());
            }
            lines.extend(state.contents.besides());
            lines
        }
    }
}

fn heading(state: &State, columns: &Columns, area: Rect, buffer: &mut Buffer) {
    // It stands out where the list has the keys.
    let focused = state.pane == Pane::Page;
    let dim = if focused { state.theme.title } else { state.theme.dim };
    let mut pen = Pen::new(buffer, area);
    pen.column(" !", 3, dim).right("#", columns.number, dim).skip(1);
    if columns.time > 0 {
        pen.right(state.time.heading(), columns.time, dim);
    }
    if columns.delta > 0 {
        pen.right("Δ", columns.delta, dim);
    }
    if columns.connection > 0 {
        pen.skip(1).right("conn", columns.connection, dim);
    }
    pen.skip(1).column("  op", columns.opcode + 1, dim);
    let flags = if state.list.rows.kind == Kind::Messages { "frames" } else { "flags" };
    pen.column(flags, columns.flags, dim).right("len", columns.length, dim).skip(2);
    pen.put(if state.list.rows.kind == Kind::Messages { "message" } else { "payload" }, dim);
    let several = state.scene.areas.panes().len() > 1;
    let name = state.page.0;
    if several && pen.room() > name.len() + 6 {
        let rest = pen.room() - name.len() - 1;
        pen.right(if focused { "● " } else { "" }, rest, dim);
        pen.put(name, if focused { state.theme.active } else { dim });
    }
}

fn draw_row(state: &State, columns: &Columns, row: &ListRow, area: Rect, buffer: &mut Buffer) {
    let theme = &row.theme(&state.theme);
    let dim = theme.dim;
    let mut pen = Pen::new(buffer, area);
    gutter(state, row, theme, &mut pen);
    if let Some(folded) = &row.folded {
        return draw_folded(&mut pen, columns.number, folded, theme);
    }
    number(row, columns.number, theme, &mut pen);
    pen.skip(1).right(&row.time, columns.time, dim).right(&row.delta, columns.delta, dim);
    if columns.connection > 0 {
        pen.skip(1).right(&row.connection, columns.connection, dim);
    }
    op(row, columns.opcode + 1, theme, pen.skip(1));
    pen.column(&row.flags, columns.flags, dim).right(&row.length, columns.length, theme.label).skip(2);
    let side = row.bracket.as_ref().map_or(0, |_| 14.min((pen.room() / 3).max(11.min(pen.room() / 2))));
    let note = match columns.note {
        _ if row.note.is_empty() || pen.room() < 60 => 0,
        Some(width) => width,
        None => row.note.len() + 2,
    };
    let preview = pen.room().saturating_sub(side + note + 1);
    found(&mut pen, row, preview, theme, if row.opcode.is_control() { theme.control } else { theme.text });
    if let (Some(severity), true) = (row.severity, note > 0) {
        pen.column(row.note, note, if row.noted { theme.found } else { theme.severity(severity) });
    }
    bracket(row, side, theme, &mut pen);
}

/// What stands before all columns: mark, severity, and which row is selected.
pub(super) fn gutter(state: &State, row: &ListRow, theme: &Theme, pen: &mut Pen<'_>) {
    if let Some(style) = row.style {
        pen.ground(style);
    }
    if row.selected {
        pen.ground(if state.pane == Pane::Page { theme.selected } else { theme.marked });
    }
    let mark = row.mark.unwrap_or(' ').to_string();
    match row.severity {
        Some(severity) => pen.put(&mark, theme.title).put(glyph(severity), theme.severity(severity)),
        None => pen.put(&mark, theme.title).skip(1),
    };
    pen.put(if row.selected { "▶" } else { " " }, theme.text);
}

pub(super) fn number(row: &ListRow, columns: usize, theme: &Theme, pen: &mut Pen<'_>) {
    pen.right(&text::count(row.number), columns, if row.elsewhere { theme.found } else { theme.label });
}

/// Who sent it, and its opcode.
pub(super) fn op(row: &ListRow, columns: usize, theme: &Theme, pen: &mut Pen<'_>) {
    let direction = theme.direction(row.direction);
    let named = match (row.named, row.opcode.is_control()) {
        (true, _) => theme.found,
        (false, true) => theme.control,
        (false, false) => direction.add_modifier(Modifier::BOLD),
    };
    let name = text::cut(row.opcode.short_name(), columns.saturating_sub(2));
    if columns > 0 {
        pen.put(text::arrow(row.direction, row.opcode), direction);
    }
    pen.skip(columns.min(2).saturating_sub(1)).put(&name, named).skip(columns.saturating_sub(2 + text::width(&name)));
}

/// What it says, and the bracket of its message.
pub(super) fn payload(row: &ListRow, columns: usize, theme: &Theme, pen: &mut Pen<'_>) {
    let columns = columns.min(pen.room());
    let side = row.bracket.as_ref().map_or(0, |_| 14.min(columns / 3));
    let style = if row.opcode.is_control() { theme.control } else { theme.text };
    // One more is left blank behind it.
    found(pen, row, columns.saturating_sub(side + 1), theme, style);
    bracket(row, side, theme, pen);
}

fn bracket(row: &ListRow, columns: usize, theme: &Theme, pen: &mut Pen<'_>) {
    if let Some((glyph, name)) = &row.bracket {
        pen.column(&format!("{glyph} {name}"), columns, theme.dim);
    }
}

/// A run of heartbeats, in the place where they stood.
pub(super) fn draw_folded(pen: &mut Pen<'_>, columns: usize, folded: &str, theme: &Theme) {
    const HINT: &str = "Enter opens";
    pen.right("···", columns, theme.dim).skip(2);
    let hint = if pen.room() > text::width(folded) + HINT.len() + 4 { HINT } else { "" };
    let line = text::cut(folded, pen.room());
    pen.put(&line, theme.control);
    let rest = pen.room().saturating_sub(1);
    pen.right(hint, rest, theme.dim);
}

/// Columns of a preview before what is looked for, where that would not be seen otherwise.
const BEFORE: usize = 12;

/// The preview, with what is looked for marked. It begins later where that would not be seen.
fn found(pen: &mut Pen<'_>, row: &ListRow, columns: usize, theme: &Theme, style: Style) {
    let hidden = row.found.first().filter(|first| {
        let upto = row.preview.get(..first.end).unwrap_or("");
        text::width(upto) >= columns && text::width(&row.preview) > columns
    });
    let start = hidden.map_or(0, |first| start_before(&row.preview, first.start));
    let (lead, rest) = if start > 0 { ("…", row.preview.get(start..).unwrap_or("")) } else { ("", &*row.preview) };
    let shown = text::cut(rest, columns.saturating_sub(text::width(lead)));
    let pad = columns.saturating_sub(text::width(&shown) + text::width(lead)) + 1;
    pen.put(lead, theme.dim);
    let mut from = 0;
    for range in &row.found {
        // A place that the cut goes through is marked as far as it is seen.
        let (begin, end) = (range.start.saturating_sub(start), (range.end - start.min(range.end)).min(shown.len()));
        let (Some(before), Some(place)) = (shown.get(from..begin), shown.get(begin..end)) else { break };
        pen.put(before, style).put(place, theme.found);
        from = end;
    }
    pen.put(shown.get(from..).unwrap_or(""), style).skip(pad);
}

/// The beginning of a character some columns before a place.
fn start_before(text: &str, place: usize) -> usize {
    let before = text.get(..place).unwrap_or("");
    before.char_indices().rev().nth(BEFORE).map_or(0, |(at, _)| at)
}
