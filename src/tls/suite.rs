//! Cipher suites: what a suite's records are sealed with.
//!
//! In: the number both sides agreed on. Out: cipher, hash, and name (IANA's registry of TLS cipher suites; RFC 5246
//! appendix A.5, RFC 5288, 5289, 5487, 5489, 5932, 6209, 6367, 6655, 7251, 7905, 8422, 8446 appendix B.4, 9150). The records of a
//! suite that is not in the table stay closed; it has a name all the same, or one like `0x1234`.

mod named;

use std::fmt;

/// A number of IANA's registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SuiteId(pub u16);

impl crate::base::pack::Pack for SuiteId {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<SuiteId> {
        u16::unpack(from).map(SuiteId)
    }
}

/// What seals records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cipher {
    /// AES in Galois/Counter Mode, with a key of 128 bits.
    Aes128Gcm,
    /// The same with 256 bits.
    Aes256Gcm,
    /// AES in CCM mode, with a tag of 16 bytes.
    Aes128Ccm,
    /// The same with 256 bits.
    Aes256Ccm,
    /// AES in CCM mode, with a tag of 8 bytes.
    Aes128Ccm8,
    /// The same with 256 bits.
    Aes256Ccm8,
    /// ChaCha20 and Poly1305 (RFC 8439).
    ChaCha20Poly1305,
    /// ARIA in Galois/Counter Mode (RFC 6209).
    Aria128Gcm,
    /// The same with 256 bits.
    Aria256Gcm,
    /// Camellia in Galois/Counter Mode (RFC 6367).
    Camellia128Gcm,
    /// The same with 256 bits.
    Camellia256Gcm,
    /// AES in CBC mode, with a MAC.
    Aes128Cbc(Mac),
    /// The same with 256 bits.
    Aes256Cbc(Mac),
    /// Camellia in CBC mode, with a MAC (RFC 5932).
    Camellia128Cbc(Mac),
    /// The same with 256 bits.
    Camellia256Cbc(Mac),
    /// ARIA in CBC mode, with a MAC (RFC 6209).
    Aria128Cbc(Mac),
    /// The same with 256 bits.
    Aria256Cbc(Mac),
    /// Not encrypted: a MAC alone.
    Null(Mac),
}

/// What a record's MAC is made with (RFC 5246 section 6.2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mac {
    /// HMAC with MD5.
    Md5,
    /// HMAC with SHA-1.
    Sha1,
    /// HMAC with SHA-256.
    Sha256,
    /// HMAC with SHA-384.
    Sha384,
}

impl Mac {
    /// Bytes of a MAC, and of its key.
    #[must_use]
    pub fn output_len(self) -> usize {
        match self {
            Mac::Md5 => 16,
            Mac::Sha1 => 20,
            Mac::Sha256 => 32,
            Mac::Sha384 => 48,
        }
    }
}

/// What keys are derived with, from TLS 1.2 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

/// A cipher suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suite {
    /// Its number.
    pub id: SuiteId,
    /// Its name in IANA's registry, without `TLS_`.
    pub name: &'static str,
    /// What seals records.
    pub cipher: Cipher,
    /// What keys are derived with.
    pub hash: Hash,
}

impl Cipher {
    /// Bytes of a key.
    #[must_use]
    pub fn key_len(self) -> usize {
        use Cipher::*;
        match self {
            Aes128Gcm | Aes128Ccm | Aes128Ccm8 | Aria128Gcm | Camellia128Gcm => 16,
            Aes128Cbc(_) | Camellia128Cbc(_) | Aria128Cbc(_) => 16,
            Aes256Gcm | Aes256Ccm | Aes256Ccm8 | ChaCha20Poly1305 | Aria256Gcm | Camellia256Gcm => 32,
            Aes256Cbc(_) | Camellia256Cbc(_) | Aria256Cbc(_) => 32,
            Null(_) => 0,
        }
    }

    /// The MAC of a suite that has one.
    #[must_use]
    pub fn mac(self) -> Option<Mac> {
        use Cipher::*;
        match self {
            Aes128Cbc(mac) | Aes256Cbc(mac) | Camellia128Cbc(mac) | Camellia256Cbc(mac) => Some(mac),
            Aria128Cbc(mac) | Aria256Cbc(mac) | Null(mac) => Some(mac),
            _ => None,
        }
    }

    /// Bytes of a tag, of a suite that has one.
    #[must_use]
    pub fn tag_len(self) -> usize {
        match self {
            Cipher::Aes128Ccm8 | Cipher::Aes256Ccm8 => 8,
            _ if self.mac().is_some() => 0,
            _ => 16,
        }
    }

    /// Bytes of the nonce that are part of the key block in TLS 1.2 (RFC 5288 section 3, RFC 7905 section 2), or of the first
    /// vector in TLS 1.0.
    #[must_use]
    pub fn fixed_iv_len(self) -> usize {
        match self {
            Cipher::ChaCha20Poly1305 => 12,
            Cipher::Null(_) => 0,
            _ if self.mac().is_some() => 16,
            _ => 4,
        }
    }
}

impl SuiteId {
    /// The suite, where it is in the table.
    #[must_use]
    pub fn suite(self) -> Option<Suite> {
        let (_, name, cipher, hash) = SUITES.iter().find(|(id, ..)| *id == self.0).copied()?;
        Some(Suite { id: self, name, cipher, hash })
    }

    /// Its name in the registry, without `TLS_`.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let named = || named::NAMED.iter().find(|(id, _)| *id == self.0).map(|(_, name)| *name);
        self.suite().map(|suite| suite.name).or_else(named)
    }
}

impl fmt::Display for SuiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "TLS_{name}"),
            None => write!(f, "0x{:04x}", self.0),
        }
    }
}

const fn gcm128(id: u16, name: &'static str) -> Row {
    (id, name, Cipher::Aes128Gcm, Hash::Sha256)
}

const fn gcm256(id: u16, name: &'static str) -> Row {
    (id, name, Cipher::Aes256Gcm, Hash::Sha384)
}

type Row = (u16, &'static str, Cipher, Hash);

use Cipher::*;
use Hash::{Sha256, Sha384};
use Mac as M;

/// Every suite whose records can be opened.
#[rustfmt::skip]
const SUITES: &[Row] = &[
    // TLS 1.3 (RFC 8446 appendix B.4).
    gcm128(0x1301, "AES_128_GCM_SHA256"),
    gcm256(0x1302, "AES_256_GCM_SHA384"),
    (0x1303, "CHACHA20_POLY1305_SHA256", ChaCha20Poly1305, Sha256),
    (0x1304, "AES_128_CCM_SHA256", Aes128Ccm, Sha256),
    (0x1305, "AES_128_CCM_8_SHA256", Aes128Ccm8, Sha256),
    // AES-GCM (RFC 5288, 5289, 5487, 8442).
    gcm128(0x009c, "RSA_WITH_AES_128_GCM_SHA256"),
    gcm256(0x009d, "RSA_WITH_AES_256_GCM_SHA384"),
    gcm128(0x009e, "DHE_RSA_WITH_AES_128_GCM_SHA256"),
    gcm256(0x009f, "DHE_RSA_WITH_AES_256_GCM_SHA384"),
    gcm128(0x00a0, "DH_RSA_WITH_AES_128_GCM_SHA256"),
    gcm256(0x00a1, "DH_RSA_WITH_AES_256_GCM_SHA384"),
    gcm128(0x00a2, "DHE_DSS_WITH_AES_128_GCM_SHA256"),
    gcm256(0x00a3, "DHE_DSS_WITH_AES_256_GCM_SHA384"),
    gcm128(0x00a4, "DH_DSS_WITH_AES_128_GCM_SHA256"),
    gcm256(0x00a5, "DH_DSS_WITH_AES_256_GCM_SHA384"),
    gcm128(0x00a6, "DH_anon_WITH_AES_128_GCM_SHA256"),
    gcm256(0x00a7, "DH_anon_WITH_AES_256_GCM_SHA384"),
    gcm128(0x00a8, "PSK_WITH_AES_128_GCM_SHA256"),
    gcm256(0x00a9, "PSK_WITH_AES_256_GCM_SHA384"),
    gcm128(0x00aa, "DHE_PSK_WITH_AES_128_GCM_SHA256"),
    gcm256(0x00ab, "DHE_PSK_WITH_AES_256_GCM_SHA384"),
    gcm128(0x00ac, "RSA_PSK_WITH_AES_128_GCM_SHA256"),
    gcm256(0x00ad, "RSA_PSK_WITH_AES_256_GCM_SHA384"),
    gcm128(0xc02b, "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    gcm256(0xc02c, "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    gcm128(0xc02d, "ECDH_ECDSA_WITH_AES_128_GCM_SHA256"),
    gcm256(0xc02e, "ECDH_ECDSA_WITH_AES_256_GCM_SHA384"),
    gcm128(0xc02f, "ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    gcm256(0xc030, "ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    gcm128(0xc031, "ECDH_RSA_WITH_AES_128_GCM_SHA256"),
    gcm256(0xc032, "ECDH_RSA_WITH_AES_256_GCM_SHA384"),
    gcm128(0xd001, "ECDHE_PSK_WITH_AES_128_GCM_SHA256"),
    gcm256(0xd002, "ECDHE_PSK_WITH_AES_256_GCM_SHA384"),
    // ChaCha20-Poly1305 (RFC 7905).
    (0xcca8, "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", ChaCha20Poly1305, Sha256),
    (0xcca9, "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", ChaCha20Poly1305, Sha256),
    (0xccaa, "DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", ChaCha20Poly1305, Sha256),
    (0xccab, "PSK_WITH_CHACHA20_POLY1305_SHA256", ChaCha20Poly1305, Sha256),
    (0xccac, "ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256", ChaCha20Poly1305, Sha256),
    (0xccad, "DHE_PSK_WITH_CHACHA20_POLY1305_SHA256", ChaCha20Poly1305, Sha256),
    (0xccae, "RSA_PSK_WITH_CHACHA20_POLY1305_SHA256", ChaCha20Poly1305, Sha256),
    // AES-CCM (RFC 6655, 7251).
    (0xc09c, "RSA_WITH_AES_128_CCM", Aes128Ccm, Sha256),
    (0xc09d, "RSA_WITH_AES_256_CCM", Aes256Ccm, Sha256),
    (0xc09e, "DHE_RSA_WITH_AES_128_CCM", Aes128Ccm, Sha256),
    (0xc09f, "DHE_RSA_WITH_AES_256_CCM", Aes256Ccm, Sha256),
    (0xc0a0, "RSA_WITH_AES_128_CCM_8", Aes128Ccm8, Sha256),
    (0xc0a1, "RSA_WITH_AES_256_CCM_8", Aes256Ccm8, Sha256),
    (0xc0a2, "DHE_RSA_WITH_AES_128_CCM_8", Aes128Ccm8, Sha256),
    (0xc0a3, "DHE_RSA_WITH_AES_256_CCM_8", Aes256Ccm8, Sha256),
    (0xc0a4, "PSK_WITH_AES_128_CCM", Aes128Ccm, Sha256),
    (0xc0a5, "PSK_WITH_AES_256_CCM", Aes256Ccm, Sha256),
    (0xc0a6, "DHE_PSK_WITH_AES_128_CCM", Aes128Ccm, Sha256),
    (0xc0a7, "DHE_PSK_WITH_AES_256_CCM", Aes256Ccm, Sha256),
    (0xc0a8, "PSK_WITH_AES_128_CCM_8", Aes128Ccm8, Sha256),
    (0xc0a9, "PSK_WITH_AES_256_CCM_8", Aes256Ccm8, Sha256),
    (0xc0aa, "PSK_DHE_WITH_AES_128_CCM_8", Aes128Ccm8, Sha256),
    (0xc0ab, "PSK_DHE_WITH_AES_256_CCM_8", Aes256Ccm8, Sha256),
    (0xc0ac, "ECDHE_ECDSA_WITH_AES_128_CCM", Aes128Ccm, Sha256),
    (0xc0ad, "ECDHE_ECDSA_WITH_AES_256_CCM", Aes256Ccm, Sha256),
    (0xc0ae, "ECDHE_ECDSA_WITH_AES_128_CCM_8", Aes128Ccm8, Sha256),
    (0xc0af, "ECDHE_ECDSA_WITH_AES_256_CCM_8", Aes256Ccm8, Sha256),
    (0xd003, "ECDHE_PSK_WITH_AES_128_CCM_8_SHA256", Aes128Ccm8, Sha256),
    (0xd005, "ECDHE_PSK_WITH_AES_128_CCM_SHA256", Aes128Ccm, Sha256),
    // AES-CBC with SHA-1 (RFC 5246 appendix A.5, 4279, 5489, 8422).
    (0x002f, "RSA_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0x0030, "DH_DSS_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0x0031, "DH_RSA_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0x0032, "DHE_DSS_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0x0033, "DHE_RSA_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0x0034, "DH_anon_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0x0035, "RSA_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0x0036, "DH_DSS_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0x0037, "DH_RSA_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0x0038, "DHE_DSS_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0x0039, "DHE_RSA_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0x003a, "DH_anon_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0x008c, "PSK_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0x008d, "PSK_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0x0090, "DHE_PSK_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0x0091, "DHE_PSK_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0x0094, "RSA_PSK_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0x0095, "RSA_PSK_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0xc004, "ECDH_ECDSA_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0xc005, "ECDH_ECDSA_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0xc009, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0xc00a, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0xc00e, "ECDH_RSA_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0xc00f, "ECDH_RSA_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0xc013, "ECDHE_RSA_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0xc014, "ECDHE_RSA_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0xc018, "ECDH_anon_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0xc019, "ECDH_anon_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0xc01d, "SRP_SHA_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0xc01e, "SRP_SHA_RSA_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0xc01f, "SRP_SHA_DSS_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0xc020, "SRP_SHA_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0xc021, "SRP_SHA_RSA_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0xc022, "SRP_SHA_DSS_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    (0xc035, "ECDHE_PSK_WITH_AES_128_CBC_SHA", Aes128Cbc(M::Sha1), Sha256),
    (0xc036, "ECDHE_PSK_WITH_AES_256_CBC_SHA", Aes256Cbc(M::Sha1), Sha256),
    // AES-CBC with SHA-256 and SHA-384 (RFC 5246 appendix A.5, 5289, 5487, 5489).
    (0x003c, "RSA_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0x003e, "DH_DSS_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0x003f, "DH_RSA_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0x0068, "DH_DSS_WITH_AES_256_CBC_SHA256", Aes256Cbc(M::Sha256), Sha256),
    (0x0069, "DH_RSA_WITH_AES_256_CBC_SHA256", Aes256Cbc(M::Sha256), Sha256),
    (0x006c, "DH_anon_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0x006d, "DH_anon_WITH_AES_256_CBC_SHA256", Aes256Cbc(M::Sha256), Sha256),
    (0x00b2, "DHE_PSK_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0x00b3, "DHE_PSK_WITH_AES_256_CBC_SHA384", Aes256Cbc(M::Sha384), Sha384),
    (0x00b6, "RSA_PSK_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0x00b7, "RSA_PSK_WITH_AES_256_CBC_SHA384", Aes256Cbc(M::Sha384), Sha384),
    (0x003d, "RSA_WITH_AES_256_CBC_SHA256", Aes256Cbc(M::Sha256), Sha256),
    (0x0040, "DHE_DSS_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0x0067, "DHE_RSA_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0x006a, "DHE_DSS_WITH_AES_256_CBC_SHA256", Aes256Cbc(M::Sha256), Sha256),
    (0x006b, "DHE_RSA_WITH_AES_256_CBC_SHA256", Aes256Cbc(M::Sha256), Sha256),
    (0x00ae, "PSK_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0x00af, "PSK_WITH_AES_256_CBC_SHA384", Aes256Cbc(M::Sha384), Sha384),
    (0xc023, "ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0xc024, "ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", Aes256Cbc(M::Sha384), Sha384),
    (0xc025, "ECDH_ECDSA_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0xc026, "ECDH_ECDSA_WITH_AES_256_CBC_SHA384", Aes256Cbc(M::Sha384), Sha384),
    (0xc027, "ECDHE_RSA_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0xc028, "ECDHE_RSA_WITH_AES_256_CBC_SHA384", Aes256Cbc(M::Sha384), Sha384),
    (0xc029, "ECDH_RSA_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0xc02a, "ECDH_RSA_WITH_AES_256_CBC_SHA384", Aes256Cbc(M::Sha384), Sha384),
    (0xc037, "ECDHE_PSK_WITH_AES_128_CBC_SHA256", Aes128Cbc(M::Sha256), Sha256),
    (0xc038, "ECDHE_PSK_WITH_AES_256_CBC_SHA384", Aes256Cbc(M::Sha384), Sha384),
    // Camellia (RFC 5932, 6367).
    (0x0041, "RSA_WITH_CAMELLIA_128_CBC_SHA", Camellia128Cbc(M::Sha1), Sha256),
    (0x0042, "DH_DSS_WITH_CAMELLIA_128_CBC_SHA", Camellia128Cbc(M::Sha1), Sha256),
    (0x0043, "DH_RSA_WITH_CAMELLIA_128_CBC_SHA", Camellia128Cbc(M::Sha1), Sha256),
    (0x0044, "DHE_DSS_WITH_CAMELLIA_128_CBC_SHA", Camellia128Cbc(M::Sha1), Sha256),
    (0x0046, "DH_anon_WITH_CAMELLIA_128_CBC_SHA", Camellia128Cbc(M::Sha1), Sha256),
    (0x0085, "DH_DSS_WITH_CAMELLIA_256_CBC_SHA", Camellia256Cbc(M::Sha1), Sha256),
    (0x0086, "DH_RSA_WITH_CAMELLIA_256_CBC_SHA", Camellia256Cbc(M::Sha1), Sha256),
    (0x0087, "DHE_DSS_WITH_CAMELLIA_256_CBC_SHA", Camellia256Cbc(M::Sha1), Sha256),
    (0x0089, "DH_anon_WITH_CAMELLIA_256_CBC_SHA", Camellia256Cbc(M::Sha1), Sha256),
    (0x00bb, "DH_DSS_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0x00bc, "DH_RSA_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0x00bd, "DHE_DSS_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0x00bf, "DH_anon_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0x00c1, "DH_DSS_WITH_CAMELLIA_256_CBC_SHA256", Camellia256Cbc(M::Sha256), Sha256),
    (0x00c2, "DH_RSA_WITH_CAMELLIA_256_CBC_SHA256", Camellia256Cbc(M::Sha256), Sha256),
    (0x00c3, "DHE_DSS_WITH_CAMELLIA_256_CBC_SHA256", Camellia256Cbc(M::Sha256), Sha256),
    (0x00c5, "DH_anon_WITH_CAMELLIA_256_CBC_SHA256", Camellia256Cbc(M::Sha256), Sha256),
    (0xc074, "ECDH_ECDSA_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0xc075, "ECDH_ECDSA_WITH_CAMELLIA_256_CBC_SHA384", Camellia256Cbc(M::Sha384), Sha384),
    (0xc078, "ECDH_RSA_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0xc079, "ECDH_RSA_WITH_CAMELLIA_256_CBC_SHA384", Camellia256Cbc(M::Sha384), Sha384),
    (0xc07e, "DH_RSA_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc07f, "DH_RSA_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    (0xc080, "DHE_DSS_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc081, "DHE_DSS_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    (0xc082, "DH_DSS_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc083, "DH_DSS_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    (0xc084, "DH_anon_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc085, "DH_anon_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    (0xc088, "ECDH_ECDSA_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc089, "ECDH_ECDSA_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    (0xc08c, "ECDH_RSA_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc08d, "ECDH_RSA_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    (0xc08e, "PSK_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc08f, "PSK_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    (0xc090, "DHE_PSK_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc091, "DHE_PSK_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    (0xc092, "RSA_PSK_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc093, "RSA_PSK_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    (0xc094, "PSK_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0xc095, "PSK_WITH_CAMELLIA_256_CBC_SHA384", Camellia256Cbc(M::Sha384), Sha384),
    (0xc096, "DHE_PSK_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0xc097, "DHE_PSK_WITH_CAMELLIA_256_CBC_SHA384", Camellia256Cbc(M::Sha384), Sha384),
    (0xc098, "RSA_PSK_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0xc099, "RSA_PSK_WITH_CAMELLIA_256_CBC_SHA384", Camellia256Cbc(M::Sha384), Sha384),
    (0xc09a, "ECDHE_PSK_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0xc09b, "ECDHE_PSK_WITH_CAMELLIA_256_CBC_SHA384", Camellia256Cbc(M::Sha384), Sha384),
    (0x0045, "DHE_RSA_WITH_CAMELLIA_128_CBC_SHA", Camellia128Cbc(M::Sha1), Sha256),
    (0x0084, "RSA_WITH_CAMELLIA_256_CBC_SHA", Camellia256Cbc(M::Sha1), Sha256),
    (0x0088, "DHE_RSA_WITH_CAMELLIA_256_CBC_SHA", Camellia256Cbc(M::Sha1), Sha256),
    (0x00ba, "RSA_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0x00be, "DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0x00c0, "RSA_WITH_CAMELLIA_256_CBC_SHA256", Camellia256Cbc(M::Sha256), Sha256),
    (0x00c4, "DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256", Camellia256Cbc(M::Sha256), Sha256),
    (0xc072, "ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0xc073, "ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384", Camellia256Cbc(M::Sha384), Sha384),
    (0xc076, "ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256", Camellia128Cbc(M::Sha256), Sha256),
    (0xc077, "ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384", Camellia256Cbc(M::Sha384), Sha384),
    (0xc07a, "RSA_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc07b, "RSA_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    (0xc07c, "DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc07d, "DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    (0xc086, "ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc087, "ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    (0xc08a, "ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256", Camellia128Gcm, Sha256),
    (0xc08b, "ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384", Camellia256Gcm, Sha384),
    // ARIA (RFC 6209).
    (0xc03c, "RSA_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc03e, "DH_DSS_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc03f, "DH_DSS_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc040, "DH_RSA_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc041, "DH_RSA_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc042, "DHE_DSS_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc043, "DHE_DSS_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc046, "DH_anon_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc047, "DH_anon_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc04a, "ECDH_ECDSA_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc04b, "ECDH_ECDSA_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc04e, "ECDH_RSA_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc04f, "ECDH_RSA_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc054, "DH_RSA_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc055, "DH_RSA_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    (0xc056, "DHE_DSS_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc057, "DHE_DSS_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    (0xc058, "DH_DSS_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc059, "DH_DSS_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    (0xc05a, "DH_anon_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc05b, "DH_anon_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    (0xc05e, "ECDH_ECDSA_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc05f, "ECDH_ECDSA_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    (0xc062, "ECDH_RSA_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc063, "ECDH_RSA_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    (0xc064, "PSK_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc065, "PSK_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc066, "DHE_PSK_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc067, "DHE_PSK_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc068, "RSA_PSK_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc069, "RSA_PSK_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc06c, "DHE_PSK_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc06d, "DHE_PSK_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    (0xc06e, "RSA_PSK_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc06f, "RSA_PSK_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    (0xc070, "ECDHE_PSK_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc071, "ECDHE_PSK_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc03d, "RSA_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc044, "DHE_RSA_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc045, "DHE_RSA_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc048, "ECDHE_ECDSA_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc049, "ECDHE_ECDSA_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc04c, "ECDHE_RSA_WITH_ARIA_128_CBC_SHA256", Aria128Cbc(M::Sha256), Sha256),
    (0xc04d, "ECDHE_RSA_WITH_ARIA_256_CBC_SHA384", Aria256Cbc(M::Sha384), Sha384),
    (0xc050, "RSA_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc051, "RSA_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    (0xc052, "DHE_RSA_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc053, "DHE_RSA_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    (0xc05c, "ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc05d, "ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    (0xc060, "ECDHE_RSA_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc061, "ECDHE_RSA_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    (0xc06a, "PSK_WITH_ARIA_128_GCM_SHA256", Aria128Gcm, Sha256),
    (0xc06b, "PSK_WITH_ARIA_256_GCM_SHA384", Aria256Gcm, Sha384),
    // A MAC alone (RFC 5246 appendix A.5, 4785, 8422).
    (0x0001, "RSA_WITH_NULL_MD5", Null(M::Md5), Sha256),
    (0x0002, "RSA_WITH_NULL_SHA", Null(M::Sha1), Sha256),
    (0x002c, "PSK_WITH_NULL_SHA", Null(M::Sha1), Sha256),
    (0x002d, "DHE_PSK_WITH_NULL_SHA", Null(M::Sha1), Sha256),
    (0x002e, "RSA_PSK_WITH_NULL_SHA", Null(M::Sha1), Sha256),
    (0x00b0, "PSK_WITH_NULL_SHA256", Null(M::Sha256), Sha256),
    (0x00b1, "PSK_WITH_NULL_SHA384", Null(M::Sha384), Sha384),
    (0x00b4, "DHE_PSK_WITH_NULL_SHA256", Null(M::Sha256), Sha256),
    (0x00b5, "DHE_PSK_WITH_NULL_SHA384", Null(M::Sha384), Sha384),
    (0x00b8, "RSA_PSK_WITH_NULL_SHA256", Null(M::Sha256), Sha256),
    (0x00b9, "RSA_PSK_WITH_NULL_SHA384", Null(M::Sha384), Sha384),
    (0xc001, "ECDH_ECDSA_WITH_NULL_SHA", Null(M::Sha1), Sha256),
    (0xc00b, "ECDH_RSA_WITH_NULL_SHA", Null(M::Sha1), Sha256),
    (0xc015, "ECDH_anon_WITH_NULL_SHA", Null(M::Sha1), Sha256),
    (0xc039, "ECDHE_PSK_WITH_NULL_SHA", Null(M::Sha1), Sha256),
    (0xc03a, "ECDHE_PSK_WITH_NULL_SHA256", Null(M::Sha256), Sha256),
    (0xc03b, "ECDHE_PSK_WITH_NULL_SHA384", Null(M::Sha384), Sha384),
    (0x003b, "RSA_WITH_NULL_SHA256", Null(M::Sha256), Sha256),
    (0xc006, "ECDHE_ECDSA_WITH_NULL_SHA", Null(M::Sha1), Sha256),
    (0xc010, "ECDHE_RSA_WITH_NULL_SHA", Null(M::Sha1), Sha256),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_and_no_name_is_there_twice() {
        let all: Vec<_> =
            SUITES.iter().map(|(id, name, ..)| (*id, *name)).chain(named::NAMED.iter().copied()).collect();
        for (at, (id, name)) in all.iter().enumerate() {
            assert!(all[..at].iter().all(|(other, its)| other != id && its != name), "{name}");
        }
    }

    #[test]
    fn names_say_what_the_table_says() {
        for (_, name, cipher, hash) in SUITES {
            let key = if name.contains("256_") && !name.contains("CHACHA") || name.ends_with("CHACHA20_POLY1305_SHA256")
            {
                32
            } else {
                16
            };
            if !name.contains("NULL") {
                assert_eq!(cipher.key_len(), key, "{name}");
            }
            assert_eq!(*hash == Hash::Sha384, name.ends_with("SHA384"), "{name}");
            assert_eq!(cipher.mac().is_some(), name.contains("CBC") || name.contains("NULL"), "{name}");
            assert_eq!(cipher.mac() == Some(Mac::Sha1), name.ends_with("_SHA"), "{name}");
            assert_eq!(cipher.tag_len() == 8, name.contains("CCM_8"), "{name}");
        }
    }

    #[test]
    fn what_is_not_in_the_table_has_its_number() {
        assert_eq!(SuiteId(0x1301).to_string(), "TLS_AES_128_GCM_SHA256");
        assert_eq!(SuiteId(0x0005).to_string(), "TLS_RSA_WITH_RC4_128_SHA");
        assert_eq!(SuiteId(0x0a0a).to_string(), "0x0a0a");
    }
}
