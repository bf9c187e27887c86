//! What a test looks at, and what it costs: so that what costs less is asked first, and what that decides costs nothing more.
//!
//! In: a compiled test. Out: the names it asks for, and a number that is greater where more has to be read or gone through.
//! The order of tests under `and` and `or` changes nothing of the answer: a test has no effects.

use super::check::Looks;
use super::test::{Operand, Test};
use crate::fields::display::{Name, Need, Source, Term, of_term};

impl Test {
    /// Shows all names in it.
    pub(super) fn names(&self, see: &mut dyn FnMut(Name)) {
        match self {
            Test::And(tests) | Test::Or(tests) | Test::Xor(tests) => tests.iter().for_each(|test| test.names(see)),
            Test::Not(test) => test.names(see),
            Test::Frame => {}
            Test::There(left) | Test::True(left) | Test::Matches { left, .. } | Test::Holds { left, .. } => {
                left.names(see);
            }
            Test::Compare { left, right, .. } => {
                left.names(see);
                right.names(see);
            }
            Test::In { left, set, .. } => {
                left.names(see);
                for (first, last) in set {
                    first.names(see);
                    last.iter().for_each(|last| last.names(see));
                }
            }
            Test::Number { term, .. } => of_term(*term).into_iter().for_each(|name| see(*name)),
        }
    }

    /// What it looks at.
    pub(super) fn looks(&self) -> Looks {
        let mut looks = Looks::default();
        self.names(&mut |name| looks.add(&name));
        looks
    }

    /// What it costs, in no unit.
    pub(super) fn cost(&self) -> u32 {
        let own = match self {
            Test::And(tests) | Test::Or(tests) | Test::Xor(tests) => {
                return tests.iter().fold(0, |sum, test| sum.saturating_add(test.cost()));
            }
            Test::Not(test) => return test.cost(),
            Test::Frame => return 0,
            Test::Number { .. } => 1,
            Test::Matches { .. } => 100,
            Test::Holds { .. } => 20,
            _ => 2,
        };
        let mut sum: u32 = own;
        self.names(&mut |name| sum = sum.saturating_add(reading(&name)));
        sum
    }
}

/// What it costs to have what stands under a name.
fn reading(name: &Name) -> u32 {
    match (name.source, name.need) {
        (Source::Term(Term::Json), _) => 500,
        (Source::Term(Term::RoundTrip), _) => 100,
        (_, Need::Header) => 1,
        (_, Need::Handshake) => 4,
        (_, Need::Packet) => 80,
        (_, Need::Payload) => 40,
        (_, Need::Inflated) => 80,
    }
}

impl Operand {
    fn names(&self, see: &mut dyn FnMut(Name)) {
        match self {
            Operand::Constant(_) | Operand::Constants(_) => {}
            Operand::Field(field) => see(field.name),
            Operand::Worded(inner, _)
            | Operand::Written(inner)
            | Operand::Raw(inner, _)
            | Operand::Slice(inner, _)
            | Operand::Negative(inner) => inner.names(see),
            Operand::Compute(_, left, right) => {
                left.names(see);
                right.names(see);
            }
            Operand::Call(_, arguments, _) => arguments.iter().for_each(|argument| argument.names(see)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Filter;

    #[test]
    fn what_costs_less_is_asked_first() {
        let first = |text: &str| {
            let filter = Filter::compile(text).unwrap();
            match filter.test.unwrap() {
                super::Test::And(tests) | super::Test::Or(tests) => {
                    let costs: Vec<u32> = tests.iter().map(super::Test::cost).collect();
                    assert!(costs.is_sorted(), "{text}: {costs:?}");
                    format!("{:?}", tests[0])
                }
                test => panic!("{test:?}"),
            }
        };
        assert!(first("ws.text contains \"a\" && websocket.opcode == 1").starts_with("Number { term: Opcode"));
        assert!(first("ws.json.a == 1 or ip.src == 10.0.0.1 or ws.text matches \"a\"").contains("IpSrc"));
        assert!(first("ip.ttl == 3 && ws.note == \"a\" && !(tcp.port == 80)").contains("NoteCodes"));
        assert!(first("(ws.json.a == 1 && ws.json.b == 1) || ws.json.c == 1").contains("Key"));
    }
}
