//! Slices of bytes and text, and ranges of layers.

use std::borrow::Cow;
use std::ops::Range;

use super::tree::{End, Piece};
use super::value::Value;
use crate::base::number::wide;

/// The pieces of a value, one after the other; nothing where one of them is not all there.
pub(super) fn slice<'a>(value: Value<'a>, pieces: &[Piece]) -> Option<Value<'a>> {
    match value {
        Value::Text(text) => {
            let count = text.chars().count();
            let ranges = ranges(pieces, count)?;
            let cut = |range: &Range<usize>| text.chars().skip(range.start).take(range.len()).collect::<String>();
            Some(Value::Text(Cow::Owned(ranges.iter().map(cut).collect())))
        }
        Value::Bytes(Cow::Borrowed(bytes)) if pieces.len() == 1 => {
            let ranges = ranges(pieces, bytes.len())?;
            bytes.get(ranges.first()?.clone()).map(Value::bytes)
        }
        Value::Bytes(bytes) => of_bytes(&bytes, pieces),
        Value::Ipv4(address, _) => of_bytes(&address.to_be_bytes(), pieces),
        Value::Ipv6(address, _) => of_bytes(&address.to_be_bytes(), pieces),
        _ => None,
    }
}

fn of_bytes<'a>(bytes: &[u8], pieces: &[Piece]) -> Option<Value<'a>> {
    let mut all = Vec::new();
    for range in ranges(pieces, bytes.len())? {
        all.extend_from_slice(bytes.get(range)?);
    }
    Some(Value::Bytes(Cow::Owned(all)))
}

fn ranges(pieces: &[Piece], len: usize) -> Option<Vec<Range<usize>>> {
    pieces.iter().map(|piece| range(*piece, len)).collect()
}

/// Where a piece lies in a value of this length; `None` where it is not all there.
fn range(piece: Piece, len: usize) -> Option<Range<usize>> {
    let place = |at: i64| {
        let at = if at < 0 { i64::try_from(len).ok()?.checked_add(at)? } else { at };
        usize::try_from(at).ok()
    };
    let start = place(piece.start)?;
    let end = match piece.end {
        End::Length(length) => start.checked_add(usize::try_from(length).ok()?)?,
        End::Last(last) => place(last)?.checked_add(1)?,
        End::Open => len,
    };
    (start < end && end <= len).then_some(start..end)
}

/// Whether a layer, counted from 1 of so many, is among those of the pieces.
pub(super) fn has_layer(pieces: &[Piece], layer: u64, layers: u64) -> bool {
    let place = |at: i64| if at < 0 { layers.saturating_add_signed(at + 1) } else { at.unsigned_abs() };
    pieces.iter().any(|piece| {
        let start = place(piece.start);
        match piece.end {
            End::Length(length) => layer >= start && layer - start < length.unsigned_abs(),
            End::Last(last) => (start..=place(last)).contains(&layer),
            End::Open => layer >= start,
        }
    })
}

/// As many bytes as a value has; nothing for what has no length.
pub(super) fn length(value: &Value<'_>) -> Option<u64> {
    match value {
        Value::Ipv4(..) => Some(4),
        Value::Ipv6(..) => Some(16),
        value => value.as_bytes().map(|bytes| wide(bytes.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(bytes: &'static [u8], start: i64, end: End) -> Option<Vec<u8>> {
        slice(Value::bytes(bytes), &[Piece { start, end }]).and_then(|value| value.as_bytes().map(<[u8]>::to_vec))
    }

    #[test]
    fn a_slice_is_there_where_all_of_it_is() {
        let bytes = b"0123456789";
        assert_eq!(cut(bytes, 0, End::Length(4)).as_deref(), Some(&b"0123"[..]));
        assert_eq!(cut(bytes, 1, End::Last(3)).as_deref(), Some(&b"123"[..]));
        assert_eq!(cut(bytes, -4, End::Open).as_deref(), Some(&b"6789"[..]));
        assert_eq!(cut(bytes, -4, End::Last(-2)).as_deref(), Some(&b"678"[..]));
        assert_eq!(cut(bytes, 8, End::Length(3)), None);
        assert_eq!(cut(bytes, 10, End::Open), None);
        assert_eq!(cut(bytes, -11, End::Open), None);
        assert_eq!(cut(bytes, 5, End::Last(4)), None);
    }

    #[test]
    fn text_is_counted_in_characters() {
        let pieces = [Piece { start: 5, end: End::Length(1) }];
        assert_eq!(slice(Value::text("touché"), &pieces), Some(Value::text("é")));
    }

    #[test]
    fn layers_count_from_one_and_from_the_innermost() {
        let layer = |start, end| [Piece { start, end }];
        assert!(has_layer(&layer(2, End::Length(1)), 2, 3) && !has_layer(&layer(2, End::Length(1)), 3, 3));
        assert!(has_layer(&layer(2, End::Last(3)), 3, 3) && has_layer(&layer(-1, End::Length(1)), 3, 3));
    }
}
