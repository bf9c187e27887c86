//! The bytes of the selected frame, in hex and as text, with a tab for each source they can be seen in.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pen::Pen;
use crate::base::Source;
use crate::tui::scene::Byte;
use crate::tui::state::{Pane, State};
use crate::tui::text as words;

/// Lines of bytes in an area: one line is for the tabs, and where there are enough, one for the status.
pub fn lines(area: Rect) -> u16 {
    area.height.saturating_sub(if area.height < 4 { 1 } else { 2 })
}

pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    sources(state, area, buffer);
    if state.bytes.text {
        return text(state, area, buffer);
    }
    let columns = usize::try_from(state.scene.columns).unwrap_or(16).max(1);
    let first = state.bytes.top.saturating_mul(state.scene.columns);
    for ((line, bytes), at) in (1..=lines(area)).zip(state.scene.bytes.chunks(columns)).zip((first..).step_by(columns))
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
    let masked = state.detail.as_ref().is_some_and(|detail| detail.row.header.masking_key.is_some());
    for (source, len) in &state.scene.sources {
        let name = match source {
            Source::Frame => "wire".to_owned(),
            Source::Packet => format!("packet {}", state.detail.as_ref().map_or(0, |detail| detail.row.first.packet)),
            // What a server sends was never masked.
            Source::Unmasked if !masked => "payload".to_owned(),
            other => other.name().to_owned(),
        };
        if *source == state.bytes.source && !state.bytes.text {
            let style = if state.pane == Pane::Bytes { theme.active } else { theme.title };
            pen.skip(1).put(&name, style).put(&format!(" {} B ", words::count(*len)), theme.dim);
        } else {
            pen.skip(1).put(&name, theme.dim).skip(1);
        }
        pen.put("│", theme.dim);
    }
    // The text has a status line of its own.
    if area.height >= 4 && !state.bytes.text {
        let mut pen = Pen::line(buffer, area, area.height - 1);
        pen.skip(1).put(&state.scene.bytes_status, theme.dim);
    }
}

fn draw_line(state: &State, at: u64, bytes: &[Byte], columns: usize, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let style = |byte: &Byte| match (byte.cursor, byte.field) {
        (true, _) => theme.cursor,
        (false, true) => theme.field,
        (false, false) if byte.found => theme.found,
        (false, false) => theme.text,
    };
    let mut pen = Pen::new(buffer, area);
    let place = format!("{at:04x}");
    // A gap after every byte where there is room for it, else after every second one.
    let wide = place.len() + 2 + columns * 4 + columns / 8 < usize::from(area.width);
    let gap_after = |index: usize| match (wide, index % 2, index % 8) {
        _ if index + 1 == columns => "",
        (true, _, 7) => "  ",
        (true, ..) | (false, 1, _) => " ",
        (false, ..) => "",
    };
    pen.put(&place, theme.dim).skip(if wide { 2 } else { 1 });
    for index in 0..columns {
        let gap = gap_after(index);
        let Some(byte) = bytes.get(index) else {
            pen.skip(2 + gap.len());
            continue;
        };
        let hex = byte.value.map_or("??".to_owned(), |value| format!("{value:02x}"));
        pen.put(&hex, style(byte));
        // The patch of a field has no gaps inside it.
        let joined = byte.field && !byte.cursor && bytes.get(index + 1).is_some_and(|next| next.field && !next.cursor);
        pen.put(gap, if joined { theme.field } else { theme.text });
    }
    pen.skip(if wide { 2 } else { 1 });
    for byte in bytes {
        let shown = match byte.value {
            Some(value @ 0x20..=0x7e) => char::from(value),
            Some(_) => '·',
            None => '?',
        };
        pen.put(shown.encode_utf8(&mut [0; 4]), style(byte));
    }
}

/// The payload as text, and where in it the view stands.
fn text(state: &State, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let text = &state.scene.text;
    let visible = text.lines.iter().skip(state.bytes.text_top);
    for (y, line) in (1..=lines(area)).zip(visible) {
        let mut pen = Pen::line(buffer, area, y);
        pen.skip(1);
        let mut from = 0;
        let pattern = state.find.pattern.as_ref();
        for found in pattern.into_iter().flat_map(|pattern| pattern.all(line.as_bytes())) {
            pen.put(line.get(from..found.start).unwrap_or(""), theme.text);
            pen.put(line.get(found.clone()).unwrap_or(""), theme.found);
            from = found.end;
        }
        pen.put(line.get(from..).unwrap_or(""), theme.text);
    }
    if area.height >= 4 {
        let more = if text.rest.is_some() { " …" } else { "" };
        let [line, lines] =
            [state.bytes.text_top + 1, text.lines.len()].map(|n| words::count(n.try_into().unwrap_or(0)));
        let place = format!("{}  line {line} of {lines}{more}", text.name);
        Pen::line(buffer, area, area.height - 1).skip(1).put(&place, theme.dim);
    }
}
