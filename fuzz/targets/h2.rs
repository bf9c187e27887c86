//! Both sides of an HTTP/2 connection, cut anywhere, with gaps.
//!
//! Input: a byte of which bit 0 says that the beginning is not there, bits 1 to 7 how small the pieces are; then operations
//! (targets/ops.rs). Where nothing is missing, cuts change nothing. Data come once, in order, and never more than there were.

use sockeye::base::{At, Chunk, Gap, Part, Side, Sides, limits};
use sockeye::http::h2::{Connection, Head, Told};

use super::ops::{Op, bytes_of, is_whole, ops};

/// What was told, data that follow one another put together.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    lines: Vec<String>,
    /// The stream and side of the last line, where that is of data, and the data.
    data: Option<(u32, Side, Vec<u8>)>,
    total: Sides<u64>,
}

/// Runs it.
pub fn run(input: &[u8]) {
    let Some((settings, rest)) = input.split_first() else { return };
    let ops = ops(rest);
    let (is_late, size) = (settings & 1 != 0, usize::from(settings >> 1).max(1));
    let (whole, pieces) = (talk(&ops, is_late, usize::MAX), talk(&ops, is_late, size));
    if is_whole(&ops) && !is_late {
        assert_eq!(whole, pieces);
    }
}

fn talk(ops: &[Op<'_>], is_late: bool, size: usize) -> (Vec<String>, String) {
    let mut connection = if is_late { Connection::joined(Side::A) } else { Connection::new(Side::A) };
    let mut heard = Heard::default();
    let mut at = At::default();
    for op in ops {
        at.packet += 1;
        match *op {
            Op::Bytes(side, bytes) => {
                for piece in bytes.chunks(size) {
                    connection.push(side, Part::Bytes(Chunk::made(piece, at)), |told| heard.hear(&told));
                }
            }
            Op::Gap(side, len) => {
                connection.push(side, Part::Gap(Gap { len, at, cut: false }), |told| heard.hear(&told))
            }
            Op::Other(side, _) => connection.push(side, Part::End { at }, |told| heard.hear(&told)),
        }
        assert!(connection.oldest().is_none_or(|oldest| oldest <= at));
        // Two ways: a frame or a block, and a table.
        let caps =
            2 * (4 * limits::HTTP2_FRAME_BYTES + usize::try_from(limits::HPACK_TABLE_BYTES).unwrap()) + (1 << 20);
        assert!(connection.memory() <= caps, "{} bytes held", connection.memory());
    }
    for side in Side::BOTH {
        let gaps = ops.iter().filter_map(|op| match op {
            Op::Gap(its, len) if *its == side => Some(*len),
            _ => None,
        });
        // Of a frame that lies in a gap its length is told, which may be more than the gap's.
        let most = bytes_of(ops, side).len() as u64 + gaps.map(|len| len + (1 << 24)).sum::<u64>();
        assert!(*heard.total.get(side) <= most);
    }
    let facts = connection.facts();
    heard.end_data();
    (heard.lines, format!("{facts:?}"))
}

impl Heard {
    fn hear(&mut self, told: &Told<'_>) {
        if let Told::Data { stream, side, part } = told {
            *self.total.get_mut(*side) += part.len();
            let Part::Bytes(chunk) = part else {
                self.end_data();
                return self.lines.push(format!("gap {stream} {side:?} {}", part.len()));
            };
            match &mut self.data {
                Some((its, of, data)) if (*its, *of) == (*stream, *side) => data.extend_from_slice(chunk.bytes),
                _ => {
                    self.end_data();
                    self.data = Some((*stream, *side, chunk.bytes.to_vec()));
                }
            }
            return;
        }
        self.end_data();
        self.lines.push(match told {
            Told::Request { stream, head, at } => format!("request {stream} {} {}", said(head), at.packet),
            Told::Response { stream, head, at } => format!("response {stream} {} {}", said(head), at.packet),
            other => format!("{other:?}"),
        });
    }

    fn end_data(&mut self) {
        if let Some((stream, side, data)) = self.data.take() {
            self.lines.push(format!("data {stream} {side:?} {data:?}"));
        }
    }
}

fn said(head: &Head) -> String {
    let mut end = 0;
    let mut said = String::new();
    for field in &head.fields {
        assert!(field.span.start >= end && field.span.end > field.span.start, "fields follow one on the other");
        end = field.span.end;
        said.push_str(&format!("{:?} {:?} {:?}; ", field.name, field.value, field.form));
    }
    format!("{said}{:?} {}", head.status(), head.is_websocket())
}
