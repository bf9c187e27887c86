//! The layers of a connection, one on the other, and the way of its bytes through them.
//!
//! ```text
//! sockets    WebSocket bytes -> frames and messages, told to the sink
//! carrier    HTTP/1, bytes that may be WebSocket, or nothing but WebSocket: where a socket's bytes begin
//! TCP        two ordered streams (what decrypts stands between TCP and the carrier, as it takes and gives parts)
//! ```
//!
//! In: what TCP tells of one connection. Out: what is [`Told`] of its sockets and its HTTP exchanges. Each layer is a
//! [`Layer`]: it takes [`Part`]s, may hold bytes back until it knows what they are, and can be parked with its
//! connection. What a carrier makes of bytes, `opening.rs` turns into sockets.

mod carrier;
mod opening;
mod socket;

use self::carrier::Carrier;
use self::socket::OpenSocket;
use super::options::{DecodeAs, Options};
use super::sink::Sink;
use super::socket::EndedHow;
use super::told::Told;
use super::traffic_guess::{Others, TrafficGuess};
use crate::base::pack::Pack;
use crate::base::{At, Chunk, Code, Note, PacketNumber, Part, Side, Source, Span};
use crate::http;
use crate::tcp::{Event, Handler, Info, Now};
use crate::websocket::inflate::Pool;
use crate::websocket::{Look, Scratch};

/// What every layer can be asked, whatever it takes and gives.
trait Layer {
    /// The oldest packet whose bytes it holds back: what comes of them may still end there.
    fn pending(&self) -> Option<PacketNumber>;

    /// Bytes of memory that it takes for what is under way, besides its own size.
    fn memory(&self) -> usize;

    /// It may be packed with its connection now. A layer that cannot be packed, or not at the moment, refuses, and its
    /// connection stays at hand.
    fn may_park(&self) -> bool;
}

impl<L: Layer> Layer for Option<Box<L>> {
    fn pending(&self) -> Option<PacketNumber> {
        self.as_ref()?.pending()
    }

    fn memory(&self) -> usize {
        self.as_ref().map_or(0, |layer| layer.memory())
    }

    fn may_park(&self) -> bool {
        self.as_ref().is_none_or(|layer| layer.may_park())
    }
}

/// The layers of one TCP connection; a few words while nothing is known.
#[derive(Debug, Default)]
pub(super) struct Stack {
    carrier: Carrier,
    socket: Option<Box<OpenSocket>>,
    /// What its first bytes say, for the totals.
    guess: TrafficGuess,
    /// WebSockets that are over on it, and where HTTP went on after the last of them.
    before: u64,
    again: Option<At>,
    ended: Option<Ended>,
}

/// Which side ended first, and where.
#[derive(Debug, Clone, Copy)]
struct Ended {
    by: Side,
    how: EndedHow,
    at: At,
}

/// What the layers of all connections share while they work.
pub(super) struct Context<'s, S> {
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
    pub(super) sink: &'s mut S,
}

impl<S: Sink> Context<'_, S> {
    /// What the user says a connection carries.
    fn decode_as(&self, info: &Info) -> Option<DecodeAs> {
        let ports = [info.a.port(), info.b.port()];
        self.options.decode_as.iter().find(|(port, _)| ports.contains(port)).map(|(_, as_what)| *as_what)
    }
}

impl<S: Sink> Handler<Stack> for Context<'_, S> {
    fn event(&mut self, info: &Info, stack: &mut Stack, side: Side, event: Event<'_>) {
        if self.stopped {
            return;
        }
        match event {
            Event::Part(part) => stack.push(self, info, side, part),
            Event::Conflict { offset, at } => {
                let span = Span { source: Source::Stream, start: offset, len: 1 };
                stack.note(Note::new(Code::TcpOverlapConflict).with_span(span).with_at(at));
            }
            Event::Checksum { at, replaced } => {
                let detail = if replaced { "another copy is shown" } else { "no other copy came: it is shown" };
                stack.note(Note::new(Code::TcpChecksum).with_detail(detail).with_at(at));
            }
            Event::Unacknowledged(unacknowledged) => {
                if let Some(socket) = &mut stack.socket {
                    socket.unacknowledged(side, &unacknowledged);
                }
            }
            Event::Cap { at } => stack.note(Note::new(Code::TcpCap).with_at(at)),
        }
    }

    fn tick(&mut self, info: &Info, stack: &mut Stack, now: &Now) {
        stack.tick(self, info, At { packet: now.packet, time: now.time });
    }

    fn closed(&mut self, info: &Info, mut stack: Stack) {
        if !self.stopped {
            stack.finish(self, info);
        }
        match stack.socket {
            Some(socket) if self.stopped => self.sink.tell(&Told::Closed(&socket.left(info))),
            Some(socket) => self.sink.tell(&Told::Closed(&socket.record(info))),
            None if stack.before > 0 => {}
            None => self.others.add(stack.guess),
        }
    }

    fn pending(&self, stack: &Stack) -> Option<PacketNumber> {
        [stack.carrier.pending(), stack.socket.pending()].into_iter().flatten().min()
    }

    fn memory(&self, stack: &Stack) -> usize {
        stack.carrier.memory() + stack.socket.memory()
    }

    fn park(&mut self, stack: &mut Stack, out: &mut Vec<u8>) -> bool {
        if !stack.carrier.may_park() || !stack.socket.may_park() {
            return false;
        }
        if let Some(socket) = &mut stack.socket {
            socket.park(self.scratch);
        }
        stack.pack(out);
        true
    }

    fn parked(&mut self, stack: &mut Stack) {
        if let Some(socket) = &mut stack.socket {
            socket.parked();
        }
    }

    fn unpark(&mut self, from: &mut &[u8]) -> Option<Stack> {
        let mut stack = Stack::unpack(from)?;
        if let Some(socket) = &mut stack.socket {
            socket.unpark(self.scratch, self.pool);
        }
        Some(stack)
    }
}

impl Stack {
    /// What TCP gives next. Plain: the carrier reads it as it is.
    fn push<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, side: Side, part: Part<'_>) {
        if let Part::Bytes(chunk) = part
            && self.guess == TrafficGuess::Silent
        {
            self.guess = TrafficGuess::of(chunk.bytes);
        }
        self.carry(context, info, side, part);
    }

    /// The carrier's next part; what it does not want is its socket's.
    fn carry<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, side: Side, part: Part<'_>) {
        match part {
            Part::Bytes(chunk) => {
                if let Some(socket) = &mut self.socket {
                    socket.goes_on(side);
                }
                self.read(context, info, side, chunk);
            }
            Part::Gap(gap) => self.miss(context, info, side, gap),
            Part::End { at } | Part::Reset { at } => {
                let how = if matches!(part, Part::End { .. }) { EndedHow::Fin } else { EndedHow::Reset };
                self.ended.get_or_insert(Ended { by: side, how, at });
                if let Some(socket) = &mut self.socket {
                    socket.ends(side);
                }
            }
        }
    }

    fn tick<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, now: At) {
        self.ask(context, info, Side::A, Chunk::empty(info.last), |http, told| http.tick(now, told));
        if let Carrier::Probe(probe) = &mut self.carrier {
            probe.tick();
        }
        if let Some(socket) = &mut self.socket {
            socket.tick(context, info);
        }
    }

    /// The connection is over: what is held is decided as well as it can be.
    fn finish<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info) {
        self.ask(context, info, Side::A, Chunk::empty(info.last), http::Connection::finish);
        self.probe(context, info, true);
        if let Some(socket) = &mut self.socket {
            socket.finish(context, info);
        }
    }

    fn note(&mut self, note: Note) {
        if let Some(socket) = &mut self.socket {
            socket.note(note);
        }
    }
}

crate::base::pack::pack_struct!(Stack { carrier, socket, guess, before, again, ended });
crate::base::pack::pack_struct!(Ended { by, how, at });
