//! Keys while something lies over the panes: a line being typed, a menu, a question.

use crossterm::event::KeyCode;

use crate::tui::command::{Command, completions, ranked};
use crate::tui::edit::Edit;
use crate::tui::effect::Effect;
use crate::tui::inspector::Inspector;
use crate::tui::keys::Chord;
use crate::tui::menu::{Choice, Menu};
use crate::tui::pattern::{Pattern, Reading};
use crate::tui::state::{ColumnsBox, Overlay, State};
use crate::tui::text;
use crate::tui::theme::Theme;

impl Inspector {
    pub(super) fn overlay_key(&mut self, chord: Chord) -> Vec<Effect> {
        if let Some(Overlay::Keep(edit)) = &self.state.overlay {
            let edit = edit.clone();
            self.state.overlay = None;
            return self.state.keep_key(edit, chord);
        }
        let leave = chord.code == KeyCode::Esc || chord.control && matches!(chord.code, KeyCode::Char('c' | 'g'));
        let Some(overlay) = self.state.overlay.take() else { return Vec::new() };
        if leave {
            // What was begun within a line or a box goes back to it.
            self.state.overlay = match overlay {
                Overlay::SaveFilter(filter, ..) => Some(Overlay::Filter(Edit::new(filter))),
                Overlay::Columns(ColumnsBox { line, typed: Some(_) }) => {
                    Some(Overlay::Columns(ColumnsBox { line, typed: None }))
                }
                _ => None,
            };
            return Vec::new();
        }
        match overlay {
            Overlay::Explained(lines, top) => self.state.explained_key(lines, top, chord),
            Overlay::SaveFilter(filter, edit, again) => self.state.save_filter_key(filter, edit, again, chord),
            Overlay::Columns(own) => self.state.columns_key(own, chord),
            Overlay::Filter(edit) => self.filter_key(edit, chord),
            Overlay::Find(edit, reading) => self.find_key(edit, reading, chord),
            Overlay::Command(edit) => self.command_key(edit, chord),
            Overlay::Palette(edit, line) => self.palette_key(edit, line, chord),
            Overlay::Menu(menu, line) => self.state.menu_key(menu, line, chord),
            Overlay::Name(write, edit, too_long) => self.state.name_key(write, edit, too_long, chord),
            Overlay::Help(_) | Overlay::Keep(_) => Vec::new(),
        }
    }

    fn command_key(&mut self, mut edit: Edit, chord: Chord) -> Vec<Effect> {
        match chord.code {
            KeyCode::Enter => {
                let line = edit.text().trim().to_owned();
                if !line.is_empty() {
                    self.state.commands.retain(|command| *command != line);
                    self.state.commands.push(line.clone());
                }
                return self.command(&line);
            }
            KeyCode::Backspace if edit.text().is_empty() => return Vec::new(),
            KeyCode::Tab => {
                if let Some(longer) = completed(edit.text()) {
                    edit = Edit::new(longer);
                }
            }
            KeyCode::Up => edit = older(&self.state.commands, &edit),
            KeyCode::Down => edit = newer(&self.state.commands, &edit),
            _ => {
                edit.key(chord);
            }
        }
        self.state.overlay = Some(Overlay::Command(edit));
        Vec::new()
    }

    fn palette_key(&mut self, mut edit: Edit, line: usize, chord: Chord) -> Vec<Effect> {
        let found = ranked(edit.text());
        let last = found.len().saturating_sub(1);
        let mut line = line.min(last);
        match chord.code {
            KeyCode::Enter => {
                let Some(entry) = found.get(line) else { return Vec::new() };
                if entry.name.ends_with(' ') {
                    self.state.overlay = Some(Overlay::Command(Edit::new(entry.name.clone())));
                    return Vec::new();
                }
                return self.command(&entry.name);
            }
            KeyCode::Up => line = line.saturating_sub(1),
            KeyCode::Char('p') if chord.control => line = line.saturating_sub(1),
            KeyCode::Down => line = (line + 1).min(last),
            KeyCode::Char('n') if chord.control => line = (line + 1).min(last),
            _ => {
                if edit.key(chord) {
                    line = 0;
                }
            }
        }
        self.state.overlay = Some(Overlay::Palette(edit, line));
        Vec::new()
    }

    fn find_key(&mut self, mut edit: Edit, reading: Reading, chord: Chord) -> Vec<Effect> {
        let mut reading = reading;
        match chord.code {
            KeyCode::Enter if edit.text().is_empty() => return self.find_again(true),
            KeyCode::Enter => match Pattern::new(edit.text(), reading) {
                Ok(pattern) => return self.find(pattern),
                Err(wrong) => self.state.message = Some(text::safe(&wrong)),
            },
            KeyCode::Tab => reading = reading.next(),
            KeyCode::Up => edit = older(&self.state.find.history, &edit),
            KeyCode::Down => edit = newer(&self.state.find.history, &edit),
            _ => {
                edit.key(chord);
            }
        }
        self.state.overlay = Some(Overlay::Find(edit, reading));
        Vec::new()
    }

    /// Does what a typed command says.
    pub fn command(&mut self, line: &str) -> Vec<Effect> {
        match Command::parse(line) {
            Ok(Command::Action(action)) => return self.act(action, None),
            Ok(Command::Frame(number)) => self.state.go_to(number),
            Ok(Command::Message(number)) => self.state.go_to_message(number),
            Ok(Command::Connection(id)) => {
                let is_there = self.state.trace.read().connections().get(id).is_some();
                if is_there {
                    self.state.connection = id;
                    self.state.only(Some(id));
                } else {
                    self.state.message = Some(format!("no connection {}; view 2 lists them", id.label()));
                }
            }
            Ok(Command::GoTo(address)) => self.state.go_to_address(address),
            Ok(Command::Width(column, Some(width))) => drop(self.state.widths.insert(column, width)),
            Ok(Command::Width(column, None)) => drop(self.state.widths.remove(column)),
            Ok(Command::Page(page)) => self.state.show(page),
            Ok(Command::Theme(name)) => {
                self.state.theme = Theme::named(name).unwrap_or(self.state.theme);
                self.state.themes = None;
            }
            Ok(Command::Time(format)) => self.state.time = format,
            Ok(Command::Keep(file)) => return self.state.keep(file),
            Ok(Command::Filter(typed)) => match self.state.compiled(&typed) {
                Ok(_) => return self.state.filter_by(&typed),
                Err(wrong) => self.state.message = Some(text::safe(&wrong.to_string())),
            },
            Ok(Command::Explain(typed)) => self.state.explain_filter(&typed),
            Ok(Command::Find(text)) => match Pattern::new(&text, self.state.find.reading) {
                Ok(pattern) => return self.find(pattern),
                Err(wrong) => self.state.message = Some(text::safe(&wrong)),
            },
            Err(wrong) => self.state.message = Some(text::safe(&wrong)).filter(|wrong| !wrong.is_empty()),
        }
        Vec::new()
    }
}

impl State {
    /// Text that was pasted goes into the line being typed, and nowhere else: no key is made of it.
    pub(super) fn paste(&mut self, pasted: &str) {
        match &mut self.overlay {
            Some(
                Overlay::Filter(edit)
                | Overlay::Find(edit, _)
                | Overlay::Command(edit)
                | Overlay::Palette(edit, _)
                | Overlay::Name(_, edit, _)
                | Overlay::SaveFilter(_, edit, _)
                | Overlay::Columns(ColumnsBox { typed: Some((_, edit)), .. })
                | Overlay::Keep(Some(edit)),
            ) => {
                edit.insert(pasted);
            }
            _ => self.message = Some("nothing here takes text; /, ^f or : begin a line".to_owned()),
        }
    }

    fn go_to_message(&mut self, number: u64) {
        let frame = self.trace.read().messages().get(number).map(|message| message.last_frame);
        match frame {
            Some(frame) => self.select_frame(frame),
            None => self.message = Some(format!("no message {number}")),
        }
    }

    fn menu_key(&mut self, menu: Menu, line: usize, chord: Chord) -> Vec<Effect> {
        let items = self.offered(menu);
        let last = items.len().saturating_sub(1);
        let line = match chord.code {
            KeyCode::Up => line.saturating_sub(1),
            KeyCode::Down => (line + 1).min(last),
            KeyCode::Enter => return items.get(line).map_or(Vec::new(), |item| self.choose(item.choice)),
            KeyCode::Char('q') => return Vec::new(),
            KeyCode::Char(c) => match items.iter().find(|item| item.key == c) {
                Some(item) => return self.choose(item.choice),
                None => line,
            },
            _ => line,
        };
        self.overlay = Some(Overlay::Menu(menu, line));
        Vec::new()
    }

    fn choose(&mut self, choice: Choice) -> Vec<Effect> {
        match choice {
            Choice::Copy(form) => self.copy_to_clipboard(form),
            Choice::Write(form) => self.ask_for_export(form),
            Choice::Conversation => self.ask_for_conversation(),
            Choice::Picture => self.ask_for_picture(),
        }
    }
}

/// The line that was typed before this one.
pub(super) fn older(history: &[String], edit: &Edit) -> Edit {
    let here = history.iter().position(|line| line == edit.text()).unwrap_or(history.len());
    match here.checked_sub(1).and_then(|before| history.get(before)) {
        Some(line) => Edit::new(line.clone()),
        None => edit.clone(),
    }
}

/// The line that was typed after this one; after the latest, none.
pub(super) fn newer(history: &[String], edit: &Edit) -> Edit {
    let here = history.iter().position(|line| line == edit.text());
    here.map_or_else(|| edit.clone(), |here| Edit::new(history.get(here + 1).cloned().unwrap_or_default()))
}

/// What was typed, as far as all commands that begin with it agree.
fn completed(typed: &str) -> Option<String> {
    let all = completions(typed);
    let mut common = all.first()?.clone();
    if typed.is_empty() {
        return Some(common);
    }
    for name in &all {
        let same = common.chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
        common = common.chars().take(same).collect();
    }
    (common.len() > typed.len()).then_some(common)
}
