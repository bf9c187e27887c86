//! The payload of the selected frame as text: made once, a piece at a time, and shown in windows.

use super::close_words;
use crate::base::Source;
use crate::trace::{Bytes, Detail, MessageRow};
use crate::tui::pretty::Wrapping;
use crate::tui::rows::Kind;
use crate::tui::state::State;
use crate::websocket::Opcode;

/// Bytes broken into lines in one step, between two looks at the keys: about a millisecond.
const AT_ONCE: usize = 128 * 1024;

/// A payload as text.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// What it was made from: message or frame, its number, columns, and whether it was known in full.
    made: Option<(bool, u64, usize, bool)>,
    /// Its lines.
    pub lines: Vec<String>,
    /// What it is the text of.
    pub name: String,
    /// What is left of it to be broken into lines.
    pub rest: Option<Wrapping>,
}

impl State {
    /// The message that is read as a whole: but for the fragments of one that is looked at frame by frame.
    pub(in crate::tui) fn text_message(&self, detail: &Detail) -> Option<MessageRow> {
        let whole = |message: &MessageRow| message.compressed || message.frame_count == 1;
        detail.message.filter(|message| whole(message) || self.list.rows.kind == Kind::Messages)
    }

    /// Makes the text, where it is shown and is another one.
    pub(super) fn settle_text(&mut self, bytes: Bytes<'_>) {
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
}
