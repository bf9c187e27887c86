//! Frames of draft-ietf-hybi-thewebsocketprotocol-04, -05 and -06.
//!
//! In: the first bytes of a frame. Out: its [`Header`], opcodes translated into those of RFC 6455, and a [`Mask`] for its
//! payload. The header has the shape of today's, but the bit that is MASK today was reserved (RSV4), opcodes had other
//! numbers, and what a client sends has four bytes before it: in -05 and -06 the key, in -04 a nonce that a key of 20
//! bytes is made from. The header is masked too. What a server sends is not masked. Nothing is judged here.

use sha1::{Digest as _, Sha1};

use super::framing::{Dialect, Framing};
use super::header::Header;
use super::hybi_opcode::shown_opcode;
use super::mask;
use crate::base::number::wide;
use crate::base::{Backlog, Direction, Incomplete};

/// What draft-hybi-04 has both sides put after the key and the nonce of their heads (the counterpart of the one that
/// Sec-WebSocket-Accept is made with).
const MASKING_GUID: &str = "61AC5F19-FBBA-4540-B96F-6561F1AB40A8";

/// Bytes of key or nonce before a client's frame.
const LEAD: u8 = 4;

/// The secret of a draft-hybi-04 connection, from `Sec-WebSocket-Key` and `Sec-WebSocket-Nonce` as they were sent.
#[must_use]
pub fn secret(key: &str, nonce: &str) -> [u8; 20] {
    Sha1::new().chain_update(key).chain_update(nonce).chain_update(MASKING_GUID).finalize().into()
}

/// What the bytes of one frame are XORed with, its header first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mask {
    octets: [u8; 20],
    /// Octets used: 0, 4 or 20.
    len: u8,
    /// Bytes of the masked header before the payload.
    header: u8,
}

impl Mask {
    /// Nothing is masked.
    pub const NONE: Mask = Mask { octets: [0; 20], len: 0, header: 0 };

    fn four(key: [u8; 4]) -> Mask {
        let mut octets = [0; 20];
        octets.iter_mut().zip(key).for_each(|(to, from)| *to = from);
        Mask { octets, len: 4, header: 0 }
    }

    /// The mask of a draft-hybi-04 frame that starts with `nonce`.
    #[must_use]
    pub fn of_nonce(nonce: [u8; 4], secret: &[u8; 20]) -> Mask {
        let octets = Sha1::new().chain_update(nonce).chain_update(secret).finalize().into();
        Mask { octets, len: 20, header: 0 }
    }

    /// The same mask, for a payload after a header of `len` bytes, the lead included.
    #[must_use]
    pub fn after_header(self, len: u8) -> Mask {
        Mask { header: len.saturating_sub(LEAD), ..self }
    }

    /// The octet for a byte of the frame, counted from the first masked one.
    fn octet(&self, at: u64) -> u8 {
        let place = at.checked_rem(u64::from(self.len)).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| self.octets.get(place)).copied().unwrap_or(0)
    }

    /// Unmasks payload bytes in place, the first of which is byte `offset` of the payload.
    pub fn apply(&self, payload: &mut [u8], offset: u64) {
        let start = offset.wrapping_add(u64::from(self.header));
        if let (4, Some(key)) = (self.len, self.octets.first_chunk::<4>()) {
            return mask::unmask(payload, *key, start);
        }
        for (at, byte) in (start..).zip(payload) {
            *byte ^= self.octet(at);
        }
    }
}

/// The head of a frame, as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// In the terms of RFC 6455.
    pub header: Header,
    /// Its bytes on the wire, those before it included.
    pub len: u8,
    /// The opcode on the wire.
    pub opcode: u8,
    /// The reserved bit where MASK is today.
    pub rsv4: bool,
    /// For the payload.
    pub mask: Mask,
}

/// How a direction reads its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hybi {
    /// Frames are masked: they are the client's.
    masked: bool,
    /// draft-hybi-04, with its secret.
    secret: Option<[u8; 20]>,
}

impl Hybi {
    /// For -05 and -06 without a secret, for -04 with one.
    #[must_use]
    pub fn new(masked: bool, secret: Option<[u8; 20]>) -> Hybi {
        Hybi { masked, secret }
    }

    /// How its frames stand on the wire.
    #[must_use]
    pub fn framing(&self) -> Framing {
        if self.secret.is_some() { Framing::NonceFirst } else { Framing::KeyFirst }
    }

    /// Reads the head at the start of `bytes`.
    ///
    /// # Errors
    /// The bytes end inside it.
    pub fn parse(&self, bytes: &[u8]) -> Result<Head, Incomplete> {
        let cut = |wanted| Incomplete { offset: 0, wanted, available: bytes.len() };
        let (lead, key, rest) = match bytes.split_first_chunk::<4>() {
            _ if !self.masked => (0, None, bytes),
            Some((key, rest)) => (LEAD, Some(*key), rest),
            None => return Err(cut(6)),
        };
        let mask = match (key, &self.secret) {
            (None, _) => Mask::NONE,
            (Some(key), None) => Mask::four(key),
            (Some(nonce), Some(secret)) => Mask::of_nonce(nonce, secret),
        };
        let mut plain = [0; Header::MAX_LEN];
        let have = rest.len().min(10);
        for (place, byte) in plain.iter_mut().zip(rest.iter().take(have)) {
            *place = *byte;
        }
        let clear = plain.get_mut(..have).unwrap_or_default();
        mask.apply(clear, 0);
        let rsv4 = clear.get(1).is_some_and(|byte| byte & 0x80 != 0);
        if let Some(second) = clear.get_mut(1) {
            *second &= 0x7f;
        }
        let parsed = Header::parse(clear)
            .map_err(|missing| Incomplete { offset: missing.offset + usize::from(lead), ..missing })?;
        let opcode = clear.first().map_or(0, |first| first & 0x0f);
        let len = lead + parsed.wire_len();
        let header = Header { opcode: shown_opcode(opcode), masking_key: key, ..parsed };
        Ok(Head { header, len, opcode, rsv4, mask: mask.after_header(len) })
    }

    /// The first place in what is held at which a frame can start: a chunk's first byte, from which frame after frame
    /// holds and one ends where a chunk ends.
    fn find(&self, held: &Backlog) -> Option<u64> {
        held.chunks().map(|(start, _)| start).find(|start| self.holds(held, *start))
    }

    fn holds(&self, held: &Backlog, start: u64) -> bool {
        let mut at = start;
        // A segment of many small frames has fewer.
        for _ in 0..256 {
            let (bytes, have) = first_bytes(held, at);
            let Ok(head) = self.parse(bytes.get(..have).unwrap_or_default()) else { return false };
            let header = head.header;
            let control = header.opcode.is_control() && (!header.fin || header.length > 125);
            if head.rsv4 || header.rsv != 0 || head.opcode > 5 || control || header.length > 1 << 32 {
                return false;
            }
            at = at.saturating_add(u64::from(head.len)).saturating_add(header.length);
            if held.is_boundary(at) {
                return true;
            }
        }
        false
    }
}

/// A direction of such a connection, with the frame under way.
#[derive(Debug)]
pub(super) struct Early {
    /// `None` where what masks the frames is not known: none can be found then.
    hybi: Option<Hybi>,
    /// Of the frame under way.
    mask: Mask,
}

impl Early {
    /// For a direction of these drafts; `None` for the dialects that are none of them.
    pub(super) fn of(dialect: Dialect, direction: Direction) -> Option<Early> {
        let masked = direction == Direction::Client;
        let hybi = match dialect {
            Dialect::KeyFirst => Some(Hybi::new(masked, None)),
            Dialect::NonceFirst(Some(secret)) => Some(Hybi::new(masked, Some(secret))),
            Dialect::NonceFirst(None) if masked => None,
            Dialect::NonceFirst(None) => Some(Hybi::new(masked, None)),
            Dialect::Rfc6455 | Dialect::Hixie { .. } => return None,
        };
        Some(Early { hybi, mask: Mask::NONE })
    }

    /// What masks its frames is not known.
    pub(super) fn is_unreadable(&self) -> bool {
        self.hybi.is_none()
    }

    /// Reads the head of the next frame, where all of it is there.
    pub(super) fn parse(&mut self, bytes: &[u8]) -> Option<Head> {
        let head = self.hybi?.parse(bytes).ok()?;
        self.mask = head.mask;
        Some(head)
    }

    /// Unmasks payload bytes of the frame under way, the first of which is byte `offset` of it.
    pub(super) fn unmask(&self, payload: &mut [u8], offset: u64) {
        self.mask.apply(payload, offset);
    }

    pub(super) fn framing(&self) -> Framing {
        self.hybi.map_or(Framing::NonceFirst, |hybi| hybi.framing())
    }

    pub(super) fn find(&self, held: &Backlog) -> Option<u64> {
        self.hybi.and_then(|hybi| hybi.find(held))
    }
}

/// Up to a head's bytes from `offset` on, over chunks that follow each other.
fn first_bytes(held: &Backlog, offset: u64) -> ([u8; Header::MAX_LEN], usize) {
    let mut bytes = [0; Header::MAX_LEN];
    let mut have = 0;
    while have < Header::MAX_LEN {
        let next = held.at(offset.saturating_add(wide(have)));
        if next.is_empty() {
            break;
        }
        let place = bytes.get_mut(have..).unwrap_or_default();
        have += next.len().min(place.len());
        place.iter_mut().zip(next).for_each(|(place, byte)| *place = *byte);
    }
    (bytes, have)
}

crate::base::pack::pack_struct!(Mask { octets, len, header });
crate::base::pack::pack_struct!(Hybi { masked, secret });
crate::base::pack::pack_struct!(Early { hybi, mask });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::Opcode;

    /// What a client of draft-hybi-05 sends, by the sentence of the draft: octet i of the frame, header first, is XORed
    /// with octet i mod 4 of the key, and the key stands before it.
    fn masked(key: &[u8], lead: [u8; 4], clear: &[u8]) -> Vec<u8> {
        let body = clear.iter().enumerate().map(|(i, byte)| byte ^ key[i % key.len()]);
        lead.into_iter().chain(body).collect()
    }

    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    #[test]
    fn every_opcode_of_the_drafts_means_what_it_meant() {
        let client = Hybi::new(true, None);
        for (wire, shown) in [(0, "CONT"), (1, "CLOSE"), (2, "PING"), (3, "PONG"), (4, "TEXT"), (5, "BIN"), (6, "RSV6")]
        {
            let head = client.parse(&masked(&KEY, KEY, &[0x80 | wire, 5])).unwrap();
            assert_eq!((head.header.opcode.short_name(), head.header.length, head.len), (shown, 5, 6));
            assert_eq!((head.header.masking_key, head.opcode), (Some(KEY), wire));
            assert_eq!(Framing::KeyFirst.opcode_on_wire(head.header.opcode), Some(wire));
        }
        for wire in 8..=10 {
            let head = client.parse(&masked(&KEY, KEY, &[0x80 | wire, 0])).unwrap();
            assert_eq!((head.header.opcode, head.opcode), (Opcode::Reserved(3), wire));
        }
    }

    #[test]
    fn all_lengths_at_every_truncation_and_the_payload_goes_on_with_the_key() {
        for (client, lengths) in [(true, [0usize, 125, 126, 65_535, 65_536]), (false, [1, 125, 126, 65_535, 70_000])] {
            for length in lengths {
                let payload: Vec<u8> = (0..length).map(|i| (i * 7 % 251) as u8).collect();
                let mut clear = vec![0x84];
                match length {
                    0..=125 => clear.push(length as u8),
                    126..=65_535 => {
                        clear.push(126);
                        clear.extend((length as u16).to_be_bytes());
                    }
                    _ => {
                        clear.push(127);
                        clear.extend((length as u64).to_be_bytes());
                    }
                }
                let head_len = clear.len() + if client { 4 } else { 0 };
                clear.extend(&payload);
                let wire = if client { masked(&KEY, KEY, &clear) } else { clear };
                let hybi = Hybi::new(client, None);
                let head = hybi.parse(&wire).unwrap();
                assert_eq!((head.header.length, usize::from(head.len), head.rsv4), (length as u64, head_len, false));
                for cut in 0..head_len {
                    let missing = hybi.parse(&wire[..cut]).unwrap_err();
                    assert!(missing.offset + missing.wanted > cut || missing.wanted > cut);
                }
                // In any two pieces.
                let mut read = wire[head_len..].to_vec();
                let middle = read.len() / 3;
                head.mask.apply(&mut read[..middle], 0);
                head.mask.apply(&mut read[middle..], middle as u64);
                assert!(read == payload, "{length}");
                let first = Framing::KeyFirst.first_octet(head.len);
                if client && length > 0 {
                    assert_eq!(wire[head_len] ^ KEY[usize::from(first)], payload[0], "{length}");
                }
            }
        }
    }

    #[test]
    fn draft_04_makes_a_key_of_twenty_bytes_for_each_frame() {
        // The key and the nonce of the example in draft-hybi-04 section 1.2; the digests by another program (sha1sum).
        let secret = secret("dGhlIHNhbXBsZSBub25jZQ==", "AQIDBAUGBwgJCgsMDQ4PEC==");
        assert_eq!(hex::encode(secret), SECRET);
        let nonce = [1, 2, 3, 4];
        let mut key = [0; 20];
        hex::decode_to_slice(FRAME_KEY, &mut key).unwrap();
        let text = b"Hello, this is more than twenty bytes";
        let clear: Vec<u8> = [&[0x84, text.len() as u8], &text[..]].concat();
        let wire = masked(&key, nonce, &clear);
        let head = Hybi::new(true, Some(secret)).parse(&wire).unwrap();
        assert_eq!((head.header.opcode, head.header.length, head.len), (Opcode::Text, text.len() as u64, 6));
        assert_eq!(head.header.masking_key, Some(nonce));
        let mut payload = wire[6..].to_vec();
        head.mask.apply(&mut payload[..5], 0);
        head.mask.apply(&mut payload[5..], 5);
        assert_eq!(payload, text);
    }

    const SECRET: &str = "41e14f78311e4c34283e6d8b363b8848d58591a7";
    const FRAME_KEY: &str = "9e974c32841894b71bbd9096ff66401e5da65801";

    #[test]
    fn the_reserved_bit_beside_the_length_is_no_mask_bit() {
        let head = Hybi::new(false, None).parse(&[0x84, 0x85]).unwrap();
        assert_eq!((head.rsv4, head.header.length, head.header.masking_key, head.len), (true, 5, None, 2));
    }
}
