//! One direction of a connection, in the dialect that its handshake settled.
//!
//! In and out: as [`DirectionReader`] and [`HixieReader`] say. This module only picks one of them.

use super::across::Watched;
use super::direction::DirectionReader;
use super::events::{Events, Look, Scratch};
use super::framing::Dialect;
use super::hixie::HixieReader;
use super::inflate::Pool;
use super::payload_buffer::SpilledPayloads;
use super::rules::Rules;
use crate::base::{At, Chunk, Direction, Gap, Note, PacketNumber};

/// Reads one direction.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are of the large kind, and a box would be in the way of each"
)]
pub(super) enum Reader {
    /// RFC 6455 and the drafts that look like it.
    Framed(DirectionReader),
    /// draft-hixie-75 and -76.
    Hixie(Box<HixieReader>),
}

impl Reader {
    pub(super) fn new(direction: Direction) -> Reader {
        Reader::Framed(DirectionReader::new(direction))
    }

    pub(super) fn set_rules(&mut self, direction: Direction, rules: Rules) {
        match self {
            _ if matches!(rules.dialect, Dialect::Hixie { .. }) => {
                *self = Reader::Hixie(Box::new(HixieReader::new(direction)));
            }
            Reader::Framed(reader) => reader.set_rules(rules),
            // A connection has one handshake: rules come again only where its other half was found later, and that of
            // draft-hixie does not turn into another dialect.
            Reader::Hixie(_) => {}
        }
    }

    /// As [`DirectionReader::use_pool`]; the drafts compress nothing.
    pub(super) fn use_pool(&mut self, pool: &Pool) {
        if let Reader::Framed(reader) = self {
            reader.use_pool(pool);
        }
    }

    /// As [`DirectionReader::memory`].
    pub(super) fn memory(&self) -> usize {
        match self {
            Reader::Framed(reader) => reader.memory(),
            Reader::Hixie(reader) => reader.memory(),
        }
    }

    /// As [`DirectionReader::park`].
    pub(super) fn park(&mut self, payloads: &SpilledPayloads) {
        match self {
            Reader::Framed(reader) => reader.park(payloads),
            Reader::Hixie(reader) => reader.park(payloads),
        }
    }

    /// As [`DirectionReader::unpark`].
    pub(super) fn unpark(&mut self, payloads: &SpilledPayloads) {
        match self {
            Reader::Framed(reader) => reader.unpark(payloads),
            Reader::Hixie(reader) => reader.unpark(payloads),
        }
    }

    /// As [`DirectionReader::parked`].
    pub(super) fn parked(&mut self) {
        if let Reader::Framed(reader) = self {
            reader.parked();
        }
    }

    pub(super) fn lose_place(&mut self) {
        match self {
            Reader::Framed(reader) => reader.lose_place(0),
            Reader::Hixie(reader) => reader.lose_place(0),
        }
    }

    pub(super) fn enter(&mut self, passed: u64, at: At) {
        match self {
            Reader::Framed(reader) => reader.enter(passed, at),
            Reader::Hixie(reader) => reader.lose_place(passed),
        }
    }

    pub(super) fn push<E: Events>(
        &mut self,
        chunk: Chunk<'_>,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) {
        match self {
            Reader::Framed(reader) => reader.push(chunk, look, scratch, events),
            Reader::Hixie(reader) => reader.push(chunk, look, events),
        }
    }

    pub(super) fn gap<E: Events>(&mut self, gap: Gap, look: Look, events: &mut Watched<'_, E>) {
        match self {
            Reader::Framed(reader) => reader.gap(gap, look, events),
            Reader::Hixie(reader) => reader.gap(gap, look, events),
        }
    }

    /// Looks for the next frame in what is held back, for the last time.
    pub(super) fn find_place<E: Events>(&mut self, look: Look, scratch: &mut Scratch, events: &mut Watched<'_, E>) {
        if let Reader::Framed(reader) = self {
            reader.find_place(true, look, scratch, events);
            reader.decide(true, look, scratch, events);
        }
    }

    pub(super) fn finish<E: Events>(&mut self, look: Look, scratch: &mut Scratch, events: &mut Watched<'_, E>) {
        match self {
            Reader::Framed(reader) => reader.finish(look, scratch, events),
            Reader::Hixie(reader) => reader.finish(look, events),
        }
    }

    pub(super) fn oldest_pending(&self) -> Option<PacketNumber> {
        match self {
            Reader::Framed(reader) => reader.oldest_pending(),
            Reader::Hixie(_) => None,
        }
    }

    /// Whole frames may be missing in the capture.
    pub(super) fn has_lost_frames(&self) -> bool {
        match self {
            Reader::Framed(reader) => reader.has_lost_frames(),
            Reader::Hixie(reader) => reader.has_lost_frames(),
        }
    }

    /// Notes on the direction as a whole.
    pub(super) fn overall_notes(&self) -> &[Note] {
        match self {
            Reader::Framed(reader) => reader.overall_notes(),
            Reader::Hixie(reader) => reader.overall_notes(),
        }
    }
}

crate::base::pack::pack_enum!(Reader { 0 Framed(reader), 1 Hixie(reader) });
