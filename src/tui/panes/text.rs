//! The payload of the selected frame as text: made once, a piece at a time, and shown in windows.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::Source;
use crate::base::number::wide;
use crate::trace::{Bytes, Detail, MessageRow};
use crate::tui::keys::Action;
use crate::tui::pen::Pen;
use crate::tui::pretty::Wrapping;
use crate::tui::preview::close_words;
use crate::tui::rows::Kind;
use crate::tui::scene::Text;
use crate::tui::scroll::stepped;
use crate::tui::state::State;
use crate::tui::text as words;
use crate::websocket::Opcode;

/// Bytes broken into lines in one step, between two looks at the keys: about a millisecond.
const AT_ONCE: usize = 128 * 1024;

/// Lines of text or bytes in an area: one line is for the tabs, and where there are enough, one for the status.
pub(super) fn lines(area: Rect) -> u16 {
    area.height.saturating_sub(if area.height < 4 { 1 } else { 2 })
}

impl State {
    /// The message that is read as a whole: but for the fragments of one that is looked at frame by frame.
    pub(in crate::tui) fn text_message(&self, detail: &Detail) -> Option<MessageRow> {
        let whole = |message: &MessageRow| message.compressed || message.frame_count == 1;
        detail.message.filter(|message| whole(message) || self.list.rows.kind == Kind::Messages)
    }

    /// Makes the text, where it is shown and is another one.
    pub(in crate::tui) fn settle_text(&mut self, bytes: Bytes<'_>) {
        let Some(area) = self.scene.areas.bytes.filter(|_| self.bytes.text) else { return };
        let Some(detail) = &self.detail else { return };
        let columns = usize::from(area.width.saturating_sub(2));
        let message = self.text_message(detail);
        let known = !message.is_some_and(|message| message.compressed) || detail.inflated.is_some();
        let made = match message {
            Some(message) => (true, message.number, columns, known),
            None => (false, detail.row.number, columns, known),
        };
        if self.scene.text.made == Some(made) {
            self.wrap();
            self.settle_found_line();
            let most = self.scene.text.lines.len().saturating_sub(1);
            self.bytes.text_top = self.bytes.text_top.min(most);
            return;
        }
        let close = detail.row.header.opcode == Opcode::Close && detail.row.header.length > 0;
        let payload = match (message, &detail.inflated) {
            // A close frame's text begins with a number.
            _ if close => {
                let window = detail.window(bytes, Source::Unmasked, 0..u64::MAX);
                close_words(&window).map_or(window.bytes, |(words, _)| words.into_bytes())
            }
            (Some(message), Some(inflated)) if message.compressed => inflated.bytes.clone(),
            (Some(message), _) if message.compressed => Vec::new(),
            (Some(message), _) => bytes.message(&message, 0..u64::MAX).bytes,
            (None, _) => detail.window(bytes, Source::Unmasked, 0..u64::MAX).bytes,
        };
        let rest = if known { Wrapping::new(&payload, columns) } else { None };
        let lines = match (known, &rest) {
            (false, _) => vec!["inflating \u{2026}".to_owned()],
            (true, Some(_)) => Vec::new(),
            (true, None) => vec!["no text: these bytes are no UTF-8".to_owned()],
        };
        self.scene.text = Text {
            made: Some(made),
            lines,
            rest,
            name: match message {
                Some(message) => format!("message {}", message.number),
                None => format!("frame {}", detail.row.number),
            },
        };
        self.bytes.text_top = 0;
        self.wrap();
        self.settle_found_line();
    }

    /// Goes to the line that a search has led to, once all lines are there.
    fn settle_found_line(&mut self) {
        let Some(pattern) = self.find.marked().filter(|_| self.find.show_text && self.scene.text.rest.is_none()) else {
            return;
        };
        let mut lines = self.scene.text.lines.iter();
        let found = lines.position(|line| pattern.is_in(line.as_bytes()));
        self.find.show_text = self.busy;
        self.bytes.text_top = found.unwrap_or(self.bytes.text_top);
    }

    /// Goes on breaking the text into lines.
    fn wrap(&mut self) {
        let text = &mut self.scene.text;
        let more = text.rest.as_mut().is_some_and(|rest| rest.work(AT_ONCE, &mut text.lines));
        if !more {
            text.rest = None;
        }
        self.busy |= more;
    }

    /// A key of movement in the text.
    pub(in crate::tui) fn step_text(&mut self, action: Action, times: u64) {
        let page = self.scene.areas.bytes.map_or(1, |area| u64::from(area.height.saturating_sub(2)).max(1));
        let rows = wide(self.scene.text.lines.len());
        let here = wide(self.bytes.text_top);
        self.bytes.text_top = usize::try_from(stepped(action, here, rows, page, times)).unwrap_or(0);
    }
}

/// The payload as text, and where in it the view stands.
pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let theme = &state.theme;
    let text = &state.scene.text;
    let visible = text.lines.iter().skip(state.bytes.text_top);
    for (y, line) in (1..=lines(area)).zip(visible) {
        let mut pen = Pen::line(buffer, area, y);
        pen.skip(1);
        let mut from = 0;
        let pattern = state.find.marked();
        for found in pattern.into_iter().flat_map(|pattern| pattern.all(line.as_bytes())) {
            pen.put(line.get(from..found.start).unwrap_or(""), theme.text);
            pen.put(line.get(found.clone()).unwrap_or(""), theme.found);
            from = found.end;
        }
        pen.put(line.get(from..).unwrap_or(""), theme.text);
    }
    if area.height >= 4 {
        let more = if text.rest.is_some() { " …" } else { "" };
        let [line, lines] =
            [state.bytes.text_top + 1, text.lines.len()].map(|n| words::count(n.try_into().unwrap_or(0)));
        let place = format!("{}  line {line} of {lines}{more}", text.name);
        Pen::line(buffer, area, area.height - 1).skip(1).put(&place, theme.dim);
    }
}
