//! The box of columns: choosing one, moving it, naming it, filtering by what it says; and what is saved by a key.

use crossterm::event::KeyCode;

use crate::fields::display::named;
use crate::fields::{FrameField, find};
use crate::filter::saved::check_name;
use crate::filter::{Settings, explain};
use crate::output::Spec;
use crate::trace::Bytes;
use crate::tui::config::setting::Setting;
use crate::tui::edit::Edit;
use crate::tui::effect::Effect;
use crate::tui::keys::Chord;
use crate::tui::list_columns::{ListColumn, WIDEST};
use crate::tui::pages;
use crate::tui::state::{ColumnsBox, Naming, Overlay, State};
use crate::tui::text;

impl State {
    pub(super) fn columns_key(&mut self, mut own: ColumnsBox, chord: Chord) -> Vec<Effect> {
        if let Some((naming, edit)) = own.typed.take() {
            return self.naming_key(own, naming, edit, chord);
        }
        let mut columns = self.arrangement.now();
        let last = columns.len().saturating_sub(1);
        let line = own.line.min(last);
        own.line = line;
        match chord.code {
            KeyCode::Up | KeyCode::Char('k') => own.line = line.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => own.line = (line + 1).min(last),
            KeyCode::Char('<') | KeyCode::Left if line > 0 => {
                columns.swap(line, line - 1);
                own.line = line - 1;
                self.arrangement.choose(Some(columns));
            }
            KeyCode::Char('>') | KeyCode::Right if line < last => {
                columns.swap(line, line + 1);
                own.line = line + 1;
                self.arrangement.choose(Some(columns));
            }
            KeyCode::Char('=') => return self.filter_like_cell(own, true),
            KeyCode::Char('-') => return self.filter_like_cell(own, false),
            KeyCode::Char('d') | KeyCode::Delete if last == 0 => self.message = Some("one column stays".to_owned()),
            KeyCode::Char('d') | KeyCode::Delete => {
                columns.remove(line);
                own.line = line.min(last - 1);
                self.arrangement.choose(Some(columns));
            }
            KeyCode::Char('a') => self.add_field(&mut own),
            KeyCode::Char('n') => own.typed = Some((Naming::New, Edit::default())),
            KeyCode::Char('r') => {
                let title = columns.get(line).map_or("", |column| column.heading());
                own.typed = Some((Naming::Name, Edit::new(title.to_owned())));
            }
            KeyCode::Char('w') => own.typed = Some((Naming::Width, Edit::default())),
            KeyCode::Char('u') => self.arrangement.choose(None),
            KeyCode::Char('s') => {
                self.overlay = Some(Overlay::Columns(own));
                let chosen = self.arrangement.chosen.iter().flatten().map(ListColumn::line).collect();
                return vec![Effect::Save(Setting::Columns(chosen))];
            }
            KeyCode::Enter | KeyCode::Char('q' | 'C') => return Vec::new(),
            _ => {}
        }
        self.overlay = Some(Overlay::Columns(own));
        Vec::new()
    }

    /// A key while something is typed about a column.
    fn naming_key(&mut self, mut own: ColumnsBox, naming: Naming, mut edit: Edit, chord: Chord) -> Vec<Effect> {
        if chord.code == KeyCode::Enter {
            if let Err(wrong) = self.name_column(&mut own, naming, edit.text().trim()) {
                self.message = Some(text::safe(&wrong));
                own.typed = Some((naming, edit));
            }
        } else {
            edit.key(chord);
            own.typed = Some((naming, edit));
        }
        self.overlay = Some(Overlay::Columns(own));
        Vec::new()
    }

    fn name_column(&mut self, own: &mut ColumnsBox, naming: Naming, typed: &str) -> Result<(), String> {
        let mut columns = self.arrangement.now();
        match naming {
            Naming::New if typed.is_empty() => return Ok(()),
            Naming::New => {
                own.line = (own.line + 1).min(columns.len());
                columns.insert(own.line, ListColumn::new(&Spec::parse(typed), None, &self.saved)?);
            }
            Naming::Name => {
                let title = Some(typed.to_owned()).filter(|title| !title.is_empty());
                if title.as_ref().is_some_and(|title| Spec::parse(&format!("{title}:n")).title.is_none()) {
                    return Err("a name is made of letters, digits, spaces and - _ . / # %".to_owned());
                }
                columns.get_mut(own.line).into_iter().for_each(|column| column.title.clone_from(&title));
            }
            Naming::Width => {
                let width = match typed {
                    "" | "auto" => None,
                    number => {
                        Some(number.parse().ok().filter(|width| (1..=WIDEST).contains(width)).ok_or_else(|| {
                            format!("a width is a number from 1 to {WIDEST}, or nothing: as wide as it needs")
                        })?)
                    }
                };
                columns.get_mut(own.line).into_iter().for_each(|column| column.width = width);
            }
        }
        self.arrangement.choose(Some(columns));
        Ok(())
    }

    /// The selected field as a new column, behind the chosen one.
    fn add_field(&mut self, own: &mut ColumnsBox) {
        let spec = self.field().and_then(|node| {
            let field = node.field.field();
            let names = field.wireshark.into_iter().chain([field.tree_name()]).chain(field.names.iter().copied());
            let name = names.into_iter().find(|name| named(name).is_some() || find::<FrameField>(name).is_some())?;
            Some(Spec {
                title: Some(field.label.to_owned()).filter(|label| !label.is_empty()),
                expression: name.to_owned(),
            })
        });
        let column = spec.ok_or("no column can show this field; n takes any expression".to_owned());
        match column.and_then(|spec| ListColumn::new(&spec, None, &self.saved)) {
            Ok(column) => {
                let mut columns = self.arrangement.now();
                own.line = (own.line + 1).min(columns.len());
                columns.insert(own.line, column);
                self.arrangement.choose(Some(columns));
            }
            Err(wrong) => self.message = Some(text::safe(&wrong)),
        }
    }

    fn filter_like_cell(&mut self, own: ColumnsBox, same: bool) -> Vec<Effect> {
        let shared = self.trace.clone();
        let store = self.store.clone();
        let test = self
            .arrangement
            .now()
            .get(own.line)
            .and_then(|column| pages::column_like(self, Bytes::new(&shared.read(), &*store), column));
        match test {
            Some(test) => self.filter_beside(&test, same),
            None => {
                self.message = Some("no filter can ask for what this cell says".to_owned());
                self.overlay = Some(Overlay::Columns(own));
                Vec::new()
            }
        }
    }

    /// Looks up what each column says of the selected row, while they are chosen from.
    pub(in crate::tui) fn settle_columns(&mut self, bytes: Bytes<'_>) {
        if matches!(self.overlay, Some(Overlay::Columns(_))) {
            self.scene.cells = pages::columns_said(self, bytes, &self.arrangement.now());
        }
    }

    /// A key while the name of a filter is typed under which it is to be saved.
    pub(super) fn save_filter_key(&mut self, filter: String, mut edit: Edit, again: bool, chord: Chord) -> Vec<Effect> {
        if chord.code != KeyCode::Enter {
            edit.key(chord);
            self.overlay = Some(Overlay::SaveFilter(filter, edit, false));
            return Vec::new();
        }
        let name = edit.text().trim().trim_start_matches('$').to_owned();
        let taken = self.saved.macros().iter().any(|(known, _)| *known == name);
        let is_filter = self.saved.text(&name).is_some();
        let wrong = match check_name(&name) {
            Err(wrong) => Some(wrong),
            Ok(()) if taken && !is_filter => Some(format!("${name} is a macro; another name?")),
            Ok(()) if taken && !again => Some(format!("there is a ${name}; Enter once more replaces it")),
            Ok(()) => self.saved.replace(&name, &filter).err(),
        };
        if let Some(wrong) = wrong {
            self.message = Some(text::safe(&wrong));
            self.overlay = Some(Overlay::SaveFilter(filter, edit, taken && is_filter));
            return Vec::new();
        }
        self.overlay = Some(Overlay::Filter(Edit::new(filter.clone())));
        vec![Effect::Save(Setting::Filter(name, filter))]
    }

    /// Says what a filter does: the one at work, where none is given.
    pub(super) fn explain_filter(&mut self, typed: &str) {
        let text = if typed.is_empty() { self.filter.text.clone() } else { typed.to_owned() };
        let shared = self.trace.clone();
        let trace = shared.read();
        let bytes = Bytes::new(&trace, &*self.store);
        let values =
            |name: &crate::fields::display::Name| crate::filter::traced::values_of(bytes, self.list.selected, name);
        let settings = Settings { macros: self.saved.macros(), references: Some(&values) };
        match explain(&text, &settings) {
            Ok(lines) => {
                let lines = std::iter::once(text).filter(|text| !text.is_empty()).chain([String::new()]).chain(lines);
                self.overlay = Some(Overlay::Explained(lines.map(|line| text::safe(&line)).collect(), 0));
            }
            Err(wrong) => self.message = Some(text::safe(&wrong.to_string())),
        }
    }

    /// A key while it is read what a filter does.
    pub(super) fn explained_key(&mut self, lines: Vec<String>, top: usize, chord: Chord) -> Vec<Effect> {
        let page = usize::from(self.size.1.saturating_sub(6)).max(1);
        let top = match chord.code {
            KeyCode::Up | KeyCode::Char('k') => top.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => top + 1,
            KeyCode::PageUp => top.saturating_sub(page),
            KeyCode::PageDown | KeyCode::Char(' ') => top + page,
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => usize::MAX,
            _ => return Vec::new(),
        };
        // The last line is seen, whatever is wrapped before it.
        let top = top.min(lines.len().saturating_sub(1));
        self.overlay = Some(Overlay::Explained(lines, top));
        Vec::new()
    }
}
