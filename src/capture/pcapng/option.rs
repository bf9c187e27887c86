//! Options at the end of a block (draft-ietf-opsawg-pcapng section 3.5).
//!
//! In: the bytes between a block's fixed part and its trailing length. Out: code and value of one option after
//! another, up to the end mark or to the first that is cut. Own code, because a packet's options stand on the hot
//! path: pcap-parser collects them into a vector for each packet.

use super::order::Order;

/// Walks the options of a block.
#[derive(Debug, Clone)]
pub(super) struct Options<'a> {
    rest: &'a [u8],
    order: Order,
}

/// `opt_comment`, in every block.
pub(super) const COMMENT: u16 = 1;

impl<'a> Options<'a> {
    pub(super) fn new(bytes: &'a [u8], order: Order) -> Options<'a> {
        Options { rest: bytes, order }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let (&[a, b, c, d], rest) = self.rest.split_first_chunk::<4>()?;
        let (code, length) = (self.order.u16([a, b]), usize::from(self.order.u16([c, d])));
        if code == 0 {
            return None;
        }
        let value = rest.get(..length)?;
        self.rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((code, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_end_at_the_mark_or_where_they_are_cut() {
        let bytes = [1, 0, 2, 0, b'h', b'i', 0, 0, 9, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 5, 0, 1, 0, 1, 0, 0, 0];
        let all: Vec<_> = Options::new(&bytes, Order::Little).collect();
        assert_eq!(all, [(1, &b"hi"[..]), (9, &[6][..])]);
        for cut in 0..bytes.len() {
            let some: Vec<_> = Options::new(&bytes[..cut], Order::Little).collect();
            assert_eq!(some, all[..some.len()], "{cut}");
        }
        let big = [0, 1, 0, 2, b'h', b'i', 0, 0];
        assert_eq!(Options::new(&big, Order::Big).collect::<Vec<_>>(), [(1, &b"hi"[..])]);
    }
}
