//! The table of connections, a line each.

use std::ops::Range;

use super::lines::{Line, Role};
use crate::base::Direction;
use crate::dissect::Evidence;
use crate::trace::{ConnectionRow, Trace};
use crate::tui::text;
use crate::tui::theme::glyph;

/// The heading of the table.
pub(super) fn heading(width: usize) -> Line {
    let text = row_text(width, &["#", "client", "server", "frames", "bytes", "time", "close", "uri"]);
    Line::of(format!("!   {text}"), Role::Dim)
}

/// How many notes there are, in three columns, where there are several.
fn more(notes: u64) -> String {
    match notes {
        0 | 1 => String::new(),
        2..=999 => notes.to_string(),
        _ => "999".to_owned(),
    }
}

/// The visible lines of the table.
pub(super) fn lines(trace: &Trace, rows: Range<u64>, selected: u64, width: usize) -> Vec<Line> {
    let at = |row: u64| usize::try_from(row).ok().and_then(|row| trace.connections().at(row));
    rows.filter_map(|row| Some(Line { selected: row == selected, ..line(at(row)?, width) })).collect()
}

fn line(row: &ConnectionRow, width: usize) -> Line {
    let mark = match row.severity {
        Some(severity) => (format!("{}{:<3}", glyph(severity), more(row.notes)), Role::Finding(severity)),
        None => ("    ".to_owned(), Role::Dim),
    };
    let Some(told) = &row.told else {
        return Line { parts: vec![mark], ..Line::default() }.and(row.id.label(), Role::Label);
    };
    let frames = row.totals.client.frames + row.totals.server.frames;
    let bytes = row.totals.client.payload_bytes.saturating_add(row.totals.server.payload_bytes);
    let handshake = told.handshake.as_ref();
    let uri = handshake.and_then(|handshake| handshake.uri()).map(text::safe).unwrap_or_default();
    let mut about = uri;
    if let Some(subprotocol) = handshake.and_then(|handshake| handshake.subprotocol()) {
        about.push_str(&format!("  {}", text::safe(subprotocol)));
    }
    if let Some(first) = handshake.and_then(|handshake| handshake.extensions().into_iter().next()) {
        about.push_str(&format!("  {}", text::safe(first.split(';').next().unwrap_or(""))));
    }
    let refused = matches!(told.evidence, Evidence::Refused);
    if !refused && !matches!(told.evidence, Evidence::Handshake) {
        about.push_str(&format!("  {}", super::handshake::evidence(told)));
    }
    let close = match &told.close {
        None if refused => {
            handshake.and_then(|h| h.status()).map_or("refused".to_owned(), |status| format!("refused {status}"))
        }
        Some(close) => {
            let code = close.code.map_or("none".to_owned(), |code| code.to_string());
            format!("{} {code}", if close.by == Direction::Client { "→" } else { "←" })
        }
        None => if row.over { "–" } else { "open" }.to_owned(),
    };
    let cells = [
        row.id.label(),
        told.client.to_string(),
        told.server.to_string(),
        text::count(frames),
        text::size(bytes),
        text::duration(told.last.time.since(told.first.time)),
        close,
        about.trim_start().to_owned(),
    ];
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    Line { parts: vec![mark], ..Line::default() }.and(row_text(width, &cells), Role::Text)
}

/// The cells of a row, each in its column; those that have no room are left out, the last takes what is left.
fn row_text(width: usize, cells: &[&str]) -> String {
    // number, client, server, frames, bytes, time, close; negative where the text stands at the right.
    let columns: [i32; 7] = match width {
        100.. => [-4, 21, 21, -7, -8, -9, 11],
        70.. => [-4, 21, 0, -7, -8, 0, 11],
        _ => [-4, 0, 0, -7, 0, 0, 11],
    };
    let mut text = String::new();
    for (cell, column) in cells.iter().zip(columns) {
        let columns = usize::try_from(column.unsigned_abs()).unwrap_or(0);
        if columns == 0 {
            continue;
        }
        let cell = text::cut(cell, columns);
        let pad = " ".repeat(columns - text::width(&cell));
        if column < 0 {
            text.push_str(&format!("{pad}{cell}  "));
        } else {
            text.push_str(&format!("{cell}{pad}  "));
        }
    }
    text.push_str(cells.last().unwrap_or(&""));
    text
}
