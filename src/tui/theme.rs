//! Colours and what they mean. Direction and severity always have a glyph too, so that nothing hangs on colour alone.
//!
//! The palette is Okabe and Ito's, which people of every colour vision tell apart, in the 256 colours that every
//! terminal of today has.

use ratatui::style::{Color, Modifier, Style};

use crate::base::{Direction, Severity};

/// Styles by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Its name.
    pub name: &'static str,
    /// Ordinary text.
    pub text: Style,
    /// What matters less: lines, units, what is the same in every row.
    pub dim: Style,
    /// Names of things.
    pub label: Style,
    /// Headings, the program's name.
    pub title: Style,
    /// What the client sends.
    pub client: Style,
    /// What the server sends.
    pub server: Style,
    /// A broken MUST.
    pub error: Style,
    /// Probably a mistake.
    pub warning: Style,
    /// Unusual.
    pub note: Style,
    /// The selected row of the pane that has the keys.
    pub selected: Style,
    /// The selected row of another pane.
    pub marked: Style,
    /// The selected field, in every pane at once.
    pub field: Style,
    /// The one byte under the cursor, and what it was made from.
    pub cursor: Style,
    /// The tab, view or pane in use.
    pub active: Style,
    /// What was looked for.
    pub found: Style,
}

impl Theme {
    /// The themes there are.
    pub const ALL: [Theme; 4] = [Theme::dark(), Theme::light(), Theme::contrast(), Theme::plain()];

    /// For light text on a dark ground.
    #[must_use]
    pub const fn dark() -> Theme {
        let base = Theme::plain();
        Theme {
            name: "dark",
            text: Style::new(),
            dim: Style::new().fg(Color::Indexed(245)),
            label: Style::new().fg(Color::Indexed(250)),
            title: Style::new().add_modifier(Modifier::BOLD),
            client: Style::new().fg(Color::Indexed(75)),
            server: Style::new().fg(Color::Indexed(214)),
            error: Style::new().fg(Color::Indexed(203)).add_modifier(Modifier::BOLD),
            warning: Style::new().fg(Color::Indexed(227)),
            note: Style::new().fg(Color::Indexed(79)),
            selected: Style::new().bg(Color::Indexed(238)).add_modifier(Modifier::BOLD),
            marked: Style::new().bg(Color::Indexed(236)),
            active: Style::new().add_modifier(Modifier::BOLD).add_modifier(Modifier::UNDERLINED),
            found: Style::new().fg(Color::Indexed(16)).bg(Color::Indexed(227)),
            ..base
        }
    }

    /// For dark text on a light ground.
    #[must_use]
    pub const fn light() -> Theme {
        let base = Theme::dark();
        Theme {
            name: "light",
            dim: Style::new().fg(Color::Indexed(242)),
            label: Style::new().fg(Color::Indexed(238)),
            client: Style::new().fg(Color::Indexed(25)),
            server: Style::new().fg(Color::Indexed(130)),
            error: Style::new().fg(Color::Indexed(160)).add_modifier(Modifier::BOLD),
            warning: Style::new().fg(Color::Indexed(94)).add_modifier(Modifier::BOLD),
            note: Style::new().fg(Color::Indexed(29)),
            selected: Style::new().bg(Color::Indexed(252)).add_modifier(Modifier::BOLD),
            marked: Style::new().bg(Color::Indexed(254)),
            ..base
        }
    }

    /// As much contrast as there is: bright colours, nothing dim.
    #[must_use]
    pub const fn contrast() -> Theme {
        let base = Theme::dark();
        Theme {
            name: "high-contrast",
            text: Style::new().fg(Color::Indexed(231)).bg(Color::Indexed(16)),
            dim: Style::new().fg(Color::Indexed(253)),
            label: Style::new().fg(Color::Indexed(231)),
            client: Style::new().fg(Color::Indexed(117)).add_modifier(Modifier::BOLD),
            server: Style::new().fg(Color::Indexed(220)).add_modifier(Modifier::BOLD),
            error: Style::new().fg(Color::Indexed(231)).bg(Color::Indexed(124)).add_modifier(Modifier::BOLD),
            warning: Style::new().fg(Color::Indexed(226)).add_modifier(Modifier::BOLD),
            selected: Style::new().add_modifier(Modifier::REVERSED).add_modifier(Modifier::BOLD),
            marked: Style::new().add_modifier(Modifier::UNDERLINED),
            ..base
        }
    }

    /// Without any colour: bold, underlined and inverse only (<https://no-color.org>).
    #[must_use]
    pub const fn plain() -> Theme {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        Theme {
            name: "plain",
            text: Style::new(),
            dim: Style::new(),
            label: Style::new(),
            title: bold,
            client: Style::new(),
            server: Style::new(),
            error: bold,
            warning: bold,
            note: Style::new(),
            selected: bold.add_modifier(Modifier::UNDERLINED),
            marked: Style::new().add_modifier(Modifier::UNDERLINED),
            field: Style::new().add_modifier(Modifier::REVERSED),
            cursor: Style::new().add_modifier(Modifier::REVERSED).add_modifier(Modifier::BOLD),
            active: bold.add_modifier(Modifier::UNDERLINED),
            found: Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// The theme of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Theme> {
        Theme::ALL.into_iter().find(|theme| theme.name == name)
    }

    /// The style of a direction.
    #[must_use]
    pub fn direction(&self, direction: Direction) -> Style {
        match direction {
            Direction::Client => self.client,
            Direction::Server => self.server,
        }
    }

    /// The style of a severity.
    #[must_use]
    pub fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Note | Severity::Chat => self.note,
        }
    }
}

/// The glyph of a severity.
#[must_use]
pub fn glyph(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "✖",
        Severity::Warning => "▲",
        Severity::Note => "•",
        Severity::Chat => "·",
    }
}
