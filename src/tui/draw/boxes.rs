//! What lies over the panes: a frame with a heading, and lines in it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::number::wide;
use crate::tui::command::{Entry, entries, ranked};
use crate::tui::edit::Edit;
use crate::tui::menu::Menu;
use crate::tui::pen::Pen;
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::writing::{Content, Write};

/// Lines of the palette.
const PALETTE: u16 = 14;

/// Clears a box of at most `width` by `height` in the middle, draws its heading and foot, and gives what is inside.
pub(super) fn open(state: &State, buffer: &mut Buffer, width: u16, height: u16, title: &str, foot: &str) -> Rect {
    let whole = buffer.area;
    let width = width.min(whole.width.saturating_sub(2));
    let height = height.min(whole.height.saturating_sub(2));
    let (x, y) = ((whole.width - width) / 2, (whole.height - height) / 2);
    let area = Rect::new(x, y, width, height);
    let theme = &state.theme;
    for y in area.y..area.bottom() {
        let mut pen = Pen::new(buffer, Rect::new(area.x, y, area.width, 1));
        pen.fill(" ", ratatui::style::Style::reset().patch(theme.text));
    }
    if width < 2 || height < 2 {
        return Rect::new(x, y, width, 0);
    }
    Pen::new(buffer, area).put("┌─ ", theme.dim).put(title, theme.title).put(" ", theme.dim).fill("─", theme.dim);
    Pen::line(buffer, area, height - 1)
        .put("└─ ", theme.dim)
        .put(foot, theme.dim)
        .put(" ", theme.dim)
        .fill("─", theme.dim);
    for line in 0..height {
        let (left, right) = match line {
            0 => ("┌", "┐"),
            _ if line == height - 1 => ("└", "┘"),
            _ => ("│", "│"),
        };
        Pen::line(buffer, area, line).put(left, theme.dim);
        Pen::line(buffer, area, line).skip(usize::from(width - 1)).put(right, theme.dim);
    }
    Rect::new(area.x + 1, area.y + 1, width - 2, height - 2)
}

pub(super) fn menu(state: &State, menu: Menu, line: usize, buffer: &mut Buffer) {
    let items = state.offered(menu);
    let subject = state.subject().map_or("nothing".to_owned(), |subject| text::safe(&subject.what));
    let address = text::safe(&state.address_shown());
    let lines: Vec<String> = items.iter().map(|item| item.line(&subject, state.row_name(), &address)).collect();
    let widest = lines.iter().map(|line| text::width(line)).max().unwrap_or(0);
    let width = u16::try_from(widest + 7).unwrap_or(u16::MAX).max(48);
    let height = u16::try_from(items.len() + 2).unwrap_or(u16::MAX);
    let inside = open(state, buffer, width, height, menu.title(), "Esc leaves");
    let room = usize::from(inside.width.saturating_sub(5));
    // Where not all lines have room, the chosen one is seen.
    let top = (line + 1).saturating_sub(usize::from(inside.height));
    for ((y, (item, words)), index) in (0..inside.height).zip(items.iter().zip(&lines).skip(top)).zip(top..) {
        let mut pen = Pen::line(buffer, inside, y);
        if index == line {
            pen.ground(state.theme.selected);
        }
        pen.skip(1)
            .put(&item.key.to_string(), state.theme.title)
            .skip(2)
            .put(&text::cut(words, room), state.theme.text);
    }
}

pub(super) fn palette(state: &State, edit: &Edit, line: usize, buffer: &mut Buffer) {
    let inside = open(state, buffer, 90, PALETTE + 3, "commands", "Enter does it   Esc leaves");
    typed(state, ">", edit, inside, buffer);
    let found = ranked(edit.text());
    // Where there is no room beside the names, what the chosen one does stands below them.
    let narrow = inside.width < 60 && inside.height > 4;
    let below = if narrow { 2 } else { 0 };
    let room = usize::from(inside.height.saturating_sub(1 + below));
    let top = (line + 1).saturating_sub(room);
    for ((y, entry), index) in (1..inside.height - below.min(inside.height)).zip(found.iter().skip(top)).zip(top..) {
        let mut pen = Pen::line(buffer, inside, y);
        if index == line {
            pen.ground(state.theme.selected);
        }
        pen.skip(1).column(&entry.name, 24, state.theme.label).skip(1);
        pen.column(&entry.keys(&state.keys), 12, state.theme.title);
        if !narrow {
            let help = text::cut(&entry.help, pen.room());
            pen.put(&help, state.theme.dim);
        }
    }
    let help = found.get(line).filter(|_| narrow).map_or("", |entry| &entry.help);
    let words = text::wrap(help, usize::from(inside.width.saturating_sub(2)).max(1), usize::from(below));
    for (y, words) in (inside.height.saturating_sub(below)..).zip(words) {
        Pen::line(buffer, inside, y).skip(1).put(&words, state.theme.dim);
    }
}

/// What the command being typed may become, above the foot line.
pub(super) fn completions(state: &State, edit: &Edit, buffer: &mut Buffer) {
    let typed = edit.text();
    let found: Vec<Entry> = entries().into_iter().filter(|entry| entry.name.starts_with(typed)).collect();
    let whole = buffer.area;
    let most = usize::from(whole.height.saturating_sub(2)).min(8);
    if typed.is_empty() || found.is_empty() || most == 0 {
        return;
    }
    let shown = u16::try_from(found.len().min(most)).unwrap_or(1);
    let top = whole.height - 1 - shown;
    for ((y, entry), index) in (top..).zip(found.iter().take(most)).zip(1..) {
        let width = if whole.width < 100 { whole.width } else { 78 };
        let mut pen = Pen::new(buffer, Rect::new(0, y, width, 1));
        pen.fill(" ", ratatui::style::Style::reset().patch(state.theme.text));
        let mut pen = Pen::new(buffer, Rect::new(0, y, width, 1));
        pen.put(" : ", state.theme.dim).column(&entry.name, 26, state.theme.label).skip(1);
        let more = found.len() - usize::from(shown);
        if index == most && more > 0 {
            pen.put(&format!("… and {more} more"), state.theme.dim);
        } else {
            pen.put(&entry.help, state.theme.dim);
        }
    }
}

/// The name of a file that is to be written.
pub(super) fn name(state: &State, write: &Write, edit: &Edit, too_long: bool, buffer: &mut Buffer) {
    let size = match &write.content {
        Content::Bytes(bytes) => format!(", {}", text::size(wide(bytes.len()))),
        Content::Screen => String::new(),
    };
    let (title, why) = match too_long {
        true => ("too long for a clipboard", ": terminals cut what is this long"),
        false => ("write to a file", ""),
    };
    let room = usize::from(buffer.area.width.min(72).saturating_sub(6)).max(1);
    let mut lines = text::wrap(&format!("{}{size}{why}", write.what), room, 3);
    let typed_at = lines.len();
    lines.push(String::new());
    // Why the last name did not do; it is said here because the foot line may be far away.
    lines.extend(state.message.iter().flat_map(|why| text::wrap(why, room, 4)));
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let inside = open(state, buffer, 72, height, title, "Enter writes it   Esc leaves");
    for ((y, words), index) in (0..inside.height).zip(&lines).zip(0..) {
        if index == typed_at {
            typed(state, " name:", edit, Rect { y: inside.y + y, height: 1, ..inside }, buffer);
            continue;
        }
        let style = if index < typed_at { state.theme.text } else { state.theme.warning };
        Pen::line(buffer, inside, y).skip(1).put(words, style);
    }
}

/// A line being typed, its cursor inverse.
pub(super) fn typed(state: &State, prompt: &str, edit: &Edit, area: Rect, buffer: &mut Buffer) {
    let (before, after) = edit.halves();
    let mut pen = Pen::new(buffer, area);
    pen.put(prompt, state.theme.title).put(" ", state.theme.dim);
    // The end of what stands before the cursor is seen, however long it is.
    let room = pen.room().saturating_sub(2);
    let mut start = before;
    while text::width(start) > room {
        let mut rest = start.chars();
        rest.next();
        start = rest.as_str();
    }
    let mut after = after.chars();
    let under = after.next().unwrap_or(' ').to_string();
    pen.put(start, state.theme.text).put(&under, state.theme.field).put(after.as_str(), state.theme.text);
}
