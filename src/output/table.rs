//! Rows of named fields: CSV (RFC 4180) with a header row, and tab-separated lines like `tshark -T fields`.
//!
//! In: columns, chosen by name from the field registry. Out: one row an item.
//!
//! CSV holds what was on the wire, quoted where it must be; on a terminal its cells are made safe to show. In
//! tab-separated lines, a backslash, a tab, a line end and whatever a terminal would act on or hide are written as
//! `\\`, `\t`, `\n`, `\r` and `\u{202e}`, so that a line is a row and nothing is lost.

mod aligned;
mod columns;

pub use aligned::{Aligned, WHOLE};
pub use columns::{Column, Columns, Spec, What, WrongColumn};

use std::io::Write;

use super::clock::Clock;
use super::out::Out;
use super::sorted::Sorted;
use super::style::Style;
use super::text::Look;
use super::text::line::push_folded;
use super::{Output, Summary, keep_error, value};
use crate::base::hidden::is_hidden;
use crate::base::{DisplaySafe, SocketId, Timestamp};
use crate::dissect::{Sink, Told, Wants};
use crate::fields::Value;
use crate::filter::Row;
use crate::filter::heartbeat::Run;
use crate::trace::values::{self, ConnectionView, FrameView, MessageView, Parties};

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
    parties: hashbrown::HashMap<SocketId, Parties>,
    connections: Sorted<SocketId>,
    /// It is for people: there is room for a line about heartbeats.
    for_people: bool,
}

impl Table {
    /// CSV with a header row. `on_terminal`: cells are made safe to show.
    #[must_use]
    pub fn csv(columns: Columns, mut out: Out, on_terminal: bool) -> Table {
        let mut rows = Rows::new(Form::Csv { on_terminal });
        rows.push(out.buffer(), columns.names().into_iter().map(|name| Value::Text(name.into())));
        Table::new(columns, out, rows)
    }

    /// Tab-separated lines without a header row.
    #[must_use]
    pub fn tabs(columns: Columns, out: Out) -> Table {
        Table::new(columns, out, Rows::new(Form::Tabs))
    }

    /// Lines for people: cells stand below each other, and names above them where the look has a heading. Cells are written as
    /// between tabs.
    #[must_use]
    pub fn aligned(columns: Columns, to: impl Write + Send + 'static, look: Look) -> Table {
        let titles = columns.names().into_iter().map(|name| DisplaySafe::text(name).to_string()).collect();
        Table { for_people: true, ..Table::tabs(columns, Out::new(Aligned::new(to, titles, look))) }
    }

    fn new(columns: Columns, out: Out, rows: Rows) -> Table {
        let (parties, connections) = (hashbrown::HashMap::new(), Sorted::default());
        Table { columns, out, rows, origin: Timestamp::default(), parties, connections, for_people: false }
    }
}

/// Puts values together to rows.
struct Rows {
    form: Form,
    clock: Clock,
    cell: Vec<u8>,
    csv: csv_core::Writer,
}

impl Rows {
    fn new(form: Form) -> Rows {
        Rows { form, clock: Clock::default(), cell: Vec::new(), csv: csv() }
    }

    fn push<'v>(&mut self, out: &mut Vec<u8>, values: impl Iterator<Item = Value<'v>>) {
        let start = out.len();
        for (i, value) in values.enumerate() {
            if i > 0 {
                out.push(if self.form == Form::Tabs { b'\t' } else { b',' });
            }
            self.cell(out, &value);
        }
        if out.len() == start && self.form != Form::Tabs {
            // A row of one empty cell; an empty line would be no row.
            out.extend_from_slice(b"\"\"");
        }
        out.push(b'\n');
    }

    fn cell(&mut self, out: &mut Vec<u8>, value: &Value<'_>) {
        match (self.form, value) {
            (Form::Tabs, Value::Text(text)) => push_escaped(out, text),
            (Form::Csv { on_terminal: false }, Value::Text(text)) => push_quoted(&self.csv, out, text.as_bytes()),
            (_, Value::Text(_) | Value::Words(_) | Value::Numbers(_) | Value::Holes(_) | Value::Notes(_)) => {
                self.cell.clear();
                value::push(&mut self.cell, &mut self.clock, value);
                match self.form {
                    Form::Tabs => push_escaped(out, &String::from_utf8_lossy(&self.cell)),
                    Form::Csv { on_terminal: false } => push_quoted(&self.csv, out, &self.cell),
                    Form::Csv { on_terminal: true } => {
                        push_quoted(&self.csv, out, DisplaySafe::bytes(&self.cell).to_string().as_bytes());
                    }
                }
            }
            // What else there is holds no comma, no quote, no line end.
            (_, value) => value::push(out, &mut self.clock, value),
        }
    }
}

/// The rules of quoting: those of RFC 4180, but for the line end.
fn csv() -> csv_core::Writer {
    csv_core::WriterBuilder::new().terminator(csv_core::Terminator::Any(b'\n')).build()
}

/// Appends a cell of CSV, in quotes where it must be (RFC 4180 section 2).
fn push_quoted(csv: &csv_core::Writer, out: &mut Vec<u8>, cell: &[u8]) {
    if !csv.should_quote(cell) {
        return out.extend_from_slice(cell);
    }
    out.push(b'"');
    let start = out.len();
    // At most every byte of it is a quote, which becomes two.
    out.resize(start + 2 * cell.len(), 0);
    let room = out.get_mut(start..).unwrap_or_default();
    let (_, _, written) = csv_core::quote(cell, room, b'"', b'"', true);
    out.truncate(start + written);
    out.push(b'"');
}

/// Appends text without tabs, line ends and what does not show itself.
fn push_escaped(out: &mut Vec<u8>, text: &str) {
    let mut rest = text;
    loop {
        let plain = plain_ascii(rest.as_bytes());
        out.extend_from_slice(rest.as_bytes().get(..plain).unwrap_or(&[]));
        rest = rest.get(plain..).unwrap_or("");
        let Some(c) = rest.chars().next() else { return };
        match c {
            '\\' => out.extend_from_slice(b"\\\\"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            c if is_hidden(c) => out.extend_from_slice(c.escape_unicode().to_string().as_bytes()),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
}

/// Number of bytes at the start that stay as they are, in strides that compile to vector code.
fn plain_ascii(bytes: &[u8]) -> usize {
    const STRIDE: usize = 16;
    let plain = |byte: &u8| (0x20..0x7f).contains(byte) & (*byte != b'\\');
    let whole = bytes.chunks_exact(STRIDE).take_while(|chunk| chunk.iter().fold(true, |all, byte| all & plain(byte)));
    let start = whole.count() * STRIDE;
    start + bytes.iter().skip(start).take_while(|byte| plain(byte)).count()
}

impl Table {
    /// Something was told; `row` is what expressions look at.
    fn take(&mut self, told: &Told<'_>, row: Option<&Row<'_>>) {
        match *told {
            Told::Started(first) => self.origin = first.time,
            Told::Opened(socket) if self.columns.need_parties() => {
                self.parties.insert(socket.id, Parties::of(socket));
            }
            Told::Frame(place, frame) => {
                let Columns::Frames(columns) = &self.columns else { return };
                let view = FrameView { place, frame, parties: self.parties.get(&place.socket), origin: self.origin };
                let value = |column| values::frame(column, &view);
                self.rows.push(self.out.buffer(), columns.iter().map(|column| column.value(row, value)));
                self.out.ended_line();
            }
            Told::Message(place, message) => {
                let Columns::Messages(columns) = &self.columns else { return };
                let view =
                    MessageView { place, message, parties: self.parties.get(&place.socket), origin: self.origin };
                let value = |column| values::message(column, &view);
                self.rows.push(self.out.buffer(), columns.iter().map(|column| column.value(row, value)));
                self.out.ended_line();
            }
            Told::Closed(connection) => {
                let Columns::Connections(columns) = &self.columns else { return };
                let view = ConnectionView { connection, origin: self.origin };
                let (rows, value) = (&mut self.rows, |column| values::connection(column, &view));
                self.connections.push(connection.id, |out| {
                    rows.push(out, columns.iter().map(|column| column.value(row, value)));
                });
            }
            _ => {}
        }
    }
}

impl Sink for Table {
    fn wants(&self) -> Wants {
        self.columns.wants()
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.take(told, None);
    }

    fn is_done(&self) -> bool {
        false
    }
}

impl Output for Table {
    fn finish(&mut self, _: &Summary) {
        let written = self.connections.write_to(&mut self.out);
        keep_error(&mut self.out, written);
        self.out.flush();
    }

    fn folded(&mut self, run: &Run) -> bool {
        if self.for_people {
            let out = self.out.buffer();
            out.extend_from_slice(WHOLE.encode_utf8(&mut [0; 4]).as_bytes());
            push_folded(out, Style { colour: false }, run);
            self.out.end_line();
        }
        self.for_people
    }

    fn tell_row(&mut self, told: &Told<'_>, row: &Row<'_>) {
        self.take(told, Some(row));
    }

    fn columns(&self) -> Option<&Columns> {
        Some(&self.columns)
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
