//! The carrier HTTP/2: its streams that are WebSockets, or may be (RFC 9113, RFC 8441).
//!
//! In: parts of both sides of a connection. Out: a socket a stream, each with its handshake, its frames and its end. A request has
//! to be answered before its stream is a socket's; until then what comes on it is held. Of a connection joined late, streams
//! whose request is not in the capture are probed like connections. Other requests are counted.

mod heads;
mod on_stream;
mod weights;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::heads::{request_of, response_of};
use self::on_stream::{Asked, OnStream, refused_with};
use self::weights::Weights;
use super::socket::OpenSocket;
use super::{Context, Ended, Layer, Stack};
use crate::base::pack::Pack;
use crate::base::{Backlog, Code, Note, PacketNumber, Part, PerDirection, Side, Sides, StreamId, limits};
use crate::dissect::carriage::{self, Tls};
use crate::dissect::probe::Decision;
use crate::dissect::sink::Sink;
use crate::dissect::socket::{EndedHow, Evidence};
use crate::dissect::told::Told;
use crate::http::h2::{self, PREFACE, is_settings};
use crate::tcp::Info;

/// Ticks during which what others found waits for a response.
const WAITS: u8 = 4;

/// One HTTP/2 connection.
#[derive(Debug)]
pub(super) struct Http2 {
    client: Side,
    h2: h2::Connection,
    streams: Streams,
    pub(super) below: Below,
}

/// Its streams that are of interest.
#[derive(Debug, Default)]
struct Streams {
    open: BTreeMap<u32, OnStream>,
    /// How many of them are probes.
    probes: usize,
    ticks: u8,
    /// Sockets that are over.
    closed: u64,
    weights: Weights,
}

/// What TLS below it has done so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Below {
    pub(super) opened: u64,
    pub(super) closed: u64,
    pub(super) bytes: PerDirection<u64>,
}

/// What a connection is to its streams.
struct OfConnection<'b> {
    info: &'b Info,
    client: Side,
    facts: h2::Facts,
    tls: &'b Option<Arc<Tls>>,
    below: Below,
}

impl Http2 {
    /// A connection of which these bytes are held.
    pub(super) fn found(info: &Info, held: &Sides<Backlog>) -> Http2 {
        let says = |side: Side, what: fn(&[u8]) -> bool| what(held.get(side).start());
        let opens =
            |bytes: &[u8]| PREFACE.starts_with(bytes.get(..PREFACE.len()).unwrap_or(bytes)) && !bytes.is_empty();
        let client = Side::BOTH.into_iter().find_map(|side| match () {
            () if says(side, opens) => Some(side),
            () if says(side, is_settings) => Some(side.other()),
            () => None,
        });
        // Joined late: who opened the connection is the client, else who has the port that nobody listens on.
        let by_port = if info.a.port() >= info.b.port() { Side::A } else { Side::B };
        let likely = client.or(info.opener).unwrap_or(by_port);
        let h2 = if client.is_some() { h2::Connection::new(likely) } else { h2::Connection::joined(likely) };
        Http2 { client: likely, h2, streams: Streams::default(), below: Below::default() }
    }

    pub(super) fn tick(&mut self) {
        self.streams.ticks = self.streams.ticks.saturating_add(1);
        for stream in self.streams.open.values_mut() {
            if let OnStream::Probe(probe) = stream {
                probe.tick();
            }
        }
    }

    /// Any of its streams may hold something else than before.
    pub(super) fn weigh(&mut self) {
        self.streams.weigh_all();
    }

    /// The sockets that are open.
    pub(super) fn sockets(&mut self) -> impl Iterator<Item = &mut OpenSocket> {
        self.streams.open.values_mut().filter_map(|stream| match stream {
            OnStream::Socket(socket) => Some(&mut **socket),
            _ => None,
        })
    }
}

impl Stack {
    /// HTTP/2 takes the next part of a side.
    pub(super) fn on_http2<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, side: Side, part: Part<'_>) {
        let super::Carrier::Http2(http2) = &mut self.carrier else { return };
        let Http2 { client, h2, streams, below } = &mut **http2;
        let below = OfConnection { info, client: *client, facts: h2.facts(), tls: &self.tls, below: *below };
        h2.push(side, part, |told| {
            let stream = told.stream();
            streams.hear(context, &below, told);
            stream.into_iter().for_each(|stream| streams.weigh(stream));
        });
    }

    /// The connection is over: so are its streams.
    pub(super) fn close_streams<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info) {
        let ended = self.ended;
        let super::Carrier::Http2(http2) = &mut self.carrier else { return };
        let Http2 { client, h2, below, .. } = &**http2;
        let below = OfConnection { info, client: *client, facts: h2.facts(), tls: &self.tls, below: *below };
        http2.streams.weights = Weights::default();
        for (stream, open) in std::mem::take(&mut http2.streams.open) {
            self.before += u64::from(open.close(context, &below, stream, ended));
        }
        self.before += http2.streams.closed;
    }
}

impl Streams {
    fn hear<S: Sink>(&mut self, context: &mut Context<'_, S>, below: &OfConnection<'_>, told: h2::Told<'_>) {
        match told {
            h2::Told::Request { stream, head, at } if head.is_websocket() => {
                let mut request = request_of(head, at, self.share());
                request.notes.extend(h2::connect::check(head).into_iter().map(|note| note.with_at(at)));
                self.ticks = 0;
                self.put(stream, OnStream::Asked(Box::new(Asked::new(request))));
            }
            h2::Told::Request { .. } => {}
            h2::Told::Response { stream, head, at } => {
                let share = self.share();
                let Some(asked) = self.take(stream) else { return };
                let answered = asked.answered(context, below, stream, response_of(head, at, share));
                self.put(stream, answered);
            }
            h2::Told::Data { stream, side, part } => self.data(context, below, stream, side, part),
            h2::Told::Ended { stream, side, reset, at } => {
                let Some(open) = self.open.get_mut(&stream) else { return };
                let how = if reset.is_some() { EndedHow::Reset } else { EndedHow::Fin };
                if open.ends(below, side, reset, at) {
                    let ended = Some(Ended { by: side, how, at });
                    let closed = self.take(stream).map(|open| open.close(context, below, stream, ended));
                    self.closed += u64::from(closed == Some(true));
                }
            }
            h2::Told::GaveWay { stream, at } => {
                context.given_up.streams += 1;
                let closed = self.take(stream).map(|open| open.gives_way(context, below, stream, at));
                self.closed += u64::from(closed == Some(true));
            }
            // Most connections end with one that says nothing is wrong.
            h2::Told::GoAway { code: 0, .. } => {}
            h2::Told::GoAway { side, code, at, .. } => {
                let detail = format!("{}: {}", below.name(side), h2::error_code::described(code));
                self.note(&Note::new(Code::Http2GoAway).with_detail(detail).with_at(at));
            }
            h2::Told::Fault { side, fault, at } => {
                let detail = format!("{}: {fault}", below.name(side));
                self.note(&Note::new(Code::Http2Hpack).with_detail(detail).with_at(at));
            }
        }
    }

    /// What a stream holds may have changed.
    fn weigh(&mut self, stream: u32) {
        let weight = self.open.get(&stream).map(|open| open.weight(self.ticks));
        self.weights.set(stream, weight);
    }

    fn weigh_all(&mut self) {
        let Streams { open, weights, ticks, .. } = self;
        open.iter().for_each(|(stream, open)| weights.set(*stream, Some(open.weight(*ticks))));
    }

    fn put(&mut self, stream: u32, open: OnStream) {
        self.probes += usize::from(open.is_probe());
        let before = self.open.insert(stream, open);
        self.probes -= usize::from(before.is_some_and(|open| open.is_probe()));
    }

    fn take(&mut self, stream: u32) -> Option<OnStream> {
        let open = self.open.remove(&stream)?;
        self.weights.set(stream, None);
        self.probes -= usize::from(open.is_probe());
        Some(open)
    }

    /// Bytes that the heads of each may have.
    fn share(&self) -> usize {
        limits::HTTP2_SHARED_BYTES / self.open.len().max(1)
    }

    /// Of the connection, and so of each of its sockets.
    fn note(&mut self, note: &Note) {
        for open in self.open.values_mut() {
            if let OnStream::Socket(socket) = open {
                socket.note(note.clone());
            }
        }
    }

    fn data<S: Sink>(
        &mut self,
        context: &mut Context<'_, S>,
        below: &OfConnection<'_>,
        stream: u32,
        side: Side,
        part: Part<'_>,
    ) {
        if !self.open.contains_key(&stream) {
            if self.open.len() >= limits::HTTP2_STREAMS || self.probes >= limits::HTTP2_PROBES {
                context.given_up.unprobed += part.len();
                return;
            }
            self.put(stream, OnStream::Probe(Box::default()));
        }
        let has_room = self.weights.memory() < limits::HTTP2_SHARED_BYTES;
        let Some(open) = self.open.get_mut(&stream) else { return };
        match open {
            OnStream::Socket(socket) => socket.push(context, below.info, side, part),
            OnStream::Asked(asked) => asked.hold(side, part, has_room),
            OnStream::Refused(refusal) if side != below.client => refused_with(&mut refusal.body, part),
            OnStream::Refused(_) | OnStream::Passed => {}
            OnStream::Probe(probe) => {
                let decides = match part {
                    Part::Bytes(chunk) => probe.push(side, chunk),
                    Part::Gap(gap) => probe.gap(side, gap),
                    Part::End { .. } | Part::Reset { .. } => false,
                };
                if decides {
                    self.probe(context, below, stream, false);
                }
            }
        }
    }

    /// Looks at what is held of a stream whose request is not in the capture.
    fn probe<S: Sink>(&mut self, context: &mut Context<'_, S>, below: &OfConnection<'_>, stream: u32, last: bool) {
        let Some(OnStream::Probe(probe)) = self.open.get_mut(&stream) else { return };
        match probe.decide(last) {
            Decision::More => {}
            Decision::Later if !last && probe.sleep() => {}
            Decision::Other(_) | Decision::No | Decision::Later => {
                self.put(stream, OnStream::Passed);
            }
            Decision::Yes { client, confidence, starts } => {
                let Some(OnStream::Probe(probe)) = self.take(stream) else { return };
                let mut socket = below.socket(context, stream, Evidence::MidStream { confidence });
                socket.client = client;
                socket.is_mid_stream(confidence, socket.first.unwrap_or(below.info.first));
                for side in Side::BOTH {
                    socket.enter(side, *starts.get(side), probe.sides.get(side).first().unwrap_or(below.info.last));
                }
                context.sink.tell(&Told::Opened(&socket.record(below.info)));
                for side in Side::BOTH {
                    let from = starts.get(side).unwrap_or(0);
                    let parts = probe.sides.get(side).parts_from(from);
                    parts.for_each(|part| socket.push(context, below.info, side, part));
                }
                self.put(stream, OnStream::Socket(Box::new(socket)));
            }
        }
    }
}

impl OfConnection<'_> {
    fn name(&self, side: Side) -> &'static str {
        side.direction(self.client).name()
    }

    fn socket<S: Sink>(&self, context: &Context<'_, S>, stream: u32, evidence: Evidence) -> OpenSocket {
        OpenSocket {
            stream: Some(StreamId(stream.into())),
            first: Some(self.info.last),
            tls: self.tls.clone(),
            http2: self.http2(stream, None),
            process: context.options.owners.of((self.info.a, self.info.b), self.info.first.packet),
            ..OpenSocket::new(self.client, evidence, context.pool)
        }
    }

    /// What is known of TLS by now.
    fn tls_so_far(&self) -> Option<Arc<Tls>> {
        let tls = self.tls.as_deref()?;
        let Below { opened, closed, bytes } = self.below;
        Some(Arc::new(Tls { opened: opened.max(tls.opened), closed: closed.max(tls.closed), bytes, ..tls.clone() }))
    }

    /// The last that is known of what carries a socket.
    fn is_over(&self, socket: &mut OpenSocket, stream: u32) {
        socket.http2 = self.http2(stream, socket.http2.take());
        socket.tls = self.tls_so_far();
    }

    /// What is known of HTTP/2 by now, with how the stream ended.
    fn http2(&self, stream: u32, before: Option<Box<carriage::Http2>>) -> Option<Box<carriage::Http2>> {
        let h2::Facts { connect_protocol, requests, websockets, .. } = self.facts;
        let end = before.and_then(|before| before.end);
        Some(Box::new(carriage::Http2 { stream, connect_protocol, end, others: requests - websockets }))
    }
}

impl Layer for Http2 {
    fn pending(&self) -> Option<PacketNumber> {
        self.streams.weights.pending()
    }

    fn memory(&self) -> usize {
        self.h2.memory() + self.streams.weights.memory()
    }

    fn may_park(&self) -> bool {
        true
    }
}

crate::base::pack::pack_struct!(Http2 { client, h2, streams, below });
crate::base::pack::pack_struct!(Below { opened, closed, bytes });

/// Weights follow from the rest.
impl Pack for Streams {
    fn pack(&self, out: &mut Vec<u8>) {
        let Streams { open, probes, ticks, closed, weights: _ } = self;
        open.pack(out);
        probes.pack(out);
        ticks.pack(out);
        closed.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Streams> {
        let mut streams = Streams {
            open: Pack::unpack(from)?,
            probes: Pack::unpack(from)?,
            ticks: Pack::unpack(from)?,
            closed: Pack::unpack(from)?,
            weights: Weights::default(),
        };
        streams.weigh_all();
        Some(streams)
    }
}
