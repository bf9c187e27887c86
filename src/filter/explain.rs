//! What a filter does: in a sentence, as the tree that it compiles to, and what it costs.
//!
//! In: an expression. Out: lines for people; or what is wrong with it, as when it is compiled. The tree is the compiled one, so
//! what it shows is what is done: constants are settled, words have become numbers, and what lies on either side of a
//! comparison says whether it is looked up in each row or known already.

mod sentence;

use super::error::FilterError;
use super::row::FieldUse;
use super::test::{Operand, Test};
use super::tree::Comparison;
use super::{Settings, Value, compiled, macros};
use crate::fields::display::{Level, NAMES, Name, Need, Source, Term, Type};

/// What an expression does, a line each. Lines of the tree begin with what joins them to the line they belong to.
///
/// ```
/// use sockeye::filter::{Settings, explain};
/// let lines = explain("websocket.opcode == \"Ping\"", &Settings::default()).unwrap();
/// assert_eq!(lines[0], "Selects what has this: the opcode is 9 (Ping).");
/// ```
pub fn explain(text: &str, settings: &Settings<'_>) -> Result<Vec<String>, FilterError> {
    let expanded = macros::expand(text, settings.macros)?;
    let (test, looks) = compiled(&expanded, settings).map_err(|wrong| wrong.in_text(&expanded))?;
    let Some(test) = test else { return Ok(vec!["Selects everything: it is empty.".to_owned()]) };
    let mut lines = vec![format!("Selects what has this: {}.", sentence::of_test(&test)), String::new()];
    if expanded != text {
        lines.extend([format!("With what it names put in: {expanded}"), String::new()]);
    }
    let mut tree = Vec::new();
    Branch::of_test(&test).draw("", "", &mut tree);
    lines.extend(tree);
    lines.push(String::new());
    lines.extend(cost(&looks.names));
    Ok(lines)
}

/// A line of the tree, and what lies below it.
struct Branch {
    line: String,
    below: Vec<Branch>,
}

impl Branch {
    fn leaf(line: String) -> Branch {
        Branch { line, below: Vec::new() }
    }

    fn new(line: impl Into<String>, below: Vec<Branch>) -> Branch {
        Branch { line: line.into(), below }
    }

    /// `first` stands before its line, `rest` before all that are below it.
    fn draw(&self, first: &str, rest: &str, out: &mut Vec<String>) {
        out.push(format!("{first}{}", self.line));
        for (at, branch) in (1..).zip(&self.below) {
            let (joint, behind) = if at == self.below.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            branch.draw(&format!("{rest}{joint}"), &format!("{rest}{behind}"), out);
        }
    }

    fn of_test(test: &Test) -> Branch {
        let all = |tests: &[Test]| tests.iter().map(Branch::of_test).collect();
        match test {
            Test::And(tests) => Branch::new("and: asked in this order, up to the first that is false", all(tests)),
            Test::Or(tests) => Branch::new("or: asked in this order, up to the first that is true", all(tests)),
            Test::Xor(tests) => Branch::new("xor: an odd number of these is true", all(tests)),
            Test::Not(test) => Branch::new("not", vec![Branch::of_test(test)]),
            Test::There(operand) => Branch::new("is there", vec![Branch::of_operand(operand)]),
            Test::True(operand) => Branch::new("neither zero nor empty", vec![Branch::of_operand(operand)]),
            Test::Frame => Branch::new("a frame", Vec::new()),
            Test::Compare { how, every, left, right } => Branch::compared(*how, *every, left, right),
            Test::Holds { every, left, right, .. } => Branch::compared(Comparison::Contains, *every, left, right),
            Test::Matches { every, left, pattern } => {
                let values = if *every { "every value" } else { "any value" };
                let pass = if pattern.is_one_pass() { "in one pass" } else { "stepping back, with a limit of steps" };
                let right = Branch::leaf(format!("\"{}\": a pattern over bytes, {pass}", pattern.text()));
                Branch::new(format!("matches ({values})"), vec![Branch::of_operand(left), right])
            }
            Test::In { every, left, set } => {
                let values = if *every { "every value" } else { "any value" };
                let member = |(first, last): &(Operand, Option<Operand>)| match last {
                    None => Branch::of_operand(first),
                    Some(last) => Branch::new("from, to", vec![Branch::of_operand(first), Branch::of_operand(last)]),
                };
                let below = std::iter::once(Branch::of_operand(left)).chain(set.iter().map(member)).collect();
                Branch::new(format!("in the set of these ({values})"), below)
            }
            Test::Number { term, inside, ranges } => {
                let line =
                    if *inside { "one number, in one of these ranges" } else { "one number, in none of these ranges" };
                let name = name_of(*term).map_or_else(|| Branch::leaf(String::new()), |name| Branch::leaf(field(name)));
                let ranges = ranges.iter().map(|range| Branch::leaf(sentence::range(*range)));
                Branch::new(line, std::iter::once(name).chain(ranges).collect())
            }
        }
    }

    fn compared(how: Comparison, every: bool, left: &Operand, right: &Operand) -> Branch {
        let pairs = if every { "every value on the left with every one on the right" } else { "any values" };
        let line = format!("{} ({pairs})", sentence::sign(how));
        Branch::new(line, vec![Branch::of_operand(left), Branch::of_operand(right)])
    }

    fn of_operand(operand: &Operand) -> Branch {
        let one = |line: &str, inner: &Operand| Branch::new(line, vec![Branch::of_operand(inner)]);
        match operand {
            Operand::Constant(value) => Branch::leaf(format!("{}: {}, constant", sentence::value(value), kind(value))),
            Operand::Constants(values) => {
                let shown: Vec<String> = values.as_slice().iter().map(sentence::value).collect();
                Branch::leaf(format!("{}: constant, what the selected row has", shown.join(", ")))
            }
            Operand::Field(field) => Branch::leaf(field_use(field)),
            Operand::Worded(inner, _) => one("its word", inner),
            Operand::Written(inner) => one("as it is written", inner),
            Operand::Raw(inner, _) => one("@, its bytes on the wire", inner),
            Operand::Slice(inner, pieces) => one(&format!("slice {}", sentence::pieces(pieces)), inner),
            Operand::Compute(how, left, right) => {
                Branch::new(sentence::computed(*how), vec![Branch::of_operand(left), Branch::of_operand(right)])
            }
            Operand::Negative(inner) => one("with the other sign", inner),
            Operand::Call(function, arguments, _) => {
                Branch::new(format!("{}()", function.name()), arguments.iter().map(Branch::of_operand).collect())
            }
        }
    }
}

/// The name in the table of a value of our own making.
fn name_of(term: Term) -> Option<&'static Name> {
    NAMES.iter().find(|name| name.source == Source::Term(term))
}

fn field_use(used: &FieldUse) -> String {
    let layers = if used.layers.is_empty() { "" } else { ", in some layers only" };
    let path = if used.path.is_empty() { "" } else { ", and a path into it" };
    format!("{}{layers}{path}", field(&used.name))
}

/// `websocket.opcode: a whole number of 8 bits, of the frame; looked up in each row (header)`.
fn field(name: &Name) -> String {
    let (kind, of, read) = (name.kind.describe(), name.level.name(), name.need.name());
    format!("{}: {kind}, of the {of}; looked up in each row ({read})", name.name())
}

/// The type of a constant.
fn kind(value: &Value<'_>) -> &'static str {
    match value.kind() {
        Type::Unsigned(_) => "a whole number",
        kind => kind.describe(),
    }
}

/// What must be read for these names, and of what they are asked.
fn cost(names: &[Name]) -> Vec<String> {
    let most = names.iter().map(|name| name.need).max().unwrap_or(Need::Header);
    let needs = |need: Need| names.iter().any(|name| name.need == need);
    let mut lines = vec![format!("Costs {}: {}.", most.name(), what_is_read(most))];
    for need in [Need::Packet, Need::Payload].into_iter().filter(|need| *need != most && needs(*need)) {
        lines.push(format!("Besides, {}: {}.", need.name(), what_is_read(need)));
    }
    let of = |level: Level| names.iter().any(|name| name.level == level);
    if of(Level::Message) {
        lines.push(
            "A frame is decided on with the message that it ends; other fragments lack what messages have.".to_owned(),
        );
    }
    if of(Level::Closed) {
        lines.push("It is known when a connection is over.".to_owned());
    }
    if names.iter().all(|name| matches!(name.level, Level::Connection | Level::Closed)) {
        lines.push("All frames of a connection have the same answer; connections are asked too.".to_owned());
    }
    lines
}

fn what_is_read(need: Need) -> &'static str {
    match need {
        Need::Header => "what the index of a capture has; no payload is read or unmasked",
        Need::Handshake => "headers, and what is known of the connection; no payload is read",
        Need::Packet => "the headers of the packet of the last byte are taken apart again",
        Need::Payload => "the payload of each frame is read and unmasked",
        Need::Inflated => "each message is put together, and inflated where it is compressed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        explain(text, &Settings::default()).unwrap()
    }

    #[test]
    fn the_tree_is_the_compiled_one_with_types_and_costs() {
        let lines = lines("websocket.opcode == \"Text\" && (ip.src == 10.0.0.0/8 or ws.text contains \"a\")");
        let wanted = [
            "Selects what has this: the opcode is 1 (Text), and either the IPv4 address of the sender is in 10.0.0.0/8 or \
             what a text message says contains \"a\".",
            "",
            "and: asked in this order, up to the first that is false",
            "├─ one number, in one of these ranges",
            "│  ├─ websocket.opcode: a whole number of 8 bits, of the frame; looked up in each row (header)",
            "│  └─ 1",
            "└─ or: asked in this order, up to the first that is true",
            "   ├─ == (any values)",
            "   │  ├─ ip.src: an IPv4 address, of the connection; looked up in each row (handshake)",
            "   │  └─ 10.0.0.0/8: an IPv4 address, constant",
            "   └─ contains (any values)",
            "      ├─ websocket.payload.text: text, of the message; looked up in each row (inflated)",
            "      └─ \"a\": text, constant",
            "",
            "Costs inflated: each message is put together, and inflated where it is compressed.",
            "A frame is decided on with the message that it ends; other fragments lack what messages have.",
        ];
        assert_eq!(lines, wanted);
    }

    #[test]
    fn every_part_of_the_language_has_words() {
        for text in [
            "not websocket.fin ^^ ws.length in {1, 5..9}",
            "ws.length !== 3",
            "all tcp.port > 1024",
            "len(ws.text) == 3 && upper(ws.uri) == \"/\"",
            "tcp.payload[0:2] == 81:05",
            "ws.length * 2 + 1 > 7",
            "@ip.src == 0a:00:00:01",
            "ws.json.data[0].price > 86",
            "websocket.opcode matches \"^p[io]ng\"",
            "websocket.payload.text matches \"(?<=a)b\"",
            "vlan.id#2 == 20",
            "ws.length < 0",
            "-ws.length == 3",
            "websocket.mask",
            "frame.time > \"2020-07-04 12:34:56Z\"",
        ] {
            let lines = lines(text);
            let costs = lines.iter().filter(|line| line.starts_with("Costs ")).count();
            assert!(costs == 1 && lines.len() > 4 && lines[0].ends_with('.'), "{lines:#?}");
        }
        assert_eq!(lines(""), ["Selects everything: it is empty."]);
        assert!(explain("websocket.opcod", &Settings::default()).is_err());
    }

    #[test]
    fn what_is_least_costs_least() {
        let cost = |text: &str| lines(text).into_iter().find(|line| line.starts_with("Costs ")).unwrap();
        assert!(cost("ws.length > 3").starts_with("Costs header: what the index"));
        assert!(cost("ws.uri == \"/\"").starts_with("Costs handshake"));
        assert!(cost("eth.src == 00:00:00:00:00:01 && ws.uri").starts_with("Costs packet"));
        assert!(cost("ws.ping contains \"a\"").starts_with("Costs payload"));
    }
}
