//! Bodies, passed over without being kept (RFC 9112 sections 6 and 7).
//!
//! In: the head that a body belongs to, then bytes. Out: how many of them are the body's. A chunk size that is no
//! number is [`Skip::Broken`]: nobody knows where the next message begins.

use super::head::{ResponseHead, lists, values};
use crate::base::number::{at_most, wide};

/// How a body ends, and how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// This many bytes are to come.
    Length(u64),
    /// In chunks.
    Chunked(Chunked),
    /// With the connection.
    UntilClose,
}

/// Place in a chunked body (RFC 9112 section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunked {
    /// In the digits of a chunk's size: the size so far, and whether there was a digit.
    Size(u64, bool),
    /// After the size, in extensions, up to LF.
    Extension(u64),
    /// In a chunk's data: bytes to come.
    Data(u64),
    /// In the end of line after a chunk's data.
    DataEnd,
    /// In the trailer section, at the start of a line.
    TrailerStart,
    /// In a line of the trailer section.
    Trailer,
}

/// What [`Body::skip`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// All bytes were the body's, and more is to come.
    More,
    /// The body ended after this many bytes.
    End(usize),
    /// The framing is broken after this many bytes.
    Broken(usize),
}

impl Body {
    /// The body of a request with these fields (RFC 9112 section 6.3, rules 3 to 7); `None` where it has none.
    #[must_use]
    pub fn of_request(fields: &[(String, String)]) -> Option<Body> {
        if lists(fields, "Transfer-Encoding", "chunked") {
            return Some(Body::Chunked(Chunked::Size(0, false)));
        }
        content_length(fields).filter(|length| *length > 0).map(Body::Length)
    }

    /// The body of a final response (rules 1 to 8); `None` where it has none. `to_head`: it answers a HEAD request.
    #[must_use]
    pub fn of_response(head: &ResponseHead, to_head: bool) -> Option<Body> {
        if to_head || matches!(head.status, 100..200 | 204 | 304) {
            return None;
        }
        if lists(&head.fields, "Transfer-Encoding", "chunked") {
            return Some(Body::Chunked(Chunked::Size(0, false)));
        }
        if values(&head.fields, "Transfer-Encoding").next().is_some() {
            return Some(Body::UntilClose);
        }
        match content_length(&head.fields) {
            Some(0) => None,
            Some(length) => Some(Body::Length(length)),
            None => Some(Body::UntilClose),
        }
    }

    /// Passes over the bytes that are the body's.
    pub fn skip(&mut self, bytes: &[u8]) -> Skip {
        self.read(bytes, |_| {})
    }

    /// The same, and gives the content among them, without what frames it.
    pub fn read(&mut self, bytes: &[u8], mut content: impl FnMut(&[u8])) -> Skip {
        match self {
            Body::UntilClose => {
                content(bytes);
                Skip::More
            }
            Body::Length(left) => {
                let len = at_most(*left, bytes.len());
                *left -= wide(len);
                content(bytes.get(..len).unwrap_or_default());
                if *left == 0 { Skip::End(len) } else { Skip::More }
            }
            Body::Chunked(chunked) => chunked.read(bytes, content),
        }
    }

    /// Passes over missing bytes: [`Skip::End`] where the body ends with the last of them, [`Skip::Broken`] where its
    /// end, or a chunk's size, is among them.
    pub fn skip_gap(&mut self, len: u64) -> Skip {
        match self {
            Body::UntilClose => Skip::More,
            Body::Length(left) | Body::Chunked(Chunked::Data(left)) if len < *left => {
                *left -= len;
                Skip::More
            }
            Body::Length(left) if len == *left => Skip::End(0),
            Body::Chunked(chunked) => match chunked {
                Chunked::Data(left) if len == *left => {
                    *chunked = Chunked::DataEnd;
                    Skip::More
                }
                _ => Skip::Broken(0),
            },
            Body::Length(_) => Skip::Broken(0),
        }
    }
}

impl Chunked {
    fn read(&mut self, bytes: &[u8], mut content: impl FnMut(&[u8])) -> Skip {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if let Chunked::Data(left) = self {
                let len = at_most(*left, rest.len());
                *left -= wide(len);
                if *left == 0 {
                    *self = Chunked::DataEnd;
                }
                content(rest.get(..len).unwrap_or_default());
                at += len;
                continue;
            }
            if matches!(self, Chunked::Extension(_) | Chunked::Trailer) {
                let Some(lf) = memchr::memchr(b'\n', rest) else { return Skip::More };
                at += lf;
            }
            let Some(byte) = bytes.get(at) else { return Skip::More };
            at += 1;
            match self.step(*byte) {
                Some(Chunked::TrailerStart) if *byte == b'\n' && matches!(self, Chunked::TrailerStart) => {
                    return Skip::End(at);
                }
                Some(next) => *self = next,
                None => return Skip::Broken(at - 1),
            }
        }
        Skip::More
    }

    /// The state after one byte that is not data; `None` where the byte cannot stand here.
    fn step(self, byte: u8) -> Option<Chunked> {
        let sized = |size: u64| if size == 0 { Chunked::TrailerStart } else { Chunked::Data(size) };
        match (self, byte) {
            (Chunked::Size(size, _), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16)?;
                Some(Chunked::Size(size.checked_mul(16)?.checked_add(digit.into())?, true))
            }
            (Chunked::Size(size, true), b'\n') => Some(sized(size)),
            (Chunked::Size(size, true), b';' | b' ' | b'\t' | b'\r') => Some(Chunked::Extension(size)),
            (Chunked::Size(..), _) => None,
            (Chunked::Extension(size), b'\n') => Some(sized(size)),
            (Chunked::DataEnd, b'\r') => Some(Chunked::DataEnd),
            (Chunked::DataEnd, b'\n') => Some(Chunked::Size(0, false)),
            (Chunked::DataEnd, _) => None,
            (Chunked::Trailer, b'\n') | (Chunked::TrailerStart, b'\n' | b'\r') => Some(Chunked::TrailerStart),
            (Chunked::TrailerStart, _) => Some(Chunked::Trailer),
            (Chunked::Extension(_) | Chunked::Trailer | Chunked::Data(_), _) => Some(self),
        }
    }
}

/// The value of Content-Length: the first number there is, since a dissector has to go on.
fn content_length(fields: &[(String, String)]) -> Option<u64> {
    values(fields, "Content-Length").flat_map(|value| value.split(',')).find_map(|value| value.trim().parse().ok())
}

crate::base::pack::pack_enum!(Body { 0 Length(left), 1 Chunked(place), 2 UntilClose });
crate::base::pack::pack_enum!(Chunked { 0 Size(size, digits), 1 Extension(size), 2 Data(left), 3 DataEnd, 4 TrailerStart, 5 Trailer });
