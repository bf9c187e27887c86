//! Filters made by chance, against an interpreter that knows nothing of types, constants or shortcuts.

use proptest::prelude::*;

use super::super::*;
use crate::base::{At, ConnectionId, Direction, PerDirection, Timestamp};
use crate::dissect::{Evidence, FramePlace, Socket};
use crate::websocket::{Frame, Framing, Header, LengthForm, Opcode};

/// What a row holds, by the names of a filter.
#[derive(Debug, Clone, Copy)]
struct Facts {
    opcode: u8,
    fin: bool,
    rsv: u8,
    length: u64,
    offset: u64,
    packet: u64,
    /// Port of the client; the other side has 80. `None`: nothing is known of the connection.
    port: Option<u16>,
}

const NAMES: [&str; 8] = [
    "websocket.opcode",
    "websocket.fin",
    "websocket.rsv",
    "ws.length",
    "ws.offset",
    "frame.number",
    "tcp.port",
    "websocket.payload_length_ext_16",
];

impl Facts {
    fn values(&self, name: &str) -> Vec<i128> {
        match name {
            "websocket.opcode" => vec![self.opcode.into()],
            "websocket.fin" => vec![self.fin.into()],
            "websocket.rsv" => vec![self.rsv.into()],
            "ws.length" => vec![self.length.into()],
            "ws.offset" => vec![self.offset.into()],
            "frame.number" => vec![self.packet.into()],
            "tcp.port" => self.port.map_or(Vec::new(), |port| vec![port.into(), 80]),
            _ => Vec::new(),
        }
    }

    fn matches(&self, filter: &Filter) -> bool {
        let at = At { packet: self.packet, time: Timestamp(0) };
        let header = Header {
            fin: self.fin,
            rsv: self.rsv,
            opcode: Opcode::from_bits(self.opcode),
            masking_key: None,
            length: self.length,
            form: LengthForm::Bits64,
        };
        let frame = Frame {
            direction: Direction::Client,
            offset: self.offset,
            header,
            header_len: 2,
            framing: Framing::default(),
            message_opcode: None,
            message_offset: None,
            compressed: false,
            first: at,
            last: at,
            ended: true,
            ends_message: true,
            message_follows: false,
            captured: 0,
            payload: &[],
            holes: &[],
            notes: &[],
        };
        let place = FramePlace::unnumbered(ConnectionId(0).into());
        let peer = self.port.map(|port| Peer::new(&socket(port), false));
        let row = Row { frame: Some((&place, &frame)), peer: peer.as_ref(), at: Some(at), ..Row::default() };
        filter.matches(&row)
    }
}

fn socket(port: u16) -> Socket {
    Socket {
        id: ConnectionId(0).into(),
        client: ([10, 0, 0, 1], port).into(),
        server: ([10, 0, 0, 2], 80).into(),
        evidence: Evidence::DecodeAs,
        handshake: None,
        tls: None,
        http2: None,
        process: crate::base::Owner::default(),
        totals: PerDirection::default(),
        close: None,
        first: At::default(),
        last: At::default(),
        notes: Vec::new(),
    }
}

/// A value: a name, or something computed of one.
#[derive(Debug, Clone)]
enum Term {
    Name(usize),
    Plus(Box<Term>, u8),
    Times(Box<Term>, u8),
    Minus(Box<Term>, Box<Term>),
    And(Box<Term>, u8),
    Most(Box<Term>, Box<Term>),
    Count(usize),
    Negative(Box<Term>),
}

#[derive(Debug, Clone)]
enum Test {
    There(usize),
    Compare(Option<bool>, usize, Term, u16),
    Both(usize, Term, Term),
    In(bool, Term, Vec<(u16, Option<u16>)>),
    And(Vec<Test>),
    Or(Vec<Test>),
    Xor(Vec<Test>),
    Not(Box<Test>),
}

const SIGNS: [&str; 8] = ["==", "!=", "===", "!==", "<", "<=", ">", ">="];

impl Term {
    fn text(&self) -> String {
        match self {
            Term::Name(name) => NAMES[*name].to_owned(),
            Term::Plus(term, number) => format!("{{{} + {number}}}", term.text()),
            Term::Times(term, number) => format!("{{{} * {number}}}", term.text()),
            Term::Minus(a, b) => format!("{{{} - {}}}", a.text(), b.text()),
            Term::And(term, number) => format!("({} & {number})", term.text()),
            Term::Most(a, b) => format!("max({}, {})", a.text(), b.text()),
            Term::Count(name) => format!("count({})", NAMES[*name]),
            Term::Negative(term) => format!("-{}", term.text()),
        }
    }

    fn values(&self, facts: &Facts) -> Vec<i128> {
        let each = |term: &Term, make: &dyn Fn(i128) -> i128| term.values(facts).into_iter().map(make).collect();
        match self {
            Term::Name(name) => facts.values(NAMES[*name]),
            Term::Plus(term, number) => each(term, &|value| value + i128::from(*number)),
            Term::Times(term, number) => each(term, &|value| value * i128::from(*number)),
            Term::Minus(a, b) => {
                let b = b.values(facts);
                a.values(facts).into_iter().flat_map(|a| b.iter().map(move |b| a - b)).collect()
            }
            Term::And(term, number) => each(term, &|value| value & i128::from(*number)),
            Term::Most(a, b) => a.values(facts).into_iter().chain(b.values(facts)).max().into_iter().collect(),
            Term::Count(name) => {
                let count = facts.values(NAMES[*name]).len();
                if count == 0 { Vec::new() } else { vec![count as i128] }
            }
            Term::Negative(term) => each(term, &|value| -value),
        }
    }
}

/// Whether values compare so: `!=` means none is the same, `===` all are.
fn compared(every: Option<bool>, sign: usize, left: &[i128], right: &[i128]) -> bool {
    let one = |a: i128, b: i128| match SIGNS[sign] {
        "==" | "===" => a == b,
        "!=" | "!==" => a != b,
        "<" => a < b,
        "<=" => a <= b,
        ">" => a > b,
        _ => a >= b,
    };
    let every = every.unwrap_or(matches!(SIGNS[sign], "!=" | "==="));
    let mut pairs = left.iter().flat_map(|a| right.iter().map(move |b| (*a, *b)));
    let some = !left.is_empty() && !right.is_empty();
    some && if every { pairs.all(|(a, b)| one(a, b)) } else { pairs.any(|(a, b)| one(a, b)) }
}

/// A number beside a term: beside a flag all but zero are true.
fn constant(term: &Term, number: u16) -> i128 {
    match term {
        Term::Name(1) => (number != 0).into(),
        _ => number.into(),
    }
}

impl Test {
    fn text(&self) -> String {
        let joined = |tests: &[Test], with: &str| {
            let all: Vec<String> = tests.iter().map(|test| format!("({})", test.text())).collect();
            all.join(with)
        };
        match self {
            Test::There(name) => NAMES[*name].to_owned(),
            Test::Compare(every, sign, term, number) => {
                let every = every.map_or("", |every| if every { "all " } else { "any " });
                format!("{every}{} {} {number}", term.text(), SIGNS[*sign])
            }
            Test::Both(sign, a, b) => format!("{} {} {}", a.text(), SIGNS[*sign], b.text()),
            Test::In(negated, term, set) => {
                let member = |(first, last): &(u16, Option<u16>)| match last {
                    Some(last) => format!("{first}..{last}"),
                    None => first.to_string(),
                };
                let set: Vec<String> = set.iter().map(member).collect();
                format!("{} {}in {{{}}}", term.text(), if *negated { "not " } else { "" }, set.join(", "))
            }
            Test::And(tests) => joined(tests, " && "),
            Test::Or(tests) => joined(tests, " or "),
            Test::Xor(tests) => joined(tests, " ^^ "),
            Test::Not(test) => format!("!({})", test.text()),
        }
    }

    fn holds(&self, facts: &Facts) -> bool {
        match self {
            Test::There(name) => !facts.values(NAMES[*name]).is_empty(),
            Test::Compare(every, sign, term, number) => {
                compared(*every, *sign, &term.values(facts), &[constant(term, *number)])
            }
            Test::Both(sign, a, b) => compared(None, *sign, &a.values(facts), &b.values(facts)),
            Test::In(negated, term, set) => {
                let inside = |value: &i128| {
                    set.iter().any(|(first, last)| {
                        (constant(term, *first)..=constant(term, last.unwrap_or(*first))).contains(value)
                    })
                };
                term.values(facts).iter().any(inside) != *negated
            }
            Test::And(tests) => tests.iter().all(|test| test.holds(facts)),
            Test::Or(tests) => tests.iter().any(|test| test.holds(facts)),
            Test::Xor(tests) => tests.iter().filter(|test| test.holds(facts)).count() % 2 == 1,
            Test::Not(test) => !test.holds(facts),
        }
    }
}

fn term() -> impl Strategy<Value = Term> {
    let leaf = prop_oneof![4 => (0..NAMES.len()).prop_map(Term::Name), 1 => (0..NAMES.len()).prop_map(Term::Count)];
    leaf.prop_recursive(2, 6, 2, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            (boxed(), any::<u8>()).prop_map(|(term, number)| Term::Plus(term, number)),
            (boxed(), any::<u8>()).prop_map(|(term, number)| Term::Times(term, number)),
            (boxed(), boxed()).prop_map(|(a, b)| Term::Minus(a, b)),
            (boxed(), any::<u8>()).prop_map(|(term, number)| Term::And(term, number)),
            (boxed(), boxed()).prop_map(|(a, b)| Term::Most(a, b)),
            boxed().prop_map(Term::Negative),
        ]
    })
}

/// Numbers near those that rows have.
fn number() -> impl Strategy<Value = u16> {
    prop_oneof![0_u16..12, 78_u16..130, any::<u16>()]
}

fn test() -> impl Strategy<Value = Test> {
    // Constants of some names are bounded by their width: those beside plain names stay below it.
    let plain = (any::<Option<bool>>(), 0..SIGNS.len(), 0..NAMES.len(), 0_u16..128)
        .prop_map(|(every, sign, name, number)| Test::Compare(every, sign, Term::Name(name), number));
    let sums = (any::<Option<bool>>(), 0..SIGNS.len(), term(), number())
        .prop_map(|(every, sign, term, number)| Test::Compare(every, sign, Term::Plus(Box::new(term), 0), number));
    let both = (0..SIGNS.len(), term(), term()).prop_map(|(sign, a, b)| Test::Both(sign, a, b));
    let set = proptest::collection::vec((0_u16..128, proptest::option::of(0_u16..128)), 1..4);
    let inside =
        (any::<bool>(), 0..NAMES.len(), set).prop_map(|(negated, name, set)| Test::In(negated, Term::Name(name), set));
    let leaf = prop_oneof![1 => (0..NAMES.len()).prop_map(Test::There), 4 => plain, 2 => sums, 2 => both, 3 => inside];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let list = || proptest::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            list().prop_map(Test::And),
            list().prop_map(Test::Or),
            list().prop_map(Test::Xor),
            inner.clone().prop_map(|test| Test::Not(Box::new(test))),
        ]
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    let small = || prop_oneof![0_u64..12, 78_u64..130, any::<u32>().prop_map(u64::from)];
    (0_u8..16, any::<bool>(), 0_u8..8, small(), small(), small(), any::<Option<u16>>()).prop_map(
        |(opcode, fin, rsv, length, offset, packet, port)| Facts { opcode, fin, rsv, length, offset, packet, port },
    )
}

proptest! {
    #[test]
    fn a_filter_decides_as_its_naive_twin_does(test in test(), rows in proptest::collection::vec(facts(), 1..20)) {
        let text = test.text();
        let filter = Filter::compile(&text);
        prop_assert!(filter.is_ok(), "{}\n{}", text, filter.unwrap_err().caret());
        let filter = filter.unwrap();
        let said = explain(&text, &Settings::default());
        prop_assert!(said.is_ok_and(|lines| lines.iter().any(|line| line.starts_with("Costs "))), "{}", text);
        for facts in rows {
            prop_assert_eq!(facts.matches(&filter), test.holds(&facts), "{} on {:?}", text, facts);
        }
    }
}
