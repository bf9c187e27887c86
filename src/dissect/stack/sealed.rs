//! TLS between TCP and the carrier: what opens the records of a connection, so that the carrier reads what they hold.
//!
//! In: parts of the two sealed streams. Out: parts of what is inside, told as they are opened; where they lie, for whoever looks
//! later; what is known of the connection ([`Tls`]). Nothing that was opened is kept.

use std::sync::Arc;

use super::socket::OpenSocket;
use super::{Context, Ended, Layer, Stack};
use crate::base::number::wide;
use crate::base::{
    At, Chunk, Direction, Gap, Origin, PacketNumber, Part, PerDirection, Side, Sides, SocketId, Unseal, limits,
};
use crate::dissect::carriage::{Alert, Certificate, Ech, Guess, Tls};
use crate::dissect::keyring::Keyring;
use crate::dissect::sink::Sink;
use crate::dissect::socket::{EndedHow, Evidence, Socket};
use crate::dissect::told::{OpenedRecord, StreamBytes, Told};
use crate::dissect::traffic_guess::TrafficGuess;
use crate::tcp::Info;
use crate::tls::hygiene::{self, Ending, Heard};
use crate::tls::{self, Connection, Work};

/// Ticks during which what others found waits for records without keys.
const WAITS: u8 = 4;

/// One TLS connection.
#[derive(Debug, Default)]
pub(super) struct Sealed {
    tls: Connection,
    /// Bytes of each side so far, gaps included.
    sealed: Sides<u64>,
    /// Bytes that they held, those included that are missing.
    plain: Sides<u64>,
    ticks: u8,
    alerts: Vec<Alert>,
    /// Records of each side that did not open although keys are there, and where the first arrived.
    unopened: Sides<(u64, At)>,
    /// Where its first byte arrived, and the last one so far.
    span: Option<(At, At)>,
}

impl Sealed {
    /// What is known of it, now that it is over.
    pub(super) fn facts(&self, ended: Option<Ended>) -> Arc<Tls> {
        let facts = self.tls.facts();
        let heard = |alert: &Alert| {
            let Alert { by, level, description, at } = *alert;
            let by = Side::BOTH.into_iter().find(|side| direction(facts.client, *side) == by).unwrap_or(Side::A);
            Heard { by, level, description, at }
        };
        let lacks = |side| facts.server_hello.is_some() && self.tls.lacks_keys(side);
        let ending = Ending {
            alerts: self.alerts.iter().map(heard).collect(),
            unopened: self.unopened,
            lacks_keys: Sides { a: lacks(Side::A), b: lacks(Side::B) },
            finished: ended.filter(|ended| ended.how == EndedHow::Fin).map(|ended| (ended.by, ended.at)),
        };
        let bytes = sealed_bytes(&self.sealed, facts.client);
        let guess =
            self.tls.guess().map(|guess| Guess { percent: Evidence::percent(guess.confidence), reason: guess.reason });
        let (alerts, notes) = (self.alerts.clone(), hygiene::notes(facts, &ending));
        Arc::new(Tls { alerts, notes, bytes, guess, ..tls_of(facts) })
    }

    /// Seals what opens records, so that it can be put aside.
    pub(super) fn park(&mut self, keyring: &mut Keyring) -> bool {
        self.tls.park(&mut keyring.vault)
    }

    /// It was put aside: what waits takes no memory now.
    pub(super) fn parked(&mut self, keyring: &mut Keyring) {
        keyring.waiting = keyring.waiting.saturating_sub(self.tls.waiting_bytes());
    }

    /// It is at hand again.
    pub(super) fn unpark(&mut self, keyring: &mut Keyring) {
        self.tls.unpark(&mut keyring.vault);
        keyring.waiting += self.tls.waiting_bytes();
    }

    pub(super) fn tick(&mut self) {
        self.ticks = self.ticks.saturating_add(1);
    }

    /// Tells where bytes lie, for sinks that open them later.
    fn tell_sealed<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, side: Side, part: Part<'_>) {
        let offset = self.sealed.get_mut(side);
        if let Part::Bytes(chunk) = part
            && context.bytes
        {
            let socket = SocketId::from(info.id);
            let direction = direction(self.tls.facts().client, side);
            context.sink.tell(&Told::Sealed(&StreamBytes { socket, direction, offset: *offset, chunk }));
        }
        *offset += part.len();
    }
}

/// Bytes that each direction had so far.
fn sealed_bytes(sealed: &Sides<u64>, client: Option<Side>) -> PerDirection<u64> {
    let client = client.unwrap_or(Side::A);
    PerDirection { client: *sealed.get(client), server: *sealed.get(client.other()) }
}

/// Before a hello is seen nothing is opened: then the name of a side does not matter.
fn direction(client: Option<Side>, side: Side) -> Direction {
    side.direction(client.unwrap_or(Side::A))
}

impl Stack {
    /// TLS takes the place of what carried the connection until now.
    pub(super) fn seal(&mut self) {
        self.sealed = Some(Box::default());
        self.is_sealed = true;
        self.carrier = super::Carrier::late_http();
    }

    /// What TLS holds goes to the carrier. `part` is nothing where only keys may be new.
    pub(super) fn unseal<S: Sink>(
        &mut self,
        context: &mut Context<'_, S>,
        info: &Info,
        side: Side,
        part: Option<Part<'_>>,
    ) {
        let (Some(mut sealed), Some(keyring)) = (self.sealed.take(), context.keyring.take()) else { return };
        // At the end secrets behind the last packet are known too.
        let packet = if context.at_end { PacketNumber::MAX } else { info.last.packet };
        keyring.look(&context.options.secrets, packet);
        if let Some(part) = part {
            sealed.tell_sealed(context, info, side, part);
        }
        let before = sealed.tls.waiting_bytes();
        let (may_come, has_room) = (context.options.secrets.expects_more(), keyring.has_room());
        let Keyring { keys, buffer, waiting, .. } = keyring;
        let bytes = sealed_bytes(&sealed.sealed, sealed.tls.facts().client);
        let Sealed { tls, plain, alerts, unopened, span, .. } = &mut *sealed;
        let handshake = *span;
        let client = tls.facts().client;
        let tell = |side: Side, told: tls::Told<'_>| {
            let offset = plain.get_mut(side);
            match told {
                tls::Told::Plain(found) => {
                    if self.tls.is_none() {
                        // Sockets that open want to know what is below them; what is inside is what the connection carries.
                        self.tls = Some(Arc::new(Tls { handshake, ..tls_of(found.facts) }));
                        self.guess = TrafficGuess::of(found.bytes);
                    }
                    if context.bytes {
                        tell_record(context.sink, info, direction(client, side), *offset, &found);
                    }
                    if let super::Carrier::Http2(http2) = &mut self.carrier {
                        http2.below =
                            super::http2::Below { opened: found.facts.opened, closed: found.facts.closed, bytes };
                    }
                    let chunk = Chunk { bytes: found.bytes, at: found.last, origin: Origin::Decrypted(*offset) };
                    *offset += chunk.len();
                    self.carry(context, info, side, Part::Bytes(chunk));
                }
                tls::Told::Missing { bytes, at } => {
                    *offset += bytes;
                    self.carry(context, info, side, Part::Gap(Gap { len: bytes, at, cut: false }));
                }
                tls::Told::Alert { level, description, at } => {
                    if alerts.len() < limits::TLS_ALERTS {
                        alerts.push(Alert { by: direction(client, side), level, description, at });
                    }
                }
                tls::Told::Unopened { at } => {
                    let (count, first) = unopened.get_mut(side);
                    if *count == 0 {
                        *first = at;
                    }
                    *count += 1;
                }
            }
        };
        let mut work = Work { keys, may_come, has_room, buffer, tell };
        match part {
            Some(part) => tls.push(side, part, &mut work),
            None => tls.look_for_keys(&mut work),
        }
        let random = tls.unanswered().copied();
        if let Some(Part::Bytes(chunk)) = part {
            *span = Some((span.map_or(chunk.at, |(first, _)| first), chunk.at));
        }
        *waiting = (*waiting + tls.waiting_bytes()).saturating_sub(before);
        if let Some(random) = random {
            // Whoever looks finds more while it lasts.
            let _ = context.options.owners.of((info.a, info.b), info.first.packet);
            keyring.look_for(&context.options.secrets, &random);
        }
        context.keyring = Some(keyring);
        self.sealed = Some(sealed);
    }

    /// It is over, and records of it wait for keys that may come yet.
    pub(super) fn awaits_keys<S: Sink>(&self, context: &Context<'_, S>) -> bool {
        let waits = self.sealed.as_ref().is_some_and(|sealed| sealed.tls.waiting_bytes() > 0);
        waits && context.options.secrets.expects_more()
    }

    /// The connection is over: records that wait for keys are opened with those that came, or given up.
    pub(super) fn finish_sealed<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info) {
        self.unseal(context, info, Side::A, None);
        if let (Some(sealed), Some(keyring)) = (&mut self.sealed, &mut context.keyring) {
            keyring.waiting = keyring.waiting.saturating_sub(sealed.tls.waiting_bytes());
            sealed.tls.finish();
            let handshake = self.tls.as_ref().and_then(|tls| tls.handshake);
            let tls = Arc::new(Tls { handshake, ..Arc::unwrap_or_clone(sealed.facts(self.ended)) });
            // All of it was read, and there was nothing in it.
            if tls.opened > 0 && tls.closed == 0 && self.guess == TrafficGuess::Tls {
                self.guess = TrafficGuess::Silent;
            }
            self.tls = Some(tls);
        }
    }

    /// Tells of TLS that is no WebSocket, where it behaves like one, or somebody wants all.
    pub(super) fn tell_tls<S: Sink>(&self, context: &mut Context<'_, S>, info: &Info) {
        let (Some(sealed), Some(tls)) = (&self.sealed, &self.tls) else { return };
        if tls.guess.is_none() && !context.options.all_tls {
            return;
        }
        let client = sealed.tls.facts().client.or(info.opener).unwrap_or(Side::A);
        let process = context.options.owners.of((info.a, info.b), info.first.packet);
        let socket =
            OpenSocket { tls: self.tls.clone(), process, ..OpenSocket::new(client, Evidence::Tls, context.pool) };
        // What is only supposed to be a WebSocket is not found fault with.
        context.sink.tell(&Told::Closed(&Socket { notes: Vec::new(), ..socket.record(info) }));
    }
}

fn tls_of(facts: &tls::Facts) -> Tls {
    let (client, server) = (facts.client_hello.as_ref(), facts.server_hello.as_ref());
    Tls {
        version: server.map_or(0, |hello| hello.version),
        suite: server.map(|hello| hello.suite.0),
        suite_name: server.map(|hello| hello.suite.to_string()),
        server_name: client.and_then(|hello| hello.server_name.clone()),
        alpn: facts.alpn.clone(),
        ech: facts.ech.as_ref().map(ech_of),
        certificate: facts.certificate.as_ref().map(certificate_of),
        has_keys: facts.has_keys,
        opened: facts.opened,
        closed: facts.closed,
        ..Tls::default()
    }
}

fn ech_of(ech: &tls::ech::Ech) -> Ech {
    let tls::ech::Ech { public_name, is_accepted, is_open } = ech.clone();
    Ech { public_name, is_accepted, is_open }
}

fn certificate_of(certificate: &tls::certificate::Certificate) -> Certificate {
    let tls::certificate::Certificate { subject, issuer, is_self_issued, names, more_names, not_before, not_after } =
        certificate.clone();
    let names = if names.is_empty() { subject.iter().cloned().collect() } else { names };
    Certificate { subject, issuer, is_self_issued, names, more_names, not_before, not_after }
}

fn tell_record(sink: &mut impl Sink, info: &Info, direction: Direction, plain: u64, found: &tls::Plain<'_>) {
    let key: Arc<dyn Unseal> = Arc::clone(found.key) as Arc<dyn Unseal>;
    sink.tell(&Told::Record(&OpenedRecord {
        connection: info.id,
        direction,
        offset: found.offset,
        len: found.record_len,
        plain,
        plain_len: wide(found.bytes.len()),
        key,
        number: found.sequence,
    }));
}

impl Layer for Sealed {
    fn pending(&self) -> Option<PacketNumber> {
        self.tls.oldest_waiting().filter(|_| self.ticks < WAITS).map(|at| at.packet)
    }

    fn memory(&self) -> usize {
        self.tls.memory()
    }

    fn may_park(&self) -> bool {
        true
    }
}

crate::base::pack::pack_struct!(Sealed { tls, sealed, plain, ticks, alerts, unopened, span });
