//! From what happened to what changes. No input or output here: what is to be done outside comes back as [`Effect`]s.

use std::sync::atomic::AtomicU64;

use crossterm::event::{KeyEvent, KeyEventKind};

use super::edit::Edit;
use super::event::{Effect, Event};
use super::keys::{Action, Chord, Meaning};
use super::menu::Menu;
use super::rows::Kind;
use super::search::{Outcome, Wanted, search};
use super::state::{Awaited, Overlay, Pane, State, Typed, View};
use super::text;
use crate::base::SocketId;
use crate::trace::Trace;

mod finding;
mod marks;
mod mouse;
mod overlays;
mod pages;
mod steps;

impl State {
    /// Changes the state by what happened.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) => self.key(key),
            Event::Opened(session) => {
                self.waiting = false;
                if let Some(session) = session {
                    self.resume(*session);
                }
                Vec::new()
            }
            Event::Finished(lines, holds) => {
                self.holds = *holds;
                self.warnings = lines.iter().map(|line| text::safe(line)).collect();
                // What was said before, of the configuration, is not lost; the head says that there are warnings.
                self.message = self.message.take().or(self.warnings.first().cloned());
                Vec::new()
            }
            Event::Mouse(mouse) => self.mouse_event(mouse),
            Event::Paste(text) => {
                self.paste(&text);
                Vec::new()
            }
            Event::Searched(number, outcome) => {
                self.searched(number, outcome);
                Vec::new()
            }
            Event::Wrote(said) => {
                self.message = Some(text::safe(&said));
                Vec::new()
            }
            Event::Live(status) => self.told(*status),
            Event::Kept(keep, result) => self.was_kept(keep, result),
            Event::Pause => {
                match &mut self.number {
                    Some(number) if !number.rested && self.typed.is_empty() => number.rested = true,
                    _ => {
                        self.number = None;
                        self.typed.clear();
                    }
                }
                Vec::new()
            }
            Event::Grown => Vec::new(),
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
            if let Effect::Search(wanted) = effect {
                let newest = AtomicU64::new(wanted.number);
                let mut outcome = Outcome::Nowhere;
                search(&self.trace.clone(), &*self.store.clone(), wanted, &newest, |found| outcome = found);
                self.update(Event::Searched(wanted.number, outcome));
            }
        }
        self.settle(size);
        while self.busy {
            self.settle(size);
        }
        effects
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        self.message = None;
        let chord = Chord::from(key);
        if self.overlay.as_ref().is_some_and(|overlay| !matches!(overlay, Overlay::Help(_))) {
            return self.overlay_key(chord);
        }
        if let Some(awaited) = self.awaited.take() {
            self.letter(awaited, chord);
            return Vec::new();
        }
        if let Some(digit) = chord.digit().filter(|_| self.typed.is_empty()) {
            // Help has neither views nor counts.
            if self.overlay.is_none() {
                self.digit(digit);
            }
            return Vec::new();
        }
        self.typed.push(chord);
        match self.keys.meaning(&self.typed) {
            Meaning::More => Vec::new(),
            Meaning::Nothing => {
                self.typed.clear();
                self.number = None;
                Vec::new()
            }
            Meaning::Action(action) => {
                self.typed.clear();
                let number = self.count_for(action);
                self.act(action, number)
            }
        }
    }

    /// A digit chooses a view at once; it is also the start of a number, for what takes one. Digits are one number
    /// only where they follow each other at once.
    fn digit(&mut self, digit: u8) {
        let begun = self.number.filter(|typed| !typed.rested);
        let typed = begun.unwrap_or(Typed { number: 0, digits: 0, before: self.view, rested: false });
        let number = typed.number.saturating_mul(10).saturating_add(u64::from(digit));
        self.number = (number > 0).then_some(Typed { number, digits: typed.digits.saturating_add(1), ..typed });
        if let Some(view) = View::of(digit) {
            self.show(view);
        }
    }

    /// The number typed before an action. One digit chose a view, unless `gg` makes it the number of a frame; several
    /// chose none. `G` after one digit is the end of the view that the digit chose: that is how both are used.
    fn count_for(&mut self, action: Action) -> Option<u64> {
        let typed = self.number.take()?;
        let counts = typed.digits > 1 || action == Action::Top;
        counts.then(|| {
            self.show(typed.before);
            typed.number
        })
    }

    /// Shows a view.
    pub fn show(&mut self, view: View) {
        if self.view != view {
            self.view = view;
            self.pane = Pane::List;
        }
        if let (View::Frames, Some(detail)) = (view, &self.detail) {
            // A connection without frames was chosen elsewhere: here all is about the selected frame.
            self.connection = detail.row.socket;
        }
    }

    /// Does what a key asks for. `number` is what was typed before it.
    pub fn act(&mut self, action: Action, number: Option<u64>) -> Vec<Effect> {
        if self.overlay.is_some() {
            return self.act_in_help(action);
        }
        match action {
            Action::Quit => return self.leave(),
            Action::Suspend => return vec![Effect::Suspend],
            Action::Redraw => return vec![Effect::Redraw],
            Action::Help => self.overlay = Some(Overlay::Help(0)),
            Action::NextPane => self.cycle_pane(1),
            Action::PreviousPane => self.cycle_pane(3),
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Grow => self.resize(1),
            Action::Shrink => self.resize(-1),
            Action::NextSource => self.cycle_source(true),
            Action::PreviousSource => self.cycle_source(false),
            Action::Messages => {
                let rows = &mut self.list.rows;
                rows.kind = if rows.kind == Kind::Frames { Kind::Messages } else { Kind::Frames };
                self.show(View::Frames);
                self.leave_control_frame();
            }
            Action::Only => {
                let only = if self.list.rows.only.is_some() { None } else { Some(self.connection) };
                self.only(only);
            }
            Action::TimeFormat => self.time = self.time.next(),
            Action::Follow => {
                self.follow = !self.follow;
                self.list.rows.frozen = None;
                self.message = Some(if self.follow { "following what arrives" } else { "not following" }.to_owned());
            }
            Action::Freeze => self.freeze(),
            Action::TimeReference => self.set_reference(),
            Action::Find => self.overlay = Some(Overlay::Find(Edit::default(), self.find.reading)),
            Action::Command => self.overlay = Some(Overlay::Command(Edit::default())),
            Action::Palette => self.overlay = Some(Overlay::Palette(Edit::default(), 0)),
            Action::Copy => self.overlay = Some(Overlay::Menu(Menu::Copy, 0)),
            Action::Export => self.overlay = Some(Overlay::Menu(Menu::Export, 0)),
            Action::Mark => self.awaited = Some(Awaited::Mark),
            Action::GoToMark => self.awaited = Some(Awaited::GoToMark),
            Action::Mouse => {
                self.mouse = !self.mouse;
                self.message = Some(if self.mouse { "mouse on" } else { "mouse off" }.to_owned());
                return vec![Effect::Mouse(self.mouse)];
            }
            Action::FindNext | Action::FindPrevious => return self.find_again(action == Action::FindNext),
            Action::NextSame | Action::PreviousSame => return self.find_same(action == Action::NextSame),
            Action::NextFinding => return self.search(Wanted::Finding, true),
            Action::Open => self.open(),
            Action::Back => self.back(),
            Action::NextInConnection | Action::PreviousInConnection => self.jump(action),
            Action::Top | Action::Bottom if number.is_some() => self.go_to(number.unwrap_or(1)),
            _ => self.step(action, number.unwrap_or(1).max(1)),
        }
        Vec::new()
    }

    fn act_in_help(&mut self, action: Action) -> Vec<Effect> {
        let lines = super::view::help::rows(&self.keys, self.place(), self.size.0).len();
        let seen = super::view::help::seen(self.size.1);
        let Some(Overlay::Help(top)) = &mut self.overlay else { return Vec::new() };
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
                self.overlay = None;
                return Vec::new();
            }
            _ => *top,
        }
        .min(lines.saturating_sub(seen));
        Vec::new()
    }

    /// Gives the pane that has the keys more room, or less: lines where it stands above or below, columns beside.
    fn resize(&mut self, by: i16) {
        let beside = self.view == View::Frames && self.scene.areas.fields_rule.is_some();
        let (what, by) = match self.pane {
            Pane::List => (&mut self.split, by),
            Pane::Fields if beside => (&mut self.divide, 2 * by),
            Pane::Bits | Pane::Bytes if beside => (&mut self.divide, -2 * by),
            _ => (&mut self.split, -by),
        };
        *what = what.saturating_add(by).clamp(-200, 200);
    }

    fn cycle_pane(&mut self, steps: usize) {
        let panes = self.scene.areas.panes();
        let here = panes.iter().position(|pane| *pane == self.pane).unwrap_or(0);
        self.focus(panes.iter().cycle().nth(here + steps).copied().unwrap_or(Pane::List));
    }

    pub(super) fn focus(&mut self, pane: Pane) {
        self.pane = pane;
        if pane != Pane::List {
            self.tab = pane;
        }
        if pane == Pane::Bytes {
            self.put_cursor_on_field();
        }
    }

    fn open(&mut self) {
        match self.pane {
            Pane::List if self.view != View::Frames => self.open_in_page(),
            Pane::List => self.focus(if self.tab == Pane::List { Pane::Fields } else { self.tab }),
            Pane::Fields => self.fold(None),
            Pane::Bits | Pane::Bytes => self.focus(Pane::Fields),
        }
    }

    fn back(&mut self) {
        if self.zoomed {
            self.zoomed = false;
        } else if self.pane != Pane::List {
            self.focus(Pane::List);
        } else if self.view != View::Frames {
            self.show(View::Frames);
        } else if self.list.rows.only.is_some() {
            self.only(None);
        }
    }

    fn cycle_source(&mut self, forward: bool) {
        // The payload as text comes before the first source.
        let sources = &self.scene.sources;
        let here = sources.iter().position(|(source, _)| *source == self.bytes.source).unwrap_or(0);
        let here = if self.bytes.text { 0 } else { here + 1 };
        let steps = if forward { 1 } else { sources.len() };
        let to = (here + steps) % (sources.len() + 1);
        self.bytes.text = to == 0;
        let Some((source, _)) = to.checked_sub(1).and_then(|to| sources.get(to)) else { return };
        let place = crate::base::Span { source: self.bytes.source, start: self.bytes.cursor, len: 1 };
        let place = self.detail.as_ref().and_then(|detail| detail.translate(place, *source));
        self.bytes.source = *source;
        self.bytes.top = 0;
        self.bytes.cursor = place.map_or(0, |place| place.start);
        if place.is_none() {
            self.put_cursor_on_field();
        }
    }

    /// Selects a frame, or in a list of messages a message, by its number.
    pub(super) fn go_to(&mut self, number: u64) {
        let shared = self.trace.clone();
        let trace = shared.read();
        self.show(View::Frames);
        self.pane = Pane::List;
        let number = number.max(1);
        let frame = match self.list.rows.kind {
            Kind::Frames => number.min(trace.frames().count()),
            Kind::Messages => trace.messages().get(number.min(trace.messages().count())).map_or(0, |m| m.last_frame),
        };
        let row = self.list.rows.row(&trace, frame);
        self.select_row(&trace, row);
    }

    /// A control frame is no row of a list of messages: the row that is selected then says what is selected.
    fn leave_control_frame(&mut self) {
        let shared = self.trace.clone();
        let trace = shared.read();
        let row = trace.frames().get(self.list.selected);
        if self.list.rows.kind == Kind::Messages && row.is_some_and(|row| !row.is_data()) {
            let follow = self.follow;
            self.select_row(&trace, self.list.rows.row(&trace, self.list.selected));
            self.follow = follow;
        }
    }

    /// Shows only the frames of a connection, or all again.
    pub(super) fn only(&mut self, only: Option<SocketId>) {
        let frames = |id| self.trace.read().connections().get(id).map_or(0, |row| row.frame_count());
        if let Some(id) = only.filter(|id| frames(*id) == 0) {
            self.show(View::Handshake);
            self.connection = id;
            self.message = Some(format!("connection {} has no frames; this is its handshake", id.label()));
            return;
        }
        self.list.rows.only = only;
        self.show(View::Frames);
        let shared = self.trace.clone();
        let trace = shared.read();
        let row = self.list.rows.row(&trace, self.list.selected);
        self.select_row(&trace, row);
        self.message = Some(match only {
            Some(id) => format!("only connection {}; c or Esc shows all", id.label()),
            None => "all connections".to_owned(),
        });
    }

    /// Selects a frame, and shows it: a list of another connection's frames shows all again.
    pub(super) fn select_frame(&mut self, frame: u64) {
        self.list.selected = frame;
        self.follow = false;
        let shown = self.trace.read().frames().get(frame).map(|row| row.socket);
        if self.list.rows.only.is_some() && self.list.rows.only != shown {
            self.list.rows.only = None;
        }
        self.show(View::Frames);
    }

    pub(super) fn select_row(&mut self, trace: &Trace, row: u64) {
        let last = self.list.rows.len(trace).saturating_sub(1);
        if let Some(frame) = self.list.rows.frame(trace, row.min(last)) {
            self.list.selected = frame;
            self.follow = false;
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
