//! A glance at the first bytes of a record of TLS 1.3, without its tag: whether keys can be those of it at all.
//!
//! In: keys, and a record's sealed bytes. Out: the first bytes that they would open, where the cipher is one whose stream can be
//! begun alone: AES in GCM (NIST SP 800-38D) and CCM (NIST SP 800-38C), ChaCha20 (RFC 8439). It costs a tenth of opening; what looks
//! right has to be opened all the same, for nothing here is authenticated.

use aes::{Aes128, Aes256};
use chacha20::cipher::{KeyIvInit as _, StreamCipher as _, StreamCipherSeek as _};
use cipher::{BlockCipherEncrypt, KeyInit};

use crate::tls::schedule::Keys;
use crate::tls::suite::Cipher;

/// The first bytes of the record that has number 0 under these keys; nothing where that cannot be told so.
#[must_use]
pub fn first_bytes<const N: usize>(cipher: Cipher, keys: &Keys, content: &[u8]) -> Option<[u8; N]> {
    let sealed: &[u8; N] = content.first_chunk()?;
    let nonce: &[u8; 12] = keys.iv.first_chunk()?;
    let mut block = [0; 16];
    match cipher {
        Cipher::Aes128Gcm | Cipher::Aes256Gcm => block = counter(None, nonce, 2),
        // Three bytes of length: its number, less one.
        Cipher::Aes128Ccm | Cipher::Aes256Ccm | Cipher::Aes128Ccm8 | Cipher::Aes256Ccm8 => {
            block = counter(Some(2), nonce, 1);
        }
        Cipher::ChaCha20Poly1305 => {
            let mut stream = chacha20::ChaCha20::new_from_slices(&keys.key, nonce).ok()?;
            // Block 0 is the key of the tag.
            stream.try_seek(64u64).ok()?;
            stream.try_apply_keystream(&mut block).ok()?;
        }
        _ => return None,
    }
    match cipher {
        Cipher::ChaCha20Poly1305 => {}
        _ if keys.key.len() == 16 => encrypt::<Aes128>(&keys.key, &mut block)?,
        _ => encrypt::<Aes256>(&keys.key, &mut block)?,
    }
    let mut bytes = *sealed;
    bytes.iter_mut().zip(block).for_each(|(byte, key)| *byte ^= key);
    Some(bytes)
}

/// The block that is encrypted for the first bytes.
fn counter(flags: Option<u8>, nonce: &[u8; 12], number: u8) -> [u8; 16] {
    let mut block = [0; 16];
    let rest = flags.iter().chain(nonce).copied();
    block.iter_mut().zip(rest).for_each(|(to, from)| *to = from);
    if let Some(last) = block.last_mut() {
        *last = number;
    }
    block
}

fn encrypt<C: BlockCipherEncrypt + KeyInit>(key: &[u8], block: &mut [u8; 16]) -> Option<()> {
    let cipher = C::new_from_slice(key).ok()?;
    let mut whole = cipher::Block::<C>::try_from(block.as_slice()).ok()?;
    cipher.encrypt_block(&mut whole);
    block.copy_from_slice(&whole);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::cipher::{Opener, Sealed};
    use crate::tls::suite::SuiteId;
    use aead::{AeadInOut, Nonce};
    use zeroize::Zeroizing;

    fn sealed_by<C: AeadInOut + aead::KeyInit>(keys: &Keys, header: &[u8]) -> Vec<u8> {
        let mut content = b"\x08\0\0\x02\0\0\x16".to_vec();
        let nonce = Nonce::<C>::try_from(keys.iv.as_slice()).unwrap();
        let cipher = C::new_from_slice(&keys.key).unwrap();
        let tag = cipher.encrypt_inout_detached(&nonce, header, content.as_mut_slice().into()).unwrap();
        content.extend_from_slice(&tag);
        content
    }

    /// What the ciphers of RustCrypto seal.
    #[test]
    fn every_suite_of_tls_13_shows_its_first_bytes() {
        use ccm::consts::{U8, U12, U16};
        for number in 0x1301..=0x1305 {
            let suite = SuiteId(number).suite().unwrap();
            let key = Zeroizing::new((0..).take(suite.cipher.key_len()).collect::<Vec<u8>>());
            let keys = Keys { key, iv: Zeroizing::new(vec![9; 12]), ..Keys::default() };
            let len = u8::try_from(7 + suite.cipher.tag_len()).unwrap();
            let header = [23, 3, 3, 0, len];
            let content = match number {
                0x1301 => sealed_by::<aes_gcm::Aes128Gcm>(&keys, &header),
                0x1302 => sealed_by::<aes_gcm::Aes256Gcm>(&keys, &header),
                0x1303 => sealed_by::<chacha20poly1305::ChaCha20Poly1305>(&keys, &header),
                0x1304 => sealed_by::<ccm::Ccm<Aes128, U16, U12>>(&keys, &header),
                _ => sealed_by::<ccm::Ccm<Aes128, U8, U12>>(&keys, &header),
            };
            assert_eq!(first_bytes(suite.cipher, &keys, &content), Some(*b"\x08\0\0\x02"), "{number:x}");
            let opener = Opener::tls13(&suite, &keys).unwrap();
            let sealed = Sealed { sequence: 0, content_type: 23, version: [3, 3], vector: None };
            assert!(opener.open(sealed, &mut content.clone()).is_some(), "{number:x}");
        }
    }

    #[test]
    fn what_is_too_short_or_has_no_such_stream_shows_nothing() {
        let keys = Keys { key: Zeroizing::new(vec![1; 16]), iv: Zeroizing::new(vec![9; 12]), ..Keys::default() };
        assert_eq!(first_bytes::<4>(Cipher::Aes128Gcm, &keys, &[1, 2, 3]), None);
        assert_eq!(first_bytes::<4>(Cipher::Aria128Gcm, &keys, &[1; 40]), None);
        assert_eq!(first_bytes::<4>(Cipher::Aes256Gcm, &Keys { iv: Zeroizing::default(), ..keys }, &[1; 40]), None);
    }
}
