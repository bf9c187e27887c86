//! What a live capture tells, and the question what becomes of it.

use crossterm::event::KeyCode;

use crate::tui::edit::Edit;
use crate::tui::effect::Effect;
use crate::tui::keys::Chord;
use crate::tui::live::keep::Keep;
use crate::tui::live::status::Status;
use crate::tui::state::{Overlay, State};
use crate::tui::text;
use crate::tui::writing::file_name;

impl State {
    /// Leaves, or asks first what becomes of what was captured.
    pub(super) fn leave(&mut self) -> Vec<Effect> {
        match &self.live {
            Some(live) if live.is_unsaved() => {
                self.overlay = Some(Overlay::Keep(None));
                Vec::new()
            }
            _ => vec![Effect::Quit],
        }
    }

    /// A key while the question what to keep stands: `None` where its answer was not yet, else the name being typed.
    pub(super) fn keep_key(&mut self, edit: Option<Edit>, chord: Chord) -> Vec<Effect> {
        let interrupt = chord.control && chord.code == KeyCode::Char('c');
        match (edit, chord.code) {
            (_, KeyCode::Esc) => return Vec::new(),
            (None, KeyCode::Char('n')) => return vec![Effect::Quit],
            (None, _) if interrupt => return vec![Effect::Quit],
            (_, _) if interrupt => return Vec::new(),
            (None, KeyCode::Char('y' | 'k') | KeyCode::Enter) => {
                let name = file_name(&format!("sockeye-{}", self.name), "pcapng");
                self.overlay = Some(Overlay::Keep(Some(Edit::new(name))));
            }
            (None, _) => self.overlay = Some(Overlay::Keep(None)),
            (Some(edit), KeyCode::Enter) if !edit.text().trim().is_empty() => {
                self.message = Some("writing …".to_owned());
                return vec![Effect::Keep(Keep { file: edit.text().trim().to_owned(), leave: true })];
            }
            (Some(mut edit), _) => {
                edit.key(chord);
                self.overlay = Some(Overlay::Keep(Some(edit)));
            }
        }
        Vec::new()
    }

    /// Keeps what was captured so far in a file, and goes on.
    pub(super) fn keep(&mut self, file: String) -> Vec<Effect> {
        if self.live.is_some() {
            return vec![Effect::Keep(Keep { file, leave: false })];
        }
        self.message = Some("nothing is being captured; the file is there already".to_owned());
        Vec::new()
    }

    /// Takes up new counts.
    pub(super) fn told(&mut self, status: Status) -> Vec<Effect> {
        if let Some(said) = status.said.last() {
            self.message = Some(text::safe(said));
        }
        if let Some(live) = &mut self.live {
            live.status = status;
        }
        Vec::new()
    }

    /// A file was kept, or not.
    pub(super) fn was_kept(&mut self, keep: Keep, result: Result<u64, String>) -> Vec<Effect> {
        let Some(live) = &mut self.live else { return Vec::new() };
        match result {
            Ok(packets) => {
                live.saved = packets;
                self.message = Some(format!("kept in {}", text::safe(&keep.file)));
                if keep.leave { vec![Effect::Quit] } else { Vec::new() }
            }
            Err(wrong) => {
                self.message = Some(text::safe(&wrong));
                if keep.leave {
                    self.overlay = Some(Overlay::Keep(Some(Edit::new(keep.file))));
                }
                Vec::new()
            }
        }
    }
}
