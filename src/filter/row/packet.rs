//! What the headers of a packet have.

use std::borrow::Cow;

use super::super::slice::has_layer;
use super::super::value::{Value, Values};
use super::{FieldUse, PacketBytes};
use crate::base::number::short;
use crate::fields::display::{Source, Term, Type};
use crate::fields::{self, PacketField};
use crate::trace::packet::see_headers;

/// The values of a field of a header, in every layer that has it.
pub(super) fn values<'a>(packet: &PacketBytes<'a>, field: &FieldUse, source: Source) -> Values<'a> {
    let (wanted, other, mask) = match source {
        Source::Packet(wanted) => (wanted, wanted, None),
        Source::Bits(wanted, mask) => (wanted, wanted, Some(mask)),
        Source::Either(wanted, other) => (wanted, other, None),
        Source::Term(_) => return Values::None,
    };
    let group = wanted.field().name().split('.').next().unwrap_or_default();
    let mut layer = 0;
    let mut found: Vec<(u64, Value<'a>)> = Vec::new();
    let mut all = Values::None;
    let layered = !field.layers.is_empty();
    see_headers(packet.data, packet.link, packet.wire_len, |seen, value, bytes| {
        layer += u64::from(seen.field().name() == group);
        if seen != wanted && seen != other {
            return;
        }
        let Some(value) = one(field, mask, &value, bytes) else { return };
        if layered { found.push((layer, value)) } else { all.push(value) }
    });
    if layered {
        return found
            .into_iter()
            .filter(|(at, _)| has_layer(&field.layers, *at, layer))
            .map(|(_, value)| value)
            .collect();
    }
    all
}

fn one<'a>(field: &FieldUse, mask: Option<u64>, value: &fields::Value<'_>, bytes: &'a [u8]) -> Option<Value<'a>> {
    if field.raw {
        return Some(Value::bytes(bytes));
    }
    let number = match mask {
        Some(mask) => {
            let all = bytes.get(..bytes.len().min(8))?.iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
            Some((all & mask) >> mask.trailing_zeros())
        }
        None => match value {
            fields::Value::Number(number) => Some(*number),
            fields::Value::Flag(flag) => Some((*flag).into()),
            _ => None,
        },
    };
    Some(match (field.name.kind, number, value) {
        (Type::Flag, Some(number), _) => Value::Flag(number != 0),
        (Type::Unsigned(_), number, _) => Value::Unsigned(number?),
        (Type::Ipv4, _, fields::Value::Ip(std::net::IpAddr::V4(address))) => Value::Ipv4((*address).into(), 32),
        (Type::Ipv6, _, fields::Value::Ip(std::net::IpAddr::V6(address))) => Value::Ipv6((*address).into(), 128),
        (Type::Ipv4 | Type::Ipv6, ..) => return None,
        (Type::Text, ..) => {
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            Value::Text(String::from_utf8_lossy(bytes.get(..end)?))
        }
        _ => Value::Bytes(Cow::Borrowed(bytes)),
    })
}

/// What else there is of a packet.
pub(super) fn term<'a>(packet: &PacketBytes<'a>, term: Term) -> Option<Values<'a>> {
    let value = match term {
        Term::Frame => Value::bytes(packet.data),
        Term::FrameLen => Value::Unsigned(packet.wire_len.into()),
        Term::FrameCapLen => Value::Unsigned(packet.captured.into()),
        Term::FrameInterface => Value::Unsigned(packet.interface.into()),
        Term::FrameComment => return Some(packet.comment.map(Value::text).into()),
        Term::IpVersion => return Some(versions(packet, PacketField::Ip, 4)),
        Term::Ipv6Version => return Some(versions(packet, PacketField::Ipv6, 6)),
        Term::TcpLen | Term::TcpPayload | Term::TcpHdrLen => return Some(segment(packet, term).into()),
        _ => return None,
    };
    Some(Values::One(value))
}

fn versions<'a>(packet: &PacketBytes<'_>, header: PacketField, version: u64) -> Values<'a> {
    let mut all = Values::None;
    see_headers(packet.data, packet.link, packet.wire_len, |seen, _, _| {
        if seen == header {
            all.push(Value::Unsigned(version));
        }
    });
    all
}

fn segment<'a>(packet: &PacketBytes<'a>, term: Term) -> Option<Value<'a>> {
    let mut header = None;
    let (payload, cut) = see_headers(packet.data, packet.link, packet.wire_len, |seen, _, bytes| {
        if seen == PacketField::TcpFlags {
            header = bytes.first().map(|first| u64::from(first >> 4) * 4);
        }
    })?;
    match term {
        Term::TcpLen => Some(Value::Unsigned(u64::from(short(payload.len())) + u64::from(cut))),
        Term::TcpHdrLen => header.map(Value::Unsigned),
        _ => (!payload.is_empty()).then(|| Value::bytes(payload)),
    }
}
