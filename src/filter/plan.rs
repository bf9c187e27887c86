//! How a filter is decided on blocks of rows of the index: what columns can say is asked of columns, all rows of a block at
//! once; what a connection says is asked once for each side of it; and only what is still open then is read back, a row at a
//! time.
//!
//! In: a compiled test, and which frames of a block are still in question. Out: those of them it is true of, a bit each: the
//! same as the test says of each by itself. What a row has no value for is not there, as everywhere.

mod gate;

use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::HashMap;

use super::row::FieldUse;
use super::test::{Operand, Test};
use super::traced::{Reader, Reading};
use super::tree::Comparison;
use super::value::Value;
use crate::base::number::wide;
use crate::fields::display::{Level, Source, Term};
use crate::trace::{BLOCK, Bytes, Quantity, in_order, those};

/// Rows of a block from which on to unpack all of it costs less than to look up each.
const MANY: u32 = 16;

/// Where rows are decided on.
#[derive(Clone, Copy)]
pub(super) struct Place<'b> {
    pub(super) bytes: Bytes<'b>,
    /// The block of frames.
    pub(super) block: usize,
    /// Nobody wants to know any more: what is decided now does not count.
    pub(super) stop: &'b AtomicBool,
}

impl Place<'_> {
    /// The number of a frame of the block.
    pub(super) fn frame(&self, row: usize) -> u64 {
        1 + wide(self.block * BLOCK + row)
    }
}

/// What is asked, and of what.
pub(super) enum Plan {
    /// It is true of every frame.
    All,
    /// A column: numbers inside of ranges, or outside of all of them. A frame without the number is neither.
    Column {
        quantity: Quantity,
        since_start: bool,
        inside: bool,
        ranges: Box<[(u64, u64)]>,
    },
    /// A number of the message that the frame ends.
    Message {
        term: Term,
        inside: bool,
        ranges: Box<[(u64, u64)]>,
    },
    /// What all frames of a side of a connection have in common.
    Side(Box<Side>),
    /// What is read back for each frame.
    Row(Box<Single>),
    And(Vec<Plan>),
    Or(Vec<Plan>),
    Xor(Vec<Plan>),
    Not(Box<Plan>),
}

/// A test that says the same of all that a side of a connection sent.
pub(super) struct Side {
    test: Test,
    reading: Reading,
    /// What it said, as long as nothing new was told of connections.
    known: HashMap<u64, bool>,
    changes: u64,
}

/// A test on one frame after the other.
pub(super) struct Single {
    test: Test,
    reading: Reading,
    /// What must be true of a frame for the test to be.
    gate: Option<Plan>,
}

/// How several are joined.
#[derive(Clone, Copy)]
enum Joint {
    And,
    Or,
    Xor,
}

impl Plan {
    /// How a test is decided.
    pub(super) fn of(test: &Test) -> Plan {
        match test {
            Test::And(tests) => join(Joint::And, tests.iter().map(Plan::of)),
            Test::Or(tests) => join(Joint::Or, tests.iter().map(Plan::of)),
            Test::Xor(tests) => join(Joint::Xor, tests.iter().map(Plan::of)),
            Test::Not(test) => Plan::Not(Box::new(Plan::of(test))),
            Test::Frame => Plan::All,
            _ => column(test).unwrap_or_else(|| Plan::leaf(test.clone())),
        }
    }

    fn leaf(test: Test) -> Plan {
        let looks = test.looks();
        let reading = Reading::of(&looks);
        if looks.names.iter().all(|name| matches!(name.level, Level::Connection | Level::Closed)) {
            return Plan::Side(Box::new(Side { test, reading, known: HashMap::new(), changes: 0 }));
        }
        let gate = gate::necessary(&test);
        Plan::Row(Box::new(Single { test, reading, gate }))
    }

    /// What it costs a row, in the unit of [`Test::cost`].
    fn cost(&self) -> u32 {
        let sum = |plans: &[Plan]| plans.iter().fold(0_u32, |sum, plan| sum.saturating_add(plan.cost()));
        match self {
            Plan::All => 0,
            Plan::Column { .. } => 1,
            Plan::Side(_) => 2,
            Plan::Message { .. } => 8,
            Plan::Row(single) => single.test.cost().saturating_add(20),
            Plan::And(plans) | Plan::Or(plans) | Plan::Xor(plans) => sum(plans),
            Plan::Not(plan) => plan.cost(),
        }
    }

    /// Those of the frames in question that it is true of.
    pub(super) fn decide(&mut self, reader: &mut Reader, place: Place<'_>, open: u128) -> u128 {
        if open == 0 {
            return 0;
        }
        match self {
            Plan::All => open,
            Plan::Column { quantity, since_start, inside, ranges } => {
                let mut lane = [0; BLOCK];
                let there = open & place.bytes.trace().frames().quantity(*quantity, place.block, &mut lane);
                if *since_start {
                    let start = place.bytes.trace().start().unwrap_or_default();
                    lane.iter_mut().for_each(|time| *time = since(*time, start.0));
                }
                there & within(&lane, *inside, ranges)
            }
            Plan::Message { term, inside, ranges } => each(open, |row| {
                let number = message_number(place, row, *term);
                number.is_some_and(|number| is_within(number, ranges) == *inside)
            }),
            Plan::Side(side) => side.decide(reader, place, open),
            Plan::Row(single) => single.decide(reader, place, open),
            Plan::And(plans) => plans.iter_mut().fold(open, |open, plan| plan.decide(reader, place, open)),
            Plan::Or(plans) => {
                plans.iter_mut().fold(0, |found, plan| found | plan.decide(reader, place, open & !found))
            }
            Plan::Xor(plans) => plans.iter_mut().fold(0, |odd, plan| odd ^ plan.decide(reader, place, open)),
            Plan::Not(plan) => open & !plan.decide(reader, place, open),
        }
    }
}

/// Joined plans: what costs least first, and what reads the same together.
fn join(joint: Joint, plans: impl Iterator<Item = Plan>) -> Plan {
    let (mut joined, mut sides, mut rows) = (Vec::new(), Vec::new(), Vec::<(Reading, Vec<Test>)>::new());
    for plan in plans {
        match plan {
            Plan::Side(side) => sides.push(side.test),
            Plan::Row(single) => match rows.iter_mut().find(|(reading, _)| *reading == single.reading) {
                Some((_, tests)) => tests.push(single.test),
                None => rows.push((single.reading, vec![single.test])),
            },
            plan => joined.push(plan),
        }
    }
    let together = |mut tests: Vec<Test>| match (tests.pop(), joint) {
        (Some(only), _) if tests.is_empty() => Some(Plan::leaf(only)),
        (last, joint) => {
            tests.extend(last);
            tests.sort_by_cached_key(Test::cost);
            (!tests.is_empty()).then(|| {
                Plan::leaf(match joint {
                    Joint::And => Test::And(tests),
                    Joint::Or => Test::Or(tests),
                    Joint::Xor => Test::Xor(tests),
                })
            })
        }
    };
    joined.extend(together(sides));
    joined.extend(rows.into_iter().filter_map(|(_, tests)| together(tests)));
    joined.sort_by_cached_key(Plan::cost);
    match (joint, joined.pop()) {
        (_, Some(only)) if joined.is_empty() => only,
        (joint, last) => {
            joined.extend(last);
            match joint {
                Joint::And => Plan::And(joined),
                Joint::Or => Plan::Or(joined),
                Joint::Xor => Plan::Xor(joined),
            }
        }
    }
}

/// A test that a column decides, or a number of the message that ends.
fn column(test: &Test) -> Option<Plan> {
    match test {
        Test::Number { term, inside, ranges } => {
            let (inside, ranges) = (*inside, ranges.clone());
            match quantity(*term) {
                Some(quantity) => Some(Plan::Column { quantity, since_start: false, inside, ranges }),
                None if is_of_message(*term) => Some(Plan::Message { term: *term, inside, ranges }),
                None => None,
            }
        }
        Test::Compare { how, left: Operand::Field(field), right: Operand::Constant(constant), .. } => {
            let (quantity, since_start, time) = moment(field)?;
            let number = match constant {
                Value::Time(number) if time => in_order(*number),
                Value::Span(number) if !time => in_order(*number),
                _ => return None,
            };
            let (inside, range) = how.range(number)?;
            Some(Plan::Column { quantity, since_start, inside, ranges: range.into_iter().collect() })
        }
        _ => None,
    }
}

impl Comparison {
    /// The numbers that compare so with this one: those inside of a range, or (`false`) all others.
    pub(super) fn range(self, number: u64) -> Option<(bool, Option<(u64, u64)>)> {
        Some(match self {
            Comparison::Equal => (true, Some((number, number))),
            Comparison::Unequal => (false, Some((number, number))),
            Comparison::Less => (true, number.checked_sub(1).map(|last| (0, last))),
            Comparison::LessOrEqual => (true, Some((0, number))),
            Comparison::Greater => (true, number.checked_add(1).map(|first| (first, u64::MAX))),
            Comparison::GreaterOrEqual => (true, Some((number, u64::MAX))),
            Comparison::Contains | Comparison::Matches => return None,
        })
    }
}

/// The column of a number that frames have.
fn quantity(term: Term) -> Option<Quantity> {
    Some(match term {
        Term::Fin => Quantity::Fin,
        Term::Rsv => Quantity::Rsv,
        Term::Rsv1 => Quantity::Rsv1,
        Term::Rsv2 => Quantity::Rsv2,
        Term::Rsv3 => Quantity::Rsv3,
        Term::Opcode => Quantity::Opcode,
        Term::Mask => Quantity::Mask,
        Term::Length7 => Quantity::Length7,
        Term::Length16 => Quantity::Length16,
        Term::Length64 => Quantity::Length64,
        Term::Number => Quantity::Number,
        Term::Length => Quantity::Length,
        Term::HeaderLength => Quantity::HeaderLength,
        Term::Captured => Quantity::Captured,
        Term::Missing => Quantity::Missing,
        Term::Offset => Quantity::Offset,
        Term::Control => Quantity::Control,
        Term::FirstPacket => Quantity::FirstPacket,
        Term::FrameNumber => Quantity::LastPacket,
        _ => return None,
    })
}

/// The column of a time, whether it counts from the start of the capture, and whether it is a point in time.
fn moment(field: &FieldUse) -> Option<(Quantity, bool, bool)> {
    let Source::Term(term) = field.name.source else { return None };
    if !field.layers.is_empty() || field.raw {
        return None;
    }
    Some(match term {
        Term::FrameTime => (Quantity::LastTime, false, true),
        Term::FrameEpoch => (Quantity::LastTime, false, false),
        Term::FrameRelative => (Quantity::LastTime, true, false),
        Term::FirstTime => (Quantity::FirstTime, false, true),
        Term::FirstRelative => (Quantity::FirstTime, true, false),
        Term::Took => (Quantity::Took, false, false),
        _ => return None,
    })
}

/// A time in its order, since another.
fn since(time: u64, start: i64) -> u64 {
    in_order((time ^ 1 << 63).cast_signed().saturating_sub(start))
}

fn is_of_message(term: Term) -> bool {
    matches!(
        term,
        Term::MessageNumber
            | Term::MessageOpcode
            | Term::MessageLength
            | Term::WireLength
            | Term::MessageFrames
            | Term::Complete
    )
}

/// The number under a name that the message has which a frame ends.
fn message_number(place: Place<'_>, row: usize, term: Term) -> Option<u64> {
    let (trace, frame) = (place.bytes.trace(), place.frame(row));
    let message = trace.messages().get(trace.frames().message_ended(frame)?)?;
    if message.last_frame != frame {
        return None;
    }
    Some(match term {
        Term::MessageNumber => message.number,
        Term::MessageOpcode => message.opcode.bits().into(),
        Term::MessageLength => message.length,
        Term::WireLength => message.wire_length,
        Term::MessageFrames => message.frame_count,
        Term::Complete => message.complete.into(),
        _ => return None,
    })
}

fn is_within(number: u64, ranges: &[(u64, u64)]) -> bool {
    ranges.iter().any(|(first, last)| (*first..=*last).contains(&number))
}

fn within(lane: &[u64; BLOCK], inside: bool, ranges: &[(u64, u64)]) -> u128 {
    let found = match ranges {
        // Most have one.
        [(first, last)] => {
            those(lane, |number| number.wrapping_sub(*first) <= last.wrapping_sub(*first) && first <= last)
        }
        ranges => those(lane, |number| is_within(number, ranges)),
    };
    if inside { found } else { !found }
}

/// Those of the rows for which it holds.
fn each(open: u128, mut holds: impl FnMut(usize) -> bool) -> u128 {
    let (mut rest, mut found) = (open, 0);
    while rest != 0 {
        let row = rest.trailing_zeros();
        rest &= rest - 1;
        found |= u128::from(holds(usize::try_from(row).unwrap_or(0))) << row;
    }
    found
}

impl Side {
    fn decide(&mut self, reader: &mut Reader, place: Place<'_>, open: u128) -> u128 {
        let changes = place.bytes.trace().connections().changes();
        if self.changes != changes {
            self.known.clear();
            self.changes = changes;
        }
        let mut lane = [0; BLOCK];
        let there = open & place.bytes.trace().frames().quantity(Quantity::Side, place.block, &mut lane);
        let mut latest = None;
        each(there, |row| {
            let side = lane.get(row).copied().unwrap_or_default();
            let said = match latest {
                Some((same, said)) if same == side => said,
                _ => {
                    let Side { test, reading, known, .. } = self;
                    *known.entry(side).or_insert_with(|| reader.ask(place, row, reading, |row| test.holds(row)))
                }
            };
            latest = Some((side, said));
            said
        })
    }
}

impl Single {
    fn decide(&mut self, reader: &mut Reader, place: Place<'_>, open: u128) -> u128 {
        let Single { test, reading, gate } = self;
        let open = gate.as_mut().map_or(open, |gate| gate.decide(reader, place, open));
        reader.many = open.count_ones() >= MANY;
        each(open, |row| !place.stop.load(Ordering::Relaxed) && reader.ask(place, row, reading, |row| test.holds(row)))
    }
}
