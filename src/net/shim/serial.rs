//! Frame Relay and ATM: what a few bytes say of what follows.
//!
//! In: the bytes from such a header on. Out: its length and what comes next; `None` where it is none.

use super::super::next::Next;
use super::super::observe::{Observer, Teller, Value};
use super::Shim;
use super::type_at;
use crate::fields::PacketField;

/// An address of two to four bytes, whose last has its lowest bit set (ITU-T Q.922); then control and network layer
/// protocol (RFC 2427), or, as Cisco has it, an Ethernet type.
pub(super) fn frame_relay(bytes: &[u8]) -> Option<(usize, Next)> {
    let address = bytes.iter().take(4).position(|byte| byte & 1 != 0).filter(|last| *last > 0)? + 1;
    let behind = bytes.get(address..)?;
    let (len, next) = match behind {
        [3, rest @ ..] => {
            // One byte may stand between to make the length even.
            let pad = usize::from(rest.first() == Some(&0));
            let (len, next) = network_layer(rest.get(pad..)?)?;
            (1 + pad + len, next)
        }
        _ => (2, Next::EtherType(type_at(behind, 0)?)),
    };
    Some((address + len, next))
}

/// Network layer protocol identifier (ISO/IEC TR 9577, RFC 2427 section 4).
fn network_layer(bytes: &[u8]) -> Option<(usize, Next)> {
    Some(match bytes {
        [0xcc, ..] => (1, Next::Ipv4),
        [0x8e, ..] => (1, Next::Ipv6),
        [0xcf, ..] => (1, Next::Ppp),
        [0x80, 0, 0, 0, high, low, ..] => (6, Next::EtherType(u16::from_be_bytes([*high, *low]))),
        // Bridged Ethernet, with and without its check sequence.
        [0x80, 0, 0x80, 0xc2, 0, 1 | 7, ..] => (6, Next::Ethernet),
        _ => return None,
    })
}

/// What an AAL5 frame shows of itself: LLC (RFC 2684 section 5), or PPP without it (RFC 2364 section 5), or IP.
pub(super) fn atm(bytes: &[u8]) -> Option<(usize, Next)> {
    Some(match bytes {
        [0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 1 | 7, _, _, ..] => (10, Next::Ethernet),
        [0xaa, 0xaa, 3, ..] => (0, Next::Llc),
        [0xfe, 0xfe, 3, rest @ ..] => {
            let (len, next) = network_layer(rest)?;
            (3 + len, next)
        }
        [0xff, 3, ..] | [0, 0x21 | 0x57, ..] => (0, Next::Ppp),
        // Bridged Ethernet on a circuit of its own: two bytes of padding.
        [0, 0, ..] => (2, Next::Ethernet),
        [first, ..] if matches!(first >> 4, 4 | 6) => (0, Next::Ip),
        _ => return None,
    })
}

/// Direction and kind, path, circuit; then LAN emulation with its two bytes, or AAL5.
pub(super) fn sun_atm(bytes: &[u8]) -> Option<(usize, Next)> {
    match bytes.first()? & 0x0f {
        1 => Some((6, Next::Ethernet)),
        _ => Some((4, Next::Shim(Shim::Atm))),
    }
}

/// Tells a Frame Relay header.
pub(super) fn tell_frame_relay<O: Observer>(header: &mut Teller<'_, '_, O>) {
    let address = header.read::<2>(0).map_or(0, |word| word >> 6 & 0x3f0 | word >> 4 & 0xf);
    header.layer(PacketField::Fr, 0..header.len(), format_args!("connection {address}"));
    header.field(PacketField::FrDlci, 0..2, Value::Number(address));
}
