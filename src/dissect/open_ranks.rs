//! Numbers of connections by the packets that opened them.
//!
//! In: numbers of those packets, rising; where a packet may open several, of their segments. Out: how many came before one
//! of them, and which one a connection has. Two bytes or three a connection: they are kept as distances, in blocks.

use crate::base::PacketNumber;
use crate::base::number::{narrow, short};
use crate::base::pack::Pack;

/// Packets in a block.
const BLOCK: u32 = 64;

/// The list.
#[derive(Debug, Default)]
pub(super) struct OpenRanks {
    /// Of each block the first packet, and where the distances of the others start.
    blocks: Vec<(PacketNumber, usize)>,
    distances: Vec<u8>,
    last: PacketNumber,
    count: u32,
}

impl OpenRanks {
    /// `packet` opened a connection.
    pub(super) fn push(&mut self, packet: PacketNumber) {
        if self.count.is_multiple_of(BLOCK) {
            self.blocks.push((packet, self.distances.len()));
        } else {
            packet.saturating_sub(self.last).pack(&mut self.distances);
        }
        self.last = packet;
        self.count = self.count.saturating_add(1);
    }

    /// The packet that opened connection `rank`, where it is in the list.
    pub(super) fn packet(&self, rank: u32) -> Option<PacketNumber> {
        let (first, start) = self.blocks.get(narrow((rank / BLOCK).into())).filter(|_| rank < self.count)?;
        let mut rest = self.distances.get(*start..).unwrap_or_default();
        let mut packet = *first;
        for _ in 0..rank % BLOCK {
            packet += u64::unpack(&mut rest)?;
        }
        Some(packet)
    }

    /// How many packets of the list are before `packet`.
    pub(super) fn rank(&self, packet: PacketNumber) -> u32 {
        let block = self.blocks.partition_point(|(first, _)| *first <= packet);
        let Some(block) = block.checked_sub(1) else { return 0 };
        let Some((first, start)) = self.blocks.get(block) else { return 0 };
        let mut rank = short(block).saturating_mul(BLOCK);
        let mut at = *first;
        let mut rest = self.distances.get(*start..).unwrap_or_default();
        let end = self.blocks.get(block + 1).map_or(self.count, |_| rank + BLOCK);
        while at < packet && rank + 1 < end {
            let Some(distance) = u64::unpack(&mut rest) else { break };
            at += distance;
            rank += 1;
        }
        if at < packet { rank + 1 } else { rank }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_as_counting(steps in proptest::collection::vec(1u64..500, 0..300)) {
            let mut ranks = OpenRanks::default();
            let mut packets = Vec::new();
            let mut packet = 0;
            for step in steps {
                packet += step;
                ranks.push(packet);
                packets.push(packet);
            }
            for (rank, packet) in packets.iter().enumerate() {
                prop_assert_eq!(ranks.rank(*packet) as usize, rank);
                prop_assert_eq!(ranks.packet(rank as u32), Some(*packet));
                prop_assert_eq!(ranks.rank(packet - 1) as usize, packets.partition_point(|p| p < &(packet - 1)));
            }
        }
    }
}
