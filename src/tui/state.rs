//! Everything the inspector remembers between two pictures.
//!
//! Invariant: nothing in here changes but by [`State::update`] and [`State::settle`]; drawing only reads.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::keys::{Chord, Keys};
use super::rows::Rows;
use super::scene::Scene;
use super::theme::Theme;
use crate::base::{Source, Timestamp};
use crate::trace::{Detail, Inflations, ReadAt, Shared};

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
}

/// What lies over the panes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// Help, from this line on.
    Help(usize),
}

/// A typed number, and what it may have changed on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typed {
    /// The number so far.
    pub number: u64,
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
    /// The pane that takes keys.
    pub pane: Pane,
    /// The pane of details shown where there is room for one.
    pub tab: Pane,
    /// Only one pane is shown.
    pub zoomed: bool,
    /// Lines moved from the details to the list by the user.
    pub split: i16,
    /// The list.
    pub list: List,
    /// The fields.
    pub fields: FieldsPane,
    /// The bytes.
    pub bytes: BytesPane,
    /// What is selected, in full.
    pub detail: Option<Detail>,
    /// Compressed messages that were looked at.
    pub inflations: Inflations,
    /// There is more to look up than one step does: settle again when nothing else is to be done.
    pub busy: bool,
    /// How time is shown.
    pub time: TimeFormat,
    /// What time counts from: the first frame's, until somebody says otherwise.
    pub start: Option<Timestamp>,
    /// The selection goes with what arrives.
    pub follow: bool,
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
            pane: Pane::List,
            tab: Pane::Fields,
            zoomed: false,
            split: 0,
            list: List { rows: Rows::Frames, selected: 0, top: 0 },
            fields: FieldsPane { folded: ["ws.rsv", "tcp", "ip", "ipv6", "eth"].into(), ..FieldsPane::default() },
            bytes: BytesPane { source: Source::Frame, cursor: 0, top: 0 },
            detail: None,
            inflations: Inflations::default(),
            busy: false,
            time: TimeFormat::Relative,
            start: None,
            follow: false,
            typed: Vec::new(),
            number: None,
            overlay: None,
            message: None,
            keys: Keys::default(),
            theme,
            scene: Scene::default(),
        }
    }

    /// The selected field.
    #[must_use]
    pub fn field(&self) -> Option<&crate::trace::Field> {
        self.detail.as_ref()?.fields.get(self.fields.selected)
    }
}
