//! What stands between brackets: pieces of a slice, layers, steps into a document.

use std::ops::Range;

use super::error::Wrong;
use super::lex::{self, Token};
use super::tree::{End, Piece, Step};

const SLICES: &str = "a slice is [first:length] [first-last] [one] [:length] [first:], several with commas";

/// The pieces of a slice at a place that holds its brackets.
pub(super) fn pieces(text: &str, at: &Range<usize>) -> Result<Vec<Piece>, Wrong> {
    let inner = text.get(at.start + 1..at.end - 1).unwrap_or_default();
    let mut pieces = Vec::new();
    let mut from = at.start + 1;
    for part in inner.split(',') {
        let place = from..from + part.len();
        from = place.end + 1;
        pieces.push(
            piece(part.trim()).ok_or_else(|| Wrong::new(&place, "this is no piece of a slice").expected(SLICES))?,
        );
    }
    Ok(pieces)
}

/// One piece.
fn piece(text: &str) -> Option<Piece> {
    if let Some(length) = text.strip_prefix(':') {
        return Some(Piece { start: 0, end: End::Length(positive(length)?) });
    }
    let (start, rest) = number(text)?;
    if rest.is_empty() {
        return Some(Piece { start, end: End::Length(1) });
    }
    if let Some(length) = rest.strip_prefix(':') {
        let end = if length.trim().is_empty() { End::Open } else { End::Length(positive(length)?) };
        return Some(Piece { start, end });
    }
    let (last, rest) = number(rest.strip_prefix('-')?.trim_start())?;
    rest.is_empty().then_some(Piece { start, end: End::Last(last) })
}

/// A number at the front of a text, and what follows it.
fn number(text: &str) -> Option<(i64, &str)> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let len = digits.len() - digits.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).len();
    let (digits, rest) = digits.split_at_checked(len)?;
    let value = i64::try_from(super::literal::whole(digits)?).ok()?;
    Some((if text.starts_with('-') { -value } else { value }, rest.trim_start()))
}

fn positive(text: &str) -> Option<i64> {
    let (value, rest) = number(text.trim())?;
    (value > 0 && rest.is_empty()).then_some(value)
}

/// The layer of `#2`.
pub(super) fn layer(word: &str, at: &Range<usize>) -> Result<Piece, Wrong> {
    let (start, rest) = number(word).filter(|(start, _)| *start != 0).ok_or_else(|| wrong_layer(at))?;
    if rest.is_empty() { Ok(Piece { start, end: End::Length(1) }) } else { Err(wrong_layer(at)) }
}

fn wrong_layer(at: &Range<usize>) -> Wrong {
    Wrong::new(at, "this is no number of a layer").expected("layers count from 1, the outermost")
}

/// A step into a document at a place that holds its brackets.
pub(super) fn step(text: &str, at: &Range<usize>) -> Result<Step, Wrong> {
    let inner = text.get(at.start + 1..at.end - 1).unwrap_or_default();
    let wrong = || {
        Wrong::new(&(at.start + 1..at.end - 1), "this is no step into a document")
            .expected("a path goes on with [\"key\"], [0], [*] or .key")
    };
    if inner.trim() == "*" {
        return Ok(Step::Every);
    }
    if let Ok(index) = inner.trim().parse() {
        return Ok(Step::Index(index));
    }
    match lex::tokens(inner).ok().as_deref() {
        Some([key, end]) if end.token == Token::End => match &key.token {
            Token::Text(bytes) => Ok(Step::Key(bytes.clone())),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_those_of_the_manual() {
        let all = |text: &str| pieces(text, &(0..text.len())).unwrap();
        let piece = |start, end| Piece { start, end };
        assert_eq!(all("[0:4]"), [piece(0, End::Length(4))]);
        assert_eq!(all("[1-3]"), [piece(1, End::Last(3))]);
        assert_eq!(all("[:4]"), [piece(0, End::Length(4))]);
        assert_eq!(all("[4:]"), [piece(4, End::Open)]);
        assert_eq!(all("[-4:]"), [piece(-4, End::Open)]);
        assert_eq!(all("[-4--2]"), [piece(-4, End::Last(-2))]);
        assert_eq!(all("[1,3-5, 9:]"), [piece(1, End::Length(1)), piece(3, End::Last(5)), piece(9, End::Open)]);
        for wrong in ["[]", "[a]", "[1:0]", "[1:-1]", "[1-]", "[,]"] {
            assert!(pieces(wrong, &(0..wrong.len())).is_err(), "{wrong}");
        }
    }

    #[test]
    fn steps_lead_into_a_document() {
        let step = |text: &str| step(text, &(0..text.len()));
        assert_eq!(step("[\"a b\"]"), Ok(Step::Key(b"a b".to_vec())));
        assert_eq!(step("[12]"), Ok(Step::Index(12)));
        assert_eq!(step("[*]"), Ok(Step::Every));
        assert!(step("[a]").is_err() && step("[]").is_err() && step("[-1]").is_err());
    }
}
