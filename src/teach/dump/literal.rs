//! Strings of programs: `"\x81\x05Hello"`, in quotes or without, as C, Rust, Python, JavaScript and shells write them.

use super::{Dump, Fault, Form};

/// Strings in quotes, one after the other, as C joins them.
pub fn quoted(text: &str) -> Result<Dump, Fault> {
    let mut bytes = Vec::new();
    let mut at = text.find(['"', '\'']).unwrap_or(0);
    let before = text.get(..at).unwrap_or_default();
    // `char frame[] = `, `b`, `$`.
    if let Some((wrong, c)) =
        before.char_indices().find(|(_, c)| !c.is_alphanumeric() && !" _*=[]&:$\t\r\n".contains(*c))
    {
        return Err(Fault::new(wrong, format!("'{c}' stands before the string")));
    }
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { break };
        let body = rest.get(1..).unwrap_or_default();
        let used = unescape(body, at + 1, Some(quote), &mut bytes)?;
        at += 1 + used + 1;
        // Between two strings.
        let between = text.get(at..).unwrap_or_default();
        let next = between.find(['"', '\'']).unwrap_or(between.len());
        let (gap, _) = between.split_at(next);
        let joins = |(_, c): &(usize, char)| !(c.is_whitespace() || matches!(c, '\\' | '+' | ';' | ')'));
        if let Some((wrong, c)) = gap.char_indices().find(joins).filter(|(_, c)| *c != 'b' || next == between.len()) {
            return Err(Fault::new(at + wrong, format!("'{c}' stands behind the string; give one string")));
        }
        at += next;
    }
    Ok(Dump { bytes, form: Form::Literal })
}

/// A string whose quotes a shell has taken away.
pub fn bare(text: &str) -> Result<Dump, Fault> {
    let text = text.trim_end_matches(['\r', '\n']);
    // Is the space a byte, or does it part bytes?
    if let Some(at) = text.find(char::is_whitespace) {
        return Err(Fault::new(
            at,
            "is this space a byte? put the string in quotes, and the quotes in quotes: '\"\\x81…\"'",
        ));
    }
    let mut bytes = Vec::new();
    unescape(text, 0, None, &mut bytes)?;
    Ok(Dump { bytes, form: Form::Literal })
}

/// Appends the bytes of a string up to its quote; how many bytes of text they take.
fn unescape(text: &str, at: usize, quote: Option<char>, bytes: &mut Vec<u8>) -> Result<usize, Fault> {
    let mut rest = text;
    loop {
        let here = text.len() - rest.len();
        let mut chars = rest.chars();
        let Some(c) = chars.next() else {
            return match quote {
                None => Ok(here),
                Some(quote) => Err(Fault::new(at + here, format!("the string has no {quote} at its end"))),
            };
        };
        if Some(c) == quote {
            return Ok(here);
        }
        if c == '\\' {
            let (more, len) = escape(chars.as_str()).ok_or_else(|| {
                let shown: String = rest.chars().take(6).collect();
                Fault::new(at + here, format!("'{shown}' is no escape of a byte: write \\x81"))
            })?;
            bytes.extend(more);
            rest = chars.as_str().get(len..).unwrap_or_default();
        } else if c.is_ascii() && !c.is_ascii_control() {
            bytes.extend(u8::try_from(c));
            rest = chars.as_str();
        } else {
            return Err(Fault::new(at + here, format!("{c:?} is not one byte: write it as \\x81")));
        }
    }
}

/// The byte of an escape, none for a line that goes on, and how many bytes of text it takes behind its backslash.
fn escape(text: &str) -> Option<(Option<u8>, usize)> {
    let digits = |from: usize, len: usize, radix: u32| {
        let digits = text.get(from..from + len)?;
        let value =
            digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, radix).ok());
        u8::try_from(value??).ok()
    };
    let simple = |byte: u8| Some((Some(byte), 1));
    match text.bytes().next()? {
        b'x' => Some((Some(digits(1, 2, 16)?), 3)),
        b'u' => Some((Some(digits(1, 4, 16)?), 5)),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'a' => simple(7),
        b'b' => simple(8),
        b'e' => simple(0x1b),
        b'f' => simple(0x0c),
        b'v' => simple(0x0b),
        b'\n' => Some((None, 1)),
        byte @ (b'\\' | b'"' | b'\'' | b'/' | b'?') => simple(byte),
        b'0'..=b'7' => {
            let len = text.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            Some((Some(digits(0, len, 8)?), len))
        }
        _ => None,
    }
}
