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
    /// What hides the hello that counts, where the client's has such an extension (RFC 9849).
    pub ech: Option<Ech>,
    /// The server's certificate, where it was seen.
    pub certificate: Option<Certificate>,
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

/// Encrypted Client Hello (RFC 9849): a ClientHello in the clear that hides another, or looks as if it did (section 6.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ech {
    /// The name in the clear.
    pub public_name: Option<String>,
    /// The server took the hidden hello; nothing where that is not known.
    pub is_accepted: Option<bool>,
    /// The hidden hello was opened: what is said of the client's is said of that one.
    pub is_open: bool,
}

/// What a server's certificate says (RFC 5280 section 4.1), unverified.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Certificate {
    /// The common name of whom it is for.
    pub subject: Option<String>,
    /// The common name of who issued it.
    pub issuer: Option<String>,
    /// Whom it is for is who issued it.
    pub is_self_issued: bool,
    /// Names of servers and addresses that it is for: the subject's common name where there are no others.
    pub names: Vec<String>,
    /// How many more names there are, which were not kept.
    pub more_names: u64,
    /// From when on it is valid, as `2026-11-29T07:19:11Z`.
    pub not_before: String,
    /// Until when.
    pub not_after: String,
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
    /// Names that the server's certificate is for.
    #[must_use]
    pub fn certificate_names(&self) -> &[String] {
        self.certificate.as_ref().map(|certificate| certificate.names.as_slice()).unwrap_or_default()
    }

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

impl Ech {
    /// Whether the hidden hello counts, in words: `accepted`.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self.is_accepted {
            Some(true) if self.is_open => "accepted and opened",
            Some(true) => "accepted; what the hidden hello says is not known",
            Some(false) => "not accepted, or nothing was hidden",
            None => "not known whether it was accepted, or hides anything",
        }
    }

    /// What it is, in one line: `behind cover.example: accepted and opened`.
    #[must_use]
    pub fn line(&self) -> String {
        let behind = self.public_name.as_ref().map_or_else(String::new, |name| format!("behind {name}: "));
        format!("{behind}{}", self.outcome())
    }
}

impl Certificate {
    /// The names, in one line: `a.example, b.example and 40 more`.
    #[must_use]
    pub fn names_line(&self) -> String {
        let names = self.names.join(", ");
        if self.more_names == 0 { names } else { format!("{names} and {} more", self.more_names) }
    }

    /// Who issued it, in words; nothing where that has no common name.
    #[must_use]
    pub fn issuer_line(&self) -> Option<String> {
        match (&self.issuer, self.is_self_issued) {
            (Some(issuer), true) => Some(format!("{issuer}, itself")),
            (None, true) => Some("itself".to_owned()),
            (issuer, false) => issuer.clone(),
        }
    }

    /// When it is valid: `2026-11-29T07:19:11Z to 2059-10-07T07:19:11Z`.
    #[must_use]
    pub fn validity_line(&self) -> String {
        format!("{} to {}", self.not_before, self.not_after)
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
    ech,
    certificate,
    has_keys,
    opened,
    closed,
    alerts,
    notes,
    bytes,
    guess,
    handshake
});
crate::base::pack::pack_struct!(Ech { public_name, is_accepted, is_open });
crate::base::pack::pack_struct!(Certificate {
    subject,
    issuer,
    is_self_issued,
    names,
    more_names,
    not_before,
    not_after
});
crate::base::pack::pack_struct!(Guess { percent, reason });
crate::base::pack::pack_struct!(Alert { by, level, description, at });
crate::base::pack::pack_struct!(Http2 { stream, connect_protocol, end, others });
