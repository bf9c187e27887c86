//! Stage 12: the inspector.
//!
//! In: a capture and keys. Out: pictures on a terminal. [`State::update`] turns what happens into changes and effects,
//! [`State::settle`] looks up what is visible, [`view::draw`] draws it; only `run` and `terminal` touch the world. The
//! capture is read on a thread of its own and shown while it is read; nothing that arrives moves the selection.

pub mod event;
pub mod keys;
pub mod layout;
pub mod rows;
mod run;
pub mod scene;
pub mod state;
mod terminal;
#[cfg(test)]
mod tests;
pub mod text;
pub mod theme;
mod update;
pub mod view;

pub use event::{Effect, Event};
pub use run::show;
pub use state::State;
