//! Everything the inspector remembers between two pictures, but for what only one page needs.
//!
//! Invariant: nothing in here changes but by `Inspector::update` and `Inspector::settle`; drawing only reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::contents::Contents;
use super::edit::Edit;
use super::going::Going;
use super::keys::{Chord, Keys};
use super::list_columns::Arrangement;
use super::live::capture::LiveCapture;
use super::menu::Menu;
use super::page_name::PageName;
use super::pane::Pane;
use super::pattern::{Pattern, Reading};
use super::rows::{Kind, Rows};
use super::scene::Scene;
use super::search::{Hits, Search, Wanted};
use super::theme::Theme;
use super::time_format::TimeFormat;
use super::writing::Write;
use crate::base::{SocketId, Source, Timestamp};
use crate::fields::{ConnectionField, FieldId, FrameField, Node, PacketField};
use crate::filter::{Filter, Saved};
use crate::trace::{Bookmark, Detail, Inflations, ReadAt, Shared};

/// The list.
#[derive(Debug, Clone)]
pub struct List {
    /// What a row is.
    pub rows: Rows,
    /// The selected frame; 0 while there is none.
    pub selected: u64,
}

/// The decoded fields.
#[derive(Debug, Clone, Default)]
pub struct FieldsPane {
    /// Index of the selected field in the detail's list.
    pub selected: usize,
    /// The name of the field that was last chosen: it is selected again in every frame that has it.
    pub wanted: Option<FieldId>,
    /// The first line shown.
    pub top: u64,
    /// Groups that are folded, by the name of their field.
    pub folded: BTreeSet<FieldId>,
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
    /// Of the unmasked bytes, the unmasking is shown.
    pub steps: bool,
    /// The first line of it shown.
    pub text_top: usize,
}

/// The columns, to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnsBox {
    /// The column chosen.
    pub line: usize,
    /// What is being typed about it.
    pub typed: Option<(Naming, Edit)>,
}

/// What is typed about a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Its name.
    Name,
    /// Its width.
    Width,
    /// A new one: `Name:expression`.
    New,
}

/// What lies over the panes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// Help, from this line on.
    Help(usize),
    /// A filter is being typed.
    Filter(Edit),
    /// Something to look for is being typed.
    Find(Edit, Reading),
    /// A command is being typed.
    Command(Edit),
    /// Commands to choose from, and the line chosen.
    Palette(Edit, usize),
    /// A menu, and the line chosen.
    Menu(Menu, usize),
    /// What a filter does, from this line on.
    Explained(Vec<String>, usize),
    /// A filter is to be saved: its text, and the name being typed. `true` where another has that name.
    SaveFilter(String, Edit, bool),
    /// The columns of the list, and what is done with them.
    Columns(ColumnsBox),
    /// This is to be written: the name of the file is being typed. `true` where it was too long to be copied.
    Name(Box<Write>, Edit, bool),
    /// What becomes of what was captured? The name of the file, once it is to be kept.
    Keep(Option<Edit>),
}

/// The letter of a mark is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// To set it.
    Mark,
    /// To go to it.
    GoToMark,
}

/// The filter of the list.
#[derive(Debug, Clone, Default)]
pub struct ListFilter {
    /// As it was typed; empty where all is shown.
    pub text: String,
    /// Heartbeats are folded besides.
    pub no_heartbeats: bool,
    /// What was typed before, the latest last.
    pub history: Vec<String>,
    /// The filter at work.
    pub compiled: Option<Filter>,
}

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Find {
    /// The pattern, once there is one.
    pub pattern: Option<Pattern>,
    /// How the next one will be read.
    pub reading: Reading,
    /// What was looked for before, the latest last.
    pub history: Vec<String>,
    /// The number of the newest search.
    pub number: u64,
    /// It is marked wherever it is shown.
    pub marking: bool,
    /// The newest search over frames, as long as it goes on.
    pub going_on: bool,
    /// The same, also when it is over.
    pub last: Option<Search>,
    /// The frame that it has led to; `true` where that was on from the other end.
    pub at: Option<(u64, bool)>,
    /// All frames it was found in.
    pub hits: Option<Hits>,
    /// The message in the foot is about it.
    pub said: bool,
    /// The bytes are still to go to the place in the frame it has led to.
    pub show_bytes: bool,
    /// The text is.
    pub show_text: bool,
}

impl Find {
    /// What is to be marked.
    #[must_use]
    pub fn marked(&self) -> Option<&Pattern> {
        self.pattern.as_ref().filter(|_| self.marking)
    }

    /// What is marked was found in this frame, shown or not.
    #[must_use]
    pub fn is_hit(&self, frame: u64) -> bool {
        let about_it = match (self.last.as_ref().map(|last| &last.wanted), self.marked()) {
            (Some(Wanted::Payload(looked_for)), Some(marked)) => looked_for == marked,
            _ => false,
        };
        about_it && self.hits.as_ref().is_some_and(|hits| hits.frames.binary_search(&frame).is_ok())
    }
}

/// A typed number, and what it has changed on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typed {
    /// The number so far.
    pub number: u64,
    /// Its digits.
    pub digits: u8,
    /// The page that was shown before the first of them chose another.
    pub before: PageName,
    /// No digit followed at once: the next one begins another number.
    pub rested: bool,
}

/// Colours for the two grounds that a terminal may have.
#[derive(Debug, Clone, Copy)]
pub struct Grounds {
    /// Light text on dark.
    pub dark: Theme,
    /// Dark text on light.
    pub light: Theme,
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
    /// The page that fills the screen.
    pub page: PageName,
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
    /// Columns and colours of the list, where they are others than usual.
    pub arrangement: Arrangement,
    /// Filters and macros by name.
    pub saved: Saved,
    /// The list.
    pub list: List,
    /// The fields.
    pub fields: FieldsPane,
    /// The bytes.
    pub bytes: BytesPane,
    /// The connection of the selected frame, or the one selected among the connections.
    pub connection: SocketId,
    /// What is wrong with the capture itself.
    pub warnings: Vec<String>,
    /// What the capture holds, once it was read to its end.
    pub contents: Contents,
    /// The capture has not begun: nothing was written into the pipe that it comes from.
    pub waiting: bool,
    /// What is selected, in full.
    pub detail: Option<Detail>,
    /// Its fields, as a tree.
    pub tree: Vec<Node>,
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
    pub marks: BTreeMap<char, Bookmark>,
    /// An address to go to once it has been read.
    pub going: Option<Going>,
    /// A frame to select once it has been read.
    pub wanted: Option<Bookmark>,
    /// Frames there were when it was last looked for.
    pub looked_at: u64,
    /// The filter of the list.
    pub filter: ListFilter,
    /// What is looked for.
    pub find: Find,
    /// Commands typed before, the latest last.
    pub commands: Vec<String>,
    /// The mouse is reported.
    pub mouse: bool,
    /// A letter is awaited.
    pub awaited: Option<Awaited>,
    /// The selection goes with what arrives.
    pub follow: bool,
    /// The live capture that is shown, if it is one.
    pub live: Option<LiveCapture>,
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
    /// The colours to choose from once the terminal has said what its ground is; none where they are chosen.
    pub themes: Option<Grounds>,
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
            page: PageName::FRAMES,
            pane: Pane::Page,
            tab: Pane::Fields,
            zoomed: false,
            split: 0,
            divide: 0,
            widths: BTreeMap::new(),
            arrangement: Arrangement::default(),
            saved: Saved::default(),
            list: List { rows: Rows { kind: Kind::Frames, only: None, frozen: None, shown: None }, selected: 0 },
            fields: FieldsPane {
                folded: [
                    FrameField::Rsv.into(),
                    ConnectionField::Tls.into(),
                    ConnectionField::Http2.into(),
                    ConnectionField::Request.into(),
                    ConnectionField::Response.into(),
                    PacketField::Tcp.into(),
                    PacketField::Ip.into(),
                    PacketField::Ipv6.into(),
                    PacketField::Eth.into(),
                ]
                .into(),
                ..FieldsPane::default()
            },
            bytes: BytesPane { source: Source::Frame, cursor: 0, top: 0, text: false, steps: false, text_top: 0 },
            connection: SocketId::default(),
            warnings: Vec::new(),
            contents: Contents::default(),
            waiting: false,
            detail: None,
            tree: Vec::new(),
            inflations: Inflations::default(),
            busy: false,
            time: TimeFormat::Relative,
            start: None,
            reference: None,
            marks: BTreeMap::new(),
            going: None,
            wanted: None,
            looked_at: 0,
            filter: ListFilter::default(),
            find: Find::default(),
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
            themes: None,
            scene: Scene::default(),
        }
    }

    /// The selected field.
    #[must_use]
    pub fn field(&self) -> Option<&Node> {
        self.tree.get(self.fields.selected)
    }
}
