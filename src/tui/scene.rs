//! What is drawn besides the page: everything a picture needs, looked up before drawing, so that drawing reads nothing
//! and waits for nothing.

use super::areas::Areas;
use super::pretty::Wrapping;
use crate::base::Source;
use crate::teach::Diagram;
use crate::trace::Progress;

/// One line of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldLine {
    /// Index in the detail's list.
    pub index: usize,
    /// `Some(true)` where it is unfolded, `Some(false)` where it is folded, `None` where there is nothing below it.
    pub unfolded: Option<bool>,
}

/// What a byte is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BytePart {
    /// The header of the frame.
    Header,
    /// Its payload, or what was made of it.
    Payload,
    /// What is around the frame in its packet.
    Around,
}

/// How a byte is to be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Byte {
    /// Its value; `None` where the capture lacks it.
    pub value: Option<u8>,
    /// It belongs to the selected field.
    pub field: bool,
    /// What it is a part of.
    pub part: BytePart,
    /// It belongs to what is looked for.
    pub found: bool,
    /// It is under the cursor, or the one under the cursor was made from it.
    pub cursor: bool,
}

/// A payload as text.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// What it was made from: message or frame, its number, columns, and whether it was known in full.
    pub made: Option<(bool, u64, usize, bool)>,
    /// Its lines.
    pub lines: Vec<String>,
    /// What it is the text of.
    pub name: String,
    /// What is left of it to be broken into lines.
    pub rest: Option<Wrapping>,
}

/// What is drawn.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// Where.
    pub areas: Areas,
    /// Rows there are.
    pub rows: u64,
    /// Rows there are, whatever the filter shows.
    pub all: u64,
    /// Of those shown, how many are no run of heartbeats; and how many heartbeats are folded.
    pub shown: (u64, u64),
    /// Of all, how many the filter has decided on.
    pub decided: u64,
    /// The selected row, the first is 1; 0 while there is none.
    pub row: u64,
    /// Frames, messages, connections there are.
    pub counts: [u64; 3],
    /// Errors and warnings.
    pub findings: [u64; 2],
    /// How far reading has come.
    pub progress: Progress,
    /// The URI of the selected connection.
    pub uri: String,
    /// What helps beside the filter being typed.
    pub filter_help: String,
    /// It is one that makes sense.
    pub filter_right: bool,
    /// What each column of the list says of the selected row, while they are chosen from.
    pub cells: Vec<String>,
    /// The lines of the fields.
    pub fields: Vec<FieldLine>,
    /// The bit diagram.
    pub diagram: Option<Diagram>,
    /// The first line of it shown.
    pub diagram_top: usize,
    /// Lines the diagram would like to have.
    pub diagram_height: u16,
    /// The sources of bytes.
    pub sources: Vec<(Source, u64)>,
    /// Bytes on one line.
    pub columns: u64,
    /// The payload as text.
    pub text: Text,
    /// The visible bytes, from `state.bytes.top` lines on.
    pub bytes: Vec<Byte>,
    /// The field under the cursor and where it stands, for the bytes' status.
    pub bytes_status: String,
}
