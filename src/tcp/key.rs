//! What tells connections apart: both addresses and ports, whichever side sent the segment.

use std::net::IpAddr;

use crate::base::Side;
use crate::net::Endpoints;

/// Addresses and ports of a connection, the lower end first, so that both directions have one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// IPv4: both ends in one word, as fast to compare as to hash.
    V4(u128),
    /// IPv6, or the two families mixed.
    V6(IpAddr, IpAddr, u16, u16),
}

impl Key {
    /// The key of a segment, and whether its source is the lower end.
    ///
    /// A connection between one address and port and themselves cannot be told apart by direction; all its segments
    /// count as sent by the lower end.
    #[must_use]
    #[inline]
    pub fn of(endpoints: &Endpoints) -> (Key, bool) {
        match (endpoints.source, endpoints.destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let source = u128::from(source.to_bits()) << 16 | u128::from(endpoints.source_port);
                let destination = u128::from(destination.to_bits()) << 16 | u128::from(endpoints.destination_port);
                let forward = source <= destination;
                let (low, high) = if forward { (source, destination) } else { (destination, source) };
                (Key::V4(low << 64 | high), forward)
            }
            _ => {
                let source = (endpoints.source, endpoints.source_port);
                let destination = (endpoints.destination, endpoints.destination_port);
                let forward = source <= destination;
                let (low, high) = if forward { (source, destination) } else { (destination, source) };
                (Key::V6(low.0, high.0, low.1, high.1), forward)
            }
        }
    }
}

/// The side of a segment whose source is (`forward`) the lower end of its key, on a connection whose first segment
/// came from the lower end or not.
#[must_use]
pub fn side(forward: bool, first_forward: bool) -> Side {
    if forward == first_forward { Side::A } else { Side::B }
}

crate::base::pack::pack_enum!(Key { 0 V4(both), 1 V6(low, high, low_port, high_port) });
