//! The table of frames: one row a frame, in columns.
//!
//! In: a [`Frame`] and its [`FramePlace`], numbered 1, 2, 3 … in this order (row = number - 1). Out: a [`FrameRow`]
//! for any number, put together from the columns. Nothing of the payload is kept.

mod columns;

pub use columns::{FrameBlock, Quantity, in_order, those};

use std::collections::BTreeMap;

use super::messages::{severity_bits, severity_from};
use super::packed::Packed;
use super::sockets::SocketColumn;
use crate::base::number::{narrow, wide};
use crate::base::{At, Direction, Hole, Severity, SocketId, Timestamp};
use crate::dissect::FramePlace;
use crate::websocket::{Frame, Framing, Header, LengthForm, Opcode};

/// What the index knows of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRow {
    /// 1-based.
    pub number: u64,
    /// Its socket.
    pub socket: SocketId,
    /// Who sent it.
    pub direction: Direction,
    /// Its first header byte, counted in its direction from the first byte after the HTTP head.
    pub offset: u64,
    /// Its header.
    pub header: Header,
    /// Bytes of the header on the wire.
    pub header_len: u8,
    /// How it stands on the wire.
    pub framing: Framing,
    /// The opcode of the message it belongs to, where that is known.
    pub message_opcode: Option<Opcode>,
    /// It belongs to a compressed message.
    pub compressed: bool,
    /// Where its first byte arrived.
    pub first: At,
    /// Where its last byte arrived.
    pub last: At,
    /// Its last byte was passed.
    pub ended: bool,
    /// It is the last frame of a data message.
    pub ends_message: bool,
    /// Payload bytes in the capture.
    pub captured: u64,
    /// The message it belongs to, once that has ended.
    pub message: Option<u64>,
    /// The gravest of its notes.
    pub severity: Option<Severity>,
}

impl FrameRow {
    /// The row of a frame that was just told.
    #[must_use]
    pub fn new(place: &FramePlace, frame: &Frame<'_>) -> FrameRow {
        FrameRow {
            number: place.number,
            socket: place.socket,
            direction: frame.direction,
            offset: frame.offset,
            header: frame.header,
            header_len: frame.header_len,
            framing: frame.framing,
            message_opcode: frame.message_opcode,
            compressed: frame.compressed,
            first: frame.first,
            last: frame.last,
            ended: frame.ended,
            ends_message: frame.ends_message,
            captured: frame.captured,
            message: place.message,
            severity: frame.notes.iter().map(crate::base::Note::severity).max(),
        }
    }

    /// The frame as far as its row knows it: without payload and notes.
    #[must_use]
    pub fn frame(&self) -> Frame<'static> {
        Frame {
            direction: self.direction,
            offset: self.offset,
            header: self.header,
            header_len: self.header_len,
            framing: self.framing,
            message_opcode: self.message_opcode,
            message_offset: None,
            compressed: self.compressed,
            first: self.first,
            last: self.last,
            ended: self.ended,
            ends_message: self.ends_message,
            message_follows: false,
            captured: self.captured,
            payload: &[],
            holes: &[],
            notes: &[],
        }
    }

    /// Payload bytes that the capture lacks.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.header.length.saturating_sub(self.captured)
    }

    /// Stream offset of the first payload byte.
    #[must_use]
    pub fn payload_offset(&self) -> u64 {
        self.offset.saturating_add(u64::from(self.header_len))
    }

    /// The capture or the connection ended inside its header: what is missing of it counts as zeros.
    #[must_use]
    pub fn has_cut_header(&self) -> bool {
        self.framing.is_rfc() && self.header_len < self.header.wire_len()
    }

    /// Bytes on the wire: header, payload, and in old drafts a byte that ends it.
    #[must_use]
    pub fn wire_len(&self) -> u64 {
        let trailer = if self.ended { self.framing.trailer_len() } else { 0 };
        u64::from(self.header_len).saturating_add(self.header.length).saturating_add(trailer.into())
    }

    /// It belongs to a data message (a control frame belongs to none; RFC 6455 section 5.5).
    #[must_use]
    pub fn is_data(&self) -> bool {
        !self.header.opcode.is_control()
    }
}

/// All frames.
#[derive(Debug, Default)]
pub struct Frames {
    time: Packed,
    /// Nanoseconds from first to last byte, zigzag: time may run backwards in a capture.
    duration: Packed,
    packet: Packed,
    /// Packets from first to last byte.
    packets: Packed,
    offset: Packed,
    length: Packed,
    key: Packed,
    socket: SocketColumn,
    /// 0 where there is none.
    message: Packed,
    flags: Packed,
    /// Where it is not the whole length.
    captured: BTreeMap<u64, u64>,
    holes: BTreeMap<u64, Box<[Hole]>>,
}

/// What stands in the columns of one row, besides its socket.
struct Cells {
    time: u64,
    duration: u64,
    packet: u64,
    packets: u64,
    offset: u64,
    length: u64,
    key: u64,
    message: u64,
    flags: u64,
}

impl Frames {
    /// Number of frames, and the number of the last one.
    #[must_use]
    pub fn count(&self) -> u64 {
        wide(self.flags.len())
    }

    /// Appends a row. Its number should be the next one; it is taken for that.
    pub(super) fn push(&mut self, row: &FrameRow, holes: &[Hole]) {
        let number = self.count() + 1;
        self.time.push(row.first.time.0.cast_unsigned());
        self.duration.push(zigzag(row.last.time.since(row.first.time)));
        self.packet.push(row.first.packet);
        self.packets.push(zigzag(row.last.packet.wrapping_sub(row.first.packet).cast_signed()));
        self.offset.push(row.offset);
        self.length.push(row.header.length);
        self.key.push(row.header.masking_key.map_or(0, |key| u64::from(u32::from_be_bytes(key))));
        self.socket.push(row.socket);
        self.message.push(row.message.unwrap_or(0));
        self.flags.push(Flags::of(row).0);
        if row.captured != row.header.length {
            self.captured.insert(number, row.captured);
        }
        if !holes.is_empty() {
            self.holes.insert(number, holes.into());
        }
    }

    /// The row of a frame.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<FrameRow> {
        let row = usize::try_from(number.checked_sub(1)?).ok()?;
        let cells = Cells {
            time: self.time.get(row)?,
            duration: self.duration.get(row)?,
            packet: self.packet.get(row)?,
            packets: self.packets.get(row)?,
            offset: self.offset.get(row)?,
            length: self.length.get(row)?,
            key: self.key.get(row)?,
            message: self.message.get(row)?,
            flags: self.flags.get(row)?,
        };
        Some(self.row(number, self.socket.get(row)?, &cells))
    }

    /// A row of what stands in the columns.
    fn row(&self, number: u64, socket: SocketId, cells: &Cells) -> FrameRow {
        let flags = Flags(cells.flags);
        let length = cells.length;
        let [.., a, b, c, d] = cells.key.to_be_bytes();
        let first = At { packet: cells.packet, time: Timestamp(cells.time.cast_signed()) };
        let last = At {
            packet: first.packet.wrapping_add(unzigzag(cells.packets).cast_unsigned()),
            time: Timestamp(first.time.0.saturating_add(unzigzag(cells.duration))),
        };
        FrameRow {
            number,
            socket,
            direction: flags.direction(),
            offset: cells.offset,
            header: Header {
                fin: flags.bit(7),
                rsv: flags.field(4, 3),
                opcode: Opcode::from_bits(flags.field(0, 4)),
                masking_key: flags.bit(8).then_some([a, b, c, d]),
                length,
                form: flags.form(),
            },
            header_len: flags.field(16, 8),
            framing: flags.framing(),
            message_opcode: flags.bit(24).then(|| Opcode::from_bits(flags.field(25, 4))),
            compressed: flags.bit(12),
            first,
            last,
            ended: flags.bit(13),
            ends_message: flags.bit(14),
            captured: self.captured.get(&number).copied().unwrap_or(length),
            message: (cells.message != 0).then_some(cells.message),
            severity: flags.severity(),
        }
    }

    /// The number of the message that a frame ends, where that is known: the frame's flags say that it ends one.
    #[must_use]
    pub fn message_ended(&self, number: u64) -> Option<u64> {
        let row = usize::try_from(number.checked_sub(1)?).ok()?;
        self.flags.get(row).map(Flags).filter(|flags| flags.bit(14))?;
        self.message.get(row).filter(|message| *message != 0)
    }

    /// Where bytes of a frame's payload are missing.
    #[must_use]
    pub fn holes(&self, number: u64) -> &[Hole] {
        self.holes.get(&number).map_or(&[], |holes| holes)
    }

    pub(super) fn set_message(&mut self, number: u64, message: u64) {
        if let Some(row) = number.checked_sub(1).map(narrow) {
            self.message.set(row, message);
        }
    }

    /// Raises the severity a frame is shown with, for a note that comes after it.
    pub(super) fn raise(&mut self, number: u64, severity: Severity) {
        let Some(row) = number.checked_sub(1).map(narrow) else { return };
        if let Some(flags) = self.flags.get(row).map(Flags)
            && flags.severity() < Some(severity)
        {
            self.flags.set(row, flags.with_severity(Some(severity)).0);
        }
    }

    pub(super) fn memory(&self) -> usize {
        let columns = [
            &self.time,
            &self.duration,
            &self.packet,
            &self.packets,
            &self.offset,
            &self.length,
            &self.key,
            self.socket.packed(),
            &self.message,
            &self.flags,
        ];
        // A B-tree node of 11 entries is at least half full: twice the entries is the most it takes.
        let holes: usize = self.holes.values().map(|holes| size_of_val(&**holes)).sum();
        columns.iter().map(|column| column.memory()).sum::<usize>()
            + self.socket.table_memory()
            + (self.captured.len() * 16 + self.holes.len() * 24) * 2
            + holes
    }
}

/// Everything about a frame that is a bit or a few: byte 0 of the header in bits 0 to 7, then bits of our own.
#[derive(Clone, Copy)]
struct Flags(u64);

impl Flags {
    fn of(row: &FrameRow) -> Flags {
        let header = &row.header;
        let form = match header.form {
            LengthForm::Bits7 => 0,
            LengthForm::Bits16 => 1,
            LengthForm::Bits64 => 2,
        };
        let framing = (0u64..).zip(Framing::ALL).find(|(_, framing)| *framing == row.framing).map_or(0, |(at, _)| at);
        let opcode = row.message_opcode.map_or(0, |opcode| 1 | u64::from(opcode.bits()) << 1);
        Flags(
            u64::from(header.opcode.bits())
                | u64::from(header.rsv & 7) << 4
                | u64::from(header.fin) << 7
                | u64::from(header.masking_key.is_some()) << 8
                | u64::from(row.direction == Direction::Server) << 9
                | form << 10
                | u64::from(row.compressed) << 12
                | u64::from(row.ended) << 13
                | u64::from(row.ends_message) << 14
                | u64::from(row.header_len) << 16
                | opcode << 24
                | framing << 32,
        )
        .with_severity(row.severity)
    }

    fn bit(self, at: u32) -> bool {
        self.0 >> at & 1 == 1
    }

    fn field(self, at: u32, bits: u32) -> u8 {
        let [field, ..] = (self.0 >> at & ((1 << bits) - 1)).to_le_bytes();
        field
    }

    fn direction(self) -> Direction {
        if self.bit(9) { Direction::Server } else { Direction::Client }
    }

    fn form(self) -> LengthForm {
        match self.field(10, 2) {
            0 => LengthForm::Bits7,
            1 => LengthForm::Bits16,
            _ => LengthForm::Bits64,
        }
    }

    fn framing(self) -> Framing {
        Framing::ALL.get(usize::from(self.field(32, 3))).copied().unwrap_or_default()
    }

    fn severity(self) -> Option<Severity> {
        severity_from(u64::from(self.field(29, 3)))
    }

    fn with_severity(self, severity: Option<Severity>) -> Flags {
        Flags(self.0 & !(7 << 29) | severity_bits(severity) << 29)
    }
}

/// Small magnitudes of either sign become small numbers.
fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ConnectionId, StreamId};
    use proptest::prelude::*;

    fn any_row() -> impl Strategy<Value = FrameRow> {
        let header = (any::<bool>(), 0u8..8, 0u8..16, any::<Option<[u8; 4]>>(), any::<u64>(), 0u8..3).prop_map(
            |(fin, rsv, opcode, masking_key, length, form)| Header {
                fin,
                rsv,
                opcode: Opcode::from_bits(opcode),
                masking_key,
                length,
                form: [LengthForm::Bits7, LengthForm::Bits16, LengthForm::Bits64][usize::from(form)],
            },
        );
        let opcode = proptest::option::of(0u8..16);
        let framing = proptest::sample::select(Framing::ALL.to_vec());
        let place = ((any::<u32>(), any::<Option<u64>>()), any::<bool>(), any::<u64>(), any::<u8>(), opcode, framing);
        let flags = (any::<[bool; 3]>(), any::<u64>(), any::<u32>(), any::<[i64; 2]>(), any::<[u32; 2]>(), 0usize..5);
        (header, place, flags).prop_map(|(header, place, flags)| {
            let ((connection, stream), server, offset, header_len, opcode, framing) = place;
            let ([compressed, ended, ends_message], captured, message, times, packets, severity) = flags;
            let first = At { packet: u64::from(packets[0]), time: Timestamp(times[0] / 4) };
            let last = At { packet: u64::from(packets[1]), time: Timestamp(times[1] / 4) };
            FrameRow {
                number: 1,
                socket: SocketId { stream: stream.map(StreamId), ..ConnectionId(connection).into() },
                direction: if server { Direction::Server } else { Direction::Client },
                offset,
                header,
                header_len,
                framing,
                message_opcode: opcode.map(Opcode::from_bits),
                compressed,
                first,
                last,
                ended,
                ends_message,
                captured: if ended { header.length } else { captured },
                message: (message != 0).then_some(u64::from(message)),
                severity: [
                    None,
                    Some(Severity::Chat),
                    Some(Severity::Note),
                    Some(Severity::Warning),
                    Some(Severity::Error),
                ][severity],
            }
        })
    }

    proptest! {
        #[test]
        fn a_row_comes_back_as_it_went_in(mut rows in proptest::collection::vec(any_row(), 1..300)) {
            let mut frames = Frames::default();
            for (number, row) in (1u64..).zip(rows.iter_mut()) {
                row.number = number;
                frames.push(row, &[]);
            }
            for row in &rows {
                prop_assert_eq!(frames.get(row.number), Some(*row));
            }
            columns::tests::say_what_rows_say(&frames, &rows)?;
            prop_assert_eq!(frames.get(0), None);
            prop_assert_eq!(frames.get(frames.count() + 1), None);
        }
    }
}
