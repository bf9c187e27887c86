//! The bytes of a packet from some header on, and how many more of them were on the wire.
//!
//! In: a packet's bytes. Out: the same bytes with headers taken off the front and padding off the back. Invariant:
//! `bytes` starts at `offset` of the packet's bytes, or is empty and `offset` is beyond them. A read past the end gives the [`Kind`] to count.

use super::kind::{Kind, Part};
use crate::base::number::{narrow, short};

/// What is left of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layer<'a> {
    /// Captured bytes, not yet read.
    pub(super) bytes: &'a [u8],
    /// Where `bytes` starts in the packet as it was on the wire.
    pub(super) offset: u32,
    /// Bytes that followed `bytes` on the wire and were not captured.
    pub(super) cut: u32,
}

impl<'a> Layer<'a> {
    /// A whole packet; `wire_len` smaller than `data` means nothing was cut.
    #[inline]
    pub(super) fn new(data: &'a [u8], wire_len: u32) -> Layer<'a> {
        let captured = short(data.len());
        Layer { bytes: data, offset: 0, cut: wire_len.saturating_sub(captured) }
    }

    /// What to count where a header of `part` does not fit.
    #[inline]
    pub(super) fn lacking(&self, part: Part) -> Kind {
        if self.cut > 0 { Kind::Cut(part) } else { Kind::Malformed(part) }
    }

    /// The next `N` bytes, taken off.
    #[inline]
    pub(super) fn take<const N: usize>(&mut self, part: Part) -> Result<&'a [u8; N], Kind> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>().ok_or_else(|| self.lacking(part))?;
        self.bytes = rest;
        self.offset = self.offset.saturating_add(short(N));
        Ok(taken)
    }

    /// Passes over `n` bytes.
    #[inline]
    pub(super) fn skip(&mut self, n: usize, part: Part) -> Result<(), Kind> {
        self.bytes = self.bytes.get(n..).ok_or_else(|| self.lacking(part))?;
        self.offset = self.offset.saturating_add(short(n));
        Ok(())
    }

    /// Passes over `n` bytes of the wire, captured or not. Gives `false`, and moves nothing, where there were fewer.
    #[inline]
    pub(super) fn skip_wire(&mut self, n: u32) -> bool {
        let captured = short(self.bytes.len());
        let here = n.min(captured);
        let beyond = n - here;
        if beyond > self.cut {
            return false;
        }
        self.bytes = self.bytes.get(narrow(here.into())..).unwrap_or_default();
        self.offset = self.offset.saturating_add(n);
        self.cut -= beyond;
        true
    }

    /// Ends the layer after `n` bytes of the wire, as a length field asks. Gives `false` where the packet was not cut
    /// and yet has fewer: the bytes there are stay.
    ///
    /// Where the packet was cut, the length field is believed over the capture's record of the wire length.
    #[inline]
    pub(super) fn limit(&mut self, n: u16) -> bool {
        match self.bytes.get(..usize::from(n)) {
            Some(bytes) => {
                self.bytes = bytes;
                self.cut = 0;
                true
            }
            None if self.cut > 0 => {
                self.cut = u32::from(n).saturating_sub(short(self.bytes.len()));
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_field_trims_padding_or_says_what_the_snap_length_cut() {
        let mut padded = Layer::new(&[1, 2, 3, 4, 5, 6], 6);
        assert!(padded.limit(4));
        assert_eq!((padded.bytes, padded.cut), (&[1, 2, 3, 4][..], 0));

        let mut cut = Layer::new(&[1, 2, 3], 100);
        assert!(cut.limit(50));
        assert_eq!((cut.bytes, cut.cut), (&[1, 2, 3][..], 47));

        let mut lying = Layer::new(&[1, 2, 3], 3);
        assert!(!lying.limit(50));
        assert_eq!((lying.bytes, lying.cut), (&[1, 2, 3][..], 0));
    }

    #[test]
    fn bytes_of_the_wire_are_passed_over_even_where_they_were_not_captured() {
        let mut layer = Layer::new(&[1, 2, 3], 10);
        assert!(layer.skip_wire(2));
        assert_eq!((layer.bytes, layer.offset, layer.cut), (&[3][..], 2, 7));
        assert!(layer.skip_wire(5));
        assert_eq!((layer.bytes, layer.offset, layer.cut), (&[][..], 7, 3));
        assert!(!layer.skip_wire(4));
        assert_eq!((layer.offset, layer.cut), (7, 3));
    }
}
