//! Dumps in rows: offsets, the bytes, and beside them the bytes as text; `xxd`, `hexdump`, `od`, Wireshark, tcpdump.
//!
//! Where the bytes of a row end is told from the text beside them, which says the same: a word of that text that looks
//! like hex is none. Rows are complete where each offset is the one before it and the bytes between. What `*` stands for
//! is told from the offset after it.

use super::words::{Order, bytes_of_word, is_hex};
use super::{Dump, Fault, Form, Word, words_of};
use crate::base::limits::DUMP_BYTES;

/// The longest line in which a column of text is looked for: rows of 256 bytes are the longest that dumps have.
const LINE: usize = 2048;

/// A line: its text, and at which byte of the whole it starts.
#[derive(Clone, Copy)]
struct Line<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Line<'t> {
    fn words(self) -> impl Iterator<Item = Word<'t>> {
        words_of(self.text, self.at, char::is_whitespace)
    }

    /// What stands behind a word of it.
    fn after(self, word: Word<'_>) -> &'t str {
        self.text.get(word.at - self.at + word.text.len()..).unwrap_or_default()
    }
}

/// The lines that are not empty, those left out that only number the columns.
fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |text| {
        let line = Line { text: text.trim_end(), at };
        at += text.len();
        (!line.text.is_empty() && !is_ruler(line)).then_some(line)
    })
}

/// `00 01 02 … 0F` above the columns. As bytes they are a dump's only where an offset is before them.
fn is_ruler(line: Line<'_>) -> bool {
    let mut words = (0..).zip(line.words());
    line.text.starts_with([' ', '\t'])
        && line.words().nth(7).is_some()
        && words.all(|(n, word)| u64::from_str_radix(word.text, 16) == Ok(n))
}

/// How a line begins.
#[derive(PartialEq, Eq)]
enum Lead {
    /// With an offset for sure.
    Offset,
    /// With what is an offset where the rest of the text has them too.
    Perhaps,
    /// With something else.
    Other,
}

/// The digits of an offset, where the word can be one.
fn offset_digits(word: Word<'_>) -> Option<&str> {
    let bare = word.text.strip_suffix(':').unwrap_or(word.text);
    let bare = bare.strip_prefix("0x").unwrap_or(bare);
    ((4..=16).contains(&bare.len()) && is_hex(bare)).then_some(bare)
}

fn lead(line: Line<'_>) -> Lead {
    let mut words = line.words();
    let Some(first) = words.next() else { return Lead::Other };
    let Some(digits) = offset_digits(first) else { return Lead::Other };
    let Some(second) = words.next() else { return Lead::Other };
    // `0000000` is no bytes, and the first offset of most dumps.
    if first.text.ends_with(':') || (digits.len() == 7 && digits.bytes().all(|digit| digit == b'0')) {
        return Lead::Offset;
    }
    let width = second.text.len();
    let is_row = is_hex(second.text) && words.next().is_none_or(|third| third.text.len() == width || width == 2);
    if first.text.starts_with("0x") || !is_row || width == digits.len() || width > 8 {
        return Lead::Other;
    }
    let is_odd = digits.len() % 2 == 1;
    if is_odd || digits.bytes().all(|digit| digit == b'0') { Lead::Offset } else { Lead::Perhaps }
}

/// Whether the text is a dump in rows.
pub fn are(text: &str) -> Result<bool, Fault> {
    let mut count = 0;
    let mut perhaps = None;
    for line in lines(text) {
        count += 1;
        match lead(line) {
            Lead::Offset => return Ok(true),
            Lead::Perhaps => perhaps = perhaps.or(Some(line)),
            Lead::Other => {}
        }
    }
    if ends_with_offset(text) {
        return Ok(true);
    }
    if let Some(line) = perhaps {
        if count > 1 || told_by_text(Line { ..line }, true) {
            return Ok(true);
        }
        let word = line.words().next().unwrap_or(Word { text: "", at: line.at });
        // Rows of 16 and of 8 bytes are what dumps have.
        if u64::from_str_radix(word.text, 16).is_ok_and(|offset| offset % 8 == 0) {
            let text = word.text;
            let way_out = "write an offset with a colon behind it, and bytes two digits each";
            return Err(Fault::new(word.at, format!("'{text}' may be an offset or bytes; {way_out}")));
        }
    }
    Ok(lines(text).next().is_some_and(|line| told_by_text(line, false)))
}

/// Nothing but zeros of six digits before the first row, and as many digits alone in the last line: offsets, however
/// wide the words are.
fn ends_with_offset(text: &str) -> bool {
    let mut lines = lines(text);
    let (Some(first), Some(last)) = (lines.next(), lines.last()) else { return false };
    let Some(zero) = first.words().next().filter(|word| word.text.len() > 5) else { return false };
    zero.text.bytes().all(|digit| digit == b'0')
        && last.text.trim().len() == zero.text.len()
        && is_hex(last.text.trim())
}

/// Whether a text column says what the bytes of the line are.
fn told_by_text(line: Line<'_>, offset: bool) -> bool {
    let words: Vec<Word<'_>> = line.words().skip(usize::from(offset)).collect();
    [Order::Big, Order::Little].iter().any(|order| matches!(row(line, &words, *order), Ok((_, true))))
}

/// What a line is.
enum Kind<'t> {
    Row { offset: Option<Word<'t>>, words: Vec<Word<'t>> },
    Repeat,
    End(Word<'t>),
}

/// Reads a dump in rows.
pub fn read(text: &str) -> Result<Dump, Fault> {
    let has_offsets = lines(text).any(|line| lead(line) != Lead::Other);
    let mut all: Vec<(Line<'_>, Kind<'_>)> = Vec::new();
    let last = lines(text).count();
    for (number, line) in (1..).zip(lines(text)) {
        let mut words = line.words();
        let kind = match (words.next(), words.next()) {
            (Some(Word { text: "*", .. }), None) if has_offsets => Kind::Repeat,
            (Some(word), None) if has_offsets && number == last && offset_digits(word).is_some() => Kind::End(word),
            (Some(word), _) if has_offsets => {
                if offset_digits(word).is_none() {
                    return Err(Fault::new(word.at, format!("'{}' is no offset, and other lines have one", word.text)));
                }
                Kind::Row { offset: Some(word), words: line.words().skip(1).collect() }
            }
            _ => Kind::Row { offset: None, words: line.words().collect() },
        };
        all.push((line, kind));
    }
    let [big, little, bits] = [Order::Big, Order::Little, Order::Bits].map(|order| in_order(&all, order));
    match (big, little) {
        // Only xxd has a colon, and it prints words as they are in the file unless it is told otherwise.
        (Ok(big), Ok(little)) if big != little && !has_colons(&all) => Err(Fault::new(0, in_doubt("a word"))),
        (Ok(bytes), _) => Ok(Dump { bytes, form: Form::Rows }),
        (_, Ok(bytes)) => Ok(Dump { bytes, form: Form::Words }),
        (Err(fault), _) => bits.map(|bytes| Dump { bytes, form: Form::Bits }).map_err(|_| fault),
    }
}

fn has_colons(all: &[(Line<'_>, Kind<'_>)]) -> bool {
    all.iter().any(|(_, kind)| matches!(kind, Kind::Row { offset: Some(word), .. } if word.text.ends_with(':')))
}

fn in_doubt(word: &str) -> String {
    format!("which byte of {word} is first? `hexdump -C` and `od -A x -t x1` leave no doubt")
}

fn in_order(all: &[(Line<'_>, Kind<'_>)], order: Order) -> Result<Vec<u8>, Fault> {
    let mut rows = Vec::with_capacity(all.len());
    let has_colons = has_colons(all);
    let ends = all.iter().any(|(_, kind)| matches!(kind, Kind::End(_)));
    for (line, kind) in all {
        let Kind::Row { words, .. } = kind else { continue };
        let (bytes, told) = row(*line, words, order)?;
        let wide = words.first().filter(|word| word.text.len() > 2 && order != Order::Bits);
        // Without a colon it is hexdump or od, which print words as the processor has them: its offsets tell how many
        // bytes the last word has.
        if let Some(wide) = wide
            && !has_colons
            && !told
            && (order == Order::Big || !ends || !matches!(wide.text.len(), 4 | 8 | 16))
        {
            return Err(Fault::new(wide.at, in_doubt(&format!("the {} digits", wide.text.len()))));
        }
        rows.push(bytes);
    }
    // Only od counts in octal, with seven digits; it and xxd can count in decimal.
    let octal = all.iter().all(|(_, kind)| match kind {
        Kind::Row { offset: Some(word), .. } | Kind::End(word) => word.text.len() == 7,
        _ => true,
    });
    let widest = all.iter().filter_map(|(_, kind)| match kind {
        Kind::Row { words, .. } => words.first().map(|word| word.text.len() / 2),
        _ => None,
    });
    // The last word is filled up with zeros.
    let padding = if order == Order::Little { widest.max().unwrap_or(0).saturating_sub(1) } else { 0 };
    let mut fits: Option<Vec<u8>> = None;
    let mut furthest: Option<Fault> = None;
    for base in [16, 10, if octal { 8 } else { 16 }] {
        match (assembled(all, &rows, base, padding), &fits) {
            (Ok(bytes), Some(known)) if bytes != *known => {
                let at = all.last().map_or(0, |(line, _)| line.at);
                return Err(Fault::new(at, "is this octal or decimal? `od -A x -t x1` leaves no doubt"));
            }
            (Ok(bytes), _) => fits = Some(bytes),
            (Err(fault), _) if furthest.as_ref().is_none_or(|known| known.at < fault.at) => furthest = Some(fault),
            (Err(_), _) => {}
        }
    }
    fits.ok_or_else(|| furthest.unwrap_or_else(|| Fault::new(0, "no bytes")))
}

/// The bytes of a row, and whether text beside them says the same.
fn row(line: Line<'_>, words: &[Word<'_>], order: Order) -> Result<(Vec<u8>, bool), Fault> {
    let mut bytes = Vec::new();
    // How many bytes there are after each word, as far as they are bytes.
    let mut ends = Vec::new();
    let mut fault = None;
    let width = words.first().map_or(0, |word| word.text.len());
    for word in words {
        if word.text.len() > width && is_hex(word.text) {
            let wrong = format!("'{}' has more digits than the words before it", word.text);
            fault = Some(Fault::new(word.at, wrong));
            break;
        }
        match bytes_of_word(*word, order) {
            Ok(more) => bytes.extend(more),
            Err(wrong) => {
                fault = Some(wrong);
                break;
            }
        }
        ends.push(bytes.len());
    }
    if line.text.len() <= LINE {
        for (word, end) in words.iter().zip(&ends).rev() {
            let (Some(own), tail) = (bytes.get(..*end), line.after(*word)) else { continue };
            if says(tail, own) {
                bytes.truncate(*end);
                return Ok((bytes, true));
            }
        }
    }
    match fault {
        None => Ok((bytes, false)),
        Some(fault) => Err(fault),
    }
}

/// Whether what stands behind the bytes of a row is the same bytes as text.
fn says(tail: &str, bytes: &[u8]) -> bool {
    let bare = tail.trim_start();
    for (open, close) in [('|', '|'), ('>', '<')] {
        if let Some(inner) = bare.strip_prefix(open).and_then(|inner| inner.strip_suffix(close))
            && is_text_of(inner, bytes)
        {
            return true;
        }
    }
    // Spaces at its end may have been cut off.
    let spaces = bytes.iter().rev().take_while(|byte| **byte == b' ').count();
    let count = tail.chars().count();
    (bytes.len() - spaces..=bytes.len()).rev().any(|len| {
        // Some print a space in the middle of the text.
        [len, len + 1].into_iter().any(|columns| {
            let before = count.saturating_sub(columns);
            let Some((split, _)) = tail.char_indices().nth(before) else { return false };
            let (gap, text) = tail.split_at(split);
            let parted = gap.chars().count() > 1 || gap.contains('\t');
            parted && gap.trim().is_empty() && bytes.get(..len).is_some_and(|bytes| is_text_of(text, bytes))
        })
    })
}

/// Whether each character is that of its byte, or stands for one that has none.
fn is_text_of(text: &str, bytes: &[u8]) -> bool {
    let fits = |(c, byte): (char, &u8)| match byte {
        0x20..0x7f => c == char::from(*byte),
        _ => c == '.' || !c.is_ascii(),
    };
    let count = text.chars().count();
    if count == bytes.len() {
        return text.chars().zip(bytes).all(fits);
    }
    let middle = text.char_indices().nth(8).filter(|(_, c)| *c == ' ' && count == bytes.len() + 1);
    middle.is_some_and(|(at, _)| {
        let (first, second) = text.split_at(at);
        first.chars().chain(second.chars().skip(1)).zip(bytes).all(fits)
    })
}

/// The bytes of all rows, where the offsets count them in this base.
fn assembled(all: &[(Line<'_>, Kind<'_>)], rows: &[Vec<u8>], base: u32, padding: usize) -> Result<Vec<u8>, Fault> {
    let mut bytes: Vec<u8> = Vec::new();
    let mut rows = rows.iter();
    let mut first = None;
    let mut previous: &[u8] = &[];
    let mut repeats = false;
    for (line, kind) in all {
        let (offset, row) = match kind {
            Kind::Repeat => {
                repeats = true;
                continue;
            }
            Kind::Row { offset, .. } => (*offset, rows.next().map_or(&[][..], Vec::as_slice)),
            Kind::End(offset) => (Some(*offset), &[][..]),
        };
        if let Some(word) = offset {
            let digits = offset_digits(word).unwrap_or_default();
            let wrong = |why: &str| Fault::new(word.at, format!("the offset '{}' {why}", word.text));
            let offset = u64::from_str_radix(digits, base).map_err(|_| wrong("is no number"))?;
            let start = *first.get_or_insert(offset);
            let here = offset.checked_sub(start).ok_or_else(|| wrong("is less than the first"))?;
            let here = usize::try_from(here).unwrap_or(usize::MAX);
            let padding = if matches!(kind, Kind::End(_)) { padding } else { 0 };
            if repeats {
                if here > DUMP_BYTES {
                    return Err(Fault::too_long(word.at));
                }
                if previous.is_empty() || here < bytes.len() {
                    return Err(wrong("does not say how often the row before the '*' repeats"));
                }
                let missing = here - bytes.len();
                bytes.extend(previous.iter().cycle().take(missing));
                repeats = false;
            } else if here < bytes.len() && bytes.len() - here <= padding && bytes.iter().skip(here).all(|b| *b == 0) {
                bytes.truncate(here);
            } else if here != bytes.len() {
                let counted = bytes.len();
                return Err(wrong(&format!(
                    "does not count the bytes before it: they are {counted}, and it stands at {here}; is a row missing, or are these two dumps?"
                )));
            }
        }
        bytes.extend_from_slice(row);
        previous = row;
        if bytes.len() > DUMP_BYTES {
            return Err(Fault::too_long(line.at));
        }
    }
    match all.last() {
        Some((line, _)) if repeats => {
            Err(Fault::new(line.at, "how often the row repeats is said by the offset after '*', which is missing"))
        }
        _ => Ok(bytes),
    }
}
