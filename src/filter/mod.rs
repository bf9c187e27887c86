//! Stage 11: the display filter: which frames, messages and connections are looked at.
//!
//! In: an expression in the language of Wireshark 4.6 (docs/FILTER.md lists each difference), and rows: frames, messages
//! and connections as they were told. Out: whether a row matches. An expression goes through [`lex`], [`parse`] and
//! [`check`] once; a [`Filter`] is what comes of it, and says what it looks at ([`Filter::wants`]), so that nothing else is
//! read. What makes no sense is a [`FilterError`] with its place. Rows have no errors: what they lack is not there.
//!
//! ```
//! use sockeye::filter::Filter;
//! assert!(Filter::compile("websocket.opcode == \"Text\" && ip.src == 10.0.0.0/8").is_ok());
//! let error = Filter::compile("websocket.opcod == 1").unwrap_err();
//! assert_eq!(error.to_string(), "'websocket.opcod' is no name of a field or a protocol; did you mean 'websocket.opcode'?");
//! assert_eq!(error.caret(), "  websocket.opcod == 1\n  ^~~~~~~~~~~~~~~");
//! ```

mod check;
pub mod complete;
mod cost;
mod error;
mod explain;
mod function;
pub mod heartbeat;
mod json;
mod lex;
mod like;
mod literal;
mod lookup;
mod macros;
mod parse;
mod pattern;
mod pieces;
mod plan;
pub mod row;
pub mod saved;
pub mod select;
mod slice;
mod test;
mod time;
pub mod traced;
mod tree;
pub mod value;
#[cfg(test)]
mod tests;

pub use check::References;
pub use error::FilterError;
pub use explain::explain;
pub use json::keys;
pub use like::{like, like_expression};
pub use row::{PacketBytes, Peer, Row};
pub use saved::Saved;
pub use select::{Fold, Selection, Shows, Target};
pub use value::{Value, Values};

use self::check::{Checker, Looks, Side};
use self::error::Wrong;
use self::test::{Operand, Test};
use crate::dissect::Wants;
use crate::fields::display::{Level, Name, Term, Type};

/// What a filter may refer to besides the row at hand.
#[derive(Clone, Copy, Default)]
pub struct Settings<'s> {
    /// Macros: name and text.
    pub macros: &'s [(String, String)],
    /// The row that references take their values from.
    pub references: References<'s>,
}

/// A compiled filter.
#[derive(Debug, Clone)]
pub struct Filter {
    text: String,
    /// `None` selects everything.
    test: Option<Test>,
    looks: Looks,
}

impl Filter {
    /// Selects everything.
    #[must_use]
    pub fn everything() -> Filter {
        Filter { text: String::new(), test: None, looks: Looks::default() }
    }

    /// Compiles an expression without macros or references. An empty one selects everything.
    pub fn compile(text: &str) -> Result<Filter, FilterError> {
        Filter::compile_with(text, &Settings::default())
    }

    /// Compiles an expression.
    pub fn compile_with(text: &str, settings: &Settings<'_>) -> Result<Filter, FilterError> {
        let expanded = macros::expand(text, settings.macros)?;
        let (test, looks) = compiled(&expanded, settings).map_err(|wrong| wrong.in_text(&expanded))?;
        Ok(Filter { text: text.to_owned(), test, looks })
    }

    /// The expression as it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// It selects everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.test.is_none()
    }

    /// Whether a row matches.
    #[must_use]
    #[inline]
    pub fn matches(&self, row: &Row<'_>) -> bool {
        self.test.as_ref().is_none_or(|test| test.holds(row))
    }

    /// The names it asks for, each once.
    #[must_use]
    pub fn names(&self) -> &[Name] {
        &self.looks.names
    }

    /// What must be told for it.
    #[must_use]
    pub fn wants(&self) -> Wants {
        self.looks.wants()
    }

    /// It asks for messages: a frame is decided on when the message that it ends is known.
    #[must_use]
    pub fn asks_for_messages(&self) -> bool {
        self.looks.at(Level::Message)
    }

    /// It asks for what only frames have.
    #[must_use]
    pub fn asks_for_frames(&self) -> bool {
        self.looks.at(Level::Frame)
    }

    /// It asks for nothing but what a connection has by itself.
    #[must_use]
    pub fn is_of_connections(&self) -> bool {
        self.looks.names.iter().all(|name| matches!(name.level, Level::Connection | Level::Closed))
    }

    /// A name in it that is known only when its connection is over.
    #[must_use]
    pub fn settled_late(&self) -> Option<&Name> {
        self.looks.names.iter().find(|name| name.level == Level::Closed)
    }

    /// It asks for the numbers of frames or messages, which only one who sees all of them in order can give.
    #[must_use]
    pub fn asks_for_numbers(&self) -> bool {
        self.looks.term(Term::Number) || self.looks.term(Term::MessageNumber)
    }

    /// It asks whether something is a heartbeat.
    #[must_use]
    pub fn asks_for_heartbeats(&self) -> bool {
        self.looks.term(Term::Heartbeat)
    }

    /// It asks how long a pong took.
    #[must_use]
    pub fn asks_for_round_trips(&self) -> bool {
        self.looks.term(Term::RoundTrip)
    }

    /// What it says of a frame or a message is settled by these and their connection: it asks for nothing that only one who
    /// sees all connections in order can give.
    #[must_use]
    pub fn is_of_each_connection(&self) -> bool {
        let of_all = [Term::Stream, Term::FrameRelative, Term::FirstRelative, Term::ConnectionRelative];
        !self.asks_for_numbers()
            && !self.asks_for_round_trips()
            && !self.wants().packets
            && !of_all.into_iter().any(|term| self.looks.term(term))
    }

    /// On how many values a pattern gave up because they took too many steps.
    #[must_use]
    pub fn given_up(&self) -> u64 {
        let mut sum = 0;
        if let Some(test) = &self.test {
            test.patterns(&mut |pattern| sum += pattern.given_up());
        }
        sum
    }
}

fn compiled(text: &str, settings: &Settings<'_>) -> Result<(Option<Test>, Looks), Wrong> {
    let tokens = lex::tokens(text)?;
    let mut checker = Checker { looks: Looks::default(), references: settings.references };
    let Some(tree) = parse::parse(text, &tokens)? else { return Ok((None, checker.looks)) };
    let test = checker.test(&tree)?;
    Ok((Some(test), checker.looks))
}

/// A compiled expression that has values: a column.
#[derive(Debug, Clone)]
pub struct Expression {
    text: String,
    operand: Column,
    looks: Looks,
}

#[derive(Debug, Clone)]
enum Column {
    Values(Operand, Type),
    Test(Test),
}

impl Expression {
    /// Compiles an expression: a name, anything computed of names, or a test, which is true or false.
    pub fn compile(text: &str) -> Result<Expression, FilterError> {
        let wrong = |wrong: Wrong| wrong.in_text(text);
        let tokens = lex::tokens(text).map_err(wrong)?;
        let mut checker = Checker { looks: Looks::default(), references: None };
        let Some(tree) = parse::parse(text, &tokens).map_err(wrong)? else {
            return Err(Wrong::new(&(0..0), "an expression stands here").in_text(text));
        };
        let operand = if tree.is_test() {
            Column::Test(checker.test(&tree).map_err(wrong)?)
        } else {
            match checker.side(&tree, None).map_err(wrong)? {
                Side::Typed(operand, kind, _) => Column::Values(operand, kind),
                Side::Open(open) => return Err(wrong(checker.no_name(open))),
            }
        };
        Ok(Expression { text: text.to_owned(), operand, looks: checker.looks })
    }

    /// The expression as it was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The type of its values; of a test, true or false.
    #[must_use]
    pub fn kind(&self) -> Type {
        match self.operand {
            Column::Values(_, kind) => kind,
            Column::Test(_) => Type::Flag,
        }
    }

    /// It is a test: true or false by itself.
    #[must_use]
    pub fn is_test(&self) -> bool {
        matches!(self.operand, Column::Test(_))
    }

    /// What must be told for it.
    #[must_use]
    pub fn wants(&self) -> Wants {
        self.looks.wants()
    }

    /// The names it asks for, each once.
    #[must_use]
    pub fn names(&self) -> &[Name] {
        &self.looks.names
    }

    /// Its values in a row as text: parted by commas, bytes as hex.
    #[must_use]
    pub fn text_in(&self, row: &Row<'_>) -> String {
        let parted = matches!(self.operand, Column::Values(_, Type::Mac));
        let written = |value: &Value<'_>| match value {
            Value::Present => "true".to_owned(),
            Value::Flag(flag) => flag.to_string(),
            Value::Bytes(_) if !parted => value.to_text().replace(':', ""),
            value => value.to_text(),
        };
        let values: Vec<String> = self.values(row).as_slice().iter().map(written).collect();
        values.join(",")
    }

    /// Its values in a row.
    #[must_use]
    pub fn values<'a>(&'a self, row: &Row<'a>) -> Values<'a> {
        match &self.operand {
            Column::Values(operand, _) => operand.values(row),
            Column::Test(test) => Values::One(Value::Flag(test.holds(row))),
        }
    }
}
