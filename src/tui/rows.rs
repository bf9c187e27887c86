//! What the rows of the list are: frames, or messages, of all connections or of one. Selection is always by frame
//! number, whatever the rows are.

use std::sync::Arc;

use super::picked::Filtered;
use crate::base::SocketId;
use crate::base::number::wide;
use crate::trace::{ConnectionRow, Trace};

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A frame.
    Frames,
    /// A whole message.
    Messages,
}

/// The rows of the list.
#[derive(Debug, Clone)]
pub struct Rows {
    /// What a row is.
    pub kind: Kind,
    /// Only those of this connection.
    pub only: Option<SocketId>,
    /// Only up to this frame: what came later is not shown yet.
    pub frozen: Option<u64>,
    /// Only those that this filter shows, as far as it has come.
    pub shown: Option<Arc<Filtered>>,
}

impl PartialEq for Rows {
    fn eq(&self, other: &Rows) -> bool {
        let filter = |rows: &Rows| rows.shown.as_ref().map(Arc::as_ptr);
        (self.kind, self.only, self.frozen) == (other.kind, other.only, other.frozen) && filter(self) == filter(other)
    }
}

impl Eq for Rows {}

impl Rows {
    /// The same without a filter.
    #[must_use]
    pub fn base(&self) -> Rows {
        Rows { shown: None, ..self.clone() }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self, trace: &Trace) -> u64 {
        let all = self.all(trace);
        self.shown.as_ref().map_or(all, |shown| shown.rank(all))
    }

    /// Number of rows, whatever the filter shows.
    #[must_use]
    pub fn all(&self, trace: &Trace) -> u64 {
        match (self.own(trace), self.kind, self.frozen) {
            (Some(own), Kind::Frames, None) => long(own.frame_count()),
            (Some(own), Kind::Messages, None) => long(own.message_count()),
            (None, Kind::Frames, None) => trace.frames().count(),
            (None, Kind::Messages, None) => trace.messages().count(),
            (Some(own), Kind::Frames, Some(last)) => long(own.index_of(last.saturating_add(1))),
            (None, Kind::Frames, Some(last)) => trace.frames().count().min(last),
            (Some(own), Kind::Messages, Some(last)) => {
                long(own.index_of_message(trace.messages().ended_by(last).saturating_add(1)))
            }
            (None, Kind::Messages, Some(last)) => trace.messages().ended_by(last),
        }
    }

    /// The number of the frame or message of a row (0-based).
    #[must_use]
    pub fn number(&self, trace: &Trace, row: u64) -> Option<u64> {
        let row = match &self.shown {
            Some(shown) => shown.nth(row)?,
            None => row,
        };
        let index = usize::try_from(row).ok()?;
        match (self.own(trace), self.kind) {
            (Some(own), Kind::Frames) => own.frame(index),
            (Some(own), Kind::Messages) => own.message(index),
            (None, _) => (row < self.all(trace)).then_some(row + 1),
        }
    }

    /// How many heartbeats a row (0-based) stands for; 0 where it stands for itself.
    #[must_use]
    pub fn run(&self, row: u64) -> u64 {
        self.shown.as_ref().and_then(|shown| Some(shown.run(shown.nth(row)?))).unwrap_or(0)
    }

    /// The frame that stands for a row (0-based): of a message, its last.
    #[must_use]
    pub fn frame(&self, trace: &Trace, row: u64) -> Option<u64> {
        let number = self.number(trace, row)?;
        match self.kind {
            Kind::Frames => Some(number),
            Kind::Messages => trace.messages().get(number).map(|message| message.last_frame),
        }
    }

    /// The row of a frame; where it has none of its own, the row before the place where it would stand.
    #[must_use]
    pub fn row(&self, trace: &Trace, frame: u64) -> u64 {
        let row = self.row_of_all(trace, frame);
        let Some(shown) = &self.shown else { return row };
        let rank = shown.rank(row);
        let there = shown.nth(rank) == Some(row);
        (if there { rank } else { rank.saturating_sub(1) }).min(self.len(trace).saturating_sub(1))
    }

    /// The row of a frame among all, whatever the filter shows.
    #[must_use]
    pub fn row_of_all(&self, trace: &Trace, frame: u64) -> u64 {
        let last = self.all(trace).saturating_sub(1);
        let own = self.own(trace);
        let row = match self.kind {
            Kind::Frames => own.map_or(frame.saturating_sub(1), |own| long(own.index_of(frame))),
            Kind::Messages => {
                let message = trace.frames().get(frame).and_then(|row| row.message);
                let message = message.unwrap_or_else(|| trace.messages().ended_by(frame));
                own.map_or(message.saturating_sub(1), |own| long(own.index_of_message(message)))
            }
        };
        row.min(last)
    }

    fn own<'t>(&self, trace: &'t Trace) -> Option<&'t ConnectionRow> {
        self.only.and_then(|only| trace.connections().get(only))
    }
}

fn long(count: usize) -> u64 {
    wide(count)
}
