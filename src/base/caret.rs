//! Where in a typed line something is wrong: the line, and marks under the place.
//!
//! In: the line and bytes of it. Out: two lines, safe to show. A place that is none marks the end.

use std::ops::Range;

use super::DisplaySafe;

/// The text on one line, and marks under some bytes of it on the next; both are two columns in.
///
/// ```
/// assert_eq!(sockeye::base::caret("a é b", &(5..6)), "  a é b\n      ^");
/// ```
#[must_use]
pub fn caret(text: &str, at: &Range<usize>) -> String {
    let before = text.get(..at.start).unwrap_or(text);
    let wrong = text.get(at.clone()).unwrap_or_default();
    let columns = |text: &str| DisplaySafe::text(&one_line(text)).columns(usize::MAX).to_string();
    let (left, marked) = (width(&columns(before)), width(&columns(wrong)).max(1));
    let shown = columns(text);
    format!("  {shown}\n  {}^{}", " ".repeat(left), "~".repeat(marked - 1))
}

fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// Tabs and line ends count as a space between words.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c }).collect()
}
