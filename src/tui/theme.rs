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
    /// Control frames: ping, pong, close.
    pub control: Style,
    /// The bytes of a frame's header.
    pub header: Style,
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

    /// What is written where the terminal's ground is to choose.
    pub const AUTO: &str = "auto";

    /// For light text on a dark ground.
    #[must_use]
    pub const fn dark() -> Theme {
        let base = Theme::plain();
        Theme {
            name: "dark",
            text: Style::new(),
            dim: Style::new().fg(Color::Indexed(248)),
            label: Style::new().fg(Color::Indexed(252)),
            title: Style::new().add_modifier(Modifier::BOLD),
            client: Style::new().fg(Color::Indexed(75)),
            server: Style::new().fg(Color::Indexed(214)),
            control: Style::new().fg(Color::Indexed(182)),
            header: Style::new().fg(Color::Indexed(115)).add_modifier(Modifier::BOLD),
            error: Style::new().fg(Color::Indexed(210)).add_modifier(Modifier::BOLD),
            warning: Style::new().fg(Color::Indexed(227)),
            note: Style::new().fg(Color::Indexed(79)),
            selected: Style::new().bg(Color::Indexed(237)).add_modifier(Modifier::BOLD),
            marked: Style::new().bg(Color::Indexed(235)),
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
            dim: Style::new().fg(Color::Indexed(240)),
            label: Style::new().fg(Color::Indexed(237)),
            client: Style::new().fg(Color::Indexed(25)),
            server: Style::new().fg(Color::Indexed(94)),
            control: Style::new().fg(Color::Indexed(90)),
            header: Style::new().fg(Color::Indexed(23)).add_modifier(Modifier::BOLD),
            error: Style::new().fg(Color::Indexed(124)).add_modifier(Modifier::BOLD),
            warning: Style::new().fg(Color::Indexed(58)).add_modifier(Modifier::BOLD),
            note: Style::new().fg(Color::Indexed(23)),
            selected: Style::new().bg(Color::Indexed(254)).add_modifier(Modifier::BOLD),
            marked: Style::new().bg(Color::Indexed(255)),
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
            control: Style::new().fg(Color::Indexed(225)),
            header: Style::new().fg(Color::Indexed(158)).add_modifier(Modifier::BOLD),
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
            control: Style::new(),
            header: bold,
            error: bold,
            warning: bold,
            note: Style::new(),
            selected: bold.add_modifier(Modifier::UNDERLINED),
            marked: Style::new().add_modifier(Modifier::UNDERLINED),
            field: Style::new().add_modifier(Modifier::REVERSED),
            cursor: Style::new().add_modifier(Modifier::REVERSED).add_modifier(Modifier::BOLD),
            active: bold.add_modifier(Modifier::UNDERLINED),
            // Bold and underlined too, so that it is seen in what is inverse already.
            found: bold.add_modifier(Modifier::UNDERLINED).add_modifier(Modifier::REVERSED),
        }
    }

    /// A style as it may be used beside this theme: where there are no colours, without them.
    #[must_use]
    pub fn allowed(&self, style: Style) -> Style {
        if self.name == Theme::plain().name { Style { fg: None, bg: None, ..style } } else { style }
    }

    /// The theme of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Theme> {
        Theme::ALL.into_iter().find(|theme| theme.name == name)
    }

    /// The names of its parts, as a configuration has them.
    pub const PARTS: [&str; 17] = [
        "text", "dim", "label", "title", "client", "server", "control", "header", "error", "warning", "note",
        "selected", "marked", "field", "cursor", "active", "found",
    ];

    /// A part by its name, to read or to change.
    pub fn part(&mut self, name: &str) -> Option<&mut Style> {
        Some(match name {
            "text" => &mut self.text,
            "dim" => &mut self.dim,
            "label" => &mut self.label,
            "title" => &mut self.title,
            "client" => &mut self.client,
            "server" => &mut self.server,
            "control" => &mut self.control,
            "header" => &mut self.header,
            "error" => &mut self.error,
            "warning" => &mut self.warning,
            "note" => &mut self.note,
            "selected" => &mut self.selected,
            "marked" => &mut self.marked,
            "field" => &mut self.field,
            "cursor" => &mut self.cursor,
            "active" => &mut self.active,
            "found" => &mut self.found,
            _ => return None,
        })
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

/// Reads a style: `75`, `#ffaf00 on 236`, `bold inverse`. Colours are indices of the 256, or red, green and blue in
/// hex.
///
/// # Errors
/// One line for people.
pub fn style(text: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut ground = false;
    for word in text.split_whitespace() {
        match word {
            "on" => ground = true,
            "bold" => style = style.add_modifier(Modifier::BOLD),
            "underlined" => style = style.add_modifier(Modifier::UNDERLINED),
            "inverse" => style = style.add_modifier(Modifier::REVERSED),
            word => {
                let colour = colour(word).ok_or_else(|| {
                    format!("`{word}` is no colour: write 0 to 255, #rrggbb, or bold, underlined, inverse, on")
                })?;
                style = if std::mem::take(&mut ground) { style.bg(colour) } else { style.fg(colour) };
            }
        }
    }
    Ok(style)
}

fn colour(word: &str) -> Option<Color> {
    if let Some(digits) = word.strip_prefix('#') {
        let mut rgb = [0; 3];
        hex::decode_to_slice(digits, &mut rgb).ok()?;
        let [red, green, blue] = rgb;
        return Some(Color::Rgb(red, green, blue));
    }
    word.parse().ok().map(Color::Indexed)
}

/// A style as [`style`] reads it.
#[must_use]
pub fn written(style: Style) -> String {
    let mut words = Vec::new();
    let colour = |colour| match colour {
        Color::Indexed(index) => Some(index.to_string()),
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        _ => None,
    };
    words.extend(style.fg.and_then(colour));
    if let Some(ground) = style.bg.and_then(colour) {
        words.extend(["on".to_owned(), ground]);
    }
    for (modifier, word) in
        [(Modifier::BOLD, "bold"), (Modifier::UNDERLINED, "underlined"), (Modifier::REVERSED, "inverse")]
    {
        if style.add_modifier.contains(modifier) {
            words.push(word.to_owned());
        }
    }
    words.join(" ")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_read_as_they_are_written() {
        for mut theme in Theme::ALL {
            for name in Theme::PARTS {
                let part = *theme.part(name).unwrap();
                assert_eq!(style(&written(part)), Ok(part), "{} {name}", theme.name);
            }
        }
        assert_eq!(
            style("#ffaf00 on 236 bold"),
            Ok(Style::new().fg(Color::Rgb(255, 175, 0)).bg(Color::Indexed(236)).bold())
        );
        assert!(style("pink").is_err() && style("256").is_err() && style("#ff").is_err());
    }

    /// Contrast as WCAG 2.1 defines it, over the grounds that terminals have.
    #[test]
    fn what_is_read_stands_out_from_its_ground() {
        fn rgb(colour: Color) -> [f64; 3] {
            let Color::Indexed(index) = colour else { panic!("{colour:?}") };
            const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
            match index {
                16..=231 => {
                    let n = usize::from(index - 16);
                    [LEVELS[n / 36], LEVELS[n / 6 % 6], LEVELS[n % 6]].map(f64::from)
                }
                _ => [f64::from(8 + u16::from(index - 232) * 10); 3],
            }
        }
        fn luminance(rgb: [f64; 3]) -> f64 {
            let linear = rgb.map(|c| {
                let c = c / 255.0;
                if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        }
        for (mut theme, ground) in
            [(Theme::dark(), [30.0; 3]), (Theme::light(), [250.0; 3]), (Theme::contrast(), [0.0; 3])]
        {
            let (marked, selected) = (theme.marked.bg, theme.selected.bg);
            for name in ["dim", "label", "client", "server", "control", "header", "error", "warning", "note"] {
                let Some(fg) = theme.part(name).unwrap().fg else { continue };
                let bg = theme.part(name).unwrap().bg;
                for ground in [Some(ground), marked.map(rgb), selected.map(rgb)].into_iter().flatten() {
                    let ground = bg.map_or(ground, rgb);
                    let (a, b) = (luminance(rgb(fg)), luminance(ground));
                    let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                    assert!(contrast >= 4.5, "{} {name}: {contrast:.1}", theme.name);
                }
            }
        }
    }
}
