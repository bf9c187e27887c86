//! Stage 10: what explains. Pure functions from what was found to what is shown.
//!
//! In: annotated fields of the trace. Out: the bit diagram, as text with the field each part belongs to. Nothing here
//! knows a terminal.

pub mod diagram;

pub use diagram::{Diagram, Part};
