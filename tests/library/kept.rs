//! A capture in memory, to be dissected from any packet on, or without some.

use std::path::Path;

use sockeye::base::{LinkType, Packet, Timestamp};
use sockeye::capture;
use sockeye::dissect::{Dissector, Options, Sink};

/// One packet.
#[derive(Clone)]
pub struct Kept {
    pub number: u64,
    pub time: Timestamp,
    pub link: LinkType,
    pub data: Vec<u8>,
    pub wire_len: u32,
    pub position: u64,
}

/// The packets of a capture, up to where it cannot be read on.
pub fn read(path: &Path) -> Vec<Kept> {
    let mut capture = capture::open(path, &capture::Options::default()).unwrap_or_else(|error| panic!("{error}"));
    let mut kept = Vec::new();
    while let Ok(Some(packet)) = capture.next_packet() {
        let Packet { number, time, link, wire_len, position, .. } = packet;
        kept.push(Kept { number, time, link, data: packet.data.to_vec(), wire_len, position });
    }
    kept
}

/// Dissects packets into `found`; how many TCP connections there were.
pub fn dissect<'a>(packets: impl IntoIterator<Item = &'a Kept>, options: Options, found: &mut impl Sink) -> u64 {
    let mut dissector = Dissector::new(options);
    for kept in packets {
        let Kept { number, time, link, wire_len, position, .. } = *kept;
        let packet = Packet { number, time, link, data: &kept.data, wire_len, interface: 0, position, comment: None };
        dissector.push(&packet, found);
    }
    dissector.finish(found);
    dissector.counts().tcp.connections
}
