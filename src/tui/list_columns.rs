//! The columns of the list of frames that a user may give a width.

/// The columns of the list whose width can be chosen.
pub const COLUMNS: [&str; 6] = ["time", "delta", "connection", "flags", "length", "note"];

/// The widest a column can be made.
pub const WIDEST: u16 = 100;
