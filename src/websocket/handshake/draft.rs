//! Which version of the protocol a handshake speaks: RFC 6455, or a draft before it.
//!
//! In: both heads. Out: the draft by name and date, and for draft-hixie-76 the answer its server owes.

use std::fmt;

use md5::{Digest as _, Md5};

use super::Handshake;
use crate::websocket::framing::Dialect;
use crate::websocket::hybi;

/// A version of the protocol, as its handshake shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Draft {
    /// draft-hixie-thewebsocketprotocol-75: no key at all.
    Hixie75,
    /// draft-hixie-thewebsocketprotocol-76, the same as draft-ietf-hybi-thewebsocketprotocol-00: two keys of digits
    /// and spaces, and 8 bytes after the head.
    Hixie76,
    /// draft-ietf-hybi-thewebsocketprotocol with `Sec-WebSocket-Version` 4 to 8.
    Hybi(u8),
    /// RFC 6455, `Sec-WebSocket-Version` 13; drafts 13 to 17 speak the same.
    Rfc6455,
}

impl Draft {
    /// The draft or drafts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Draft::Hixie75 => "draft-hixie-thewebsocketprotocol-75",
            Draft::Hixie76 => "draft-hixie-thewebsocketprotocol-76",
            Draft::Hybi(..=4) => "draft-ietf-hybi-thewebsocketprotocol-04",
            Draft::Hybi(5) => "draft-ietf-hybi-thewebsocketprotocol-05",
            Draft::Hybi(6) => "draft-ietf-hybi-thewebsocketprotocol-06",
            Draft::Hybi(7) => "draft-ietf-hybi-thewebsocketprotocol-07",
            Draft::Hybi(8..) => "draft-ietf-hybi-thewebsocketprotocol-08 to -12",
            Draft::Rfc6455 => "RFC 6455",
        }
    }

    /// The date on it; the first date where one version number spans several drafts.
    #[must_use]
    pub fn date(self) -> &'static str {
        match self {
            Draft::Hixie75 => "2010-02-04",
            Draft::Hixie76 => "2010-05-06",
            Draft::Hybi(..=4) => "2011-01-11",
            Draft::Hybi(5) => "2011-02-08",
            Draft::Hybi(6) => "2011-02-25",
            Draft::Hybi(7) => "2011-04-22",
            Draft::Hybi(8..) => "2011-06-07",
            Draft::Rfc6455 => "2011-12",
        }
    }

    /// It is of Ian Hickson's series: frames without header, no masking, no `Sec-WebSocket-Accept`.
    #[must_use]
    pub fn is_hixie(self) -> bool {
        matches!(self, Draft::Hixie75 | Draft::Hixie76)
    }
}

impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.date())
    }
}

/// What the heads show; `None` where they show no version that is known.
pub(super) fn of(handshake: &Handshake) -> Option<Draft> {
    if let Some(version) = handshake.version() {
        return match version.parse() {
            Ok(13) => Some(Draft::Rfc6455),
            Ok(version @ 4..=8) => Some(Draft::Hybi(version)),
            _ => None,
        };
    }
    if handshake.request_field("Sec-WebSocket-Key1").is_some()
        && handshake.request_field("Sec-WebSocket-Key2").is_some()
    {
        return Some(Draft::Hixie76);
    }
    if handshake.response_field("Sec-WebSocket-Accept").is_some() || handshake.key().is_some() {
        return None;
    }
    if let Some(response) = handshake.response.as_ref().filter(|response| response.accepts()) {
        let answers = |name| super::field(&response.fields, name).is_some();
        return if answers("Sec-WebSocket-Location") || answers("Sec-WebSocket-Origin") {
            Some(Draft::Hixie76)
        } else {
            (answers("WebSocket-Location") || answers("WebSocket-Origin")).then_some(Draft::Hixie75)
        };
    }
    // A request alone: draft 75 is what has nothing but the Upgrade field, written as the draft writes it.
    let whole = handshake.request.as_ref().is_some_and(|request| !request.cut);
    (whole && handshake.request_field("Upgrade") == Some("WebSocket")).then_some(Draft::Hixie75)
}

/// How the frames of this handshake's connection stand on the wire.
pub(super) fn dialect(handshake: &Handshake) -> Dialect {
    match of(handshake) {
        Some(Draft::Hixie75) => Dialect::Hixie { closes: false },
        Some(Draft::Hixie76) => Dialect::Hixie { closes: true },
        Some(Draft::Hybi(..=4)) => {
            let nonce = handshake.response_field("Sec-WebSocket-Nonce");
            Dialect::NonceFirst(handshake.key().zip(nonce).map(|(key, nonce)| hybi::secret(key, nonce)))
        }
        Some(Draft::Hybi(5 | 6)) => Dialect::KeyFirst,
        Some(Draft::Hybi(7..) | Draft::Rfc6455) | None => Dialect::Rfc6455,
    }
}

/// The 16 bytes that a server of draft-hixie-76 owes: MD5 over both keys' numbers and the challenge (section 5.2).
pub(super) fn expected_answer(handshake: &Handshake) -> Option<[u8; 16]> {
    let first = number(handshake.request_field("Sec-WebSocket-Key1")?)?;
    let second = number(handshake.request_field("Sec-WebSocket-Key2")?)?;
    let challenge = handshake.request.as_ref()?.challenge?;
    let digest = Md5::new().chain_update(first.to_be_bytes()).chain_update(second.to_be_bytes());
    Some(digest.chain_update(challenge).finalize().into())
}

/// A key's digits as one number, divided by its count of spaces; `None` where the draft has the server abort: no
/// spaces, not a multiple of them, or a number that does not fit.
fn number(key: &str) -> Option<u32> {
    let spaces = u64::try_from(key.bytes().filter(|byte| *byte == b' ').count()).ok()?;
    let digits = key.bytes().filter(u8::is_ascii_digit).try_fold((0u64, false), |(number, _), digit| {
        Some((number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?, true))
    });
    let (number, true) = digits? else { return None };
    if number.checked_rem(spaces)? != 0 {
        return None;
    }
    u32::try_from(number / spaces).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::handshake::{Request, Response};

    fn handshake(request: &[(&str, &str)], response: &[(&str, &str)]) -> Handshake {
        let fields = |fields: &[(&str, &str)]| fields.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        Handshake {
            request: Some(Request { fields: fields(request), ..Request::default() }),
            response: Some(Response { status: 101, fields: fields(response), ..Response::default() }),
        }
    }

    #[test]
    fn the_numbers_of_the_draft() {
        // draft-hixie-thewebsocketprotocol-76 section 1.3.
        assert_eq!(number("18x 6]8vM;54 *(5:  {   U1]8  z [  8"), Some(155_712_099));
        assert_eq!(number("1_ tx7X d  <  nw  334J702) 7]o}` 0"), Some(173_347_027));
        for key in ["", "12", "1 2 3 7", " ", "99999999999999999999999 ", "9 9999999999"] {
            assert_eq!(number(key), None, "{key:?}");
        }
    }

    #[test]
    fn the_answer_of_the_draft() {
        // draft-hixie-thewebsocketprotocol-76 section 1.2: "^n:ds[4U" is answered by "8jKS'y:G*Co,Wxa-".
        let keys = [("Sec-WebSocket-Key2", "12998 5 Y3 1  .P00"), ("Sec-WebSocket-Key1", "4 @1  46546xW%0l 1 5")];
        let mut handshake = handshake(&keys, &[]);
        handshake.request.as_mut().unwrap().challenge = Some(*b"^n:ds[4U");
        assert_eq!(handshake.expected_answer(), Some(*b"8jKS'y:G*Co,Wxa-"));
    }

    #[test]
    fn versions_and_what_tells_them() {
        let version = |version| of(&handshake(&[("Sec-WebSocket-Version", version)], &[]));
        assert_eq!(version("13"), Some(Draft::Rfc6455));
        assert_eq!(version("7").unwrap().to_string(), "draft-ietf-hybi-thewebsocketprotocol-07 (2011-04-22)");
        assert_eq!(version("8").unwrap().name(), "draft-ietf-hybi-thewebsocketprotocol-08 to -12");
        for unknown in ["3", "9", "12", "14", "x", ""] {
            assert_eq!(version(unknown), None, "{unknown}");
        }
        let upgrade = [("Upgrade", "WebSocket")];
        assert_eq!(of(&handshake(&upgrade, &[("WebSocket-Origin", "http://a")])), Some(Draft::Hixie75));
        assert_eq!(of(&handshake(&upgrade, &[("Sec-WebSocket-Location", "ws://a/")])), Some(Draft::Hixie76));
        assert_eq!(of(&handshake(&upgrade, &[("Sec-WebSocket-Accept", "x")])), None);
        let mut alone = handshake(&upgrade, &[]);
        alone.response = None;
        assert_eq!(of(&alone), Some(Draft::Hixie75));
    }
}
