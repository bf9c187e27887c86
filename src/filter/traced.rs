//! A filter over what is indexed: frames and messages by their numbers, read back as far as the filter asks.
//!
//! In: the bytes of a trace, and numbers. Out: which of them match, as they would have where they were told: the columns of
//! the index alone decide where the filter asks for headers only ([`super::plan`]).

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::HashMap;

use super::Filter;
use super::check::Looks;
use super::heartbeat::{Heartbeats, Sign};
use super::lookup::{is_short, push};
use super::plan::{Place, Plan};
use super::row::{PacketBytes, Peer, Row};
use crate::base::number::{narrow, short, wide};
use crate::base::{LinkType, Note, Severity, SocketId};
use crate::dissect::{FramePlace, MessagePlace};
use crate::fields::Cost;
use crate::fields::display::{Level, Name, Need, Term};
use crate::trace::{BLOCK, Bytes, FrameBlock, FrameRow, Inflations, LoadedFrame, LoadedMessage, MessageRow};
use crate::trace::{Payloads, PlacedNote, Trace, Window};
use crate::websocket::{Frame, Message, Opcode};

pub use super::lookup::{Lookup, values_at, values_of};

/// Frames of the connection that are looked back over for the ping that a pong answers.
const PINGS_BACK: usize = 256;

/// What was decided of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decision {
    /// The filter selects it.
    pub matches: bool,
    /// It is a heartbeat without a warning or an error on it; known only where somebody asks for them.
    pub heartbeat: bool,
}

/// A filter at work on a trace.
pub struct Traced {
    /// `None` selects everything.
    plan: Option<Plan>,
    reader: Reader,
    /// Frames to decide on, with the place of what they are asked for.
    asked: Vec<(u64, usize)>,
    /// What was heard so far, where somebody asks for heartbeats.
    heartbeats: Option<Heartbeats>,
}

impl Traced {
    /// A filter that has seen nothing yet.
    #[must_use]
    pub fn new(filter: &Filter) -> Traced {
        let heartbeats = filter.asks_for_heartbeats().then(Heartbeats::default);
        let plan = filter.test.as_ref().map(Plan::of);
        Traced { plan, reader: Reader::default(), asked: Vec::new(), heartbeats }
    }

    /// The same, which knows what was heard in the rows before; it hears whether a row is a heartbeat, whatever the filter asks.
    #[must_use]
    pub fn hearing(filter: &Filter, heard: Heartbeats) -> Traced {
        Traced { heartbeats: Some(heard), ..Traced::new(filter) }
    }

    /// What it has heard.
    #[must_use]
    pub fn heard(self) -> Heartbeats {
        self.heartbeats.unwrap_or_default()
    }

    /// Of a frame decided on last, whether it is a heartbeat and breaks no rule.
    #[must_use]
    pub fn is_beating_frame(&self, bytes: Bytes<'_>, number: u64) -> bool {
        let Some(row) = bytes.trace().frames().get(number) else { return false };
        if self.reader.sign(&row).is_none() {
            return false;
        }
        let message = row.message.and_then(|message| bytes.trace().messages().get(message));
        let ends = message.filter(|message| message.last_frame == number);
        row.severity.max(ends.and_then(|message| message.severity)) < Some(Severity::Warning)
    }

    /// The same of a message.
    #[must_use]
    pub fn is_beating_message(&self, bytes: Bytes<'_>, number: u64) -> bool {
        let Some(message) = bytes.trace().messages().get(number) else { return false };
        if !self.reader.signs.contains_key(&message.last_frame) {
            return false;
        }
        let frames = bytes.trace().message_frames(&message);
        frames.iter().filter_map(|row| row.severity).max().max(message.severity) < Some(Severity::Warning)
    }

    /// Hears the messages that these frames end; longer ones than a heartbeat may have are not read.
    fn hear(&mut self, bytes: Bytes<'_>, messages: impl Iterator<Item = u64>, stop: &AtomicBool) {
        self.reader.signs.clear();
        let Some(heartbeats) = &mut self.heartbeats else { return };
        for number in messages.take_while(|_| !stop.load(Ordering::Relaxed)) {
            let Some(message) = bytes.trace().messages().get(number).filter(is_short) else { continue };
            if message.compressed {
                self.reader.inflations.work(bytes, [number], u64::MAX);
            }
            let inflated = self.reader.inflations.get(number);
            if let Some(sign) = push(heartbeats, bytes, &message, inflated.as_deref()) {
                self.reader.signs.insert(message.last_frame, sign);
            }
        }
    }

    /// Which of these frames match, in their order. Where it was stopped (`stop`), what it says does not count. Who asks for
    /// heartbeats asks for all frames of a connection, one after the other.
    pub fn frames(&mut self, bytes: Bytes<'_>, numbers: &[u64], stop: &AtomicBool) -> Vec<bool> {
        let frames = bytes.trace().frames();
        let ended = |number: &u64| {
            let message = frames.message_ended(*number)?;
            let last = bytes.trace().messages().get(message).map(|message| message.last_frame);
            (last == Some(*number)).then_some(message)
        };
        self.hear(bytes, numbers.iter().filter_map(ended), stop);
        self.asked.clear();
        self.asked.extend(numbers.iter().copied().zip(0..));
        self.decide(bytes, numbers.len(), stop)
    }

    /// Which of these messages match: one of the frames of each does.
    pub fn messages(&mut self, bytes: Bytes<'_>, numbers: &[u64], stop: &AtomicBool) -> Vec<bool> {
        let trace = bytes.trace();
        self.hear(bytes, numbers.iter().copied(), stop);
        self.asked.clear();
        for (at, number) in numbers.iter().enumerate() {
            match trace.messages().last_frame(*number) {
                Some((frame, true)) => self.asked.push((frame, at)),
                Some((_, false)) if stop.load(Ordering::Relaxed) => break,
                Some((_, false)) => {
                    let frames = trace.messages().get(*number).map(|message| trace.message_frames(&message));
                    self.asked.extend(frames.into_iter().flatten().map(|row| (row.number, at)));
                }
                None => {}
            }
        }
        self.decide(bytes, numbers.len(), stop)
    }

    /// Decides on what is asked for, a block after the other; `true` where one of the frames matches that are asked for there.
    fn decide(&mut self, bytes: Bytes<'_>, places: usize, stop: &AtomicBool) -> Vec<bool> {
        let mut said = vec![false; places];
        let count = bytes.trace().frames().count();
        let block = |number: u64| narrow(number.saturating_sub(1)) / BLOCK;
        self.reader.frames.forget();
        for group in self.asked.chunk_by(|a, b| block(a.0) == block(b.0)) {
            let there = |number: u64| (1..=count).contains(&number);
            let bit = |number: u64| 1_u128 << (number.saturating_sub(1) % wide(BLOCK));
            let open =
                group.iter().filter(|(number, _)| there(*number)).fold(0, |open, (number, _)| open | bit(*number));
            let place = Place { bytes, block: group.first().map_or(0, |(number, _)| block(*number)), stop };
            let found = self.plan.as_mut().map_or(open, |plan| plan.decide(&mut self.reader, place, open));
            for (number, at) in group {
                if let Some(said) = said.get_mut(*at) {
                    *said |= there(*number) && found & bit(*number) != 0;
                }
            }
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
        said
    }

    /// Whether a frame matches.
    pub fn frame(&mut self, bytes: Bytes<'_>, number: u64) -> bool {
        self.frames(bytes, &[number], &AtomicBool::new(false)).contains(&true)
    }

    /// Whether a message matches: one of its frames does.
    pub fn message(&mut self, bytes: Bytes<'_>, number: u64) -> bool {
        self.messages(bytes, &[number], &AtomicBool::new(false)).contains(&true)
    }
}

/// What must be read back for a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that is read or not")]
pub(super) struct Reading {
    /// The payload of the frame.
    payload: bool,
    /// What of the message; nothing where nobody asks for messages.
    message: Option<Cost>,
    packet: bool,
    round_trip: bool,
    notes: bool,
    connection: bool,
}

impl Reading {
    pub(super) fn of(looks: &Looks) -> Reading {
        let wants = looks.wants();
        let message = if wants.message_payload { Cost::Inflated } else { Cost::Header };
        let of_connection =
            |name: &Name| matches!(name.level, Level::Connection | Level::Closed) || name.need == Need::Handshake;
        Reading {
            payload: wants.frame_payload,
            message: looks.at(Level::Message).then_some(message),
            packet: wants.packets,
            round_trip: looks.term(Term::RoundTrip),
            notes: looks.term(Term::NoteCodes) || looks.term(Term::NoteSeverity),
            connection: looks.names.iter().any(of_connection),
        }
    }
}

/// Reads rows back.
#[derive(Default)]
pub(super) struct Reader {
    frames: FrameBlock,
    /// So many of a block are asked for that all of it is unpacked.
    pub(super) many: bool,
    payloads: Payloads,
    inflations: Inflations,
    /// Connections as they were when they were first asked for, and whether they were over.
    peers: HashMap<SocketId, (bool, Peer)>,
    /// Frames that end a message that is a heartbeat, of those decided on now.
    signs: HashMap<u64, Sign>,
}

impl Reader {
    fn sign(&self, row: &FrameRow) -> Option<Sign> {
        Sign::of_control(row.header.opcode).or_else(|| self.signs.get(&row.number).copied())
    }

    /// Asks something of a frame of a block.
    pub(super) fn ask(
        &mut self,
        place: Place<'_>,
        row: usize,
        reading: &Reading,
        ask: impl FnOnce(&Row<'_>) -> bool,
    ) -> bool {
        let frames = place.bytes.trace().frames();
        let row = if self.many { self.frames.row(frames, place.block, row) } else { frames.get(place.frame(row)) };
        row.is_some_and(|row| self.with(place.bytes, &row, reading, ask))
    }

    /// Puts together what is known of a frame.
    fn with<R>(&mut self, bytes: Bytes<'_>, row: &FrameRow, reading: &Reading, ask: impl FnOnce(&Row<'_>) -> R) -> R {
        let trace = bytes.trace();
        if reading.connection {
            self.meet(trace, row.socket);
        }
        let round_trip = if reading.round_trip { round_trip(bytes, row) } else { None };
        // A row that nobody asks of its message is decided on alone.
        let own = row.message.filter(|_| reading.message.is_some()).and_then(|message| trace.messages().get(message));
        let own = own.filter(|message| row.ends_message && message.last_frame == row.number);
        let own = own.zip(reading.message);
        let packet = reading.packet.then(|| packet(bytes, row)).flatten();
        let comment =
            packet.as_ref().and_then(|(_, number, _)| trace.comments().of([*number]).pop()).map(|(_, text)| text);
        let message = own.map(|(message, cost)| Said::read(&mut self.inflations, bytes, row, message, cost));
        // Of what is not compressed, a message of one frame says what its frame does.
        let shared = message.as_ref().is_some_and(|message| matches!(message, Said::Frame(_)));
        let payload = if reading.payload || shared { payload(&mut self.payloads, bytes, row) } else { Cow::default() };
        let of_frame = notes(reading.notes && row.severity.is_some(), || trace.notes().of_frame(row.number));
        let holes = trace.frames().holes(row.number);
        let frame =
            Frame { payload: if reading.payload { &payload } else { &[] }, holes, notes: &of_frame, ..row.frame() };
        let place =
            FramePlace { number: row.number, socket: row.socket, message: own.map(|(message, _)| message.number) };
        let numbers = [row.number];
        let of_message = message.as_ref().map_or_else(Vec::new, |message| message.notes(trace));
        let told = message.as_ref().map(|message| message.told(bytes, row, &payload, &numbers, &of_message));
        let heartbeat = Sign::of_control(row.header.opcode).or_else(|| self.signs.get(&row.number).copied());
        let row = Row {
            frame: Some((&place, &frame)),
            message: told.as_ref().map(|(place, message)| (place, message)),
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

/// A message that a frame ends.
enum Said<'t> {
    /// It has this frame only, and says what that says.
    Frame(MessageRow),
    /// It has this frame only, and nobody asks what it says; or it was inflated to this.
    One(MessageRow, Option<Arc<Window>>),
    /// Anything else.
    Loaded(LoadedMessage<'t>),
}

impl<'t> Said<'t> {
    fn read(
        inflations: &mut Inflations,
        bytes: Bytes<'t>,
        row: &FrameRow,
        message: MessageRow,
        cost: Cost,
    ) -> Said<'t> {
        let says = cost == Cost::Inflated;
        if message.compressed && says {
            inflations.work(bytes, [message.number], u64::MAX);
        }
        let inflated = inflations.get(message.number).filter(|_| says);
        let one =
            message.frame_count == 1 && message.wire_length == row.header.length && message.first_frame == row.number;
        match inflated {
            _ if one && !says => Said::One(message, None),
            _ if one && !message.compressed => Said::Frame(message),
            Some(window) if one && window.is_whole() => Said::One(message, Some(window)),
            inflated => Said::Loaded(LoadedMessage::read(bytes, message, cost, inflated.as_deref())),
        }
    }

    /// The message as it was told, of the frame that it has.
    fn told<'a>(
        &'a self,
        bytes: Bytes<'a>,
        row: &FrameRow,
        payload: &'a [u8],
        numbers: &'a [u64],
        notes: &'a [Note],
    ) -> (MessagePlace<'a>, Message<'a>) {
        let (message, payload) = match self {
            Said::Frame(message) => (message, payload),
            Said::One(message, window) => (message, window.as_deref().map_or(&[][..], |window| &window.bytes)),
            Said::Loaded(loaded) => return (loaded.place(), loaded.message()),
        };
        let told = Message {
            direction: message.direction,
            offset: row.offset,
            last_offset: row.offset,
            opcode: message.opcode,
            compressed: message.compressed,
            first: row.first,
            last: row.last,
            frame_count: message.frame_count,
            wire_length: message.wire_length,
            length: message.length,
            complete: message.complete,
            ended: message.ended,
            payload,
            holes: bytes.trace().messages().holes(message.number),
            notes,
        };
        (MessagePlace { number: message.number, socket: message.socket, frames: numbers }, told)
    }

    /// What is noted of it, where that was not read with it.
    fn notes(&self, trace: &Trace) -> Vec<Note> {
        match self {
            Said::Frame(message) | Said::One(message, _) => {
                notes(message.severity.is_some(), || trace.notes().of_message(message.number))
            }
            Said::Loaded(_) => Vec::new(),
        }
    }
}

/// The notes of an item, which only an item of some severity has.
fn notes<I: Iterator<Item = PlacedNote>>(some: bool, notes: impl FnOnce() -> I) -> Vec<Note> {
    if some { notes().map(|placed| placed.note).collect() } else { Vec::new() }
}

/// The bytes of a frame's payload that are there.
fn payload<'p>(payloads: &'p mut Payloads, bytes: Bytes<'_>, row: &FrameRow) -> Cow<'p, [u8]> {
    match payloads.read(bytes, row) {
        Some(payload) => Cow::Borrowed(payload),
        None => Cow::Owned(LoadedFrame::read(bytes, *row, Cost::Payload).frame().payload.to_vec()),
    }
}

/// The packet of a frame's last byte: its bytes, its number, its link type.
pub(super) fn packet(bytes: Bytes<'_>, row: &FrameRow) -> Option<(Vec<u8>, u64, LinkType)> {
    let last = row.offset.saturating_add(row.wire_len().saturating_sub(1));
    let run = bytes.trace().runs(row.socket, row.direction, last).next()?;
    Some((bytes.packet(&run)?, run.packet, LinkType(run.link)))
}

/// Of a pong, nanoseconds since the ping that it answers.
pub(super) fn round_trip(bytes: Bytes<'_>, pong: &FrameRow) -> Option<i64> {
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

/// The text that an expression has at a frame, where it has one: a document, for its members.
#[must_use]
pub fn text_of(bytes: Bytes<'_>, frame: u64, expression: &str) -> Option<String> {
    let expression = super::Expression::compile(expression).ok()?;
    values_at(bytes, frame, &expression).as_slice().first().map(super::Value::to_text)
}
