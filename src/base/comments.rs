//! Comments that somebody wrote to packets of a capture.
//!
//! In: comments as their packets are read. Out: those of any packet read so far, on whatever thread asks. What is kept
//! is bounded by who puts it in.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::ids::PacketNumber;

/// Comments by packet (draft-ietf-opsawg-pcapng section 3.5.1).
#[derive(Debug, Default)]
pub struct PacketComments {
    /// There is one: most captures have none, and asking them costs nothing.
    any: AtomicBool,
    kept: Mutex<BTreeMap<PacketNumber, String>>,
}

impl PacketComments {
    /// Keeps the comment of a packet; several are parted by newlines.
    pub fn add(&self, packet: PacketNumber, text: &str) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(packet, text.to_owned());
        self.any.store(true, Ordering::Release);
    }

    /// The comments of these packets that have one, in order, each packet once.
    pub fn of(&self, packets: impl IntoIterator<Item = PacketNumber>) -> Vec<(PacketNumber, String)> {
        if !self.any.load(Ordering::Acquire) {
            return Vec::new();
        }
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<_> = packets.into_iter().filter_map(|packet| kept.get_key_value(&packet)).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|(packet, text)| (*packet, text.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_come_in_the_order_of_packets_and_once() {
        let comments = PacketComments::default();
        assert_eq!(comments.of([1, 2]), []);
        comments.add(8, "eight");
        comments.add(4, "four");
        assert_eq!(comments.of([8, 4, 5, 8]), [(4, "four".to_owned()), (8, "eight".to_owned())]);
    }
}
