//! Stage 2: one packet down to its TCP segment.
//!
//! In: a packet's bytes and link type. Out: a [`Segment`] that borrows them, or a kind to count. Bad input is counted
//! by kind, never an error.

pub mod segment;

pub use segment::{Endpoints, Segment, TcpFlags};
