//! What one TLS connection says: what is known of it, and what its records hold.
//!
//! In: nothing. Out: the words in which a [`Connection`](super::Connection) tells.

use std::sync::Arc;

use crate::base::{At, Side};
use crate::tls::certificate::Certificate;
use crate::tls::ech::Ech;
use crate::tls::hello::{ClientHello, ServerHello};
use crate::tls::protection::RecordKey;

/// What is known of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Who opened it.
    pub client: Option<Side>,
    /// What the client offered.
    pub client_hello: Option<ClientHello>,
    /// What the server chose.
    pub server_hello: Option<ServerHello>,
    /// The protocol inside (RFC 7301).
    pub alpn: Option<String>,
    /// What hides the hello that counts, where the client's has such an extension (RFC 9849).
    pub ech: Option<Ech>,
    /// The server's certificate, where it stood in the clear or was opened.
    pub certificate: Option<Certificate>,
    /// Secrets of it are known.
    pub has_keys: bool,
    /// Records were opened.
    pub is_open: bool,
    /// Sealed records of either side, opened and not.
    pub opened: u64,
    /// Sealed records that no key fits, or that waited for one in vain.
    pub closed: u64,
}

/// A piece of application data.
#[derive(Debug, Clone, Copy)]
pub struct Plain<'a> {
    /// The bytes, in a buffer that goes on.
    pub bytes: &'a [u8],
    /// Where their record begins, in the bytes of its direction.
    pub offset: u64,
    /// Bytes of the record.
    pub record_len: u64,
    /// What has opened it, and would again.
    pub key: &'a Arc<RecordKey>,
    /// Its number under these keys.
    pub sequence: u64,
    /// Where the record's first byte arrived.
    pub first: At,
    /// Where its last byte arrived.
    pub last: At,
    /// What is known of the connection by now.
    pub facts: &'a Facts,
}

/// What comes out.
#[derive(Debug, Clone, Copy)]
pub enum Told<'a> {
    /// Application data.
    Plain(Plain<'a>),
    /// Application data that the capture lacks, or that did not open: so many bytes, as far as records tell.
    Missing {
        /// How many.
        bytes: u64,
        /// Where what follows them arrived.
        at: At,
    },
    /// A record did not open although keys are there.
    Unopened {
        /// Where its last byte arrived.
        at: At,
    },
    /// An alert (RFC 8446 section 6).
    Alert {
        /// Its level.
        level: u8,
        /// Its description.
        description: u8,
        /// Where.
        at: At,
    },
}

crate::base::pack::pack_struct!(Facts {
    client,
    client_hello,
    server_hello,
    alpn,
    ech,
    certificate,
    has_keys,
    is_open,
    opened,
    closed
});
