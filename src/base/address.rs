//! What people type to name an item of a capture: `FILE#12` a frame, `#m3` a message, `#c0` a connection, `#c0s5` a
//! stream of it.
//!
//! An address is of two parts: the item, and, from the first dot, a path to something in it (`#12.mask`,
//! `#c0.request.Origin`). No path is understood yet; one is refused by name.

use std::fmt;
use std::str::FromStr;

use super::ids::{ConnectionId, SocketId, StreamId};

/// An item of a capture.
///
/// ```
/// use sockeye::base::Address;
/// assert_eq!(Address::after_file("a.pcap#m3"), Some(("a.pcap", Address::Message(3))));
/// assert_eq!("c0s5".parse::<Address>().map(|address| address.to_string()).as_deref(), Ok("#c0s5"));
/// assert!("m0".parse::<Address>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// A frame by its number, from 1.
    Frame(u64),
    /// A message by its number, from 1.
    Message(u64),
    /// A connection, or a stream of it.
    Socket(SocketId),
}

impl Address {
    /// The file and the address in `FILE#ADDRESS`; `None` where the whole can only be the name of a file. Such names may
    /// hold a `#` too, so it is the last one that an address follows.
    #[must_use]
    pub fn after_file(text: &str) -> Option<(&str, Address)> {
        text.rmatch_indices('#').find_map(|(at, _)| {
            let (file, address) = text.split_at_checked(at)?;
            Some((file, address.get(1..)?.parse().ok()?))
        })
    }

    /// What is wrong with the address in `FILE#ADDRESS`; `None` where there is nothing that could be one.
    #[must_use]
    pub fn error_of(text: &str) -> Option<AddressError> {
        let (_, address) = text.rsplit_once('#')?;
        address.parse::<Address>().err()
    }
}

/// With the `#` before it, as it is typed behind the name of a file.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Frame(number) => write!(f, "#{number}"),
            Address::Message(number) => write!(f, "#m{number}"),
            Address::Socket(socket) => write!(f, "#{socket}"),
        }
    }
}

/// What stands behind the file, with its `#` or without.
impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Address, AddressError> {
        let text = text.strip_prefix('#').unwrap_or(text);
        let (item, path) = text.split_at_checked(text.find('.').unwrap_or(text.len())).unwrap_or((text, ""));
        let address = item_of(item)?;
        match path {
            "" => Ok(address),
            path => Err(AddressError::Path(path.to_owned())),
        }
    }
}

/// The item before the path.
fn item_of(item: &str) -> Result<Address, AddressError> {
    match item.chars().next() {
        None => Err(AddressError::Empty),
        Some('m') => Ok(Address::Message(from_one("message", item.strip_prefix('m').unwrap_or(item))?)),
        Some('c') => {
            let rest = item.strip_prefix('c').unwrap_or(item);
            let (connection, stream) = match rest.split_once('s') {
                Some((connection, stream)) => (connection, Some(stream)),
                None => (rest, None),
            };
            let connection = ConnectionId(number("connection", connection)?);
            let stream = stream.map(|stream| number("stream", stream)).transpose()?.map(StreamId);
            Ok(Address::Socket(SocketId { stream, ..connection.into() }))
        }
        Some(c) if c.is_ascii_digit() => Ok(Address::Frame(from_one("frame", item)?)),
        Some(_) => Err(AddressError::Strange(item.to_owned())),
    }
}

/// The number of an item of this kind, which counts from 1.
fn from_one(kind: &'static str, digits: &str) -> Result<u64, AddressError> {
    match number(kind, digits)? {
        0 => Err(AddressError::Zero(kind)),
        number => Ok(number),
    }
}

/// Digits and nothing else: what is parsed as a number may have a sign.
fn number<N: FromStr>(kind: &'static str, digits: &str) -> Result<N, AddressError> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AddressError::Number(kind, digits.to_owned()));
    }
    digits.parse().map_err(|_| AddressError::Large(kind, digits.to_owned()))
}

/// Why some text is no address.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddressError {
    /// Nothing follows the `#`.
    Empty,
    /// It starts like no address.
    Strange(String),
    /// What stands where the number of such an item belongs is none.
    Number(&'static str, String),
    /// The number of such an item is larger than any has.
    Large(&'static str, String),
    /// Such items are numbered from 1.
    Zero(&'static str),
    /// A path into the item, of which none is understood.
    Path(String),
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = "expected #12 (a frame), #m3 (a message), #c0 (a connection) or #c0s5 (a stream of it)";
        match self {
            AddressError::Empty => write!(f, "nothing follows the '#'; {expected}"),
            AddressError::Strange(text) => write!(f, "'#{text}' names nothing; {expected}"),
            AddressError::Number(kind, text) if text.is_empty() => {
                write!(f, "the number of the {kind} is missing; {expected}")
            }
            AddressError::Number(kind, text) => write!(f, "'{text}' is no number of a {kind}; {expected}"),
            AddressError::Large(kind, text) => write!(f, "no {kind} has a number as large as {text}"),
            AddressError::Zero(kind) => write!(f, "{kind}s are numbered from 1"),
            AddressError::Path(path) => {
                write!(f, "'{path}' is a part of an item; addresses of parts are not understood yet")
            }
        }
    }
}

impl std::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn socket(connection: u32, stream: Option<u64>) -> Address {
        Address::Socket(SocketId { stream: stream.map(StreamId), ..ConnectionId(connection).into() })
    }

    #[test]
    fn every_kind_of_item_is_named() {
        for (text, address) in [
            ("12", Address::Frame(12)),
            ("#12", Address::Frame(12)),
            ("m3", Address::Message(3)),
            ("c0", socket(0, None)),
            ("#c0s5", socket(0, Some(5))),
            ("c4294967295s18446744073709551615", socket(u32::MAX, Some(u64::MAX))),
        ] {
            assert_eq!(text.parse(), Ok(address), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_is_expected() {
        for (text, said) in [
            ("", "nothing follows the '#'; expected #12 (a frame), #m3 "),
            ("#", "nothing follows the '#'; expected"),
            (".mask", "nothing follows the '#'; expected"),
            ("##1", "'##1' names nothing; expected"),
            ("x1", "'#x1' names nothing; expected"),
            ("-1", "'#-1' names nothing; expected"),
            ("M3", "'#M3' names nothing; expected"),
            ("é", "'#é' names nothing; expected"),
            ("0", "frames are numbered from 1"),
            ("m0", "messages are numbered from 1"),
            ("m", "the number of the message is missing; expected"),
            ("c", "the number of the connection is missing; expected"),
            ("cs5", "the number of the connection is missing; expected"),
            ("c0s", "the number of the stream is missing; expected"),
            ("12x", "'12x' is no number of a frame; expected"),
            ("12:2", "'12:2' is no number of a frame; expected"),
            ("m+3", "'+3' is no number of a message; expected"),
            ("c 0", "' 0' is no number of a connection; expected"),
            ("c0s5s6", "'5s6' is no number of a stream; expected"),
            ("99999999999999999999", "no frame has a number as large as 99999999999999999999"),
            ("m99999999999999999999", "no message has a number as large as 9"),
            ("c4294967296", "no connection has a number as large as 4294967296"),
            ("c0s18446744073709551616", "no stream has a number as large as 1"),
            ("12.mask", "'.mask' is a part of an item; addresses of parts are not understood yet"),
            ("12.", "'.' is a part of an item; "),
            ("12.payload[4..7]", "'.payload[4..7]' is a part of an item; "),
            ("12.opcode:2", "'.opcode:2' is a part of an item; "),
            ("c0.request.Origin", "'.request.Origin' is a part of an item; "),
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.starts_with(said), "{text}: {error}");
        }
    }

    #[test]
    fn the_file_ends_at_the_last_sign_that_an_address_follows() {
        for (text, split) in [
            ("a.pcap#12", Some(("a.pcap", Address::Frame(12)))),
            ("-#m3", Some(("-", Address::Message(3)))),
            ("a#1#c0s5", Some(("a#1", socket(0, Some(5))))),
            ("été#1", Some(("été", Address::Frame(1)))),
            ("a.pcap", None),
            ("a#b.pcap", None),
            ("a#2.pcap", None),
            ("a.pcap#", None),
            ("a.pcap#0", None),
            ("", None),
        ] {
            assert_eq!(Address::after_file(text), split, "{text}");
            assert_eq!(Address::error_of(text).is_some(), split.is_none() && text.contains('#'), "{text}");
        }
    }

    fn address() -> impl Strategy<Value = Address> {
        prop_oneof![
            (1..=u64::MAX).prop_map(Address::Frame),
            (1..=u64::MAX).prop_map(Address::Message),
            any::<(u32, Option<u64>)>().prop_map(|(connection, stream)| socket(connection, stream)),
        ]
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(address in address(), file in "[a-z#./é]{0,9}") {
            prop_assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
            let text = format!("{file}{address}");
            prop_assert_eq!(Address::after_file(&text), Some((file.as_str(), address)));
        }

        #[test]
        fn whatever_is_read_can_be_shown_and_read_again(text in "[#mcs0-9.]{0,8}|\\PC{0,8}") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert_eq!(address.to_string().parse::<Address>(), Ok(address));
            }
        }
    }
}
