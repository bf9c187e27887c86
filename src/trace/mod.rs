//! Stage 10: what was found, indexed, for whoever wants to go back.
//!
//! In: what the dissector tells an [`Indexer`]. Out: a [`Trace`] with a row for each frame, message, connection and
//! note, and where each stream byte lies in the capture, so that bytes are read back ([`Bytes`]) and put
//! together ([`Detail`]) when somebody looks. Rows stand in packed columns: tens of bytes a frame, payloads stay in the file.
//! Broken input is what the stages before made of it: notes and holes.

pub mod address;
mod appender;
pub mod aside;
pub mod bookmark;
mod carried;
pub mod connections;
pub mod detail;
pub mod frames;
pub mod indexer;
pub mod inflate;
pub mod loaded;
pub mod messages;
pub mod notes;
pub mod packed;
pub mod packet;
mod payloads;
pub mod read;
pub mod records;
pub mod runs;
mod sockets;
pub mod sources;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
pub mod values;

use std::sync::Arc;

use crate::base::scratch::Scratch;
use crate::base::{At, ConnectionId, Direction, Hole, Note, PacketComments, SocketId, Timestamp};
use crate::dissect::{NotePlace, OpenedRecord};

pub use address::{Address, AddressError, Anchor, Anchored, Extent, Item, Named, Spot, Unfound};
pub use bookmark::Bookmark;
pub use carried::Http2Header;
pub use connections::{ConnectionRow, Connections};
pub use detail::Detail;
pub use frames::{FrameBlock, FrameRow, Frames, Quantity, in_order, those};
pub use indexer::{Indexer, Shared};
pub use inflate::Inflations;
pub use loaded::{LoadedFrame, LoadedMessage};
pub use messages::{MessageRow, Messages};
pub use notes::{Notes, PlacedNote};
pub use packed::{BLOCK, Lane};
pub use payloads::Payloads;
pub use read::{Bytes, ReadAt, Window};
pub use records::RecordRow;
pub use runs::Run;

use inflate::Checkpoint;
use runs::Runs;

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Packets read.
    pub packets: u64,
    /// Bytes of the capture read.
    pub read: u64,
    /// Bytes of the capture, where they are known.
    pub total: Option<u64>,
    /// The capture was read to its end.
    pub finished: bool,
}

/// Rows on their way into the trace: of what there is much of, and what borrows nothing.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    runs: Vec<(SocketId, Direction, Run)>,
    /// Where sealed bytes lie, and records of them that were opened; a record comes behind its runs.
    sealed: Vec<(ConnectionId, Direction, Run)>,
    records: Vec<OpenedRecord>,
    frames: Vec<FrameRow>,
    /// Messages of one frame.
    messages: Vec<MessageRow>,
}

/// Everything found so far.
#[derive(Debug, Default)]
pub struct Trace {
    frames: Frames,
    messages: Messages,
    connections: Connections,
    notes: Notes,
    runs: Runs,
    records: records::Records,
    progress: Progress,
    /// Frames there were when all that was told was in.
    settled: u64,
    start: Option<Timestamp>,
    aside: Option<Arc<Scratch>>,
    comments: Arc<PacketComments>,
}

impl Rows {
    fn is_empty(&self) -> bool {
        self.runs.is_empty()
            && self.frames.is_empty()
            && self.messages.is_empty()
            && self.sealed.is_empty()
            && self.records.is_empty()
    }
}

impl Trace {
    /// Appends rows, which are used up. Messages come after all frames: theirs are among them, or were before.
    fn add(&mut self, rows: &mut Rows) {
        for (socket, direction, run) in &rows.runs {
            self.runs.push(self.connections.entry(*socket).runs.get_mut(*direction), run);
        }
        for (connection, direction, run) in rows.sealed.drain(..) {
            self.records.add_run(connection, direction, &run, &mut self.runs);
        }
        rows.records.drain(..).for_each(|record| self.records.add(&record));
        rows.frames.iter().for_each(|row| self.add_frame(row, &[]));
        rows.messages.iter().for_each(|row| self.add_message(row, &[], &[]));
        rows.runs.clear();
        rows.frames.clear();
        rows.messages.clear();
    }

    fn add_frame(&mut self, row: &FrameRow, holes: &[Hole]) {
        self.frames.push(row, holes);
        self.connections.entry(row.socket).add_frame(self.frames.count(), row);
    }

    /// `frames` are the message's, where they are several.
    fn add_message(&mut self, row: &MessageRow, frames: &[u64], holes: &[Hole]) {
        self.messages.push(row, holes);
        let number = self.messages.count();
        for frame in frames.iter().chain([&row.last_frame]) {
            self.frames.set_message(*frame, number);
        }
        self.connections.entry(row.socket).add_message(number, row);
    }

    fn add_note(&mut self, socket: SocketId, place: NotePlace, note: &Note, at: At) {
        if let NotePlace::Frame(number) = place {
            self.frames.raise(number, note.severity());
        }
        self.connections.entry(socket).add_note(note.severity());
        self.notes.push(socket, place, note, at);
    }

    fn add_window(&mut self, socket: SocketId, direction: Direction, window: Checkpoint) {
        let window = Checkpoint { frame: self.frames.count() + 1, ..window };
        self.connections.entry(socket).windows.get_mut(direction).push(window);
    }

    /// The table of frames.
    #[must_use]
    pub fn frames(&self) -> &Frames {
        &self.frames
    }

    /// The table of messages.
    #[must_use]
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    /// The table of connections.
    #[must_use]
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Comments on packets.
    #[must_use]
    pub fn comments(&self) -> &PacketComments {
        &self.comments
    }

    /// The table of notes.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// How far reading has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// All that was told so far is in it.
    fn settle(&mut self, progress: Progress) {
        self.progress = progress;
        self.settled = self.frames.count();
    }

    /// The last frame of which all is known that is told with it: its notes, and the message that it ends. Behind it stands one
    /// more at most.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.frames.count().saturating_sub(1).max(self.settled)
    }

    /// The time of the capture's first packet, from which time counts.
    #[must_use]
    pub fn start(&self) -> Option<Timestamp> {
        self.start
    }

    /// The runs of one direction from the one that holds stream offset `offset`, or that comes after it.
    pub fn runs(&self, socket: SocketId, direction: Direction, offset: u64) -> impl Iterator<Item = Run> + '_ {
        let own = self.connections.get(socket).map(|row| row.runs.get(direction));
        own.into_iter().flat_map(move |own| self.runs.from(own, offset))
    }

    /// The opened records that hold bytes of one direction, from the one on that holds what stands at `plain` among all that its
    /// records hold.
    pub fn records(&self, socket: SocketId, direction: Direction, plain: u64) -> impl Iterator<Item = RecordRow> + '_ {
        self.records.from(socket.connection, direction, plain)
    }

    /// The runs of the sealed bytes of one direction, from the one that holds `offset` on.
    pub fn sealed_runs(&self, socket: SocketId, direction: Direction, offset: u64) -> impl Iterator<Item = Run> + '_ {
        self.records.runs(socket.connection, direction, offset, &self.runs)
    }

    /// A message's frames in the order of the stream: the data frames of its direction from its first to its last.
    ///
    /// That order is not always that of their numbers: where a packet came again, an earlier fragment ends later.
    #[must_use]
    pub fn message_frames(&self, message: &MessageRow) -> Vec<FrameRow> {
        let MessageRow { number, first_frame, last_frame, .. } = *message;
        let numbers =
            self.connections.get(message.socket).into_iter().flat_map(move |row| row.frames_from(first_frame));
        let rows = numbers.take_while(move |frame| *frame <= last_frame).filter_map(|frame| self.frames.get(frame));
        let mut rows: Vec<FrameRow> = rows.filter(|row| row.message == Some(number)).collect();
        rows.sort_by_key(|row| row.offset);
        rows
    }

    /// Bytes of heap memory it holds, to be checked against the budget of 64 bytes a frame.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.frames.memory()
            + self.messages.memory()
            + self.connections.memory()
            + self.notes.memory()
            + self.runs.memory()
            + self.records.memory()
    }
}
