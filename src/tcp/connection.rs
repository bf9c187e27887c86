//! One connection: its two halves and the state that the caller keeps for it.
//!
//! In: its segments. Out: events, and whether it is over. [`super::connections`] keeps the table of all.

use super::event::Event;
use super::half::{Half, With};
use super::handler::{Handler, Info};
use super::key::{self, Key};
use super::patience::Now;
use super::sequence::SeqNum;
use super::waiting::Placed;
use crate::base::pack::Pack;
use crate::base::{At, Chunk, ConnectionId, Origin, PacketNumber, Part, Side, Sides};
use crate::net::{Endpoints, Segment};

#[derive(Debug)]
pub(super) struct Connection<A> {
    pub(super) info: Info,
    pub(super) key: Key,
    /// [`Endpoints::group`].
    pub(super) group: u16,
    /// The first segment went from the key's lower end to its higher.
    pub(super) first_forward: bool,
    a: Half,
    b: Half,
    /// `None` once it is over.
    pub(super) app: Option<A>,
    /// A reset was seen.
    pub(super) closing: Option<Now>,
    /// Payload was seen.
    pub(super) spoke: bool,
    /// It was reset while it was being opened, and nothing has come since: it is not open, though its SYN may come again.
    pub(super) refused: bool,
    /// Oldest packet held back, as it stands in the table; `PacketNumber::MAX` for none.
    pub(super) held_back: PacketNumber,
    /// The caller's state holds bytes back, and is asked about them from time to time.
    pub(super) ticking: bool,
    /// Used since the table last looked for what it can parked.
    pub(super) touched: bool,
    /// Of the caller's state, as the table has counted them.
    pub(super) memory: usize,
}

/// Which queues a connection belongs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Watch {
    pub(super) joining: bool,
    pub(super) waiting: bool,
    pub(super) closing: bool,
}

impl<A: Default> Connection<A> {
    pub(super) fn new(id: ConnectionId, key: Key, first_forward: bool, endpoints: &Endpoints, at: At) -> Connection<A> {
        const UNKNOWN: Sides<u64> = Sides { a: u64::MAX, b: u64::MAX };
        let info = Info {
            id,
            a: endpoints.source(),
            b: endpoints.destination(),
            opener: None,
            first: at,
            last: at,
            received: UNKNOWN,
            heard: Sides::default(),
        };
        Connection {
            info,
            key,
            group: endpoints.group(),
            first_forward,
            a: Half::default(),
            b: Half::default(),
            app: Some(A::default()),
            closing: None,
            spoke: false,
            refused: false,
            held_back: PacketNumber::MAX,
            ticking: false,
            touched: true,
            memory: 0,
        }
    }

    /// Appends the connection to `out`, where its state can be parked.
    pub(super) fn park<H: Handler<A>>(&mut self, handler: &mut H, out: &mut Vec<u8>) -> bool {
        let Connection {
            info,
            key,
            group,
            first_forward,
            a,
            b,
            app,
            closing,
            spoke,
            refused,
            held_back,
            ticking,
            touched: _,
            memory: _,
        } = self;
        app.is_some().pack(out);
        info.pack(out);
        key.pack(out);
        group.pack(out);
        first_forward.pack(out);
        a.pack(out);
        b.pack(out);
        closing.pack(out);
        spoke.pack(out);
        refused.pack(out);
        held_back.pack(out);
        ticking.pack(out);
        app.as_mut().is_none_or(|app| handler.park(app, out))
    }

    /// It was parked, and will be dropped.
    pub(super) fn parked<H: Handler<A>>(&mut self, handler: &mut H) {
        if let Some(app) = &mut self.app {
            handler.parked(app);
        }
    }

    /// The connection that [`Connection::park`] has written.
    pub(super) fn unpark<H: Handler<A>>(handler: &mut H, from: &mut &[u8]) -> Option<Connection<A>> {
        let has_app = bool::unpack(from)?;
        Some(Connection {
            info: Pack::unpack(from)?,
            key: Pack::unpack(from)?,
            group: Pack::unpack(from)?,
            first_forward: Pack::unpack(from)?,
            a: Pack::unpack(from)?,
            b: Pack::unpack(from)?,
            closing: Pack::unpack(from)?,
            spoke: Pack::unpack(from)?,
            refused: Pack::unpack(from)?,
            held_back: Pack::unpack(from)?,
            ticking: Pack::unpack(from)?,
            app: if has_app { Some(handler.unpark(from)?) } else { None },
            touched: true,
            memory: 0,
        })
    }

    /// When the wait for the next byte of either side began.
    pub(super) fn waiting_since(&self) -> Option<Now> {
        [&self.a, &self.b].into_iter().filter_map(Half::waiting_since).min_by_key(|since| since.packet)
    }

    pub(super) fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::A => &mut self.a,
            Side::B => &mut self.b,
        }
    }

    pub(super) fn watch(&self) -> Watch {
        Watch {
            joining: self.a.is_joining() || self.b.is_joining(),
            waiting: self.is_waiting(),
            closing: self.closing.is_some(),
        }
    }

    /// Something waits for the next byte of either side.
    #[inline]
    fn is_waiting(&self) -> bool {
        self.a.is_waiting() || self.b.is_waiting()
    }

    /// The oldest packet held back here ([`PacketNumber::MAX`] for none), and the oldest that the caller's state holds
    /// back.
    #[inline]
    pub(super) fn pending<H: Handler<A>>(&self, handler: &H) -> (PacketNumber, Option<PacketNumber>) {
        let app = self.app.as_ref().and_then(|app| handler.pending(app));
        let here = if self.is_waiting() { self.oldest() } else { PacketNumber::MAX };
        (here.min(app.unwrap_or(PacketNumber::MAX)), app)
    }

    #[cold]
    fn oldest(&self) -> PacketNumber {
        [self.a.oldest(), self.b.oldest()].into_iter().flatten().min().unwrap_or(PacketNumber::MAX)
    }

    /// Gives whether the connection is over.
    pub(super) fn push<H: Handler<A>>(
        &mut self,
        segment: &Segment<'_>,
        forward: bool,
        at: At,
        origin: Origin,
        with: &mut With<'_>,
        handler: &mut H,
    ) -> bool {
        let side = key::side(forward, self.first_forward);
        if self.app.is_none() {
            return false;
        }
        self.info.last = at;
        *self.info.heard.get_mut(side) = true;
        self.touched = true;
        if self.is_waiting() {
            self.lose_patience(with, handler);
        }
        let mut sequence = SeqNum(segment.sequence);
        let chunk = Chunk { bytes: segment.payload, at, origin };
        let new = Placed { offset: 0, chunk, cut: u64::from(segment.cut) };
        if self.half(side).doubts(segment) {
            // Nothing else in it can be believed.
            self.on_half(side, handler, |half, emit| half.push_doubtful(sequence, new, with, emit));
            return false;
        }
        if segment.flags.syn() {
            if self.info.opener.is_none() {
                self.info.opener = Some(if segment.flags.ack() { side.other() } else { side });
            }
            self.half(side).syn(sequence);
            sequence = sequence.advance(1);
        }
        if segment.flags.ack() {
            let half = self.half(side.other());
            half.acknowledge(SeqNum(segment.acknowledgement));
            let received = half.acknowledged();
            *self.info.received.get_mut(side) = received.unwrap_or(u64::MAX);
        }
        if segment.flags.rst() {
            // A reset's payload is a diagnostic text (RFC 9293 section 3.5.3), not of the stream. One that answers a
            // SYN, or what the other side has left of an older connection, may be followed by the same SYN and its
            // answer.
            let opening = !self.spoke && (self.a.is_new() || self.b.is_new());
            if opening {
                self.refused = true;
            } else {
                self.closing.get_or_insert(with.now);
            }
            if self.half(side).is_reset_at(sequence)
                && let Some(app) = &mut self.app
            {
                handler.event(&self.info, app, side, Event::Part(Part::Reset { at }));
            }
            return false;
        }
        self.refused = false;
        self.spoke |= !segment.payload.is_empty() || segment.cut > 0;
        let Connection { info, app, a, b, .. } = self;
        let Some(app) = app.as_mut() else { return false };
        let half = match side {
            Side::A => a,
            Side::B => b,
        };
        half.push(sequence, new, segment.flags.fin(), with, &mut |event| handler.event(info, app, side, event));
        self.a.has_ended() && self.b.has_ended()
    }

    pub(super) fn tick<H: Handler<A>>(&mut self, with: &mut With<'_>, handler: &mut H) {
        if let Some(app) = &mut self.app {
            handler.tick(&self.info, app, &with.now);
        }
    }

    pub(super) fn start<H: Handler<A>>(&mut self, with: &mut With<'_>, handler: &mut H) {
        self.each_half(handler, |half, emit| half.start(with, emit));
    }

    pub(super) fn lose_patience<H: Handler<A>>(&mut self, with: &mut With<'_>, handler: &mut H) {
        self.each_half(handler, |half, emit| half.lose_patience(with, emit));
    }

    fn on_half<H: Handler<A>>(
        &mut self,
        side: Side,
        handler: &mut H,
        act: impl FnOnce(&mut Half, &mut dyn FnMut(Event<'_>)),
    ) {
        let Connection { info, app, a, b, .. } = self;
        let Some(app) = app.as_mut() else { return };
        let half = match side {
            Side::A => a,
            Side::B => b,
        };
        act(half, &mut |event| handler.event(info, app, side, event));
    }

    fn each_half<H: Handler<A>>(&mut self, handler: &mut H, mut act: impl FnMut(&mut Half, &mut dyn FnMut(Event<'_>))) {
        let Connection { info, app, a, b, .. } = self;
        let Some(app) = app.as_mut() else { return };
        act(a, &mut |event| handler.event(info, app, Side::A, event));
        act(b, &mut |event| handler.event(info, app, Side::B, event));
    }

    /// Gives whether it was not over before.
    pub(super) fn finish<H: Handler<A>>(&mut self, with: &mut With<'_>, handler: &mut H) -> bool {
        self.each_half(handler, |half, emit| half.finish(with, emit));
        match self.app.take() {
            Some(app) => {
                handler.closed(&self.info, app);
                true
            }
            None => false,
        }
    }
}
