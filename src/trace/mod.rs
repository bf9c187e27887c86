//! Stage 9: what was found, for whoever wants to go back to it.
//!
//! In: what the dissector tells. Out: the field registry: parts of frames, messages and connections by name.

pub mod registry;
