//! Puts text into one line of a buffer, from left to right, never past its end.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::pattern::Pattern;
use super::text;

/// Marks what is looked for in lines that were drawn.
pub(super) fn mark(buffer: &mut Buffer, area: Rect, pattern: &Pattern, style: Style) {
    let area = area.intersection(buffer.area);
    for y in area.y..area.bottom() {
        let mut line = String::new();
        let mut cells: Vec<(usize, u16)> = Vec::new();
        let mut x = area.x;
        while x < area.right() {
            let Some(cell) = buffer.cell((x, y)) else { break };
            cells.push((line.len(), x));
            line.push_str(cell.symbol());
            // What follows a wide character in the buffer is nothing.
            x += u16::try_from(text::width(cell.symbol())).unwrap_or(1).max(1);
        }
        for found in pattern.all(line.as_bytes()) {
            for (_, x) in cells.iter().filter(|(at, _)| found.contains(at)) {
                let Some(cell) = buffer.cell_mut((*x, y)) else { continue };
                // In an inverse line it would be the other way round.
                cell.modifier.remove(Modifier::REVERSED);
                cell.set_style(style);
            }
        }
    }
}

/// A place in a line.
pub(super) struct Pen<'a> {
    buffer: &'a mut Buffer,
    x: u16,
    y: u16,
    end: u16,
}

impl<'a> Pen<'a> {
    /// At the start of the first line of an area, as much of it as lies in the buffer.
    pub fn new(buffer: &'a mut Buffer, area: Rect) -> Pen<'a> {
        let area = area.intersection(buffer.area);
        let end = if area.height == 0 { area.x } else { area.right() };
        Pen { x: area.x, y: area.y, end, buffer }
    }

    /// At the start of line `line` of an area.
    pub fn line(buffer: &'a mut Buffer, area: Rect, line: u16) -> Pen<'a> {
        let inside = line < area.height;
        let area = Rect { y: area.y.saturating_add(line), height: u16::from(inside), ..area };
        Pen::new(buffer, area)
    }

    /// Columns left.
    pub fn room(&self) -> usize {
        usize::from(self.end.saturating_sub(self.x))
    }

    /// Writes a text, cut at the end of the line.
    pub fn put(&mut self, text: &str, style: Style) -> &mut Self {
        if self.room() > 0 {
            (self.x, _) = self.buffer.set_stringn(self.x, self.y, text, self.room(), style);
        }
        self
    }

    /// Writes a text into a column of its own, cut or padded to `columns`.
    pub fn column(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let columns = columns.min(self.room());
        let text = text::cut(text, columns);
        let pad = columns.saturating_sub(text::width(&text));
        self.put(&text, style).skip(pad)
    }

    /// Writes a text at the right of a column of its own.
    pub fn right(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let columns = columns.min(self.room());
        let text = text::cut(text, columns);
        let pad = columns.saturating_sub(text::width(&text));
        self.skip(pad).put(&text, style)
    }

    /// Leaves columns as they are.
    pub fn skip(&mut self, columns: usize) -> &mut Self {
        self.x = self.x.saturating_add(u16::try_from(columns).unwrap_or(u16::MAX)).min(self.end);
        self
    }

    /// Repeats a text to the end of the line.
    pub fn fill(&mut self, text: &str, style: Style) -> &mut Self {
        while self.room() > 0 {
            let before = self.x;
            self.put(text, style);
            if self.x == before {
                break;
            }
        }
        self
    }

    /// Adds a style to the whole rest of the line.
    pub fn ground(&mut self, style: Style) -> &mut Self {
        let rest = Rect::new(self.x, self.y, self.end.saturating_sub(self.x), 1);
        self.buffer.set_style(rest, style);
        self
    }
}
