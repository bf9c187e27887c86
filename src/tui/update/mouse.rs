//! The mouse: a click selects what it hits, shows the pane, view or source whose name it hits; the wheel goes over rows.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::tui::draw;
use crate::tui::effect::Effect;
use crate::tui::inspector::Inspector;
use crate::tui::keys::Action;
use crate::tui::pages;
use crate::tui::pane::Pane;
use crate::tui::state::Overlay;

/// Rows that one turn of the wheel goes over.
const WHEEL: u64 = 3;

/// How text is selected while the mouse is reported: terminals have a key that leaves it to them.
pub(super) fn selecting() -> String {
    let key = match std::env::var("TERM_PROGRAM").as_deref() {
        Ok("Apple_Terminal") => "Fn",
        Ok("iTerm.app") => "Option",
        _ => "Shift",
    };
    format!("{key} and drag selects text; % leaves the mouse to the terminal")
}

impl Inspector {
    pub(super) fn mouse_event(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        let wheel = matches!(mouse.kind, MouseEventKind::ScrollDown | MouseEventKind::ScrollUp);
        let help = matches!(self.state.overlay, Some(Overlay::Help(_)));
        if self.state.overlay.is_some() && !(help && wheel) {
            return Vec::new();
        }
        let at = Position::new(mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::ScrollDown => {
                self.point(at);
                return self.act(Action::Down, Some(WHEEL));
            }
            MouseEventKind::ScrollUp => {
                self.point(at);
                return self.act(Action::Up, Some(WHEEL));
            }
            MouseEventKind::Down(MouseButton::Left) => self.click(at),
            // Somebody wants to select text.
            MouseEventKind::Drag(_) => self.state.message = Some(selecting()),
            _ => {}
        }
        Vec::new()
    }

    /// Gives the keys to the pane under the mouse.
    fn point(&mut self, at: Position) -> Option<(Pane, Rect)> {
        let areas = &self.state.scene.areas;
        let panes = [
            (Pane::Page, areas.page),
            (Pane::Fields, areas.fields),
            (Pane::Bits, areas.bits),
            (Pane::Bytes, areas.bytes),
        ];
        let (pane, area) =
            panes.into_iter().filter_map(|(pane, area)| Some((pane, area?))).find(|(_, area)| area.contains(at))?;
        self.state.focus(pane);
        Some((pane, area))
    }

    /// The word that is drawn at a place.
    fn word_at(&self, at: Position) -> String {
        let (width, height) = self.state.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        draw::draw(self, &mut buffer);
        let is_letter =
            |x: &u16| buffer.cell((*x, at.y)).is_some_and(|cell| cell.symbol().chars().all(char::is_alphanumeric));
        let first = (0..=at.x).rev().take_while(is_letter).last();
        let word = first.into_iter().flat_map(|first| (first..width).take_while(is_letter));
        word.filter_map(|x| buffer.cell((x, at.y))).map(ratatui::buffer::Cell::symbol).collect()
    }

    /// A click on the name of a pane, a view or a source of bytes shows it; `false` where it hit none.
    fn click_name(&mut self, at: Position) -> bool {
        let areas = self.state.scene.areas;
        let is_in = |area: Option<Rect>| area.is_some_and(|area| area.height == 1 && area.contains(at));
        let foot = areas.foot.contains(at) && self.state.message.is_none();
        let rule = is_in(areas.rule) || is_in(areas.bytes_rule) || is_in(areas.titles);
        let sources = areas.bytes.is_some_and(|area| area.y == at.y && area.contains(at));
        if !foot && !rule && !sources {
            return false;
        }
        let word = self.word_at(at);
        if foot {
            let page = word.parse().ok().and_then(pages::of_digit).or_else(|| pages::named(&word));
            page.into_iter().for_each(|page| self.state.show(page));
        } else if sources {
            self.state.focus(Pane::Bytes);
            self.state.click_source(&word);
        } else if let Some(pane) = Pane::ALL.into_iter().find(|pane| pane.name() == word) {
            self.state.focus(pane);
        }
        true
    }

    fn click(&mut self, at: Position) {
        self.state.number = None;
        if self.click_name(at) {
            return;
        }
        let Some((pane, area)) = self.point(at) else { return };
        let line = u64::from(at.y - area.y);
        let Inspector { state, pages } = self;
        match pane {
            Pane::Page => {
                if let Some(page) = pages.get_mut(state.page) {
                    page.click(state, line);
                }
            }
            Pane::Fields => state.click_field(line),
            Pane::Bits => state.click_bits(at, area),
            Pane::Bytes => state.click_bytes(line, at.x - area.x),
        }
    }
}
