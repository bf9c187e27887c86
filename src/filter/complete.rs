//! What may come next where somebody types a filter.
//!
//! In: the text, where its cursor stands, and what occurs in the capture. Out: what could stand there, the likeliest first, and
//! which bytes it would replace. What stands before the word at the cursor is read by the parser itself, which says what it waits
//! for ([`Place`](super::parse::Place)); `offers` has what goes there. Where the text makes no sense before the cursor, nothing does.

mod offers;

use std::ops::Range;

use super::lex;
use super::like::quoted;
use super::{macros, parse};
use crate::fields::display::{self, Name};

/// Something that could stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Bytes of the text that it replaces.
    pub at: Range<usize>,
    /// What stands there then.
    pub text: String,
    /// What it is, in one line.
    pub about: String,
}

/// What occurs in the capture.
pub trait Occurring {
    /// Values that a name has, the most frequent first.
    fn values(&self, name: &Name) -> Vec<String>;
    /// Members of the documents that a name leads into, behind the path so far.
    fn keys(&self, name: &Name, path: &str) -> Vec<String>;
    /// Names that text was saved under, and that text.
    fn saved(&self) -> &[(String, String)] {
        &[]
    }
}

/// Nothing is known of the capture.
impl Occurring for () {
    fn values(&self, _: &Name) -> Vec<String> {
        Vec::new()
    }

    fn keys(&self, _: &Name, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// Completions at a place of a text.
#[must_use]
pub fn complete(text: &str, cursor: usize, occurring: &dyn Occurring) -> Vec<Completion> {
    let Some(before) = text.get(..cursor) else { return Vec::new() };
    let (mut start, in_quotes) = word_start(before);
    let found = match keys_in_brackets(before, start, occurring) {
        Some(found) => found,
        None => {
            let Some((from, place)) = place(before, start, occurring) else { return Vec::new() };
            start = from;
            let typed = before.get(start..).unwrap_or_default();
            let mut found = if in_quotes { Vec::new() } else { members(typed, occurring) };
            found.extend(offers::offers(&place, occurring));
            found.extend(references(before, start, occurring));
            found
        }
    };
    let typed = before.get(start..).unwrap_or_default().to_ascii_lowercase();
    let fits = |text: &str| {
        let text = text.to_ascii_lowercase();
        // A text may be begun without its quote.
        text.starts_with(&typed)
            || text.strip_prefix('"').is_some_and(|text| !typed.is_empty() && text.starts_with(&typed))
    };
    let found = found.into_iter().filter(|(text, _)| fits(text));
    found.map(|(text, about)| Completion { at: start..cursor, text, about }).collect()
}

/// What the parser waits for before the word at the end; where that word is a sign that is not whole, before it.
fn place(before: &str, start: usize, occurring: &dyn Occurring) -> Option<(usize, parse::Place)> {
    let read = |start: usize| {
        let text = macros::expand(before.get(..start)?, occurring.saved()).ok()?;
        let tokens = lex::tokens(&text).ok()?;
        Some((start, parse::place(&text, &tokens)?))
    };
    let signs = |c: char| matches!(c, '=' | '!' | '<' | '>' | '&' | '|' | '^' | '.');
    let begun = || {
        let shorter = before.get(..start)?.trim_end_matches(signs);
        (start == before.len() && shorter.len() < start).then(|| read(shorter.len())).flatten()
    };
    // Behind a value `!` begins `!=`, and elsewhere it is `not`.
    let unequal = || begun().filter(|(_, place)| before.ends_with('!') && matches!(place.stop, parse::Stop::After(..)));
    unequal().or_else(|| read(start)).or_else(begun)
}

/// Names whose values in the selected frame may stand here, where the word at the end begins with their sign.
fn references(before: &str, start: usize, occurring: &dyn Occurring) -> Vec<offers::Offer> {
    let Some(typed) = before.get(start..).and_then(|word| word.strip_prefix('$')) else { return Vec::new() };
    let Some((_, place)) = place(before, start + 1, occurring) else { return Vec::new() };
    let found = members(typed, occurring).into_iter().chain(offers::offers(&place, occurring));
    found.map(|(text, about)| (format!("${text}"), about)).collect()
}

/// Members of the document that a path being typed leads into.
fn members(typed: &str, occurring: &dyn Occurring) -> Vec<offers::Offer> {
    let Some((known, _)) = display::with_path(typed) else { return Vec::new() };
    let Some(name) = display::named(known) else { return Vec::new() };
    let path = typed.rsplit_once('.').map_or("", |(path, _)| path);
    let path = if path.len() < known.len() { known } else { path };
    let steps = path.strip_prefix(known).unwrap_or_default();
    let keys = occurring.keys(&name, steps.trim_start_matches('.')).into_iter();
    let plain = |key: &String| {
        key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    keys.filter(plain).map(|key| (format!("{path}.{key}"), "a member".to_owned())).collect()
}

/// Members whose names are typed between brackets and quotes: `ws.json["op"]`.
fn keys_in_brackets(before: &str, start: usize, occurring: &dyn Occurring) -> Option<Vec<offers::Offer>> {
    let path = before.get(..start)?.strip_suffix('[')?;
    let word = path.rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).next()?;
    let (known, steps) = display::with_path(word)?;
    let keys = occurring.keys(&display::named(known)?, steps.trim_start_matches('.')).into_iter();
    Some(keys.map(|key| (format!("{}]", quoted(&key)), "a member".to_owned())).collect())
}

/// Where the word at the end of a text begins, and whether it is between quotes.
fn word_start(before: &str) -> (usize, bool) {
    let mut open = None;
    let mut escaped = false;
    for (at, byte) in before.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if open.is_some() => escaped = true,
            b'"' => open = if open.is_some() { None } else { Some(at) },
            _ => {}
        }
    }
    if let Some(open) = open {
        return (open, true);
    }
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '-');
    let front = before.trim_end_matches(word);
    // What was saved and what is referred to begin with their sign.
    (front.strip_suffix('$').unwrap_or(front).len(), false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::display::Type;

    fn at_end(text: &str) -> Vec<String> {
        complete(text, text.len(), &()).into_iter().map(|completion| completion.text).collect()
    }

    #[test]
    fn what_may_come_next_is_offered_and_nothing_else() {
        assert_eq!(at_end("websocket.opc"), ["websocket.opcode"]);
        assert!(at_end("").contains(&"ip.src".to_owned()) && !at_end("").contains(&"==".to_owned()));
        assert!(at_end("websocket.opcode ").contains(&"==".to_owned()));
        assert_eq!(at_end("websocket.opcode == \"P"), ["\"Ping\"", "\"Pong\""]);
        assert_eq!(at_end("websocket.opcode in {1, \"Pi"), ["\"Ping\""]);
        assert_eq!(at_end("websocket.fin == ")[..2], ["true", "false"]);
        assert_eq!(at_end("websocket.fin == true an"), ["and"]);
        assert_eq!(at_end("websocket.opcode in "), ["{"]);
        assert_eq!(at_end("len"), ["len("]);
        assert_eq!(at_end("websocket.opcode !"), ["!=", "!=="]);
        assert_eq!(at_end("websocket.opcode no"), ["not in"]);
        assert_eq!(at_end("websocket.opcode not "), ["in"]);
        assert_eq!(at_end("ip.src == ip.d"), ["ip.dst"]);
        // Of what cannot be compared with it nothing is offered, and nothing behind what makes no sense.
        assert!(at_end("ip.src == tcp.p").is_empty() && at_end("ip.src == == ").is_empty());
        assert_eq!(at_end("ws.text matches "), ["\""]);
    }

    /// A capture in which some values occur.
    struct Some;

    impl Occurring for Some {
        fn values(&self, name: &Name) -> Vec<String> {
            if name.kind == Type::Text { vec!["a\"b".to_owned()] } else { Vec::new() }
        }

        fn keys(&self, _: &Name, path: &str) -> Vec<String> {
            if path == "data" { vec!["price".to_owned()] } else { vec!["data".to_owned(), "op".to_owned()] }
        }
    }

    #[test]
    fn what_was_saved_is_offered_behind_its_sign() {
        struct Two([(String, String); 2]);
        impl Occurring for Two {
            fn values(&self, _: &Name) -> Vec<String> {
                Vec::new()
            }

            fn keys(&self, _: &Name, _: &str) -> Vec<String> {
                Vec::new()
            }

            fn saved(&self) -> &[(String, String)] {
                &self.0
            }
        }
        let two = Two([("slow", "(ws.round_trip > 1)"), ("over", "ws.length > $1")].map(|(a, b)| (a.into(), b.into())));
        let at_end = |text: &str| -> Vec<String> {
            complete(text, text.len(), &two).into_iter().map(|completion| completion.text).collect()
        };
        assert_eq!(at_end("ws.fin && $")[..3], ["$slow", "$over(", "${"]);
        assert_eq!(at_end("$slo"), ["$slow"]);
        assert_eq!(at_end("not $ove"), ["$over("]);
        assert!(at_end("$slow ").contains(&"&&".to_owned()));
        // A value is no test: of the selected frame there is one.
        assert_eq!(at_end("ws.length == $")[0], "${");
        assert_eq!(at_end("websocket.opcode == $websocket.opc"), ["$websocket.opcode"]);
        assert!(!at_end("ws.length == $").contains(&"$slow".to_owned()));
    }

    #[test]
    fn what_occurs_is_offered() {
        let at_end = |text: &str| -> Vec<String> {
            complete(text, text.len(), &Some).into_iter().map(|completion| completion.text).collect()
        };
        assert_eq!(at_end("ws.uri == ")[0], "\"a\\\"b\"");
        assert_eq!(at_end("ws.json[\"d"), ["\"data\"]"]);
        assert_eq!(at_end("ws.json.d"), ["ws.json.data"]);
        assert_eq!(at_end("ws.json.data.p"), ["ws.json.data.price"]);
    }
}
