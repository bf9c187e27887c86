//! One stream of HTTP/2: a WebSocket, a request for one, or what may be one.
//!
//! In: the answer to its request, and its end. Out: what it is from then on, and its socket's record where it is over.

use super::weights::Weight;
use super::{OfConnection, Streams, WAITS};
use crate::base::{At, Backlog, Code, Gap, Note, Part, Side, Sides, limits};
use crate::dissect::probe::Probe;
use crate::dissect::sink::Sink;
use crate::dissect::socket::{EndedHow, Evidence, WaitEnd};
use crate::dissect::stack::socket::OpenSocket;
use crate::dissect::stack::{Context, Ended, Layer as _};
use crate::dissect::told::Told;
use crate::http::h2;
use crate::http::{Refusal, RefusalBody, RequestHead, ResponseHead, Start, Unanswered};
use crate::websocket::handshake::Handshake;

/// What a stream is.
#[derive(Debug)]
pub(super) enum OnStream {
    /// A WebSocket.
    Socket(Box<OpenSocket>),
    /// One was asked for, and there is no answer yet.
    Asked(Box<Asked>),
    /// One was asked for, and refused; the rest of the response follows.
    Refused(Box<Refusal>),
    /// Its request is not in the capture.
    Probe(Box<Probe>),
    /// It was looked into, and is no WebSocket.
    Passed,
}

/// A request for a WebSocket, and what came on its stream since.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: RequestHead,
    pub(super) held: Sides<Backlog>,
    /// What came behind that found no room.
    passed: Sides<Option<Gap>>,
}

impl Asked {
    pub(super) fn new(request: RequestHead) -> Asked {
        Asked { request, held: Sides::default(), passed: Sides::default() }
    }

    /// Holds what comes before the answer, while there is room; what does not fit is known to be missing.
    pub(super) fn hold(&mut self, side: Side, part: Part<'_>, has_room: bool) {
        let held = self.held.get_mut(side);
        match self.passed.get_mut(side) {
            None if has_room && held.cost() < limits::HTTP2_HELD_BYTES => {
                held.push_part(part);
            }
            passed if !part.is_empty() => {
                let gap = passed.get_or_insert(Gap { len: 0, at: part.at(), cut: false });
                gap.len = gap.len.saturating_add(part.len());
            }
            _ => {}
        }
    }
}

impl Asked {
    /// No answer came, or, where that is `doubtful`, none that is looked at.
    fn unanswered<S: Sink>(
        self,
        context: &mut Context<'_, S>,
        below: &OfConnection<'_>,
        stream: u32,
        ended: Option<Ended>,
        doubtful: bool,
    ) -> Box<OpenSocket> {
        let request = self.request;
        let (how, by, at) = match ended {
            Some(Ended { by, how, at }) => (how, Some(by.direction(below.client)), at),
            None => (EndedHow::Capture, None, below.info.last),
        };
        let ending = WaitEnd { how, by, after: at.time.since(request.at.time) };
        let mut socket = below.socket(context, stream, Evidence::Unanswered(ending));
        socket.first = Some(request.at);
        socket.unanswered(Unanswered { client: below.client, request, doubtful }, true, ending);
        socket.is_of_http2();
        Box::new(socket)
    }
}

impl OnStream {
    pub(super) fn weight(&self, ticks: u8) -> Weight {
        let (memory, pending) = match self {
            OnStream::Socket(socket) => (size_of::<OpenSocket>() + socket.memory(), socket.pending()),
            OnStream::Asked(asked) => {
                let Sides { a, b } = &asked.held;
                let oldest = [a.oldest_packet(), b.oldest_packet()].into_iter().flatten().min();
                (size_of::<Asked>() + a.cost() + b.cost(), oldest.filter(|_| ticks < WAITS))
            }
            OnStream::Refused(refusal) => (size_of::<Refusal>() + refusal.body.bytes.len(), None),
            OnStream::Probe(probe) => (size_of::<Probe>() + probe.held_bytes(), probe.oldest_pending()),
            OnStream::Passed => (0, None),
        };
        Weight { memory, pending }
    }

    pub(super) fn is_probe(&self) -> bool {
        matches!(self, OnStream::Probe(_))
    }

    /// The server has answered.
    pub(super) fn answered<S: Sink>(
        self,
        context: &mut Context<'_, S>,
        below: &OfConnection<'_>,
        stream: u32,
        response: ResponseHead,
    ) -> OnStream {
        let asked = match self {
            OnStream::Asked(asked) => *asked,
            other => return other,
        };
        let Asked { request, held, passed } = asked;
        if !(200..300).contains(&response.status) {
            let (client, body) = (below.client, RefusalBody::default());
            return OnStream::Refused(Box::new(Refusal { client, request, response, body }));
        }
        let mut socket = below.socket(context, stream, Evidence::Handshake);
        socket.first = Some(request.at);
        let request = Some(socket.request_of(request));
        let response = Some(socket.response_of(response));
        socket.handshake = Some(Box::new(Handshake { request, response }));
        socket.is_of_http2();
        if !below.facts.connect_protocol && !below.facts.is_partial {
            socket.note(Note::new(Code::Http2NotEnabled).with_at(socket.first.unwrap_or(below.info.first)));
        }
        for side in Side::BOTH {
            socket.start(side, Start { offset: 0, certain: true });
        }
        context.sink.tell(&Told::Opened(&socket.record(below.info)));
        for side in [below.client, below.client.other()] {
            let passed = passed.get(side).map(Part::Gap);
            let parts = held.get(side).parts().chain(passed);
            parts.for_each(|part| socket.push(context, below.info, side, part));
        }
        OnStream::Socket(Box::new(socket))
    }

    /// A side has ended the stream; says whether that was the end of it.
    pub(super) fn ends(&mut self, below: &OfConnection<'_>, side: Side, reset: Option<u32>, at: At) -> bool {
        let OnStream::Socket(socket) = self else { return reset.is_some() || side != below.client };
        socket.ends(side);
        if let Some(http2) = &mut socket.http2 {
            http2.end.get_or_insert((side.direction(below.client), reset));
        }
        if let Some(code) = reset {
            let detail = format!("{}: {}", below.name(side), h2::error_code::described(code));
            socket.note(Note::new(Code::Http2Reset).with_detail(detail).with_at(at));
        }
        let over = reset.is_some() || *socket.ended.get(side.other());
        if over {
            socket.last = Some(at);
        }
        over
    }

    /// The stream is not followed any further: too many are open. What is under way in it is left out, and nothing is said of what
    /// it lacks, for it may go on. Says whether it was a socket.
    pub(super) fn gives_way<S: Sink>(
        self,
        context: &mut Context<'_, S>,
        below: &OfConnection<'_>,
        stream: u32,
        at: At,
    ) -> bool {
        let mut socket = match self {
            OnStream::Socket(socket) => socket,
            OnStream::Asked(asked) => asked.unanswered(context, below, stream, None, true),
            OnStream::Refused(_) => return self.close(context, below, stream, None),
            OnStream::Passed | OnStream::Probe(_) => return false,
        };
        socket.note(Note::new(Code::Http2Streams).with_at(at));
        socket.last = Some(at);
        below.is_over(&mut socket, stream);
        context.sink.tell(&Told::Closed(&socket.left(below.info)));
        true
    }

    /// The stream is over, or its connection is. Says whether it was a socket.
    pub(super) fn close<S: Sink>(
        self,
        context: &mut Context<'_, S>,
        below: &OfConnection<'_>,
        stream: u32,
        ended: Option<Ended>,
    ) -> bool {
        let mut socket = match self {
            OnStream::Socket(mut socket) if context.stopped => {
                below.is_over(&mut socket, stream);
                context.sink.tell(&Told::Closed(&socket.left(below.info)));
                return true;
            }
            _ if context.stopped => return false,
            OnStream::Socket(mut socket) => {
                socket.finish(context, below.info);
                socket
            }
            OnStream::Asked(asked) => asked.unanswered(context, below, stream, ended, false),
            OnStream::Refused(refusal) => {
                let mut socket = below.socket(context, stream, Evidence::Refused);
                socket.first = Some(refusal.request.at);
                socket.refused(*refusal);
                socket.is_of_http2();
                Box::new(socket)
            }
            OnStream::Passed => return false,
            OnStream::Probe(probe) => {
                let mut streams = Streams::default();
                streams.put(stream, OnStream::Probe(probe));
                streams.probe(context, below, stream, true);
                match streams.take(stream) {
                    Some(OnStream::Socket(mut socket)) => {
                        socket.finish(context, below.info);
                        socket
                    }
                    _ => return false,
                }
            }
        };
        socket.last.get_or_insert(ended.map_or(below.info.last, |ended| ended.at));
        below.is_over(&mut socket, stream);
        context.sink.tell(&Told::Closed(&socket.record(below.info)));
        true
    }
}

/// The next bytes of a response that refused.
pub(super) fn refused_with(body: &mut RefusalBody, part: Part<'_>) {
    if let Part::Bytes(chunk) = part {
        let whole = body.bytes.len() == usize::try_from(body.length).unwrap_or(usize::MAX);
        let room = limits::REFUSAL_BODY_BYTES.saturating_sub(body.bytes.len());
        if whole {
            body.bytes.extend_from_slice(chunk.bytes.get(..room).unwrap_or(chunk.bytes));
        }
    }
    body.length += part.len();
}

crate::base::pack::pack_struct!(Asked { request, held, passed });
crate::base::pack::pack_enum!(OnStream { 0 Socket(socket), 1 Asked(asked), 2 Refused(refusal), 3 Probe(probe), 4 Passed });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Chunk;

    #[test]
    fn what_finds_no_room_is_known_to_be_missing() {
        let mut asked = Asked::new(RequestHead::default());
        let part = |bytes: &'static [u8]| Part::Bytes(Chunk::made(bytes, At::default()));
        asked.hold(Side::A, part(b"held"), true);
        asked.hold(Side::A, part(b"passed"), false);
        // Nothing is held behind what is missing.
        asked.hold(Side::A, part(b"too"), true);
        asked.hold(Side::B, part(b"other"), true);
        assert_eq!((asked.held.a.bytes(), asked.held.b.bytes()), (&b"held"[..], &b"other"[..]));
        assert_eq!((asked.passed.a.map(|gap| gap.len), asked.passed.b), (Some(9), None));
    }
}
