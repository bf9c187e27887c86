//! The entries of a conversation: a whole message, at its last frame, or a control frame.

use crate::base::SocketId;
use crate::trace::{FrameRow, Trace};

/// A frame stands for an entry: the last of a message, or a control frame, or one whose message never ended.
pub(super) fn is_entry(trace: &Trace, frame: u64) -> bool {
    trace.frames().get(frame).is_some_and(|row| entry_row(trace, &row))
}

fn entry_row(trace: &Trace, row: &FrameRow) -> bool {
    match row.message.and_then(|message| trace.messages().get(message)) {
        Some(message) => message.last_frame == row.number,
        None => true,
    }
}

/// The entry that a frame belongs to, or the one nearest to it in its connection.
pub(super) fn nearest(trace: &Trace, id: SocketId, frame: u64) -> u64 {
    let Some(list) = trace.connections().get(id) else { return 0 };
    let row = trace.frames().get(frame).filter(|row| row.socket == id);
    if let Some(message) = row.and_then(|row| row.message).and_then(|message| trace.messages().get(message)) {
        return message.last_frame;
    }
    if row.is_some() {
        return frame;
    }
    let found = list.frames_from(frame).find(|frame| is_entry(trace, *frame));
    found.or_else(|| entry_before(trace, id, frame)).unwrap_or(0)
}

/// The entry before a frame.
pub(super) fn entry_before(trace: &Trace, id: SocketId, frame: u64) -> Option<u64> {
    let list = trace.connections().get(id)?;
    let mut here = frame;
    loop {
        here = list.before(here)?;
        if is_entry(trace, here) {
            return Some(here);
        }
    }
}

/// The entry after a frame.
pub(super) fn entry_after(trace: &Trace, id: SocketId, frame: u64) -> Option<u64> {
    let list = trace.connections().get(id)?;
    list.frames_from(frame.saturating_add(1)).find(|frame| is_entry(trace, *frame))
}
