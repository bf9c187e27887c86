//! The mouse: a click selects what it hits, the wheel goes over rows.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use crate::tui::effect::Effect;
use crate::tui::inspector::Inspector;
use crate::tui::keys::Action;
use crate::tui::pane::Pane;

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
        if self.state.overlay.is_some() {
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

    fn click(&mut self, at: Position) {
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
            Pane::Bytes => {}
        }
    }
}
