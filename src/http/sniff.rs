//! What a side's stream starts with: a request, a response, or nothing of HTTP/1.
//!
//! In: the first bytes of a message. Out: a [`Sniff`], decided at the first byte that excludes HTTP, so that TLS, SSH,
//! WebSocket frames and binary protocols are told at once. Empty lines before a request are allowed (RFC 9112 2.2).

use super::head::{is_space, version_at_end};

/// What the first bytes of a message say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniff {
    /// Too few bytes to tell; all of them fit.
    Undecided,
    /// A request line: `METHOD target HTTP/1.x`.
    Request,
    /// The start of a status line: `HTTP/1.x NNN`.
    Response,
    /// Neither.
    Foreign,
}

/// Bytes of empty lines believed before a message; clients send one line, if any.
const EMPTY_LINES: usize = 64;

/// Longest method believed. The longest registered one has 17 letters.
const METHOD: usize = 32;

/// Looks at the first bytes of a message.
///
/// ```
/// use sockeye::http::{Sniff, sniff};
/// assert_eq!(sniff(b"GET /chat HT"), Sniff::Undecided);
/// assert_eq!(sniff(b"GET /chat HTTP/1.1\r\n"), Sniff::Request);
/// assert_eq!(sniff(b"HTTP/1.1 101"), Sniff::Response);
/// assert_eq!(sniff(b"\x16\x03\x01"), Sniff::Foreign);
/// assert_eq!(sniff(b"PRI * HTTP/2.0\r\n"), Sniff::Foreign);
/// // The line of a load balancer, and what only begins like it.
/// assert_eq!(sniff(b"PROXY TCP4 10.0.0.1"), Sniff::Undecided);
/// assert_eq!(sniff(b"PROXY UNKNOWN\x08 and so on \xff"), Sniff::Foreign);
/// ```
#[must_use]
pub fn sniff(bytes: &[u8]) -> Sniff {
    let Some(bytes) = after_proxy_header(bytes) else { return Sniff::Undecided };
    let before = bytes.len();
    let bytes = after_empty_lines(bytes);
    if before - bytes.len() > EMPTY_LINES {
        return Sniff::Foreign;
    }
    match status_line(bytes) {
        Sniff::Foreign => request_line(bytes),
        // `HTT` may also start a method.
        other => other,
    }
}

/// `bytes` without what may stand before a message: a PROXY header, empty lines. Nothing where that is not whole.
pub(super) fn after_preface(bytes: &[u8]) -> &[u8] {
    after_proxy_header(bytes).map_or(&[], after_empty_lines)
}

/// `bytes` are the first of what may be a header of the PROXY protocol.
pub(super) fn may_be_proxy_header(bytes: &[u8]) -> bool {
    after_proxy_header(bytes).is_none()
}

/// What follows the header of the PROXY protocol, in which a load balancer says for whom it connects; all of `bytes`
/// where there is none, `None` where it is not whole. Version 1 is a line of at most 107 bytes, version 2 a signature,
/// version and command, family, and the length of what follows.
fn after_proxy_header(bytes: &[u8]) -> Option<&[u8]> {
    const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
    const LINE: usize = 107;
    // Fewer bytes may still be empty lines.
    if bytes.len() > 4 && SIGNATURE.starts_with(bytes) {
        return None;
    }
    if let Some(header) = bytes.strip_prefix(SIGNATURE) {
        return match header {
            [0x20 | 0x21, _, high, low, rest @ ..] => rest.get(usize::from(u16::from_be_bytes([*high, *low]))..),
            [0x20 | 0x21, ..] | [] => None,
            _ => Some(bytes),
        };
    }
    if ![&b"PROXY TCP4 "[..], b"PROXY TCP6 ", b"PROXY UNKNOWN"].iter().any(|start| bytes.starts_with(start)) {
        return Some(bytes);
    }
    // A line of ASCII: the first byte that is none shows that it is no such line.
    match bytes.iter().take(LINE).position(|byte| !matches!(byte, b' '..=b'~' | b'\r')) {
        Some(end) if bytes.get(end) == Some(&b'\n') => bytes.get(end + 1..),
        Some(_) => Some(bytes),
        None if bytes.len() < LINE => None,
        None => Some(bytes),
    }
}

/// `bytes` without the empty lines it starts with.
fn after_empty_lines(bytes: &[u8]) -> &[u8] {
    let empty = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    bytes.get(empty..).unwrap_or_default()
}

fn status_line(bytes: &[u8]) -> Sniff {
    const SHAPE: &[u8; 12] = b"HTTP/1.0 000";
    for (byte, shape) in bytes.iter().zip(SHAPE) {
        let fits = if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
        if !fits {
            return Sniff::Foreign;
        }
    }
    if bytes.len() < SHAPE.len() { Sniff::Undecided } else { Sniff::Response }
}

fn request_line(bytes: &[u8]) -> Sniff {
    let method = bytes.iter().take_while(|byte| is_token(**byte)).count();
    if method > METHOD {
        return Sniff::Foreign;
    }
    let Some((first, _)) = bytes.get(method..).and_then(<[u8]>::split_first) else {
        return Sniff::Undecided;
    };
    if method == 0 || !is_space(*first) {
        return Sniff::Foreign;
    }
    let rest = bytes.get(method..).unwrap_or_default();
    let end = rest.iter().position(|byte| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f);
    let Some((line, [control, after @ ..])) = end.and_then(|end| rest.split_at_checked(end)) else {
        return Sniff::Undecided;
    };
    match (control, after) {
        (b'\n', _) | (b'\r', [b'\n', ..]) => {
            if version_at_end(line.trim_ascii_end()).is_some_and(|(target, _)| !target.trim_ascii().is_empty()) {
                Sniff::Request
            } else {
                Sniff::Foreign
            }
        }
        (b'\r', []) => Sniff::Undecided,
        _ => Sniff::Foreign,
    }
}

/// A character of a token (RFC 9110 section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
