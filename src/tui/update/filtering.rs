//! The filter of the list: typing it, putting it to work, going on with it.

use std::sync::Arc;

use crossterm::event::KeyCode;

use super::overlays::{newer, older};
use crate::fields::display::{Name, named};
use crate::fields::{FrameField, Node};
use crate::filter::complete::{Occurring, complete};
use crate::filter::{Filter, FilterError, Settings, Value, like, traced};
use crate::output::clock::Clock;
use crate::output::value;
use crate::trace::Bytes;
use crate::tui::edit::Edit;
use crate::tui::effect::Effect;
use crate::tui::inspector::Inspector;
use crate::tui::keys::Chord;
use crate::tui::page_name::PageName;
use crate::tui::pane::Pane;
use crate::tui::picked::Filtered;
use crate::tui::state::{Overlay, State};
use crate::tui::text;

/// Values that are offered.
const OFFERED: usize = 12;

impl Inspector {
    pub(super) fn filter_key(&mut self, mut edit: Edit, chord: Chord) -> Vec<Effect> {
        match chord.code {
            KeyCode::Enter => {
                let typed = edit.text().trim().to_owned();
                match self.state.compiled(&typed) {
                    Ok(_) => return self.state.filter_by(&typed),
                    Err(wrong) => self.state.message = Some(text::safe(&wrong.to_string())),
                }
            }
            KeyCode::Char('s') if chord.control => {
                let typed = edit.text().trim().to_owned();
                match self.state.compiled(&typed) {
                    Ok(filter) if !filter.is_empty() => {
                        self.state.overlay = Some(Overlay::SaveFilter(typed, Edit::default(), false));
                        return Vec::new();
                    }
                    Ok(_) => self.state.message = Some("there is no filter to save yet".to_owned()),
                    Err(wrong) => self.state.message = Some(text::safe(&wrong.to_string())),
                }
            }
            KeyCode::Backspace if edit.text().is_empty() => return Vec::new(),
            KeyCode::Tab => edit = self.state.completed_filter(&edit),
            KeyCode::Up => edit = older(&self.state.filter.history, &edit),
            KeyCode::Down => edit = newer(&self.state.filter.history, &edit),
            _ => {
                edit.key(chord);
            }
        }
        self.state.overlay = Some(Overlay::Filter(edit));
        Vec::new()
    }
}

impl State {
    /// What was typed, compiled: references are to the selected frame.
    pub(in crate::tui) fn compiled(&self, typed: &str) -> Result<Filter, FilterError> {
        let trace = self.trace.read();
        let values = |name: &Name| traced::values_of(Bytes::new(&trace, &*self.store), self.list.selected, name);
        Filter::compile_with(typed, &Settings { macros: self.saved.macros(), references: Some(&values) })
    }

    /// Shows what a filter selects; all, where it is empty.
    pub(in crate::tui) fn filter_by(&mut self, typed: &str) -> Vec<Effect> {
        typed.clone_into(&mut self.filter.text);
        if !typed.is_empty() {
            self.filter.history.retain(|text| text != typed);
            self.filter.history.push(typed.to_owned());
        }
        self.show(PageName::FRAMES);
        self.refilter(true)
    }

    /// Shows, of what is shown, only what has the selected field's value, or only the rest. In a list where no field was
    /// chosen it is the opcode; among the connections it is the selected one.
    pub(super) fn filter_like(&mut self, same: bool) -> Vec<Effect> {
        let test = if self.page == PageName::CONNECTIONS && self.pane == Pane::Page {
            named("tcp.stream").and_then(|name| like(&name, &Value::Unsigned(self.connection.connection.0.into())))
        } else {
            let chosen = self.field().filter(|field| self.pane != Pane::Page || field.depth > 0);
            let opcode = || self.tree.iter().find(|field| field.is(FrameField::Opcode));
            chosen.or_else(opcode).and_then(|field| self.like_field(field))
        };
        let Some(test) = test else {
            self.message = Some("no filter can ask for this field".to_owned());
            return Vec::new();
        };
        self.filter_beside(&test, same)
    }

    /// Shows, of what is shown, only what passes a test, or only the rest.
    pub(super) fn filter_beside(&mut self, test: &str, same: bool) -> Vec<Effect> {
        let test = if same { test.to_owned() } else { format!("!({test})") };
        let before = self.filter.text.as_str();
        // What binds less than `and` stays together.
        let loose = [" or ", "|", " xor ", "^"].iter().any(|word| before.contains(word));
        let text = match before {
            "" => test,
            before if loose => format!("({before}) && {test}"),
            before => format!("{before} && {test}"),
        };
        self.filter_by(&text)
    }

    /// The test that a field of the selected frame passes.
    fn like_field(&self, node: &Node) -> Option<String> {
        let field = node.field.field();
        let names = field.wireshark.into_iter().chain([field.tree_name()]).chain(field.names.iter().copied());
        let name = names.filter_map(named).next()?;
        let trace = self.trace.read();
        let values = traced::values_of(Bytes::new(&trace, &*self.store), self.list.selected, &name);
        // Of several it is the one that is selected.
        let mut shown = Vec::new();
        value::push(&mut shown, &mut Clock::default(), &node.value);
        let values = values.as_slice();
        let value = values.iter().find(|value| value.to_text().as_bytes() == shown).or(values.first())?;
        like(&name, value)
    }

    /// Folds heartbeats, each run into a row that counts them, or shows them again.
    pub(super) fn fold_heartbeats(&mut self) -> Vec<Effect> {
        self.filter.no_heartbeats = !self.filter.no_heartbeats;
        let said = if self.filter.no_heartbeats {
            "heartbeats are folded: Enter opens a run, H shows all"
        } else {
            "heartbeats are shown"
        };
        self.message = Some(said.to_owned());
        self.show(PageName::FRAMES);
        self.refilter(true)
    }

    /// Shows the heartbeats that the selected row stands for; gives whether it stands for any.
    pub(in crate::tui) fn unfold_heartbeats(&mut self) -> bool {
        let Some(shown) = &self.list.rows.shown else { return false };
        let row = self.list.rows.row_of_all(&self.trace.read(), self.list.selected);
        let count = shown.unfold(row);
        if count > 0 {
            self.message = Some(format!("{}; H twice folds again", crate::tui::text::plural(count, "heartbeat")));
        }
        count > 0
    }

    /// Begins filtering anew where the filter or the rows are others, and goes on where there are more rows.
    pub(super) fn refilter(&mut self, anew: bool) -> Vec<Effect> {
        let rows = &self.list.rows;
        let base = (rows.kind, rows.only);
        let stale = rows.shown.as_ref().is_some_and(|shown| shown.base != base);
        // One to begin with, or one that had no rows yet.
        let due = rows.shown.is_none() && (!self.filter.text.is_empty() || self.filter.no_heartbeats);
        if anew || stale || due {
            if let Some(shown) = self.list.rows.shown.take() {
                shown.stop();
            }
            let text = self.filter.text.clone();
            let folds = self.filter.no_heartbeats;
            // A reference means what was selected when the filter was typed.
            let kept = self.filter.compiled.take().filter(|filter| !anew && filter.text() == text);
            let filter = kept.map_or_else(|| self.compiled(&text), Ok);
            match filter {
                Ok(filter) if !filter.is_empty() || folds => {
                    self.filter.compiled = Some(filter.clone());
                    self.list.rows.shown = Some(Arc::new(Filtered::new(filter, folds, &self.list.rows)));
                }
                Ok(_) => {}
                Err(wrong) => {
                    self.filter.text.clear();
                    self.message = Some(text::safe(&wrong.to_string()));
                }
            }
        }
        let Some(shown) = &self.list.rows.shown else { return Vec::new() };
        let more = shown.left(&self.trace.read()) > 0;
        if more && shown.begin() { vec![Effect::Filter(shown.clone())] } else { Vec::new() }
    }

    /// The line with what all completions have in common.
    fn completed_filter(&self, edit: &Edit) -> Edit {
        let (before, after) = edit.halves();
        let mut found = complete(before, before.len(), &Seen(self));
        // Where values occur that begin as it is typed, one of them is meant, and not one of the names that could stand there.
        if found.iter().any(|completion| completion.text.starts_with('"')) {
            found.retain(|completion| completion.text.starts_with('"'));
        }
        let Some(first) = found.first() else { return edit.clone() };
        let mut common = first.text.clone();
        for other in &found {
            let same = common.chars().zip(other.text.chars()).take_while(|(a, b)| a == b).count();
            common = common.chars().take(same).collect();
        }
        let typed = before.get(first.at.clone()).unwrap_or_default();
        // What is written otherwise, in capitals or without its quote, is written as it is meant.
        if found.len() > 1 && common.len() <= typed.len() {
            return edit.clone();
        }
        let mut line = before.get(..first.at.start).unwrap_or_default().to_owned();
        line.push_str(&common);
        let mut edit = Edit::new(line);
        let cursor_at_end = after.is_empty();
        if !cursor_at_end {
            edit.append(after);
        }
        edit
    }

    /// Looks up what helps beside a filter being typed.
    pub(in crate::tui) fn settle_filter(&mut self) {
        if let Some(Overlay::Filter(edit)) = &self.overlay {
            (self.scene.filter_help, self.scene.filter_right) = self.filter_help(edit);
        }
    }

    /// What helps beside the line being typed: what is wrong, or what may come next; and whether it is a filter so far.
    fn filter_help(&self, edit: &Edit) -> (String, bool) {
        match self.compiled(edit.text()) {
            Ok(filter) if filter.is_empty() => ("Tab completes, Enter alone shows all; ^f finds".to_owned(), true),
            result => {
                let (before, _) = edit.halves();
                let found = complete(before, before.len(), &Seen(self));
                let next: Vec<&str> = found.iter().take(4).map(|completion| completion.text.as_str()).collect();
                match result {
                    Ok(_) => (next.join("  "), true),
                    Err(wrong) if next.is_empty() => (text::safe(&wrong.to_string()), false),
                    Err(_) => (text::safe(&next.join("  ")), false),
                }
            }
        }
    }
}

/// What occurs in the capture that is shown.
struct Seen<'s>(&'s State);

impl Occurring for Seen<'_> {
    fn values(&self, name: &Name) -> Vec<String> {
        let trace = self.0.trace.read();
        let bytes = Bytes::new(&trace, &*self.0.store);
        let mut found: Vec<String> = Vec::new();
        // One frame of each connection has what its connection has; the selected one has the rest.
        let firsts = trace.connections().iter().take(64).filter_map(|row| row.frame(0));
        for frame in std::iter::once(self.0.list.selected).chain(firsts) {
            for value in traced::values_of(bytes, frame, name).as_slice() {
                let text = value.to_text();
                if found.len() < OFFERED && text.len() < 80 && !text.is_empty() && !found.contains(&text) {
                    found.push(text);
                }
            }
        }
        found
    }

    fn saved(&self) -> &[(String, String)] {
        self.0.saved.macros()
    }

    fn keys(&self, name: &Name, path: &str) -> Vec<String> {
        let trace = self.0.trace.read();
        let bytes = Bytes::new(&trace, &*self.0.store);
        let path = if path.is_empty() { name.name().to_owned() } else { format!("{}.{path}", name.name()) };
        let text = traced::text_of(bytes, self.0.list.selected, &path);
        text.iter().flat_map(|text| crate::filter::keys(text)).map(std::borrow::Cow::into_owned).collect()
    }
}
