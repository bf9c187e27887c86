//! How long a pong took: the time from the ping that it answers (RFC 6455 section 5.5.3).

use std::collections::VecDeque;

use hashbrown::HashMap;

use crate::base::{Direction, SocketId, Timestamp, limits};
use crate::websocket::{Frame, Opcode};

/// When a ping ended, and its payload.
type Ping = (Timestamp, Box<[u8]>);

/// Pings that wait for their pongs, by connection and by who sent them.
#[derive(Default)]
pub(super) struct Trips {
    waiting: HashMap<(SocketId, Direction), VecDeque<Ping>>,
    last: Option<i64>,
}

impl Trips {
    /// A frame; where it is a pong that answers a ping, [`Trips::last`] is how long that took.
    pub(super) fn see(&mut self, socket: SocketId, frame: &Frame<'_>) {
        self.last = None;
        match frame.header.opcode {
            Opcode::Ping => {
                let waiting = self.waiting.entry((socket, frame.direction)).or_default();
                if waiting.len() >= limits::PINGS_WAITING {
                    waiting.pop_front();
                }
                waiting.push_back((frame.last.time, frame.payload.into()));
            }
            Opcode::Pong => {
                let Some(waiting) = self.waiting.get_mut(&(socket, frame.direction.other())) else { return };
                // It answers those before it as well.
                if let Some(at) = waiting.iter().rposition(|(_, payload)| **payload == *frame.payload) {
                    self.last = waiting.drain(..=at).next_back().map(|(sent, _)| frame.last.time.since(sent));
                }
            }
            _ => {}
        }
    }

    /// Of the frame seen last, nanoseconds since the ping that it answers.
    pub(super) fn last(&self) -> Option<i64> {
        self.last
    }

    /// A connection is over.
    pub(super) fn forget(&mut self, socket: SocketId) {
        for direction in Direction::BOTH {
            self.waiting.remove(&(socket, direction));
        }
    }
}
