//! What the fuzzer runs, and what plain `cargo test` replays: one function a target, from bytes to assertions.
//!
//! Any bytes are an input. A broken invariant panics.
#![allow(dead_code, reason = "each fuzz target uses one of them")]

pub mod frames;
pub mod http;
pub mod inflate;
pub mod net;
pub mod packets;
pub mod tcp;

/// From bytes to assertions.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also the name of its folders under `fuzz/seeds` and `fuzz/crashes`.
pub const TARGETS: &[(&str, Target)] =
    &[("frames", frames::run), ("http", http::run), ("inflate", inflate::run), ("net", net::run), ("tcp", tcp::run)];
