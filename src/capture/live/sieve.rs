//! Choosing packets after they were captured: what no filter of the kernel can decide, such as whose they are.
//!
//! In: every packet that comes. Out: those that are kept, in the order in which they came, at once or a little later: what
//! it takes to decide may come behind a packet.

use crate::base::{Packet, Timestamp};

/// Chooses packets.
pub trait Sieve: Send {
    /// A packet has come.
    fn push(&mut self, packet: &Packet<'_>);

    /// The next packet that is kept, once that is decided. `over` where no more comes: then all is decided as well as it
    /// can be.
    fn next(&mut self, over: bool) -> Option<Held>;

    /// Packets wait to be decided: it is to be asked again soon.
    fn is_waiting(&self) -> bool;
}

/// A packet that waited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// Its interface, as [`Packet::interface`].
    pub interface: u32,
    /// Its time.
    pub time: Timestamp,
    /// Its length on the wire.
    pub wire_len: u32,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl Held {
    /// A copy of a packet.
    #[must_use]
    pub fn of(packet: &Packet<'_>) -> Held {
        let Packet { interface, time, wire_len, data, .. } = *packet;
        Held { interface, time, wire_len, data: data.to_vec() }
    }
}
