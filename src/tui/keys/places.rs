//! What keys do in particular places: the second half of the key table. Help shows the place where it was asked for.

use super::Action;

/// A place on the screen where keys mean something of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The list of frames or messages.
    List,
    /// The decoded fields.
    Fields,
    /// The bit diagram.
    Bits,
    /// The bytes.
    Bytes,
    /// The payload as text.
    Text,
    /// The connections.
    Connections,
    /// The conversation.
    Talk,
    /// The ladder.
    Ladder,
    /// The findings.
    Notes,
    /// The handshake.
    Handshake,
}

impl Place {
    /// All of them.
    pub const ALL: [Place; 10] = [
        Place::List,
        Place::Fields,
        Place::Bits,
        Place::Bytes,
        Place::Text,
        Place::Connections,
        Place::Talk,
        Place::Ladder,
        Place::Notes,
        Place::Handshake,
    ];

    /// Its name in help.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Place::List => "In the list",
            Place::Fields => "In the fields",
            Place::Bits => "In the bit diagram",
            Place::Bytes => "In the bytes",
            Place::Text => "In the text",
            Place::Connections => "Among the connections",
            Place::Talk => "In the conversation",
            Place::Ladder => "On the ladder",
            Place::Notes => "Among the notes",
            Place::Handshake => "In the handshake",
        }
    }
}

/// What an action does in a place.
#[derive(Debug, Clone, Copy)]
pub struct Here {
    /// The place.
    pub place: Place,
    /// The action, whose keys are those of the main table.
    pub action: Action,
    /// What it does there.
    pub help: &'static str,
    /// The word in the footer, for those that stand there.
    pub footer: Option<&'static str>,
}

const fn here(place: Place, action: Action, help: &'static str) -> Here {
    Here { place, action, help, footer: None }
}

const fn foot(place: Place, action: Action, word: &'static str, help: &'static str) -> Here {
    Here { place, action, help, footer: Some(word) }
}

/// Everything that means something of its own somewhere.
pub const HERE: &[Here] = &[
    foot(Place::List, Action::Open, "details", "into the details of this frame"),
    here(Place::List, Action::Right, "into the details of this frame"),
    foot(Place::Fields, Action::Open, "fold", "fold or unfold"),
    here(Place::Fields, Action::Left, "fold; then to the group above; then back to the list"),
    here(Place::Fields, Action::Right, "unfold"),
    here(Place::Fields, Action::Copy, "copy the bytes of this field"),
    foot(Place::Bits, Action::Open, "field", "to this field in the tree"),
    here(Place::Bits, Action::Right, "the next field of the header"),
    here(Place::Bits, Action::Left, "the field before"),
    foot(Place::Bytes, Action::NextSource, "source", "the next source: wire, payload, message, packet"),
    here(Place::Bytes, Action::Right, "the next byte; its field is selected everywhere"),
    here(Place::Bytes, Action::Left, "the byte before"),
    here(Place::Bytes, Action::Top, "the first byte"),
    here(Place::Bytes, Action::Bottom, "the last byte"),
    here(Place::Bytes, Action::Find, "find in these bytes"),
    here(Place::Bytes, Action::Copy, "copy the field under the cursor, or all that is shown"),
    here(Place::Bytes, Action::Open, "to the field of this byte"),
    foot(Place::Text, Action::NextSource, "source", "the next source: the bytes on the wire"),
    here(Place::Text, Action::Down, "a line on"),
    here(Place::Text, Action::Find, "find in this text"),
    here(Place::Text, Action::Copy, "copy this text"),
    foot(Place::Connections, Action::Open, "its frames", "only the frames of this connection"),
    here(Place::Connections, Action::Down, "the next connection"),
    here(Place::Connections, Action::Copy, "copy the handshake of this connection"),
    foot(Place::Talk, Action::Open, "frame", "to this frame"),
    here(Place::Talk, Action::Down, "the next message or control frame"),
    here(Place::Talk, Action::Export, "write the conversation to a file: x, then t"),
    foot(Place::Ladder, Action::Open, "frame", "to this frame"),
    here(Place::Ladder, Action::Down, "the next frame of this connection"),
    foot(Place::Notes, Action::Open, "unfold, go", "unfold a rule; from a place, to its frame"),
    here(Place::Notes, Action::Down, "the next rule or place; its frame is selected"),
    here(Place::Handshake, Action::Down, "a line on"),
    here(Place::Handshake, Action::Copy, "copy both heads"),
];

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
    typing("find", &["Tab"], "read it as text, as a regular expression, or as hex"),
    typing("command line", &["Tab"], "complete"),
    typing("palette", &["Up", "Down", "^p", "^n"], "the line before or after"),
    typing("menu", &["Up", "Down"], "the line before or after; a letter chooses its line"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::binding;

    #[test]
    fn every_place_says_something_of_its_own() {
        for place in Place::ALL {
            assert!(HERE.iter().any(|here| here.place == place), "{place:?}");
        }
        assert!(HERE.iter().all(|here| binding(here.action).is_some()));
    }
}
