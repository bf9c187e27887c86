//! The library, as whoever embeds it has it: one binary, so that the library is linked once for all of this. A file is
//! a subject, and `cargo test NAME` runs one.

mod capture_stage;
mod captures;
mod conformance;
mod display_filters;
mod dumps;
mod exchanges;
mod fuzz_regressions;
mod heartbeats;
mod hpack;
mod kept;
#[cfg(feature = "live")]
mod live_filters;
mod lost;
mod midstream;
#[cfg(feature = "tls")]
mod quic;
mod secure;
mod secure_parked;
#[cfg(feature = "tls")]
mod shapes;
mod threads;
mod tls_ways;
#[cfg(feature = "tls")]
mod tls;
mod tls_peers;
mod torn_heads;
mod trace;
mod websocket_faults;

// What others need too: the tests of mistakes and of the program, gen_capture, the fuzzer.
#[path = "../build/mod.rs"]
mod build;
#[path = "../../examples/gen_capture/generate/mod.rs"]
mod generate;
#[path = "../../fuzz/targets/mod.rs"]
mod targets;
