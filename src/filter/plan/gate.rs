//! What must be true of a frame for a test to be, as far as columns know it: a close code is there in close frames only, a text
//! where a message ends, notes where the row says that there are some. What is not there is not true.
//!
//! In: a test. Out: a plan of columns that holds wherever the test does; nothing where none is known.

use super::super::test::{Operand, Test};
use super::{Joint, Plan, join};
use crate::fields::display::{Level, Name, Source, Term};
use crate::trace::Quantity;

/// What must be true of a frame.
pub(super) fn necessary(test: &Test) -> Option<Plan> {
    match test {
        Test::And(tests) => all(tests.iter().filter_map(necessary)),
        Test::Or(tests) => {
            let gates: Option<Vec<Plan>> = tests.iter().map(necessary).collect();
            gates.map(|gates| join(Joint::Or, gates.into_iter()))
        }
        Test::There(left) | Test::True(left) => there(left),
        Test::Matches { left, .. } | Test::Holds { left, .. } | Test::In { left, .. } => there(left),
        Test::Compare { left, right, .. } => all([there(left), there(right)].into_iter().flatten()),
        Test::Xor(_) | Test::Not(_) | Test::Number { .. } | Test::Frame => None,
    }
}

fn all(gates: impl Iterator<Item = Plan>) -> Option<Plan> {
    let gates: Vec<Plan> = gates.collect();
    (!gates.is_empty()).then(|| join(Joint::And, gates.into_iter()))
}

/// Where an operand has values.
fn there(operand: &Operand) -> Option<Plan> {
    match operand {
        Operand::Constant(_) | Operand::Constants(_) => None,
        Operand::Field(field) => has(&field.name),
        Operand::Worded(inner, _)
        | Operand::Written(inner)
        | Operand::Raw(inner, _)
        | Operand::Slice(inner, _)
        | Operand::Negative(inner) => there(inner),
        Operand::Compute(_, left, right) => all([there(left), there(right)].into_iter().flatten()),
        // Of nothing a function of one makes nothing.
        Operand::Call(function, arguments, _) if !function.takes_many() => arguments.first().and_then(there),
        Operand::Call(..) => None,
    }
}

/// The frames that have something under a name.
fn has(name: &Name) -> Option<Plan> {
    let Source::Term(term) = name.source else { return None };
    let within = |quantity, ranges: &[(u64, u64)]| {
        Some(Plan::Column { quantity, since_start: false, inside: true, ranges: ranges.into() })
    };
    match term {
        Term::NoteCodes | Term::NoteSeverity => within(Quantity::Severity, &[(0, u64::MAX)]),
        Term::ClosePresent | Term::CloseCode | Term::CloseReason => within(Quantity::Opcode, &[(8, 8)]),
        Term::Ping => within(Quantity::Opcode, &[(9, 9)]),
        Term::Pong | Term::RoundTrip => within(Quantity::Opcode, &[(10, 10)]),
        Term::Unknown | Term::UnknownExpert => within(Quantity::Opcode, &[(3, 7), (11, 15)]),
        Term::Continue => within(Quantity::Opcode, &[(0, 0)]),
        Term::MaskingKey | Term::MaskedPayload => within(Quantity::Mask, &[(1, 1)]),
        Term::Payload => within(Quantity::Length, &[(1, u64::MAX)]),
        // A ping is there as well.
        Term::Heartbeat => None,
        _ if name.level == Level::Message => within(Quantity::EndsMessage, &[(1, 1)]),
        _ => None,
    }
}
