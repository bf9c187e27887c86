//! Stage 9: the one place that knows the order of the stages.
//!
//! In: packets. Out: what is [`Told`] to a [`Sink`], in the order in which things end. One frame goes:
//! [`Dissector::push`] → [`crate::net::Net::push`] → [`crate::tcp::Connections::push`] → [`stack`] (the layers of a connection)
//! → [`crate::websocket::Session::push`] → [`order`] → the sink.

pub mod told;
pub mod carriage;
pub mod socket;
pub mod sink;
mod wants;
mod afterlife;
mod options;
mod counts;
mod clock;
mod datagrams;
mod traffic_guess;
mod probe;
#[cfg(feature = "tls")]
mod keyring;
#[cfg(not(feature = "tls"))]
#[path = "keyring_absent.rs"]
mod keyring;
mod stack;
mod shard;
mod hold;
mod order;
mod unordered;
pub mod dissector;
mod dealt_batch;
mod batch_queue;
mod packets;
mod parcel;
mod open_ranks;
mod merge;
mod parallel;
mod drive;
mod ends;

pub use carriage::{Alert, Guess, Http2, Tls};
pub use counts::{Counts, GivenUp};
pub use datagrams::Quic;
pub use dissector::Dissector;
pub use drive::{Driven, all_cores, drive, is_growing};
pub use ends::{Ends, Sent};
pub use options::{DecodeAs, Options};
pub use parallel::{reduce, run};
pub use sink::Sink;
pub use socket::{EndedHow, Evidence, Socket, WaitEnd};
pub use told::{FramePlace, MessagePlace, NotePlace, OpenedRecord, StreamBytes, Told};
pub use traffic_guess::{Others, TrafficGuess};
pub use wants::Wants;

pub use crate::websocket::{FirstClose as Close, Sent as Totals};
