//! The one door through which untrusted text reaches a terminal.
//!
//! In: text or bytes off the wire. Out: text that does nothing to a terminal but stand there. What does not show
//! itself is made visible, not dropped:
//!
//! - control characters become their pictures: `␊` `␛` `␡`;
//! - other hidden characters (C1, bidirectional marks, zero-width, tags, variation selectors) become `⟨RLO⟩`,
//!   `⟨U+009B⟩`;
//! - bytes that are no UTF-8 become `⟨FF⟩`;
//! - of combining marks, [`MARKS`] may stand on a character, the rest becomes `⟨U+0301⟩`.
//!
//! Invariant: the mapping loses nothing. `⟨` and the pictures themselves are written as `⟨U+27E8⟩`, so what was on the
//! wire can be read off what is shown.

use std::fmt;

use unicode_width::UnicodeWidthChar;

use super::hidden::{is_hidden, short_name};

/// Combining marks shown on one character. Vietnamese, Thai, Arabic and decomposed Korean need two; piles of them
/// climb over the lines above.
pub const MARKS: u8 = 2;

/// Untrusted text, safe to show.
///
/// ```
/// use sockeye::base::DisplaySafe;
/// assert_eq!(DisplaySafe::text("a\x1b[31m\u{202e}b").to_string(), "a␛[31m⟨RLO⟩b");
/// assert_eq!(DisplaySafe::bytes(b"caf\xc3\xa9 \xff").to_string(), "café ⟨FF⟩");
/// assert_eq!(DisplaySafe::text("hello, world").columns(8).to_string(), "hello, …");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisplaySafe<'a> {
    bytes: &'a [u8],
    limit: usize,
}

/// What was written: how many columns it takes, and whether all of it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shown {
    /// Terminal columns, at most. (A terminal may draw an emoji sequence in fewer.)
    pub columns: usize,
    /// Something was left out; what was written ends with `…` (unless the limit was 0).
    pub cut: bool,
}

/// A run of safe text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Shown as it is.
    Plain {
        /// The text.
        text: &'a str,
        /// Columns it takes.
        columns: usize,
    },
    /// Something made visible; a view may give it a style of its own.
    Escaped(Escape),
}

/// How a thing that does not show itself is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// A C0 control character or DEL, as its picture.
    Control(u8),
    /// Another hidden character, or one that would be taken for an escape.
    Character(char),
    /// A byte that is no part of UTF-8.
    Byte(u8),
}

impl Escape {
    /// Columns it takes.
    #[must_use]
    pub fn columns(self) -> usize {
        match self {
            Escape::Control(_) => 1,
            Escape::Byte(_) => 4,
            Escape::Character(c) => match short_name(c) {
                Some(name) => 2 + name.len(),
                None if u32::from(c) > 0xf_ffff => 10,
                None if u32::from(c) > 0xffff => 9,
                None => 8,
            },
        }
    }
}

impl fmt::Display for Escape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Escape::Control(0x7f) => f.write_str("␡"),
            Escape::Control(byte) => match char::from_u32(0x2400 + u32::from(byte)) {
                Some(picture) => write!(f, "{picture}"),
                None => Ok(()),
            },
            Escape::Byte(byte) => write!(f, "⟨{byte:02X}⟩"),
            Escape::Character(c) => match short_name(c) {
                Some(name) => write!(f, "⟨{name}⟩"),
                None => write!(f, "⟨U+{:04X}⟩", u32::from(c)),
            },
        }
    }
}

impl<'a> DisplaySafe<'a> {
    /// All of `text`.
    #[must_use]
    pub fn text(text: &'a str) -> DisplaySafe<'a> {
        DisplaySafe::bytes(text.as_bytes())
    }

    /// All of `bytes`, taken for UTF-8.
    #[must_use]
    pub fn bytes(bytes: &'a [u8]) -> DisplaySafe<'a> {
        DisplaySafe { bytes, limit: usize::MAX }
    }

    /// No more than `limit` columns of it; `…` is the last where something is left out.
    #[must_use]
    pub fn columns(self, limit: usize) -> DisplaySafe<'a> {
        DisplaySafe { limit, ..self }
    }

    /// The text in pieces, for views that style them; the limit does not apply.
    #[must_use]
    pub fn pieces(self) -> Pieces<'a> {
        Pieces { rest: self.bytes, marks_left: 0 }
    }

    /// Appends it to `out`.
    pub fn write_to(self, out: &mut Vec<u8>) -> Shown {
        let mut line = Line { out, columns: 0, room: None, limit: self.limit };
        line.keep_room();
        for piece in self.pieces() {
            let fits = match piece {
                Piece::Plain { text, columns } => line.plain(text, columns),
                Piece::Escaped(escape) => line.escape(escape),
            };
            if !fits {
                return line.cut();
            }
        }
        Shown { columns: line.columns, cut: false }
    }
}

impl fmt::Display for DisplaySafe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        self.write_to(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}

/// A line under way, and the last place in it after which `…` still fits.
struct Line<'a> {
    out: &'a mut Vec<u8>,
    columns: usize,
    room: Option<(usize, usize)>,
    limit: usize,
}

impl Line<'_> {
    fn keep_room(&mut self) {
        if self.columns < self.limit {
            self.room = Some((self.out.len(), self.columns));
        }
    }

    fn plain(&mut self, text: &str, columns: usize) -> bool {
        if columns < self.limit - self.columns {
            self.out.extend_from_slice(text.as_bytes());
            self.columns += columns;
            self.keep_room();
            return true;
        }
        for c in text.chars() {
            let width = c.width().unwrap_or(0);
            if width > self.limit - self.columns {
                return false;
            }
            self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            self.columns += width;
            self.keep_room();
        }
        true
    }

    fn escape(&mut self, escape: Escape) -> bool {
        if escape.columns() > self.limit - self.columns {
            return false;
        }
        // Writing into a vector cannot fail.
        let _ = std::io::Write::write_fmt(self.out, format_args!("{escape}"));
        self.columns += escape.columns();
        self.keep_room();
        true
    }

    fn cut(self) -> Shown {
        let Some((len, columns)) = self.room else { return Shown { columns: 0, cut: true } };
        self.out.truncate(len);
        self.out.extend_from_slice("…".as_bytes());
        Shown { columns: columns + 1, cut: true }
    }
}

/// The pieces of a text; see [`DisplaySafe::pieces`].
#[derive(Debug, Clone)]
pub struct Pieces<'a> {
    rest: &'a [u8],
    marks_left: u8,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let ascii = printable_ascii(self.rest);
        if ascii > 0 {
            let text = self.take(ascii);
            self.marks_left = MARKS;
            return Some(Piece::Plain { text: str::from_utf8(text).unwrap_or(""), columns: ascii });
        }
        let &first = self.rest.first()?;
        if first < 0x80 {
            self.take(1);
            return Some(self.escaped(Escape::Control(first)));
        }
        let head = self.rest.get(..4).unwrap_or(self.rest);
        let valid = match str::from_utf8(head) {
            Ok(text) => text,
            Err(error) => str::from_utf8(head.get(..error.valid_up_to()).unwrap_or(&[])).unwrap_or(""),
        };
        match valid.chars().next() {
            Some(c) => Some(self.character(c)),
            None => {
                self.take(1);
                Some(self.escaped(Escape::Byte(first)))
            }
        }
    }
}

impl<'a> Pieces<'a> {
    fn take(&mut self, n: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at_checked(n).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn escaped(&mut self, escape: Escape) -> Piece<'a> {
        self.marks_left = 0;
        Piece::Escaped(escape)
    }

    fn character(&mut self, c: char) -> Piece<'a> {
        let text = str::from_utf8(self.take(c.len_utf8())).unwrap_or("");
        let columns = c.width().unwrap_or(0);
        let mimics = matches!(c, '⟨' | '\u{2400}'..='\u{2421}');
        if is_hidden(c) || mimics || (columns == 0 && self.marks_left == 0) {
            return self.escaped(Escape::Character(c));
        }
        self.marks_left = if columns == 0 { self.marks_left - 1 } else { MARKS };
        Piece::Plain { text, columns }
    }
}

/// Number of printable ASCII bytes at the start, in strides that compile to vector code.
fn printable_ascii(bytes: &[u8]) -> usize {
    const STRIDE: usize = 16;
    let printable = |byte: &u8| (0x20..0x7f).contains(byte);
    let whole = bytes.chunks_exact(STRIDE).take_while(|chunk| chunk.iter().fold(true, |all, b| all & printable(b)));
    let start = whole.count() * STRIDE;
    start + bytes.iter().skip(start).take_while(|byte| printable(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    fn shown(text: &str) -> String {
        DisplaySafe::text(text).to_string()
    }

    /// Reads the wire bytes back off what is shown, as a person would.
    fn unshow(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '⟨' => {
                    let (name, after) = rest.split_once('⟩').unwrap();
                    rest = after;
                    let hex = |s: &str| u32::from_str_radix(s, 16).ok();
                    let c = match name.strip_prefix("U+") {
                        Some(number) => char::from_u32(hex(number).unwrap()),
                        None if name.len() == 2 && hex(name).is_some() => {
                            bytes.push(hex(name).unwrap() as u8);
                            continue;
                        }
                        None => (0..0x11_0000).filter_map(char::from_u32).find(|&c| short_name(c) == Some(name)),
                    };
                    bytes.extend(c.unwrap().to_string().bytes());
                }
                '␡' => bytes.push(0x7f),
                '\u{2400}'..='\u{241f}' => bytes.push((c as u32 - 0x2400) as u8),
                _ => bytes.extend(c.to_string().bytes()),
            }
        }
        bytes
    }

    #[test]
    fn every_kind_of_trick_is_made_visible() {
        assert_eq!(shown("\x1b]0;title\x07"), "␛]0;title␇");
        assert_eq!(shown("a\r\nb\tc\0\x7f"), "a␍␊b␉c␀␡");
        assert_eq!(shown("\u{9b}31m\u{85}"), "⟨U+009B⟩31m⟨U+0085⟩");
        assert_eq!(shown("user\u{202e}gpj.exe\u{2066}"), "user⟨RLO⟩gpj.exe⟨LRI⟩");
        assert_eq!(shown("pass\u{200b}word\u{feff}\u{200d}"), "pass⟨ZWSP⟩word⟨BOM⟩⟨ZWJ⟩");
        assert_eq!(shown("x\u{e0068}\u{e0069}\u{e007f}"), "x⟨U+E0068⟩⟨U+E0069⟩⟨U+E007F⟩");
        assert_eq!(shown("\u{10ffff}"), "⟨U+10FFFF⟩");
    }

    #[test]
    fn marks_may_stand_on_a_letter_but_not_pile_up() {
        assert_eq!(shown("e\u{302}\u{301}"), "e\u{302}\u{301}");
        assert_eq!(shown("e\u{302}\u{301}\u{300}\u{303}"), "e\u{302}\u{301}⟨U+0300⟩⟨U+0303⟩");
        assert_eq!(shown("\u{301}a"), "⟨U+0301⟩a", "a mark with nothing before it would stand on the view's own text");
        assert_eq!(shown("\n\u{301}"), "␊⟨U+0301⟩");
        assert_eq!(shown("\u{1112}\u{1161}\u{11ab}"), "\u{1112}\u{1161}\u{11ab}", "decomposed Korean");
    }

    #[test]
    fn text_that_looks_like_an_escape_is_told_apart() {
        assert_eq!(shown("⟨RLO⟩ ␊"), "⟨U+27E8⟩RLO⟩ ⟨U+240A⟩");
    }

    #[test]
    fn bytes_that_are_no_utf8_show_as_hex() {
        assert_eq!(DisplaySafe::bytes(b"\xed\xa0\x80|\xf0\x9f\x98").to_string(), "⟨ED⟩⟨A0⟩⟨80⟩|⟨F0⟩⟨9F⟩⟨98⟩");
    }

    #[test]
    fn a_limit_cuts_between_characters_and_says_so() {
        let cut = |text: &str, columns| {
            let mut out = Vec::new();
            let shown = DisplaySafe::text(text).columns(columns).write_to(&mut out);
            (String::from_utf8(out).unwrap(), shown.columns, shown.cut)
        };
        assert_eq!(cut("hello", 5), ("hello".into(), 5, false));
        assert_eq!(cut("hello", 4), ("hel…".into(), 4, true));
        assert_eq!(cut("hello", 1), ("…".into(), 1, true));
        assert_eq!(cut("hello", 0), (String::new(), 0, true));
        assert_eq!(cut("", 0), (String::new(), 0, false));
        assert_eq!(cut("漢字漢字", 6), ("漢字…".into(), 5, true));
        assert_eq!(cut("漢字漢", 6), ("漢字漢".into(), 6, false));
        assert_eq!(cut("ab\u{202e}cd", 6), ("ab…".into(), 3, true));
        assert_eq!(cut("ab\u{202e}", 7), ("ab⟨RLO⟩".into(), 7, false));
        assert_eq!(cut("abc\x1b", 4), ("abc␛".into(), 4, false));
    }

    #[test]
    fn escapes_take_the_columns_they_say() {
        for c in (0..0x11_0000).filter_map(char::from_u32).filter(|&c| is_hidden(c)) {
            for escape in [Escape::Character(c), Escape::Byte(0xfe), Escape::Control(0x1f)] {
                assert_eq!(escape.to_string().width(), escape.columns(), "{c:?}");
            }
        }
    }

    fn nasty() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            "[ -~]{0,20}".prop_map(String::into_bytes),
            any::<char>().prop_map(|c| c.to_string().into_bytes()),
            proptest::collection::vec(any::<u8>(), 0..4),
            prop::sample::select(vec!["\u{301}", "\u{202e}", "\x1b[", "⟨", "␊", "漢", "\u{200d}", "👍🏽", "\u{9b}"])
                .prop_map(|s| s.as_bytes().to_vec()),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_hidden_gets_through_and_nothing_is_lost(bytes in nasty()) {
            let text = DisplaySafe::bytes(&bytes).to_string();
            prop_assert!(!text.chars().any(is_hidden));
            prop_assert_eq!(unshow(&text), bytes);
        }

        #[test]
        fn a_limit_is_never_passed_and_cuts_a_prefix(bytes in nasty(), limit in 0_usize..40) {
            let whole = DisplaySafe::bytes(&bytes).to_string();
            let mut out = Vec::new();
            let shown = DisplaySafe::bytes(&bytes).columns(limit).write_to(&mut out);
            let text = String::from_utf8(out).unwrap();
            prop_assert!(shown.columns <= limit);
            prop_assert_eq!(text.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>(), shown.columns);
            if shown.cut {
                prop_assert!(whole.starts_with(text.trim_end_matches('…')));
            } else {
                prop_assert_eq!(text, whole);
            }
        }
    }
}
