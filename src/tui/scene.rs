//! What is drawn: everything a picture needs, looked up before drawing, so that drawing reads nothing and waits for
//! nothing. Only what is visible is looked up: forty rows, whatever the capture holds.

mod bytes;
mod connections;
pub mod findings;
mod handshake;
mod ladder;
pub mod lines;
mod list;
mod payload;
mod pings;
pub(super) mod talk;

use std::ops::Range;

use super::layout::Areas;
use super::state::{State, View};
use super::{text, view};
use crate::base::{Direction, Severity, SocketId, Source, Span};
use crate::teach::{Diagram, Part};
use crate::trace::{Bytes, Detail, Progress, Trace, field_at};
use crate::websocket::Opcode;
use lines::{Line, Role};
pub(super) use list::{close_words, message_line};
use payload::Text;

/// Bytes inflated in one step, between two looks at the keys: about a millisecond.
const INFLATED_AT_ONCE: u64 = 256 * 1024;

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// Frame or message number.
    pub number: u64,
    /// It is the selected one.
    pub selected: bool,
    /// The letter of its mark.
    pub mark: Option<char>,
    /// Byte ranges of the preview that hold what is looked for.
    pub found: Vec<Range<usize>>,
    /// What is looked for is the name of its opcode.
    pub named: bool,
    /// The gravest note.
    pub severity: Option<Severity>,
    /// The first of its notes, by name.
    pub note: &'static str,
    /// Its time, in the format chosen.
    pub time: String,
    /// Time since the row before in its connection.
    pub delta: String,
    /// Its connection.
    pub connection: String,
    /// Who sent it.
    pub direction: Direction,
    /// Its opcode.
    pub opcode: Opcode,
    /// FIN, RSV, MASK as letters; for messages, the number of frames.
    pub flags: String,
    /// Its length.
    pub length: String,
    /// What it carries, in one line.
    pub preview: String,
    /// `┐`, `│` or `┘` for the frames of a fragmented message, and what stands beside.
    pub bracket: Option<(char, String)>,
}

/// One line of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldLine {
    /// Index in the detail's list.
    pub index: usize,
    /// `Some(true)` where it is unfolded, `Some(false)` where it is folded, `None` where there is nothing below it.
    pub unfolded: Option<bool>,
}

/// How a byte is to be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Byte {
    /// Its value; `None` where the capture lacks it.
    pub value: Option<u8>,
    /// It belongs to the selected field.
    pub field: bool,
    /// It belongs to what is looked for.
    pub found: bool,
    /// It is under the cursor, or the one under the cursor was made from it.
    pub cursor: bool,
}

/// What is drawn.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// Where.
    pub areas: Areas,
    /// Rows there are.
    pub rows: u64,
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
    /// The visible rows.
    pub list: Vec<ListRow>,
    /// The lines of the page: connections, conversation, ladder, findings, handshake.
    pub page: Vec<Line>,
    /// The lines below the connections: the handshake of the selected one.
    pub below: Vec<Line>,
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

impl State {
    /// Looks up what is to be drawn at this size.
    pub fn settle(&mut self, size: (u16, u16)) {
        self.size = size;
        let shared = self.trace.clone();
        let trace = shared.read();
        let store = self.store.clone();
        let bytes = Bytes::new(&trace, &*store);
        self.select(&trace);
        self.load(bytes);
        self.scene.counts =
            [trace.frames().count(), trace.messages().count(), u64::try_from(trace.connections().count()).unwrap_or(0)];
        self.scene.findings =
            [trace.notes().of_severity(Severity::Error), trace.notes().of_severity(Severity::Warning)];
        self.scene.progress = trace.progress();
        self.scene.rows = self.list.rows.len(&trace);
        self.scene.row = (self.list.rows.row(&trace, self.list.selected) + 1).min(self.scene.rows);
        self.scene.diagram_height = self.diagram_height();
        self.scene.areas = Areas::of(self);
        if matches!(self.view, View::Talk | View::Ladder) {
            // Which messages are seen is known only once the page is laid out.
            self.settle_page(bytes);
        }
        self.inflate(bytes);
        self.settle_list(bytes);
        self.settle_page(bytes);
        self.settle_fields();
        self.settle_bits(bytes);
        self.settle_bytes(bytes);
        self.settle_text(bytes);
        self.scene.uri = uri(&trace, self.connection);
    }

    /// The first frame is selected when there is one; after that only keys, and following, change the selection.
    fn select(&mut self, trace: &Trace) {
        let rows = self.list.rows.len(trace);
        if rows > 0 && (self.list.selected == 0 || self.follow) {
            let row = if self.follow { rows - 1 } else { 0 };
            self.list.selected = self.list.rows.frame(trace, row).unwrap_or(0);
        }
        // The frame that was selected the last time, once it has been read: unless somebody has moved since.
        if let Some(wanted) = self.wanted {
            let finished = trace.progress().finished;
            if self.list.selected > 1 {
                self.wanted = None;
            } else if finished || trace.frames().count() > self.looked_at.saturating_mul(2) {
                // Looked for now and then only, for it is not found at once.
                self.looked_at = trace.frames().count();
                match wanted.frame(trace) {
                    Some(frame) => (self.list.selected, self.wanted) = (frame, None),
                    None if finished => self.wanted = None,
                    None => {}
                }
            }
        }
        if self.start.is_none() {
            self.start = trace.start();
        }
    }

    /// Reads the selected frame in full, where it is another one or more is known of it.
    fn load(&mut self, bytes: Bytes<'_>) {
        let selected = self.list.selected;
        let message = bytes.trace().frames().get(selected).and_then(|row| row.message);
        if let Some(detail) = &self.detail
            && detail.row.number == selected
            && detail.row.message == message
        {
            return;
        }
        self.detail = Detail::read(bytes, selected);
        let Some(detail) = &self.detail else { return };
        self.connection = detail.row.socket;
        // The same field of the next frame stays selected.
        let wanted = self.fields.wanted;
        self.fields.selected = detail.fields.iter().position(|field| field.id == wanted).unwrap_or(0);
        let sources = detail.sources();
        if !sources.iter().any(|(source, _)| *source == self.bytes.source) {
            self.bytes.source = Source::Frame;
        }
        self.bytes.top = 0;
        self.bytes.cursor = 0;
        self.put_cursor_on_field();
    }

    /// Inflates the selected message and those in the list, as far as one step goes.
    fn inflate(&mut self, bytes: Bytes<'_>) {
        let selected = self.detail.as_ref().and_then(|detail| detail.message);
        let trace = bytes.trace();
        let rows = self.visible(trace);
        let kind = self.list.rows;
        let frames = rows.filter_map(|row| kind.frame(trace, row)).chain(self.frames_of_page(trace));
        let listed = frames.filter_map(|frame| {
            let row = trace.frames().get(frame).filter(|row| row.compressed)?;
            row.message
        });
        let wanted: Vec<u64> = selected.map(|message| message.number).into_iter().chain(listed).collect();
        self.busy = self.inflations.work(bytes, wanted, INFLATED_AT_ONCE);
        if let (Some(detail), Some(message)) = (&mut self.detail, selected) {
            detail.inflate(self.inflations.get(message.number));
        }
    }

    /// Frames that the conversation or the ladder shows, and perhaps a few more.
    fn frames_of_page(&self, trace: &Trace) -> Vec<u64> {
        let (Some(area), Some(list)) = (self.scene.areas.page, trace.connections().get(self.connection)) else {
            return Vec::new();
        };
        let height = usize::from(area.height);
        match self.view {
            View::Talk => {
                let entries = list.frames_from(self.talk_top).filter(|frame| talk::is_entry(trace, *frame));
                entries.take(height).collect()
            }
            View::Ladder => {
                // The handshake has at most two rows before the first frame.
                let first = usize::try_from(self.ladder_top.saturating_sub(2)).unwrap_or(usize::MAX);
                (first..first.saturating_add(height + 2)).map_while(|index| list.frame(index)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The lines of the views that are read from top to bottom.
    fn settle_page(&mut self, bytes: Bytes<'_>) {
        self.scene.page.clear();
        self.scene.below.clear();
        let Some(area) = self.scene.areas.page else { return };
        let trace = bytes.trace();
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        self.scene.page = match self.view {
            View::Frames => Vec::new(),
            View::Connections => self.settle_connections(trace, width, height),
            View::Talk => self.settle_talk(bytes, width, height),
            View::Ladder => self.settle_ladder(bytes, width, height),
            View::Notes => self.settle_findings(trace, width, height),
            View::Handshake => {
                let lines = handshake::lines(trace, self.connection, width);
                self.handshake_top = self.handshake_top.min(lines.len().saturating_sub(height));
                lines.into_iter().skip(self.handshake_top).collect()
            }
        };
        if let Some(below) = self.scene.areas.below {
            let mut lines = handshake::lines(trace, self.connection, usize::from(below.width));
            let height = usize::from(below.height);
            if lines.len() > height && height > 0 {
                lines.truncate(height - 1);
                lines.push(Line::of(" … 6 shows the rest", Role::Dim));
            }
            self.scene.below = lines;
        }
    }

    fn settle_connections(&mut self, trace: &Trace, width: usize, height: usize) -> Vec<Line> {
        let rows = self.scene.counts[2];
        let selected = trace.connections().index(self.connection).and_then(|row| u64::try_from(row).ok()).unwrap_or(0);
        let room = u64::try_from(height.saturating_sub(1)).unwrap_or(0);
        self.connections_top = scrolled(self.connections_top, selected, room, rows);
        let visible = self.connections_top..rows.min(self.connections_top + room);
        let mut lines = vec![connections::heading(width)];
        lines.extend(connections::lines(trace, visible, selected, width));
        lines
    }

    /// Moves the byte cursor to the selected field, in the source shown.
    pub(super) fn put_cursor_on_field(&mut self) {
        let span = self.field().and_then(|field| field.span);
        let here = span.and_then(|span| self.detail.as_ref()?.translate(span, self.bytes.source));
        if let Some(span) = here {
            self.bytes.cursor = span.start;
        }
    }

    /// Selects the field under the byte cursor.
    pub(super) fn put_field_under_cursor(&mut self) {
        let Some(detail) = &self.detail else { return };
        let here = Span { source: self.bytes.source, start: self.bytes.cursor, len: 1 };
        // The nearest source with a field there: bytes of a payload are a field of the frame, and so on.
        let order = [self.bytes.source, Source::Unmasked, Source::Frame, Source::Packet, Source::Message];
        let found = order.iter().find_map(|source| {
            let span = detail.translate(here, *source)?;
            field_at(&detail.fields, *source, span.start)
        });
        if let Some(index) = found {
            self.choose_field(index);
        }
    }

    /// Selects a field, here and in the frames to come.
    pub(super) fn choose_field(&mut self, index: usize) {
        self.fields.selected = index;
        self.fields.wanted = self.field().map_or("", |field| field.id);
        self.unfold_to(index);
    }

    /// Unfolds whatever hides a field.
    fn unfold_to(&mut self, index: usize) {
        let Some(detail) = &self.detail else { return };
        let mut depth = detail.fields.get(index).map_or(0, |field| field.depth);
        for field in detail.fields.get(..index).unwrap_or(&[]).iter().rev() {
            if field.depth < depth {
                depth = field.depth;
                self.fields.folded.remove(field.id);
            }
        }
    }

    fn settle_fields(&mut self) {
        self.scene.fields.clear();
        let Some(detail) = &self.detail else { return };
        let mut hidden: Option<u8> = None;
        for (index, field) in detail.fields.iter().enumerate() {
            if hidden.is_some_and(|depth| field.depth > depth) {
                continue;
            }
            let parent = detail.fields.get(index + 1).is_some_and(|next| next.depth > field.depth);
            let folded = parent && self.fields.folded.contains(field.id);
            hidden = folded.then_some(field.depth);
            self.scene.fields.push(FieldLine { index, unfolded: parent.then_some(!folded) });
        }
        // A selected field that is folded away gives the selection to what hides it.
        let line = self.scene.fields.iter().rposition(|line| line.index <= self.fields.selected).unwrap_or(0);
        if let Some(shown) = self.scene.fields.get(line) {
            self.fields.selected = shown.index;
        }
        let height = self.scene.areas.fields.map_or(0, |area| u64::from(view::fields::lines(area)));
        let rows = u64::try_from(self.scene.fields.len()).unwrap_or(0);
        self.fields.top = scrolled(self.fields.top, u64::try_from(line).unwrap_or(0), height, rows);
    }

    fn diagram_height(&self) -> u16 {
        let Some(detail) = &self.detail else { return 0 };
        let header = usize::from(detail.row.header_len);
        let rows = (header + 1).div_ceil(4).max(1);
        u16::try_from(3 + rows + 5 + (rows - 1) * 3).unwrap_or(13)
    }

    fn settle_bits(&mut self, bytes: Bytes<'_>) {
        self.scene.diagram = None;
        let (Some(detail), Some(area)) = (&self.detail, self.scene.areas.bits) else { return };
        if !detail.fields.iter().any(|field| field.bits.is_some()) {
            return;
        }
        let bits = match area.width {
            0..33 => 8,
            33..65 => 16,
            _ => 32,
        };
        let header = detail.window(bytes, Source::Frame, 0..32);
        let diagram = Diagram::draw(&detail.fields, &header, bits, usize::from(area.height));
        // Where there is no room for all of it, the selected field is seen.
        let selected = Some(self.fields.selected);
        let with = |line: &Vec<Part>| line.iter().any(|part| part.field == selected);
        let (first, last) = (diagram.lines.iter().position(with), diagram.lines.iter().rposition(with));
        let height = usize::from(area.height);
        let lowest = diagram.lines.len().saturating_sub(height);
        let shown = last.map_or(0, |last| (last + 2).saturating_sub(height)).min(first.unwrap_or(0));
        self.scene.diagram_top = shown.min(lowest);
        self.scene.diagram = Some(diagram);
    }
}

/// The first line shown: moved only as far as it takes to show `line`, and never past what leaves the pane full.
fn scrolled(top: u64, line: u64, height: u64, rows: u64) -> u64 {
    top.min(line).max((line + 1).saturating_sub(height)).min(rows.saturating_sub(height))
}

fn uri(trace: &Trace, id: SocketId) -> String {
    let told = trace.connections().get(id).and_then(|row| row.told.as_ref());
    let Some(told) = told else { return String::new() };
    let handshake = told.handshake.as_ref();
    let host = handshake.and_then(|handshake| handshake.request_field("Host"));
    let host = host.map_or_else(|| told.server.to_string(), text::safe);
    format!("ws://{host}{}", text::safe(handshake.and_then(|handshake| handshake.uri()).unwrap_or("")))
}
