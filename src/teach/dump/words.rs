//! Words of hex and what is between them: plain hex, arrays of programs, base64, bits.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::{Dump, Fault, Form, Word, words_of};
use crate::base::limits::DUMP_BYTES;

/// The order of the bytes of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they are read.
    Big,
    /// The last two digits are the first byte.
    Little,
    /// Each word is the eight bits of a byte.
    Bits,
}

pub fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn are_bits(text: &str) -> bool {
    !text.is_empty() && text.len().is_multiple_of(8) && text.bytes().all(|byte| matches!(byte, b'0' | b'1'))
}

/// The bytes of one word of hex digits.
pub fn bytes_of_word(word: Word<'_>, order: Order) -> Result<Vec<u8>, Fault> {
    let text = word.text;
    if order == Order::Bits {
        return match are_bits(text) {
            true => Ok(bytes_of_bits(text)),
            false => Err(Fault::new(word.at, format!("'{text}' is not the eight bits of a byte"))),
        };
    }
    let prefix = ["0x", "0X", "\\x"].into_iter().find(|prefix| text.starts_with(prefix)).unwrap_or("");
    let digits = text.get(prefix.len()..).unwrap_or_default();
    if text == "*" {
        let wrong =
            "'*' stands for rows that repeat, and no offset says how often; `od -v` and `hexdump -v` print them";
        return Err(Fault::new(word.at, wrong));
    }
    if let Some((offset, wrong)) = digits.char_indices().find(|(_, c)| !c.is_ascii_hexdigit()) {
        let shown: String = text.chars().take(20).collect();
        return Err(Fault::new(word.at + prefix.len() + offset, format!("'{wrong}' of '{shown}' is no hex digit")));
    }
    match hex::decode(digits) {
        Ok(bytes) if bytes.is_empty() => Err(Fault::new(word.at, format!("'{text}' has no digits"))),
        Ok(mut bytes) => {
            if order == Order::Little {
                bytes.reverse();
            }
            Ok(bytes)
        }
        Err(_) => {
            let (shown, count): (String, usize) = (text.chars().take(20).collect(), digits.len());
            let plural = if count == 1 { "" } else { "s" };
            Err(Fault::new(word.at, format!("'{shown}' has {count} digit{plural}, and a byte is two digits")))
        }
    }
}

fn bytes_of_bits(text: &str) -> Vec<u8> {
    let bits = |byte: &[u8]| byte.iter().fold(0, |value: u8, bit| value << 1 | u8::from(*bit == b'1'));
    text.as_bytes().chunks(8).map(bits).collect()
}

/// Hex with separators or without, bits, base64.
pub fn plain(text: &str) -> Result<Dump, Fault> {
    let words: Vec<Word<'_>> = words_of(text, 0, char::is_whitespace).collect();
    let bits: Vec<&str> = words.iter().map(|word| word.text.strip_prefix("0b").unwrap_or(word.text)).collect();
    if bits.iter().all(|bits| are_bits(bits)) && bits.iter().any(|bits| bits.contains('1')) {
        let bytes = bits.iter().flat_map(|bits| bytes_of_bits(bits)).collect();
        return limited(Dump { bytes, form: Form::Bits });
    }
    let hex = separators(text).and_then(|()| {
        let mut bytes = Vec::new();
        for word in words_of(text, 0, |c| c.is_whitespace() || matches!(c, ',' | ':' | '-' | ';')) {
            // `\x81\x85` without anything between.
            match word.text.strip_prefix("\\x") {
                Some(rest) if rest.contains("\\x") => {
                    for part in words_of(rest, word.at + 2, |c| c == '\\') {
                        let text = part.text.strip_prefix('x').unwrap_or(part.text);
                        bytes.extend(bytes_of_word(Word { text, at: part.at }, Order::Big)?);
                    }
                }
                _ => bytes.extend(bytes_of_word(word, Order::Big)?),
            }
        }
        Ok(bytes)
    });
    match hex {
        Ok(bytes) => limited(Dump { bytes, form: Form::Hex }),
        Err(fault) => base64(text).ok_or(fault).and_then(limited),
    }
}

/// Bytes are parted by one kind of separator: a second one is the text of a dump, or something else that is no byte.
fn separators(text: &str) -> Result<(), Fault> {
    let mut known = None;
    for (at, c) in text.char_indices().filter(|(_, c)| matches!(c, ',' | ':' | '-' | ';')) {
        let before = text.get(..at).is_some_and(|before| before.ends_with(char::is_whitespace));
        let known = *known.get_or_insert(c);
        if c != known || before {
            return Err(Fault::new(at, format!("'{c}' stands between bytes that something else parts")));
        }
    }
    let Some(separator @ (':' | '-')) = known else { return Ok(()) };
    // `81:85 cb`: which of them is the text of a dump?
    let alone = words_of(text, 0, char::is_whitespace).find(|word| !word.text.contains(separator));
    match alone.filter(|word| text.trim() != word.text) {
        Some(word) if text.trim_end().len() > word.at + word.text.len() || word.at > 0 => {
            Err(Fault::new(word.at, format!("'{}' is parted by a space, and other bytes by '{separator}'", word.text)))
        }
        _ => Ok(()),
    }
}

fn limited(dump: Dump) -> Result<Dump, Fault> {
    if dump.bytes.len() > DUMP_BYTES { Err(Fault::too_long(0)) } else { Ok(dump) }
}

/// Every `\x` has its two digits, and nothing but separators is between.
pub fn are_escapes_alone(text: &str) -> bool {
    let rest = text.split("\\x").skip(1).all(|part| {
        let digits = part.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
        digits.len() == 2 && is_hex(digits)
    });
    rest && text.trim_start().starts_with("\\x")
}

/// Base64, where what comes out can begin a frame or a handshake: many a word is base64 by chance.
fn base64(text: &str) -> Option<Dump> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text = match text.trim().split_once(";base64,") {
        Some((head, body)) if head.starts_with("data:") => body,
        _ => text.trim(),
    };
    // Lines are wrapped at one width; words of a sentence are not.
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let (last, others) = lines.split_last()?;
    let width = others.first().map_or(last.len(), |line| line.len());
    if others.iter().any(|line| line.len() != width) || last.len() > width {
        return None;
    }
    let joined: String = lines.concat();
    let engines = [STANDARD, URL_SAFE].map(|alphabet| GeneralPurpose::new(&alphabet, LENIENT));
    let bytes = engines.iter().find_map(|engine| engine.decode(&joined).ok())?;
    let first = *bytes.first()?;
    let begins_frame = first & 0x30 == 0 && matches!(first & 0x0f, 0..=2 | 8..=10) && bytes.len() > 1;
    let begins_head = bytes.starts_with(b"GET ") || bytes.starts_with(b"HTTP/1.");
    (begins_frame || begins_head).then_some(Dump { bytes, form: Form::Base64 })
}

/// The numbers of a program's array: what stands before it declares it, what stands behind it ends it.
pub fn array(text: &str) -> Result<Dump, Fault> {
    let data = text.find("\"data\"").unwrap_or(0);
    let (open, close) = [("{", '}'), ("<Buffer", '>'), ("<<", '>'), ("[", ']')]
        .into_iter()
        .find_map(|(open, close)| {
            let from = if open == "[" { text.rfind("= [").unwrap_or(data) } else { data };
            // In JSON the braces are those of the object.
            let at = text.get(from..)?.find(open).filter(|_| data == 0 || open == "[")?;
            Some((from + at + open.len(), close))
        })
        .ok_or_else(|| Fault::new(0, "no array"))?;
    let inside = text.get(open..).unwrap_or_default();
    let inside = without_comments(inside);
    let Some(end) = inside.find(close) else {
        return Err(Fault::new(open, format!("the array has no '{close}' at its end")));
    };
    let (numbers, after) = inside.split_at(end);
    let words: Vec<Word<'_>> = words_of(numbers, open, |c| c.is_whitespace() || c == ',').collect();
    let bytes = numbers_of(&words, text.get(..open).is_some_and(|before| before.ends_with("<Buffer")))?;
    ends(after, open + end, bytes.len())?;
    limited(Dump { bytes, form: Form::Array })
}

/// Comments, as spaces, so that every place stays what it is.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('/') {
        let (before, from) = rest.split_at(at);
        kept += before;
        let end = if from.starts_with("/*") { "*/" } else { "\n" };
        let is_comment = from.starts_with("/*") || from.starts_with("//");
        let len = if is_comment { from.find(end).map_or(from.len(), |at| at + end.len()) } else { 1 };
        let (some, after) = from.split_at(len);
        match is_comment {
            true => kept.extend(some.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })),
            false => kept += some,
        }
        rest = after;
    }
    kept + rest
}

/// What may stand behind an array: the end of a statement, and how long the array is.
fn ends(after: &str, at: usize, len: usize) -> Result<(), Fault> {
    for word in words_of(after, at, |c: char| c.is_whitespace() || matches!(c, ';' | '}' | ']' | ')' | '>' | '=')) {
        let is_name = word.text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match word.text.parse::<usize>() {
            Ok(said) if said == len => {}
            Ok(said) => {
                return Err(Fault::new(word.at, format!("the array is said to have {said} bytes, and has {len}")));
            }
            Err(_) if is_name => {}
            Err(_) => return Err(Fault::new(word.at, "something follows the array; give one array at a time")),
        }
    }
    Ok(())
}

/// The bytes of numbers: hex where they say so, else decimal; where they could be either they are neither.
fn numbers_of(words: &[Word<'_>], are_hex: bool) -> Result<Vec<u8>, Fault> {
    let bare = |word: &Word<'_>| {
        let text = word.text.strip_prefix("(byte)").unwrap_or(word.text);
        text.strip_suffix("_u8").or_else(|| text.strip_suffix("u8")).unwrap_or(text).to_owned()
    };
    let all: Vec<String> = words.iter().map(bare).collect();
    let prefixed = all.iter().any(|text| text.starts_with("0x") || text.starts_with("0X") || text.starts_with("0b"));
    let pairs = all.iter().all(|text| text.len() == 2 && is_hex(text));
    let letters = all.iter().any(|text| text.bytes().any(|byte| byte.is_ascii_alphabetic()));
    if let (true, false, false, Some(word)) = (pairs, letters, are_hex, words.first()) {
        let way_out = "write 0x81 for hex, or the digits without brackets";
        return Err(Fault::new(word.at, format!("are these numbers decimal or hex? {way_out}")));
    }
    let mut bytes = Vec::new();
    for (word, text) in words.iter().zip(&all) {
        if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            let padded = if digits.len() == 1 { format!("0{digits}") } else { digits.to_owned() };
            bytes.extend(bytes_of_word(Word { text: &padded, at: word.at }, Order::Big)?);
        } else if let Some(bits) = text.strip_prefix("0b").filter(|bits| are_bits(bits)) {
            bytes.extend(bytes_of_bits(bits));
        } else if let [b'\'', c @ 0x20..0x7f, b'\''] = text.as_bytes() {
            bytes.push(*c);
        } else if !prefixed && (pairs || are_hex) {
            bytes.extend(bytes_of_word(Word { text, at: word.at }, Order::Big)?);
        } else {
            let plain = text == "0" || !text.starts_with('0');
            let number = text.parse::<u8>().ok().filter(|_| plain);
            let wrong = || Fault::new(word.at, format!("'{text}' is no byte: write 0x81, or 129"));
            bytes.push(number.ok_or_else(wrong)?);
        }
    }
    Ok(bytes)
}
