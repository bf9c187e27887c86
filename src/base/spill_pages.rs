//! Small values put aside together, so that many of them cost one write.
//!
//! In: values that pack to a few hundred bytes, usually. Out: the same values, each once, in any order. They are
//! gathered in pages, which go to a [`Spill`] when they are full; a large value has a page of its own. The page that
//! was read last is at hand still, so values that are wanted in about the order in which they came cost few reads too.
//! A page gives its place back with its last value. Where the spill file takes no more, pages stay in memory; a value that
//! cannot be read back is lost.

use hashbrown::HashMap;

use super::number::{narrow, short};
use super::pack::Pack;
use super::spill::{Place, Spill};

/// Bytes of a page: a hundred frames or more, and little to read for one of them.
const PAGE: usize = 32 * 1024;

/// Where a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slip {
    page: u32,
    start: u32,
}

/// The pages.
#[derive(Debug, Default)]
pub(crate) struct SpillPages {
    spill: Spill,
    /// Those that are full, by number, as long as a value of them was not taken.
    full: HashMap<u32, Page>,
    /// The page that is filled at present, its number, and values of it that were not taken.
    open: Vec<u8>,
    number: u32,
    values: u32,
    /// The page that was read last, and its number.
    read: Vec<u8>,
    read_number: Option<u32>,
}

#[derive(Debug)]
struct Page {
    bytes: Bytes,
    /// Those that were not taken.
    values: u32,
}

#[derive(Debug)]
enum Bytes {
    Here(Vec<u8>),
    Spilled(Place),
}

impl SpillPages {
    /// Puts a value aside.
    pub(crate) fn put(&mut self, value: &impl Pack) -> Slip {
        let mut start = self.open.len();
        value.pack(&mut self.open);
        if start > 0 && self.open.len() > PAGE {
            let next = self.open.split_off(start);
            self.close();
            (self.open, start) = (next, 0);
        }
        self.values += 1;
        let slip = Slip { page: self.number, start: short(start) };
        if self.open.len() >= PAGE {
            self.close();
        }
        slip
    }

    /// Takes a value back; `None` where it cannot be read.
    pub(crate) fn take<T: Pack>(&mut self, slip: Slip) -> Option<T> {
        if slip.page == self.number {
            let value = unpack(&self.open, slip);
            self.values = self.values.saturating_sub(1);
            if self.values == 0 {
                self.open.clear();
            }
            return value;
        }
        let page = self.full.get_mut(&slip.page)?;
        page.values = page.values.saturating_sub(1);
        let over = page.values == 0;
        let value = match &page.bytes {
            Bytes::Here(bytes) => unpack(bytes, slip),
            Bytes::Spilled(place) => {
                if self.read_number != Some(slip.page) {
                    self.read_number = self.spill.read(*place, &mut self.read).then_some(slip.page);
                }
                self.read_number.and_then(|_| unpack(&self.read, slip))
            }
        };
        if over {
            self.forget(slip.page);
        }
        value
    }

    /// The open page is full: it goes to the spill file, and another one is opened.
    fn close(&mut self) {
        let (bytes, values) = (std::mem::take(&mut self.open), std::mem::take(&mut self.values));
        let number = self.number;
        self.number = self.number.wrapping_add(1);
        if values == 0 {
            return;
        }
        let bytes = self.spill.put(&bytes).map_or(Bytes::Here(bytes), Bytes::Spilled);
        self.full.insert(number, Page { bytes, values });
    }

    /// Nothing is wanted of a page any more.
    fn forget(&mut self, number: u32) {
        if let Some(Page { bytes: Bytes::Spilled(place), .. }) = self.full.remove(&number) {
            self.spill.discard(place);
        }
        if self.read_number == Some(number) {
            self.read_number = None;
            self.read.clear();
            // What a large value needed is not kept for small ones.
            self.read.shrink_to(2 * PAGE);
        }
    }

    /// The spill, to see how often it was used, or to make it fail.
    #[cfg(test)]
    pub(crate) fn spill(&mut self) -> &mut Spill {
        &mut self.spill
    }
}

fn unpack<T: Pack>(page: &[u8], slip: Slip) -> Option<T> {
    T::unpack(&mut page.get(narrow(slip.start.into())..)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn many_small_values_cost_few_writes() {
        let mut pages = SpillPages::default();
        let value = |n: u64| (n, vec![n as u8; 90]);
        let slips: Vec<Slip> = (0..10_000).map(|n| pages.put(&value(n))).collect();
        // Some 93 bytes each.
        let writes = pages.spill().writes;
        assert!((25..=30).contains(&writes), "{writes}");
        for (n, slip) in (0..).zip(slips) {
            assert_eq!(pages.take(slip), Some(value(n)));
        }
        assert!(pages.full.is_empty() && pages.values == 0);
    }

    #[test]
    fn without_a_disk_pages_stay_in_memory() {
        let mut pages = SpillPages::default();
        pages.spill().fill();
        let slips: Vec<Slip> = (0..1_000u32).map(|n| pages.put(&(n, vec![0u8; 100]))).collect();
        for (n, slip) in (0..1_000u32).zip(slips).rev() {
            assert_eq!(pages.take(slip), Some((n, vec![0u8; 100])));
        }
    }

    #[test]
    fn a_failing_disk_loses_the_values_of_full_pages() {
        let mut pages = SpillPages::default();
        let slips: Vec<Slip> = (0..1_000u64).map(|n| pages.put(&(n, vec![0u8; 100]))).collect();
        pages.spill().lose();
        let open = pages.number;
        for slip in slips {
            assert_eq!(pages.take::<(u64, Vec<u8>)>(slip).is_some(), slip.page == open);
        }
        assert!(pages.full.is_empty());
    }

    proptest! {
        #[test]
        fn everything_comes_back_in_any_order(
            steps in proptest::collection::vec(
                (0usize..50_000, any::<u8>(), any::<proptest::sample::Index>(), any::<bool>()), 1..60,
            ),
        ) {
            let mut pages = SpillPages::default();
            let mut there: Vec<(Slip, Vec<u8>)> = Vec::new();
            for (len, byte, index, take) in steps {
                if take && !there.is_empty() {
                    let (slip, bytes) = there.swap_remove(index.index(there.len()));
                    prop_assert_eq!(pages.take(slip), Some(bytes));
                } else {
                    let bytes = vec![byte; len];
                    there.push((pages.put(&bytes), bytes));
                }
            }
            for (slip, bytes) in there {
                prop_assert_eq!(pages.take(slip), Some(bytes));
            }
            prop_assert!(pages.full.is_empty() && pages.values == 0);
        }
    }
}
