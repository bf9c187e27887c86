//! Copies of what was found and cannot be told yet, because something that ended earlier may still come.

use std::collections::{BinaryHeap, VecDeque};

use crate::base::spill_pages::{Slip, SpillPages};
use crate::base::{Direction, Hole, Note, PacketNumber, SocketId, limits};
use crate::dissect::socket::Socket;
use crate::websocket::{Frame, Message};

/// The order in which things end: by last packet, socket, direction, offset; a frame before the message it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    packet: PacketNumber,
    socket: SocketId,
    /// The client's, the server's, then the socket itself.
    direction: u8,
    /// A frame or the message that it ends: in 63 bits of stream offset and one of kind.
    offset: u64,
}

impl Key {
    pub(super) fn of_frame(socket: SocketId, frame: &Frame<'_>) -> Key {
        let direction = if frame.direction == Direction::Client { 0 } else { 1 };
        Key { packet: frame.last.packet, socket, direction, offset: frame.offset << 1 }
    }

    pub(super) fn of_message(socket: SocketId, message: &Message<'_>) -> Key {
        let direction = if message.direction == Direction::Client { 0 } else { 1 };
        Key { packet: message.last.packet, socket, direction, offset: message.last_offset << 1 | 1 }
    }

    /// A socket is over after everything on it.
    pub(super) fn of_socket(socket: &Socket) -> Key {
        Key { packet: socket.last.packet, socket: socket.id, direction: 2, offset: 0 }
    }

    /// The same, after everything that ends: what never does.
    pub(super) fn never(self) -> Key {
        Key { packet: PacketNumber::MAX, ..self }
    }

    pub(super) fn packet(&self) -> PacketNumber {
        self.packet
    }

    pub(super) fn socket(&self) -> SocketId {
        self.socket
    }

    pub(super) fn kind(&self) -> Kind {
        match (self.direction, self.offset & 1) {
            (2, _) => Kind::Socket,
            (_, 0) => Kind::Frame,
            _ => Kind::Message,
        }
    }

    /// Of a frame: of the message that it ends.
    pub(super) fn message(self) -> Key {
        Key { offset: self.offset | 1, ..self }
    }
}

/// What ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Frame,
    Message,
    Socket,
}

/// The same, with all that is known of it but the socket, which its key names.
#[derive(Debug)]
pub(super) enum Item {
    Frame(Box<OwnedFrame>),
    Message(Box<OwnedMessage>),
    Closed(Box<Socket>),
}

impl Item {
    /// Bytes of memory, about.
    fn bytes(&self) -> usize {
        match self {
            Item::Frame(frame) => size_of::<OwnedFrame>() + frame.payload.len(),
            Item::Message(message) => size_of::<OwnedMessage>() + message.payload.len(),
            Item::Closed(socket) => {
                let fields = socket.handshake.as_ref().map_or(0, |handshake| {
                    let request = handshake.request.as_ref().map_or(0, |request| request.fields.len());
                    request + handshake.response.as_ref().map_or(0, |response| response.fields.len())
                });
                size_of::<Socket>() + 128 * fields
            }
        }
    }
}

/// Items that are held, the first to be told on top. Up to [`limits::HELD_BYTES`] of them are in memory; what is held
/// beyond that lies in a temporary file, and costs 64 bytes.
#[derive(Debug, Default)]
pub(super) struct Pile {
    /// Those that came one behind the other as they are told, as nearly all do.
    row: VecDeque<Held>,
    /// The others.
    heap: BinaryHeap<Held>,
    bytes: usize,
    pages: SpillPages,
}

#[derive(Debug)]
struct Held {
    key: Key,
    what: What,
}

#[derive(Debug)]
enum What {
    Here(Item),
    Paged(Slip),
}

impl Pile {
    pub(super) fn is_empty(&self) -> bool {
        self.row.is_empty() && self.heap.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.row.len() + self.heap.len()
    }

    pub(super) fn first(&self) -> Option<&Key> {
        let next = self.row.front().into_iter().chain(self.heap.peek());
        next.map(|held| &held.key).min()
    }

    pub(super) fn push(&mut self, key: Key, item: Item) {
        let bytes = item.bytes();
        let what = if self.bytes + bytes <= limits::HELD_BYTES {
            self.bytes += bytes;
            What::Here(item)
        } else {
            What::Paged(self.pages.put(&item))
        };
        // Behind what never ends there would be no place in the row for what does.
        let behind = key.packet < PacketNumber::MAX && self.row.back().is_none_or(|last| last.key < key);
        match behind {
            true => self.row.push_back(Held { key, what }),
            false => self.heap.push(Held { key, what }),
        }
    }

    /// Takes the first off; a disk that fails may have lost all of it but its key.
    pub(super) fn pop(&mut self) -> Option<(Key, Option<Item>)> {
        let in_row = match (self.row.front(), self.heap.peek()) {
            (Some(one), Some(other)) => one.key < other.key,
            (row, _) => row.is_some(),
        };
        let Held { key, what } = if in_row { self.row.pop_front()? } else { self.heap.pop()? };
        let item = match what {
            What::Here(item) => {
                self.bytes = self.bytes.saturating_sub(item.bytes());
                Some(item)
            }
            What::Paged(slip) => self.pages.take(slip),
        };
        Some((key, item))
    }

    /// Where what is not in memory lies.
    #[cfg(test)]
    pub(super) fn pages(&mut self) -> &mut SpillPages {
        &mut self.pages
    }
}

crate::base::pack::pack_enum!(Item { 0 Frame(frame), 1 Message(message), 2 Closed(socket) });
crate::base::pack::pack_struct!(OwnedFrame { fixed, payload, holes, notes });
crate::base::pack::pack_struct!(OwnedMessage { fixed, payload, holes, notes });

/// Smallest key first out of a max-heap.
impl Ord for Held {
    fn cmp(&self, other: &Held) -> std::cmp::Ordering {
        other.key.cmp(&self.key)
    }
}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Held) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Held) -> bool {
        self.key == other.key
    }
}

impl Eq for Held {}

/// A frame with its bytes.
#[derive(Debug)]
pub(super) struct OwnedFrame {
    /// The frame, its borrowed parts empty.
    fixed: Frame<'static>,
    payload: Vec<u8>,
    holes: Vec<Hole>,
    notes: Vec<Note>,
}

impl OwnedFrame {
    pub(super) fn new(frame: &Frame<'_>) -> OwnedFrame {
        OwnedFrame {
            fixed: Frame { payload: &[], holes: &[], notes: &[], ..*frame },
            payload: frame.payload.to_vec(),
            holes: frame.holes.to_vec(),
            notes: frame.notes.to_vec(),
        }
    }

    pub(super) fn as_frame(&self) -> Frame<'_> {
        Frame { payload: &self.payload, holes: &self.holes, notes: &self.notes, ..self.fixed }
    }
}

/// A message with its bytes.
#[derive(Debug)]
pub(super) struct OwnedMessage {
    /// The message, its borrowed parts empty.
    fixed: Message<'static>,
    payload: Vec<u8>,
    holes: Vec<Hole>,
    notes: Vec<Note>,
}

impl OwnedMessage {
    pub(super) fn new(message: &Message<'_>) -> OwnedMessage {
        OwnedMessage {
            fixed: Message { payload: &[], holes: &[], notes: &[], ..*message },
            payload: message.payload.to_vec(),
            holes: message.holes.to_vec(),
            notes: message.notes.to_vec(),
        }
    }

    pub(super) fn as_message(&self) -> Message<'_> {
        Message { payload: &self.payload, holes: &self.holes, notes: &self.notes, ..self.fixed }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::base::{At, ConnectionId};
    use crate::websocket::{Framing, Header};

    /// A frame of which the offset tells which it is.
    fn item(offset: u64) -> Item {
        let header = Header::parse(&[0x82, 0]).unwrap();
        let frame = Frame {
            direction: Direction::Client,
            offset,
            header,
            header_len: 2,
            framing: Framing::Rfc6455,
            message_opcode: None,
            message_offset: None,
            compressed: false,
            first: At::default(),
            last: At::default(),
            ended: true,
            ends_message: false,
            message_follows: false,
            captured: 0,
            payload: &[],
            holes: &[],
            notes: &[],
        };
        Item::Frame(Box::new(OwnedFrame::new(&frame)))
    }

    proptest! {
        #[test]
        fn whatever_comes_in_any_order_the_first_goes(
            steps in proptest::collection::vec((0..40u64, 0..3u32, any::<bool>()), 1..200),
        ) {
            let (mut pile, mut sorted) = (Pile::default(), BTreeSet::new());
            for (offset, (step, connection, takes)) in (0..).zip(steps) {
                // Most in order, some late, some that never end.
                let packet = match step {
                    0..30 => offset,
                    39 => PacketNumber::MAX,
                    late => offset / (late - 28),
                };
                let key = Key { packet, socket: SocketId::from(ConnectionId(connection)), direction: 0, offset };
                pile.push(key, item(offset));
                sorted.insert(key);
                prop_assert_eq!(pile.first(), sorted.first());
                if takes {
                    let Some((key, Some(Item::Frame(frame)))) = pile.pop() else { panic!("a frame") };
                    prop_assert_eq!((Some(key), frame.fixed.offset), (sorted.pop_first(), key.offset));
                }
                prop_assert_eq!((pile.len(), pile.is_empty()), (sorted.len(), sorted.is_empty()));
            }
            while let Some((key, _)) = pile.pop() {
                prop_assert_eq!(Some(key), sorted.pop_first());
            }
            prop_assert!(sorted.is_empty());
        }
    }
}
