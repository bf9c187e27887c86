//! Heartbeats: what is sent only to show that somebody is there.
//!
//! In: messages as they end, with their connection, and frames. Out: whether each is one, and how that is known ([`Sign`]).
//! Pings and pongs are (RFC 6455 sections 5.5.2 and 5.5.3). A message is where it has a form that means nothing else (`form`),
//! or where it has come back with a period for the fourth time and nothing in it changed but counters and clocks (`period`).
//! What is said of a message depends on it and on what came before it in its direction, never on what comes after: so a
//! stream and an index say the same. Whatever is in doubt is none, for a heartbeat may be hidden and data must not.

mod form;
mod period;
mod run;

pub use run::Run;

use self::period::Periods;
use crate::base::{SocketId, limits};
use crate::dissect::Socket;
use crate::websocket::{Frame, Message, Opcode};

/// How a heartbeat is known for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// It is a ping.
    Ping,
    /// It is a pong.
    Pong,
    /// It says so.
    Form,
    /// It comes back with a period, and says nothing new.
    Period,
}

impl Sign {
    /// `ping`, `pong`, `form`, `period`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Sign::Ping => "ping",
            Sign::Pong => "pong",
            Sign::Form => "form",
            Sign::Period => "period",
        }
    }

    /// Of a control frame.
    #[must_use]
    pub fn of_control(opcode: Opcode) -> Option<Sign> {
        match opcode {
            Opcode::Ping => Some(Sign::Ping),
            Opcode::Pong => Some(Sign::Pong),
            _ => None,
        }
    }
}

/// What has been heard so far.
#[derive(Debug, Default)]
pub struct Heartbeats {
    periods: Periods,
}

impl Heartbeats {
    /// A message has ended: each once, in the order in which they end. `socket` is its connection, as far as it is known.
    pub fn push(&mut self, id: SocketId, socket: Option<&Socket>, message: &Message<'_>) -> Option<Sign> {
        let whole = message.complete && message.payload.len() as u64 == message.length;
        if !whole || message.payload.len() > limits::HEARTBEAT_BYTES {
            return None;
        }
        // What has a form of its own is told by it, the first time as well.
        if form::is_heartbeat(message, socket) {
            return Some(Sign::Form);
        }
        self.periods.push(id, message).then_some(Sign::Period)
    }

    /// Shapes of messages that were forgotten because there were too many: what comes back of them begins anew.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.periods.forgotten()
    }
}

/// A frame that breaks no rule: what does is not hidden, whatever it says.
#[must_use]
pub fn is_faultless(frame: &Frame<'_>) -> bool {
    frame.notes.iter().all(|note| note.severity() < crate::base::Severity::Warning)
}
