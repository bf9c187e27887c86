//! An opening handshake, ready to be explained: its heads out of text, and what each header field of it is for.
//!
//! In: bytes that begin with an HTTP head. Out: the head, and how many bytes it takes; a sentence for a field, with the
//! clause it stands in. What is no HTTP head gives none.

pub mod agreed;
pub mod challenge;
mod fields;

use crate::base::Direction;
use crate::websocket::handshake::{Request, Response};

/// One of the two heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// What a client asks.
    Request(Request),
    /// What a server answers.
    Response(Response),
}

/// The head of an HTTP message at the start of `bytes`: its first line, and how many bytes it takes with the empty line
/// that ends it (`None` where that is not there).
///
/// ```
/// use sockeye::teach::handshake::head;
/// assert_eq!(head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\x81\x80"), Some(("GET / HTTP/1.1", Some(27))));
/// assert_eq!(head(b"GET / HTTP/1.1\r\nHos"), Some(("GET / HTTP/1.1", None)));
/// assert_eq!(head(b"\x81\x05Hello"), None);
/// ```
#[must_use]
pub fn head(bytes: &[u8]) -> Option<(&str, Option<usize>)> {
    if !bytes.starts_with(b"GET ") && !bytes.starts_with(b"HTTP/1.") {
        return None;
    }
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    // Text that was copied has lost its carriage returns.
    let ends = [&b"\r\n\r\n"[..], b"\n\n"].into_iter();
    let end = ends.filter_map(|end| Some(bytes.windows(end.len()).position(|some| some == end)? + end.len())).min();
    Some((std::str::from_utf8(line).ok()?, end))
}

/// The parts of a head: of one that is cut off, those that are whole.
///
/// ```
/// use sockeye::teach::handshake::{Head, parse};
/// let Some(Head::Response(response)) = parse(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n") else { panic!() };
/// assert_eq!((response.status, &response.reason[..]), (101, "Switching Protocols"));
/// assert_eq!(response.fields, [("Upgrade".to_owned(), "websocket".to_owned())]);
/// ```
#[must_use]
pub fn parse(bytes: &[u8]) -> Option<Head> {
    let (line, len) = head(bytes)?;
    // A line that is cut off says nothing for sure.
    let whole = || bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let head = String::from_utf8_lossy(bytes.get(..len.unwrap_or_else(whole))?).into_owned();
    let lines = head.split('\n').skip(1).map(|line| line.trim_end_matches('\r'));
    let fields = lines.filter_map(|line| line.split_once(':'));
    let fields = fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    let cut = len.is_none();
    let mut words = line.splitn(3, ' ');
    let (first, second, third) = (words.next()?, words.next().unwrap_or(""), words.next().unwrap_or(""));
    if first.starts_with("HTTP/") {
        let status = second.parse().unwrap_or_default();
        return Some(Head::Response(Response { status, reason: third.to_owned(), fields, cut, ..Response::default() }));
    }
    let minor_version = third.strip_prefix("HTTP/1.").and_then(|minor| minor.parse().ok()).unwrap_or_default();
    let (method, target) = (first.to_owned(), second.to_owned());
    Some(Head::Request(Request { method, target, minor_version, fields, cut, ..Request::default() }))
}

/// What a field is for: the side that sends it, its name, a sentence, and the clause that has it.
type Meaning = (Direction, &'static str, &'static str, &'static str);

const FIELDS: &[Meaning] = &[
    (
        Direction::Client,
        ":method",
        "CONNECT: the stream is to carry another protocol; there is no upgrade in HTTP/2",
        "RFC 8441 4",
    ),
    (Direction::Client, ":protocol", "the protocol that the stream is to carry: websocket", "RFC 8441 4"),
    (Direction::Client, ":scheme", "https where wss is meant, http where ws is", "RFC 8441 5"),
    (Direction::Client, ":path", "the resource to talk to", "RFC 8441 5"),
    (Direction::Client, ":authority", "which host is meant, as Host says in HTTP/1.1", "RFC 8441 5"),
    (Direction::Server, ":status", "200 to 299: the server agrees, in the place of 101", "RFC 8441 5"),
    (Direction::Client, "Host", "which host is meant: one server may have many names", "RFC 6455 4.1, item 4"),
    (Direction::Client, "Upgrade", "asks to go on in another protocol than HTTP: WebSocket", "RFC 6455 4.1, item 5"),
    (
        Direction::Client,
        "Connection",
        "names Upgrade, which is for the next hop only: a proxy that does not know it must not pass it on",
        "RFC 6455 4.1, item 6",
    ),
    (
        Direction::Client,
        "Sec-WebSocket-Key",
        "16 random bytes in base64: not a secret, but the answer proves that the server read this request and knows WebSocket",
        "RFC 6455 4.1, item 7",
    ),
    (
        Direction::Client,
        "Origin",
        "which web page asks: a browser sends it, and the server may refuse pages that it does not know",
        "RFC 6455 4.1, item 8",
    ),
    (
        Direction::Client,
        "Sec-WebSocket-Version",
        "the version of the protocol: 13 is that of RFC 6455",
        "RFC 6455 4.1, item 9",
    ),
    (
        Direction::Client,
        "Sec-WebSocket-Protocol",
        "the subprotocols that the client would speak, the one it likes best first",
        "RFC 6455 4.1, item 10",
    ),
    (
        Direction::Client,
        "Sec-WebSocket-Extensions",
        "the extensions that the client offers, with their parameters",
        "RFC 6455 4.1, item 11",
    ),
    (Direction::Client, "Cookie", "any other field of HTTP may come along, like cookies", "RFC 6455 4.1, item 12"),
    (
        Direction::Client,
        "Authorization",
        "any other field of HTTP may come along, like credentials",
        "RFC 6455 4.1, item 12",
    ),
    (Direction::Server, "Upgrade", "from here on the connection is WebSocket", "RFC 6455 4.2.2, item 5.2"),
    (Direction::Server, "Connection", "names Upgrade, as the request does", "RFC 6455 4.2.2, item 5.3"),
    (
        Direction::Server,
        "Sec-WebSocket-Accept",
        "computed from the key of the request: the server has understood it",
        "RFC 6455 4.2.2, item 5.4",
    ),
    (
        Direction::Server,
        "Sec-WebSocket-Protocol",
        "the one subprotocol that is spoken, out of those that the client named",
        "RFC 6455 4.2.2, item 5.5",
    ),
    (
        Direction::Server,
        "Sec-WebSocket-Extensions",
        "the extensions that are used, out of those that the client offered",
        "RFC 6455 4.2.2, item 5.6",
    ),
    (
        Direction::Server,
        "Sec-WebSocket-Version",
        "the versions that the server speaks: the client may ask again with one of them",
        "RFC 6455 4.4",
    ),
    (Direction::Server, "Location", "the resource is elsewhere: the client may ask there", "RFC 6455 4.1"),
    (
        Direction::Server,
        "WWW-Authenticate",
        "the server wants to know who asks: the client may ask again and say so",
        "RFC 6455 4.1",
    ),
];

/// What a header field is for, and the clause; `None` where no specification speaks of it. Where its value is not what a
/// handshake takes, that is said instead.
///
/// ```
/// use sockeye::base::Direction::Client;
/// use sockeye::teach::handshake::field;
/// assert_eq!(field(Client, "host", "a").unwrap().1, "RFC 6455 4.1, item 4");
/// assert!(field(Client, "Connection", "keep-alive").unwrap().0.contains("does not name Upgrade"));
/// assert_eq!(field(Client, "User-Agent", "curl").unwrap().1, "RFC 9110 10.1.5");
/// assert_eq!(field(Client, "X-Own", "1"), None);
/// ```
#[must_use]
pub fn field(by: Direction, name: &str, value: &str) -> Option<(&'static str, &'static str)> {
    let mut known = FIELDS.iter().filter(|(side, known, ..)| *side == by && known.eq_ignore_ascii_case(name));
    let Some((_, name, sentence, clause)) = known.next() else { return fields::other(by, name) };
    let names = |token: &str| value.split(',').any(|item| item.trim().eq_ignore_ascii_case(token));
    let sentence = match (*name, by) {
        ("Connection", _) if !names("Upgrade") => "does not name Upgrade, as a handshake has to",
        ("Upgrade", _) if !names("websocket") => "names another protocol than websocket",
        ("Sec-WebSocket-Version", Direction::Client) if value != "13" => {
            "not 13, the version of RFC 6455: a draft, or a mistake"
        }
        _ => *sentence,
    };
    Some((sentence, *clause))
}

/// Whether a head has to do with WebSocket.
#[must_use]
pub fn is_upgrade(head: &Head) -> bool {
    let (fields, agrees) = match head {
        Head::Request(request) => (&request.fields, false),
        Head::Response(response) => (&response.fields, response.status == 101),
    };
    let names =
        |name: &str| name.eq_ignore_ascii_case("Upgrade") || name.to_ascii_lowercase().starts_with("sec-websocket-");
    agrees || fields.iter().any(|(name, _)| names(name))
}

/// Why an extended CONNECT has no key and no answer to one.
pub const NO_KEY: (&str, &str) =
    ("no key and no answer to it: a server that knows :protocol has shown that it means WebSocket", "RFC 8441 5");

/// What a request line says, and the clause.
#[must_use]
pub fn request(request: &Request) -> (String, &'static str) {
    if request.http2 {
        let words = format!("asks for {} by extended CONNECT: the stream is to carry a WebSocket", request.target);
        return (words, "RFC 8441 4");
    }
    match (request.method.as_str(), request.minor_version) {
        ("GET", 1..) => (
            format!("asks for {} by GET, in HTTP/1.1: the resource to talk to", request.target),
            "RFC 6455 4.1, item 2",
        ),
        ("GET", _) => ("an upgrade takes HTTP/1.1 or later".to_owned(), "RFC 6455 4.1, item 2"),
        _ => ("an upgrade takes the method GET".to_owned(), "RFC 6455 4.1, item 2"),
    }
}

/// What a status says, and the clause.
#[must_use]
pub fn status(response: &Response) -> (&'static str, &'static str) {
    if response.http2 && response.accepts() {
        return ("the server agrees: frames follow as data of the stream", "RFC 8441 5");
    }
    match response.status {
        101 => ("the server agrees: frames follow the empty line", "RFC 6455 4.2.2, item 5.1"),
        300..=399 => ("no upgrade: the resource is elsewhere", "RFC 6455 4.1"),
        401 => ("no upgrade: the server wants to know who asks", "RFC 6455 4.1"),
        403 => ("no upgrade: the server does not want this page or client", "RFC 6455 4.2.2, item 4"),
        426 => ("no upgrade: the server speaks another version", "RFC 6455 4.4"),
        _ => ("no upgrade: what follows is HTTP", "RFC 6455 4.1"),
    }
}
