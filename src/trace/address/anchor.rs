//! What is stored of an address: where its item stands in the streams, so that the same is found when numbers have changed.
//!
//! In: an [`Address`] and the [`Trace`]. Out: an [`Anchor`], and from that the address again, with the number that the item has
//! by then. As text it is `c0 client 17.mask` for a frame that begins at byte 17 of what the client sent (counted from the end
//! of the HTTP head), `c0 client m17` for the message whose first frame that is, `c0s5.uri` for a socket; a number and a `/`
//! before it name the file, where several are read as one.

use std::fmt;
use std::str::FromStr;

use super::{Address, AddressError, Item, Spot};
use crate::base::{Direction, SocketId};
use crate::trace::{Bookmark, Trace};

/// A thing in a capture, whatever its number.
///
/// ```
/// use sockeye::trace::Anchor;
/// let anchor: Anchor = "c0 client 17.mask".parse().unwrap();
/// assert_eq!(anchor.to_string(), "c0 client 17.mask");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Anchor {
    /// Which item.
    pub item: Anchored,
    /// What in it.
    pub spot: Spot,
}

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Anchored {
    /// The frame that begins here.
    Frame(Bookmark),
    /// The message whose first frame begins here.
    Message(Bookmark),
    /// A connection, or a stream of it.
    Socket(SocketId),
}

/// The capture has no such item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unfound {
    /// What was asked for.
    pub item: Item,
    /// How many of them there are.
    pub count: u64,
}

impl fmt::Display for Unfound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count;
        match self.item {
            Item::Frame(number) => write!(f, "there is no frame {number}; it has {count}"),
            Item::Message(number) => write!(f, "there is no message {number}; it has {count}"),
            Item::Socket(id) if count == 0 => {
                write!(f, "connection {} is no WebSocket, nor is any other", id.label())
            }
            Item::Socket(id) => write!(f, "connection {} is no WebSocket; {count} others are", id.label()),
        }
    }
}

impl std::error::Error for Unfound {}

impl Anchor {
    /// Where the item of an address stands.
    ///
    /// # Errors
    /// [`Unfound`] where the trace does not have it, or not yet.
    pub fn of(address: &Address, trace: &Trace) -> Result<Anchor, Unfound> {
        Ok(Anchor { item: Anchored::of(address.item, trace)?, spot: address.spot.clone() })
    }

    /// The address, by the numbers of this trace; `None` where its item is not there, or not yet.
    #[must_use]
    pub fn address(&self, trace: &Trace) -> Option<Address> {
        Some(Address { item: self.item.item(trace)?, spot: self.spot.clone() })
    }
}

impl Anchored {
    /// Where an item stands.
    ///
    /// # Errors
    /// [`Unfound`] where the trace does not have it, or not yet.
    pub fn of(item: Item, trace: &Trace) -> Result<Anchored, Unfound> {
        match item {
            Item::Frame(number) => {
                let row = trace.frames().get(number);
                let row = row.ok_or(Unfound { item, count: trace.frames().count() })?;
                Ok(Anchored::Frame(Bookmark::of(&row)))
            }
            Item::Message(number) => {
                let message = trace.messages().get(number);
                let first = message.and_then(|message| trace.message_frames(&message).first().copied());
                let first = first.ok_or(Unfound { item, count: trace.messages().count() })?;
                Ok(Anchored::Message(Bookmark::of(&first)))
            }
            Item::Socket(socket) => match trace.connections().get(socket) {
                Some(_) => Ok(Anchored::Socket(socket)),
                None => {
                    let count = crate::base::number::wide(trace.connections().count());
                    Err(Unfound { item, count })
                }
            },
        }
    }

    /// The item, by its number in this trace.
    #[must_use]
    pub fn item(self, trace: &Trace) -> Option<Item> {
        match self {
            Anchored::Frame(place) => Some(Item::Frame(place.frame(trace)?)),
            Anchored::Message(place) => {
                let frame = place.frame(trace)?;
                Some(Item::Message(trace.frames().get(frame)?.message?))
            }
            Anchored::Socket(socket) => trace.connections().get(socket).map(|row| Item::Socket(row.id)),
        }
    }

    /// Its socket.
    #[must_use]
    pub fn socket(self) -> SocketId {
        match self {
            Anchored::Frame(place) | Anchored::Message(place) => place.socket,
            Anchored::Socket(socket) => socket,
        }
    }

    /// An item of the same kind, to read a spot in it.
    fn kind(self) -> Item {
        match self {
            Anchored::Frame(_) => Item::Frame(1),
            Anchored::Message(_) => Item::Message(1),
            Anchored::Socket(socket) => Item::Socket(socket),
        }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let socket = self.item.socket();
        if socket.file != 0 {
            write!(f, "{}/", socket.file)?;
        }
        write!(f, "{socket}")?;
        match self.item {
            Anchored::Frame(Bookmark { direction, offset, .. }) => write!(f, " {} {offset}", direction.name())?,
            Anchored::Message(Bookmark { direction, offset, .. }) => write!(f, " {} m{offset}", direction.name())?,
            Anchored::Socket(_) => {}
        }
        write!(f, "{}", self.spot)
    }
}

/// What [`Anchor`] prints.
impl FromStr for Anchor {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Anchor, AddressError> {
        let wrong = |what: &str| AddressError {
            text: text.to_owned(),
            at: 0..text.len(),
            message: format!("'{text}' is no place: {what}"),
            expected: Some(
                "expected c0 client 17 (a frame), c0 client m17 (a message) or c0 (a connection)".to_owned(),
            ),
        };
        let (file, rest) = text.split_once('/').filter(|(file, _)| !file.starts_with('c')).unwrap_or(("0", text));
        let file = digits(file).and_then(|file| file.parse().ok()).ok_or_else(|| wrong("its file has no number"))?;
        let mut words = rest.splitn(3, ' ');
        let (socket, side, place) = (words.next().unwrap_or_default(), words.next(), words.next());
        let (item, spot) = match (side, place) {
            (None, _) => (Anchored::Socket(socket_of(socket).ok_or_else(|| wrong("no connection"))?), socket),
            (Some(side), Some(place)) => {
                let socket = socket_of(socket).filter(|_| !socket.contains('.'));
                let socket = SocketId { file, ..socket.ok_or_else(|| wrong("no connection"))? };
                let direction = Direction::BOTH.into_iter().find(|direction| direction.name() == side);
                let direction = direction.ok_or_else(|| wrong("its side is neither client nor server"))?;
                let (number, is_message) = place.strip_prefix('m').map_or((place, false), |number| (number, true));
                let number = number.get(..spot_in(number)).unwrap_or_default();
                let offset = digits(number).and_then(|offset| offset.parse().ok());
                let offset = offset.ok_or_else(|| wrong("its offset is no number"))?;
                let here = Bookmark { socket, direction, offset };
                (if is_message { Anchored::Message(here) } else { Anchored::Frame(here) }, place)
            }
            (Some(_), None) => return Err(wrong("it has no offset")),
        };
        let item = match item {
            Anchored::Socket(socket) => Anchored::Socket(SocketId { file, ..socket }),
            other => other,
        };
        let from = text.len() - spot.len() + spot_in(spot);
        let spot = Spot::parse(item.kind(), text.get(from..).unwrap_or_default());
        Ok(Anchor { item, spot: spot.map_err(|error| error.moved(text, from))? })
    }
}

/// Where the spot begins behind an item.
fn spot_in(text: &str) -> usize {
    text.find(['.', '[', ':', '(']).unwrap_or(text.len())
}

fn digits(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn socket_of(word: &str) -> Option<SocketId> {
    match word.get(..spot_in(word))?.parse::<Address>().ok()?.item {
        Item::Socket(socket) if word.starts_with('c') => Some(socket),
        _ => None,
    }
}
