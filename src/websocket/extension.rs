//! `Sec-WebSocket-Extensions` (RFC 6455 section 9.1).
//!
//! In: the values of the field, one a header line. Out: the extensions in order, each with its parameters, and what
//! breaks the grammar. An element that breaks it is left out up to the next comma; the others stay.

use std::fmt;

/// One extension, offered or chosen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Extension {
    /// Its token, as sent: `permessage-deflate`.
    pub name: String,
    /// Its parameters in order, repeated ones too.
    pub parameters: Vec<Parameter>,
}

/// One parameter of an extension.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// Its token, as sent.
    pub name: String,
    /// Its value, quotes and backslashes taken away; `None` where there is no `=`.
    pub value: Option<String>,
}

impl Extension {
    /// It has this name, any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The first parameter of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.parameters.iter().try_for_each(|parameter| write!(f, "; {parameter}"))
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            None => f.write_str(&self.name),
            Some(value) => write!(f, "{}={value}", self.name),
        }
    }
}

/// What a field says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extensions {
    /// The extensions that follow the grammar, in order.
    pub list: Vec<Extension>,
    /// What breaks the grammar, one sentence an element.
    pub problems: Vec<String>,
}

/// Reads the values of all header lines of the field; several lines are one list.
///
/// ```
/// use sockeye::websocket::extension;
/// let found = extension::parse(["foo, bar; baz=2", "permessage-deflate; client_max_window_bits=\"10\""]);
/// assert_eq!(found.list[1].to_string(), "bar; baz=2");
/// assert_eq!(found.list[2].parameters[0].value.as_deref(), Some("10"));
/// assert!(found.problems.is_empty());
/// ```
#[must_use]
pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Extensions {
    let mut found = Extensions::default();
    let mut lines = 0;
    for value in values {
        lines += 1;
        let mut text = Text { rest: value };
        loop {
            text.skip_spaces();
            match text.rest.chars().next() {
                None => break,
                // An empty element of a list is allowed (RFC 2616 section 2.1).
                Some(',') => text.skip(1),
                Some(_) => match text.extension() {
                    Ok(extension) => found.list.push(extension),
                    Err(problem) => {
                        found.problems.push(problem);
                        text.skip_element();
                    }
                },
            }
        }
    }
    if lines > 0 && found.list.is_empty() && found.problems.is_empty() {
        found.problems.push("the list is empty".to_string());
    }
    found
}

/// A character of a token (RFC 2616 section 2.2, which RFC 6455 uses).
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

struct Text<'a> {
    rest: &'a str,
}

impl<'a> Text<'a> {
    fn skip(&mut self, len: usize) {
        self.rest = self.rest.get(len..).unwrap_or_default();
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    /// Up to the comma that ends the element, quoted strings passed over.
    fn skip_element(&mut self) {
        let (mut quoted, mut escaped) = (false, false);
        let end = self.rest.find(|c| {
            let was_escaped = std::mem::take(&mut escaped);
            match c {
                '"' if !was_escaped => quoted = !quoted,
                '\\' if quoted && !was_escaped => escaped = true,
                ',' => return !quoted,
                _ => {}
            }
            false
        });
        self.skip(end.unwrap_or(self.rest.len()));
    }

    /// `token *( ";" token [ "=" ( token | quoted-string ) ] )`, up to a comma or the end.
    fn extension(&mut self) -> Result<Extension, String> {
        let mut extension = Extension { name: self.token("an extension's name")?, parameters: Vec::new() };
        loop {
            self.skip_spaces();
            match self.rest.chars().next() {
                None | Some(',') => return Ok(extension),
                Some(';') => {
                    self.skip(1);
                    let parameter = self.parameter().map_err(|problem| format!("{}: {problem}", extension.name))?;
                    extension.parameters.push(parameter);
                }
                Some(other) => return Err(format!("{}: {other:?} where ';' or ',' belongs", extension.name)),
            }
        }
    }

    fn parameter(&mut self) -> Result<Parameter, String> {
        let name = self.token("a parameter's name")?;
        self.skip_spaces();
        if !self.rest.starts_with('=') {
            return Ok(Parameter { name, value: None });
        }
        self.skip(1);
        self.skip_spaces();
        let value = if self.rest.starts_with('"') { self.quoted()? } else { self.token("a parameter's value")? };
        Ok(Parameter { name, value: Some(value) })
    }

    fn token(&mut self, what: &str) -> Result<String, String> {
        self.skip_spaces();
        let end = self.rest.bytes().take_while(|byte| is_token_byte(*byte)).count();
        let (token, rest) = self.rest.split_at_checked(end).unwrap_or_default();
        if token.is_empty() {
            return Err(match rest.chars().next() {
                None => format!("{what} is missing at the end"),
                Some(other) => format!("{other:?} where {what} belongs"),
            });
        }
        self.rest = rest;
        Ok(token.to_string())
    }

    /// A quoted string, whose value must be a token once its quotes and backslashes are away.
    fn quoted(&mut self) -> Result<String, String> {
        let mut value = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => {
                    self.skip(at + 1);
                    return if is_token(&value) { Ok(value) } else { Err(format!("\"{value}\" is not a token")) };
                }
                '\\' => value.extend(characters.next().map(|(_, c)| c)),
                c => value.push(c),
            }
        }
        Err("a quoted string has no end".to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &str) -> Vec<String> {
        let found = parse([value]);
        assert_eq!(found.problems, Vec::<String>::new(), "{value}");
        found.list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_examples_of_the_rfcs() {
        // RFC 6455 section 9.1.
        assert_eq!(shown("foo"), ["foo"]);
        assert_eq!(shown("bar; baz=2"), ["bar; baz=2"]);
        assert_eq!(shown("foo, bar; baz=2"), ["foo", "bar; baz=2"]);
        assert_eq!(shown("deflate-stream"), ["deflate-stream"]);
        assert_eq!(
            shown("mux; max-channels=4; flow-control, deflate-stream"),
            ["mux; max-channels=4; flow-control", "deflate-stream"]
        );
        assert_eq!(shown("private-extension"), ["private-extension"]);
        // RFC 7692 sections 5.2 and 7.1.3.
        assert_eq!(shown("permessage-foo; use_y, permessage-foo"), ["permessage-foo; use_y", "permessage-foo"]);
        assert_eq!(
            shown("permessage-deflate; client_max_window_bits; server_max_window_bits=10"),
            ["permessage-deflate; client_max_window_bits; server_max_window_bits=10"]
        );
        assert_eq!(shown("permessage-bar; x=\"10\""), ["permessage-bar; x=10"]);
    }

    #[test]
    fn odd_spaces_empty_elements_and_escapes() {
        assert_eq!(shown(" ,, a ;\tb = \"c\\d\" ,"), ["a; b=cd"]);
        let lines = parse(["a", "b; c", ""]);
        assert_eq!(lines.list.len(), 2);
        assert_eq!(lines.problems, Vec::<String>::new());
    }

    #[test]
    fn a_broken_element_costs_itself_only() {
        for (value, problem) in [
            ("a b, good", "a: 'b' where ';' or ',' belongs"),
            ("a;, good", "a: ',' where a parameter's name belongs"),
            ("a; b=, good", "a: ',' where a parameter's value belongs"),
            ("a; b=\"x, y\", good", "a: \"x, y\" is not a token"),
            ("a; b=\"\", good", "a: \"\" is not a token"),
            ("=, good", "'=' where an extension's name belongs"),
            ("ä, good", "'ä' where an extension's name belongs"),
        ] {
            let found = parse([value]);
            assert_eq!(found.problems, [problem], "{value}");
            assert_eq!(found.list.iter().map(ToString::to_string).collect::<Vec<_>>(), ["good"], "{value}");
        }
        assert_eq!(parse(["a; b=\"x"]).problems, ["a: a quoted string has no end"]);
        assert_eq!(parse(["a;"]).problems, ["a: a parameter's name is missing at the end"]);
        assert_eq!(parse([" , "]).problems, ["the list is empty"]);
        assert_eq!(parse([""]).problems, ["the list is empty"]);
    }

    #[test]
    fn every_truncation_ends() {
        let value = "permessage-deflate; client_max_window_bits=\"1\\0\"; x=y, permessage-bzip2 , a;b";
        for cut in 0..=value.len() {
            let found = parse([&value[..cut]]);
            assert!(found.list.len() <= 3 && found.problems.len() <= 1, "{cut}");
        }
    }
}
