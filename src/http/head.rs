//! Request and response heads (RFC 9112 sections 2 to 5).
//!
//! In: the bytes of one head, its blank line included. Out: its parts, as they were sent. Only the first line can make
//! a head unreadable; a header line without a colon is passed over, a folded one is joined (RFC 9112 section 5.2), bare
//! LF and odd spaces are taken as they were meant. An endpoint must be stricter; a dissector shows what was sent.

use super::grammar;
use crate::base::{At, Note};

/// Header fields in order, names as sent; bytes of values that are not UTF-8 are replaced.
pub type Fields = Vec<(String, String)>;

/// The head of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestHead {
    /// The method, as sent.
    pub method: String,
    /// The request target, as sent.
    pub target: String,
    /// The digit after `HTTP/1.`.
    pub minor_version: u8,
    /// Header fields.
    pub fields: Fields,
    /// The 8 bytes that draft-hixie-76 puts after the head.
    pub challenge: Option<[u8; 8]>,
    /// Bytes of the head are missing in the capture: it may have had more fields.
    pub cut: bool,
    /// What breaks the grammar of heads, where it asks for a WebSocket.
    pub notes: Vec<Note>,
    /// Where its last byte arrived.
    pub at: At,
}

/// The head of a response.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResponseHead {
    /// The digit after `HTTP/1.`.
    pub minor_version: u8,
    /// The status code.
    pub status: u16,
    /// The reason phrase, as sent; often empty.
    pub reason: String,
    /// Header fields.
    pub fields: Fields,
    /// The 16 bytes that draft-hixie-76 puts after the head.
    pub answer: Option<[u8; 16]>,
    /// Bytes of the head are missing in the capture: it may have had more fields.
    pub cut: bool,
    /// What breaks the grammar of heads, where it names WebSocket.
    pub notes: Vec<Note>,
    /// Where its last byte arrived.
    pub at: At,
}

impl RequestHead {
    /// Reads a head whose first line passed [`super::sniff()`]; `None` where it is no request head.
    #[must_use]
    pub fn parse(head: &[u8], at: At) -> Option<RequestHead> {
        let mut lines = Lines(head);
        let line = lines.next()?.trim_ascii();
        let (line, minor_version) = version_at_end(line)?;
        let space = line.iter().position(|byte| is_space(*byte))?;
        let (method, target) = line.split_at_checked(space)?;
        let mut request = RequestHead {
            method: text(method),
            target: text(target.trim_ascii()),
            minor_version,
            fields: fields(lines),
            challenge: None,
            cut: false,
            notes: Vec::new(),
            at,
        };
        if request.asks_for_websocket() {
            request.notes = grammar::notes(head, at);
        }
        Some(request)
    }

    /// The first field of this name, any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        values(&self.fields, name).next()
    }

    /// It asks for a WebSocket: by its Upgrade field, or by a key where a proxy has taken that field away.
    #[must_use]
    pub fn asks_for_websocket(&self) -> bool {
        lists(&self.fields, "Upgrade", "websocket")
            || self.field("Sec-WebSocket-Key").is_some()
            || self.field("Sec-WebSocket-Key1").is_some()
    }

    /// It carries the two keys of draft-hixie-76, so that 8 bytes follow it.
    #[must_use]
    pub fn is_hixie_76(&self) -> bool {
        self.field("Sec-WebSocket-Key1").is_some() && self.field("Sec-WebSocket-Key2").is_some()
    }
}

impl ResponseHead {
    /// Reads a head whose first line passed [`super::sniff()`]; `None` where it is no response head.
    #[must_use]
    pub fn parse(head: &[u8], at: At) -> Option<ResponseHead> {
        let mut lines = Lines(head);
        let line = lines.next()?.trim_ascii().strip_prefix(b"HTTP/1.")?;
        let (minor, line) = line.split_first()?;
        let line = line.trim_ascii_start();
        let (status, reason) = line.split_at_checked(3)?;
        let mut response = ResponseHead {
            minor_version: minor.checked_sub(b'0').filter(|digit| *digit < 10)?,
            status: std::str::from_utf8(status).ok()?.parse().ok()?,
            reason: text(reason.trim_ascii()),
            fields: fields(lines),
            answer: None,
            cut: false,
            notes: Vec::new(),
            at,
        };
        if response.status == 101 || response.names_websocket() {
            response.notes = grammar::notes(head, at);
        }
        Some(response)
    }

    /// The first field of this name, any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        values(&self.fields, name).next()
    }

    /// It names WebSocket: by its Upgrade field, or by a field that only WebSocket has.
    #[must_use]
    pub fn names_websocket(&self) -> bool {
        lists(&self.fields, "Upgrade", "websocket")
            || ["Sec-WebSocket-Accept", "Sec-WebSocket-Location", "WebSocket-Location"]
                .iter()
                .any(|name| self.field(name).is_some())
    }

    /// It is the response of draft-hixie-76, which 16 bytes follow.
    #[must_use]
    pub fn is_hixie_76(&self) -> bool {
        self.field("Sec-WebSocket-Accept").is_none()
            && (self.field("Sec-WebSocket-Location").is_some() || self.field("Sec-WebSocket-Origin").is_some())
    }
}

/// The values of all fields of this name, any case.
pub(super) fn values<'a>(fields: &'a [(String, String)], name: &str) -> impl Iterator<Item = &'a str> {
    fields.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Whether a comma-separated field holds this token, any case (RFC 9110 section 5.6.1). A version after a slash
/// (`websocket/13`) does not make another token of it.
pub(super) fn lists(fields: &[(String, String)], name: &str, token: &str) -> bool {
    values(fields, name)
        .flat_map(|value| value.split(','))
        .map(|item| item.split('/').next().unwrap_or(item).trim())
        .any(|item| item.eq_ignore_ascii_case(token))
}

/// Bytes of the head that `bytes` starts with, blank line included; `None` where its end is not there. `from` bytes
/// were searched before.
pub(super) fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    // The blank line is found at the LF of the line before it, which may be among the last two bytes searched.
    let mut at = from.saturating_sub(2);
    loop {
        let rest = bytes.get(at..)?;
        let lf = at + memchr::memchr(b'\n', rest)?;
        match bytes.get(lf + 1..) {
            Some([b'\n', ..]) => return Some(lf + 2),
            Some([b'\r', b'\n', ..]) => return Some(lf + 3),
            _ => at = lf + 1,
        }
    }
}

/// Splits `HTTP/1.x` off the end of a request line: what is before it, and x.
pub(super) fn version_at_end(line: &[u8]) -> Option<(&[u8], u8)> {
    let (rest, [minor]) = line.split_last_chunk::<1>()?;
    let rest = rest.strip_suffix(b"HTTP/1.")?;
    let minor = minor.checked_sub(b'0').filter(|digit| *digit < 10)?;
    rest.last().is_some_and(|byte| is_space(*byte)).then_some((rest.trim_ascii_end(), minor))
}

/// Space or tab.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The lines of a head, ends of lines taken off.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = memchr::memchr(b'\n', self.0)?;
        let (line, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.get(1..)?;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

/// The header fields in these lines.
pub(super) fn read_fields(lines: &[u8]) -> Fields {
    fields(Lines(lines))
}

fn fields(lines: Lines<'_>) -> Fields {
    let mut fields: Fields = Vec::new();
    for line in lines {
        match line.first() {
            None => break,
            Some(byte) if is_space(*byte) => {
                if let Some((_, value)) = fields.last_mut() {
                    let more = line.trim_ascii();
                    if !value.is_empty() && !more.is_empty() {
                        value.push(' ');
                    }
                    value.push_str(&text(more));
                    continue;
                }
            }
            Some(_) => {}
        }
        if fields.len() >= crate::base::limits::HTTP_FIELDS {
            break;
        }
        if let Some(colon) = memchr::memchr(b':', line)
            && let Some((name, value)) = line.split_at_checked(colon)
            && let Some(value) = value.get(1..)
        {
            fields.push((text(name.trim_ascii()), text(value.trim_ascii())));
        }
    }
    fields
}

crate::base::pack::pack_struct!(RequestHead { method, target, minor_version, fields, challenge, at, cut, notes });
crate::base::pack::pack_struct!(ResponseHead { minor_version, status, reason, fields, answer, at, cut, notes });
