//! The keys of a shard's TLS connections, as far as the capture has come.
//!
//! In: a [`SecretLog`] and a packet's number. Out: the secrets that were known there, read as key logs; and what all its
//! connections share while records are opened.

use crate::base::{PacketNumber, SecretLog, Secrets, limits};
use crate::tls::KeyLog;
use crate::tls::keylog::Random;
use crate::tls::vault::Vault;

/// Keys, and what opening shares.
#[derive(Debug, Default)]
pub(super) struct Keyring {
    /// Entries of the log that were read.
    seen: usize,
    /// Secrets there were when somebody asked for news.
    asked: u64,
    /// All that stands in the capture was taken.
    looked_ahead: bool,
    pub(super) keys: KeyLog,
    /// Where records are opened.
    pub(super) buffer: Vec<u8>,
    /// Bytes of memory of records that wait for keys, on all connections at hand.
    pub(super) waiting: usize,
    /// Seals the keys of connections that are put aside.
    pub(super) vault: Vault,
}

impl Keyring {
    /// Takes what became known before `packet`.
    pub(super) fn look(&mut self, log: &SecretLog, packet: PacketNumber) {
        log.news(&mut self.seen, packet).iter().for_each(|secrets| self.take(secrets));
    }

    /// Takes what became known before `packet`; says whether anything did since this was asked last.
    pub(super) fn has_news(&mut self, log: &SecretLog, packet: PacketNumber) -> bool {
        self.look(log, packet);
        let known = self.keys.read().secrets;
        std::mem::replace(&mut self.asked, known) != known
    }

    /// A connection was begun: where its keys are not known, those that stand further on in the capture may be its.
    pub(super) fn look_for(&mut self, log: &SecretLog, random: &Random) {
        if !self.looked_ahead && !self.keys.knows(random) {
            self.looked_ahead = true;
            log.ahead().iter().for_each(|secrets| self.take(secrets));
        }
    }

    fn take(&mut self, secrets: &Secrets) {
        if secrets.kind == Secrets::TLS_KEY_LOG {
            self.keys.push(&secrets.bytes);
            // Each entry is whole lines; the last may lack its end.
            self.keys.finish();
        }
    }

    /// There is room for records to wait for keys.
    pub(super) fn has_room(&self) -> bool {
        self.waiting < limits::TLS_ALL_WAITING_BYTES
    }
}
