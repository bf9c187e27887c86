//! Tokens of a filter, each with its place.
//!
//! In: text. Out: tokens, the last of them [`Token::End`]. What is no token is an error with its place; nothing is
//! judged here that takes more than a token to judge. The words are those of Wireshark 4.6, with one difference: a
//! slash belongs to a word only behind an address, so that `a/2` divides.

use std::ops::Range;

use super::error::Wrong;
use crate::base::limits;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name, a number, an address, bytes: what it is depends on where it stands.
    Word,
    /// `.name`: a name and nothing else; or the next key of a path.
    Dotted,
    /// Text between double quotes, its escapes read.
    Text(Vec<u8>),
    /// A character between single quotes.
    Character(u32),
    /// An operator, a parenthesis, a comma.
    Sign(Sign),
    /// Everything between brackets.
    Brackets,
    /// The end of the filter.
    End,
}

/// Operators and what else stands between values, whether written as a sign or as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Open,
    Close,
    OpenBrace,
    CloseBrace,
    Comma,
    Dots,
    Hash,
    At,
    Dollar,
    Or,
    Xor,
    And,
    Not,
    AnyEqual,
    AllEqual,
    AllUnequal,
    AnyUnequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Matches,
    In,
    Any,
    All,
    BitAnd,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
}

/// A token and its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) at: Range<usize>,
}

/// Signs, the longest of those that begin alike first.
const SIGNS: &[(&str, Sign)] = &[
    ("===", Sign::AllEqual),
    ("!==", Sign::AnyUnequal),
    ("==", Sign::AnyEqual),
    ("!=", Sign::AllUnequal),
    ("<=", Sign::LessOrEqual),
    (">=", Sign::GreaterOrEqual),
    ("&&", Sign::And),
    ("||", Sign::Or),
    ("^^", Sign::Xor),
    ("..", Sign::Dots),
    ("<", Sign::Less),
    (">", Sign::Greater),
    ("!", Sign::Not),
    ("~", Sign::Matches),
    ("&", Sign::BitAnd),
    ("+", Sign::Plus),
    ("-", Sign::Minus),
    ("*", Sign::Star),
    ("/", Sign::Slash),
    ("%", Sign::Percent),
    ("(", Sign::Open),
    (")", Sign::Close),
    ("{", Sign::OpenBrace),
    ("}", Sign::CloseBrace),
    (",", Sign::Comma),
    ("#", Sign::Hash),
    ("@", Sign::At),
    ("$", Sign::Dollar),
];

/// Words that are operators.
const WORDS: &[(&str, Sign)] = &[
    ("eq", Sign::AnyEqual),
    ("any_eq", Sign::AnyEqual),
    ("ne", Sign::AllUnequal),
    ("all_ne", Sign::AllUnequal),
    ("all_eq", Sign::AllEqual),
    ("any_ne", Sign::AnyUnequal),
    ("gt", Sign::Greater),
    ("ge", Sign::GreaterOrEqual),
    ("lt", Sign::Less),
    ("le", Sign::LessOrEqual),
    ("contains", Sign::Contains),
    ("matches", Sign::Matches),
    ("not", Sign::Not),
    ("and", Sign::And),
    ("or", Sign::Or),
    ("xor", Sign::Xor),
    ("in", Sign::In),
    ("any", Sign::Any),
    ("all", Sign::All),
    ("bitand", Sign::BitAnd),
    ("bitwise_and", Sign::BitAnd),
];

/// The words and signs that may stand between values, for completion.
pub(super) fn operators() -> impl Iterator<Item = &'static str> {
    SIGNS.iter().chain(WORDS).map(|(text, _)| *text)
}

/// Takes a text apart.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, Wrong> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at += text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len());
        let (token, end) = next(text, at)?;
        let over = token == Token::End;
        tokens.push(Placed { token, at: at..end });
        if over {
            return Ok(tokens);
        }
        if tokens.len() > limits::FILTER_TOKENS {
            let most = limits::FILTER_TOKENS;
            return Err(Wrong::new(&(at..end), format!("the filter has more than {most} words")));
        }
        at = end;
    }
}

/// The token that begins at a place, and where it ends.
fn next(text: &str, at: usize) -> Result<(Token, usize), Wrong> {
    let rest = text.get(at..).unwrap_or_default();
    let Some(first) = rest.bytes().next() else { return Ok((Token::End, at)) };
    let raw = matches!(first, b'r' | b'R') && rest.as_bytes().get(1) == Some(&b'"');
    match first {
        b'"' => quoted(text, at + 1, at, false),
        b'r' | b'R' if raw => quoted(text, at + 2, at, true),
        b'\'' => character(text, at),
        b'[' => brackets(text, at),
        b'.' if !rest.starts_with("..") && rest.as_bytes().get(1).is_some_and(|next| is_word(*next)) => {
            Ok((Token::Dotted, at + 1 + word(rest.get(1..).unwrap_or_default())))
        }
        byte if is_word(byte) || byte == b':' => {
            let len = word(rest);
            let known = WORDS.iter().find(|(word, _)| Some(*word) == rest.get(..len));
            Ok((known.map_or(Token::Word, |(_, sign)| Token::Sign(*sign)), at + len))
        }
        _ => match SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            Some((sign, token)) => Ok((Token::Sign(*token), at + sign.len())),
            None => {
                let first = rest.chars().next().map_or(1, char::len_utf8);
                let place = at..at + first;
                Err(match rest.bytes().next() {
                    Some(b'=') => {
                        Wrong::new(&place, "a single = compares nothing").expected("== is the same, != is not")
                    }
                    Some(b'|') => Wrong::new(&place, "a single | joins nothing").expected("|| or 'or' is either"),
                    Some(b'^') => Wrong::new(&place, "a single ^ joins nothing").expected("^^ or 'xor' is one of two"),
                    _ => Wrong::new(&place, "this may stand only between quotes"),
                })
            }
        },
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Bytes of the word at the front of a text: letters, digits, `_`, and between them `.`, `:`, `-`; a slash with digits
/// behind an address; the sign of an exponent.
fn word(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut len = 0;
    while let Some(byte) = bytes.get(len).copied() {
        let (after, so_far) = (bytes.get(len + 1).copied(), bytes.get(..len).unwrap_or_default());
        let goes_on = match byte {
            byte if is_word(byte) => true,
            b':' => true,
            b'.' => after.is_some_and(is_word) && bytes.get(len.wrapping_sub(1)) != Some(&b'.'),
            b'-' => len > 0 && after.is_some_and(|after| is_word(after) || after == b':'),
            b'/' => is_address(so_far) && after.is_some_and(|after| after.is_ascii_digit()),
            b'+' => is_mantissa(so_far) && after.is_some_and(|after| after.is_ascii_digit()),
            _ => false,
        };
        if !goes_on {
            break;
        }
        len += 1;
    }
    len
}

/// Three dots or a colon between hex digits: a network may follow behind a slash.
fn is_address(word: &[u8]) -> bool {
    let shape = word.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'));
    let dots = word.iter().filter(|byte| **byte == b'.').count();
    shape && (dots == 3 || word.contains(&b':'))
}

/// `1.5e`: the sign of the exponent may follow.
fn is_mantissa(word: &[u8]) -> bool {
    word.split_last().is_some_and(|(last, number)| {
        matches!(last, b'e' | b'E')
            && number.first().is_some_and(u8::is_ascii_digit)
            && number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
    })
}

/// Text up to its closing quote. In a raw one backslashes stay, and keep a quote from closing it.
fn quoted(text: &str, from: usize, start: usize, raw: bool) -> Result<(Token, usize), Wrong> {
    let mut bytes = Vec::new();
    let mut at = from;
    loop {
        match text.as_bytes().get(at).copied() {
            None => {
                let wrong = Wrong::new(&(start..text.len()), "the closing quote is missing");
                return Err(wrong.expected("a text ends with \""));
            }
            Some(b'"') => return Ok((Token::Text(bytes), at + 1)),
            Some(b'\\') if raw => {
                bytes.push(b'\\');
                if let Some(next) = text.as_bytes().get(at + 1) {
                    bytes.push(*next);
                }
                at += 2;
            }
            Some(b'\\') => at = escape(text, at, &mut bytes)?,
            Some(byte) => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
}

/// Reads an escape and gives where it ends.
fn escape(text: &str, at: usize, bytes: &mut Vec<u8>) -> Result<usize, Wrong> {
    let Some(kind) = text.as_bytes().get(at + 1).copied() else { return Ok(at + 1) };
    let digits = |from: usize, most: usize, radix: u32| {
        let all = text.get(from..).unwrap_or_default();
        let len = all.bytes().take(most).take_while(|byte| char::from(*byte).is_digit(radix)).count();
        all.get(..len).unwrap_or_default()
    };
    let plain = match kind {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' | b'\'' | b'"' => kind,
        b'0'..=b'7' => {
            let octal = digits(at + 1, 3, 8);
            let end = at + 1 + octal.len();
            let byte = u32::from_str_radix(octal, 8).ok().and_then(|value| u8::try_from(value).ok());
            bytes.push(byte.ok_or_else(|| Wrong::new(&(at..end), "this is more than a byte holds, \\377"))?);
            return Ok(end);
        }
        b'x' => {
            let hex = digits(at + 2, 2, 16);
            let end = at + 2 + hex.len();
            let byte = u8::from_str_radix(hex, 16).map_err(|_| Wrong::new(&(at..end), "two hex digits follow \\x"))?;
            bytes.push(byte);
            return Ok(end);
        }
        b'u' | b'U' => {
            let most = if kind == b'u' { 4 } else { 8 };
            let hex = digits(at + 2, most, 16);
            let end = at + 2 + hex.len();
            let wrong = || Wrong::new(&(at..end), format!("{most} hex digits of a character follow"));
            let value = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == most);
            let c = value.and_then(char::from_u32).ok_or_else(wrong)?;
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return Ok(end);
        }
        _ => {
            let len = text.get(at + 1..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
            let wrong = Wrong::new(&(at..at + 1 + len), "this is no escape");
            return Err(
                wrong.expected("escapes are \\\" \\' \\\\ \\a \\b \\f \\n \\r \\t \\v \\NNN \\xNN \\uNNNN \\UNNNNNNNN")
            );
        }
    };
    bytes.push(plain);
    Ok(at + 2)
}

/// One character between single quotes.
fn character(text: &str, at: usize) -> Result<(Token, usize), Wrong> {
    let mut bytes = Vec::new();
    let mut end = at + 1;
    loop {
        match text.as_bytes().get(end).copied() {
            None => return Err(Wrong::new(&(at..text.len()), "the closing quote is missing")),
            Some(b'\'') => break,
            Some(b'\\') => end = escape(text, end, &mut bytes)?,
            Some(byte) => {
                bytes.push(byte);
                end += 1;
            }
        }
    }
    let one = match bytes.as_slice() {
        [byte] => Some(u32::from(*byte)),
        bytes => {
            let mut chars = std::str::from_utf8(bytes).unwrap_or_default().chars();
            chars.next().filter(|_| chars.next().is_none()).map(u32::from)
        }
    };
    let value = one.ok_or_else(|| {
        Wrong::new(&(at..end + 1), "one character stands between single quotes").expected("text is in double quotes")
    })?;
    Ok((Token::Character(value), end + 1))
}

/// Everything up to the closing bracket; a quoted key may hold one.
fn brackets(text: &str, at: usize) -> Result<(Token, usize), Wrong> {
    let mut quoted = false;
    let mut escaped = false;
    for (offset, byte) in text.bytes().enumerate().skip(at + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => return Ok((Token::Brackets, offset + 1)),
            _ => {}
        }
    }
    Err(Wrong::new(&(at..text.len()), "the closing bracket is missing").expected("a slice ends with ]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&str> {
        tokens(text).unwrap().iter().map(|placed| &text[placed.at.clone()]).filter(|word| !word.is_empty()).collect()
    }

    #[test]
    fn words_end_where_they_do_in_wireshark() {
        assert_eq!(shown("a-b - c -d"), ["a-b", "-", "c", "-", "d"]);
        assert_eq!(shown("in{8..10,1.5..2}"), ["in", "{", "8", "..", "10", ",", "1.5", "..", "2", "}"]);
        assert_eq!(shown("10.0.0.0/8 10.0.0.5..10.0.0.9"), ["10.0.0.0/8", "10.0.0.5", "..", "10.0.0.9"]);
        assert_eq!(shown("tcp.port/2"), ["tcp.port", "/", "2"]);
        assert_eq!(shown("::1/64 fe80:: aa:bb-cc"), ["::1/64", "fe80::", "aa:bb-cc"]);
        assert_eq!(shown("1e-5+1.5e+3"), ["1e-5", "+", "1.5e+3"]);
        assert_eq!(shown("!a===b!==c"), ["!", "a", "===", "b", "!==", "c"]);
        assert_eq!(shown("ws.json[\"a]\"][0].b#2"), ["ws.json", "[\"a]\"]", "[0]", ".b", "#", "2"]);
    }

    #[test]
    fn escapes_are_those_of_the_manual() {
        let text = |source: &str| match &tokens(source).unwrap()[0].token {
            Token::Text(bytes) => bytes.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(text(r#""\x48E\101\n\"\u00e9""#), b"HEA\n\"\xc3\xa9");
        assert_eq!(text(r#"r"\\S\n\"""#), br#"\\S\n\""#);
        assert_eq!(tokens("'\\012'").unwrap()[0].token, Token::Character(10));
        for wrong in [r#""\q""#, r#""\400""#, "\"open", "'ab'", "''", "[1", "\"\\u12\"", "§x"] {
            let result = tokens(wrong);
            assert!(result.is_err() == (wrong != "§x"), "{wrong}: {result:?}");
        }
    }
}
