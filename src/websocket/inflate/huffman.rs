//! Huffman codes of DEFLATE as tables (RFC 1951 sections 3.2.2, 3.2.5 and 3.2.6).
//!
//! In: the code length of each symbol. Out: a table that maps the next bits to a symbol and the length of its code.
//! What is not a code (too many codes of a length, or too few) is refused just as zlib does: an incomplete code is
//! allowed only where it is a single code of one bit.

use std::sync::LazyLock;

/// What a code stands for, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// A literal, the base of a length or distance, or where a second table starts.
    pub value: u16,
    /// Extra bits after the code; in a link, the index bits of the second table.
    pub extra: u8,
    /// Bits of the code (in a second table: without those of the first), 4 bits, and its [`Kind`] above them.
    tag: u8,
}

/// What sort of thing an [`Entry`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A literal byte or, in the code of code lengths, a plain symbol.
    Literal,
    /// A length or a distance.
    Copy,
    /// End of block.
    End,
    /// The code is longer: look in a second table.
    Link,
    /// No code, or one that stands for nothing.
    Bad,
}

impl Entry {
    const fn new(kind: Kind, value: u16, extra: u8) -> Entry {
        Entry { value, extra, tag: (kind as u8) << 4 }
    }

    fn with_length(self, length: u32) -> Entry {
        Entry { tag: (self.tag & 0xf0) | (length.to_le_bytes()[0] & 0x0f), ..self }
    }

    /// Bits of the code.
    #[inline]
    pub fn length(self) -> u32 {
        u32::from(self.tag & 0x0f)
    }

    /// What it is.
    #[inline]
    pub fn kind(self) -> Kind {
        match self.tag >> 4 {
            0 => Kind::Literal,
            1 => Kind::Copy,
            2 => Kind::End,
            3 => Kind::Link,
            _ => Kind::Bad,
        }
    }
}

/// Longest code, bits.
const MAX_CODE: usize = 15;

/// Symbols of the largest code, that of literals and lengths; a power of two costs no more.
const MAX_SYMBOLS: usize = 512;

/// A code that is not one.
const BAD: Entry = Entry { value: 0, extra: 0, tag: (Kind::Bad as u8) << 4 | 1 };

/// Why lengths make no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotACode;

/// A code as a table of 2^`INDEX` entries and second tables after them.
#[derive(Debug, Clone, Default)]
pub struct Table<const INDEX: u32> {
    entries: Vec<Entry>,
}

impl<const INDEX: u32> Table<INDEX> {
    /// Makes the code in which symbol `i` has `lengths[i]` bits (0: none; at most 15) and means `meaning(i)`.
    ///
    /// # Errors
    /// Where the lengths make no code; unless it must be `complete`, a single code of one bit is one.
    pub fn build(&mut self, lengths: &[u8], complete: bool, meaning: impl Fn(usize) -> Entry) -> Result<(), NotACode> {
        let mut count = [0_u16; MAX_CODE + 1];
        for length in lengths {
            *count.get_mut(usize::from(*length)).ok_or(NotACode)? += 1;
        }
        if let Some(unused) = count.first_mut() {
            *unused = 0;
        }
        check(&count, complete)?;
        self.entries.clear();
        self.entries.resize(1 << INDEX, BAD);
        let mut code = 0_u32;
        let mut code_length = 0;
        let mut link = None;
        for symbol in in_order(lengths, &count).iter().map(|symbol| usize::from(*symbol)) {
            let length = lengths.get(symbol).copied().map_or(0, u32::from);
            code <<= length - code_length;
            code_length = length;
            // Codes are packed from their most significant bit.
            let reversed = code.reverse_bits() >> (u32::BITS - length);
            code += 1;
            if length <= INDEX {
                self.fill(0, INDEX, reversed, meaning(symbol).with_length(length));
            } else {
                let prefix = reversed & ((1 << INDEX) - 1);
                let (_, start, bits) = match link {
                    Some(link @ (of, _, _)) if of == prefix => link,
                    _ => self.link(prefix, length, &count),
                };
                link = Some((prefix, start, bits));
                self.fill(start, bits, reversed >> INDEX, meaning(symbol).with_length(length - INDEX));
            }
            if let Some(left) = count.get_mut(length as usize) {
                *left -= 1;
            }
        }
        Ok(())
    }

    /// Every index of `bits` bits that ends in the code.
    fn fill(&mut self, start: usize, bits: u32, reversed: u32, entry: Entry) {
        let table = self.entries.get_mut(start..start + (1 << bits)).unwrap_or(&mut []);
        for slot in table.iter_mut().skip(reversed as usize).step_by(1 << entry.length()) {
            *slot = entry;
        }
    }

    /// A second table for the codes that start with `prefix`, where it starts, and the bits of its index; `left` of
    /// each length are still to come.
    fn link(&mut self, prefix: u32, length: u32, left: &[u16; MAX_CODE + 1]) -> (u32, usize, u32) {
        let mut bits = length - INDEX;
        let mut free = 1_i32 << bits;
        for of in left.get(length as usize..).unwrap_or(&[]) {
            free -= i32::from(*of);
            if free <= 0 {
                break;
            }
            free <<= 1;
            bits += 1;
        }
        let bits = bits.min(15 - INDEX);
        let start = self.entries.len();
        self.entries.resize(start + (1 << bits), BAD);
        let [extra, ..] = bits.to_le_bytes();
        let value = u16::try_from(start).unwrap_or(0);
        self.fill(0, INDEX, prefix, Entry::new(Kind::Link, value, extra).with_length(INDEX));
        (prefix, start, bits)
    }

    /// The entry for the bits ahead and the length of its whole code.
    #[inline]
    pub fn find(&self, ahead: u64) -> (Entry, u32) {
        let entry = self.entry(0, INDEX, ahead);
        if entry.kind() != Kind::Link {
            return (entry, entry.length());
        }
        let second = self.entry(usize::from(entry.value), u32::from(entry.extra), ahead >> INDEX);
        (second, INDEX + second.length())
    }

    #[inline]
    fn entry(&self, start: usize, bits: u32, ahead: u64) -> Entry {
        #[expect(clippy::cast_possible_truncation, reason = "masked to at most 15 bits")]
        let index = start + (ahead & ((1 << bits) - 1)) as usize;
        self.entries.get(index).copied().unwrap_or(BAD)
    }
}

/// Refuses what is no code.
fn check(count: &[u16; MAX_CODE + 1], complete: bool) -> Result<(), NotACode> {
    let longest = count.iter().rposition(|of| *of != 0).unwrap_or(0);
    let mut left = 1_i32;
    for of in count.iter().skip(1) {
        left = (left << 1) - i32::from(*of);
        if left < 0 {
            return Err(NotACode);
        }
    }
    if left > 0 && longest > 0 && (complete || longest != 1) {
        return Err(NotACode);
    }
    Ok(())
}

/// Symbols that have a code, in the order of their codes: shorter first, then by symbol.
struct InOrder {
    symbols: [u16; MAX_SYMBOLS],
    n: usize,
}

impl InOrder {
    fn iter(&self) -> std::iter::Take<std::slice::Iter<'_, u16>> {
        self.symbols.iter().take(self.n)
    }
}

fn in_order(lengths: &[u8], count: &[u16; MAX_CODE + 1]) -> InOrder {
    let mut next = [0_usize; MAX_CODE + 1];
    let mut n = 0;
    for (next, of) in next.iter_mut().zip(count) {
        *next = n;
        n += usize::from(*of);
    }
    let mut symbols = [0; MAX_SYMBOLS];
    for (symbol, length) in (0..).zip(lengths).filter(|(_, length)| **length != 0) {
        if let Some(next) = next.get_mut(usize::from(*length)) {
            if let Some(slot) = symbols.get_mut(*next) {
                *slot = symbol;
            }
            *next += 1;
        }
    }
    InOrder { symbols, n }
}

/// The code of literals and lengths.
pub type Literals = Table<10>;
/// The code of distances.
pub type Distances = Table<8>;
/// The code of code lengths.
pub type Lengths = Table<7>;

/// Symbol of the code of code lengths: itself.
pub fn length_symbol(symbol: usize) -> Entry {
    Entry::new(Kind::Literal, u16::try_from(symbol).unwrap_or(0), 0)
}

/// Symbol of the code of literals and lengths (RFC 1951 section 3.2.5).
pub fn literal_symbol(symbol: usize) -> Entry {
    match u16::try_from(symbol) {
        Ok(value @ 0..=255) => Entry::new(Kind::Literal, value, 0),
        Ok(256) => Entry::new(Kind::End, 0, 0),
        Ok(_) => match symbol.checked_sub(257).and_then(|i| LENGTHS.get(i)) {
            Some((base, extra)) => Entry::new(Kind::Copy, *base, *extra),
            None => BAD,
        },
        Err(_) => BAD,
    }
}

/// Symbol of the code of distances (RFC 1951 section 3.2.5).
pub fn distance_symbol(symbol: usize) -> Entry {
    match DISTANCES.get(symbol) {
        Some((base, extra)) => Entry::new(Kind::Copy, *base, *extra),
        None => BAD,
    }
}

/// The codes of a block with fixed codes (RFC 1951 section 3.2.6).
pub static FIXED: LazyLock<(Literals, Distances)> = LazyLock::new(|| {
    let lengths: Vec<u8> =
        [(8, 144), (9, 112), (7, 24), (8, 8)].iter().flat_map(|(length, n)| std::iter::repeat_n(*length, *n)).collect();
    let (mut literals, mut distances) = (Literals::default(), Distances::default());
    // These are codes; were they not, every block would be refused.
    let _ = literals.build(&lengths, true, literal_symbol);
    let _ = distances.build(&[5; 32], true, distance_symbol);
    (literals, distances)
});

/// Base and extra bits of the length symbols, from 257.
const LENGTHS: [(u16, u8); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// Base and extra bits of the distance symbols.
const DISTANCES: [(u16, u8); 30] = [
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 1),
    (7, 1),
    (9, 2),
    (13, 2),
    (17, 3),
    (25, 3),
    (33, 4),
    (49, 4),
    (65, 5),
    (97, 5),
    (129, 6),
    (193, 6),
    (257, 7),
    (385, 7),
    (513, 8),
    (769, 8),
    (1025, 9),
    (1537, 9),
    (2049, 10),
    (3073, 10),
    (4097, 11),
    (6145, 11),
    (8193, 12),
    (12289, 12),
    (16385, 13),
    (24577, 13),
];
