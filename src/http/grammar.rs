//! What breaks the grammar of a head (RFC 9112 sections 2.2 and 5, RFC 9110 section 5.5).
//!
//! In: the bytes of a head whose meaning was read all the same. Out: a [`Note`] for each rule that is broken, however often:
//! its detail says where first. Only heads of opening handshakes are looked at.

use super::head::is_space;
use super::sniff::is_token;
use crate::base::{At, Code, Note};

/// Characters of a name that a note quotes.
const QUOTED: usize = 40;

/// The first place where each rule is broken.
#[derive(Debug, Default)]
struct Broken {
    folded: Option<String>,
    field: Option<String>,
    value: Option<String>,
    line_end: Option<String>,
}

/// All findings in a head that arrived at `at`.
pub(super) fn notes(head: &[u8], at: At) -> Vec<Note> {
    let mut broken = Broken::default();
    let mut name = None;
    for (number, line) in head.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let (text, crlf) = text.strip_suffix(b"\r").map_or((text, false), |text| (text, true));
        if !crlf && line.ends_with(b"\n") {
            broken.line_end.get_or_insert_with(|| format!("line {} ends in a bare LF", number + 1));
        }
        if memchr::memchr(b'\r', text).is_some() {
            broken.line_end.get_or_insert_with(|| format!("a bare CR in line {}", number + 1));
        }
        if text.is_empty() {
            break;
        }
        if number > 0 {
            broken.field_line(text, &mut name);
        }
    }
    let Broken { folded, field, value, line_end } = broken;
    [
        (Code::HttpFolded, folded),
        (Code::HttpFieldSyntax, field),
        (Code::HttpFieldValue, value),
        (Code::HttpLineEnd, line_end),
    ]
    .into_iter()
    .filter_map(|(code, detail)| Some(Note::new(code).with_detail(detail?).with_at(at)))
    .collect()
}

impl Broken {
    /// A line behind the first; `name` is that of the field before it.
    fn field_line<'a>(&mut self, line: &'a [u8], name: &mut Option<&'a [u8]>) {
        if line.first().is_some_and(|byte| is_space(*byte)) {
            match *name {
                Some(name) => drop(self.folded.get_or_insert_with(|| quoted(name))),
                None => drop(self.field.get_or_insert_with(|| "a space before the first field".to_string())),
            }
            return;
        }
        let Some((before, value)) = memchr::memchr(b':', line).and_then(|colon| line.split_at_checked(colon)) else {
            self.field.get_or_insert_with(|| format!("{} has no colon", quoted(line)));
            return;
        };
        let trimmed = before.trim_ascii_end();
        if trimmed.is_empty() || !trimmed.iter().all(|byte| is_token(*byte)) {
            self.field.get_or_insert_with(|| format!("{} is not a name", quoted(before)));
        } else if trimmed.len() < before.len() {
            self.field.get_or_insert_with(|| format!("a space between {} and its colon", quoted(trimmed)));
        }
        // A bare CR is told as such.
        let control = |byte: &u8| (*byte < b' ' && !b"\t\r".contains(byte)) || *byte == 0x7f;
        if let Some(byte) = value.iter().find(|byte| control(byte)) {
            self.value.get_or_insert_with(|| format!("{byte:#04x} in {}", quoted(trimmed)));
        }
        *name = Some(trimmed);
    }
}

/// The beginning of a name as a note shows it.
fn quoted(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name.get(..QUOTED).unwrap_or(name)).into_owned();
    if name.iter().all(|byte| is_token(*byte)) { text } else { format!("{text:?}") }
}
