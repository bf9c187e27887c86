//! Which stage reads a connection's bytes: HTTP until an upgrade is accepted, WebSocket from there on.
//!
//! In: events of one connection. Out: its [`Findings`]: frames, messages and the connection itself.

use super::carried::{Carried, Others};
use super::dissector::{DecodeAs, Options};
use super::findings::Findings;
use super::probe::{Decision, Probe};
use super::sink::{Connection, Evidence, StreamBytes};
use crate::base::pack::Pack;
use crate::base::{
    At, Code, ConnectionId, Direction, Note, PacketNumber, PerDirection, Side, Sides, Source, Span, limits,
};
use crate::http::{self, HeldPiece, Other, Piece, Refusal, Sniff, Start, Upgrade, Verdict};
use crate::tcp::{Event, Handler, Info, Now};
use crate::websocket::handshake::{Request, Response, Unit};
use crate::websocket::inflate::Pool;
use crate::websocket::stretch::Next;
use crate::websocket::{Events, Frame, Handshake, Inflation, Look, Message, Rules, Scratch, Session};

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

/// A connection that is WebSocket, or asked to be.
#[derive(Debug)]
struct Found {
    client: Side,
    evidence: Evidence,
    handshake: Option<Box<Handshake>>,
    session: Session,
    /// WebSocket bytes of each side so far, gaps included; `None` where they have not begun.
    offsets: Sides<Option<u64>>,
    /// Sides that have finished, or reset the connection, behind their last byte.
    ended: Sides<bool>,
    notes: Vec<Note>,
    /// Notes beyond [`limits::CONNECTION_NOTES`].
    more_notes: u64,
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
    pub(super) findings: &'s mut F,
}

impl<F: Findings> Handler<App> for Flow<'_, F> {
    fn event(&mut self, info: &Info, app: &mut App, side: Side, event: Event<'_>) {
        match event {
            Event::Bytes { bytes, at, position } => {
                if let Some(found) = &mut app.found {
                    // A reset before these bytes was forged.
                    *found.ended.get_mut(side) = false;
                }
                self.bytes(info, app, side, Piece { bytes, at, position });
            }
            Event::Gap { len, at, cut } => self.gap(info, app, side, len, at, cut),
            Event::Conflict { offset, at } => {
                if let Some(found) = &mut app.found {
                    let span = Span { source: Source::Stream, start: offset, len: 1 };
                    let detail = format!("packet {}", at.packet);
                    found.note(Note::new(Code::TcpOverlapConflict).with_span(span).with_detail(detail));
                }
            }
            Event::Cap { at } => {
                if let Some(found) = &mut app.found {
                    found.note(Note::new(Code::TcpCap).with_detail(format!("packet {}", at.packet)));
                }
            }
            Event::End { .. } | Event::Reset { .. } => {
                if let Some(found) = &mut app.found {
                    *found.ended.get_mut(side) = true;
                }
            }
        }
    }

    fn closed(&mut self, info: &Info, mut app: App) {
        let mut refused = Vec::new();
        let verdict = app.http.finish(&mut refused);
        self.decided(info, &mut app, Side::A, Piece { bytes: &[], at: info.last, position: None }, verdict, refused);
        self.probe(info, &mut app, true);
        let Some(mut found) = app.found else {
            self.others.add(app.carried);
            return;
        };
        let mut told = Told { id: info.id, findings: self.findings };
        found.session.finish(self.look, self.scratch, &mut told);
        if found.evidence != Evidence::Refused {
            let ended = |direction: Direction| {
                let side = if direction == Direction::Client { found.client } else { found.client.other() };
                *found.ended.get(side)
            };
            let finished = PerDirection { client: ended(Direction::Client), server: ended(Direction::Server) };
            let notes = found.session.closing_notes(finished);
            found.notes.extend(notes);
        }
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

    fn put_aside(&mut self, app: &mut App, out: &mut Vec<u8>) -> bool {
        app.pack(out);
        if let Some(found) = &mut app.found {
            found.session.leave();
        }
        true
    }

    fn bring_back(&mut self, from: &mut &[u8]) -> Option<App> {
        let mut app = App::unpack(from)?;
        if let Some(found) = &mut app.found {
            found.session.use_pool(self.pool);
        }
        Some(app)
    }

    fn tick(&mut self, info: &Info, app: &mut App, now: &Now) {
        let mut refused = Vec::new();
        let verdict = app.http.tick(At { packet: now.packet, time: now.time }, &mut refused);
        let nothing = Piece { bytes: &[], at: info.last, position: None };
        self.decided(info, app, Side::A, nothing, verdict, refused);
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
    fn bytes(&mut self, info: &Info, app: &mut App, side: Side, piece: Piece<'_>) {
        if app.carried == Carried::Silent {
            app.carried = Carried::of(piece.bytes);
        }
        if app.http.wants(side) {
            let received = *info.received.get(side);
            if received != u64::MAX && !app.late {
                app.http.acknowledged(side, received);
            }
            let mut refused = Vec::new();
            let verdict = app.http.push(side, piece, &mut refused);
            self.decided(info, app, side, piece, verdict, refused);
        } else if let Some(probe) = &mut app.probe {
            if starts_http(piece.bytes) {
                // What was before is something that leads to HTTP, as SOCKS does, or the rest of a body.
                *app = App { found: app.found.take(), carried: app.carried, late: true, ..App::default() };
                self.bytes(info, app, side, piece);
            } else if probe.push(side, piece) {
                self.probe(info, app, false);
            }
        } else if let Some(found) = &mut app.found {
            self.websocket(info, found, side, piece);
        }
    }

    fn gap(&mut self, info: &Info, app: &mut App, side: Side, len: u64, at: At, cut: bool) {
        if app.http.wants(side) {
            let mut refused = Vec::new();
            let verdict = app.http.gap(side, len, at, &mut refused);
            let nothing = Piece { bytes: &[], at, position: None };
            self.decided(info, app, side, nothing, verdict, refused);
        } else if let Some(probe) = &mut app.probe {
            if probe.gap(side, len, at) {
                self.probe(info, app, false);
            }
        } else if let Some(found) = &mut app.found {
            self.websocket_gap(info, found, side, len, at, cut);
        }
    }

    /// HTTP has said what it knows.
    fn decided(
        &mut self,
        info: &Info,
        app: &mut App,
        side: Side,
        piece: Piece<'_>,
        verdict: Verdict,
        refused: Vec<Refusal>,
    ) {
        if self.decode_as(info) == Some(DecodeAs::Nothing) {
            return;
        }
        for refusal in refused {
            let client = app.found.as_ref().map_or(side.other(), |found| found.client);
            let found = app.found.get_or_insert_with(|| Box::new(Found::new(client, Evidence::Refused, self.pool)));
            found.refused(refusal);
        }
        match verdict {
            Verdict::Undecided | Verdict::Passed => {}
            Verdict::WebSocket(upgrade) => self.upgraded(info, app, side, piece, *upgrade),
            Verdict::Other(other) => self.other(info, app, side, piece, *other),
        }
    }

    /// An upgrade was accepted, or the other half of its handshake was found.
    fn upgraded(&mut self, info: &Info, app: &mut App, side: Side, piece: Piece<'_>, upgrade: Upgrade) {
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
            let detail = format!("{} bytes from packet {} on", early.bytes, early.first.packet);
            found.note(Note::new(Code::HandshakeEarly).with_detail(detail));
        }
        for starting in Side::BOTH {
            if let Some(start) = upgrade.starts.get(starting) {
                found.start(starting, *start);
            }
        }
        self.findings.opened(&found.record(info));
        for side in [upgrade.client, upgrade.client.other()] {
            self.held(info, found, side, upgrade.held.get(side));
        }
        if upgrade.starts.get(side).is_some() {
            self.websocket(info, found, side, piece.after(upgrade.rest));
        }
    }

    /// Not HTTP: WebSocket where the user says so, or where it looks like it.
    fn other(&mut self, info: &Info, app: &mut App, side: Side, piece: Piece<'_>, other: Other) {
        if app.found.as_ref().is_some_and(|found| found.evidence != Evidence::Refused) {
            return;
        }
        let mut probe = Box::new(Probe::new(info.opener.is_some() && other.reason == http::Reason::Foreign));
        for side in Side::BOTH {
            let stretch = probe.sides.get_mut(side);
            for piece in other.held.get(side).pieces() {
                match piece {
                    HeldPiece::Bytes(piece) => stretch.push(piece.bytes, piece.at, piece.position),
                    HeldPiece::Gap { len, at } => stretch.push_gap(len, at),
                }
            }
        }
        let piece = piece.after(other.rest);
        if !piece.bytes.is_empty() {
            probe.sides.get_mut(side).push(piece.bytes, piece.at, piece.position);
        }
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
            found.note(Note::new(Code::MidStream).with_detail(detail));
        }
        for side in Side::BOTH {
            found.enter(side, *starts.get(side));
        }
        self.findings.opened(&found.record(info));
        for side in Side::BOTH {
            let from = starts.get(side).unwrap_or(0);
            probe.sides.get(side).replay(from, |next| match next {
                Next::Bytes(bytes, at, position) => {
                    self.websocket(info, &mut found, side, Piece { bytes, at, position });
                }
                Next::Gap(len, at) => self.websocket_gap(info, &mut found, side, len, at, false),
            });
        }
        app.found = Some(found);
    }

    fn decode_as(&self, info: &Info) -> Option<DecodeAs> {
        let ports = [info.a.port(), info.b.port()];
        self.options.decode_as.iter().find(|(port, _)| ports.contains(port)).map(|(_, as_what)| *as_what)
    }

    fn held(&mut self, info: &Info, found: &mut Found, side: Side, held: &http::Held) {
        for piece in held.pieces() {
            match piece {
                HeldPiece::Bytes(piece) => self.websocket(info, found, side, piece),
                HeldPiece::Gap { len, at } => self.websocket_gap(info, found, side, len, at, false),
            }
        }
    }

    /// The next WebSocket bytes of a side.
    fn websocket(&mut self, info: &Info, found: &mut Found, side: Side, piece: Piece<'_>) {
        let direction = side.direction(found.client);
        let Some(offset) = found.offsets.get_mut(side) else { return };
        if self.bytes && !piece.bytes.is_empty() {
            let (connection, offset) = (info.id, *offset);
            let Piece { bytes, at, position } = piece;
            self.findings.bytes(&StreamBytes { connection, direction, offset, bytes, at, position });
        }
        *offset += piece.bytes.len() as u64;
        let mut told = Told { id: info.id, findings: self.findings };
        found.session.push(direction, piece.bytes, piece.at, self.look, self.scratch, &mut told);
    }

    fn websocket_gap(&mut self, info: &Info, found: &mut Found, side: Side, len: u64, at: At, cut: bool) {
        let direction = side.direction(found.client);
        let Some(offset) = found.offsets.get_mut(side) else { return };
        let start = *offset;
        *offset += len;
        let cause = if cut { "cut by the snap length" } else { "lost" };
        let detail = format!("{len} bytes from the {} at {start} ({cause}, packet {})", direction.name(), at.packet);
        let span = Span { source: Source::Stream, start, len };
        found.note(Note::new(Code::TcpGap).with_span(span).with_detail(detail));
        let mut told = Told { id: info.id, findings: self.findings };
        found.session.gap(direction, len, at, self.look, &mut told);
    }
}

impl Found {
    fn new(client: Side, evidence: Evidence, pool: &Pool) -> Found {
        let mut session = Session::new();
        session.use_pool(pool);
        Found {
            client,
            evidence,
            handshake: None,
            session,
            offsets: Sides::default(),
            ended: Sides::default(),
            notes: Vec::new(),
            more_notes: 0,
        }
    }

    fn refused(&mut self, refusal: Refusal) {
        let detail = format!("{} {}", refusal.response.status, refusal.response.reason);
        self.note(Note::new(Code::HandshakeRefused).with_detail(detail.trim_end().to_owned()));
        let (request, response) = (Some(request_of(refusal.request)), Some(response_of(refusal.response)));
        self.handshake = Some(Box::new(Handshake { request, response }));
    }

    /// A side is joined mid-stream: at its first frame, or where that is still to be found.
    fn enter(&mut self, side: Side, start: Option<u64>) {
        let direction = side.direction(self.client);
        *self.offsets.get_mut(side) = Some(start.unwrap_or(0));
        // Nothing tells whether compression was agreed on; RSV1 does, where it is set.
        let inflation = Some(Inflation { window_bits: 15, takeover: true, per_frame: false });
        self.session.set_rules(direction, Rules { inflation, ..Rules::default() });
        match start {
            Some(start) => self.session.enter(direction, start),
            None => self.session.lose_place(direction),
        }
    }

    /// A side's WebSocket bytes begin.
    fn start(&mut self, side: Side, start: Start) {
        let direction = side.direction(self.client);
        *self.offsets.get_mut(side) = Some(0);
        if let Some(handshake) = &self.handshake {
            self.session.set_rules(direction, rules(handshake, direction));
        }
        if !start.certain {
            self.session.lose_place(direction);
        }
    }

    fn note(&mut self, note: Note) {
        if self.notes.len() < limits::CONNECTION_NOTES {
            self.notes.push(note);
        } else {
            self.more_notes += 1;
        }
    }

    fn record(&self, info: &Info) -> Connection {
        let mut notes = self.notes.clone();
        if let Some(last) = notes.last().filter(|_| self.more_notes > 0) {
            let detail = format!("{} more notes of this connection are counted only", self.more_notes);
            notes.push(Note::new(last.code).with_detail(detail));
        }
        if let Some(handshake) = &self.handshake {
            // Refusals stand among the notes already, each one.
            notes.extend(handshake.check().into_iter().filter(|note| note.code != Code::HandshakeRefused));
        }
        Connection {
            id: info.id,
            client: info.address(self.client),
            server: info.address(self.client.other()),
            evidence: self.evidence,
            handshake: self.handshake.clone(),
            totals: PerDirection {
                client: *self.session.sent(Direction::Client),
                server: *self.session.sent(Direction::Server),
            },
            close: self.session.close().cloned(),
            first: info.first,
            last: info.last,
            notes,
        }
    }
}

/// A segment that starts with a request or response line.
fn starts_http(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_uppercase) && matches!(http::sniff(bytes), Sniff::Request | Sniff::Response)
}

/// What the handshake settled for a direction.
fn rules(handshake: &Handshake, direction: Direction) -> Rules {
    let inflation = handshake.deflate_assumed().map(|deflate| Inflation {
        window_bits: deflate.window_bits(direction),
        takeover: deflate.takeover(direction),
        per_frame: deflate.unit == Unit::Frame,
    });
    let unknown_extension = handshake.has_unknown_extension();
    Rules { inflation, unknown_extension, dialect: handshake.dialect() }
}

fn request_of(head: http::RequestHead) -> Request {
    let http::RequestHead { method, target, minor_version, fields, challenge, cut, at } = head;
    Request { method, target, minor_version, fields, challenge, cut, at }
}

fn response_of(head: http::ResponseHead) -> Response {
    let http::ResponseHead { minor_version: _, status, reason, fields, answer, cut, at } = head;
    Response { status, reason, fields, answer, cut, at }
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
crate::base::pack::pack_struct!(Found { client, evidence, handshake, session, offsets, ended, notes, more_notes });
