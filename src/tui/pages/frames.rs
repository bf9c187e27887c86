//! The list of frames, or of messages, with everything about the selected one below.

mod cells;
mod chosen;
mod draw;
mod like;
mod rows;

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::trace::{Bytes, Trace};
use crate::tui::areas::Areas;
use crate::tui::keys::{Action, Place, places};
use crate::tui::page::{About, Copies, Page};
use crate::tui::page_name::PageName;
use crate::tui::pane::Pane;
use crate::tui::scroll::{scrolled, stepped};
use crate::tui::state::State;
use cells::Cells;
pub(in crate::tui) use like::{column_like, columns_said};
use rows::ListRow;

/// What this page is.
pub(super) static ABOUT: About = About {
    name: PageName::FRAMES,
    shows: "the list, and everything about the selected frame",
    place: Place {
        title: "In the list",
        keys: &[
            places::foot(Action::Open, "details", "into the details of this frame"),
            places::here(Action::Right, "into the details of this frame"),
        ],
    },
    shows_selected: true,
    copies: Copies::Selected,
    page: || Box::<Frames>::default(),
};

/// The page.
#[derive(Default)]
struct Frames {
    /// The first row shown.
    top: u64,
    /// The visible rows.
    rows: Vec<ListRow>,
    /// What chosen columns and colours say of them.
    cells: Cells,
}

impl Frames {
    /// The rows that are visible. The list moves only as far as it must to show the selection.
    fn visible(&mut self, state: &State, trace: &Trace, area: Rect) -> Range<u64> {
        let height = u64::from(area.height.saturating_sub(1));
        let rows = state.scene.rows;
        let selected = state.list.rows.row(trace, state.list.selected);
        self.top = scrolled(self.top, selected, height, rows);
        self.top..rows.min(self.top + height)
    }
}

impl Page for Frames {
    fn areas(&self, state: &State, body: Rect, areas: &mut Areas) {
        areas.page_and_details(state, body);
    }

    fn frames(&mut self, state: &State, bytes: Bytes<'_>, area: Rect) -> Vec<u64> {
        let trace = bytes.trace();
        self.visible(state, trace, area).filter_map(|row| state.list.rows.frame(trace, row)).collect()
    }

    fn settle(&mut self, state: &State, bytes: Bytes<'_>, area: Rect) {
        let visible = self.visible(state, bytes.trace(), area);
        self.rows = rows::look_up(state, bytes, visible, &mut self.cells);
    }

    fn draw(&self, state: &State, area: Rect, buffer: &mut Buffer) {
        draw::draw(state, &self.rows, area, buffer);
    }

    fn step(&mut self, state: &mut State, action: Action, times: u64) {
        if action == Action::Right {
            return details(state);
        }
        let shared = state.trace.clone();
        let trace = shared.read();
        let rows = state.list.rows.len(&trace);
        let here = state.list.rows.row(&trace, state.list.selected);
        let row = stepped(action, here, rows, state.scene.areas.rows_of_page(), times);
        if rows > 0 && row != here {
            state.select_row(&trace, row);
        }
    }

    fn open(&mut self, state: &mut State) {
        if !state.unfold_heartbeats() {
            details(state);
        }
    }

    fn click(&mut self, state: &mut State, line: u64) {
        let shared = state.trace.clone();
        let trace = shared.read();
        let row = (self.top + line).saturating_sub(1);
        if line > 0 && row < state.list.rows.len(&trace) {
            state.select_row(&trace, row);
        }
    }
}

fn details(state: &mut State) {
    state.focus(if state.tab == Pane::Page { Pane::Fields } else { state.tab });
}
