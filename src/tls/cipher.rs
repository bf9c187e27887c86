//! Opening records: the ciphers, which are libraries', behind one face.
//!
//! In: keys, a record's number, header and sealed bytes. Out: its plaintext, in place, or nothing where the tag or MAC does
//! not fit. AEAD as RFC 8446 section 5.2 and RFC 5246 section 6.2.3.3, with the nonces of RFC 5288, 6655 and 7905; CBC as
//! RFC 5246 section 6.2.3.2, with the vectors of RFC 2246 in TLS 1.0; encrypt-then-MAC as RFC 7366. Lengths are checked before
//! anything is cut, so no bytes make it fail otherwise.

mod aead;
mod cbc;
pub mod glance;

pub use aead::Aead;
pub use cbc::Vector;

use std::ops::Range;

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
    /// Of TLS 1.0, with a block cipher: what the record before left.
    pub vector: Option<Vector>,
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
    pub fn open(&self, sealed: Sealed, content: &mut [u8]) -> Option<Range<usize>> {
        match self {
            Opener::Aead13(aead) => aead.open13(sealed, content),
            Opener::Aead12(aead) => aead.open12(sealed, content),
            Opener::Mac(cbc) => cbc.open(sealed, content),
        }
    }

    /// The same, with what a record of TLS 1.3 has inside taken apart: the range of its content, and its type.
    pub fn open_content(&self, sealed: Sealed, content: &mut [u8]) -> Option<(Range<usize>, u8)> {
        let range = self.open(sealed, content)?;
        if !matches!(self, Opener::Aead13(_)) {
            return Some((range, sealed.content_type));
        }
        // The last byte that is not 0 says what stands before it; the rest is padding (RFC 8446 section 5.4).
        let inner = content.get(range.clone())?;
        let end = inner.iter().rposition(|byte| *byte != 0)?;
        Some((range.start..range.start + end, *inner.get(end)?))
    }

    /// The vector of the first record, where a record's hangs on the one before it (TLS 1.0).
    #[must_use]
    pub fn first_vector(&self) -> Option<Vector> {
        if let Opener::Mac(cbc) = self { cbc.first_vector() } else { None }
    }

    /// The vector of the record behind this one, opened or not, where it hangs on it.
    #[must_use]
    pub fn vector_behind(&self, content: &[u8]) -> Option<Vector> {
        if let Opener::Mac(cbc) = self { cbc.vector_behind(content) } else { None }
    }

    /// How far back from its end a record's vector reaches into what was before it.
    #[must_use]
    pub fn looks_back(&self) -> usize {
        if let Opener::Mac(cbc) = self { cbc.looks_back() } else { 0 }
    }

    /// Whether records hang on their number alone, so that one behind lost ones can be found by trying numbers.
    #[must_use]
    pub fn can_skip(&self) -> bool {
        self.first_vector().is_none()
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
