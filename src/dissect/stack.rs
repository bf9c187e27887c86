//! The layers of a connection, one on the other, and the way of its bytes through them.
//!
//! ```text
//! sockets    WebSocket bytes -> frames and messages, told to the sink
//! carrier    HTTP/1, HTTP/2, bytes that may be WebSocket, or nothing but WebSocket: where a socket's bytes begin
//! sealed     TLS, where there is some: parts in, opened parts out
//! TCP        two ordered streams
//! ```
//!
//! In: what TCP tells of one connection. Out: what is [`Told`] of its sockets and its HTTP exchanges. Each layer is a
//! [`Layer`]: it takes [`Part`]s, may hold bytes back until it knows what they are, and can be parked with its
//! connection. What a carrier makes of bytes, `opening.rs` turns into sockets.

mod carrier;
mod http2;
mod opening;
#[cfg(feature = "tls")]
mod sealed;
#[cfg(not(feature = "tls"))]
#[path = "stack/sealed_absent.rs"]
mod sealed;
mod socket;

use std::sync::Arc;

use self::carrier::Carrier;
use self::sealed::Sealed;
use self::socket::OpenSocket;
use super::afterlife::{Afterlife, Kept};
use super::carriage::Tls;
use super::counts::GivenUp;
use super::keyring::Keyring;
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
    /// TLS, where the connection is or became that.
    sealed: Option<Box<Sealed>>,
    /// It is; also while `sealed` is at work.
    is_sealed: bool,
    /// What is known of that.
    tls: Option<Arc<Tls>>,
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
    pub(super) given_up: &'s mut GivenUp,
    /// Keys; nothing while they are in use.
    pub(super) keyring: Option<&'s mut Keyring>,
    /// Connections that are over and wait for keys.
    pub(super) afterlife: &'s mut Afterlife,
    pub(super) look: Look,
    /// Somebody wants to know where bytes lie.
    pub(super) bytes: bool,
    /// Somebody wants HTTP exchanges.
    pub(super) exchanges: bool,
    /// The capture goes on, but nobody wants it: what only its end would tell is not known.
    pub(super) stopped: bool,
    /// All of the capture was read.
    pub(super) at_end: bool,
    pub(super) sink: &'s mut S,
}

impl<S: Sink> Context<'_, S> {
    /// What the user says a connection carries.
    fn decode_as(&self, info: &Info) -> Option<DecodeAs> {
        let ports = [info.a.port(), info.b.port()];
        self.options.decode_as.iter().find(|(port, _)| ports.contains(port)).map(|(_, as_what)| *as_what)
    }
}

impl<S: Sink> Context<'_, S> {
    /// A connection is over, and nothing is awaited for it: what it was is told.
    fn close(&mut self, info: &Info, mut stack: Stack) {
        if !self.stopped {
            stack.finish(self, info);
        }
        stack.close_streams(self, info);
        match stack.socket.take() {
            Some(socket) if self.stopped => self.sink.tell(&Told::Closed(&socket.left(info))),
            Some(socket) => self.sink.tell(&Told::Closed(&socket.record(info))),
            None if stack.before > 0 => {}
            None => {
                self.others.add(stack.guess);
                if !self.stopped {
                    stack.tell_tls(self, info);
                }
            }
        }
    }

    /// It is over, and its keys may come yet.
    fn keep(&mut self, info: &Info, stack: Stack) {
        let bytes = size_of::<Stack>() + self.memory(&stack);
        self.afterlife.keep(Kept::new(*info, stack, bytes));
    }

    /// Time has passed: keys may have come for connections that are over.
    #[cold]
    pub(super) fn revive(&mut self, now: &Now) {
        let options = self.options;
        let has_news = |keyring: &mut &mut Keyring| keyring.has_news(&options.secrets, now.packet);
        if self.keyring.as_mut().is_some_and(has_news) || self.afterlife.is_new {
            for Kept { info, mut stack, .. } in self.afterlife.take() {
                stack.unseal(self, &info, Side::A, None);
                if stack.awaits_keys(self) {
                    self.keep(&info, stack);
                } else {
                    self.close(&info, stack);
                }
            }
            self.afterlife.is_new = false;
        }
        while let Some(Kept { info, stack, .. }) = self.afterlife.is_late(now) {
            self.close(&info, stack);
        }
    }

    /// No more keys come.
    pub(super) fn bury(&mut self) {
        for Kept { info, stack, .. } in self.afterlife.take() {
            self.close(&info, stack);
        }
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
                // Counted in bytes of TCP: inside TLS or HTTP/2 they say nothing of a socket's.
                if let Some(socket) = stack.socket.as_mut().filter(|_| !stack.is_sealed) {
                    socket.unacknowledged(side, &unacknowledged);
                }
            }
            Event::Cap { at } => stack.note(Note::new(Code::TcpCap).with_at(at)),
        }
    }

    fn tick(&mut self, info: &Info, stack: &mut Stack, now: &Now) {
        stack.tick(self, info, At { packet: now.packet, time: now.time });
    }

    fn closed(&mut self, info: &Info, stack: Stack) {
        if self.stopped || self.at_end || !stack.awaits_keys(self) {
            return self.close(info, stack);
        }
        self.keep(info, stack);
        while let Some(Kept { info, stack, .. }) = self.afterlife.gives_way() {
            self.given_up.sealed += 1;
            self.close(&info, stack);
        }
    }

    fn pending(&self, stack: &Stack) -> Option<PacketNumber> {
        let above = earliest(stack.carrier.pending(), stack.socket.pending());
        earliest(stack.sealed.pending(), above)
    }

    fn memory(&self, stack: &Stack) -> usize {
        stack.sealed.memory() + stack.carrier.memory() + stack.socket.memory()
    }

    fn park(&mut self, stack: &mut Stack, out: &mut Vec<u8>) -> bool {
        if !stack.sealed.may_park() || !stack.carrier.may_park() || !stack.socket.may_park() {
            return false;
        }
        if let (Some(sealed), Some(keyring)) = (&mut stack.sealed, &mut self.keyring)
            && !sealed.park(keyring)
        {
            return false;
        }
        stack.sockets().for_each(|socket| socket.park(self.scratch));
        stack.pack(out);
        true
    }

    fn parked(&mut self, stack: &mut Stack) {
        if let (Some(sealed), Some(keyring)) = (&mut stack.sealed, &mut self.keyring) {
            sealed.parked(keyring);
        }
        stack.sockets().for_each(OpenSocket::parked);
    }

    fn unpark(&mut self, from: &mut &[u8]) -> Option<Stack> {
        let mut stack = Stack::unpack(from)?;
        if let (Some(sealed), Some(keyring)) = (&mut stack.sealed, &mut self.keyring) {
            sealed.unpark(keyring);
        }
        stack.sockets().for_each(|socket| socket.unpark(self.scratch, self.pool));
        Some(stack)
    }
}

/// The earlier of two packets. This is asked after each segment.
#[inline]
fn earliest(one: Option<PacketNumber>, other: Option<PacketNumber>) -> Option<PacketNumber> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl Stack {
    /// What TCP gives next: the carrier reads it, as it is or as TLS opens it.
    fn push<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, side: Side, part: Part<'_>) {
        if let Part::Bytes(chunk) = part
            && self.guess == TrafficGuess::Silent
        {
            self.guess = TrafficGuess::of(chunk.bytes);
        }
        if self.is_sealed {
            self.unseal(context, info, side, Some(part));
            if matches!(part, Part::Bytes(_) | Part::Gap(_)) {
                return;
            }
        }
        self.carry(context, info, side, part);
    }

    /// The sockets that are open.
    fn sockets(&mut self) -> impl Iterator<Item = &mut OpenSocket> {
        self.socket.as_deref_mut().into_iter().chain(self.carrier.sockets())
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
                self.sockets().for_each(|socket| socket.ends(side));
            }
        }
    }

    fn tick<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info, now: At) {
        self.ask(context, info, Side::A, Chunk::empty(info.last), |http, told| http.tick(now, told));
        match &mut self.carrier {
            Carrier::Probe(probe) => probe.tick(),
            Carrier::Http2(http2) => http2.tick(),
            Carrier::Http1 { .. } | Carrier::Raw => {}
        }
        if let Some(sealed) = &mut self.sealed {
            sealed.tick();
        }
        self.sockets().for_each(|socket| socket.tick(context, info));
        if let Carrier::Http2(http2) = &mut self.carrier {
            http2.weigh();
        }
    }

    /// The connection is over: what is held is decided as well as it can be.
    fn finish<S: Sink>(&mut self, context: &mut Context<'_, S>, info: &Info) {
        self.finish_sealed(context, info);
        self.ask(context, info, Side::A, Chunk::empty(info.last), http::Connection::finish);
        self.probe(context, info, true);
        if let Some(socket) = &mut self.socket {
            socket.tls.clone_from(&self.tls);
            socket.finish(context, info);
        }
    }

    fn note(&mut self, note: Note) {
        self.sockets().for_each(|socket| socket.note(note.clone()));
    }
}

crate::base::pack::pack_struct!(Stack { carrier, socket, guess, before, again, ended, sealed, is_sealed, tls });
crate::base::pack::pack_struct!(Ended { by, how, at });
