//! One of the places where something was found, and which of how many it is.
//!
//! In: all places in ascending order, and where one is. Out: the next one, round and round.

use super::text;
use crate::base::number::wide;

/// Which place of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The first is 1.
    pub nth: usize,
    /// How many there are.
    pub of: usize,
    /// It is before the place where one was, though the next was asked for, or the other way round.
    pub wrapped: bool,
}

impl Hit {
    /// The next of some places after `here`, or the one before it; where there is none, the one at the other end.
    #[must_use]
    pub fn next<T: Ord + Copy>(places: &[T], here: T, forward: bool) -> Option<(T, Hit)> {
        let of = places.len();
        let at = if forward {
            Some(places.partition_point(|place| *place <= here)).filter(|at| *at < of)
        } else {
            places.partition_point(|place| *place < here).checked_sub(1)
        };
        let other_end = if forward { 0 } else { of.checked_sub(1)? };
        let index = at.unwrap_or(other_end);
        places.get(index).map(|place| (*place, Hit { nth: index + 1, of, wrapped: at.is_none() }))
    }

    /// What to say of it, of `what` that was looked for: `“hello”: 3 of 17`.
    #[must_use]
    pub fn words(self, what: &str) -> String {
        let [nth, of] = [self.nth, self.of].map(|number| text::count(wide(number)));
        let wrapped = if self.wrapped { ", went on from the other end" } else { "" };
        format!("{what}: {nth} of {of}{wrapped}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_gone_through_round_and_round() {
        let next =
            |here, forward| Hit::next(&[2, 5, 9], here, forward).map(|(place, hit)| (place, hit.nth, hit.wrapped));
        assert_eq!(next(1, true), Some((2, 1, false)));
        assert_eq!(next(2, true), Some((5, 2, false)));
        assert_eq!(next(9, true), Some((2, 1, true)));
        assert_eq!(next(9, false), Some((5, 2, false)));
        assert_eq!(next(2, false), Some((9, 3, true)));
        assert_eq!(next(7, false), Some((5, 2, false)));
        assert_eq!(
            Hit::next(&[4], 4, true).map(|(_, hit)| hit.words("“x”")),
            Some("“x”: 1 of 1, went on from the other end".to_owned())
        );
        assert_eq!(Hit::next::<u8>(&[], 1, true), None);
        assert_eq!(Hit::next::<u8>(&[], 1, false), None);
    }
}
