//! The checksum of a TCP segment (RFC 9293 section 3.1, RFC 1071; with IPv6, RFC 8200 section 8.1).
//!
//! In: a [`Segment`]. Out: whether its checksum is right, as far as that can be told. Nothing is asked while a packet is
//! read: who needs to know, asks.

use std::net::IpAddr;

use super::segment::{Checksum, Segment};
use crate::base::number::wide;

/// Where the field is in the header.
const FIELD: usize = 16;

impl Segment<'_> {
    /// What its checksum says. Reads the whole segment.
    #[must_use]
    pub fn checksum(&self) -> Checksum {
        if self.cut > 0 || self.whole.len() < self.payload.len() + FIELD + 2 {
            return Checksum::Unknown;
        }
        let sum = add(add(addresses(self), length(self)), words(self.whole));
        // Zero in ones' complement; a sum of nothing but zeros cannot be.
        if sum.is_multiple_of(u64::from(u16::MAX)) { Checksum::Right } else { self.unwritten_or_wrong() }
    }

    #[cold]
    fn unwritten_or_wrong(&self) -> Checksum {
        let (addresses, length) = (addresses(self), length(self));
        let Some([high, low]) = self.whole.get(FIELD..FIELD + 2) else { return Checksum::Unknown };
        let field = u16::from_le_bytes([*high, *low]);
        // What the card is to add to: the sum without header and payload, and from some without their length.
        let protocol = TCP.swap_bytes();
        if field == 0 || field == fold(add(addresses, length)) || field == fold(add(addresses, protocol)) {
            Checksum::Unwritten
        } else {
            Checksum::Wrong
        }
    }
}

// Every payload is summed up, so 16-bit words are taken four at a time, and with the bytes of each the other way round: what
// comes out are the same sums with their bytes the other way round (RFC 1071 section 2).

/// The protocol number, which is summed up too.
const TCP: u64 = 6;

/// Of both addresses.
#[inline]
fn addresses(segment: &Segment<'_>) -> u64 {
    let sum = |address| match address {
        IpAddr::V4(address) => u64::from(address.to_bits().swap_bytes()),
        IpAddr::V6(address) => words(&address.octets()),
    };
    add(sum(segment.endpoints.source), sum(segment.endpoints.destination))
}

/// Of the length and the protocol number.
#[inline]
fn length(segment: &Segment<'_>) -> u64 {
    (wide(segment.whole.len()) + TCP).swap_bytes()
}

/// Of `bytes`; an odd last one is the first of its word.
#[inline]
fn words(bytes: &[u8]) -> u64 {
    // Two sums side by side: neither waits for the carry of the other.
    let (mut even, mut odd) = (0, 0);
    let (pairs, mut rest) = bytes.as_chunks::<16>();
    for pair in pairs {
        let ([a, b], _) = pair.as_chunks::<8>() else { continue };
        even = add(even, u64::from_le_bytes(*a));
        odd = add(odd, u64::from_le_bytes(*b));
    }
    if let Some((four, after)) = rest.split_first_chunk::<8>() {
        even = add(even, u64::from_le_bytes(*four));
        rest = after;
    }
    if !rest.is_empty() {
        odd = add(odd, last(bytes, rest));
    }
    add(even, odd)
}

/// The last bytes, fewer than eight, as the first of eight of which the others are zero.
#[inline]
fn last(bytes: &[u8], rest: &[u8]) -> u64 {
    match bytes.last_chunk::<8>() {
        Some(four) => u64::from_le_bytes(*four) >> (8 * (8 - rest.len())),
        None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// Ones' complement addition: a carry comes in again at the other end.
#[inline]
fn add(sum: u64, word: u64) -> u64 {
    let (sum, carry) = sum.overflowing_add(word);
    sum + u64::from(carry)
}

/// Ones' complement sum of the 16-bit words in it.
#[inline]
fn fold(sum: u64) -> u16 {
    // 64 bits, 33, 18, 17, 16.
    let sum = (sum & 0xffff_ffff) + (sum >> 32);
    let sum = (sum & 0xffff) + (sum >> 16);
    let sum = (sum & 0xffff) + (sum >> 16);
    let sum = (sum & 0xffff) + (sum >> 16);
    u16::try_from(sum).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::LinkType;
    use crate::net::{Content, decode};

    /// Packet 6 of tests/data/faults/corrupt-copy-first.pcap from its IP header on; in packet 7 the checksum is 0x4849 and
    /// the byte 0xdf a space. tshark calls the first wrong and the second right.
    const CORRUPT: &str = "4500003a00064000400626b60a0000020a0000011f909c40\
        0000140a000004815018fde8123400008110746865df676f6f64207061796c6f6164";

    fn checksum(change: impl FnOnce(&mut Vec<u8>)) -> Checksum {
        let mut packet = hex::decode(CORRUPT).unwrap();
        change(&mut packet);
        let decoded = decode(LinkType::RAW, &packet, 58);
        let Content::Segment(segment) = decoded.content else { panic!("{decoded:?}") };
        segment.checksum()
    }

    fn write(packet: &mut [u8], checksum: u16) {
        packet[36..38].copy_from_slice(&checksum.to_be_bytes());
    }

    #[test]
    fn it_covers_addresses_length_header_and_payload() {
        let right = |packet: &mut Vec<u8>| {
            write(packet, 0x4849);
            packet[45] = b' ';
        };
        assert_eq!(checksum(|_| {}), Checksum::Wrong);
        assert_eq!(checksum(right), Checksum::Right);
        for byte in (12..20).chain(20..58) {
            let changed = checksum(|packet| {
                right(packet);
                packet[byte] ^= 1;
            });
            // Words of the header that say where the payload begins change what is covered.
            assert_ne!(changed, Checksum::Right, "{byte}");
        }
        // An odd number of bytes: 0x64 is the last of the sum, and the length one less.
        let odd = checksum(|packet| {
            right(packet);
            packet.pop();
            packet[3] = 57;
            write(packet, 0x4849 + 0x64 + 1);
        });
        assert_eq!(odd, Checksum::Right);
    }

    /// The sum as RFC 1071 section 4.1 has it: word after word.
    fn sum_by_words(bytes: &[u8]) -> u16 {
        let mut sum: u32 = 0;
        for word in bytes.chunks(2) {
            sum += u32::from(word[0]) << 8 | word.get(1).map_or(0, |low| u32::from(*low));
        }
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        u16::try_from(sum).unwrap()
    }

    proptest! {
        #[test]
        fn eight_bytes_at_a_time_sum_up_to_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..200), ones: bool) {
            let bytes = if ones { vec![u8::MAX; bytes.len()] } else { bytes };
            prop_assert_eq!(fold(words(&bytes)).swap_bytes(), sum_by_words(&bytes));
        }
    }

    #[test]
    fn one_that_the_card_was_to_write_is_neither_right_nor_wrong() {
        // 0a00 0002 0a00 0001 and protocol 6, with and without the 38 bytes of the segment.
        for unwritten in [0x0a00 + 2 + 0x0a00 + 1 + 6 + 38, 0x0a00 + 2 + 0x0a00 + 1 + 6, 0] {
            assert_eq!(checksum(|packet| write(packet, unwritten)), Checksum::Unwritten);
        }
        let cut = checksum(|packet| packet.truncate(50));
        assert_eq!(cut, Checksum::Unknown);
        // A header of 32 bytes and nothing behind it, cut in its options.
        let options = checksum(|packet| {
            (packet[3], packet[32]) = (52, 0x80);
            packet.truncate(44);
        });
        assert_eq!(options, Checksum::Unknown);
    }
}
