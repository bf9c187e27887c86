//! Packets in, ordered out.

use super::clock::Clock;
use super::counts::{Counts, Tally, Totals};
use super::datagrams::{Datagrams, Quic};
use super::options::Options;
use super::order::{Order, Ordered};
use super::shard::Shard;
use super::sink::Sink;
use super::told::Told;
use crate::base::{Origin, Packet, Timestamp};
use crate::net::{Net, Transport};

/// Reads the packets of one capture, in order, on one thread.
///
/// ```no_run
/// use sockeye::dissect::{Dissector, Options, Sink};
/// # fn packets() -> Vec<sockeye::base::Packet<'static>> { Vec::new() }
/// # fn dissect(sink: &mut impl Sink) {
/// let mut dissector = Dissector::new(Options::default());
/// for packet in packets() {
///     dissector.push(&packet, sink);
/// }
/// dissector.finish(sink);
/// # }
/// ```
#[derive(Debug)]
pub struct Dissector {
    net: Net,
    datagrams: Datagrams,
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
            datagrams: Datagrams::default(),
            shard: Shard::new(options, 1),
            order: Order::default(),
            clock: Clock::default(),
        }
    }

    /// The next packet of the capture.
    pub fn push<S: Sink>(&mut self, packet: &Packet<'_>, sink: &mut S) {
        let now = self.clock.tick(packet);
        if sink.wants().packets {
            sink.tell(&Told::Packet(packet));
        }
        let Dissector { net, datagrams, shard, order, .. } = self;
        let mut ordered = Ordered { order, sink };
        shard.sweep(&now, &mut ordered);
        ordered.set_limit(shard.oldest_pending());
        net.push(packet.link, packet.data, packet.wire_len, packet.at(), |transport| {
            let segment = match transport {
                Transport::Tcp(segment) => segment,
                Transport::Udp(datagram) => return datagrams.push(datagram),
            };
            let place = |offset| Origin::Capture(packet.position + u64::from(offset));
            let origin = segment.payload_offset.map_or(Origin::Made, place);
            shard.push(segment, packet.at(), origin, &now, &mut ordered);
            // A packet may have segments of several connections.
            ordered.set_limit(shard.oldest_pending());
        });
    }

    /// No packet has come for a while, and it is `time` now: waits that are over end, so that a live view shows what
    /// there is.
    pub fn idle<S: Sink>(&mut self, time: Timestamp, sink: &mut S) {
        let now = self.clock.idle(time);
        let Dissector { shard, order, .. } = self;
        let mut ordered = Ordered { order, sink };
        shard.sweep(&now, &mut ordered);
        ordered.set_limit(shard.oldest_pending());
    }

    /// The capture is over: what was held or unfinished is told as it stands.
    pub fn finish<S: Sink>(&mut self, sink: &mut S) {
        self.net.finish();
        let mut ordered = Ordered { order: &mut self.order, sink };
        // What comes now may end before what is held: nothing goes straight through.
        ordered.set_limit(Some(0));
        self.shard.finish(&self.clock.now(), &mut ordered);
        self.order.finish(sink);
    }

    /// What was read so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        counts(&self.net, self.datagrams.quic(), &self.clock, self.shard.counts(), self.order.told())
    }
}

pub(super) fn counts(net: &Net, quic: Vec<Quic>, clock: &Clock, tally: Tally, told: Totals) -> Counts {
    let Tally { tcp, others, given_up } = tally;
    let Totals { frames, messages, early, lost } = told;
    Counts { net: net.counts().clone(), tcp, others, given_up, quic, frames, messages, early, lost, span: clock.span() }
}

#[cfg(test)]
mod tests {
    use super::super::wants::Wants;
    use super::*;

    struct Nobody;
    impl Sink for Nobody {
        fn wants(&self) -> Wants {
            Wants::NOTHING
        }
        fn tell(&mut self, _: &Told<'_>) {}
        fn is_done(&self) -> bool {
            false
        }
    }

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
