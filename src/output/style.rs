//! Colours, as ANSI sequences. Colour never says anything alone: arrows, glyphs and words say it too.
//!
//! Client and server are the blue and the orange of Okabe and Ito, which people with any colour vision tell apart; the
//! nearest of the 256 colours that stand out on dark and light grounds alike.

use crate::base::Severity;

/// What a piece of text is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tint {
    /// Sent by the client.
    Client,
    /// Sent by the server.
    Server,
    /// An error.
    Error,
    /// A warning.
    Warning,
    /// A note.
    Note,
    /// Less important than what is around it.
    Faint,
    /// A heading.
    Strong,
}

impl Tint {
    fn sequence(self) -> &'static str {
        match self {
            Tint::Client => "\x1b[38;5;32m",
            Tint::Server => "\x1b[38;5;172m",
            Tint::Error => "\x1b[1;31m",
            Tint::Warning => "\x1b[33m",
            Tint::Note => "\x1b[36m",
            Tint::Faint => "\x1b[2m",
            Tint::Strong => "\x1b[1m",
        }
    }
}

impl From<crate::base::Direction> for Tint {
    fn from(direction: crate::base::Direction) -> Tint {
        match direction {
            crate::base::Direction::Client => Tint::Client,
            crate::base::Direction::Server => Tint::Server,
        }
    }
}

impl From<Severity> for Tint {
    fn from(severity: Severity) -> Tint {
        match severity {
            Severity::Error => Tint::Error,
            Severity::Warning => Tint::Warning,
            Severity::Note => Tint::Note,
            Severity::Chat => Tint::Faint,
        }
    }
}

/// The glyph of a severity, which says it without colour.
#[must_use]
pub fn glyph(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "✖",
        Severity::Warning => "▲",
        Severity::Note => "•",
        Severity::Chat => "·",
    }
}

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Colours are written.
    pub colour: bool,
}

impl Style {
    /// Appends what `write` writes, in a tint.
    #[inline]
    pub fn paint<T>(self, out: &mut Vec<u8>, tint: Tint, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        if !self.colour {
            return write(out);
        }
        out.extend_from_slice(tint.sequence().as_bytes());
        let result = write(out);
        out.extend_from_slice(b"\x1b[0m");
        result
    }

    /// Appends `text`, which is not from the wire, in a tint.
    pub fn say(self, out: &mut Vec<u8>, tint: Tint, text: &str) {
        self.paint(out, tint, |out| out.extend_from_slice(text.as_bytes()));
    }
}
