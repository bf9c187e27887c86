//! Tunnels over UDP: VXLAN (RFC 7348), GENEVE (RFC 8926), GTP-U (3GPP TS 29.281) and GRE (RFC 8086).
//!
//! In: a [`Layer`] behind an IP header. Out: what the inner header is, only where every fixed bit is as it must be.
//! Other UDP is counted as UDP.

use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::Next;
use super::protocol;

/// UDP: a tunnel by its destination port and an impeccable header, or nothing for us.
pub(super) fn udp(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let Some([_, _, high, low, ..]) = layer.bytes.first_chunk::<8>() else { return Err(Kind::Udp) };
    let port = u16::from_be_bytes([*high, *low]);
    let inside = layer.bytes.get(8..).unwrap_or_default();
    let (header, next) = match (port, inside) {
        // VXLAN: the I flag; what is reserved is ignored (RFC 7348 section 5), and holds a group policy sometimes. 8472
        // is Linux's own port for it.
        (4789 | 8472, [flags, _, _, _, _, _, _, _, frame @ ..]) if flags & 0x08 != 0 && leads_to_ip(frame) => {
            (8, Next::Ethernet)
        }
        // GRE (RFC 8086).
        (4754, [..]) => (0, Next::Protocol(protocol::GRE)),
        // VXLAN-GPE: the I and P flags, and what follows.
        (4790, [0x0c, 0, 0, 1, _, _, _, 0, ..]) => (8, Next::Ipv4),
        (4790, [0x0c, 0, 0, 2, _, _, _, 0, ..]) => (8, Next::Ipv6),
        (4790, [0x0c, 0, 0, 3, _, _, _, 0, frame @ ..]) if leads_to_ip(frame) => (8, Next::Ethernet),
        // GENEVE: version 0, options length in words, no control packet.
        (6081, [options, flags, high, low, _, _, _, 0, ..]) if options & 0xc0 == 0 && flags & 0xbf == 0 => {
            (8 + usize::from(*options) * 4, Next::EtherType(u16::from_be_bytes([*high, *low])))
        }
        // GTP-U: version 1, protocol type GTP, a user packet (255).
        (2152, [flags, 255, _, _, _, _, _, _, optional @ ..]) if flags & 0xf8 == 0x30 => match flags & 0x07 {
            0 => (8, Next::Ip),
            1..=3 => (12, Next::Ip),
            _ => (12 + extensions(optional).ok_or(Kind::Udp)?, Next::Ip),
        },
        _ => return Err(Kind::Udp),
    };
    layer.skip(8 + header, Part::Tunnel).map_err(|_| Kind::Udp)?;
    Ok(next)
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

/// The frame's type is IP, which its first half byte confirms where it was captured, or a tag before it.
fn leads_to_ip(frame: &[u8]) -> bool {
    let Some((&[.., high, low], inner)) = frame.split_first_chunk::<14>() else { return false };
    let version = inner.first().map(|byte| byte >> 4);
    match u16::from_be_bytes([high, low]) {
        0x0800 => version.is_none_or(|version| version == 4),
        0x86dd => version.is_none_or(|version| version == 6),
        other => matches!(other, 0x8100 | 0x88a8),
    }
}
