//! Stage 12: what is printed. Each form is a [`Sink`].
//!
//! In: frames, messages, connections and notes as the dissector tells them. Out: lines, written as they come, so that
//! memory stays flat. Sinks cannot fail: an error of the writer stays in [`Out`] and ends the run from outside.

#[cfg(feature = "sidecar")]
pub mod annotations;
pub mod clock;
pub mod explain;
pub mod follow;
#[cfg(feature = "live")]
pub mod interfaces;
pub mod json;
pub mod jsonl;
pub mod lint;
pub mod notes;
pub mod number;
pub mod out;
pub mod record;
pub mod sorted;
#[cfg(test)]
mod specimen;
pub mod stats;
pub mod style;
pub mod table;
pub mod text;
pub mod value;

use std::io;
use std::sync::Arc;

pub use follow::Follow;
pub use jsonl::JsonLines;
pub use lint::Lint;
pub use out::Out;
pub use stats::{Stats, Tally};
pub use style::Style;
pub use table::{Columns, Spec, Table, WrongColumn};
pub use text::{Look, Text};

use crate::base::{PacketComments, Timestamp};
use crate::dissect::{Quic, Sink, Told, Wants};
use crate::filter::Row;
use crate::filter::heartbeat::Run;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// A line a frame.
    Frames,
    /// A line a message.
    Messages,
    /// A line a connection.
    Connections,
}

impl List {
    /// `frames`, `messages`, `connections`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            List::Frames => "frames",
            List::Messages => "messages",
            List::Connections => "connections",
        }
    }

    /// What a list with payloads looks at.
    #[must_use]
    pub fn wants(self) -> Wants {
        Wants { frame_payload: self == List::Frames, message_payload: self == List::Messages, ..Wants::NOTHING }
    }
}

/// What is known of a capture besides its WebSocket traffic, once it was read.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The file, as it was named.
    pub file: String,
    /// Its format in words.
    pub format: String,
    /// Packets read.
    pub packets: u64,
    /// What the packets were, by name; what does not apply is left out.
    pub kinds: Vec<(String, u64)>,
    /// TCP connections.
    pub connections: u64,
    /// What those of them carry that are not WebSocket and were not asked to be, by name.
    pub others: Vec<(&'static str, u64)>,
    /// What clients of QUIC asked for: most first.
    pub quic: Vec<Quic>,
    /// Time of the earliest packet and of the latest.
    pub span: Option<(Timestamp, Timestamp)>,
    /// What could not be read, a line each.
    pub warnings: Vec<String>,
}

/// A sink that prints.
pub trait Output: Sink {
    /// Where comments on packets will be, before anything else.
    fn comments(&mut self, comments: &Arc<PacketComments>) {
        let _ = comments;
    }

    /// The capture is over: writes what had to wait, and flushes.
    fn finish(&mut self, summary: &Summary);

    /// The same as [`Sink::tell`], with what expressions look at: of a frame, a message, a connection.
    fn tell_row(&mut self, told: &Told<'_>, row: &Row<'_>) {
        let _ = row;
        self.tell(told);
    }

    /// Heartbeats stood here that are counted instead of shown; gives whether it says so.
    fn folded(&mut self, run: &Run) -> bool {
        let _ = run;
        false
    }

    /// Its columns, where it has any that are chosen.
    fn columns(&self) -> Option<&Columns> {
        None
    }

    /// Writes what is buffered: somebody is watching.
    fn flush(&mut self);

    /// Where it writes to.
    fn out(&self) -> &Out;
}

/// Keeps an error of reading lines back as an error of the output.
fn keep_error(out: &mut Out, result: io::Result<()>) {
    if let Err(error) = result {
        out.fail(error);
    }
}
