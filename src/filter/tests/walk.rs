//! Completion, walked along the grammar: filters are made by chance, word by word, from a grammar of their own. Before each of
//! their words that word is offered, and each thing that is offered leads on to a filter that compiles.

use super::super::complete::{Occurring, complete};
use super::super::*;
use crate::fields::display::{self, Type};

/// A capture in which each name has a value.
struct Seen;

fn value_of(kind: Type) -> &'static str {
    match kind {
        Type::Ipv4 => "10.0.0.1",
        Type::Ipv6 => "fe80::1",
        Type::Mac => "00:11:22:33:44:55",
        Type::Bytes | Type::Header => "81:05",
        Type::Time => "2020-07-04 12:34:56",
        Type::Float | Type::Span => "1.5",
        Type::Text | Type::Any => "a \"b\"",
        _ => "7",
    }
}

impl Occurring for Seen {
    fn values(&self, name: &Name) -> Vec<String> {
        if name.kind == Type::Presence { Vec::new() } else { vec![value_of(name.kind).to_owned()] }
    }

    fn keys(&self, _: &Name, _: &str) -> Vec<String> {
        vec!["op".to_owned()]
    }
}

/// Chance, by a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, many: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % many
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// A word, and whether it has to be offered: constants that occur nowhere are not.
type Word = (String, bool);

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Number,
    Text,
    Address,
    Bytes,
}

impl Sort {
    const ALL: [Sort; 4] = [Sort::Number, Sort::Text, Sort::Address, Sort::Bytes];

    fn names(self) -> &'static [&'static str] {
        match self {
            Sort::Number => &["websocket.opcode", "ws.length", "tcp.port", "frame.number", "ip.ttl", "ws.close.code"],
            Sort::Text => &["ws.text", "ws.uri", "ws.direction", "ws.subprotocol", "http.host"],
            Sort::Address => &["ip.src", "ip.addr"],
            Sort::Bytes => &["tcp.payload", "websocket.payload", "websocket.masking_key"],
        }
    }
}

struct Maker {
    chance: Chance,
    words: Vec<Word>,
}

impl Maker {
    fn say(&mut self, word: &str) {
        self.words.push((word.to_owned(), true));
    }

    fn free(&mut self, word: &str) {
        self.words.push((word.to_owned(), false));
    }

    fn test(&mut self, depth: usize) {
        match if depth == 0 { self.chance.below(4) } else { self.chance.below(9) } {
            0 => {
                let name = self.chance.of(&[
                    "websocket",
                    "ws.text",
                    "ip.src",
                    "websocket.payload.close",
                    "ws.heartbeat",
                    "ws.json",
                ]);
                self.say(name);
            }
            1 | 2 => self.comparison(depth, false),
            3 => self.set(depth),
            4 => {
                self.say("not ");
                self.test(depth - 1);
            }
            5 => {
                self.say("(");
                self.test(depth - 1);
                self.say(")");
            }
            6 => {
                let word = self.chance.of(&["any ", "all "]);
                self.say(word);
                self.comparison(depth - 1, true);
            }
            _ => {
                self.test(depth - 1);
                let word = self.chance.of(&["&&", "||", "^^", "and", "or", "xor"]);
                self.say(word);
                self.test(depth - 1);
            }
        }
    }

    fn comparison(&mut self, depth: usize, once: bool) {
        let sort = self.chance.of(&Sort::ALL);
        let signs =
            ["==", "!=", "===", "!==", "<", "<=", ">", ">=", "eq", "ne", "gt", "ge", "lt", "le", "any_eq", "all_ne"];
        if self.chance.below(3) == 0 {
            self.value(sort, depth);
            let sign = self.chance.of(&signs);
            self.say(sign);
            self.value(sort, depth);
            if !once && self.chance.below(4) == 0 {
                self.say("<=");
                self.value(sort, depth);
            }
            return;
        }
        let name = self.chance.of(sort.names());
        self.say(name);
        match self.chance.below(5) {
            0 if sort != Sort::Address && sort != Sort::Number => {
                self.say("contains");
                let other = self.chance.of(sort.names());
                self.say(other);
            }
            1 => {
                let sign = self.chance.of(&["matches", "~"]);
                self.say(sign);
                self.free("\"^a+\"");
            }
            _ => {
                let sign = self.chance.of(&signs);
                self.say(sign);
                let kind = display::named(name).unwrap().kind;
                let value = value_of(kind);
                self.say(&if kind == Type::Text { like::quoted(value) } else { value.to_owned() });
            }
        }
    }

    fn set(&mut self, depth: usize) {
        self.value(Sort::Number, depth);
        let word = self.chance.of(&["in", "not in"]);
        self.say(word);
        self.say("{");
        self.free("1");
        if self.chance.below(2) == 0 {
            self.say("..");
            self.free("9");
        }
        for _ in 0..self.chance.below(3) {
            self.say(",");
            if self.chance.below(2) == 0 {
                self.free("10");
            } else {
                let name = self.chance.of(Sort::Number.names());
                self.say(name);
            }
        }
        self.say("}");
    }

    fn value(&mut self, sort: Sort, depth: usize) {
        let name = self.chance.of(sort.names());
        if depth == 0 {
            return self.say(name);
        }
        match (sort, self.chance.below(8)) {
            (Sort::Number, 0) => {
                self.say("len(");
                let of = self.chance.of(&[Sort::Text, Sort::Bytes, Sort::Address]);
                self.value(of, depth - 1);
                self.say(")");
            }
            (Sort::Number, 1) => {
                self.say("count(");
                let of = self.chance.of(&Sort::ALL);
                self.value(of, 0);
                self.say(")");
            }
            (Sort::Number, 2) => {
                self.value(Sort::Number, 0);
                let sign = self.chance.of(&["+", "-", "*", "/", "%", "&"]);
                self.say(sign);
                if self.chance.below(2) == 0 { self.free("3") } else { self.value(Sort::Number, 0) }
            }
            (Sort::Number, 3) => {
                self.say("{");
                self.value(Sort::Number, depth - 1);
                self.say("}");
            }
            (Sort::Number, 4) => {
                self.say("-");
                self.say(name);
            }
            (Sort::Text, 0) => {
                let function = self.chance.of(&["upper(", "lower("]);
                self.say(function);
                self.value(Sort::Text, depth - 1);
                self.say(")");
            }
            (Sort::Text, 1) => {
                let function = self.chance.of(&["string(", "dec(", "hex("]);
                self.say(function);
                let of = name_of_number(&mut self.chance);
                self.say(of);
                self.say(")");
            }
            (Sort::Text | Sort::Bytes, 2) => {
                self.say(name);
                self.say("[");
                self.free("0:2]");
            }
            (_, 5) => {
                let function = self.chance.of(&["max(", "min("]);
                self.say(function);
                self.value(sort, depth - 1);
                self.say(",");
                self.value(sort, 0);
                self.say(")");
            }
            (_, 6) => {
                self.say(name);
                self.say("#");
                self.free("1");
            }
            (Sort::Bytes, 7) => {
                self.say("@");
                let of = name_of_number(&mut self.chance);
                self.say(of);
            }
            _ => self.say(name),
        }
    }
}

fn name_of_number(chance: &mut Chance) -> &'static str {
    chance.of(Sort::Number.names())
}

/// Words as a text: what a slice is made of stays together.
fn text(words: &[Word]) -> String {
    let mut text = String::new();
    for (word, _) in words {
        text.push_str(word.trim_end());
        if !matches!(word.as_str(), "[" | "@") {
            text.push(' ');
        }
    }
    text
}

/// What closes all that is open at the end of a text.
fn closers(text: &str) -> String {
    let mut open = Vec::new();
    let mut quoted = false;
    let mut escaped = false;
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' => open.push(')'),
            '{' => open.push('}'),
            ')' | '}' => {
                open.pop();
            }
            _ => {}
        }
    }
    open.iter().rev().collect()
}

const OPERANDS: [&str; 17] = [
    "websocket.opcode",
    "ws.text",
    "ip.src",
    "tcp.payload",
    "1",
    "\"a\"",
    "ipv6.src",
    "eth.src",
    "frame.time",
    "ws.duration",
    "websocket.fin",
    "10.0.0.1",
    "::1",
    "00:11:22:33:44:55",
    "\"2020-07-04 12:34:56\"",
    "ws.message.ratio",
    "ws.json",
];

/// Some way to go on from a text makes it a filter.
fn leads_on(text: &str, offer: &str) -> bool {
    let nothing = |_: &Name| Values::None;
    let settings = Settings { macros: &[], references: Some(&nothing) };
    let compiles = |text: &str| Filter::compile_with(text, &settings).is_ok();
    let begun: Vec<String> = match offer {
        "\"" => vec!["1\" ".to_owned()],
        "[" => vec!["0:1] ".to_owned(), "0] ".to_owned()],
        "#" => vec!["1 ".to_owned()],
        "${" => OPERANDS.iter().map(|name| format!("{name}}} ")).collect(),
        "@" => OPERANDS.iter().map(|name| format!("{name} ")).collect(),
        "not in" | "in" => vec![
            " { 1 }".to_owned(),
            " { 10.0.0.1 }".to_owned(),
            " { \"a\" }".to_owned(),
            " { 00:11:22:33:44:55 }".to_owned(),
            " { \"2020-07-04 12:34:56\" }".to_owned(),
            " { 81:05 }".to_owned(),
            " { ::1 }".to_owned(),
        ],
        _ => vec![" ".to_owned()],
    };
    let middles: Vec<String> =
        std::iter::once(String::new()).chain(OPERANDS.iter().map(|operand| format!(" {operand} "))).collect();
    let ends = std::iter::once(String::new())
        .chain(OPERANDS.iter().map(|operand| format!(" == {operand}")))
        .collect::<Vec<_>>();
    for end in &ends {
        for middle in &middles {
            for begun in &begun {
                let all = format!("{text}{offer}{begun}{middle}");
                let closed = closers(&all);
                let mut splits = (0..=closed.len()).map(|at| closed.split_at(at));
                if splits.any(|(before, after)| compiles(&format!("{all}{before}{end}{after}"))) {
                    return true;
                }
            }
        }
    }
    false
}

/// How many filters are made: each is made anew by its number, so that a failure is the same everywhere.
const FILTERS: u64 = 128;

#[test]
fn the_next_word_is_offered_and_what_is_offered_leads_on() {
    (0..FILTERS).map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).for_each(walk);
}

/// Makes the filter of this seed, and asks before each of its words what may come.
fn walk(seed: u64) {
    let mut maker = Maker { chance: Chance(seed), words: Vec::new() };
    maker.test(3);
    let Maker { mut chance, words } = maker;
    let whole = text(&words);
    let filter = Filter::compile(&whole);
    assert!(filter.is_ok(), "{whole}\n{}", filter.unwrap_err().caret());
    for (at, (word, checked)) in words.iter().enumerate() {
        let before = text(&words[..at]);
        let offered = complete(&before, before.len(), &Seen);
        if *checked {
            assert!(
                offered.iter().any(|completion| completion.text == *word),
                "behind '{before}' '{word}' is not offered, but {:?}",
                offered.iter().map(|completion| &completion.text).take(30).collect::<Vec<_>>()
            );
            // It is found by its beginning too.
            let half = word.len().div_ceil(2);
            let typed = format!("{before}{}", word.get(..half).unwrap_or(word));
            let again = complete(&typed, typed.len(), &Seen);
            let signs = !word.starts_with(|c: char| c.is_alphanumeric());
            assert!(
                signs || again.iter().any(|completion| completion.text == *word),
                "'{typed}' does not lead to '{word}'"
            );
        }
        for _ in 0..3.min(offered.len()) {
            let offer = &offered[chance.below(offered.len())].text;
            assert!(leads_on(&before, offer), "behind '{before}' '{offer}' leads nowhere");
        }
    }
}

#[test]
fn all_that_is_offered_leads_on() {
    for before in [
        "",
        "not ",
        "( ",
        "any ",
        "websocket.opcode ",
        "websocket.opcode == ",
        "websocket.opcode contains ",
        "websocket.opcode in { ",
        "websocket.opcode in { 1 ",
        "websocket.opcode in { 1 .. ",
        "websocket.opcode == 1 ",
        "( websocket.opcode == 1 ",
        "( websocket.opcode == 1 ) ",
        "ip.src == ",
        "ip.src in { ",
        "ws.text contains ",
        "ws.text matches ",
        "tcp.payload [0:4] ",
        "eth.src == ",
        "frame.time > ",
        "frame.time - ",
        "ws.duration > ",
        "1 < ",
        "1 < websocket.opcode ",
        "len( ",
        "len( ws.text ",
        "len( ws.text ) ",
        "max( ws.length ",
        "max( ws.length , ",
        "ip.src == max( ",
        "upper( ws.text ) == ",
        "vals( ",
        "ws.length + ",
        "ws.length + 1 ",
        "{ ws.length ",
        "@",
        "ip.src && ",
        "ws.json.op == ",
    ] {
        let offered = complete(before, before.len(), &Seen);
        assert!(!offered.is_empty(), "nothing behind '{before}'");
        for completion in offered {
            assert!(leads_on(before, &completion.text), "behind '{before}' '{}' leads nowhere", completion.text);
        }
    }
}
