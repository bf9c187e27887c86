//! The payload of the selected frame as text: made once, shown in windows.

use crate::base::Source;
use crate::trace::Bytes;
use crate::tui::pretty;
use crate::tui::rows::Kind;
use crate::tui::state::State;

/// A payload as text.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// What it was made from: message or frame, its number, columns, and whether it was known in full.
    made: Option<(bool, u64, usize, bool)>,
    /// Its lines.
    pub lines: Vec<String>,
    /// What it is the text of.
    pub name: String,
}

impl State {
    /// Makes the text, where it is shown and is another one.
    pub(super) fn settle_text(&mut self, bytes: Bytes<'_>) {
        let Some(area) = self.scene.areas.bytes.filter(|_| self.bytes.text) else { return };
        let Some(detail) = &self.detail else { return };
        let columns = usize::from(area.width.saturating_sub(2));
        // A message is read as a whole, but for the fragments of one that is looked at frame by frame.
        let message = detail
            .message
            .filter(|message| message.compressed || self.list.rows.kind == Kind::Messages || message.frame_count == 1);
        let known = !message.is_some_and(|message| message.compressed) || detail.inflated.is_some();
        let made = match message {
            Some(message) => (true, message.number, columns, known),
            None => (false, detail.row.number, columns, known),
        };
        if self.scene.text.made == Some(made) {
            let most = self.scene.text.lines.len().saturating_sub(1);
            self.bytes.text_top = self.bytes.text_top.min(most);
            return;
        }
        let payload = match (message, &detail.inflated) {
            (Some(message), Some(inflated)) if message.compressed => inflated.bytes.clone(),
            (Some(message), _) if message.compressed => Vec::new(),
            (Some(message), _) => bytes.message(&message, 0..u64::MAX).bytes,
            (None, _) => detail.window(bytes, Source::Unmasked, 0..u64::MAX).bytes,
        };
        let lines = if known { pretty::lines(&payload, columns) } else { Some(vec!["inflating \u{2026}".to_owned()]) };
        self.scene.text = Text {
            made: Some(made),
            lines: lines.unwrap_or_else(|| vec!["no text: these bytes are no UTF-8".to_owned()]),
            name: match message {
                Some(message) => format!("message {}", message.number),
                None => format!("frame {}", detail.row.number),
            },
        };
        self.bytes.text_top = 0;
    }
}
