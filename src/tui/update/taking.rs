//! Taking along: to the clipboard, and to files whose name is asked for.

use crossterm::event::KeyCode;

use crate::base::number::wide;
use crate::tui::copy::{self, Copy};
use crate::tui::edit::Edit;
use crate::tui::effect::Effect;
use crate::tui::form::Form;
use crate::tui::keys::Chord;
use crate::tui::markdown;
use crate::tui::state::{Overlay, State};
use crate::tui::text;
use crate::tui::writing::{Content, Unwritten, Write, file_name};

impl State {
    pub(super) fn copy_to_clipboard(&mut self, form: Form) -> Vec<Effect> {
        let Some(copied) = self.copied(form) else { return Vec::new() };
        let len = wide(copied.bytes.len());
        match copy::osc52(&copied.bytes) {
            Some(sequence) => {
                let what = text::safe(&copied.what);
                self.message = Some(format!("sent to the terminal's clipboard: {what}, {}", text::size(len)));
                vec![Effect::Send(sequence)]
            }
            None => {
                self.ask_for_name(copied, true);
                Vec::new()
            }
        }
    }

    pub(super) fn ask_for_export(&mut self, form: Form) -> Vec<Effect> {
        if let Some(copied) = self.copied(form) {
            self.ask_for_name(copied, false);
        }
        Vec::new()
    }

    pub(super) fn ask_for_conversation(&mut self) -> Vec<Effect> {
        let shared = self.trace.clone();
        let bytes = markdown::conversation(self, &shared.read()).into_bytes();
        let label = self.connection.label();
        let (what, suffix) = (format!("connection {label}"), format!("connection{label}.md"));
        self.ask_for_name(Copy { what, bytes, suffix }, false);
        Vec::new()
    }

    pub(super) fn ask_for_picture(&mut self) -> Vec<Effect> {
        let file = file_name(&self.name, "svg");
        let write = Write { what: "this screen".to_owned(), file: file.clone(), content: Content::Screen };
        self.overlay = Some(Overlay::Name(Box::new(write), Edit::new(file), false));
        Vec::new()
    }

    fn copied(&mut self, form: Form) -> Option<Copy> {
        let shared = self.trace.clone();
        let copied = self.copy(&shared.read(), form);
        copied.map_err(|why| self.message = Some(why.to_owned())).ok()
    }

    fn ask_for_name(&mut self, copy: Copy, too_long: bool) {
        let file = file_name(&self.name, &copy.suffix);
        let content = Content::Bytes(copy.bytes);
        let write = Write { what: text::safe(&copy.what), file: file.clone(), content };
        self.overlay = Some(Overlay::Name(Box::new(write), Edit::new(file), too_long));
    }

    /// A key while the name of a file is being typed.
    pub(super) fn name_key(
        &mut self,
        mut write: Box<Write>,
        mut edit: Edit,
        too_long: bool,
        chord: Chord,
    ) -> Vec<Effect> {
        if chord.code == KeyCode::Enter && !edit.text().trim().is_empty() {
            edit.text().trim().clone_into(&mut write.file);
            return vec![Effect::Write(*write)];
        }
        edit.key(chord);
        self.overlay = Some(Overlay::Name(write, edit, too_long));
        Vec::new()
    }

    /// A file was written, or another name is asked for.
    pub(super) fn wrote(&mut self, result: Result<String, Box<Unwritten>>) {
        let said = match result {
            Ok(said) => said,
            Err(unwritten) => {
                let Unwritten { why, write } = *unwritten;
                let edit = Edit::new(write.file.clone());
                self.overlay = Some(Overlay::Name(Box::new(write), edit, false));
                why
            }
        };
        self.message = Some(text::safe(&said));
    }
}
