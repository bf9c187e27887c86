//! What carries a socket, besides TCP and HTTP/1: what is known of TLS below it, and of HTTP/2.
//!
//! In: nothing. Out: the words that stand in a [`super::Socket`].

use crate::base::{At, Direction, Note};

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

    /// What it is, shortly: `TLS 1.3 TLS_AES_128_GCM_SHA256`.
    #[must_use]
    pub fn summary(&self) -> String {
        let version = self.version_name().unwrap_or_else(|| "TLS".to_owned());
        [Some(version), self.suite_name.clone()].into_iter().flatten().collect::<Vec<_>>().join("  ")
    }
}

impl Alert {
    /// Its name in IANA's registry of TLS alerts; the number where there is none, or where it is sealed.
    #[must_use]
    pub fn name(&self) -> String {
        let known = ALERTS.iter().find(|(number, _)| *number == self.description);
        known.map_or_else(|| format!("alert {}", self.description), |(_, name)| (*name).to_owned())
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

/// IANA's registry of TLS alerts.
const ALERTS: [(u8, &str); 37] = [
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (21, "decryption_failed"),
    (22, "record_overflow"),
    (30, "decompression_failure"),
    (40, "handshake_failure"),
    (41, "no_certificate"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (52, "too_many_cids_requested"),
    (60, "export_restriction"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (90, "user_canceled"),
    (100, "no_renegotiation"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (111, "certificate_unobtainable"),
    (112, "unrecognized_name"),
    (113, "bad_certificate_status_response"),
    (114, "bad_certificate_hash_value"),
    (115, "unknown_psk_identity"),
    (116, "certificate_required"),
    (117, "general_error"),
    (120, "no_application_protocol"),
    (121, "ech_required"),
];

impl Http2 {
    /// The error code of RST_STREAM, where the stream ended so.
    #[must_use]
    pub fn reset(&self) -> Option<u32> {
        self.end?.1
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
    const NAMES: [&str; 14] = [
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED",
    ];
    let known = usize::try_from(code).ok().and_then(|code| NAMES.get(code));
    known.map_or_else(|| format!("0x{code:x}"), |name| (*name).to_owned())
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
    notes
});
crate::base::pack::pack_struct!(Alert { by, level, description, at });
crate::base::pack::pack_struct!(Http2 { stream, connect_protocol, end, others });
