//! The opening handshake (RFC 6455 sections 1.3 and 4).
//!
//! In: the two heads, as far as the capture has them. Out: what was asked for, what was agreed on, and what breaks the
//! rules. Nothing here fails: what is missing is `None`, what is wrong is a [`Note`] of [`Handshake::check`].

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use sha1::{Digest as _, Sha1};

mod check;
mod deflate;
mod draft;

crate::base::pack::pack_struct!(Request { method, target, minor_version, http2, fields, challenge, at, cut });
crate::base::pack::pack_struct!(Response { status, reason, minor_version, http2, fields, answer, body, at, cut });
crate::base::pack::pack_struct!(Body { bytes, length });
crate::base::pack::pack_struct!(Handshake { request, response });

#[cfg(test)]
mod tests;

pub use deflate::{DEFLATE_FRAME, Deflate, PERMESSAGE_DEFLATE, Unit};
pub use draft::Draft;

use super::extension::{self, Extension};
use super::framing::Dialect;
use crate::base::{At, Note};

/// What a server appends to the key before it hashes it (RFC 6455 section 1.3).
pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The upgrade request, or the extended CONNECT of HTTP/2 (RFC 8441 section 4), as the client sent it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The method, `GET`; in HTTP/2 `CONNECT`.
    pub method: String,
    /// The request target: a path and query, or the whole URI; in HTTP/2 `:path`.
    pub target: String,
    /// The HTTP minor version: 1 for HTTP/1.1.
    pub minor_version: u8,
    /// It is of HTTP/2: pseudo-header fields stand among the fields.
    pub http2: bool,
    /// Header fields in order, names as sent, values with bytes outside ASCII replaced where not UTF-8.
    pub fields: Vec<(String, String)>,
    /// The 8 bytes that draft-hixie-76 puts after the head.
    pub challenge: Option<[u8; 8]>,
    /// Bytes of the head are missing in the capture: what it lacks is not known.
    pub cut: bool,
    /// Where the head's last byte arrived.
    pub at: At,
}

/// The response to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// The status code: 101 where the upgrade was accepted, in HTTP/2 any of 200 to 299.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// The HTTP minor version: 1 for HTTP/1.1; `None` where it is not known.
    pub minor_version: Option<u8>,
    /// It is of HTTP/2.
    pub http2: bool,
    /// Header fields in order.
    pub fields: Vec<(String, String)>,
    /// The 16 bytes that draft-hixie-76 puts after the head.
    pub answer: Option<[u8; 16]>,
    /// What it says besides, where it refused.
    pub body: Body,
    /// Bytes of the head are missing in the capture: what it lacks is not known.
    pub cut: bool,
    /// Where the head's last byte arrived.
    pub at: At,
}

/// The body of a response that refused: chunks put together, codings of the content left as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// Its beginning, up to [`crate::base::limits::REFUSAL_BODY_BYTES`] or the first byte that the capture lacks.
    pub bytes: Vec<u8>,
    /// How long it is, as far as it was read.
    pub length: u64,
}

impl Request {
    /// Its first line; of HTTP/2, which has none, what would stand in it.
    #[must_use]
    pub fn line(&self) -> String {
        let Request { method, target, minor_version, http2, .. } = self;
        if *http2 { format!("{method} {target} HTTP/2") } else { format!("{method} {target} HTTP/1.{minor_version}") }
    }
}

impl Response {
    /// It accepts: frames follow (RFC 6455 section 4.2.2; RFC 8441 section 5).
    #[must_use]
    pub fn accepts(&self) -> bool {
        if self.http2 { (200..300).contains(&self.status) } else { self.status == 101 }
    }
}

impl Body {
    /// It as text, where it is text: not compressed, and valid UTF-8 but for a character that the cap cut.
    #[must_use]
    pub fn text<'b>(&'b self, response: &Response) -> Option<&'b str> {
        let coded = field(&response.fields, "Content-Encoding").is_some_and(|coding| coding != "identity");
        let text = match std::str::from_utf8(&self.bytes) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() => {
                std::str::from_utf8(self.bytes.get(..error.valid_up_to())?).ok()?
            }
            Err(_) => return None,
        };
        Some(text).filter(|text| !coded && !text.contains('\0'))
    }
}

/// Both halves of the opening handshake, as far as the capture has them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Handshake {
    /// What the client asked for.
    pub request: Option<Request>,
    /// What the server answered.
    pub response: Option<Response>,
}

impl Handshake {
    /// Where its heads are.
    pub fn places(&self) -> impl Iterator<Item = At> + use<> {
        let heads = [self.request.as_ref().map(|head| head.at), self.response.as_ref().map(|head| head.at)];
        heads.into_iter().flatten()
    }

    /// The request target.
    #[must_use]
    pub fn uri(&self) -> Option<&str> {
        self.request.as_ref().map(|request| request.target.as_str())
    }

    /// The first request field of this name, any case.
    #[must_use]
    pub fn request_field(&self, name: &str) -> Option<&str> {
        field(&self.request.as_ref()?.fields, name)
    }

    /// The first response field of this name, any case.
    #[must_use]
    pub fn response_field(&self, name: &str) -> Option<&str> {
        field(&self.response.as_ref()?.fields, name)
    }

    /// `Host` of the request; in HTTP/2 `:authority` (RFC 9113 section 8.3.1).
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.request_field("Host").or_else(|| self.request_field(":authority"))
    }

    /// It was made in HTTP/2, by an extended CONNECT (RFC 8441).
    #[must_use]
    pub fn is_http2(&self) -> bool {
        self.request.as_ref().is_some_and(|request| request.http2)
            || self.response.as_ref().is_some_and(|response| response.http2)
    }

    /// `Origin` of the request; drafts 04 to 10 call it `Sec-WebSocket-Origin`.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.request_field("Origin").or_else(|| self.request_field("Sec-WebSocket-Origin"))
    }

    /// `Sec-WebSocket-Version` of the request.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.request_field("Sec-WebSocket-Version")
    }

    /// `Sec-WebSocket-Key` of the request.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.request_field("Sec-WebSocket-Key")
    }

    /// The status code of the response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|response| response.status)
    }

    /// `Sec-WebSocket-Accept` of the response.
    #[must_use]
    pub fn accept(&self) -> Option<&str> {
        self.response_field("Sec-WebSocket-Accept")
    }

    /// The `Sec-WebSocket-Accept` that the key asks for (RFC 6455 section 4.2.2, item 5.4).
    #[must_use]
    pub fn expected_accept(&self) -> Option<String> {
        self.accept_digest().map(|digest| STANDARD.encode(digest))
    }

    /// The SHA-1 digest of the key and [`GUID`], which `Sec-WebSocket-Accept` holds in base64.
    #[must_use]
    pub fn accept_digest(&self) -> Option<[u8; 20]> {
        Some(Sha1::new().chain_update(self.key()?).chain_update(GUID).finalize().into())
    }

    /// The 16 bytes that the keys and the challenge of draft-hixie-76 ask for; `None` where there are none, or the
    /// draft has the server refuse them.
    #[must_use]
    pub fn expected_answer(&self) -> Option<[u8; 16]> {
        draft::expected_answer(self)
    }

    /// The subprotocols the client offered, in order, of all header lines.
    #[must_use]
    pub fn subprotocols_offered(&self) -> Vec<&str> {
        let fields = self.request.as_ref().map(|request| request.fields.as_slice()).unwrap_or_default();
        let names = ["Sec-WebSocket-Protocol", "WebSocket-Protocol"];
        let lines = names.iter().flat_map(|name| values(fields, name));
        // Before draft 04 spaces parted them; no token holds one.
        lines.flat_map(|line| line.split([',', ' ', '\t'])).filter(|item| !item.is_empty()).collect()
    }

    /// The subprotocol the server chose.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.response_field("Sec-WebSocket-Protocol").or_else(|| self.response_field("WebSocket-Protocol"))
    }

    /// The extensions the client offered, in order, of all header lines; what breaks the grammar is left out.
    #[must_use]
    pub fn extensions_offered(&self) -> Vec<Extension> {
        let fields = self.request.as_ref().map(|request| request.fields.as_slice()).unwrap_or_default();
        extension::parse(values(fields, "Sec-WebSocket-Extensions")).list
    }

    /// The extensions the server chose, in order; what breaks the grammar is left out.
    #[must_use]
    pub fn extensions_chosen(&self) -> Vec<Extension> {
        let fields = self.response.as_ref().map(|response| response.fields.as_slice()).unwrap_or_default();
        extension::parse(values(fields, "Sec-WebSocket-Extensions")).list
    }

    /// The extensions the server chose, each as it is written, parameters included.
    #[must_use]
    pub fn extensions(&self) -> Vec<String> {
        self.extensions_chosen().iter().map(ToString::to_string).collect()
    }

    /// What was agreed on about DEFLATE; `None` where it was not, or the response is not in the capture.
    #[must_use]
    pub fn deflate(&self) -> Option<Deflate> {
        Deflate::agreed(&self.extensions_offered(), &self.extensions_chosen())
    }

    /// [`Handshake::deflate`]; where the capture lacks the response, or the part of it that may name extensions, the
    /// widest agreement that the first offer of DEFLATE allows: it reads whatever the server has agreed to. Where the
    /// offer is lost too, permessage-deflate is assumed; RSV1 tells whether it is used.
    #[must_use]
    pub fn deflate_assumed(&self) -> Option<Deflate> {
        if !self.may_have_lost_extensions() {
            return self.deflate();
        }
        let offered = self.extensions_offered().iter().find_map(deflate::unit);
        let lost = self.request.as_ref().is_none_or(|request| request.cut);
        offered.or(lost.then_some(Unit::Message)).map(Deflate::widest)
    }

    /// What the server chose is among the bytes that the capture lacks, if it chose anything.
    fn may_have_lost_extensions(&self) -> bool {
        let seen = self.response_field("Sec-WebSocket-Extensions").is_some();
        self.response.as_ref().is_none_or(|response| response.cut && response.accepts() && !seen)
    }

    /// The response has fields of a body.
    #[must_use]
    pub fn announces_body(&self) -> bool {
        self.response_field("Content-Length").is_some_and(|length| length.trim() != "0")
            || self.response_field("Transfer-Encoding").is_some()
    }

    /// The server chose an extension whose use of reserved bits and opcodes is not known here.
    #[must_use]
    pub fn has_unknown_extension(&self) -> bool {
        self.extensions_chosen().iter().any(|extension| deflate::unit(extension).is_none())
    }

    /// The version of the protocol; `None` where the heads show none that is known.
    #[must_use]
    pub fn draft(&self) -> Option<Draft> {
        draft::of(self)
    }

    /// How the connection's frames stand on the wire.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        draft::dialect(self)
    }

    /// The body of a response that refused, where it has one; and as text, where it is text.
    #[must_use]
    pub fn refusal_body(&self) -> Option<(&Body, Option<&str>)> {
        let response = self.response.as_ref().filter(|response| response.body.length > 0)?;
        Some((&response.body, response.body.text(response)))
    }

    /// Every rule of the opening handshake that is broken, and the notes on the handshake as a whole: refused,
    /// one-sided, a draft. What a client sent too early cannot be seen here.
    #[must_use]
    pub fn check(&self) -> Vec<Note> {
        check::check(self)
    }
}

/// The first value of a field, any case.
fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    values(fields, name).next()
}

/// All values of a field, any case, one a header line.
fn values<'a>(fields: &'a [(String, String)], name: &str) -> impl Iterator<Item = &'a str> {
    fields.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// A comma-separated field holds this token, any case.
fn holds(fields: &[(String, String)], name: &str, token: &str) -> bool {
    values(fields, name).flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(token))
}

/// How many bytes a key is; `None` where it is not base64.
fn key_bytes(key: &str) -> Option<usize> {
    // The unused low bits of the last character are random in some clients; RFC 4648 section 3.5 lets a decoder be.
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    LENIENT.decode(key).ok().map(|bytes| bytes.len())
}
