//! What chosen columns say of the visible rows, and how colours by filter want them to look.
//!
//! In: the frames that stand for visible rows. Out: a text for each column and row, and a style where a rule selects the row.
//! Each is looked up once, and again when more is known of it; only what is visible is kept. Payloads that are longer than
//! [`limits::LIST_PAYLOAD_BYTES`] are not looked into: a column says so, and a colour that asks for them does not apply.

use hashbrown::HashMap;
use ratatui::style::Style;

use crate::base::limits;
use crate::dissect::MessagePlace;
use crate::fields::display::Level;
use crate::fields::{Cost, Value};
use crate::filter::Row;
use crate::filter::traced::Lookup;
use crate::output::clock::Clock;
use crate::output::table::{Column, What};
use crate::output::value;
use crate::trace::values::{self, FrameView, MessageView, Parties};
use crate::trace::{Bytes, FrameRow, MessageRow};
use crate::tui::list_columns::{ListColumn, Of, Rule, Shows};
use crate::tui::rows::Kind;
use crate::tui::state::State;
use crate::tui::text;

/// What stands in a cell whose payload is too long to be looked into.
const TOO_LONG: &str = "…";

/// Columns of the screen that are kept of a cell.
const KEPT: usize = 200;

/// What is said of a row.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The text of each chosen column; empty for those that the list has by itself.
    pub cells: Vec<String>,
    /// How the row is to look.
    pub style: Option<Style>,
}

/// What a row was looked up by: where it is the same, so is what is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    message: Option<u64>,
    inflated: bool,
    /// All was read.
    finished: bool,
}

/// What is said of the rows that are visible.
#[derive(Debug, Default)]
pub struct Cells {
    kept: HashMap<u64, (Known, Said)>,
    /// Of which kind of rows, and by which columns and colours.
    of: Option<(Kind, u64)>,
}

impl Cells {
    /// Looks up what is said of the rows that these frames stand for.
    pub fn look_up(&mut self, state: &State, bytes: Bytes<'_>, visible: &[u64]) -> Vec<Said> {
        let of = Some((state.list.rows.kind, state.arrangement.changed));
        if self.of != of {
            (self.kept, self.of) = (HashMap::new(), of);
        }
        let Some(mut asking) = Asking::of(state) else { return Vec::new() };
        self.kept.retain(|frame, _| visible.contains(frame));
        visible.iter().map(|frame| self.of_row(state, bytes, *frame, &mut asking)).collect()
    }

    fn of_row(&mut self, state: &State, bytes: Bytes<'_>, frame: u64, asking: &mut Asking<'_>) -> Said {
        let trace = bytes.trace();
        let Some(row) = trace.frames().get(frame) else { return Said::default() };
        let message = row.message.and_then(|message| trace.messages().get(message));
        let known = Known {
            message: row.message,
            inflated: message.is_some_and(|message| state.inflations.get(message.number).is_some()),
            finished: trace.progress().finished,
        };
        if let Some((_, said)) = self.kept.get(&frame).filter(|(before, _)| *before == known) {
            return said.clone();
        }
        let said = asking.row(state, bytes, &row, message.as_ref());
        self.kept.insert(frame, (known, said.clone()));
        said
    }
}

/// Everything that is asked of a row.
struct Asking<'s> {
    kind: Kind,
    columns: &'s [ListColumn],
    rules: &'s [Rule],
    lookup: Lookup,
    /// Of what has a long payload.
    short: Lookup,
    /// Of what belongs to a message of many frames.
    bare: Lookup,
}

impl<'s> Asking<'s> {
    /// `None` where nothing is.
    fn of(state: &'s State) -> Option<Asking<'s>> {
        let columns = state.arrangement.chosen.as_deref().unwrap_or_default();
        let rules = state.arrangement.rules.as_slice();
        let asked: Vec<&Of> = columns.iter().filter_map(|column| value_of(column)).collect();
        if asked.is_empty() && rules.is_empty() {
            return None;
        }
        let kind = state.list.rows.kind;
        let expressions = asked.iter().filter_map(|of| of.frame.as_ref()?.expression());
        let frames = asked.iter().filter_map(|of| Some(of.frame.as_ref()?.field()?.cost)).max();
        let messages = asked.iter().filter_map(|of| Some(of.message.as_ref()?.field()?.cost)).max();
        let messages = messages.filter(|_| kind == Kind::Messages);
        let filters = rules.iter().map(|rule| &rule.filter);
        let lookup = Lookup::of(filters, expressions).with_fields(frames, messages);
        let (short, bare) = (lookup.without_payloads(), lookup.without_messages());
        Some(Asking { kind, columns, rules, lookup, short, bare })
    }

    fn row(&mut self, state: &State, bytes: Bytes<'_>, row: &FrameRow, message: Option<&MessageRow>) -> Said {
        let most = limits::LIST_PAYLOAD_BYTES;
        let long_message = message.is_some_and(|message| message.length.max(message.wire_length) > most);
        let scattered = message.is_some_and(|message| is_scattered(bytes, message));
        let long = row.header.length > most || long_message || scattered;
        let inflated = |message: u64| state.inflations.get(message);
        let (kind, columns, rules) = (self.kind, self.columns, self.rules);
        let lookup = match (scattered, long) {
            (true, _) => &mut self.bare,
            (false, true) => &mut self.short,
            (false, false) => &mut self.lookup,
        };
        let holds = |row: &Row<'_>| -> Vec<bool> {
            let holds = |rule: &Rule| !(long && looks_into_payloads(&rule.filter)) && rule.filter.matches(row);
            rules.iter().map(holds).collect()
        };
        let (cells, mut held) = lookup.at(bytes, row, inflated, |row| {
            let cell = |column: &ListColumn| match cell(column, kind, row, long) {
                // What a message has is not looked up of this one.
                cell if cell.is_empty() && scattered && asks_for_messages(column, kind) => TOO_LONG.to_owned(),
                cell => cell,
            };
            (columns.iter().map(cell).collect(), holds(row))
        });
        // A message looks like any of its frames.
        let others = message.filter(|message| {
            !scattered
                && kind == Kind::Messages
                && (2..=limits::LIST_MESSAGE_FRAMES).contains(&message.frame_count)
                && !rules.is_empty()
        });
        for frame in others.iter().flat_map(|message| bytes.trace().message_frames(message)) {
            let also = lookup.at(bytes, &frame, inflated, holds);
            held.iter_mut().zip(also).for_each(|(held, also)| *held |= also);
        }
        let first = held.iter().position(|held| *held).and_then(|first| rules.get(first));
        Said { cells, style: first.map(|rule| rule.style) }
    }
}

/// From the first frame of a message to its last there are more than are gone through.
fn is_scattered(bytes: Bytes<'_>, message: &MessageRow) -> bool {
    bytes.trace().connections().get(message.socket).is_some_and(|own| {
        let (first, last) = (own.index_of(message.first_frame), own.index_of(message.last_frame));
        last.saturating_sub(first) > limits::LIST_MESSAGE_SPAN
    })
}

fn looks_into_payloads(filter: &crate::filter::Filter) -> bool {
    let wants = filter.wants();
    wants.frame_payload || wants.message_payload
}

fn value_of(column: &ListColumn) -> Option<&Of> {
    match &column.shows {
        Shows::Own(_) => None,
        Shows::Value(of) => Some(of),
    }
}

/// A column says what messages have.
fn asks_for_messages(column: &ListColumn, kind: Kind) -> bool {
    let of_messages = |of: &Of| {
        let names = of.frame.iter().filter_map(Column::expression).flat_map(|expression| expression.names());
        kind == Kind::Messages || names.into_iter().any(|name| name.level == Level::Message)
    };
    value_of(column).is_some_and(of_messages)
}

/// What a column says of a row.
fn cell(column: &ListColumn, kind: Kind, row: &Row<'_>, long: bool) -> String {
    let Some(of) = value_of(column) else { return String::new() };
    match (kind, &of.frame, &of.message) {
        (Kind::Messages, _, Some(Column { what: What::Field(field), .. })) => {
            let Some((place, message)) = row.message else { return String::new() };
            if long && field.field().cost >= Cost::Payload {
                return TOO_LONG.to_owned();
            }
            let parties = parties(row);
            let place = MessagePlace { ..*place };
            let view = MessageView { place: &place, message, parties: parties.as_ref(), origin: row.origin };
            shown(&values::message(*field, &view))
        }
        (Kind::Frames, Some(Column { what: What::Field(field), .. }), _) => {
            let Some((place, frame)) = row.frame else { return String::new() };
            if long && field.field().cost >= Cost::Payload {
                return TOO_LONG.to_owned();
            }
            let parties = parties(row);
            shown(&values::frame(*field, &FrameView { place, frame, parties: parties.as_ref(), origin: row.origin }))
        }
        (_, Some(Column { what: What::Expression(expression), .. }), _) => {
            let wants = expression.wants();
            if long && (wants.frame_payload || wants.message_payload) {
                return TOO_LONG.to_owned();
            }
            safe(&expression.text_in(row))
        }
        _ => String::new(),
    }
}

fn parties(row: &Row<'_>) -> Option<Parties> {
    row.peer.map(|peer| Parties::of(&peer.socket))
}

fn shown(value: &Value<'_>) -> String {
    let mut bytes = Vec::new();
    value::push(&mut bytes, &mut Clock::default(), value);
    safe(&String::from_utf8_lossy(&bytes))
}

fn safe(text: &str) -> String {
    text::cut(&text::safe(text.get(..text.floor_char_boundary(4 * KEPT)).unwrap_or_default()), KEPT)
}
