//! The cells of the selected row: what each says, and the test that rows with the same pass.
//!
//! In: a column, and the selected frame. Out: text; or a filter, none where none can ask for it.

use super::cells::Cells;
use super::chosen;
use super::rows::{self, ListRow};
use crate::fields::display::{NAMES, Name, Source, Term, named};
use crate::filter::{Value, like, like_expression, traced};
use crate::output::table::{Column, What};
use crate::trace::Bytes;
use crate::tui::list_columns::{ListColumn, Part, Shows};
use crate::tui::rows::Kind;
use crate::tui::state::State;

/// What each of these columns says of the selected row.
pub(in crate::tui) fn columns_said(state: &State, bytes: Bytes<'_>, columns: &[ListColumn]) -> Vec<String> {
    let Some(row) = selected(state, bytes) else { return columns.iter().map(|_| String::new()).collect() };
    columns.iter().enumerate().map(|(at, column)| chosen::cell(&row, column, at)).collect()
}

fn selected(state: &State, bytes: Bytes<'_>) -> Option<ListRow> {
    let row = state.list.rows.row(bytes.trace(), state.list.selected);
    rows::look_up(state, bytes, row..row.saturating_add(1), &mut Cells::default()).pop()
}

/// The test that rows pass in which this column says what it says of the selected row.
pub(in crate::tui) fn column_like(state: &State, bytes: Bytes<'_>, column: &ListColumn) -> Option<String> {
    let messages = state.list.rows.kind == Kind::Messages;
    let of = match &column.shows {
        Shows::Own(part) => return part_like(state, bytes, *part),
        Shows::Value(of) => of,
    };
    if messages && let Some(Column { what: What::Field(field), .. }) = &of.message {
        return name_like(state, bytes, field.field().names.iter().chain(&field.field().wireshark).copied());
    }
    match of.frame.as_ref().map(|column| &column.what)? {
        What::Field(field) => {
            name_like(state, bytes, field.field().wireshark.into_iter().chain(field.field().names.iter().copied()))
        }
        What::Expression(expression) => {
            let values = traced::values_at(bytes, state.list.selected, expression);
            like_expression(expression, values.as_slice().first()?)
        }
    }
}

/// The test on the first of these names that the language of filters has too.
fn name_like<'n>(state: &State, bytes: Bytes<'_>, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let own = |name: &'n str| named(name).or_else(|| named(&format!("ws.{name}")));
    of_name(state, bytes, &names.filter_map(own).next()?)
}

fn of_name(state: &State, bytes: Bytes<'_>, name: &Name) -> Option<String> {
    let values = traced::values_of(bytes, state.list.selected, name);
    like(name, values.as_slice().first()?)
}

fn part_like(state: &State, bytes: Bytes<'_>, part: Part) -> Option<String> {
    let messages = state.list.rows.kind == Kind::Messages;
    let all = |terms: &[Term]| {
        let tests: Option<Vec<String>> = terms.iter().map(|term| of_name(state, bytes, term_name(*term)?)).collect();
        tests.map(|tests| tests.join(" && "))
    };
    match part {
        Part::Number => all(&[if messages { Term::MessageNumber } else { Term::Number }]),
        Part::Time => all(&[Term::FirstTime]),
        Part::Connection => all(&[Term::Stream, Term::StreamId]).or_else(|| all(&[Term::Stream])),
        Part::Op => all(&[if messages { Term::MessageOpcode } else { Term::Opcode }]),
        Part::Flags if messages => all(&[Term::MessageFrames]),
        Part::Flags => all(&[Term::Fin, Term::Rsv, Term::Mask]),
        Part::Length => all(&[if messages { Term::MessageLength } else { Term::Length }]),
        Part::Payload => {
            let empty = || like(term_name(Term::Length)?, &Value::Unsigned(0));
            let data = || if messages { all(&[Term::Data]) } else { None };
            all(&[Term::Text]).or_else(data).or_else(|| all(&[Term::Payload])).or_else(empty)
        }
        Part::Note => all(&[Term::NoteCodes]),
        Part::Delta => None,
    }
}

/// The name in the language of filters.
fn term_name(term: Term) -> Option<&'static Name> {
    NAMES.iter().find(|name| name.source == Source::Term(term))
}
