//! Stage 4: many segments into two ordered byte streams a connection (RFC 9293).
//!
//! In: [`crate::net::Segment`]s with the packet they came in. Out: [`Event`]s, a connection's bytes in stream order; a
//! segment in order is handed on without a copy. Invariant, for each side: bytes delivered + bytes in gaps = stream
//! offset.
//! Lost, doubled, shuffled and contradictory segments never fail: they become gaps and conflicts.

mod connection;
pub mod connections;
mod doubt;
pub mod event;
pub mod half;
pub mod handler;
pub mod history;
pub mod key;
pub mod patience;
mod queue;
mod repetition;
pub mod sequence;
mod table;
pub mod waiting;

pub use connections::{Connections, Counts};
pub use event::{Event, Unacknowledged};
pub use handler::{Handler, Info};
pub use patience::Now;
pub use sequence::SeqNum;

#[cfg(test)]
mod tests;
