//! What is remembered of a capture from one time to the next: marks, time reference, view and place.
//!
//! Frames are remembered by connection, direction and stream offset, which do not move when a setting makes other
//! frames appear. The file is lines of words; what cannot be read is passed over.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha1::{Digest, Sha1};

use super::state::{COLUMNS, State, TimeFormat, View, WIDEST};
use crate::base::{ConnectionId, Direction, Timestamp};
use crate::trace::{ConnectionRow, FrameRow, ReadAt, Trace};

/// Bytes of a capture that its hash is made from: enough to tell captures apart, and read at once whatever the size.
const HASHED: usize = 64 * 1024;

/// Frames around the place where one should stand that are looked at for it.
const NEAR: usize = 1024;

/// A frame, whatever its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its connection.
    pub connection: u32,
    /// It was sent by the server.
    pub server: bool,
    /// Its stream offset.
    pub offset: u64,
}

impl Place {
    /// The place of a frame.
    #[must_use]
    pub fn of(row: &FrameRow) -> Place {
        Place { connection: row.socket.connection.0, server: row.direction == Direction::Server, offset: row.offset }
    }

    /// The frame that stands at this place.
    #[must_use]
    pub fn frame(self, trace: &Trace) -> Option<u64> {
        let (list, index) = self.search(trace)?;
        let mut near = list.near(trace, index);
        near.find(|row| Place::of(row) == self).map(|row| row.number)
    }

    /// The frame that holds the byte at this place.
    #[must_use]
    pub fn holder(self, trace: &Trace) -> Option<FrameRow> {
        let (list, index) = self.search(trace)?;
        let holds = |row: &FrameRow| {
            let from = self.offset.checked_sub(row.offset);
            Place::of(row).server == self.server && from.is_some_and(|from| from < row.wire_len())
        };
        let mut near = list.near(trace, index);
        near.find(holds)
    }

    /// The index, in the connection's list, of the first frame of this side that starts here or later: about, for
    /// offsets of one direction rise but for the few places where packets came out of order.
    fn search(self, trace: &Trace) -> Option<(List<'_>, usize)> {
        let list = List(trace.connections().get(ConnectionId(self.connection).into())?);
        let (mut low, mut high) = (0, list.0.frame_count());
        while low < high {
            let middle = low + (high - low) / 2;
            let mut same_side = (middle..high).filter_map(|index| Some((index, list.row(trace, index)?)));
            match same_side.find(|(_, row)| Place::of(row).server == self.server) {
                Some((index, row)) if row.offset < self.offset => low = index + 1,
                _ => high = middle,
            }
        }
        Some((list, low))
    }

    fn write(self) -> String {
        format!("{} {} {}", self.connection, if self.server { "server" } else { "client" }, self.offset)
    }

    fn read<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Place> {
        let connection = words.next()?.parse().ok()?;
        let server = match words.next()? {
            "server" => true,
            "client" => false,
            _ => return None,
        };
        Some(Place { connection, server, offset: words.next()?.parse().ok()? })
    }
}

/// The frames of a connection.
struct List<'a>(&'a ConnectionRow);

impl List<'_> {
    fn row(&self, trace: &Trace, index: usize) -> Option<FrameRow> {
        self.0.frame(index).and_then(|frame| trace.frames().get(frame))
    }

    /// The frames around an index.
    fn near<'a>(&'a self, trace: &'a Trace, index: usize) -> impl Iterator<Item = FrameRow> + 'a {
        let near = index.saturating_sub(NEAR)..index.saturating_add(NEAR).min(self.0.frame_count());
        near.filter_map(|index| self.row(trace, index))
    }
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// Marks by their letter.
    pub marks: BTreeMap<char, Place>,
    /// The time that counts as zero, nanoseconds since 1970.
    pub reference: Option<i64>,
    /// How time is shown.
    pub time: Option<TimeFormat>,
    /// The view.
    pub view: Option<View>,
    /// The selected frame.
    pub selected: Option<Place>,
    /// Lines moved from the details to the list.
    pub split: i16,
    /// Columns moved to the fields.
    pub divide: i16,
    /// Widths of the list's columns.
    pub widths: BTreeMap<&'static str, u16>,
}

impl Session {
    /// As lines.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = String::from("sockeye 1\n");
        for (letter, place) in &self.marks {
            let _ = writeln!(text, "mark {letter} {}", place.write());
        }
        if let Some(reference) = self.reference {
            let _ = writeln!(text, "reference {reference}");
        }
        if let Some(time) = self.time {
            let _ = writeln!(text, "time {}", time.name());
        }
        if let Some(view) = self.view {
            let _ = writeln!(text, "view {}", view.name());
        }
        if let Some(selected) = self.selected {
            let _ = writeln!(text, "selected {}", selected.write());
        }
        if self.split != 0 {
            let _ = writeln!(text, "split {}", self.split);
        }
        if self.divide != 0 {
            let _ = writeln!(text, "divide {}", self.divide);
        }
        for (column, width) in &self.widths {
            let _ = writeln!(text, "width {column} {width}");
        }
        text
    }

    /// From lines; what cannot be read is passed over.
    #[must_use]
    pub fn read(text: &str) -> Session {
        let mut session = Session::default();
        for line in text.lines() {
            // A line that is cut or was written by a later version says nothing.
            let _ = session.line(line);
        }
        session
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let mut words = line.split(' ');
        match words.next()? {
            "mark" => {
                let letter = words.next()?.chars().next().filter(char::is_ascii_alphanumeric)?;
                self.marks.insert(letter, Place::read(&mut words)?);
            }
            "reference" => self.reference = Some(words.next()?.parse().ok()?),
            "time" => {
                let name = words.next()?;
                self.time = TimeFormat::ALL.into_iter().find(|format| format.name() == name);
            }
            "view" => {
                let name = words.next()?;
                self.view = View::ALL.into_iter().find(|view| view.name() == name);
            }
            "selected" => self.selected = Some(Place::read(&mut words)?),
            "split" => self.split = words.next()?.parse().ok()?,
            "divide" => self.divide = words.next()?.parse().ok()?,
            "width" => {
                let name = words.next()?;
                let column = COLUMNS.into_iter().find(|column| *column == name)?;
                self.widths.insert(column, words.next()?.parse().ok().filter(|width| *width <= WIDEST)?);
            }
            _ => {}
        }
        Some(())
    }
}

/// The name of a capture, made from its first bytes; `None` where it has none yet.
#[must_use]
pub fn hash(store: &dyn ReadAt) -> Option<String> {
    let mut bytes = vec![0; HASHED];
    let mut len = 0;
    while let Some(rest) = bytes.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match store.read_at(u64::try_from(len).ok()?, rest) {
            Ok(0) | Err(_) => break,
            Ok(read) => len += read,
        }
    }
    // A file header alone is the same for all captures of a tool.
    (len > 64).then(|| hex::encode(Sha1::digest(bytes.get(..len).unwrap_or(&[]))))
}

impl State {
    /// What is to be remembered.
    #[must_use]
    pub fn session(&self) -> Session {
        let shared = self.trace.clone();
        let trace = shared.read();
        Session {
            marks: self.marks.clone(),
            reference: self.reference.map(|reference| reference.0),
            time: (self.time != TimeFormat::Relative).then_some(self.time),
            view: (self.view != View::Frames).then_some(self.view),
            selected: trace.frames().get(self.list.selected).filter(|row| row.number > 1).map(|row| Place::of(&row)),
            split: self.split,
            divide: self.divide,
            widths: self.widths.clone(),
        }
    }

    /// Takes up what was remembered. The selection follows once its frame has been read.
    pub fn resume(&mut self, session: Session) {
        self.marks = session.marks;
        self.reference = session.reference.map(Timestamp);
        self.time = session.time.unwrap_or(self.time);
        self.view = session.view.unwrap_or(self.view);
        self.split = session.split.clamp(-200, 200);
        self.divide = session.divide.clamp(-200, 200);
        self.widths = session.widths;
        self.wanted = session.selected;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_comes_back_as_it_was_written() {
        let place = Place { connection: 3, server: true, offset: 1234 };
        let session = Session {
            marks: [('a', place), ('Z', Place { server: false, ..place })].into(),
            reference: Some(-5),
            time: Some(TimeFormat::Epoch),
            view: Some(View::Ladder),
            selected: Some(place),
            split: -3,
            divide: 4,
            widths: [("time", 20), ("delta", 0)].into(),
        };
        assert_eq!(Session::read(&session.write()), session);
    }

    #[test]
    fn broken_lines_are_passed_over() {
        let text = "sockeye 2\nmark\nmark a\nmark a x client 1\nmark \u{1b} 1 client 1\nview nowhere\nsplit 99999999\nselected 1 client 7";
        let session = Session::read(text);
        assert_eq!(session.selected, Some(Place { connection: 1, server: false, offset: 7 }));
        assert!(session.marks.is_empty() && session.view.is_none());
    }
}
