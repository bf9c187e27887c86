//! The packets of batches, told in order beside what is found in them.

use std::sync::Arc;

use super::batch_queue::BatchQueue;
use super::dealt_batch::DealtBatch;
use super::sink::Sink;
use super::told::Told;
use crate::base::PacketNumber;
use crate::capture::Batch;

/// How far the packets of a batch were told.
#[derive(Debug, Default)]
pub(super) struct Teller {
    next: usize,
}

impl Teller {
    /// Tells those up to number `up_to`.
    pub(super) fn tell(&mut self, batch: &Batch, up_to: PacketNumber, sink: &mut impl Sink) {
        while let Some(packet) = batch.get(self.next).filter(|packet| packet.number <= up_to) {
            sink.tell(&Told::Packet(&packet));
            self.next += 1;
        }
    }
}

/// The packets of a capture whose batches go to shards: this is one more taker of them.
pub(super) struct Packets<'l, 'c> {
    loads: &'l BatchQueue<'c>,
    /// Its number among those who take.
    queue: usize,
    load: Option<(Arc<DealtBatch>, Teller)>,
    told: PacketNumber,
}

impl<'l, 'c> Packets<'l, 'c> {
    pub(super) fn new(loads: &'l BatchQueue<'c>, queue: usize) -> Packets<'l, 'c> {
        Packets { loads, queue, load: None, told: 0 }
    }

    /// Tells those up to number `up_to`, of which shards have told already: nothing is waited for. A batch is given back
    /// when its last packet was told.
    pub(super) fn tell(&mut self, up_to: PacketNumber, sink: &mut impl Sink) {
        while self.told < up_to {
            let next = || Some((self.loads.next(self.queue)?, Teller::default()));
            let Some((load, mut teller)) = self.load.take().or_else(next) else { return };
            teller.tell(&load.batch, up_to, sink);
            self.told = up_to.min(load.end.packet);
            if load.end.packet > up_to {
                self.load = Some((load, teller));
            } else {
                self.loads.give_back(load);
                sink.tell(&Told::CaughtUp);
            }
        }
    }
}
