//! Stage 9: the one place that knows the order of the stages.
//!
//! In: packets. Out: what is [`Told`] to a [`Sink`], in the order in which things end. One frame goes:
//! [`Dissector::push`] → [`crate::net::Net::push`] → [`crate::tcp::Connections::push`] → [`stack`] (the layers of a connection)
//! → [`crate::websocket::Session::push`] → [`order`] → the sink.

mod traffic_guess;
mod clock;
mod counts;
pub mod dissector;
mod hold;
mod dealt_batch;
mod batch_queue;
mod merge;
mod options;
mod order;
mod packets;
mod parallel;
mod parcel;
mod probe;
mod open_ranks;
mod shard;
pub mod sink;
pub mod socket;
mod stack;
pub mod told;
mod unordered;
mod wants;
mod watch;

pub use counts::Counts;
pub use dissector::Dissector;
pub use options::{DecodeAs, Options};
pub use parallel::{reduce, run};
pub use sink::Sink;
pub use socket::{Evidence, Socket};
pub use told::{FramePlace, MessagePlace, NotePlace, StreamBytes, Told};
pub use traffic_guess::{Others, TrafficGuess};
pub use wants::Wants;
pub use watch::{Watched, watch};

pub use crate::websocket::{FirstClose as Close, Sent as Totals};
