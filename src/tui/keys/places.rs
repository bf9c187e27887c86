//! What keys do in particular places: the second half of the key table. Help shows the place where it was asked for. The
//! places of the details stand here; each page brings its own.

use super::Action;

/// A place on the screen where keys mean something of their own.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its name in help.
    pub title: &'static str,
    /// What keys do there.
    pub keys: &'static [Here],
}

/// What an action does in a place.
#[derive(Debug, Clone, Copy)]
pub struct Here {
    /// The action, whose keys are those of the main table.
    pub action: Action,
    /// What it does there.
    pub help: &'static str,
    /// The word in the footer, for those that stand there.
    pub footer: Option<&'static str>,
}

/// A key that does something of its own.
pub const fn here(action: Action, help: &'static str) -> Here {
    Here { action, help, footer: None }
}

/// The same, with its word in the footer.
pub const fn foot(action: Action, word: &'static str, help: &'static str) -> Here {
    Here { action, help, footer: Some(word) }
}

/// The decoded fields.
pub static FIELDS: Place = Place {
    title: "In the fields",
    keys: &[
        foot(Action::Open, "fold", "fold or unfold"),
        here(Action::Left, "fold; then to the group above; then back to the list"),
        here(Action::Right, "unfold"),
        here(Action::Copy, "copy the bytes of this field"),
    ],
};

/// The bit diagram.
pub static BITS: Place = Place {
    title: "In the bit diagram",
    keys: &[
        foot(Action::Open, "field", "to this field in the tree"),
        here(Action::Right, "the next field of the header"),
        here(Action::Left, "the field before"),
    ],
};

/// The bytes.
pub static BYTES: Place = Place {
    title: "In the bytes",
    keys: &[
        foot(Action::NextSource, "source", "the next source: wire, payload, message, packet"),
        here(Action::NextPacket, "the next packet that carries bytes of this frame"),
        here(Action::Right, "the next byte; its field is selected everywhere"),
        here(Action::Left, "the byte before"),
        here(Action::Top, "the first byte"),
        here(Action::Bottom, "the last byte"),
        here(Action::Find, "find in these bytes"),
        here(Action::Copy, "copy the field under the cursor, or all that is shown"),
        here(Action::Open, "to the field of this byte"),
    ],
};

/// The payload as text.
pub static TEXT: Place = Place {
    title: "In the text",
    keys: &[
        foot(Action::NextSource, "source", "the next source: the bytes on the wire"),
        here(Action::Down, "a line on"),
        here(Action::Find, "find in this text"),
        here(Action::Copy, "copy this text"),
    ],
};

/// A key while something is being typed or chosen.
#[derive(Debug, Clone, Copy)]
pub struct Typing {
    /// Where.
    pub place: &'static str,
    /// The keys, as people write them.
    pub keys: &'static [&'static str],
    /// What they do.
    pub help: &'static str,
}

const fn typing(place: &'static str, keys: &'static [&'static str], help: &'static str) -> Typing {
    Typing { place, keys, help }
}

/// The keys of the lines and boxes that lie over the panes. They cannot be moved.
pub const TYPING: &[Typing] = &[
    typing("any line", &["Left", "Right", "Home", "End"], "move in the line"),
    typing("any line", &["^w", "^u"], "delete the word before, or everything before"),
    typing("any line", &["Up", "Down"], "what was typed before"),
    typing("any line", &["Enter"], "do it"),
    typing("any line, box or menu", &["Esc"], "leave"),
    typing("filter", &["Tab"], "complete names, operators, values, saved filters"),
    typing("filter", &["^s"], "save it under a name, for $name"),
    typing("find", &["Tab"], "read it as text, as a regular expression, or as hex"),
    typing("command line", &["Tab"], "complete"),
    typing("palette", &["Up", "Down", "^p", "^n"], "the line before or after"),
    typing("menu", &["Up", "Down"], "the line before or after; a letter chooses its line"),
    typing("columns", &["Up", "Down"], "the column before or after"),
    typing("columns", &["=", "-"], "only rows that are like the selected one in this column, or only the others"),
    typing("columns", &["<", ">"], "move the column to the left or right"),
    typing("columns", &["a"], "add the selected field"),
    typing("columns", &["n"], "add any field or expression: Name:expression"),
    typing("columns", &["r", "w"], "another name, another width"),
    typing("columns", &["d"], "remove the column"),
    typing("columns", &["u"], "the usual columns"),
    typing("columns", &["s"], "save the columns in the configuration"),
];
