//! Frames a block at a time, for whoever goes through all of them.
//!
//! In: the number of a block of [`BLOCK`] frames, and a [`Quantity`]. Out: that quantity of each, straight from the packed
//! columns, and which of the frames have it, a bit each; no row is put together. [`FrameBlock`] puts rows together where they
//! are needed, of columns that were unpacked once for all of a block.

use super::super::packed::{BLOCK, Lane, Packed};
use super::{Cells, Flags, FrameRow, Frames, unzigzag};
use crate::base::Direction;
use crate::base::number::{narrow, wide};

/// A number that each frame has, or some have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// FIN bit.
    Fin,
    /// The three reserved bits.
    Rsv,
    /// RSV1 bit.
    Rsv1,
    /// RSV2 bit.
    Rsv2,
    /// RSV3 bit.
    Rsv3,
    /// Opcode.
    Opcode,
    /// MASK bit.
    Mask,
    /// A control frame.
    Control,
    /// It belongs to a compressed message.
    Compressed,
    /// It ends a data message.
    EndsMessage,
    /// How grave its notes are, of frames that have some.
    Severity,
    /// The length as the seven bits have it.
    Length7,
    /// Where it stands in 16 bits.
    Length16,
    /// Where it stands in 64 bits.
    Length64,
    /// Payload bytes.
    Length,
    /// Bytes of the header.
    HeaderLength,
    /// Payload bytes in the capture.
    Captured,
    /// Payload bytes that the capture lacks.
    Missing,
    /// Stream offset.
    Offset,
    /// Number of the frame.
    Number,
    /// Packet of the first byte.
    FirstPacket,
    /// Packet of the last byte.
    LastPacket,
    /// Time of the first byte, [`in_order`].
    FirstTime,
    /// Time of the last byte, [`in_order`].
    LastTime,
    /// Time from the first byte to the last, [`in_order`].
    Took,
    /// Number of its message.
    Message,
    /// Socket and direction: the same number for all that one side of a socket sent, and for nothing else.
    Side,
}

/// A number of either sign as one that is never negative, in the same order.
#[must_use]
pub fn in_order(number: i64) -> u64 {
    number.cast_unsigned() ^ 1 << 63
}

/// As many bits as there are rows.
fn first(rows: usize) -> u128 {
    if rows >= BLOCK { u128::MAX } else { (1 << rows) - 1 }
}

/// The bits of the rows whose value is so.
#[inline]
pub fn those(lane: &Lane, is: impl Fn(u64) -> bool) -> u128 {
    let (low, high) = lane.split_at(BLOCK / 2);
    let bits = |half: &[u64]| half.iter().rev().fold(0_u64, |bits, value| bits << 1 | u64::from(is(*value)));
    u128::from(bits(high)) << 64 | u128::from(bits(low))
}

impl Frames {
    /// A quantity of the frames of a block; which of them have it.
    pub fn quantity(&self, quantity: Quantity, block: usize, lane: &mut Lane) -> u128 {
        match quantity {
            Quantity::Length => first(self.length.block(block, lane)),
            Quantity::Offset => first(self.offset.block(block, lane)),
            Quantity::FirstPacket => first(self.packet.block(block, lane)),
            Quantity::Number => {
                let rows = self.flags.block(block, lane);
                (1 + wide(block * BLOCK)..).zip(lane.iter_mut()).for_each(|(number, value)| *value = number);
                first(rows)
            }
            Quantity::Captured | Quantity::Missing => self.captured_of(block, quantity == Quantity::Missing, lane),
            Quantity::LastPacket => self.with(&self.packet, &self.packets, block, lane, |first, more| {
                first.wrapping_add(unzigzag(more).cast_unsigned())
            }),
            Quantity::FirstTime => self.changed(&self.time, block, lane, |time| in_order(time.cast_signed())),
            Quantity::LastTime => self.with(&self.time, &self.duration, block, lane, |time, more| {
                in_order(time.cast_signed().saturating_add(unzigzag(more)))
            }),
            // As the two times of a row differ: the last saturates.
            Quantity::Took => self.with(&self.time, &self.duration, block, lane, |time, more| {
                let last = time.cast_signed().saturating_add(unzigzag(more));
                in_order(last.saturating_sub(time.cast_signed()))
            }),
            Quantity::Message => {
                let rows = first(self.message.block(block, lane));
                rows & those(lane, |message| message != 0)
            }
            Quantity::Side => self.with(self.socket.packed(), &self.flags, block, lane, |socket, flags| {
                socket << 1 | u64::from(Flags(flags).direction() == Direction::Server)
            }),
            Quantity::Length7 => {
                self.with(&self.length, &self.flags, block, lane, |length, flags| match Flags(flags).field(10, 2) {
                    0 => length,
                    1 => 126,
                    _ => 127,
                })
            }
            Quantity::Length16 | Quantity::Length64 => {
                let form = if quantity == Quantity::Length16 { 1 } else { 2 };
                let rows = first(self.flags.block(block, lane));
                let there = rows & those(lane, |flags| Flags(flags).field(10, 2) == form);
                self.length.block(block, lane);
                there
            }
            Quantity::Severity => {
                self.changed(&self.flags, block, lane, |flags| flags >> 29 & 7);
                those(lane, |severity| severity != 0)
            }
            flag => self.flag(flag, block, lane),
        }
    }

    /// What is a bit or a few of the flags.
    fn flag(&self, quantity: Quantity, block: usize, lane: &mut Lane) -> u128 {
        let (at, width) = match quantity {
            Quantity::Fin => (7, 1),
            Quantity::Rsv => (4, 3),
            Quantity::Rsv1 => (6, 1),
            Quantity::Rsv2 => (5, 1),
            Quantity::Rsv3 => (4, 1),
            Quantity::Control => (3, 1),
            Quantity::Mask => (8, 1),
            Quantity::Compressed => (12, 1),
            Quantity::EndsMessage => (14, 1),
            Quantity::HeaderLength => (16, 8),
            _ => (0, 4),
        };
        self.changed(&self.flags, block, lane, |flags| flags >> at & ((1 << width) - 1))
    }

    /// A column, each value changed.
    fn changed(&self, column: &Packed, block: usize, lane: &mut Lane, change: impl Fn(u64) -> u64) -> u128 {
        let rows = first(column.block(block, lane));
        lane.iter_mut().for_each(|value| *value = change(*value));
        rows
    }

    /// What two columns come to.
    fn with(&self, a: &Packed, b: &Packed, block: usize, lane: &mut Lane, join: impl Fn(u64, u64) -> u64) -> u128 {
        let mut other = [0; BLOCK];
        b.block(block, &mut other);
        let rows = first(a.block(block, lane));
        lane.iter_mut().zip(other).for_each(|(a, b)| *a = join(*a, b));
        rows
    }

    /// Few frames lack anything: those that do are listed.
    fn captured_of(&self, block: usize, missing: bool, lane: &mut Lane) -> u128 {
        let rows = first(self.length.block(block, lane));
        let before = wide(block * BLOCK);
        let exceptions = self.captured.range(before + 1..=before + wide(BLOCK));
        let exceptions = exceptions.filter_map(|(number, captured)| {
            let at = narrow(number - before - 1);
            lane.get(at).map(|length| (at, if missing { length.saturating_sub(*captured) } else { *captured }))
        });
        let exceptions: Vec<(usize, u64)> = exceptions.collect();
        if missing {
            lane.fill(0);
        }
        for (at, value) in exceptions {
            if let Some(to) = lane.get_mut(at) {
                *to = value;
            }
        }
        rows
    }
}

/// Columns of a row, with its socket's.
const COLUMNS: usize = 10;

/// The rows of one block, put together of columns that were unpacked at once.
#[derive(Debug)]
pub struct FrameBlock {
    /// Number of the block.
    block: Option<usize>,
    lanes: Box<[Lane; COLUMNS]>,
}

impl Default for FrameBlock {
    fn default() -> FrameBlock {
        FrameBlock { block: None, lanes: Box::new([[0; BLOCK]; COLUMNS]) }
    }
}

impl FrameBlock {
    /// Forgets what was unpacked: the table may have changed.
    pub fn forget(&mut self) {
        self.block = None;
    }

    /// A row of a block, 0-based. It must exist.
    pub fn row(&mut self, frames: &Frames, block: usize, row: usize) -> Option<FrameRow> {
        if self.block != Some(block) {
            self.unpack(frames, block);
        }
        let [time, duration, packet, packets, offset, length, key, message, flags, socket] = &*self.lanes;
        let cells = Cells {
            time: *time.get(row)?,
            duration: *duration.get(row)?,
            packet: *packet.get(row)?,
            packets: *packets.get(row)?,
            offset: *offset.get(row)?,
            length: *length.get(row)?,
            key: *key.get(row)?,
            message: *message.get(row)?,
            flags: *flags.get(row)?,
        };
        let number = 1 + wide(block * BLOCK + row);
        Some(frames.row(number, frames.socket.named(*socket.get(row)?)?, &cells))
    }

    fn unpack(&mut self, frames: &Frames, block: usize) {
        let columns = [
            &frames.time,
            &frames.duration,
            &frames.packet,
            &frames.packets,
            &frames.offset,
            &frames.length,
            &frames.key,
            &frames.message,
            &frames.flags,
            frames.socket.packed(),
        ];
        for (column, lane) in columns.into_iter().zip(self.lanes.iter_mut()) {
            column.block(block, lane);
        }
        self.block = Some(block);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::TestCaseError;

    use super::*;
    use crate::websocket::LengthForm;

    /// What a row says of itself.
    fn said(row: &FrameRow, quantity: Quantity) -> Option<u64> {
        let header = &row.header;
        let form = |form| (header.form == form).then_some(header.length);
        let bit = |bit: u8| u64::from(header.rsv >> bit & 1);
        Some(match quantity {
            Quantity::Fin => header.fin.into(),
            Quantity::Rsv => header.rsv.into(),
            Quantity::Rsv1 => bit(2),
            Quantity::Rsv2 => bit(1),
            Quantity::Rsv3 => bit(0),
            Quantity::Opcode => header.opcode.bits().into(),
            Quantity::Mask => header.masking_key.is_some().into(),
            Quantity::Control => header.opcode.is_control().into(),
            Quantity::Compressed => row.compressed.into(),
            Quantity::EndsMessage => row.ends_message.into(),
            Quantity::Severity => row.severity? as u64 + 1,
            Quantity::Length7 => match header.form {
                LengthForm::Bits7 => header.length,
                LengthForm::Bits16 => 126,
                LengthForm::Bits64 => 127,
            },
            Quantity::Length16 => form(LengthForm::Bits16)?,
            Quantity::Length64 => form(LengthForm::Bits64)?,
            Quantity::Length => header.length,
            Quantity::HeaderLength => row.header_len.into(),
            Quantity::Captured => row.captured,
            Quantity::Missing => row.missing(),
            Quantity::Offset => row.offset,
            Quantity::Number => row.number,
            Quantity::FirstPacket => row.first.packet,
            Quantity::LastPacket => row.last.packet,
            Quantity::FirstTime => in_order(row.first.time.0),
            Quantity::LastTime => in_order(row.last.time.0),
            Quantity::Took => in_order(row.last.time.since(row.first.time)),
            Quantity::Message => row.message?,
            Quantity::Side => return None,
        })
    }

    pub(in crate::trace::frames) fn say_what_rows_say(frames: &Frames, rows: &[FrameRow]) -> Result<(), TestCaseError> {
        use Quantity::*;
        let all = [
            Fin,
            Rsv,
            Rsv1,
            Rsv2,
            Rsv3,
            Opcode,
            Mask,
            Control,
            Compressed,
            EndsMessage,
            Severity,
            Length7,
            Length16,
            Length64,
            Length,
            HeaderLength,
            Captured,
            Missing,
            Offset,
            Number,
            FirstPacket,
            LastPacket,
            FirstTime,
            LastTime,
            Took,
            Message,
        ];
        let (mut lane, mut whole) = ([0; BLOCK], FrameBlock::default());
        for (block, rows) in rows.chunks(BLOCK).enumerate() {
            for quantity in all {
                let there = frames.quantity(quantity, block, &mut lane);
                for (at, row) in rows.iter().enumerate() {
                    let value = (there >> at & 1 == 1).then_some(lane[at]);
                    prop_assert_eq!(value, said(row, quantity), "{:?}", quantity);
                }
                prop_assert!(rows.len() == BLOCK || there >> rows.len() == 0);
            }
            frames.quantity(Side, block, &mut lane);
            for (at, row) in rows.iter().enumerate() {
                prop_assert_eq!(whole.row(frames, block, at), Some(*row));
                for (other, same) in rows.iter().zip(lane) {
                    let side = |row: &FrameRow| (row.socket, row.direction);
                    prop_assert_eq!(lane[at] == same, side(row) == side(other));
                }
            }
        }
        prop_assert_eq!(frames.quantity(Opcode, rows.len() / BLOCK + 1, &mut lane), 0);
        Ok(())
    }

    proptest! {
        #[test]
        fn numbers_of_either_sign_keep_their_order(a in any::<i64>(), b in any::<i64>()) {
            prop_assert_eq!(in_order(a).cmp(&in_order(b)), a.cmp(&b));
        }
    }
}
