//! Records that were opened: where they lie, and which key opens them again.
//!
//! In: for each side of a connection, where its sealed bytes lie in the capture, and the records of them that opened. Out: what
//! they hold, opened anew whenever somebody looks. What was opened is kept nowhere; keys are in memory only, one for all
//! records that it opens.

use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;

use super::packed::Packed;
use super::runs::{Run, Runs};
use crate::base::number::{narrow, wide};
use crate::base::{ConnectionId, Direction, PerDirection, Unseal};
use crate::dissect::OpenedRecord;

/// Longest record that is opened, with its header (RFC 8446 section 5.2, and what older versions allow).
const LONGEST: u64 = 5 + 16 * 1024 + 2048;

/// One record.
#[derive(Debug, Clone)]
pub struct RecordRow {
    /// Where it begins, among the sealed bytes of its side.
    pub offset: u64,
    /// How long it is, with its header.
    pub len: u64,
    /// Where its content begins, among all that records of its side hold.
    pub plain: u64,
    /// How long its content is.
    pub plain_len: u64,
    /// Its number under its key.
    pub number: u64,
    /// What opens it.
    pub key: Arc<dyn Unseal>,
}

/// One side of a connection.
#[derive(Debug, Default)]
struct Half {
    /// Its runs, in the table of all runs.
    runs: Packed,
    offset: Packed,
    len: Packed,
    plain: Packed,
    plain_len: Packed,
    number: Packed,
    /// Which of the keys.
    key: Packed,
    keys: Vec<Arc<dyn Unseal>>,
}

/// The records of all connections.
#[derive(Debug, Default)]
pub(super) struct Records {
    by_connection: HashMap<ConnectionId, PerDirection<Half>>,
}

impl Records {
    /// Where sealed bytes lie.
    pub(super) fn add_run(&mut self, connection: ConnectionId, direction: Direction, run: &Run, runs: &mut Runs) {
        runs.push(&mut self.half(connection, direction).runs, run);
    }

    /// A record of them was opened.
    pub(super) fn add(&mut self, record: &OpenedRecord) {
        let half = self.half(record.connection, record.direction);
        // Keys change seldom: it is the last one, mostly.
        let is_new = half.keys.last().is_none_or(|last| !Arc::ptr_eq(last, &record.key));
        if is_new {
            half.keys.push(Arc::clone(&record.key));
        }
        half.offset.push(record.offset);
        half.len.push(record.len);
        half.plain.push(record.plain);
        half.plain_len.push(record.plain_len);
        half.number.push(record.number);
        half.key.push(wide(half.keys.len() - 1));
    }

    fn half(&mut self, connection: ConnectionId, direction: Direction) -> &mut Half {
        self.by_connection.entry(connection).or_default().get_mut(direction)
    }

    fn get(&self, connection: ConnectionId, direction: Direction) -> Option<&Half> {
        self.by_connection.get(&connection).map(|sides| sides.get(direction))
    }

    /// The records that hold a byte at `plain` or behind it, in order.
    pub(super) fn from(
        &self,
        connection: ConnectionId,
        direction: Direction,
        plain: u64,
    ) -> impl Iterator<Item = RecordRow> + '_ {
        self.get(connection, direction).into_iter().flat_map(move |half| {
            let first = half.plain.rows_up_to(plain).saturating_sub(1);
            let rows = (first..half.plain.len()).map_while(|row| half.row(row));
            rows.skip_while(move |row| row.plain.saturating_add(row.plain_len) <= plain)
        })
    }

    /// The runs of a side's sealed bytes, from the one that holds `offset` on.
    pub(super) fn runs<'r>(
        &'r self,
        connection: ConnectionId,
        direction: Direction,
        offset: u64,
        runs: &'r Runs,
    ) -> impl Iterator<Item = Run> + 'r {
        self.get(connection, direction).into_iter().flat_map(move |half| runs.from(&half.runs, offset))
    }

    /// Bytes of heap memory.
    pub(super) fn memory(&self) -> usize {
        let of = |half: &Half| {
            [&half.runs, &half.offset, &half.len, &half.plain, &half.plain_len, &half.number, &half.key]
                .iter()
                .map(|column| column.memory())
                .sum::<usize>()
        };
        self.by_connection.capacity() * size_of::<(ConnectionId, PerDirection<Half>)>()
            + self.by_connection.values().map(|sides| of(&sides.client) + of(&sides.server)).sum::<usize>()
    }
}

impl Half {
    fn row(&self, row: usize) -> Option<RecordRow> {
        Some(RecordRow {
            offset: self.offset.get(row)?,
            len: self.len.get(row)?,
            plain: self.plain.get(row)?,
            plain_len: self.plain_len.get(row)?,
            number: self.number.get(row)?,
            key: Arc::clone(self.keys.get(narrow(self.key.get(row)?))?),
        })
    }
}

impl RecordRow {
    /// The sealed bytes that opening it takes: the record, and what it hangs on before it.
    pub(super) fn sealed(&self) -> Range<u64> {
        let back = wide(self.key.looks_back()).min(self.offset);
        self.offset - back..self.offset.saturating_add(self.len.min(LONGEST))
    }

    /// Its content, from what [`RecordRow::sealed`] spans; nothing where the capture lacks any of that now, or has changed.
    pub(super) fn open(&self, sealed: &mut Vec<u8>) -> Option<Range<usize>> {
        let back = self.key.looks_back().min(narrow(self.offset));
        let before: Vec<u8> = sealed.drain(..back.min(sealed.len())).collect();
        let content = self.key.unseal(self.number, &before, sealed)?;
        (wide(content.len()) == self.plain_len).then_some(content)
    }

    /// The place behind its content.
    #[must_use]
    pub fn plain_end(&self) -> u64 {
        self.plain.saturating_add(self.plain_len)
    }
}
