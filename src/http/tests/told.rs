//! Exchanges as they are told to who wants them.

use super::*;
use crate::http::{Exchange, ExchangeKind};

/// What is told of a connection, in that order.
fn exchanges<'a>(steps: impl IntoIterator<Item = Step<'a>>) -> Vec<Exchange> {
    let mut connection = Connection::default();
    let mut told = Outcomes { wants_exchanges: true, ..Outcomes::default() };
    for (packet, step) in (1..).zip(steps) {
        match step {
            Bytes(side, bytes) => connection.push(side, chunk(bytes, packet), &mut told),
            Having(side, bytes, received) => {
                connection.acknowledged(side, received);
                connection.push(side, chunk(bytes, packet), &mut told)
            }
            Gap(side, len) => connection.gap(side, lost(len, packet), &mut told),
        };
    }
    connection.finish(&mut told);
    told.exchanges
}

/// Target, status and kind of each.
fn short(exchanges: &[Exchange]) -> Vec<(&str, u16, ExchangeKind)> {
    let one = |exchange: &'_ Exchange| exchange.kind();
    exchanges
        .iter()
        .map(|exchange| {
            let target = exchange.request.as_ref().map_or("", |request| &request.head.target);
            (target, exchange.response.as_ref().map_or(0, |response| response.head.status), one(exchange))
        })
        .collect()
}

const POST: &[u8] = b"POST /poll HTTP/1.1\r\nContent-Length: 4\r\n\r\nping";
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npong\r\n0\r\n\r\n";

#[test]
fn each_has_its_heads_bodies_and_places() {
    let (head, body) = CHUNKED.split_at(CHUNKED.len() - 14);
    let told = exchanges([
        Bytes(A, &POST[..9]),
        Bytes(A, &POST[9..]),
        Bytes(B, b"HTTP/1.1 100 Continue\r\n\r\n"),
        Bytes(B, head),
        Bytes(B, &body[..5]),
        Bytes(B, &body[5..]),
        Bytes(A, GET),
        Bytes(B, OK),
        Bytes(A, UPGRADE),
        Bytes(B, SWITCH),
    ]);
    use ExchangeKind::{Plain, Upgraded};
    assert_eq!(short(&told), [("/poll", 200, Plain), ("/page", 200, Plain), ("/chat", 101, Upgraded)]);
    let request = told[0].request.as_ref().unwrap();
    assert_eq!((request.offset, request.head_bytes, request.body_bytes), (0, POST.len() as u64 - 4, 4));
    assert_eq!((request.first, request.last, request.whole), (at(1), at(2), true));
    let response = told[0].response.as_ref().unwrap();
    assert_eq!((response.offset, response.head_bytes, response.body_bytes), (25, head.len() as u64, 14));
    assert_eq!((response.first, response.last, response.whole), (at(4), at(6), true));
    let request = told[1].request.as_ref().unwrap();
    assert_eq!((request.offset, request.head_bytes, request.body_bytes), (POST.len() as u64, GET.len() as u64, 0));
}

#[test]
fn pipelines_refusals_and_tunnels() {
    use ExchangeKind::{Plain, Refused, Tunnel, Upgraded};
    let client = [UPGRADE, GET, UPGRADE].concat();
    let server = [DENIED, OK, SWITCH].concat();
    let told = exchanges([Bytes(A, &client), Bytes(B, &server)]);
    assert_eq!(short(&told), [("/chat", 401, Refused), ("/page", 200, Plain), ("/chat", 101, Upgraded)]);
    assert_eq!(told[0].response.as_ref().unwrap().body_bytes, 2);
    let told = exchanges([Bytes(A, CONNECT), Bytes(B, ESTABLISHED), Bytes(A, UPGRADE), Bytes(B, SWITCH)]);
    assert_eq!(short(&told), [("a:443", 200, Tunnel), ("/chat", 101, Upgraded)]);
    // The last has no response.
    let told = exchanges([Bytes(A, GET), Bytes(B, OK), Bytes(A, GET)]);
    assert_eq!(short(&told), [("/page", 200, Plain), ("/page", 0, Plain)]);
}

#[test]
fn with_bytes_that_the_capture_lacks() {
    use ExchangeKind::Plain;
    let (head, body) = OK.split_at(OK.len() - 5);
    let told = exchanges([Bytes(A, GET), Bytes(B, head), Gap(B, 3), Bytes(B, &body[3..])]);
    let response = told[0].response.as_ref().unwrap();
    assert_eq!((short(&told), response.body_bytes, response.whole), (vec![("/page", 200, Plain)], 5, true));
    // The capture begins between a request and its response.
    let told = exchanges([Bytes(B, OK), Bytes(A, GET), Bytes(B, OK)]);
    assert_eq!(told.len(), 2);
    assert!(told.iter().any(|exchange| exchange.request.is_some() && exchange.response.is_some()));
    // A body that only the end of the connection ends.
    let told = exchanges([Bytes(A, GET), Bytes(B, b"HTTP/1.0 200 OK\r\n\r\nall the rest")]);
    let response = told[0].response.as_ref().unwrap();
    assert_eq!((response.body_bytes, response.whole), (12, false));
}

#[test]
fn nothing_is_told_unasked() {
    let mut told = Outcomes::default();
    let mut connection = Connection::default();
    connection.push(A, chunk(GET, 1), &mut told);
    connection.push(B, chunk(OK, 2), &mut told);
    assert_eq!(told.exchanges, []);
}
