//! Block ciphers in CBC mode with a MAC beside them, and a MAC alone.
//!
//! MAC-then-encrypt (RFC 5246 section 6.2.3.2) and encrypt-then-MAC (RFC 7366); a vector with each record from TLS 1.1 on, the
//! last block of the record before in TLS 1.0 (RFC 2246 section 6.2.3.2). Nobody measures how long it takes to refuse a
//! record here: padding is checked plainly.

use ::cbc::Decryptor;
use aes::{Aes128, Aes256};
use aria::{Aria128, Aria256};
use camellia::{Camellia128, Camellia256};
use cipher::{Array, BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit};
use hmac::Hmac;
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384};
use std::fmt;
use std::ops::Range;
use zeroize::Zeroizing;

use super::Sealed;
use crate::tls::schedule::Keys;
use crate::tls::suite::{Cipher, Mac};

/// Bytes of a block, of every cipher there is here.
const BLOCK: usize = 16;

/// What the first block of a record is changed by, where the record does not carry it.
pub type Vector = [u8; BLOCK];

/// A cipher with its keys.
pub struct Cbc {
    block: Option<Block>,
    mac: Mac,
    mac_key: Zeroizing<Vec<u8>>,
    /// The MAC is of what was encrypted.
    encrypt_then_mac: bool,
    /// TLS 1.0: the first record's vector.
    chained: Option<Vector>,
}

enum Block {
    Aes128(Box<Aes128>),
    Aes256(Box<Aes256>),
    Camellia128(Box<Camellia128>),
    Camellia256(Box<Camellia256>),
    Aria128(Box<Aria128>),
    Aria256(Box<Aria256>),
}

impl fmt::Debug for Cbc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cbc({:?})", self.mac)
    }
}

impl Block {
    fn new(cipher: Cipher, key: &[u8]) -> Option<Block> {
        fn boxed<C: KeyInit>(key: &[u8]) -> Option<Box<C>> {
            C::new_from_slice(key).ok().map(Box::new)
        }
        match cipher {
            Cipher::Aes128Cbc(_) => boxed(key).map(Block::Aes128),
            Cipher::Aes256Cbc(_) => boxed(key).map(Block::Aes256),
            Cipher::Camellia128Cbc(_) => boxed(key).map(Block::Camellia128),
            Cipher::Camellia256Cbc(_) => boxed(key).map(Block::Camellia256),
            Cipher::Aria128Cbc(_) => boxed(key).map(Block::Aria128),
            Cipher::Aria256Cbc(_) => boxed(key).map(Block::Aria256),
            _ => None,
        }
    }

    fn decrypt(&self, iv: &[u8; BLOCK], content: &mut [u8]) {
        match self {
            Block::Aes128(cipher) => decrypt(&**cipher, iv, content),
            Block::Aes256(cipher) => decrypt(&**cipher, iv, content),
            Block::Camellia128(cipher) => decrypt(&**cipher, iv, content),
            Block::Camellia256(cipher) => decrypt(&**cipher, iv, content),
            Block::Aria128(cipher) => decrypt(&**cipher, iv, content),
            Block::Aria256(cipher) => decrypt(&**cipher, iv, content),
        }
    }
}

fn decrypt<C: BlockCipherDecrypt>(cipher: &C, iv: &[u8; BLOCK], content: &mut [u8]) {
    let Ok(iv) = Array::try_from(iv.as_slice()) else { return };
    let mut mode = Decryptor::inner_iv_init(cipher, &iv);
    let (blocks, _) = Array::slice_as_chunks_mut(content);
    mode.decrypt_blocks(blocks);
}

impl Cbc {
    /// Nothing where the keys do not fit the cipher.
    pub(super) fn new(cipher: Cipher, version: u16, encrypt_then_mac: bool, keys: &Keys) -> Option<Cbc> {
        let mac = cipher.mac()?;
        if keys.mac.len() != mac.output_len() || keys.key.len() != cipher.key_len() {
            return None;
        }
        let block = if matches!(cipher, Cipher::Null(_)) { None } else { Some(Block::new(cipher, &keys.key)?) };
        let chained = match &block {
            Some(_) if version <= 0x0301 => Some(*keys.iv.first_chunk()?),
            _ => None,
        };
        Some(Cbc { block, mac, mac_key: keys.mac.clone(), encrypt_then_mac, chained })
    }

    /// The vector of the first record; nothing where records carry theirs.
    pub(super) fn first_vector(&self) -> Option<Vector> {
        self.chained
    }

    /// The vector of the record behind one with this content; nothing where records carry theirs.
    pub(super) fn vector_behind(&self, content: &[u8]) -> Option<Vector> {
        self.chained?;
        let mac = if self.encrypt_then_mac { self.mac.output_len() } else { 0 };
        content.get(..content.len().checked_sub(mac)?)?.last_chunk().copied()
    }

    /// How far back from its end a record's vector reaches.
    pub(super) fn looks_back(&self) -> usize {
        let mac = if self.encrypt_then_mac { self.mac.output_len() } else { 0 };
        if self.chained.is_some() { BLOCK + mac } else { 0 }
    }

    pub(super) fn open(&self, sealed: Sealed, content: &mut [u8]) -> Option<Range<usize>> {
        let Some(block) = &self.block else {
            let len = content.len().checked_sub(self.mac.output_len())?;
            let (plain, tag) = content.split_at_checked(len)?;
            return self.fits(sealed, plain, tag).then_some(0..len);
        };
        let sealed_len = match self.encrypt_then_mac {
            true => {
                let len = content.len().checked_sub(self.mac.output_len())?;
                let (encrypted, tag) = content.split_at_checked(len)?;
                self.fits(sealed, encrypted, tag).then_some(len)?
            }
            false => content.len(),
        };
        let encrypted = content.get_mut(..sealed_len)?;
        if encrypted.is_empty() || encrypted.len() % BLOCK != 0 {
            return None;
        }
        let start = if self.chained.is_some() { 0 } else { BLOCK };
        let (explicit, blocks) = encrypted.split_at_mut_checked(start)?;
        let iv = match self.chained {
            Some(_) => sealed.vector?,
            None => *explicit.first_chunk()?,
        };
        block.decrypt(&iv, blocks);
        let padding = usize::from(*blocks.last()?) + 1;
        let len = blocks.len().checked_sub(padding)?;
        let (plain, pad) = blocks.split_at_checked(len)?;
        if pad.iter().any(|byte| usize::from(*byte) + 1 != padding) {
            return None;
        }
        let range = match self.encrypt_then_mac {
            true => start..start + len,
            false => {
                let len = plain.len().checked_sub(self.mac.output_len())?;
                let (plain, tag) = plain.split_at_checked(len)?;
                self.fits(sealed, plain, tag).then_some(start..start + len)?
            }
        };
        Some(range)
    }

    /// Whether a MAC is that of a record (RFC 5246 section 6.2.3.1, RFC 7366 section 3).
    fn fits(&self, sealed: Sealed, content: &[u8], tag: &[u8]) -> bool {
        let Ok(len) = u16::try_from(content.len()) else { return false };
        let [high, low] = len.to_be_bytes();
        let header = [sealed.content_type, sealed.version[0], sealed.version[1], high, low];
        let parts: [&[u8]; 3] = [&sealed.sequence.to_be_bytes(), &header, content];
        match self.mac {
            Mac::Md5 => fits::<Hmac<Md5>>(&self.mac_key, &parts, tag),
            Mac::Sha1 => fits::<Hmac<Sha1>>(&self.mac_key, &parts, tag),
            Mac::Sha256 => fits::<Hmac<Sha256>>(&self.mac_key, &parts, tag),
            Mac::Sha384 => fits::<Hmac<Sha384>>(&self.mac_key, &parts, tag),
        }
    }
}

fn fits<M: hmac::Mac + KeyInit>(key: &[u8], parts: &[&[u8]], tag: &[u8]) -> bool {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return false };
    parts.iter().for_each(|part| mac.update(part));
    mac.verify_slice(tag).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cipher::{BlockCipherEncrypt, BlockModeEncrypt};
    use hmac::Mac as _;

    const SEALED: Sealed = Sealed { sequence: 7, content_type: 23, version: [3, 3], vector: None };

    fn keys(cipher: Cipher) -> Keys {
        let bytes = |byte: u8, len: usize| Zeroizing::new(vec![byte; len]);
        Keys {
            key: bytes(1, cipher.key_len()),
            iv: bytes(2, cipher.fixed_iv_len()),
            mac: bytes(3, cipher.mac().map_or(0, Mac::output_len)),
        }
    }

    fn encrypt<C: BlockCipherEncrypt + KeyInit>(iv: &[u8], plain: &[u8]) -> Vec<u8> {
        let key = vec![1; C::key_size()];
        let cipher = C::new_from_slice(&key).unwrap();
        let mut mode = ::cbc::Encryptor::inner_iv_init(cipher, &Array::try_from(iv).unwrap());
        let mut out = plain.to_vec();
        let (blocks, rest) = Array::slice_as_chunks_mut(&mut out);
        assert!(rest.is_empty());
        mode.encrypt_blocks(blocks);
        out
    }

    fn mac(content: &[u8]) -> Vec<u8> {
        let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(&[3; 20]).unwrap();
        mac.update(&7u64.to_be_bytes());
        mac.update(&[23, 3, 3]);
        mac.update(&u16::try_from(content.len()).unwrap().to_be_bytes());
        mac.update(content);
        mac.finalize().into_bytes().to_vec()
    }

    fn padded(mut plain: Vec<u8>) -> Vec<u8> {
        let pad = BLOCK - plain.len() % BLOCK;
        plain.extend(std::iter::repeat_n(u8::try_from(pad - 1).unwrap(), pad));
        plain
    }

    #[test]
    fn both_orders_of_mac_and_cipher_open_with_a_vector_in_the_record() {
        let iv = [9; BLOCK];
        for len in [0, 1, 11, 12, 27, 28, 100] {
            let plain = vec![b'p'; len];
            let cipher = Cipher::Aes128Cbc(Mac::Sha1);
            let inner = padded([plain.clone(), mac(&plain)].concat());
            let mut record = [iv.to_vec(), encrypt::<Aes128>(&iv, &inner)].concat();
            let cbc = Cbc::new(cipher, 0x0303, false, &keys(cipher)).unwrap();
            let range = cbc.open(SEALED, &mut record).unwrap();
            assert_eq!(record[range], plain);

            let sealed = [iv.to_vec(), encrypt::<Aes128>(&iv, &padded(plain.clone()))].concat();
            let mut record = [sealed.clone(), mac(&sealed)].concat();
            let cbc = Cbc::new(cipher, 0x0303, true, &keys(cipher)).unwrap();
            let range = cbc.open(SEALED, &mut record).unwrap();
            assert_eq!(record[range], plain);
        }
    }

    #[test]
    fn in_tls_10_a_record_goes_on_where_the_one_before_ended() {
        let cipher = Cipher::Camellia256Cbc(Mac::Sha1);
        let cbc = Cbc::new(cipher, 0x0301, false, &keys(cipher)).unwrap();
        let mut iv = vec![2; BLOCK];
        let mut vector = cbc.first_vector();
        assert_eq!(vector, Some([2; BLOCK]));
        for text in ["one", "two, and lost", "three"] {
            let plain = text.as_bytes().to_vec();
            let mut record = encrypt::<Camellia256>(&iv, &padded([plain.clone(), mac(&plain)].concat()));
            iv = record[record.len() - BLOCK..].to_vec();
            let behind = cbc.vector_behind(&record);
            if !text.contains("lost") {
                let range = cbc.open(Sealed { vector, ..SEALED }, &mut record).unwrap();
                assert_eq!(record[range], plain);
            }
            vector = behind;
        }
    }

    #[test]
    fn no_bytes_do_more_than_not_fit() {
        let cipher = Cipher::Aria256Cbc(Mac::Sha384);
        for (version, encrypt_then_mac) in [(0x0301, false), (0x0303, false), (0x0303, true)] {
            let cbc = Cbc::new(cipher, version, encrypt_then_mac, &keys(cipher)).unwrap();
            for len in 0..200 {
                for byte in [0, 15, 255] {
                    let vector = cbc.vector_behind(&vec![byte; len]);
                    assert_eq!(cbc.open(Sealed { vector, ..SEALED }, &mut vec![byte; len]), None);
                }
            }
        }
    }

    #[test]
    fn a_mac_alone_is_checked() {
        let cipher = Cipher::Null(Mac::Sha1);
        let cbc = Cbc::new(cipher, 0x0303, false, &keys(cipher)).unwrap();
        let mut record = [b"plain".to_vec(), mac(b"plain")].concat();
        assert_eq!(cbc.open(SEALED, &mut record), Some(0..5));
        record[0] ^= 1;
        assert_eq!(cbc.open(SEALED, &mut record), None);
    }
}
