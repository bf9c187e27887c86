//! The parts of the screen, and where they stand. `layout` and the pages say where.

use ratatui::layout::Rect;

use super::pane::Pane;

/// The parts of the screen. Parts that are not shown are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Areas {
    /// The head line.
    pub head: Rect,
    /// The foot line.
    pub foot: Rect,
    /// The page, its headings included.
    pub page: Option<Rect>,
    /// What a page has in a part of its own, below.
    pub below: Option<Rect>,
    /// The line between the page and what is below it.
    pub rule: Option<Rect>,
    /// The line above a page and the fields beside it.
    pub titles: Option<Rect>,
    /// The line between fields and what is right of them.
    pub fields_rule: Option<Rect>,
    /// The line between diagram and bytes.
    pub bytes_rule: Option<Rect>,
    /// Details are chosen by tabs, which stand in `rule` or in the head of the pane.
    pub tabs: bool,
    /// The fields.
    pub fields: Option<Rect>,
    /// The bit diagram.
    pub bits: Option<Rect>,
    /// The bytes, their tabs included.
    pub bytes: Option<Rect>,
}

impl Areas {
    /// Rows that a page goes on by: all that are seen, but for its heading.
    #[must_use]
    pub fn rows_of_page(&self) -> u64 {
        self.page.map_or(1, |area| u64::from(area.height.saturating_sub(1)).max(1))
    }

    /// The panes that Tab goes through: those that are shown, or that a tab stands for.
    #[must_use]
    pub fn panes(&self) -> Vec<Pane> {
        let shown = |pane: &Pane| match pane {
            Pane::Page => true,
            Pane::Fields => self.tabs || self.fields.is_some(),
            Pane::Bits => self.tabs || self.bits.is_some(),
            Pane::Bytes => self.tabs || self.bytes.is_some(),
        };
        Pane::ALL.into_iter().filter(shown).collect()
    }
}
