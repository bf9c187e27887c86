//! permessage-deflate, step by step (RFC 7692 section 7.2.2; RFC 1951): each block, each code of it, and what comes out.
//!
//! In: a compressed message without the `00 00 ff ff` that its sender has removed, and what came before it, where that is known.
//! Out: [`Step`]s, each with its bits and the bytes that it gives. A decoder of its own, as slow and plain as the text of the
//! RFC: it reads one bit at a time, so that what it says of each is what is there. What is no DEFLATE ends the steps with a
//! sentence; a copy of bytes that are not known gives bytes that are not known. At most [`limits::DEFLATE_STEPS`] steps are kept
//! and [`limits::MESSAGE_KEPT_BYTES`] bytes made; that it goes on is said.

mod traced;

use std::ops::Range;

use crate::base::limits;
use crate::base::number::{narrow, wide};

/// The bytes that a sender removes and a receiver puts back (RFC 7692 section 7.2.1): what is left of an empty stored block.
pub const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// A message taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deflated {
    /// What it is made of, in order.
    pub steps: Vec<Step>,
    /// What comes out; `None` for a byte that was copied from what is not known.
    pub out: Vec<Option<u8>>,
    /// Bytes of the message; bits from here on are of the four that were put back.
    pub len: usize,
    /// Why it ends before its end.
    pub broken: Option<&'static str>,
    /// There is more than is shown.
    pub cut: bool,
}

/// One thing in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its bits, from the least significant of the first byte on (RFC 1951 section 3.1.1).
    pub bits: Range<u64>,
    /// The bytes it gives, in what comes out.
    pub out: Range<u64>,
    /// What it is.
    pub what: What,
}

/// What a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The header of a block: BFINAL, and BTYPE.
    Block {
        /// BFINAL is set.
        last: bool,
        /// BTYPE.
        kind: BlockKind,
    },
    /// Bytes of a stored block, after the length and its complement; the length.
    Stored(u16),
    /// The codes of a dynamic block: bits of each code that is used, literals and lengths, then distances.
    Codes {
        /// The symbol and the bits of its code.
        literals: Vec<(u16, u8)>,
        /// The same of distances.
        distances: Vec<(u16, u8)>,
    },
    /// A literal byte, and its code as it is written, most significant bit first.
    Literal(u8, Code),
    /// A copy of what came out before.
    Match {
        /// Bytes.
        length: u16,
        /// How far back they begin.
        distance: u16,
        /// How many of them come from before this message: out of the window.
        from_window: u16,
        /// The code of the length, and its extra bits.
        code: (Code, u8),
        /// The code of the distance, and its extra bits.
        distance_code: (Code, u8),
    },
    /// The end of a block.
    End(Code),
}

/// BTYPE (RFC 1951 section 3.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// 00.
    Stored,
    /// 01.
    Fixed,
    /// 10.
    Dynamic,
}

/// A Huffman code: so many bits, the first one most significant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The bits as a number.
    pub bits: u16,
    /// How many.
    pub len: u8,
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:0len$b}", self.bits, len = usize::from(self.len))
    }
}

/// Base and extra bits of the lengths 257 to 285 (RFC 1951 section 3.2.5).
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

/// Base and extra bits of the distances 0 to 29.
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

/// The order in which a block gives the bits of the codes that its codes are written in (RFC 1951 section 3.2.7).
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// A set of codes: for each number of bits how many codes there are, and the symbols in the order of their codes.
#[derive(Debug, Clone, Default)]
struct Codes {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

impl Codes {
    /// The codes in which symbol `i` has `lengths[i]` bits (RFC 1951 section 3.2.2).
    fn of(lengths: &[u8]) -> Codes {
        let mut codes = Codes::default();
        for bits in 1..=15_u8 {
            let symbols = (0_u16..).zip(lengths).filter(|(_, length)| **length == bits).map(|(symbol, _)| symbol);
            let before = codes.symbols.len();
            codes.symbols.extend(symbols);
            if let Some(count) = codes.counts.get_mut(usize::from(bits)) {
                *count = u16::try_from(codes.symbols.len() - before).unwrap_or(u16::MAX);
            }
        }
        codes
    }

    /// There are more codes than so many bits can tell apart.
    fn is_over_full(&self) -> bool {
        let mut left = 1_i64;
        self.counts.iter().skip(1).any(|count| {
            left = 2 * left - i64::from(*count);
            left < 0
        })
    }

    fn used(&self, lengths: &[u8]) -> Vec<(u16, u8)> {
        self.symbols.iter().map(|symbol| (*symbol, lengths.get(usize::from(*symbol)).copied().unwrap_or(0))).collect()
    }
}

/// The stream, and how far it is read.
struct Reader<'a> {
    bytes: [&'a [u8]; 2],
    /// Bits read.
    at: u64,
}

/// The stream ends.
const ENDS: &str = "the bits end in the middle of a block";

type Read<T> = Result<T, &'static str>;

impl Reader<'_> {
    fn byte(&self, index: u64) -> Option<u8> {
        let [own, tail] = self.bytes;
        let index = narrow(index);
        own.get(index).or_else(|| tail.get(index.checked_sub(own.len())?)).copied()
    }

    fn bit(&mut self) -> Read<u16> {
        let byte = self.byte(self.at / 8).ok_or(ENDS)?;
        let bit = byte >> (self.at % 8) & 1;
        self.at += 1;
        Ok(bit.into())
    }

    /// A number: its least significant bit comes first.
    fn number(&mut self, bits: u8) -> Read<u16> {
        (0..bits).try_fold(0, |number, place| Ok(number | self.bit()? << place))
    }

    /// A symbol: the most significant bit of its code comes first.
    fn symbol(&mut self, codes: &Codes) -> Read<(u16, Code)> {
        let (mut code, mut first, mut index) = (0_u16, 0_u16, 0_u16);
        for (len, count) in (1_u8..).zip(codes.counts.iter().skip(1)) {
            code |= self.bit()?;
            if code < first.saturating_add(*count) {
                let symbol = codes.symbols.get(usize::from(index + (code - first))).ok_or("no symbol has this code")?;
                return Ok((*symbol, Code { bits: code, len }));
            }
            index = index.saturating_add(*count);
            first = first.saturating_add(*count) << 1;
            code <<= 1;
        }
        Err("no symbol has this code")
    }

    fn is_at_end(&self) -> bool {
        let [own, tail] = self.bytes;
        self.at.div_ceil(8) >= wide(own.len() + tail.len())
    }
}

impl Deflated {
    /// Takes a message apart. `window` is what the messages of its direction before it have said, the last byte last, as far as it
    /// is known; empty where nothing may be referred to.
    ///
    /// ```
    /// use sockeye::teach::deflate::{Deflated, What};
    /// // RFC 7692 section 7.2.3.1.
    /// let hello = Deflated::of(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], &[]);
    /// assert_eq!(hello.known(), b"Hello");
    /// assert!(matches!(hello.steps[1].what, What::Literal(b'H', _)));
    /// ```
    #[must_use]
    pub fn of(message: &[u8], window: &[u8]) -> Deflated {
        let mut deflated = Deflated { len: message.len(), ..Deflated::default() };
        let mut reader = Reader { bytes: [message, &TAIL], at: 0 };
        while !reader.is_at_end() && !deflated.cut {
            match deflated.block(&mut reader, window) {
                Ok(true) => reader.at = reader.at.next_multiple_of(8),
                Ok(false) => {}
                Err(why) => {
                    deflated.broken = Some(why);
                    break;
                }
            }
        }
        deflated
    }

    /// What comes out, up to the first byte that is not known.
    #[must_use]
    pub fn known(&self) -> Vec<u8> {
        self.out.iter().map_while(|byte| *byte).collect()
    }

    fn step(&mut self, from: u64, reader: &Reader<'_>, out: u64, what: What) {
        if self.steps.len() >= limits::DEFLATE_STEPS {
            self.cut = true;
            return;
        }
        self.steps.push(Step { bits: from..reader.at, out: out..wide(self.out.len()), what });
    }

    /// One block; whether it was marked as the last.
    fn block(&mut self, reader: &mut Reader<'_>, window: &[u8]) -> Read<bool> {
        let from = reader.at;
        let here = wide(self.out.len());
        let last = reader.bit()? == 1;
        let kind = match reader.number(2)? {
            0 => BlockKind::Stored,
            1 => BlockKind::Fixed,
            2 => BlockKind::Dynamic,
            _ => return Err("BTYPE is 11, which is reserved"),
        };
        self.step(from, reader, here, What::Block { last, kind });
        match kind {
            BlockKind::Stored => self.stored(reader)?,
            BlockKind::Fixed => {
                let (literals, distances) = fixed();
                self.symbols(reader, window, &literals, &distances)?;
            }
            BlockKind::Dynamic => {
                let (literals, distances) = self.codes(reader)?;
                self.symbols(reader, window, &literals, &distances)?;
            }
        }
        Ok(last)
    }

    fn stored(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let from = reader.at;
        let here = wide(self.out.len());
        reader.at = reader.at.next_multiple_of(8);
        let (len, complement) = (reader.number(16)?, reader.number(16)?);
        if len != !complement {
            return Err("the length of a stored block and its complement do not fit");
        }
        for _ in 0..len {
            let byte = reader.byte(reader.at / 8).ok_or(ENDS)?;
            reader.at += 8;
            self.out.push(Some(byte));
        }
        self.step(from, reader, here, What::Stored(len));
        self.check_room();
        Ok(())
    }

    /// The codes of a dynamic block.
    fn codes(&mut self, reader: &mut Reader<'_>) -> Read<(Codes, Codes)> {
        let from = reader.at;
        let here = wide(self.out.len());
        let literals = usize::from(reader.number(5)?) + 257;
        let distances = usize::from(reader.number(5)?) + 1;
        let given = usize::from(reader.number(4)?) + 4;
        if literals > 286 || distances > 30 {
            return Err("a block has more codes than there are symbols");
        }
        let mut small = [0_u8; 19];
        for place in ORDER.iter().take(given) {
            let bits = reader.number(3)?;
            if let Some(slot) = small.get_mut(*place) {
                [_, *slot] = bits.to_be_bytes();
            }
        }
        let small = Codes::of(&small);
        let mut lengths: Vec<u8> = Vec::with_capacity(literals + distances);
        while lengths.len() < literals + distances {
            let (symbol, _) = reader.symbol(&small)?;
            let (length, times) = match symbol {
                16 => (*lengths.last().ok_or("a code repeats one before it, and is the first")?, 3 + reader.number(2)?),
                17 => (0, 3 + reader.number(3)?),
                18 => (0, 11 + reader.number(7)?),
                symbol => (symbol.to_le_bytes()[0], 1),
            };
            lengths.extend(std::iter::repeat_n(length, times.into()));
        }
        if lengths.len() > literals + distances {
            return Err("a block has more codes than it says");
        }
        let (of_literals, of_distances) = lengths.split_at_checked(literals).unwrap_or_default();
        let (literals, distances) = (Codes::of(of_literals), Codes::of(of_distances));
        if literals.is_over_full() || distances.is_over_full() {
            return Err("a block has more codes than so many bits can tell apart");
        }
        let what = What::Codes { literals: literals.used(of_literals), distances: distances.used(of_distances) };
        self.step(from, reader, here, what);
        Ok((literals, distances))
    }

    fn symbols(&mut self, reader: &mut Reader<'_>, window: &[u8], literals: &Codes, distances: &Codes) -> Read<()> {
        while !self.cut {
            let from = reader.at;
            let here = wide(self.out.len());
            let (symbol, code) = reader.symbol(literals)?;
            match symbol {
                256 => {
                    self.step(from, reader, here, What::End(code));
                    return Ok(());
                }
                0..256 => {
                    let byte = symbol.to_le_bytes()[0];
                    self.out.push(Some(byte));
                    self.step(from, reader, here, What::Literal(byte, code));
                }
                _ => {
                    let what = self.copy(reader, window, (symbol, code), distances)?;
                    self.step(from, reader, here, what);
                }
            }
            self.check_room();
        }
        Ok(())
    }

    /// A length and a distance, and the copy that they stand for.
    fn copy(
        &mut self,
        reader: &mut Reader<'_>,
        window: &[u8],
        (symbol, code): (u16, Code),
        distances: &Codes,
    ) -> Read<What> {
        let (base, extra) =
            *LENGTHS.get(usize::from(symbol - 257)).ok_or("a length has a symbol that stands for none")?;
        let length = base + reader.number(extra)?;
        let (symbol, distance_code) = reader.symbol(distances)?;
        let base = DISTANCES.get(usize::from(symbol)).ok_or("a distance has a symbol that stands for none")?;
        let distance = base.0 + reader.number(base.1)?;
        let back = usize::from(distance);
        let mut from_window = 0;
        for _ in 0..length {
            let byte = match self.out.len().checked_sub(back) {
                Some(at) => self.out.get(at).copied().flatten(),
                None => {
                    from_window += 1;
                    let before = back - self.out.len();
                    window.len().checked_sub(before).and_then(|at| window.get(at)).copied()
                }
            };
            self.out.push(byte);
        }
        Ok(What::Match { length, distance, from_window, code: (code, extra), distance_code: (distance_code, base.1) })
    }

    fn check_room(&mut self) {
        self.cut |= self.out.len() >= limits::MESSAGE_KEPT_BYTES;
    }
}

/// The codes of a fixed block (RFC 1951 section 3.2.6).
fn fixed() -> (Codes, Codes) {
    let mut lengths = [8_u8; 288];
    for (symbol, length) in lengths.iter_mut().enumerate() {
        *length = match symbol {
            144..256 => 9,
            256..280 => 7,
            _ => 8,
        };
    }
    (Codes::of(&lengths), Codes::of(&[5; 30]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

    /// Raw DEFLATE of the bytes, flushed, without the four bytes at its end.
    fn deflated(bytes: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(level));
        encoder.write_all(bytes).unwrap();
        encoder.flush().unwrap();
        let mut out = encoder.get_ref().clone();
        assert!(out.ends_with(&TAIL));
        out.truncate(out.len() - TAIL.len());
        out
    }

    #[test]
    fn the_examples_of_rfc_7692_section_7_2_3() {
        let of = |bytes: &[u8], window: &[u8]| Deflated::of(bytes, window);
        // 7.2.3.1: one fixed block, and the empty stored block of which the tail was removed.
        let one = of(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], b"");
        let literals: Vec<u8> = one
            .steps
            .iter()
            .filter_map(|step| if let What::Literal(byte, _) = step.what { Some(byte) } else { None })
            .collect();
        assert_eq!((&literals[..], &one.known()[..], one.broken), (&b"Hello"[..], &b"Hello"[..], None));
        assert_eq!(one.steps[0].what, What::Block { last: false, kind: BlockKind::Fixed });
        assert_eq!(one.steps[0].bits, 0..3);
        // H is 72: the code is 8 bits, 0x30 + 72 (RFC 1951 section 3.2.6).
        assert_eq!(one.steps[1].what, What::Literal(b'H', Code { bits: 0x30 + 72, len: 8 }));
        assert_eq!(one.steps[6].what, What::End(Code { bits: 0, len: 7 }));
        let kinds: Vec<_> = one.steps.iter().filter(|step| matches!(step.what, What::Block { .. })).collect();
        assert_eq!(kinds[1].what, What::Block { last: false, kind: BlockKind::Stored });
        assert_eq!(one.steps.last().unwrap().what, What::Stored(0));
        // 7.2.3.2: the second message refers to the first.
        let second = of(&[0xf2, 0x00, 0x11, 0x00, 0x00], b"Hello");
        assert_eq!(second.known(), b"Hello");
        let copy = second.steps.iter().find_map(|step| match step.what {
            What::Match { length, distance, from_window, .. } => Some((length, distance, from_window)),
            _ => None,
        });
        assert_eq!(copy, Some((4, 5, 4)));
        assert_eq!(of(&[0xf2, 0x00, 0x11, 0x00, 0x00], b"").out, [Some(b'H'), None, None, None, None]);
        // 7.2.3.3: a stored block. 7.2.3.4: BFINAL. 7.2.3.5: two blocks.
        assert_eq!(of(&[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00], b"").known(), b"Hello");
        let last = of(&[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00], b"");
        assert_eq!(
            (last.known(), &last.steps[0].what),
            (b"Hello".to_vec(), &What::Block { last: true, kind: BlockKind::Fixed })
        );
        let two = of(&[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00], b"");
        assert_eq!((two.known(), two.broken), (b"Hello".to_vec(), None));
    }

    #[test]
    fn what_is_no_deflate_says_why() {
        assert_eq!(Deflated::of(&[0x07], b"").broken, Some("BTYPE is 11, which is reserved"));
        assert!(Deflated::of(&[0x00, 1, 0, 1, 0], b"").broken.unwrap().contains("complement"));
        assert_eq!(Deflated::of(&[0x04], b"").broken, Some(ENDS));
    }

    proptest! {
        #[test]
        fn what_is_explained_is_what_was_compressed(
            words in proptest::collection::vec(prop_oneof!["[a-d]{1,6}".prop_map(String::into_bytes), proptest::collection::vec(any::<u8>(), 0..40)], 0..60),
            level in 0u32..10,
        ) {
            let bytes = words.concat();
            let message = deflated(&bytes, level);
            let found = Deflated::of(&message, &[]);
            prop_assert_eq!(found.broken, None);
            prop_assert_eq!(found.known(), bytes);
            // No bit is passed over but padding, and none is read twice.
            let mut at = 0;
            for step in &found.steps {
                prop_assert!(step.bits.start >= at && step.bits.start - at < 8 && step.bits.end > step.bits.start);
                at = step.bits.end;
            }
            prop_assert_eq!(at.div_ceil(8), (message.len() + TAIL.len()) as u64);
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let found = Deflated::of(&bytes, &[]);
            prop_assert!(found.steps.iter().all(|step| step.bits.end <= 8 * (bytes.len() + 4) as u64));
        }
    }
}
