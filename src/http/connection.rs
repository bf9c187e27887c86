//! One TCP connection, as HTTP sees it.
//!
//! In: chunks, gaps and the end of both sides. Out: a [`Verdict`] a call. An idle connection is as small as a pointer;
//! memory is taken at the first byte that fits HTTP.

use super::conversation::Conversation;
use super::exchange::Outcomes;
use super::sniff::{Sniff, sniff};
use super::verdict::{Other, Verdict};
use crate::base::{At, Chunk, Gap, PacketNumber, Side};

/// The HTTP exchanges of one TCP connection.
///
/// ```
/// use sockeye::base::{At, Chunk, Origin, Side};
/// use sockeye::http::{Connection, Outcomes, Verdict};
///
/// let chunk = |bytes| Chunk { bytes, at: At::default(), origin: Origin::Made };
/// let mut connection = Connection::default();
/// let mut told = Outcomes::default();
/// let request = b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
/// assert_eq!(connection.push(Side::A, chunk(request), &mut told), Verdict::Undecided);
/// let response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x00";
/// let Verdict::WebSocket(upgrade) = connection.push(Side::B, chunk(response), &mut told) else { panic!() };
/// assert_eq!(upgrade.client, Side::A);
/// assert_eq!(response[upgrade.rest..], [0x81, 0x00]);
/// ```
#[derive(Debug, Default)]
pub struct Connection(Stage);

#[derive(Debug)]
enum Stage {
    /// No byte yet; what the next sender has received ([`u64::MAX`]: unknown), so that this stays two words.
    New(u64),
    Reading(Box<Conversation>),
    Done,
}

impl Default for Stage {
    fn default() -> Stage {
        Stage::New(u64::MAX)
    }
}

impl Connection {
    /// Takes the next bytes of a side. What else is known goes into `told`.
    pub fn push(&mut self, side: Side, chunk: Chunk<'_>, told: &mut Outcomes) -> Verdict {
        if let Stage::New(received) = self.0 {
            if sniff(chunk.bytes) == Sniff::Foreign {
                self.0 = Stage::Done;
                return Verdict::Other(Box::new(Other::at_once()));
            }
            self.0 = Stage::Reading(Box::default());
            if received != u64::MAX {
                self.acknowledged(side, received);
            }
        }
        self.with(told, |conversation| conversation.push(side, chunk))
    }

    /// What `side` sends next, it sends having received the first `bytes` bytes of the other side's stream (a TCP
    /// acknowledgement number, counted as `Start::offset`). Without it, order in the capture stands for order in time.
    pub fn acknowledged(&mut self, side: Side, bytes: u64) {
        match &mut self.0 {
            Stage::New(received) => *received = bytes,
            Stage::Reading(conversation) => conversation.acknowledged(side, bytes),
            Stage::Done => {}
        }
    }

    /// The next bytes of a side are not in the capture.
    pub fn gap(&mut self, side: Side, gap: Gap, told: &mut Outcomes) -> Verdict {
        self.with(told, |conversation| conversation.gap(side, gap))
    }

    /// The capture has come to `now`: what was held for long is decided without its response.
    pub fn tick(&mut self, now: At, told: &mut Outcomes) -> Verdict {
        match &self.0 {
            Stage::Reading(conversation) if conversation.has_waited(now) => self.with(told, Conversation::decide),
            _ => Verdict::Undecided,
        }
    }

    /// Both sides have ended: what is held is decided as well as it can be.
    pub fn finish(&mut self, told: &mut Outcomes) -> Verdict {
        match &self.0 {
            Stage::Reading(_) => self.with(told, Conversation::finish),
            _ => Verdict::Undecided,
        }
    }

    /// The smallest packet number among bytes that are held and may still become frames.
    #[must_use]
    pub fn oldest_pending(&self) -> Option<PacketNumber> {
        match &self.0 {
            Stage::Reading(conversation) => conversation.oldest_pending(),
            _ => None,
        }
    }

    /// Memory that held bytes take, about.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        match &self.0 {
            Stage::Reading(conversation) => conversation.held_bytes(),
            _ => 0,
        }
    }

    /// This side's bytes belong here.
    #[must_use]
    pub fn wants(&self, side: Side) -> bool {
        match &self.0 {
            Stage::New(_) => true,
            Stage::Reading(conversation) => conversation.wants(side),
            Stage::Done => false,
        }
    }

    fn with(&mut self, told: &mut Outcomes, call: impl FnOnce(&mut Conversation) -> Verdict) -> Verdict {
        if matches!(self.0, Stage::New(_)) {
            self.0 = Stage::Reading(Box::default());
        }
        let Stage::Reading(conversation) = &mut self.0 else { return Verdict::Passed };
        if told.wants_exchanges && conversation.ledger.is_none() {
            conversation.ledger = Some(Box::default());
        }
        let verdict = call(conversation);
        told.refused.append(&mut conversation.refused);
        told.unanswered.append(&mut conversation.unanswered);
        let passed = !conversation.wants(Side::A) && !conversation.wants(Side::B);
        let done = passed || matches!(verdict, Verdict::Other(_));
        if let Some(ledger) = &mut conversation.ledger {
            if done {
                ledger.finish();
            }
            told.exchanges.append(&mut ledger.take());
        }
        if done {
            self.0 = Stage::Done;
        }
        verdict
    }
}

impl crate::base::pack::Pack for Connection {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Connection> {
        Stage::unpack(from).map(Connection)
    }
}

crate::base::pack::pack_enum!(Stage { 0 New(received), 1 Reading(conversation), 2 Done });
