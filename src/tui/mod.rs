//! Stage 13: the inspector.
//!
//! In: a capture and keys. Out: pictures on a terminal. [`Inspector::update`] turns what happens into changes and effects,
//! [`Inspector::settle`] looks up what is visible, [`draw::draw`] draws it; only `run`, `effects`, `memory` and `terminal`
//! touch the world. The capture is read on a thread of its own and shown while it is read; nothing that arrives moves the selection.
//!
//! Words stand lowest (`text`, `keys`, `rows` and their like), then [`State`], which all pages share; on it stand the
//! panes of details and the pages, each a file that looks up, takes keys and draws; then what knows every page.

mod areas;
mod command;
mod config;
mod contents;
mod copy;
pub mod draw;
mod edit;
mod effect;
mod effects;
mod entries;
mod event;
mod form;
mod going;
mod ground;
mod hit;
mod inspector;
pub mod key_page;
pub mod keys;
mod layout;
mod line;
mod list_columns;
pub mod live;
mod markdown;
mod memory;
mod menu;
mod opening;
mod page;
mod page_name;
mod pages;
mod pane;
mod panes;
mod pattern;
mod pen;
pub mod picked;
mod pings;
mod pretty;
mod preview;
mod reader;
mod rows;
mod run;
mod scene;
mod scroll;
mod search;
mod selection;
mod session;
mod start;
mod state;
mod svg;
mod taken;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
pub mod theme;
mod time_format;
mod update;
mod writing;

pub use effect::Effect;
pub use event::Event;
pub use inspector::Inspector;
pub use memory::remembering;
pub use start::{Error, Options, load, print_config, run, saved, screenshot};
pub use state::State;
