//! Looking for things: in payloads on a thread of its own, in what a page or a pane shows at once.

use crate::base::Source;
use crate::base::number::wide;
use crate::fields::FrameField;
use crate::trace::Bytes;
use crate::tui::effect::Effect;
use crate::tui::hit::Hit;
use crate::tui::inspector::Inspector;
use crate::tui::page::Finding;
use crate::tui::page_name::PageName;
use crate::tui::pages;
use crate::tui::pane::Pane;
use crate::tui::pattern::Pattern;
use crate::tui::rows::Rows;
use crate::tui::search::{Hits, Outcome, Search, Wanted};
use crate::tui::state::State;
use crate::tui::text;

/// Bytes looked through at once.
const WINDOW: u64 = 1024 * 1024;

impl Inspector {
    /// Looks for a pattern, where the keys are.
    pub(super) fn find(&mut self, pattern: Pattern) -> Vec<Effect> {
        let find = &mut self.state.find;
        find.reading = pattern.reading;
        find.history.retain(|text| *text != pattern.text);
        find.history.push(pattern.text.clone());
        find.pattern = Some(pattern);
        self.find_again(true)
    }

    /// Goes to the next place of what is looked for, or to the one before.
    pub(super) fn find_again(&mut self, forward: bool) -> Vec<Effect> {
        let Inspector { state, pages } = self;
        let Some(pattern) = state.find.pattern.clone() else {
            state.message = Some("nothing to look for yet; ^f begins".to_owned());
            return Vec::new();
        };
        state.find.marking = true;
        let (hit, nowhere) = match state.pane {
            Pane::Fields | Pane::Bits => (state.find_in_fields(&pattern, forward), "in no field"),
            Pane::Bytes if state.bytes.text => (state.find_in_text(&pattern, forward), "nowhere in this text"),
            Pane::Bytes => (state.find_in_bytes(&pattern, forward), "nowhere in these bytes"),
            Pane::Page => {
                let Some(page) = pages.get_mut(state.page) else { return Vec::new() };
                match page.find(state, &pattern, forward) {
                    Finding::Frames { rows, entries } => {
                        return state.search(Wanted::Payload(pattern), rows, entries, forward);
                    }
                    Finding::Lines(hit) => (hit, "nowhere here"),
                }
            }
        };
        let what = pattern.words();
        state.message = Some(hit.map_or_else(|| format!("{what} found {nowhere}"), |hit| hit.words(&what)));
        Vec::new()
    }
}

impl State {
    /// Looks for another frame with this value of the selected field.
    pub(super) fn find_same(&mut self, forward: bool) -> Vec<Effect> {
        // In the list, where no field was chosen, it is the opcode.
        let chosen = self.field().filter(|field| self.pane != Pane::Page || field.depth > 0);
        let opcode = || self.tree.iter().find(|field| field.is(FrameField::Opcode));
        let Some(field) = chosen.or_else(opcode) else { return Vec::new() };
        let wanted = Wanted::Field(field.field, field.value.clone(), field.text.clone());
        self.search(wanted, self.list.rows.clone(), false, forward)
    }

    /// Looks for another frame with a finding.
    pub(super) fn find_finding(&mut self) -> Vec<Effect> {
        self.search(Wanted::Finding, self.list.rows.clone(), false, true)
    }

    /// Goes to the next of some frames: at once where they are known, else a search is begun.
    fn search(&mut self, wanted: Wanted, rows: Rows, entries: bool, forward: bool) -> Vec<Effect> {
        let shared = self.trace.clone();
        let trace = shared.read();
        let selected = self.list.selected;
        self.find.number += 1;
        let from = rows.row(&trace, selected);
        let search = Search { number: self.find.number, wanted, rows: rows.clone(), from, forward, entries };
        let like = self.find.last.as_ref().is_some_and(|last| last.is_like(&search));
        let known = self.find.hits.as_ref().filter(|hits| like && !hits.more && hits.of == rows.len(&trace));
        let next = known.and_then(|hits| Hit::next(&hits.frames, selected, forward));
        let what = search.wanted.words();
        let payload = matches!(search.wanted, Wanted::Payload(_));
        self.find.last = Some(search.clone());
        drop(trace);
        if let Some((frame, hit)) = next {
            self.go_to_hit(frame, payload);
            self.message = Some(hit.words(&what));
            return self.leave_off();
        }
        (self.find.hits, self.find.at, self.find.going_on) = (None, None, true);
        vec![Effect::Search(search)]
    }

    /// Ends the search that goes on.
    pub(super) fn leave_off(&mut self) -> Vec<Effect> {
        if !std::mem::take(&mut self.find.going_on) {
            return Vec::new();
        }
        self.find.number += 1;
        vec![Effect::LeaveOff(self.find.number)]
    }

    /// Takes up what comes of a search.
    pub(super) fn searched(&mut self, number: u64, outcome: Outcome) {
        let Some(search) = self.find.last.clone().filter(|_| number == self.find.number) else { return };
        let what = search.wanted.words();
        let said = match outcome {
            Outcome::Found(frame, wrapped) => {
                self.find.at = Some((frame, wrapped));
                self.go_to_hit(frame, matches!(search.wanted, Wanted::Payload(_)));
                return;
            }
            Outcome::Looking(percent) if self.find.at.is_some() => format!("{what}: counting … {percent} %"),
            Outcome::Looking(percent) => format!("{what}: looking … {percent} %, Esc leaves off"),
            Outcome::Over(hits) => {
                self.find.going_on = false;
                let said = self.counted(&search, &what, &hits);
                self.find.hits = Some(hits);
                said
            }
        };
        // What else was said meanwhile, and what was gone to, stand.
        let moved = self.find.at.is_some_and(|(frame, _)| frame != self.list.selected);
        if !moved && (self.message.is_none() || self.find.said) {
            self.message = Some(said);
            self.find.said = true;
        }
    }

    /// What to say of all frames that something was found in.
    fn counted(&self, search: &Search, what: &str, hits: &Hits) -> String {
        match self.find.at {
            None => self.nowhere(search, what),
            Some((frame, wrapped)) if hits.more => {
                let most = text::count(wide(hits.frames.len()));
                let wrapped = if wrapped { ", went on from the other end" } else { "" };
                format!("{what}: frame {frame}, one of more than {most}{wrapped}")
            }
            Some((frame, wrapped)) => {
                let nth = hits.frames.partition_point(|hit| *hit <= frame);
                Hit { nth, of: hits.frames.len(), wrapped }.words(what)
            }
        }
    }

    fn nowhere(&self, search: &Search, what: &str) -> String {
        let trace = self.trace.read();
        let so_far = if trace.progress().finished { "" } else { " so far" };
        let of = search.rows.only.map_or(String::new(), |id| format!(" of connection {}", id.label()));
        match search.wanted {
            Wanted::Finding if trace.notes().kept() > 0 => {
                format!("no frame{of} with a warning or an error{so_far}; 5 lists all notes")
            }
            Wanted::Finding => format!("no frame{of} with a finding{so_far}"),
            _ => format!("{what} found in no frame{of}{so_far}"),
        }
    }

    fn go_to_hit(&mut self, frame: u64, payload: bool) {
        self.list.selected = frame;
        self.follow = false;
        (self.find.show_bytes, self.find.show_text) = (payload, payload);
        if !pages::shows_selected(self) {
            self.show(PageName::FRAMES);
        }
    }

    /// Goes to the place in the bytes of a frame that a search has led to: in the source that is shown, or in the first
    /// that has it.
    pub(in crate::tui) fn settle_hit(&mut self) {
        let Some(pattern) = self.find.marked().cloned().filter(|_| self.find.show_bytes && !self.busy) else { return };
        self.find.show_bytes = false;
        let Some(detail) = &self.detail else { return };
        let there = detail.sources();
        let order = [Source::Unmasked, Source::Message, Source::Inflated, Source::Frame];
        let shown = Some(self.bytes.source).filter(|source| *source != Source::Packet);
        let sources = shown.into_iter().chain(order);
        let mut sources = sources.filter(|source| there.iter().any(|(known, _)| known == source));
        let found = sources.find_map(|source| Some((source, *self.places_in(&pattern, source).first()?)));
        if let Some((source, place)) = found {
            (self.bytes.source, self.bytes.cursor) = (source, place);
        }
    }

    fn find_in_fields(&mut self, pattern: &Pattern, forward: bool) -> Option<Hit> {
        let has = |(index, field): (usize, &crate::fields::Node)| {
            let text = format!("{} {} {} {}", field.label, field.text, field.meaning, field.clause);
            pattern.is_in(text.as_bytes()).then_some(index)
        };
        let places: Vec<usize> = self.tree.iter().enumerate().filter_map(has).collect();
        let (index, hit) = Hit::next(&places, self.fields.selected, forward)?;
        self.choose_field(index);
        self.put_cursor_on_field();
        Some(hit)
    }

    fn find_in_text(&mut self, pattern: &Pattern, forward: bool) -> Option<Hit> {
        let lines = self.scene.text.lines.iter().enumerate();
        let places: Vec<usize> =
            lines.filter(|(_, line)| pattern.is_in(line.as_bytes())).map(|(index, _)| index).collect();
        let (line, hit) = Hit::next(&places, self.bytes.text_top, forward)?;
        self.bytes.text_top = line;
        Some(hit)
    }

    fn find_in_bytes(&mut self, pattern: &Pattern, forward: bool) -> Option<Hit> {
        let places = self.places_in(pattern, self.bytes.source);
        let (place, hit) = Hit::next(&places, self.bytes.cursor, forward)?;
        self.bytes.cursor = place;
        self.put_field_under_cursor();
        Some(hit)
    }

    /// Where a pattern begins in the bytes of a source, as far as they are looked through.
    fn places_in(&self, pattern: &Pattern, source: Source) -> Vec<u64> {
        let trace = self.trace.read();
        let Some(detail) = &self.detail else { return Vec::new() };
        let window = detail.window(Bytes::new(&trace, &*self.store), source, 0..WINDOW.saturating_mul(8));
        pattern.all(&window.bytes).map(|range| wide(range.start)).collect()
    }
}
