//! sockeye: an eye for sockets. A WebSocket dissector for capture files and live traffic, and its terminal inspector.
//!
//! The modules below stand in the order in which data flows. A stage takes what the stage above gives and knows
//! nothing of what comes after it:
//!
//! ```text
//! base       words that every stage uses: packet, chunk, id, note, caps
//! fields     the one table of fields: names, types, and nodes of a tree
//! capture    bytes of a file          -> Packet
//! net        one packet               -> Segment, UdpDatagram
//! tcp        many segments            -> two ordered byte streams a connection
//! tls        sealed records and keys  -> the streams that they seal
//! http       the head of a stream     -> where WebSocket bytes begin
//! websocket  WebSocket bytes          -> frames and messages
//! dissect    the one place that knows the order of the stages -> a Sink
//! trace      a Sink that indexes, for whoever wants to go back
//! teach      the bit diagram, and what else explains
//! output     Sinks that print
//! tui, cli   what a person touches
//! ```
//!
//! docs/ARCHITECTURE.md follows one frame through them by the names of functions.
//!
//! Dissection itself never fails and never panics, whatever the bytes: what is broken becomes a [`base::Note`].
//!
//! # Quick start
//!
//! A capture, a sink, and one call that brings them together:
//!
//! ```
//! use sockeye::capture;
//! use sockeye::dissect::{self, Sink, Told, Wants};
//!
//! struct Frames(u64);
//!
//! impl Sink for Frames {
//!     // Headers are enough to count: no payload need be kept for it.
//!     fn wants(&self) -> Wants {
//!         Wants::NOTHING
//!     }
//!
//!     fn tell(&mut self, told: &Told<'_>) {
//!         if let Told::Frame(_place, _frame) = told {
//!             self.0 += 1;
//!         }
//!     }
//!
//!     fn is_done(&self) -> bool {
//!         false
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut capture = capture::open("samples/mqtt.pcap".as_ref(), &capture::Options::default())?;
//! let mut frames = Frames(0);
//! let (counts, read) = dissect::run(&mut capture, &dissect::Options::default(), 1, &mut frames);
//! read?;
//! assert_eq!((frames.0, counts.frames), (42, 42));
//! # Ok(())
//! # }
//! ```
//!
//! The sink is told everything as one enum, [`dissect::Told`], and takes from it what it knows. [`dissect::Wants`] says
//! what it looks at besides headers: payloads, for example. What nobody wants is not unmasked, joined or told.
//!
//! # Features
//!
//! The program is a feature, `cli`, and it is on unless it is switched off. Whoever embeds the library writes
//! `sockeye = { version = "…", default-features = false }` and gets everything from `base` to `output`, without a command
//! line or a terminal. `live` adds `capture::live`: packets as they pass an interface. `tls` adds the stage of that name, and
//! the ciphers it brings.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation
    )
)]

pub mod base;
pub mod fields;
pub mod capture;
pub mod net;
pub mod tcp;
#[cfg(feature = "tls")]
pub mod tls;
pub mod http;
pub mod websocket;
pub mod dissect;
pub mod trace;
pub mod filter;
pub mod teach;
pub mod output;
// What a person touches is the program's own: public for its binary and its benches, no part of what the library promises.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod tui;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
