//! Packets in, findings out.

use super::flow::{App, Flow};
use super::order::Order;
use super::sink::Sink;
use crate::base::{Packet, Timestamp};
use crate::net::{self, Net};
use crate::tcp::{self, Connections, Now};
use crate::websocket::{Look, Scratch};

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
}

/// What was read so far.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Packets by kind.
    pub net: net::Counts,
    /// TCP connections.
    pub tcp: tcp::Counts,
    /// Frames told.
    pub frames: u64,
    /// Messages told.
    pub messages: u64,
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
    options: Options,
    net: Net,
    connections: Connections<App>,
    order: Order,
    scratch: Scratch,
    now: Now,
    earliest: Option<Timestamp>,
}

impl Dissector {
    /// A dissector at the start of a capture.
    #[must_use]
    pub fn new(options: Options) -> Dissector {
        Dissector {
            options,
            net: Net::default(),
            connections: Connections::default(),
            order: Order::default(),
            scratch: Scratch::default(),
            now: Now { time: Timestamp(i64::MIN), ..Now::default() },
            earliest: None,
        }
    }

    /// The next packet of the capture.
    pub fn push<S: Sink>(&mut self, packet: &Packet<'_>, sink: &mut S) {
        let time = packet.time.max(self.now.time);
        self.now = Now { packet: packet.number, position: packet.position, time };
        self.earliest = Some(self.earliest.map_or(packet.time, |earliest| earliest.min(packet.time)));
        let now = self.now;
        let at = packet.at();
        let Dissector { options, net, connections, order, scratch, .. } = self;
        let wants = sink.wants();
        let look = Look { frames: wants.frame_payload, messages: wants.message_payload };
        let mut flow = Flow { options, order, scratch, look, bytes: wants.bytes, sink };
        connections.sweep(&now, &mut flow);
        flow.order.set_limit(connections.oldest_pending(), flow.sink);
        net.push(packet.link, packet.data, packet.wire_len, at, |segment| {
            let position = segment.payload_offset.map(|offset| packet.position + u64::from(offset));
            connections.push(segment, at, position, &now, &mut flow);
        });
        flow.order.set_limit(connections.oldest_pending(), flow.sink);
    }

    /// No packet has come for a while, and it is `time` now: waits that are over end, so that a live view shows what
    /// there is.
    pub fn idle<S: Sink>(&mut self, time: Timestamp, sink: &mut S) {
        self.now.time = self.now.time.max(time);
        let now = self.now;
        let Dissector { options, connections, order, scratch, .. } = self;
        let wants = sink.wants();
        let look = Look { frames: wants.frame_payload, messages: wants.message_payload };
        let mut flow = Flow { options, order, scratch, look, bytes: wants.bytes, sink };
        connections.sweep(&now, &mut flow);
        flow.order.set_limit(connections.oldest_pending(), flow.sink);
    }

    /// The capture is over: what was held or unfinished is told as it stands.
    pub fn finish<S: Sink>(&mut self, sink: &mut S) {
        self.net.finish();
        let now = self.now;
        let Dissector { options, connections, order, scratch, .. } = self;
        let wants = sink.wants();
        let look = Look { frames: wants.frame_payload, messages: wants.message_payload };
        // What comes now may end before what is held: nothing goes straight through.
        order.set_limit(Some(0), sink);
        let mut flow = Flow { options, order, scratch, look, bytes: wants.bytes, sink };
        connections.finish(&now, &mut flow);
        order.finish(sink);
    }

    /// What was read so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let (frames, messages) = self.order.told();
        Counts {
            net: self.net.counts().clone(),
            tcp: self.connections.counts(),
            frames,
            messages,
            span: self.earliest.map(|earliest| (earliest, self.now.time)),
        }
    }
}
