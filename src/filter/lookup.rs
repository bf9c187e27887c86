//! What filters and expressions look at in one frame of a trace, for whoever shows a few of them.
//!
//! In: filters and expressions, and rows of a trace. Out: each row put together as far as they ask.

use std::sync::Arc;

use hashbrown::HashMap;

use super::check::Looks;
use super::heartbeat::{Heartbeats, Sign};
use super::row::{FieldUse, PacketBytes, Peer, Row};
use super::traced::{packet, round_trip};
use super::{Expression, Filter, Values};
use crate::base::number::short;
use crate::base::{SocketId, limits};
use crate::dissect::FramePlace;
use crate::fields::Cost;
use crate::fields::display::{Level, Name, Need, Term};
use crate::trace::{Bytes, FrameRow, Inflations, LoadedFrame, LoadedMessage, MessageRow, Trace, Window};

/// Messages of the connection that are looked back over for the heartbeats before one.
const MESSAGES_BACK: usize = 1024;

/// Puts together what filters and expressions look at in the frames of a trace.
#[derive(Debug)]
pub struct Lookup {
    /// What must be read of a frame.
    cost: Cost,
    /// What must be read of a message; none where the filter does not ask for messages.
    message: Option<Cost>,
    packets: bool,
    round_trips: bool,
    /// What is heard of heartbeats, where somebody asks for them.
    hearing: Option<Hearing>,
    notes: bool,
    /// It asks for what connections have.
    connections: bool,
    /// Connections as they were when they were first asked for, and whether they were over.
    peers: HashMap<SocketId, (bool, Peer)>,
}

/// A message is short enough for a heartbeat.
pub(super) fn is_short(message: &MessageRow) -> bool {
    message.wire_length.max(message.length) <= limits::HEARTBEAT_BYTES as u64
}

/// Hears a message.
pub(super) fn push(
    heartbeats: &mut Heartbeats,
    bytes: Bytes<'_>,
    message: &MessageRow,
    inflated: Option<&Window>,
) -> Option<Sign> {
    let loaded = LoadedMessage::read(bytes, *message, Cost::Inflated, inflated);
    let socket = bytes.trace().connections().get(message.socket).and_then(|row| row.told.as_deref());
    heartbeats.push(message.socket, socket, &loaded.message())
}

/// Hears whether single frames are heartbeats: of those before them, so many as are looked back over.
#[derive(Debug, Default)]
struct Hearing {
    heartbeats: Heartbeats,
    /// How many messages of each connection were heard.
    upto: HashMap<SocketId, usize>,
    /// The message heard last, which is asked for again with each of its frames.
    last: Option<(u64, Option<Sign>)>,
}

impl Hearing {
    fn sign(
        &mut self,
        bytes: Bytes<'_>,
        row: &FrameRow,
        mut inflated: impl FnMut(u64) -> Option<Arc<Window>>,
    ) -> Option<Sign> {
        let trace = bytes.trace();
        let own = row.message.and_then(|message| trace.messages().get(message));
        let Some(own) = own.filter(|message| row.ends_message && message.last_frame == row.number) else {
            return Sign::of_control(row.header.opcode);
        };
        if let Some((_, sign)) = self.last.filter(|(message, _)| *message == own.number) {
            return sign;
        }
        let connection = trace.connections().get(row.socket)?;
        let here = connection.index_of_message(own.number);
        if self.upto.get(&row.socket).is_some_and(|upto| *upto > here) {
            // Backwards nothing is heard.
            *self = Hearing::default();
        }
        let from = here.saturating_sub(MESSAGES_BACK).max(self.upto.get(&row.socket).copied().unwrap_or(0));
        let before = (from..here).filter_map(|index| connection.message(index));
        let mut sign = None;
        for message in before.filter_map(|number| trace.messages().get(number)).chain([own]) {
            sign = None;
            if is_short(&message) {
                let inflated = if message.compressed { inflated(message.number) } else { None };
                sign = push(&mut self.heartbeats, bytes, &message, inflated.as_deref());
            }
        }
        self.upto.insert(row.socket, here + 1);
        self.last = Some((own.number, sign));
        sign
    }
}

impl Lookup {
    fn new(looks: &Looks) -> Lookup {
        let wants = looks.wants();
        let message = if wants.message_payload { Cost::Inflated } else { Cost::Header };
        let of_connection =
            |name: &Name| matches!(name.level, Level::Connection | Level::Closed) || name.need == Need::Handshake;
        Lookup {
            cost: if wants.frame_payload { Cost::Payload } else { Cost::Header },
            message: looks.at(Level::Message).then_some(message),
            packets: wants.packets,
            round_trips: looks.term(Term::RoundTrip),
            hearing: looks.term(Term::Heartbeat).then(Hearing::default),
            notes: looks.term(Term::NoteCodes) || looks.term(Term::NoteSeverity),
            connections: looks.names.iter().any(of_connection),
            peers: HashMap::new(),
        }
    }

    /// What these filters and expressions look at.
    #[must_use]
    pub fn of<'e>(
        filters: impl IntoIterator<Item = &'e Filter>,
        expressions: impl IntoIterator<Item = &'e Expression>,
    ) -> Lookup {
        let mut all = Looks::default();
        let filters = filters.into_iter().map(|filter| &filter.looks);
        for looks in filters.chain(expressions.into_iter().map(|expression| &expression.looks)) {
            looks.names.iter().for_each(|name| all.add(name));
        }
        Lookup::new(&all)
    }

    /// Fields of this cost are looked at too, of frames, of the messages that they end, and of connections.
    #[must_use]
    pub fn with_fields(self, frame: Option<Cost>, message: Option<Cost>) -> Lookup {
        Lookup {
            cost: self.cost.max(frame.unwrap_or(Cost::Header)),
            message: self.message.max(message),
            notes: self.notes || frame.is_some(),
            connections: true,
            ..self
        }
    }

    /// The same without what payloads say.
    #[must_use]
    pub fn without_payloads(&self) -> Lookup {
        Lookup {
            cost: Cost::Header,
            message: self.message.map(|_| Cost::Header),
            packets: self.packets,
            round_trips: false,
            hearing: None,
            notes: self.notes,
            connections: self.connections,
            peers: HashMap::new(),
        }
    }

    /// The same without what takes going through a message: its payload, its frames, notes.
    #[must_use]
    pub fn without_messages(&self) -> Lookup {
        Lookup { message: None, notes: false, ..self.without_payloads() }
    }

    /// Puts together what is known of a frame; `inflated` gives what a compressed message inflates to, where it is known.
    pub fn at<R>(
        &mut self,
        bytes: Bytes<'_>,
        row: &FrameRow,
        mut inflated: impl FnMut(u64) -> Option<Arc<Window>>,
        ask: impl FnOnce(&Row<'_>) -> R,
    ) -> R {
        let trace = bytes.trace();
        let heartbeat = self.hearing.as_mut().and_then(|hearing| hearing.sign(bytes, row, &mut inflated));
        if self.connections {
            self.meet(trace, row.socket);
        }
        let round_trip = if self.round_trips { round_trip(bytes, row) } else { None };
        let loaded = (self.cost > Cost::Header || self.notes).then(|| LoadedFrame::read(bytes, *row, self.cost));
        // A row that nobody asks of its message is decided on alone.
        let own = row.message.filter(|_| self.message.is_some()).and_then(|message| trace.messages().get(message));
        let own = own.filter(|message| row.ends_message && message.last_frame == row.number);
        let message = self.message.zip(own).map(|(cost, message)| {
            let inflated = if message.compressed && cost == Cost::Inflated { inflated(message.number) } else { None };
            LoadedMessage::read(bytes, message, cost, inflated.as_deref())
        });
        let packet = self.packets.then(|| packet(bytes, row)).flatten();
        let comment =
            packet.as_ref().and_then(|(_, number, _)| trace.comments().of([*number]).pop()).map(|(_, text)| text);
        let frame = loaded.as_ref().map_or_else(|| row.frame(), LoadedFrame::frame);
        let place = FramePlace { number: row.number, socket: row.socket, message: own.map(|message| message.number) };
        let (told_message, told_place) = match &message {
            Some(message) => (Some(message.message()), Some(message.place())),
            None => (None, None),
        };
        let row = Row {
            frame: Some((&place, &frame)),
            message: told_place.as_ref().zip(told_message.as_ref()),
            peer: self.peers.get(&row.socket).map(|(_, peer)| peer),
            packet: packet.as_ref().map(|(data, _, link)| PacketBytes {
                data,
                captured: short(data.len()),
                link: *link,
                wire_len: short(data.len()),
                interface: 0,
                comment: comment.as_deref(),
            }),
            at: Some(row.last),
            origin: trace.start().unwrap_or_default(),
            round_trip,
            heartbeat,
        };
        ask(&row)
    }

    /// Gets to know a connection, and again when it is over.
    fn meet(&mut self, trace: &Trace, id: SocketId) {
        let Some(row) = trace.connections().get(id) else { return };
        let Some(told) = row.told.as_deref() else { return };
        if self.peers.get(&id).is_none_or(|(over, _)| *over != row.over) {
            self.peers.insert(id, (row.over, Peer::new(told, row.over)));
        }
    }
}

/// The values that a frame has under a name, for references to it.
#[must_use]
pub fn values_of(bytes: Bytes<'_>, frame: u64, name: &Name) -> Values<'static> {
    let mut looks = Looks::default();
    looks.add(name);
    let field = FieldUse { name: *name, path: Vec::new(), layers: Vec::new(), raw: false };
    looked_up(bytes, frame, Lookup::new(&looks), |row| owned(&row.values(&field)))
}

/// The values that an expression has at a frame.
#[must_use]
pub fn values_at(bytes: Bytes<'_>, frame: u64, expression: &Expression) -> Values<'static> {
    looked_up(bytes, frame, Lookup::of([], [expression]), |row| owned(&expression.values(row)))
}

fn owned(values: &Values<'_>) -> Values<'static> {
    values.as_slice().iter().map(|value| value.clone().owned()).collect()
}

fn looked_up(
    bytes: Bytes<'_>,
    frame: u64,
    mut lookup: Lookup,
    ask: impl FnOnce(&Row<'_>) -> Values<'static>,
) -> Values<'static> {
    let Some(row) = bytes.trace().frames().get(frame) else { return Values::None };
    let mut inflations = Inflations::default();
    let inflated = |message: u64| {
        inflations.work(bytes, [message], u64::MAX);
        inflations.get(message)
    };
    lookup.at(bytes, &row, inflated, ask)
}
