//! Drawing: the whole picture, and what stands around pages and panes or lies over them. Every function takes the state
//! and draws it into a part of a buffer; none changes anything, reads the capture or asks the time.

mod boxes;
mod foot;
mod head;
pub(super) mod help;
mod live_head;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::inspector::Inspector;
use super::pane::Pane;
use super::panes::{bits, bytes, fields};
use super::pen::Pen;
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
    rules(state, buffer);
    foot::draw(state, areas.foot, buffer);
    match &state.overlay {
        Some(Overlay::Help(top)) => help::draw(state, *top, buffer),
        Some(Overlay::Menu(menu, line)) => boxes::menu(state, *menu, *line, buffer),
        Some(Overlay::Palette(edit, line)) => boxes::palette(state, edit, *line, buffer),
        Some(Overlay::Ask(write)) => boxes::ask(state, write, buffer),
        Some(Overlay::Command(edit)) => boxes::completions(state, edit, buffer),
        Some(Overlay::Keep(edit)) => live_head::keep(state, edit.as_ref(), buffer),
        Some(Overlay::Find(..)) | None => {}
    }
}

/// The lines between the panes, and the tabs that stand in them.
fn rules(state: &State, buffer: &mut Buffer) {
    let areas = &state.scene.areas;
    if let Some(area) = areas.rule {
        Pen::new(buffer, area).fill("─", state.theme.dim);
        if areas.tabs {
            tabs(state, area, buffer);
        }
    }
    if let Some(area) = areas.fields_rule {
        for y in area.y..area.bottom() {
            Pen::new(buffer, Rect::new(area.x, y, 1, 1)).put("│", state.theme.dim);
        }
        if let Some(rule) = areas.rule {
            Pen::new(buffer, Rect::new(area.x, rule.y, 1, 1)).put("┬", state.theme.dim);
        }
    }
    if let Some(area) = areas.bytes_rule {
        if area.width == 1 {
            for y in area.y..area.bottom() {
                Pen::new(buffer, Rect::new(area.x, y, 1, 1)).put("│", state.theme.dim);
            }
        } else {
            Pen::new(buffer, area).fill("─", state.theme.dim);
        }
    }
}

fn tabs(state: &State, area: Rect, buffer: &mut Buffer) {
    let alone = state.scene.areas.page.is_none() || state.pane == Pane::Page && state.scene.areas.fields.is_none();
    let here = if state.zoomed || alone { state.pane } else { state.tab };
    let mut pen = Pen::new(buffer, area);
    pen.skip(1);
    // Where the list stands above, only what is below it has tabs.
    let above = state.scene.areas.page.is_some() && !state.zoomed && !alone;
    for pane in Pane::ALL.into_iter().filter(|pane| *pane != Pane::Page || !above) {
        if pane == here {
            let style = if state.pane == pane { state.theme.active } else { state.theme.title };
            pen.put("[ ", state.theme.dim).put(pane.name(), style).put(" ]", state.theme.dim);
        } else {
            pen.put(" ", state.theme.dim).put(pane.name(), state.theme.dim).put(" ", state.theme.dim);
        }
        pen.put("─", state.theme.dim);
    }
}

/// The screen as an SVG document.
pub(super) fn picture(inspector: &Inspector) -> String {
    let (width, height) = inspector.state.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    draw(inspector, &mut buffer);
    svg::draw(&buffer, inspector.state.theme.name == "light")
}
