//! Stage 8: the one place that knows the order of the stages.
//!
//! In: packets. Out: calls of a [`Sink`], in the order in which things end.

pub mod sink;

pub use sink::{Close, Connection, Evidence, FramePlace, MessagePlace, NotePlace, Sink, StreamBytes, Totals, Wants};
