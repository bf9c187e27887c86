//! The key schedule: from secrets to the keys of records.
//!
//! In: a secret of a key log, a suite, and what else went into the handshake. Out: key material for one direction. TLS 1.3:
//! HKDF-Expand-Label (RFC 8446 section 7.1) and its update (section 7.2). TLS 1.2: the PRF of RFC 5246 section 5; before it
//! that of RFC 2246 section 5; extended master secret as RFC 7627 section 4. Key material is wiped when it is let go.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384};
use zeroize::Zeroizing;

use super::keylog::{Random, Secret};
use super::suite::{Cipher, Hash, Suite};

/// What a direction's records are opened with.
#[derive(Clone, Default)]
pub struct Keys {
    /// Of the cipher.
    pub key: Zeroizing<Vec<u8>>,
    /// The nonce's fixed part, or the first vector of TLS 1.0.
    pub iv: Zeroizing<Vec<u8>>,
    /// Of the MAC, where the suite has one.
    pub mac: Zeroizing<Vec<u8>>,
}

impl Keys {
    /// Those of a cipher before TLS 1.3, one after another.
    #[must_use]
    pub fn joined(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([self.mac.as_slice(), &self.key, &self.iv].concat())
    }

    /// The same, taken apart again.
    #[must_use]
    pub fn of_joined(cipher: Cipher, bytes: &[u8]) -> Option<Keys> {
        let (mac, rest) = bytes.split_at_checked(cipher.mac().map_or(0, |mac| mac.output_len()))?;
        let (key, iv) = rest.split_at_checked(cipher.key_len())?;
        let [mac, key, iv] = [mac, key, iv].map(|part| Zeroizing::new(part.to_vec()));
        Some(Keys { key, iv, mac })
    }
}

impl fmt::Debug for Keys {
    /// It prints no key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

impl Hash {
    /// Bytes of its output.
    #[must_use]
    pub fn output_len(self) -> usize {
        match self {
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
        }
    }

    /// The hash of some bytes.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        use sha2::Digest;
        match self {
            Hash::Sha256 => Sha256::digest(bytes).to_vec(),
            Hash::Sha384 => Sha384::digest(bytes).to_vec(),
        }
    }
}

/// HKDF-Expand-Label with an empty context (RFC 8446 section 7.1); empty where more is asked for than a hash can give.
#[must_use]
pub fn expand_label(hash: Hash, secret: &[u8], label: &str, len: usize) -> Zeroizing<Vec<u8>> {
    expand_label_of(hash, secret, label, &[], len)
}

/// The same of a context, which is a hash.
#[must_use]
pub fn expand_label_of(hash: Hash, secret: &[u8], label: &str, context: &[u8], len: usize) -> Zeroizing<Vec<u8>> {
    let length = |len: usize| u8::try_from(len).unwrap_or(u8::MAX);
    let mut info = Vec::with_capacity(10 + label.len() + context.len());
    info.extend(u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes());
    info.push(length(6 + label.len()));
    info.extend_from_slice(b"tls13 ");
    info.extend_from_slice(label.as_bytes());
    info.push(length(context.len()));
    info.extend_from_slice(context);
    let mut out = Zeroizing::new(vec![0; len]);
    let expanded = match hash {
        Hash::Sha256 => Hkdf::<Sha256>::from_prk(secret).map(|hkdf| hkdf.expand(&info, &mut out).is_ok()),
        Hash::Sha384 => Hkdf::<Sha384>::from_prk(secret).map(|hkdf| hkdf.expand(&info, &mut out).is_ok()),
    };
    if !matches!(expanded, Ok(true)) {
        out.clear();
    }
    out
}

/// HKDF-Extract (RFC 5869 section 2.2).
#[must_use]
pub fn extract(hash: Hash, salt: &[u8], material: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(match hash {
        Hash::Sha256 => Hkdf::<Sha256>::extract(Some(salt), material).0.to_vec(),
        Hash::Sha384 => Hkdf::<Sha384>::extract(Some(salt), material).0.to_vec(),
    })
}

/// The keys of one direction in TLS 1.3 (RFC 8446 section 7.3). Nothing where the secret is shorter than the suite's hash.
#[must_use]
pub fn tls13_keys(suite: &Suite, secret: &Secret) -> Option<Keys> {
    let key = expand_label(suite.hash, secret.bytes(), "key", suite.cipher.key_len());
    let iv = expand_label(suite.hash, secret.bytes(), "iv", 12);
    (!key.is_empty() && !iv.is_empty()).then(|| Keys { key, iv, mac: Zeroizing::default() })
}

/// The secret of the next generation (RFC 8446 section 7.2).
#[must_use]
pub fn next_generation(hash: Hash, secret: &Secret) -> Secret {
    Secret::from(expand_label(hash, secret.bytes(), "traffic upd", hash.output_len()).to_vec())
}

/// Which function derives keys before TLS 1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prf {
    /// TLS 1.0 and 1.1: MD5 and SHA-1 (RFC 2246 section 5).
    Md5Sha1,
    /// TLS 1.2: the suite's hash (RFC 5246 section 5).
    Tls12(Hash),
}

impl Prf {
    /// That of a version and a suite.
    #[must_use]
    pub fn of(version: u16, suite: &Suite) -> Prf {
        if version >= 0x0303 { Prf::Tls12(suite.hash) } else { Prf::Md5Sha1 }
    }

    /// `len` bytes out of a secret, a label and a seed.
    #[must_use]
    pub fn derive(self, secret: &[u8], label: &[u8], seed: &[&[u8]], len: usize) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(vec![0; len]);
        match self {
            Prf::Tls12(Hash::Sha256) => p_hash::<Hmac<Sha256>>(secret, label, seed, &mut out),
            Prf::Tls12(Hash::Sha384) => p_hash::<Hmac<Sha384>>(secret, label, seed, &mut out),
            Prf::Md5Sha1 => {
                // The halves share a byte where the length is odd.
                let half = secret.len().div_ceil(2);
                let (first, _) = secret.split_at(half);
                let (_, second) = secret.split_at(secret.len() - half);
                p_hash::<Hmac<Md5>>(first, label, seed, &mut out);
                p_hash::<Hmac<Sha1>>(second, label, seed, &mut out);
            }
        }
        out
    }

    /// The master secret out of a premaster secret (RFC 5246 section 8.1).
    #[must_use]
    pub fn master(self, premaster: &Secret, client: &Random, server: &Random) -> Secret {
        Secret::from(self.derive(premaster.bytes(), b"master secret", &[client, server], 48).to_vec())
    }

    /// The extended master secret, which hangs on all of the handshake up to the client's key exchange (RFC 7627 section 4).
    #[must_use]
    pub fn extended_master(self, premaster: &Secret, handshake: &[u8]) -> Secret {
        let hash = match self {
            Prf::Tls12(hash) => hash.of(handshake),
            Prf::Md5Sha1 => {
                use sha1::Digest;
                [Md5::digest(handshake).to_vec(), Sha1::digest(handshake).to_vec()].concat()
            }
        };
        Secret::from(self.derive(premaster.bytes(), b"extended master secret", &[&hash], 48).to_vec())
    }

    /// The keys of both directions, the client's first (RFC 5246 section 6.3).
    #[must_use]
    pub fn keys(self, cipher: Cipher, master: &Secret, client: &Random, server: &Random) -> [Keys; 2] {
        let (mac, key, iv) = (cipher.mac().map_or(0, |mac| mac.output_len()), cipher.key_len(), cipher.fixed_iv_len());
        let block = self.derive(master.bytes(), b"key expansion", &[server, client], 2 * (mac + key + iv));
        let mut rest = block.as_slice();
        let mut next = |len: usize| {
            let (taken, behind) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            rest = behind;
            Zeroizing::new(taken.to_vec())
        };
        let [client_mac, server_mac] = [next(mac), next(mac)];
        let [client_key, server_key] = [next(key), next(key)];
        let [client_iv, server_iv] = [next(iv), next(iv)];
        [
            Keys { key: client_key, iv: client_iv, mac: client_mac },
            Keys { key: server_key, iv: server_iv, mac: server_mac },
        ]
    }
}

/// P_hash (RFC 5246 section 5), added to `out` by exclusive or.
fn p_hash<M: Mac + KeyInit + Clone>(secret: &[u8], label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
    let Ok(keyed) = <M as KeyInit>::new_from_slice(secret) else { return };
    let of = |parts: &[&[u8]]| {
        let mut mac = keyed.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes()
    };
    let seeded: Vec<&[u8]> = std::iter::once(label).chain(seed.iter().copied()).collect();
    let mut a = of(&seeded);
    let mut rest = out;
    while !rest.is_empty() {
        let mut parts: Vec<&[u8]> = vec![&a];
        parts.extend(&seeded);
        let bytes = of(&parts);
        let len = bytes.len().min(rest.len());
        let (now, later) = rest.split_at_mut(len);
        now.iter_mut().zip(bytes.iter()).for_each(|(to, from)| *to ^= from);
        rest = later;
        a = of(&[&a]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::SuiteId;
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex.replace([' ', '\n'], "")).unwrap()
    }

    /// RFC 8448 section 3: the server's handshake keys and the client's application keys.
    #[test]
    fn tls13_keys_are_those_of_rfc_8448() {
        let suite = SuiteId(0x1301).suite().unwrap();
        let handshake = bytes("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
        let keys = tls13_keys(&suite, &Secret::from(handshake)).unwrap();
        assert_eq!(*keys.key, bytes("3fce516009c21727d0f2e4e86ee403bc"));
        assert_eq!(*keys.iv, bytes("5d313eb2671276ee13000b30"));
        let application = bytes("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
        let keys = tls13_keys(&suite, &Secret::from(application)).unwrap();
        assert_eq!(*keys.key, bytes("17422dda596ed5d9acd890e3c63f5051"));
        assert_eq!(*keys.iv, bytes("5b78923dee08579033e523d9"));
    }

    /// The vectors that circulate for the PRF of TLS 1.2 (posted to the TLS working group's list).
    #[test]
    fn the_prf_of_tls_12_gives_its_vectors() {
        let secret = bytes("9bbe436ba940f017b17652849a71db35");
        let seed = bytes("a0ba9f936cda311827a6f796ffd5198c");
        let out = Prf::Tls12(Hash::Sha256).derive(&secret, b"test label", &[&seed], 100);
        assert_eq!(
            *out,
            bytes(
                "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66"
            )
        );
        let secret = bytes("b80b733d6ceefcdc71566ea48e5567df");
        let seed = bytes("cd665cf6a8447dd6ff8b27555edb7465");
        let out = Prf::Tls12(Hash::Sha384).derive(&secret, b"test label", &[&seed], 148);
        assert_eq!(
            *out,
            bytes(
                "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f"
            )
        );
    }

    #[test]
    fn a_secret_of_odd_length_shares_its_middle_byte() {
        // RFC 2246 section 5: L_S1 = L_S2 = ceil(L_S / 2). With one byte both halves are that byte.
        let both = Prf::Md5Sha1.derive(&[7], b"l", &[b"s"], 16);
        let mut apart = vec![0; 16];
        p_hash::<Hmac<Md5>>(&[7], b"l", &[b"s"], &mut apart);
        p_hash::<Hmac<Sha1>>(&[7], b"l", &[b"s"], &mut apart);
        assert_eq!(*both, apart);
    }

    #[test]
    fn a_key_block_is_cut_in_order() {
        let suite = SuiteId(0xc013).suite().unwrap();
        let (client, server) = ([1; 32], [2; 32]);
        let master = Secret::from(vec![3; 48]);
        let prf = Prf::of(0x0302, &suite);
        let [its, other] = prf.keys(suite.cipher, &master, &client, &server);
        let block = prf.derive(&[3; 48], b"key expansion", &[&server, &client], 104);
        assert_eq!(
            [its.mac, other.mac, its.key, other.key, its.iv, other.iv].map(|part| part.to_vec()).concat(),
            *block
        );
    }

    #[test]
    fn a_secret_too_short_gives_no_keys() {
        let suite = SuiteId(0x1302).suite().unwrap();
        assert!(tls13_keys(&suite, &Secret::from(vec![1; 32])).is_none());
    }
}
