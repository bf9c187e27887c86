//! What protects one direction's records, from one set of keys to the next.
//!
//! In: keys as they become known, sealed records, and how many bytes were lost between them. Out: plaintext with its type.
//! A record is tried with the keys and the number that are due. Where it does not open, with the numbers behind as many records
//! as can have been lost ([`search`](super::search)), and with the keys that come next, so that neither a lost Finished nor a
//! lost KeyUpdate ends reading. All that trying is bounded ([`limits::TLS_TRIED_BYTES`]); after it only what is due is tried.

mod parked;

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::cipher::{Opener, Sealed, Vector};
use super::keylog::Secret;
use super::record::{HEADER, Header, Record};
use super::schedule::{Keys, next_generation, tls13_keys};
use super::search::Search;
use super::suite::Suite;
use crate::base::Unseal;
use crate::base::limits;
use crate::base::number::wide;
use crate::base::pack::Pack;

/// Which keys (RFC 8446 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    /// Data that a client sends at once, under keys of an earlier connection.
    Early,
    /// The handshake of TLS 1.3.
    Handshake,
    /// Application data, and how often keys were changed since: by KeyUpdate, or before TLS 1.3 by another handshake.
    Application(u64),
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Generation::Early => f.write_str("early"),
            Generation::Handshake => f.write_str("handshake"),
            Generation::Application(number) => write!(f, "application {number}"),
        }
    }
}

/// Keys of a direction, until they change: what opens its records as often as somebody looks.
#[derive(Debug)]
pub struct RecordKey {
    /// The suite.
    pub suite: Suite,
    /// Which of its keys.
    pub generation: Generation,
    opener: Opener,
}

impl Unseal for RecordKey {
    fn unseal(&self, number: u64, before: &[u8], record: &mut [u8]) -> Option<Range<usize>> {
        let header = Header::parse(record)?;
        let vector = if number == 0 { self.opener.first_vector() } else { self.opener.vector_behind(before) };
        let Header { content_type, version, .. } = header;
        let sealed = Sealed { sequence: number, content_type, version, vector };
        let (content, _) = self.opener.open_content(sealed, record.get_mut(HEADER..header.record_len())?)?;
        Some(HEADER + content.start..HEADER + content.end)
    }

    fn looks_back(&self) -> usize {
        self.opener.looks_back()
    }

    fn name(&self) -> String {
        format!("{}, {}", self.suite.id, self.generation)
    }
}

/// What keys are made of, and would be again.
#[derive(Debug, Clone)]
pub enum Material {
    /// Of TLS 1.3: a secret, from which the next generation follows too.
    Secret(Secret),
    /// Before it: the keys themselves, and how they are used.
    Keys {
        /// The version.
        version: u16,
        /// RFC 7366.
        encrypt_then_mac: bool,
        /// The keys.
        keys: Keys,
    },
}

impl Material {
    fn opener(&self, suite: &Suite) -> Option<Opener> {
        match self {
            Material::Secret(secret) => Opener::tls13(suite, &tls13_keys(suite, secret)?),
            Material::Keys { version, encrypt_then_mac, keys } => {
                Opener::before_13(suite, *version, *encrypt_then_mac, keys)
            }
        }
    }

    /// Bytes of a record that are not its content, at least.
    fn overhead(&self, suite: &Suite) -> u64 {
        wide(match self {
            // The type of the content is sealed with it (RFC 8446 section 5.2).
            Material::Secret(_) => HEADER + 1 + suite.cipher.tag_len(),
            Material::Keys { .. } => HEADER + suite.cipher.least_overhead(),
        })
    }
}

/// Keys in use, or to be used.
#[derive(Debug)]
struct Phase {
    key: Arc<RecordKey>,
    /// They are for application data.
    is_of_data: bool,
    sequence: u64,
    /// What the next record's vector is, where it hangs on the one before.
    vector: Option<Vector>,
    material: Material,
    /// Bytes of a record that are not its content, in this phase.
    overhead: u64,
}

/// A record that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Where its content stands in the buffer.
    pub content: Range<usize>,
    /// What it carries; in TLS 1.3 that was sealed too.
    pub content_type: u8,
    /// Its keys are those of application data.
    pub is_of_data: bool,
    /// Its number under these keys.
    pub sequence: u64,
    /// Records before it that the capture lacks.
    pub skipped: u64,
    /// Content bytes of those, as far as records without padding tell.
    pub missing: u64,
}

/// One direction.
#[derive(Debug, Default)]
pub struct Protection {
    /// The keys in use, and those that come after them.
    phases: VecDeque<Phase>,
    /// Among them are keys for application data.
    has_traffic_keys: bool,
    /// What follows on the last of them by KeyUpdate, once it was asked for.
    ahead: Option<Box<Phase>>,
    /// The keys once more, sealed, while the connection is put aside.
    parked: Vec<parked::Parked>,
    /// Bytes of records lost since the last that was opened.
    lost: u64,
    /// Bytes on which keys were tried that were not due.
    tried: u64,
    /// Bytes that were lost, or passed unopened, so far: what trying may cost hangs on them.
    passed: u64,
}

impl Protection {
    /// Keys of TLS 1.3 that come after those there are; those of a phase that is known or over are left. Whether they fit
    /// the suite.
    pub fn add(&mut self, suite: &Suite, generation: Generation, secret: &Secret) -> bool {
        if self.phases.back().is_some_and(|last| last.key.generation >= generation) {
            return true;
        }
        let phase = Phase::new(*suite, generation, Material::Secret(secret.clone()));
        let fits = phase.is_some();
        self.has_traffic_keys |= phase.as_ref().is_some_and(|phase| phase.is_of_data);
        self.phases.extend(phase);
        self.ahead = None;
        fits
    }

    /// Keys before TLS 1.3 take the place of those there are, as ChangeCipherSpec says (RFC 5246 section 7.1); where they do not
    /// fit the suite nothing does.
    pub fn change(&mut self, suite: &Suite, material: Material) {
        let generation = match self.phases.front().map(|phase| phase.key.generation) {
            Some(Generation::Application(number)) => Generation::Application(number + 1),
            _ => Generation::Application(0),
        };
        let Some(phase) = Phase::new(*suite, generation, material) else { return };
        self.phases.clear();
        self.phases.push_back(phase);
        self.has_traffic_keys = true;
        self.ahead = None;
        self.lost = 0;
    }

    /// The next record has keys of the next generation (RFC 8446 section 4.6.3).
    pub fn update(&mut self) {
        // It may have been looked for already.
        let ahead = self.ahead.take().filter(|_| self.phases.len() == 1).map(|next| *next);
        if let Some(next) = ahead.or_else(|| self.phases.front().and_then(Phase::next)) {
            self.phases.pop_front();
            self.phases.push_front(next);
        }
    }

    /// What has opened the record that was opened last.
    #[must_use]
    pub fn key(&self) -> Option<&Arc<RecordKey>> {
        self.phases.front().map(|phase| &phase.key)
    }

    /// Nothing is known that opens records.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.phases.is_empty()
    }

    /// Keys for application data are known, from which all later ones follow.
    #[must_use]
    pub fn has_traffic_keys(&self) -> bool {
        self.has_traffic_keys
    }

    /// Bytes that were lost since the last record that was opened.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Bytes were lost, or are no records.
    pub fn lose(&mut self, bytes: u64) {
        self.lost = self.lost.saturating_add(bytes);
        self.passed = self.passed.saturating_add(bytes);
    }

    /// Opens a record into `buffer`. Nothing where no key fits it: then it counts as lost, and as passed.
    pub fn open(&mut self, record: &Record<'_>, buffer: &mut Vec<u8>) -> Option<Opened> {
        let opened = self.due(record, buffer).or_else(|| self.try_others(record, buffer));
        match opened {
            Some(opened) => {
                self.lost = 0;
                Some(opened)
            }
            None => {
                if let Some(phase) = self.phases.front_mut() {
                    phase.vector = phase.key.opener.vector_behind(record.content);
                }
                let len = wide(HEADER + record.content.len());
                self.passed += len;
                if !record.is_guess {
                    self.lost += len;
                }
                None
            }
        }
    }

    /// Opens a record into `buffer` with the keys and the number that are due; nothing has changed where it does not fit them.
    pub fn open_due(&mut self, record: &Record<'_>, buffer: &mut Vec<u8>) -> Option<Opened> {
        let opened = self.due(record, buffer)?;
        self.lost = 0;
        Some(opened)
    }

    fn due(&mut self, record: &Record<'_>, buffer: &mut Vec<u8>) -> Option<Opened> {
        let phase = self.phases.front_mut()?;
        let content = phase.try_open(record, phase.sequence, buffer)?;
        Some(phase.opened(content, 0, 0))
    }

    /// Other numbers, and other keys.
    fn try_others(&mut self, record: &Record<'_>, buffer: &mut Vec<u8>) -> Option<Opened> {
        // Nothing so short was sealed.
        if self.phases.front().is_none_or(|phase| record.content.len() < phase.key.suite.cipher.tag_len()) {
            return None;
        }
        // A change of keys may have been lost with records.
        let looks_ahead = self.lost > 0 && self.tried <= self.may_try();
        if looks_ahead && self.ahead.is_none() {
            self.ahead = self.phases.back().and_then(Phase::next).map(Box::new);
        }
        let phases = self.phases.iter().chain(self.ahead.as_deref().filter(|_| looks_ahead));
        let searches = phases.enumerate().map(|(at, phase)| phase.search(u64::from(at == 0), self.lost, record));
        let mut searches: Vec<Search> = searches.collect();
        // By turns, so that a number far off under the first keys costs the others nothing.
        while searches.iter().any(|search| !search.is_over()) {
            for (at, search) in searches.iter_mut().enumerate() {
                let Some(skipped) = search.next() else { continue };
                if self.tried > self.may_try() {
                    return None;
                }
                self.tried += wide(record.content.len()).max(limits::TLS_TRY_BYTES);
                if let Some(opened) = self.try_number(at, skipped, record, buffer) {
                    return Some(opened);
                }
            }
        }
        None
    }

    /// Tries one number of the keys at `at`; those before them are over where it fits.
    fn try_number(&mut self, at: usize, skipped: u64, record: &Record<'_>, buffer: &mut Vec<u8>) -> Option<Opened> {
        let is_ahead = at >= self.phases.len();
        let phase = if is_ahead { self.ahead.as_deref_mut()? } else { self.phases.get_mut(at)? };
        let content = phase.try_open(record, phase.sequence.checked_add(skipped)?, buffer)?;
        phase.sequence += skipped;
        // Where no number is missing, what was lost was no record under these keys.
        let missing = if skipped == 0 { 0 } else { self.lost.saturating_sub(skipped * phase.overhead) };
        let opened = phase.opened(content, skipped, missing);
        if is_ahead {
            self.phases.clear();
            self.phases.extend(self.ahead.take().map(|phase| *phase));
        } else {
            self.phases.drain(..at);
        }
        Some(opened)
    }

    /// Bytes on which may be tried what is not due: more where more was lost, so that time stays in proportion to what was read.
    fn may_try(&self) -> u64 {
        let earned = self.passed.saturating_mul(limits::TLS_TRIES_A_BYTE);
        limits::TLS_TRIED_BYTES.min(limits::TLS_TRIED_BYTES_AT_ONCE.saturating_add(earned))
    }
}

impl Phase {
    /// Nothing where the material does not fit the suite.
    fn new(suite: Suite, generation: Generation, material: Material) -> Option<Phase> {
        let key = Arc::new(RecordKey { suite, generation, opener: material.opener(&suite)? });
        Some(Phase::with(key, material))
    }

    fn with(key: Arc<RecordKey>, material: Material) -> Phase {
        let is_of_data = matches!(key.generation, Generation::Application(_));
        let (vector, overhead) = (key.opener.first_vector(), material.overhead(&key.suite));
        Phase { key, is_of_data, sequence: 0, vector, material, overhead }
    }

    /// Which numbers the record may have under these keys: so many are lost at least, and so many bytes.
    fn search(&self, from: u64, lost: u64, record: &Record<'_>) -> Search {
        let most = if self.key.opener.can_skip() { lost / self.overhead.max(1) } else { 0 };
        // Records are alike, mostly: those that are lost are like this one.
        let alike = lost / wide(HEADER + record.content.len());
        Search::new(from, most.min(limits::TLS_SKIPPED_RECORDS), alike)
    }

    /// The keys that follow on these by KeyUpdate.
    fn next(&self) -> Option<Phase> {
        let (suite, Material::Secret(secret)) = (self.key.suite, &self.material) else { return None };
        let Generation::Application(number) = self.key.generation else { return None };
        let next = Material::Secret(next_generation(suite.hash, secret));
        Phase::new(suite, Generation::Application(number + 1), next)
    }

    fn try_open(&mut self, record: &Record<'_>, sequence: u64, buffer: &mut Vec<u8>) -> Option<(Range<usize>, u8)> {
        buffer.clear();
        buffer.extend_from_slice(record.content);
        let Header { content_type, version, .. } = record.header;
        let opened =
            self.key.opener.open_content(Sealed { sequence, content_type, version, vector: self.vector }, buffer)?;
        self.vector = self.key.opener.vector_behind(record.content);
        Some(opened)
    }

    /// The record that was due was opened; the next is due.
    fn opened(&mut self, (content, content_type): (Range<usize>, u8), skipped: u64, missing: u64) -> Opened {
        let (is_of_data, sequence) = (self.is_of_data, self.sequence);
        self.sequence += 1;
        Opened { content, content_type, is_of_data, sequence, skipped, missing }
    }
}

/// Keys are put aside as [`Protection::park`] has sealed them.
impl Pack for Protection {
    fn pack(&self, out: &mut Vec<u8>) {
        let Protection { phases: _, has_traffic_keys: _, ahead: _, parked, lost, tried, passed } = self;
        parked.pack(out);
        [*lost, *tried, *passed].pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Protection> {
        let parked = Pack::unpack(from)?;
        let [lost, tried, passed] = <[u64; 3]>::unpack(from)?;
        Some(Protection { parked, lost, tried, passed, ..Protection::default() })
    }
}

crate::base::pack::pack_enum!(Generation { 0 Early, 1 Handshake, 2 Application(number) });

#[cfg(test)]
mod tests {
    use super::super::suite::SuiteId;
    use super::super::vault::Vault;
    use super::*;
    use crate::base::At;
    use aes_gcm::aead::{AeadInOut, KeyInit};
    use aes_gcm::{Aes128Gcm, Nonce};

    fn suite() -> Suite {
        SuiteId(0x1301).suite().unwrap()
    }

    fn secret(byte: u8) -> Secret {
        Secret::from(vec![byte; 32])
    }

    /// Seals as a sender does.
    fn seal(secret: &Secret, sequence: u64, plain: &[u8]) -> Vec<u8> {
        let keys = tls13_keys(&suite(), secret).unwrap();
        let mut nonce: [u8; 12] = keys.iv.as_slice().try_into().unwrap();
        nonce[4..].iter_mut().zip(sequence.to_be_bytes()).for_each(|(to, from)| *to ^= from);
        let mut content = [plain, &[23, 0, 0]].concat();
        let len = u16::try_from(content.len() + 16).unwrap().to_be_bytes();
        let tag = Aes128Gcm::new_from_slice(&keys.key)
            .unwrap()
            .encrypt_inout_detached(&Nonce::from(nonce), &[23, 3, 3, len[0], len[1]], content.as_mut_slice().into())
            .unwrap();
        content.extend_from_slice(&tag);
        content
    }

    fn record(content: &[u8]) -> Record<'_> {
        let len = u16::try_from(content.len()).unwrap();
        let header = Header { content_type: 23, version: [3, 3], len };
        Record { header, content, offset: 0, first: At::default(), last: At::default(), is_guess: false }
    }

    fn opened(protection: &mut Protection, content: &[u8]) -> Option<(Vec<u8>, Generation, u64)> {
        let mut buffer = Vec::new();
        let opened = protection.open(&record(content), &mut buffer)?;
        assert_eq!(opened.content_type, 23);
        Some((buffer[opened.content].to_vec(), protection.key().unwrap().generation, opened.skipped))
    }

    fn started() -> Protection {
        let mut protection = Protection::default();
        assert!(protection.add(&suite(), Generation::Handshake, &secret(1)));
        assert!(protection.add(&suite(), Generation::Application(0), &secret(2)));
        protection
    }

    #[test]
    fn keys_follow_one_on_the_other() {
        let mut protection = started();
        let hello = |generation, skipped| Some((b"hello".to_vec(), generation, skipped));
        assert_eq!(opened(&mut protection, &seal(&secret(1), 0, b"hello")), hello(Generation::Handshake, 0));
        assert_eq!(opened(&mut protection, &seal(&secret(1), 1, b"hello")), hello(Generation::Handshake, 0));
        assert_eq!(opened(&mut protection, &seal(&secret(2), 0, b"hello")), hello(Generation::Application(0), 0));
        protection.update();
        let next = next_generation(suite().hash, &secret(2));
        assert_eq!(opened(&mut protection, &seal(&next, 0, b"hello")), hello(Generation::Application(1), 0));
        assert_eq!(opened(&mut protection, &seal(&secret(2), 1, b"hello")), None, "old keys are gone");
    }

    #[test]
    fn lost_records_are_counted_by_the_number_that_fits() {
        let mut protection = started();
        protection.lose(10_000);
        let found = opened(&mut protection, &seal(&secret(2), 7, b"late")).unwrap();
        assert_eq!(found, (b"late".to_vec(), Generation::Application(0), 7));
        // Nothing was lost since: the next number is due, and no other fits.
        assert_eq!(opened(&mut protection, &seal(&secret(2), 9, b"late")), None);
        // Which counts as lost itself.
        assert_eq!(opened(&mut protection, &seal(&secret(2), 9, b"late")).unwrap().2, 1);
    }

    #[test]
    fn trying_costs_no_more_than_what_was_lost_allows() {
        let mut protection = started();
        for _ in 0..2000 {
            assert_eq!(opened(&mut protection, &[]), None);
        }
        assert_eq!(protection.tried, 0, "nothing so short was sealed");
        for _ in 0..400 {
            assert_eq!(opened(&mut protection, &[7; 18]), None);
            assert!(protection.tried <= protection.may_try() + limits::TLS_TRY_BYTES);
        }
        // What is lost of records that are alike is found all the same, behind keys that do not fit too.
        let mut protection = started();
        protection.lose(300 * 1422);
        let found = opened(&mut protection, &seal(&secret(2), 300, &[b'x'; 1400])).unwrap();
        assert_eq!(found.2, 300);
    }

    #[test]
    fn a_change_of_keys_may_be_lost() {
        let mut protection = started();
        assert!(opened(&mut protection, &seal(&secret(2), 0, b"x")).is_some());
        protection.lose(200);
        let next = next_generation(suite().hash, &secret(2));
        let found = opened(&mut protection, &seal(&next, 1, b"x")).unwrap();
        assert_eq!((found.1, found.2), (Generation::Application(1), 1));
    }

    #[test]
    fn what_is_missing_is_what_records_would_have_held() {
        let mut protection = started();
        let sealed = [seal(&secret(2), 0, b"12345"), seal(&secret(2), 1, b"123")];
        protection.lose(sealed.iter().map(|content| wide(HEADER + content.len())).sum());
        let content = seal(&secret(2), 2, b"x");
        let opened = protection.open(&record(&content), &mut Vec::new()).unwrap();
        // Two bytes of padding a record are taken for content.
        assert_eq!((opened.skipped, opened.missing), (2, 8 + 4));
    }

    #[test]
    fn ten_thousand_updates_of_keys() {
        let mut protection = started();
        assert!(opened(&mut protection, &seal(&secret(2), 0, b"x")).is_some());
        let mut last = secret(2);
        for _ in 0..10_000 {
            protection.update();
            last = next_generation(suite().hash, &last);
        }
        let found = opened(&mut protection, &seal(&last, 0, b"x")).unwrap();
        assert_eq!((found.1, protection.phases.len()), (Generation::Application(10_000), 1));
    }

    #[test]
    fn keys_that_are_put_aside_go_on_where_they_were() {
        let mut vault = Vault::default();
        let mut protection = started();
        protection.lose(60);
        assert!(opened(&mut protection, &seal(&secret(2), 0, b"x")).is_some());
        for number in 1..4 {
            assert!(protection.park(&mut vault));
            let mut packed = Vec::new();
            protection.pack(&mut packed);
            assert!(!packed.windows(8).any(|window| window == [2; 8]), "a key in the clear");
            // Whoever still has them gets the same again.
            let shown = (number == 2).then(|| Arc::clone(protection.key().unwrap()));
            if shown.is_some() {
                assert!(protection.park(&mut vault));
                packed.clear();
                protection.pack(&mut packed);
            }
            protection = Pack::unpack(&mut packed.as_slice()).unwrap();
            assert!(protection.is_closed());
            protection.unpark(&mut vault);
            assert!(shown.is_none_or(|key| Arc::ptr_eq(&key, protection.key().unwrap())));
            assert!(protection.has_traffic_keys());
            assert!(opened(&mut protection, &seal(&secret(2), number, b"y")).is_some(), "{number}");
        }
    }

    #[test]
    fn trying_ends() {
        let mut protection = started();
        let content = vec![7; 16_000];
        let mut buffer = Vec::new();
        for _ in 0..200 {
            protection.lose(1 << 40);
            assert!(protection.open(&record(&content), &mut buffer).is_none());
        }
        assert!(protection.tried <= limits::TLS_TRIED_BYTES + 200 * 4 * 16_000);
    }
}
