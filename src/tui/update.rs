//! From what happened to what changes. No input or output here: what is to be done outside comes back as [`Effect`]s.

use std::sync::atomic::AtomicU64;

use crossterm::event::{KeyEvent, KeyEventKind};

use super::draw::help;
use super::edit::Edit;
use super::effect::Effect;
use super::event::Event;
use super::inspector::Inspector;
use super::keys::{Action, Chord, Meaning};
use super::menu::Menu;
use super::page_name::PageName;
use super::pages;
use super::pane::Pane;
use super::rows::Kind;
use super::search::search;
use super::state::{Awaited, ColumnsBox, Overlay, State, Typed};
use super::text;

mod columns;
mod filtering;
mod finding;
mod live;
mod marks;
mod mouse;
mod overlays;
mod taking;

impl Inspector {
    /// Changes the state by what happened.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = self.happened(event);
        effects.extend(self.state.refilter(false));
        effects
    }

    fn happened(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) => self.key(key),
            Event::Opened => {
                self.state.waiting = false;
                Vec::new()
            }
            Event::Finished(lines, contents) => {
                self.state.contents = *contents;
                self.state.warnings = lines.iter().map(|line| text::safe(line)).collect();
                // What was said before, of the configuration, is not lost; the head says that there are warnings.
                self.state.message = self.state.message.take().or(self.state.warnings.first().cloned());
                Vec::new()
            }
            Event::Mouse(mouse) => self.mouse_event(mouse),
            Event::Paste(text) => {
                self.state.paste(&text);
                Vec::new()
            }
            Event::Ground(light) => {
                if let Some(themes) = self.state.themes.take() {
                    self.state.theme = if light { themes.light } else { themes.dark };
                }
                Vec::new()
            }
            Event::Searched(number, outcome) => {
                self.state.searched(number, outcome);
                Vec::new()
            }
            Event::Wrote(result) => {
                self.state.wrote(result);
                Vec::new()
            }
            Event::Live(status) => self.state.told(*status),
            Event::Kept(keep, result) => self.state.was_kept(keep, result),
            Event::Pause => {
                match &mut self.state.number {
                    Some(number) if !number.rested && self.state.typed.is_empty() => number.rested = true,
                    _ => {
                        self.state.number = None;
                        self.state.typed.clear();
                    }
                }
                Vec::new()
            }
            Event::Grown | Event::Filtered => Vec::new(),
            // What a terminal keeps of the picture when its size changes is its own affair.
            Event::Resize(..) | Event::Continued => vec![Effect::Redraw],
            Event::Terminate => vec![Effect::Quit],
            Event::Stop => vec![Effect::Suspend],
        }
    }

    /// Presses a key and waits until everything it leads to is done, searches too. What would leave this state is not
    /// done.
    pub fn press(&mut self, chord: Chord, size: (u16, u16)) -> Vec<Effect> {
        let effects = self.update(Event::Key(chord.event()));
        for effect in &effects {
            if let Effect::Filter(filtered) = effect {
                filtered.go_on(&self.state.trace.clone(), &*self.state.store.clone(), || {});
            }
            if let Effect::Search(wanted) = effect {
                let newest = AtomicU64::new(wanted.number);
                let mut outcomes = Vec::new();
                let (trace, store) = (self.state.trace.clone(), self.state.store.clone());
                search(&trace, &*store, wanted, &newest, |outcome| outcomes.push(outcome));
                for outcome in outcomes {
                    self.update(Event::Searched(wanted.number, outcome));
                }
            }
        }
        self.settle(size);
        while self.state.busy {
            self.settle(size);
        }
        effects
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        self.state.message = None;
        self.state.find.said = false;
        self.state.going = None;
        let chord = Chord::from(key);
        if self.state.overlay.as_ref().is_some_and(|overlay| !matches!(overlay, Overlay::Help(_))) {
            return self.overlay_key(chord);
        }
        if let Some(awaited) = self.state.awaited.take() {
            self.state.letter(awaited, chord);
            return Vec::new();
        }
        if let Some(digit) = chord.digit().filter(|_| self.state.typed.is_empty()) {
            // Help has neither views nor counts.
            if self.state.overlay.is_none() {
                self.state.digit(digit);
            }
            return Vec::new();
        }
        self.state.typed.push(chord);
        match self.state.keys.meaning(&self.state.typed) {
            Meaning::More => Vec::new(),
            Meaning::Nothing => {
                self.state.typed.clear();
                self.state.number = None;
                Vec::new()
            }
            Meaning::Action(action) => {
                self.state.typed.clear();
                let number = self.state.take_number();
                self.act(action, number)
            }
        }
    }

    /// Does what a key asks for. `number` is what was typed before it.
    pub fn act(&mut self, action: Action, number: Option<u64>) -> Vec<Effect> {
        if self.state.overlay.is_some() {
            return self.act_in_help(action);
        }
        match action {
            Action::Quit => return self.state.leave(),
            Action::Suspend => return vec![Effect::Suspend],
            Action::Redraw => return vec![Effect::Redraw],
            Action::Help => self.state.overlay = Some(Overlay::Help(0)),
            Action::NextPane => self.state.cycle_pane(1),
            Action::PreviousPane => self.state.cycle_pane(3),
            Action::Zoom => self.state.zoomed = !self.state.zoomed,
            Action::Grow => self.state.resize(1),
            Action::Shrink => self.state.resize(-1),
            Action::NextSource => self.state.cycle_source(true),
            Action::PreviousSource => self.state.cycle_source(false),
            Action::Unmasking => self.state.turn_steps(),
            Action::NextPacket | Action::PreviousPacket => self.state.step_packet(action == Action::NextPacket),
            Action::Messages => {
                let rows = &mut self.state.list.rows;
                rows.kind = if rows.kind == Kind::Frames { Kind::Messages } else { Kind::Frames };
                self.state.show(PageName::FRAMES);
                self.state.leave_control_frame();
            }
            Action::Only => {
                let only = if self.state.list.rows.only.is_some() { None } else { Some(self.state.connection) };
                self.state.only(only);
            }
            Action::TimeFormat => self.state.time = self.state.time.next(),
            Action::Follow => {
                self.state.follow = !self.state.follow;
                self.state.list.rows.frozen = None;
                self.state.message =
                    Some(if self.state.follow { "following what arrives" } else { "not following" }.to_owned());
            }
            Action::Freeze => self.state.freeze(),
            Action::TimeReference => self.state.set_reference(),
            Action::Filter => self.state.overlay = Some(Overlay::Filter(Edit::new(self.state.filter.text.clone()))),
            Action::Like | Action::NotLike => return self.state.filter_like(action == Action::Like),
            Action::Heartbeats => return self.state.fold_heartbeats(),
            Action::Find => self.state.overlay = Some(Overlay::Find(Edit::default(), self.state.find.reading)),
            Action::Command => self.state.overlay = Some(Overlay::Command(Edit::default())),
            Action::Palette => self.state.overlay = Some(Overlay::Palette(Edit::default(), 0)),
            Action::Copy => self.state.overlay = Some(Overlay::Menu(Menu::Copy, 0)),
            Action::Export => self.state.overlay = Some(Overlay::Menu(Menu::Export, 0)),
            Action::Columns => {
                self.state.show(PageName::FRAMES);
                self.state.overlay = Some(Overlay::Columns(ColumnsBox::default()));
            }
            Action::Mark => self.state.awaited = Some(Awaited::Mark),
            Action::GoToMark => self.state.awaited = Some(Awaited::GoToMark),
            Action::Mouse => {
                self.state.mouse = !self.state.mouse;
                let off = || "the mouse is the terminal's own: drag selects text".to_owned();
                self.state.message = Some(if self.state.mouse { mouse::selecting() } else { off() });
                return vec![Effect::Mouse(self.state.mouse)];
            }
            Action::FindNext | Action::FindPrevious => return self.find_again(action == Action::FindNext),
            Action::NextSame | Action::PreviousSame => return self.state.find_same(action == Action::NextSame),
            Action::NextFinding => return self.state.find_finding(),
            Action::Open => self.open(),
            Action::Back if self.state.find.going_on => {
                self.state.message = Some("left off".to_owned());
                return self.state.leave_off();
            }
            Action::Back => self.state.back(),
            Action::NextInConnection | Action::PreviousInConnection => self.state.jump(action),
            Action::Top | Action::Bottom if number.is_some() => self.state.go_to(number.unwrap_or(1)),
            _ => self.step(action, number.unwrap_or(1).max(1)),
        }
        Vec::new()
    }

    fn act_in_help(&mut self, action: Action) -> Vec<Effect> {
        let place = pages::place(&self.state);
        let lines = help::rows(&self.state.keys, place, self.state.size.0).len();
        let seen = help::seen(self.state.size.1);
        let Some(Overlay::Help(top)) = &mut self.state.overlay else { return Vec::new() };
        let page = seen.max(1);
        *top = match action {
            Action::Down => top.saturating_add(1),
            Action::Up => top.saturating_sub(1),
            Action::PageDown | Action::HalfDown => top.saturating_add(page),
            Action::PageUp | Action::HalfUp => top.saturating_sub(page),
            Action::Top => 0,
            Action::Bottom => lines,
            Action::Suspend => return vec![Effect::Suspend],
            Action::Back | Action::Help | Action::Quit | Action::Open => {
                self.state.overlay = None;
                return Vec::new();
            }
            _ => *top,
        }
        .min(lines.saturating_sub(seen));
        Vec::new()
    }

    /// Goes into what is selected.
    fn open(&mut self) {
        let Inspector { state, pages } = self;
        match state.pane {
            Pane::Page => {
                if let Some(page) = pages.get_mut(state.page) {
                    page.open(state);
                }
            }
            Pane::Fields => state.fold(None),
            Pane::Bits | Pane::Bytes => state.focus(Pane::Fields),
        }
    }

    /// A key of movement, where the keys are.
    fn step(&mut self, action: Action, times: u64) {
        let Inspector { state, pages } = self;
        match state.pane {
            Pane::Page => {
                if let Some(page) = pages.get_mut(state.page) {
                    page.step(state, action, times);
                }
            }
            Pane::Fields => state.step_fields(action, times),
            Pane::Bits => state.step_bits(action, times),
            Pane::Bytes => state.step_bytes(action, times),
        }
    }
}

impl State {
    /// A digit chooses a page at once; where another follows at once, they are a number, for what takes one.
    fn digit(&mut self, digit: u8) {
        let begun = self.number.filter(|typed| !typed.rested);
        let typed = begun.unwrap_or(Typed { number: 0, digits: 0, before: self.page, rested: false });
        let number = typed.number.saturating_mul(10).saturating_add(u64::from(digit));
        self.number = (number > 0).then_some(Typed { number, digits: typed.digits.saturating_add(1), ..typed });
        if let Some(page) = pages::of_digit(digit) {
            self.show(page);
        }
    }

    /// The number typed before an action. One digit chose a page and is no number, whatever follows it: so `gg` after it
    /// is the first row of that page.
    fn take_number(&mut self) -> Option<u64> {
        let typed = self.number.take().filter(|typed| typed.digits > 1)?;
        self.show(typed.before);
        Some(typed.number)
    }

    /// Gives the pane that has the keys more room, or less: lines where it stands above or below, columns beside.
    fn resize(&mut self, by: i16) {
        let beside = self.page == PageName::FRAMES && self.scene.areas.fields_rule.is_some();
        let (what, by) = match self.pane {
            Pane::Page => (&mut self.split, by),
            Pane::Fields if beside => (&mut self.divide, 2 * by),
            Pane::Bits | Pane::Bytes if beside => (&mut self.divide, -2 * by),
            _ => (&mut self.split, -by),
        };
        *what = what.saturating_add(by).clamp(-200, 200);
    }

    fn cycle_pane(&mut self, steps: usize) {
        let panes = self.scene.areas.panes();
        let here = panes.iter().position(|pane| *pane == self.pane).unwrap_or(0);
        self.focus(panes.iter().cycle().nth(here + steps).copied().unwrap_or(Pane::Page));
    }

    fn back(&mut self) {
        if self.zoomed {
            self.zoomed = false;
        } else if self.pane != Pane::Page {
            self.focus(Pane::Page);
        } else if self.page != PageName::FRAMES {
            self.show(PageName::FRAMES);
        } else if self.list.rows.only.is_some() {
            self.only(None);
        } else if self.list.rows.shown.is_some() {
            self.filter.text.clear();
            self.filter.no_heartbeats = false;
            // Where there is no filter there is nothing to go on with.
            drop(self.refilter(true));
            self.message = Some("all is shown".to_owned());
        } else {
            self.find.marking = false;
        }
    }

    fn jump(&mut self, action: Action) {
        let shared = self.trace.clone();
        let trace = shared.read();
        let here = self.list.selected;
        let connection = trace.frames().get(here).and_then(|row| trace.connections().get(row.socket));
        let (to, none) = match action {
            Action::NextInConnection => (connection.and_then(|c| c.after(here)), "last frame of this connection"),
            _ => (connection.and_then(|c| c.before(here)), "first frame of this connection"),
        };
        match to {
            Some(frame) => {
                self.list.selected = frame;
                self.follow = false;
            }
            None => self.message = Some(none.to_owned()),
        }
    }
}
