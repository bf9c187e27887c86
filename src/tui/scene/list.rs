//! The visible rows of the list: their words, their times, their previews.

use std::ops::Range;

use super::{ListRow, scrolled};
use crate::base::{DisplaySafe, Timestamp};
use crate::trace::{Bytes, FrameRow, MessageRow, Trace, Window};
use crate::tui::rows::Kind;
use crate::tui::session::Place;
use crate::tui::state::{State, TimeFormat};
use crate::tui::text;
use crate::websocket::{Opcode, close};

/// Payload bytes looked at for a preview.
const PREVIEW: u64 = PREVIEW_BYTES as u64;
const PREVIEW_BYTES: usize = 400;

impl State {
    /// The rows that are visible. The list moves only as far as it must to show the selection.
    pub(super) fn visible(&mut self, trace: &Trace) -> Range<u64> {
        let Some(area) = self.scene.areas.list else { return 0..0 };
        let height = u64::from(area.height.saturating_sub(1));
        let rows = self.scene.rows;
        let selected = self.list.rows.row(trace, self.list.selected);
        self.list.top = scrolled(self.list.top, selected, height, rows);
        self.list.top..rows.min(self.list.top + height)
    }

    pub(super) fn settle_list(&mut self, bytes: Bytes<'_>) {
        let trace = bytes.trace();
        let selected = self.list.rows.row(trace, self.list.selected);
        let rows = self.visible(trace);
        let visible: Vec<u64> = rows.clone().filter_map(|row| self.list.rows.frame(trace, row)).collect();
        let mut list = Vec::with_capacity(visible.len());
        for (row, frame) in rows.zip(&visible) {
            if let Some(mut line) = self.list_row(bytes, row, *frame) {
                line.selected = row == selected && self.list.selected != 0;
                list.push(line);
            }
        }
        if self.list.rows.kind == Kind::Frames {
            brackets(trace, &visible, &mut list);
        }
        self.scene.list = list;
    }

    fn list_row(&self, bytes: Bytes<'_>, row: u64, frame: u64) -> Option<ListRow> {
        let trace = bytes.trace();
        let frame = trace.frames().get(frame)?;
        let before = row.checked_sub(1).and_then(|row| self.list.rows.frame(trace, row));
        let before = before.and_then(|before| trace.frames().get(before)).map(|before| before.first.time);
        let own = trace.connections().get(frame.socket).and_then(|connection| connection.before(frame.number));
        let since = own.and_then(|own| trace.frames().get(own)).map(|own| frame.first.time.since(own.first.time));
        let mut line = ListRow {
            number: frame.number,
            selected: false,
            mark: self.mark_of(&frame),
            found: Vec::new(),
            named: false,
            severity: frame.severity,
            note: trace
                .notes()
                .of_frame(frame.number)
                .max_by_key(|n| n.note.severity())
                .map_or("", |n| n.note.code.name()),
            time: self.time_text(frame.first.time, before),
            delta: since
                .filter(|since| *since >= 1_000_000)
                .map(|since| format!("+{}", text::duration(since)))
                .unwrap_or_default(),
            connection: frame.socket.label(),
            direction: frame.direction,
            opcode: frame.header.opcode,
            flags: flags(&frame),
            length: text::count(frame.header.length),
            preview: self.preview(bytes, &frame),
            bracket: None,
        };
        if self.list.rows.kind == Kind::Messages {
            let message = trace.messages().get(self.list.rows.number(trace, row)?)?;
            line.number = message.number;
            line.opcode = message.opcode;
            line.flags = if message.frame_count > 1 { format!("×{}", message.frame_count) } else { String::new() };
            line.length = text::count(message.length);
            line.severity = message.severity.max(frame.severity);
            line.preview = self.message_preview(bytes, &message);
        }
        if let Some(pattern) = &self.find.pattern {
            line.found = pattern.all(line.preview.as_bytes()).collect();
            line.named = pattern.names(line.opcode);
        }
        Some(line)
    }

    fn mark_of(&self, frame: &FrameRow) -> Option<char> {
        let place = Place::of(frame);
        self.marks.iter().find(|(_, marked)| **marked == place).map(|(letter, _)| *letter)
    }

    /// What a frame carries, in one line. A compressed message that is one frame shows as what it inflates to.
    pub(in crate::tui) fn preview(&self, bytes: Bytes<'_>, frame: &FrameRow) -> String {
        if frame.header.length == 0 {
            return "∅".to_owned();
        }
        let whole = frame.compressed && frame.ends_message && frame.header.opcode != Opcode::Continuation;
        if let Some(message) = frame.message.filter(|_| whole).and_then(|message| bytes.trace().messages().get(message))
        {
            return self.message_preview(bytes, &message);
        }
        let window = bytes.unmasked(frame, 0..PREVIEW);
        let opcode = match frame.header.opcode {
            Opcode::Close => {
                let missing = payload_line(Opcode::Close, &[], frame.header.length, false);
                let none = || if window.is_whole() { "no code".to_owned() } else { missing };
                return close_words(&window).map_or_else(none, |(words, _)| words);
            }
            _ if frame.compressed => Opcode::Binary,
            Opcode::Continuation => frame.message_opcode.unwrap_or(Opcode::Binary),
            other if other.is_control() => Opcode::Text,
            other => other,
        };
        payload_line(opcode, &window.bytes, frame.header.length, window.is_whole())
    }

    /// What a message says, in one line, inflated where that is known.
    pub(in crate::tui) fn message_preview(&self, bytes: Bytes<'_>, message: &MessageRow) -> String {
        message_line(bytes, message, self.inflations.get(message.number).as_deref())
    }

    pub(super) fn time_text(&self, time: Timestamp, before: Option<Timestamp>) -> String {
        match self.time {
            TimeFormat::Relative => text::seconds(time.since(self.reference.or(self.start).unwrap_or(time))),
            TimeFormat::Delta => text::seconds(time.since(before.unwrap_or(time))),
            TimeFormat::OfDay => text::of_day(time),
            TimeFormat::Epoch => text::epoch(time),
        }
    }
}

/// What a message says, in one line; of a compressed one, what it is inflated.
pub(in crate::tui) fn message_line(bytes: Bytes<'_>, message: &MessageRow, inflated: Option<&Window>) -> String {
    if !message.compressed {
        let window = bytes.message(message, 0..PREVIEW);
        return payload_line(message.opcode, &window.bytes, message.wire_length, window.is_whole());
    }
    let Some(inflated) = inflated else { return "⇲ …".to_owned() };
    let start = inflated.bytes.get(..inflated.bytes.len().min(PREVIEW_BYTES)).unwrap_or(&[]);
    let hole = inflated.holes.first().is_some_and(|hole| hole.start < PREVIEW);
    if hole && start.iter().all(|byte| *byte == 0) {
        return format!("{} that refer to messages before the capture", text::size(message.wire_length));
    }
    let line = payload_line(message.opcode, start, message.length.max(u64::from(!start.is_empty())), true);
    format!("⇲ {line}")
}

fn flags(frame: &FrameRow) -> String {
    let rsv = frame.header.rsv;
    let bit = |set: bool, letter: char| if set { letter } else { '·' };
    let mut text = String::from(bit(frame.header.fin, 'F'));
    text.extend([bit(rsv & 4 != 0, '1'), bit(rsv & 2 != 0, '2'), bit(rsv & 1 != 0, '3')]);
    text.push_str(if frame.header.masking_key.is_some() { " M" } else { "  " });
    text
}

/// What a close frame says, and the name of its code; `None` where it has no code, or the capture lacks it.
pub(in crate::tui) fn close_words(payload: &Window) -> Option<(String, &'static str)> {
    let code = u16::from_be_bytes([payload.get(0)?, payload.get(1)?]);
    let reason = DisplaySafe::bytes(payload.bytes.get(2..).unwrap_or(&[])).to_string();
    let name = close::name(code);
    Some((format!("{code} {}", if reason.is_empty() { name } else { reason.as_str() }), name))
}

fn payload_line(opcode: Opcode, payload: &[u8], length: u64, whole: bool) -> String {
    if length == 0 {
        return "∅".to_owned();
    }
    if !whole {
        return format!("{} not in the capture", text::size(length));
    }
    if opcode == Opcode::Text || (opcode != Opcode::Binary && std::str::from_utf8(payload).is_ok()) {
        return DisplaySafe::bytes(payload).to_string();
    }
    let shown: Vec<String> = payload.iter().take(64).map(|byte| format!("{byte:02x}")).collect();
    shown.join(" ")
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
