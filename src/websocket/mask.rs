//! Masking and unmasking (RFC 6455 section 5.3).
//!
//! In: payload bytes of one frame, its key, and where in the frame's payload the bytes stand. Out: the same number of
//! bytes, each XORed with its octet of the key: byte `i` of the payload with octet `i mod 4`. Masking and unmasking
//! are the same operation. Any bytes are valid input.

/// Bytes handled at a time: a few vector registers, so that the compiler can use them.
const BLOCK: usize = 64;

/// Unmasks (or masks) `bytes` in place.
///
/// `offset` is the position of `bytes[0]` in the frame's payload, so that a payload may come in pieces.
///
/// ```
/// use sockeye::websocket::mask::unmask;
/// // A frame of a 2011 lab: 81 85 cb 6e 9f 8e 83 0b f3 e2 a4
/// let mut payload = [0x83, 0x0b, 0xf3, 0xe2, 0xa4];
/// unmask(&mut payload, [0xcb, 0x6e, 0x9f, 0x8e], 0);
/// assert_eq!(&payload, b"Hello");
/// ```
pub fn unmask(bytes: &mut [u8], key: [u8; 4], offset: u64) {
    let key = rotate(key, offset);
    let wide = widen(key);
    let (blocks, tail) = bytes.as_chunks_mut::<BLOCK>();
    for block in blocks {
        xor_block(block, &wide);
    }
    // A block is a multiple of four bytes long, so the tail starts at the same octet of the key.
    for (byte, octet) in tail.iter_mut().zip(wide) {
        *byte ^= octet;
    }
}

/// Appends the unmasked bytes of `masked` to `out`, reading and writing each byte once.
///
/// `offset` is the position of `masked[0]` in the frame's payload.
pub fn unmask_into(masked: &[u8], key: [u8; 4], offset: u64, out: &mut Vec<u8>) {
    let wide = widen(rotate(key, offset));
    // The bytes are here already: no length off the wire is reserved.
    out.reserve(masked.len());
    let (blocks, tail) = masked.as_chunks::<BLOCK>();
    for block in blocks {
        let mut block = *block;
        xor_block(&mut block, &wide);
        out.extend_from_slice(&block);
    }
    out.extend(tail.iter().zip(wide).map(|(byte, octet)| byte ^ octet));
}

/// The key as seen by a byte at `offset`: its first octet is the one that byte is XORed with.
fn rotate(key: [u8; 4], offset: u64) -> [u8; 4] {
    let mut key = key;
    match offset % 4 {
        0 => {}
        1 => key.rotate_left(1),
        2 => key.rotate_left(2),
        _ => key.rotate_left(3),
    }
    key
}

/// The key repeated over a whole block.
fn widen(key: [u8; 4]) -> [u8; BLOCK] {
    let mut wide = [0; BLOCK];
    let (quads, _) = wide.as_chunks_mut::<4>();
    quads.fill(key);
    wide
}

#[inline]
fn xor_block(block: &mut [u8; BLOCK], wide: &[u8; BLOCK]) {
    for (byte, octet) in block.iter_mut().zip(wide) {
        *byte ^= octet;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 6455 section 5.3, letter by letter.
    fn naive(bytes: &[u8], key: [u8; 4], offset: u64) -> Vec<u8> {
        bytes
            .iter()
            .enumerate()
            .map(|(i, byte)| byte ^ key[usize::try_from((u128::from(offset) + i as u128) % 4).unwrap()])
            .collect()
    }

    #[test]
    fn rfc_6455_5_7_single_masked_text() {
        // 0x81 0x85 0x37 0xfa 0x21 0x3d 0x7f 0x9f 0x4d 0x51 0x58 contains "Hello".
        let mut payload = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
        unmask(&mut payload, [0x37, 0xfa, 0x21, 0x3d], 0);
        assert_eq!(&payload, b"Hello");
    }

    #[test]
    fn rfc_6455_5_7_masked_pong() {
        // 0x8a 0x85 0x37 0xfa 0x21 0x3d 0x7f 0x9f 0x4d 0x51 0x58: the pong to the ping with body "Hello".
        let mut out = b"kept ".to_vec();
        unmask_into(&[0x7f, 0x9f, 0x4d, 0x51, 0x58], [0x37, 0xfa, 0x21, 0x3d], 0, &mut out);
        assert_eq!(out, b"kept Hello");
    }

    #[test]
    fn a_key_of_zero_changes_nothing() {
        let mut payload = *b"as it is";
        unmask(&mut payload, [0; 4], 3);
        assert_eq!(&payload, b"as it is");
    }

    #[test]
    fn every_short_length_and_offset_is_as_the_naive_one() {
        let bytes: Vec<u8> = (0..200).map(|i: u32| (i * 37 % 251) as u8).collect();
        for length in 0..bytes.len() {
            for offset in [0, 1, 2, 3, 4, 5, u64::from(u32::MAX), u64::from(u32::MAX) + 2, u64::MAX] {
                let mut got = bytes[..length].to_vec();
                unmask(&mut got, [1, 2, 4, 8], offset);
                assert_eq!(got, naive(&bytes[..length], [1, 2, 4, 8], offset), "length {length} offset {offset}");
            }
        }
    }

    proptest! {
        #[test]
        fn is_as_the_naive_one(
            bytes in prop::collection::vec(any::<u8>(), 0..700),
            lead in 0usize..9,
            key: [u8; 4],
            offset: u64,
        ) {
            // Any alignment in memory: leave out the first few bytes.
            let lead = lead.min(bytes.len());
            let want = naive(&bytes[lead..], key, offset);
            let mut in_place = bytes.clone();
            unmask(&mut in_place[lead..], key, offset);
            prop_assert_eq!(&in_place[..lead], &bytes[..lead]);
            prop_assert_eq!(&in_place[lead..], &want[..]);
            let mut appended = b"x".to_vec();
            unmask_into(&bytes[lead..], key, offset, &mut appended);
            prop_assert_eq!(&appended[1..], &want[..]);
        }

        #[test]
        fn pieces_are_as_the_whole(
            bytes in prop::collection::vec(any::<u8>(), 0..700),
            cut: prop::sample::Index,
            key: [u8; 4],
            offset in 0..(1u64 << 40),
        ) {
            let cut = cut.index(bytes.len() + 1);
            let mut whole = bytes.clone();
            unmask(&mut whole, key, offset);
            let mut pieces = bytes;
            let (front, back) = pieces.split_at_mut(cut);
            unmask(front, key, offset);
            unmask(back, key, offset + cut as u64);
            prop_assert_eq!(pieces, whole);
        }
    }
}
