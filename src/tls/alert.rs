//! Alerts by name (IANA's registry of TLS alerts; RFC 8446 section 6, RFC 5246 section 7.2).

/// The level of an alert that ends the connection.
pub const FATAL: u8 = 2;

/// The alert that ends a side properly (RFC 8446 section 6.1).
pub const CLOSE_NOTIFY: u8 = 0;

/// The name of a description; nothing where the registry has none.
#[must_use]
pub fn name(description: u8) -> Option<&'static str> {
    Some(match description {
        CLOSE_NOTIFY => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        21 => "decryption_failed",
        22 => "record_overflow",
        30 => "decompression_failure",
        40 => "handshake_failure",
        41 => "no_certificate",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        52 => "too_many_cids_requested",
        60 => "export_restriction",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        100 => "no_renegotiation",
        109 => "missing_extension",
        110 => "unsupported_extension",
        111 => "certificate_unobtainable",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        114 => "bad_certificate_hash_value",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        117 => "general_error",
        120 => "no_application_protocol",
        121 => "ech_required",
        _ => return None,
    })
}

/// The same with its number, for people: `bad_record_mac (20)`.
#[must_use]
pub fn described(description: u8) -> String {
    format!("{} ({description})", name(description).unwrap_or("unknown"))
}
