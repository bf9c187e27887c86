//! Cells below each other, for people.
//!
//! In: lines of cells with tabs between them, as they come. Out: the same with blanks, each column as wide as its cells need.
//! What is written is looked at first: up to [`AHEAD`] lines, or until somebody is waiting ([`Write::flush`]). A later cell that
//! is wider pushes the rest of its line to the right, and nothing is lost; only the last column is cut, at the end of the line.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use crate::base::limits::ALIGNED_LINES as AHEAD;
use crate::output::text::Look;
use crate::output::text::line::push_heading;

/// Columns that a cell may take before the others stand below each other without it.
const WIDEST: usize = 40;

/// A line that begins with it has no cells, and stands as it is; within cells it is escaped.
pub const WHOLE: char = '\u{c}';

/// Writes aligned lines.
pub struct Aligned<W> {
    to: W,
    titles: Vec<String>,
    look: Look,
    /// A line that has not ended.
    open: Vec<u8>,
    /// Lines that wait for the widths.
    waiting: Vec<String>,
    /// Columns of each cell, and whether it stands at the right; none while it is not decided.
    widths: Option<Vec<(usize, bool)>>,
}

impl<W: Write> Aligned<W> {
    /// Writes lines of so many cells as there are titles.
    pub fn new(to: W, titles: Vec<String>, look: Look) -> Aligned<W> {
        Aligned { to, titles, look, open: Vec::new(), waiting: Vec::new(), widths: None }
    }

    fn line(&mut self, line: String) -> io::Result<()> {
        match &self.widths {
            Some(widths) => {
                let mut out = aligned(&line, widths, self.look.width);
                out.push('\n');
                self.to.write_all(out.as_bytes())
            }
            None => {
                self.waiting.push(line);
                if self.waiting.len() >= AHEAD { self.decide() } else { Ok(()) }
            }
        }
    }

    /// Decides on the widths by what waits, and writes it.
    fn decide(&mut self) -> io::Result<()> {
        if self.widths.is_some() || self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        let mut widths: Vec<(usize, bool)> = self.titles.iter().map(|title| (title.width(), true)).collect();
        for line in waiting.iter().filter(|line| !line.starts_with(WHOLE)) {
            for ((width, right), cell) in widths.iter_mut().zip(line.split('\t')) {
                *width = cell.width().min(WIDEST).max(*width);
                *right &= is_number(cell);
            }
        }
        if self.look.heading {
            let heading = aligned(&self.titles.join("\t"), &widths, self.look.width);
            let mut out = Vec::new();
            push_heading(&mut out, self.look.style, &heading);
            self.to.write_all(&out)?;
        }
        self.widths = Some(widths);
        waiting.into_iter().try_for_each(|line| self.line(line))
    }
}

/// Digits, and what stands between them in numbers and times; or nothing at all.
fn is_number(cell: &str) -> bool {
    cell.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
}

/// A line of cells, two blanks between them.
fn aligned(line: &str, widths: &[(usize, bool)], limit: Option<usize>) -> String {
    let mut out = String::new();
    if let Some(whole) = line.strip_prefix(WHOLE) {
        out.push_str(whole);
        return cut_at(out, limit);
    }
    for (at, (cell, (width, right))) in line.split('\t').zip(widths).enumerate() {
        if at > 0 {
            out.push_str("  ");
        }
        let pad = width.saturating_sub(cell.width());
        let (before, after) = if *right { (pad, 0) } else { (0, pad) };
        out.extend(std::iter::repeat_n(' ', before));
        out.push_str(cell);
        out.extend(std::iter::repeat_n(' ', after));
    }
    let end = out.trim_end().len();
    out.truncate(end);
    cut_at(out, limit)
}

fn cut_at(line: String, limit: Option<usize>) -> String {
    match limit {
        Some(limit) if line.width() > limit => cut(&line, limit),
        _ => line,
    }
}

/// The beginning of a line that is too long.
fn cut(line: &str, limit: usize) -> String {
    let (mut used, mut out) = (0, String::new());
    for c in line.chars() {
        let width = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if used + width >= limit {
            break;
        }
        used += width;
        out.push(c);
    }
    out.push('…');
    out
}

impl<W: Write> Write for Aligned<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.open.extend_from_slice(part);
            if self.open.pop_if(|last| *last == b'\n').is_some() {
                let line = String::from_utf8_lossy(&self.open).into_owned();
                self.open.clear();
                self.line(line)?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.decide()?;
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Style;

    fn written(lines: &str, titles: &[&str], width: Option<usize>, heading: bool) -> String {
        let look = Look { style: Style { colour: false }, width, heading };
        let mut out = Vec::new();
        let titles = titles.iter().map(|title| title.to_string()).collect();
        let mut aligned = Aligned::new(&mut out, titles, look);
        // However it is cut.
        lines.as_bytes().chunks(3).for_each(|part| aligned.write_all(part).unwrap());
        aligned.flush().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_stand_below_each_other_and_numbers_at_the_right() {
        let lines = "1\tText\t1.5\n100\tConnection Close\t\n";
        assert_eq!(
            written(lines, &["n", "op", "ms"], None, true),
            "  n  op                 ms\n  1  Text              1.5\n100  Connection Close\n"
        );
        assert_eq!(written("é\tx\nab\ty\n", &["", ""], None, false), "é   x\nab  y\n");
        assert_eq!(written("1\tlonger than that\n", &["n", "t"], Some(8), false), "1  long…\n");
        // What has no cells makes none wider.
        assert_eq!(
            written("1\tx\n\x0c··· 58 heartbeats\n2\ty\n", &["n", "t"], None, false),
            "1  x\n··· 58 heartbeats\n2  y\n"
        );
        // As long as there is no line there is nothing to decide on.
        assert_eq!(written("", &["n", "t"], None, true), "");
    }

    #[test]
    fn a_wide_cell_pushes_its_own_line_only() {
        let wide = "w".repeat(60);
        let text = written(&format!("{wide}\tx\na\ty\n"), &["t", "u"], None, false);
        assert_eq!(text, format!("{wide}  x\n{}  y\n", format_args!("{:40}", "a")));
    }

    #[test]
    fn a_stream_is_written_once_enough_was_seen() {
        let look = Look { style: Style { colour: false }, width: None, heading: false };
        let mut out = Vec::new();
        let mut aligned = Aligned::new(&mut out, vec!["n".to_owned()], look);
        for number in 0..AHEAD + 7 {
            writeln!(aligned, "{number}").unwrap();
        }
        assert!(aligned.waiting.is_empty());
        drop(aligned);
        assert_eq!(String::from_utf8(out).unwrap().lines().count(), AHEAD + 7);
    }
}
