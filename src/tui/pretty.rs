//! A payload as text to read: JSON with its structure shown, other text as it is, broken into lines that fit.
//!
//! In: a payload. Out: lines that are safe to show. A long payload is broken up a piece at a time ([`Wrapping::work`]),
//! once, so that no picture waits for it; what is no UTF-8 is no text.

use crate::base::DisplaySafe;

/// Columns a line is never narrower than, however small the pane.
const NARROWEST: usize = 8;

/// Lines kept of one text.
const LINES: usize = 1_000_000;

/// The longest text that is read as JSON before it is shown as such. Longer ones are taken for JSON by their ends: the
/// layout loses nothing where they are none.
const CHECKED: usize = 1024 * 1024;

/// A text on its way into lines.
#[derive(Debug, Clone, Default)]
pub struct Wrapping {
    text: String,
    /// Bytes of it that have been looked at.
    at: usize,
    columns: usize,
    json: Option<Layout>,
    /// The line under way: safe, and not yet cut.
    tail: String,
}

impl Wrapping {
    /// Begins with a payload, for lines of at most `columns` columns; `None` where it is no UTF-8.
    #[must_use]
    pub fn new(payload: &[u8], columns: usize) -> Option<Wrapping> {
        let text = simdutf8::basic::from_utf8(payload).ok()?;
        let json = is_json(text).then(Layout::default);
        let text = if json.is_some() { text.trim_start() } else { text };
        Some(Wrapping { text: text.to_owned(), columns: columns.max(NARROWEST), json, ..Wrapping::default() })
    }

    /// Breaks up the next `budget` bytes or so. `true` where more are left.
    pub fn work(&mut self, budget: usize, lines: &mut Vec<String>) -> bool {
        let mut end = self.at.saturating_add(budget).min(self.text.len());
        // A carriage return stays with its line feed.
        while !self.text.is_char_boundary(end) || self.text.get(..end).is_some_and(|text| text.ends_with('\r')) {
            if end == self.text.len() {
                break;
            }
            end += 1;
        }
        let part = self.text.get(self.at..end).unwrap_or("");
        let laid_out;
        let part = match &mut self.json {
            Some(layout) => {
                laid_out = layout.push(part);
                laid_out.as_str()
            }
            None => part,
        };
        for (index, line) in part.split('\n').enumerate() {
            if index > 0 {
                chop(&std::mem::take(&mut self.tail), self.columns, lines);
            }
            self.tail.push_str(&DisplaySafe::text(line.strip_suffix('\r').unwrap_or(line)).to_string());
        }
        self.at = end;
        let more = self.at < self.text.len() && lines.len() < LINES;
        if !more {
            chop(&std::mem::take(&mut self.tail), self.columns, lines);
        } else if self.tail.len() > self.columns.saturating_mul(8) {
            // A line that goes on is cut as far as it has come.
            let mut pieces = Vec::new();
            chop(&self.tail, self.columns, &mut pieces);
            self.tail = pieces.pop().unwrap_or_default();
            lines.append(&mut pieces);
        }
        more
    }
}

fn is_json(text: &str) -> bool {
    let trimmed = text.trim();
    let ends = (trimmed.chars().next(), trimmed.chars().next_back());
    matches!(ends, (Some('{'), Some('}')) | (Some('['), Some(']')))
        && (text.len() > CHECKED || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// Cuts a line into pieces of at most `columns` columns.
fn chop(line: &str, columns: usize, lines: &mut Vec<String>) {
    if line.len() <= columns {
        lines.push(line.to_owned());
        return;
    }
    let (mut from, mut used) = (0, 0);
    for (at, c) in line.char_indices() {
        let wide = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if used + wide > columns {
            lines.push(line.get(from..at).unwrap_or("").to_owned());
            (from, used) = (at, 0);
        }
        used += wide;
    }
    lines.push(line.get(from..).unwrap_or("").to_owned());
}

/// JSON with a line for each member; `None` where the text is no JSON object or array.
#[must_use]
pub fn json(text: &str) -> Option<String> {
    is_json(text).then(|| Layout::default().push(text.trim()))
}

/// Lays JSON out, a piece after the other. Only white space between its parts is changed.
#[derive(Debug, Clone, Default)]
struct Layout {
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// A bracket was opened, and nothing has come in it yet.
    opened: bool,
}

impl Layout {
    fn push(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + text.len() / 2);
        for c in text.chars() {
            if self.in_string {
                self.in_string = c != '"' || self.escaped;
                self.escaped = c == '\\' && !self.escaped;
                out.push(c);
            } else if !matches!(c, ' ' | '\t' | '\n' | '\r') {
                self.structure(c, &mut out);
            }
        }
        out
    }

    fn structure(&mut self, c: char, out: &mut String) {
        let closes = matches!(c, '}' | ']');
        if closes {
            self.depth = self.depth.saturating_sub(1);
        }
        if std::mem::take(&mut self.opened) != closes {
            self.newline(out);
        }
        out.push(c);
        match c {
            '"' => (self.in_string, self.escaped) = (true, false),
            '{' | '[' => (self.depth, self.opened) = (self.depth.saturating_add(1), true),
            ',' => self.newline(out),
            ':' => out.push(' '),
            _ => {}
        }
    }

    fn newline(&self, out: &mut String) {
        out.push('\n');
        // Structure deeper than any pane is wide is of no use as space.
        out.extend(std::iter::repeat_n("  ", self.depth.min(60)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of a payload in lines of at most `columns` columns, safe to show; `None` where it is no UTF-8.
    fn lines(payload: &[u8], columns: usize) -> Option<Vec<String>> {
        let mut wrapping = Wrapping::new(payload, columns)?;
        let mut lines = Vec::new();
        while wrapping.work(usize::MAX, &mut lines) {}
        Some(lines)
    }
    use proptest::prelude::*;

    #[test]
    fn json_gets_a_line_for_each_member() {
        let text = r#" {"a":[1, 2,{"b\"}":null}],"c":{},"d":[ ] } "#;
        let lines = lines(text.as_bytes(), 80).unwrap();
        assert_eq!(
            lines,
            [
                "{",
                "  \"a\": [",
                "    1,",
                "    2,",
                "    {",
                "      \"b\\\"}\": null",
                "    }",
                "  ],",
                "  \"c\": {},",
                "  \"d\": []",
                "}"
            ]
        );
        assert_eq!(json("{\"a\":1"), None);
        assert_eq!(json("12"), None);
    }

    #[test]
    fn long_lines_are_cut_and_dangerous_ones_are_safe() {
        assert_eq!(lines(b"abcdefghij\nk\r\n\x1b", 8).unwrap(), ["abcdefgh", "ij", "k", "␛"]);
        assert_eq!(lines("☃☃😀😀😀".as_bytes(), 8).unwrap().len(), 1);
        assert_eq!(lines(b"\xff", 8), None);
    }

    #[test]
    fn a_text_in_pieces_gives_the_lines_of_the_whole() {
        let texts = [
            "{\"a\":[1,{\"b\":\"c\\\"}\"}],\"long\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}",
            "one\r\ntwo\n\nthree déjà vu ☃ 😀 \r four\n",
            &"no line ends here, and on it goes ".repeat(50),
            "",
        ];
        for text in texts {
            let whole = lines(text.as_bytes(), 11).unwrap();
            for budget in [1, 2, 3, 7, 64] {
                let mut wrapping = Wrapping::new(text.as_bytes(), 11).unwrap();
                let mut pieces = Vec::new();
                while wrapping.work(budget, &mut pieces) {}
                assert_eq!(pieces, whole, "{budget} {text:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_the_same_json(value in any_json(4)) {
            let text = value.to_string();
            if let Some(pretty) = json(&text) {
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&pretty).unwrap(), value);
            }
        }
    }

    fn any_json(depth: u32) -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            ".*".prop_map(Into::into),
        ];
        leaf.prop_recursive(depth, 24, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
                proptest::collection::hash_map("[a-z\"\\\\]*", inner, 0..5)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
