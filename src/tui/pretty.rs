//! A payload as text to read: JSON with its structure shown, other text as it is, broken into lines that fit.

use crate::base::DisplaySafe;

/// Columns a line is never narrower than, however small the pane.
const NARROWEST: usize = 8;

/// Lines kept of one text.
const LINES: usize = 1_000_000;

/// The text of a payload in lines of at most `columns` columns, safe to show; `None` where it is no UTF-8.
#[must_use]
pub fn lines(payload: &[u8], columns: usize) -> Option<Vec<String>> {
    let text = simdutf8::basic::from_utf8(payload).ok()?;
    let pretty = json(text);
    let columns = columns.max(NARROWEST);
    let mut lines = Vec::new();
    for line in pretty.as_deref().unwrap_or(text).split('\n') {
        let line = DisplaySafe::text(line.strip_suffix('\r').unwrap_or(line)).to_string();
        chop(&line, columns, &mut lines);
        if lines.len() >= LINES {
            break;
        }
    }
    Some(lines)
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
    let trimmed = text.trim_start();
    if !trimmed.starts_with(['{', '[']) || serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return None;
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0usize;
    let mut rest = trimmed;
    let newline = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or("");
        match c {
            '"' => {
                let len = string_len(rest);
                out.push_str(rest.get(..len).unwrap_or(rest));
                rest = rest.get(len..).unwrap_or("");
                continue;
            }
            '{' | '[' => {
                out.push(c);
                let inside = after.trim_start();
                if let Some(close) = inside.chars().next().filter(|c| matches!(c, '}' | ']')) {
                    out.push(close);
                    rest = inside.get(1..).unwrap_or("");
                    continue;
                }
                depth += 1;
                newline(&mut out, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                newline(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                newline(&mut out, depth);
            }
            ':' => out.push_str(": "),
            ' ' | '\t' | '\n' | '\r' => {}
            other => out.push(other),
        }
        rest = after;
    }
    Some(out)
}

/// Bytes of the JSON string at the start of a text, quotes included.
fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
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
