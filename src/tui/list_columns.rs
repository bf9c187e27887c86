//! The columns of the list: those that it has by itself, and those that a user has chosen instead.
//!
//! In: `Name:expression`, as the configuration and the command line have it, and what was saved under names. Out: a
//! [`ListColumn`]. What is no column is told in one line.

use ratatui::style::Style;

use crate::fields::{FrameField, MessageField};
use crate::filter::{Filter, Saved, saved};
use crate::output::table::Column;
use crate::output::{Columns, List, Spec};

/// The columns of the list whose width can be chosen.
pub const COLUMNS: [&str; 6] = ["time", "delta", "connection", "flags", "length", "note"];

/// The widest a column can be made.
pub const WIDEST: u16 = 100;

/// What the list has by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The number of the frame or message.
    Number,
    /// Its time, in the way that is chosen.
    Time,
    /// Time since the row before of its connection.
    Delta,
    /// Its connection.
    Connection,
    /// Who sent it, and its opcode.
    Op,
    /// FIN, RSV, MASK; of a message, how many frames it has.
    Flags,
    /// Its length.
    Length,
    /// The beginning of what it says, and the brackets of fragments.
    Payload,
    /// The gravest of its notes.
    Note,
}

impl Part {
    /// All of them, in the order in which they stand.
    pub const ALL: [Part; 9] = [
        Part::Number,
        Part::Time,
        Part::Delta,
        Part::Connection,
        Part::Op,
        Part::Flags,
        Part::Length,
        Part::Payload,
        Part::Note,
    ];

    /// What it is called in a configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Part::Number => "number",
            Part::Time => "time",
            Part::Delta => "delta",
            Part::Connection => "connection",
            Part::Op => "op",
            Part::Flags => "flags",
            Part::Length => "length",
            Part::Payload => "payload",
            Part::Note => "note",
        }
    }
}

/// What a column shows.
#[derive(Debug, Clone)]
pub enum Shows {
    /// What the list has by itself.
    Own(Part),
    /// A field or an expression: of frames, of messages.
    Value(Box<Of>),
}

/// The same field or expression, of either kind of row; none where that kind has it not.
#[derive(Debug, Clone)]
pub struct Of {
    /// Of a frame.
    pub frame: Option<Column<FrameField>>,
    /// Of a message.
    pub message: Option<Column<MessageField>>,
}

/// A column.
#[derive(Debug, Clone)]
pub struct ListColumn {
    /// What stands above it, where that is not its text.
    pub title: Option<String>,
    /// The name of a part, a field or an expression, as it was typed.
    pub text: String,
    /// Columns of the screen, where they are chosen.
    pub width: Option<u16>,
    /// What it shows.
    pub shows: Shows,
}

/// Rows that this filter selects look like this.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Which rows.
    pub filter: Filter,
    /// As it was typed.
    pub text: String,
    /// How they look.
    pub style: Style,
}

/// How the list looks where somebody has chosen.
#[derive(Debug, Clone, Default)]
pub struct Arrangement {
    /// Its columns; none where they are as usual.
    pub chosen: Option<Vec<ListColumn>>,
    /// Colours by filter; the first that selects a row counts.
    pub rules: Vec<Rule>,
    /// How often columns or colours were changed.
    pub changed: u64,
}

impl Arrangement {
    /// The columns that are shown.
    #[must_use]
    pub fn now(&self) -> Vec<ListColumn> {
        self.chosen.clone().unwrap_or_else(ListColumn::usual)
    }

    /// Shows these columns; the usual ones where there are none.
    pub fn choose(&mut self, columns: Option<Vec<ListColumn>>) {
        self.chosen = columns;
        self.changed += 1;
    }
}

impl ListColumn {
    /// Reads one.
    ///
    /// # Errors
    /// One line for people.
    pub fn new(spec: &Spec, width: Option<u16>, saved: &Saved) -> Result<ListColumn, String> {
        let text = spec.expression.clone();
        let column = |shows| ListColumn { title: spec.title.clone(), text: text.clone(), width, shows };
        if let Some(part) = Part::ALL.into_iter().find(|part| part.name() == text) {
            return Ok(column(Shows::Own(part)));
        }
        let expression = saved::expanded(&text, saved).map_err(|wrong| wrong.to_string())?;
        let specs = [Spec { title: None, expression }];
        let frame = Columns::of(List::Frames, &specs);
        let message = Columns::of(List::Messages, &specs);
        let of = match (frame, message) {
            (Err(wrong), Err(_)) => return Err(wrong.to_string()),
            (frame, message) => Of { frame: one(frame.ok(), of_frame), message: one(message.ok(), of_message) },
        };
        Ok(column(Shows::Value(Box::new(of))))
    }

    /// Those that stand there where none are chosen.
    #[must_use]
    pub fn usual() -> Vec<ListColumn> {
        let column =
            |part: Part| ListColumn { title: None, text: part.name().to_owned(), width: None, shows: Shows::Own(part) };
        Part::ALL.into_iter().map(column).collect()
    }

    /// As it is written in a configuration.
    #[must_use]
    pub fn line(&self) -> (String, Option<u16>) {
        let text = match &self.title {
            Some(title) => format!("{title}:{}", self.text),
            None => self.text.clone(),
        };
        (text, self.width)
    }

    /// What stands above it.
    #[must_use]
    pub fn heading(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.text)
    }
}

fn one<S>(columns: Option<Columns>, of: impl Fn(Columns) -> Vec<Column<S>>) -> Option<Column<S>> {
    of(columns?).pop()
}

fn of_frame(columns: Columns) -> Vec<Column<FrameField>> {
    if let Columns::Frames(columns) = columns { columns } else { Vec::new() }
}

fn of_message(columns: Columns) -> Vec<Column<MessageField>> {
    if let Columns::Messages(columns) = columns { columns } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(text: &str) -> Result<ListColumn, String> {
        let mut saved = Saved::default();
        saved.filter("beats", "ws.ping or ws.pong").unwrap();
        ListColumn::new(&Spec::parse(text), None, &saved)
    }

    #[test]
    fn a_column_is_a_part_a_field_or_an_expression() {
        assert!(matches!(column("Nr:number").unwrap().shows, Shows::Own(Part::Number)));
        for text in ["opcode.name", "ip.src", "Price:ws.json.data[0].price", "len(ws.text)", "beat:$beats", "frames"] {
            let column = column(text).unwrap();
            assert!(matches!(column.shows, Shows::Value(_)), "{text}");
            assert_eq!(column.line().0, text);
        }
        assert!(column("ws.lenght").unwrap_err().contains("did you mean"));
        assert!(column("$none").is_err() && column("ws.connection.frames").is_err());
        assert_eq!(ListColumn::usual().len(), 9);
    }
}
