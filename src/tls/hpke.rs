//! Hybrid public key encryption (RFC 9180), as far as Encrypted Client Hello needs it: opening with a shared secret that is known.
//!
//! In: the shared secret of the KEM, the numbers of the algorithms, and what was sealed. Out: the plaintext, or nothing where the tag
//! does not fit or an algorithm is not known. Only the base mode, which has no key of its own, and only the first message.

use hkdf::{GenericHkdf, HmacImpl};
use hmac::Hmac;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::cipher::Aead;
use super::keylog::Secret;
use super::schedule::Keys;
use super::suite::Cipher;

/// Algorithms, by their numbers in IANA's registry of HPKE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Algorithms {
    /// Key encapsulation.
    pub kem: u16,
    /// Key derivation.
    pub kdf: u16,
    /// Encryption.
    pub aead: u16,
}

impl Algorithms {
    /// Opens the first message of a context (RFC 9180 section 5.2). `info` is what both sides knew before, `data` what is authenticated
    /// with the message.
    #[must_use]
    pub fn open(self, shared: &Secret, info: &[u8], data: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let cipher = match self.aead {
            1 => Cipher::Aes128Gcm,
            2 => Cipher::Aes256Gcm,
            3 => Cipher::ChaCha20Poly1305,
            _ => return None,
        };
        let keys = match self.kdf {
            1 => self.keys::<Hmac<Sha256>>(shared, info, cipher),
            2 => self.keys::<Hmac<Sha384>>(shared, info, cipher),
            3 => self.keys::<Hmac<Sha512>>(shared, info, cipher),
            _ => return None,
        }?;
        let mut content = sealed.to_vec();
        let range = Aead::new(cipher, &keys)?.open(0, data, &mut content)?;
        content.truncate(range.end);
        Some(content)
    }

    /// RFC 9180 section 5.1, `KeySchedule` of the base mode.
    fn keys<H: HmacImpl>(self, shared: &Secret, info: &[u8], cipher: Cipher) -> Option<Keys> {
        let extract = |salt: &[u8], label: &[u8], material: &[u8]| {
            let labeled = Zeroizing::new([b"HPKE-v1", self.suite().as_slice(), label, material].concat());
            GenericHkdf::<H>::extract(Some(salt), &labeled)
        };
        let mut context = vec![0];
        context.extend_from_slice(&extract(&[], b"psk_id_hash", &[]).0);
        context.extend_from_slice(&extract(&[], b"info_hash", info).0);
        let (_, secret) = extract(shared.bytes(), b"secret", &[]);
        let expand = |label: &[u8], len: usize| {
            let length = u16::try_from(len).ok()?.to_be_bytes();
            let labeled = [length.as_slice(), b"HPKE-v1", self.suite().as_slice(), label, &context].concat();
            let mut out = Zeroizing::new(vec![0; len]);
            secret.expand(&labeled, &mut out).ok()?;
            Some(out)
        };
        Some(Keys { key: expand(b"key", cipher.key_len())?, iv: expand(b"base_nonce", 12)?, mac: Zeroizing::default() })
    }

    fn suite(self) -> [u8; 10] {
        let [a, b] = self.kem.to_be_bytes();
        let [c, d] = self.kdf.to_be_bytes();
        let [e, f] = self.aead.to_be_bytes();
        [b'H', b'P', b'K', b'E', a, b, c, d, e, f]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex).unwrap()
    }

    /// The first encryption in base mode of RFC 9180 appendices A.1, A.2, A.4 and A.6: all of the same text.
    #[test]
    fn the_vectors_of_rfc_9180_open() {
        let vectors = [
            (
                Algorithms { kem: 0x20, kdf: 1, aead: 1 },
                "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc",
                "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
            ),
            (
                Algorithms { kem: 0x20, kdf: 1, aead: 3 },
                "0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7",
                "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
            ),
            (
                Algorithms { kem: 0x10, kdf: 3, aead: 1 },
                "02f584736390fc93f5b4ad039826a3fa08e9911bd1215a3db8e8791ba533cafd",
                "d3cf4984931484a080f74c1bb2a6782700dc1fef9abe8442e44a6f09044c88907200b332003543754eb51917ba",
            ),
            (
                Algorithms { kem: 0x12, kdf: 3, aead: 2 },
                "776ab421302f6eff7d7cb5cb1adaea0cd50872c71c2d63c30c4f1d5e43653336fef33b103c67e7a98add2d3b66e2fda95b5b2a667aa9dac7e59cc1d46d30e818",
                "170f8beddfe949b75ef9c387e201baf4132fa7374593dfafa90768788b7b2b200aafcc6d80ea4c795a7c5b841a",
            ),
        ];
        for (algorithms, shared, sealed) in vectors {
            let shared = Secret::from(bytes(shared));
            let open = |data: &[u8]| algorithms.open(&shared, b"Ode on a Grecian Urn", data, &bytes(sealed));
            assert_eq!(open(b"Count-0").unwrap(), b"Beauty is truth, truth beauty", "{algorithms:?}");
            assert_eq!(open(b"Count-1"), None);
        }
    }

    #[test]
    fn what_is_not_known_or_too_short_does_not_open() {
        let shared = Secret::from(vec![1; 32]);
        for (kdf, aead) in [(0, 1), (4, 1), (1, 0), (1, 0xffff), (1, 1)] {
            assert_eq!(Algorithms { kem: 0x20, kdf, aead }.open(&shared, b"", b"", b"short"), None);
        }
    }
}
