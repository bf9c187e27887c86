//! A compiled filter as an English sentence.
//!
//! In: a test. Out: a clause, without a full stop. What the table of names says of a name, up to its first comma, is what it
//! is called.

use super::name_of;
use crate::fields::display::{Name, Term, Type, word_of};
use crate::filter::function::Function;
use crate::filter::test::{Operand, Test};
use crate::filter::tree::{Arithmetic, Comparison, End, Piece};
use crate::filter::value::Value;

/// A clause: `the opcode is 9 (Ping)`.
pub(super) fn of_test(test: &Test) -> String {
    match test {
        Test::And(tests) => joined(tests, ", and "),
        Test::Or(tests) => format!("either {}", joined(tests, " or ")),
        Test::Xor(tests) => format!("an odd number of these is true: {}", joined(tests, "; ")),
        Test::Not(test) => match &**test {
            Test::There(operand) => format!("{} is not there", noun(operand)),
            test => format!("it is not so that {}", of_test(test)),
        },
        Test::Frame => "it is a frame".to_owned(),
        Test::There(operand) => format!("{} is there", noun(operand)),
        Test::True(operand) => format!("{} is neither zero nor empty", noun(operand)),
        Test::Compare { how, every, left, right } => comparison(*how, *every, left, right),
        Test::Holds { every, left, right, .. } => comparison(Comparison::Contains, *every, left, right),
        Test::Matches { every, left, pattern } => {
            format!("{}{} matches \"{}\"", every_value(*every), noun(left), pattern.text())
        }
        Test::In { every, left, set } => {
            let member = |(first, last): &(Operand, Option<Operand>)| match last {
                None => noun(first),
                Some(last) => format!("from {} to {}", noun(first), noun(last)),
            };
            let members: Vec<String> = set.iter().map(member).collect();
            format!("{}{} is one of these: {}", every_value(*every), noun(left), members.join(", "))
        }
        Test::Number { term, inside, ranges } => number(*term, *inside, ranges),
    }
}

/// Clauses that belong together; what is joined otherwise stands in parentheses where the words alone could be misread.
fn joined(tests: &[Test], by: &str) -> String {
    let clause = |(at, test): (usize, &Test)| {
        let last = at + 1 == tests.len();
        let mixed = match test {
            Test::And(_) => true,
            Test::Or(_) | Test::Xor(_) | Test::In { .. } => !last,
            Test::Number { ranges, .. } => !last && ranges.len() > 1,
            _ => false,
        };
        if mixed { format!("({})", of_test(test)) } else { of_test(test) }
    };
    let clauses: Vec<String> = tests.iter().enumerate().map(clause).collect();
    clauses.join(by)
}

fn every_value(every: bool) -> &'static str {
    if every { "every value of " } else { "" }
}

fn comparison(how: Comparison, every: bool, left: &Operand, right: &Operand) -> String {
    let is_network = matches!(right, Operand::Constant(Value::Ipv4(_, ..32) | Value::Ipv6(_, ..128)));
    let (left, right) = (noun(left), noun(right));
    // An address is not a network, but lies in it.
    let right = if is_network && matches!(how, Comparison::Equal | Comparison::Unequal) {
        format!("in {right}")
    } else {
        right
    };
    match (how, every) {
        (Comparison::Unequal, true) => format!("{left} {0} there and {0} not {right}", be(&left)),
        (Comparison::Unequal, false) => format!("one value of {left} is not {right}"),
        (how, true) => format!("every value of {left} {} {right}", verb(how, "is")),
        (how, false) => format!("{left} {} {right}", verb(how, be(&left))),
    }
}

/// `is`, or `are` where what is spoken of are several.
fn be(noun: &str) -> &'static str {
    let thing = noun
        .split([' ', '(', '['])
        .take_while(|word| !matches!(*word, "of" | "that" | "in" | "from" | "before"))
        .last();
    let several =
        |word: &str| word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us") && !word.contains('.');
    if thing.is_some_and(several) && noun.starts_with("the ") { "are" } else { "is" }
}

fn verb(how: Comparison, be: &str) -> String {
    match how {
        Comparison::Equal => be.to_owned(),
        Comparison::Unequal => format!("{be} not"),
        Comparison::Less => format!("{be} less than"),
        Comparison::LessOrEqual => format!("{be} at most"),
        Comparison::Greater => format!("{be} more than"),
        Comparison::GreaterOrEqual => format!("{be} at least"),
        // Nothing that holds something has a name in the plural.
        Comparison::Contains | Comparison::Matches => sign(how).to_owned(),
    }
}

/// How it is written.
pub(super) fn sign(how: Comparison) -> &'static str {
    match how {
        Comparison::Equal => "==",
        Comparison::Unequal => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
        Comparison::Contains => "contains",
        Comparison::Matches => "matches",
    }
}

/// A test on one number: `the length is more than 5`.
fn number(term: Term, inside: bool, ranges: &[(u64, u64)]) -> String {
    let Some(name) = name_of(term) else { return String::new() };
    let what = of_name(name);
    let be = be(&what);
    let word = |number: u64| match name.words.and_then(|words| word_of(words, number)) {
        Some(word) => format!("{number} ({word})"),
        None => number.to_string(),
    };
    if name.kind == Type::Flag
        && let [(first, last)] = ranges
        && first == last
        && *first < 2
    {
        return format!("{what} {be} {}", if (*first == 1) == inside { "true" } else { "false" });
    }
    let one = |(first, last): (u64, u64)| match (first, last) {
        (first, last) if first == last => word(first),
        (0, last) => format!("at most {last}"),
        (first, u64::MAX) => format!("at least {first}"),
        (first, last) => format!("from {first} to {last}"),
    };
    let not = if inside { String::new() } else { format!("there and {be} not ") };
    match ranges {
        [] if inside => format!("{what} {be} less than nothing, which never is so"),
        [] => format!("{what} {be} there"),
        [range] => format!("{what} {be} {not}{}", one(*range)),
        ranges => {
            let all: Vec<String> = ranges.iter().map(|range| one(*range)).collect();
            format!("{what} {be} {not}one of these: {}", all.join(", "))
        }
    }
}

/// A range of numbers in the tree.
pub(super) fn range((first, last): (u64, u64)) -> String {
    match (first, last) {
        (first, last) if first == last => first.to_string(),
        (first, u64::MAX) => format!("{first} and more"),
        (first, last) => format!("{first} to {last}"),
    }
}

/// What a name is called: what the table says of it, up to the first comma.
fn of_name(name: &Name) -> String {
    let short = name.about.split([',', ';', ':', '(']).next().unwrap_or_default().trim();
    let alone = ["the ", "a ", "an ", "what ", "how ", "whether ", "it ", "its ", "each "];
    // What is no thing, or says too little, is called by its name.
    if short.starts_with("it ") || short.starts_with("never ") || short.starts_with("the same") || short.len() < 4 {
        return name.name().to_owned();
    }
    if alone.iter().any(|word| short.starts_with(word)) { short.to_owned() } else { format!("the {short}") }
}

fn noun(operand: &Operand) -> String {
    match operand {
        Operand::Constant(constant) => value(constant),
        Operand::Constants(values) => {
            let all: Vec<String> = values.as_slice().iter().map(value).collect();
            format!("what the selected row has ({})", all.join(", "))
        }
        Operand::Field(field) if field.path.is_empty() => of_name(&field.name),
        Operand::Field(field) => format!("the part of {} that the path leads to", field.name.name()),
        Operand::Worded(inner, _) => format!("the word for {}", noun(inner)),
        Operand::Written(inner) => format!("{} as it is written", noun(inner)),
        Operand::Raw(inner, _) => format!("{} as it is on the wire", noun(inner)),
        Operand::Slice(inner, cut) => format!("{} of {}", pieces(cut), noun(inner)),
        Operand::Compute(how, left, right) => format!("({} {} {})", noun(left), computed(*how), noun(right)),
        Operand::Negative(inner) => format!("minus {}", noun(inner)),
        Operand::Call(function, arguments, _) => {
            let all: Vec<String> = arguments.iter().map(noun).collect();
            let all = all.join(", ");
            match function {
                Function::Len => format!("the length of {all}"),
                Function::Count => format!("how often there is {all}"),
                Function::Upper => format!("{all} in capitals"),
                Function::Lower => format!("{all} in small letters"),
                Function::Max => format!("the greatest of {all}"),
                Function::Min => format!("the least of {all}"),
                function => format!("{}({all})", function.name()),
            }
        }
    }
}

pub(super) fn computed(how: Arithmetic) -> &'static str {
    match how {
        Arithmetic::Add => "plus",
        Arithmetic::Subtract => "minus",
        Arithmetic::Multiply => "times",
        Arithmetic::Divide => "divided by",
        Arithmetic::Modulo => "modulo",
        Arithmetic::BitAnd => "bit by bit and",
    }
}

/// The pieces of a slice, as they are written.
pub(super) fn pieces(pieces: &[Piece]) -> String {
    let one = |piece: &Piece| match piece.end {
        End::Length(1) => piece.start.to_string(),
        End::Length(length) => format!("{}:{length}", piece.start),
        End::Last(last) => format!("{}-{last}", piece.start),
        End::Open => format!("{}:", piece.start),
    };
    let all: Vec<String> = pieces.iter().map(one).collect();
    format!("[{}]", all.join(","))
}

/// A constant as it is written: text in quotes.
pub(super) fn value(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) => format!("\"{text}\""),
        Value::Flag(flag) => flag.to_string(),
        value => value.to_text(),
    }
}
