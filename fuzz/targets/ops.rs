//! Both sides of a connection as an input has them.
//!
//! Operations, each `op, length high, length low` and for bytes as many. Bit 0 of `op`: the side; bits 1 to 3: 0 to 4 bytes of
//! that side, 5 a gap of `length` bytes, 6 and 7 something that the target names.

use sockeye::base::Side;

/// One of them.
#[derive(Debug, Clone, Copy)]
pub enum Op<'a> {
    /// Bytes of a side.
    Bytes(Side, &'a [u8]),
    /// A gap in them, of one byte or more.
    Gap(Side, u64),
    /// Something else.
    Other(Side, u16),
}

/// Reads an input.
pub fn ops(mut input: &[u8]) -> Vec<Op<'_>> {
    let mut ops = Vec::new();
    while let Some(([op, high, low], rest)) = input.split_first_chunk() {
        input = rest;
        let side = if op & 1 == 0 { Side::A } else { Side::B };
        let length = u16::from_be_bytes([*high, *low]);
        ops.push(match op >> 1 & 7 {
            5 => Op::Gap(side, u64::from(length.max(1))),
            6 | 7 => Op::Other(side, length),
            _ => {
                let (bytes, rest) = input.split_at(usize::from(length).min(input.len()));
                input = rest;
                Op::Bytes(side, bytes)
            }
        });
    }
    ops
}

/// All bytes of a side, gaps left out.
pub fn bytes_of(ops: &[Op<'_>], wanted: Side) -> Vec<u8> {
    let bytes = ops.iter().filter_map(|op| match op {
        Op::Bytes(side, bytes) if *side == wanted => Some(*bytes),
        _ => None,
    });
    bytes.flatten().copied().collect()
}

/// Nothing is missing.
pub fn is_whole(ops: &[Op<'_>]) -> bool {
    !ops.iter().any(|op| matches!(op, Op::Gap(..)))
}
