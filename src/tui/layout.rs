//! Where the panes stand, for every size of terminal.
//!
//! From 110 columns on, list above, fields below left, diagram and bytes below right; from 190, diagram and bytes side
//! by side. Narrower, list above and one pane below, chosen by tabs. Under 80 × 24, one pane at a time.

use ratatui::layout::Rect;

use super::state::{Pane, State, View};

/// Columns of a bit diagram of 32 bits.
const DIAGRAM: u16 = 65;

/// Columns of the fields beside a page.
const FIELDS: u16 = 60;

/// Columns of a line of 16 bytes.
const BYTES: u16 = 76;

/// Columns a pane beside another is never narrower than: a diagram of 16 bits.
const NARROWEST: u16 = 33;

/// The parts of the screen. Parts that are not shown are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Areas {
    /// The head line.
    pub head: Rect,
    /// The foot line.
    pub foot: Rect,
    /// The list with its headings.
    pub list: Option<Rect>,
    /// The lines of a view that is no list of frames.
    pub page: Option<Rect>,
    /// The lines below the connections.
    pub below: Option<Rect>,
    /// The line between list and details.
    pub rule: Option<Rect>,
    /// The line between fields and what is right of them.
    pub fields_rule: Option<Rect>,
    /// The line between diagram and bytes.
    pub bytes_rule: Option<Rect>,
    /// Details are chosen by tabs, which stand in `rule` or in the head of the pane.
    pub tabs: bool,
    /// The fields.
    pub fields: Option<Rect>,
    /// The bit diagram.
    pub bits: Option<Rect>,
    /// The bytes, their tabs included.
    pub bytes: Option<Rect>,
}

impl Areas {
    /// The parts at this state's size.
    #[must_use]
    pub fn of(state: &State) -> Areas {
        let (width, height) = state.size;
        let mut areas = Areas {
            head: Rect::new(0, 0, width, height.min(1)),
            foot: Rect::new(0, height.saturating_sub(1), width, if height > 1 { 1 } else { 0 }),
            ..Areas::default()
        };
        let body = Rect::new(0, 1.min(height), width, height.saturating_sub(2));
        if body.height == 0 {
            return areas;
        }
        if state.view != View::Frames {
            areas.page(state, body);
            return areas;
        }
        if state.list.selected == 0 {
            // Nothing is selected, so there is nothing to say of it.
            areas.list = Some(body);
            return areas;
        }
        if state.zoomed || width < 80 || height < 24 {
            areas.alone(state.pane, body);
            return areas;
        }
        let list = upper(state, body);
        areas.list = Some(Rect { height: list, ..body });
        areas.rule = Some(Rect { y: body.y + list, height: 1, ..body });
        let lower = Rect { y: body.y + list + 1, height: body.height.saturating_sub(list + 1), ..body };
        if width < 110 {
            areas.tabs = true;
            areas.one(state.tab, lower);
        } else if width < 190 {
            areas.two_columns(state, lower);
        } else {
            areas.three_columns(state, lower);
        }
        areas
    }

    /// A view of lines; connections have the handshake below, the others the fields of the selected frame beside, where
    /// there is room.
    fn page(&mut self, state: &State, body: Rect) {
        if state.zoomed {
            self.page = Some(body);
        } else if state.view == View::Connections && body.height >= 16 {
            let list = connections(state, body);
            self.page = Some(Rect { height: list, ..body });
            self.rule = Some(Rect { y: body.y + list, height: 1, ..body });
            self.below = Some(Rect { y: body.y + list + 1, height: body.height - list - 1, ..body });
        } else if state.view.is_page() && state.view != View::Handshake && body.width >= 150 {
            let page = body.width - FIELDS - 1;
            self.page = Some(Rect { width: page, ..body });
            self.fields_rule = Some(Rect { x: page, width: 1, ..body });
            self.fields = Some(Rect { x: page + 1, width: FIELDS, ..body });
        } else {
            self.page = Some(body);
        }
    }

    fn one(&mut self, pane: Pane, area: Rect) {
        match pane {
            Pane::List => self.list = Some(area),
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
        let diagram = state.scene.diagram_height.min(right.height.saturating_sub(5));
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

    /// The panes that Tab goes through: those that are shown, or that a tab stands for.
    #[must_use]
    pub fn panes(&self) -> Vec<Pane> {
        let shown = |pane: &Pane| match pane {
            Pane::List => true,
            Pane::Fields => self.tabs || self.fields.is_some(),
            Pane::Bits => self.tabs || self.bits.is_some(),
            Pane::Bytes => self.tabs || self.bytes.is_some(),
        };
        Pane::ALL.into_iter().filter(shown).collect()
    }
}

/// The width of a pane after the user has moved its edge: never less than [`NARROWEST`], nor more than `most`.
fn moved(width: u16, by: i16, most: u16) -> u16 {
    width.saturating_add_signed(by).clamp(NARROWEST.min(most), most)
}

/// Lines of the connections with their heading: where there are few, and no more come, the handshake gets the rest.
fn connections(state: &State, body: Rect) -> u16 {
    let most = upper(state, body);
    let few = u16::try_from(state.scene.counts[2]).unwrap_or(most).saturating_add(1);
    if state.split == 0 && state.scene.progress.finished { few.clamp(2, most) } else { most }
}

/// Lines of the list, where something stands below it.
fn upper(state: &State, body: Rect) -> u16 {
    let least = 5;
    let wanted = i32::from(body.height) * 2 / 5 + i32::from(state.split);
    let most = (i32::from(body.height) - 7).max(least);
    u16::try_from(wanted.max(least).min(most)).unwrap_or(5)
}
