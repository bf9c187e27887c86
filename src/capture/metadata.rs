//! What a capture says besides its packets: sections, interfaces, names, secrets.
//!
//! In: what the walks read from headers and blocks. Out: plain values, all strings with broken UTF-8 replaced. What is
//! kept is bounded ([`INTERFACES`], [`CAPTURE_TEXT_BYTES`]); reaching a bound makes a warning.

use std::net::IpAddr;

use crate::base::limits::{CAPTURE_TEXT_BYTES, INTERFACES};
use crate::base::{LinkType, Owners, SecretLog, Timestamp};

use super::copy::Edits;
use super::pcapng::clock::Clock;

/// A section of a pcapng file (draft-ietf-opsawg-pcapng section 4.1); a pcap file counts as one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Section {
    /// Offset of its first byte in the uncompressed capture.
    pub position: u64,
    /// Its integers are big-endian.
    pub big_endian: bool,
    /// Format version, major and minor.
    pub version: (u16, u16),
    /// The machine it was captured on.
    pub hardware: Option<String>,
    /// The operating system it was captured on.
    pub os: Option<String>,
    /// The program that wrote it.
    pub application: Option<String>,
    /// Comments on the section.
    pub comments: Vec<String>,
}

/// An interface that packets were captured on (draft-ietf-opsawg-pcapng section 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interface {
    /// Index of its section.
    pub section: u32,
    /// Its name, such as `eth0`.
    pub name: Option<String>,
    /// What it is, in words.
    pub description: Option<String>,
    /// The capture filter that was in force.
    pub filter: Option<String>,
    /// Comments on the interface.
    pub comments: Vec<String>,
    /// What its packets start with.
    pub link: LinkType,
    /// Bytes kept of each packet at most; 0 where there was no limit.
    pub snaplen: u32,
    /// How its times are counted.
    pub clock: Clock,
    /// What was counted while capturing; the last statement of the file.
    pub statistics: Option<Statistics>,
    /// Packets lost before others, as those say (`epb_dropcount` and the drops count of the obsolete block).
    pub lost_between_packets: u64,
}

impl Interface {
    /// An interface of which nothing else is known.
    #[must_use]
    pub fn new(section: u32, link: LinkType, clock: Clock) -> Interface {
        Interface {
            section,
            name: None,
            description: None,
            filter: None,
            comments: Vec::new(),
            link,
            snaplen: 0,
            clock,
            statistics: None,
            lost_between_packets: 0,
        }
    }
}

/// What was counted on an interface (draft-ietf-opsawg-pcapng section 4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// When they were taken.
    pub time: Timestamp,
    /// When capturing started.
    pub start: Option<Timestamp>,
    /// When capturing ended.
    pub end: Option<Timestamp>,
    /// Packets that reached the interface.
    pub received: Option<u64>,
    /// Packets the interface dropped.
    pub dropped: Option<u64>,
    /// Packets that passed the filter.
    pub accepted: Option<u64>,
    /// Packets the operating system dropped.
    pub dropped_by_os: Option<u64>,
    /// Packets given to the capturing program.
    pub delivered: Option<u64>,
}

/// Names of an address (draft-ietf-opsawg-pcapng section 4.5).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameRecord {
    /// The address.
    pub address: IpAddr,
    /// Its names, at least one.
    pub names: Vec<String>,
}

/// All of that, as far as the capture has been read.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    pub(super) sections: Vec<Section>,
    pub(super) interfaces: Vec<Interface>,
    pub(super) secrets: SecretLog,
    pub(super) owners: Owners,
    pub(super) names: Vec<NameRecord>,
    /// Bytes kept in the above.
    kept: usize,
    /// Blocks of types that say nothing here.
    pub(super) skipped_blocks: u64,
    /// Where the capture is copied: what the copy has otherwise.
    pub(super) edits: Option<Edits>,
}

impl Metadata {
    /// Asks to keep `bytes` more bytes; `false` where there is no room for them.
    pub(super) fn keep(&mut self, bytes: usize) -> bool {
        let total = self.kept.saturating_add(bytes);
        let fits = total <= CAPTURE_TEXT_BYTES;
        if fits {
            self.kept = total;
        }
        fits
    }

    /// An interface lost packets before one that it has.
    pub(super) fn lost_between_packets(&mut self, interface: u16, count: u64) {
        if let Some(interface) = self.interfaces.get_mut(usize::from(interface)) {
            interface.lost_between_packets = interface.lost_between_packets.saturating_add(count);
        }
    }

    /// Adds an interface; `false` where there are too many.
    pub(super) fn add_interface(&mut self, interface: Interface) -> bool {
        let fits = self.interfaces.len() < INTERFACES;
        if fits {
            self.interfaces.push(interface);
        }
        fits
    }
}
