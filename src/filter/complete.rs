//! What may come next where somebody types a filter.
//!
//! In: the text, where its cursor stands, and what occurs in the capture. Out: what could stand there, the likeliest first, and
//! which bytes it would replace. The same tokens are read as when a filter is compiled; what stands before the word at the
//! cursor decides whether a name, an operator or a value is wanted.

use std::ops::Range;

use super::function::FUNCTIONS;
use super::lex::{self, Placed, Sign, Token};
use crate::fields::display::{self, Name, Type};

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

/// What is wanted at the cursor.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// A name, a function, a word before one.
    Operand,
    /// An operator behind a value; or, where a test is whole, what joins tests.
    Operator { joins_only: bool },
    /// A value beside this name.
    Value(Option<Name>),
    /// Members of a set.
    Set,
}

/// Completions at a place of a text.
#[must_use]
pub fn complete(text: &str, cursor: usize, occurring: &dyn Occurring) -> Vec<Completion> {
    let Some(before) = text.get(..cursor) else { return Vec::new() };
    let (start, quoted) = word_start(before);
    let typed = before.get(start..).unwrap_or_default();
    let Ok(tokens) = lex::tokens(before.get(..start).unwrap_or_default()) else { return Vec::new() };
    let wanted = wanted(&tokens, before);
    let mut found = match wanted {
        Wanted::Operand if typed.starts_with('$') => saved(occurring),
        Wanted::Operand if !quoted => operands(typed, occurring),
        Wanted::Value(Some(name)) => values(&name, occurring),
        Wanted::Value(None) | Wanted::Operand => Vec::new(),
        Wanted::Operator { joins_only } => operators(joins_only),
        Wanted::Set => vec![("{".to_owned(), "a set: {1, 2, 8..10}".to_owned())],
    };
    let typed = typed.trim_start_matches('"').to_ascii_lowercase();
    found.retain(|(text, _)| text.trim_start_matches('"').to_ascii_lowercase().starts_with(&typed));
    // A name goes on at its next dot before all that lie behind it are offered.
    let at = start..cursor;
    found.into_iter().map(|(text, about)| Completion { at: at.clone(), text, about }).collect()
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
    // What was saved begins with its sign.
    (front.strip_suffix('$').unwrap_or(front).len(), false)
}

/// What was saved under a name: a macro that takes arguments goes on with its parenthesis.
fn saved(occurring: &dyn Occurring) -> Vec<(String, String)> {
    let takes_some = |text: &str| text.contains("$1");
    let open = |text: &str| if takes_some(text) { "(" } else { "" };
    occurring.saved().iter().map(|(name, text)| (format!("${name}{}", open(text)), text.clone())).collect()
}

/// What is wanted behind these tokens.
fn wanted(tokens: &[Placed], text: &str) -> Wanted {
    let mut before = tokens.iter().rev().filter(|placed| placed.token != Token::End);
    let name_of = |placed: Option<&Placed>| {
        let word = text.get(placed?.at.clone())?;
        display::named(word).or_else(|| display::named(display::with_path(word)?.0))
    };
    let Some(last) = before.next() else { return Wanted::Operand };
    match &last.token {
        Token::Word | Token::Dotted | Token::Text(_) | Token::Character(_) | Token::Brackets => {
            let compared = before.next().is_some_and(|placed| is_comparison(&placed.token));
            Wanted::Operator { joins_only: compared }
        }
        Token::Sign(Sign::Close | Sign::CloseBrace) => Wanted::Operator { joins_only: false },
        Token::Sign(Sign::In) => Wanted::Set,
        token if is_comparison(token) => Wanted::Value(name_of(before.next())),
        Token::Sign(Sign::OpenBrace | Sign::Comma | Sign::Dots) => {
            // In a set: beside the name before `in`.
            let mut set = before.skip_while(|placed| placed.token != Token::Sign(Sign::In));
            match set.next() {
                Some(_) => Wanted::Value(name_of(set.next())),
                None => Wanted::Operand,
            }
        }
        _ => Wanted::Operand,
    }
}

fn is_comparison(token: &Token) -> bool {
    use Sign::{
        AllEqual, AllUnequal, AnyEqual, AnyUnequal, Contains, Greater, GreaterOrEqual, Less, LessOrEqual, Matches,
    };
    matches!(
        token,
        Token::Sign(
            AnyEqual
                | AllEqual
                | AllUnequal
                | AnyUnequal
                | Less
                | LessOrEqual
                | Greater
                | GreaterOrEqual
                | Contains
                | Matches
        )
    )
}

/// Names that begin so, functions, and words that stand before a test.
fn operands(typed: &str, occurring: &dyn Occurring) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Some((known, _)) = display::with_path(typed)
        && let Some(name) = display::named(known)
    {
        let path = typed.rsplit_once('.').map_or("", |(path, _)| path);
        let path = if path.len() < known.len() { known } else { path };
        let steps = path.strip_prefix(known).unwrap_or_default();
        for key in occurring.keys(&name, steps.trim_start_matches('.')) {
            let plain = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if plain {
                found.push((format!("{path}.{key}"), "a member".to_owned()));
            }
        }
    }
    // The names of WebSocket come before those of headers below it.
    for name in display::all() {
        for known in name.names {
            found.push(((*known).to_owned(), name.about.to_owned()));
        }
    }
    found.extend(FUNCTIONS.iter().map(|(name, _, about)| (format!("{name}("), (*about).to_owned())));
    for (word, about) in
        [("not ", "what does not match"), ("any ", "one value"), ("all ", "every value"), ("(", "a group")]
    {
        found.push((word.to_owned(), about.to_owned()));
    }
    found
}

/// Words and values that a name has.
fn values(name: &Name, occurring: &dyn Occurring) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    if name.kind == Type::Flag {
        found.extend(["true", "false"].map(|word| (word.to_owned(), "a flag".to_owned())));
    } else if let Some(words) = name.words {
        found.extend(words.all().iter().map(|(number, word)| (format!("\"{word}\""), number.to_string())));
    }
    let text = matches!(name.kind, Type::Text | Type::Any | Type::Time);
    for value in occurring.values(name) {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
        let value = if text { format!("\"{escaped}\"") } else { value };
        if !found.iter().any(|(known, _)| *known == value) {
            found.push((value, "occurs".to_owned()));
        }
    }
    found
}

fn operators(joins_only: bool) -> Vec<(String, String)> {
    let about = |word: &str| match word {
        "&&" | "and" => "both",
        "||" | "or" => "either",
        "^^" | "xor" => "one of them",
        "==" | "eq" => "one is the same",
        "!=" | "ne" => "none is the same",
        "===" => "all are the same",
        "!==" => "one is not the same",
        "contains" => "text or bytes in it",
        "matches" | "~" => "a regular expression",
        "in" => "one of a set",
        _ => "",
    };
    let joins = ["&&", "||", "^^", "and", "or", "xor"];
    let compares = lex::operators().filter(|word| !joins.contains(word) && !about(word).is_empty());
    let all: Vec<&str> =
        if joins_only { joins.to_vec() } else { compares.chain(["<", "<=", ">", ">="]).chain(joins).collect() };
    all.into_iter().map(|word| (word.to_owned(), about(word).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(at_end("websocket.fin == "), ["true", "false"]);
        assert_eq!(at_end("websocket.fin == true a"), ["and"]);
        assert_eq!(at_end("websocket.opcode in "), ["{"]);
        assert_eq!(at_end("len"), ["len("]);
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
        assert_eq!(at_end("ws.fin && $"), ["$slow", "$over("]);
        assert_eq!(at_end("$sl"), ["$slow"]);
        assert_eq!(at_end("not $o"), ["$over("]);
        assert!(at_end("$slow ").contains(&"&&".to_owned()));
        assert!(at_end("ws.length == $").is_empty());
    }

    #[test]
    fn what_occurs_is_offered() {
        let at_end = |text: &str| -> Vec<String> {
            complete(text, text.len(), &Some).into_iter().map(|completion| completion.text).collect()
        };
        assert_eq!(at_end("ws.uri == "), ["\"a\\\"b\""]);
        assert_eq!(at_end("ws.json.d"), ["ws.json.data"]);
        assert_eq!(at_end("ws.json.data.p"), ["ws.json.data.price"]);
    }

    #[test]
    fn every_completion_can_stand_where_it_is_offered() {
        // What is offered behind a prefix, with something sound behind it, is never a wrong token at its own place.
        for prefix in [
            "",
            "websocket.opcode ",
            "websocket.opcode == ",
            "ip.src == 10.0.0.1 ",
            "not ",
            "(",
            "len(tcp.payload) > 3 && ",
        ] {
            for completion in complete(prefix, prefix.len(), &()) {
                let text = format!("{prefix}{}", completion.text);
                if let Err(error) = crate::filter::Filter::compile(&text) {
                    assert!(
                        error.at.start >= text.trim_end().len()
                            || error.at.start < prefix.len() + completion.text.len(),
                        "{text}: {error}"
                    );
                    assert!(!error.message.contains("no name"), "{text}: {error}");
                }
            }
        }
    }
}
