//! The field registry: every name by which a part of a frame, message or connection can be asked for.
//!
//! In: a row. Out: a [`Value`]. One table a kind of row; columns of CSV, `fields -e`, and whoever else needs a field by
//! its name read it here. Names equal the names of the JSON output; dotted names say more than JSON does.

mod connection;
mod frame;
mod message;
mod text;

pub use connection::{CONNECTION_FIELDS, ConnectionRow};
pub use frame::{FRAME_FIELDS, FrameRow};
pub use message::{MESSAGE_FIELDS, MessageRow};
pub use text::{close_body, frame_text, message_text};

use std::borrow::Cow;
use std::net::SocketAddr;

use crate::base::{Hole, Note, Timestamp};
use crate::dissect::Socket;

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Nothing: the row has no such thing.
    Absent,
    /// Yes or no.
    Flag(bool),
    /// A count, a length, a code.
    Number(u64),
    /// A share from 0 to 1.
    Share(f32),
    /// Text off the wire, or a word of this program.
    Text(Cow<'a, str>),
    /// Bytes; `payload.hex` and the like say how they are to be written.
    Bytes(&'a [u8], Notation),
    /// A masking key.
    Key([u8; 4]),
    /// A point in time.
    Time(Timestamp),
    /// A span of time, nanoseconds.
    Nanoseconds(i64),
    /// A point in time, as nanoseconds since 1970.
    Epoch(Timestamp),
    /// An address and port.
    Address(SocketAddr),
    /// Several numbers.
    Numbers(&'a [u64]),
    /// Several words.
    Words(Vec<String>),
    /// Missing runs.
    Holes(&'a [Hole]),
    /// Notes.
    Notes(&'a [Note]),
}

/// How bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// Two lower-case digits a byte.
    Hex,
    /// RFC 4648 section 4, with padding.
    Base64,
}

/// One field of a kind of row; `G` is the function that reads it.
#[derive(Debug, Clone, Copy)]
pub struct Field<G> {
    /// Its names; the first is the one that is listed, the others are understood too.
    pub names: &'static [&'static str],
    /// One line: what it holds.
    pub about: &'static str,
    /// Reads it off a row.
    pub get: G,
}

impl<G> Field<G> {
    /// The name that is listed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }
}

/// A function that reads a field of a frame.
pub type FrameGetter = for<'r> fn(&'r FrameRow<'r>) -> Value<'r>;
/// A function that reads a field of a message.
pub type MessageGetter = for<'r> fn(&'r MessageRow<'r>) -> Value<'r>;
/// A function that reads a field of a connection.
pub type ConnectionGetter = for<'r> fn(&'r ConnectionRow<'r>) -> Value<'r>;

/// What rows of frames and messages may say of their connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parties {
    /// The client.
    pub client: SocketAddr,
    /// The server.
    pub server: SocketAddr,
    /// The request target.
    pub uri: Option<String>,
    /// The subprotocol the server chose.
    pub subprotocol: Option<String>,
}

impl Parties {
    /// Of this connection.
    #[must_use]
    pub fn of(connection: &Socket) -> Parties {
        let handshake = connection.handshake.as_deref();
        Parties {
            client: connection.client,
            server: connection.server,
            uri: handshake.and_then(|h| h.uri()).map(String::from),
            subprotocol: handshake.and_then(|h| h.subprotocol()).map(String::from),
        }
    }
}

/// The field of this name, any case.
#[must_use]
pub fn find<G: Copy>(fields: &'static [Field<G>], name: &str) -> Option<&'static Field<G>> {
    fields.iter().find(|field| field.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
}

/// The name nearest to a mistyped one, where one is near.
#[must_use]
pub fn nearest<'a>(names: impl IntoIterator<Item = &'a str>, typed: &str) -> Option<&'a str> {
    let typed = typed.to_ascii_lowercase();
    let scored = names.into_iter().map(|name| (edits(name, &typed), name));
    let (edits, name) = scored.min_by_key(|&(edits, _)| edits)?;
    (edits <= typed.len().max(name.len()) / 2).then_some(name)
}

/// The fewest bytes inserted, deleted, changed or swapped with their neighbour (optimal string alignment).
fn edits(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    // The row before the last, the last, and the one at hand.
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect(), vec![0; b.len() + 1]];
    for (i, x) in a.iter().enumerate() {
        let [older, last, row] = &mut rows;
        let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
        let swapped = |j: usize| i > 0 && j > 0 && a.get(i - 1) == b.get(j) && b.get(j - 1) == Some(x);
        row.clear();
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = (at(last, j) + usize::from(x != y)).min(at(last, j + 1) + 1).min(at(row, j) + 1);
            let swap = if swapped(j) { at(older, j - 1) + 1 } else { changed };
            row.push(changed.min(swap));
        }
        rows.rotate_left(1);
    }
    rows[1].last().copied().unwrap_or(0)
}

fn words<'a>(text: Option<&'a str>) -> Value<'a> {
    text.map_or(Value::Absent, |text| Value::Text(Cow::Borrowed(text)))
}

fn number(n: Option<u64>) -> Value<'static> {
    n.map_or(Value::Absent, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_changes_and_swaps() {
        for (a, b, distance) in
            [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("opcode", "opcdoe", 1), ("ca", "abc", 3)]
        {
            assert_eq!(edits(a, b), distance);
            assert_eq!(edits(b, a), distance);
        }
    }

    #[test]
    fn a_mistyped_name_finds_its_neighbour_and_nonsense_finds_none() {
        let names = || FRAME_FIELDS.iter().map(Field::name);
        assert_eq!(nearest(names(), "maskng_key"), Some("masking_key"));
        assert_eq!(nearest(names(), "PAYLOD.HEX"), Some("payload.hex"));
        assert_eq!(nearest(names(), "zzzzzzzzzzzzz"), None);
    }

    #[test]
    fn names_are_unique_in_each_table_and_say_what_they_are() {
        fn check<G>(fields: &[Field<G>]) {
            let mut names: Vec<_> = fields.iter().flat_map(|field| field.names).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all);
            assert!(fields.iter().all(|field| field.about.len() > 8 && !field.about.ends_with('.')));
        }
        check(FRAME_FIELDS);
        check(MESSAGE_FIELDS);
        check(CONNECTION_FIELDS);
    }
}
