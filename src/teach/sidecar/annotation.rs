//! One annotation: what somebody wrote about a connection, a message, a frame, a field, bytes or bits.

use toml_edit::{Table, value};

use super::Place;
use super::entry::{Reader, set, text_of};

/// What the file calls the colour.
const COLOUR: &str = "colour";

/// What somebody wrote, and about what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Its name in the file: no other entry has it.
    pub id: String,
    /// What it is about.
    pub at: Place,
    /// What was written, as Markdown.
    pub text: String,
    /// A word or two for where there is no room for more; empty where none was given.
    pub label: String,
    /// How it is marked.
    pub colour: Colour,
    /// Who wrote it; empty where nobody says.
    pub author: String,
    /// When, as RFC 3339 writes times; empty where nobody says.
    pub made: String,
    /// Which comes first: lower numbers do.
    pub order: i64,
}

/// How an annotation is marked. Named, not mixed: each theme has its own for them, and colour never stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Colour {
    /// The usual one.
    #[default]
    Yellow,
    /// Red.
    Red,
    /// Green.
    Green,
    /// Blue.
    Blue,
    /// Purple.
    Purple,
    /// Grey.
    Grey,
}

impl Colour {
    /// All of them.
    pub const ALL: [Colour; 6] =
        [Colour::Yellow, Colour::Red, Colour::Green, Colour::Blue, Colour::Purple, Colour::Grey];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Colour::Yellow => "yellow",
            Colour::Red => "red",
            Colour::Green => "green",
            Colour::Blue => "blue",
            Colour::Purple => "purple",
            Colour::Grey => "grey",
        }
    }

    /// The one of this name, also as it is spelled across the ocean.
    #[must_use]
    pub fn named(name: &str) -> Option<Colour> {
        let name = if name.eq_ignore_ascii_case("gray") { "grey" } else { name };
        Colour::ALL.into_iter().find(|colour| colour.name().eq_ignore_ascii_case(name))
    }
}

impl Annotation {
    /// One about this, with nothing said of it but the text.
    #[must_use]
    pub fn new(id: String, at: Place, text: impl Into<String>) -> Annotation {
        let text = text.into();
        let (label, author, made) = Default::default();
        Annotation { id, at, text, label, colour: Colour::default(), author, made, order: 0 }
    }

    /// Its first words, on one line.
    #[must_use]
    pub fn heading(&self) -> &str {
        if self.label.is_empty() {
            self.text.lines().find(|line| !line.trim().is_empty()).unwrap_or("")
        } else {
            &self.label
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>, table: &Table) -> Option<Annotation> {
        Some(Annotation {
            id: reader.required(table, "id")?,
            at: reader.place(table, "at")?,
            text: reader.text(table, "text").unwrap_or_default(),
            label: reader.text(table, "label").unwrap_or_default(),
            colour: reader.named(table, COLOUR, Colour::named).unwrap_or_default(),
            author: reader.text(table, "author").unwrap_or_default(),
            made: reader.text(table, "made").unwrap_or_default(),
            order: reader.integer(table, "order").unwrap_or_default(),
        })
    }

    pub(super) fn write(&self, table: &mut Table) {
        set(table, "id", Some(value(&self.id)));
        set(table, "at", Some(value(self.at.to_string())));
        set(table, "text", Some(value(&self.text)));
        set(table, "label", text_of(&self.label));
        set(table, COLOUR, (self.colour != Colour::default()).then(|| value(self.colour.name())));
        set(table, "author", text_of(&self.author));
        set(table, "made", text_of(&self.made));
        set(table, "order", (self.order != 0).then(|| value(self.order)));
    }
}
