//! A compiled filter: a tree of tests whose names, types and constants are settled, and how a row is put to it.

use memchr::memmem::Finder;

use super::function::{self, Function};
use super::pattern::Pattern;
use super::row::{FieldUse, Row};
use super::slice;
use super::tree::{Arithmetic, Comparison, Piece};
use super::value::{Value, Values};
use crate::fields::display::{Term, Words, word_of};

/// What is true or false of a row.
#[derive(Debug, Clone)]
pub(super) enum Test {
    And(Vec<Test>),
    Or(Vec<Test>),
    Xor(Vec<Test>),
    Not(Box<Test>),
    /// It is a frame.
    Frame,
    /// It is there.
    There(Operand),
    /// One of its values is neither zero nor empty.
    True(Operand),
    /// One pair of values compares so, or every pair.
    Compare {
        how: Comparison,
        every: bool,
        left: Operand,
        right: Operand,
    },
    Matches {
        every: bool,
        left: Operand,
        pattern: Pattern,
    },
    /// These bytes are in one value, or in every value.
    Holds {
        every: bool,
        left: Operand,
        /// The bytes as they were written, and ready to be looked for.
        right: Operand,
        part: Box<Finder<'static>>,
    },
    /// One value is in the set, or every value.
    In {
        every: bool,
        left: Operand,
        set: Vec<(Operand, Option<Operand>)>,
    },
    /// The number under a name, of which there is one at most, lies in one of these ranges, or outside all of them.
    Number {
        term: Term,
        inside: bool,
        ranges: Box<[(u64, u64)]>,
    },
}

/// What has values.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Constant(Value<'static>),
    /// Values of the row that a reference was taken from.
    Constants(Values<'static>),
    Field(Box<FieldUse>),
    /// Words for numbers; where one has none, the number as text.
    Worded(Box<Operand>, Words),
    /// Numbers and addresses as text.
    Written(Box<Operand>),
    /// A name's bytes as they are on the wire, of so many bytes where it is a number.
    Raw(Box<Operand>, u8),
    Slice(Box<Operand>, Vec<Piece>),
    Compute(Arithmetic, Box<Operand>, Box<Operand>),
    Negative(Box<Operand>),
    Call(Function, Vec<Operand>, usize),
}

impl Test {
    /// Whether it is true of a row.
    pub(super) fn holds(&self, row: &Row<'_>) -> bool {
        match self {
            Test::And(tests) => tests.iter().all(|test| test.holds(row)),
            Test::Or(tests) => tests.iter().any(|test| test.holds(row)),
            Test::Xor(tests) => tests.iter().fold(false, |odd, test| odd ^ test.holds(row)),
            Test::Not(test) => !test.holds(row),
            Test::Frame => row.frame.is_some(),
            Test::There(operand) => !operand.values(row).as_slice().is_empty(),
            Test::True(operand) => operand.values(row).as_slice().iter().any(Value::is_true),
            Test::Compare { how, every, left, right } => {
                let (left, right) = (left.values(row), right.values(row));
                let (left, right) = (left.as_slice(), right.as_slice());
                if left.is_empty() || right.is_empty() {
                    return false;
                }
                let is = |a: &Value<'_>| {
                    if *every { right.iter().all(|b| a.is(*how, b)) } else { right.iter().any(|b| a.is(*how, b)) }
                };
                if *every { left.iter().all(is) } else { left.iter().any(is) }
            }
            Test::Matches { every, left, pattern } => {
                let is = |value: &Value<'_>| value.as_bytes().is_some_and(|bytes| pattern.matches(bytes));
                some_or_all(*every, left.values(row).as_slice(), is)
            }
            Test::Holds { every, left, part, .. } => {
                let is = |value: &Value<'_>| value.as_bytes().is_some_and(|bytes| part.find(bytes).is_some());
                some_or_all(*every, left.values(row).as_slice(), is)
            }
            Test::In { every, left, set } => {
                let is = |value: &Value<'_>| set.iter().any(|member| is_in(value, member, row));
                some_or_all(*every, left.values(row).as_slice(), is)
            }
            Test::Number { term, inside, ranges } => row
                .number(*term)
                .is_some_and(|number| ranges.iter().any(|(first, last)| (*first..=*last).contains(&number)) == *inside),
        }
    }
}

impl Test {
    /// Shows all patterns in it.
    pub(super) fn patterns(&self, see: &mut dyn FnMut(&Pattern)) {
        match self {
            Test::And(tests) | Test::Or(tests) | Test::Xor(tests) => tests.iter().for_each(|test| test.patterns(see)),
            Test::Not(test) => test.patterns(see),
            Test::Matches { pattern, .. } => see(pattern),
            _ => {}
        }
    }
}

/// Of no values nothing is true.
fn some_or_all(every: bool, values: &[Value<'_>], is: impl Fn(&Value<'_>) -> bool) -> bool {
    !values.is_empty() && if every { values.iter().all(is) } else { values.iter().any(is) }
}

fn is_in(value: &Value<'_>, (first, last): &(Operand, Option<Operand>), row: &Row<'_>) -> bool {
    let any =
        |operand: &Operand, how: Comparison| operand.values(row).as_slice().iter().any(|member| value.is(how, member));
    match last {
        None => any(first, Comparison::Equal),
        Some(last) => any(first, Comparison::GreaterOrEqual) && any(last, Comparison::LessOrEqual),
    }
}

impl Operand {
    /// Its values in a row.
    pub(super) fn values<'a>(&'a self, row: &Row<'a>) -> Values<'a> {
        match self {
            Operand::Constant(value) => Values::One(borrowed(value)),
            Operand::Constants(values) => values.as_slice().iter().map(borrowed).collect(),
            Operand::Field(field) => row.values(field),
            Operand::Worded(inner, words) => inner.values(row).filter_map(|value| {
                let number = value.as_whole().and_then(|number| u64::try_from(number).ok());
                let word = number.and_then(|number| word_of(*words, number));
                Some(word.map_or_else(|| Value::Text(value.to_text().into()), Value::text))
            }),
            Operand::Written(inner) => inner.values(row).filter_map(|value| {
                if value.as_bytes().is_some() { Some(value) } else { Some(Value::Text(value.to_text().into())) }
            }),
            Operand::Raw(inner, width) => inner.values(row).filter_map(|value| raw(value, *width)),
            Operand::Slice(inner, pieces) => inner.values(row).filter_map(|value| slice::slice(value, pieces)),
            Operand::Compute(how, left, right) => {
                let (left, right) = (left.values(row), right.values(row));
                let pairs = left.as_slice().iter().flat_map(|a| right.as_slice().iter().map(move |b| (a, b)));
                pairs.filter_map(|(a, b)| function::compute(*how, a, b)).collect()
            }
            Operand::Negative(inner) => inner.values(row).filter_map(function::negative),
            Operand::Call(function, arguments, digits) => {
                function.apply(arguments.iter().map(|argument| argument.values(row)).collect(), *digits)
            }
        }
    }
}

/// The same value, its text and bytes borrowed.
fn borrowed<'a>(value: &'a Value<'static>) -> Value<'a> {
    match value {
        Value::Text(text) => Value::text(text),
        Value::Bytes(bytes) => Value::bytes(bytes),
        value => value.clone(),
    }
}

/// The bytes that a value has on the wire.
fn raw(value: Value<'_>, width: u8) -> Option<Value<'_>> {
    use std::borrow::Cow;
    let bytes = match value {
        Value::Bytes(bytes) => bytes,
        Value::Text(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
        Value::Text(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
        Value::Ipv4(address, _) => Cow::Owned(address.to_be_bytes().to_vec()),
        Value::Ipv6(address, _) => Cow::Owned(address.to_be_bytes().to_vec()),
        value => {
            let number = u64::try_from(value.as_whole()?).ok()?;
            let skipped = 8_usize.saturating_sub(usize::from(width.div_ceil(8)));
            Cow::Owned(number.to_be_bytes().get(skipped..)?.to_vec())
        }
    };
    Some(Value::Bytes(bytes))
}
