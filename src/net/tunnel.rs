//! UDP (RFC 768), and tunnels over it: VXLAN (RFC 7348), GENEVE (RFC 8926), GTP-U (3GPP TS 29.281), GRE (RFC 8086);
//! others are read in `shim/tunnel.rs`.
//!
//! In: a [`Layer`] behind an IP header. Out: what the inner header is, only where every fixed bit of the tunnel's is as
//! it must be; or a [`UdpDatagram`]. A header that is not there whole is counted as [`Kind::Udp`] too.

use super::content::Content;
use super::fragment::Addresses;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::Next;
use super::observe::{Observer, Teller};
use super::segment::Endpoints;
use super::shim::{leads_to_ip, over_udp};
use super::udp::UdpDatagram;
use super::{ethernet, protocol};
use crate::fields::PacketField;

/// Bytes of a UDP header.
const HEADER: usize = 8;

/// Tunnels over UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tunnel {
    Vxlan,
    VxlanGpe,
    Gre,
    Geneve,
    Gtp,
}

/// UDP: a tunnel by its destination port and an impeccable header, or a datagram.
pub(super) fn udp<'a>(layer: &mut Layer<'a>, addresses: Addresses) -> Result<Next, Content<'a>> {
    let Some([s0, s1, d0, d1, l0, l1, ..]) = layer.bytes.first_chunk::<HEADER>() else {
        return Err(Content::Other(Kind::Udp));
    };
    let [source_port, destination_port] = [[*s0, *s1], [*d0, *d1]].map(u16::from_be_bytes);
    let behind = layer.bytes.get(HEADER..).unwrap_or_default();
    if let Some((_, header, next)) = tunnel(destination_port, behind)
        && layer.skip(HEADER + header, Part::Tunnel).is_ok()
    {
        return Ok(next);
    }
    if let Some(next) = over_udp(source_port, destination_port, behind) {
        layer.skip(HEADER, Part::Tunnel)?;
        return Ok(next);
    }
    let length = u16::from_be_bytes([*l0, *l1]);
    let mut inside = *layer;
    inside.skip(HEADER, Part::Tunnel)?;
    // A length of zero means the rest of the packet (RFC 2675 section 4, segmentation offload).
    if length != 0 {
        let Some(payload) = length.checked_sub(8) else { return Err(Content::Other(Kind::Udp)) };
        // One that leads out of the packet leaves what there is; an IP length that does is counted already.
        let _ = inside.limit(payload);
    }
    Err(Content::Udp(UdpDatagram {
        endpoints: Endpoints {
            source: addresses.source,
            destination: addresses.destination,
            source_port,
            destination_port,
        },
        payload: inside.bytes,
        cut: inside.cut,
        payload_offset: Some(inside.offset),
    }))
}

/// Which tunnel it is, the length of its header, and what is in it; `inside` is what follows the UDP header.
fn tunnel(port: u16, inside: &[u8]) -> Option<(Tunnel, usize, Next)> {
    Some(match (port, inside) {
        // VXLAN: the I flag; what is reserved is ignored (RFC 7348 section 5), and holds a group policy sometimes. 8472
        // is Linux's own port for it.
        (4789 | 8472, [flags, _, _, _, _, _, _, _, frame @ ..]) if flags & 0x08 != 0 && leads_to_ip(frame) => {
            (Tunnel::Vxlan, 8, Next::Ethernet)
        }
        // GRE (RFC 8086).
        (4754, [..]) => (Tunnel::Gre, 0, Next::Protocol(protocol::GRE)),
        // VXLAN-GPE: the I and P flags, and what follows.
        (4790, [0x0c, 0, 0, 1, _, _, _, 0, ..]) => (Tunnel::VxlanGpe, 8, Next::Ipv4),
        (4790, [0x0c, 0, 0, 2, _, _, _, 0, ..]) => (Tunnel::VxlanGpe, 8, Next::Ipv6),
        (4790, [0x0c, 0, 0, 3, _, _, _, 0, frame @ ..]) if leads_to_ip(frame) => (Tunnel::VxlanGpe, 8, Next::Ethernet),
        (4790, [0x0c, 0, 0, 4, _, _, _, 0, ..]) => (Tunnel::VxlanGpe, 8, Next::EtherType(ethernet::NSH)),
        (4790, [0x0c, 0, 0, 5, _, _, _, 0, ..]) => (Tunnel::VxlanGpe, 8, Next::Mpls),
        // GENEVE: version 0, options length in words, no control packet.
        (6081, [options, flags, high, low, _, _, _, 0, ..]) if options & 0xc0 == 0 && flags & 0xbf == 0 => {
            let header = 8 + usize::from(*options) * 4;
            (Tunnel::Geneve, header, Next::EtherType(u16::from_be_bytes([*high, *low])))
        }
        // GTP-U: version 1, protocol type GTP, a user packet (255).
        (2152, [flags, 255, _, _, _, _, _, _, optional @ ..]) if flags & 0xf8 == 0x30 => {
            let header = match flags & 0x07 {
                0 => 8,
                1..=3 => 12,
                _ => 12 + extensions(optional)?,
            };
            (Tunnel::Gtp, header, Next::Ip)
        }
        _ => return None,
    })
}

/// Bytes of the extension headers of GTP-U (3GPP TS 29.281 section 5.2.1), `optional` being what follows the first
/// eight bytes: two of sequence, one of N-PDU number, one that names the first extension. Each has its length in units
/// of four bytes in front and the name of the next at its end; 0 ends them.
fn extensions(optional: &[u8]) -> Option<usize> {
    let (mut name, mut rest) = (*optional.get(3)?, optional.get(4..)?);
    let whole = rest.len();
    while name != 0 {
        let (extension, after) = rest.split_at_checked(usize::from(*rest.first()?) * 4)?;
        name = *extension.last()?;
        rest = after;
    }
    Some(whole - rest.len())
}

/// Tells a UDP header, and that of a tunnel behind it where the walk went in.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>, went_in: bool) {
    match (header.read::<2>(0), header.read::<2>(2)) {
        (Some(source), Some(destination)) => {
            header.layer(PacketField::Udp, 0..HEADER, format_args!("{source} → {destination}"));
        }
        _ => header.layer(PacketField::Udp, 0..HEADER, format_args!("cut short")),
    }
    header.number::<2>(PacketField::UdpSrcport, 0);
    header.number::<2>(PacketField::UdpDstport, 2);
    header.number::<2>(PacketField::UdpLength, 4);
    header.hex::<2>(PacketField::UdpChecksum, 6);
    let inside = header.all.get(HEADER..).unwrap_or_default();
    let port = header.array(2).map(u16::from_be_bytes);
    if went_in && let Some((tunnel, ..)) = port.and_then(|port| tunnel(port, inside)) {
        tell_tunnel(tunnel, &mut header.behind(HEADER));
    }
}

fn tell_tunnel<O: Observer>(tunnel: Tunnel, header: &mut Teller<'_, '_, O>) {
    let whole = 0..header.len();
    let network = header.read::<3>(4).unwrap_or_default();
    match tunnel {
        Tunnel::Gre => {}
        Tunnel::Vxlan => {
            header.layer(PacketField::Vxlan, whole, format_args!("network {network}"));
            header.hex::<1>(PacketField::VxlanFlags, 0);
            header.number::<3>(PacketField::VxlanVni, 4);
        }
        Tunnel::VxlanGpe => {
            header.layer(PacketField::VxlanGpe, whole, format_args!("network {network}"));
            header.hex::<1>(PacketField::VxlanFlags, 0);
            header.number::<1>(PacketField::VxlanNext, 3);
            header.number::<3>(PacketField::VxlanVni, 4);
        }
        Tunnel::Geneve => {
            header.layer(PacketField::Geneve, whole, format_args!("network {network}"));
            header.bits::<1>(PacketField::GeneveVersion, 0, 6, 3);
            header.hex::<1>(PacketField::GeneveFlags, 1);
            ethernet::tell_type(header, PacketField::GeneveProto, 2);
            header.number::<3>(PacketField::GeneveVni, 4);
            header.raw(PacketField::GeneveOptions, 8..header.len());
        }
        Tunnel::Gtp => {
            let endpoint = header.read::<4>(4).unwrap_or_default();
            header.layer(PacketField::Gtp, whole, format_args!("tunnel 0x{endpoint:08x}"));
            header.hex::<1>(PacketField::GtpFlags, 0);
            header.number::<1>(PacketField::GtpMessage, 1);
            header.number::<2>(PacketField::GtpLength, 2);
            header.hex::<4>(PacketField::GtpTeid, 4);
            // The optional fields are there where any of three flags is set; the number counts where its own is.
            if header.array(0).is_some_and(|[flags]| flags & 2 != 0) {
                header.number::<2>(PacketField::GtpSequence, 8);
            }
            header.raw(PacketField::GtpExtensions, 12..header.len());
        }
    }
}
