//! Stage 1: the one table of fields. A field is whatever a frame, message, connection, packet or note can be asked for.
//!
//! In: nothing. Out: for each field an id ([`FrameField`] and its like, [`FieldId`] for one of any of them), its names,
//! its type and unit, what must be read for it, and a sentence; [`Value`], what it holds; [`Node`], one of them in a tree.
//! JSON, CSV, `-e`, the tree and the search ask here what a field is called, and nobody else writes such a name down.

pub mod display;
pub mod names;
pub mod node;
pub mod table;
pub mod value;

pub use names::{find, listed, nearest};
pub use node::{Bits, Node, node_at, node_at_bit};
pub use table::{
    ConnectionField, Cost, Field, FieldId, FrameField, Kind, MessageField, NoteField, PacketField, Scope, Unit,
};
pub use value::{Notation, Value};
