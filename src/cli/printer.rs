//! Between the dissector and an output: stops after so many items.

use crate::base::{At, ConnectionId, Note};
use crate::dissect::{Connection, FramePlace, MessagePlace, NotePlace, Sink, StreamBytes, Wants};
use crate::output::{Output, Summary};
use crate::websocket::{Frame, Message};

/// What `-c` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Frames, and the messages that end with them.
    Frames,
    /// Messages.
    Messages,
}

/// Hands on what comes before the limit. One type for all outputs, so that the dissector is compiled once.
pub struct Printer<'o> {
    output: &'o mut dyn Output,
    counted: Counted,
    limit: u64,
    /// Number of the last message handed on.
    message: u64,
    full: bool,
    /// Somebody is watching: nothing waits in a buffer.
    live: bool,
}

impl<'o> Printer<'o> {
    /// Hands on to `output`, up to `limit` items; at once where the capture is still being made (`live`).
    pub fn new(output: &'o mut dyn Output, counted: Counted, limit: Option<u64>, live: bool) -> Printer<'o> {
        let limit = limit.unwrap_or(u64::MAX);
        Printer { output, counted, limit, message: 0, full: limit == 0, live }
    }

    /// The output cannot be written to any more.
    pub fn has_failed(&self) -> bool {
        self.output.out().error().is_some()
    }

    /// The capture is over.
    pub fn finish(&mut self, summary: &Summary) {
        self.output.finish(summary);
    }

    fn passes_message(&self, place: &MessagePlace<'_>) -> bool {
        match self.counted {
            Counted::Messages => place.number <= self.limit,
            Counted::Frames => place.frames.last().is_none_or(|frame| *frame <= self.limit),
        }
    }
}

impl Sink for Printer<'_> {
    fn wants(&self) -> Wants {
        self.output.wants()
    }

    fn started(&mut self, first: At) {
        self.output.start(first.time);
    }

    fn caught_up(&mut self) {
        if self.live {
            self.output.flush();
        }
    }

    fn is_done(&self) -> bool {
        self.full || self.has_failed()
    }

    fn opened(&mut self, connection: &Connection) {
        self.output.opened(connection);
    }

    fn frame(&mut self, place: &FramePlace, frame: &Frame<'_>) {
        match self.counted {
            Counted::Messages if self.full => return,
            Counted::Messages => {}
            Counted::Frames if place.number > self.limit => return,
            Counted::Frames => self.full = place.number >= self.limit,
        }
        self.output.frame(place, frame);
    }

    fn message(&mut self, place: &MessagePlace<'_>, message: &Message<'_>) {
        if !self.passes_message(place) {
            return;
        }
        self.message = place.number;
        if self.counted == Counted::Messages {
            self.full = place.number >= self.limit;
        }
        self.output.message(place, message);
    }

    fn note(&mut self, connection: ConnectionId, place: NotePlace, note: &Note, at: At) {
        let passes = match place {
            NotePlace::Frame(n) => self.counted != Counted::Frames || n <= self.limit,
            NotePlace::Message(n) => n <= self.message,
            NotePlace::Connection => true,
        };
        if passes {
            self.output.note(connection, place, note, at);
        }
    }

    fn connection(&mut self, connection: &Connection) {
        self.output.connection(connection);
    }

    fn bytes(&mut self, bytes: &StreamBytes<'_>) {
        self.output.bytes(bytes);
    }
}
