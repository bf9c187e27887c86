//! Generated captures in memory, and a walk over their packets that costs next to nothing.
#![allow(dead_code, reason = "each bench uses a part")]

#[path = "../../examples/gen_capture/generate/mod.rs"]
pub mod generate;

use generate::{Kind, Options, Truth};
use sockeye::base::{At, LinkType, Packet, Timestamp};

/// A generated capture: nanosecond pcap, this machine's byte order, Ethernet.
pub struct Traffic {
    /// The file.
    pub file: Vec<u8>,
    /// What is in it.
    pub truth: Truth,
}

impl Traffic {
    /// A capture of one kind, of about this many packets.
    pub fn new(kind: Kind, packets: u64) -> Traffic {
        Traffic::with(&Options::new(kind, packets))
    }

    /// A capture of any sort.
    pub fn with(options: &Options) -> Traffic {
        let mut file = Vec::new();
        let truth = generate::generate(options, &mut file).expect("memory takes every write");
        Traffic { file, truth }
    }

    /// Its packets, in order.
    pub fn packets(&self) -> impl Iterator<Item = Packet<'_>> {
        let mut rest = self.file.get(24..).unwrap_or_default();
        let mut number = 0;
        std::iter::from_fn(move || {
            let (header, after) = rest.split_first_chunk::<16>()?;
            let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
            let (data, after) = after.split_at_checked(word(8) as usize)?;
            rest = after;
            number += 1;
            Some(Packet {
                number,
                time: Timestamp::new(word(0).into(), word(4).into()),
                link: LinkType::ETHERNET,
                data,
                wire_len: word(12),
                interface: 0,
                position: 0,
                comment: None,
            })
        })
    }

    /// Its packets with nothing but what the stages ask for.
    pub fn each(&self, mut each: impl FnMut(&[u8], u32, At)) {
        for packet in self.packets() {
            each(packet.data, packet.wire_len, packet.at());
        }
    }
}
