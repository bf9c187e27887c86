//! Everything the inspector remembers between two pictures.
//!
//! Invariant: nothing in here changes but by [`State::update`] and [`State::settle`]; drawing only reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::edit::Edit;
use super::holds::Holds;
use super::keys::{Chord, Keys, Place};
use super::menu::Menu;
use super::pattern::{Pattern, Reading};
use super::rows::{Kind, Rows};
use super::scene::Scene;
use super::scene::findings::Findings;
use super::session;
use super::theme::Theme;
use crate::base::{SocketId, Source, Timestamp};
use crate::trace::{Detail, Inflations, ReadAt, Shared};

/// The columns of the list whose width can be chosen.
pub const COLUMNS: [&str; 6] = ["time", "delta", "connection", "flags", "length", "note"];

/// The widest a column can be made.
pub const WIDEST: u16 = 100;

/// A part of the screen that takes keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The list of frames.
    List,
    /// The decoded fields.
    Fields,
    /// The bit diagram.
    Bits,
    /// The bytes.
    Bytes,
}

impl Pane {
    /// All of them, in the order of Tab.
    pub const ALL: [Pane; 4] = [Pane::List, Pane::Fields, Pane::Bits, Pane::Bytes];

    /// Its name on a tab.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Pane::List => "frames",
            Pane::Fields => "fields",
            Pane::Bits => "bits",
            Pane::Bytes => "bytes",
        }
    }
}

/// How time is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFormat {
    /// Since the first packet.
    Relative,
    /// Since the row before.
    Delta,
    /// Of the day, UTC.
    OfDay,
    /// Since 1970.
    Epoch,
}

impl TimeFormat {
    /// All of them.
    pub const ALL: [TimeFormat; 4] = [TimeFormat::Relative, TimeFormat::Delta, TimeFormat::OfDay, TimeFormat::Epoch];

    /// Its name in a configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TimeFormat::Relative => "relative",
            TimeFormat::Delta => "delta",
            TimeFormat::OfDay => "of-day",
            TimeFormat::Epoch => "epoch",
        }
    }

    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> TimeFormat {
        match self {
            TimeFormat::Relative => TimeFormat::Delta,
            TimeFormat::Delta => TimeFormat::OfDay,
            TimeFormat::OfDay => TimeFormat::Epoch,
            TimeFormat::Epoch => TimeFormat::Relative,
        }
    }

    /// Its column's heading.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            TimeFormat::Relative => "time",
            TimeFormat::Delta => "time Δ",
            TimeFormat::OfDay => "time UTC",
            TimeFormat::Epoch => "time 1970",
        }
    }
}

/// What fills the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The list of frames with everything about the selected one.
    Frames,
    /// The connections, and the handshake of the selected one.
    Connections,
    /// One connection as a conversation.
    Talk,
    /// One connection as a ladder.
    Ladder,
    /// What breaks a rule.
    Notes,
    /// The handshake of one connection.
    Handshake,
}

impl View {
    /// All of them, in the order of their digits.
    pub const ALL: [View; 6] =
        [View::Frames, View::Connections, View::Talk, View::Ladder, View::Notes, View::Handshake];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            View::Frames => "frames",
            View::Connections => "connections",
            View::Talk => "talk",
            View::Ladder => "ladder",
            View::Notes => "notes",
            View::Handshake => "handshake",
        }
    }

    /// What it shows, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            View::Frames => "the list, and everything about the selected frame",
            View::Connections => "who talks to whom, and the handshake of each",
            View::Talk => "one connection as a conversation, with round trips",
            View::Ladder => "one connection between two lifelines",
            View::Notes => "what breaks a rule, and where",
            View::Handshake => "what was asked, answered and agreed on",
        }
    }

    /// The view of a digit: 1 is the first.
    #[must_use]
    pub fn of(digit: u8) -> Option<View> {
        View::ALL.get(usize::from(digit).checked_sub(1)?).copied()
    }

    /// One pane fills the screen, and what is selected in it is a frame.
    #[must_use]
    pub fn is_page(self) -> bool {
        matches!(self, View::Talk | View::Ladder | View::Notes | View::Handshake)
    }
}

/// The list.
#[derive(Debug, Clone)]
pub struct List {
    /// What a row is.
    pub rows: Rows,
    /// The selected frame; 0 while there is none.
    pub selected: u64,
    /// The first row shown.
    pub top: u64,
}

/// The decoded fields.
#[derive(Debug, Clone, Default)]
pub struct FieldsPane {
    /// Index of the selected field in the detail's list.
    pub selected: usize,
    /// The name of the field that was last chosen: it is selected again in every frame that has it.
    pub wanted: &'static str,
    /// The first line shown.
    pub top: u64,
    /// Groups that are folded, by the name of their field.
    pub folded: BTreeSet<&'static str>,
}

/// The bytes.
#[derive(Debug, Clone)]
pub struct BytesPane {
    /// Which bytes.
    pub source: Source,
    /// The byte under the cursor.
    pub cursor: u64,
    /// The first line shown.
    pub top: u64,
    /// The payload as text is shown instead.
    pub text: bool,
    /// The first line of it shown.
    pub text_top: usize,
}

/// What lies over the panes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// Help, from this line on.
    Help(usize),
    /// Something to look for is being typed.
    Find(Edit, Reading),
    /// A command is being typed.
    Command(Edit),
    /// Commands to choose from, and the line chosen.
    Palette(Edit, usize),
    /// A menu, and the line chosen.
    Menu(Menu, usize),
    /// Shall this be written?
    Ask(Write),
    /// What becomes of what was captured? The name of the file, once it is to be kept.
    Keep(Option<Edit>),
}

/// Something to write to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// What it is, for people.
    pub what: String,
    /// The file, in the current folder.
    pub file: String,
    /// What goes in.
    pub bytes: Vec<u8>,
}

/// The letter of a mark is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// To set it.
    Mark,
    /// To go to it.
    GoToMark,
}

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// The pattern, once there is one.
    pub pattern: Option<Pattern>,
    /// How the next one will be read.
    pub reading: Reading,
    /// What was looked for before, the latest last.
    pub history: Vec<String>,
    /// The number of the newest search.
    pub number: u64,
}

/// A typed number, and what it has changed on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typed {
    /// The number so far.
    pub number: u64,
    /// Its digits.
    pub digits: u8,
    /// The view that was shown before the first of them chose another.
    pub before: View,
    /// No digit followed at once: the next one begins another number.
    pub rested: bool,
}

/// The state.
pub struct State {
    /// What was found.
    pub trace: Shared,
    /// The bytes of the capture.
    pub store: Arc<dyn ReadAt>,
    /// The name of the capture.
    pub name: String,
    /// Columns and lines of the terminal.
    pub size: (u16, u16),
    /// What fills the screen.
    pub view: View,
    /// The pane that takes keys.
    pub pane: Pane,
    /// The pane of details shown where there is room for one.
    pub tab: Pane,
    /// Only one pane is shown.
    pub zoomed: bool,
    /// Lines moved from the details to the list by the user.
    pub split: i16,
    /// Columns moved from the diagram and the bytes to the fields by the user.
    pub divide: i16,
    /// Widths of the list's columns that the user has chosen; 0 leaves one out.
    pub widths: BTreeMap<&'static str, u16>,
    /// The list.
    pub list: List,
    /// The fields.
    pub fields: FieldsPane,
    /// The bytes.
    pub bytes: BytesPane,
    /// The connection of the selected frame, or the one selected among the connections.
    pub connection: SocketId,
    /// The first line of the connections shown.
    pub connections_top: u64,
    /// The frame of the first entry of the conversation shown.
    pub talk_top: u64,
    /// The first line of the ladder shown.
    pub ladder_top: u64,
    /// The first line of the handshake shown.
    pub handshake_top: usize,
    /// What breaks a rule.
    pub findings: Findings,
    /// What is wrong with the capture itself.
    pub warnings: Vec<String>,
    /// What the capture holds, once it was read to its end.
    pub holds: Holds,
    /// The capture has not begun: nothing was written into the pipe that it comes from.
    pub waiting: bool,
    /// What is selected, in full.
    pub detail: Option<Detail>,
    /// Compressed messages that were looked at.
    pub inflations: Inflations,
    /// There is more to look up than one step does: settle again when nothing else is to be done.
    pub busy: bool,
    /// How time is shown.
    pub time: TimeFormat,
    /// The time of the first packet, from which time counts.
    pub start: Option<Timestamp>,
    /// What time counts from instead.
    pub reference: Option<Timestamp>,
    /// Marks by their letter.
    pub marks: BTreeMap<char, session::Place>,
    /// A frame to select once it has been read.
    pub wanted: Option<session::Place>,
    /// Frames there were when it was last looked for.
    pub looked_at: u64,
    /// What is looked for.
    pub find: Finding,
    /// Commands typed before, the latest last.
    pub commands: Vec<String>,
    /// The mouse is reported.
    pub mouse: bool,
    /// A letter is awaited.
    pub awaited: Option<Awaited>,
    /// The selection goes with what arrives.
    pub follow: bool,
    /// The live capture that is shown, if it is one.
    pub live: Option<super::live::View>,
    /// Keys of a sequence that has not ended.
    pub typed: Vec<Chord>,
    /// A number typed before a key.
    pub number: Option<Typed>,
    /// What lies over the panes.
    pub overlay: Option<Overlay>,
    /// One line to say in the foot.
    pub message: Option<String>,
    /// The key table.
    pub keys: Keys,
    /// Colours.
    pub theme: Theme,
    /// What is drawn.
    pub scene: Scene,
}

impl State {
    /// The state at the start.
    #[must_use]
    pub fn new(trace: Shared, store: Arc<dyn ReadAt>, name: String, theme: Theme) -> State {
        State {
            trace,
            store,
            name,
            size: (80, 24),
            view: View::Frames,
            pane: Pane::List,
            tab: Pane::Fields,
            zoomed: false,
            split: 0,
            divide: 0,
            widths: BTreeMap::new(),
            list: List { rows: Rows { kind: Kind::Frames, only: None, frozen: None }, selected: 0, top: 0 },
            fields: FieldsPane {
                folded: ["ws.rsv", "http.request", "http.response", "tcp", "ip", "ipv6", "eth"].into(),
                ..FieldsPane::default()
            },
            bytes: BytesPane { source: Source::Frame, cursor: 0, top: 0, text: false, text_top: 0 },
            connection: SocketId::default(),
            connections_top: 0,
            talk_top: 0,
            ladder_top: 0,
            handshake_top: 0,
            findings: Findings::default(),
            warnings: Vec::new(),
            holds: Holds::default(),
            waiting: false,
            detail: None,
            inflations: Inflations::default(),
            busy: false,
            time: TimeFormat::Relative,
            start: None,
            reference: None,
            marks: BTreeMap::new(),
            wanted: None,
            looked_at: 0,
            find: Finding::default(),
            commands: Vec::new(),
            mouse: false,
            awaited: None,
            follow: false,
            live: None,
            typed: Vec::new(),
            number: None,
            overlay: None,
            message: None,
            keys: Keys::default(),
            theme,
            scene: Scene::default(),
        }
    }

    /// Where the keys are.
    #[must_use]
    pub fn place(&self) -> Place {
        match (self.pane, self.view) {
            (Pane::Fields, _) => Place::Fields,
            (Pane::Bits, _) => Place::Bits,
            (Pane::Bytes, _) if self.bytes.text => Place::Text,
            (Pane::Bytes, _) => Place::Bytes,
            (Pane::List, View::Frames) => Place::List,
            (Pane::List, View::Connections) => Place::Connections,
            (Pane::List, View::Talk) => Place::Talk,
            (Pane::List, View::Ladder) => Place::Ladder,
            (Pane::List, View::Notes) => Place::Notes,
            (Pane::List, View::Handshake) => Place::Handshake,
        }
    }

    /// The selected field.
    #[must_use]
    pub fn field(&self) -> Option<&crate::trace::Field> {
        self.detail.as_ref()?.fields.get(self.fields.selected)
    }
}
