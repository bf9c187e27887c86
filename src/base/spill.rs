//! A spill file for bytes that are not needed for now: an unnamed temporary file ([`super::scratch`]), which the system removes
//! with its last handle.
//!
//! In: a few hundred bytes at a time, usually. Out: the same bytes, once. A place that was emptied is used again, so
//! the file is as large as what lay on it at once. The file is made when the first bytes come. Where there is no room,
//! the caller keeps them; nothing is lost but by a disk that fails.

use super::number::narrow;
use super::scratch::Scratch;

/// The unit of places: 128 bytes, so that a record rarely wastes more than itself.
const UNIT: u32 = 128;

/// Sizes of places: 1, 2, 4 … units.
const SIZES: usize = 20;

/// Where bytes lie in a spill file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    unit: u32,
    len: u32,
}

/// Why bytes are not put in a spill file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no place as large as these bytes; others fit.
    TooLarge,
    /// It takes no more.
    Full,
}

/// The spill file.
#[derive(Debug, Default)]
pub(crate) struct Spill {
    file: Option<Scratch>,
    /// There is no file, or it takes no more.
    full: bool,
    /// Units in use, or used before.
    end: u32,
    /// Places that were emptied, by size.
    free: [Vec<u32>; SIZES],
    #[cfg(test)]
    pub(crate) writes: usize,
}

impl Spill {
    /// The largest that can be put in a spill file, bytes.
    #[cfg(test)]
    pub(crate) const LARGEST: usize = (UNIT as usize) << (SIZES - 1);

    /// Puts bytes in the spill file.
    ///
    /// # Errors
    /// They are not on it.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<Place, Refusal> {
        let len = u32::try_from(bytes.len()).map_err(|_| Refusal::TooLarge)?;
        let size = size(len);
        let free = self.free.get_mut(size).ok_or(Refusal::TooLarge)?;
        if self.full {
            return Err(Refusal::Full);
        }
        let unit = match free.pop() {
            Some(unit) => unit,
            None => {
                let unit = self.end;
                self.end = self.end.checked_add(1 << size).ok_or(Refusal::Full)?;
                unit
            }
        };
        #[cfg(test)]
        {
            self.writes += 1;
        }
        if self.file.is_none() {
            self.file = Scratch::new().ok();
        }
        let written = self.file.as_ref().is_some_and(|file| file.write_at(bytes, position(unit)).is_ok());
        // A disk that was full once is not asked again and again.
        self.full = !written;
        if written { Ok(Place { unit, len }) } else { Err(Refusal::Full) }
    }

    /// Takes bytes back into `into`, whose contents they replace. `false` where they cannot be read.
    pub(crate) fn take(&mut self, place: Place, into: &mut Vec<u8>) -> bool {
        let read = self.read(place, into);
        self.discard(place);
        read
    }

    /// The bytes of a place are not wanted any more.
    pub(crate) fn discard(&mut self, place: Place) {
        if let Some(free) = self.free.get_mut(size(place.len)) {
            free.push(place.unit);
        }
    }

    /// Reads the bytes of a place into `into`, whose contents they replace. `false` where they cannot be read.
    pub(crate) fn read(&self, place: Place, into: &mut Vec<u8>) -> bool {
        into.clear();
        into.resize(narrow(place.len.into()), 0);
        self.file.as_ref().is_some_and(|file| file.read_at(into, position(place.unit)).is_ok())
    }

    /// As a disk that fails: nothing in the spill file can be read.
    #[cfg(test)]
    pub(crate) fn lose(&mut self) {
        self.file = Some(Scratch::lost());
    }

    /// As a disk that is full: it takes no more.
    #[cfg(test)]
    pub(crate) fn fill(&mut self) {
        self.full = true;
    }
}

/// Index of the smallest size that holds `len` bytes.
fn size(len: u32) -> usize {
    let units = len.div_ceil(UNIT).max(1).next_power_of_two();
    narrow(units.trailing_zeros().into())
}

fn position(unit: u32) -> u64 {
    u64::from(unit) * u64::from(UNIT)
}

super::pack::pack_struct!(Place { unit, len });

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn everything_comes_back_and_places_are_used_again(
            steps in proptest::collection::vec((0usize..1000, any::<u8>(), any::<proptest::sample::Index>(), any::<bool>()), 1..60),
        ) {
            let mut spill = Spill::default();
            let mut there: Vec<(Place, Vec<u8>)> = Vec::new();
            let mut most = 0;
            let mut back = Vec::new();
            for (len, byte, index, take) in steps {
                if take && !there.is_empty() {
                    let (place, bytes) = there.swap_remove(index.index(there.len()));
                    prop_assert!(spill.take(place, &mut back));
                    prop_assert_eq!(&back, &bytes);
                } else {
                    let bytes = vec![byte; len];
                    there.push((spill.put(&bytes).unwrap(), bytes));
                    most = most.max(there.len());
                }
            }
            // 1000 bytes fit 8 units; four sizes, each as often as there were records at once.
            prop_assert!(spill.end as usize <= most * (1 + 2 + 4 + 8));
            for (place, bytes) in there {
                prop_assert!(spill.take(place, &mut back));
                prop_assert_eq!(back.clone(), bytes);
            }
        }
    }
}
