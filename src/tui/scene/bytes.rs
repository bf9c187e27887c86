//! The visible bytes, and how each is to be drawn.

use std::ops::Range;

use ratatui::layout::Rect;

use super::{Byte, scrolled};
use crate::base::{Source, Span};
use crate::trace::{Bytes, Detail};
use crate::tui::state::{Pane, State};
use crate::tui::view;

impl State {
    pub(super) fn settle_bytes(&mut self, bytes: Bytes<'_>) {
        self.scene.bytes.clear();
        self.scene.sources.clear();
        self.scene.bytes_status.clear();
        let Some(detail) = &self.detail else { return };
        self.scene.sources = detail.sources();
        let Some(area) = self.scene.areas.bytes else { return };
        let columns = byte_columns(area);
        self.scene.columns = columns;
        let height = u64::from(view::bytes::lines(area));
        let len = self.scene.sources.iter().find(|(source, _)| *source == self.bytes.source).map_or(0, |(_, len)| *len);
        self.bytes.cursor = self.bytes.cursor.min(len.saturating_sub(1));
        let line = self.bytes.cursor / columns;
        self.bytes.top = scrolled(self.bytes.top, line, height, len.div_ceil(columns));
        let from = self.bytes.top.saturating_mul(columns);
        let range = from..from.saturating_add(height * columns).min(len);
        let window = detail.window(bytes, self.bytes.source, range.clone());
        let field =
            self.field().and_then(|field| field.span).and_then(|span| detail.translate(span, self.bytes.source));
        let cursor = (self.pane == Pane::Bytes).then_some(self.bytes.cursor);
        let made_from = cursor.and_then(|cursor| key_byte(detail, self.bytes.source, cursor));
        let pattern = self.find.pattern.as_ref();
        let found: Vec<Range<usize>> = pattern.map(|p| p.all(&window.bytes).collect()).unwrap_or_default();
        let index = |at: u64| usize::try_from(at - window.start).unwrap_or(0);
        let each = range.map(|at| Byte {
            found: found.iter().any(|found| found.contains(&index(at))),
            value: window.get(at),
            field: field.is_some_and(|span| at >= span.start && at - span.start < span.len),
            cursor: cursor == Some(at) || made_from.is_some_and(|key| key.shown == Some(at)),
        });
        self.scene.bytes = each.collect();
        self.scene.bytes_status = match (cursor, made_from) {
            (Some(_), Some(key)) => key.words(detail, bytes),
            (Some(cursor), None) => format!("byte {cursor}"),
            (None, _) => field.map(|span| bytes_of(&span.range())).unwrap_or_default(),
        };
    }
}

/// The byte of the masking key that a payload byte is XORed with.
#[derive(Clone, Copy)]
struct KeyByte {
    payload: u64,
    /// Where the key byte stands in the source shown, where it does.
    shown: Option<u64>,
}

fn key_byte(detail: &Detail, source: Source, at: u64) -> Option<KeyByte> {
    detail.row.header.masking_key.filter(|_| detail.row.framing.is_rfc())?;
    let payload = detail.translate(Span { source, start: at, len: 1 }, Source::Unmasked)?.start;
    let key = u64::from(detail.row.header_len).checked_sub(4)? + payload % 4;
    let shown = detail.translate(Span { source: Source::Frame, start: key, len: 1 }, source).map(|span| span.start);
    Some(KeyByte { payload, shown })
}

impl KeyByte {
    /// `unmasked 7 = wire 13 (68) ^ key 3 (e8) = 80`
    fn words(self, detail: &Detail, bytes: Bytes<'_>) -> String {
        let wire = self.payload + u64::from(detail.row.header_len);
        let hex = |source, at| {
            let window = detail.window(bytes, source, at..at + 1);
            window.get(at).map_or("??".to_owned(), |byte| format!("{byte:02x}"))
        };
        let key = detail.row.header.masking_key.unwrap_or_default();
        let index = usize::try_from(self.payload % 4).unwrap_or(0);
        let key = key.get(index).copied().unwrap_or(0);
        let (plain, masked) = (hex(Source::Unmasked, self.payload), hex(Source::Frame, wire));
        format!("payload {} {plain} = wire {wire} {masked} ^ key {index} {key:02x}", self.payload)
    }
}

trait Ranged {
    fn range(&self) -> Range<u64>;
}

impl Ranged for Span {
    fn range(&self) -> Range<u64> {
        self.start..self.start.saturating_add(self.len)
    }
}

fn bytes_of(range: &Range<u64>) -> String {
    match range.end - range.start {
        1 => format!("byte {}", range.start),
        _ => format!("bytes {} to {}", range.start, range.end.saturating_sub(1)),
    }
}

/// Bytes on one line: as many as fit, a power of two up to 16.
fn byte_columns(area: Rect) -> u64 {
    [16u16, 8, 4, 2].into_iter().find(|n| 6 + n * 7 / 2 < area.width).map_or(1, u64::from)
}
