//! Where sockets begin: bytes through the carrier, and what becomes of its verdicts.
//!
//! In: a carrier's next bytes or gap. Out: a socket that opens, is refused, or goes on, and the bytes that are its.

use super::carrier::Carrier;
use super::http2::Http2;
use super::socket::OpenSocket;
use super::{Context, Ended, Stack};
use crate::base::{At, Backlog, Chunk, Code, Gap, Note, PacketNumber, Part, Side, Sides, StreamId};
use crate::dissect::options::DecodeAs;
use crate::dissect::probe::{Decision, Probe};
use crate::dissect::sink::Sink;
use crate::dissect::socket::{EndedHow, Evidence, WaitEnd};
use crate::dissect::told::Told;
use crate::dissect::traffic_guess::TrafficGuess;
use crate::http::{self, Other, Outcomes, Sniff, Upgrade, Verdict};
use crate::tcp::Info;

impl Stack {
    /// The carrier reads bytes; those that it does not want are the socket's.
    pub(super) fn read<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, side: Side, chunk: Chunk<'_>) {
        match &mut self.carrier {
            Carrier::Http1 { http, late } if http.wants(side) => {
                let received = *info.received.get(side);
                if received != u64::MAX && !*late {
                    http.acknowledged(side, received);
                }
                self.ask(context, info, side, chunk, |http, told| http.push(side, chunk, told));
            }
            Carrier::Probe(_) if starts_http(chunk.bytes) => {
                // What was before is something that leads to HTTP, as SOCKS does, or the rest of a body.
                self.carrier = Carrier::late_http();
                self.read(context, info, side, chunk);
            }
            Carrier::Probe(probe) => {
                if probe.push(side, chunk) {
                    self.probe(context, info, false);
                }
            }
            Carrier::Http2(_) => self.on_http2(context, info, side, Part::Bytes(chunk)),
            Carrier::Http1 { .. } | Carrier::Raw => {
                if self.socket.as_ref().is_some_and(|socket| socket.session.is_over()) && starts_request(chunk.bytes) {
                    self.start_over(context, info, chunk);
                    self.read(context, info, side, chunk);
                } else {
                    self.hand_up(context, info, side, [Part::Bytes(chunk)]);
                }
            }
        }
    }

    /// Both sides have closed the WebSocket, and HTTP goes on in the connection: a proxy uses it again.
    #[cold]
    fn start_over<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, chunk: Chunk<'_>) {
        if let Some(mut socket) = self.socket.take() {
            socket.finish(context, info);
            context.sink.tell(&Told::Closed(&socket.record(info)));
        }
        self.before += 1;
        self.again = Some(chunk.at);
        self.carrier = Carrier::late_http();
    }

    /// A socket of the connection. The first has it for itself; later ones are numbered from 1.
    fn open(&self, client: Side, evidence: Evidence, info: &Info, context: &Context<'_, impl Sink>) -> OpenSocket {
        let stream = (self.before > 0).then_some(StreamId(self.before));
        OpenSocket {
            stream,
            first: self.again,
            tls: self.tls.clone(),
            process: context.options.owners.of((info.a, info.b), info.first.packet),
            ..OpenSocket::new(client, evidence, context.pool)
        }
    }

    /// The carrier is told of bytes that the capture lacks.
    pub(super) fn miss<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, side: Side, gap: Gap) {
        match &mut self.carrier {
            Carrier::Http1 { http, .. } if http.wants(side) => {
                self.ask(context, info, side, Chunk::empty(gap.at), |http, told| http.gap(side, gap, told));
            }
            Carrier::Probe(probe) => {
                if probe.gap(side, gap) {
                    self.probe(context, info, false);
                }
            }
            Carrier::Http2(_) => self.on_http2(context, info, side, Part::Gap(gap)),
            Carrier::Http1 { .. } | Carrier::Raw => self.hand_up(context, info, side, [Part::Gap(gap)]),
        }
    }

    /// A socket's parts go up to it.
    fn hand_up<'p, S: Sink>(
        &mut self,
        context: &mut Context<'_, S>,
        info: &Info,
        side: Side,
        parts: impl IntoIterator<Item = Part<'p>>,
    ) {
        if let Some(socket) = &mut self.socket {
            parts.into_iter().for_each(|part| socket.push(context, info, side, part));
        }
    }

    /// What HTTP, where it is the carrier, knows behind `next`, which it finds in `chunk`; and what becomes of that.
    pub(super) fn ask<S: Sink>(
        &mut self,
        context: &mut Context<'_, S>,
        info: &Info,
        side: Side,
        chunk: Chunk<'_>,
        next: impl FnOnce(&mut http::Connection, &mut Outcomes) -> Verdict,
    ) {
        let Carrier::Http1 { http, .. } = &mut self.carrier else { return };
        let mut told = Outcomes { wants_exchanges: context.exchanges, ..Outcomes::default() };
        let verdict = next(http, &mut told);
        self.decided(context, info, side, chunk, verdict, told);
    }

    /// How the wait for an answer to what `client` asked at `asked` has ended, at the latest with the last packet.
    fn ending(&self, client: Side, asked: At, last: At) -> WaitEnd {
        let (how, by, at) = match self.ended {
            Some(Ended { by, how, at }) => (how, Some(by.direction(client)), at),
            None => (EndedHow::Capture, None, last),
        };
        WaitEnd { how, by, after: at.time.since(asked.time) }
    }

    /// HTTP has said what it knows.
    fn decided<S: Sink>(
        &mut self,
        context: &mut Context<'_, S>,
        info: &Info,
        side: Side,
        chunk: Chunk<'_>,
        verdict: Verdict,
        told: Outcomes,
    ) {
        for exchange in &told.exchanges {
            context.sink.tell(&Told::Exchange { connection: info.id, exchange });
        }
        if context.decode_as(info) == Some(DecodeAs::Nothing) {
            return;
        }
        for refusal in told.refused {
            let client = self.socket.as_ref().map_or(side.other(), |socket| socket.client());
            let fresh = Box::new(self.open(client, Evidence::Refused, info, context));
            self.socket.get_or_insert(fresh).refused(refusal);
        }
        for unanswered in told.unanswered {
            let client = unanswered.client;
            let ending = self.ending(client, unanswered.request.at, info.last);
            let fresh = Box::new(self.open(client, Evidence::Unanswered(ending), info, context));
            let socket = self.socket.get_or_insert(fresh);
            if socket.is_only_asked_for() {
                socket.unanswered(unanswered, *info.heard.get(client.other()), ending);
            }
        }
        match verdict {
            Verdict::Undecided | Verdict::Passed => {}
            Verdict::WebSocket(upgrade) => self.upgraded(context, info, side, chunk, *upgrade),
            Verdict::Other(other) => self.other(context, info, side, chunk, *other),
        }
    }

    /// An upgrade was accepted, or the other half of its handshake was found.
    fn upgraded<S: Sink>(
        &mut self,
        context: &mut Context<'_, S>,
        info: &Info,
        side: Side,
        chunk: Chunk<'_>,
        upgrade: Upgrade,
    ) {
        let fresh = self.open(upgrade.client, Evidence::Handshake, info, context);
        let socket = match &mut self.socket {
            Some(socket) if !socket.is_only_asked_for() => socket,
            refused => {
                // Notes on what was refused before stay.
                let notes = refused.take().map(|socket| socket.notes).unwrap_or_default();
                refused.insert(Box::new(OpenSocket { notes, ..fresh }))
            }
        };
        socket.client = upgrade.client;
        if let Some(response) = upgrade.response.as_ref().filter(|response| response.status != 101) {
            socket.note_status(response.status, &response.reason, response.at);
        }
        let request = upgrade.request.map(|request| socket.request_of(request));
        let response = upgrade.response.map(|response| socket.response_of(response));
        let handshake = socket.handshake.get_or_insert_default();
        handshake.request = request.or(handshake.request.take());
        handshake.response = response.or(handshake.response.take());
        if let Some(early) = upgrade.early {
            let detail = format!("{} bytes", early.bytes);
            socket.note(Note::new(Code::HandshakeEarly).with_detail(detail).with_at(early.first));
        }
        for starting in Side::BOTH {
            if let Some(start) = upgrade.starts.get(starting) {
                socket.start(starting, *start);
            }
        }
        context.sink.tell(&Told::Opened(&socket.record(info)));
        for side in [upgrade.client, upgrade.client.other()] {
            self.hand_up(context, info, side, upgrade.held.get(side).parts());
        }
        if upgrade.starts.get(side).is_some() {
            self.hand_up(context, info, side, [Part::Bytes(chunk.after(upgrade.rest))]);
        }
    }

    /// Not HTTP: WebSocket where the user says so, or where it looks like it.
    fn other<S: Sink>(
        &mut self,
        context: &mut Context<'_, S>,
        info: &Info,
        side: Side,
        chunk: Chunk<'_>,
        other: Other,
    ) {
        if self.socket.as_ref().is_some_and(|socket| !socket.is_only_asked_for()) {
            self.carrier = Carrier::Raw;
            return;
        }
        if other.reason == http::Reason::Unfinished && Side::BOTH.into_iter().any(|side| is_head(other.held.get(side)))
        {
            // A head that has begun is HTTP, whether its end comes or not.
            self.carrier = Carrier::Raw;
            return;
        }
        let from_start = info.opener.is_some() && other.reason == http::Reason::Foreign;
        let mut probe = Box::new(Probe::new(other.held, from_start));
        probe.sides.get_mut(side).push(chunk.after(other.rest));
        self.carrier = Carrier::Probe(probe);
        self.probe(context, info, false);
    }

    /// Looks at what a probe holds; `last` where no more will come.
    pub(super) fn probe<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, last: bool) {
        let Carrier::Probe(probe) = &mut self.carrier else { return };
        let (evidence, decision) = match context.decode_as(info) {
            Some(DecodeAs::WebSocket) => (Some(Evidence::DecodeAs), probe.by_word(info.opener, last)),
            Some(DecodeAs::Nothing) => (None, Decision::No),
            None => (None, probe.decide(last)),
        };
        let (client, confidence, starts) = match decision {
            Decision::More => return,
            Decision::Later if !last && probe.sleep() => return,
            Decision::Other(other) => {
                self.leads_to(context, info, other);
                return;
            }
            Decision::No | Decision::Later => {
                self.carrier = Carrier::Raw;
                return;
            }
            Decision::Yes { client, confidence, starts } => (client, confidence, starts),
        };
        let Carrier::Probe(probe) = std::mem::replace(&mut self.carrier, Carrier::Raw) else { return };
        let taken_for = evidence.unwrap_or(Evidence::MidStream { confidence });
        let mut socket = Box::new(self.open(client, taken_for, info, context));
        if let Some(before) = self.socket.take() {
            socket.goes_on_from(*before);
        } else if evidence.is_none() {
            socket.is_mid_stream(confidence, info.first);
        }
        for side in Side::BOTH {
            socket.enter(side, *starts.get(side), probe.sides.get(side).first().unwrap_or(info.first));
        }
        context.sink.tell(&Told::Opened(&socket.record(info)));
        self.socket = Some(socket);
        for side in Side::BOTH {
            let from = starts.get(side).unwrap_or(0);
            self.hand_up(context, info, side, probe.sides.get(side).parts_from(from));
        }
    }

    /// The bytes of a probe are those of something else that is known, and may carry sockets itself.
    fn leads_to<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, other: TrafficGuess) {
        // What the first bytes said was how the connection came to it; what is inside TLS is no traffic of its own.
        if other != TrafficGuess::Unknown && !self.is_sealed {
            self.guess = other;
        }
        let Carrier::Probe(probe) = std::mem::replace(&mut self.carrier, Carrier::Raw) else { return };
        match other {
            TrafficGuess::Tls if !self.is_sealed && self.socket.is_none() => self.seal(),
            TrafficGuess::Http2 if self.socket.is_none() => {
                self.carrier = Carrier::Http2(Box::new(Http2::found(info, &probe.sides)))
            }
            _ => return,
        }
        for (side, part) in in_order(&probe.sides) {
            if self.is_sealed && other == TrafficGuess::Tls {
                self.unseal(context, info, side, Some(part));
            } else {
                self.carry(context, info, side, part);
            }
        }
    }
}

/// What is held of both sides, in the order in which it arrived.
fn in_order(held: &Sides<Backlog>) -> impl Iterator<Item = (Side, Part<'_>)> {
    let mut sides = Sides { a: held.a.parts().peekable(), b: held.b.parts().peekable() };
    std::iter::from_fn(move || {
        let packet = |part: Option<&Part<'_>>| part.map_or(PacketNumber::MAX, |part| part.at().packet);
        let side = if packet(sides.a.peek()) <= packet(sides.b.peek()) { Side::A } else { Side::B };
        Some((side, sides.get_mut(side).next()?))
    })
}

/// A segment that starts with a request line.
fn starts_request(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_uppercase) && http::sniff(bytes) == Sniff::Request
}

/// What is held begins with a request or response line.
fn is_head(held: &Backlog) -> bool {
    !held.begins_with_gap() && matches!(http::sniff(held.at(0)), Sniff::Request | Sniff::Response)
}

/// A segment that starts with a request or response line.
fn starts_http(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_uppercase) && matches!(http::sniff(bytes), Sniff::Request | Sniff::Response)
}
