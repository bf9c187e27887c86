//! A filter over what is indexed: frames and messages by their numbers, read back as far as the filter asks.
//!
//! In: the bytes of a trace, and a number. Out: whether it matches, as it would have where it was told: a row of the index
//! alone decides where the filter asks for headers only.

use std::sync::Arc;

use hashbrown::HashMap;

use super::check::Looks;
use super::row::{PacketBytes, Peer, Row};
use super::{Expression, Filter, Values};
use crate::base::number::short;
use crate::base::{LinkType, SocketId};
use crate::dissect::FramePlace;
use crate::fields::Cost;
use crate::fields::display::{Level, Name, Need, Term};
use crate::trace::{Bytes, FrameRow, Inflations, LoadedFrame, LoadedMessage, Trace, Window};
use crate::websocket::Opcode;

/// Frames of the connection that are looked back over for the ping that a pong answers.
const PINGS_BACK: usize = 256;

/// A filter at work on a trace.
pub struct Traced<'f> {
    filter: &'f Filter,
    lookup: Lookup,
    inflations: Inflations,
}

/// Puts together what filters and expressions look at in the frames of a trace.
#[derive(Debug)]
pub struct Lookup {
    /// What must be read of a frame.
    cost: Cost,
    /// What must be read of a message; none where the filter does not ask for messages.
    message: Option<Cost>,
    packets: bool,
    round_trips: bool,
    notes: bool,
    /// It asks for what connections have.
    connections: bool,
    /// Connections as they were when they were first asked for, and whether they were over.
    peers: HashMap<SocketId, (bool, Peer)>,
}

impl<'f> Traced<'f> {
    /// A filter that has seen nothing yet.
    #[must_use]
    pub fn new(filter: &'f Filter) -> Traced<'f> {
        Traced { filter, lookup: Lookup::new(&filter.looks), inflations: Inflations::default() }
    }

    /// Whether a frame matches.
    pub fn frame(&mut self, bytes: Bytes<'_>, number: u64) -> bool {
        let Some(row) = bytes.trace().frames().get(number) else { return false };
        self.with(bytes, &row, |filter, row| filter.matches(row))
    }

    /// Whether a message matches: one of its frames does.
    pub fn message(&mut self, bytes: Bytes<'_>, number: u64) -> bool {
        let Some(message) = bytes.trace().messages().get(number) else { return false };
        let frames = bytes.trace().message_frames(&message);
        frames.iter().any(|row| self.with(bytes, row, |filter, row| filter.matches(row)))
    }

    /// Puts together what is known of a frame.
    fn with<R>(&mut self, bytes: Bytes<'_>, row: &FrameRow, ask: impl FnOnce(&Filter, &Row<'_>) -> R) -> R {
        let inflations = &mut self.inflations;
        let inflated = |message: u64| {
            inflations.work(bytes, [message], u64::MAX);
            inflations.get(message)
        };
        self.lookup.at(bytes, row, inflated, |row| ask(self.filter, row))
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
        inflated: impl FnOnce(u64) -> Option<Arc<Window>>,
        ask: impl FnOnce(&Row<'_>) -> R,
    ) -> R {
        let trace = bytes.trace();
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

/// The packet of a frame's last byte: its bytes, its number, its link type.
fn packet(bytes: Bytes<'_>, row: &FrameRow) -> Option<(Vec<u8>, u64, LinkType)> {
    let last = row.offset.saturating_add(row.wire_len().saturating_sub(1));
    let run = bytes.trace().runs(row.socket, row.direction, last).next()?;
    Some((bytes.packet(&run)?, run.packet, LinkType(run.link)))
}

/// Of a pong, nanoseconds since the ping that it answers.
fn round_trip(bytes: Bytes<'_>, pong: &FrameRow) -> Option<i64> {
    if pong.header.opcode != Opcode::Pong {
        return None;
    }
    let trace = bytes.trace();
    let connection = trace.connections().get(pong.socket)?;
    let payload = bytes.unmasked(pong, 0..u64::MAX).bytes;
    let here = connection.index_of(pong.number);
    let back = (here.saturating_sub(PINGS_BACK)..here).rev().filter_map(|index| connection.frame(index));
    let mut pings = back
        .filter_map(|number| trace.frames().get(number))
        .filter(|row| row.header.opcode == Opcode::Ping && row.direction != pong.direction);
    let ping = pings.find(|ping| bytes.unmasked(ping, 0..u64::MAX).bytes == payload)?;
    Some(pong.last.time.since(ping.last.time))
}

/// The values that a frame has under a name, for references to it.
#[must_use]
pub fn values_of(bytes: Bytes<'_>, frame: u64, name: &Name) -> Values<'static> {
    let Ok(filter) = Filter::compile(name.name()) else { return Values::None };
    let Some(row) = bytes.trace().frames().get(frame) else { return Values::None };
    let field = super::row::FieldUse { name: *name, path: Vec::new(), layers: Vec::new(), raw: false };
    Traced::new(&filter)
        .with(bytes, &row, |_, row| row.values(&field).as_slice().iter().map(|value| value.clone().owned()).collect())
}

/// The values that an expression has at a frame.
#[must_use]
pub fn values_at(bytes: Bytes<'_>, frame: u64, expression: &Expression) -> Values<'static> {
    let Some(row) = bytes.trace().frames().get(frame) else { return Values::None };
    let mut inflations = Inflations::default();
    let inflated = |message: u64| {
        inflations.work(bytes, [message], u64::MAX);
        inflations.get(message)
    };
    let owned = |row: &Row<'_>| expression.values(row).as_slice().iter().map(|value| value.clone().owned()).collect();
    Lookup::of([], [expression]).at(bytes, &row, inflated, owned)
}

/// The text that an expression has at a frame, where it has one: a document, for its members.
#[must_use]
pub fn text_of(bytes: Bytes<'_>, frame: u64, expression: &str) -> Option<String> {
    let expression = Expression::compile(expression).ok()?;
    values_at(bytes, frame, &expression).as_slice().first().map(super::Value::to_text)
}
