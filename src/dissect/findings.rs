//! Where a shard's findings go: in order to one sink, or as they come to one of many.

use super::order::{Order, in_frame};
use super::sink::{Connection, FramePlace, MessagePlace, NotePlace, Sink, StreamBytes, Wants};
use crate::base::{At, ConnectionId, Direction, Note, PacketNumber};
use crate::websocket::{Frame, Message};

/// Takes what is found on connections.
pub(super) trait Findings {
    fn wants(&self) -> Wants;
    /// A TCP connection was opened by a segment of this packet; its number is the next.
    fn new_connection(&mut self, at: At) {
        let _ = at;
    }
    /// Nobody wants what is found from here on.
    fn is_done(&self) -> bool {
        false
    }
    fn opened(&mut self, connection: &Connection);
    fn frame(&mut self, connection: ConnectionId, frame: &Frame<'_>);
    fn message(&mut self, connection: ConnectionId, message: &Message<'_>);
    fn connection(&mut self, connection: Connection);
    fn bytes(&mut self, bytes: &StreamBytes<'_>);
    fn window(&mut self, connection: ConnectionId, direction: Direction, offset: u64, window: &[u8]);
}

/// To one sink, in the order in which things end.
pub(super) struct Ordered<'s, S> {
    pub(super) order: &'s mut Order,
    pub(super) sink: &'s mut S,
}

impl<S: Sink> Ordered<'_, S> {
    /// Nothing that is still to come ends before packet `limit`.
    pub(super) fn set_limit(&mut self, limit: Option<PacketNumber>) {
        self.order.set_limit(limit, self.sink);
    }
}

impl<S: Sink> Findings for Ordered<'_, S> {
    fn wants(&self) -> Wants {
        self.sink.wants()
    }

    fn is_done(&self) -> bool {
        self.sink.is_done()
    }

    fn opened(&mut self, connection: &Connection) {
        self.sink.opened(connection);
    }

    fn frame(&mut self, connection: ConnectionId, frame: &Frame<'_>) {
        self.order.frame(connection, frame, self.sink);
    }

    fn message(&mut self, connection: ConnectionId, message: &Message<'_>) {
        self.order.message(connection, message, self.sink);
    }

    fn connection(&mut self, connection: Connection) {
        self.order.connection(connection, self.sink);
    }

    fn bytes(&mut self, bytes: &StreamBytes<'_>) {
        self.sink.bytes(bytes);
    }

    fn window(&mut self, connection: ConnectionId, direction: Direction, offset: u64, window: &[u8]) {
        self.sink.window(connection, direction, offset, window);
    }
}

/// To a sink that only adds up: as they come, without numbers.
pub(super) struct Unordered<'s, S> {
    sink: &'s mut S,
    frames: u64,
    messages: u64,
}

impl<'s, S: Sink> Unordered<'s, S> {
    pub(super) fn new(sink: &'s mut S) -> Unordered<'s, S> {
        Unordered { sink, frames: 0, messages: 0 }
    }

    /// Frames and messages told so far.
    pub(super) fn told(&self) -> (u64, u64) {
        (self.frames, self.messages)
    }

    fn notes(&mut self, connection: ConnectionId, place: NotePlace, notes: &[Note], at: At) {
        for note in notes {
            self.sink.note(connection, place, note, note.at.unwrap_or(at));
        }
    }
}

impl<S: Sink> Findings for Unordered<'_, S> {
    fn wants(&self) -> Wants {
        self.sink.wants()
    }

    fn opened(&mut self, connection: &Connection) {
        self.sink.opened(connection);
    }

    fn frame(&mut self, connection: ConnectionId, frame: &Frame<'_>) {
        self.frames += 1;
        self.sink.frame(&FramePlace { number: 0, connection, message: None }, frame);
        for note in frame.notes {
            self.sink.note(connection, NotePlace::Frame(0), note, in_frame(frame, note));
        }
    }

    fn message(&mut self, connection: ConnectionId, message: &Message<'_>) {
        self.messages += 1;
        self.sink.message(&MessagePlace { number: 0, connection, frames: &[] }, message);
        self.notes(connection, NotePlace::Message(0), message.notes, message.last);
    }

    fn connection(&mut self, connection: Connection) {
        self.sink.connection(&connection);
        self.notes(connection.id, NotePlace::Connection, &connection.notes, connection.last);
    }

    fn bytes(&mut self, bytes: &StreamBytes<'_>) {
        self.sink.bytes(bytes);
    }

    fn window(&mut self, connection: ConnectionId, direction: Direction, offset: u64, window: &[u8]) {
        self.sink.window(connection, direction, offset, window);
    }
}
