//! JSON Lines: one object a line.

use std::sync::Arc;

use super::Output;
use super::clock::Clock;
use super::out::Out;
use super::record;
use super::sorted::Sorted;
use super::{List, Summary, keep_error};
use crate::base::{PacketComments, SocketId};
use crate::dissect::{Sink, Told, Wants};
use crate::filter::heartbeat::Run;

/// Writes one kind of item as JSON Lines: frames and messages as they end, connections at the end by number.
pub struct JsonLines {
    list: List,
    out: Out,
    clock: Clock,
    connections: Sorted<SocketId>,
    comments: Arc<PacketComments>,
}

impl JsonLines {
    /// Writes `list` to `out`.
    #[must_use]
    pub fn new(list: List, out: Out) -> JsonLines {
        JsonLines { list, out, clock: Clock::default(), connections: Sorted::default(), comments: Arc::default() }
    }
}

impl Sink for JsonLines {
    fn wants(&self) -> Wants {
        self.list.wants()
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(place, frame) if self.list == List::Frames => {
                record::frame(self.out.buffer(), &mut self.clock, &self.comments, place, frame);
                self.out.end_line();
            }
            Told::Message(place, message) if self.list == List::Messages => {
                record::message(self.out.buffer(), &mut self.clock, &self.comments, place, message);
                self.out.end_line();
            }
            Told::Closed(connection) if self.list == List::Connections => {
                let (clock, comments) = (&mut self.clock, &self.comments);
                self.connections.push(connection.id, |out| {
                    record::connection(out, clock, comments, connection);
                    out.push(b'\n');
                });
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

impl Output for JsonLines {
    fn folded(&mut self, run: &Run) -> bool {
        record::heartbeats(self.out.buffer(), run);
        self.out.end_line();
        true
    }

    fn comments(&mut self, comments: &Arc<PacketComments>) {
        self.comments = Arc::clone(comments);
    }

    fn flush(&mut self) {
        self.out.flush();
    }

    fn out(&self) -> &Out {
        &self.out
    }

    fn finish(&mut self, _: &Summary) {
        let written = self.connections.write_to(&mut self.out);
        keep_error(&mut self.out, written);
        self.out.flush();
    }
}

#[cfg(test)]
mod tests;
