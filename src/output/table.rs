//! Rows of named fields: CSV (RFC 4180) with a header row, and tab-separated lines like `tshark -T fields`.
//!
//! In: columns, chosen by name from the field registry. Out: one row an item.
//!
//! CSV holds what was on the wire, quoted where it must be; on a terminal its cells are made safe to show. In
//! tab-separated lines, a backslash, a tab, a line end and whatever a terminal would act on or hide are written as
//! `\\`, `\t`, `\n`, `\r` and `\u{202e}`, so that a line is a row and nothing is lost.

mod columns;

pub use columns::{Columns, UnknownField};

use super::clock::Clock;
use super::out::Out;
use super::sorted::Sorted;
use super::{Output, Summary, keep_error, value};
use crate::base::hidden::is_hidden;
use crate::base::{ConnectionId, DisplaySafe, Timestamp};
use crate::dissect::{Connection, FramePlace, MessagePlace, Sink, Wants};
use crate::trace::registry::{ConnectionRow, FrameRow, MessageRow, Parties, Value};
use crate::websocket::{Frame, Message};

/// How cells are parted and made safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv { on_terminal: bool },
    Tabs,
}

/// Writes one kind of item as rows.
pub struct Table {
    columns: Columns,
    out: Out,
    rows: Rows,
    origin: Timestamp,
    parties: hashbrown::HashMap<ConnectionId, Parties>,
    connections: Sorted,
}

impl Table {
    /// CSV with a header row. `on_terminal`: cells are made safe to show.
    #[must_use]
    pub fn csv(columns: Columns, mut out: Out, on_terminal: bool) -> Table {
        let mut rows = Rows::new(Form::Csv { on_terminal });
        let names = columns.names();
        rows.push(out.buffer(), names.into_iter().map(|name| Value::Text(name.into())));
        Table::new(columns, out, rows)
    }

    /// Tab-separated lines without a header row.
    #[must_use]
    pub fn tabs(columns: Columns, out: Out) -> Table {
        Table::new(columns, out, Rows::new(Form::Tabs))
    }

    fn new(columns: Columns, out: Out, rows: Rows) -> Table {
        let (parties, connections) = (hashbrown::HashMap::new(), Sorted::default());
        Table { columns, out, rows, origin: Timestamp::default(), parties, connections }
    }
}

/// Puts values together to rows.
struct Rows {
    form: Form,
    clock: Clock,
    cell: Vec<u8>,
    quoting: csv_core::Writer,
}

impl Rows {
    fn new(form: Form) -> Rows {
        Rows { form, clock: Clock::default(), cell: Vec::new(), quoting: csv_core::Writer::new() }
    }

    fn push<'v>(&mut self, out: &mut Vec<u8>, values: impl Iterator<Item = Value<'v>>) {
        for (i, value) in values.enumerate() {
            match self.form {
                Form::Csv { on_terminal } => self.quoted(out, i > 0, &value, on_terminal),
                Form::Tabs => self.tabbed(out, i > 0, &value),
            }
        }
        match self.form {
            Form::Csv { .. } => room(out, 8, |room| self.quoting.terminator(room).1),
            Form::Tabs => out.push(b'\n'),
        }
    }

    fn tabbed(&mut self, out: &mut Vec<u8>, follows: bool, value: &Value<'_>) {
        if follows {
            out.push(b'\t');
        }
        match value {
            Value::Text(text) => push_escaped(out, text),
            Value::Words(_) => {
                self.cell.clear();
                value::push(&mut self.cell, &mut self.clock, value);
                push_escaped(out, &String::from_utf8_lossy(&self.cell));
            }
            other => value::push(out, &mut self.clock, other),
        }
    }

    fn quoted(&mut self, out: &mut Vec<u8>, follows: bool, value: &Value<'_>, on_terminal: bool) {
        if follows {
            room(out, 8, |room| self.quoting.delimiter(room).1);
        }
        self.cell.clear();
        value::push(&mut self.cell, &mut self.clock, value);
        if on_terminal && matches!(value, Value::Text(_) | Value::Words(_)) {
            let raw = std::mem::take(&mut self.cell);
            DisplaySafe::bytes(&raw).write_to(&mut self.cell);
        }
        // Every byte may be a quote, which is doubled, and there are two quotes around them.
        room(out, 2 * self.cell.len() + 8, |room| self.quoting.field(&self.cell, room).2);
    }
}

/// Appends what `write` writes into at most `most` bytes; it gives how many they were.
fn room(out: &mut Vec<u8>, most: usize, write: impl FnOnce(&mut [u8]) -> usize) {
    let start = out.len();
    out.resize(start + most, 0);
    let written = out.get_mut(start..).map_or(0, write);
    out.truncate(start + written);
}

fn push_escaped(out: &mut Vec<u8>, text: &str) {
    for c in text.chars() {
        match c {
            '\\' => out.extend_from_slice(b"\\\\"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            c if is_hidden(c) => out.extend_from_slice(c.escape_unicode().to_string().as_bytes()),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

impl Sink for Table {
    fn wants(&self) -> Wants {
        self.columns.wants()
    }

    fn opened(&mut self, connection: &Connection) {
        if self.columns.need_parties() {
            self.parties.insert(connection.id, Parties::of(connection));
        }
    }

    fn frame(&mut self, place: &FramePlace, frame: &Frame<'_>) {
        let Columns::Frames(columns) = &self.columns else { return };
        let row = FrameRow { place, frame, parties: self.parties.get(&place.connection), origin: self.origin };
        self.rows.push(self.out.buffer(), columns.iter().map(|column| (column.get)(&row)));
        self.out.ended_line();
    }

    fn message(&mut self, place: &MessagePlace<'_>, message: &Message<'_>) {
        let Columns::Messages(columns) = &self.columns else { return };
        let row = MessageRow { place, message, parties: self.parties.get(&place.connection), origin: self.origin };
        self.rows.push(self.out.buffer(), columns.iter().map(|column| (column.get)(&row)));
        self.out.ended_line();
    }

    fn connection(&mut self, connection: &Connection) {
        let Columns::Connections(columns) = &self.columns else { return };
        let row = ConnectionRow { connection, origin: self.origin };
        let rows = &mut self.rows;
        self.connections.push(connection.id.0.into(), |out| {
            rows.push(out, columns.iter().map(|column| (column.get)(&row)));
        });
    }
}

impl Output for Table {
    fn start(&mut self, first: Timestamp) {
        self.origin = first;
    }

    fn finish(&mut self, _: &Summary) {
        let written = self.connections.write_to(&mut self.out);
        keep_error(&mut self.out, written);
        self.out.flush();
    }

    fn flush(&mut self) {
        self.out.flush();
    }

    fn out(&self) -> &Out {
        &self.out
    }
}

#[cfg(test)]
mod tests;
