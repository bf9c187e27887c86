//! The unmasking of a payload, step by step: what is on the wire, the key, repeated, and what the two give.
//!
//! It is the unmasked bytes once more, four lines for each row of them, and the cursor is the step: behind it nothing is computed
//! yet, while the pane has the keys. A frame that is not masked has no such steps.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text;
use crate::base::Source;
use crate::base::number::wide;
use crate::tui::pane::Pane;
use crate::tui::pen::Pen;
use crate::tui::scene::Byte;
use crate::tui::state::State;
use crate::websocket::Framing;

/// Lines that a row of bytes takes.
pub(super) const LINES: u16 = 4;

/// The name on the tab.
pub(super) const NAME: &str = "⊕";

impl State {
    /// The key of the selected frame, from the octet on that its first payload byte is XORed with.
    pub(in crate::tui) fn octets(&self) -> Option<[u8; 4]> {
        let row = &self.detail.as_ref()?.row;
        let mut key = row.header.masking_key.filter(|_| row.framing != Framing::NonceFirst && row.header.length > 0)?;
        key.rotate_left(usize::from(row.framing.first_octet(row.header_len) % 4));
        Some(key)
    }

    /// The unmasking is what is shown of the bytes.
    pub(in crate::tui) fn shows_steps(&self) -> bool {
        self.bytes.steps && !self.bytes.text && self.bytes.source == Source::Unmasked && self.octets().is_some()
    }

    /// What is computed at the cursor, in hex and in bits.
    pub(super) fn step_words(&self, plain: Option<u8>) -> String {
        let at = self.bytes.cursor;
        match (self.octets().and_then(|key| octet(key, at)), plain) {
            (Some(octet), Some(plain)) => {
                let wire = plain ^ octet;
                format!(
                    "{at}: {wire:02x} ⊕ {octet:02x} = {plain:02x}   {} ⊕ {} = {}",
                    bits(wire),
                    bits(octet),
                    bits(plain)
                )
            }
            _ => format!("{at}: the capture lacks this byte"),
        }
    }
}

/// The octet of the key for a payload byte (RFC 6455 section 5.3).
fn octet(key: [u8; 4], at: u64) -> Option<u8> {
    key.get(crate::base::number::narrow(at % 4)).copied()
}

fn bits(byte: u8) -> String {
    format!("{:04b} {:04b}", byte >> 4, byte & 15)
}

/// Draws the rows.
pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let Some(key) = state.octets() else { return };
    let columns = usize::try_from(state.scene.columns).unwrap_or(16).max(1);
    let first = state.bytes.top.saturating_mul(state.scene.columns);
    let rows = state.scene.bytes.chunks(columns).zip((first..).step_by(columns));
    let room = text::lines(area);
    for (line, (bytes, at)) in (0..room).step_by(LINES.into()).zip(rows) {
        for (own, kind) in (line..room).zip([Line::Wire, Line::Key, Line::Plain, Line::Letters]) {
            draw_line(state, kind, key, at, bytes, Rect { y: area.y + 1 + own, height: 1, ..area }, buffer);
        }
    }
}

/// A line of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Wire,
    Key,
    Plain,
    Letters,
}

fn draw_line(state: &State, line: Line, key: [u8; 4], at: u64, bytes: &[Byte], area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let mut pen = Pen::new(buffer, area);
    let label = match line {
        Line::Wire => format!("{at:04x}"),
        Line::Key => "   ⊕".to_owned(),
        Line::Plain => "   =".to_owned(),
        Line::Letters => "    ".to_owned(),
    };
    pen.put(&label, theme.dim).skip(2);
    let stepping = state.pane == Pane::Bytes;
    for (place, byte) in (at..).zip(bytes) {
        let octet = octet(key, place);
        let done = !stepping || place <= state.bytes.cursor;
        let hex = |value: Option<u8>| value.map_or("??".to_owned(), |value| format!("{value:02x}"));
        let text = match line {
            Line::Wire => hex(byte.value.zip(octet).map(|(plain, octet)| plain ^ octet)),
            Line::Key => hex(octet),
            Line::Plain if done => hex(byte.value),
            Line::Letters if done => match byte.value {
                Some(value @ 0x21..=0x7e) => format!(" {}", char::from(value)),
                _ => "  ".to_owned(),
            },
            Line::Plain => "··".to_owned(),
            Line::Letters => "  ".to_owned(),
        };
        let style = match (byte.cursor && line != Line::Letters, byte.found, line) {
            (true, ..) => theme.cursor,
            (_, true, Line::Plain | Line::Letters) => theme.found,
            (.., Line::Wire) => theme.text,
            (.., Line::Key) => theme.header,
            (.., Line::Plain) if done => theme.title,
            _ => theme.dim,
        };
        pen.put(&text, style).skip(1);
    }
}

/// Rows that there is room for.
pub(super) fn rows(area: Rect) -> u64 {
    (u64::from(text::lines(area)) / u64::from(LINES)).max(1)
}

/// The row that is hit by a click on a line.
pub(super) fn row_of(line: u64) -> u64 {
    line / wide(usize::from(LINES))
}

/// The byte of its row that is in this column.
pub(super) fn byte_at(column: usize) -> Option<usize> {
    column.checked_sub(6).map(|column| column / 3)
}
