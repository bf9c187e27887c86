//! The body of a close frame (RFC 6455 sections 5.5.1 and 7.4).
//!
//! In: the unmasked payload of a close frame. Out: the code, the reason, and Notes on what breaks the rules. Nothing
//! fails: a body of one byte has no code, a forbidden code is shown as it is.

use crate::base::number::wide;
use crate::base::{Code, Note, Source, Span};

/// What a close frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseBody<'a> {
    /// The status code; `None` where the body is shorter than two bytes.
    pub code: Option<u16>,
    /// What follows the code: meant to be UTF-8, shown whatever it is.
    pub reason: &'a [u8],
    /// The lone byte of a body that is too short for a code.
    pub stray: Option<u8>,
}

impl<'a> CloseBody<'a> {
    /// Reads a close frame's payload, unmasked. Every payload can be read.
    ///
    /// ```
    /// use sockeye::websocket::close::CloseBody;
    /// let body = CloseBody::parse(&[0x03, 0xe8, b'd', b'o', b'n', b'e']);
    /// assert_eq!((body.code, body.reason), (Some(1000), &b"done"[..]));
    /// assert_eq!(body.notes().count(), 0);
    /// ```
    #[must_use]
    pub fn parse(payload: &'a [u8]) -> CloseBody<'a> {
        match (payload.split_first_chunk::<2>(), payload.first()) {
            (Some((code, reason)), _) => CloseBody { code: Some(u16::from_be_bytes(*code)), reason, stray: None },
            (None, stray) => CloseBody { code: None, reason: &[], stray: stray.copied() },
        }
    }

    /// The reason as text, where it is UTF-8.
    #[must_use]
    pub fn reason_text(&self) -> Option<&'a str> {
        simdutf8::basic::from_utf8(self.reason).ok()
    }

    /// What is wrong with it: at most one Note on the code and one on the reason, or one on a body too short for both.
    /// Spans count in the unmasked payload.
    pub fn notes(&self) -> impl Iterator<Item = Note> + use<> {
        [self.note_on_length(), self.note_on_code(), self.note_on_reason()].into_iter().flatten()
    }

    fn note_on_length(&self) -> Option<Note> {
        let stray = self.stray?;
        Some(Note::new(Code::CloseShort).with_detail(format!("the byte is 0x{stray:02x}")).with_span(unmasked(0, 1)))
    }

    fn note_on_code(&self) -> Option<Note> {
        let code = self.code?;
        let why = forbidden(code)?;
        Some(Note::new(Code::CloseCode).with_detail(format!("{code}: {why}")).with_span(unmasked(0, 2)))
    }

    fn note_on_reason(&self) -> Option<Note> {
        let at = simdutf8::compat::from_utf8(self.reason).err()?.valid_up_to() as u64;
        let rest = wide(self.reason.len()).saturating_sub(at);
        Some(
            Note::new(Code::CloseReason)
                .with_detail(format!("ill-formed from byte {at} of the reason"))
                .with_span(unmasked(at.saturating_add(2), rest)),
        )
    }
}

fn unmasked(start: u64, len: u64) -> Span {
    Span { source: Source::Unmasked, start, len }
}

/// Why an endpoint must not send this code (RFC 6455 sections 7.4.1 and 7.4.2, and the IANA registry "WebSocket Close
/// Code Number" they set up); `None` where it may.
#[must_use]
pub fn forbidden(code: u16) -> Option<&'static str> {
    match code {
        0..=999 => Some("codes below 1000 are not used"),
        1004 => Some("reserved, without a meaning yet"),
        1005 => Some("stands for a close frame without a code, never sent"),
        1006 => Some("stands for a connection lost without a close frame, never sent"),
        1015 => Some("stands for a failed TLS handshake, never sent"),
        1016..=2999 => Some("reserved for the protocol and its extensions, and not registered"),
        5000.. => Some("codes above 4999 are not defined"),
        1000..=1003 | 1007..=1014 | 3000..=4999 => None,
    }
}

/// What a code means, in plain words (RFC 6455 section 7.4.1 and the IANA registry). Codes that must not be on the wire
/// have names too: they are seen there.
///
/// ```
/// assert_eq!(sockeye::websocket::close::name(1001), "going away");
/// ```
#[must_use]
pub fn name(code: u16) -> &'static str {
    match code {
        0..=999 => "not used",
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        1004 => "reserved",
        1005 => "no status received",
        1006 => "abnormal closure",
        1007 => "invalid frame payload data",
        1008 => "policy violation",
        1009 => "message too big",
        1010 => "mandatory extension missing",
        1011 => "internal error",
        1012 => "service restart",
        1013 => "try again later",
        1014 => "bad gateway",
        1015 => "TLS handshake failed",
        1016..=2999 => "reserved for the protocol",
        3000 => "unauthorized",
        3003 => "forbidden",
        3008 => "timeout",
        3001..=3999 => "registered by a library or framework",
        4000..=4999 => "private use",
        5000.. => "not defined",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(payload: &[u8]) -> Vec<Code> {
        CloseBody::parse(payload).notes().map(|note| note.code).collect()
    }

    fn with_code(code: u16) -> Vec<u8> {
        code.to_be_bytes().to_vec()
    }

    #[test]
    fn an_empty_body_is_fine_and_one_byte_is_not() {
        assert_eq!(CloseBody::parse(&[]), CloseBody { code: None, reason: &[], stray: None });
        assert_eq!(codes(&[]), []);
        let one = CloseBody::parse(&[0x03]);
        assert_eq!((one.code, one.stray), (None, Some(3)));
        assert_eq!(codes(&[0x03]), [Code::CloseShort]);
    }

    #[test]
    fn the_lab_of_the_private_code() {
        let body = CloseBody::parse(b"\x0f\xa1app says bye");
        assert_eq!((body.code, body.reason_text()), (Some(4001), Some("app says bye")));
        assert_eq!(body.notes().count(), 0);
    }

    /// Autobahn 7.7.* (allowed) and 7.9.* (not allowed).
    #[test]
    fn codes_are_judged_as_the_autobahn_suite_does() {
        for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999] {
            assert_eq!(codes(&with_code(code)), [], "{code}");
        }
        for code in [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999] {
            assert_eq!(codes(&with_code(code)), [Code::CloseCode], "{code}");
        }
    }

    #[test]
    fn codes_registered_after_the_rfc_are_fine_and_those_out_of_range_are_not() {
        for code in [1012, 1013, 1014] {
            assert_eq!(codes(&with_code(code)), [], "{code}");
        }
        for code in [1015, 5000, 65535] {
            assert_eq!(codes(&with_code(code)), [Code::CloseCode], "{code}");
        }
    }

    #[test]
    fn every_code_has_a_name_that_fits_its_range() {
        for code in 0..=u16::MAX {
            assert!(!name(code).is_empty());
            if (3000..5000).contains(&code) {
                assert_eq!(forbidden(code), None, "{code}");
            }
        }
        assert_eq!(name(4321), "private use");
        assert_eq!(name(3500), "registered by a library or framework");
    }

    #[test]
    fn a_reason_that_is_not_utf8_is_told_from_its_first_bad_byte() {
        let notes: Vec<Note> = CloseBody::parse(b"\x03\xe8ok\xce\xba\xf4\x90\x80\x80").notes().collect();
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].code, Code::CloseReason);
        assert_eq!(notes[0].span, Some(unmasked(6, 4)));
        // A code point cut at the end by the 123-byte limit is ill-formed too.
        assert_eq!(codes(b"\x03\xe8caf\xc3"), [Code::CloseReason]);
    }

    #[test]
    fn code_and_reason_can_both_be_wrong() {
        assert_eq!(codes(b"\x03\xed\xff"), [Code::CloseCode, Code::CloseReason]);
    }
}
