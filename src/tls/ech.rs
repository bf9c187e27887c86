//! Encrypted Client Hello (RFC 9849): a ClientHello in the clear that hides another, and which of the two counts.
//!
//! In: the outer ClientHello, the server's answer to it, and the key log. Out: the inner ClientHello, where `ECH_SECRET` and
//! `ECH_CONFIG` are logged (RFC 9850 section 2.3), and whether the server took it; else the random of a logged connection whose secrets
//! open the first record of the handshake. Where nothing is logged nothing is said: most clients send an extension that only looks
//! like this one where they have no key (RFC 9849 section 6.2).

use super::cipher::glance::first_bytes;
use super::cipher::{Opener, Sealed};
use super::hello::{ClientHello, ServerHello, extension, vector8, vector16};
use super::hpke::Algorithms;
use super::keylog::{Handshake, KeyLog, Label, Random};
use super::message::kind;
use super::record::{Header, Record};
use super::schedule::{expand_label_of, extract};
use super::suite::{Hash, Suite};
use crate::base::{Cursor, limits};

/// The version of a configuration that is read (RFC 9849 section 4).
const VERSION: u16 = 0xfe0d;

/// Bytes of the server's confirmation (RFC 9849 section 7.2).
const CONFIRMATION: usize = 8;

/// What is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ech {
    /// The name in the clear: that of whoever hides the others.
    pub public_name: Option<String>,
    /// The server took the hidden hello; nothing where that is not known.
    pub is_accepted: Option<bool>,
    /// The hidden hello was opened: what is said of the client's is said of that one.
    pub is_open: bool,
}

/// A ClientHello that hides another, as long as it is not known which counts.
#[derive(Debug)]
pub(super) struct Outer {
    /// Its body.
    hello: Vec<u8>,
    random: Random,
    /// The first ServerHello or HelloRetryRequest.
    answer: Vec<u8>,
    /// Logged handshakes that were tried, from the first on.
    tried: usize,
    /// How many may be tried yet.
    tries: usize,
}

/// What was hidden.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) hello: ClientHello,
    /// Its body.
    body: Vec<u8>,
}

impl Outer {
    /// Nothing where a ClientHello hides none.
    pub(super) fn new(body: &[u8]) -> Option<Outer> {
        let parts = Parts::of(body)?;
        Offer::of(&parts)?;
        let random = *parts.start.last_chunk()?;
        Some(Outer { hello: body.to_vec(), random, answer: Vec::new(), tried: 0, tries: limits::TLS_TRIED_SECRETS })
    }

    pub(super) fn memory(&self) -> usize {
        self.hello.capacity() + self.answer.capacity()
    }

    /// Secrets are logged that say the outer hello counts.
    pub(super) fn is_known(&self, keys: &KeyLog) -> bool {
        keys.opens(&self.random)
    }

    /// The server has answered with this message: only the first matters.
    pub(super) fn answered(&mut self, message: &[u8]) {
        if self.answer.is_empty() {
            self.answer = message.to_vec();
        }
    }

    /// What is hidden, where the log has what opens it.
    pub(super) fn open(&self, keys: &KeyLog) -> Option<Inner> {
        let secret = keys.secret(&self.random, Label::EchSecret)?;
        let logged = keys.secret(&self.random, Label::EchConfig)?.bytes();
        let outer = Parts::of(&self.hello)?;
        let offer = Offer::of(&outer)?;
        // What is authenticated is the hello with zeros for what is sealed (section 5.2).
        let mut data = self.hello.clone();
        data.get_mut(offer.at..offer.at + offer.payload.len())?.fill(0);
        let opened = configs(logged).find_map(|(kem, config)| {
            let info = [b"tls ech\0", config].concat();
            Algorithms { kem, kdf: offer.kdf, aead: offer.aead }.open(secret, &info, &data, offer.payload)
        })?;
        let body = rebuild(&opened, &outer)?;
        Some(Inner { hello: ClientHello::parse(&body)?, body })
    }

    /// Whether the server's answer confirms that it took the inner hello (sections 7.2 and 7.2.1).
    pub(super) fn is_confirmed(&self, inner: &Inner, hash: Hash) -> bool {
        self.confirmation(inner, hash).is_some_and(|(said, right)| said == right)
    }

    fn confirmation(&self, inner: &Inner, hash: Hash) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut answer = self.answer.clone();
        let len = u32::try_from(inner.body.len()).ok()?.to_be_bytes();
        let hello = [&[kind::CLIENT_HELLO], len.get(1..)?, &inner.body].concat();
        let is_retry = ServerHello::parse(answer.get(4..)?)?.is_retry;
        let (at, label, before) = if is_retry {
            // The first hello counts by its hash (RFC 8446 section 4.4.1).
            let hashed = hash.of(&hello);
            let head = [kind::MESSAGE_HASH, 0, 0, u8::try_from(hashed.len()).ok()?];
            (retry_confirmation(&answer)?, "hrr ech accept confirmation", [head.as_slice(), &hashed].concat())
        } else {
            // Behind four bytes of header and two of version: the end of 32 of random.
            (4 + 2 + 32 - CONFIRMATION, "ech accept confirmation", hello)
        };
        let said = answer.get_mut(at..at + CONFIRMATION)?;
        let was = said.to_vec();
        said.fill(0);
        let transcript = hash.of(&[before, answer].concat());
        let secret = extract(hash, &[], &inner.hello.random);
        Some((was, expand_label_of(hash, &secret, label, &transcript, CONFIRMATION).to_vec()))
    }

    /// The client random of a logged connection whose secret opens this record, the first that the server has sealed.
    pub(super) fn try_logged(&mut self, keys: &KeyLog, suite: &Suite, record: &Record<'_>) -> Option<Random> {
        let logged = keys.handshakes();
        let from = self.tried.max(logged.len().saturating_sub(self.tries(record)));
        let news = logged.get(from..).unwrap_or_default();
        self.tried = logged.len();
        self.tries = self.tries.saturating_sub(news.len());
        let Header { content_type, version, .. } = record.header;
        let sealed = Sealed { sequence: 0, content_type, version, vector: None };
        let mut buffer = Vec::with_capacity(record.content.len());
        let opens = |handshake: &&Handshake| {
            let Some(its) = handshake.keys(keys, suite) else { return false };
            // EncryptedExtensions come first (RFC 8446 section 4.3.1), and have two bytes of length at most.
            let begins = first_bytes(suite.cipher, its, record.content);
            if begins.is_some_and(|begins: [u8; 2]| begins != [kind::ENCRYPTED_EXTENSIONS, 0]) {
                return false;
            }
            buffer.clear();
            buffer.extend_from_slice(record.content);
            Opener::tls13(suite, its).is_some_and(|opener| opener.open(sealed, &mut buffer).is_some())
        };
        news.iter().rev().find(opens).map(|handshake| handshake.random)
    }

    /// How many secrets may be tried on this record.
    fn tries(&self, record: &Record<'_>) -> usize {
        self.tries.min((self.hello.len() + record.content.len()) / limits::TLS_BYTES_A_TRIED_SECRET)
    }
}

/// A ClientHello, cut into its parts.
struct Parts<'a> {
    /// Version and random.
    start: &'a [u8],
    session: &'a [u8],
    /// Suites and compression methods, with their lengths.
    choices: &'a [u8],
    /// Extensions, without their length.
    extensions: &'a [u8],
    /// Where they begin.
    at: usize,
}

impl<'a> Parts<'a> {
    fn of(body: &'a [u8]) -> Option<Parts<'a>> {
        let mut cursor = Cursor::new(body);
        let start = cursor.take(2 + 32).ok()?;
        let session = vector8(&mut cursor)?;
        let from = cursor.offset();
        vector16(&mut cursor)?;
        vector8(&mut cursor)?;
        let choices = body.get(from..cursor.offset())?;
        let extensions = vector16(&mut cursor)?;
        Some(Parts { start, session, choices, extensions, at: cursor.offset() - extensions.len() })
    }

    /// Extensions: number, data, and where those begin in the list.
    fn entries(&self) -> impl Iterator<Item = (u16, &'a [u8], usize)> + use<'a> {
        let mut list = Cursor::new(self.extensions);
        std::iter::from_fn(move || {
            let (number, data) = (list.u16().ok()?, vector16(&mut list)?);
            Some((number, data, list.offset() - data.len()))
        })
    }
}

/// The extension of an outer hello (RFC 9849 section 5).
struct Offer<'a> {
    kdf: u16,
    aead: u16,
    payload: &'a [u8],
    /// Where the payload begins in the hello.
    at: usize,
}

impl<'a> Offer<'a> {
    fn of(parts: &Parts<'a>) -> Option<Offer<'a>> {
        let (_, data, at) = parts.entries().find(|(number, ..)| *number == extension::ENCRYPTED_CLIENT_HELLO)?;
        let mut cursor = Cursor::new(data);
        if cursor.u8().ok()? != 0 {
            return None;
        }
        let (kdf, aead, _config) = (cursor.u16().ok()?, cursor.u16().ok()?, cursor.u8().ok()?);
        vector16(&mut cursor)?;
        let payload = vector16(&mut cursor)?;
        Some(Offer { kdf, aead, payload, at: parts.at + at + cursor.offset() - payload.len() })
    }
}

/// Configurations that a line of the key log has, each with the number of its KEM: one, or a list behind its length.
fn configs(logged: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut cursor = Cursor::new(logged);
    if logged.first_chunk() != Some(&VERSION.to_be_bytes()) {
        let _len = cursor.u16();
    }
    std::iter::from_fn(move || {
        let from = cursor.offset();
        cursor.u16().ok()?;
        let mut contents = Cursor::new(vector16(&mut cursor)?);
        let _id = contents.u8().ok()?;
        Some((contents.u16().ok()?, logged.get(from..cursor.offset())?))
    })
}

/// The inner hello as the server rebuilds it: the session of the outer one, and those extensions of it that it refers to (RFC 9849
/// section 5.1 and appendix B). Nothing where it breaks a rule there, as a server would have none of it.
fn rebuild(encoded: &[u8], outer: &Parts<'_>) -> Option<Vec<u8>> {
    let inner = Parts::of(encoded)?;
    let padding = encoded.get(inner.at + inner.extensions.len()..)?;
    if !inner.session.is_empty() || padding.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut extensions = Vec::new();
    let mut put = |number: u16, data: &[u8]| {
        extensions.extend(number.to_be_bytes());
        extensions.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
        extensions.extend_from_slice(data);
    };
    // Each of the outer's is used at most once, and in their order: so nothing grows.
    let mut theirs = outer.entries().filter(|(number, ..)| *number != extension::ENCRYPTED_CLIENT_HELLO);
    for (number, data, _) in inner.entries() {
        if number != extension::ECH_OUTER_EXTENSIONS {
            put(number, data);
            continue;
        }
        let numbers = vector8(&mut Cursor::new(data))?.as_chunks::<2>().0;
        for wanted in numbers.iter().map(|pair| u16::from_be_bytes(*pair)) {
            let (_, data, _) = theirs.find(|(number, ..)| *number == wanted)?;
            put(wanted, data);
        }
    }
    let [session_len] = [u8::try_from(outer.session.len()).ok()?];
    let len = u16::try_from(extensions.len()).ok()?.to_be_bytes();
    Some([inner.start, &[session_len], outer.session, inner.choices, &len, &extensions].concat())
}

/// Where a HelloRetryRequest has its confirmation.
fn retry_confirmation(message: &[u8]) -> Option<usize> {
    let mut cursor = Cursor::new(message);
    cursor.take(4 + 2 + 32).ok()?;
    vector8(&mut cursor)?;
    // The suite, and a method of compression.
    cursor.take(3).ok()?;
    let _len = cursor.u16().ok()?;
    loop {
        let (number, data) = (cursor.u16().ok()?, vector16(&mut cursor)?);
        if number == extension::ENCRYPTED_CLIENT_HELLO && data.len() == CONFIRMATION {
            return Some(cursor.offset() - CONFIRMATION);
        }
    }
}

crate::base::pack::pack_struct!(Ech { public_name, is_accepted, is_open });
crate::base::pack::pack_struct!(Outer { hello, random, answer, tried, tries });

#[cfg(test)]
mod tests {
    use super::*;

    /// A hello with these extensions, which are each a number and a byte.
    fn hello(session: &[u8], extensions: &[(u16, &[u8])]) -> Vec<u8> {
        let list: Vec<u8> = extensions
            .iter()
            .flat_map(|(number, data)| {
                [&number.to_be_bytes()[..], &[0, u8::try_from(data.len()).unwrap()], data].concat()
            })
            .collect();
        let start =
            [&[3, 3][..], &[7; 32], &[u8::try_from(session.len()).unwrap()], session, &[0, 2, 19, 1, 1, 0]].concat();
        [start, u16::try_from(list.len()).unwrap().to_be_bytes().to_vec(), list].concat()
    }

    /// An outer hello that hides three bytes.
    fn outer() -> Vec<u8> {
        let offer = [0, 0, 1, 0, 1, 9, 0, 1, 0xee, 0, 3, 1, 2, 3];
        hello(&[5, 5], &[(10, &[1]), (51, &[2]), (0xfe0d, &offer), (43, &[3])])
    }

    fn refers(numbers: &[u16]) -> Vec<u8> {
        let list: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        [&[u8::try_from(list.len()).unwrap()], list.as_slice()].concat()
    }

    fn rebuilt(inner: &[u8]) -> Option<Vec<u8>> {
        rebuild(inner, &Parts::of(&outer()).unwrap())
    }

    #[test]
    fn an_inner_hello_gets_what_it_refers_to_in_its_place() {
        let encoded = [hello(&[], &[(0, &[9]), (0xfd00, &refers(&[10, 43])), (16, &[8])]), vec![0; 5]].concat();
        let whole = hello(&[5, 5], &[(0, &[9]), (10, &[1]), (43, &[3]), (16, &[8])]);
        assert_eq!(rebuilt(&encoded).unwrap(), whole);
    }

    #[test]
    fn an_inner_hello_that_breaks_a_rule_is_none() {
        // RFC 9849 section 5.1: one that is missing, twice, the wrong order, and the one that hides it.
        for numbers in [vec![10, 11], vec![10, 10], vec![43, 10], vec![10, 0xfe0d]] {
            assert_eq!(rebuilt(&hello(&[], &[(0xfd00, &refers(&numbers))])), None, "{numbers:?}");
        }
        let plain = hello(&[], &[(0, &[9])]);
        assert!(rebuilt(&plain).is_some());
        assert_eq!(rebuilt(&[plain.as_slice(), &[0, 1]].concat()), None, "padding is zeros");
        assert_eq!(rebuilt(&hello(&[1], &[(0, &[9])])), None, "it has no session of its own");
    }

    #[test]
    fn what_is_hidden_is_found_at_any_cut_or_not() {
        let whole = outer();
        let offer =
            Offer::of(&Parts::of(&whole).unwrap()).map(|offer| (offer.kdf, offer.aead, offer.payload, offer.at));
        let at = whole.windows(3).position(|three| three == [1, 2, 3]).unwrap();
        assert_eq!(offer.unwrap(), (1, 1, &[1, 2, 3][..], at));
        for len in 0..whole.len() {
            assert!(Outer::new(&whole[..len]).is_none(), "{len}");
        }
        // A server's, and an inner hello's.
        assert!(Outer::new(&hello(&[], &[(0xfe0d, &[1])])).is_none());
    }

    #[test]
    fn a_configuration_may_stand_in_a_list() {
        let one = [0xfe, 0x0d, 0, 4, 7, 0, 0x20, 1];
        let other = [0xff, 1, 0, 3, 8, 0, 0x10];
        let list = [&[0, 15], one.as_slice(), &other].concat();
        assert_eq!(configs(&one).collect::<Vec<_>>(), [(0x20, one.as_slice())]);
        assert_eq!(configs(&list).collect::<Vec<_>>(), [(0x20, one.as_slice()), (0x10, &other)]);
        assert_eq!(configs(&list[..12]).count(), 1);
    }
}
