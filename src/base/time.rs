//! Time of a packet, and the pair of packet number and time that every byte carries.

use super::ids::PacketNumber;

/// Nanoseconds since 1970-01-01T00:00:00Z, without leap seconds. Negative before it.
///
/// The range (years 1678 to 2262) is that of a 64-bit count; a capture whose header claims more saturates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From whole seconds and nanoseconds, saturating.
    #[must_use]
    pub fn new(seconds: i64, nanoseconds: i64) -> Timestamp {
        Timestamp(seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds))
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// Nanoseconds within the second, 0 to 999,999,999.
    #[must_use]
    pub fn subsec_nanos(self) -> u32 {
        u32::try_from(self.0.rem_euclid(1_000_000_000)).unwrap_or(0)
    }

    /// Nanoseconds from `earlier` to this time, saturating; negative where packets are out of order in time.
    #[must_use]
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Where in the capture a byte arrived: its packet and that packet's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct At {
    /// 1-based packet number.
    pub packet: PacketNumber,
    /// Time of that packet.
    pub time: Timestamp,
}

impl super::pack::Pack for Timestamp {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Timestamp> {
        i64::unpack(from).map(Timestamp)
    }
}

super::pack::pack_struct!(At { packet, time });
