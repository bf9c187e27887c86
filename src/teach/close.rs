//! Close codes: what each says, who may send it, and what it may not be used for.
//!
//! In: a code. Out: a sentence and its clause (RFC 6455 section 7.4, and the IANA registry that it set up). Every number has one.

/// What a code says and who may send it; the clause.
///
/// ```
/// use sockeye::teach::close::who;
/// assert!(who(1006).0.contains("nobody sends it"));
/// assert_eq!(who(4001).1, "RFC 6455 7.4.2");
/// ```
#[must_use]
pub fn who(code: u16) -> (&'static str, &'static str) {
    let rfc = "RFC 6455 7.4.1";
    match code {
        0..=999 => ("nobody sends it: codes below 1000 are not used", "RFC 6455 7.4.2"),
        1000 => ("what the connection was made for is done; either side may send it", rfc),
        1001 => ("the sender goes away: a server that stops, or a page that is left; either side may send it", rfc),
        1002 => {
            ("the other side has broken the protocol; either side may send it, and a page of a browser may not", rfc)
        }
        1003 => {
            ("the sender cannot take this type of data, binary where it knows only text; either side may send it", rfc)
        }
        1004 => ("nobody sends it: it is reserved, and its meaning is still to be defined", rfc),
        1005 => ("nobody sends it: it tells an application that the close frame had no code", rfc),
        1006 => ("nobody sends it: it tells an application that there was no close frame", rfc),
        1007 => ("data was not what its type says, such as text that is no UTF-8; either side may send it", rfc),
        1008 => (
            "a message breaks a policy of the sender, who has no better code or does not say more; either side may send it",
            rfc,
        ),
        1009 => ("a message is too big to be processed; either side may send it", rfc),
        1010 => (
            "the client wanted extensions that the server did not choose, and names them in the reason; a client sends it, for a server can refuse the handshake",
            rfc,
        ),
        1011 => ("something unexpected keeps the server from fulfilling the request; a server sends it", rfc),
        1012 => (
            "the service restarts: a client may connect again after a random delay; a server sends it",
            "IANA, WebSocket Close Code Number",
        ),
        1013 => (
            "the service is overloaded: a client should try again later; a server sends it",
            "IANA, WebSocket Close Code Number",
        ),
        1014 => (
            "a gateway got no good answer from the server behind it; a server that is a gateway sends it",
            "IANA, WebSocket Close Code Number",
        ),
        1015 => ("nobody sends it: it tells an application that the handshake of TLS failed", rfc),
        1016..=2999 => (
            "nobody sends it: reserved for the protocol, its revisions and extensions, and not registered",
            "RFC 6455 7.4.2",
        ),
        3000..=3999 => (
            "for libraries, frameworks and applications, registered with IANA; either side may send it",
            "RFC 6455 7.4.2",
        ),
        4000..=4999 => (
            "for private use: its meaning is what both applications have agreed on; either side may send it",
            "RFC 6455 7.4.2",
        ),
        5000.. => ("nobody sends it: codes above 4999 are not defined", "RFC 6455 7.4.2"),
    }
}
