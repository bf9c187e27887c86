//! Packets in, findings out.

use super::carried::Others;
use super::findings::Ordered;
use super::order::{Order, Totals};
use super::shard::{Shard, Tally};
use super::sink::Sink;
use crate::base::{Origin, Packet, Timestamp};
use crate::net::{self, Net, Transport};
use crate::tcp::{self, Now};

/// What a port's traffic is, by the user's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeAs {
    /// WebSocket, with or without a handshake.
    WebSocket,
    /// Not WebSocket, whatever it looks like.
    Nothing,
}

/// How to dissect.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// TCP ports whose traffic the user has named; the first that fits counts.
    pub decode_as: Vec<(u16, DecodeAs)>,
    /// Connections kept at hand on each thread; the state of the others lies in a temporary file. `None` for what
    /// [`crate::base::limits`] has. What is found does not depend on it.
    pub at_hand: Option<usize>,
    /// On several threads, with one sink: connections are spread over them (`true`), or one thread reads and one does the
    /// rest (`false`). `None`: as the capture's beginning has it. What is found does not depend on it.
    pub spread: Option<bool>,
}

/// What was read so far.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Packets by kind.
    pub net: net::Counts,
    /// TCP connections.
    pub tcp: tcp::Counts,
    /// What those carry that are over and are not WebSocket, nor asked to be.
    pub others: Others,
    /// Frames told.
    pub frames: u64,
    /// Messages told.
    pub messages: u64,
    /// Frames, messages and connections told before something that ended earlier, because too many were held
    /// ([`crate::base::limits::HELD_ITEMS`]).
    pub early: u64,
    /// Frames, messages and connections that were held in a temporary file and could not be read back. They have their
    /// numbers, and are counted as if they had been told.
    pub lost: u64,
    /// Time of the earliest and the latest packet.
    pub span: Option<(Timestamp, Timestamp)>,
}

/// Reads the packets of one capture, in order, on one thread.
///
/// ```no_run
/// use sockeye::dissect::{Dissector, Options, Sink};
/// struct Nobody;
/// impl Sink for Nobody {}
/// # fn packets() -> Vec<sockeye::base::Packet<'static>> { Vec::new() }
/// let mut dissector = Dissector::new(Options::default());
/// for packet in packets() {
///     dissector.push(&packet, &mut Nobody);
/// }
/// dissector.finish(&mut Nobody);
/// ```
#[derive(Debug)]
pub struct Dissector {
    net: Net,
    shard: Shard,
    order: Order,
    clock: Clock,
}

impl Dissector {
    /// A dissector at the start of a capture.
    #[must_use]
    pub fn new(options: Options) -> Dissector {
        Dissector {
            net: Net::default(),
            shard: Shard::new(options, 1),
            order: Order::default(),
            clock: Clock::default(),
        }
    }

    /// The next packet of the capture.
    pub fn push<S: Sink>(&mut self, packet: &Packet<'_>, sink: &mut S) {
        let now = self.clock.tick(packet);
        let Dissector { net, shard, order, .. } = self;
        let mut findings = Ordered { order, sink };
        shard.sweep(&now, &mut findings);
        findings.set_limit(shard.oldest_pending());
        net.push(packet.link, packet.data, packet.wire_len, packet.at(), |transport| {
            let Transport::Tcp(segment) = transport else { return };
            let place = |offset| Origin::Capture(packet.position + u64::from(offset));
            let origin = segment.payload_offset.map_or(Origin::Made, place);
            shard.push(segment, packet.at(), origin, &now, &mut findings);
        });
        findings.set_limit(shard.oldest_pending());
    }

    /// No packet has come for a while, and it is `time` now: waits that are over end, so that a live view shows what
    /// there is.
    pub fn idle<S: Sink>(&mut self, time: Timestamp, sink: &mut S) {
        let now = self.clock.idle(time);
        let Dissector { shard, order, .. } = self;
        let mut findings = Ordered { order, sink };
        shard.sweep(&now, &mut findings);
        findings.set_limit(shard.oldest_pending());
    }

    /// The capture is over: what was held or unfinished is told as it stands.
    pub fn finish<S: Sink>(&mut self, sink: &mut S) {
        self.net.finish();
        let mut findings = Ordered { order: &mut self.order, sink };
        // What comes now may end before what is held: nothing goes straight through.
        findings.set_limit(Some(0));
        self.shard.finish(&self.clock.now(), &mut findings);
        self.order.finish(sink);
    }

    /// What was read so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        counts(&self.net, &self.clock, self.shard.counts(), self.order.told())
    }
}

pub(super) fn counts(net: &Net, clock: &Clock, tally: Tally, told: Totals) -> Counts {
    let Tally { tcp, others } = tally;
    let Totals { frames, messages, early, lost } = told;
    Counts { net: net.counts().clone(), tcp, others, frames, messages, early, lost, span: clock.span() }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;
    impl Sink for Nobody {}

    #[test]
    fn time_that_passes_without_packets_is_not_of_the_capture() {
        let mut dissector = Dissector::new(Options::default());
        let mut nobody = Nobody;
        assert_eq!(dissector.counts().span, None);
        for time in [30, 20, 40, 35] {
            let packet = Packet {
                number: 1,
                time: Timestamp(time),
                link: crate::base::LinkType::RAW,
                data: &[],
                wire_len: 0,
                interface: 0,
                position: 0,
                comment: None,
            };
            dissector.push(&packet, &mut nobody);
        }
        dissector.idle(Timestamp(1_000), &mut nobody);
        assert_eq!(dissector.counts().span, Some((Timestamp(20), Timestamp(40))));
    }
}
