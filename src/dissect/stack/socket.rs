//! The top layer: one socket that is open, or was asked for: its session, its handshake and its notes.
//!
//! In: parts of WebSocket bytes of either side. Out: frames and messages, told to the sink as they end, and the socket's
//! record.

use std::sync::Arc;

use super::{Context, Layer};
use crate::base::{
    At, Chunk, Code, Direction, Gap, Note, Owner, PacketNumber, Part, PerDirection, Side, Sides, SocketId, Source,
    Span, StreamId, limits,
};
use crate::dissect::carriage::{Http2, Tls};
use crate::dissect::sink::Sink;
use crate::dissect::socket::{Evidence, Socket, WaitEnd};
use crate::dissect::told::{FramePlace, MessagePlace, StreamBytes, Told};
use crate::http::{self, Refusal, Start, Unanswered};
use crate::tcp::{Info, Unacknowledged};
use crate::websocket::handshake::{Body, Request, Response, Unit};
use crate::websocket::inflate::Pool;
use crate::websocket::{Ending, Events, Frame, Handshake, Inflation, Message, Rules, Scratch, Session};

/// A socket whose record is still to be told.
#[derive(Debug)]
pub(super) struct OpenSocket {
    /// The stream of its connection, where it does not have the connection for itself.
    pub(super) stream: Option<StreamId>,
    pub(super) client: Side,
    /// Where it begins, where that is not the beginning of its connection.
    pub(super) first: Option<At>,
    /// Where it ended, where that is not the end of its connection.
    pub(super) last: Option<At>,
    /// What carries it.
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) http2: Option<Box<Http2>>,
    pub(super) process: Owner,
    pub(super) evidence: Evidence,
    pub(super) handshake: Option<Box<Handshake>>,
    pub(super) session: Session,
    /// WebSocket bytes of each side so far, gaps included; `None` where they have not begun.
    pub(super) offsets: Sides<Option<u64>>,
    /// Sides that have finished, or reset the connection, behind their last byte.
    pub(super) ended: Sides<bool>,
    pub(super) notes: Vec<Note>,
    /// Notes beyond [`limits::CONNECTION_NOTES`].
    pub(super) more_notes: u64,
}

impl OpenSocket {
    pub(super) fn new(client: Side, evidence: Evidence, pool: &Pool) -> OpenSocket {
        let mut session = Session::new();
        session.use_pool(pool);
        OpenSocket {
            stream: None,
            client,
            first: None,
            last: None,
            tls: None,
            http2: None,
            process: Owner::default(),
            evidence,
            handshake: None,
            session,
            offsets: Sides::default(),
            ended: Sides::default(),
            notes: Vec::new(),
            more_notes: 0,
        }
    }

    pub(super) fn client(&self) -> Side {
        self.client
    }

    /// It was asked for, and nothing came of it.
    pub(super) fn is_only_asked_for(&self) -> bool {
        !self.evidence.is_websocket()
    }

    /// Its name.
    fn id(&self, info: &Info) -> SocketId {
        SocketId { stream: self.stream, ..SocketId::from(info.id) }
    }

    /// Bytes of a side come: if it had ended, that was forged.
    pub(super) fn goes_on(&mut self, side: Side) {
        *self.ended.get_mut(side) = false;
    }

    /// A side has finished, or reset the connection, behind its last byte.
    pub(super) fn ends(&mut self, side: Side) {
        *self.ended.get_mut(side) = true;
    }

    pub(super) fn refused(&mut self, refusal: Refusal) {
        let detail = format!("{} {}", refusal.response.status, refusal.response.reason);
        let note = Note::new(Code::HandshakeRefused).with_at(refusal.response.at);
        self.note(note.with_detail(detail.trim_end().to_owned()));
        self.evidence = Evidence::Refused;
        let Refusal { request, response, body: http::RefusalBody { bytes, length }, .. } = refusal;
        let response = Response { body: Body { bytes, length }, ..self.response_of(response) };
        let request = Some(self.request_of(request));
        self.handshake = Some(Box::new(Handshake { request, response: Some(response) }));
    }

    /// It was asked for, and the connection has ended without an answer. `heard`: the capture has packets of the server.
    pub(super) fn unanswered(&mut self, unanswered: Unanswered, heard: bool, ending: WaitEnd) {
        self.evidence = Evidence::Unanswered(ending);
        let Unanswered { request, doubtful, .. } = unanswered;
        if heard && !doubtful {
            self.note(Note::new(Code::HandshakeUnanswered).with_detail(ending.to_string()).with_at(request.at));
        }
        let request = Some(self.request_of(request));
        self.handshake = Some(Box::new(Handshake { request, response: None }));
    }

    /// It was recognised by the shape of its frames.
    pub(super) fn is_mid_stream(&mut self, confidence: f32, at: At) {
        let detail = format!("{} % sure", Evidence::percent(confidence));
        self.note(Note::new(Code::MidStream).with_detail(detail).with_at(at));
    }

    /// Its handshake was made in HTTP/2.
    pub(super) fn is_of_http2(&mut self) {
        let Some(handshake) = &mut self.handshake else { return };
        handshake.request.iter_mut().for_each(|request| request.http2 = true);
        handshake.response.iter_mut().for_each(|response| (response.http2, response.minor_version) = (true, None));
    }

    /// Frames follow a response whose status forbids them.
    pub(super) fn note_status(&mut self, status: u16, reason: &str, at: At) {
        let detail = format!("{status} {reason}");
        self.note(Note::new(Code::HandshakeStatus).with_detail(detail.trim_end().to_owned()).with_at(at));
    }

    /// What was asked for, and refused in `before`, went on as this all the same.
    pub(super) fn goes_on_from(&mut self, before: OpenSocket) {
        let refused = |note: &&Note| note.code != Code::HandshakeRefused;
        self.notes = before.notes.iter().filter(refused).cloned().collect();
        if let Some(response) = before.handshake.as_ref().and_then(|handshake| handshake.response.as_ref()) {
            self.note_status(response.status, &response.reason, response.at);
            self.evidence = Evidence::Handshake;
        }
        self.handshake = before.handshake;
    }

    /// A request as a handshake has it; what breaks its grammar is noted.
    pub(super) fn request_of(&mut self, mut head: http::RequestHead) -> Request {
        std::mem::take(&mut head.notes).into_iter().for_each(|note| self.note(note));
        request_of(head)
    }

    /// The same of a response.
    pub(super) fn response_of(&mut self, mut head: http::ResponseHead) -> Response {
        std::mem::take(&mut head.notes).into_iter().for_each(|note| self.note(note));
        response_of(head)
    }

    /// A side is joined mid-stream, at its first frame, or where that is still to be found; `at` is where its first
    /// bytes are.
    pub(super) fn enter(&mut self, side: Side, start: Option<u64>, at: At) {
        let direction = side.direction(self.client);
        *self.offsets.get_mut(side) = Some(start.unwrap_or(0));
        // Nothing tells whether compression was agreed on; RSV1 does, where it is set.
        let inflation = Some(Inflation { window_bits: 15, takeover: true, per_frame: false });
        let by_shape = matches!(self.evidence, Evidence::MidStream { .. });
        self.session.set_rules(direction, Rules { inflation, by_shape, ..Rules::default() });
        match start {
            Some(start) => self.session.enter(direction, start, at),
            None => self.session.lose_place(direction),
        }
    }

    /// A side's WebSocket bytes begin.
    pub(super) fn start(&mut self, side: Side, start: Start) {
        let direction = side.direction(self.client);
        *self.offsets.get_mut(side) = Some(0);
        if let Some(handshake) = &self.handshake {
            self.session.set_rules(direction, rules(handshake, direction));
        }
        if !start.certain {
            self.session.lose_place(direction);
        }
    }

    pub(super) fn note(&mut self, note: Note) {
        if self.notes.len() < limits::CONNECTION_NOTES {
            self.notes.push(note);
        } else {
            self.more_notes += 1;
        }
    }

    /// The next WebSocket bytes of a side, or a gap in them. Nothing comes of what lies before a side's start.
    pub(super) fn push<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, side: Side, part: Part<'_>) {
        match part {
            Part::Bytes(chunk) => self.bytes(context, info, side, chunk),
            Part::Gap(gap) => self.gap(context, info, side, gap),
            Part::End { .. } | Part::Reset { .. } => {}
        }
    }

    #[inline]
    fn bytes<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, side: Side, chunk: Chunk<'_>) {
        let (socket, direction) = (self.id(info), side.direction(self.client));
        let Some(offset) = self.offsets.get_mut(side) else { return };
        if context.bytes && !chunk.is_empty() {
            context.sink.tell(&Told::Bytes(&StreamBytes { socket, direction, offset: *offset, chunk }));
        }
        *offset += chunk.len();
        let mut told = OnSocket { socket, sink: context.sink };
        self.session.push(direction, chunk, context.look, context.scratch, &mut told);
    }

    fn gap<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, side: Side, gap: Gap) {
        let Gap { len, at, cut } = gap;
        let (socket, direction) = (self.id(info), side.direction(self.client));
        let Some(offset) = self.offsets.get_mut(side) else { return };
        let start = *offset;
        *offset += len;
        let cause = if cut { "cut by the snap length" } else { "lost" };
        let detail = format!("{len} bytes from the {} at {start} ({cause})", direction.name());
        let span = Span { source: Source::Stream, start, len };
        self.note(Note::new(Code::TcpGap).with_span(span).with_detail(detail).with_at(at));
        let mut told = OnSocket { socket, sink: context.sink };
        self.session.gap(direction, gap, context.look, &mut told);
    }

    /// The last bytes of a side were never acknowledged.
    pub(super) fn unacknowledged(&mut self, side: Side, what: &Unacknowledged) {
        let Some(end) = *self.offsets.get(side) else { return };
        // Counted from the end: what led to WebSocket counts in the stream of TCP alone.
        let start = end.saturating_sub(what.len);
        let len = end - start;
        let milliseconds = what.last.time.since(what.first.time) / 1_000_000;
        let detail = format!(
            "{len} bytes from the {} at {start}, sent {} times in {}.{:03} s",
            side.direction(self.client).name(),
            what.copies,
            milliseconds / 1000,
            milliseconds % 1000,
        );
        let span = Span { source: Source::Stream, start, len };
        self.note(Note::new(Code::TcpUnacknowledged).with_span(span).with_detail(detail).with_at(what.first));
    }

    /// Time has passed.
    pub(super) fn tick<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info) {
        let mut told = OnSocket { socket: self.id(info), sink: context.sink };
        self.session.tick(context.look, context.scratch, &mut told);
    }

    /// Its connection is over.
    pub(super) fn finish<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info) {
        let mut told = OnSocket { socket: self.id(info), sink: context.sink };
        self.session.finish(context.look, context.scratch, &mut told);
        self.conclude(info);
    }

    /// Its record where nobody wants the rest of the capture. It may go on: what is open in it is left out, and so is what
    /// it lacks as yet.
    pub(super) fn left(mut self, info: &Info) -> Socket {
        if Side::BOTH.into_iter().all(|side| *self.ended.get(side)) {
            self.conclude(info);
        }
        let mut socket = self.record(info);
        let answer_to_come = self.handshake.as_ref().is_some_and(|handshake| handshake.response.is_none());
        socket.notes.retain(|note| note.code != Code::HandshakeOneSided || !answer_to_come);
        socket
    }

    /// What cannot be packed lets go of what the connections at hand share.
    pub(super) fn park(&mut self, scratch: &mut Scratch) {
        self.session.park(scratch);
    }

    /// It was packed, and will be dropped.
    pub(super) fn parked(&mut self) {
        self.session.parked();
    }

    /// It was unpacked.
    pub(super) fn unpark(&mut self, scratch: &mut Scratch, pool: &Pool) {
        self.session.unpark(scratch, pool);
    }

    /// All that its sides sent has been seen: says what is not among it.
    fn conclude(&mut self, info: &Info) {
        if self.is_only_asked_for() {
            return;
        }
        let ended = |direction: Direction| {
            let side = if direction == Direction::Client { self.client } else { self.client.other() };
            *self.ended.get(side)
        };
        let finished = PerDirection { client: ended(Direction::Client), server: ended(Direction::Server) };
        let handshake = self.handshake.as_deref();
        let heard = PerDirection {
            client: handshake.is_some_and(|handshake| handshake.request.is_some()),
            server: handshake.is_some_and(|handshake| handshake.response.is_some()),
        };
        let notes = self.session.closing_notes(&Ending { finished, heard, last: self.last.unwrap_or(info.last) });
        self.notes.extend(notes);
    }

    pub(super) fn record(&self, info: &Info) -> Socket {
        let mut notes = self.notes.clone();
        if let Some(last) = notes.last().filter(|_| self.more_notes > 0) {
            let detail = format!("{} more notes of this connection are counted only", self.more_notes);
            notes.push(Note::new(last.code).with_detail(detail));
        }
        if let Some(handshake) = &self.handshake {
            // Refusals and the like stand among the notes already, each one.
            let unanswered = notes.iter().any(|note| note.code == Code::HandshakeUnanswered);
            let said = |note: &Note| match note.code {
                Code::HandshakeRefused => true,
                Code::HandshakeOneSided => unanswered,
                _ => false,
            };
            notes.extend(handshake.check().into_iter().filter(|note| !said(note)));
        }
        notes.extend(self.tls.iter().flat_map(|tls| tls.notes.iter().cloned()));
        Socket {
            id: self.id(info),
            client: info.address(self.client),
            server: info.address(self.client.other()),
            evidence: self.evidence,
            handshake: self.handshake.clone(),
            totals: PerDirection {
                client: *self.session.sent(Direction::Client),
                server: *self.session.sent(Direction::Server),
            },
            close: self.session.close().cloned(),
            first: self.first.unwrap_or(info.first),
            last: self.last.unwrap_or(info.last),
            tls: self.tls.clone(),
            http2: self.http2.clone(),
            process: self.process.clone(),
            notes,
        }
    }
}

impl Layer for OpenSocket {
    fn pending(&self) -> Option<PacketNumber> {
        self.session.oldest_pending()
    }

    fn memory(&self) -> usize {
        self.session.memory()
    }

    fn may_park(&self) -> bool {
        true
    }
}

/// Says of which socket a session's frames and messages are.
struct OnSocket<'s, S> {
    socket: SocketId,
    sink: &'s mut S,
}

impl<S: Sink> Events for OnSocket<'_, S> {
    // Inlined all the way down, a frame that nobody looks at whole is never put together.
    #[inline(always)]
    fn frame(&mut self, frame: &Frame<'_>) {
        self.sink.tell(&Told::Frame(&FramePlace::unnumbered(self.socket), frame));
    }

    #[inline(always)]
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

/// What the handshake settled for a direction.
fn rules(handshake: &Handshake, direction: Direction) -> Rules {
    let inflation = handshake.deflate_assumed().map(|deflate| Inflation {
        window_bits: deflate.window_bits(direction),
        takeover: deflate.takeover(direction),
        per_frame: deflate.unit == Unit::Frame,
    });
    let unknown_extension = handshake.has_unknown_extension();
    let has_body = direction == Direction::Server && handshake.announces_body();
    Rules { inflation, unknown_extension, dialect: handshake.dialect(), has_body, believed: false, by_shape: false }
}

fn request_of(head: http::RequestHead) -> Request {
    let http::RequestHead { method, target, minor_version, fields, challenge, cut, notes: _, at } = head;
    Request { method, target, minor_version, http2: false, fields, challenge, cut, at }
}

fn response_of(head: http::ResponseHead) -> Response {
    let http::ResponseHead { minor_version, status, reason, fields, answer, cut, notes: _, at } = head;
    // Of a status line that is lost nothing is known.
    let minor_version = Some(minor_version).filter(|_| !cut);
    Response { status, reason, minor_version, http2: false, fields, answer, body: Body::default(), cut, at }
}

crate::base::pack::pack_struct!(OpenSocket {
    stream,
    client,
    first,
    last,
    tls,
    http2,
    process,
    evidence,
    handshake,
    session,
    offsets,
    ended,
    notes,
    more_notes
});
