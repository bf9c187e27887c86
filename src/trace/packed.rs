//! A column of integers in little memory.
//!
//! In: 64-bit values, appended. Out: any of them by its row, in constant time. Values are kept in blocks of 128: the
//! least value of the block, and for each row the distance to it in as few whole bytes as the block's widest needs.
//! Times, offsets and packet numbers rise slowly, so most columns take one to four bytes a row, and a column whose
//! values are all alike takes none. Beyond [`limits::INDEX_ROWS`] rows the distances of a block go to a temporary file.

use super::aside::Aside;
use crate::base::limits;
use crate::base::number::wide;

/// Rows in one block: a power of two, large enough that the block's head costs a fraction of a byte a row.
pub const BLOCK: usize = 128;

/// The values of one block.
pub type Lane = [u64; BLOCK];

/// A column of `u64` values.
#[derive(Debug)]
pub struct Packed {
    blocks: Vec<Block>,
    /// The rows after the last full block.
    tail: Vec<u64>,
    /// Blocks whose distances stay in memory.
    most_here: usize,
    /// Where the distances of later blocks are.
    aside: Option<Box<Aside>>,
}

#[derive(Debug, Clone)]
struct Block {
    least: u64,
    /// Bytes of one distance, 0 to 8.
    width: u8,
    distances: Distances,
}

#[derive(Debug, Clone)]
enum Distances {
    Here(Box<[u8]>),
    /// At this position in [`Packed::aside`].
    Away(u64),
}

impl Block {
    fn seal(values: &[u64]) -> Block {
        let (least, most) =
            values.iter().fold((u64::MAX, 0), |(least, most), value| (least.min(*value), most.max(*value)));
        let least = least.min(most);
        let (width, distances) = match (most - least).leading_zeros() / 8 {
            0 => (8, pack::<8>(values, least)),
            1 => (7, pack::<7>(values, least)),
            2 => (6, pack::<6>(values, least)),
            3 => (5, pack::<5>(values, least)),
            4 => (4, pack::<4>(values, least)),
            5 => (3, pack::<3>(values, least)),
            6 => (2, pack::<2>(values, least)),
            _ if most > least => (1, pack::<1>(values, least)),
            _ => (0, Box::default()),
        };
        Block { least, width, distances: Distances::Here(distances) }
    }

    /// A distance that cannot be read back, because the disk failed, is taken for none.
    fn get(&self, row: usize, aside: Option<&Aside>) -> u64 {
        let width = usize::from(self.width);
        if width == 0 {
            return self.least;
        }
        let mut bytes = [0u8; 8];
        match &self.distances {
            Distances::Here(distances) => {
                let from = distances.get(row * width..).unwrap_or_default();
                if let Some(eight) = from.first_chunk::<8>() {
                    // Bytes of the rows behind it are cut off again.
                    return self.least + (u64::from_le_bytes(*eight) & (u64::MAX >> (64 - 8 * width)));
                }
                bytes.iter_mut().zip(from.iter().take(width)).for_each(|(to, from)| *to = *from);
            }
            Distances::Away(position) => {
                let read = bytes
                    .get_mut(..width)
                    .is_some_and(|to| aside.is_some_and(|aside| aside.read(*position + wide(row * width), to)));
                if !read {
                    return self.least;
                }
            }
        }
        self.least + u64::from_le_bytes(bytes)
    }

    /// All its values at once.
    fn unpack(&self, aside: Option<&Aside>, into: &mut Lane) {
        let width = usize::from(self.width);
        let mut read: [u8; BLOCK * 8];
        let packed = match &self.distances {
            _ if width == 0 => return into.fill(self.least),
            Distances::Here(distances) => distances,
            Distances::Away(position) => {
                read = [0; BLOCK * 8];
                let read = read.get_mut(..BLOCK * width).unwrap_or_default();
                if !aside.is_some_and(|aside| aside.read(*position, read)) {
                    return into.fill(self.least);
                }
                &*read
            }
        };
        match width {
            1 => unpack::<1>(packed, self.least, into),
            2 => unpack::<2>(packed, self.least, into),
            3 => unpack::<3>(packed, self.least, into),
            4 => unpack::<4>(packed, self.least, into),
            5 => unpack::<5>(packed, self.least, into),
            6 => unpack::<6>(packed, self.least, into),
            7 => unpack::<7>(packed, self.least, into),
            _ => unpack::<8>(packed, self.least, into),
        }
    }

    /// Gives whether the block has room for the value.
    fn set(&mut self, row: usize, value: u64, aside: Option<&mut Aside>) -> bool {
        let width = usize::from(self.width);
        let Some(distance) = value.checked_sub(self.least).filter(|d| width == 8 || d >> (8 * width) == 0) else {
            return false;
        };
        let new = distance.to_le_bytes();
        let new = new.get(..width).unwrap_or_default();
        match &mut self.distances {
            Distances::Here(distances) => {
                let Some(to) = distances.get_mut(row * width..(row + 1) * width) else { return false };
                to.copy_from_slice(new);
                true
            }
            Distances::Away(position) => aside.is_some_and(|aside| aside.overwrite(*position + wide(row * width), new)),
        }
    }
}

/// The distances of `values` to `least`, each in `WIDTH` bytes.
fn pack<const WIDTH: usize>(values: &[u64], least: u64) -> Box<[u8]> {
    let mut packed = vec![0; values.len() * WIDTH];
    let (places, _) = packed.as_chunks_mut::<WIDTH>();
    for (place, value) in places.iter_mut().zip(values) {
        if let Some(low) = (value - least).to_le_bytes().first_chunk::<WIDTH>() {
            *place = *low;
        }
    }
    packed.into_boxed_slice()
}

/// The values whose distances to `least` stand in `packed`, each in `WIDTH` bytes.
fn unpack<const WIDTH: usize>(packed: &[u8], least: u64, into: &mut Lane) {
    let (places, _) = packed.as_chunks::<WIDTH>();
    for (value, place) in into.iter_mut().zip(places) {
        let mut bytes = [0; 8];
        if let Some(low) = bytes.first_chunk_mut::<WIDTH>() {
            *low = *place;
        }
        *value = least.wrapping_add(u64::from_le_bytes(bytes));
    }
}

impl Default for Packed {
    fn default() -> Packed {
        Packed::new(limits::INDEX_ROWS / BLOCK)
    }
}

impl Packed {
    /// An empty column that keeps the first `most_here` blocks in memory.
    fn new(most_here: usize) -> Packed {
        Packed { blocks: Vec::new(), tail: Vec::new(), most_here, aside: None }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.len() * BLOCK + self.tail.len()
    }

    /// No rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.tail.is_empty()
    }

    /// Appends a row.
    #[inline]
    pub fn push(&mut self, value: u64) {
        self.tail.push(value);
        if self.tail.len() == BLOCK {
            self.seal();
        }
    }

    #[inline(never)]
    fn seal(&mut self) {
        let mut block = Block::seal(&self.tail);
        if self.blocks.len() >= self.most_here {
            self.put_aside(&mut block);
        }
        self.blocks.push(block);
        self.tail.clear();
    }

    /// Where there is no room on the disk, memory has to do.
    fn put_aside(&mut self, block: &mut Block) {
        if let Distances::Here(distances) = &block.distances
            && let Some(position) = self.aside.get_or_insert_default().append(distances)
        {
            block.distances = Distances::Away(position);
        }
    }

    /// The value of a row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<u64> {
        match self.blocks.get(row / BLOCK) {
            Some(block) => Some(block.get(row % BLOCK, self.aside.as_deref())),
            None => self.tail.get(row.checked_sub(self.blocks.len() * BLOCK)?).copied(),
        }
    }

    /// The values of rows `number * BLOCK ..`, as many as there are up to [`BLOCK`]; gives how many. Much quicker than one by
    /// one.
    pub fn block(&self, number: usize, into: &mut Lane) -> usize {
        if let Some(block) = self.blocks.get(number) {
            block.unpack(self.aside.as_deref(), into);
            return BLOCK;
        }
        if number > self.blocks.len() {
            return 0;
        }
        into.iter_mut().zip(&self.tail).for_each(|(to, from)| *to = *from);
        self.tail.len()
    }

    /// Changes the value of a row; a row that does not exist is left alone.
    pub fn set(&mut self, row: usize, value: u64) {
        let (number, in_block) = (row / BLOCK, row % BLOCK);
        let Some(block) = self.blocks.get_mut(number) else {
            let in_tail = row.checked_sub(self.blocks.len() * BLOCK);
            if let Some(old) = in_tail.and_then(|in_tail| self.tail.get_mut(in_tail)) {
                *old = value;
            }
            return;
        };
        if block.set(in_block, value, self.aside.as_deref_mut()) {
            return;
        }
        // Its values need more bytes now.
        let mut values: Vec<u64> = (0..BLOCK).map(|row| block.get(row, self.aside.as_deref())).collect();
        if let Some(old) = values.get_mut(in_block) {
            *old = value;
        }
        let mut block = Block::seal(&values);
        if number >= self.most_here {
            self.put_aside(&mut block);
        }
        if let Some(old) = self.blocks.get_mut(number) {
            *old = block;
        }
    }

    /// The number of rows at the front whose values are all `<= value`, of a column that never falls.
    #[must_use]
    pub fn rows_up_to(&self, value: u64) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle).is_some_and(|v| v <= value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Bytes of heap memory it holds.
    #[must_use]
    pub fn memory(&self) -> usize {
        let blocks = self.blocks.capacity() * size_of::<Block>();
        let here = |block: &Block| match &block.distances {
            Distances::Here(distances) => distances.len(),
            Distances::Away(_) => 0,
        };
        let distances: usize = self.blocks.iter().map(here).sum();
        blocks + distances + self.tail.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_constant_column_takes_no_bytes_a_row() {
        let mut column = Packed::default();
        for _ in 0..128 * 64 {
            column.push(u64::MAX);
        }
        assert_eq!(column.get(5000), Some(u64::MAX));
        assert!(column.memory() < 128 * 64 / 2);
    }

    #[test]
    fn rows_up_to_counts_equal_values_too() {
        let mut column = Packed::default();
        for value in [0, 10, 10, 20] {
            column.push(value);
        }
        assert_eq!([0, 9, 10, 19, 20, 99].map(|v| column.rows_up_to(v)), [1, 1, 3, 3, 4, 4]);
    }

    proptest! {
        #[test]
        fn it_holds_what_a_plain_vector_holds(
            values in proptest::collection::vec(prop_oneof![any::<u64>(), 0u64..300, 70_000u64..71_000], 0..600),
            changes in proptest::collection::vec((0usize..700, any::<u64>()), 0..40),
            most_here in 0usize..4,
        ) {
            let mut plain = values.clone();
            let mut column = Packed::new(most_here);
            values.iter().for_each(|v| column.push(*v));
            for (row, value) in changes {
                column.set(row, value);
                if let Some(old) = plain.get_mut(row) {
                    *old = value;
                }
            }
            prop_assert_eq!(column.len(), plain.len());
            let away = column.blocks.iter().filter(|block| matches!(block.distances, Distances::Away(_))).count();
            prop_assert_eq!(away, column.blocks.len().saturating_sub(most_here));
            for row in 0..plain.len() + 1 {
                prop_assert_eq!(column.get(row), plain.get(row).copied());
            }
            for number in 0..plain.len() / BLOCK + 2 {
                let mut lane = [7; BLOCK];
                let there = column.block(number, &mut lane);
                let wanted = plain.get(number * BLOCK..).unwrap_or_default();
                prop_assert_eq!(there, wanted.len().min(BLOCK));
                prop_assert_eq!(&lane[..there], &wanted[..there]);
            }
        }
    }
}
