//! Stage 5: records of TLS, and the keys that open them (RFC 8446, RFC 5246, RFC 2246).
//!
//! In: the two streams of a connection, and key logs. Out: the two streams that they seal, with gaps where bytes are missing or did
//! not open. Ciphers and hashes are libraries'; records, handshake and key schedule are ours. Nothing fails, whatever the
//! bytes: what does not open is told, and later records are opened all the same. Secrets are wiped when they are let go, and
//! are never printed.

pub mod alert;
pub mod certificate;
pub mod cipher;
pub mod connection;
pub mod ech;
pub mod hello;
pub mod hpke;
pub mod hygiene;
pub mod keylog;
pub mod message;
pub mod protection;
pub mod quic;
pub mod record;
pub mod schedule;
pub mod search;
pub mod sighting;
pub mod shape;
pub mod suite;
pub mod vault;
pub mod waiting;

pub use connection::{Connection, Facts, Plain, Told, Work};
pub use keylog::KeyLog;
