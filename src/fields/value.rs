//! What a field holds.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use crate::base::{Hole, Note, Timestamp};

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Nothing: the row has no such thing.
    Absent,
    /// Yes or no.
    Flag(bool),
    /// A count, a length, a code.
    Number(u64),
    /// A share from 0 to 1.
    Share(f32),
    /// Text off the wire, or a word of this program.
    Text(Cow<'a, str>),
    /// Bytes; `payload.hex` and the like say how they are to be written.
    Bytes(&'a [u8], Notation),
    /// A masking key.
    Key([u8; 4]),
    /// A point in time.
    Time(Timestamp),
    /// A span of time, nanoseconds.
    Nanoseconds(i64),
    /// A point in time, as nanoseconds since 1970.
    Epoch(Timestamp),
    /// An address and port.
    Address(SocketAddr),
    /// An IP address.
    Ip(IpAddr),
    /// An IEEE 802 MAC address.
    Mac([u8; 6]),
    /// Several numbers.
    Numbers(&'a [u64]),
    /// Several words.
    Words(Vec<String>),
    /// Missing runs.
    Holes(&'a [Hole]),
    /// Notes.
    Notes(&'a [Note]),
}

/// How bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// Two lower-case digits a byte.
    Hex,
    /// RFC 4648 section 4, with padding.
    Base64,
}

impl<'a> Value<'a> {
    /// Text, or nothing.
    #[must_use]
    pub fn maybe_text(text: Option<&'a str>) -> Value<'a> {
        text.map_or(Value::Absent, |text| Value::Text(Cow::Borrowed(text)))
    }

    /// A number, or nothing.
    #[must_use]
    pub fn maybe_number(number: Option<u64>) -> Value<'a> {
        number.map_or(Value::Absent, Value::Number)
    }
}
