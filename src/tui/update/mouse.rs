//! The mouse: a click selects what it hits, the wheel goes over rows.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::Effect;
use crate::tui::keys::Action;
use crate::tui::state::{Pane, State, View};

/// Rows that one turn of the wheel goes over.
const WHEEL: u64 = 3;

impl State {
    pub(super) fn mouse_event(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        if self.overlay.is_some() {
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
            _ => {}
        }
        Vec::new()
    }

    /// Gives the keys to the pane under the mouse.
    fn point(&mut self, at: Position) -> Option<(Pane, Rect)> {
        let areas = &self.scene.areas;
        let panes = [
            (Pane::List, areas.list.or(areas.page)),
            (Pane::Fields, areas.fields),
            (Pane::Bits, areas.bits),
            (Pane::Bytes, areas.bytes),
        ];
        let (pane, area) =
            panes.into_iter().filter_map(|(pane, area)| Some((pane, area?))).find(|(_, area)| area.contains(at))?;
        self.focus(pane);
        Some((pane, area))
    }

    fn click(&mut self, at: Position) {
        let Some((pane, area)) = self.point(at) else { return };
        let line = u64::from(at.y - area.y);
        match pane {
            Pane::List if self.view == View::Frames => {
                let shared = self.trace.clone();
                let trace = shared.read();
                let row = (self.list.top + line).saturating_sub(1);
                if line > 0 && row < self.list.rows.len(&trace) {
                    self.select_row(&trace, row);
                }
            }
            Pane::List => {}
            Pane::Fields => {
                let row = usize::try_from(self.fields.top + line).unwrap_or(usize::MAX);
                if let Some(field) = self.scene.fields.get(row).copied() {
                    if field.index == self.fields.selected {
                        self.fold(None);
                    } else {
                        self.choose_field(field.index);
                        self.put_cursor_on_field();
                    }
                }
            }
            Pane::Bits => self.click_bits(at, area),
            Pane::Bytes => {}
        }
    }

    fn click_bits(&mut self, at: Position, area: Rect) {
        let Some(diagram) = &self.scene.diagram else { return };
        let left = usize::from(area.width).saturating_sub(diagram.width) / 2;
        let column = usize::from(at.x - area.x).checked_sub(left);
        let line = diagram.lines.get(usize::from(at.y - area.y) + self.scene.diagram_top);
        let (Some(column), Some(line)) = (column, line) else { return };
        let mut end = 0;
        let hit = line.iter().find(|part| {
            end += part.text.chars().count();
            column < end
        });
        if let Some(index) = hit.and_then(|part| part.field) {
            self.choose_field(index);
            self.put_cursor_on_field();
        }
    }
}
