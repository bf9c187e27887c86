//! HTTP/2: streams that share a connection, and which of them are WebSockets (RFC 9113, RFC 7541, RFC 8441).
//!
//! In: the bytes of both sides, from the client's preface on, or from somewhere in the middle. Out: heads of requests and
//! responses, and the data of streams that are WebSockets. Bytes are borrowed on their way; what is broken is told, and
//! reading goes on as far as it can.

pub mod connect;
pub mod connection;
pub mod error_code;
pub mod frame;
pub mod hpack;

pub use connection::{Connection, Facts, Head, Told, is_settings};
pub use frame::PREFACE;
