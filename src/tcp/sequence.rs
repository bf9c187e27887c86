//! Sequence numbers: the one place that knows their arithmetic (RFC 9293 section 3.4).

/// A 32-bit sequence number; arithmetic is modulo 2^32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeqNum(pub u32);

impl SeqNum {
    /// The number `n` bytes on (or back, where negative).
    #[must_use]
    pub fn advance(self, n: i64) -> SeqNum {
        let n = u32::try_from(n.rem_euclid(1 << 32)).unwrap_or(0);
        SeqNum(self.0.wrapping_add(n))
    }

    /// Bytes from `origin` to this number, the short way round: -2^31 to 2^31 - 1.
    #[must_use]
    pub fn since(self, origin: SeqNum) -> i64 {
        i64::from(self.0.wrapping_sub(origin.0).cast_signed())
    }
}

impl crate::base::pack::Pack for SeqNum {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<SeqNum> {
        u32::unpack(from).map(SeqNum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_go_the_short_way_round() {
        assert_eq!(SeqNum(5).since(SeqNum(u32::MAX - 4)), 10);
        assert_eq!(SeqNum(u32::MAX - 4).since(SeqNum(5)), -10);
        assert_eq!(SeqNum(0).since(SeqNum(0x8000_0000)), -0x8000_0000);
        assert_eq!(SeqNum(u32::MAX).advance(2), SeqNum(1));
        assert_eq!(SeqNum(1).advance(-2), SeqNum(u32::MAX));
        assert_eq!(SeqNum(7).advance(3 << 32), SeqNum(7));
    }
}
