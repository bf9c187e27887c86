//! Drawing: the whole picture, and what stands around pages and panes or lies over them. Every function takes the state
//! and draws it into a part of a buffer; none changes anything, reads the capture or asks the time.

mod boxes;
mod foot;
mod head;
pub(super) mod help;
mod lists;
mod live_head;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::inspector::Inspector;
use super::page_name::PageName;
use super::pane::Pane;
use super::panes::{bits, bytes, fields};
use super::pen::{self, Pen};
use super::state::{Overlay, State};
use super::svg;

/// Draws the whole picture.
pub fn draw(inspector: &Inspector, buffer: &mut Buffer) {
    let Inspector { state, pages } = inspector;
    let areas = &state.scene.areas;
    let whole = buffer.area;
    buffer.set_style(whole, state.theme.text);
    head::draw(state, areas.head, buffer);
    if let Some((page, area)) = pages.get(state.page).zip(areas.page) {
        page.draw(state, area, buffer);
    }
    if let Some(area) = areas.fields {
        fields::draw(state, area, buffer);
    }
    if let Some(area) = areas.bits {
        bits::draw(state, area, buffer);
    }
    if let Some(area) = areas.bytes {
        bytes::draw(state, area, buffer);
    }
    if let Some(pattern) = state.find.marked() {
        // The list marks what it says of frames itself, and no numbers and times.
        let page = areas.page.filter(|_| state.page != PageName::FRAMES);
        for area in [page, areas.below, areas.fields].into_iter().flatten() {
            pen::mark(buffer, area, pattern, state.theme.found);
        }
    }
    rules(state, buffer);
    foot::draw(state, areas.foot, buffer);
    match &state.overlay {
        Some(Overlay::Help(top)) => help::draw(state, *top, buffer),
        Some(Overlay::Menu(menu, line)) => boxes::menu(state, *menu, *line, buffer),
        Some(Overlay::Palette(edit, line)) => boxes::palette(state, edit, *line, buffer),
        Some(Overlay::Name(write, edit, too_long)) => boxes::name(state, write, edit, *too_long, buffer),
        Some(Overlay::Command(edit)) => boxes::completions(state, edit, buffer),
        Some(Overlay::Keep(edit)) => live_head::keep(state, edit.as_ref(), buffer),
        Some(Overlay::Columns(own)) => lists::columns(state, own, buffer),
        Some(Overlay::Explained(lines, top)) => lists::explained(state, lines, *top, buffer),
        Some(Overlay::SaveFilter(filter, edit, _)) => lists::save_filter(state, filter, edit, buffer),
        Some(Overlay::Find(..) | Overlay::Filter(_)) | None => {}
    }
}

/// The lines between the panes, with the names of the panes below them; heavy above the pane that has the keys.
fn rules(state: &State, buffer: &mut Buffer) {
    let areas = &state.scene.areas;
    let dim = state.theme.dim;
    let upright = [areas.fields_rule, areas.bytes_rule.filter(|rule| rule.width == 1)];
    for area in upright.into_iter().flatten() {
        for y in area.y..area.bottom() {
            Pen::new(buffer, Rect::new(area.x, y, 1, 1)).put("│", dim);
        }
    }
    let details = [(Pane::Fields, areas.fields), (Pane::Bits, areas.bits), (Pane::Bytes, areas.bytes)];
    match areas.rule {
        Some(area) if areas.tabs => tabs(state, area, buffer),
        Some(area) => {
            Pen::new(buffer, area).fill("─", dim);
            titles(state, &details, area, buffer);
        }
        None => {}
    }
    if let Some(area) = areas.bytes_rule.filter(|rule| rule.width > 1) {
        titles(state, &details, area, buffer);
    }
    if let Some(area) = areas.titles {
        titles(state, &[(Pane::Page, areas.page), (Pane::Fields, areas.fields)], area, buffer);
    }
    let rule = areas.rule.or(areas.titles);
    for (upright, rule) in upright.into_iter().filter_map(|upright| upright.zip(rule)) {
        Pen::new(buffer, Rect::new(upright.x, rule.y, 1, 1)).put("┬", dim);
    }
}

/// The names of those panes that begin right below a line.
fn titles(state: &State, panes: &[(Pane, Option<Rect>)], line: Rect, buffer: &mut Buffer) {
    for (pane, area) in panes {
        if let Some(area) = area.filter(|area| area.y == line.y + 1) {
            title(state, *pane, Rect { x: area.x, width: area.width, ..line }, buffer);
        }
    }
}

/// The line above a pane, with its name in it.
fn title(state: &State, pane: Pane, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let name = if pane == Pane::Page { state.page.0 } else { pane.name() };
    let mut pen = Pen::new(buffer, area);
    if state.pane == pane {
        pen.put("━ ● ", theme.title).put(name, theme.active).put(" ", theme.dim).fill("━", theme.title);
    } else {
        pen.put("─ ", theme.dim).put(name, theme.dim).put(" ", theme.dim).fill("─", theme.dim);
    }
}

fn tabs(state: &State, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let alone = state.scene.areas.page.is_none() || state.pane == Pane::Page && state.scene.areas.fields.is_none();
    let here = if state.zoomed || alone { state.pane } else { state.tab };
    // Where the list stands above, only what is below it has tabs.
    let above = state.scene.areas.page.is_some() && !state.zoomed && !alone;
    let focused = state.pane == here;
    let (stroke, line) = if focused { ("━", theme.title) } else { ("─", theme.dim) };
    let mut pen = Pen::new(buffer, area);
    pen.put(stroke, line);
    for pane in Pane::ALL.into_iter().filter(|pane| *pane != Pane::Page || !above) {
        if pane == here {
            let (mark, style) = if focused { ("● ", theme.active) } else { ("", theme.title) };
            pen.put("[ ", theme.dim).put(mark, theme.title).put(pane.name(), style).put(" ]", theme.dim);
        } else {
            pen.put(" ", theme.dim).put(pane.name(), theme.dim).put(" ", theme.dim);
        }
        pen.put(stroke, line);
    }
    pen.fill(stroke, line);
}

/// The screen as an SVG document.
pub(super) fn picture(inspector: &Inspector) -> String {
    let (width, height) = inspector.state.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    draw(inspector, &mut buffer);
    svg::draw(&buffer, inspector.state.theme.name == "light")
}
