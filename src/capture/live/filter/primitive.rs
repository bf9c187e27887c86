//! What each primitive of a capture filter looks at.
//!
//! In: a primitive's words, and where in a packet the headers stand. Out: the [`Condition`] that libpcap makes of them,
//! test by test. Source: gencode.c of libpcap 1.10; RFC 791, RFC 8200, RFC 826, IEEE 802.1Q.

use std::net::Ipv6Addr;

use super::code::{Condition, Load, Test};
use super::problem::{Problem, wrong};
use crate::base::LinkType;

const IPV4: u32 = 0x0800;
const ARP: u32 = 0x0806;
const RARP: u32 = 0x8035;
const IPV6: u32 = 0x86dd;
/// Types of VLAN tags: 802.1Q, 802.1ad, and what some switches used before it.
const TAGS: [u32; 3] = [0x8100, 0x88a8, 0x9100];
/// Protocol numbers of IPv4 and IPv6.
pub(super) const ICMP: u32 = 1;
pub(super) const TCP: u32 = 6;
pub(super) const UDP: u32 = 17;
const IPV6_FRAGMENT: u32 = 44;
pub(super) const ICMP6: u32 = 58;
pub(super) const SCTP: u32 = 132;

/// The words before a value, which a bare value after it takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Qualifier {
    pub protocol: Protocol,
    pub direction: Direction,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Any,
    Ip,
    Ip6,
    Arp,
    Rarp,
    /// On IPv4 and IPv6.
    Transport(u32),
    /// On one of them.
    Control(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Either,
    Source,
    Destination,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No word: a host, or an IPv6 host.
    Default,
    Host,
    Net,
    Port,
    PortRange,
}

/// Where the headers stand; `vlan` moves them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Headers {
    /// Where the type of the payload stands, where there is one.
    kind: Option<u32>,
    /// Where the network header starts.
    payload: u32,
    tags: bool,
}

impl Headers {
    /// Of a link type; `None` where the subset does not know it.
    pub(super) fn of(link: LinkType) -> Option<Headers> {
        match link {
            LinkType::ETHERNET => Some(Headers { kind: Some(12), payload: 14, tags: true }),
            LinkType::LINUX_SLL2 => Some(Headers { kind: Some(0), payload: 20, tags: false }),
            LinkType::RAW => Some(Headers { kind: None, payload: 0, tags: false }),
            LinkType(_) => None,
        }
    }

    /// Whether the payload is of an Ethernet type.
    fn is(&self, ethertype: u32) -> Condition {
        match (self.kind, ethertype) {
            (Some(at), _) => Test::equal(Load::Half(at), ethertype),
            (None, IPV4) => Test::masked(Load::Byte(0), 0xf0, 0x40),
            (None, IPV6) => Test::masked(Load::Byte(0), 0xf0, 0x60),
            (None, _) => Condition::Constant(false),
        }
    }

    pub(super) fn whole_protocol(&self, protocol: Protocol) -> Condition {
        match protocol {
            Protocol::Any => Condition::Constant(true),
            Protocol::Ip => self.is(IPV4),
            Protocol::Ip6 => self.is(IPV6),
            Protocol::Arp => self.is(ARP),
            Protocol::Rarp => self.is(RARP),
            Protocol::Transport(number) => self.carried_by_v6(number).or(self.carried_by_v4(number)),
            Protocol::Control(ICMP) => self.carried_by_v4(ICMP),
            Protocol::Control(number) => self.carried_by_v6(number),
        }
    }

    fn carried_by_v4(&self, protocol: u32) -> Condition {
        self.is(IPV4).and(Test::equal(Load::Byte(self.payload + 9), protocol))
    }

    /// Directly, or behind a fragment header.
    fn carried_by_v6(&self, protocol: u32) -> Condition {
        let next = |number| Test::equal(Load::Byte(self.payload + 6), number);
        let behind = next(IPV6_FRAGMENT).and(Test::equal(Load::Byte(self.payload + 40), protocol));
        self.is(IPV6).and(next(protocol).or(behind))
    }

    /// An IPv4 address in IPv4, ARP and RARP.
    pub(super) fn host(&self, q: Qualifier, address: u32, mask: u32) -> Result<Condition, Problem> {
        let within = |ethertype, source: u32, destination: u32| {
            let test = |offset| Test::masked(Load::Word(self.payload + offset), mask, address);
            self.is(ethertype).and(either_side(q.direction, test(source), test(destination)))
        };
        match q.protocol {
            Protocol::Any => Ok(within(IPV4, 12, 16).or(within(ARP, 14, 24)).or(within(RARP, 14, 24))),
            Protocol::Ip => Ok(within(IPV4, 12, 16)),
            Protocol::Arp => Ok(within(ARP, 14, 24)),
            Protocol::Rarp => Ok(within(RARP, 14, 24)),
            Protocol::Ip6 => wrong("an IPv4 address does not go with ip6"),
            Protocol::Transport(_) | Protocol::Control(_) => wrong("an address goes with ip, ip6, arp or rarp"),
        }
    }

    /// An IPv6 address in IPv6.
    pub(super) fn host_v6(&self, q: Qualifier, address: Ipv6Addr, mask: u128) -> Condition {
        let words = |value: u128| [96, 64, 32, 0].map(|shift| u32::try_from(value >> shift & 0xffff_ffff).unwrap_or(0));
        let (address, mask, payload) = (words(address.to_bits()), words(mask), self.payload);
        let side = |offset: u32| {
            let word =
                |i: u32, address: u32, mask: u32| Test::masked(Load::Word(payload + offset + 4 * i), mask, address);
            let tests = (0..).zip(address).zip(mask).map(|((i, address), mask)| word(i, address, mask));
            tests.fold(Condition::Constant(true), Condition::and)
        };
        self.is(IPV6).and(either_side(q.direction, side(8), side(24)))
    }

    /// Ports of TCP, UDP and SCTP, in IPv6 without extension headers and in first fragments of IPv4.
    pub(super) fn ports(&self, q: Qualifier, low: u16, high: u16) -> Result<Condition, Problem> {
        let protocols: &[u32] = match q.protocol {
            Protocol::Any => &[SCTP, TCP, UDP],
            Protocol::Transport(TCP) => &[TCP],
            Protocol::Transport(UDP) => &[UDP],
            Protocol::Transport(_) => &[SCTP],
            _ => return wrong("a port goes with tcp, udp or sctp"),
        };
        let port = |load: Load| match low == high {
            true => Test::equal(load, low.into()),
            false => Test::at_least(load, low.into()).and(Test::at_most(load, high.into())),
        };
        let v6 = Load::Half(self.payload + 40);
        let v6_end = Load::Half(self.payload + 42);
        let next = |number: &u32| Test::equal(Load::Byte(self.payload + 6), *number);
        let in_v6 = |number| next(number).and(either_side(q.direction, port(v6), port(v6_end)));
        let v4 = Load::Transport { network: self.payload, offset: 0 };
        let v4_end = Load::Transport { network: self.payload, offset: 2 };
        let first_fragment = || Test::no_bits(Load::Half(self.payload + 6), 0x1fff);
        let carried = |number: &u32| Test::equal(Load::Byte(self.payload + 9), *number).and(first_fragment());
        let in_v4 = |number| carried(number).and(either_side(q.direction, port(v4), port(v4_end)));
        let any = |tests: &mut dyn Iterator<Item = Condition>| tests.fold(Condition::Constant(false), Condition::or);
        let v6 = self.is(IPV6).and(any(&mut protocols.iter().map(in_v6)));
        let v4 = self.is(IPV4).and(any(&mut protocols.iter().map(in_v4)));
        Ok(v6.or(v4))
    }

    /// A tag, of VLAN `identifier` where one is given. Everything asked later looks behind it.
    pub(super) fn vlan(&mut self, identifier: Option<u32>) -> Result<Condition, Problem> {
        let (Some(kind), true) = (self.kind, self.tags) else {
            return wrong("vlan is for Ethernet only");
        };
        let tagged = TAGS.into_iter().fold(Condition::Constant(false), |any, tag| any.or(self.is(tag)));
        let condition = match identifier {
            None => tagged,
            Some(number) if number > 0x0fff => return wrong(format!("VLAN {number} is above 4095")),
            Some(number) => tagged.and(Test::masked(Load::Half(self.payload), 0x0fff, number)),
        };
        self.kind = Some(kind + 4);
        self.payload += 4;
        Ok(condition)
    }
}

fn either_side(direction: Direction, source: Condition, destination: Condition) -> Condition {
    match direction {
        Direction::Source => source,
        Direction::Destination => destination,
        Direction::Either => source.or(destination),
        Direction::Both => source.and(destination),
    }
}
