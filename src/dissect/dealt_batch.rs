//! A batch of packets with the TCP segments found in it, dealt to shards.
//!
//! In: a batch of the capture. Out: for each shard the segments of its connections, in the order of the capture. The
//! reader looks at every packet once; payload bytes stay in the batch and are not copied.

use crate::base::number::{narrow, short, wide};
use crate::base::{At, Origin, Packet, Timestamp};
use crate::capture::Batch;
use crate::dissect::clock::Clock;
use crate::dissect::datagrams::Datagrams;
use crate::net::{Endpoints, Net, Segment, TcpFlags, Transport};
use crate::tcp::Now;

/// A batch and what lies in it.
#[derive(Debug, Default)]
pub(super) struct DealtBatch {
    pub(super) batch: Batch,
    /// Segments of each shard.
    dealt: Vec<Vec<Dealt>>,
    /// Payloads put together from IP fragments.
    rebuilt: Vec<u8>,
    /// The latest time of any packet so far, with each packet.
    latest: Vec<Timestamp>,
    /// How far the capture has been read with this batch.
    pub(super) end: Now,
}

/// A segment of a packet in the batch, its payload by place.
#[derive(Debug, Clone, Copy)]
struct Dealt {
    endpoints: Endpoints,
    /// Index of its packet in the batch.
    packet: u32,
    /// Which segment of its packet it is.
    part: u8,
    sequence: u32,
    acknowledgement: u32,
    /// Where its payload starts: in the packet, or in [`DealtBatch::rebuilt`].
    start: u32,
    len: u32,
    cut: u32,
    /// Bytes of its header, which stands before the payload.
    header: u8,
    window: u16,
    flags: TcpFlags,
    rebuilt: bool,
}

impl DealtBatch {
    /// Finds the segments of the batch and deals them to `shards`.
    pub(super) fn deal(&mut self, net: &mut Net, datagrams: &mut Datagrams, clock: &mut Clock, dealer: &mut Dealer) {
        let DealtBatch { batch, dealt, rebuilt, latest, end } = self;
        dealt.resize_with(dealer.shards(), Vec::new);
        dealt.iter_mut().for_each(Vec::clear);
        rebuilt.clear();
        latest.clear();
        for (index, packet) in batch.packets().enumerate() {
            let now = clock.tick(&packet);
            *end = now;
            latest.push(now.time);
            let mut part = 0u8;
            net.push(packet.link, packet.data, packet.wire_len, packet.at(), |transport| {
                let segment = match transport {
                    Transport::Tcp(segment) => segment,
                    Transport::Udp(datagram) => return datagrams.push(datagram),
                };
                let shard = dealer.shard(segment);
                let start = segment.payload_offset.unwrap_or_else(|| {
                    rebuilt.extend_from_slice(segment.payload);
                    short(rebuilt.len() - segment.payload.len())
                });
                let one = Dealt {
                    endpoints: segment.endpoints,
                    packet: short(index),
                    part,
                    sequence: segment.sequence,
                    acknowledgement: segment.acknowledgement,
                    start,
                    len: short(segment.payload.len()),
                    cut: segment.cut,
                    header: u8::try_from(segment.header().len()).unwrap_or(0),
                    window: segment.window,
                    flags: segment.flags,
                    rebuilt: segment.payload_offset.is_none(),
                };
                part = part.saturating_add(1);
                if let Some(list) = dealt.get_mut(shard) {
                    list.push(one);
                }
            });
        }
    }

    /// Gives the segments of a shard to `each`, in order, with the index of their packet and how far the capture has been
    /// read with it, and which of its segments each is.
    pub(super) fn segments(&self, shard: usize, mut each: impl FnMut((usize, Now), u8, &Segment<'_>, At, Origin)) {
        for one in self.dealt.get(shard).map(Vec::as_slice).unwrap_or_default() {
            let index = narrow(one.packet.into());
            let Some(packet) = self.batch.get(index) else {
                debug_assert!(false, "a segment of packet {index}, which is not in its batch");
                continue;
            };
            let place = Origin::Capture(packet.position + u64::from(one.start));
            let origin = if one.rebuilt { Origin::Made } else { place };
            let now = self.now_with(index, &packet);
            each((index, now), one.part, &self.segment(one, &packet), packet.at(), origin);
        }
    }

    /// Packets in the batch.
    pub(super) fn packets(&self) -> usize {
        self.latest.len()
    }

    /// How far the capture has been read with the packet at `index`.
    pub(super) fn now(&self, index: usize) -> Now {
        self.batch.get(index).map_or(self.end, |packet| self.now_with(index, &packet))
    }

    /// The same, of the packet there.
    #[inline]
    fn now_with(&self, index: usize, packet: &Packet<'_>) -> Now {
        let time = self.latest.get(index).copied().unwrap_or(self.end.time);
        Now { packet: packet.number, position: packet.position, time }
    }

    fn segment<'s>(&'s self, one: &Dealt, packet: &Packet<'s>) -> Segment<'s> {
        let bytes = if one.rebuilt { self.rebuilt.as_slice() } else { packet.data };
        let start = narrow(one.start.into());
        let whole = bytes.get(start.saturating_sub(one.header.into())..start + narrow(one.len.into()));
        let payload = whole.and_then(|whole| whole.get(one.header.into()..));
        debug_assert!(payload.is_some(), "the payload of a segment is in its packet");
        Segment {
            endpoints: one.endpoints,
            sequence: one.sequence,
            acknowledgement: one.acknowledgement,
            flags: one.flags,
            window: one.window,
            whole: whole.unwrap_or_default(),
            payload: payload.unwrap_or_default(),
            cut: one.cut,
            payload_offset: (!one.rebuilt).then_some(one.start),
        }
    }
}

/// Decides which shard a connection belongs to.
///
/// A hash alone leaves two shards uneven where connections are few; here a group of connections goes, at its first
/// segment, to the shard that has had the fewest bytes, and stays there.
#[derive(Debug)]
pub(super) struct Dealer {
    /// Shard of each group; [`u8::MAX`] where it has none yet.
    groups: Vec<u8>,
    /// Bytes dealt to each shard.
    bytes: Vec<u64>,
}

impl Dealer {
    pub(super) fn new(shards: usize) -> Dealer {
        Dealer { groups: vec![u8::MAX; Endpoints::GROUPS], bytes: vec![0; shards.clamp(1, usize::from(u8::MAX) - 1)] }
    }

    pub(super) fn shards(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    fn shard(&mut self, segment: &Segment<'_>) -> usize {
        if self.shards() == 1 {
            return 0;
        }
        let group = usize::from(segment.endpoints.group());
        let Some(place) = self.groups.get_mut(group) else {
            debug_assert!(false, "group {group} of {}", Endpoints::GROUPS);
            return 0;
        };
        if *place == u8::MAX {
            let least = self.bytes.iter().enumerate().min_by_key(|(_, bytes)| **bytes).map_or(0, |(shard, _)| shard);
            debug_assert!(least < usize::from(u8::MAX), "shard {least} has no number");
            *place = u8::try_from(least).unwrap_or(0);
        }
        let shard = usize::from(*place);
        if let Some(bytes) = self.bytes.get_mut(shard) {
            // A segment costs something even without payload.
            *bytes += 64 + wide(segment.payload.len());
        }
        shard
    }
}
