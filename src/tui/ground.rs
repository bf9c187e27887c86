//! Whether the terminal is light or dark: it is asked for the colour of its ground (OSC 11), and its answer is told apart
//! from keys.
//!
//! In: what comes from the terminal, a key at a time. Out: the same, but for the answer, which becomes
//! [`Event::Ground`]. What begins like the answer is held back until it is no longer one, or until nothing follows at
//! once: so no key is lost, and a terminal that never answers costs nothing.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::event::Event;

/// Asks for the colour of the ground.
pub(super) const QUESTION: &[u8] = b"\x1b]11;?\x07";

/// How long the rest of an answer that has begun is waited for: terminals send it in one piece.
pub(super) const REST: Duration = Duration::from_millis(50);

/// How long the first picture waits for the answer. Terminals nearby answer within a few milliseconds; where it comes
/// later, colours change then.
pub(super) const FIRST: Duration = Duration::from_millis(40);

/// How every answer begins.
const HEAD: &str = "\x1b]11;";

/// The longest answer: four numbers of four digits, and what is around them.
const LONGEST: usize = 40;

/// The terminal can be asked: it is none of those that would show the question, or take it for something else.
pub(super) fn can_be_asked() -> bool {
    let known = std::env::var("TERM").is_ok_and(|name| !matches!(name.as_str(), "" | "dumb" | "linux"));
    cfg!(unix) && known
}

/// What the environment says, as some terminals have it: `COLORFGBG=0;15` is black on white.
pub(super) fn of_environment(value: &str) -> Option<bool> {
    let ground: u8 = value.rsplit(';').next()?.parse().ok()?;
    Some(matches!(ground, 7 | 15))
}

/// The answer, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Answer {
    text: String,
    held: Vec<Event>,
    /// It has come.
    over: bool,
}

impl Answer {
    /// Something is held back.
    pub fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Takes what has happened, and gives what is to be known of it.
    pub fn take(&mut self, event: Event) -> Vec<Event> {
        let Some(text) = written(&event).filter(|_| !self.over) else {
            let mut events = self.let_go();
            events.push(event);
            return events;
        };
        let longer = format!("{}{text}", self.text);
        match read(&longer) {
            Read::Light(light) => {
                *self = Answer { over: true, ..Answer::default() };
                vec![Event::Ground(light)]
            }
            Read::Begun => {
                self.text = longer;
                self.held.push(event);
                Vec::new()
            }
            // It may be the first of another one.
            Read::Other if self.holds() => {
                let mut events = self.let_go();
                events.extend(self.take(event));
                events
            }
            Read::Other => vec![event],
        }
    }

    /// Gives what is held back: nothing followed, so it is no answer.
    pub fn let_go(&mut self) -> Vec<Event> {
        self.text.clear();
        std::mem::take(&mut self.held)
    }
}

/// What a text is.
#[derive(Debug, PartialEq)]
enum Read {
    /// The answer: the ground is light, or dark.
    Light(bool),
    /// The beginning of one.
    Begun,
    /// None.
    Other,
}

/// The characters that a key stands for where it is a part of an answer.
fn written(event: &Event) -> Option<String> {
    let Event::Key(KeyEvent { code, modifiers, .. }) = event else { return None };
    match code {
        KeyCode::Char('g') if modifiers.contains(KeyModifiers::CONTROL) => Some("\x07".to_owned()),
        KeyCode::Char(c) if modifiers.contains(KeyModifiers::ALT) => Some(format!("\x1b{c}")),
        KeyCode::Char(c) if !modifiers.contains(KeyModifiers::CONTROL) => Some(c.to_string()),
        KeyCode::Esc => Some("\x1b".to_owned()),
        _ => None,
    }
}

/// Reads an answer: `ESC ] 11 ; rgb:ffff/ffff/ffff`, ended by BEL or by ESC and a backslash.
fn read(text: &str) -> Read {
    // Esc alone is a key that nobody wants to wait for.
    if text == "\x1b" || text.len() > LONGEST {
        return Read::Other;
    }
    let Some(body) = text.strip_prefix(HEAD) else {
        return if HEAD.starts_with(text) { Read::Begun } else { Read::Other };
    };
    let Some(colour) = body.strip_suffix('\x07').or_else(|| body.strip_suffix("\x1b\\")) else {
        let begun = body.strip_suffix('\x1b').unwrap_or(body);
        let fits = begun.chars().all(|c| c.is_ascii_hexdigit() || "rgba:/#".contains(c));
        return if fits { Read::Begun } else { Read::Other };
    };
    is_light(colour).map_or(Read::Other, Read::Light)
}

/// Whether `rgb:1e1e/1e1e/2e2e` is light.
fn is_light(colour: &str) -> Option<bool> {
    let numbers = colour.strip_prefix("rgba:").or_else(|| colour.strip_prefix("rgb:"))?;
    let mut parts = numbers.split('/').map(part);
    let [red, green, blue] = [parts.next()??, parts.next()??, parts.next()??];
    // The weights of ITU-R BT.601.
    Some(0.299 * red + 0.587 * green + 0.114 * blue > 0.5)
}

/// One to four hex digits, as a share of the largest number of so many.
fn part(digits: &str) -> Option<f32> {
    let most = match digits.len() {
        1 => 0xf_u16,
        2 => 0xff,
        3 => 0xfff,
        4 => 0xffff,
        _ => return None,
    };
    let value = u16::from_str_radix(digits, 16).ok()?;
    Some(f32::from(value) / f32::from(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys that the terminal's library makes of some bytes.
    fn keys(text: &str) -> Vec<Event> {
        let mut keys = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let (code, modifiers) = match c {
                '\x1b' if chars.peek().is_none() => (KeyCode::Esc, KeyModifiers::NONE),
                '\x1b' => (KeyCode::Char(chars.next().unwrap()), KeyModifiers::ALT),
                '\x07' => (KeyCode::Char('g'), KeyModifiers::CONTROL),
                c => (KeyCode::Char(c), KeyModifiers::NONE),
            };
            keys.push(Event::Key(KeyEvent::new(code, modifiers)));
        }
        keys
    }

    fn taken(text: &str) -> (Vec<Event>, Answer) {
        let mut answer = Answer::default();
        let events = keys(text).into_iter().flat_map(|key| answer.take(key)).collect();
        (events, answer)
    }

    #[test]
    fn answers_are_told_from_keys() {
        // xterm and its like end the answer as the question was ended; some with ESC and a backslash.
        for (answer, light) in [
            ("\x1b]11;rgb:ffff/ffff/ffff\x07", true),
            ("\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\", true),
            ("\x1b]11;rgb:0000/0000/0000\x1b\\", false),
            ("\x1b]11;rgba:1e1e/1e1e/2e2e/cccc\x07", false),
            ("\x1b]11;rgb:ff/ff/f0\x07", true),
        ] {
            assert_eq!(taken(answer).0, [Event::Ground(light)], "{answer:?}");
            let (events, _) = taken(&format!("jj{answer}k"));
            let mut wanted = keys("jj");
            wanted.push(Event::Ground(light));
            wanted.extend(keys("k"));
            assert_eq!(events, wanted, "keys before and after it are kept");
        }
    }

    #[test]
    fn no_key_is_lost() {
        for typed in
            ["\x1b]", "\x1b]1x", "\x1b]11;rgb:ff/q", "\x1b]\x1b]11;", "]11;", "\x1b", "\x1b]11;rgb:zz\x07", "/\x1b]12"]
        {
            let (mut events, mut answer) = taken(typed);
            events.extend(answer.let_go());
            assert_eq!(events, keys(typed), "{typed:?}");
        }
        let mut answer = Answer::default();
        answer.take(keys("\x1b]").remove(0));
        assert!(answer.holds());
        let paste = Event::Paste("x".to_owned());
        assert_eq!(answer.take(paste.clone()), [keys("\x1b]").remove(0), paste]);
        // A long one is none, and is not held for ever.
        let long = format!("\x1b]11;{}", "f".repeat(100));
        let (events, _) = taken(&long);
        assert!(events.len() > 60);
    }

    #[test]
    fn the_environment_may_know() {
        assert_eq!(
            ["0;15", "15;0", "0;default;7", "x", ""].map(of_environment),
            [Some(true), Some(false), Some(true), None, None]
        );
    }
}
