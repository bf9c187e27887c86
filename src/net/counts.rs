//! How many packets there were of each kind. Counts of several threads are added.
//!
//! Invariant: every packet is counted once, as TCP or under one [`Kind`]. Packets whose IP length passes their end, and
//! datagrams, are counted beside that.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::kind::Kind;

/// Packets by kind.
///
/// ```
/// use sockeye::base::{At, LinkType};
/// use sockeye::net::Net;
/// let mut net = Net::default();
/// net.push(LinkType(147), &[1, 2, 3], 3, At::default(), |_| {});
/// let lines: Vec<_> = net.counts().iter().map(|(name, count)| format!("{name}: {count}")).collect();
/// assert_eq!(lines, ["packets: 1", "link type 147: 1"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// All packets.
    pub packets: u64,
    /// Packets that gave a TCP segment, or completed a datagram that did.
    pub tcp: u64,
    /// Packets whose IP header claims more bytes than there are although the snap length cut nothing; what is there
    /// is used.
    pub overlong: u64,
    /// IP datagrams put together from fragments.
    pub reassembled: u64,
    /// Fragments that brought nothing new.
    pub duplicate_fragments: u64,
    /// Datagrams given up because a fragment did not come in time, or before the capture ended.
    pub given_up_incomplete: u64,
    /// Datagrams given up because too many were under reassembly.
    pub given_up_cap: u64,
    others: BTreeMap<Kind, u64>,
}

impl Counts {
    /// Counts one packet of `kind`.
    pub(super) fn other(&mut self, kind: Kind) {
        *self.others.entry(kind).or_default() += 1;
    }

    /// Packets of one kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> u64 {
        self.others.get(&kind).copied().unwrap_or_default()
    }

    /// Kinds that were met, in their order, with the packets of each.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, u64)> + '_ {
        self.others.iter().map(|(kind, count)| (*kind, *count))
    }

    /// Every count above zero with its name, in a stable order: packets, TCP, other kinds, then datagrams.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'static, str>, u64)> + '_ {
        let first = [("packets", self.packets), ("TCP", self.tcp)];
        let last = [
            ("IP length beyond the packet", self.overlong),
            ("IP datagrams reassembled", self.reassembled),
            ("IP fragments seen twice", self.duplicate_fragments),
            ("IP datagrams given up: incomplete", self.given_up_incomplete),
            ("IP datagrams given up: too many", self.given_up_cap),
        ];
        let named = |(name, count): (&'static str, u64)| (Cow::Borrowed(name), count);
        (first.into_iter().map(named))
            .chain(self.kinds().map(|(kind, count)| (kind.name(), count)))
            .chain(last.into_iter().map(named))
            .filter(|(_, count)| *count > 0)
    }
}

impl AddAssign<&Counts> for Counts {
    fn add_assign(&mut self, other: &Counts) {
        let Counts {
            packets,
            tcp,
            overlong,
            reassembled,
            duplicate_fragments,
            given_up_incomplete,
            given_up_cap,
            others,
        } = other;
        self.packets += packets;
        self.tcp += tcp;
        self.overlong += overlong;
        self.reassembled += reassembled;
        self.duplicate_fragments += duplicate_fragments;
        self.given_up_incomplete += given_up_incomplete;
        self.given_up_cap += given_up_cap;
        for (kind, count) in others {
            *self.others.entry(*kind).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_and_keep_their_order() {
        let mut a = Counts { packets: 3, tcp: 1, ..Counts::default() };
        a.other(Kind::Arp);
        a.other(Kind::Udp);
        let mut b = Counts { packets: 2, overlong: 1, ..Counts::default() };
        b.other(Kind::Udp);
        b.other(Kind::EtherType(0x88cc));
        a += &b;
        let all: Vec<_> = a.iter().map(|(name, count)| (name.into_owned(), count)).collect();
        let expected = [
            ("packets", 5),
            ("TCP", 1),
            ("UDP", 2),
            ("ARP", 1),
            ("ethertype 0x88cc", 1),
            ("IP length beyond the packet", 1),
        ];
        assert_eq!(all, expected.map(|(name, count)| (name.to_owned(), count)));
        assert_eq!((a.of(Kind::Udp), a.of(Kind::Sctp)), (2, 0));
    }
}
