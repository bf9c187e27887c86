//! Both sides of a connection, cut anywhere, with gaps, as HTTP reads them.
//!
//! Input: operations, each `op, length high, length low` and for bytes as many. Bit 0 of `op`: the side; bits 1 to 3:
//! 0 to 4 bytes of that side, 5 a gap of `length` bytes, 6 a gap of 2^`length`, 7 time passes.
//!
//! Whatever the verdicts are, each byte of a side is either HTTP's or handed back, once, in order; and where the
//! pieces are cut changes nothing.

use sockeye::base::{At, Backlog, Chunk, Gap, Part, Side, Sides, Timestamp, limits};
use sockeye::http::{Connection, Outcomes, Reason, Start, Verdict};

/// A side's bytes as runs of bytes and gaps.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Runs(Vec<Run>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Run {
    Bytes(Vec<u8>),
    Gap(u64),
}

#[derive(Debug, Clone, Copy)]
enum Op<'a> {
    Bytes(Side, &'a [u8]),
    Gap(Side, u64),
    Tick(u64),
}

/// What a connection came to, without what depends on cuts.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    client: Option<Side>,
    requests: Vec<(String, String, usize)>,
    statuses: Vec<u16>,
    starts: Sides<Option<u64>>,
    certain: Sides<Option<bool>>,
    reason: Option<Reason>,
    back: Sides<Runs>,
    refused: Vec<(String, u16)>,
}

/// Runs it.
pub fn run(input: &[u8]) {
    let ops = ops(input);
    let whole = talk(&ops, usize::MAX);
    // Held pieces are counted, and many small ones reach that cap.
    if input.len() < limits::HTTP_HELD_PARTS {
        let bytewise = talk(&ops, 1);
        assert_eq!(whole, bytewise);
    }
}

fn ops(mut input: &[u8]) -> Vec<Op<'_>> {
    let mut ops = Vec::new();
    let mut gaps = 0u64;
    while let Some(([op, high, low], rest)) = input.split_first_chunk() {
        input = rest;
        let side = if op & 1 == 0 { Side::A } else { Side::B };
        let length = u16::from_be_bytes([*high, *low]);
        // Positions in a stream are 64 bits long.
        let gap = if op & 0x0e == 10 { u64::from(length) } else { 1 << (length % 60) };
        ops.push(match op & 0x0e {
            14 => Op::Tick(u64::from(length)),
            10 | 12 if gaps.saturating_add(gap) > 1 << 62 => continue,
            10 | 12 => {
                gaps += gap;
                Op::Gap(side, gap)
            }
            _ => {
                let (bytes, rest) = input.split_at(usize::from(length).min(input.len()));
                input = rest;
                Op::Bytes(side, bytes)
            }
        });
    }
    ops
}

struct Talk {
    connection: Connection,
    outcome: Outcome,
    /// Where the bytes begin that were handed back.
    from: Sides<Option<u64>>,
    sent: Sides<Runs>,
    told: Outcomes,
}

fn talk(ops: &[Op<'_>], cut: usize) -> Outcome {
    let mut talk = Talk {
        connection: Connection::default(),
        outcome: Outcome::default(),
        from: Sides::default(),
        sent: Sides::default(),
        told: Outcomes::default(),
    };
    let mut at = At::default();
    for op in ops {
        at.packet += 1;
        at.time = Timestamp(at.time.0 + 1);
        match *op {
            Op::Bytes(side, bytes) => {
                for bytes in bytes.chunks(cut) {
                    talk.bytes(side, bytes, at);
                }
            }
            Op::Gap(side, len) => talk.gap(side, len, at),
            Op::Tick(packets) => {
                at.packet += packets;
                let verdict = talk.connection.tick(at, &mut talk.told);
                talk.take(verdict, None);
            }
        }
        assert!(talk.connection.oldest_pending().is_none_or(|oldest| oldest <= at.packet));
        // A piece may come on top of the cap before it is noticed.
        let caps = 2 * (limits::HTTP_HEAD_BYTES + limits::UPGRADE_PENDING_BYTES + 65_535)
            + 2 * (limits::HTTP_HELD_PARTS + 2) * 64;
        assert!(talk.connection.held_bytes() <= caps, "{} bytes held", talk.connection.held_bytes());
    }
    let verdict = talk.connection.finish(&mut talk.told);
    talk.take(verdict, None);
    talk.finish()
}

impl Talk {
    fn bytes(&mut self, side: Side, bytes: &[u8], at: At) {
        self.sent.get_mut(side).bytes(bytes);
        let verdict = match self.connection.wants(side) {
            true => self.connection.push(side, Chunk::made(bytes, at), &mut self.told),
            false => Verdict::Passed,
        };
        self.take(verdict, Some((side, bytes)));
    }

    fn gap(&mut self, side: Side, len: u64, at: At) {
        self.sent.get_mut(side).gap(len);
        let verdict = self.connection.gap(side, Gap { len, at, cut: false }, &mut self.told);
        if matches!(verdict, Verdict::Passed) {
            self.outcome.back.get_mut(side).gap(len);
        }
        self.take(verdict, None);
    }

    fn take(&mut self, verdict: Verdict, pushed: Option<(Side, &[u8])>) {
        let rest = match verdict {
            Verdict::Undecided => return,
            Verdict::Passed => 0,
            Verdict::WebSocket(upgrade) => {
                assert!(self.outcome.client.is_none_or(|client| client == upgrade.client));
                self.outcome.client = Some(upgrade.client);
                self.outcome.requests.extend(upgrade.request.map(|head| (head.method, head.target, head.fields.len())));
                self.outcome.statuses.extend(upgrade.response.map(|head| head.status));
                for side in [Side::A, Side::B] {
                    if let Some(Start { offset, certain }) = *upgrade.starts.get(side) {
                        self.starts(side, offset);
                        *self.outcome.certain.get_mut(side) = Some(certain);
                    }
                    self.held(side, upgrade.held.get(side));
                }
                upgrade.rest
            }
            Verdict::Other(other) => {
                self.outcome.reason = Some(other.reason);
                for side in [Side::A, Side::B] {
                    if self.from.get(side).is_none() {
                        self.starts(side, *other.starts.get(side));
                    }
                    self.held(side, other.held.get(side));
                }
                other.rest
            }
        };
        if let Some((side, bytes)) = pushed {
            assert!(rest <= bytes.len());
            self.outcome.back.get_mut(side).bytes(&bytes[rest..]);
        }
    }

    fn starts(&mut self, side: Side, offset: u64) {
        let from = self.from.get_mut(side);
        assert!(from.is_none(), "a side starts once");
        assert!(offset <= self.sent.get(side).len());
        *from = Some(offset);
    }

    fn held(&mut self, side: Side, held: &Backlog) {
        assert!(held.is_empty() || self.from.get(side).is_some(), "bytes came back that never started");
        for part in held.parts() {
            match part {
                Part::Bytes(chunk) => self.outcome.back.get_mut(side).bytes(chunk.bytes),
                Part::Gap(gap) => self.outcome.back.get_mut(side).gap(gap.len),
                Part::End { .. } | Part::Reset { .. } => panic!("ends are not held"),
            }
        }
    }

    /// What came back is what was sent from the start on.
    fn finish(mut self) -> Outcome {
        for side in [Side::A, Side::B] {
            match *self.from.get(side) {
                Some(from) => assert_eq!(*self.outcome.back.get(side), self.sent.get(side).from(from), "{side:?}"),
                None => assert_eq!(*self.outcome.back.get(side), Runs::default(), "{side:?}"),
            }
        }
        self.outcome.starts = self.from;
        self.outcome.refused =
            self.told.refused.into_iter().map(|refusal| (refusal.request.target, refusal.response.status)).collect();
        self.outcome
    }
}

impl Runs {
    fn bytes(&mut self, new: &[u8]) {
        match self.0.last_mut() {
            _ if new.is_empty() => {}
            Some(Run::Bytes(bytes)) => bytes.extend_from_slice(new),
            _ => self.0.push(Run::Bytes(new.to_vec())),
        }
    }

    fn gap(&mut self, new: u64) {
        match self.0.last_mut() {
            _ if new == 0 => {}
            Some(Run::Gap(len)) => *len += new,
            _ => self.0.push(Run::Gap(new)),
        }
    }

    fn len(&self) -> u64 {
        self.0.iter().map(Run::len).sum()
    }

    /// Without the first `skip` bytes.
    fn from(&self, mut skip: u64) -> Runs {
        let mut out = Runs::default();
        for run in &self.0 {
            let skipped = skip.min(run.len());
            skip -= skipped;
            match run {
                Run::Bytes(bytes) => out.bytes(&bytes[skipped as usize..]),
                Run::Gap(len) => out.gap(len - skipped),
            }
        }
        out
    }
}

impl Run {
    fn len(&self) -> u64 {
        match self {
            Run::Bytes(bytes) => bytes.len() as u64,
            Run::Gap(len) => *len,
        }
    }
}
