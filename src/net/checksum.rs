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
        let field = match self.header.get(FIELD..FIELD + 2) {
            Some([high, low]) if self.cut == 0 => u16::from_be_bytes([*high, *low]),
            _ => return Checksum::Unknown,
        };
        let addresses = addresses(self.endpoints.source) + addresses(self.endpoints.destination) + TCP;
        let len = wide(self.header.len() + self.payload.len());
        // A header is a multiple of four bytes long, so that the payload begins with a whole word.
        let sum = addresses + len + words(self.header) + words(self.payload);
        match fold(sum) {
            u16::MAX => Checksum::Right,
            // What the card is to add to: the sum without header and payload, and from some without their length.
            _ if field == 0 || field == fold(addresses + len) || field == fold(addresses) => Checksum::Unwritten,
            _ => Checksum::Wrong,
        }
    }
}

/// The protocol number, which is summed up too.
const TCP: u64 = 6;

fn addresses(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => words(&address.octets()),
        IpAddr::V6(address) => words(&address.octets()),
    }
}

/// The sum of the 16-bit words of `bytes`, not yet folded; an odd last byte is the high one of its word. Words of 32 bits
/// sum up to the same once folded, and a segment has too few of them to overflow.
fn words(bytes: &[u8]) -> u64 {
    let (fours, rest) = bytes.as_chunks::<4>();
    let sum: u64 = fours.iter().map(|word| u64::from(u32::from_be_bytes(*word))).sum();
    let mut last = [0; 4];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    sum + u64::from(u32::from_be_bytes(last))
}

/// Ones' complement sum of the 16-bit words in it.
fn fold(mut sum: u64) -> u16 {
    while sum > u64::from(u16::MAX) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn one_that_the_card_was_to_write_is_neither_right_nor_wrong() {
        // 0a00 0002 0a00 0001 and protocol 6, with and without the 38 bytes of the segment.
        for unwritten in [0x0a00 + 2 + 0x0a00 + 1 + 6 + 38, 0x0a00 + 2 + 0x0a00 + 1 + 6, 0] {
            assert_eq!(checksum(|packet| write(packet, unwritten)), Checksum::Unwritten);
        }
        let cut = checksum(|packet| packet.truncate(50));
        assert_eq!(cut, Checksum::Unknown);
    }
}
