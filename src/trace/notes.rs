//! The table of notes: what was found worth saying, in the order in which it was found.
//!
//! In: notes with their place. Out: the notes of a frame, message or socket, and counts by code. Past
//! [`KEPT`] notes only the counts go on; a capture that breaks a rule in every frame is told by its counts.

use std::collections::BTreeMap;

use super::sockets::SocketColumn;
use crate::base::number::{narrow, short};
use crate::base::pack::Pack;
use crate::base::{At, Code, Note, Severity, SocketId};
use crate::dissect::NotePlace;

/// Notes kept with their place: 32 MiB at most, and [`MORE`].
pub const KEPT: usize = 1 << 20;

/// Bytes kept of what notes say besides their codes, about 50 each: a short snap length makes one a frame. Beyond it a note
/// is its code.
const MORE: usize = 64 * 1024 * 1024;

/// One note and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedNote {
    /// Its socket.
    pub socket: SocketId,
    /// What it is about.
    pub place: NotePlace,
    /// What it says.
    pub note: Note,
    /// Of a note about a socket, the packet at which it was found.
    pub packet: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Frame or message number; for the socket itself, the packet at which it was found.
    number: u32,
    code: Code,
    about: About,
    /// Where in [`Notes::more`] the whole note is; `u32::MAX` where it says no more than its code.
    more: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Frame,
    Message,
    Socket,
}

/// All notes.
#[derive(Debug, Default)]
pub struct Notes {
    entries: Vec<Entry>,
    /// The socket of each.
    sockets: SocketColumn,
    /// Those that say more than their code, packed.
    more: Vec<u8>,
    /// Indices by what they are about: frames in order of number (nearly all come so), the others by number.
    by_frame: Vec<u32>,
    late: BTreeMap<u64, Vec<u32>>,
    by_message: BTreeMap<u64, Vec<u32>>,
    by_socket: BTreeMap<SocketId, Vec<u32>>,
    counts: BTreeMap<Code, u64>,
    total: u64,
}

impl Notes {
    /// Notes found, those past the cap included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Notes kept with their place.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.entries.len()
    }

    /// How often each code was found.
    pub fn counts(&self) -> impl Iterator<Item = (Code, u64)> + '_ {
        self.counts.iter().map(|(code, count)| (*code, *count))
    }

    /// How often this code was found.
    #[must_use]
    pub fn count_of(&self, code: Code) -> u64 {
        self.counts.get(&code).copied().unwrap_or(0)
    }

    /// How many notes of this severity there are.
    #[must_use]
    pub fn of_severity(&self, severity: Severity) -> u64 {
        self.counts.iter().filter(|(code, _)| code.rule().severity == severity).map(|(_, count)| count).sum()
    }

    pub(super) fn push(&mut self, socket: SocketId, place: NotePlace, note: &Note, at: At) {
        if !place.is_mark(note.code) {
            *self.counts.entry(note.code).or_default() += 1;
            self.total += 1;
        }
        if self.entries.len() >= KEPT {
            return;
        }
        let index = self.entries.len();
        let short = short(index);
        let (about, number) = match place {
            NotePlace::Frame(number) => (About::Frame, number),
            NotePlace::Message(number) => (About::Message, number),
            NotePlace::Socket => (About::Socket, at.packet),
        };
        match about {
            About::Frame if self.last_frame().is_none_or(|last| last <= number) => self.by_frame.push(short),
            About::Frame => self.late.entry(number).or_default().push(short),
            About::Message => self.by_message.entry(number).or_default().push(short),
            About::Socket => self.by_socket.entry(socket).or_default().push(short),
        }
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let more = self.keep(note).unwrap_or(u32::MAX);
        self.entries.push(Entry { number, code: note.code, about, more });
        self.sockets.push(socket);
    }

    /// Where a note that says more than its code is kept.
    fn keep(&mut self, note: &Note) -> Option<u32> {
        let says_more = note.span.is_some() || note.detail.is_some() || note.at.is_some();
        if !says_more || self.more.len() >= MORE {
            return None;
        }
        let start = short(self.more.len());
        if self.more.len() + 1024 > self.more.capacity() {
            // By a quarter: of a list that doubles, half is empty at worst.
            self.more.reserve_exact(self.more.len() / 4 + 4096);
        }
        note.pack(&mut self.more);
        Some(start)
    }

    fn last_frame(&self) -> Option<u64> {
        self.by_frame.last().map(|index| self.number(*index))
    }

    fn number(&self, index: u32) -> u64 {
        self.entry(index).map_or(0, |entry| u64::from(entry.number))
    }

    fn entry(&self, index: u32) -> Option<&Entry> {
        self.entries.get(narrow(index.into()))
    }

    /// The kind of a kept note; `None` where it marks a frame with what its message has, and is counted there.
    #[must_use]
    pub fn code(&self, index: usize) -> Option<Code> {
        let mark = |entry: &&Entry| entry.about == About::Frame && entry.code.is_of_message();
        self.entries.get(index).filter(|entry| !mark(entry)).map(|entry| entry.code)
    }

    /// A kept note by its place in the order of finding.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<PlacedNote> {
        let entry = self.entries.get(index)?;
        let more = self.more.get(narrow(entry.more.into())..);
        let note = more.and_then(|mut more| Note::unpack(&mut more)).unwrap_or_else(|| Note::new(entry.code));
        let place = match entry.about {
            About::Frame => NotePlace::Frame(u64::from(entry.number)),
            About::Message => NotePlace::Message(u64::from(entry.number)),
            About::Socket => NotePlace::Socket,
        };
        let packet = (entry.about == About::Socket).then_some(u64::from(entry.number));
        Some(PlacedNote { socket: self.sockets.get(index)?, place, note, packet })
    }

    fn all<'a>(&'a self, indices: impl Iterator<Item = &'a u32> + 'a) -> impl Iterator<Item = PlacedNote> + 'a {
        indices.filter_map(|index| self.get(narrow(u64::from(*index))))
    }

    /// The notes of a frame.
    pub fn of_frame(&self, number: u64) -> impl Iterator<Item = PlacedNote> + '_ {
        let start = self.by_frame.partition_point(|index| self.number(*index) < number);
        let in_order = self.by_frame.get(start..).unwrap_or(&[]).iter().take_while(move |i| self.number(**i) == number);
        self.all(in_order.chain(self.late.get(&number).into_iter().flatten()))
    }

    /// The notes of a message.
    pub fn of_message(&self, number: u64) -> impl Iterator<Item = PlacedNote> + '_ {
        self.all(self.by_message.get(&number).into_iter().flatten())
    }

    /// The notes of a socket itself.
    pub fn of_socket(&self, id: SocketId) -> impl Iterator<Item = PlacedNote> + '_ {
        self.all(self.by_socket.get(&id).into_iter().flatten())
    }

    pub(super) fn memory(&self) -> usize {
        let lists = |map: &BTreeMap<u64, Vec<u32>>| map.values().map(|list| list.capacity() * 4 + 64).sum::<usize>();
        self.entries.capacity() * size_of::<Entry>()
            + self.sockets.packed().memory()
            + self.sockets.table_memory()
            + self.more.capacity()
            + self.by_frame.capacity() * 4
            + lists(&self.late)
            + lists(&self.by_message)
            + self.by_socket.values().map(|list| list.capacity() * 4 + 64).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ConnectionId;
    use crate::base::{Source, Span, Timestamp};

    /// A capture with a short snap length makes one of each frame.
    #[test]
    fn what_a_note_says_costs_little_and_comes_back() {
        let mut notes = Notes::default();
        let note = |number: u64| {
            let at = At { packet: 3 * number, time: Timestamp(1_700_000_000_000_000_000) };
            let span = Span { source: Source::Frame, start: number, len: 2 };
            let note = Note::new(Code::FrameGap).with_detail(format!("{number} of 1448 payload bytes")).with_at(at);
            if number.is_multiple_of(3) { note.with_span(span) } else { note }
        };
        for number in 0..100_000 {
            notes.push(ConnectionId(7).into(), NotePlace::Frame(number), &note(number), At::default());
        }
        assert!(notes.memory() / 100_000 < 100, "{}", notes.memory());
        assert!((0..100_000).all(|number| notes.of_frame(number).map(|placed| placed.note).eq([note(number)])));
    }

    #[test]
    fn notes_are_found_by_frame_even_when_they_come_late() {
        let mut notes = Notes::default();
        let id = SocketId::default();
        for number in [1, 5, 5, 9] {
            notes.push(id, NotePlace::Frame(number), &Note::new(Code::MaskZero), At::default());
        }
        notes.push(id, NotePlace::Frame(5), &Note::new(Code::PingUnanswered).with_detail("late"), At::default());
        notes.push(id, NotePlace::Message(2), &Note::new(Code::MessageUtf8), At::default());
        notes.push(id, NotePlace::Socket, &Note::new(Code::CloseMissing), At::default());
        let codes = |number| notes.of_frame(number).map(|placed| placed.note.code).collect::<Vec<_>>();
        assert_eq!(codes(5), [Code::MaskZero, Code::MaskZero, Code::PingUnanswered]);
        assert_eq!(codes(9), [Code::MaskZero]);
        assert_eq!(codes(4), []);
        assert_eq!(notes.of_frame(5).last().unwrap().note.detail.unwrap(), "late");
        assert_eq!(notes.of_message(2).count(), 1);
        assert_eq!(notes.of_socket(id).next().unwrap().note.code, Code::CloseMissing);
        assert_eq!(notes.of_severity(Severity::Warning), 5);
    }
}
