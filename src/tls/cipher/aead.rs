//! AEAD ciphers: where the processor has what it wants, `graviola`; else, and for what that lacks, RustCrypto.

use ::aead::{AeadInOut, KeyInit, Nonce, Tag};
use aes::{Aes128, Aes256};
use aes_gcm::AesGcm;
use aria::{Aria128, Aria256};
use camellia::{Camellia128, Camellia256};
use ccm::Ccm;
use ccm::consts::{U8, U12, U16};
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;
use zeroize::Zeroizing;

use super::Sealed;
use crate::tls::schedule::Keys;
use crate::tls::suite::Cipher;

/// Bytes of every nonce (RFC 8446 section 5.3).
const NONCE: usize = 12;

/// Bytes of the nonce that a record of TLS 1.2 carries (RFC 5288 section 3).
pub(super) const EXPLICIT: usize = 8;

/// What `graviola` asserts when it starts: asked before, so that it never does.
static GRAVIOLA: LazyLock<bool> = LazyLock::new(graviola_runs);

#[cfg(target_arch = "x86_64")]
fn graviola_runs() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("adx")
        && has!("aes")
        && has!("avx")
        && has!("avx2")
        && has!("bmi1")
        && has!("bmi2")
        && has!("pclmulqdq")
        && has!("ssse3")
}

#[cfg(target_arch = "aarch64")]
fn graviola_runs() -> bool {
    use std::arch::is_aarch64_feature_detected as has;
    has!("neon") && has!("aes") && has!("pmull") && has!("sha2")
}

/// A cipher with its key and the fixed part of its nonce.
pub struct Aead {
    key: Key,
    iv: Zeroizing<[u8; NONCE]>,
    cipher: Cipher,
}

enum Key {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    GraviolaAesGcm(Box<graviola::aead::AesGcm>),
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    GraviolaChaCha(Box<graviola::aead::ChaCha20Poly1305>),
    Aes128Gcm(Box<AesGcm<Aes128, U12>>),
    Aes256Gcm(Box<AesGcm<Aes256, U12>>),
    ChaCha(Box<chacha20poly1305::ChaCha20Poly1305>),
    Aes128Ccm(Box<Ccm<Aes128, U16, U12>>),
    Aes256Ccm(Box<Ccm<Aes256, U16, U12>>),
    Aes128Ccm8(Box<Ccm<Aes128, U8, U12>>),
    Aes256Ccm8(Box<Ccm<Aes256, U8, U12>>),
    Aria128Gcm(Box<AesGcm<Aria128, U12>>),
    Aria256Gcm(Box<AesGcm<Aria256, U12>>),
    Camellia128Gcm(Box<AesGcm<Camellia128, U12>>),
    Camellia256Gcm(Box<AesGcm<Camellia256, U12>>),
}

impl fmt::Debug for Aead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aead({:?})", self.cipher)
    }
}

fn boxed<C: KeyInit>(key: &[u8]) -> Option<Box<C>> {
    C::new_from_slice(key).ok().map(Box::new)
}

impl Key {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    fn graviola(cipher: Cipher, key: &[u8]) -> Option<Key> {
        match cipher {
            Cipher::Aes128Gcm | Cipher::Aes256Gcm => {
                Some(Key::GraviolaAesGcm(Box::new(graviola::aead::AesGcm::new(key))))
            }
            Cipher::ChaCha20Poly1305 => {
                let key = key.first_chunk::<32>()?;
                Some(Key::GraviolaChaCha(Box::new(graviola::aead::ChaCha20Poly1305::new(*key))))
            }
            _ => None,
        }
    }

    fn new(cipher: Cipher, key: &[u8]) -> Option<Key> {
        if key.len() != cipher.key_len() {
            return None;
        }
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        if *GRAVIOLA && let Some(key) = Key::graviola(cipher, key) {
            return Some(key);
        }
        Key::rust_crypto(cipher, key)
    }

    fn rust_crypto(cipher: Cipher, key: &[u8]) -> Option<Key> {
        match cipher {
            Cipher::Aes128Gcm => boxed(key).map(Key::Aes128Gcm),
            Cipher::Aes256Gcm => boxed(key).map(Key::Aes256Gcm),
            Cipher::ChaCha20Poly1305 => boxed(key).map(Key::ChaCha),
            Cipher::Aes128Ccm => boxed(key).map(Key::Aes128Ccm),
            Cipher::Aes256Ccm => boxed(key).map(Key::Aes256Ccm),
            Cipher::Aes128Ccm8 => boxed(key).map(Key::Aes128Ccm8),
            Cipher::Aes256Ccm8 => boxed(key).map(Key::Aes256Ccm8),
            Cipher::Aria128Gcm => boxed(key).map(Key::Aria128Gcm),
            Cipher::Aria256Gcm => boxed(key).map(Key::Aria256Gcm),
            Cipher::Camellia128Gcm => boxed(key).map(Key::Camellia128Gcm),
            Cipher::Camellia256Gcm => boxed(key).map(Key::Camellia256Gcm),
            _ => None,
        }
    }

    fn open(&self, nonce: &[u8; NONCE], data: &[u8], content: &mut [u8], tag: &[u8]) -> bool {
        match self {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Key::GraviolaAesGcm(key) => key.decrypt(nonce, data, content, tag).is_ok(),
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Key::GraviolaChaCha(key) => key.decrypt(nonce, data, content, tag).is_ok(),
            Key::Aes128Gcm(key) => decrypt(&**key, nonce, data, content, tag),
            Key::Aes256Gcm(key) => decrypt(&**key, nonce, data, content, tag),
            Key::ChaCha(key) => decrypt(&**key, nonce, data, content, tag),
            Key::Aes128Ccm(key) => decrypt(&**key, nonce, data, content, tag),
            Key::Aes256Ccm(key) => decrypt(&**key, nonce, data, content, tag),
            Key::Aes128Ccm8(key) => decrypt(&**key, nonce, data, content, tag),
            Key::Aes256Ccm8(key) => decrypt(&**key, nonce, data, content, tag),
            Key::Aria128Gcm(key) => decrypt(&**key, nonce, data, content, tag),
            Key::Aria256Gcm(key) => decrypt(&**key, nonce, data, content, tag),
            Key::Camellia128Gcm(key) => decrypt(&**key, nonce, data, content, tag),
            Key::Camellia256Gcm(key) => decrypt(&**key, nonce, data, content, tag),
        }
    }
}

fn decrypt<C: AeadInOut>(cipher: &C, nonce: &[u8; NONCE], data: &[u8], content: &mut [u8], tag: &[u8]) -> bool {
    let (Ok(nonce), Ok(tag)) = (Nonce::<C>::try_from(nonce.as_slice()), Tag::<C>::try_from(tag)) else { return false };
    cipher.decrypt_inout_detached(&nonce, data, content.into(), &tag).is_ok()
}

impl Aead {
    /// Nothing where the keys do not fit the cipher.
    #[must_use]
    pub fn new(cipher: Cipher, keys: &Keys) -> Option<Aead> {
        let mut iv = Zeroizing::new([0; NONCE]);
        iv.get_mut(..keys.iv.len())?.copy_from_slice(&keys.iv);
        Some(Aead { key: Key::new(cipher, &keys.key)?, iv, cipher })
    }

    /// RFC 8446 section 5.2.
    pub(super) fn open13(&self, sealed: Sealed, content: &mut [u8]) -> Option<Range<usize>> {
        let [high, low] = u16::try_from(content.len()).ok()?.to_be_bytes();
        let data = [sealed.content_type, sealed.version[0], sealed.version[1], high, low];
        self.open(sealed.sequence, &data, content)
    }

    /// Opens what has this number in place: the range of the plaintext. `data` is authenticated with it; the tag stands at the end.
    pub fn open(&self, number: u64, data: &[u8], content: &mut [u8]) -> Option<Range<usize>> {
        let len = content.len().checked_sub(self.cipher.tag_len())?;
        let (content, tag) = content.split_at_mut_checked(len)?;
        self.key.open(&self.counted(number), data, content, tag).then_some(0..len)
    }

    /// RFC 5246 section 6.2.3.3.
    pub(super) fn open12(&self, sealed: Sealed, content: &mut [u8]) -> Option<Range<usize>> {
        let carries_nonce = self.cipher != Cipher::ChaCha20Poly1305;
        let start = if carries_nonce { EXPLICIT } else { 0 };
        let (explicit, rest) = content.split_at_mut_checked(start)?;
        let nonce = if carries_nonce { self.carried(explicit)? } else { self.counted(sealed.sequence) };
        let len = rest.len().checked_sub(self.cipher.tag_len())?;
        let mut data = [0; 13];
        data.first_chunk_mut::<8>()?.copy_from_slice(&sealed.sequence.to_be_bytes());
        let [high, low] = u16::try_from(len).ok()?.to_be_bytes();
        data.last_chunk_mut::<5>()?.copy_from_slice(&[
            sealed.content_type,
            sealed.version[0],
            sealed.version[1],
            high,
            low,
        ]);
        let (content, tag) = rest.split_at_mut_checked(len)?;
        self.key.open(&nonce, &data, content, tag).then_some(start..start + len)
    }

    /// The fixed part, and the number added to its end by exclusive or (RFC 8446 section 5.3, RFC 7905 section 2).
    fn counted(&self, sequence: u64) -> [u8; NONCE] {
        let mut nonce = *self.iv;
        nonce.iter_mut().skip(NONCE - 8).zip(sequence.to_be_bytes()).for_each(|(to, from)| *to ^= from);
        nonce
    }

    /// The fixed part, and what the record says behind it.
    fn carried(&self, explicit: &[u8]) -> Option<[u8; NONCE]> {
        let mut nonce = *self.iv;
        nonce.last_chunk_mut::<EXPLICIT>()?.copy_from_slice(explicit);
        Some(nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex).unwrap()
    }

    fn opened(key: &Key, nonce: &str, data: &str, sealed: &str, tag: &str) -> Option<Vec<u8>> {
        let mut content = bytes(sealed);
        let nonce: [u8; NONCE] = bytes(nonce).try_into().unwrap();
        key.open(&nonce, &bytes(data), &mut content, &bytes(tag)).then_some(content)
    }

    /// Both ways to a cipher.
    fn both(cipher: Cipher, key: &str) -> Vec<Key> {
        [Key::new(cipher, &bytes(key)), Key::rust_crypto(cipher, &bytes(key))].into_iter().map(Option::unwrap).collect()
    }

    /// Test cases 4 and 16 of "The Galois/Counter Mode of Operation" (McGrew and Viega).
    #[test]
    fn aes_gcm_opens_the_vectors_of_its_authors() {
        let data = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
        let plain = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
        for key in both(Cipher::Aes128Gcm, "feffe9928665731c6d6a8f9467308308") {
            let sealed = "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091";
            let tag = "5bc94fbc3221a5db94fae95ae7121a47";
            assert_eq!(opened(&key, "cafebabefacedbaddecaf888", data, sealed, tag), Some(bytes(plain)));
            assert_eq!(opened(&key, "cafebabefacedbaddecaf889", data, sealed, tag), None);
        }
        for key in both(Cipher::Aes256Gcm, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308") {
            let sealed = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";
            let tag = "76fc6ece0f4e1768cddf8853bb2d551b";
            assert_eq!(opened(&key, "cafebabefacedbaddecaf888", data, sealed, tag), Some(bytes(plain)));
        }
    }

    /// RFC 8439 section 2.8.2.
    #[test]
    fn chacha20_poly1305_opens_the_vector_of_its_rfc() {
        let key = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
        for key in both(Cipher::ChaCha20Poly1305, key) {
            let sealed = "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b6116";
            let plain = opened(
                &key,
                "070000004041424344454647",
                "50515253c0c1c2c3c4c5c6c7",
                sealed,
                "1ae10b594f09e26a7e902ecbd0600691",
            );
            assert!(plain.unwrap().starts_with(b"Ladies and Gentlemen of the class of '99"));
        }
    }

    /// NIST SP 800-38C example 3 has the nonce of 12 bytes that TLS uses, and a tag of 8.
    #[test]
    fn aes_ccm_opens_the_vector_of_nist() {
        let key = Key::new(Cipher::Aes128Ccm8, &bytes("404142434445464748494a4b4c4d4e4f")).unwrap();
        let plain = opened(
            &key,
            "101112131415161718191a1b",
            "000102030405060708090a0b0c0d0e0f10111213",
            "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5",
            "484392fbc1b09951",
        );
        assert_eq!(plain.unwrap(), (0x20..0x38).collect::<Vec<u8>>());
    }

    #[test]
    fn keys_that_do_not_fit_give_no_cipher() {
        let keys = Keys { key: Zeroizing::new(vec![0; 16]), iv: Zeroizing::new(vec![0; 12]), ..Keys::default() };
        assert!(Aead::new(Cipher::Aes128Gcm, &keys).is_some());
        assert!(Aead::new(Cipher::Aes256Gcm, &keys).is_none());
        let long = Keys { iv: Zeroizing::new(vec![0; 13]), ..keys };
        assert!(Aead::new(Cipher::Aes128Gcm, &long).is_none());
    }
}
