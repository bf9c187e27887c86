//! The menus: short lists to choose from by a letter.

use super::form::Form;

/// A menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Menu {
    /// What goes into the clipboard.
    Copy,
    /// What goes into a file.
    Export,
}

/// What a line of a menu does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Copies in a form.
    Copy(Form),
    /// Writes in a form.
    Write(Form),
    /// Writes the conversation.
    Conversation,
    /// Writes the screen as a picture.
    Picture,
}

/// One line of a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Its letter.
    pub key: char,
    /// What it says; `{}` stands for what a row is, or for the address.
    pub text: &'static str,
    /// What it does.
    pub choice: Choice,
}

const fn item(key: char, text: &'static str, choice: Choice) -> Item {
    Item { key, text, choice }
}

impl Item {
    /// What its line says, of `subject` and its `address`, where a row is a `row`: a frame or a message.
    #[must_use]
    pub fn line(&self, subject: &str, row: &str, address: &str) -> String {
        match self.choice {
            Choice::Copy(Form::Address) => self.text.replace("{}", address),
            Choice::Copy(Form::Payload) | Choice::Write(Form::Payload) => format!("{subject}, {}", self.text),
            _ => self.text.replace("{}", row),
        }
    }
}

impl Menu {
    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Menu::Copy => "copy",
            Menu::Export => "write to a file",
        }
    }

    /// All its lines.
    #[must_use]
    pub fn items(self) -> &'static [Item] {
        const COPY: [Item; 9] = [
            item('p', "as it is", Choice::Copy(Form::Payload)),
            item('i', "the whole message, inflated", Choice::Copy(Form::Inflated)),
            item('h', "the same as hex", Choice::Copy(Form::Hex)),
            item('r', "raw: the {} on the wire", Choice::Copy(Form::Raw)),
            item('j', "JSON of the {}", Choice::Copy(Form::Json)),
            item('c', "the same as a C array", Choice::Copy(Form::C)),
            item('m', "the same as Markdown", Choice::Copy(Form::Markdown)),
            item('f', "Wireshark filter for its packets", Choice::Copy(Form::Filter)),
            item('a', "address, {}", Choice::Copy(Form::Address)),
        ];
        const EXPORT: [Item; 9] = [
            item('p', "as it is", Choice::Write(Form::Payload)),
            item('i', "the whole message, inflated", Choice::Write(Form::Inflated)),
            item('h', "the same as hex", Choice::Write(Form::Hex)),
            item('r', "raw: the {} on the wire", Choice::Write(Form::Raw)),
            item('j', "JSON of the {}", Choice::Write(Form::Json)),
            item('c', "the same as a C array", Choice::Write(Form::C)),
            item('m', "the same as Markdown", Choice::Write(Form::Markdown)),
            item('t', "the conversation, as Markdown", Choice::Conversation),
            item('s', "this screen, as SVG", Choice::Picture),
        ];
        match self {
            Menu::Copy => &COPY,
            Menu::Export => &EXPORT,
        }
    }
}
