//! What frames and messages carry, in one line, and when.

use super::state::State;
use super::text;
use super::time_format::TimeFormat;
use crate::base::{DisplaySafe, Timestamp};
use crate::trace::{Bytes, FrameRow, MessageRow, Window};
use crate::websocket::{Opcode, close};

/// Payload bytes looked at for a preview.
const PREVIEW: u64 = PREVIEW_BYTES as u64;
const PREVIEW_BYTES: usize = 400;

impl State {
    /// What a frame carries, in one line. A compressed message that is one frame shows as what it inflates to.
    pub(super) fn preview(&self, bytes: Bytes<'_>, frame: &FrameRow) -> String {
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
    pub(super) fn message_preview(&self, bytes: Bytes<'_>, message: &MessageRow) -> String {
        message_line(bytes, message, self.inflations.get(message.number).as_deref())
    }

    /// A time, as it is shown where `before` is the time of the row before.
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
pub(super) fn message_line(bytes: Bytes<'_>, message: &MessageRow, inflated: Option<&Window>) -> String {
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

/// What a close frame says, and the name of its code; `None` where it has no code, or the capture lacks it.
pub(super) fn close_words(payload: &Window) -> Option<(String, &'static str)> {
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
