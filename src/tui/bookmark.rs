//! Where a frame stands, so that it is found again when its number is another.
//!
//! Frames are remembered by connection, direction and stream offset, which do not move when a setting makes other
//! frames appear.

use crate::base::{ConnectionId, Direction};
use crate::trace::{ConnectionRow, FrameRow, Trace};

/// Frames around the place where one should stand that are looked at for it.
const NEAR: usize = 1024;

/// A frame, whatever its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bookmark {
    /// Its connection.
    pub connection: u32,
    /// It was sent by the server.
    pub server: bool,
    /// Its stream offset.
    pub offset: u64,
}

impl Bookmark {
    /// The place of a frame.
    #[must_use]
    pub fn of(row: &FrameRow) -> Bookmark {
        Bookmark { connection: row.socket.connection.0, server: row.direction == Direction::Server, offset: row.offset }
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
            Bookmark::of(row).server == self.server && from.is_some_and(|from| from < row.wire_len())
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
            match same_side.find(|(_, row)| Bookmark::of(row).server == self.server) {
                Some((index, row)) if row.offset < self.offset => low = index + 1,
                _ => high = middle,
            }
        }
        Some((list, low))
    }

    /// As words.
    #[must_use]
    pub fn write(self) -> String {
        format!("{} {} {}", self.connection, if self.server { "server" } else { "client" }, self.offset)
    }

    /// From words.
    pub fn read<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Bookmark> {
        let connection = words.next()?.parse().ok()?;
        let server = match words.next()? {
            "server" => true,
            "client" => false,
            _ => return None,
        };
        Some(Bookmark { connection, server, offset: words.next()?.parse().ok()? })
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
