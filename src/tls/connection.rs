//! One TLS connection: from records of both sides to what they hold.
//!
//! In: parts of two streams, from a ClientHello on, and the key log. Out: application data in order, each piece with where its
//! record lies, and how much is missing between; what hellos said ([`Facts`]). The handshake is followed as far as keys hang on it
//! (RFC 8446 section 2, RFC 5246 section 7.3). Records whose keys are not known yet wait, as many as
//! [`limits::TLS_WAITING_BYTES`] allow; what does not open is told and skipped.

mod agreement;
mod told;

pub use told::{Facts, Plain, Told};

use super::certificate::Certificate;
use super::ech::{Ech, Outer};
use super::hello::{ClientHello, ServerHello, encrypted_alpn};
use super::keylog::{KeyLog, Random, Secret};
use super::message::{Messages, first_message, kind};
use super::protection::{Opened, Protection};
use super::record::{ContentType, HEADER, Item, Record, Records, Verdict};
use super::shape::{Guess, Shape};
use super::vault::{Shut, Vault};
use super::waiting::Waiting;
use crate::base::limits;
use crate::base::number::wide;
use crate::base::pack::{Pack, pack_struct};
use crate::base::{At, Part, Side, Sides};

/// TLS 1.3 (RFC 8446 section 4.2.1).
const TLS13: u16 = 0x0304;

/// One connection.
#[derive(Debug, Default)]
pub struct Connection {
    facts: Facts,
    sides: Sides<Half>,
    /// Sealed records whose keys are not known yet, in the order in which they came.
    waiting: Waiting,
    /// The handshake so far, of which an extended master secret is made.
    transcript: Vec<u8>,
    /// What the client has said behind its hello while the server's is not there: before TLS 1.3 it follows what the server says.
    ahead: Vec<u8>,
    /// The server has asked for another ClientHello, as none does before TLS 1.3.
    is_retried: bool,
    /// A hello that hides another, until it is known which counts.
    outer: Option<Outer>,
    /// The master secret, where a logged premaster secret gave it.
    master: Option<Secret>,
    /// The same, sealed, while the connection is put aside.
    parked_master: Option<Shut>,
    /// Secrets that the key log had when it was last asked.
    asked: u64,
    /// Keys became known since what waits was last looked at.
    has_news: bool,
    /// What sealed records look like, while there are no keys.
    shape: Option<Box<Shape>>,
}

#[derive(Debug, Default)]
struct Half {
    records: Records,
    protection: Protection,
    messages: Messages,
    /// Before TLS 1.3: what follows is sealed.
    is_changed: bool,
    /// A record of application data was opened.
    has_opened: bool,
}

/// What a connection works with besides its own: shared by all.
pub struct Work<'w, F> {
    /// The secrets known by now.
    pub keys: &'w KeyLog,
    /// Keys may come later.
    pub may_come: bool,
    /// There is room for records to wait for them.
    pub has_room: bool,
    /// Where records are opened.
    pub buffer: &'w mut Vec<u8>,
    /// Who is told.
    pub tell: F,
}

impl Connection {
    /// What is known of it.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The client has opened it, and there is no answer yet.
    #[must_use]
    pub fn unanswered(&self) -> Option<&Random> {
        if self.facts.server_hello.is_some() {
            return None;
        }
        self.facts.client_hello.as_ref().map(|hello| &hello.random)
    }

    /// What is supposed of a connection without keys.
    #[must_use]
    pub fn guess(&self) -> Option<Guess> {
        self.shape.as_ref().filter(|_| !self.facts.has_keys)?.verdict()
    }

    /// Where the oldest record arrived that waits for keys. (What is held of a record that is not whole comes out with its end.)
    #[must_use]
    pub fn oldest_waiting(&self) -> Option<At> {
        self.waiting.oldest()
    }

    /// Bytes of memory that records take which wait for keys.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.waiting.memory()
    }

    /// Seals what opens records, so that it can be packed: it goes on as before until it is. Whether that can be.
    #[must_use]
    pub fn park(&mut self, vault: &mut Vault) -> bool {
        self.parked_master = self.master.as_ref().and_then(|master| vault.shut(master.bytes()));
        let is_sealed = self.parked_master.is_some() == self.master.is_some();
        is_sealed && Side::BOTH.into_iter().all(|side| self.sides.get_mut(side).protection.park(vault))
    }

    /// It was unpacked: what opens records is opened.
    pub fn unpark(&mut self, vault: &mut Vault) {
        let master = self.parked_master.take().and_then(|shut| vault.open(shut));
        self.master = master.map(|bytes| Secret::from(bytes.to_vec()));
        Side::BOTH.into_iter().for_each(|side| self.sides.get_mut(side).protection.unpark(vault));
    }

    /// Bytes of memory it takes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let of = |half: &Half| half.records.memory() + half.messages.memory();
        Side::BOTH.iter().map(|side| of(self.sides.get(*side))).sum::<usize>()
            + self.waiting.memory()
            + self.transcript.capacity()
            + self.ahead.capacity()
            + self.outer.as_ref().map_or(0, Outer::memory)
    }

    /// The next part of a side's bytes. An end changes nothing: what TLS says of its end is an alert.
    pub fn push<F: FnMut(Side, Told<'_>)>(&mut self, side: Side, part: Part<'_>, work: &mut Work<'_, F>) {
        self.look_for_keys(work);
        match part {
            Part::Gap(gap) => self.sides.get_mut(side).records.gap(gap),
            Part::Bytes(mut chunk) => {
                while let Some(record) = self.sides.get_mut(side).records.next_whole(&mut chunk) {
                    self.record(side, &record, work);
                }
                if chunk.is_empty() {
                    return self.look_for_keys(work);
                }
                let mut records = std::mem::take(&mut self.sides.get_mut(side).records);
                records.push(chunk, |item| self.item(side, item, work));
                self.sides.get_mut(side).records = records;
            }
            Part::End { .. } | Part::Reset { .. } => {}
        }
        // A ServerHello may have come, and what was sent before it can be opened.
        self.look_for_keys(work);
    }

    /// Secrets may have come: what waits for them goes on.
    pub fn look_for_keys<F: FnMut(Side, Told<'_>)>(&mut self, work: &mut Work<'_, F>) {
        if self.asked != work.keys.read().secrets && self.lacks_any() {
            self.agree(work.keys);
        }
        if std::mem::take(&mut self.has_news) && !self.waiting.is_empty() {
            for (side, kept) in self.waiting.take() {
                self.sealed(side, &kept.record(), work);
            }
        }
    }

    /// No more comes: what waits is given up.
    pub fn finish(&mut self) {
        self.facts.closed += wide(self.waiting.len());
        self.waiting = Waiting::default();
    }

    fn item<F: FnMut(Side, Told<'_>)>(&mut self, side: Side, item: Item<'_>, work: &mut Work<'_, F>) -> Verdict {
        match item {
            Item::Lost { bytes, .. } => {
                let half = self.sides.get_mut(side);
                half.protection.lose(bytes);
                half.messages.lose();
                Verdict::Taken
            }
            Item::Record(record) => self.record(side, &record, work),
        }
    }

    fn record<F: FnMut(Side, Told<'_>)>(&mut self, side: Side, record: &Record<'_>, work: &mut Work<'_, F>) -> Verdict {
        let content_type = ContentType::of(record.header.content_type);
        if self.is_sealed(side, content_type) {
            if self.has_lost_change(side) {
                self.change_late(side, work.keys);
            }
            self.look_at_shape(side, record);
            return self.sealed(side, record, work);
        }
        match content_type {
            Some(ContentType::ChangeCipherSpec) => self.change(side, work.keys),
            Some(ContentType::Handshake) => self.handshake(side, record.content, work.keys),
            Some(ContentType::Alert) => alert(side, record.content, record.last, work),
            _ => {}
        }
        Verdict::Taken
    }

    fn look_at_shape(&mut self, side: Side, record: &Record<'_>) {
        if self.facts.has_keys {
            self.shape = None;
            return;
        }
        let Facts { client: Some(client), client_hello: Some(asked), server_hello: Some(chosen), .. } = &self.facts
        else {
            return;
        };
        if !record.is_guess {
            let shape = self.shape.get_or_insert_with(|| Box::new(Shape::new(asked, chosen, *client)));
            shape.record(side, record.header.content_type, record.header.len.into(), record.last.time);
        }
    }

    fn version(&self) -> u16 {
        let before = if self.is_retried { TLS13 } else { 0 };
        self.facts.server_hello.as_ref().map_or(before, |hello| hello.version)
    }

    fn is_sealed(&self, side: Side, content_type: Option<ContentType>) -> bool {
        // In TLS 1.3 all that is sealed says it is application data; before the ServerHello only early data do.
        content_type == Some(ContentType::ApplicationData) || self.version() < TLS13 && self.sides.get(side).is_changed
    }

    /// A sealed record.
    fn sealed<F: FnMut(Side, Told<'_>)>(&mut self, side: Side, record: &Record<'_>, work: &mut Work<'_, F>) -> Verdict {
        if self.outer.is_some() {
            self.try_logged(side, record, work.keys);
        }
        let lacks = self.lacks_keys(side);
        if lacks && (self.sides.get(side).protection.is_closed() || self.waiting.has(side)) {
            return self.wait(side, record, work);
        }
        let mut buffer = std::mem::take(work.buffer);
        let protection = &mut self.sides.get_mut(side).protection;
        let opened =
            if lacks { protection.open_due(record, &mut buffer) } else { protection.open(record, &mut buffer) };
        let verdict = match opened {
            Some(opened) => {
                self.opened(side, record, opened, &buffer, work);
                Verdict::Taken
            }
            None if record.is_guess => Verdict::Refused,
            None if lacks => self.wait(side, record, work),
            None => {
                self.facts.closed += 1;
                // Before the first that opens, keys of the handshake may be missing: those of the data are enough.
                if self.sides.get(side).has_opened {
                    (work.tell)(side, Told::Unopened { at: record.last });
                }
                Verdict::Taken
            }
        };
        *work.buffer = buffer;
        verdict
    }

    fn opened<F: FnMut(Side, Told<'_>)>(
        &mut self,
        side: Side,
        record: &Record<'_>,
        opened: Opened,
        buffer: &[u8],
        work: &mut Work<'_, F>,
    ) {
        self.facts.is_open = true;
        self.facts.opened += 1;
        self.sides.get_mut(side).has_opened |= opened.is_of_data;
        if opened.missing > 0 {
            (work.tell)(side, Told::Missing { bytes: opened.missing, at: record.first });
        }
        let content = buffer.get(opened.content).unwrap_or_default();
        match ContentType::of(opened.content_type) {
            Some(ContentType::ApplicationData) if !content.is_empty() => {
                let Some(key) = self.sides.get(side).protection.key() else { return };
                let plain = Plain {
                    bytes: content,
                    offset: record.offset,
                    record_len: wide(HEADER + record.content.len()),
                    key,
                    sequence: opened.sequence,
                    first: record.first,
                    last: record.last,
                    facts: &self.facts,
                };
                (work.tell)(side, Told::Plain(plain));
            }
            Some(ContentType::Handshake) => self.handshake(side, content, work.keys),
            Some(ContentType::Alert) => alert(side, content, record.last, work),
            Some(ContentType::ChangeCipherSpec) => self.change(side, work.keys),
            _ => {}
        }
    }

    /// Keys of a side are not known that it has used already, or will: they may be logged yet.
    #[must_use]
    pub fn lacks_keys(&self, side: Side) -> bool {
        !self.sides.get(side).protection.has_traffic_keys()
    }

    fn lacks_any(&self) -> bool {
        Side::BOTH.iter().any(|side| self.lacks_keys(*side))
    }

    /// The record waits for keys, where some may come, or for what says which; the oldest give way where there are too many.
    fn wait<F>(&mut self, side: Side, record: &Record<'_>, work: &Work<'_, F>) -> Verdict {
        if work.has_room && (work.may_come || self.is_half_heard() && work.keys.read().secrets > 0) {
            let (facts, sides) = (&mut self.facts, &mut self.sides);
            self.waiting.push(side, record, |side, len| give_up(facts, sides.get_mut(side), len));
        } else {
            give_up(&mut self.facts, self.sides.get_mut(side), record.content.len());
        }
        Verdict::Taken
    }

    /// What one side has said is there without what the other has said before. That may come: data of a client may be early (RFC 8446
    /// section 4.2.10), and where the beginning of a side's stream was lost, the other side is read first.
    fn is_half_heard(&self) -> bool {
        let is_changed = |side: Side| self.sides.get(side).is_changed;
        self.facts.client_hello.is_some() != self.facts.server_hello.is_some()
            || !self.ahead.is_empty()
            || self.facts.client.is_some_and(|client| is_changed(client.other()) && !is_changed(client))
    }

    fn handshake(&mut self, side: Side, content: &[u8], keys: &KeyLog) {
        let mut messages = std::mem::take(&mut self.sides.get_mut(side).messages);
        messages.push(content, |kind, body, whole| self.message(side, kind, body, whole, keys));
        self.sides.get_mut(side).messages = messages;
    }

    fn message(&mut self, side: Side, message: u8, body: &[u8], whole: &[u8], keys: &KeyLog) {
        if self.facts.server_hello.is_none() && Some(side) == self.facts.client && message != kind::CLIENT_HELLO {
            if self.ahead.len() + whole.len() <= limits::TLS_MESSAGE_BYTES {
                self.ahead.extend_from_slice(whole);
            }
            return;
        }
        // A ticket comes behind what the master secret is made of.
        let is_kept = !matches!(message, kind::CLIENT_HELLO | kind::NEW_SESSION_TICKET) && self.version() < TLS13;
        if is_kept && self.transcript.len() + whole.len() <= limits::TLS_MESSAGE_BYTES {
            self.transcript.extend_from_slice(whole);
        }
        match message {
            kind::CLIENT_HELLO => self.client_hello(side, body, whole, keys),
            kind::SERVER_HELLO => self.server_hello(side, body, whole, keys),
            kind::CERTIFICATE if Some(side) != self.facts.client && self.facts.certificate.is_none() => {
                self.facts.certificate = Certificate::of_message(body, self.version() >= TLS13);
            }
            kind::SERVER_HELLO_DONE if !self.ahead.is_empty() => self.catch_up(keys),
            kind::CLIENT_KEY_EXCHANGE => self.key_exchange(body, keys),
            kind::ENCRYPTED_EXTENSIONS => self.facts.alpn = encrypted_alpn(body),
            kind::KEY_UPDATE => self.sides.get_mut(side).protection.update(),
            _ => {}
        }
    }

    /// The server has said all that the client has answered already.
    fn catch_up(&mut self, keys: &KeyLog) {
        let (Some(client), ahead) = (self.facts.client, std::mem::take(&mut self.ahead)) else { return };
        Messages::default().push(&ahead, |kind, body, whole| self.message(client, kind, body, whole, keys));
    }

    fn client_hello(&mut self, side: Side, body: &[u8], whole: &[u8], keys: &KeyLog) {
        let Some(hello) = ClientHello::parse(body) else { return };
        let is_late = self.facts.client_hello.is_none() && self.facts.server_hello.is_some();
        self.facts.client = Some(side);
        // The second one, which a HelloRetryRequest asked for, has the same random (RFC 8446 section 4.1.2).
        let before = std::mem::replace(&mut self.transcript, whole.to_vec());
        if hello.encrypted && self.outer.is_none() {
            self.outer = Outer::new(body);
            self.facts.ech = Some(Ech { public_name: hello.server_name.clone(), ..Ech::default() });
        }
        self.facts.client_hello = Some(hello);
        if is_late {
            // The server's answer was read first.
            if let (Some(outer), Some(answer)) = (&mut self.outer, first_message(&before)) {
                outer.answered(answer);
            }
            if self.version() >= TLS13 {
                self.transcript = Vec::new();
            } else if self.transcript.len() + before.len() <= limits::TLS_MESSAGE_BYTES {
                self.transcript.extend_from_slice(&before);
            }
            self.agree(keys);
        }
    }

    fn server_hello(&mut self, side: Side, body: &[u8], whole: &[u8], keys: &KeyLog) {
        if let Some(outer) = &mut self.outer {
            outer.answered(whole);
        }
        let Some(hello) = ServerHello::parse(body) else { return };
        self.is_retried |= hello.is_retry;
        if hello.is_retry {
            return;
        }
        self.facts.client.get_or_insert(side.other());
        self.facts.alpn = hello.alpn.clone();
        let is_first = self.facts.server_hello.replace(hello).is_none();
        if self.version() >= TLS13 && self.facts.client_hello.is_some() {
            // Secrets of TLS 1.3 are logged as they are.
            (self.transcript, self.ahead) = (Vec::new(), Vec::new());
        }
        // What waits hangs on the first. Another one agrees on new keys, which ChangeCipherSpec puts to use; it must not cost a
        // look at all that waits.
        if is_first {
            self.agree(keys);
        } else {
            self.uncover(keys);
        }
    }
}

/// A record with so many bytes of content will not be opened.
fn give_up(facts: &mut Facts, half: &mut Half, len: usize) {
    facts.closed += 1;
    half.protection.lose(wide(HEADER + len));
}

fn alert<F: FnMut(Side, Told<'_>)>(side: Side, content: &[u8], at: At, work: &mut Work<'_, F>) {
    if let [level, description] = *content {
        (work.tell)(side, Told::Alert { level, description, at });
    }
}

/// Secrets are put aside as [`Connection::park`] has sealed them.
impl Pack for Connection {
    fn pack(&self, out: &mut Vec<u8>) {
        let Connection {
            facts,
            sides,
            waiting,
            transcript,
            ahead,
            is_retried,
            outer,
            master: _,
            parked_master,
            asked,
            has_news,
            shape,
        } = self;
        facts.pack(out);
        sides.pack(out);
        waiting.pack(out);
        transcript.pack(out);
        ahead.pack(out);
        is_retried.pack(out);
        outer.pack(out);
        parked_master.pack(out);
        asked.pack(out);
        has_news.pack(out);
        shape.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Connection> {
        Some(Connection {
            facts: Pack::unpack(from)?,
            sides: Pack::unpack(from)?,
            waiting: Pack::unpack(from)?,
            transcript: Pack::unpack(from)?,
            ahead: Pack::unpack(from)?,
            is_retried: Pack::unpack(from)?,
            outer: Pack::unpack(from)?,
            master: None,
            parked_master: Pack::unpack(from)?,
            asked: Pack::unpack(from)?,
            has_news: Pack::unpack(from)?,
            shape: Pack::unpack(from)?,
        })
    }
}

pack_struct!(Half { records, protection, messages, is_changed, has_opened });
