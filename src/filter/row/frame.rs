//! What a frame has.

use std::borrow::Cow;

use super::super::value::{Value, Values};
use super::{Row, codes, severities};
use crate::dissect::FramePlace;
use crate::fields::display::Term;
use crate::trace::values::close_body;
use crate::websocket::{Frame, LengthForm, Opcode};

/// The number under a name that a frame has at most once.
#[inline]
pub(super) fn number(term: Term, place: &FramePlace, frame: &Frame<'_>) -> Option<u64> {
    let header = &frame.header;
    Some(match term {
        Term::Fin => header.fin.into(),
        Term::Rsv => header.rsv.into(),
        Term::Rsv1 => u64::from(header.rsv >> 2 & 1),
        Term::Rsv2 => u64::from(header.rsv >> 1 & 1),
        Term::Rsv3 => u64::from(header.rsv & 1),
        Term::Opcode => header.opcode.bits().into(),
        Term::Mask => header.masking_key.is_some().into(),
        Term::Length7 => match header.form {
            LengthForm::Bits7 => header.length,
            LengthForm::Bits16 => 126,
            LengthForm::Bits64 => 127,
        },
        Term::Length16 if header.form == LengthForm::Bits16 => header.length,
        Term::Length64 if header.form == LengthForm::Bits64 => header.length,
        Term::Number => place.number,
        Term::Length => header.length,
        Term::HeaderLength => frame.header_len.into(),
        Term::Captured => frame.captured,
        Term::Missing => header.length.saturating_sub(frame.captured),
        Term::Offset => frame.offset,
        Term::Compressed => frame.compressed.into(),
        Term::Control => header.opcode.is_control().into(),
        Term::FirstPacket => frame.first.packet,
        _ => return None,
    })
}

impl<'a> Row<'a> {
    pub(super) fn of_frame(&self, term: Term, _: &FramePlace, frame: &Frame<'a>) -> Option<Values<'a>> {
        let opcode = frame.header.opcode;
        let payload = || (!frame.payload.is_empty()).then(|| Value::bytes(frame.payload));
        let of = |wanted: Opcode| if opcode == wanted { payload() } else { None };
        let reserved = matches!(opcode, Opcode::Reserved(_));
        let value = match term {
            Term::Websocket => Some(Value::bytes(frame.payload)),
            Term::Pmc => {
                let deflates = self.peer.is_some_and(|peer| peer.deflates);
                deflates.then_some(Value::Flag(frame.header.rsv & 4 != 0))
            }
            Term::MaskingKey => frame.header.masking_key.map(|key| Value::Bytes(Cow::Owned(key.to_vec()))),
            Term::Payload => payload(),
            Term::MaskedPayload => masked(frame),
            Term::Continue if opcode == Opcode::Continuation && !frame.header.fin => payload(),
            Term::ClosePresent => (opcode == Opcode::Close && frame.header.length > 0).then_some(Value::Present),
            Term::CloseCode => close_body(frame).map(|(code, _)| Value::Unsigned(code.into())),
            Term::CloseReason => {
                let reason = close_body(frame).map(|(_, reason)| reason).filter(|reason| !reason.is_empty());
                reason.map(|reason| Value::Text(String::from_utf8_lossy(reason)))
            }
            Term::Ping => of(Opcode::Ping),
            Term::Pong => of(Opcode::Pong),
            Term::Unknown if reserved => payload(),
            Term::UnknownExpert => (reserved && frame.header.length > 0).then_some(Value::Present),
            Term::Direction => Some(Value::text(frame.direction.name())),
            Term::FirstTime => Some(Value::Time(frame.first.time.0)),
            Term::FirstRelative => Some(Value::Span(frame.first.time.since(self.origin))),
            Term::Took => Some(Value::Span(frame.last.time.since(frame.first.time))),
            Term::RoundTrip => self.round_trip.map(Value::Span),
            Term::NoteCodes => return Some(codes(frame.notes)),
            Term::NoteSeverity => return Some(severities(frame.notes)),
            _ => return None,
        };
        Some(value.into())
    }
}

/// The payload as it is on the wire. Where bytes are missing the key stands at another place behind them: then nothing.
fn masked<'a>(frame: &Frame<'_>) -> Option<Value<'a>> {
    let key = frame.header.masking_key.filter(|_| frame.holes.is_empty() && !frame.payload.is_empty())?;
    let bytes = frame.payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key);
    Some(Value::Bytes(Cow::Owned(bytes.collect())))
}
