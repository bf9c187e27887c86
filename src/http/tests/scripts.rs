//! Whole connections, made at random with a known truth, cut and interleaved in every way that a capture can show.

use proptest::prelude::*;

use super::*;

/// One thing that happens on a connection, and what each side sends for it.
#[derive(Debug, Clone)]
enum Exchange {
    /// A request whose response has this body.
    Plain(Body),
    /// A request with a body.
    Post(Body),
    /// A response without a body, whatever its fields say.
    Head(u8),
    NotModified,
    /// A body after an interim response.
    Continue,
    /// An upgrade, refused with this status.
    Refused(u16, Body),
    /// A tunnel through a proxy.
    Connect,
}

#[derive(Debug, Clone)]
enum Body {
    Length(Vec<u8>),
    Chunked(Vec<Vec<u8>>, bool),
}

impl Body {
    /// Fields and body.
    fn wire(&self) -> Vec<u8> {
        match self {
            Body::Length(body) => [format!("content-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat(),
            Body::Chunked(chunks, trailer) => {
                let mut wire = b"Transfer-Encoding: gzip, Chunked\r\n\r\n".to_vec();
                for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
                    let extension = if *trailer { ";name=\"a\r b\"" } else { "" };
                    wire.extend_from_slice(format!("{:X}{extension}\r\n", chunk.len()).as_bytes());
                    wire.extend_from_slice(chunk);
                    wire.extend_from_slice(b"\r\n");
                }
                wire.extend_from_slice(if *trailer { b"000\r\nX-T: 1\r\nY: 2\r\n\r\n" } else { b"0\r\n\r\n" });
                wire
            }
        }
    }
}

/// What one side sends at once, before it waits for the other.
type Turn = (Side, Vec<u8>);

impl Exchange {
    fn turns(&self) -> Vec<Turn> {
        let with = |line: &str, body: &Body| [line.as_bytes(), &body.wire()].concat();
        match self {
            Exchange::Plain(body) => vec![(A, GET.to_vec()), (B, with("HTTP/1.1 200 OK\r\n", body))],
            Exchange::Post(body) => {
                vec![
                    (A, with("POST /form HTTP/1.1\r\nHost: a\r\n", body)),
                    (B, b"HTTP/1.1 204 \r\nX: y\r\n\r\n".to_vec()),
                ]
            }
            Exchange::Head(length) => vec![
                (A, b"HEAD /page HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()),
                (B, format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes()),
            ],
            Exchange::NotModified => vec![
                (A, b"\r\nGET /etag HTTP/1.0\nHost: a\n\n".to_vec()),
                (B, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n".to_vec()),
            ],
            Exchange::Continue => vec![
                (A, b"PUT /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n".to_vec()),
                (B, b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
                (A, b"abc".to_vec()),
                (B, OK.to_vec()),
            ],
            Exchange::Refused(status, body) => {
                vec![(A, UPGRADE.to_vec()), (B, with(&format!("HTTP/1.1 {status} No\r\n"), body))]
            }
            Exchange::Connect => vec![(A, CONNECT.to_vec()), (B, ESTABLISHED.to_vec())],
        }
    }
}

fn bodies() -> impl Strategy<Value = Body> {
    let bytes = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        // What looks like heads, but is a body.
        Just([b"x", UPGRADE, SWITCH].concat()),
        Just(b"HTT".to_vec()),
    ];
    prop_oneof![
        bytes.clone().prop_map(Body::Length),
        (proptest::collection::vec(bytes, 0..4), any::<bool>()).prop_map(|(chunks, t)| Body::Chunked(chunks, t)),
    ]
}

fn exchanges() -> impl Strategy<Value = Vec<Exchange>> {
    let one = prop_oneof![
        bodies().prop_map(Exchange::Plain),
        bodies().prop_map(Exchange::Post),
        any::<u8>().prop_map(Exchange::Head),
        Just(Exchange::NotModified),
        Just(Exchange::Continue),
        (prop_oneof![Just(200u16), Just(302), Just(401), Just(426), Just(500)], bodies())
            .prop_map(|(status, body)| Exchange::Refused(status, body)),
        Just(Exchange::Connect),
    ];
    proptest::collection::vec(one, 0..6)
}

/// A script: its turns, the last two being frames, and what is true of it.
fn script(exchanges: &[Exchange]) -> (Vec<Turn>, Told) {
    let mut turns: Vec<Turn> = exchanges.iter().flat_map(Exchange::turns).collect();
    turns.extend([(A, UPGRADE.to_vec()), (B, SWITCH.to_vec())]);
    let sent = |side| turns.iter().filter(|turn| turn.0 == side).map(|turn| turn.1.len() as u64).sum();
    let start = |side| Some(Start { offset: sent(side), certain: true });
    let truth = Told {
        client: Some(A),
        starts: Sides { a: start(A), b: start(B) },
        bytes: Sides { a: C_FRAME.repeat(3), b: S_FRAME.repeat(3) },
        refused: exchanges
            .iter()
            .filter_map(|exchange| match exchange {
                Exchange::Refused(status, _) => Some(("/chat".to_string(), *status)),
                _ => None,
            })
            .collect(),
        ..Told::default()
    };
    turns.extend([(A, C_FRAME.repeat(3)), (B, S_FRAME.repeat(3))]);
    (turns, truth)
}

/// A piece of a turn, and what its sender had received.
type Cut = (Side, Vec<u8>, u64);

/// Cuts every turn at the places that `cuts` gives.
fn cut(turns: &[Turn], cuts: &[usize]) -> Vec<Cut> {
    let mut cuts = cuts.iter().copied().cycle();
    let mut sent = Sides { a: 0, b: 0 };
    let mut pieces = Vec::new();
    for (side, bytes) in turns {
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(cuts.next().unwrap_or(rest.len()).clamp(1, rest.len()));
            pieces.push((*side, piece.to_vec(), *sent.get(side.other())));
            rest = after;
        }
        *sent.get_mut(*side) += bytes.len() as u64;
    }
    pieces
}

/// Takes pieces of both sides in the order that `order` says; each side keeps its own.
fn interleave(pieces: &[Cut], order: &[bool]) -> Vec<Cut> {
    let (a, b): (Vec<Cut>, Vec<Cut>) = pieces.iter().cloned().partition(|piece| piece.0 == A);
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    let mut order = order.iter().copied().cycle();
    let mut mixed = Vec::new();
    while a.peek().is_some() || b.peek().is_some() {
        mixed.extend(if order.next().unwrap_or(true) { a.next() } else { b.next() });
    }
    mixed
}

/// Compares with the truth, heads included.
fn compare(mut told: Told, truth: &Told) -> Result<(), TestCaseError> {
    let (request, response) = (told.request.take(), told.response.take());
    prop_assert_eq!(request.map(|head| head.target), Some("/chat".to_string()));
    prop_assert_eq!(response.map(|head| head.status), Some(101));
    prop_assert_eq!(&told, truth);
    Ok(())
}

/// What a step may send, whole or in part.
const WIRE: &[&[u8]] = &[
    GET,
    UPGRADE,
    CONNECT,
    C_FRAME,
    OK,
    SWITCH,
    DENIED,
    S_FRAME,
    ESTABLISHED,
    b"HTTP/1.1 101 x\r\nUpgrade: h2c\r\n\r\n",
    b"HEAD / HTTP/1.1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nSec-WebSocket-Key1: 1 2\r\nSec-WebSocket-Key2: 1 2\r\n\r\n12345678",
    b"HTTP/1.1 101 x\r\nSec-WebSocket-Origin: x\r\n\r\n0123456789abcdef",
    b"\r\n",
];

/// A step of a connection that follows no rule.
#[derive(Debug, Clone)]
enum Thing {
    Bytes(Side, Vec<u8>),
    Gap(Side, u64),
    /// Percent of what the other side has sent.
    Received(Side, u64),
    Tick(u64),
}

fn anything() -> impl Strategy<Value = Thing> {
    let side = prop_oneof![Just(A), Just(B)];
    let wire = proptest::sample::select(WIRE);
    let part = (wire, 0usize..200, 0usize..200).prop_map(|(wire, from, len)| {
        // Mostly whole.
        let from = if from > 60 { 0 } else { from.min(wire.len()) };
        let len = if len > 60 { wire.len() - from } else { len.min(wire.len() - from) };
        wire[from..from + len].to_vec()
    });
    prop_oneof![
        12 => (side.clone(), part).prop_map(|(side, bytes)| Thing::Bytes(side, bytes)),
        1 => (side.clone(), proptest::collection::vec(any::<u8>(), 0..20)).prop_map(|(side, bytes)| Thing::Bytes(side, bytes)),
        2 => (side.clone(), prop_oneof![0u64..40, Just(u64::from(u32::MAX))]).prop_map(|(side, len)| Thing::Gap(side, len)),
        2 => (side, 0u64..=100).prop_map(|(side, share)| Thing::Received(side, share)),
        1 => (0u64..1000).prop_map(Thing::Tick),
    ]
}

/// Counts, for each side that was handed over, the stream offset up to which its bytes were.
fn hand(handed: &mut Sides<Option<u64>>, verdict: &Verdict, side: Side, len: u64, is_gap: bool) {
    let (starts, held, rest) = match verdict {
        Verdict::Undecided => return,
        Verdict::Passed => {
            *handed.get_mut(side) = handed.get(side).map(|handed| handed + len);
            return;
        }
        Verdict::WebSocket(upgrade) => {
            let offset = |side| upgrade.starts.get(side).map(|start| start.offset);
            (Sides { a: offset(A), b: offset(B) }, &upgrade.held, upgrade.rest)
        }
        Verdict::Other(other) => (Sides { a: Some(other.starts.a), b: Some(other.starts.b) }, &other.held, other.rest),
    };
    for each in Side::BOTH {
        if let Some(start) = starts.get(each)
            && handed.get(each).is_none()
        {
            *handed.get_mut(each) = Some(start + held.get(each).stream_len());
        }
    }
    if !is_gap {
        *handed.get_mut(side) = handed.get(side).map(|handed| handed + (len - rest as u64));
    }
}

proptest! {
    #[test]
    fn any_cuts_in_the_order_of_the_wire(exchanges in exchanges(), cuts in proptest::collection::vec(1usize..200, 1..20)) {
        let (turns, truth) = script(&exchanges);
        let pieces = cut(&turns, &cuts);
        compare(run(pieces.iter().map(|(side, bytes, _)| Bytes(*side, bytes))), &truth)?;
        let known = run(pieces.iter().map(|(side, bytes, received)| Having(*side, bytes, *received)));
        compare(known, &truth)?;
    }

    #[test]
    fn any_cuts_in_any_order(
        exchanges in exchanges(),
        // Not so small that bytes wait longer than anybody would.
        cuts in proptest::collection::vec(prop_oneof![1 => 1usize..9, 5 => 9usize..200], 8..20),
        order in proptest::collection::vec(any::<bool>(), 1..40),
    ) {
        // One of each, so that no side is taken for ever.
        let order = [order, vec![true, false]].concat();
        let (turns, truth) = script(&exchanges);
        let mixed = interleave(&cut(&turns, &cuts), &order);
        compare(run(mixed.iter().map(|(side, bytes, received)| Having(*side, bytes, *received))), &truth)?;
    }

    #[test]
    fn any_order_of_anything_loses_no_byte(steps in proptest::collection::vec(anything(), 1..30)) {
        let mut connection = Connection::default();
        let mut refused = Outcomes::default();
        let mut sent = Sides { a: 0u64, b: 0 };
        let mut handed: Sides<Option<u64>> = Sides::default();
        for (packet, step) in (1..).zip(&steps) {
            let (side, len, verdict) = match step {
                Thing::Bytes(side, bytes) => {
                    (*side, bytes.len() as u64, connection.push(*side, chunk(bytes, packet), &mut refused))
                }
                Thing::Gap(side, len) => (*side, *len, connection.gap(*side, lost(*len, packet), &mut refused)),
                Thing::Received(side, share) => {
                    connection.acknowledged(*side, sent.get(side.other()) * share / 100);
                    continue;
                }
                Thing::Tick(passed) => (A, 0, connection.tick(at(packet + passed), &mut refused)),
            };
            *sent.get_mut(side) += len;
            let is_gap = matches!(step, Thing::Gap(..));
            hand(&mut handed, &verdict, side, len, is_gap);
            prop_assert!(connection.oldest_pending().is_none_or(|oldest| oldest <= packet));
            prop_assert!(connection.held_bytes() < 300_000);
            for each in Side::BOTH {
                let expected = sent.get(each);
                prop_assert!(handed.get(each).is_none_or(|handed| handed == *expected), "{each:?} {verdict:?}");
                prop_assert_eq!(connection.wants(each), handed.get(each).is_none());
            }
        }
        let verdict = connection.finish(&mut refused);
        hand(&mut handed, &verdict, A, 0, true);
        for each in Side::BOTH {
            prop_assert!(handed.get(each).is_none_or(|handed| handed == *sent.get(each)), "{each:?} {verdict:?}");
        }
    }

    #[test]
    fn any_bytes_come_back(
        first in proptest::collection::vec(any::<u8>(), 0..60),
        second in proptest::collection::vec(any::<u8>(), 0..60),
        head in prop_oneof![Just(&b""[..]), Just(GET), Just(UPGRADE), Just(CONNECT), Just(OK), Just(SWITCH)],
        cuts in proptest::collection::vec(1usize..50, 1..5),
    ) {
        let turns = [(A, [head, &first].concat()), (B, second.clone())];
        let told = run(cut(&turns, &cuts).iter().map(|(side, bytes, _)| Bytes(*side, bytes)));
        // What is handed over is the end of what was sent, whatever it is.
        prop_assert!(turns[0].1.ends_with(&told.bytes.a));
        prop_assert!(second.ends_with(&told.bytes.b));
        if let Some(start) = told.starts.a {
            prop_assert_eq!(start.offset + told.bytes.a.len() as u64, turns[0].1.len() as u64);
        }
        if told.other.is_some() {
            prop_assert_eq!(told.other_starts.a + told.bytes.a.len() as u64, turns[0].1.len() as u64);
            prop_assert_eq!(told.other_starts.b + told.bytes.b.len() as u64, second.len() as u64);
        }
    }
}
