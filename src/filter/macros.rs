//! Macros: names for text that is put into a filter before it is read.
//!
//! In: a filter, and macros by name. Out: the filter with all of them put in. `$name(a,b)`, `${name:a;b}` and `${name;a;b}`
//! stand for the text of the macro, in which `$1`, `$2` stand for the arguments; `$name` alone for that of one that takes none.
//! What is no macro stays: it may be a reference to a field.

use std::ops::Range;

use super::error::{FilterError, Wrong};
use crate::base::limits;

/// Puts macros in until none is left.
pub(super) fn expand(text: &str, macros: &[(String, String)]) -> Result<String, FilterError> {
    let mut text = text.to_owned();
    let mut from = 0;
    for _ in 0..=limits::FILTER_MACROS {
        let Some(call) = next(&text, from, macros) else { return Ok(text) };
        let body =
            substituted(call.body, &call.arguments).map_err(|message| Wrong::new(&call.at, message).in_text(&text))?;
        // What was put in may hold macros itself.
        from = call.at.start;
        let longer = (text.len() - call.at.len()).saturating_add(body.len());
        if longer > limits::FILTER_BYTES {
            break;
        }
        text.replace_range(call.at.clone(), &body);
    }
    let all = 0..text.len();
    Err(Wrong::new(&all, "macros are put into each other without end").in_text(&text))
}

struct Call<'m> {
    at: Range<usize>,
    body: &'m str,
    arguments: Vec<String>,
}

/// The first macro at or behind a place; text between quotes is left alone.
fn next<'m>(text: &str, from: usize, macros: &'m [(String, String)]) -> Option<Call<'m>> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'$' if !quoted && at >= from => {
                if let Some(call) = call(text, at, macros) {
                    return Some(call);
                }
            }
            _ => {}
        }
    }
    None
}

fn call<'m>(text: &str, at: usize, macros: &'m [(String, String)]) -> Option<Call<'m>> {
    let rest = text.get(at + 1..)?;
    let braced = rest.starts_with('{');
    let inner = if braced { rest.get(1..)? } else { rest };
    let len = inner.len() - inner.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
    let name = inner.get(..len)?;
    let (_, body) = macros.iter().find(|(known, _)| known == name)?;
    let behind = inner.get(len..)?;
    let start = at + 1 + usize::from(braced) + len;
    let (open, close, separator) = match (braced, behind.bytes().next()) {
        (true, Some(b':' | b';')) => (1, b'}', b';'),
        (true, Some(b'}')) => return Some(Call { at: at..start + 1, body, arguments: Vec::new() }),
        (false, Some(b'(')) => (1, b')', b','),
        // A name that goes on is one of a field.
        (false, next) if next != Some(b'.') => return Some(Call { at: at..start, body, arguments: Vec::new() }),
        _ => return None,
    };
    let (arguments, end) = arguments(text, start + open, close, separator)?;
    Some(Call { at: at..end, body, arguments })
}

/// What stands between separators up to the sign that closes; and where that ends.
fn arguments(text: &str, from: usize, close: u8, separator: u8) -> Option<(Vec<String>, usize)> {
    let (mut arguments, mut start) = (Vec::new(), from);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate().skip(from) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            byte if depth == 0 && (byte == close || byte == separator) => {
                arguments.push(text.get(start..at)?.trim().to_owned());
                start = at + 1;
                if byte == close {
                    if arguments.iter().all(String::is_empty) {
                        arguments.clear();
                    }
                    return Some((arguments, start));
                }
            }
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The text of a macro with its arguments put in.
fn substituted(body: &str, arguments: &[String]) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = body;
    let mut used = 0;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let len = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        match after.get(..len).unwrap_or_default().parse::<usize>() {
            Ok(number) => {
                let argument = number.checked_sub(1).and_then(|at| arguments.get(at));
                out.push_str(argument.ok_or_else(|| format!("this macro wants an argument ${number}"))?);
                used = used.max(number);
            }
            Err(_) => out.push('$'),
        }
        rest = after.get(len..).unwrap_or_default();
        if out.len() > limits::FILTER_BYTES {
            return Err("this macro is too long".to_owned());
        }
    }
    out.push_str(rest);
    if used < arguments.len() {
        return Err(format!("this macro takes {used} arguments, and {} are given", arguments.len()));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        let macros =
            [("plus", "{$1 + $2 + 1}"), ("twice", "$plus($1, $1)"), ("me", "$me()"), ("ping", "websocket.opcode == 9")];
        let macros = macros.map(|(name, body)| (name.to_owned(), body.to_owned()));
        expand(text, &macros).map_err(|error| error.message)
    }

    #[test]
    fn macros_are_text() {
        assert_eq!(expanded("$plus(a,b) == 1").as_deref(), Ok("{a + b + 1} == 1"));
        assert_eq!(expanded("${plus:a;b} == ${plus;c;d}").as_deref(), Ok("{a + b + 1} == {c + d + 1}"));
        assert_eq!(expanded("$twice(max(a,b))").as_deref(), Ok("{max(a,b) + max(a,b) + 1}"));
        assert_eq!(expanded("!${ping} && $ping()").as_deref(), Ok("!websocket.opcode == 9 && websocket.opcode == 9"));
        assert_eq!(
            expanded("${frame.number} $ip.src \"$ping()\"").as_deref(),
            Ok("${frame.number} $ip.src \"$ping()\"")
        );
        assert_eq!(expanded("$ping or not $ping").as_deref(), Ok("websocket.opcode == 9 or not websocket.opcode == 9"));
        assert_eq!(expanded("$ping.x $pings $pin").as_deref(), Ok("$ping.x $pings $pin"));
        assert!(expanded("$plus(a)").is_err() && expanded("$ping(a)").is_err());
    }

    #[test]
    fn macros_without_end_are_refused() {
        assert!(expanded("$me()").unwrap_err().contains("without end"));
        let macros = [("grow".to_owned(), "$grow($1$1)".to_owned())];
        assert!(expand("$grow(aaaaaaaa)", &macros).is_err());
    }
}
