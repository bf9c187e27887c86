//! Tells things in the order in which they end, and numbers them.
//!
//! In: frames, messages and sockets as their connections give them. Out: the same, to a sink, by last packet, then
//! socket, direction and offset; what never ends comes last. Where packets are in order nothing is held: an item
//! goes straight through, its payload borrowed. It is held only while bytes of an earlier packet wait somewhere
//! ([`Order::set_limit`]), so that what comes of them can still go first. Where too many are held
//! ([`limits::HELD_ITEMS`]), the first of them is told out of its turn and counted. What a failing disk lost of them
//! keeps its number, so that all others have theirs, and is counted too.

use hashbrown::HashMap;

use super::counts::Totals;
use super::hold::{Item, Key, Kind, OwnedFrame, OwnedMessage, Pile};
use super::sink::Sink;
use super::socket::Socket;
use super::told::{FramePlace, MessagePlace, NotePlace, Told};
use super::wants::Wants;
use crate::base::number::wide;
use crate::base::{At, Direction, Note, PacketNumber, SocketId, Source, limits};
use crate::websocket::{Frame, Message};

/// Orders and numbers what was found.
#[derive(Debug)]
pub(super) struct Order {
    /// Nothing that is still to come ends before this packet.
    limit: PacketNumber,
    held: Pile,
    /// [`limits::HELD_ITEMS`].
    most_held: usize,
    told: Totals,
    /// Numbers of the frames of messages under way that have more than one, by the message's stream offset.
    fragments: HashMap<(SocketId, Direction, u64), Numbers>,
    /// Numbers in all of them.
    listed: usize,
    /// [`limits::LISTED_FRAMES`].
    most_listed: usize,
}

/// Numbers of the frames of a message: its first ones.
#[derive(Debug, Default)]
struct Numbers {
    listed: Vec<u64>,
    /// One was not listed, so no later one is.
    cut: bool,
}

impl Default for Order {
    fn default() -> Order {
        Order {
            limit: PacketNumber::MAX,
            held: Pile::default(),
            most_held: limits::HELD_ITEMS,
            told: Totals::default(),
            fragments: HashMap::new(),
            listed: 0,
            most_listed: limits::LISTED_FRAMES,
        }
    }
}

impl Order {
    /// What was told so far.
    pub(super) fn told(&self) -> Totals {
        self.told
    }

    /// Nothing that is still to come ends before packet `limit` (`None`: whatever is still to come ends later than
    /// everything held).
    pub(super) fn set_limit(&mut self, limit: Option<PacketNumber>, sink: &mut impl Sink) {
        self.limit = limit.unwrap_or(PacketNumber::MAX);
        if !self.held.is_empty() {
            self.release(sink);
        }
    }

    fn goes_through(&self, key: &Key) -> bool {
        self.held.is_empty() && key.packet() < self.limit
    }

    pub(super) fn frame(&mut self, socket: SocketId, frame: &Frame<'_>, sink: &mut impl Sink) {
        let key = Key::of_frame(socket, frame);
        let key = if frame.ended { key } else { key.never() };
        if self.goes_through(&key) {
            self.tell_frame(socket, frame, sink);
        } else {
            self.make_room(sink);
            self.held.push(key, Item::Frame(Box::new(OwnedFrame::new(frame))));
        }
    }

    pub(super) fn message(&mut self, socket: SocketId, message: &Message<'_>, sink: &mut impl Sink) {
        let key = Key::of_message(socket, message);
        let key = if message.ended { key } else { key.never() };
        if self.goes_through(&key) {
            self.tell_message(socket, message, sink);
        } else {
            self.held.push(key, Item::Message(Box::new(OwnedMessage::new(message))));
        }
    }

    pub(super) fn closed(&mut self, socket: &Socket, sink: &mut impl Sink) {
        let key = Key::of_socket(socket);
        if self.goes_through(&key) {
            Self::tell_closed(socket, sink);
        } else {
            self.make_room(sink);
            self.held.push(key, Item::Closed(Box::new(socket.clone())));
        }
    }

    /// Tells the first out of their turn where too many are held. A frame and its message stay together: they come one
    /// right after the other, so none is between them here, and they go together too.
    fn make_room(&mut self, sink: &mut impl Sink) {
        while self.held.len() >= self.most_held.max(1) {
            if self.tell_early(sink) {
                self.tell_early(sink);
            }
        }
    }

    fn tell_early(&mut self, sink: &mut impl Sink) -> bool {
        let lost = self.told.lost;
        let message_follows = self.tell_first(sink);
        self.told.early += u64::from(self.told.lost == lost);
        message_follows
    }

    fn release(&mut self, sink: &mut impl Sink) {
        while let Some(key) = self.held.first()
            && key.packet() < self.limit
        {
            self.tell_first(sink);
        }
    }

    /// The capture is over: everything is told.
    pub(super) fn finish(&mut self, sink: &mut impl Sink) {
        while !self.held.is_empty() {
            self.tell_first(sink);
        }
    }

    /// Gives whether it was a frame whose message is the next.
    fn tell_first(&mut self, sink: &mut impl Sink) -> bool {
        match self.held.pop() {
            Some((key, Some(Item::Frame(frame)))) => {
                let frame = frame.as_frame();
                self.tell_frame(key.socket(), &frame, sink);
                return frame.message_follows;
            }
            Some((key, Some(Item::Message(message)))) => {
                self.tell_message(key.socket(), &message.as_message(), sink);
            }
            Some((_, Some(Item::Closed(socket)))) => Self::tell_closed(&socket, sink),
            Some((key, None)) => return self.lose(key),
            None => {}
        }
        false
    }

    /// One that cannot be told takes its number with it. Gives the same as [`Order::tell_first`].
    #[cold]
    fn lose(&mut self, key: Key) -> bool {
        self.told.lost += 1;
        match key.kind() {
            Kind::Frame => self.told.frames += 1,
            Kind::Message => self.told.messages += 1,
            Kind::Socket => {}
        }
        key.kind() == Kind::Frame && self.held.first().is_some_and(|next| *next == key.message())
    }

    fn tell_frame(&mut self, socket: SocketId, frame: &Frame<'_>, sink: &mut impl Sink) {
        self.told.frames += 1;
        let number = self.told.frames;
        if let Some(offset) = frame.message_offset
            && !frame.message_follows
        {
            let numbers = self.fragments.entry((socket, frame.direction, offset)).or_default();
            let room = numbers.listed.is_empty()
                || numbers.listed.len() < limits::MESSAGE_FRAMES && self.listed < self.most_listed;
            if room && !numbers.cut {
                numbers.listed.push(number);
                self.listed += 1;
            } else {
                numbers.cut = true;
            }
        }
        let message = frame.message_follows.then_some(self.told.messages + 1);
        sink.tell(&Told::Frame(&FramePlace { number, socket, message }, frame));
        for note in frame.notes {
            sink.tell(&Told::Note { socket, place: NotePlace::Frame(number), note, at: in_frame(frame, note) });
        }
    }

    fn tell_message(&mut self, socket: SocketId, message: &Message<'_>, sink: &mut impl Sink) {
        self.told.messages += 1;
        let number = self.told.messages;
        let mut numbers = if self.fragments.is_empty() {
            None
        } else {
            self.fragments.remove(&(socket, message.direction, message.offset))
        };
        if let Some(Numbers { listed, cut }) = &mut numbers {
            self.listed = self.listed.saturating_sub(listed.len());
            if !*cut && wide(listed.len()) < message.frame_count && listed.len() < limits::MESSAGE_FRAMES {
                listed.push(self.told.frames);
            }
        }
        let only = [self.told.frames];
        let frames = numbers.as_ref().map_or(only.as_slice(), |numbers| &numbers.listed);
        sink.tell(&Told::Message(&MessagePlace { number, socket, frames }, message));
        tell_notes(socket, NotePlace::Message(number), message.notes, message.last, sink);
    }

    fn tell_closed(socket: &Socket, sink: &mut impl Sink) {
        sink.tell(&Told::Closed(socket));
        tell_notes(socket.id, NotePlace::Socket, &socket.notes, socket.last, sink);
    }
}

/// Tells each where it happened; `at` is where the item ends.
pub(super) fn tell_notes(socket: SocketId, place: NotePlace, notes: &[Note], at: At, sink: &mut impl Sink) {
    for note in notes {
        sink.tell(&Told::Note { socket, place, note, at: note.at.unwrap_or(at) });
    }
}

/// Where a note of a frame happened: what its header breaks is where it begins.
pub(super) fn in_frame(frame: &Frame<'_>, note: &Note) -> At {
    let header = note.span.is_some_and(|span| span.source == Source::Frame);
    note.at.unwrap_or(if header { frame.first } else { frame.last })
}

/// A sink in front of a sink: what is found on connections comes in, and goes out numbered and in the order in which it
/// ends.
pub(super) struct Ordered<'s, S> {
    pub(super) order: &'s mut Order,
    pub(super) sink: &'s mut S,
}

impl<S: Sink> Ordered<'_, S> {
    /// Nothing that is still to come ends before packet `limit`.
    pub(super) fn set_limit(&mut self, limit: Option<PacketNumber>) {
        self.order.set_limit(limit, self.sink);
    }
}

impl<S: Sink> Sink for Ordered<'_, S> {
    fn wants(&self) -> Wants {
        self.sink.wants()
    }

    // Inlined all the way down, a frame that nobody looks at whole is never put together.
    #[inline(always)]
    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(place, frame) => self.order.frame(place.socket, frame, self.sink),
            Told::Message(place, message) => self.order.message(place.socket, message, self.sink),
            Told::Closed(socket) => self.order.closed(socket, self.sink),
            _ => self.sink.tell(told),
        }
    }

    fn is_done(&self) -> bool {
        self.sink.is_done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ConnectionId;

    #[derive(Default)]
    struct Recorded {
        frames: Vec<(u64, u64, Option<u64>)>,
        messages: Vec<(u64, u64, Vec<u64>)>,
    }

    impl Sink for Recorded {
        fn wants(&self) -> Wants {
            Wants::NOTHING
        }

        fn tell(&mut self, told: &Told<'_>) {
            match *told {
                Told::Frame(place, frame) => {
                    self.frames.push((frame.last.packet, place.number, place.message));
                }
                Told::Message(place, message) => {
                    self.messages.push((message.last.packet, place.number, place.frames.to_vec()));
                }
                _ => {}
            }
        }

        fn is_done(&self) -> bool {
            false
        }
    }

    fn at(packet: u64) -> At {
        At { packet, ..At::default() }
    }

    fn frame(packet: u64, follows: bool) -> Frame<'static> {
        let header = crate::websocket::Header::parse(&[0x82, 0]).unwrap();
        Frame {
            direction: Direction::Client,
            offset: packet,
            header,
            header_len: 2,
            framing: crate::websocket::Framing::Rfc6455,
            message_opcode: None,
            message_offset: Some(packet),
            compressed: false,
            first: at(packet),
            last: at(packet),
            ended: true,
            ends_message: follows,
            message_follows: follows,
            captured: 0,
            payload: &[],
            holes: &[],
            notes: &[],
        }
    }

    fn message(packet: u64) -> Message<'static> {
        Message {
            direction: Direction::Client,
            offset: packet,
            last_offset: packet,
            opcode: crate::websocket::Opcode::Binary,
            compressed: false,
            first: at(packet),
            last: at(packet),
            frame_count: 1,
            wire_length: 0,
            length: 0,
            complete: true,
            ended: true,
            payload: &[],
            holes: &[],
            notes: &[],
        }
    }

    #[test]
    fn of_too_many_the_first_go_out_of_turn_each_with_its_message() {
        let mut order = Order { most_held: 4, ..Order::default() };
        let (mut told, id) = (Recorded::default(), SocketId::from(ConnectionId(7)));
        order.set_limit(Some(5), &mut told);
        for packet in 10..20 {
            order.frame(id, &frame(packet, true), &mut told);
            order.message(id, &message(packet), &mut told);
        }
        assert!(order.held.len() <= 5);
        assert_eq!(order.told().early, 16);
        // What ended earlier comes too late to be first, and still whole.
        order.frame(SocketId::from(ConnectionId(1)), &frame(6, true), &mut told);
        order.message(SocketId::from(ConnectionId(1)), &message(6), &mut told);
        order.finish(&mut told);
        assert_eq!(told.frames.len(), 11);
        for ((packet, number, follows), message) in told.frames.iter().zip(&told.messages) {
            assert_eq!((packet, follows), (&message.0, &Some(message.1)));
            assert_eq!(message.2, [*number]);
        }
        assert_eq!(told.frames.last().unwrap().0, 19);
        assert_eq!(order.told().early, 18);
    }

    /// Holds `count` frames and their messages, of packets from 10 on; most lie in a temporary file.
    fn holding(count: u64, told: &mut Recorded) -> Order {
        let mut order = Order::default();
        order.set_limit(Some(5), told);
        for packet in 10..10 + count {
            order.frame(SocketId::from(ConnectionId(7)), &frame(packet, true), told);
            order.message(SocketId::from(ConnectionId(7)), &message(packet), told);
        }
        order
    }

    #[test]
    fn many_held_items_cost_few_writes() {
        let mut told = Recorded::default();
        let mut order = holding(20_000, &mut told);
        let writes = order.held.pages().spill().writes;
        assert!((10..400).contains(&writes), "{writes}");
        order.finish(&mut told);
        assert!(told.frames.iter().map(|(packet, number, _)| (*packet, *number)).eq((10..20_010).zip(1..)));
        assert!(told.messages.iter().zip(1..).all(|((_, _, frames), number)| *frames == [number]));
        assert_eq!(order.told().lost, 0);
    }

    #[test]
    fn what_a_failing_disk_lost_is_counted_and_nothing_is_told_for_it() {
        let mut told = Recorded::default();
        let mut order = holding(20_000, &mut told);
        order.held.pages().spill().lose();
        order.set_limit(Some(12_000), &mut told);
        assert!(told.frames.iter().all(|(packet, _, _)| *packet < 12_000));
        let (first, lost) = (told.frames.len() as u64 + told.messages.len() as u64, order.told().lost);
        assert_eq!(first + lost, 2 * (12_000 - 10));
        assert!(lost > 1_000);
        // The others have the numbers that they have without a loss.
        order.frame(SocketId::from(ConnectionId(7)), &frame(30_000, true), &mut told);
        order.message(SocketId::from(ConnectionId(7)), &message(30_000), &mut told);
        order.finish(&mut told);
        assert_eq!(told.frames.last(), Some(&(30_000, 20_001, Some(20_001))));
        assert_eq!(told.messages.last(), Some(&(30_000, 20_001, vec![20_001])));
        assert!(told.frames.iter().rev().skip(1).all(|(packet, number, _)| number + 9 == *packet));
        let (frames, messages) = (told.frames.len() as u64, told.messages.len() as u64);
        assert_eq!(
            order.told(),
            Totals { frames: 20_001, messages: 20_001, early: 0, lost: 40_002 - frames - messages }
        );
        // Of those that are told out of their turn only what is told is early.
        let mut order = Order { most_held: 10, ..holding(20_000, &mut told) };
        order.held.pages().spill().lose();
        let before = told.frames.len() + told.messages.len();
        order.frame(SocketId::from(ConnectionId(7)), &frame(30_000, true), &mut told);
        assert_eq!(order.told().early, (told.frames.len() + told.messages.len() - before) as u64);
    }

    #[test]
    fn frame_numbers_of_all_messages_share_a_budget() {
        let mut order = Order { most_listed: 3, ..Order::default() };
        let mut told = Recorded::default();
        for _ in 0..3 {
            for id in 0..2 {
                order.frame(SocketId::from(ConnectionId(id)), &frame(1, false), &mut told);
            }
        }
        let (last, whole) = (frame(1, true), Message { frame_count: 4, ..message(1) });
        for id in 0..2 {
            order.frame(SocketId::from(ConnectionId(id)), &last, &mut told);
            order.message(SocketId::from(ConnectionId(id)), &whole, &mut told);
        }
        // Each list is the first of its message; the first has room again when the second is told.
        assert_eq!(
            told.messages.iter().map(|(_, _, listed)| listed.as_slice()).collect::<Vec<_>>(),
            [&[1, 3][..], &[2]]
        );
        assert_eq!(order.listed, 0);
    }
}
