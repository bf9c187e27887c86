//! Opening records: the ciphers, which are libraries', behind one face.
//!
//! In: keys, a record's number, header and sealed bytes. Out: its plaintext, in place, or nothing where the tag or MAC does
//! not fit. AEAD as RFC 8446 section 5.2 and RFC 5246 section 6.2.3.3, with the nonces of RFC 5288, 6655 and 7905; CBC as
//! RFC 5246 section 6.2.3.2, with the vectors of RFC 2246 in TLS 1.0; encrypt-then-MAC as RFC 7366. Lengths are checked before
//! anything is cut, so no bytes make it fail otherwise.

mod aead;
mod cbc;

use super::schedule::Keys;
use super::suite::{Cipher, Suite};

/// What is authenticated with a record besides its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Its number in its direction, since keys last changed.
    pub sequence: u64,
    /// Content type, as on the wire.
    pub content_type: u8,
    /// Version, as on the wire.
    pub version: [u8; 2],
}

/// What opens the records of a direction, until keys change.
#[derive(Debug)]
pub enum Opener {
    /// TLS 1.3: the nonce is the number, and the header is authenticated as it is.
    Aead13(aead::Aead),
    /// TLS 1.2 with an AEAD.
    Aead12(aead::Aead),
    /// A MAC, with a block cipher or none.
    Mac(cbc::Cbc),
}

impl Opener {
    /// For a suite of TLS 1.3; nothing where the keys do not fit it.
    #[must_use]
    pub fn tls13(suite: &Suite, keys: &Keys) -> Option<Opener> {
        aead::Aead::new(suite.cipher, keys).map(Opener::Aead13)
    }

    /// For an older version; nothing where the keys do not fit the suite.
    #[must_use]
    pub fn before_13(suite: &Suite, version: u16, encrypt_then_mac: bool, keys: &Keys) -> Option<Opener> {
        match suite.cipher.mac() {
            Some(_) => cbc::Cbc::new(suite.cipher, version, encrypt_then_mac, keys).map(Opener::Mac),
            None => aead::Aead::new(suite.cipher, keys).map(Opener::Aead12),
        }
    }

    /// Opens a record in place: the range of its plaintext. `content` is what stands behind the header. Where nothing comes
    /// back the bytes may have been changed.
    pub fn open(&mut self, sealed: Sealed, content: &mut [u8]) -> Option<std::ops::Range<usize>> {
        match self {
            Opener::Aead13(aead) => aead.open13(sealed, content),
            Opener::Aead12(aead) => aead.open12(sealed, content),
            Opener::Mac(cbc) => cbc.open(sealed, content),
        }
    }

    /// A record was lost, or could not be opened: what the next one's vector hangs on, where it does.
    pub fn passed(&mut self, content: &[u8]) {
        if let Opener::Mac(cbc) = self {
            cbc.passed(content);
        }
    }

    /// Whether records hang on their number alone, so that one behind lost ones can be found by trying numbers.
    #[must_use]
    pub fn can_skip(&self) -> bool {
        !matches!(self, Opener::Mac(cbc) if cbc.is_chained())
    }
}

impl Cipher {
    /// Bytes that a record of TLS 1.2 or before has more than its content, besides its header: exact for AEAD, the least
    /// where there is padding.
    #[must_use]
    pub fn least_overhead(self) -> usize {
        match self {
            Cipher::ChaCha20Poly1305 => self.tag_len(),
            Cipher::Null(mac) => mac.output_len(),
            _ => self.mac().map_or(aead::EXPLICIT + self.tag_len(), |mac| mac.output_len() + 1),
        }
    }
}
