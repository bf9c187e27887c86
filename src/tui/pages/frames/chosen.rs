//! The list with columns that a user has chosen: where they stand, and how they are drawn.
//!
//! A column is as wide as the cells that are visible need, or as it was told to be. What the payload gets is what is left.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::draw::{draw_folded, gutter, number, op, payload};
use super::rows::ListRow;
use crate::tui::list_columns::{ListColumn, Part, Shows};
use crate::tui::pane::Pane;
use crate::tui::pen::Pen;
use crate::tui::rows::Kind;
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::Theme;

/// Columns that the payload has at least, where it is shown.
const PAYLOAD: usize = 12;

/// Columns between two.
const GAP: usize = 2;

/// Columns of what stands before a row of heartbeats.
const FOLDED: usize = 3;

/// Columns that a cell gets where no width is chosen.
const WIDEST: usize = 32;

/// A column and its place.
struct Laid<'s> {
    column: &'s ListColumn,
    width: usize,
    right: bool,
}

/// Where the columns stand in so much room.
fn laid<'s>(state: &State, columns: &'s [ListColumn], rows: &[ListRow], room: usize) -> Vec<Laid<'s>> {
    let lay = |(at, column): (usize, &'s ListColumn)| {
        let heading = text::width(&text::safe(heading(state, column)));
        // What stands for heartbeats has no cells.
        let rows = || rows.iter().filter(|row| row.folded.is_none());
        let needed = rows().map(|row| text::width(&cell(row, column, at))).max().unwrap_or(0).max(heading);
        let cells = || rows().map(|row| cell(row, column, at)).filter(|cell| !cell.is_empty());
        let right = match column.shows {
            Shows::Own(part) => !matches!(part, Part::Op | Part::Flags | Part::Payload | Part::Note),
            Shows::Value(_) => rows().next().is_some() && cells().all(|cell| is_number(&cell)),
        };
        // As wide as where no columns are chosen.
        let needed = if matches!(column.shows, Shows::Own(Part::Number)) { needed.max(3) } else { needed };
        let chosen = column.width.or_else(|| state.widths.get(column.text.as_str()).copied());
        Laid { column, width: chosen.map_or(needed.min(WIDEST), usize::from), right }
    };
    let mut laid: Vec<Laid<'s>> = columns.iter().enumerate().map(lay).collect();
    let others: usize = laid.iter().filter(|laid| !laid.is_payload()).map(|laid| laid.width + GAP).sum();
    let rest = room.saturating_sub(others).max(PAYLOAD);
    laid.iter_mut().filter(|laid| laid.is_payload() && laid.column.width.is_none()).for_each(|laid| laid.width = rest);
    laid
}

impl Laid<'_> {
    fn is_payload(&self) -> bool {
        matches!(self.column.shows, Shows::Own(Part::Payload))
    }
}

/// Digits, and what stands between them in numbers.
fn is_number(cell: &str) -> bool {
    cell.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
}

/// What a column says of a row, as far as it is a text.
pub(super) fn cell(row: &ListRow, column: &ListColumn, at: usize) -> String {
    match column.shows {
        Shows::Own(Part::Number) => text::count(row.number),
        Shows::Own(Part::Time) => row.time.clone(),
        Shows::Own(Part::Delta) => row.delta.clone(),
        Shows::Own(Part::Connection) => row.connection.clone(),
        Shows::Own(Part::Op) => format!("{} {}", text::arrow(row.direction, row.opcode), row.opcode.short_name()),
        Shows::Own(Part::Flags) => row.flags.clone(),
        Shows::Own(Part::Length) => row.length.clone(),
        Shows::Own(Part::Payload) => row.preview.clone(),
        Shows::Own(Part::Note) => row.note.to_owned(),
        Shows::Value(_) => row.cells.get(at).cloned().unwrap_or_default(),
    }
}

/// What stands above a column.
pub(super) fn heading<'s>(state: &State, column: &'s ListColumn) -> &'s str {
    let messages = state.list.rows.kind == Kind::Messages;
    match (&column.title, &column.shows) {
        (Some(title), _) => title,
        (None, Shows::Own(Part::Number)) => "#",
        (None, Shows::Own(Part::Time)) => state.time.heading(),
        (None, Shows::Own(Part::Delta)) => "Δ",
        (None, Shows::Own(Part::Connection)) => "conn",
        (None, Shows::Own(Part::Op)) => "  op",
        (None, Shows::Own(Part::Flags)) if messages => "frames",
        (None, Shows::Own(Part::Length)) => "len",
        (None, Shows::Own(Part::Payload)) if messages => "message",
        (None, _) => column.heading(),
    }
}

pub(super) fn draw_heading(state: &State, columns: &[ListColumn], rows: &[ListRow], area: Rect, buffer: &mut Buffer) {
    let style = if state.pane == Pane::Page { state.theme.title } else { state.theme.dim };
    let mut pen = Pen::new(buffer, area);
    pen.column(" !", 3, style);
    for laid in laid(state, columns, rows, usize::from(area.width).saturating_sub(3)) {
        let title = text::safe(heading(state, laid.column));
        if laid.right {
            pen.right(&title, laid.width, style);
        } else {
            pen.column(&title, laid.width, style);
        }
        pen.skip(GAP);
    }
}

pub(super) fn draw_rows(state: &State, columns: &[ListColumn], rows: &[ListRow], area: Rect, buffer: &mut Buffer) {
    let laid = laid(state, columns, rows, usize::from(area.width).saturating_sub(3));
    for (line, row) in (1..area.height).zip(rows) {
        let theme = row.theme(&state.theme);
        let mut pen = Pen::new(buffer, Rect { y: area.y + line, height: 1, ..area });
        gutter(state, row, &theme, &mut pen);
        if let Some(folded) = &row.folded {
            draw_folded(&mut pen, FOLDED, folded, &theme);
            continue;
        }
        for (at, laid) in laid.iter().enumerate() {
            draw_cell(row, laid, at, &theme, &mut pen);
            pen.skip(GAP);
        }
    }
}

fn draw_cell(row: &ListRow, laid: &Laid<'_>, at: usize, theme: &Theme, pen: &mut Pen<'_>) {
    let text = || cell(row, laid.column, at);
    match laid.column.shows {
        Shows::Own(Part::Number) => number(row, laid.width, theme, pen),
        Shows::Own(Part::Op) => op(row, laid.width, theme, pen),
        Shows::Own(Part::Payload) => payload(row, laid.width, theme, pen),
        Shows::Own(Part::Note) => {
            let style = row.severity.map_or(theme.dim, |severity| theme.severity(severity));
            pen.column(row.note, laid.width, if row.noted { theme.found } else { style });
        }
        Shows::Own(Part::Length) => drop(pen.right(&text(), laid.width, theme.label)),
        _ if laid.right => drop(pen.right(&text(), laid.width, theme.dim)),
        Shows::Own(_) => drop(pen.column(&text(), laid.width, theme.dim)),
        Shows::Value(_) => drop(pen.column(&text(), laid.width, theme.text.remove_modifier(Modifier::DIM))),
    }
}
