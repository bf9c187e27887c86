//! Headers that come seldom and are read by their bytes alone: of rare links, and of tunnels over UDP.
//!
//! In: a [`Layer`] at such a header. Out: what comes next, where every fixed bit is as it must be; a [`Kind`] otherwise.

mod link;
mod serial;
mod tunnel;

use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::Next;
use super::observe::{Observer, Teller};
use super::{ethernet, protocol};
use crate::fields::PacketField;

pub(super) use tunnel::{leads_to_ip, over_udp};

/// Which header it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shim {
    /// Encapsulating interface of the BSDs: what IPsec is about to encrypt, or has decrypted.
    Enc,
    /// IP over InfiniBand (RFC 4391), without the headers of the fabric.
    IpOverInfiniband,
    /// InfiniBand with its headers.
    Infiniband,
    /// Extensible record format of Endace's cards.
    Erf,
    /// Prism's header before a frame of IEEE 802.11.
    Prism,
    /// The header of AbsoluteValue Systems before such a frame.
    Avs,
    /// IEEE 802.5.
    TokenRing,
    /// Fibre Channel, below IP (RFC 4338).
    FibreChannel,
    /// IEEE 1394, below IP.
    Ieee1394,
    /// Solaris, between its zones.
    Ipnet,
    /// A card of Hilscher; with the preamble of Ethernet, where that was kept.
    NetAnalyzer { preamble: bool },
    /// Ethernet from its preamble on.
    Preamble,
    /// A switch's tag of this many bytes between the addresses and the type of Ethernet.
    SwitchTag(u8),
    /// A switch's tag of four bytes before the frame.
    SwitchTagBefore,
    /// What Juniper's routers put before a packet of some link.
    Juniper(Link),
    /// Frame Relay (RFC 2427).
    FrameRelay,
    /// AAL5 of ATM (RFC 2684, RFC 2364).
    Atm,
    /// ATM as Sun's driver gives it.
    SunAtm,
    /// SLIP, as captures have it.
    Slip,
    /// Tazmen Sniffer Protocol.
    Tzsp,
    /// Control and provisioning of wireless access points: its data (RFC 5415).
    Capwap,
    /// L2TP version 2 (RFC 2661), or 3 over UDP (RFC 3931 section 4.1.2).
    L2tp,
    /// L2TP version 3 behind IP (RFC 3931 section 4.1.1).
    Pseudowire,
    /// Teredo (RFC 4380).
    Teredo,
    /// LISP (RFC 9300).
    Lisp,
    /// Generic UDP encapsulation (draft-ietf-intarea-gue).
    Gue,
}

/// What comes behind the header of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Ethernet,
    Ppp,
    Hdlc,
    FrameRelay,
}

impl Shim {
    /// Takes the header off.
    pub(super) fn take(self, layer: &mut Layer<'_>) -> Result<Next, Kind> {
        let part = self.part();
        match self.read(layer.bytes) {
            Some((len, next)) => layer.skip(len, part).map(|()| next),
            None if self == Shim::Pseudowire => Err(Kind::Protocol(protocol::L2TP)),
            None => Err(layer.lacking(part)),
        }
    }

    /// The length of the header at the front of `bytes`, and what comes next.
    fn read(self, bytes: &[u8]) -> Option<(usize, Next)> {
        match self {
            Shim::Enc => link::enc(bytes),
            Shim::IpOverInfiniband => link::ip_over_infiniband(bytes),
            Shim::Infiniband => link::infiniband(bytes),
            Shim::Erf => link::erf(bytes),
            Shim::Prism => link::prism(bytes),
            Shim::Avs => link::avs(bytes),
            Shim::TokenRing => link::token_ring(bytes),
            Shim::FibreChannel => Some((16, Next::Llc)),
            Shim::Ieee1394 => Some((18, Next::EtherType(type_at(bytes, 16)?))),
            Shim::Ipnet => Some((24, Next::Ip)),
            Shim::NetAnalyzer { preamble } => Some((if preamble { 12 } else { 4 }, Next::Ethernet)),
            Shim::Preamble => link::preamble(bytes),
            Shim::SwitchTag(len) => {
                let at = 12 + usize::from(len);
                Some((at + 2, ethernet::type_or_length(type_at(bytes, at)?)))
            }
            Shim::SwitchTagBefore => Some((4, Next::Ethernet)),
            Shim::Juniper(inner) => link::juniper(bytes, inner),
            Shim::FrameRelay => serial::frame_relay(bytes),
            Shim::Atm => serial::atm(bytes),
            Shim::SunAtm => serial::sun_atm(bytes),
            Shim::Slip => Some((16, Next::Ip)),
            Shim::Tzsp => tunnel::tzsp(bytes),
            Shim::Capwap => tunnel::capwap(bytes),
            Shim::L2tp => tunnel::l2tp(bytes),
            Shim::Pseudowire => tunnel::pseudowire(bytes),
            Shim::Teredo => tunnel::teredo(bytes),
            Shim::Lisp => tunnel::lisp(bytes),
            Shim::Gue => tunnel::gue(bytes),
        }
    }

    fn part(self) -> Part {
        match self {
            Shim::Capwap | Shim::L2tp | Shim::Pseudowire | Shim::Teredo | Shim::Lisp | Shim::Gue => Part::Tunnel,
            _ => Part::Link,
        }
    }

    /// Tells the header.
    pub(super) fn tell<O: Observer>(self, header: &mut Teller<'_, '_, O>) {
        let whole = 0..header.len();
        let named = |name: &'static str| (PacketField::LinkHeader, name);
        let (field, name) = match self {
            Shim::Enc => return link::tell_enc(header),
            Shim::IpOverInfiniband => return link::tell_ip_over_infiniband(header),
            Shim::FrameRelay => return serial::tell_frame_relay(header),
            Shim::Tzsp => return tunnel::tell_tzsp(header),
            Shim::L2tp => return tunnel::tell_l2tp(header),
            Shim::Pseudowire => return tunnel::tell_pseudowire(header),
            Shim::Infiniband => (PacketField::Infiniband, ""),
            Shim::Erf => (PacketField::Erf, ""),
            Shim::Prism => (PacketField::Prism, ""),
            Shim::Avs => (PacketField::Avs, ""),
            Shim::Capwap => (PacketField::Capwap, ""),
            Shim::Teredo => (PacketField::Teredo, ""),
            Shim::Lisp => (PacketField::Lisp, ""),
            Shim::Gue => (PacketField::Gue, ""),
            Shim::TokenRing => named("Token Ring"),
            Shim::FibreChannel => named("Fibre Channel"),
            Shim::Ieee1394 => named("IEEE 1394"),
            Shim::Ipnet => named("Solaris ipnet"),
            Shim::NetAnalyzer { .. } => named("netANALYZER"),
            Shim::Preamble => named("preamble"),
            Shim::SwitchTag(_) => named("Ethernet with a switch's tag"),
            Shim::SwitchTagBefore => named("a switch's tag"),
            Shim::Juniper(_) => named("Juniper"),
            Shim::Atm | Shim::SunAtm => named("ATM"),
            Shim::Slip => named("SLIP"),
        };
        header.layer(field, whole, format_args!("{name}"));
    }
}

/// Two bytes that name what follows.
fn type_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_be_bytes)
}
