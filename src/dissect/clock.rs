//! How far a capture has been read, and the time it spans.

use crate::base::{Packet, Timestamp};
use crate::tcp::Now;

/// How far the capture has been read, and the time it spans.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    now: Now,
    /// Earliest and latest time of a packet; time goes on without packets too.
    span: Option<(Timestamp, Timestamp)>,
}

impl Default for Clock {
    fn default() -> Clock {
        Clock { now: Now { time: Timestamp(i64::MIN), ..Now::default() }, span: None }
    }
}

impl Clock {
    /// A packet came.
    pub(super) fn tick(&mut self, packet: &Packet<'_>) -> Now {
        let time = packet.time.max(self.now.time);
        self.now = Now { packet: packet.number, position: packet.position, time };
        let (earliest, latest) = self.span.unwrap_or((packet.time, packet.time));
        self.span = Some((earliest.min(packet.time), latest.max(packet.time)));
        self.now
    }

    /// No packet came, and it is `time`.
    pub(super) fn idle(&mut self, time: Timestamp) -> Now {
        self.now.time = self.now.time.max(time);
        self.now
    }

    pub(super) fn now(&self) -> Now {
        self.now
    }

    /// Earliest and latest time of a packet.
    pub(super) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.span
    }
}
