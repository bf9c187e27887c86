//! The panes of details: what is known of the selected frame, in fields, bits, bytes and text. Each file looks up what is
//! visible of its pane, takes its keys, and draws it.

pub(super) mod bits;
pub(super) mod bytes;
pub(super) mod fields;
mod steps;
mod text;
