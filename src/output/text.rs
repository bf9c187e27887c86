//! Lines for people: one line an item, aligned, coloured on a terminal.
//!
//! ```text
//!       n           time  conn op      flags    length  payload
//!       1    0.004812345     0 → TEXT  F··· M        5  Hello
//! ```
//!
//! Times are seconds since the first packet. Flags are FIN, RSV1 to RSV3 and MASK. The preview takes what is left of
//! the width, less what the notes at the end of the line need.

mod address;
pub mod connection;
pub mod line;
pub mod preview;

use self::line::{LENGTH, NUMBER, push_flags, push_folded, push_notes, push_source, push_time};
use self::preview::{Preview, Stored};
use super::number::push_padded;
use super::out::Out;
use super::sorted::Sorted;
use super::style::Style;
use super::{List, Output, Summary, keep_error};
use crate::base::{Note, SocketId, Timestamp};
use crate::dissect::{FramePlace, MessagePlace, Sink, Told, Wants};
use crate::filter::heartbeat::Run;
use crate::websocket::{Frame, Message};

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Colours.
    pub style: Style,
    /// Columns of a line; `None` for no limit.
    pub width: Option<usize>,
    /// A line of column names comes first.
    pub heading: bool,
}

/// Fewest columns a preview gets, however narrow the terminal.
const LEAST: usize = 8;

/// Columns of a line of frames before its preview.
const FRAME_COLUMNS: usize = NUMBER + 2 + line::TIME + 2 + line::CONNECTION + 1 + 7 + 1 + 6 + 2 + LENGTH + 2;
/// Columns of a line of messages before its preview.
const MESSAGE_COLUMNS: usize =
    NUMBER + 2 + line::TIME + 2 + line::CONNECTION + 1 + 7 + 2 + 6 + 2 + LENGTH + 2 + LENGTH + 2;

const FRAME_HEADING: &str = "      n           time  conn op      flags    length  payload";
const MESSAGE_HEADING: &str = "      n           time  conn op       frames   on wire    length  payload";

/// Writes one kind of item as lines: frames and messages as they end, connections at the end by number.
pub struct Text {
    list: List,
    out: Out,
    look: Look,
    origin: Timestamp,
    connections: Sorted<SocketId>,
    /// The line of a compressed frame, which waits for its message: what it inflates to is what people want to see.
    waiting: Option<Waiting>,
    /// The payload of that frame.
    raw: Vec<u8>,
}

/// What a line lacks: its preview and its notes.
struct Waiting {
    columns: usize,
    notes: Vec<Note>,
    notes_columns: usize,
    length: u64,
    captured: u64,
}

impl Text {
    /// Writes `list` to `out`.
    #[must_use]
    pub fn new(list: List, out: Out, look: Look) -> Text {
        let mut text = Text {
            list,
            out,
            look,
            origin: Timestamp::default(),
            connections: Sorted::default(),
            waiting: None,
            raw: Vec::new(),
        };
        if look.heading {
            let heading = match list {
                List::Frames => FRAME_HEADING.to_owned(),
                List::Messages => MESSAGE_HEADING.to_owned(),
                List::Connections => connection::heading(look.width),
            };
            line::push_heading(text.out.buffer(), look.style, &heading);
        }
        text
    }

    /// Columns for the preview and for the notes.
    fn room(&self, before: usize, notes: &[Note]) -> (usize, usize) {
        let Some(width) = self.look.width else { return (usize::MAX, usize::MAX) };
        let room = width.saturating_sub(before);
        if notes.is_empty() {
            return (room.max(LEAST), 0);
        }
        let preview = room.saturating_sub(line::notes_columns(notes)).max(LEAST);
        (preview, room.saturating_sub(preview))
    }

    fn frame(&mut self, place: &FramePlace, frame: &Frame<'_>) {
        if self.list != List::Frames {
            return;
        }
        let (columns, notes_columns) = self.room(FRAME_COLUMNS, frame.notes);
        let style = self.look.style;
        let out = self.out.buffer();
        push_padded(out, place.number, NUMBER);
        out.extend_from_slice(b"  ");
        push_time(out, frame.first.time, self.origin);
        out.extend_from_slice(b"  ");
        push_source(out, style, place.socket, frame.direction, frame.header.opcode.short_name());
        out.push(b' ');
        push_flags(out, &frame.header);
        out.extend_from_slice(b"  ");
        push_padded(out, frame.header.length, LENGTH);
        out.extend_from_slice(b"  ");
        if frame.compressed
            && frame.message_follows
            && frame.message_offset == Some(frame.offset)
            && frame.holes.is_empty()
        {
            self.raw.clear();
            self.raw.extend_from_slice(frame.payload);
            self.waiting = Some(Waiting {
                columns,
                notes: frame.notes.to_vec(),
                notes_columns,
                length: frame.header.length,
                captured: frame.captured,
            });
            return;
        }
        Preview::new(out, columns, style).frame(frame);
        push_notes(out, style, frame.notes, notes_columns);
        self.out.end_line();
    }

    /// Ends the line that waits; `message` is what its frame inflates to.
    fn end_waiting(&mut self, message: Option<&Message<'_>>) {
        let Some(Waiting { columns, notes, notes_columns, length, captured }) = self.waiting.take() else { return };
        let (out, style) = (self.out.buffer(), self.look.style);
        let preview = Preview::new(out, columns, style);
        match message.filter(|message| message.length > 0 || message.complete) {
            Some(message) => preview.inflated(message),
            None => preview.deflated(Stored { bytes: &self.raw, holes: &[], length, captured }),
        };
        push_notes(out, style, &notes, notes_columns);
        self.out.end_line();
    }

    fn message(&mut self, place: &MessagePlace<'_>, message: &Message<'_>) {
        if self.list != List::Messages {
            return;
        }
        let (columns, notes_columns) = self.room(MESSAGE_COLUMNS, message.notes);
        let style = self.look.style;
        let out = self.out.buffer();
        push_padded(out, place.number, NUMBER);
        out.extend_from_slice(b"  ");
        push_time(out, message.first.time, self.origin);
        out.extend_from_slice(b"  ");
        push_source(out, style, place.socket, message.direction, message.opcode.short_name());
        out.extend_from_slice(b"  ");
        push_padded(out, message.frame_count, 6);
        out.extend_from_slice(b"  ");
        push_padded(out, message.wire_length, LENGTH);
        out.extend_from_slice(b"  ");
        push_padded(out, message.length, LENGTH);
        out.extend_from_slice(b"  ");
        Preview::new(out, columns, style).message(message);
        push_notes(out, style, message.notes, notes_columns);
        self.out.end_line();
    }
}

impl Sink for Text {
    fn wants(&self) -> Wants {
        // A compressed frame is shown with what its message inflates to.
        Wants { message_payload: self.list != List::Connections, ..self.list.wants() }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Message(_, message) if self.waiting.is_some() => self.end_waiting(Some(message)),
            // It does not come where a limit cuts the list between the two.
            Told::Frame(..) | Told::Closed(_) if self.waiting.is_some() => {
                self.end_waiting(None);
                self.tell(told);
            }
            Told::Started(first) => self.origin = first.time,
            Told::Frame(place, frame) => self.frame(place, frame),
            Told::Message(place, message) => self.message(place, message),
            Told::Closed(connection) if self.list == List::Connections => {
                let (look, origin) = (self.look, self.origin);
                self.connections.push(connection.id, |out| connection::push(out, &look, connection, origin));
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

impl Output for Text {
    fn folded(&mut self, run: &Run) -> bool {
        self.end_waiting(None);
        push_folded(self.out.buffer(), self.look.style, run);
        self.out.end_line();
        true
    }

    fn finish(&mut self, _: &Summary) {
        self.end_waiting(None);
        let written = self.connections.write_to(&mut self.out);
        keep_error(&mut self.out, written);
        self.out.flush();
    }

    fn flush(&mut self) {
        self.out.flush();
    }

    fn out(&self) -> &Out {
        &self.out
    }
}

#[cfg(test)]
mod tests;
