//! What is remembered of a capture from one time to the next: marks, time reference, page and place.
//!
//! In: lines of words. Out: a [`Session`], and lines again. A line that makes no sense here, because it is cut or a later
//! version wrote it, says nothing, and is written back as it was. Where the lines lie is a matter of
//! [`Memory`](super::memory::Memory).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::list_columns::{COLUMNS, WIDEST};
use super::page_name::PageName;
use super::pages;
use super::state::State;
use super::time_format::TimeFormat;
use crate::base::Timestamp;
use crate::trace::Bookmark;

/// The version of these lines.
const VERSION: u32 = 1;

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
    /// The version that wrote it, where that was a later one.
    later: Option<u32>,
    /// Lines that say nothing here.
    unknown: Vec<String>,
}

impl Session {
    /// As lines.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = format!("sockeye {}\n", self.later.unwrap_or(VERSION));
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
        for line in &self.unknown {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// From lines.
    #[must_use]
    pub fn read(text: &str) -> Session {
        let (mut session, mut unknown) = (Session::default(), Vec::new());
        for line in text.lines().filter(|line| !line.is_empty()) {
            // The whole line is read before any of it counts.
            let mut read = session.clone();
            match read.line(line) {
                Some(()) => session = read,
                None => unknown.push(line.to_owned()),
            }
        }
        Session { unknown, ..session }
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let mut words = line.split(' ');
        match words.next()? {
            "sockeye" => self.later = Some(words.next()?.parse().ok()?).filter(|version| *version > VERSION),
            "mark" => {
                let mut letter = words.next()?.chars();
                let mark = letter.next().filter(char::is_ascii_alphanumeric)?;
                letter.next().is_none().then_some(())?;
                self.marks.insert(mark, Bookmark::read(&mut words)?);
            }
            "reference" => self.reference = Some(words.next()?.parse().ok()?),
            "time" => {
                let name = words.next()?;
                self.time = Some(TimeFormat::ALL.into_iter().find(|format| format.name() == name)?);
            }
            "view" => self.page = Some(pages::named(words.next()?)?),
            "selected" => self.selected = Some(Bookmark::read(&mut words)?),
            "split" => self.split = words.next()?.parse().ok()?,
            "divide" => self.divide = words.next()?.parse().ok()?,
            "width" => {
                let name = words.next()?;
                let column = COLUMNS.into_iter().find(|column| *column == name)?;
                self.widths.insert(column, words.next()?.parse().ok().filter(|width| *width <= WIDEST)?);
            }
            _ => return None,
        }
        words.next().is_none().then_some(())
    }

    /// There is nothing to remember.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Session { later: self.later, ..Session::default() }
    }

    /// What is to be remembered where this was made of `before`, while somebody else made `there` of it: what was changed
    /// here counts, and all else is theirs.
    #[must_use]
    pub fn merged(&self, before: &Session, there: Session) -> Session {
        fn changed<T: PartialEq + Clone>(here: &T, before: &T, there: T) -> T {
            if here == before { there } else { here.clone() }
        }
        let mut marks = there.marks;
        for letter in self.marks.keys().chain(before.marks.keys()) {
            match (self.marks.get(letter), before.marks.get(letter)) {
                (here, before) if here == before => {}
                (Some(here), _) => drop(marks.insert(*letter, *here)),
                (None, _) => drop(marks.remove(letter)),
            }
        }
        Session {
            marks,
            reference: changed(&self.reference, &before.reference, there.reference),
            time: changed(&self.time, &before.time, there.time),
            page: changed(&self.page, &before.page, there.page),
            selected: changed(&self.selected, &before.selected, there.selected),
            split: changed(&self.split, &before.split, there.split),
            divide: changed(&self.divide, &before.divide, there.divide),
            widths: changed(&self.widths, &before.widths, there.widths),
            later: there.later,
            unknown: there.unknown,
        }
    }
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
            ..Session::default()
        }
    }

    /// Takes up what was remembered. The selection follows once its frame has been read.
    pub fn resume(&mut self, session: Session) {
        // Marks may have been made before it was known which capture this is.
        self.marks = session.marks.into_iter().chain(std::mem::take(&mut self.marks)).collect();
        self.reference = self.reference.or(session.reference.map(Timestamp));
        self.time = session.time.unwrap_or(self.time);
        if self.page == PageName::FRAMES {
            self.page = session.page.unwrap_or(self.page);
        }
        self.split = session.split.clamp(-200, 200);
        self.divide = session.divide.clamp(-200, 200);
        self.widths = session.widths;
        self.wanted = session.selected;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ConnectionId, Direction, SocketId, StreamId};

    fn place(offset: u64) -> Bookmark {
        Bookmark { socket: SocketId::from(ConnectionId(3)), direction: Direction::Server, offset }
    }

    #[test]
    fn a_session_comes_back_as_it_was_written() {
        let stream = SocketId { stream: Some(StreamId(7)), ..SocketId::from(ConnectionId(3)) };
        let session = Session {
            marks: [('a', place(1234)), ('Z', Bookmark { socket: stream, ..place(0) })].into(),
            reference: Some(-5),
            time: Some(TimeFormat::Epoch),
            page: pages::named("ladder"),
            selected: Some(place(99)),
            split: -3,
            divide: 4,
            widths: [("time", 20), ("delta", 0)].into(),
            ..Session::default()
        };
        assert_eq!(Session::read(&session.write()), session);
        assert!(Session::read("sockeye 1\n").is_empty() && !session.is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_written_back_as_it_was() {
        let unknown = "mark\nmark a\nmark a x client 1\nmark ab 1 client 1\nmark b 1 client 1 more\nview nowhere\n\
                       split 99999999\nnote a 3 client 7 what is this?\n";
        let session = Session::read(&format!("sockeye 2\n{unknown}selected 3 server 7\n"));
        assert_eq!(session.selected, Some(place(7)));
        assert!(session.marks.is_empty() && session.page.is_none() && session.split == 0);
        assert_eq!(session.write(), format!("sockeye 2\nselected 3 server 7\n{unknown}"));
    }

    #[test]
    fn what_two_have_changed_is_both_remembered() {
        let before = Session::read("sockeye 1\nmark a 3 server 1\nmark b 3 server 2\ntime epoch\nfuture 1\n");
        // Here `a` is taken away, `c` is set and the page is another; there `d` is set and the time is another.
        let here = Session {
            marks: [('b', place(2)), ('c', place(3))].into(),
            page: pages::named("talk"),
            unknown: Vec::new(),
            ..before.clone()
        };
        let there = Session::read(
            "sockeye 3\nmark a 3 server 1\nmark b 3 server 2\nmark d 3 server 4\ntime delta\nfuture 1\nfuture 2\n",
        );
        assert_eq!(
            here.merged(&before, there).write(),
            "sockeye 3\nmark b 3 server 2\nmark c 3 server 3\nmark d 3 server 4\ntime delta\nview talk\nfuture 1\nfuture 2\n"
        );
    }
}
