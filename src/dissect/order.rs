//! Tells things in the order in which they end, and numbers them.
//!
//! In: frames, messages and connections as their connections give them. Out: the same, to a sink, by last packet, then
//! connection, direction and offset; what never ends comes last. Where packets are in order nothing is held: an item
//! goes straight through, its payload borrowed. It is held only while bytes of an earlier packet wait somewhere
//! ([`Order::set_limit`]), so that what comes of them can still go first.

use hashbrown::HashMap;

use super::held::{Item, Key, OwnedFrame, OwnedMessage, Pile};
use super::sink::{Connection, FramePlace, MessagePlace, NotePlace, Sink};
use crate::base::{At, ConnectionId, Direction, Note, PacketNumber, limits};
use crate::websocket::{Frame, Message};

/// Orders and numbers what was found.
#[derive(Debug)]
pub(super) struct Order {
    /// Nothing that is still to come ends before this packet.
    limit: PacketNumber,
    held: Pile,
    frames: u64,
    messages: u64,
    /// Numbers of the frames of messages under way that have more than one, by the message's stream offset.
    fragments: HashMap<(ConnectionId, Direction, u64), Vec<u64>>,
}

impl Default for Order {
    fn default() -> Order {
        Order { limit: PacketNumber::MAX, held: Pile::default(), frames: 0, messages: 0, fragments: HashMap::new() }
    }
}

impl Order {
    /// Frames and messages told so far.
    pub(super) fn told(&self) -> (u64, u64) {
        (self.frames, self.messages)
    }

    /// Nothing that is still to come ends before packet `limit` (`None`: whatever is still to come ends later than
    /// everything held).
    pub(super) fn set_limit(&mut self, limit: Option<PacketNumber>, sink: &mut impl Sink) {
        self.limit = limit.unwrap_or(PacketNumber::MAX);
        if !self.held.is_empty() {
            self.release(sink);
        }
    }

    fn goes_through(&self, key: &Key) -> bool {
        self.held.is_empty() && key.packet() < self.limit
    }

    pub(super) fn frame(&mut self, connection: ConnectionId, frame: &Frame<'_>, sink: &mut impl Sink) {
        let key = Key::of_frame(connection, frame);
        let key = if frame.ended { key } else { key.never() };
        if self.goes_through(&key) {
            self.tell_frame(connection, frame, sink);
        } else {
            self.held.push(key, Item::Frame(connection, Box::new(OwnedFrame::new(frame))));
        }
    }

    pub(super) fn message(&mut self, connection: ConnectionId, message: &Message<'_>, sink: &mut impl Sink) {
        let key = Key::of_message(connection, message);
        let key = if message.ended { key } else { key.never() };
        if self.goes_through(&key) {
            self.tell_message(connection, message, sink);
        } else {
            self.held.push(key, Item::Message(connection, Box::new(OwnedMessage::new(message))));
        }
    }

    pub(super) fn connection(&mut self, connection: Connection, sink: &mut impl Sink) {
        let key = Key::of_connection(&connection);
        if self.goes_through(&key) {
            Self::tell_connection(&connection, sink);
        } else {
            self.held.push(key, Item::Connection(Box::new(connection)));
        }
    }

    fn release(&mut self, sink: &mut impl Sink) {
        while let Some(key) = self.held.first()
            && key.packet() < self.limit
        {
            self.tell_first(sink);
        }
    }

    /// The capture is over: everything is told.
    pub(super) fn finish(&mut self, sink: &mut impl Sink) {
        while !self.held.is_empty() {
            self.tell_first(sink);
        }
    }

    fn tell_first(&mut self, sink: &mut impl Sink) {
        match self.held.pop() {
            Some(Item::Frame(connection, frame)) => self.tell_frame(connection, &frame.as_frame(), sink),
            Some(Item::Message(connection, message)) => self.tell_message(connection, &message.as_message(), sink),
            Some(Item::Connection(connection)) => Self::tell_connection(&connection, sink),
            None => {}
        }
    }

    fn tell_frame(&mut self, connection: ConnectionId, frame: &Frame<'_>, sink: &mut impl Sink) {
        self.frames += 1;
        let number = self.frames;
        if let Some(offset) = frame.message_offset
            && !frame.message_follows
        {
            let numbers = self.fragments.entry((connection, frame.direction, offset)).or_default();
            if numbers.len() < limits::MESSAGE_FRAMES {
                numbers.push(number);
            }
        }
        let message = frame.message_follows.then_some(self.messages + 1);
        sink.frame(&FramePlace { number, connection, message }, frame);
        tell_notes(connection, NotePlace::Frame(number), frame.notes, frame.last, sink);
    }

    fn tell_message(&mut self, connection: ConnectionId, message: &Message<'_>, sink: &mut impl Sink) {
        self.messages += 1;
        let number = self.messages;
        let mut numbers = if self.fragments.is_empty() {
            None
        } else {
            self.fragments.remove(&(connection, message.direction, message.offset))
        };
        if let Some(numbers) = &mut numbers
            && (numbers.len() as u64) < message.frame_count
            && numbers.len() < limits::MESSAGE_FRAMES
        {
            numbers.push(self.frames);
        }
        let only = [self.frames];
        let frames = numbers.as_deref().unwrap_or(&only);
        sink.message(&MessagePlace { number, connection, frames }, message);
        tell_notes(connection, NotePlace::Message(number), message.notes, message.last, sink);
    }

    fn tell_connection(connection: &Connection, sink: &mut impl Sink) {
        sink.connection(connection);
        tell_notes(connection.id, NotePlace::Connection, &connection.notes, connection.last, sink);
    }
}

fn tell_notes(connection: ConnectionId, place: NotePlace, notes: &[Note], at: At, sink: &mut impl Sink) {
    for note in notes {
        sink.note(connection, place, note, at);
    }
}
