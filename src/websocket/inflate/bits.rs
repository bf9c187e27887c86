//! Bits of a DEFLATE stream, least significant first (RFC 1951 section 3.1.1), from input that may end anywhere.
//!
//! Invariant: `held` bits of `hold` are ahead of the input. Bits of `hold` above those are either zero or the first bits
//! of the input, so that taking them in again changes nothing.

/// Bits taken in and not yet used. No symbol of DEFLATE with its extra bits is longer than 48 bits, and up to 63 are
/// held, so that after [`Bits::refill`] a symbol that is not there whole can only mean that the input is used up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bits {
    hold: u64,
    held: u32,
}

impl Bits {
    /// Most bits that are held; also more than the literals that one refill can hold.
    pub const MOST: usize = 63;
    /// A length, its extra bits, a distance and its extra bits: 15 + 5 + 15 + 13.
    pub const LONGEST_SYMBOL: u32 = 48;

    /// Takes in as many whole bytes as fit.
    #[inline]
    pub fn refill(&mut self, input: &mut &[u8]) {
        if let Some(next) = input.first_chunk::<8>() {
            self.hold |= u64::from_le_bytes(*next) << self.held;
            let bytes = (63 - self.held) >> 3;
            *input = input.get(bytes as usize..).unwrap_or(&[]);
            self.held += bytes << 3;
        } else {
            self.refill_slowly(input);
        }
    }

    #[inline(never)]
    fn refill_slowly(&mut self, input: &mut &[u8]) {
        while self.held < 56 {
            let Some((byte, rest)) = input.split_first() else { return };
            self.hold |= u64::from(*byte) << self.held;
            self.held += 8;
            *input = rest;
        }
    }

    /// Number of bits that are there.
    #[inline]
    pub fn held(self) -> u32 {
        self.held
    }

    /// The bits ahead, the next one lowest; only [`Bits::held`] of them mean anything.
    #[inline]
    pub fn ahead(self) -> u64 {
        self.hold
    }

    /// The next `n` (at most 32) bits as a number, the first one lowest; `None`, and nothing taken, where there are
    /// fewer.
    #[inline]
    pub fn take(&mut self, n: u32) -> Option<u32> {
        if n > self.held {
            return None;
        }
        let taken = self.hold & ((1 << n) - 1);
        self.skip(n);
        u32::try_from(taken).ok()
    }

    /// Passes over `n` bits that are there.
    #[inline]
    pub fn skip(&mut self, n: u32) {
        self.hold >>= n;
        self.held = self.held.saturating_sub(n);
    }

    /// Passes over what is left of a byte begun.
    pub fn align(&mut self) {
        self.skip(self.held % 8);
    }

    /// A byte-aligned reader gives back what it holds: the next whole byte, or `None` once the input comes next.
    pub fn drain_byte(&mut self) -> Option<u8> {
        if self.held == 0 {
            // The input is going to be read past this reader: what stood above the held bits is stale then.
            self.hold = 0;
        }
        self.take(8).and_then(|byte| u8::try_from(byte).ok())
    }
}

crate::base::pack::pack_struct!(Bits { hold, held });
