//! Which stage reads a connection's bytes: HTTP until an upgrade is accepted, WebSocket from there on.
//!
//! In: events of one connection. Out: what is [`Told`] of its sockets: frames, messages and the socket itself.

mod found;

use self::found::{Found, request_of, response_of};
use super::carried::{Carried, Others};
use super::options::{DecodeAs, Options};
use super::probe::{Decision, Probe};
use super::sink::Sink;
use super::socket::Evidence;
use super::told::{FramePlace, MessagePlace, StreamBytes, Told};
use crate::base::pack::Pack;
use crate::base::{At, Code, Direction, Note, PacketNumber, Side, SocketId, Source, Span};
use crate::http::{self, HeldPiece, Other, Piece, Refusal, Sniff, Upgrade, Verdict};
use crate::tcp::{Event, Handler, Info, Now};
use crate::websocket::inflate::Pool;
use crate::websocket::stretch::Next;
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
pub(super) struct Flow<'s, S> {
    pub(super) options: &'s Options,
    pub(super) scratch: &'s mut Scratch,
    pub(super) pool: &'s Pool,
    pub(super) others: &'s mut Others,
    pub(super) look: Look,
    /// Somebody wants to know where bytes lie.
    pub(super) bytes: bool,
    /// The capture goes on, but nobody wants it: what only its end would tell is not known.
    pub(super) stopped: bool,
    pub(super) sink: &'s mut S,
}

impl<S: Sink> Handler<App> for Flow<'_, S> {
    fn event(&mut self, info: &Info, app: &mut App, side: Side, event: Event<'_>) {
        if self.stopped {
            return;
        }
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
                    found.note(Note::new(Code::TcpOverlapConflict).with_span(span).with_at(at));
                }
            }
            Event::Cap { at } => {
                if let Some(found) = &mut app.found {
                    found.note(Note::new(Code::TcpCap).with_at(at));
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
        if self.stopped {
            return self.left(info, app);
        }
        let mut refused = Vec::new();
        let verdict = app.http.finish(&mut refused);
        self.decided(info, &mut app, Side::A, Piece { bytes: &[], at: info.last, position: None }, verdict, refused);
        self.probe(info, &mut app, true);
        let Some(mut found) = app.found else {
            self.others.add(app.carried);
            return;
        };
        let mut told = OnSocket { socket: info.id.into(), sink: self.sink };
        found.session.finish(self.look, self.scratch, &mut told);
        found.conclude();
        self.sink.tell(&Told::Closed(&found.record(info)));
    }

    fn pending(&self, app: &App) -> Option<PacketNumber> {
        let held = app.http.oldest_pending();
        let lost = app.found.as_ref().and_then(|found| found.session.oldest_pending());
        let probed = app.probe.as_ref().and_then(|probe| probe.oldest_pending());
        [held, lost, probed].into_iter().flatten().min()
    }

    fn put_aside(&mut self, app: &mut App, out: &mut Vec<u8>) -> bool {
        if let Some(found) = &mut app.found {
            found.session.put_aside(self.scratch);
        }
        app.pack(out);
        true
    }

    fn memory(&self, app: &App) -> usize {
        let payloads = app.found.as_ref().map_or(0, |found| found.session.memory());
        payloads + app.http.held_bytes() + app.probe.as_ref().map_or(0, |probe| probe.held_bytes())
    }

    fn left(&mut self, app: &mut App) {
        if let Some(found) = &mut app.found {
            found.session.leave();
        }
    }

    fn bring_back(&mut self, from: &mut &[u8]) -> Option<App> {
        let mut app = App::unpack(from)?;
        if let Some(found) = &mut app.found {
            found.session.come_back(self.scratch, self.pool);
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
            let mut told = OnSocket { socket: info.id.into(), sink: self.sink };
            found.session.tick(self.look, self.scratch, &mut told);
        }
    }
}

impl<S: Sink> Flow<'_, S> {
    /// The connection may go on. What is open in it is left out, and so is what it lacks as yet.
    fn left(&mut self, info: &Info, app: App) {
        let Some(mut found) = app.found else {
            self.others.add(app.carried);
            return;
        };
        if Side::BOTH.into_iter().all(|side| *found.ended.get(side)) {
            found.conclude();
        }
        let mut socket = found.record(info);
        let answer_to_come = found.handshake.as_ref().is_some_and(|handshake| handshake.response.is_none());
        socket.notes.retain(|note| note.code != Code::HandshakeOneSided || !answer_to_come);
        self.sink.tell(&Told::Closed(&socket));
    }

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
            let detail = format!("{} bytes", early.bytes);
            found.note(Note::new(Code::HandshakeEarly).with_detail(detail).with_at(early.first));
        }
        for starting in Side::BOTH {
            if let Some(start) = upgrade.starts.get(starting) {
                found.start(starting, *start);
            }
        }
        self.sink.tell(&Told::Opened(&found.record(info)));
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
            found.note(Note::new(Code::MidStream).with_detail(detail).with_at(info.first));
        }
        for side in Side::BOTH {
            found.enter(side, *starts.get(side), probe.sides.get(side).first().unwrap_or(info.first));
        }
        self.sink.tell(&Told::Opened(&found.record(info)));
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
            let (socket, offset) = (info.id.into(), *offset);
            let Piece { bytes, at, position } = piece;
            self.sink.tell(&Told::Bytes(&StreamBytes { socket, direction, offset, bytes, at, position }));
        }
        *offset += piece.bytes.len() as u64;
        let mut told = OnSocket { socket: info.id.into(), sink: self.sink };
        found.session.push(direction, piece.bytes, piece.at, self.look, self.scratch, &mut told);
    }

    fn websocket_gap(&mut self, info: &Info, found: &mut Found, side: Side, len: u64, at: At, cut: bool) {
        let direction = side.direction(found.client);
        let Some(offset) = found.offsets.get_mut(side) else { return };
        let start = *offset;
        *offset += len;
        let cause = if cut { "cut by the snap length" } else { "lost" };
        let detail = format!("{len} bytes from the {} at {start} ({cause})", direction.name());
        let span = Span { source: Source::Stream, start, len };
        found.note(Note::new(Code::TcpGap).with_span(span).with_detail(detail).with_at(at));
        let mut told = OnSocket { socket: info.id.into(), sink: self.sink };
        found.session.gap(direction, len, at, self.look, &mut told);
    }
}

/// A segment that starts with a request or response line.
fn starts_http(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_uppercase) && matches!(http::sniff(bytes), Sniff::Request | Sniff::Response)
}

/// Says of which socket a session's findings are.
struct OnSocket<'s, S> {
    socket: SocketId,
    sink: &'s mut S,
}

impl<S: Sink> Events for OnSocket<'_, S> {
    fn frame(&mut self, frame: &Frame<'_>) {
        self.sink.tell(&Told::Frame(&FramePlace::unnumbered(self.socket), frame));
    }

    fn message(&mut self, message: &Message<'_>) {
        self.sink.tell(&Told::Message(&MessagePlace::unnumbered(self.socket), message));
    }

    fn wants_windows(&self) -> bool {
        self.sink.wants().bytes
    }

    fn window(&mut self, direction: Direction, offset: u64, window: &[u8]) {
        self.sink.tell(&Told::Window { socket: self.socket, direction, offset, window });
    }
}

crate::base::pack::pack_struct!(App { http, found, probe, carried, late });
