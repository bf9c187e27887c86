//! Where the panes stand, for every size of terminal.
//!
//! From 110 columns on, list above, fields below left, diagram and bytes below right; from 190, diagram and bytes side
//! by side. Narrower, list above and one pane below, chosen by tabs. Under 60 × 16, one pane at a time. Pages other than
//! the list have the fields beside where there is room.

use ratatui::layout::Rect;

use super::areas::Areas;
use super::pane::Pane;
use super::state::State;

/// Columns of a bit diagram of 32 bits.
const DIAGRAM: u16 = 65;

/// Columns of the fields beside a page.
const FIELDS: u16 = 60;

/// Columns of a line of 16 bytes.
const BYTES: u16 = 76;

/// Columns and lines below which one pane fills the screen: a list of four rows and seven lines of one pane below it.
const SMALLEST: (u16, u16) = (60, 16);

/// Columns a pane beside another is never narrower than: a diagram of 16 bits.
const NARROWEST: u16 = 33;

impl Areas {
    /// Head and foot at this size, and what is between them, where there is something.
    pub(super) fn frame((width, height): (u16, u16)) -> (Areas, Option<Rect>) {
        let areas = Areas {
            head: Rect::new(0, 0, width, height.min(1)),
            foot: Rect::new(0, height.saturating_sub(1), width, if height > 1 { 1 } else { 0 }),
            ..Areas::default()
        };
        let body = Rect::new(0, 1.min(height), width, height.saturating_sub(2));
        (areas, (body.height > 0).then_some(body))
    }

    /// The page alone.
    pub(super) fn page(&mut self, body: Rect) {
        self.page = Some(body);
    }

    /// A page with a part of its own below.
    pub(super) fn page_and_below(&mut self, body: Rect, lines: u16) {
        self.page = Some(Rect { height: lines, ..body });
        self.rule = Some(Rect { y: body.y + lines, height: 1, ..body });
        self.below = Some(Rect { y: body.y + lines + 1, height: body.height - lines - 1, ..body });
    }

    /// A page with the fields of the selected frame beside, where there is room.
    pub(super) fn page_and_fields(&mut self, state: &State, body: Rect) {
        if state.zoomed || body.width < 150 {
            return self.page(body);
        }
        let page = body.width - FIELDS - 1;
        let below = Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..body };
        self.titles = Some(Rect { height: 1, ..body });
        self.page = Some(Rect { width: page, ..below });
        self.fields_rule = Some(Rect { x: page, width: 1, ..body });
        self.fields = Some(Rect { x: page + 1, width: FIELDS, ..below });
    }

    /// The list of frames with all details of the selected one.
    pub(super) fn page_and_details(&mut self, state: &State, body: Rect) {
        let (width, height) = state.size;
        if state.list.selected == 0 {
            // Nothing is selected, so there is nothing to say of it.
            return self.page(body);
        }
        if state.zoomed || width < SMALLEST.0 || height < SMALLEST.1 {
            return self.alone(state.pane, body);
        }
        let list = upper(state, body);
        self.page = Some(Rect { height: list, ..body });
        self.rule = Some(Rect { y: body.y + list, height: 1, ..body });
        let lower = Rect { y: body.y + list + 1, height: body.height.saturating_sub(list + 1), ..body };
        if width < 110 {
            self.tabs = true;
            self.one(state.tab, lower);
        } else if width < 190 {
            self.two_columns(state, lower);
        } else {
            self.three_columns(state, lower);
        }
    }

    fn one(&mut self, pane: Pane, area: Rect) {
        match pane {
            Pane::Page => self.page = Some(area),
            Pane::Fields => self.fields = Some(area),
            Pane::Bits => self.bits = Some(area),
            Pane::Bytes => self.bytes = Some(area),
        }
    }

    fn alone(&mut self, pane: Pane, body: Rect) {
        self.tabs = true;
        if body.height < 4 {
            return self.one(pane, body);
        }
        self.rule = Some(Rect { height: 1, ..body });
        self.one(pane, Rect { y: body.y + 1, height: body.height - 1, ..body });
    }

    fn two_columns(&mut self, state: &State, lower: Rect) {
        let right = DIAGRAM.max(lower.width / 2).min(BYTES);
        let left = moved(lower.width - right - 1, state.divide, lower.width - NARROWEST - 1);
        let right = lower.width - left - 1;
        self.fields = Some(Rect { width: left, ..lower });
        self.fields_rule = Some(Rect { x: left, width: 1, ..lower });
        let right = Rect { x: left + 1, width: right, ..lower };
        // The bytes have two fifths of it, and what the diagram does not need.
        let bytes = (right.height * 2 / 5).clamp(4, 12);
        let diagram = state.scene.diagram_height.min(right.height.saturating_sub(bytes + 1));
        self.bits = Some(Rect { height: diagram, ..right });
        self.bytes_rule = Some(Rect { y: right.y + diagram, height: 1, ..right });
        let below = right.height.saturating_sub(diagram + 1);
        self.bytes = Some(Rect { y: right.y + diagram + 1, height: below, ..right });
    }

    fn three_columns(&mut self, state: &State, lower: Rect) {
        let most = lower.width - DIAGRAM - NARROWEST - 2;
        let left = moved(lower.width - DIAGRAM - BYTES - 2, state.divide, most);
        self.fields = Some(Rect { width: left, ..lower });
        self.fields_rule = Some(Rect { x: left, width: 1, ..lower });
        self.bits = Some(Rect { x: left + 1, width: DIAGRAM, ..lower });
        self.bytes_rule = Some(Rect { x: left + 1 + DIAGRAM, width: 1, ..lower });
        self.bytes = Some(Rect { x: left + 2 + DIAGRAM, width: lower.width - left - DIAGRAM - 2, ..lower });
    }
}

/// The width of a pane after the user has moved its edge: never less than [`NARROWEST`], nor more than `most`.
fn moved(width: u16, by: i16, most: u16) -> u16 {
    width.saturating_add_signed(by).clamp(NARROWEST.min(most), most)
}

/// Lines of the page, where something stands below it.
pub(super) fn upper(state: &State, body: Rect) -> u16 {
    let least = 5;
    let wanted = i32::from(body.height) * 2 / 5 + i32::from(state.split);
    let most = (i32::from(body.height) - 7).max(least);
    u16::try_from(wanted.max(least).min(most)).unwrap_or(5)
}
