//! A column of integers in little memory.
//!
//! In: 64-bit values, appended. Out: any of them by its row, in constant time. Values are kept in blocks of 128: the
//! least value of the block, and for each row the distance to it in as few whole bytes as the block's widest needs.
//! Times, offsets and packet numbers rise slowly, so most columns take one to four bytes a row, and a column whose
//! values are all alike takes none.

/// Rows in one block: a power of two, large enough that the block's head costs a fraction of a byte a row.
const BLOCK: usize = 128;

/// A column of `u64` values.
#[derive(Debug, Clone, Default)]
pub struct Packed {
    blocks: Vec<Block>,
    /// The rows after the last full block.
    tail: Vec<u64>,
}

#[derive(Debug, Clone)]
struct Block {
    least: u64,
    /// Bytes of one distance, 0 to 8.
    width: u8,
    distances: Box<[u8]>,
}

impl Block {
    fn seal(values: &[u64]) -> Block {
        let least = values.iter().copied().min().unwrap_or(0);
        let widest = values.iter().copied().max().unwrap_or(0) - least;
        let width = (64 - widest.leading_zeros()).div_ceil(8);
        let bytes = usize::try_from(width).unwrap_or(8);
        let mut distances = Vec::with_capacity(values.len() * bytes);
        for value in values {
            distances.extend((value - least).to_le_bytes().iter().take(bytes));
        }
        Block { least, width: u8::try_from(width).unwrap_or(8), distances: distances.into_boxed_slice() }
    }

    fn get(&self, row: usize) -> u64 {
        let width = usize::from(self.width);
        let mut bytes = [0u8; 8];
        if let (Some(from), Some(to)) = (self.distances.get(row * width..(row + 1) * width), bytes.get_mut(..width)) {
            to.copy_from_slice(from);
        }
        self.least + u64::from_le_bytes(bytes)
    }

    fn set(&mut self, row: usize, value: u64) {
        let width = usize::from(self.width);
        let distance = value.checked_sub(self.least).filter(|d| width == 8 || d >> (8 * width) == 0);
        match (distance, self.distances.get_mut(row * width..(row + 1) * width)) {
            (Some(distance), Some(to)) => {
                for (byte, new) in to.iter_mut().zip(distance.to_le_bytes()) {
                    *byte = new;
                }
            }
            _ => {
                let mut values: Vec<u64> = (0..BLOCK).map(|r| self.get(r)).collect();
                if let Some(old) = values.get_mut(row) {
                    *old = value;
                }
                *self = Block::seal(&values);
            }
        }
    }
}

impl Packed {
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
    pub fn push(&mut self, value: u64) {
        self.tail.push(value);
        if self.tail.len() == BLOCK {
            self.blocks.push(Block::seal(&self.tail));
            self.tail.clear();
        }
    }

    /// The value of a row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<u64> {
        match self.blocks.get(row / BLOCK) {
            Some(block) => Some(block.get(row % BLOCK)),
            None => self.tail.get(row.checked_sub(self.blocks.len() * BLOCK)?).copied(),
        }
    }

    /// Changes the value of a row; a row that does not exist is left alone.
    pub fn set(&mut self, row: usize, value: u64) {
        if let Some(block) = self.blocks.get_mut(row / BLOCK) {
            block.set(row % BLOCK, value);
        } else if let Some(old) =
            row.checked_sub(self.blocks.len() * BLOCK).and_then(|in_tail| self.tail.get_mut(in_tail))
        {
            *old = value;
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
        let distances: usize = self.blocks.iter().map(|block| block.distances.len()).sum();
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
        ) {
            let mut plain = values.clone();
            let mut column = Packed::default();
            values.iter().for_each(|v| column.push(*v));
            for (row, value) in changes {
                column.set(row, value);
                if let Some(old) = plain.get_mut(row) {
                    *old = value;
                }
            }
            prop_assert_eq!(column.len(), plain.len());
            for row in 0..plain.len() + 1 {
                prop_assert_eq!(column.get(row), plain.get(row).copied());
            }
        }
    }
}
