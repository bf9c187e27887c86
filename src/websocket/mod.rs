//! Stage 7, the heart: frames and messages out of the bytes of a WebSocket connection.
//!
//! In: bytes of one direction and where they arrived. Out: [`Frame`]s and [`Message`]s with their Notes. Nothing here
//! fails: what breaks RFC 6455 or RFC 7692 is shown as it is, with a [`crate::base::Note`].

mod across;
mod assemble;
mod check;
pub mod close;
mod direction;
mod events;
pub mod extension;
pub mod frame;
pub mod framing;
mod guess;
pub mod handshake;
pub mod header;
mod hixie;
pub mod hybi;
mod hybi_opcode;
pub mod inflate;
mod payload_buffer;
mod lost;
pub mod mask;
pub mod message;
mod pings;
mod reader;
pub mod resync;
mod rules;
pub mod session;
mod unframed;
pub mod utf8;

pub use close::CloseBody;
pub use events::{Events, FirstClose, Look, Scratch, Sent};
pub use extension::Extension;
pub use frame::Frame;
pub use framing::{Dialect, Framing};
pub use handshake::{Deflate, Draft, Handshake};
pub use header::{Header, LengthForm, Opcode};
pub use inflate::{InflateFault, Inflater};
pub use message::Message;
pub use rules::{Inflation, Rules};
pub use session::{Ending, Session};
pub use utf8::Utf8Check;

#[cfg(test)]
mod tests;
