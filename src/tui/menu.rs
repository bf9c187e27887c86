//! The menus: short lists to choose from by a letter.

use super::copy::Form;

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
    /// What it says.
    pub text: &'static str,
    /// What it does.
    pub choice: Choice,
}

const fn item(key: char, text: &'static str, choice: Choice) -> Item {
    Item { key, text, choice }
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

    /// Its lines.
    #[must_use]
    pub fn items(self) -> &'static [Item] {
        const COPY: [Item; 8] = [
            item('p', "payload, as it is", Choice::Copy(Form::Payload)),
            item('h', "hex", Choice::Copy(Form::Hex)),
            item('r', "raw: the frame as it is on the wire", Choice::Copy(Form::Raw)),
            item('j', "JSON of the frame", Choice::Copy(Form::Json)),
            item('c', "C array", Choice::Copy(Form::C)),
            item('m', "Markdown", Choice::Copy(Form::Markdown)),
            item('f', "filter for this frame", Choice::Copy(Form::Filter)),
            item('a', "address of this frame", Choice::Copy(Form::Address)),
        ];
        const EXPORT: [Item; 8] = [
            item('p', "payload, as it is", Choice::Write(Form::Payload)),
            item('h', "hex", Choice::Write(Form::Hex)),
            item('r', "raw: the frame as it is on the wire", Choice::Write(Form::Raw)),
            item('j', "JSON of the frame", Choice::Write(Form::Json)),
            item('c', "C array", Choice::Write(Form::C)),
            item('m', "Markdown", Choice::Write(Form::Markdown)),
            item('t', "the conversation, as Markdown", Choice::Conversation),
            item('s', "this screen, as SVG", Choice::Picture),
        ];
        match self {
            Menu::Copy => &COPY,
            Menu::Export => &EXPORT,
        }
    }
}
