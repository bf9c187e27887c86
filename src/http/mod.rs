//! Stage 6: HTTP/1.x exchanges, and where the bytes of a WebSocket begin (RFC 9112, RFC 6455 section 4).
//!
//! In: the bytes of both sides of one TCP connection, in capture order, cut anywhere. Out: a [`Verdict`] as soon as it
//! is known what the connection is: WebSocket from here on, or not HTTP. Refused upgrades are told on the way, and each
//! [`Exchange`] where somebody wants them.
//!
//! Any number of exchanges may stand before the upgrade; their bodies are skipped, not kept. A head that lies whole
//! inside one chunk is read where it lies; what is cut is held, up to a cap. Bytes that a verdict gives back are never
//! changed and never lost. Bad input is tolerated as far as its end can be found, and becomes [`Verdict::Other`] where
//! it cannot.

pub mod body;
pub mod connection;
mod conversation;
pub mod exchange;
mod grammar;
pub mod h2;
pub mod head;
mod held;
mod ledger;
mod long;
mod pairing;
mod refusal;
mod side;
pub mod sniff;
mod torn;
mod unpaired;
pub mod verdict;

pub use connection::Connection;
pub use exchange::{Exchange, ExchangeKind, Message, Outcomes, Refusal, RefusalBody, Unanswered};
pub use head::{RequestHead, ResponseHead};
pub use sniff::{Sniff, sniff};
pub use verdict::{Early, Other, Reason, Start, Upgrade, Verdict};

#[cfg(test)]
mod tests;
