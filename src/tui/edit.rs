//! One line of text being typed.

use crossterm::event::KeyCode;

use super::keys::Chord;

/// A line and the place of the cursor in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    text: String,
    /// Byte index of the cursor, at the start of a character or the end.
    cursor: usize,
}

impl Edit {
    /// A line with the cursor at its end.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Edit {
        let text = text.into();
        Edit { cursor: text.len(), text }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before and after the cursor.
    #[must_use]
    pub fn halves(&self) -> (&str, &str) {
        self.text.split_at_checked(self.cursor).unwrap_or((&self.text, ""))
    }

    /// Puts a text behind the end; the cursor stays.
    pub fn append(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Types a text, without what is no text.
    pub fn insert(&mut self, text: &str) {
        for c in text.chars().filter(|c| !c.is_control()) {
            self.text.insert(self.cursor.min(self.text.len()), c);
            self.cursor += c.len_utf8();
        }
    }

    /// Takes an editing key; `false` where it is none.
    pub fn key(&mut self, chord: Chord) -> bool {
        let Chord { code, control, alt } = chord;
        match (code, control, alt) {
            (KeyCode::Char(c), false, false) => self.insert(c.encode_utf8(&mut [0; 4])),
            (KeyCode::Backspace, false, _) | (KeyCode::Char('h'), true, false) => self.delete_back(),
            (KeyCode::Delete, ..) | (KeyCode::Char('d'), true, false) => self.delete(),
            (KeyCode::Left, false, _) | (KeyCode::Char('b'), true, false) => self.cursor = self.before(),
            (KeyCode::Right, false, _) | (KeyCode::Char('f'), true, false) => self.cursor = self.after(),
            (KeyCode::Home, ..) | (KeyCode::Char('a'), true, false) => self.cursor = 0,
            (KeyCode::End, ..) | (KeyCode::Char('e'), true, false) => self.cursor = self.text.len(),
            (KeyCode::Char('u'), true, false) => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            (KeyCode::Char('k'), true, false) => self.text.truncate(self.cursor),
            (KeyCode::Char('w'), true, false) | (KeyCode::Backspace, true, _) => self.delete_word(),
            _ => return false,
        }
        true
    }

    fn before(&self) -> usize {
        self.halves().0.char_indices().last().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.cursor + self.halves().1.chars().next().map_or(0, char::len_utf8)
    }

    fn delete_back(&mut self) {
        let from = self.before();
        self.text.drain(from..self.cursor);
        self.cursor = from;
    }

    fn delete(&mut self) {
        let to = self.after();
        self.text.drain(self.cursor..to);
    }

    fn delete_word(&mut self) {
        let before = self.halves().0.trim_end();
        let from = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        self.text.drain(from..self.cursor);
        self.cursor = from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: &str, keys: &[&str]) -> (String, String) {
        let mut edit = Edit::new(start);
        for key in keys {
            for chord in Chord::parse(key).unwrap() {
                assert!(edit.key(chord), "{key}");
            }
        }
        (edit.halves().0.to_owned(), edit.halves().1.to_owned())
    }

    #[test]
    fn keys_edit_the_line() {
        let is = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(after("déj", &["à"]), is("déjà", ""));
        assert_eq!(after("déjà", &["Backspace", "Backspace", "Backspace"]), is("d", ""));
        assert_eq!(after("☃😀", &["Left", "x"]), is("☃x", "😀"));
        assert_eq!(after("abc", &["Home", "Delete", "Right", "Right", "Right"]), is("bc", ""));
        assert_eq!(after("one two  ", &["^w"]), is("one ", ""));
        assert_eq!(after("one two", &["Left", "Left", "^u"]), is("", "wo"));
        assert_eq!(after("one two", &["^a", "^k"]), is("", ""));
    }

    #[test]
    fn pasted_text_is_one_line() {
        let mut edit = Edit::default();
        edit.insert("a\nb\x1b[31mc");
        assert_eq!(edit.text(), "ab[31mc");
    }
}
