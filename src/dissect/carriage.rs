//! What carries a socket, besides TCP and HTTP/1: what is known of TLS below it, and of HTTP/2.
//!
//! In: nothing. Out: the words that stand in a [`super::Socket`].

use crate::base::{At, Direction};

/// TLS below a socket, or a connection of which only that is known (RFC 8446, RFC 5246).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// The version that is spoken, as on the wire (0x0303 is TLS 1.2); 0 where no ServerHello was seen.
    pub version: u16,
    /// The number of the cipher suite, where a ServerHello was seen.
    pub suite: Option<u16>,
    /// Its name in IANA's registry.
    pub suite_name: Option<String>,
    /// The server's name that the client asked for (RFC 6066 section 3).
    pub server_name: Option<String>,
    /// The protocol inside (RFC 7301).
    pub alpn: Option<String>,
    /// Names that the server's certificate is for, where it was seen: the subject's common name where there are no others.
    pub certificate_names: Vec<String>,
    /// Secrets of the connection are known.
    pub has_keys: bool,
    /// Records that were opened.
    pub opened: u64,
    /// Sealed records that were not.
    pub closed: u64,
    /// Alerts of which anything is known, in order.
    pub alerts: Vec<Alert>,
}

/// An alert (RFC 8446 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alert {
    /// Who sent it.
    pub by: Direction,
    /// Its level: 1 is a warning, 2 is fatal.
    pub level: u8,
    /// What it says, by number.
    pub description: u8,
    /// Where.
    pub at: At,
}

impl Tls {
    /// The version in words: `TLS 1.3`, `SSL 3.0`; nothing where it is not known.
    #[must_use]
    pub fn version_name(&self) -> Option<String> {
        match self.version {
            0 => None,
            0x0300 => Some("SSL 3.0".to_owned()),
            0x0301..=0x0304 => Some(format!("TLS 1.{}", self.version - 0x0301)),
            other => Some(format!("0x{other:04x}")),
        }
    }
}

/// HTTP/2 that carries a socket (RFC 9113, RFC 8441).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Http2 {
    /// The stream.
    pub stream: u32,
    /// The server's SETTINGS allow extended CONNECT (RFC 8441 section 3).
    pub connect_protocol: bool,
    /// How it ended: who ended it first, and the error code of RST_STREAM, where it was that.
    pub end: Option<(Direction, Option<u32>)>,
    /// Requests of the connection so far that are no WebSocket.
    pub others: u64,
}

crate::base::pack::pack_struct!(Tls {
    version,
    suite,
    suite_name,
    server_name,
    alpn,
    certificate_names,
    has_keys,
    opened,
    closed,
    alerts
});
crate::base::pack::pack_struct!(Alert { by, level, description, at });
crate::base::pack::pack_struct!(Http2 { stream, connect_protocol, end, others });
