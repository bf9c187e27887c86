//! What is selected: the frame first of all, which every page and pane speaks of; its field, and the byte under the
//! cursor.

use super::page_name::PageName;
use super::pane::Pane;
use super::rows::Kind;
use super::state::State;
use crate::base::{SocketId, Source, Span};
use crate::fields::node_at;
use crate::teach::annotate;
use crate::trace::{Bytes, Detail, Trace};

impl State {
    /// The first frame is selected when there is one; after that only keys, and following, change the selection.
    pub(super) fn select(&mut self, trace: &Trace) {
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
                    Some(frame) => {
                        (self.list.selected, self.wanted) = (frame, None);
                        self.message = self.message.take().or(Some(format!("back at frame {frame}")));
                    }
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
    pub(super) fn load(&mut self, bytes: Bytes<'_>) {
        let selected = self.list.selected;
        let message = bytes.trace().frames().get(selected).and_then(|row| row.message);
        if let Some(detail) = &self.detail
            && detail.row.number == selected
            && detail.row.message == message
        {
            return;
        }
        self.detail = Detail::read(bytes, selected);
        self.tell_detail(bytes);
        let Some(detail) = &self.detail else { return };
        self.connection = detail.row.socket;
        let sources = detail.sources();
        if !sources.iter().any(|(source, _)| *source == self.bytes.source) {
            self.bytes.source = Source::Frame;
        }
        self.bytes.top = 0;
        self.bytes.cursor = 0;
        self.put_cursor_on_field();
    }

    /// Says what there is to say of the selected frame. The same field as in the one before stays selected.
    pub(super) fn tell_detail(&mut self, bytes: Bytes<'_>) {
        self.tree = self.detail.as_ref().map(|detail| annotate::tree(bytes, detail)).unwrap_or_default();
        if let Some(detail) = &self.detail
            && let Some((message, inflated)) = detail.message.as_ref().zip(detail.inflated.as_ref())
        {
            annotate::tell_inflated(&mut self.tree, message, inflated);
        }
        let wanted = self.fields.wanted;
        self.fields.selected = self.tree.iter().position(|field| Some(field.field) == wanted).unwrap_or(0);
    }

    /// Shows a page.
    pub fn show(&mut self, page: PageName) {
        if self.page != page {
            self.page = page;
            self.pane = Pane::Page;
        }
        if let (PageName::FRAMES, Some(detail)) = (page, &self.detail) {
            // A connection without frames was chosen elsewhere: here all is about the selected frame.
            self.connection = detail.row.socket;
        }
    }

    /// Gives the keys to a pane.
    pub(super) fn focus(&mut self, pane: Pane) {
        self.pane = pane;
        if pane != Pane::Page {
            self.tab = pane;
        }
        // A place in the field that was gone to before is kept.
        let cursor = self.bytes.cursor;
        let inside = self.field_here().is_some_and(|span| cursor >= span.start && cursor - span.start < span.len);
        if pane == Pane::Bytes && !inside {
            self.put_cursor_on_field();
        }
    }

    /// Selects a frame, or in a list of messages a message, by its number.
    pub(super) fn go_to(&mut self, number: u64) {
        let shared = self.trace.clone();
        let trace = shared.read();
        self.show(PageName::FRAMES);
        self.pane = Pane::Page;
        let number = number.max(1);
        let frame = match self.list.rows.kind {
            Kind::Frames => number.min(trace.frames().count()),
            Kind::Messages => trace.messages().get(number.min(trace.messages().count())).map_or(0, |m| m.last_frame),
        };
        let row = self.list.rows.row(&trace, frame);
        self.select_row(&trace, row);
    }

    /// A control frame is no row of a list of messages: the row that is selected then says what is selected.
    pub(super) fn leave_control_frame(&mut self) {
        let shared = self.trace.clone();
        let trace = shared.read();
        let row = trace.frames().get(self.list.selected);
        if self.list.rows.kind == Kind::Messages && row.is_some_and(|row| !row.is_data()) {
            let follow = self.follow;
            self.select_row(&trace, self.list.rows.row(&trace, self.list.selected));
            self.follow = follow;
        }
    }

    /// Shows only the frames of a connection, or all again.
    pub(super) fn only(&mut self, only: Option<SocketId>) {
        let frames = |id| self.trace.read().connections().get(id).map_or(0, |row| row.frame_count());
        if let Some(id) = only.filter(|id| frames(*id) == 0) {
            self.show(PageName::HANDSHAKE);
            self.connection = id;
            self.message = Some(format!("connection {} has no frames; this is its handshake", id.label()));
            return;
        }
        self.list.rows.only = only;
        self.show(PageName::FRAMES);
        let shared = self.trace.clone();
        let trace = shared.read();
        let row = self.list.rows.row(&trace, self.list.selected);
        self.select_row(&trace, row);
        self.message = Some(match only {
            Some(id) => format!("only connection {}; c or Esc shows all", id.label()),
            None => "all connections".to_owned(),
        });
    }

    /// Selects a frame, and shows it: a list of another connection's frames shows all again.
    pub(super) fn select_frame(&mut self, frame: u64) {
        self.list.selected = frame;
        self.follow = false;
        let shown = self.trace.read().frames().get(frame).map(|row| row.socket);
        if self.list.rows.only.is_some() && self.list.rows.only != shown {
            self.list.rows.only = None;
        }
        self.show(PageName::FRAMES);
    }

    /// Selects a row of the list.
    pub(super) fn select_row(&mut self, trace: &Trace, row: u64) {
        let last = self.list.rows.len(trace).saturating_sub(1);
        if let Some(frame) = self.list.rows.frame(trace, row.min(last)) {
            self.list.selected = frame;
            self.follow = false;
        }
    }

    /// Moves the byte cursor to the selected field, in the source shown.
    pub(super) fn put_cursor_on_field(&mut self) {
        if let Some(span) = self.field_here() {
            self.bytes.cursor = span.start;
        }
    }

    /// Where the selected field lies in the source that is shown.
    fn field_here(&self) -> Option<Span> {
        let span = self.field()?.span?;
        self.detail.as_ref()?.translate(span, self.bytes.source)
    }

    /// Selects the field under the byte cursor.
    pub(super) fn put_field_under_cursor(&mut self) {
        let Some(detail) = &self.detail else { return };
        let here = Span { source: self.bytes.source, start: self.bytes.cursor, len: 1 };
        // The nearest source with a field there: bytes of a payload are a field of the frame, and so on.
        let order = [self.bytes.source, Source::Unmasked, Source::Frame, Source::Packet, Source::Message];
        let found = order.iter().find_map(|source| {
            let span = detail.translate(here, *source)?;
            node_at(&self.tree, *source, span.start)
        });
        if let Some(index) = found {
            self.choose_field(index);
        }
    }

    /// Selects a field, here and in the frames to come.
    pub(super) fn choose_field(&mut self, index: usize) {
        self.fields.selected = index;
        self.fields.wanted = self.field().map(|field| field.field);
        self.unfold_to(index);
    }

    /// Unfolds whatever hides a field.
    fn unfold_to(&mut self, index: usize) {
        let mut depth = self.tree.get(index).map_or(0, |field| field.depth);
        for field in self.tree.get(..index).unwrap_or(&[]).iter().rev() {
            if field.depth < depth {
                depth = field.depth;
                self.fields.folded.remove(&field.field);
            }
        }
    }

    /// Selects a frame where there is one.
    pub(super) fn choose_frame(&mut self, frame: Option<u64>) {
        if let Some(frame) = frame.filter(|frame| *frame > 0) {
            self.list.selected = frame;
            self.follow = false;
        }
    }

    /// The list shows all connections again, where the selected frame is none of those it shows.
    pub(super) fn leave_filter_for(&mut self, trace: &Trace) {
        let shown = trace.frames().get(self.list.selected).map(|row| row.socket);
        if self.list.rows.only.is_some() && self.list.rows.only != shown {
            self.list.rows.only = None;
        }
    }
}
