//! sockeye: an eye for sockets. A WebSocket dissector for capture files and live traffic, and its terminal inspector.
//!
//! The modules below stand in the order in which data flows. A stage takes what the stage above gives and knows
//! nothing of what comes after it:
//!
//! ```text
//! fields     the one table of fields: names, types, and nodes of a tree
//! capture    bytes of a file          -> Packet
//! net        one packet               -> Segment
//! tcp        many segments            -> two ordered byte streams a connection
//! http       the head of a stream     -> where WebSocket bytes begin
//! websocket  WebSocket bytes          -> frames and messages
//! dissect    the one place that knows the order of the stages -> a Sink
//! trace      a Sink that indexes, for whoever wants to go back
//! teach      the bit diagram, and what else explains
//! output     Sinks that print
//! tui, cli   what a person touches
//! ```
//!
//! Dissection itself never fails and never panics, whatever the bytes: what is broken becomes a [`base::Note`].
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
pub mod http;
pub mod websocket;
pub mod dissect;
pub mod trace;
pub mod teach;
pub mod output;
pub mod tui;
pub mod cli;
