//! The table of connections that are WebSocket, or asked to be: a row for each socket, which is a connection or one
//! stream of it.
//!
//! In: sockets as they open and as they end, and the rows that belong to them. Out: a [`ConnectionRow`] by name, with
//! the list of its frames. A row told before its socket makes an entry without particulars.

use hashbrown::HashMap;

use super::frames::FrameRow;
use super::inflate::Checkpoint;
use super::messages::MessageRow;
use super::packed::Packed;
use crate::base::number::{narrow, short};
use crate::base::{PerDirection, Severity, SocketId};
use crate::dissect::{Socket, Totals};

/// What the index knows of one socket.
#[derive(Debug, Default)]
pub struct ConnectionRow {
    /// Its connection among all TCP connections of the capture, and its stream where it has one.
    pub id: SocketId,
    /// What was told of it, once something was.
    pub told: Option<Box<Socket>>,
    /// Everything about it is known.
    pub over: bool,
    /// What each side has sent so far.
    pub totals: PerDirection<Totals>,
    /// Notes on it and on what it carries.
    pub notes: u64,
    /// The gravest of them.
    pub severity: Option<Severity>,
    frames: Packed,
    messages: Packed,
    pub(super) runs: PerDirection<Packed>,
    /// What compressed messages refer back to, here and there, by stream offset.
    pub(super) windows: PerDirection<Vec<Checkpoint>>,
}

impl ConnectionRow {
    /// Number of its frames.
    #[must_use]
    pub fn frame_count(&self) -> usize {
        self.frames.len()
    }

    /// Its frame at an index, 0-based, in the order of frame numbers.
    #[must_use]
    pub fn frame(&self, index: usize) -> Option<u64> {
        self.frames.get(index)
    }

    /// The index of the first of its frames whose number is at least `number`.
    #[must_use]
    pub fn index_of(&self, number: u64) -> usize {
        number.checked_sub(1).map_or(0, |before| self.frames.rows_up_to(before))
    }

    /// Its frames from the first whose number is at least `number`.
    pub fn frames_from(&self, number: u64) -> impl Iterator<Item = u64> + '_ {
        (self.index_of(number)..self.frames.len()).map_while(|index| self.frames.get(index))
    }

    /// Number of its messages.
    #[must_use]
    pub fn message_count(&self) -> usize {
        self.messages.len()
    }

    /// Its message at an index, 0-based, in the order of message numbers.
    #[must_use]
    pub fn message(&self, index: usize) -> Option<u64> {
        self.messages.get(index)
    }

    /// The index of the first of its messages whose number is at least `number`.
    #[must_use]
    pub fn index_of_message(&self, number: u64) -> usize {
        number.checked_sub(1).map_or(0, |before| self.messages.rows_up_to(before))
    }

    /// Its next frame after `number`.
    #[must_use]
    pub fn after(&self, number: u64) -> Option<u64> {
        self.frames.get(self.frames.rows_up_to(number))
    }

    /// Its last frame before `number`.
    #[must_use]
    pub fn before(&self, number: u64) -> Option<u64> {
        self.frames.get(self.index_of(number).checked_sub(1)?)
    }

    /// Its next frame, which has this number in the table of frames.
    pub(super) fn add_frame(&mut self, number: u64, row: &FrameRow) {
        self.frames.push(number);
        let totals = self.totals.get_mut(row.direction);
        totals.frames += 1;
        totals.payload_bytes = totals.payload_bytes.saturating_add(row.header.length);
    }

    /// Its next message, which has this number in the table of messages.
    pub(super) fn add_message(&mut self, number: u64, row: &MessageRow) {
        self.messages.push(number);
        let totals = self.totals.get_mut(row.direction);
        totals.messages += 1;
        totals.message_bytes = totals.message_bytes.saturating_add(row.length);
    }

    pub(super) fn add_note(&mut self, severity: Severity) {
        self.notes += 1;
        self.severity = self.severity.max(Some(severity));
    }
}

/// All connections, in the order in which they were told.
#[derive(Debug, Default)]
pub struct Connections {
    rows: Vec<ConnectionRow>,
    by_id: HashMap<SocketId, u32>,
    /// The one asked for last: bytes, their frame and its message come one after the other.
    latest: Option<(SocketId, usize)>,
    changes: u64,
}

impl Connections {
    /// Number of connections.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// A socket by its name.
    #[must_use]
    pub fn get(&self, id: SocketId) -> Option<&ConnectionRow> {
        self.rows.get(self.index(id)?)
    }

    /// A connection by its place in this table.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<&ConnectionRow> {
        self.rows.get(index)
    }

    /// The place in this table of a connection.
    #[must_use]
    pub fn index(&self, id: SocketId) -> Option<usize> {
        self.by_id.get(&id).map(|index| narrow(u64::from(*index)))
    }

    /// How often something was told of any: what is known of one stays the same as long as this does.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &ConnectionRow> {
        self.rows.iter()
    }

    pub(super) fn tell(&mut self, mut socket: Box<Socket>, over: bool) {
        self.changes += 1;
        let row = self.entry(socket.id);
        // What was put aside while nobody knew whose it is comes back without the way to hear it.
        if let Some(before) = row.told.as_ref().filter(|_| !socket.process.is_awaited()) {
            socket.process = before.process.clone();
        }
        row.over |= over;
        row.told = Some(socket);
    }

    pub(super) fn entry(&mut self, id: SocketId) -> &mut ConnectionRow {
        let index = match self.latest {
            Some((latest, index)) if latest == id => index,
            _ => self.find(id),
        };
        #[expect(clippy::indexing_slicing, reason = "`find` pushes the row where there is none")]
        &mut self.rows[index]
    }

    /// The place of a row, which is made where there is none.
    fn find(&mut self, id: SocketId) -> usize {
        let next = self.rows.len();
        let index = narrow(u64::from(*self.by_id.entry(id).or_insert_with(|| short(next))));
        if index >= next {
            self.rows.push(ConnectionRow { id, ..ConnectionRow::default() });
        }
        self.latest = Some((id, index));
        index
    }

    pub(super) fn memory(&self) -> usize {
        let lists = |row: &ConnectionRow| {
            row.frames.memory()
                + row.messages.memory()
                + row.runs.client.memory()
                + row.runs.server.memory()
                + (row.windows.client.capacity() + row.windows.server.capacity()) * size_of::<Checkpoint>()
                + size_of::<Socket>()
        };
        self.rows.capacity() * size_of::<ConnectionRow>()
            + self.rows.iter().map(lists).sum::<usize>()
            + self.by_id.capacity() * (size_of::<(SocketId, u32)>() + 1)
    }
}
