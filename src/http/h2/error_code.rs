//! Error codes by name (RFC 9113 section 7).

/// The name of a code; nothing where the registry has none.
#[must_use]
pub fn name(code: u32) -> Option<&'static str> {
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
    NAMES.get(usize::try_from(code).ok()?).copied()
}

/// The same with its number, for people: `CANCEL (8)`.
#[must_use]
pub fn described(code: u32) -> String {
    format!("{} ({code})", name(code).unwrap_or("unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_names_of_the_rfc() {
        assert_eq!(
            [described(0), described(8), described(0xd)],
            ["NO_ERROR (0)", "CANCEL (8)", "HTTP_1_1_REQUIRED (13)"]
        );
        assert_eq!(described(14), "unknown (14)");
    }
}
