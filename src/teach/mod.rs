//! Stage 11: what explains. Pure functions from what was found to what is shown.
//!
//! In: a frame of the trace, or bytes. Out: its fields as a tree, each with what it means; the bit diagram, as text with
//! the field each part belongs to; a frame with its fields in words and its unmasking, step by step; the same of a
//! handshake; what of a tree an address names; a compressed message bit by bit; what a peer must do. Nothing here knows a terminal.

pub mod annotate;
pub mod close;
pub mod deflate;
pub mod diagram;
pub mod dump;
pub mod duty;
pub mod explain;
pub mod handshake;
pub mod spot;
#[cfg(feature = "sidecar")]
pub mod sidecar;

pub use diagram::{Diagram, Part};
pub use explain::Explained;
