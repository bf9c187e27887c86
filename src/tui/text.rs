//! Small text: safe, cut to columns, numbers and times as people read them.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::base::{Direction, DisplaySafe, Timestamp};
use crate::websocket::Opcode;

/// Untrusted text, made safe to show: what a terminal would obey or hide is made visible.
#[must_use]
pub fn safe(text: &str) -> String {
    DisplaySafe::text(text).to_string()
}

/// Columns a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text cut to a number of columns, `…` at its end where something is left out.
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > columns {
            break;
        }
        used += wide;
        kept.push(c);
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// A text cut to a number of columns, `…` in its middle where something is left out: the end of a URI says as much as
/// its beginning.
#[must_use]
pub fn shorten(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let tail = columns.saturating_sub(1) / 2;
    let mut start = text.len();
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > tail {
            break;
        }
        start = at;
    }
    let (before, after) = text.split_at_checked(start).unwrap_or((text, ""));
    // What is before the tail is longer than its half, so it is cut and ends with the dots.
    format!("{}{after}", cut(before, columns - width(after).min(columns)))
}

/// A text broken into at most `lines` lines of at most `columns` columns, between words where there are some.
#[must_use]
pub fn wrap(text: &str, columns: usize, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    'words: for word in text.split_inclusive(' ') {
        if used > 0 && used + width(word.trim_end()) > columns {
            wrapped.push(std::mem::take(&mut line));
            used = 0;
        }
        // A word longer than a line goes on in the next.
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if c != ' ' && !line.is_empty() && used + wide > columns {
                wrapped.push(std::mem::take(&mut line));
                used = 0;
            }
            if wrapped.len() > lines {
                break 'words;
            }
            line.push(c);
            // Characters that join others have another width together.
            used = if c.is_ascii() { used + wide } else { width(&line) };
        }
    }
    wrapped.push(line);
    let more = wrapped.len() > lines;
    wrapped.truncate(lines);
    if let (true, Some(line)) = (more, wrapped.last_mut()) {
        line.push('…');
    }
    wrapped.iter().map(|line| cut(line.trim_end(), columns)).collect()
}

/// A count with its thousands apart: `1 234 567`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// One thing or many: `1 frame`, `2 frames`.
#[must_use]
pub fn plural(number: u64, one: &str) -> String {
    format!("{} {one}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Who sent a frame: the arrow of a control frame is dashed.
#[must_use]
pub fn arrow(direction: Direction, opcode: Opcode) -> &'static str {
    match (direction, opcode.is_control()) {
        (Direction::Client, true) => "⇢",
        (Direction::Server, true) => "⇠",
        (direction, false) => direction.arrow(),
    }
}

/// Bytes in three digits: `812 B`, `39.0 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 10_000 {
        return format!("{} B", count(bytes));
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in UNITS {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!(
        "{value:.*} {unit}",
        if value < 9.995 {
            2
        } else if value < 99.95 {
            1
        } else {
            0
        }
    )
}

/// A length of time in a unit that suits it: `+1.19 ms`.
#[must_use]
pub fn duration(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let ns = nanoseconds.unsigned_abs();
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let value = ns as f64;
    match ns {
        0..1_000 => format!("{sign}{ns} ns"),
        1_000..1_000_000 => format!("{sign}{:.0} µs", value / 1e3),
        1_000_000..1_000_000_000 => format!("{sign}{:.2} ms", value / 1e6),
        1_000_000_000..60_000_000_000 => format!("{sign}{:.2} s", value / 1e9),
        _ => {
            let seconds = ns / 1_000_000_000;
            match seconds {
                0..3600 => format!("{sign}{} min {:02} s", seconds / 60, seconds % 60),
                _ => format!("{sign}{} h {:02} min", seconds / 3600, seconds / 60 % 60),
            }
        }
    }
}

/// Seconds with microseconds, groups apart: `0.004 812`.
#[must_use]
pub fn seconds(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let micros = nanoseconds.unsigned_abs() / 1000;
    format!("{sign}{}.{:03} {:03}", micros / 1_000_000, micros / 1000 % 1000, micros % 1000)
}

/// Time of day, UTC: `06:23:01.123 456`.
#[must_use]
pub fn of_day(time: Timestamp) -> String {
    let seconds = time.seconds().rem_euclid(86_400);
    let micros = time.subsec_nanos() / 1000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hour:02}:{minute:02}:{second:02}.{:03} {:03}", micros / 1000, micros % 1000)
}

/// Seconds since 1970: `1795328581.123456`.
#[must_use]
pub fn epoch(time: Timestamp) -> String {
    format!("{}.{:06}", time.seconds(), time.subsec_nanos() / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1 000", "1 234 567"]);
        assert_eq!(
            [0, 9_999, 10_000, 38_988_739, u64::MAX].map(size),
            ["0 B", "9 999 B", "10.0 kB", "39.0 MB", "18.4 EB"]
        );
        assert_eq!([999_499, 999_500].map(size), ["999 kB", "1.00 MB"]);
        assert_eq!(duration(1_190_000), "1.19 ms");
        assert_eq!(duration(-12_000), "-12 µs");
        assert_eq!(duration(61_000_000_000), "1 min 01 s");
        assert_eq!(seconds(4_812_345), "0.004 812");
        assert_eq!(of_day(Timestamp::new(23 * 3600 + 59, 1_002_000)), "23:00:59.001 002");
    }

    #[test]
    fn wrapping_keeps_words_and_says_when_it_stops() {
        assert_eq!(wrap("one two three", 8, 9), ["one two", "three"]);
        assert_eq!(wrap("one two three four", 7, 2), ["one two", "three …"]);
        assert_eq!(wrap("", 7, 2), [""]);
        assert_eq!(wrap("unbreakable", 5, 3), ["unbre", "akabl", "e"]);
        assert_eq!(wrap("unbreakable", 5, 2), ["unbre", "akab…"]);
    }

    #[test]
    fn the_ends_of_what_is_shortened_are_kept() {
        assert_eq!(shorten("ws://example/a/long/path", 24), "ws://example/a/long/path");
        assert_eq!(shorten("ws://example/a/long/path", 15), "ws://ex…ng/path");
        assert_eq!(shorten("😀😀😀😀", 5), "😀…😀");
        assert_eq!([0, 1, 2, 3].map(|columns| shorten("abcdef", columns)), ["", "…", "a…", "a…f"]);
        for columns in 0..30 {
            assert!(width(&shorten("wss://ex☃mple/déjà/😀/vu?x=1", columns)) <= columns);
        }
    }

    #[test]
    fn cutting_keeps_wide_characters_whole() {
        assert_eq!(cut("déjà vu", 7), "déjà vu");
        assert_eq!(cut("déjà vu", 6), "déjà …");
        assert_eq!(cut("😀😀😀", 4), "😀…");
        assert_eq!(cut("abc", 0), "");
    }
}
