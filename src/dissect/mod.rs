//! Stage 8: the one place that knows the order of the stages.
//!
//! In: packets. Out: calls of a [`Sink`], in the order in which things end. One frame goes: [`Dissector::push`] →
//! [`crate::net::Net::push`] → [`crate::tcp::Connections::push`] → [`flow`] (which stage reads a connection's bytes)
//! → [`crate::websocket::Session::push`] → [`order`] → the sink.

mod carried;
pub mod dissector;
mod findings;
mod flow;
mod held;
mod load;
mod loads;
mod merge;
mod order;
mod parallel;
mod parcel;
mod probe;
mod ranks;
mod shard;
pub mod sink;
mod watch;

pub use carried::{Carried, Others};
pub use dissector::{Counts, DecodeAs, Dissector, Options};
pub use parallel::{reduce, run};
pub use sink::{Connection, Evidence, FramePlace, MessagePlace, NotePlace, Sink, StreamBytes, Wants};
pub use watch::{Watched, watch};

pub use crate::websocket::{FirstClose as Close, Sent as Totals};
