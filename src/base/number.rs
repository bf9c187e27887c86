//! Numbers of one width in another, where the type system cannot know that they fit.
//!
//! In: lengths and places, in memory (`usize`) or in a stream (`u64`). Out: the same number. Where it does not fit, the
//! code that asked is wrong, not the bytes: debug builds stop there, release builds take the nearest number that fits.
//! A number that somebody's bytes chose is no case for these: that is checked, and what does not fit is a note.

/// A length in memory, as a length of a stream. Always fits: no machine has wider addresses.
#[must_use]
#[inline]
pub fn wide(len: usize) -> u64 {
    let wide = u64::try_from(len);
    debug_assert!(wide.is_ok(), "{len} is no u64");
    wide.unwrap_or(u64::MAX)
}

/// A length or place that is known to be in memory, for indexing.
///
/// ```
/// use sockeye::base::number::{narrow, wide};
/// assert_eq!(narrow(wide(7)), 7);
/// ```
#[must_use]
#[inline]
pub fn narrow(len: u64) -> usize {
    let narrow = usize::try_from(len);
    debug_assert!(narrow.is_ok(), "{len} bytes are not in memory");
    narrow.unwrap_or(usize::MAX)
}

/// A length in memory that a cap keeps below 4 GiB.
#[must_use]
#[inline]
pub fn short(len: usize) -> u32 {
    let short = u32::try_from(len);
    debug_assert!(short.is_ok(), "{len} is no u32");
    short.unwrap_or(u32::MAX)
}

/// How far `to` is behind `from`, which comes first.
#[must_use]
#[inline]
pub fn distance(from: u64, to: u64) -> u64 {
    debug_assert!(from <= to, "{from} is behind {to}");
    to.saturating_sub(from)
}

/// As many of a number of bytes as fit into memory: for reading in parts, where a stranger's length may be larger than
/// any buffer.
///
/// ```
/// use sockeye::base::number::at_most;
/// assert_eq!(at_most(u64::MAX, 4096), 4096);
/// assert_eq!(at_most(3, 4096), 3);
/// ```
#[must_use]
#[inline]
pub fn at_most(len: u64, most: usize) -> usize {
    usize::try_from(len).map_or(most, |len| len.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_the_same() {
        assert_eq!((wide(5), narrow(5), short(5), distance(2, 5)), (5, 5, 5, 3));
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "9 is behind 5")]
    fn what_cannot_be_stops_a_debug_build() {
        let _ = distance(9, 5);
    }
}
