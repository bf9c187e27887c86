//! How an interface counts time: `if_tsresol` and `if_tsoffset` (draft-ietf-opsawg-pcapng section 4.2).
//!
//! In: a count of 64 bits. Out: nanoseconds since the epoch, saturating. Own arithmetic, in 128 bits where it can
//! matter: pcap-parser does not honour base-2 resolutions and reads the offset of a big-endian section backwards.

use crate::base::Timestamp;

/// Resolution and offset of an interface's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Clock {
    resolution: u8,
    offset: i64,
    /// Nanoseconds in a tick where that is a whole number that fits and nothing else is to be done; else 0.
    simple: u32,
}

impl Default for Clock {
    /// Microseconds, as the format has it where nothing is said.
    fn default() -> Clock {
        Clock::decimal(6)
    }
}

impl Clock {
    /// Ticks of 10 to the power of minus `digits` seconds; `digits` below 128.
    #[must_use]
    pub fn decimal(digits: u8) -> Clock {
        Clock::new(digits & 0x7f, 0)
    }

    /// From the bytes of the options: `resolution` is an exponent, negated, of 2 where its top bit is set, else of 10;
    /// `offset` is seconds to add.
    #[must_use]
    pub fn new(resolution: u8, offset: i64) -> Clock {
        let simple = match (resolution, offset) {
            (digits @ 0..=9, 0) => 10_u32.pow(9 - u32::from(digits)),
            _ => 0,
        };
        Clock { resolution, offset, simple }
    }

    /// The byte of `if_tsresol`.
    #[must_use]
    pub fn resolution(self) -> u8 {
        self.resolution
    }

    /// Seconds added to every time.
    #[must_use]
    pub fn offset(self) -> i64 {
        self.offset
    }

    /// The time that `ticks` counts.
    ///
    /// ```
    /// use sockeye::capture::Clock;
    /// assert_eq!(Clock::decimal(6).time(1_500_000).0, 1_500_000_000);
    /// assert_eq!(Clock::new(0x80 | 10, -1).time(1536).0, 500_000_000);
    /// ```
    #[must_use]
    #[inline]
    pub fn time(self, ticks: u64) -> Timestamp {
        if self.simple != 0
            && let Some(nanoseconds) = ticks.checked_mul(u64::from(self.simple))
            && let Ok(nanoseconds) = i64::try_from(nanoseconds)
        {
            return Timestamp(nanoseconds);
        }
        self.time_wide(ticks)
    }

    /// As [`Self::time`], for whatever resolution and offset.
    fn time_wide(self, ticks: u64) -> Timestamp {
        const NANOS: u128 = 1_000_000_000;
        let exponent = u32::from(self.resolution & 0x7f);
        // At most 2^64 * 10^9, below 2^94.
        let scaled = u128::from(ticks) * NANOS;
        let nanoseconds = if self.resolution & 0x80 != 0 {
            scaled >> exponent
        } else {
            // A divisor beyond 128 bits leaves nothing.
            10_u128.checked_pow(exponent).map_or(0, |divisor| scaled / divisor)
        };
        // Below 2^94 each, so the sum cannot overflow.
        let sum = i128::try_from(nanoseconds).unwrap_or(i128::MAX >> 1) + i128::from(self.offset) * 1_000_000_000;
        Timestamp(i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_and_binary_resolutions_count_alike() {
        let second = 1_700_000_000_u64;
        for digits in 0..=9 {
            let ticks = second * 10_u64.pow(digits);
            assert_eq!(Clock::decimal(digits as u8).time(ticks).0, 1_700_000_000_000_000_000, "10^-{digits}");
        }
        assert_eq!(Clock::decimal(12).time(1_234_567_890_123).0, 1_234_567_890);
        assert_eq!(Clock::new(0x80, 0).time(second).0, 1_700_000_000_000_000_000);
        assert_eq!(Clock::new(0x80 | 20, 0).time((second << 20) + (1 << 19)).0, 1_700_000_000_500_000_000);
        assert_eq!(Clock::new(0x80 | 32, 0).time((second << 32) + (1 << 30)).0, 1_700_000_000_250_000_000);
    }

    #[test]
    fn the_offset_is_seconds_and_may_be_negative() {
        assert_eq!(Clock::new(6, 1_000).time(5).0, 1_000_000_005_000);
        assert_eq!(Clock::new(6, -1_000).time(5).0, -999_999_995_000);
        assert_eq!(Clock::new(9, -1).time(1).0, -999_999_999);
    }

    #[test]
    fn no_combination_overflows() {
        for resolution in 0..=255 {
            for offset in [0, 1, -1, i64::MAX, i64::MIN] {
                for ticks in [0, 1, u64::MAX, u64::MAX / 2, 1 << 63] {
                    let clock = Clock::new(resolution, offset);
                    assert_eq!(clock.time(ticks), clock.time_wide(ticks), "{resolution} {offset} {ticks}");
                }
            }
        }
        assert_eq!(Clock::decimal(0).time(u64::MAX).0, i64::MAX);
        assert_eq!(Clock::new(6, i64::MIN).time(0).0, i64::MIN);
        assert_eq!(Clock::new(127, 0).time(u64::MAX).0, 0);
        assert_eq!(Clock::new(255, 0).time(u64::MAX).0, 0);
    }
}
