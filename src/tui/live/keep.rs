//! Keeping what was captured: the wish.

/// What is kept, and whether that ends the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// The file to make.
    pub file: String,
    /// Leave afterwards.
    pub leave: bool,
}
