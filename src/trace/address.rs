//! What people type to name a thing in a capture, and what is stored of it.
//!
//! ```text
//! address = "#" item [ "." field [ "(" which ")" ] ] [ "[" bytes "]" ] [ ":" bits ]
//! item    = number            a frame       #12
//!         | "m" number        a message     #m3
//!         | "c" number        a connection  #c0
//!         | "c" n "s" n       a stream of it  #c0s5
//! field   = a name of the tree of the item  #12.mask  #12.close.code  #12.ip.ttl  #m3.inflated  #c0.tls.sni
//!         | "request." name | "response." name  a field of a head  #c0.request.Origin
//! which   = number            of several of that name, from 1    #c0.request.Cookie(2)
//! bytes, bits = n | n ".." n  from 0, the last one included        #12.payload[4..7]  #12.opcode:2  #12[0]:3
//! ```
//!
//! In: text, or a row of the [`Trace`](super::Trace). Out: an [`Address`], which prints back to the text it was read from; an
//! [`Anchor`], which is what is stored: connection, stream, direction and offset, so that it does not move when a key log or a
//! setting makes other frames appear. Bits count from the most significant, as RFC 6455 section 5.2 draws them. What makes no
//! sense is an [`AddressError`], with its place. Which bytes a spot stands for is said where trees are made,
//! [`crate::teach::spot`].

mod anchor;
mod error;
mod name;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::base::SocketId;
use crate::fields::FieldId;

pub use anchor::{Anchor, Anchored, Unfound};
pub use error::AddressError;

/// The name of a thing in a capture: an item, and a spot in it.
///
/// ```
/// use sockeye::trace::{Address, Item};
/// let (file, address) = Address::after_file("a.pcap#12.payload[4..7]").unwrap();
/// assert_eq!((file, address.item, address.to_string()), ("a.pcap", Item::Frame(12), "#12.payload[4..7]".to_owned()));
/// let error = "#12.maks".parse::<Address>().unwrap_err();
/// assert_eq!(error.to_string(), "a frame has no field 'maks'; did you mean 'mask'?");
/// assert_eq!(error.caret(), "  #12.maks\n      ^~~~");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// Which item.
    pub item: Item,
    /// What in it.
    pub spot: Spot,
}

/// An item of a capture, as people number them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item {
    /// A frame by its number, from 1.
    Frame(u64),
    /// A message by its number, from 1.
    Message(u64),
    /// A connection, or a stream of it.
    Socket(SocketId),
}

/// A place in an item: a field, bytes, bits, or the whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Spot {
    /// The field; the whole item where there is none.
    pub field: Option<Named>,
    /// Which of several fields of that name, less one.
    pub nth: u32,
    /// Bytes of that, from 0: of a frame as it is on the wire, of a payload unmasked, of a message inflated.
    pub bytes: Option<Extent>,
    /// Bits of that, from 0, the most significant first.
    pub bits: Option<Extent>,
}

/// A field by its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Named {
    /// One of the table of fields.
    Field(FieldId),
    /// A field of the head of a request, by its name on the wire; case is of no account when it is looked up.
    Request(String),
    /// The same of a response.
    Response(String),
}

/// Bytes or bits, the last one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Extent {
    /// The first, from 0.
    pub first: u64,
    /// The last; not before the first.
    pub last: u64,
}

impl Extent {
    /// How many they are.
    #[must_use]
    pub fn len(self) -> u64 {
        (self.last - self.first.min(self.last)).saturating_add(1)
    }

    /// Never: one at least is meant.
    #[must_use]
    pub fn is_empty(self) -> bool {
        false
    }
}

impl From<Item> for Address {
    fn from(item: Item) -> Address {
        Address { item, spot: Spot::default() }
    }
}

impl Address {
    /// The file and the address in `FILE#ADDRESS`; `None` where the whole can only be the name of a file. Such names may
    /// hold a `#` too, so it is the last one that an address follows.
    #[must_use]
    pub fn after_file(text: &str) -> Option<(&str, Address)> {
        text.rmatch_indices('#').find_map(|(at, _)| {
            let (file, address) = text.split_at_checked(at)?;
            Some((file, address.parse().ok()?))
        })
    }

    /// What is wrong with the address in `FILE#ADDRESS`, with its place in the whole; `None` where there is nothing that could
    /// be one.
    #[must_use]
    pub fn error_of(text: &str) -> Option<AddressError> {
        // A name of a field may be wrong by a '#' in it: it is the address whose item can be read.
        let begins = |at: &usize| text.get(at + 1..).is_some_and(parse::begins);
        let signs = || text.rmatch_indices('#').map(|(at, _)| at);
        let at = signs().find(begins).or_else(|| signs().next())?;
        let error = text.get(at..)?.parse::<Address>().err()?;
        Some(error.moved(text, at))
    }

    /// It names an item, and nothing in it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.spot == Spot::default()
    }
}

/// With the `#` before it, as it is typed behind the name of a file.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.item, self.spot)
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::Frame(number) => write!(f, "#{number}"),
            Item::Message(number) => write!(f, "#m{number}"),
            Item::Socket(socket) => write!(f, "#{socket}"),
        }
    }
}

/// As it follows an item; nothing where it is the whole.
impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            None => {}
            Some(Named::Field(field)) => write!(f, ".{}", name::of(*field))?,
            Some(Named::Request(head)) => write!(f, ".request.{}", name::Escaped(head))?,
            Some(Named::Response(head)) => write!(f, ".response.{}", name::Escaped(head))?,
        }
        if self.nth > 0 {
            write!(f, "({})", u64::from(self.nth) + 1)?;
        }
        if let Some(bytes) = self.bytes {
            write!(f, "[{bytes}]")?;
        }
        self.bits.map_or(Ok(()), |bits| write!(f, ":{bits}"))
    }
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Extent { first, last } if first == last => first.fmt(f),
            Extent { first, last } => write!(f, "{first}..{last}"),
        }
    }
}
