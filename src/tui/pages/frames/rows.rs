//! The visible rows of the list, looked up: their words, their times, their previews.

use std::ops::Range;

use ratatui::style::Style;

use super::cells::Cells;
use crate::base::{Direction, Severity, limits};
use crate::filter::heartbeat::Run;
use crate::trace::{Bookmark, Bytes, FrameRow, Trace};
use crate::tui::rows::Kind;
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::websocket::Opcode;

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// Frame or message number.
    pub number: u64,
    /// It is the selected one.
    pub selected: bool,
    /// The letter of its mark.
    pub mark: Option<char>,
    /// Byte ranges of the preview that hold what is looked for.
    pub found: Vec<Range<usize>>,
    /// What is looked for is the name of its opcode.
    pub named: bool,
    /// It is in the name of its note.
    pub noted: bool,
    /// It is somewhere else in this row's payload or notes.
    pub elsewhere: bool,
    /// The gravest note.
    pub severity: Option<Severity>,
    /// The first of its notes, by name.
    pub note: &'static str,
    /// Its time, in the format chosen.
    pub time: String,
    /// Time since the row before in its connection.
    pub delta: String,
    /// Its connection.
    pub connection: String,
    /// Who sent it.
    pub direction: Direction,
    /// Its opcode.
    pub opcode: Opcode,
    /// FIN, RSV, MASK as letters; for messages, the number of frames.
    pub flags: String,
    /// Its length.
    pub length: String,
    /// What it carries, in one line.
    pub preview: String,
    /// What chosen columns say, in their order.
    pub cells: Vec<String>,
    /// How a colour by filter wants it to look.
    pub style: Option<Style>,
    /// `┐`, `│` or `┘` for the frames of a fragmented message, and what stands beside.
    pub bracket: Option<(char, String)>,
    /// It stands for heartbeats, and what there is to say of them.
    pub folded: Option<String>,
}

/// Heartbeats of a run that are looked at to say what they are.
const LOOKED_AT: u64 = 24;

impl ListRow {
    /// The colours of this row: those of the theme, but for what a colour by filter says.
    pub(super) fn theme(&self, theme: &Theme) -> Theme {
        let Some(style) = self.style else { return *theme };
        // The selected row keeps its own ground.
        let style = if self.selected { Style { bg: None, ..style } } else { style };
        Theme {
            text: theme.text.patch(style),
            dim: theme.dim.patch(style),
            label: theme.label.patch(style),
            control: theme.control.patch(style),
            client: theme.client.patch(style),
            server: theme.server.patch(style),
            ..*theme
        }
    }
}

/// The rows from `rows.start` on.
pub(super) fn look_up(state: &State, bytes: Bytes<'_>, rows: Range<u64>, cells: &mut Cells) -> Vec<ListRow> {
    let trace = bytes.trace();
    let selected = state.list.rows.row(trace, state.list.selected);
    let visible: Vec<u64> = rows.clone().filter_map(|row| state.list.rows.frame(trace, row)).collect();
    let mut list = Vec::with_capacity(visible.len());
    let mut said = cells.look_up(state, bytes, &visible).into_iter();
    for (row, frame) in rows.zip(&visible) {
        let said = said.next().unwrap_or_default();
        if let Some(mut line) = list_row(state, bytes, row, *frame) {
            line.cells = said.cells;
            // A colour is of one row, and what stands for heartbeats is many.
            let style = said.style.filter(|_| line.folded.is_none());
            line.style = style.map(|style| state.theme.allowed(style));
            line.selected = row == selected && state.list.selected != 0;
            list.push(line);
        }
    }
    if state.list.rows.kind == Kind::Frames {
        brackets(trace, &visible, &mut list);
    }
    list
}

fn list_row(state: &State, bytes: Bytes<'_>, row: u64, frame: u64) -> Option<ListRow> {
    let trace = bytes.trace();
    let frame = trace.frames().get(frame)?;
    let before = row.checked_sub(1).and_then(|row| state.list.rows.frame(trace, row));
    let before = before.and_then(|before| trace.frames().get(before)).map(|before| before.first.time);
    let own = trace.connections().get(frame.socket).and_then(|connection| connection.before(frame.number));
    let since = own.and_then(|own| trace.frames().get(own)).map(|own| frame.first.time.since(own.first.time));
    let mut line = ListRow {
        number: frame.number,
        selected: false,
        mark: mark_of(state, &frame),
        found: Vec::new(),
        named: false,
        noted: false,
        elsewhere: false,
        severity: frame.severity,
        note: trace.notes().of_frame(frame.number).max_by_key(|n| n.note.severity()).map_or("", |n| n.note.code.name()),
        time: state.time_text(frame.first.time, before),
        delta: since
            .filter(|since| *since >= 1_000_000)
            .map(|since| format!("+{}", text::duration(since)))
            .unwrap_or_default(),
        connection: frame.socket.label(),
        direction: frame.direction,
        opcode: frame.header.opcode,
        flags: flags(&frame),
        length: text::count(frame.header.length),
        preview: state.preview(bytes, &frame),
        cells: Vec::new(),
        style: None,
        bracket: None,
        folded: folded(state, bytes, row),
    };
    if state.list.rows.kind == Kind::Messages {
        let message = trace.messages().get(state.list.rows.number(trace, row)?)?;
        line.number = message.number;
        line.opcode = message.opcode;
        line.flags = if message.frame_count > 1 { format!("×{}", message.frame_count) } else { String::new() };
        line.length = text::count(message.length);
        line.severity = message.severity.max(frame.severity);
        line.preview = state.message_preview(bytes, &message);
    }
    if let Some(pattern) = state.find.marked() {
        line.found = pattern.all(line.preview.as_bytes()).collect();
        line.named = pattern.names(line.opcode);
        line.noted = pattern.is_in(line.note.as_bytes());
        line.elsewhere = line.found.is_empty() && !line.named && state.find.is_hit(frame.number);
    }
    Some(line)
}

/// What there is to say of the heartbeats that a row stands for: what the first few of them are.
fn folded(state: &State, bytes: Bytes<'_>, row: u64) -> Option<String> {
    let rows = &state.list.rows;
    let shown = rows.shown.as_ref()?;
    let row = shown.nth(row)?;
    let count = shown.run(row);
    if count == 0 {
        return None;
    }
    let (trace, base) = (bytes.trace(), rows.base());
    let mut run = Run::default();
    for row in shown.rows_of_run(row, LOOKED_AT) {
        let Some(frame) = base.frame(trace, row).and_then(|frame| trace.frames().get(frame)) else { continue };
        let message = frame.message.and_then(|message| trace.messages().get(message));
        let payload = match message {
            Some(message) if message.compressed => {
                state.inflations.get(message.number).map(|window| window.bytes.clone())
            }
            Some(message) => Some(bytes.message(&message, 0..limits::HEARTBEAT_BYTES as u64).bytes),
            None => None,
        };
        let opcode = message.map_or(frame.header.opcode, |message| message.opcode);
        let payload = payload.unwrap_or_default();
        run.push(frame.number, frame.socket, frame.direction, opcode, &payload, frame.last.time);
    }
    Some(run.line(count))
}

fn mark_of(state: &State, frame: &FrameRow) -> Option<char> {
    let place = Bookmark::of(frame);
    state.marks.iter().find(|(_, marked)| **marked == place).map(|(letter, _)| *letter)
}

fn flags(frame: &FrameRow) -> String {
    let rsv = frame.header.rsv;
    let bit = |set: bool, letter: char| if set { letter } else { '·' };
    let mut text = String::from(bit(frame.header.fin, 'F'));
    text.extend([bit(rsv & 4 != 0, '1'), bit(rsv & 2 != 0, '2'), bit(rsv & 1 != 0, '3')]);
    text.push_str(if frame.header.masking_key.is_some() { " M" } else { "  " });
    text
}

/// Draws brackets beside the visible frames of fragmented messages.
fn brackets(trace: &Trace, visible: &[u64], list: &mut [ListRow]) {
    let mut before: Option<u64> = None;
    for (frame, line) in visible.iter().zip(list) {
        let message = trace.frames().get(*frame).and_then(|row| row.message).and_then(|n| trace.messages().get(n));
        let Some(message) = message.filter(|message| message.frame_count > 1) else {
            before = None;
            continue;
        };
        let first_shown = before != Some(message.number);
        before = Some(message.number);
        let name = if first_shown { format!("message {}", message.number) } else { String::new() };
        line.bracket = Some(if *frame == message.first_frame {
            ('┐', name)
        } else if *frame == message.last_frame {
            ('┘', format!("{name} {}", text::size(message.length)).trim().to_owned())
        } else {
            ('│', name)
        });
    }
}
