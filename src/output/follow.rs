//! One connection as a conversation: the opening handshake, then each message whole, with the control frames between.
//!
//! In: everything the dissector tells. Out: what belongs to one connection: text for people, or JSON objects of
//! messages and control frames in the order in which they end, and the connection's own at the end. Every line of a
//! payload is indented and goes through [`crate::base::DisplaySafe`], so that no payload can look like a line of this
//! program.

mod talk;

pub use talk::carriage;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::clock::Clock;
use super::out::Out;
use super::record;
use super::style::Style;
use super::text::line::push_folded;
use super::{Output, Summary};
use crate::base::{PacketComments, SocketId, Timestamp};
use crate::dissect::{FramePlace, MessagePlace, Sink, Socket, Told, Wants};
use crate::filter::heartbeat::Run;
use crate::websocket::{Frame, Message};

/// How a conversation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text(Style),
    /// One object a line.
    Json,
}

/// Numbers of other connections kept, to name them where the wanted one is not there.
const OTHERS: usize = 32;

/// Writes one connection.
pub struct Follow {
    id: SocketId,
    form: Form,
    out: Out,
    clock: Clock,
    origin: Timestamp,
    /// The connection as last told, until its head is written.
    head: Option<Socket>,
    found: bool,
    others: BTreeSet<SocketId>,
    pings: talk::Pings,
    comments: Arc<PacketComments>,
}

impl Follow {
    /// Writes socket `id` to `out`.
    #[must_use]
    pub fn new(id: SocketId, form: Form, out: Out) -> Follow {
        Follow {
            id,
            form,
            out,
            clock: Clock::default(),
            origin: Timestamp::default(),
            head: None,
            found: false,
            others: BTreeSet::new(),
            pings: talk::Pings::default(),
            comments: Arc::default(),
        }
    }

    /// Whether the capture has such a WebSocket connection.
    #[must_use]
    pub fn found(&self) -> bool {
        self.found
    }

    /// The first few other sockets.
    pub fn others(&self) -> impl Iterator<Item = SocketId> + '_ {
        self.others.iter().copied()
    }

    /// Writes the head of the conversation, once.
    fn begin(&mut self, style: Style) {
        if let Some(connection) = self.head.take() {
            talk::head(self.out.buffer(), style, &connection, &self.comments);
        }
    }

    fn opened(&mut self, socket: &Socket) {
        if socket.id == self.id {
            if !self.found || self.head.is_some() {
                self.head = Some(socket.clone());
            }
            self.found = true;
        } else if self.others.len() < OTHERS {
            self.others.insert(socket.id);
        }
    }

    fn frame(&mut self, place: &FramePlace, frame: &Frame<'_>) {
        if place.socket != self.id || !frame.header.opcode.is_control() {
            return;
        }
        match self.form {
            Form::Json => {
                record::frame(self.out.buffer(), &mut self.clock, &self.comments, place, frame);
                self.out.end_line();
            }
            Form::Text(style) => {
                self.begin(style);
                let trip = self.pings.trip(frame);
                talk::control(self.out.buffer(), style, place, frame, self.origin, trip);
                talk::comments(self.out.buffer(), style, &self.comments, [frame.first, frame.last]);
                self.out.ended_line();
            }
        }
    }

    fn message(&mut self, place: &MessagePlace<'_>, message: &Message<'_>) {
        if place.socket != self.id {
            return;
        }
        match self.form {
            Form::Json => {
                record::message(self.out.buffer(), &mut self.clock, &self.comments, place, message);
                self.out.end_line();
            }
            Form::Text(style) => {
                self.begin(style);
                talk::message(self.out.buffer(), style, place, message, self.origin);
                talk::comments(self.out.buffer(), style, &self.comments, [message.first, message.last]);
                self.out.ended_line();
            }
        }
    }

    fn closed(&mut self, socket: &Socket) {
        if socket.id != self.id {
            return;
        }
        // A refused upgrade never opened: its handshake is all there is.
        if !self.found {
            self.head = Some(socket.clone());
            self.found = true;
        }
        match self.form {
            Form::Json => {
                record::connection(self.out.buffer(), &mut self.clock, &self.comments, socket);
                self.out.end_line();
            }
            Form::Text(style) => {
                self.begin(style);
                talk::tail(self.out.buffer(), style, socket, self.origin);
            }
        }
    }
}

impl Sink for Follow {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, bytes: false, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Started(first) => self.origin = first.time,
            Told::Opened(socket) => self.opened(socket),
            Told::Frame(place, frame) => self.frame(place, frame),
            Told::Message(place, message) => self.message(place, message),
            Told::Closed(socket) => self.closed(socket),
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

impl Output for Follow {
    fn folded(&mut self, run: &Run) -> bool {
        match self.form {
            Form::Json => {
                record::heartbeats(self.out.buffer(), run);
                self.out.end_line();
            }
            Form::Text(style) => {
                self.begin(style);
                self.out.buffer().push(b'\n');
                push_folded(self.out.buffer(), style, run);
                self.out.end_line();
            }
        }
        true
    }

    fn comments(&mut self, comments: &Arc<PacketComments>) {
        self.comments = Arc::clone(comments);
    }

    fn finish(&mut self, _: &Summary) {
        self.out.flush();
    }

    fn flush(&mut self) {
        self.out.flush();
    }

    fn out(&self) -> &Out {
        &self.out
    }
}

#[cfg(test)]
mod tests;
