//! What opens records, while its connection is put aside.
//!
//! In: secrets. Out: the same, sealed by a key that lives in memory alone (ChaCha20, a library's), so that neither the file in
//! which a connection lies meanwhile nor any buffer on the way to it holds one in the clear; and back. Keys that somebody else
//! still has are remembered, and are the same when they come back: who keeps them keeps them once. Nothing here says that a
//! sealed secret was not changed: then it opens no record.

use std::fmt;
use std::sync::{Arc, Weak};

use chacha20::cipher::{KeyIvInit as _, StreamCipher as _};
use hashbrown::HashMap;
use zeroize::Zeroizing;

use super::protection::RecordKey;

/// A secret that is sealed.
#[derive(Debug, PartialEq, Eq)]
pub struct Shut {
    /// Each has its own: it is the nonce.
    number: u64,
    bytes: Vec<u8>,
}

/// What seals them, and opens them again.
#[derive(Default)]
pub struct Vault {
    key: Option<Zeroizing<[u8; 32]>>,
    /// How many were sealed.
    count: u64,
    shared: HashMap<u64, Weak<RecordKey>>,
}

impl fmt::Debug for Vault {
    /// It is in no log and in no panic.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({} sealed)", self.count)
    }
}

impl Vault {
    /// Seals a secret; nothing where the system gives no random key.
    pub fn shut(&mut self, secret: &[u8]) -> Option<Shut> {
        if self.key.is_none() {
            let mut key = Zeroizing::new([0; 32]);
            getrandom::fill(key.as_mut_slice()).ok()?;
            self.key = Some(key);
        }
        self.count += 1;
        let number = self.count;
        // Sealed in place: no other copy is made of it.
        let mut bytes = secret.to_vec();
        self.apply(number, &mut bytes)?;
        Some(Shut { number, bytes })
    }

    /// Opens one that was sealed here.
    #[must_use]
    pub fn open(&self, shut: Shut) -> Option<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(shut.bytes);
        self.apply(shut.number, &mut bytes)?;
        Some(bytes)
    }

    /// The keys made of a sealed secret, where somebody else has them.
    pub(super) fn share(&mut self, shut: &Shut, key: &Arc<RecordKey>) {
        if Arc::strong_count(key) > 1 {
            self.shared.insert(shut.number, Arc::downgrade(key));
        }
    }

    /// Those keys again, where somebody has them still.
    pub(super) fn shared(&mut self, shut: &Shut) -> Option<Arc<RecordKey>> {
        self.shared.remove(&shut.number)?.upgrade()
    }

    /// The stream of a nonce that nothing else is sealed with.
    fn apply(&self, number: u64, bytes: &mut [u8]) -> Option<()> {
        let key: &[u8; 32] = self.key.as_deref()?;
        let mut cipher = chacha20::ChaCha20Legacy::new(key.into(), &number.to_le_bytes().into());
        cipher.try_apply_keystream(bytes).ok()
    }
}

crate::base::pack::pack_struct!(Shut { number, bytes });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_comes_back_and_shows_nothing() {
        let mut vault = Vault::default();
        let shut: Vec<Shut> = (0..3).map(|_| vault.shut(&[7; 48]).unwrap()).collect();
        assert!(shut.iter().all(|shut| shut.bytes.len() == 48 && shut.bytes != [7; 48]));
        assert!(shut[0].bytes != shut[1].bytes && shut[1].bytes != shut[2].bytes, "the same secret looks different");
        for shut in shut {
            assert_eq!(vault.open(shut).unwrap().as_slice(), [7; 48]);
        }
        let other = Vault::default().shut(&[7; 48]).unwrap();
        assert_ne!(vault.open(other).unwrap().as_slice(), [7; 48], "each has a key of its own");
        assert_eq!(format!("{vault:?}"), "Vault(3 sealed)");
    }
}
