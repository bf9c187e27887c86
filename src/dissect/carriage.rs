//! What carries a socket, besides TCP and HTTP/1: what is known of TLS below it, and of HTTP/2.
//!
//! In: nothing. Out: the words that stand in a [`super::Socket`].

use crate::base::{At, Direction, Note, PerDirection};
use crate::http::h2::error_code;
#[cfg(feature = "tls")]
use crate::tls::alert::name as alert_name;

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
    /// What is to be said of it, once it has ended.
    pub notes: Vec<Note>,
    /// Bytes that each side sent, as TCP carries them.
    pub bytes: PerDirection<u64>,
    /// Why a connection without keys is supposed to be a WebSocket, where it is.
    pub guess: Option<Guess>,
    /// Where its handshake began, and where the last of it arrived before what is inside was first read.
    pub handshake: Option<(At, At)>,
}

/// What is supposed of a connection without keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// How sure, in percent.
    pub percent: u8,
    /// Why, in words.
    pub reason: String,
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

impl Tls {
    /// Its alerts by name, in order.
    #[must_use]
    pub fn alert_names(&self) -> Vec<String> {
        self.alerts.iter().map(Alert::name).collect()
    }

    /// What it is, in one line: `TLS 1.3  TLS_AES_128_GCM_SHA256  server name a.example  ALPN h2`.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = self.version_name().unwrap_or_else(|| "TLS".to_owned());
        let said = [("", &self.suite_name), ("server name ", &self.server_name), ("ALPN ", &self.alpn)];
        for (what, value) in said {
            line.extend(value.iter().flat_map(|value| ["  ", what, value.as_str()]));
        }
        line
    }

    /// The same in a table: `TLS 1.3 AES_128_GCM_SHA256`.
    #[must_use]
    pub fn short(&self) -> String {
        let version = self.version_name().unwrap_or_else(|| "TLS".to_owned());
        let suite = self.suite_name.as_deref().map(|name| name.strip_prefix("TLS_").unwrap_or(name));
        suite.map_or_else(|| version.clone(), |suite| format!("{version} {suite}"))
    }
}

impl Alert {
    /// Its name in IANA's registry of TLS alerts; the number where there is none, or where it is sealed.
    #[must_use]
    pub fn name(&self) -> String {
        alert_name(self.description).map_or_else(|| format!("alert {}", self.description), str::to_owned)
    }

    /// Its level in words (RFC 8446 section 6).
    #[must_use]
    pub fn level_name(&self) -> &'static str {
        match self.level {
            1 => "warning",
            2 => "fatal",
            _ => "unknown",
        }
    }
}

/// Without TLS there are no alerts.
#[cfg(not(feature = "tls"))]
fn alert_name(_: u8) -> Option<&'static str> {
    None
}

impl Http2 {
    /// The error code of RST_STREAM, where the stream ended so.
    #[must_use]
    pub fn reset(&self) -> Option<u32> {
        self.end?.1
    }

    /// What it is, in one line: `HTTP/2 stream 3, reset by the client: CANCEL`.
    #[must_use]
    pub fn line(&self) -> String {
        let end = self.end_words().map_or_else(String::new, |end| format!(", {end}"));
        format!("HTTP/2 stream {}{end}", self.stream)
    }

    /// How it ended, in words: `reset by the client: CANCEL`.
    #[must_use]
    pub fn end_words(&self) -> Option<String> {
        let (by, reset) = self.end?;
        Some(match reset {
            Some(code) => format!("reset by the {}: {}", by.name(), http2_error_name(code)),
            None => format!("ended by the {}", by.name()),
        })
    }
}

/// The name of an error code of HTTP/2 (RFC 9113 section 7).
#[must_use]
pub fn http2_error_name(code: u32) -> String {
    error_code::name(code).map_or_else(|| format!("0x{code:x}"), str::to_owned)
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
    alerts,
    notes,
    bytes,
    guess,
    handshake
});
crate::base::pack::pack_struct!(Guess { percent, reason });
crate::base::pack::pack_struct!(Alert { by, level, description, at });
crate::base::pack::pack_struct!(Http2 { stream, connect_protocol, end, others });
