//! What the fuzzer runs, and what plain `cargo test` replays: one function a target, from bytes to assertions.
//!
//! Any bytes are an input. A broken invariant panics.
#![allow(dead_code, reason = "each fuzz target uses one of them")]

pub mod capture;
pub mod checker;
pub mod filter;
pub mod frames;
pub mod h2;
pub mod handshake;
pub mod hpack;
pub mod http;
pub mod inflate;
pub mod keylog;
pub mod net;
pub mod ops;
pub mod output;
pub mod packets;
pub mod pipeline;
pub mod streams;
pub mod tcp;
pub mod tls;
pub mod traffic;

/// From bytes to assertions.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also the name of its folders under `fuzz/seeds` and `fuzz/crashes`.
pub const TARGETS: &[(&str, Target)] = &[
    ("capture", capture::run),
    ("filter", filter::run),
    ("frames", frames::run),
    ("h2", h2::run),
    ("handshake", handshake::run),
    ("hpack", hpack::run),
    ("http", http::run),
    ("inflate", inflate::run),
    ("keylog", keylog::run),
    ("net", net::run),
    ("output", output::run),
    ("pipeline", pipeline::run),
    ("streams", streams::run),
    ("tcp", tcp::run),
    ("tls", tls::run),
];
