//! What keys can ask for, whichever keys they are.

/// What a key can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// Left: fold, or the byte before.
    Left,
    /// Right: unfold, or the byte after.
    Right,
    /// Half a page up.
    HalfUp,
    /// Half a page down.
    HalfDown,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// The first row, or the frame whose number was typed.
    Top,
    /// The last row.
    Bottom,
    /// Show only what a filter selects.
    Filter,
    /// Show only what is like the selected field.
    Like,
    /// Show only what is not like it.
    NotLike,
    /// Hide ping and pong, and back.
    Heartbeats,
    /// The next pane.
    NextPane,
    /// The pane before.
    PreviousPane,
    /// Into what is selected.
    Open,
    /// Out of it.
    Back,
    /// One pane alone, and back.
    Zoom,
    /// More room for the list.
    Grow,
    /// Less room for the list.
    Shrink,
    /// The next source of bytes.
    NextSource,
    /// The source before.
    PreviousSource,
    /// The unmasking step by step, or the bytes again.
    Unmasking,
    /// The next packet of this frame.
    NextPacket,
    /// The packet before, of this frame.
    PreviousPacket,
    /// The next frame of this connection.
    NextInConnection,
    /// The frame before, of this connection.
    PreviousInConnection,
    /// The next frame with a finding.
    NextFinding,
    /// Look for something.
    Find,
    /// The next place of it.
    FindNext,
    /// The place before.
    FindPrevious,
    /// The next frame whose selected field has the same value.
    NextSame,
    /// The frame before with the same value.
    PreviousSame,
    /// The columns of the list.
    Columns,
    /// Set a mark; its letter follows.
    Mark,
    /// To a mark; its letter follows.
    GoToMark,
    /// A row is a frame, or a message.
    Messages,
    /// Only the frames of this connection, and back.
    Only,
    /// The next way to show time.
    TimeFormat,
    /// Time counts from this frame, or no longer.
    TimeReference,
    /// Go with what arrives.
    Follow,
    /// Show nothing that arrives from now on.
    Freeze,
    /// The menu of what can be copied.
    Copy,
    /// The menu of what can be written to a file.
    Export,
    /// The command line.
    Command,
    /// The palette of commands.
    Palette,
    /// The mouse, on or off.
    Mouse,
    /// This help.
    Help,
    /// Give the terminal back for a while.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Quit,
}
