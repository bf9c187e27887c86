//! Header fields of HTTP that come along with a handshake and are no part of it, and those of drafts: a sentence for each.

use crate::base::Direction;

/// What a field is for: its name, a sentence, and the clause that has it.
type Meaning = (&'static str, &'static str, &'static str);

/// Of the drafts before RFC 6455, by the side that sends it.
const DRAFTS: &[(Direction, &str, &str, &str)] = &[
    (
        Direction::Client,
        "Sec-WebSocket-Key1",
        "digits hidden among spaces and letters: their number, divided by the spaces, goes into the answer",
        "draft-hixie-76 5.2",
    ),
    (
        Direction::Client,
        "Sec-WebSocket-Key2",
        "the same again; eight bytes behind the head are the third part",
        "draft-hixie-76 5.2",
    ),
    (
        Direction::Client,
        "Sec-WebSocket-Draft",
        "which draft the client speaks, by number",
        "draft-ietf-hybi-thewebsocketprotocol-01 to -03",
    ),
    (
        Direction::Client,
        "Sec-WebSocket-Origin",
        "which web page asks: Origin by its name of these drafts",
        "draft-ietf-hybi-thewebsocketprotocol-04 to -10",
    ),
    (Direction::Client, "WebSocket-Protocol", "the subprotocol that the client would speak", "draft-hixie-75 4.1"),
    (
        Direction::Server,
        "Sec-WebSocket-Origin",
        "the page that the server accepts: the client compares it with its own",
        "draft-hixie-76 5.2",
    ),
    (
        Direction::Server,
        "Sec-WebSocket-Location",
        "the address that the server speaks for: the client compares it with what it asked for",
        "draft-hixie-76 5.2",
    ),
    (
        Direction::Server,
        "Sec-WebSocket-Nonce",
        "sixteen bytes of the server, which go into the key of each frame",
        "draft-ietf-hybi-thewebsocketprotocol-04",
    ),
    (
        Direction::Server,
        "WebSocket-Origin",
        "the page that the server accepts: the client compares it with its own",
        "draft-hixie-75 4.1",
    ),
    (
        Direction::Server,
        "WebSocket-Location",
        "the address that the server speaks for: the client compares it with what it asked for",
        "draft-hixie-75 4.1",
    ),
    (Direction::Server, "WebSocket-Protocol", "the subprotocol that is spoken", "draft-hixie-75 4.1"),
];

/// Of HTTP, whoever sends it.
const HTTP: &[Meaning] = &[
    ("Accept", "which kinds of content the client would take; a WebSocket has none", "RFC 9110 12.5.1"),
    ("Accept-Encoding", "which codings of content the client would take: of HTTP, not of messages", "RFC 9110 12.5.3"),
    ("Accept-Language", "which languages the user would read", "RFC 9110 12.5.4"),
    (
        "Access-Control-Allow-Credentials",
        "that pages elsewhere may send cookies: of fetch; a WebSocket does not ask for it",
        "Fetch 3.3.3",
    ),
    (
        "Access-Control-Allow-Headers",
        "which fields pages elsewhere may send: of fetch; a WebSocket does not ask for it",
        "Fetch 3.3.3",
    ),
    (
        "Access-Control-Allow-Methods",
        "which methods pages elsewhere may use: of fetch; a WebSocket does not ask for it",
        "Fetch 3.3.3",
    ),
    (
        "Access-Control-Allow-Origin",
        "which pages may read the answer: of fetch; a WebSocket is not protected by it",
        "Fetch 3.3.3",
    ),
    ("Age", "how long the answer has lain in a cache, seconds", "RFC 9111 5.1"),
    ("Allow", "which methods the resource takes", "RFC 9110 10.2.1"),
    ("Alt-Svc", "where else the same is served", "RFC 7838 3"),
    ("Cache-Control", "that no cache may answer in the place of the server, or how long one may", "RFC 9111 5.2"),
    ("Connection", "what is for the next hop only", "RFC 9110 7.6.1"),
    ("Content-Encoding", "how the body is coded", "RFC 9110 8.4"),
    ("Content-Length", "how many bytes of body follow; none after 101", "RFC 9110 8.6"),
    ("Content-Security-Policy", "what a page may load and connect to", "CSP 3"),
    ("Content-Type", "what kind of content the body is", "RFC 9110 8.3"),
    ("Date", "when the answer was made", "RFC 9110 6.6.1"),
    ("DNT", "that the user does not want to be tracked; few heed it", "Tracking Preference Expression 5.2"),
    ("Expires", "until when a cache may use the answer", "RFC 9111 5.3"),
    ("Forwarded", "whom a proxy speaks for", "RFC 7239 4"),
    ("Keep-Alive", "how long HTTP would keep the connection; a WebSocket has its own end", "RFC 2068 19.7.1.1"),
    ("Location", "where the resource is", "RFC 9110 10.2.2"),
    ("Pragma", "what Cache-Control says, for HTTP/1.0", "RFC 9111 5.4"),
    ("Priority", "how urgent the request is", "RFC 9218 5"),
    ("Proxy-Authorization", "credentials for a proxy on the way, which takes them away", "RFC 9110 11.7.2"),
    (
        "Proxy-Connection",
        "what some clients tell a proxy in the place of Connection; no specification has it",
        "RFC 9112 C.2.2",
    ),
    ("Referer", "the page that the request comes from", "RFC 9110 10.1.3"),
    ("Retry-After", "when the client may ask again", "RFC 9110 10.2.3"),
    ("Sec-Fetch-Dest", "what the answer is for, as the browser sees it: websocket", "Fetch Metadata 2.1"),
    ("Sec-Fetch-Mode", "how the browser asks: websocket", "Fetch Metadata 2.2"),
    (
        "Sec-Fetch-Site",
        "how page and server are related, as the browser sees it: same-origin, same-site, cross-site",
        "Fetch Metadata 2.3",
    ),
    ("Server", "which program answers", "RFC 9110 10.2.4"),
    ("Set-Cookie", "what the client is to send along from now on", "RFC 6265 4.1"),
    ("Strict-Transport-Security", "that only TLS is to be used with this host from now on", "RFC 6797 6.1"),
    ("TE", "which transfer codings the client would take", "RFC 9110 10.1.4"),
    ("Transfer-Encoding", "how the body is sent; none after 101", "RFC 9112 6.1"),
    ("Upgrade-Insecure-Requests", "that the browser would rather have TLS", "Upgrade Insecure Requests 3.2.1"),
    ("User-Agent", "which program asks", "RFC 9110 10.1.5"),
    ("Vary", "which fields of the request decide on the answer", "RFC 9110 12.5.5"),
    ("Via", "which proxies it came through", "RFC 9110 7.6.3"),
    ("X-Content-Type-Options", "that the type of the content is to be believed", "Fetch 3.6"),
    ("X-Forwarded-For", "whom a proxy speaks for, before there was Forwarded; anybody can write it", "RFC 7239 1"),
    ("X-Forwarded-Host", "which host was asked for before a proxy", "RFC 7239 1"),
    ("X-Forwarded-Proto", "which scheme was asked for before a proxy", "RFC 7239 1"),
    ("X-Real-IP", "the address that a proxy speaks for; no specification has it", ""),
];

/// What a field is for that is no part of the handshake of RFC 6455.
pub(super) fn other(by: Direction, name: &str) -> Option<(&'static str, &'static str)> {
    let draft = DRAFTS.iter().find(|(side, known, ..)| *side == by && known.eq_ignore_ascii_case(name));
    let draft = draft.map(|(_, _, sentence, clause)| (*sentence, *clause));
    draft.or_else(|| {
        let known = HTTP.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        known.map(|(_, sentence, clause)| (*sentence, *clause))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_stands_twice() {
        let mut names: Vec<String> = HTTP.iter().map(|(name, ..)| name.to_ascii_lowercase()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
