//! What the table of connections asks of its caller.
//!
//! In: nothing. Out: the words in which [`super::Connections`] tells what happens on a connection.

use std::net::SocketAddr;

use super::event::Event;
use super::patience::Now;
use crate::base::{At, ConnectionId, PacketNumber, Side, Sides};

/// What is known of a connection without looking at its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    /// Its number, in the order of first packets.
    pub id: ConnectionId,
    /// Address of side A, the sender of the first segment captured.
    pub a: SocketAddr,
    /// Address of side B.
    pub b: SocketAddr,
    /// The side that opened the connection, where a SYN told.
    pub opener: Option<Side>,
    /// First packet.
    pub first: At,
    /// Last packet so far.
    pub last: At,
    /// Stream bytes of the other side that each side had received when it sent its latest segment; [`u64::MAX`] where
    /// that is not known.
    pub received: Sides<u64>,
    /// Sides of which there was a segment.
    pub heard: Sides<bool>,
}

impl Info {
    /// The address of a side.
    #[must_use]
    pub fn address(&self, side: Side) -> SocketAddr {
        match side {
            Side::A => self.a,
            Side::B => self.b,
        }
    }
}

/// Who is told what happens on connections, with the state `A` kept for each.
pub trait Handler<A> {
    /// The next bytes, gap or end of one side.
    fn event(&mut self, info: &Info, app: &mut A, side: Side, event: Event<'_>);

    /// The connection is over: both sides have finished, it was reset, its ports are used again, it was forgotten,
    /// or the capture ended.
    fn closed(&mut self, info: &Info, app: A);

    /// The oldest packet whose bytes the state still holds back.
    fn pending(&self, app: &A) -> Option<PacketNumber>;

    /// Bytes have been held back for a while: decide what they are, if that can be.
    fn tick(&mut self, info: &Info, app: &mut A, now: &Now);

    /// A connection was opened by a segment of this packet; its number is the next.
    fn opened(&mut self, at: At) {
        let _ = at;
    }

    /// Bytes of memory that a state takes for what is under way, besides its own size: they count against
    /// [`crate::base::limits::AT_HAND_BYTES`].
    fn memory(&self, app: &A) -> usize {
        let _ = app;
        0
    }

    /// Appends the state of a connection that is to be parked to `out`. `false` where states cannot be parked.
    fn park(&mut self, app: &mut A, out: &mut Vec<u8>) -> bool {
        let _ = (app, out);
        false
    }

    /// It was parked, and will be dropped.
    fn parked(&mut self, app: &mut A) {
        let _ = app;
    }

    /// The state that [`Handler::park`] wrote.
    fn unpark(&mut self, from: &mut &[u8]) -> Option<A> {
        let _ = from;
        None
    }
}

crate::base::pack::pack_struct!(Info { id, a, b, opener, first, last, received, heard });
