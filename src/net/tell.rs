//! Which header tells what: the walk's words, each with the fields of its header.
//!
//! In: a step of the walk, with what was there before it and after it. Out: calls of an [`Observer`].

use super::layer::Layer;
use super::next::{Next, Walk};
use super::observe::{Observer, Teller};
use super::shim::Shim;
use super::{aggregate, cooked, ethernet, gre, ipv4, ipv6, llc, mpls, ppp, protocol, pseudo, tcp, tunnel, wireless};
use crate::base::number::{distance, narrow};

/// Tells the header that the step `next` found at `before`. `after` is where the walk goes on; `ended` says that it
/// does not, and then any of the bytes may be the header's.
pub(super) fn header<O: Observer>(
    next: Next,
    before: &Layer<'_>,
    after: &Layer<'_>,
    ended: bool,
    walk: &Walk,
    observer: &mut O,
) {
    let taken = narrow(distance(before.offset.into(), after.offset.into()));
    let len = if ended && taken == 0 { before.bytes.len() } else { taken };
    if len == 0 || before.bytes.is_empty() {
        return;
    }
    let header = &mut Teller::new(before.bytes, len, before.offset, observer);
    match next {
        Next::Ethernet => ethernet::tell(header),
        Next::EtherType(value) => ethernet::tell_tag(value, header),
        Next::Llc => llc::tell(header),
        Next::Cooked => cooked::tell(header),
        Next::Cooked2 => cooked::tell2(header),
        Next::Loopback => cooked::tell_loopback(header),
        Next::Hdlc => ppp::tell_hdlc(header),
        Next::Fddi => llc::tell_fddi(header),
        Next::Pktap => pseudo::tell_pktap(header),
        Next::Pflog => pseudo::tell_pflog(header),
        Next::Nflog => pseudo::tell_nflog(header),
        Next::Ppi => pseudo::tell_ppi(header),
        Next::Radiotap => wireless::tell_radiotap(header),
        Next::Wireless(form) => wireless::tell(header, form),
        Next::Subframe => aggregate::tell(header),
        Next::Shim(shim) => shim.tell(header),
        Next::PppWithDirection => pseudo::tell_direction(header),
        Next::Ppp => ppp::tell(header),
        Next::PppoeSession => ppp::tell_pppoe(header),
        Next::Mpls => mpls::tell(header),
        // The version takes nothing off.
        Next::Ip => {}
        Next::Ipv4 => ipv4::tell(header),
        Next::Ipv6 => ipv6::tell(header),
        Next::Protocol(number) => behind_ip(number, header, ended, walk),
    }
}

fn behind_ip<O: Observer>(number: u8, header: &mut Teller<'_, '_, O>, ended: bool, walk: &Walk) {
    let extended = walk.addresses.is_some_and(|addresses| addresses.source.is_ipv6());
    match number {
        protocol::TCP => tcp::tell(header),
        protocol::UDP => tunnel::tell(header, !ended),
        protocol::GRE => gre::tell(header),
        protocol::ETHER_IP => gre::tell_ether_ip(header),
        protocol::AUTHENTICATION => ipv6::tell_authentication(header),
        protocol::L2TP => Shim::Pseudowire.tell(header),
        number if extended && (number == protocol::FRAGMENT || protocol::is_extension(number)) => {
            ipv6::tell_extension(number, header);
        }
        _ => {}
    }
}
