//! Keys while something lies over the panes: a line being typed, a menu, a question.

use crossterm::event::KeyCode;

use crate::base::number::wide;
use crate::base::{ConnectionId, SocketId};
use crate::tui::command::{Command, completions, ranked};
use crate::tui::copy::{self, Copy};
use crate::tui::edit::Edit;
use crate::tui::effect::Effect;
use crate::tui::form::Form;
use crate::tui::inspector::Inspector;
use crate::tui::keys::Chord;
use crate::tui::menu::{Choice, Menu};
use crate::tui::pattern::{Pattern, Reading};
use crate::tui::state::{Overlay, State};
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::writing::{Write, file_name};

impl Inspector {
    pub(super) fn overlay_key(&mut self, chord: Chord) -> Vec<Effect> {
        if let Some(Overlay::Keep(edit)) = &self.state.overlay {
            let edit = edit.clone();
            self.state.overlay = None;
            return self.state.keep_key(edit, chord);
        }
        let leave = chord.code == KeyCode::Esc || chord.control && matches!(chord.code, KeyCode::Char('c' | 'g'));
        let Some(overlay) = self.state.overlay.take().filter(|_| !leave) else { return Vec::new() };
        match overlay {
            Overlay::Find(edit, reading) => self.find_key(edit, reading, chord),
            Overlay::Command(edit) => self.command_key(edit, chord),
            Overlay::Palette(edit, line) => self.palette_key(edit, line, chord),
            Overlay::Menu(menu, line) => self.state.menu_key(menu, line, chord),
            Overlay::Ask(write) => match chord.code {
                KeyCode::Char('y') | KeyCode::Enter => vec![Effect::Write(write)],
                KeyCode::Char('n' | 'q') => Vec::new(),
                _ => {
                    self.state.overlay = Some(Overlay::Ask(write));
                    Vec::new()
                }
            },
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
            Ok(Command::Connection(number)) => {
                let id = u32::try_from(number).ok().map(|number| SocketId::from(ConnectionId(number)));
                match id.filter(|id| self.state.trace.read().connections().get(*id).is_some()) {
                    Some(id) => {
                        self.state.connection = id;
                        self.state.only(Some(id));
                    }
                    None => self.state.message = Some(format!("no connection {number}; view 2 lists them")),
                }
            }
            Ok(Command::Width(column, Some(width))) => drop(self.state.widths.insert(column, width)),
            Ok(Command::Width(column, None)) => drop(self.state.widths.remove(column)),
            Ok(Command::Page(page)) => self.state.show(page),
            Ok(Command::Theme(name)) => {
                self.state.theme = Theme::named(name).unwrap_or(self.state.theme);
                self.state.themes = None;
            }
            Ok(Command::Time(format)) => self.state.time = format,
            Ok(Command::Keep(file)) => return self.state.keep(file),
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
                Overlay::Find(edit, _) | Overlay::Command(edit) | Overlay::Palette(edit, _) | Overlay::Keep(Some(edit)),
            ) => {
                edit.insert(pasted);
            }
            _ => self.message = Some("nothing here takes text; / or : begin a line".to_owned()),
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
            Choice::Write(form) => {
                let write = self.copied(form).map(|copy| self.file_for(copy));
                write.map(Effect::Write).into_iter().collect()
            }
            Choice::Conversation => {
                let shared = self.trace.clone();
                let bytes = copy::conversation(self, &shared.read()).into_bytes();
                let suffix = format!("connection{}.md", self.connection.label());
                let what = format!("connection {}", self.connection.label());
                vec![Effect::Write(self.file_for(Copy { what, bytes, suffix }))]
            }
            Choice::Picture => vec![Effect::Picture(file_name(&self.name, "svg"))],
        }
    }

    fn copied(&mut self, form: Form) -> Option<Copy> {
        let shared = self.trace.clone();
        let copied = self.copy(&shared.read(), form);
        copied.map_err(|why| self.message = Some(why.to_owned())).ok()
    }

    fn copy_to_clipboard(&mut self, form: Form) -> Vec<Effect> {
        let Some(copied) = self.copied(form) else { return Vec::new() };
        let len = wide(copied.bytes.len());
        match copy::osc52(&copied.bytes) {
            Some(sequence) => {
                let what = text::safe(&copied.what);
                self.message = Some(format!("sent to the terminal's clipboard: {what}, {}", text::size(len)));
                vec![Effect::Send(sequence)]
            }
            None => {
                self.overlay = Some(Overlay::Ask(self.file_for(copied)));
                Vec::new()
            }
        }
    }

    fn file_for(&self, copy: Copy) -> Write {
        let file = file_name(&self.name, &copy.suffix);
        Write { what: text::safe(&copy.what), file, bytes: copy.bytes }
    }
}

/// The line that was typed before this one.
fn older(history: &[String], edit: &Edit) -> Edit {
    let here = history.iter().position(|line| line == edit.text()).unwrap_or(history.len());
    match here.checked_sub(1).and_then(|before| history.get(before)) {
        Some(line) => Edit::new(line.clone()),
        None => edit.clone(),
    }
}

/// The line that was typed after this one; after the latest, none.
fn newer(history: &[String], edit: &Edit) -> Edit {
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
