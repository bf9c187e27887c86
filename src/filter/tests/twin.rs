//! Filters made by chance, against an interpreter that knows nothing of types, constants or shortcuts.

use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use super::super::traced::Traced;
use super::super::*;
use crate::base::{At, ConnectionId, Direction, PerDirection, Timestamp};
use crate::dissect::{Evidence, FramePlace, Sink, Socket, Told};
use crate::trace::{Bytes, Indexer, Progress, Shared};
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
    /// Payload bytes in the capture, where not all are.
    captured: Option<u64>,
    /// Nanoseconds since the start of the capture.
    time: u32,
    server: bool,
    /// Port of the client; the other side has 80. `None`: nothing is known of the connection.
    port: Option<u16>,
}

const NAMES: [&str; 13] = [
    "websocket.opcode",
    "websocket.fin",
    "websocket.rsv",
    "ws.length",
    "ws.offset",
    "frame.number",
    "tcp.port",
    "websocket.payload_length_ext_16",
    "ws.captured",
    "ws.missing",
    "websocket.payload_length",
    "tcp.srcport",
    "ws.message.length",
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
            "ws.captured" => vec![self.captured.unwrap_or(self.length).into()],
            "ws.missing" => vec![self.length.saturating_sub(self.captured.unwrap_or(self.length)).into()],
            "websocket.payload_length" => vec![127],
            "tcp.srcport" => self.port.map_or(Vec::new(), |port| vec![if self.server { 80 } else { port.into() }]),
            _ => Vec::new(),
        }
    }

    fn at(&self) -> At {
        At { packet: self.packet, time: Timestamp(self.time.into()) }
    }

    fn frame(&self) -> Frame<'static> {
        let at = self.at();
        let header = Header {
            fin: self.fin,
            rsv: self.rsv,
            opcode: Opcode::from_bits(self.opcode),
            masking_key: None,
            length: self.length,
            form: LengthForm::Bits64,
        };
        Frame {
            direction: if self.server { Direction::Server } else { Direction::Client },
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
            captured: self.captured.unwrap_or(self.length),
            payload: &[],
            holes: &[],
            notes: &[],
        }
    }

    /// Connections are numbered by their port; one of which nothing is known is behind all of them.
    fn connection(&self) -> ConnectionId {
        ConnectionId(self.port.map_or(1 << 16, u32::from))
    }

    fn matches(&self, filter: &Filter) -> bool {
        let frame = self.frame();
        let place = FramePlace::unnumbered(self.connection().into());
        let peer = self.port.map(|port| Peer::new(&socket(port), false));
        let row = Row { frame: Some((&place, &frame)), peer: peer.as_ref(), at: Some(self.at()), ..Row::default() };
        filter.matches(&row)
    }
}

/// An index of these rows.
fn index(rows: &[Facts]) -> Shared {
    let mut indexer = Indexer::new();
    let mut known = std::collections::BTreeSet::new();
    for (number, facts) in (1..).zip(rows) {
        if let Some(port) = facts.port.filter(|port| known.insert(*port)) {
            Sink::tell(&mut indexer, &Told::Opened(&socket(port)));
        }
        let place = FramePlace { number, socket: facts.connection().into(), message: None };
        Sink::tell(&mut indexer, &Told::Frame(&place, &facts.frame()));
    }
    indexer.flush(Progress::default());
    indexer.shared()
}

fn socket(port: u16) -> Socket {
    Socket {
        id: ConnectionId(port.into()).into(),
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
    /// Time since the start compared with so many nanoseconds.
    Since(usize, u32),
    /// Who sent it.
    Server(bool),
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
            Test::Since(sign, time) => format!("frame.time_epoch {} 0.{time:09}", SIGNS[*sign]),
            Test::Server(server) => {
                format!("ws.direction == \"{}\"", if *server { "server" } else { "client" })
            }
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
            Test::Since(sign, time) => compared(None, *sign, &[facts.time.into()], &[(*time).into()]),
            Test::Server(server) => facts.server == *server,
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
    let since = (0..SIGNS.len(), 0_u32..12).prop_map(|(sign, time)| Test::Since(sign, time));
    let leaf = prop_oneof![
        1 => (0..NAMES.len()).prop_map(Test::There),
        1 => any::<bool>().prop_map(Test::Server),
        1 => since,
        4 => plain,
        2 => sums,
        2 => both,
        3 => inside,
    ];
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
    let port = prop_oneof![1 => Just(None), 3 => (1_u16..6).prop_map(Some), 1 => any::<u16>().prop_map(Some)];
    let sent = (proptest::option::weighted(0.2, small()), 0_u32..12, any::<bool>());
    (0_u8..16, any::<bool>(), 0_u8..8, small(), small(), small(), port, sent).prop_map(
        |(opcode, fin, rsv, length, offset, packet, port, (captured, time, server))| Facts {
            opcode,
            fin,
            rsv,
            length,
            offset,
            packet,
            captured,
            time,
            server,
            port,
        },
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

    #[test]
    fn columns_decide_as_the_naive_twin_does(
        tests in proptest::collection::vec(test(), 1..12),
        rows in proptest::collection::vec(facts(), 1..400),
        few in any::<bool>(),
    ) {
        let (shared, stop) = (index(&rows), AtomicBool::new(false));
        let trace = shared.read();
        let store = Vec::new();
        let bytes = Bytes::new(&trace, &store);
        // All of them, or some here and there, as the rows of one connection are.
        let wanted = rows.iter().enumerate().filter(|(at, _)| !few || at % 7 == 3);
        let (numbers, wanted): (Vec<u64>, Vec<&Facts>) = wanted.map(|(at, facts)| (at as u64 + 1, facts)).unzip();
        for test in tests {
            let text = test.text();
            let said = Traced::new(&Filter::compile(&text).unwrap()).frames(bytes, &numbers, &stop);
            prop_assert_eq!(said.len(), wanted.len());
            for ((facts, said), number) in wanted.iter().zip(said).zip(&numbers) {
                prop_assert_eq!(said, test.holds(facts), "{} on frame {}: {:?}", text, number, facts);
            }
        }
    }
}
