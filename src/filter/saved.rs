//! Filters and macros that somebody has saved under a name, to be used as `$name` and `$name(a,b)`.
//!
//! In: names and texts. Out: the text of each, as [`super::Settings::macros`] wants them; a filter stands in parentheses, so that
//! it stays together wherever it is put. What makes no sense by itself is told, and left out: it costs the others nothing.

use super::{Filter, Settings, Values, lex, macros};
use crate::fields::display::{Name, named};

/// Bytes of a name: what is longer is no shorter way to say it.
const NAME: usize = 40;

/// What is saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// Names, and what they stand for; filters in parentheses.
    all: Vec<(String, String)>,
    /// The names of those that are filters.
    filters: Vec<String>,
}

impl Saved {
    /// One more filter.
    ///
    /// # Errors
    /// It cannot have this name: one line for people.
    pub fn filter(&mut self, name: &str, text: &str) -> Result<(), String> {
        self.add(name, format!("({text})"))?;
        self.filters.push(name.to_owned());
        Ok(())
    }

    /// One more macro: `$1`, `$2` in its text stand for what it is given.
    ///
    /// # Errors
    /// It cannot have this name: one line for people.
    pub fn macro_text(&mut self, name: &str, text: &str) -> Result<(), String> {
        self.add(name, text.to_owned())
    }

    fn add(&mut self, name: &str, text: String) -> Result<(), String> {
        check_name(name)?;
        if self.all.iter().any(|(known, _)| known == name) {
            return Err(format!("there is another `{name}`"));
        }
        self.all.push((name.to_owned(), text));
        Ok(())
    }

    /// Puts a filter in the place of the one of this name.
    ///
    /// # Errors
    /// It cannot have this name: one line for people.
    pub fn replace(&mut self, name: &str, text: &str) -> Result<(), String> {
        self.remove(name);
        self.filter(name, text)
    }

    fn remove(&mut self, name: &str) {
        self.all.retain(|(known, _)| known != name);
        self.filters.retain(|known| known != name);
    }

    /// The text of a filter of this name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let is_filter = self.filters.iter().any(|known| known == name);
        let (_, text) = self.all.iter().find(|(known, _)| is_filter && known == name)?;
        text.strip_prefix('(')?.strip_suffix(')')
    }

    /// Names, and what each stands for.
    #[must_use]
    pub fn macros(&self) -> &[(String, String)] {
        &self.all
    }

    /// Takes out what makes no sense, and what needs that: each with what is wrong with it.
    pub fn weed(&mut self) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        loop {
            let bad = self.all.iter().find_map(|(name, text)| Some((name.clone(), self.mistake(name, text)?)));
            let Some((name, mistake)) = bad else { return wrong };
            self.remove(&name);
            wrong.push((name, mistake));
        }
    }

    fn mistake(&self, name: &str, text: &str) -> Option<String> {
        if !self.filters.iter().any(|filter| filter == name) {
            // What it means depends on where it is put; its words do not.
            let text = text.replace('$', " ");
            return lex::tokens(&text).err().map(|wrong| wrong.in_text(&text).to_string());
        }
        let values = |_: &Name| Values::None;
        let settings = Settings { macros: &self.all, references: Some(&values) };
        Filter::compile_with(text, &settings).err().map(|error| error.to_string())
    }
}

/// An expression with what it names put in.
///
/// # Errors
/// A macro is given too few arguments or too many, or is put into itself.
pub fn expanded(text: &str, saved: &Saved) -> Result<String, super::FilterError> {
    macros::expand(text, saved.macros())
}

/// A name is made of letters, digits and `_`, and is none that the language has already.
///
/// # Errors
/// One line for people.
pub fn check_name(name: &str) -> Result<(), String> {
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !plain || name.bytes().all(|byte| byte.is_ascii_digit()) || name.len() > NAME {
        return Err("a name is made of letters, digits and _, like `slow_pings`".to_owned());
    }
    match named(name) {
        Some(_) => Err(format!("`{name}` is a name of the language already")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(filters: &[(&str, &str)], macros: &[(&str, &str)]) -> Saved {
        let mut saved = Saved::default();
        filters.iter().for_each(|(name, text)| saved.filter(name, text).unwrap());
        macros.iter().for_each(|(name, text)| saved.macro_text(name, text).unwrap());
        saved
    }

    #[test]
    fn a_filter_stays_together_where_it_is_put() {
        let mut saved =
            saved(&[("beats", "ws.ping or ws.pong"), ("no_beats", "not $beats")], &[("over", "ws.length > $1")]);
        assert_eq!(saved.weed(), []);
        assert_eq!(
            expanded("$no_beats && $over(7)", &saved).as_deref(),
            Ok("(not (ws.ping or ws.pong)) && ws.length > 7")
        );
        assert_eq!(saved.text("beats"), Some("ws.ping or ws.pong"));
        assert_eq!(saved.text("over"), None);
    }

    #[test]
    fn a_mistake_costs_itself_and_what_needs_it() {
        let mut saved = saved(
            &[("bad", "ws.lenght > 3"), ("needs", "$bad or ws.ping"), ("good", "ws.ping"), ("me", "$me")],
            &[("broken", "\"open")],
        );
        let wrong = saved.weed();
        let names: Vec<&str> = wrong.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["bad", "needs", "me", "broken"]);
        assert!(wrong[0].1.contains("did you mean 'ws.length'?"), "{wrong:?}");
        assert_eq!(saved.macros(), [("good".to_owned(), "(ws.ping)".to_owned())]);
    }

    #[test]
    fn names_are_words_of_their_own() {
        let mut saved = saved(&[("a", "ws.ping")], &[]);
        for wrong in ["", "1", "a b", "tcp", "é", "a", &"x".repeat(41)] {
            assert!(saved.filter(wrong, "ws.ping").is_err(), "{wrong}");
        }
        assert_eq!(saved.replace("a", "ws.pong"), Ok(()));
        assert_eq!(saved.text("a"), Some("ws.pong"));
    }
}
