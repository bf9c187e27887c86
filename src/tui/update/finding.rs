//! Looking for things: in payloads on a thread of its own, in fields and bytes at once.

use crate::fields::FrameField;
use crate::trace::Bytes;
use crate::tui::effect::Effect;
use crate::tui::page_name::PageName;
use crate::tui::pages;
use crate::tui::pane::Pane;
use crate::tui::pattern::Pattern;
use crate::tui::search::{Outcome, Search, Wanted};
use crate::tui::state::State;
use crate::tui::text;

/// Bytes looked through at once.
const WINDOW: u64 = 1024 * 1024;

impl State {
    /// Looks for a pattern, where the keys are.
    pub(super) fn find(&mut self, pattern: Pattern) -> Vec<Effect> {
        self.find.reading = pattern.reading;
        self.find.history.retain(|text| *text != pattern.text);
        self.find.history.push(pattern.text.clone());
        self.find.pattern = Some(pattern);
        self.find_again(true)
    }

    pub(super) fn find_again(&mut self, forward: bool) -> Vec<Effect> {
        let Some(pattern) = self.find.pattern.clone() else {
            self.message = Some("nothing to look for yet; / begins".to_owned());
            return Vec::new();
        };
        match (self.page, self.pane) {
            (PageName::FRAMES, Pane::Fields | Pane::Bits) => self.find_in_fields(&pattern, forward),
            (PageName::FRAMES, Pane::Bytes) if self.bytes.text => self.find_in_text(&pattern, forward),
            (PageName::FRAMES, Pane::Bytes) => self.find_in_bytes(&pattern, forward),
            _ => return self.search(Wanted::Payload(pattern), forward),
        }
        Vec::new()
    }

    /// Looks for another frame with this value of the selected field.
    pub(super) fn find_same(&mut self, forward: bool) -> Vec<Effect> {
        // In the list, where no field was chosen, it is the opcode.
        let chosen = self.field().filter(|field| self.pane != Pane::Page || field.depth > 0);
        let opcode = || self.tree.iter().find(|field| field.is(FrameField::Opcode));
        let Some(field) = chosen.or_else(opcode) else { return Vec::new() };
        let (id, label, value) = (field.field, field.label.to_string(), field.text.clone());
        let mut effects = self.search(Wanted::Field(id, value.clone()), forward);
        self.message = Some(text::safe(&format!("{label} {value}")));
        effects.truncate(1);
        effects
    }

    /// Starts a search over the rows.
    pub(super) fn search(&mut self, wanted: Wanted, forward: bool) -> Vec<Effect> {
        let shared = self.trace.clone();
        let from = self.list.rows.row(&shared.read(), self.list.selected);
        self.find.number += 1;
        vec![Effect::Search(Search { number: self.find.number, wanted, rows: self.list.rows, from, forward })]
    }

    pub(super) fn searched(&mut self, number: u64, outcome: Outcome) {
        if number != self.find.number {
            return;
        }
        self.message = match outcome {
            Outcome::Found(frame, wrapped) => {
                self.list.selected = frame;
                self.follow = false;
                if !pages::shows_selected(self) {
                    self.show(PageName::FRAMES);
                }
                wrapped.then(|| "went on from the other end".to_owned())
            }
            Outcome::Nowhere => Some("found in no frame".to_owned()),
            Outcome::Looking(percent) => Some(format!("looking … {percent} %, Esc leaves off")),
        };
    }

    fn find_in_fields(&mut self, pattern: &Pattern, forward: bool) {
        let count = self.tree.len();
        let here = self.fields.selected;
        let steps = 1..=count;
        let order = steps.map(|step| if forward { (here + step) % count } else { (here + count - step) % count });
        let found = order.into_iter().find(|index| {
            self.tree.get(*index).is_some_and(|field| {
                let text = format!("{} {} {} {}", field.label, field.text, field.meaning, field.clause);
                pattern.is_in(text.as_bytes())
            })
        });
        match found {
            Some(index) => {
                self.choose_field(index);
                self.put_cursor_on_field();
            }
            None => self.message = Some("found in no field".to_owned()),
        }
    }

    fn find_in_text(&mut self, pattern: &Pattern, forward: bool) {
        let lines = &self.scene.text.lines;
        let here = self.bytes.text_top;
        let has = |index: &usize| lines.get(*index).is_some_and(|line| pattern.is_in(line.as_bytes()));
        let found = if forward {
            (here + 1..lines.len()).find(has).or_else(|| (0..=here).find(has))
        } else {
            (0..here).rev().find(has).or_else(|| (here..lines.len()).rev().find(has))
        };
        match found {
            Some(line) => self.bytes.text_top = line,
            None => self.message = Some("found nowhere in this text".to_owned()),
        }
    }

    fn find_in_bytes(&mut self, pattern: &Pattern, forward: bool) {
        let shared = self.trace.clone();
        let trace = shared.read();
        let Some(detail) = &self.detail else { return };
        let source = self.bytes.source;
        let window = detail.window(Bytes::new(&trace, &*self.store), source, 0..WINDOW.saturating_mul(8));
        let here = self.bytes.cursor;
        let places: Vec<u64> = pattern.all(&window.bytes).filter_map(|range| u64::try_from(range.start).ok()).collect();
        let found = if forward {
            places.iter().find(|place| **place > here).or(places.first())
        } else {
            places.iter().rev().find(|place| **place < here).or(places.last())
        };
        match found {
            Some(place) => {
                self.bytes.cursor = *place;
                drop(trace);
                self.put_field_under_cursor();
            }
            None => self.message = Some("found nowhere in these bytes".to_owned()),
        }
    }
}
