//! What the rows of the list are: frames, or messages. Selection is always by frame number, whatever the rows are.

use crate::trace::Trace;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// A frame.
    Frames,
    /// A whole message.
    Messages,
}

impl Rows {
    /// Number of rows.
    #[must_use]
    pub fn len(self, trace: &Trace) -> u64 {
        match self {
            Rows::Frames => trace.frames().count(),
            Rows::Messages => trace.messages().count(),
        }
    }

    /// The frame that stands for a row (0-based): of a message, its last.
    #[must_use]
    pub fn frame(self, trace: &Trace, row: u64) -> Option<u64> {
        match self {
            Rows::Frames => (row < trace.frames().count()).then_some(row + 1),
            Rows::Messages => trace.messages().get(row.checked_add(1)?).map(|message| message.last_frame),
        }
    }

    /// The row of a frame; where it has none of its own, the row before the place where it would stand.
    #[must_use]
    pub fn row(self, trace: &Trace, frame: u64) -> u64 {
        let last = self.len(trace).saturating_sub(1);
        match self {
            Rows::Frames => frame.saturating_sub(1).min(last),
            Rows::Messages => match trace.frames().get(frame).and_then(|row| row.message) {
                Some(message) => message.saturating_sub(1),
                None => trace.messages().ended_by(frame).saturating_sub(1),
            }
            .min(last),
        }
    }
}
