//! The parts of the screen that take keys: the page, and the details of the selected frame.

/// A part of the screen that takes keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The page: the list of frames, or the lines of another page.
    Page,
    /// The decoded fields.
    Fields,
    /// The bit diagram.
    Bits,
    /// The bytes.
    Bytes,
}

impl Pane {
    /// All of them, in the order of Tab.
    pub const ALL: [Pane; 4] = [Pane::Page, Pane::Fields, Pane::Bits, Pane::Bytes];

    /// Its name on a tab.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Pane::Page => "frames",
            Pane::Fields => "fields",
            Pane::Bits => "bits",
            Pane::Bytes => "bytes",
        }
    }
}
