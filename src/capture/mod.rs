//! Stage 1: where packets come from.
//!
//! In: a path, or standard input. Out: one [`Packet`] after another, in the order of the file. A broken tail or block
//! costs what cannot be read and one [`Warning`]; only input that cannot be opened or is no capture is an error.

use crate::base::Packet;

/// What opening and reading can fail with, and what the reader warns of: to be filled in.
#[derive(Debug)]
pub struct Warning;

/// A stage that gives packets.
pub trait Source {
    /// The next packet; `None` at the end.
    fn next_packet(&mut self) -> Option<Packet<'_>>;
}
