//! The words of the walk: which header comes next, and what was learnt on the way.

use super::content::Content;
use super::fragment::{Addresses, Fragment};
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::shim::Shim;
use super::wireless::Form;

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
    /// IEEE 802.11, in this form.
    Wireless(Form),
    /// A frame of an aggregate of IEEE 802.11.
    Subframe,
    /// A header that seldom comes.
    Shim(Shim),
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
#[derive(Debug)]
pub(super) struct Walk {
    /// Captured bytes of the packet; no payload begins beyond them. Of a datagram put together from fragments all that can
    /// be, since what was not captured lies between them.
    pub(super) captured: u32,
    /// Of the innermost IP header so far.
    pub(super) addresses: Option<Addresses>,
    /// See [`super::Decoded::overlong`].
    pub(super) overlong: bool,
}

impl Walk {
    /// Nothing is known yet of a packet of which `captured` bytes were captured.
    #[inline]
    pub(super) fn within(captured: u32) -> Walk {
        Walk { captured, addresses: None, overlong: false }
    }

    /// What is in `layer`, as a piece of a datagram.
    pub(super) fn fragment<'a>(
        &self,
        layer: &Layer<'a>,
        identification: u32,
        protocol: u8,
        offset: u32,
        more: bool,
    ) -> Content<'a> {
        match self.addresses {
            Some(addresses) => Content::Fragment(Fragment {
                addresses,
                identification,
                protocol,
                offset,
                more,
                payload: layer.bytes,
                cut: layer.cut,
            }),
            None => Content::Other(Kind::Malformed(Part::Ip)),
        }
    }
}
