//! Handshake messages, put together from records.
//!
//! In: the content of handshake records, in order. Out: whole messages (RFC 8446 section 4). One may be cut over several
//! records, and several may share one. A message longer than [`limits::TLS_MESSAGE_BYTES`] goes by unread; where bytes were lost,
//! what is under way is given up.

use crate::base::limits;
use crate::base::number::{at_most, wide};

/// Bytes of a message's header.
const HEADER: usize = 4;

/// A message's type (RFC 8446 section 4; RFC 5246 section 7.4).
pub mod kind {
    /// ClientHello.
    pub const CLIENT_HELLO: u8 = 1;
    /// ServerHello.
    pub const SERVER_HELLO: u8 = 2;
    /// NewSessionTicket.
    pub const NEW_SESSION_TICKET: u8 = 4;
    /// EncryptedExtensions.
    pub const ENCRYPTED_EXTENSIONS: u8 = 8;
    /// Certificate.
    pub const CERTIFICATE: u8 = 11;
    /// ServerHelloDone, before TLS 1.3.
    pub const SERVER_HELLO_DONE: u8 = 14;
    /// ClientKeyExchange.
    pub const CLIENT_KEY_EXCHANGE: u8 = 16;
    /// KeyUpdate.
    pub const KEY_UPDATE: u8 = 24;
    /// `message_hash`: stands in transcripts for a ClientHello that was asked for again, and never on the wire.
    pub const MESSAGE_HASH: u8 = 254;
}

/// The first of whole messages that stand one behind the other.
#[must_use]
pub fn first_message(messages: &[u8]) -> Option<&[u8]> {
    let [_, a, b, c] = *messages.first_chunk::<HEADER>()?;
    messages.get(..HEADER + usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?)
}

/// The messages of one side.
#[derive(Debug, Default)]
pub struct Messages {
    held: Vec<u8>,
    /// Bytes still to come of a message that is passed over.
    passing: u64,
}

impl Messages {
    /// The next content; `tell` is told each message's type, its body, and all of it.
    pub fn push(&mut self, content: &[u8], mut tell: impl FnMut(u8, &[u8], &[u8])) {
        let here = at_most(self.passing, content.len());
        self.passing -= wide(here);
        self.held.extend_from_slice(content.get(here..).unwrap_or_default());
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_slice();
        while let Some([kind, len @ ..]) = rest.first_chunk::<HEADER>() {
            let [a, b, c] = *len;
            let whole = HEADER + usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(usize::MAX);
            if whole > limits::TLS_MESSAGE_BYTES {
                self.passing = wide(whole.saturating_sub(rest.len()));
                rest = rest.get(whole..).unwrap_or_default();
                continue;
            }
            let Some((message, behind)) = rest.split_at_checked(whole) else { break };
            tell(*kind, message.get(HEADER..).unwrap_or_default(), message);
            rest = behind;
        }
        self.held.extend_from_slice(rest);
    }

    /// Bytes were lost: the next record begins a message, as far as is known.
    pub fn lose(&mut self) {
        *self = Messages::default();
    }

    /// Bytes of memory it takes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.held.capacity()
    }
}

crate::base::pack::pack_struct!(Messages { held, passing });

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let len = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[kind], &len[1..], body].concat()
    }

    fn read(messages: &mut Messages, content: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut told = Vec::new();
        messages.push(content, |kind, body, _| told.push((kind, body.to_vec())));
        told
    }

    proptest! {
        #[test]
        fn however_records_are_cut_the_messages_are_the_same(
            all in proptest::collection::vec((any::<u8>(), proptest::collection::vec(any::<u8>(), 0..50)), 1..8),
            cut in 1usize..40,
        ) {
            let bytes: Vec<u8> = all.iter().flat_map(|(kind, body)| message(*kind, body)).collect();
            let mut messages = Messages::default();
            let told: Vec<_> = bytes.chunks(cut).flat_map(|content| read(&mut messages, content)).collect();
            prop_assert_eq!(told, all);
        }
    }

    #[test]
    fn what_is_too_long_goes_by() {
        let mut messages = Messages::default();
        let long = message(11, &vec![0; limits::TLS_MESSAGE_BYTES]);
        let bytes = [long, message(14, b"x")].concat();
        let told: Vec<_> = bytes.chunks(9_000).flat_map(|content| read(&mut messages, content)).collect();
        assert_eq!(told, [(14, b"x".to_vec())]);
    }

    #[test]
    fn behind_a_loss_a_message_begins() {
        let mut messages = Messages::default();
        assert!(read(&mut messages, &message(11, &[0; 90])[..50]).is_empty());
        messages.lose();
        assert_eq!(read(&mut messages, &message(20, b"x")), [(20, b"x".to_vec())]);
    }
}
