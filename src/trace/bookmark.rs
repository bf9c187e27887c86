//! Where a frame stands, so that it is found again when its number is another.
//!
//! Frames are remembered by socket (the connection, and the stream where a WebSocket is one of several on it), direction
//! and stream offset, which do not move when a setting makes other frames appear.

use super::{Address, ConnectionRow, FrameRow, Item, Trace};
use crate::base::{Direction, SocketId};

/// Frames around the place where one should stand that are looked at for it.
const NEAR: usize = 1024;

/// A frame, whatever its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bookmark {
    /// Its socket.
    pub socket: SocketId,
    /// Who sent it.
    pub direction: Direction,
    /// Its stream offset.
    pub offset: u64,
}

impl Bookmark {
    /// The place of a frame.
    #[must_use]
    pub fn of(row: &FrameRow) -> Bookmark {
        Bookmark { socket: row.socket, direction: row.direction, offset: row.offset }
    }

    /// The frame that stands at this place.
    #[must_use]
    pub fn frame(self, trace: &Trace) -> Option<u64> {
        let (list, index) = self.search(trace)?;
        let mut near = list.near(trace, index);
        near.find(|row| Bookmark::of(row) == self).map(|row| row.number)
    }

    /// The frame that holds the byte at this place.
    #[must_use]
    pub fn holder(self, trace: &Trace) -> Option<FrameRow> {
        let (list, index) = self.search(trace)?;
        let holds = |row: &FrameRow| {
            let from = self.offset.checked_sub(row.offset);
            row.direction == self.direction && from.is_some_and(|from| from < row.wire_len())
        };
        let mut near = list.near(trace, index);
        near.find(holds)
    }

    /// The index, in the connection's list, of the first frame of this side that starts here or later: about, for
    /// offsets of one direction rise but for the few places where packets came out of order.
    fn search(self, trace: &Trace) -> Option<(List<'_>, usize)> {
        let list = List(trace.connections().get(self.socket)?);
        let (mut low, mut high) = (0, list.0.frame_count());
        while low < high {
            let middle = low + (high - low) / 2;
            let mut same_side = (middle..high).filter_map(|index| Some((index, list.row(trace, index)?)));
            match same_side.find(|(_, row)| row.direction == self.direction) {
                Some((index, row)) if row.offset < self.offset => low = index + 1,
                _ => high = middle,
            }
        }
        Some((list, low))
    }

    /// As words.
    #[must_use]
    pub fn write(self) -> String {
        let file = if self.socket.file == 0 { String::new() } else { format!("{}/", self.socket.file) };
        format!("{file}{} {} {}", self.socket.label(), self.direction.name(), self.offset)
    }

    /// From words.
    pub fn read<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Bookmark> {
        let socket = socket(words.next()?)?;
        let name = words.next()?;
        let direction = Direction::BOTH.into_iter().find(|direction| direction.name() == name)?;
        Some(Bookmark { socket, direction, offset: words.next()?.parse().ok()? })
    }
}

/// A socket by its label, with the number of its file before it where that is not the first: `3`, `3s5`, `1/3s5`.
fn socket(word: &str) -> Option<SocketId> {
    let (file, label) = word.split_once('/').unwrap_or(("0", word));
    let address = format!("c{label}").parse::<Address>().ok().filter(Address::is_whole)?;
    match address.item {
        Item::Socket(socket) => Some(SocketId { file: file.parse().ok()?, ..socket }),
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ConnectionId, StreamId};
    use crate::trace::sample::Sample;
    use crate::websocket::Opcode;

    #[test]
    fn a_place_is_of_one_stream_and_comes_back_as_it_was_written() {
        let plain = SocketId::from(ConnectionId(3));
        let stream = SocketId { stream: Some(StreamId(5)), ..plain };
        let other = SocketId { file: 1, ..stream };
        for (socket, words) in [(plain, "3 server 7"), (stream, "3s5 server 7"), (other, "1/3s5 server 7")] {
            let place = Bookmark { socket, direction: Direction::Server, offset: 7 };
            assert_eq!(place.write(), words);
            assert_eq!(Bookmark::read(&mut words.split(' ')), Some(place));
        }
        for wrong in ["3s server 7", "s5 server 7", "3 nobody 7", "3 server", "c3 server 7", "/3 server 7"] {
            assert_eq!(Bookmark::read(&mut wrong.split(' ')), None, "{wrong}");
        }
    }

    #[test]
    fn frames_at_the_same_place_of_two_streams_are_told_apart() {
        // Two streams of connection 0, frames in turn, so that both have frames at the same offsets.
        let mut sample = Sample::default();
        let streams = [1, 3].map(|stream| SocketId { stream: Some(StreamId(stream)), ..ConnectionId(0).into() });
        streams.into_iter().for_each(|stream| sample.open(stream, "/echo"));
        for _ in 0..3 {
            streams.into_iter().for_each(|stream| sample.send(stream, Direction::Client, true, Opcode::Text, b"same"));
        }
        sample.flush();
        let shared = sample.shared();
        let trace = shared.read();
        let rows: Vec<FrameRow> = (1..=6).map(|number| trace.frames().get(number).unwrap()).collect();
        assert_eq!(rows[2].offset, rows[3].offset);
        for row in rows {
            let place = Bookmark::of(&row);
            assert_eq!(place.frame(&trace), Some(row.number));
            assert_eq!(Bookmark { offset: place.offset + 3, ..place }.holder(&trace), Some(row));
            assert_eq!(Bookmark::read(&mut place.write().split(' ')), Some(place));
        }
    }
}
