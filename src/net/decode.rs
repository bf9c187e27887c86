//! One packet, without state: headers are taken off from the outside until TCP, a fragment, or something else is found.
//!
//! In: link type, bytes, length on the wire. Out: [`Decoded`]. The walk is bounded by
//! [`limits::ENCAPSULATIONS`]; it reads each byte at most once and allocates nothing.

use super::ip::{self, Addresses, Fragment};
use super::kind::Kind;
use super::layer::Layer;
use super::segment::Segment;
use super::{link, pseudo, tcp, tunnel, wireless};
use crate::base::{LinkType, limits};

/// What one packet holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// What it holds.
    pub content: Content<'a>,
    /// An IP header claimed more bytes than the packet has, although the snap length did not cut it.
    pub overlong: bool,
}

/// What one packet holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// A TCP segment.
    Segment(Segment<'a>),
    /// A piece of an IP datagram.
    Fragment(Fragment<'a>),
    /// Something to count.
    Other(Kind),
}

impl From<Kind> for Content<'_> {
    #[inline]
    fn from(kind: Kind) -> Self {
        Content::Other(kind)
    }
}

/// The next header of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Ethernet,
    EtherType(u16),
    Llc,
    Cooked,
    Cooked2,
    Loopback,
    Hdlc,
    Fddi,
    Pktap,
    Pflog,
    Nflog,
    Ppi,
    Radiotap,
    /// IEEE 802.11; `padded`: the radio put bytes behind the header to reach a multiple of four.
    Wireless {
        padded: bool,
    },
    PppWithDirection,
    Ppp,
    PppoeSession,
    Mpls,
    /// IPv4 or IPv6, by the version field.
    Ip,
    Ipv4,
    Ipv6,
    /// What an IP protocol number names.
    Protocol(u8),
}

/// What a walk learnt on its way.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Of the innermost IP header so far.
    pub(super) addresses: Option<Addresses>,
    /// See [`Decoded::overlong`].
    pub(super) overlong: bool,
}

/// Reads one packet. `wire_len` is its length on the wire; where it is more than `data`, the snap length cut it.
///
/// ```
/// use sockeye::base::LinkType;
/// use sockeye::net::{Content, Kind, decode};
/// let arp = [&[0xff; 12][..], &[0x08, 0x06], &[0; 28]].concat();
/// assert_eq!(decode(LinkType::ETHERNET, &arp, 42).content, Content::Other(Kind::Arp));
/// ```
#[inline]
#[must_use]
pub fn decode(link: LinkType, data: &[u8], wire_len: u32) -> Decoded<'_> {
    let first = match link::first(link) {
        Ok(first) => first,
        Err(kind) => return Decoded { content: Content::Other(kind), overlong: false },
    };
    let mut decoded = walk(first, Layer::new(data, wire_len), Walk::default());
    if let Content::Segment(segment) = &mut decoded.content {
        // Where options were cut, the payload would start beyond the captured bytes.
        let end = u32::try_from(data.len()).unwrap_or(u32::MAX);
        segment.payload_offset = segment.payload_offset.map(|offset| offset.min(end));
    }
    decoded
}

/// Reads the payload of a datagram put together from fragments.
pub(super) fn decode_datagram<'a>(addresses: Addresses, protocol: u8, layer: Layer<'a>) -> Decoded<'a> {
    walk(Next::Protocol(protocol), layer, Walk { addresses: Some(addresses), overlong: false })
}

#[inline]
fn walk(first: Next, mut layer: Layer<'_>, mut walk: Walk) -> Decoded<'_> {
    let mut next = first;
    for _ in 0..limits::ENCAPSULATIONS {
        match step(next, &mut layer, &mut walk) {
            Ok(inner) => next = inner,
            Err(content) => return Decoded { content, overlong: walk.overlong },
        }
    }
    Decoded { content: Content::Other(Kind::Nested), overlong: walk.overlong }
}

/// One header off; `Err` is the end of the walk.
#[inline]
fn step<'a>(next: Next, layer: &mut Layer<'a>, walk: &mut Walk) -> Result<Next, Content<'a>> {
    match next {
        Next::Ethernet => Ok(link::ethernet(layer)?),
        Next::EtherType(value) => Ok(link::ether_type(value, layer)?),
        Next::Ipv4 => ip::ipv4(layer, walk),
        Next::Ipv6 => Ok(ip::ipv6(layer, walk)?),
        Next::Protocol(number) => protocol(number, layer, walk),
        Next::Cooked => Ok(link::cooked(layer)?),
        Next::Cooked2 => Ok(link::cooked2(layer)?),
        Next::Loopback => Ok(link::loopback(layer)?),
        Next::Hdlc => Ok(link::hdlc(layer)?),
        Next::Ip => Ok(link::version(layer)?),
        Next::Llc => Ok(link::llc(layer)?),
        Next::Ppp => Ok(link::ppp(layer)?),
        Next::PppoeSession => Ok(link::pppoe(layer)?),
        Next::Mpls => Ok(link::mpls(layer)?),
        rare => outermost(rare, layer),
    }
}

/// What stands at the front of a packet, as a rule, and seldom.
#[cold]
fn outermost<'a>(next: Next, layer: &mut Layer<'a>) -> Result<Next, Content<'a>> {
    Ok(match next {
        Next::Fddi => link::fddi(layer)?,
        Next::Pktap => pseudo::pktap(layer)?,
        Next::Pflog => pseudo::pflog(layer)?,
        Next::Nflog => pseudo::nflog(layer)?,
        Next::Ppi => pseudo::ppi(layer)?,
        Next::PppWithDirection => pseudo::ppp_with_direction(layer)?,
        Next::Radiotap => wireless::radiotap(layer)?,
        Next::Wireless { padded } => wireless::frame(layer, padded)?,
        other => other,
    })
}

/// What stands behind an IP header.
#[inline]
fn protocol<'a>(number: u8, layer: &mut Layer<'a>, walk: &mut Walk) -> Result<Next, Content<'a>> {
    let Some(addresses) = walk.addresses else { return Err(Content::Other(Kind::Protocol(number))) };
    if number == ip::TCP {
        return Err(tcp::segment(*layer, addresses).map_or_else(|content| content, Content::Segment));
    }
    let extended = addresses.source.is_ipv6();
    Ok(match number {
        ip::UDP => tunnel::udp(layer)?,
        ip::IPV4 => Next::Ipv4,
        ip::IPV6 => Next::Ipv6,
        ip::GRE => tunnel::gre(layer)?,
        ip::ETHER_IP => tunnel::ether_ip(layer)?,
        ip::AUTHENTICATION => ip::authentication(layer)?,
        ip::HOP_BY_HOP | ip::ROUTING | ip::DESTINATION | ip::MOBILITY if extended => ip::extension(layer)?,
        ip::FRAGMENT if extended => ip::ipv6_fragment(layer, walk)?,
        ip::ICMP => return Err(Content::Other(Kind::Icmp)),
        ip::ICMP6 => return Err(Content::Other(Kind::Icmp6)),
        ip::IGMP => return Err(Content::Other(Kind::Igmp)),
        ip::SCTP => return Err(Content::Other(Kind::Sctp)),
        other => return Err(Content::Other(Kind::Protocol(other))),
    })
}
