//! Stage 0: the words every stage uses. No protocol, and no I/O but what is put aside in temporary files.
//!
//! In: nothing. Out: plain values. A stage takes bytes and [`At`] as arguments and gives events; it opens nothing,
//! prints nothing and asks no clock.

pub mod backlog;
pub mod caret;
pub mod comments;
pub mod cursor;
pub mod display;
pub(crate) mod file;
pub mod hidden;
pub mod home;
pub mod ids;
pub mod limits;
pub mod note;
pub mod number;
pub(crate) mod pack;
pub mod owners;
pub mod packet;
pub mod scratch;
pub mod secrets;
#[cfg(feature = "sidecar")]
pub(crate) mod small_file;
pub mod span;
pub(crate) mod spill;
pub(crate) mod spill_pages;
pub mod stream;
pub mod temporary;
pub mod time;

pub use backlog::Backlog;
pub use caret::caret;
pub use comments::PacketComments;
pub use cursor::{Cursor, Incomplete};
pub use display::DisplaySafe;
pub use ids::{ConnectionId, Direction, PacketNumber, PerDirection, Side, Sides, SocketId, StreamId};
pub use note::{Code, Note, Severity};
pub use owners::{BothEnds, Owner, Owners, Process};
pub use packet::{LinkType, Packet};
pub use secrets::{SecretLog, Secrets, Unseal};
pub use span::{Hole, Source, Span};
pub use stream::{Chunk, Gap, Origin, Part};
pub use time::{At, Timestamp};
