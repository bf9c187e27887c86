//! Options of a TCP header (RFC 9293 section 3.1), for whoever wants to see them.
//!
//! In: a header and the place of its options. Out: each option, and the values in it. An option without a sound length
//! ends them.

use std::ops::Range;

use super::observe::{Observer, Teller, Value};
use crate::base::number::wide;
use crate::fields::PacketField;

/// Tells the options at `place`, which is there whole.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>, place: Range<usize>) {
    let mut at = place.start;
    while at < place.end
        && let Some([kind]) = header.array(at)
    {
        match kind {
            0 => return header.field(PacketField::TcpEol, at..at + 1, Value::Present),
            1 => {
                header.field(PacketField::TcpNop, at..at + 1, Value::Present);
                at += 1;
            }
            _ => {
                let len = header.array(at + 1).map_or(0, |[len]| usize::from(len));
                if len < 2 || at + len > place.end {
                    return;
                }
                option(header, kind, at..at + len);
                at += len;
            }
        }
    }
}

/// Tells one option with a length.
fn option<O: Observer>(header: &mut Teller<'_, '_, O>, kind: u8, place: Range<usize>) {
    let (at, value) = (place.start, place.start + 2..place.end);
    match (kind, value.len()) {
        (2, 2) => {
            group::<O, 2>(header, PacketField::TcpMss, place);
            header.number::<2>(PacketField::TcpMssVal, at + 2);
        }
        (3, 1) => {
            group::<O, 1>(header, PacketField::TcpWscale, place);
            header.number::<1>(PacketField::TcpWscaleShift, at + 2);
        }
        (4, 0) => header.field(PacketField::TcpSackPerm, place, Value::Present),
        (5, len) if len > 0 && len % 8 == 0 => {
            let runs = wide(len / 8);
            header.field(PacketField::TcpSack, place, Value::Written(runs, format_args!("{runs} runs")));
            for run in value.step_by(8) {
                header.number::<4>(PacketField::TcpSackLe, run);
                header.number::<4>(PacketField::TcpSackRe, run + 4);
            }
        }
        (8, 8) => {
            let [sent, echo] = [2, 6].map(|place| header.read::<4>(at + place).unwrap_or_default());
            header.field(PacketField::TcpTimestamp, place, Value::Written(sent, format_args!("{sent}, echo {echo}")));
            header.number::<4>(PacketField::TcpTsval, at + 2);
            header.number::<4>(PacketField::TcpTsecr, at + 6);
        }
        (19, 16) => header.field(PacketField::TcpMd5, place, Value::Bytes(header.bytes(value))),
        (28, 2) => {
            // The highest bit says minutes.
            let field = header.read::<2>(at + 2).unwrap_or_default();
            let (unit, number) = (if field & 0x8000 == 0 { "seconds" } else { "minutes" }, field & 0x7fff);
            let text = format_args!("{number} {unit}");
            header.field(PacketField::TcpUserTimeout, place, Value::Written(number, text));
        }
        (29, _) => header.field(PacketField::TcpAo, place, Value::Bytes(header.bytes(value))),
        (30, 1..) => {
            let subtype = header.read::<1>(at + 2).unwrap_or_default() >> 4;
            header.field(PacketField::TcpMptcp, place, Value::Number(subtype));
        }
        (34, 0) => header.field(PacketField::TcpTfo, place, Value::Written(0, format_args!("cookie asked for"))),
        (34, _) => {
            header.field(PacketField::TcpTfo, place, Value::Present);
            header.raw(PacketField::TcpTfoCookie, value);
        }
        (kind, len) => {
            let text = format_args!("{kind}, {len} bytes");
            header.field(PacketField::TcpUnknown, place, Value::Written(kind.into(), text));
        }
    }
}

/// Tells an option whose value is one number of `N` bytes.
fn group<O: Observer, const N: usize>(header: &mut Teller<'_, '_, O>, field: PacketField, place: Range<usize>) {
    let number = header.read::<N>(place.start + 2).unwrap_or_default();
    header.field(field, place, Value::Number(number));
}
