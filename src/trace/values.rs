//! The values of fields: one function a kind of item.
//!
//! In: a [field](crate::fields) and an item, just told or read back from the index ([`super::loaded`]): both have one
//! form. Out: a [`Value`].

mod connection;
mod frame;
mod message;
mod text;

pub use connection::{ConnectionView, connection};
pub use frame::{FrameView, frame};
pub use message::{MessageView, message};
pub use text::{close_body, frame_text, message_text};

use std::net::SocketAddr;

use crate::base::{Note, Severity};
use crate::dissect::Socket;
use crate::fields::Value;

/// What frames and messages may say of their connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parties {
    /// The client.
    pub client: SocketAddr,
    /// The server.
    pub server: SocketAddr,
    /// The request target.
    pub uri: Option<String>,
    /// The subprotocol the server chose.
    pub subprotocol: Option<String>,
}

impl Parties {
    /// Of this connection.
    #[must_use]
    pub fn of(connection: &Socket) -> Parties {
        let handshake = connection.handshake.as_deref();
        Parties {
            client: connection.client,
            server: connection.server,
            uri: handshake.and_then(|h| h.uri()).map(String::from),
            subprotocol: handshake.and_then(|h| h.subprotocol()).map(String::from),
        }
    }
}

/// The worst severity among notes.
fn worst(notes: &[Note]) -> Value<'_> {
    Value::maybe_text(notes.iter().map(Note::severity).max().map(Severity::name))
}
