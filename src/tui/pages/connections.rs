//! The table of connections, a line each, and the handshake of the selected one below.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::handshake;
use crate::base::Direction;
use crate::base::number::wide;
use crate::dissect::Evidence;
use crate::trace::{Bytes, ConnectionRow, Trace};
use crate::tui::areas::Areas;
use crate::tui::hit::Hit;
use crate::tui::keys::{Action, Place, places};
use crate::tui::layout::upper;
use crate::tui::line::{self, Line, Role};
use crate::tui::page::{About, Copies, Finding, Page};
use crate::tui::page_name::PageName;
use crate::tui::pane::Pane;
use crate::tui::pattern::Pattern;
use crate::tui::scroll::{scrolled, stepped};
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::glyph;

/// What this page is.
pub(super) static ABOUT: About = About {
    name: PageName::CONNECTIONS,
    shows: "who talks to whom, and the handshake of each",
    place: Place {
        title: "Among the connections",
        keys: &[
            places::foot(Action::Open, "its frames", "only the frames of this connection"),
            places::here(Action::Down, "the next connection"),
            places::here(Action::Find, "find in addresses, handshakes, closes and notes"),
            places::here(Action::Copy, "copy the handshake of this connection"),
        ],
    },
    shows_selected: false,
    copies: Copies::Handshake,
    page: || Box::<Connections>::default(),
};

/// Columns that a URI is not shortened below for what stands behind it.
const URI: usize = 16;

/// The page.
#[derive(Default)]
struct Connections {
    /// The first line shown.
    top: u64,
    /// The visible lines.
    lines: Vec<Line>,
    /// The lines below them: the handshake of the selected connection.
    below: Vec<Line>,
}

impl Page for Connections {
    fn areas(&self, state: &State, body: Rect, areas: &mut Areas) {
        if state.zoomed || body.height < 16 {
            return areas.page(body);
        }
        // Where there are few, and no more come, the handshake gets the rest.
        let most = upper(state, body);
        let few = u16::try_from(state.scene.counts[2]).unwrap_or(most).saturating_add(1);
        let all_seen = state.split == 0 && state.scene.progress.finished;
        areas.page_and_below(body, if all_seen { few.clamp(2, most) } else { most });
    }

    fn settle(&mut self, state: &State, bytes: Bytes<'_>, area: Rect) {
        let trace = bytes.trace();
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        let rows = state.scene.counts[2];
        let selected = trace.connections().index(state.connection).and_then(|row| u64::try_from(row).ok()).unwrap_or(0);
        let room = wide(height.saturating_sub(1));
        self.top = scrolled(self.top, selected, room, rows);
        let visible = self.top..rows.min(self.top + room);
        self.lines = vec![heading(width)];
        self.lines.extend(lines(trace, visible, selected, width));
        self.below = state.scene.areas.below.map_or_else(Vec::new, |below| handshake_below(state, trace, below));
    }

    fn draw(&self, state: &State, area: Rect, buffer: &mut Buffer) {
        line::draw(&state.theme, &self.lines, state.pane == Pane::Page, area, buffer);
        if let Some(below) = state.scene.areas.below {
            line::draw(&state.theme, &self.below, false, below, buffer);
        }
    }

    fn step(&mut self, state: &mut State, action: Action, times: u64) {
        let shared = state.trace.clone();
        let trace = shared.read();
        let rows = wide(trace.connections().count());
        let here = trace.connections().index(state.connection).and_then(|row| u64::try_from(row).ok()).unwrap_or(0);
        let row = stepped(action, here, rows, state.scene.areas.rows_of_page(), times);
        if let Some(row) = usize::try_from(row).ok().and_then(|row| trace.connections().at(row)) {
            choose(state, row);
        }
    }

    fn click(&mut self, state: &mut State, line: u64) {
        let shared = state.trace.clone();
        let trace = shared.read();
        let row = line.checked_sub(1).and_then(|line| usize::try_from(self.top + line).ok());
        if let Some(row) = row.and_then(|row| trace.connections().at(row)) {
            choose(state, row);
        }
    }

    fn find(&mut self, state: &mut State, pattern: &Pattern, forward: bool) -> Finding {
        let shared = state.trace.clone();
        let trace = shared.read();
        let rows = (0..trace.connections().count()).filter_map(|row| Some((row, trace.connections().at(row)?)));
        let places: Vec<usize> = rows.filter(|(_, row)| is_in(&trace, row, pattern)).map(|(row, _)| row).collect();
        let here = trace.connections().index(state.connection).unwrap_or(0);
        let next = Hit::next(&places, here, forward);
        if let Some(row) = next.and_then(|(row, _)| trace.connections().at(row)) {
            choose(state, row);
        }
        Finding::Lines(next.map(|(_, hit)| hit))
    }

    fn open(&mut self, state: &mut State) {
        state.only(Some(state.connection));
    }
}

/// Lines of one value of the handshake that is shown below.
const LINES: usize = 6;

/// Selects a connection, and its first frame with it.
fn choose(state: &mut State, row: &ConnectionRow) {
    state.connection = row.id;
    state.follow = false;
    if let Some(frame) = row.frame(0) {
        state.list.selected = frame;
    }
}

/// A pattern is in what is said of a connection: in its row, both heads of its handshake, or the notes on it.
fn is_in(trace: &Trace, row: &ConnectionRow, pattern: &Pattern) -> bool {
    if pattern.is_in(line(row, usize::from(u16::MAX)).text().as_bytes()) {
        return true;
    }
    let handshake = row.told.as_ref().and_then(|told| told.handshake.as_deref());
    let heads = handshake.map(|handshake| (handshake.request.as_ref(), handshake.response.as_ref()));
    let (request, response) = heads.unwrap_or_default();
    let fields = request.map(|head| &head.fields).into_iter().chain(response.map(|head| &head.fields)).flatten();
    let mut fields = fields.map(|(name, value)| format!("{name}: {value}"));
    let first = response.is_some_and(|head| pattern.is_in(format!("{} {}", head.status, head.reason).as_bytes()));
    let reason = row.told.as_ref().and_then(|told| told.close.as_ref()).is_some_and(|close| {
        let name = close.code.map_or("", crate::websocket::close::name);
        pattern.is_in(close.reason.as_bytes()) || pattern.is_in(name.as_bytes())
    });
    let mut notes = trace.notes().of_socket(row.id);
    first
        || reason
        || fields.any(|field| pattern.is_in(field.as_bytes()))
        || notes.any(|placed| pattern.is_in(placed.note.code.name().as_bytes()))
}

/// The handshake of the selected connection, as far as there is room below.
fn handshake_below(state: &State, trace: &Trace, below: Rect) -> Vec<Line> {
    let mut lines = handshake::lines(trace, state.connection, usize::from(below.width), LINES);
    let height = usize::from(below.height);
    if lines.len() > height && height > 0 {
        lines.truncate(height - 1);
        lines.push(Line::of(" … 6 shows the rest", Role::Dim));
    }
    lines
}

/// The heading of the table.
fn heading(width: usize) -> Line {
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
fn lines(trace: &Trace, rows: Range<u64>, selected: u64, width: usize) -> Vec<Line> {
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
    let bytes = match &told.tls {
        Some(tls) if told.evidence == Evidence::Tls => tls.bytes.client.saturating_add(tls.bytes.server),
        _ => bytes,
    };
    let handshake = told.handshake.as_ref();
    let uri = handshake.and_then(|handshake| handshake.uri()).map(text::safe).unwrap_or_default();
    let mut about = String::new();
    if let Some(process) = told.process.get() {
        about.push_str(&format!("  {} ({})", text::safe(&process.name), process.id));
    }
    if let Some(tls) = told.tls.as_deref().filter(|_| told.evidence == Evidence::Tls) {
        about.push_str(&format!("  {}", text::safe(&tls.line())));
    }
    if let Some(subprotocol) = handshake.and_then(|handshake| handshake.subprotocol()) {
        about.push_str(&format!("  {}", text::safe(subprotocol)));
    }
    if let Some(first) = handshake.and_then(|handshake| handshake.extensions().into_iter().next()) {
        about.push_str(&format!("  {}", text::safe(first.split(';').next().unwrap_or(""))));
    }
    let refused = matches!(told.evidence, Evidence::Refused);
    if let Evidence::Unanswered(ending) = told.evidence {
        about.push_str(&format!("  {ending}"));
    } else if !refused && !matches!(told.evidence, Evidence::Handshake | Evidence::Tls) {
        about.push_str(&format!("  {}", handshake::evidence(told)));
    }
    let close = match &told.close {
        None if refused => {
            handshake.and_then(|h| h.status()).map_or("refused".to_owned(), |status| format!("refused {status}"))
        }
        None if matches!(told.evidence, Evidence::Unanswered(_)) => "unanswered".to_owned(),
        None if told.evidence == Evidence::Tls => "no keys".to_owned(),
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
        String::new(),
    ];
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let text = row_text(width, &cells);
    let carriage = match told.carriage() {
        "" => String::new(),
        carriage => format!("{carriage}  "),
    };
    // A long URI loses its middle, and what follows it is seen.
    let room = width.saturating_sub(text::width(&mark.0) + text::width(&text) + carriage.len());
    let uri = text::shorten(&uri, room.saturating_sub(text::width(&about)).max(URI.min(room)));
    let about = format!("{carriage}{uri}{about}");
    Line { parts: vec![mark], ..Line::default() }.and(text, Role::Text).and(about.trim_start(), Role::Text)
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
