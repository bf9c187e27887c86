//! What is to be done outside because of what happened. [`super::effects`] does it.

use std::sync::Arc;

use super::config::setting::Setting;
use super::live::keep::Keep;
use super::picked::Filtered;
use super::search::Search;
use super::writing::Write;

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Leave.
    Quit,
    /// Give the terminal back and stop until told to go on.
    Suspend,
    /// Go on with a filter.
    Filter(Arc<Filtered>),
    /// Look for something.
    Search(Search),
    /// Leave off a search: the newest is of this number, and there is none.
    LeaveOff(u64),
    /// Keep what was captured.
    Keep(Keep),
    /// Put something into the configuration.
    Save(Setting),
    /// Write to a file.
    Write(Write),
    /// Report the mouse, or no longer.
    Mouse(bool),
    /// Send these bytes to the terminal as they are.
    Send(Vec<u8>),
    /// Forget what is on the screen and draw everything.
    Redraw,
}
