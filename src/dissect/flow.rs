//! Which stage reads a connection's bytes: HTTP until an upgrade is accepted, WebSocket from there on.
//!
//! In: events of one connection. Out: its [`Findings`]: frames, messages and the connection itself.

mod found;

use self::found::{Found, request_of, response_of};
use super::carried::{Carried, Others};
use super::dissector::{DecodeAs, Options};
use super::findings::Findings;
use super::probe::{Decision, Probe};
use super::sink::{Evidence, StreamBytes};
use crate::base::pack::Pack;
use crate::base::{At, Chunk, Code, ConnectionId, Direction, Gap, Note, PacketNumber, Part, Side, Source, Span};
use crate::http::{self, Exchange, Other, Outcomes, Sniff, Upgrade, Verdict};
use crate::tcp::{Event, Handler, Info, Now};
use crate::websocket::inflate::Pool;
use crate::websocket::{Events, Frame, Look, Message, Scratch};

/// What is kept for each TCP connection; a few words while nothing is known.
#[derive(Debug, Default)]
pub(super) struct App {
    http: http::Connection,
    found: Option<Box<Found>>,
    /// Not HTTP, and perhaps WebSocket joined mid-stream.
    probe: Option<Box<Probe>>,
    /// What its first bytes say, for the totals.
    carried: Carried,
    /// HTTP began after other bytes: its offsets are not those of the TCP stream.
    late: bool,
}

/// The stages above TCP at work, with everything that all connections share.
pub(super) struct Flow<'s, F> {
    pub(super) options: &'s Options,
    pub(super) scratch: &'s mut Scratch,
    pub(super) pool: &'s Pool,
    pub(super) others: &'s mut Others,
    pub(super) look: Look,
    /// Somebody wants to know where bytes lie.
    pub(super) bytes: bool,
    /// Somebody wants HTTP exchanges.
    pub(super) exchanges: bool,
    /// The capture goes on, but nobody wants it: what only its end would tell is not known.
    pub(super) stopped: bool,
    pub(super) findings: &'s mut F,
}

impl<F: Findings> Handler<App> for Flow<'_, F> {
    fn event(&mut self, info: &Info, app: &mut App, side: Side, event: Event<'_>) {
        if self.stopped {
            return;
        }
        match event {
            Event::Part(Part::Bytes(chunk)) => {
                if let Some(found) = &mut app.found {
                    // A reset before these bytes was forged.
                    *found.ended.get_mut(side) = false;
                }
                self.bytes(info, app, side, chunk);
            }
            Event::Part(Part::Gap(gap)) => self.gap(info, app, side, gap),
            Event::Conflict { offset, at } => {
                if let Some(found) = &mut app.found {
                    let span = Span { source: Source::Stream, start: offset, len: 1 };
                    found.note(Note::new(Code::TcpOverlapConflict).with_span(span).with_at(at));
                }
            }
            Event::Cap { at } => {
                if let Some(found) = &mut app.found {
                    found.note(Note::new(Code::TcpCap).with_at(at));
                }
            }
            Event::Part(Part::End { .. } | Part::Reset { .. }) => {
                if let Some(found) = &mut app.found {
                    *found.ended.get_mut(side) = true;
                }
            }
        }
    }

    fn closed(&mut self, info: &Info, mut app: App) {
        if self.stopped {
            return self.left(info, app);
        }
        let mut told = self.outcomes();
        let verdict = app.http.finish(&mut told);
        self.decided(info, &mut app, Side::A, Chunk::empty(info.last), verdict, told);
        self.probe(info, &mut app, true);
        let Some(mut found) = app.found else {
            self.others.add(app.carried);
            return;
        };
        let mut told = Told { id: info.id, findings: self.findings };
        found.session.finish(self.look, self.scratch, &mut told);
        found.conclude();
        self.findings.connection(found.record(info));
    }

    fn pending(&self, app: &App) -> Option<PacketNumber> {
        let held = app.http.oldest_pending();
        let lost = app.found.as_ref().and_then(|found| found.session.oldest_pending());
        let probed = app.probe.as_ref().and_then(|probe| probe.oldest_pending());
        [held, lost, probed].into_iter().flatten().min()
    }

    fn opened(&mut self, at: At) {
        self.findings.new_connection(at);
    }

    fn park(&mut self, app: &mut App, out: &mut Vec<u8>) -> bool {
        if let Some(found) = &mut app.found {
            found.session.park(self.scratch);
        }
        app.pack(out);
        true
    }

    fn memory(&self, app: &App) -> usize {
        let payloads = app.found.as_ref().map_or(0, |found| found.session.memory());
        payloads + app.http.held_bytes() + app.probe.as_ref().map_or(0, |probe| probe.held_bytes())
    }

    fn parked(&mut self, app: &mut App) {
        if let Some(found) = &mut app.found {
            found.session.parked();
        }
    }

    fn unpark(&mut self, from: &mut &[u8]) -> Option<App> {
        let mut app = App::unpack(from)?;
        if let Some(found) = &mut app.found {
            found.session.unpark(self.scratch, self.pool);
        }
        Some(app)
    }

    fn tick(&mut self, info: &Info, app: &mut App, now: &Now) {
        let mut told = self.outcomes();
        let verdict = app.http.tick(At { packet: now.packet, time: now.time }, &mut told);
        self.decided(info, app, Side::A, Chunk::empty(info.last), verdict, told);
        if let Some(probe) = &mut app.probe {
            probe.tick();
        }
        if let Some(found) = &mut app.found {
            let mut told = Told { id: info.id, findings: self.findings };
            found.session.tick(self.look, self.scratch, &mut told);
        }
    }
}

impl<F: Findings> Flow<'_, F> {
    /// The connection may go on. What is open in it is left out, and so is what it lacks as yet.
    fn left(&mut self, info: &Info, app: App) {
        let Some(mut found) = app.found else {
            self.others.add(app.carried);
            return;
        };
        if Side::BOTH.into_iter().all(|side| *found.ended.get(side)) {
            found.conclude();
        }
        let mut connection = found.record(info);
        let answer_to_come = found.handshake.as_ref().is_some_and(|handshake| handshake.response.is_none());
        connection.notes.retain(|note| note.code != Code::HandshakeOneSided || !answer_to_come);
        self.findings.connection(connection);
    }

    fn bytes(&mut self, info: &Info, app: &mut App, side: Side, chunk: Chunk<'_>) {
        if app.carried == Carried::Silent {
            app.carried = Carried::of(chunk.bytes);
        }
        if app.http.wants(side) {
            let received = *info.received.get(side);
            if received != u64::MAX && !app.late {
                app.http.acknowledged(side, received);
            }
            let mut told = self.outcomes();
            let verdict = app.http.push(side, chunk, &mut told);
            self.decided(info, app, side, chunk, verdict, told);
        } else if let Some(probe) = &mut app.probe {
            if starts_http(chunk.bytes) {
                // What was before is something that leads to HTTP, as SOCKS does, or the rest of a body.
                *app = App { found: app.found.take(), carried: app.carried, late: true, ..App::default() };
                self.bytes(info, app, side, chunk);
            } else if probe.push(side, chunk) {
                self.probe(info, app, false);
            }
        } else if let Some(found) = &mut app.found {
            self.websocket(info, found, side, chunk);
        }
    }

    fn gap(&mut self, info: &Info, app: &mut App, side: Side, gap: Gap) {
        if app.http.wants(side) {
            let mut told = self.outcomes();
            let verdict = app.http.gap(side, gap, &mut told);
            self.decided(info, app, side, Chunk::empty(gap.at), verdict, told);
        } else if let Some(probe) = &mut app.probe {
            if probe.gap(side, gap) {
                self.probe(info, app, false);
            }
        } else if let Some(found) = &mut app.found {
            self.websocket_gap(info, found, side, gap);
        }
    }

    /// What HTTP is to tell besides its verdicts.
    fn outcomes(&self) -> Outcomes {
        Outcomes { wants_exchanges: self.exchanges, ..Outcomes::default() }
    }

    /// A request and its response are over.
    fn exchange(&mut self, info: &Info, exchange: &Exchange) {
        // No sink wants them yet.
        let _ = (info, exchange);
    }

    /// HTTP has said what it knows.
    fn decided(&mut self, info: &Info, app: &mut App, side: Side, chunk: Chunk<'_>, verdict: Verdict, told: Outcomes) {
        if self.decode_as(info) == Some(DecodeAs::Nothing) {
            return;
        }
        for refusal in told.refused {
            let client = app.found.as_ref().map_or(side.other(), |found| found.client);
            let found = app.found.get_or_insert_with(|| Box::new(Found::new(client, Evidence::Refused, self.pool)));
            found.refused(refusal);
        }
        for exchange in told.exchanges {
            self.exchange(info, &exchange);
        }
        match verdict {
            Verdict::Undecided | Verdict::Passed => {}
            Verdict::WebSocket(upgrade) => self.upgraded(info, app, side, chunk, *upgrade),
            Verdict::Other(other) => self.other(info, app, side, chunk, *other),
        }
    }

    /// An upgrade was accepted, or the other half of its handshake was found.
    fn upgraded(&mut self, info: &Info, app: &mut App, side: Side, chunk: Chunk<'_>, upgrade: Upgrade) {
        let fresh = app.found.as_ref().is_none_or(|found| found.evidence == Evidence::Refused);
        if fresh {
            let notes = app.found.take().map(|found| found.notes).unwrap_or_default();
            app.found = Some(Box::new(Found { notes, ..Found::new(upgrade.client, Evidence::Handshake, self.pool) }));
        }
        let Some(found) = &mut app.found else { return };
        found.client = upgrade.client;
        let handshake = found.handshake.get_or_insert_default();
        if let Some(request) = upgrade.request {
            handshake.request = Some(request_of(request));
        }
        if let Some(response) = upgrade.response {
            handshake.response = Some(response_of(response));
        }
        if let Some(early) = upgrade.early {
            let detail = format!("{} bytes", early.bytes);
            found.note(Note::new(Code::HandshakeEarly).with_detail(detail).with_at(early.first));
        }
        for starting in Side::BOTH {
            if let Some(start) = upgrade.starts.get(starting) {
                found.start(starting, *start);
            }
        }
        self.findings.opened(&found.record(info));
        for side in [upgrade.client, upgrade.client.other()] {
            self.held(info, found, side, upgrade.held.get(side).parts());
        }
        if upgrade.starts.get(side).is_some() {
            self.websocket(info, found, side, chunk.after(upgrade.rest));
        }
    }

    /// Not HTTP: WebSocket where the user says so, or where it looks like it.
    fn other(&mut self, info: &Info, app: &mut App, side: Side, chunk: Chunk<'_>, other: Other) {
        if app.found.as_ref().is_some_and(|found| found.evidence != Evidence::Refused) {
            return;
        }
        let from_start = info.opener.is_some() && other.reason == http::Reason::Foreign;
        let mut probe = Box::new(Probe::new(other.held, from_start));
        probe.sides.get_mut(side).push(chunk.after(other.rest));
        app.probe = Some(probe);
        self.probe(info, app, false);
    }

    /// Looks at what a probe holds; `last` where no more will come.
    fn probe(&mut self, info: &Info, app: &mut App, last: bool) {
        let Some(probe) = &mut app.probe else { return };
        let (evidence, decision) = match self.decode_as(info) {
            Some(DecodeAs::WebSocket) => (Some(Evidence::DecodeAs), probe.by_word(info.opener)),
            Some(DecodeAs::Nothing) => (None, Decision::No),
            None => (None, probe.decide(last)),
        };
        let (client, confidence, starts) = match decision {
            Decision::More => return,
            Decision::Later if !last && probe.sleep() => return,
            Decision::No | Decision::Later => {
                app.probe = None;
                return;
            }
            Decision::Yes { client, confidence, starts } => (client, confidence, starts),
        };
        let Some(probe) = app.probe.take() else { return };
        let mut found = Box::new(Found::new(client, evidence.unwrap_or(Evidence::MidStream { confidence }), self.pool));
        if evidence.is_none() {
            let detail = format!("confidence {confidence:.3}");
            found.note(Note::new(Code::MidStream).with_detail(detail).with_at(info.first));
        }
        for side in Side::BOTH {
            found.enter(side, *starts.get(side), probe.sides.get(side).first().unwrap_or(info.first));
        }
        self.findings.opened(&found.record(info));
        for side in Side::BOTH {
            self.held(info, &mut found, side, probe.sides.get(side).parts_from(starts.get(side).unwrap_or(0)));
        }
        app.found = Some(found);
    }

    fn decode_as(&self, info: &Info) -> Option<DecodeAs> {
        let ports = [info.a.port(), info.b.port()];
        self.options.decode_as.iter().find(|(port, _)| ports.contains(port)).map(|(_, as_what)| *as_what)
    }

    /// WebSocket bytes of a side that were held.
    fn held<'a>(&mut self, info: &Info, found: &mut Found, side: Side, parts: impl Iterator<Item = Part<'a>>) {
        for part in parts {
            match part {
                Part::Bytes(chunk) => self.websocket(info, found, side, chunk),
                Part::Gap(gap) => self.websocket_gap(info, found, side, gap),
                Part::End { .. } | Part::Reset { .. } => {}
            }
        }
    }

    /// The next WebSocket bytes of a side.
    fn websocket(&mut self, info: &Info, found: &mut Found, side: Side, chunk: Chunk<'_>) {
        let direction = side.direction(found.client);
        let Some(offset) = found.offsets.get_mut(side) else { return };
        if self.bytes && !chunk.is_empty() {
            self.findings.bytes(&StreamBytes { connection: info.id, direction, offset: *offset, chunk });
        }
        *offset += chunk.len();
        let mut told = Told { id: info.id, findings: self.findings };
        found.session.push(direction, chunk, self.look, self.scratch, &mut told);
    }

    fn websocket_gap(&mut self, info: &Info, found: &mut Found, side: Side, gap: Gap) {
        let Gap { len, at, cut } = gap;
        let direction = side.direction(found.client);
        let Some(offset) = found.offsets.get_mut(side) else { return };
        let start = *offset;
        *offset += len;
        let cause = if cut { "cut by the snap length" } else { "lost" };
        let detail = format!("{len} bytes from the {} at {start} ({cause})", direction.name());
        let span = Span { source: Source::Stream, start, len };
        found.note(Note::new(Code::TcpGap).with_span(span).with_detail(detail).with_at(at));
        let mut told = Told { id: info.id, findings: self.findings };
        found.session.gap(direction, gap, self.look, &mut told);
    }
}

/// A segment that starts with a request or response line.
fn starts_http(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_uppercase) && matches!(http::sniff(bytes), Sniff::Request | Sniff::Response)
}

/// Says of which connection a session's findings are.
struct Told<'s, F> {
    id: ConnectionId,
    findings: &'s mut F,
}

impl<F: Findings> Events for Told<'_, F> {
    fn frame(&mut self, frame: &Frame<'_>) {
        self.findings.frame(self.id, frame);
    }

    fn message(&mut self, message: &Message<'_>) {
        self.findings.message(self.id, message);
    }

    fn wants_windows(&self) -> bool {
        self.findings.wants().bytes
    }

    fn window(&mut self, direction: Direction, offset: u64, bytes: &[u8]) {
        self.findings.window(self.id, direction, offset, bytes);
    }
}

crate::base::pack::pack_struct!(App { http, found, probe, carried, late });
