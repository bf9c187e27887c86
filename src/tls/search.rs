//! In which order the numbers of a record are tried, where records before it are lost.
//!
//! In: how many are lost at least and at most, and how many would be if all were alike. Out: each of those numbers once: from
//! the least on, by turns with those around the one that is likely, so that a record behind few lost ones and one behind many
//! alike are both found soon.

/// Numbers to be tried.
#[derive(Debug)]
pub struct Search {
    /// Those below were tried.
    low: u64,
    /// Around the likely one, those from `left` up to `right` were tried, `right` excluded.
    left: u64,
    right: u64,
    /// Those from here on are not tried.
    end: u64,
    turn: u8,
}

impl Search {
    /// All from `from` to `most`; `likely` is the one that is expected.
    #[must_use]
    pub fn new(from: u64, most: u64, likely: u64) -> Search {
        let end = most.saturating_add(1);
        let around = likely.clamp(from, end.max(from));
        Search { low: from, left: around, right: around, end, turn: 0 }
    }

    /// All were tried.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.low >= self.left && self.right >= self.end
    }
}

impl Iterator for Search {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        for _ in 0..4 {
            let turn = self.turn;
            self.turn = (turn + 1) % 4;
            let can_fall = self.low < self.left;
            match turn {
                0 | 2 if can_fall => {
                    self.low += 1;
                    return Some(self.low - 1);
                }
                1 if self.right < self.end => {
                    self.right += 1;
                    return Some(self.right - 1);
                }
                3 if can_fall => {
                    self.left -= 1;
                    return Some(self.left);
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_number_comes_once(from in 0u64..3, most in 0u64..60, likely in 0u64..90) {
            let mut search = Search::new(from, most, likely);
            let mut found: Vec<u64> = search.by_ref().collect();
            prop_assert!(search.is_over());
            found.sort_unstable();
            prop_assert_eq!(found, (from..=most).collect::<Vec<_>>());
        }

        #[test]
        fn few_and_likely_ones_come_soon(likely in 0u64..3000, off in -20i64..20, few in 0u64..20) {
            let near = likely.saturating_add_signed(off);
            let place = |number| Search::new(0, 4096, likely).position(|found| found == number).unwrap();
            prop_assert!(place(near) <= 4 * 21 && place(few) <= 4 * 21);
        }
    }

    #[test]
    fn there_may_be_none() {
        assert_eq!(Search::new(0, 0, 0).collect::<Vec<_>>(), [0]);
        assert_eq!(Search::new(1, 0, 7).next(), None);
    }
}
