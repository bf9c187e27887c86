//! The header of a pcap record, and what may be odd about it.

use super::timestamp;
use crate::base::Timestamp;
use crate::base::limits::{PACKET_BYTES, RESYNC_PACKET_BYTES};

/// The four fields of a record header (draft-ietf-opsawg-pcap section 5).
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) seconds: u32,
    pub(super) fraction: u32,
    /// Bytes of the packet in the file.
    pub(super) captured: u32,
    /// Bytes of the packet on the wire.
    pub(super) wire: u32,
}

impl Record {
    /// `None` where there are fewer than 16 bytes.
    #[inline]
    pub(super) fn parse<const BIG: bool>(bytes: &[u8]) -> Option<Record> {
        let &[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = bytes.first_chunk::<16>()?;
        let word = if BIG { u32::from_be_bytes } else { u32::from_le_bytes };
        Some(Record {
            seconds: word([a, b, c, d]),
            fraction: word([e, f, g, h]),
            captured: word([i, j, k, l]),
            wire: word([m, n, o, p]),
        })
    }
}

/// What the records of one file are like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Bytes of a record header: 16, or 24 in Kuznetzov's variant.
    pub(super) header_len: usize,
    /// Units of the fraction in a second.
    pub(super) fraction_limit: u32,
    /// Nanoseconds in a unit of the fraction.
    pub(super) nanoseconds: u32,
    /// Captured bytes up to which a record is ordinary.
    pub(super) limit: u32,
}

/// Far from the record before in time.
pub(super) const TIME: u8 = 1;
/// The fraction is a second or more.
pub(super) const FRACTION: u8 = 2;
/// More bytes than the snap length.
pub(super) const OVER_SNAP: u8 = 4;
/// More bytes than there were on the wire.
pub(super) const OVER_WIRE: u8 = 8;
/// More bytes than any packet has.
pub(super) const ABSURD: u8 = 16;

/// More bytes on the wire than a packet has. The data of a packet, taken for a header, shows this: where the header is
/// taken from four bytes too far on, record after record, all else fits.
pub(super) const OVER_ALL: u8 = 32;

/// Oddities that a whole file may have, because its writer had them.
pub(super) const HABITS: u8 = FRACTION | OVER_SNAP | OVER_WIRE;

/// Bytes on the wire that a packet has at most: twice the largest that segmentation offload makes.
const WIRE_BYTES: u32 = 1024 * 1024;

/// Seconds within which two neighbouring records are near: 30 days. A misread header is near by chance once in 800.
const NEAR: u32 = 30 * 86_400;

impl Shape {
    /// What is odd about a record that follows one of time `last`; 0 for nearly every record of nearly every file.
    #[inline]
    pub(super) fn oddities(self, record: &Record, last: Option<u32>) -> u8 {
        let last = last.unwrap_or(record.seconds);
        let far = record.seconds.wrapping_sub(last).wrapping_add(NEAR) > 2 * NEAR;
        let flag = |odd: bool, bit: u8| if odd { bit } else { 0 };
        flag(far, TIME)
            | flag(record.fraction >= self.fraction_limit, FRACTION)
            | flag(record.captured > self.limit, OVER_SNAP)
            | flag(record.captured > record.wire, OVER_WIRE)
            | flag(record.captured as usize > PACKET_BYTES, ABSURD)
            | flag(record.wire > WIRE_BYTES, OVER_ALL)
    }

    /// Whether a record found by searching is to be believed, after one of time `last`, in a file whose records have
    /// these habits. Stricter than [`Self::oddities`] in that runs of zeros are no records.
    pub(super) fn plausible(self, record: &Record, last: Option<u32>, habits: u8) -> bool {
        let most = if habits & OVER_SNAP != 0 { RESYNC_PACKET_BYTES } else { self.limit.max(65_535) };
        record.captured > 0 && Shape { limit: most, ..self }.oddities(record, last) & !(habits & !OVER_SNAP) == 0
    }

    #[inline]
    pub(super) fn time(self, record: &Record) -> Timestamp {
        timestamp(record.seconds, record.fraction, self.nanoseconds)
    }
}
