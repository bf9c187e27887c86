//! The key table: every key there is, said once. Help, footer, documentation and dispatch are all made from it.
//!
//! In: key presses. Out: [`Action`]s. A key is written as people write it: `j`, `G`, `^d` (Control), `Enter`, `PgDn`;
//! keys pressed one after the other stand together: `gg`.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

mod action;
mod legend;
pub mod places;

pub use action::Action;
pub use legend::{LEGEND, Sign};
pub use places::{Here, Place, TYPING, Typing};

/// Where a line of help stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Moving the selection.
    Move,
    /// Panes and views.
    Panes,
    /// Working with frames.
    Work,
    /// The program.
    Program,
}

impl Group {
    /// All groups in the order of help.
    pub const ALL: [Group; 4] = [Group::Move, Group::Panes, Group::Work, Group::Program];

    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Group::Move => "Move",
            Group::Panes => "Panes and views",
            Group::Work => "Frames",
            Group::Program => "Program",
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// What it asks for.
    pub action: Action,
    /// Its name in a configuration.
    pub name: &'static str,
    /// The keys, any of which does it.
    pub keys: &'static [&'static str],
    /// Its heading in help.
    pub group: Group,
    /// What it does, in a few words.
    pub help: &'static str,
    /// The word in the footer, for those that stand there.
    pub footer: Option<&'static str>,
}

macro_rules! table {
    (@footer) => { None };
    (@footer $word:literal) => { Some($word) };
    ($($action:ident $name:literal [$($key:literal)+] $group:ident $help:literal $(= $footer:literal)?;)*) => {
        /// Every key.
        pub const BINDINGS: &[Binding] = &[$(Binding {
            action: Action::$action,
            name: $name,
            keys: &[$($key),+],
            group: Group::$group,
            help: $help,
            footer: table!(@footer $($footer)?),
        }),*];
    };
}

table! {
    Down "down" ["j" "Down"] Move "one row down";
    Up "up" ["k" "Up"] Move "one row up";
    Left "left" ["h" "Left"] Move "fold a field; the byte before";
    Right "right" ["l" "Right"] Move "unfold a field; the byte after";
    HalfDown "half-page-down" ["^d"] Move "half a page down";
    HalfUp "half-page-up" ["^u"] Move "half a page up";
    PageDown "page-down" ["PgDn" "Space"] Move "a page down";
    PageUp "page-up" ["PgUp" "^b"] Move "a page up";
    Top "top" ["gg" "Home"] Move "first row; 12gg goes to frame 12";
    Bottom "bottom" ["G" "End"] Move "last row; 120G goes to frame 120";
    NextInConnection "next-in-connection" ["}"] Move "next frame of this connection";
    PreviousInConnection "previous-in-connection" ["{"] Move "previous frame of this connection";
    NextFinding "next-finding" ["!"] Move "next frame with a finding" = "finding";
    Filter "filter-rows" ["/"] Work "show only what a filter selects, in Wireshark's language" = "filter";
    Like "filter-like" ["="] Work "show only frames with this value of the field";
    NotLike "filter-not-like" ["-"] Work "hide frames with this value of the field";
    Heartbeats "hide-heartbeats" ["H"] Work "fold heartbeats into rows that count them, and back";
    Find "find-in-pane" ["^f"] Move "find text, regex or hex: in payloads, fields or bytes" = "find";
    FindNext "find-next" ["n"] Move "next place of what was found";
    FindPrevious "find-previous" ["N"] Move "previous place of what was found";
    NextSame "next-same" ["*"] Move "next frame with this value of the field";
    PreviousSame "previous-same" ["#"] Move "previous frame with this value of the field";
    Mark "mark" ["m"] Move "set a mark: m and a letter; again takes it away";
    GoToMark "go-to-mark" ["'"] Move "to a mark: ' and its letter";
    NextPane "next-pane" ["Tab"] Panes "next pane" = "pane";
    PreviousPane "previous-pane" ["S-Tab"] Panes "previous pane";
    Open "open" ["Enter"] Panes "into what is selected";
    Back "back" ["Esc"] Panes "back";
    NextSource "next-source" ["]"] Panes "next source of the bytes";
    PreviousSource "previous-source" ["["] Panes "previous source of the bytes";
    Unmasking "unmasking" ["X"] Panes "the unmasking step by step, and back";
    NextPacket "next-packet" [")"] Panes "next packet of this frame, as bytes and fields";
    PreviousPacket "previous-packet" ["("] Panes "previous packet of this frame";
    Zoom "zoom" ["\\"] Panes "this pane alone, and back" = "zoom";
    Grow "grow" [">"] Panes "more room for this pane";
    Shrink "shrink" ["<"] Panes "less room for this pane";
    Messages "messages" ["M"] Work "a row a message, or a row a frame" = "messages";
    Columns "columns" ["C"] Work "columns of the list: add, move, name; filter by a cell";
    Only "only-connection" ["c"] Work "only this connection, and back";
    TimeFormat "time-format" ["t"] Work "time: relative, since the row before, of day, epoch";
    TimeReference "time-reference" ["T"] Work "time counts from this frame, or from the first again";
    Copy "copy" ["y"] Work "copy payload, hex, JSON, C, Markdown, Wireshark filter" = "copy";
    Export "export" ["x"] Work "write to a file";
    Follow "follow" ["F"] Work "go with what arrives";
    Freeze "freeze" ["f"] Work "show nothing that arrives from now on";
    Help "help" ["?" "F1"] Program "this help" = "help";
    Command "command" [":"] Program "command line" = "command";
    Palette "palette" ["^p"] Program "find a command";
    Mouse "mouse" ["%"] Program "mouse on or off; with Shift it selects text";
    Redraw "redraw" ["^l"] Program "draw everything anew";
    Suspend "suspend" ["^z"] Program "back to the shell for a while";
    Quit "quit" ["q" "^c"] Program "quit" = "quit";
}

/// What stands in the footer, what matters most first. Help and how to leave are always there.
pub const FOOTER: [Action; 8] = [
    Action::Filter,
    Action::Find,
    Action::NextPane,
    Action::Copy,
    Action::Messages,
    Action::NextFinding,
    Action::Zoom,
    Action::Command,
];

/// The line of the table that says what an action is.
#[must_use]
pub fn binding(action: Action) -> Option<&'static Binding> {
    BINDINGS.iter().find(|binding| binding.action == action)
}

/// One key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key.
    pub code: KeyCode,
    /// With Control.
    pub control: bool,
    /// With Alt.
    pub alt: bool,
}

const NAMES: [(&str, KeyCode); 20] = [
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("S-Tab", KeyCode::BackTab),
    ("Space", KeyCode::Char(' ')),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("F1", KeyCode::F(1)),
    ("F2", KeyCode::F(2)),
    ("F3", KeyCode::F(3)),
    ("F4", KeyCode::F(4)),
    ("F5", KeyCode::F(5)),
];

impl Chord {
    /// A key without Control or Alt.
    #[must_use]
    pub fn plain(code: KeyCode) -> Chord {
        Chord { code, control: false, alt: false }
    }

    /// The digit it types.
    #[must_use]
    pub fn digit(self) -> Option<u8> {
        match self {
            Chord { code: KeyCode::Char(c @ '0'..='9'), control: false, alt: false } => {
                u8::try_from(c).ok().map(|c| c - b'0')
            }
            _ => None,
        }
    }

    /// The event of a terminal that this key makes.
    #[must_use]
    pub fn event(self) -> KeyEvent {
        let mut modifiers = KeyModifiers::NONE;
        modifiers.set(KeyModifiers::CONTROL, self.control);
        modifiers.set(KeyModifiers::ALT, self.alt);
        KeyEvent::new(self.code, modifiers)
    }

    /// Reads the keys of a sequence: `gg`, `^d`, `PgDn`, `A-x`. `None` where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Vec<Chord>> {
        if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Some(vec![Chord::plain(*code)]);
        }
        if let Some(rest) = text.strip_prefix("A-") {
            let mut chords = Chord::parse(rest)?;
            chords.first_mut()?.alt = true;
            return Some(chords);
        }
        let mut chords = Vec::new();
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            let control = letter == '^' && letters.peek().is_some();
            let letter = if control { letters.next()? } else { letter };
            if letter.is_control() {
                return None;
            }
            chords.push(Chord { code: KeyCode::Char(letter), control, alt: false });
        }
        (!chords.is_empty()).then_some(chords)
    }
}

impl From<KeyEvent> for Chord {
    fn from(event: KeyEvent) -> Chord {
        let code = match event.code {
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            code => code,
        };
        Chord {
            code,
            control: event.modifiers.contains(KeyModifiers::CONTROL),
            alt: event.modifiers.contains(KeyModifiers::ALT),
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.alt {
            f.write_str("A-")?;
        }
        if self.control {
            f.write_str("^")?;
        }
        match NAMES.iter().find(|(_, code)| *code == self.code) {
            Some((name, _)) => f.write_str(name),
            None => match self.code {
                KeyCode::Char(c) => write!(f, "{c}"),
                code => write!(f, "{code}"),
            },
        }
    }
}

/// Reads a script of keys: letters, and names in angle brackets: `jj<Enter><^d>`.
#[must_use]
pub fn script(text: &str) -> Vec<Chord> {
    let mut chords = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|name| name.split_once('>')).filter(|(name, _)| !name.is_empty());
        let (name, after) = named.unwrap_or(rest.split_at_checked(letter.len_utf8()).unwrap_or((rest, "")));
        chords.extend(Chord::parse(name).unwrap_or_default());
        rest = after;
    }
    chords
}

/// What the keys typed so far amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// An action.
    Action(Action),
    /// The start of one.
    More,
    /// Nothing.
    Nothing,
}

/// Which keys ask for what.
#[derive(Debug, Clone)]
pub struct Keys {
    map: Vec<(Vec<Chord>, Action)>,
}

impl Default for Keys {
    fn default() -> Keys {
        let each = BINDINGS.iter().flat_map(|binding| {
            binding.keys.iter().filter_map(|keys| Chord::parse(keys)).map(|chords| (chords, binding.action))
        });
        Keys { map: each.collect() }
    }
}

impl Keys {
    /// What these keys ask for.
    #[must_use]
    pub fn meaning(&self, typed: &[Chord]) -> Meaning {
        if let Some((_, action)) = self.map.iter().find(|(keys, _)| keys == typed) {
            return Meaning::Action(*action);
        }
        let more = self.map.iter().any(|(keys, _)| keys.starts_with(typed));
        if more { Meaning::More } else { Meaning::Nothing }
    }

    /// Gives an action other keys.
    pub fn rebind(&mut self, action: Action, keys: Vec<Vec<Chord>>) {
        self.map.retain(|(_, bound)| *bound != action);
        self.map.extend(keys.into_iter().map(|keys| (keys, action)));
    }

    /// Keys that can never be typed, or that two actions claim: a line each.
    #[must_use]
    pub fn clashes(&self) -> Vec<String> {
        let name = |action: Action| BINDINGS.iter().find(|b| b.action == action).map_or("", |binding| binding.name);
        let mut clashes = Vec::new();
        for (at, (keys, action)) in self.map.iter().enumerate() {
            for (others, other) in self.map.iter().skip(at + 1).filter(|(_, other)| other != action) {
                let text: String = keys.iter().map(Chord::to_string).collect();
                if keys == others {
                    clashes.push(format!("{text} is both {} and {}", name(*action), name(*other)));
                } else if keys.starts_with(others) || others.starts_with(keys) {
                    let longer: String = others.iter().map(Chord::to_string).collect();
                    clashes.push(format!("{text} and {longer} begin alike, so one of them can never be typed"));
                }
            }
        }
        clashes
    }

    /// The keys for an action, as people write them.
    #[must_use]
    pub fn of(&self, action: Action) -> Vec<String> {
        let own = self.map.iter().filter(|(_, bound)| *bound == action);
        own.map(|(keys, _)| keys.iter().map(Chord::to_string).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_has_two_meanings_and_every_key_is_read() {
        let mut seen = HashSet::new();
        for binding in BINDINGS {
            for keys in binding.keys {
                let chords = Chord::parse(keys).unwrap_or_else(|| panic!("{keys}"));
                assert_eq!(chords.iter().map(Chord::to_string).collect::<String>(), *keys);
                assert!(seen.insert(chords.clone()), "{keys} twice");
                assert_eq!(Keys::default().meaning(&chords), Meaning::Action(binding.action));
            }
        }
        // No key is the start of a longer one, or the longer one could never be typed.
        for one in &seen {
            assert!(!seen.iter().any(|other| other != one && other.starts_with(one)), "{one:?}");
        }
    }

    #[test]
    fn arrows_and_letters_always_both() {
        for pair in [["j", "Down"], ["k", "Up"], ["h", "Left"], ["l", "Right"]] {
            let meanings = pair.map(|keys| Keys::default().meaning(&Chord::parse(keys).unwrap()));
            assert_eq!(meanings[0], meanings[1]);
        }
    }

    #[test]
    fn a_sequence_is_known_from_its_start() {
        let g = Chord::parse("g").unwrap();
        assert_eq!(Keys::default().meaning(&g), Meaning::More);
        assert_eq!(Keys::default().meaning(&Chord::parse("gx").unwrap()), Meaning::Nothing);
    }
}
