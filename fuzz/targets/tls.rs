//! Both sides of a TLS connection, cut anywhere, with gaps, opened with keys that are always the same.
//!
//! Input: a byte of which bit 0 says that the keys are known from the start, bits 1 to 7 how small the pieces are; then
//! operations (targets/ops.rs), of which the last kind makes the keys known. What comes out of whole records does not
//! depend on how they are cut. Where records have to be looked for it may depend on that which are found; what is in
//! them does not.

use std::collections::BTreeMap;

use sockeye::base::{At, Chunk, Gap, Part, Side, Sides, Timestamp, limits};
use sockeye::tls::record::{HEADER, Header};
use sockeye::tls::{Connection, KeyLog, Told, Work};

use super::ops::{Op, bytes_of, is_whole, ops};

/// The secrets of the connections that the seeds are made of.
const KEYS: &[u8] = include_bytes!("tls.keys");

/// What was told of a side.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    lines: Vec<String>,
    /// Content by where its record begins.
    plain: BTreeMap<u64, Vec<u8>>,
}

/// Runs it.
pub fn run(input: &[u8]) {
    let Some((settings, rest)) = input.split_first() else { return };
    let ops = ops(rest);
    let (known, size) = (settings & 1 != 0, usize::from(settings >> 1).max(1));
    let (whole, facts) = talk(&ops, known, usize::MAX);
    let (pieces, facts_of_pieces) = talk(&ops, known, size);
    if is_whole(&ops) && Side::BOTH.iter().all(|side| is_clean(&bytes_of(&ops, *side))) {
        assert_eq!(whole, pieces);
        assert_eq!(facts, facts_of_pieces);
    }
    for side in Side::BOTH {
        let other = &pieces.get(side).plain;
        for (offset, content) in &whole.get(side).plain {
            assert!(other.get(offset).is_none_or(|other| other == content), "the record at {offset} of {side:?}");
        }
    }
}

/// Nothing but records, the last of which may lack its end.
fn is_clean(mut bytes: &[u8]) -> bool {
    while bytes.len() >= HEADER {
        let Some(header) = Header::parse(bytes) else { return false };
        bytes = bytes.get(header.record_len()..).unwrap_or_default();
    }
    true
}

fn talk(ops: &[Op<'_>], known: bool, size: usize) -> (Sides<Heard>, String) {
    let mut keys = KeyLog::default();
    if known {
        keys.push(KEYS);
    }
    let (mut connection, mut heard, mut buffer) = (Connection::default(), Sides::<Heard>::default(), Vec::new());
    let mut at = At::default();
    for op in ops {
        at.packet += 1;
        at.time = Timestamp(at.time.0 + 1);
        if let Op::Other(..) = op {
            keys.push(KEYS);
        }
        let mut work = Work {
            keys: &keys,
            may_come: true,
            has_room: true,
            buffer: &mut buffer,
            tell: |side, told: Told<'_>| hear(heard.get_mut(side), &told),
        };
        match *op {
            Op::Bytes(side, bytes) => {
                for piece in bytes.chunks(size) {
                    connection.push(side, Part::Bytes(Chunk::made(piece, at)), &mut work);
                }
            }
            Op::Gap(side, len) => connection.push(side, Part::Gap(Gap { len, at, cut: false }), &mut work),
            Op::Other(..) => connection.look_for_keys(&mut work),
        }
        assert!(connection.oldest_waiting().is_none_or(|oldest| oldest <= at));
        // A vector may have room for twice what it holds, and one record comes before the cap is looked at.
        let caps = limits::TLS_WAITING_BYTES + 2 * 20_000 + 2 * (2 * 3 * limits::TLS_MESSAGE_BYTES + 4 * 70_000);
        assert!(connection.memory() <= caps, "{} bytes held", connection.memory());
    }
    connection.finish();
    assert!(connection.oldest_waiting().is_none() && connection.waiting_bytes() == 0);
    let facts = connection.facts();
    let told = facts.opened + facts.closed;
    let lines: usize = Side::BOTH.iter().map(|side| heard.get(*side).lines.len()).sum();
    // A sealed record is opened or not, and of one at most an alert, data, and what is missing before them are told.
    assert!(lines as u64 <= 2 * told + ops.len() as u64 * 70_000);
    (heard, format!("{facts:?}"))
}

fn hear(heard: &mut Heard, told: &Told<'_>) {
    heard.lines.push(match told {
        Told::Plain(plain) => {
            let before = heard.plain.insert(plain.offset, plain.bytes.to_vec());
            assert!(before.is_none(), "a record comes once");
            assert!(plain.first <= plain.last && plain.bytes.len() as u64 + HEADER as u64 <= plain.record_len);
            let (offset, len, generation) = (plain.offset, plain.bytes.len(), plain.key.generation);
            format!("{offset} {len} {generation:?} {} {}", plain.first.packet, plain.last.packet)
        }
        Told::Missing { bytes, at } => format!("missing {bytes} {}", at.packet),
        Told::Unopened { at } => format!("unopened {}", at.packet),
        Told::Alert { level, description, at } => format!("alert {level} {description} {}", at.packet),
    });
}
