//! One packet, without state: headers are taken off from the outside until TCP, UDP, a fragment, or something else is
//! found.
//!
//! In: link type, bytes, length on the wire. Out: [`Decoded`]. The walk is bounded by
//! [`limits::ENCAPSULATIONS`]; it reads each byte at most once and allocates nothing.

use super::content::{Content, Decoded};
use super::fragment::Addresses;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::{Next, Walk};
use super::observe::Observer;
use super::shim::Shim;
use super::{
    aggregate, cooked, ethernet, gre, ipv4, ipv6, link, llc, mpls, ppp, protocol, pseudo, tcp, tell, tunnel, wireless,
};
use crate::base::number::short;
use crate::base::{LinkType, limits};

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
    decode_observed(link, data, wire_len, &mut ())
}

/// Reads one packet, and tells the headers that are taken off and their fields to `observer`.
#[inline]
pub fn decode_observed<'a, O: Observer>(
    link: LinkType,
    data: &'a [u8],
    wire_len: u32,
    observer: &mut O,
) -> Decoded<'a> {
    let first = match link::first(link) {
        Ok(first) => first,
        Err(kind) => return Decoded { content: Content::Other(kind), overlong: false },
    };
    let decoded = walk(first, Layer::new(data, wire_len), Walk::within(short(data.len())), observer);
    if O::LISTENS
        && let Content::Aggregate(aggregate) = decoded.content
    {
        aggregate.observe(observer);
    }
    decoded
}

/// Reads a frame of an aggregate in a packet of which `captured` bytes were captured.
pub(super) fn decode_subframe<'a, O: Observer>(layer: Layer<'a>, captured: u32, observer: &mut O) -> Decoded<'a> {
    let decoded = walk(Next::Subframe, layer, Walk::within(captured), observer);
    match decoded.content {
        Content::Aggregate(_) => Decoded { content: Content::Other(Kind::Nested), ..decoded },
        _ => decoded,
    }
}

/// Reads the payload of a datagram put together from fragments.
pub(super) fn decode_datagram<'a>(addresses: Addresses, protocol: u8, layer: Layer<'a>) -> Decoded<'a> {
    walk(Next::Protocol(protocol), layer, Walk { addresses: Some(addresses), ..Walk::within(u32::MAX) }, &mut ())
}

#[inline]
fn walk<'a, O: Observer>(first: Next, mut layer: Layer<'a>, mut walk: Walk, observer: &mut O) -> Decoded<'a> {
    let mut next = first;
    for _ in 0..limits::ENCAPSULATIONS {
        let before = layer;
        // What nearly all packets end with goes where it is wanted without a copy.
        if let (Next::Protocol(protocol::TCP), Some(addresses)) = (next, walk.addresses) {
            if O::LISTENS {
                tell::header(next, &before, &layer, true, &walk, observer);
            }
            return Decoded { content: tcp::segment(layer, addresses, walk.captured), overlong: walk.overlong };
        }
        let inner = step(next, &mut layer, &mut walk);
        if O::LISTENS {
            tell::header(next, &before, &layer, inner.is_err(), &walk, observer);
        }
        match inner {
            Ok(inner) => next = inner,
            Err(content) => return Decoded { content, overlong: walk.overlong },
        }
    }
    Decoded { content: Content::Other(Kind::Nested), overlong: walk.overlong }
}

/// One header off; `Err` is the end of the walk.
// There is a walk for each observer; in the one without, this is the whole of the work of a packet.
#[inline(always)]
fn step<'a>(next: Next, layer: &mut Layer<'a>, walk: &mut Walk) -> Result<Next, Content<'a>> {
    match next {
        Next::Ethernet => Ok(ethernet::ethernet(layer)?),
        Next::EtherType(value) => Ok(ethernet::ether_type(value, layer)?),
        Next::Ipv4 => ipv4::ipv4(layer, walk),
        Next::Ipv6 => Ok(ipv6::ipv6(layer, walk)?),
        Next::Protocol(number) => behind_ip(number, layer, walk),
        Next::Cooked => Ok(cooked::cooked(layer)?),
        Next::Cooked2 => Ok(cooked::cooked2(layer)?),
        Next::Loopback => Ok(cooked::loopback(layer)?),
        Next::Hdlc => Ok(ppp::hdlc(layer)?),
        Next::Ip => Ok(cooked::version(layer)?),
        Next::Llc => Ok(llc::llc(layer)?),
        Next::Ppp => Ok(ppp::ppp(layer)?),
        Next::PppoeSession => Ok(ppp::pppoe(layer)?),
        Next::Mpls => Ok(mpls::mpls(layer)?),
        rare => outermost(rare, layer),
    }
}

/// What stands at the front of a packet, as a rule, and seldom.
#[cold]
fn outermost<'a>(next: Next, layer: &mut Layer<'a>) -> Result<Next, Content<'a>> {
    Ok(match next {
        Next::Fddi => llc::fddi(layer)?,
        Next::Pktap => pseudo::pktap(layer)?,
        Next::Pflog => pseudo::pflog(layer)?,
        Next::Nflog => pseudo::nflog(layer)?,
        Next::Ppi => pseudo::ppi(layer)?,
        Next::PppWithDirection => pseudo::ppp_with_direction(layer)?,
        Next::Radiotap => wireless::radiotap(layer)?,
        Next::Wireless(form) => wireless::frame(layer, form)?,
        Next::Subframe => {
            layer.skip(aggregate::HEADER, Part::Link)?;
            Next::Llc
        }
        Next::Shim(shim) => shim.take(layer)?,
        other => other,
    })
}

/// What stands behind an IP header.
#[inline]
fn behind_ip<'a>(number: u8, layer: &mut Layer<'a>, walk: &mut Walk) -> Result<Next, Content<'a>> {
    let Some(addresses) = walk.addresses else { return Err(Content::Other(Kind::Protocol(number))) };
    let extended = addresses.source.is_ipv6();
    Ok(match number {
        protocol::UDP => tunnel::udp(layer, addresses)?,
        protocol::IPV4 => Next::Ipv4,
        protocol::IPV6 => Next::Ipv6,
        protocol::GRE => gre::gre(layer)?,
        protocol::ETHER_IP => gre::ether_ip(layer)?,
        protocol::AUTHENTICATION => ipv6::authentication(layer)?,
        extension if extended && protocol::is_extension(extension) => ipv6::extension(layer)?,
        protocol::FRAGMENT if extended => ipv6::ipv6_fragment(layer, walk)?,
        protocol::ICMP => return Err(Content::Other(Kind::Icmp)),
        protocol::ICMP6 => return Err(Content::Other(Kind::Icmp6)),
        protocol::IGMP => return Err(Content::Other(Kind::Igmp)),
        protocol::SCTP => return Err(Content::Other(Kind::Sctp)),
        protocol::KA9Q => Next::Ip,
        protocol::MPLS => Next::Mpls,
        protocol::ETHERNET => Next::Ethernet,
        protocol::L2TP => Shim::Pseudowire.take(layer)?,
        other => return Err(Content::Other(Kind::Protocol(other))),
    })
}
