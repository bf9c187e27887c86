//! Packets of QUIC with a long header, and the opening of a client's Initial packets.

use aes::Aes128;
use cipher::{BlockCipherEncrypt, KeyInit};
use std::fmt;
use zeroize::Zeroizing;

use crate::base::Cursor;
use crate::tls::cipher::Aead;
use crate::tls::schedule::{Keys, expand_label, extract};
use crate::tls::suite::{Cipher, Hash};

/// RFC 9369.
pub(super) const VERSION_2: u32 = 0x6b33_43cf;

/// Connection IDs are no longer (RFC 9000 section 17.2).
const LONGEST_ID: u8 = 20;

/// Bytes of the sample that header protection is made from (RFC 9001 section 5.4.2), and where it begins behind the packet number's
/// first byte.
const SAMPLE: usize = 16;
const SAMPLE_AT: usize = 4;

/// An Initial packet (RFC 9000 section 17.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Initial<'a> {
    pub(super) version: u32,
    pub(super) destination: &'a [u8],
    pub(super) source: &'a [u8],
    /// All of it.
    pub(super) bytes: &'a [u8],
    /// Where its number begins.
    pub(super) number_at: usize,
}

/// The next packet of a datagram, if it is an Initial one, and what stands behind it. Nothing where the datagram has no more packets
/// with a long header, or is cut.
pub(super) fn next(bytes: &[u8]) -> Option<(Option<Initial<'_>>, &[u8])> {
    let mut cursor = Cursor::new(bytes);
    let first = cursor.u8().ok()?;
    if first & 0x80 == 0 {
        return None;
    }
    let version = cursor.u32().ok()?;
    let destination = id(&mut cursor)?;
    let source = id(&mut cursor)?;
    // Types have other numbers in version 2 (RFC 9369 section 3.2).
    let (initial, retry) = if version == VERSION_2 { (1, 0) } else { (0, 3) };
    let kind = first >> 4 & 3;
    // A Retry has no length: nothing stands behind it. Nor is there one in Version Negotiation (section 17.2.1).
    if kind == retry || version == 0 {
        return None;
    }
    if kind == initial {
        let token = varint(&mut cursor)?;
        cursor.take(usize::try_from(token).ok()?).ok()?;
    }
    let len = varint(&mut cursor)?;
    let number_at = cursor.offset();
    cursor.take(usize::try_from(len).ok()?).ok()?;
    let (packet, behind) = bytes.split_at_checked(cursor.offset())?;
    let packet = Initial { version, destination, source, bytes: packet, number_at };
    Some(((kind == initial).then_some(packet), behind))
}

fn id<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let len = cursor.u8().ok().filter(|len| *len <= LONGEST_ID)?;
    cursor.take(len.into()).ok()
}

/// A number of variable length (RFC 9000 section 16).
pub(super) fn varint(cursor: &mut Cursor<'_>) -> Option<u64> {
    let first = cursor.u8().ok()?;
    let more = (1usize << (first >> 6)) - 1;
    let rest = cursor.take(more).ok()?;
    Some(rest.iter().fold(u64::from(first & 0x3f), |value, byte| value << 8 | u64::from(*byte)))
}

/// What opens the Initial packets of a client.
pub(super) struct InitialKeys {
    version: u32,
    /// The id that they follow from.
    id: Vec<u8>,
    aead: Aead,
    header: Aes128,
}

impl fmt::Debug for InitialKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InitialKeys({:#x}, {})", self.version, hex::encode(&self.id))
    }
}

/// RFC 9001 section 5.2, RFC 9369 section 3.3.1, and the same section of the drafts (`draft-ietf-quic-tls`); nothing of older ones.
fn salt(version: u32) -> Option<[u8; 20]> {
    Some(match version {
        1 | 0xff00_0021..=0xff00_0022 => [
            0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb,
            0x7f, 0x0a,
        ],
        VERSION_2 => [
            0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd,
            0x2e, 0xd9,
        ],
        0xff00_001d..=0xff00_0020 => [
            0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90,
            0xa8, 0x99,
        ],
        0xff00_0017..=0xff00_001c => [
            0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9,
            0xf5, 0x02,
        ],
        _ => return None,
    })
}

impl InitialKeys {
    /// Those that follow from the id to which a client sent its first packet.
    pub(super) fn of_client(version: u32, id: &[u8]) -> Option<InitialKeys> {
        let initial = extract(Hash::Sha256, &salt(version)?, id);
        let secret = expand_label(Hash::Sha256, &initial, "client in", 32);
        let [key, iv, header] = if version == VERSION_2 {
            ["quicv2 key", "quicv2 iv", "quicv2 hp"]
        } else {
            ["quic key", "quic iv", "quic hp"]
        };
        let of = |label: &str, len: usize| expand_label(Hash::Sha256, &secret, label, len);
        let keys = Keys { key: of(key, 16), iv: of(iv, 12), mac: Zeroizing::default() };
        let aead = Aead::new(Cipher::Aes128Gcm, &keys)?;
        Some(InitialKeys { version, id: id.to_vec(), aead, header: Aes128::new_from_slice(&of(header, 16)).ok()? })
    }

    pub(super) fn version(&self) -> u32 {
        self.version
    }

    /// Opens a packet: its frames stand in `buffer` then.
    pub(super) fn open(&self, packet: &Initial<'_>, buffer: &mut Vec<u8>) -> bool {
        buffer.clear();
        buffer.extend_from_slice(packet.bytes);
        packet.version == self.version && self.open_in_place(packet.number_at, buffer).is_some()
    }

    fn open_in_place(&self, number_at: usize, buffer: &mut Vec<u8>) -> Option<()> {
        let sample = number_at + SAMPLE_AT;
        let mut mask: [u8; SAMPLE] = *buffer.get(sample..)?.first_chunk()?;
        self.header.encrypt_block((&mut mask).into());
        let (of_first, of_number) = mask.split_first()?;
        let first = buffer.first_mut()?;
        *first ^= of_first & 0x0f;
        let number_len = usize::from(*first & 3) + 1;
        let number = buffer.get_mut(number_at..number_at + number_len)?;
        number.iter_mut().zip(of_number).for_each(|(byte, mask)| *byte ^= mask);
        // A client's first packets have small numbers, so what was left out of them is zeros (RFC 9000 section 17.1).
        let number = number.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        let (header, sealed) = buffer.split_at_mut_checked(number_at + number_len)?;
        let frames = self.aead.open(number, header, sealed)?;
        let from = number_at + number_len;
        buffer.truncate(from + frames.end);
        buffer.drain(..from + frames.start);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9001 appendix A.1 and RFC 9369 appendix A.1: the header protection of the sample in A.2 of either, with the key that follows.
    #[test]
    fn header_protection_is_that_of_the_rfcs() {
        let id = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];
        let vectors = [
            (1, "d1b1c98dd7689fb8ec11d242b123dc9b", "437b9aec36"),
            (VERSION_2, "ffe67b6abcdb4298b485dd04de806071", "94a0c95e80"),
        ];
        for (version, sample, mask) in vectors {
            let keys = InitialKeys::of_client(version, &id).unwrap();
            let mut block: [u8; SAMPLE] = hex::decode(sample).unwrap().try_into().unwrap();
            keys.header.encrypt_block((&mut block).into());
            assert_eq!(hex::encode(&block[..5]), mask);
        }
        assert!(InitialKeys::of_client(0xff00_0016, &id).is_none());
    }

    /// RFC 9000 appendix A.1.
    #[test]
    fn numbers_are_those_of_the_rfc() {
        for (bytes, number) in [
            ("c2197c5eff14e88c", 151_288_809_941_952_652),
            ("9d7f3e7d", 494_878_333),
            ("7bbd", 15_293),
            ("25", 37),
            ("4025", 37),
        ] {
            let bytes = hex::decode(bytes).unwrap();
            assert_eq!(varint(&mut Cursor::new(&bytes)), Some(number));
            for len in 0..bytes.len() {
                assert_eq!(varint(&mut Cursor::new(&bytes[..len])), None);
            }
        }
    }

    #[test]
    fn packets_that_share_a_datagram_are_told_apart() {
        // A Handshake packet of three bytes, an Initial one with a token of two and of one byte, and one with a short header.
        let handshake = [0xe0, 0, 0, 0, 1, 1, 7, 0, 3, 1, 2, 3];
        let initial = [0xc0, 0, 0, 0, 1, 2, 8, 9, 1, 5, 2, 0xaa, 0xbb, 1, 4];
        let datagram = [&handshake[..], &initial, &[0x40, 1, 2]].concat();
        let (none, behind) = next(&datagram).unwrap();
        assert_eq!(none, None);
        let (some, behind) = next(behind).unwrap();
        let some = some.unwrap();
        assert_eq!((some.version, some.destination, some.source, some.number_at), (1, &[8, 9][..], &[5][..], 14));
        assert_eq!(some.bytes, initial);
        assert_eq!(next(behind), None);
        // The same types have other numbers in version 2; a Retry, and Version Negotiation, have nothing behind them.
        let with = |first: u8, version: u32| {
            let mut packet = initial;
            packet[0] = first;
            packet[1..5].copy_from_slice(&version.to_be_bytes());
            next(&packet).map(|(initial, _)| initial.is_some())
        };
        assert_eq!(
            [with(0xd0, VERSION_2), with(0xc0, VERSION_2), with(0xf0, 1), with(0xc0, 0)],
            [Some(true), None, None, None]
        );
        for len in 0..initial.len() {
            assert_eq!(next(&initial[..len]), None, "{len}");
        }
    }
}
