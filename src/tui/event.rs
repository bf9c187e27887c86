//! What happens. `update` turns it into changes and effects.

use crossterm::event::{KeyEvent, MouseEvent};

use super::contents::Contents;
use super::live::keep::Keep;
use super::live::status::Status;
use super::search::Outcome;
use super::writing::Unwritten;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The ground of the terminal is light, or dark.
    Ground(bool),
    /// How the search of this number goes.
    Searched(u64, Outcome),
    /// The filter of the list has come further.
    Filtered,
    /// A file was written: what to say of it; or it was not.
    Wrote(Result<String, Box<Unwritten>>),
    /// The terminal has another size.
    Resize(u16, u16),
    /// Nothing was pressed for a while: what was typed before it is not meant to be continued.
    Pause,
    /// The trace has grown.
    Grown,
    /// The capture that was waited for is open.
    Opened,
    /// The capture was read to its end, or reading failed: one line for each thing to be said of it, and what it holds.
    Finished(Vec<String>, Box<Contents>),
    /// Counts of a live capture.
    Live(Box<Status>),
    /// What was captured was kept in a file, with so many packets, or could not be.
    Kept(Keep, Result<u64, String>),
    /// The system asks to end.
    Terminate,
    /// The system asks to stop for a while.
    Stop,
    /// The program goes on after a stop.
    Continued,
}
