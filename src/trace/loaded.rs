//! Rows of the index in the form in which the dissector told them, so that whoever reads a [`Frame`] or a [`Message`],
//! and the [values](super::values) of their fields, reads them back too.
//!
//! In: a row, and what is wanted of its payload. Out: a [`LoadedFrame`] or a [`LoadedMessage`], which owns what a frame
//! borrows. What the capture lacks is left out of the payload and is in the holes, as it was told.

use super::frames::FrameRow;
use super::messages::MessageRow;
use super::read::{Bytes, Window};
use crate::base::{Hole, Note, limits};
use crate::dissect::{FramePlace, MessagePlace};
use crate::fields::Cost;
use crate::websocket::{Frame, Message};

/// A frame read back.
#[derive(Debug, Clone)]
pub struct LoadedFrame<'a> {
    row: FrameRow,
    payload: Vec<u8>,
    holes: &'a [Hole],
    notes: Vec<Note>,
    /// The message that was told next.
    message: Option<u64>,
    message_offset: Option<u64>,
}

impl<'a> LoadedFrame<'a> {
    /// Reads what fields of this cost need: the payload from [`Cost::Payload`] on.
    #[must_use]
    pub fn read(bytes: Bytes<'a>, row: FrameRow, cost: Cost) -> LoadedFrame<'a> {
        let trace = bytes.trace();
        let payload = match cost {
            Cost::Header | Cost::Handshake => Vec::new(),
            Cost::Payload | Cost::Inflated => without_holes(&bytes.unmasked(&row, 0..u64::MAX)),
        };
        let message = row.message.and_then(|message| trace.messages().get(message));
        let ends = message.filter(|message| row.ends_message && message.last_frame == row.number);
        let first = message.and_then(|message| trace.message_frames(&message).first().map(|first| first.offset));
        let notes = notes_of(row.severity.is_some(), || trace.notes().of_frame(row.number));
        LoadedFrame {
            row,
            payload,
            holes: trace.frames().holes(row.number),
            notes,
            message: ends.map(|message| message.number),
            message_offset: first,
        }
    }

    /// Where it stands. Only the frame after which its message was told names it, as when it was told.
    #[must_use]
    pub fn place(&self) -> FramePlace {
        FramePlace { number: self.row.number, socket: self.row.socket, message: self.message }
    }

    /// The frame.
    #[must_use]
    pub fn frame(&self) -> Frame<'_> {
        Frame {
            message_offset: self.message_offset,
            message_follows: self.message.is_some(),
            payload: &self.payload,
            holes: self.holes,
            notes: &self.notes,
            ..self.row.frame()
        }
    }
}

/// A message read back.
#[derive(Debug, Clone)]
pub struct LoadedMessage<'a> {
    row: MessageRow,
    /// In the order of the stream.
    frames: Vec<FrameRow>,
    /// In their own order.
    numbers: Vec<u64>,
    payload: Vec<u8>,
    holes: &'a [Hole],
    notes: Vec<Note>,
}

impl<'a> LoadedMessage<'a> {
    /// Reads what fields of this cost need. What a compressed message says is `inflated`, where that is known
    /// ([`super::Inflations`]).
    #[must_use]
    pub fn read(bytes: Bytes<'a>, row: MessageRow, cost: Cost, inflated: Option<&Window>) -> LoadedMessage<'a> {
        let trace = bytes.trace();
        let frames = trace.message_frames(&row);
        let mut numbers: Vec<u64> = frames.iter().map(|frame| frame.number).collect();
        numbers.sort_unstable();
        numbers.truncate(limits::MESSAGE_FRAMES);
        let payload = match (cost, row.compressed) {
            (Cost::Header | Cost::Handshake, _) => Vec::new(),
            (_, false) => without_holes(&bytes.message(&row, 0..u64::MAX)),
            (_, true) => inflated.map(without_holes).unwrap_or_default(),
        };
        let notes = notes_of(row.severity.is_some(), || trace.notes().of_message(row.number));
        LoadedMessage { row, frames, numbers, payload, holes: trace.messages().holes(row.number), notes }
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> MessagePlace<'_> {
        MessagePlace { number: self.row.number, socket: self.row.socket, frames: &self.numbers }
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> Message<'_> {
        let row = &self.row;
        let (first, last) = (self.frames.first(), self.frames.last());
        let latest = self.frames.iter().map(|frame| frame.last).max_by_key(|at| at.packet);
        Message {
            direction: row.direction,
            offset: first.map_or(0, |frame| frame.offset),
            last_offset: last.map_or(0, |frame| frame.offset),
            opcode: row.opcode,
            compressed: row.compressed,
            first: first.map(|frame| frame.first).unwrap_or_default(),
            last: latest.unwrap_or_default(),
            frame_count: row.frame_count,
            wire_length: row.wire_length,
            length: row.length,
            complete: row.complete,
            ended: row.ended,
            payload: &self.payload,
            holes: self.holes,
            notes: &self.notes,
        }
    }
}

/// The bytes of a window that are there.
fn without_holes(window: &Window) -> Vec<u8> {
    if window.is_whole() {
        return window.bytes.clone();
    }
    (window.start..window.end()).filter_map(|at| window.get(at)).collect()
}

/// The notes of an item, which only an item of some severity has.
fn notes_of<I: Iterator<Item = super::PlacedNote>>(some: bool, notes: impl FnOnce() -> I) -> Vec<Note> {
    if some { notes().map(|placed| placed.note).collect() } else { Vec::new() }
}
