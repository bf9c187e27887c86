//! The table of messages: one row a message, in columns.
//!
//! In: a [`Message`] and its [`MessagePlace`], numbered 1, 2, 3 … in this order. Out: a [`MessageRow`] for any number.
//! The frames of a message are not listed: they are the data frames of its direction from its first to its last, and
//! [`super::Trace::message_frames`] walks them.

use std::collections::BTreeMap;

use super::packed::Packed;
use super::sockets::SocketColumn;
use crate::base::number::{distance, wide};
use crate::base::{Direction, Hole, Severity, SocketId};
use crate::dissect::MessagePlace;
use crate::websocket::{Message, Opcode};

/// What the index knows of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageRow {
    /// 1-based.
    pub number: u64,
    /// Its socket.
    pub socket: SocketId,
    /// Who sent it.
    pub direction: Direction,
    /// The least number of its frames.
    pub first_frame: u64,
    /// The greatest.
    pub last_frame: u64,
    /// Number of its frames.
    pub frame_count: u64,
    /// Text, binary or reserved.
    pub opcode: Opcode,
    /// It is compressed by permessage-deflate.
    pub compressed: bool,
    /// Payload bytes of its frames.
    pub wire_length: u64,
    /// Bytes after inflating.
    pub length: u64,
    /// It has ended and no byte is missing.
    pub complete: bool,
    /// It has ended.
    pub ended: bool,
    /// The gravest of its notes.
    pub severity: Option<Severity>,
}

impl MessageRow {
    /// The row of a message that was just told.
    #[must_use]
    pub fn new(place: &MessagePlace<'_>, message: &Message<'_>) -> MessageRow {
        MessageRow {
            number: place.number,
            socket: place.socket,
            direction: message.direction,
            first_frame: place.frames.iter().min().copied().unwrap_or(0),
            last_frame: place.frames.iter().max().copied().unwrap_or(0),
            frame_count: message.frame_count,
            opcode: message.opcode,
            compressed: message.compressed,
            wire_length: message.wire_length,
            length: message.length,
            complete: message.complete,
            ended: message.ended,
            severity: message.notes.iter().map(crate::base::Note::severity).max(),
        }
    }
}

/// All messages.
#[derive(Debug, Default)]
pub struct Messages {
    last_frame: Packed,
    /// Frame numbers from the first to the last.
    frames_before: Packed,
    /// Frames of the message, less one.
    more_frames: Packed,
    socket: SocketColumn,
    flags: Packed,
    wire_length: Packed,
    length: Packed,
    holes: BTreeMap<u64, Box<[Hole]>>,
    compressed: u64,
}

impl Messages {
    /// Number of messages, and the number of the last one.
    #[must_use]
    pub fn count(&self) -> u64 {
        wide(self.flags.len())
    }

    /// Appends a row. Its number should be the next one; it is taken for that.
    pub(super) fn push(&mut self, row: &MessageRow, holes: &[Hole]) {
        self.last_frame.push(row.last_frame);
        self.frames_before.push(distance(row.first_frame, row.last_frame));
        self.more_frames.push(row.frame_count.saturating_sub(1));
        self.socket.push(row.socket);
        self.wire_length.push(row.wire_length);
        self.length.push(row.length);
        self.compressed += u64::from(row.compressed);
        self.flags.push(
            u64::from(row.opcode.bits())
                | u64::from(row.compressed) << 4
                | u64::from(row.complete) << 5
                | u64::from(row.ended) << 6
                | u64::from(row.direction == Direction::Server) << 7
                | severity_bits(row.severity) << 8,
        );
        if !holes.is_empty() {
            self.holes.insert(self.count(), holes.into());
        }
    }

    /// The row of a message.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<MessageRow> {
        let row = usize::try_from(number.checked_sub(1)?).ok()?;
        let flags = self.flags.get(row)?;
        let [kind, ..] = flags.to_le_bytes();
        let last_frame = self.last_frame.get(row)?;
        let bit = |at: u32| flags >> at & 1 == 1;
        Some(MessageRow {
            number,
            socket: self.socket.get(row)?,
            direction: if bit(7) { Direction::Server } else { Direction::Client },
            first_frame: last_frame.saturating_sub(self.frames_before.get(row)?),
            last_frame,
            frame_count: self.more_frames.get(row)?.saturating_add(1),
            opcode: Opcode::from_bits(kind & 0x0f),
            compressed: bit(4),
            wire_length: self.wire_length.get(row)?,
            length: self.length.get(row)?,
            complete: bit(5),
            ended: bit(6),
            severity: severity_from(flags >> 8 & 7),
        })
    }

    /// How many are compressed.
    #[must_use]
    pub fn compressed(&self) -> u64 {
        self.compressed
    }

    /// The last frame of a message, and whether it is its only one.
    #[must_use]
    pub fn last_frame(&self, number: u64) -> Option<(u64, bool)> {
        let row = usize::try_from(number.checked_sub(1)?).ok()?;
        Some((self.last_frame.get(row)?, self.more_frames.get(row)? == 0))
    }

    /// Number of messages whose last frame is at most `frame`.
    #[must_use]
    pub fn ended_by(&self, frame: u64) -> u64 {
        wide(self.last_frame.rows_up_to(frame))
    }

    /// Where bytes of a message are missing.
    #[must_use]
    pub fn holes(&self, number: u64) -> &[Hole] {
        self.holes.get(&number).map_or(&[], |holes| holes)
    }

    pub(super) fn memory(&self) -> usize {
        let columns = [
            &self.last_frame,
            &self.frames_before,
            &self.more_frames,
            self.socket.packed(),
            &self.flags,
            &self.wire_length,
            &self.length,
        ];
        let holes: usize = self.holes.values().map(|holes| size_of_val(&**holes) + 48).sum();
        columns.iter().map(|column| column.memory()).sum::<usize>() + self.socket.table_memory() + holes
    }
}

pub(super) fn severity_bits(severity: Option<Severity>) -> u64 {
    match severity {
        None => 0,
        Some(Severity::Chat) => 1,
        Some(Severity::Note) => 2,
        Some(Severity::Warning) => 3,
        Some(Severity::Error) => 4,
    }
}

pub(super) fn severity_from(bits: u64) -> Option<Severity> {
    match bits {
        1 => Some(Severity::Chat),
        2 => Some(Severity::Note),
        3 => Some(Severity::Warning),
        4 => Some(Severity::Error),
        _ => None,
    }
}
