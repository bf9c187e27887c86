//! The bytes of the selected frame, in hex and as text, with a tab for each source they can be seen in.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{steps, text};
use crate::base::number::wide;
use crate::base::{Source, Span};
use crate::trace::{Bytes, Detail};
use crate::tui::keys::Action;
use crate::tui::pane::Pane;
use crate::tui::pen::Pen;
use crate::tui::scene::{Byte, BytePart};
use crate::tui::scroll::scrolled;
use crate::tui::state::State;
use crate::tui::text as words;

/// Bytes before and after those that are seen which are looked at for what is looked for.
const AROUND: u64 = 256;

impl State {
    /// Looks up the visible bytes.
    pub(in crate::tui) fn settle_bytes(&mut self, bytes: Bytes<'_>) {
        self.scene.bytes.clear();
        self.scene.sources.clear();
        self.scene.bytes_status.clear();
        let Some(detail) = &self.detail else { return };
        self.scene.sources = detail.sources();
        let Some(area) = self.scene.areas.bytes else { return };
        let columns = byte_columns(area);
        self.scene.columns = columns;
        let height = if self.shows_steps() { steps::rows(area) } else { u64::from(text::lines(area)) };
        let len = self.scene.sources.iter().find(|(source, _)| *source == self.bytes.source).map_or(0, |(_, len)| *len);
        self.bytes.cursor = self.bytes.cursor.min(len.saturating_sub(1));
        let line = self.bytes.cursor / columns;
        self.bytes.top = scrolled(self.bytes.top, line, height, len.div_ceil(columns));
        let from = self.bytes.top.saturating_mul(columns);
        let range = from..from.saturating_add(height * columns).min(len);
        // What is looked for may begin before what is seen, and end after it.
        let around = range.start.saturating_sub(AROUND)..range.end.saturating_add(AROUND).min(len);
        let window = detail.window(bytes, self.bytes.source, around);
        let field =
            self.field().and_then(|field| field.span).and_then(|span| detail.translate(span, self.bytes.source));
        let parts = Parts::of(detail, self.bytes.source, field);
        let cursor = (self.pane == Pane::Bytes).then_some(self.bytes.cursor);
        let made_from = cursor.and_then(|cursor| key_byte(detail, self.bytes.source, cursor));
        let pattern = self.find.marked();
        let found: Vec<Range<usize>> = pattern.map(|p| p.all(&window.bytes).collect()).unwrap_or_default();
        let index = |at: u64| usize::try_from(at.saturating_sub(window.start)).unwrap_or(0);
        let each = range.map(|at| Byte {
            found: found.iter().any(|found| found.contains(&index(at))),
            value: window.get(at),
            field: field.is_some_and(|span| holds(&span, at)),
            part: parts.part(at),
            cursor: cursor == Some(at) || made_from.is_some_and(|key| key.shown == Some(at)),
        });
        self.scene.bytes = each.collect();
        self.scene.bytes_status = match (cursor, made_from) {
            (Some(cursor), _) if self.shows_steps() => self.step_words(window.get(cursor)),
            (Some(_), Some(key)) => key.words(detail, bytes),
            (Some(cursor), None) => format!("byte {cursor}"),
            (None, _) => field.map(|span| bytes_of(&span.range())).unwrap_or_default(),
        };
    }

    /// Shows the next source, or the one before.
    pub(in crate::tui) fn cycle_source(&mut self, forward: bool) {
        // The payload as text comes before the first source.
        let sources = &self.scene.sources;
        let here = sources.iter().position(|(source, _)| *source == self.bytes.source).unwrap_or(0);
        let here = if self.bytes.text { 0 } else { here + 1 };
        let steps = if forward { 1 } else { sources.len() };
        let to = (here + steps) % (sources.len() + 1);
        self.bytes.text = to == 0;
        self.bytes.steps = false;
        let Some((source, _)) = to.checked_sub(1).and_then(|to| sources.get(to)) else { return };
        self.show_source(*source);
    }

    /// Shows the unmasking from its first step on, or the bytes again.
    pub(in crate::tui) fn turn_steps(&mut self) {
        let Some(detail) = &self.detail else { return };
        if self.octets().is_none() {
            let number = detail.row.number;
            self.message = Some(format!("frame {number} has no payload that is masked; clients mask, servers do not"));
            return;
        }
        if self.shows_steps() && self.pane == Pane::Bytes {
            self.bytes.steps = false;
            return;
        }
        self.bytes.text = false;
        self.bytes.steps = true;
        self.show_source(Source::Unmasked);
        self.focus(Pane::Bytes);
        self.bytes.cursor = 0;
        self.put_field_under_cursor();
    }

    /// Shows a source; the cursor stays on its byte.
    fn show_source(&mut self, source: Source) {
        let place = Span { source: self.bytes.source, start: self.bytes.cursor, len: 1 };
        let place = self.detail.as_ref().and_then(|detail| detail.translate(place, source));
        self.bytes.source = source;
        self.bytes.top = 0;
        self.bytes.cursor = place.map_or(0, |place| place.start);
        if place.is_none() {
            self.put_cursor_on_field();
        }
    }

    /// Shows the next packet of the frame, or the one before; at first the one that is looked at.
    pub(in crate::tui) fn step_packet(&mut self, forward: bool) {
        let shared = self.trace.clone();
        let trace = shared.read();
        let store = self.store.clone();
        let bytes = Bytes::new(&trace, &*store);
        let Some(detail) = self.detail.as_mut() else { return };
        if detail.packet.is_empty() {
            self.message = Some("no packet holds bytes of this frame as they are: it came in IP fragments".to_owned());
            return;
        }
        let is_shown = self.bytes.source == Source::Packet && !self.bytes.text;
        if is_shown && !detail.step_packet(bytes, forward) {
            let which = if forward { "last" } else { "first" };
            self.message = Some(format!("this is the {which} packet of frame {}", detail.row.number));
        }
        (self.bytes.source, self.bytes.text, self.bytes.top) = (Source::Packet, false, 0);
        // Where one pane of details is shown at a time, it is this one.
        if self.scene.areas.bytes.is_none() {
            (self.pane, self.tab) = (Pane::Bytes, Pane::Bytes);
        }
        // The cursor stands on the selected field, or else where the frame begins in this packet.
        let whole = Span { source: Source::Frame, start: 0, len: detail.row.wire_len() };
        self.bytes.cursor = detail.translate(whole, Source::Packet).map_or(0, |here| here.start);
        self.tell_detail(bytes);
        self.put_cursor_on_field();
    }

    /// The mouse has hit this word of the line of sources.
    pub(in crate::tui) fn click_source(&mut self, word: &str) {
        let named =
            self.scene.sources.iter().find(|(source, _)| source_name(self, *source).split(' ').any(|w| w == word));
        let named = named.map(|(source, _)| *source);
        match named.or_else(|| self.octets().filter(|_| word == steps::NAME).map(|_| Source::Unmasked)) {
            Some(source) => {
                self.bytes.steps = word == steps::NAME;
                self.bytes.text = false;
                self.show_source(source);
            }
            None if word == "text" => self.bytes.text = true,
            None => {}
        }
    }

    /// The mouse has hit this line and column of the bytes.
    pub(in crate::tui) fn click_bytes(&mut self, line: u64, column: u16) {
        let Some(area) = self.scene.areas.bytes.filter(|_| line > 0 && !self.bytes.text) else { return };
        let row = if self.shows_steps() { steps::row_of(line - 1) } else { line - 1 };
        let first = (self.bytes.top + row).saturating_mul(self.scene.columns);
        let grid = Grid::of(first, self.scene.columns, area);
        let index = match self.shows_steps() {
            true => steps::byte_at(usize::from(column)).filter(|index| wide(*index) < self.scene.columns),
            false => grid.byte_at(usize::from(column)),
        };
        let hit = index.map(|index| first + wide(index));
        let shown = self.bytes.top.saturating_mul(self.scene.columns) + wide(self.scene.bytes.len());
        if let Some(byte) = hit.filter(|byte| *byte < shown) {
            self.bytes.cursor = byte;
            self.put_field_under_cursor();
        }
    }

    /// A key of movement in the bytes.
    pub(in crate::tui) fn step_bytes(&mut self, action: Action, times: u64) {
        if self.bytes.text {
            return self.step_text(action, times);
        }
        let columns = self.scene.columns.max(1);
        let len = self.scene.sources.iter().find(|(source, _)| *source == self.bytes.source).map_or(0, |(_, len)| *len);
        let lines = |area: Rect| match self.shows_steps() {
            true => steps::rows(area),
            false => u64::from(area.height.saturating_sub(1)).max(1),
        };
        let page = self.scene.areas.bytes.map_or(1, lines);
        let last = len.saturating_sub(1);
        let here = self.bytes.cursor;
        let by = |step: u64| step.saturating_mul(times);
        self.bytes.cursor = match action {
            Action::Left => here.saturating_sub(by(1)),
            Action::Right => here.saturating_add(by(1)),
            Action::Up => here.checked_sub(by(columns)).unwrap_or(here % columns),
            Action::Down if here.saturating_add(by(columns)) > last => here,
            Action::Down => here.saturating_add(by(columns)),
            Action::HalfUp => here.checked_sub(by(columns * (page / 2).max(1))).unwrap_or(here % columns),
            Action::PageUp => here.checked_sub(by(columns * page)).unwrap_or(here % columns),
            Action::HalfDown => here.saturating_add(by(columns * (page / 2).max(1))),
            Action::PageDown => here.saturating_add(by(columns * page)),
            Action::Top => 0,
            Action::Bottom => last,
            _ => here,
        }
        .min(last);
        self.put_field_under_cursor();
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
    if is_sealed(detail, source) {
        return None;
    }
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

/// Where the parts of a frame lie in the bytes that are shown.
struct Parts {
    header: Option<Span>,
    /// The whole frame, where other bytes are around it.
    own: Option<Span>,
    /// The selected field, where it is one of the header: it is one patch, whatever it is a part of.
    patch: Option<Span>,
}

impl Parts {
    fn of(detail: &Detail, source: Source, field: Option<Span>) -> Parts {
        let span = |len| detail.translate(Span { source: Source::Frame, start: 0, len }, source);
        let len = u64::from(detail.row.header_len);
        let header = if is_sealed(detail, source) { None } else { span(len) };
        let whole = len.saturating_add(detail.row.header.length);
        let own = if matches!(source, Source::Packet | Source::Decrypted) { span(whole) } else { None };
        let patch = field.filter(|field| header.is_some_and(|header| field.len <= header.len));
        Parts { header, own, patch }
    }

    fn part(&self, at: u64) -> BytePart {
        let is_in = |span: &Option<Span>| span.is_some_and(|span| holds(&span, at));
        match self.own {
            _ if is_in(&self.header) && !is_in(&self.patch) => BytePart::Header,
            Some(own) if !holds(&own, at) => BytePart::Around,
            _ => BytePart::Payload,
        }
    }
}

/// Bytes of the frame are not in it as they are: a record is, which opens as a whole.
fn is_sealed(detail: &Detail, source: Source) -> bool {
    source == Source::Packet && !detail.records.is_empty()
}

/// A byte is one of these.
fn holds(span: &Span, at: u64) -> bool {
    at >= span.start && at - span.start < span.len
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

/// Draws the bytes, or the text.
pub(in crate::tui) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    sources(state, area, buffer);
    if state.bytes.text {
        return text::draw(state, area, buffer);
    }
    if state.shows_steps() {
        return steps::draw(state, area, buffer);
    }
    let columns = usize::try_from(state.scene.columns).unwrap_or(16).max(1);
    let first = state.bytes.top.saturating_mul(state.scene.columns);
    for ((line, bytes), at) in
        (1..=text::lines(area)).zip(state.scene.bytes.chunks(columns)).zip((first..).step_by(columns))
    {
        draw_line(state, at, bytes, columns, Rect { y: area.y + line, height: 1, ..area }, buffer);
    }
}

fn sources(state: &State, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let mut pen = Pen::new(buffer, area);
    let style = match (state.bytes.text, state.pane == Pane::Bytes) {
        (false, _) => theme.dim,
        (true, true) => theme.active,
        (true, false) => theme.title,
    };
    pen.skip(1).put("text", style).put(" │", theme.dim);
    for (source, len) in &state.scene.sources {
        let name = source_name(state, *source);
        // It has room of its own only while it is shown.
        let steps = *source == Source::Unmasked && state.shows_steps();
        if *source == state.bytes.source && !state.bytes.text && !state.shows_steps() {
            let style = if state.pane == Pane::Bytes { theme.active } else { theme.title };
            let which = state.detail.as_ref().filter(|_| *source == Source::Packet).map(which_packet);
            let about = format!(" {} B{} ", words::count(*len), which.unwrap_or_default());
            pen.skip(1).put(&name, style).put(&about, theme.dim);
        } else {
            pen.skip(1).put(&name, theme.dim).skip(1);
        }
        pen.put("│", theme.dim);
        if steps {
            let style = if state.pane == Pane::Bytes { theme.active } else { theme.title };
            pen.skip(1).put(steps::NAME, style).skip(1).put("│", theme.dim);
        }
    }
    // The text has a status line of its own.
    if area.height >= 4 && !state.bytes.text {
        let mut pen = Pen::line(buffer, area, area.height - 1);
        pen.skip(1).put(&state.scene.bytes_status, theme.dim);
    }
}

/// `, 2 of 3`, where the frame lies in several packets.
fn which_packet(detail: &Detail) -> String {
    let (packets, here) = detail.packets();
    if packets.len() > 1 { format!(", {here} of {}", packets.len()) } else { String::new() }
}

/// The name of a source on its tab.
fn source_name(state: &State, source: Source) -> String {
    let masked = state.detail.as_ref().is_some_and(|detail| detail.row.header.masking_key.is_some());
    match source {
        Source::Frame => "wire".to_owned(),
        Source::Packet => format!("packet {}", state.detail.as_ref().and_then(Detail::run).map_or(0, |run| run.packet)),
        // What a server sends was never masked.
        Source::Unmasked if !masked => "payload".to_owned(),
        other => other.name().to_owned(),
    }
}

/// Where the bytes of a line stand.
struct Grid {
    /// The place of the first byte, as it is written.
    place: String,
    columns: usize,
    /// A gap after every byte, for which there is room; else after every second one.
    wide: bool,
}

impl Grid {
    fn of(at: u64, columns: u64, area: Rect) -> Grid {
        let columns = usize::try_from(columns).unwrap_or(16).max(1);
        let place = format!("{at:04x}");
        let wide = place.len() + 2 + columns * 4 + columns / 8 < usize::from(area.width);
        Grid { place, columns, wide }
    }

    /// Columns between what stands beside each other.
    fn between(&self) -> usize {
        if self.wide { 2 } else { 1 }
    }

    /// What stands after a byte.
    fn gap_after(&self, index: usize) -> &'static str {
        match (self.wide, index % 2, index % 8) {
            _ if index + 1 == self.columns => "",
            (true, _, 7) => "  ",
            (true, ..) | (false, 1, _) => " ",
            (false, ..) => "",
        }
    }

    /// The byte of its line that is in this column, in hex or as text.
    fn byte_at(&self, column: usize) -> Option<usize> {
        let mut end = self.place.len() + self.between();
        let mut column = column.checked_sub(end)?;
        for index in 0..self.columns {
            end = 2 + self.gap_after(index).len();
            if column < end {
                return Some(index);
            }
            column -= end;
        }
        column.checked_sub(self.between()).filter(|index| *index < self.columns)
    }
}

fn draw_line(state: &State, at: u64, bytes: &[Byte], columns: usize, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let style = |byte: &Byte| match (byte.cursor, byte.found, byte.field, byte.part) {
        (true, ..) => theme.cursor,
        (_, true, ..) => theme.found,
        (_, _, true, BytePart::Header) => theme.field.patch(theme.header),
        (_, _, true, _) => theme.field,
        (.., BytePart::Header) => theme.header,
        (.., BytePart::Payload) => theme.text,
        (.., BytePart::Around) => theme.dim,
    };
    let mut pen = Pen::new(buffer, area);
    let grid = Grid::of(at, wide(columns), area);
    pen.put(&grid.place, theme.dim).skip(grid.between());
    for index in 0..columns {
        let gap = grid.gap_after(index);
        let Some(byte) = bytes.get(index) else {
            pen.skip(2 + gap.len());
            continue;
        };
        let hex = byte.value.map_or("??".to_owned(), |value| format!("{value:02x}"));
        pen.put(&hex, style(byte));
        // The patch of a field has no gaps inside it.
        let joined = bytes.get(index + 1).is_some_and(|next| byte.field && next.field && style(byte) == style(next));
        pen.put(gap, if joined && !byte.cursor { style(byte) } else { theme.text });
    }
    pen.skip(grid.between());
    for byte in bytes {
        let shown = match byte.value {
            Some(value @ 0x20..=0x7e) => char::from(value),
            Some(_) => '·',
            None => '?',
        };
        pen.put(shown.encode_utf8(&mut [0; 4]), style(byte));
    }
}
