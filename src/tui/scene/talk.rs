//! One connection as a conversation: what the client says stands left, what the server says stands right.
//!
//! An entry is a whole message, at its last frame, or a control frame. Entries have as many lines as their text needs,
//! so the view is laid out from its first entry on, and only as far as it is visible.

use super::handshake::{halves, no_frames};
use super::lines::{Line, Role};
use super::pings::answer;
use crate::base::{Direction, Severity, SocketId};
use crate::trace::{Bytes, ConnectionRow, FrameRow, Trace};
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::glyph;
use crate::websocket::Opcode;

/// Lines of text of one entry.
const LINES: usize = 6;

/// Columns below which the two sides nearly stand under each other, without times.
const NARROW: usize = 60;

impl State {
    /// The lines of the conversation, from `self.talk_top` on.
    pub(super) fn settle_talk(&mut self, bytes: Bytes<'_>, width: usize, height: usize) -> Vec<Line> {
        let trace = bytes.trace();
        let Some(list) = trace.connections().get(self.connection) else { return Vec::new() };
        let selected = nearest(trace, self.connection, self.list.selected);
        let mut lines = vec![ends(trace, self.connection, width)];
        if list.frame_count() == 0 {
            lines.extend(self.only_handshake(list, width));
            lines.truncate(height);
            return lines;
        }
        let room = height.saturating_sub(1);
        // From the selected entry upwards: how far up may the view begin so that it is still seen whole?
        let mut used = self.entry(bytes, selected, width).len();
        let mut first = selected;
        while used < room
            && let Some(before) = entry_before(trace, self.connection, first)
        {
            used += self.entry(bytes, before, width).len();
            if used > room {
                break;
            }
            first = before;
        }
        self.talk_top = self.talk_top.max(first).min(selected);
        if !is_entry(trace, self.talk_top) {
            self.talk_top = nearest(trace, self.connection, self.talk_top);
        }
        for frame in list.frames_from(self.talk_top).filter(|frame| is_entry(trace, *frame)) {
            if lines.len() >= height {
                break;
            }
            let entry = self.entry(bytes, frame, width);
            // The empty line after it belongs to none.
            lines.extend(entry.into_iter().map(|line| {
                let selected = frame == selected && !line.parts.is_empty();
                Line { selected, ..line }
            }));
        }
        lines.truncate(height);
        lines
    }

    /// Of a connection without frames there is at least what was asked and answered.
    fn only_handshake(&self, list: &ConnectionRow, width: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        for (direction, words, time) in list.told.as_deref().map(halves).unwrap_or_default() {
            let line = Line::of(" ".repeat(shift(direction, width)), Role::Text)
                .and(format!("{} ", direction.arrow()), Role::Side(direction))
                .and(words, Role::Text);
            let time = self.time_text(time, None);
            lines.push(if width < NARROW { line } else { line.right(format!("{time} "), Role::Dim) });
            lines.push(Line::default());
        }
        lines.extend(Line::of(" ", Role::Dim).wrapped(no_frames(list), Role::Dim, width, LINES));
        lines
    }

    fn entry(&self, bytes: Bytes<'_>, frame: u64, width: usize) -> Vec<Line> {
        let trace = bytes.trace();
        let Some(row) = trace.frames().get(frame) else { return Vec::new() };
        let message = row.message.and_then(|message| trace.messages().get(message));
        let narrow = width < NARROW;
        let right = shift(Direction::Server, width);
        let shift = shift(row.direction, width);
        let room = (width - right).saturating_sub(3).max(10);
        let indent = " ".repeat(shift);
        let (opcode, length, severity) = match message {
            Some(message) => (message.opcode, message.length, message.severity.max(row.severity)),
            None => (row.header.opcode, row.header.length, row.severity),
        };
        let mut head = Line::of(indent.clone(), Role::Text)
            .and(format!("{} {}", row.direction.arrow(), opcode.short_name()), Role::Side(row.direction))
            .and(format!(" {}", text::size(length)), Role::Dim);
        if let Some(message) = message.filter(|message| message.frame_count > 1) {
            head = head.and(format!(" in {} frames", message.frame_count), Role::Dim);
        }
        if let Some(answer) = answer(bytes, &row) {
            head = head.and(format!("  {answer}"), Role::Label);
        }
        if let Some(severity) = severity.filter(|severity| *severity >= Severity::Warning) {
            let code = trace.notes().of_frame(frame).next().map_or("", |placed| placed.note.code.name());
            head = head.and(format!("  {} {code}", glyph(severity)), Role::Finding(severity));
        }
        let time = self.time_text(row.first.time, None);
        let right = if narrow { format!("#{frame} ") } else { format!("{time}  #{frame} ") };
        let mut lines = vec![head.right(right, Role::Dim)];
        let text = match &message {
            Some(message) => self.message_preview(bytes, message),
            None => self.preview(bytes, &row),
        };
        if length > 0 || opcode == Opcode::Close {
            let wrapped = text::wrap(&text, room, LINES);
            lines.extend(
                wrapped
                    .into_iter()
                    .map(|part| Line::of(format!("{indent}▌"), Role::Side(row.direction)).and(part, Role::Text)),
            );
        }
        lines.push(Line::default());
        lines
    }
}

/// Columns before what a side says: the server stands to the right.
fn shift(direction: Direction, width: usize) -> usize {
    match direction {
        Direction::Client => 1,
        Direction::Server if width < NARROW => width / 6,
        Direction::Server => width * 2 / 5,
    }
}

/// The line above everything: who talks.
fn ends(trace: &Trace, id: SocketId, width: usize) -> Line {
    let told = trace.connections().get(id).and_then(|row| row.told.as_ref());
    let Some(told) = told else { return Line::of(format!(" connection {}", id.label()), Role::Title) };
    let client = format!(" {} ", told.client);
    let gap = (width * 2 / 5).saturating_sub(text::width(&client)).max(1);
    let line = Line::of(client, Role::Side(Direction::Client))
        .and(" ".repeat(gap), Role::Dim)
        .and(told.server.to_string(), Role::Side(Direction::Server));
    if width < NARROW { line } else { line.right(format!("connection {} ", id.label()), Role::Dim) }
}

/// A frame stands for an entry: the last of a message, or a control frame, or one whose message never ended.
pub(in crate::tui) fn is_entry(trace: &Trace, frame: u64) -> bool {
    trace.frames().get(frame).is_some_and(|row| entry_row(trace, &row))
}

fn entry_row(trace: &Trace, row: &FrameRow) -> bool {
    match row.message.and_then(|message| trace.messages().get(message)) {
        Some(message) => message.last_frame == row.number,
        None => true,
    }
}

/// The entry that a frame belongs to, or the one nearest to it in its connection.
pub(in crate::tui) fn nearest(trace: &Trace, id: SocketId, frame: u64) -> u64 {
    let Some(list) = trace.connections().get(id) else { return 0 };
    let row = trace.frames().get(frame).filter(|row| row.socket == id);
    if let Some(message) = row.and_then(|row| row.message).and_then(|message| trace.messages().get(message)) {
        return message.last_frame;
    }
    if row.is_some() {
        return frame;
    }
    let found = list.frames_from(frame).find(|frame| is_entry(trace, *frame));
    found.or_else(|| entry_before(trace, id, frame)).unwrap_or(0)
}

/// The entry before a frame.
pub(in crate::tui) fn entry_before(trace: &Trace, id: SocketId, frame: u64) -> Option<u64> {
    let list = trace.connections().get(id)?;
    let mut here = frame;
    loop {
        here = list.before(here)?;
        if is_entry(trace, here) {
            return Some(here);
        }
    }
}

/// The entry after a frame.
pub(in crate::tui) fn entry_after(trace: &Trace, id: SocketId, frame: u64) -> Option<u64> {
    let list = trace.connections().get(id)?;
    list.frames_from(frame.saturating_add(1)).find(|frame| is_entry(trace, *frame))
}
