//! What is remembered of a capture from one time to the next: marks, time reference, page and place. The file is lines
//! of words; what cannot be read is passed over.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha1::{Digest, Sha1};

use super::bookmark::Bookmark;
use super::list_columns::{COLUMNS, WIDEST};
use super::page_name::PageName;
use super::pages;
use super::state::State;
use super::time_format::TimeFormat;
use crate::base::Timestamp;
use crate::trace::ReadAt;

/// Bytes of a capture that its hash is made from: enough to tell captures apart, and read at once whatever the size.
const HASHED: usize = 64 * 1024;

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// Marks by their letter.
    pub marks: BTreeMap<char, Bookmark>,
    /// The time that counts as zero, nanoseconds since 1970.
    pub reference: Option<i64>,
    /// How time is shown.
    pub time: Option<TimeFormat>,
    /// The page.
    pub page: Option<PageName>,
    /// The selected frame.
    pub selected: Option<Bookmark>,
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
        if let Some(page) = self.page {
            let _ = writeln!(text, "view {}", page.0);
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
                self.marks.insert(letter, Bookmark::read(&mut words)?);
            }
            "reference" => self.reference = Some(words.next()?.parse().ok()?),
            "time" => {
                let name = words.next()?;
                self.time = TimeFormat::ALL.into_iter().find(|format| format.name() == name);
            }
            "view" => self.page = pages::named(words.next()?),
            "selected" => self.selected = Some(Bookmark::read(&mut words)?),
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
            page: (self.page != PageName::FRAMES).then_some(self.page),
            selected: trace.frames().get(self.list.selected).filter(|row| row.number > 1).map(|row| Bookmark::of(&row)),
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
        self.page = session.page.unwrap_or(self.page);
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
        let place = Bookmark { connection: 3, server: true, offset: 1234 };
        let session = Session {
            marks: [('a', place), ('Z', Bookmark { server: false, ..place })].into(),
            reference: Some(-5),
            time: Some(TimeFormat::Epoch),
            page: pages::named("ladder"),
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
        assert_eq!(session.selected, Some(Bookmark { connection: 1, server: false, offset: 7 }));
        assert!(session.marks.is_empty() && session.page.is_none());
    }
}
