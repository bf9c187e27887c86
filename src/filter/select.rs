//! A filter in front of a sink: hands on the frames, messages and connections that match, with the notes on them.
//!
//! In: everything that is told, in order. Out: the same without what does not match. A frame is decided on by itself, with its
//! connection, the packet of its last byte, and the message that it ends; a message matches where one of its frames does, a
//! connection where a frame of it does or what it has by itself. A frame that ends a message waits for it, where the filter
//! asks for messages: it is told next.

mod fold;
mod packets;
mod trips;

use std::collections::VecDeque;

use hashbrown::HashMap;

pub use self::fold::Fold;

use self::fold::{Fate, Folding};
use self::packets::Packets;
use self::trips::Trips;
use super::heartbeat::{Heartbeats, Run, Sign};
use super::row::{Peer, Row};
use super::{Expression, Filter, FilterError};
use crate::base::{At, Hole, Note, PerDirection, Severity, SocketId, Timestamp, limits};
use crate::dissect::{FramePlace, MessagePlace, NotePlace, Sink, Socket, Told, Wants};
use crate::fields::display::{Level, Term};
use crate::websocket::{Frame, Message};

/// A filter at work.
pub struct Selection {
    filter: Filter,
    wants: Wants,
    asks_for_messages: bool,
    asks_for_frames: bool,
    of_connections: bool,
    peers: HashMap<SocketId, Known>,
    /// Of them, those that are over and had frames that are told later, the oldest first.
    late: VecDeque<SocketId>,
    origin: Timestamp,
    packets: Option<Packets>,
    trips: Option<Trips>,
    /// Somebody asks for heartbeats.
    heartbeats: Option<Heartbeats>,
    /// Whether the message told last is one.
    sign: Option<Sign>,
    /// They are counted where they stand.
    fold: Option<Folding>,
    waiting: Option<Waiting>,
    /// Of a frame that is over, to be used again.
    spare: Option<Waiting>,
    last: Last,
    counts: Counts,
    /// Somebody asks for expressions of what is handed on.
    columns: bool,
}

/// Where a selection hands on to.
pub trait Target {
    /// What it looks at.
    fn wants(&self) -> Wants;

    /// Something was told.
    fn tell(&mut self, told: &Told<'_>);

    /// A frame, a message or a connection was told, with what expressions look at.
    fn tell_row(&mut self, told: &Told<'_>, row: &Row<'_>) {
        let _ = row;
        self.tell(told);
    }

    /// Heartbeats stood here.
    fn folded(&mut self, run: &Run);
}

impl<S: Sink + ?Sized> Target for S {
    fn wants(&self) -> Wants {
        Sink::wants(self)
    }

    fn tell(&mut self, told: &Told<'_>) {
        Sink::tell(self, told);
    }

    /// A sink that only takes what was dissected has no place for a count.
    fn folded(&mut self, _: &Run) {}
}

/// How much was shown of how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Frames: shown, and all.
    pub frames: (u64, u64),
    /// Messages.
    pub messages: (u64, u64),
    /// Connections.
    pub connections: (u64, u64),
    /// Frames and messages whose packet was not kept.
    pub without_packet: u64,
    /// Connections that were over and forgotten before all of their frames were told.
    pub forgotten: u64,
}

/// What is known of a connection while it lasts.
struct Known {
    peer: Peer,
    /// One of its frames or messages matched.
    matched: bool,
    /// A frame of the message under way matched.
    open: PerDirection<bool>,
    /// Frames told of it.
    frames: u64,
}

/// A frame whose message comes next.
struct Waiting {
    place: FramePlace,
    /// Its borrowed parts empty.
    fixed: Frame<'static>,
    payload: Vec<u8>,
    holes: Vec<Hole>,
    notes: Vec<Note>,
    /// Notes told of it.
    told: Vec<(Note, At)>,
}

/// Whether what was told last was handed on: notes on it come right behind it.
#[derive(Default)]
struct Last {
    frame: bool,
    message: bool,
    socket: bool,
}

impl Waiting {
    fn frame(&self) -> Frame<'_> {
        Frame { payload: &self.payload, holes: &self.holes, notes: &self.notes, ..self.fixed }
    }
}

/// What a command shows of the items, and so whether names that are settled late can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Frames or messages, as they come.
    Items,
    /// Connections, when they are over.
    Connections,
}

impl Selection {
    /// Puts a filter to work.
    ///
    /// # Errors
    /// It asks for what is known only when a connection is over, where frames are shown as they come.
    pub fn new(filter: Filter, shows: Shows) -> Result<Selection, FilterError> {
        if let Some(late) = filter.settled_late()
            && (shows == Shows::Items || !filter.is_of_connections())
        {
            let name = late.name();
            let at = filter.text().find(name).map_or(0..filter.text().len(), |at| at..at + name.len());
            return Err(FilterError {
                text: filter.text().to_owned(),
                at,
                message: format!("'{name}' is known only when its connection is over"),
                expected: Some("it selects connections, and stands beside other names of connections".to_owned()),
            });
        }
        let all = filter.names().iter().any(packets::asks_for_all);
        Ok(Selection {
            wants: filter.wants(),
            asks_for_messages: filter.asks_for_messages(),
            asks_for_frames: filter.asks_for_frames() || filter.names().iter().any(|name| name.level == Level::Packet),
            of_connections: filter.is_of_connections(),
            peers: HashMap::new(),
            late: VecDeque::new(),
            origin: Timestamp::default(),
            packets: filter.wants().packets.then(|| Packets::new(all)),
            trips: filter.asks_for_round_trips().then(Trips::default),
            heartbeats: filter.asks_for_heartbeats().then(Heartbeats::default),
            sign: None,
            fold: None,
            waiting: None,
            spare: None,
            last: Last::default(),
            counts: Counts::default(),
            columns: false,
            filter,
        })
    }

    /// Gathers what these expressions look at too: of frames with the message that each ends, where rows are `frames`.
    #[must_use]
    pub fn with_columns<'e>(
        mut self,
        expressions: impl IntoIterator<Item = &'e Expression>,
        frames: bool,
    ) -> Selection {
        for expression in expressions {
            let wants = expression.wants();
            let all = expression.names().iter().any(packets::asks_for_all);
            self.wants = self.wants.or(wants);
            if wants.packets && (all || self.packets.is_none()) {
                self.packets = Some(Packets::new(all));
            }
            if expression.looks.term(Term::RoundTrip) {
                self.trips.get_or_insert_default();
            }
            if expression.looks.term(Term::Heartbeat) {
                self.heartbeats.get_or_insert_default();
            }
            self.asks_for_messages |= frames && expression.looks.at(Level::Message);
            self.columns = true;
        }
        self
    }

    /// Counts heartbeats where they stand in such a list, instead of handing them on.
    #[must_use]
    pub fn folding(mut self, fold: Fold) -> Selection {
        self.wants.message_payload = true;
        self.asks_for_messages |= fold == Fold::Frames;
        self.heartbeats.get_or_insert_default();
        self.fold = Some(Folding::new(fold));
        self
    }

    /// What the filter looks at.
    #[must_use]
    pub fn wants(&self) -> Wants {
        self.wants
    }

    /// Each connection may be told to one of its own: [`Filter::is_of_each_connection`].
    #[must_use]
    pub fn is_of_each_connection(&self) -> bool {
        self.filter.is_of_each_connection()
    }

    /// How much was shown so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// On how many values a pattern gave up.
    #[must_use]
    pub fn given_up(&self) -> u64 {
        self.filter.given_up()
    }

    /// Something was told: hands on what matches.
    pub fn tell<S: Target + ?Sized>(&mut self, told: &Told<'_>, sink: &mut S) {
        match *told {
            Told::Frame(place, frame) => {
                self.release(None, sink);
                self.frame(place, frame, sink);
            }
            Told::Message(place, message) => self.message(place, message, sink),
            Told::Note { place, note, at, .. } => {
                let passes = match place {
                    NotePlace::Frame(_) => match &mut self.waiting {
                        Some(waiting) => {
                            waiting.told.push((note.clone(), at));
                            return;
                        }
                        None => self.last.frame,
                    },
                    NotePlace::Message(_) => self.last.message,
                    NotePlace::Socket => self.last.socket,
                };
                if passes {
                    sink.tell(told);
                }
            }
            Told::Closed(socket) => {
                self.release(None, sink);
                self.closed(socket, told, sink);
            }
            Told::Opened(socket) => {
                self.open(socket);
                sink.tell(told);
            }
            Told::Packet(packet) => {
                if let Some(packets) = &mut self.packets {
                    packets.keep(packet);
                }
                if told.is_wanted(sink.wants()) {
                    sink.tell(told);
                }
            }
            Told::Started(at) => {
                self.origin = at.time;
                sink.tell(told);
            }
            _ => sink.tell(told),
        }
    }

    fn open(&mut self, socket: &Socket) {
        let peer = Peer::new(socket, false);
        match self.peers.get_mut(&socket.id) {
            Some(known) => known.peer = peer,
            None => {
                let open = PerDirection::default();
                self.peers.insert(socket.id, Known { peer, matched: false, open, frames: 0 });
            }
        }
    }

    fn frame<S: Target + ?Sized>(&mut self, place: &FramePlace, frame: &Frame<'_>, sink: &mut S) {
        if let Some(trips) = &mut self.trips {
            trips.see(place.socket, frame);
        }
        if self.asks_for_messages && frame.message_follows {
            self.wait(place, frame);
            return;
        }
        self.decide_frame(place, frame, None, sink);
    }

    /// Keeps a frame until its message is told.
    fn wait(&mut self, place: &FramePlace, frame: &Frame<'_>) {
        let fixed = Frame { payload: &[], holes: &[], notes: &[], ..*frame };
        let mut waiting = self.spare.take().unwrap_or_else(|| Waiting {
            place: *place,
            fixed,
            payload: Vec::new(),
            holes: Vec::new(),
            notes: Vec::new(),
            told: Vec::new(),
        });
        (waiting.place, waiting.fixed) = (*place, fixed);
        waiting.payload.clear();
        waiting.payload.extend_from_slice(frame.payload);
        waiting.holes.clear();
        waiting.holes.extend_from_slice(frame.holes);
        waiting.notes.clear();
        waiting.notes.extend_from_slice(frame.notes);
        waiting.told.clear();
        self.waiting = Some(waiting);
    }

    /// Decides on the frame that waits, with its message where that came. Gives whether it matched.
    fn release<S: Target + ?Sized>(
        &mut self,
        message: Option<(&MessagePlace<'_>, &Message<'_>)>,
        sink: &mut S,
    ) -> Option<bool> {
        let waiting = self.waiting.take()?;
        let frame = waiting.frame();
        let message = message
            .filter(|(place, message)| place.socket == waiting.place.socket && message.direction == frame.direction);
        if let Some(fold) = &mut self.fold {
            fold.noted = waiting.told.iter().any(|(note, _)| note.severity() >= Severity::Warning);
        }
        let matches = self.decide_frame(&waiting.place, &frame, message, sink);
        if self.last.frame {
            for (note, at) in &waiting.told {
                let (socket, place) = (waiting.place.socket, NotePlace::Frame(waiting.place.number));
                sink.tell(&Told::Note { socket, place, note, at: *at });
            }
        }
        let decided = message.map(|_| matches);
        self.spare = Some(waiting);
        decided
    }

    /// Hands a frame on where it matches, and gives whether; remembered for its message and its connection.
    fn decide_frame<S: Target + ?Sized>(
        &mut self,
        place: &FramePlace,
        frame: &Frame<'_>,
        message: Option<(&MessagePlace<'_>, &Message<'_>)>,
        sink: &mut S,
    ) -> bool {
        let round_trip = self.trips.as_ref().and_then(Trips::last);
        let packet = self.packets.as_ref().and_then(|packets| packets.get(frame.last.packet));
        self.counts.without_packet += u64::from(self.packets.is_some() && packet.is_none());
        let mut known = self.peers.get_mut(&place.socket);
        let row = Row {
            frame: Some((place, frame)),
            message,
            peer: known.as_deref().map(|known| &known.peer),
            packet,
            at: Some(frame.last),
            origin: self.origin,
            round_trip,
            heartbeat: Sign::of_control(frame.header.opcode).or(message.and(self.sign)),
        };
        let matches = self.filter.matches(&row);
        let mut shown = matches;
        if matches {
            let message = message.map(|(_, message)| message);
            match self.fold.as_mut().map(|fold| fold.frame(place, frame, message, row.heartbeat)) {
                Some(Fate::Counted) => shown = false,
                Some(Fate::Shown(Some(run))) => sink.folded(&run),
                Some(Fate::Shown(None)) | None => {}
            }
        }
        if shown {
            sink.tell_row(&Told::Frame(place, frame), &row);
        }
        if let Some(known) = &mut known {
            known.frames += 1;
            known.matched |= matches;
            *known.open.get_mut(frame.direction) |= matches && !frame.header.opcode.is_control();
        }
        self.last.frame = shown;
        self.counts.frames.0 += u64::from(shown);
        self.counts.frames.1 += 1;
        matches
    }

    fn message<S: Target + ?Sized>(&mut self, place: &MessagePlace<'_>, message: &Message<'_>, sink: &mut S) {
        if let Some(heartbeats) = &mut self.heartbeats {
            let socket = self.peers.get(&place.socket).map(|known| &known.peer.socket);
            self.sign = heartbeats.push(place.socket, socket, message);
        }
        let with_frame = self.release(Some((place, message)), sink);
        let known = self.peers.get_mut(&place.socket);
        let of_frames = known.is_some_and(|known| std::mem::take(known.open.get_mut(message.direction)));
        // What frames have was asked of its frames. By itself it is asked where its last frame did not speak for it.
        let matches =
            of_frames || with_frame.is_none() && !self.asks_for_frames && self.matches_message(place, message);
        if matches && let Some(known) = self.peers.get_mut(&place.socket) {
            known.matched = true;
        }
        let mut shown = matches;
        if matches {
            match self.fold.as_mut().map(|fold| fold.message(place, message, self.sign)) {
                Some(Fate::Counted) => shown = false,
                Some(Fate::Shown(Some(run))) => sink.folded(&run),
                Some(Fate::Shown(None)) | None => {}
            }
        }
        self.last.message = shown;
        self.counts.messages.0 += u64::from(shown);
        self.counts.messages.1 += 1;
        if shown {
            sink.tell_row(&Told::Message(place, message), &self.row_of_message(place, message));
        }
    }

    fn matches_message(&self, place: &MessagePlace<'_>, message: &Message<'_>) -> bool {
        self.filter.matches(&self.row_of_message(place, message))
    }

    fn row_of_message<'a>(&'a self, place: &'a MessagePlace<'a>, message: &'a Message<'a>) -> Row<'a> {
        Row {
            message: Some((place, message)),
            peer: self.peers.get(&place.socket).map(|known| &known.peer),
            packet: self.packets.as_ref().and_then(|packets| packets.get(message.last.packet)),
            at: Some(message.last),
            origin: self.origin,
            heartbeat: self.sign,
            ..Row::default()
        }
    }

    fn closed<S: Target + ?Sized>(&mut self, socket: &Socket, told: &Told<'_>, sink: &mut S) {
        let known = self.peers.remove(&socket.id);
        let matched = known.as_ref().is_some_and(|known| known.matched);
        if let Some(known) = known {
            self.keep_for_late(socket, known);
        }
        if let Some(trips) = &mut self.trips {
            trips.forget(socket.id);
        }
        let by_itself = || {
            let peer = Peer::new(socket, true);
            self.filter.matches(&Row { peer: Some(&peer), origin: self.origin, ..Row::default() })
        };
        let matches = matched || self.of_connections && by_itself();
        self.last.socket = matches;
        self.counts.connections.0 += u64::from(matches);
        self.counts.connections.1 += 1;
        if matches && self.columns {
            let peer = Peer::new(socket, true);
            sink.tell_row(told, &Row { peer: Some(&peer), origin: self.origin, ..Row::default() });
        } else if matches {
            sink.tell(told);
        }
    }

    /// Frames that never end are told last, when their connection is over: what is known of it is kept for them.
    fn keep_for_late(&mut self, socket: &Socket, known: Known) {
        let frames = socket.totals.client.frames.saturating_add(socket.totals.server.frames);
        if known.frames >= frames {
            return;
        }
        if self.late.len() >= limits::FILTER_LATE_CONNECTIONS
            && let Some(oldest) = self.late.pop_front()
        {
            self.peers.remove(&oldest);
            self.counts.forgotten += 1;
        }
        self.late.push_back(socket.id);
        self.peers.insert(socket.id, known);
    }
}
