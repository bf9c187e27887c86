//! Constants: what a word means where a value of some type is wanted.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::value::{Value, nanoseconds};
use crate::fields::display::{Name, Type};

/// A whole number: decimal, `0x` hexadecimal, `0b` binary, octal behind a zero.
pub(super) fn whole(word: &str) -> Option<u64> {
    let (digits, radix) = match word.as_bytes() {
        [b'0', b'x' | b'X', ..] => (word.get(2..)?, 16),
        [b'0', b'b' | b'B', ..] => (word.get(2..)?, 2),
        [b'0', _, ..] => (word.get(1..)?, 8),
        _ => (word, 10),
    };
    // The standard library would take a sign.
    if digits.starts_with(['+', '-']) { None } else { u64::from_str_radix(digits, radix).ok() }
}

/// A number with a fraction or an exponent, infinity, or no number.
pub(super) fn fraction(word: &str) -> Option<f64> {
    let lower = word.to_ascii_lowercase();
    if matches!(lower.as_str(), "inf" | "infinity" | "nan") || word.starts_with(|c: char| c.is_ascii_digit()) {
        return lower.parse().ok();
    }
    None
}

/// Bytes: pairs of hex digits one after the other, or parted by colons, dots or hyphens, then single digits too.
pub(super) fn bytes(word: &str) -> Option<Vec<u8>> {
    let word = word.strip_prefix(':').unwrap_or(word);
    let Some(separator) = word.chars().find(|c| matches!(c, ':' | '.' | '-')) else {
        // A single digit is a byte too.
        return match word.len() {
            0 => None,
            1 => Some(vec![u8::from_str_radix(word, 16).ok()?]),
            _ => hex::decode(word).ok(),
        };
    };
    let parts = word.strip_suffix(separator).filter(|_| separator == ':').unwrap_or(word).split(separator);
    // Groups of four digits, as some write MAC addresses.
    let mut all = Vec::new();
    for part in parts {
        match part.len() {
            1 => all.push(u8::from_str_radix(part, 16).ok()?),
            2 | 4 => all.extend(hex::decode(part).ok()?),
            _ => return None,
        }
    }
    Some(all)
}

/// An IPv4 address or network.
pub(super) fn ipv4(word: &str) -> Option<Value<'static>> {
    let (address, bits) = network(word, 32)?;
    Some(Value::Ipv4(address.parse::<Ipv4Addr>().ok()?.into(), bits))
}

/// An IPv6 address or network.
pub(super) fn ipv6(word: &str) -> Option<Value<'static>> {
    let (address, bits) = network(word, 128)?;
    Some(Value::Ipv6(address.parse::<Ipv6Addr>().ok()?.into(), bits))
}

fn network(word: &str, most: u8) -> Option<(&str, u8)> {
    let Some((address, bits)) = word.split_once('/') else { return Some((word, most)) };
    Some((address, bits.parse().ok().filter(|bits| *bits <= most)?))
}

/// Something that stands for a value: a word, or what was between quotes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Literal<'a> {
    Word(&'a str),
    Text(&'a [u8]),
    Character(u32),
}

impl Literal<'_> {
    fn whole(self) -> Option<u64> {
        match self {
            Literal::Word(word) => whole(word),
            Literal::Character(value) => Some(value.into()),
            Literal::Text(_) => None,
        }
    }

    fn text(self) -> Option<String> {
        match self {
            Literal::Word(word) => Some(word.to_owned()),
            Literal::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
            Literal::Character(value) => char::from_u32(value).map(String::from),
        }
    }
}

/// The value of a constant where a value of this type is wanted; `name` is what it is compared with, whose words count.
/// The error says what would be right.
pub(super) fn value(literal: Literal<'_>, kind: Type, name: Option<&Name>) -> Result<Value<'static>, String> {
    let words = name.and_then(|name| name.words);
    let word = || Some(Value::Unsigned(words?.number(literal.text()?.as_str())?));
    let made = match kind {
        Type::Presence => None,
        Type::Flag => flag(literal).or_else(word),
        Type::Unsigned(bits) => return unsigned(literal, bits, word(), name),
        Type::Signed => literal.whole().map(Value::Unsigned).or_else(word),
        Type::Float => match literal {
            Literal::Word(text) => fraction(text).or_else(|| as_float(literal)).map(Value::Float),
            _ => as_float(literal).map(Value::Float),
        },
        Type::Text => literal.text().map(|text| Value::Text(Cow::Owned(text))),
        Type::Bytes | Type::Header | Type::Mac => return of_bytes(literal, kind),
        Type::Ipv4 => literal.text().as_deref().and_then(ipv4),
        Type::Ipv6 => literal.text().as_deref().and_then(ipv6),
        Type::Time => time(literal),
        Type::Span => as_float(literal).map(|seconds| Value::Span(nanoseconds(seconds))),
        Type::Any => Some(any(literal)),
    };
    made.ok_or_else(|| expected(kind, name))
}

fn as_float(literal: Literal<'_>) -> Option<f64> {
    match literal {
        Literal::Word(word) => fraction(word).or_else(|| whole(word).map(|number| super::value::float(number.into()))),
        Literal::Character(value) => Some(value.into()),
        Literal::Text(_) => None,
    }
}

fn flag(literal: Literal<'_>) -> Option<Value<'static>> {
    match literal.text()?.to_ascii_lowercase().as_str() {
        "true" => Some(Value::Flag(true)),
        "false" => Some(Value::Flag(false)),
        _ => literal.whole().map(|number| Value::Flag(number != 0)),
    }
}

fn unsigned(
    literal: Literal<'_>,
    bits: u8,
    word: Option<Value<'static>>,
    name: Option<&Name>,
) -> Result<Value<'static>, String> {
    let most = u64::MAX.checked_shr(64 - u32::from(bits.min(64))).unwrap_or(0);
    match literal.whole() {
        Some(number) if number > most => Err(format!("it is at most {most}")),
        Some(number) => Ok(Value::Unsigned(number)),
        None => word.ok_or_else(|| expected(Type::Unsigned(bits), name)),
    }
}

fn of_bytes(literal: Literal<'_>, kind: Type) -> Result<Value<'static>, String> {
    let made = match literal {
        Literal::Text(text) => Some(text.to_vec()),
        // One byte in hex is one byte; of more than that nobody knows the order.
        Literal::Word(word) if word.starts_with("0x") || word.starts_with("0X") => {
            let number = whole(word).and_then(|number| u8::try_from(number).ok());
            return number.map(|byte| Value::Bytes(Cow::Owned(vec![byte]))).ok_or_else(|| {
                "of hexadecimal numbers only those of one byte are bytes: write 12:34 for more".to_owned()
            });
        }
        Literal::Word(word) => bytes(word),
        Literal::Character(value) => u8::try_from(value).ok().map(|byte| vec![byte]),
    };
    let made = made.filter(|bytes| kind != Type::Mac || bytes.len() == 6);
    made.map(|bytes| Value::Bytes(Cow::Owned(bytes))).ok_or_else(|| expected(kind, None))
}

fn time(literal: Literal<'_>) -> Option<Value<'static>> {
    if let Some(seconds) = as_float(literal) {
        return Some(Value::Time(nanoseconds(seconds)));
    }
    super::time::parse(&literal.text()?).map(Value::Time)
}

/// Where anything may stand, a word is what it looks like.
fn any(literal: Literal<'_>) -> Value<'static> {
    match literal {
        Literal::Text(text) => Value::Text(Cow::Owned(String::from_utf8_lossy(text).into_owned())),
        Literal::Character(value) => Value::Unsigned(value.into()),
        Literal::Word(word) => match word.to_ascii_lowercase().as_str() {
            "true" => Value::Flag(true),
            "false" => Value::Flag(false),
            _ => match whole(word) {
                Some(number) => Value::Unsigned(number),
                None => match fraction(word) {
                    Some(number) => Value::Float(number),
                    None => Value::Text(Cow::Owned(word.to_owned())),
                },
            },
        },
    }
}

/// What would be right in the place of a constant of this type.
pub(super) fn expected(kind: Type, name: Option<&Name>) -> String {
    if let Some(words) = name.and_then(|name| name.words) {
        let words: Vec<String> = words.all().iter().map(|(_, word)| format!("\"{word}\"")).collect();
        return format!("a number or one of {} stands here", words.join(", "));
    }
    match kind {
        Type::Presence => "it has no value to compare with: its name alone asks whether it is there",
        Type::Flag => "true or false stands here",
        Type::Unsigned(_) | Type::Signed => "a whole number stands here: 10, 0xa, 0b1010, 012, '\\n'",
        Type::Float => "a number stands here: 1.5, 2e-3",
        Type::Text => "text stands here, between quotes",
        Type::Bytes | Type::Header => "bytes stand here: 00:ff:2e, or text between quotes",
        Type::Mac => "a MAC address stands here: 00:1b:44:11:3a:b7",
        Type::Ipv4 => "an IPv4 address stands here: 10.0.0.1, 10.0.0.0/8",
        Type::Ipv6 => "an IPv6 address stands here: ::1, fe80::/10",
        Type::Time => "a time stands here: \"2020-07-04 12:34:56Z\"",
        Type::Span => "seconds stand here: 0.05",
        Type::Any => "text, a number, true or false stands here",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_four_ways() {
        for word in ["10", "012", "0xa", "0b1010"] {
            assert_eq!(whole(word), Some(10), "{word}");
        }
        assert_eq!((whole("0"), whole("08"), whole("+1"), whole("")), (Some(0), None, None, None));
        assert_eq!((fraction("1.5"), fraction("2e-3"), fraction("x")), (Some(1.5), Some(0.002), None));
    }

    #[test]
    fn bytes_are_written_in_many() {
        let wanted = Some(vec![0, 0x1b, 0x44]);
        for word in ["00:1b:44", "00-1b-44", "00.1b.44", "0.1b.44", "001b44", ":00:1b:44", "001b:44"] {
            assert_eq!(bytes(word), wanted, "{word}");
        }
        assert_eq!((bytes("7a"), bytes("aa:"), bytes("7")), (Some(vec![0x7a]), Some(vec![0xaa]), Some(vec![7])));
        assert_eq!((bytes("xx"), bytes(""), bytes("aa:bb-cc"), bytes("7ab")), (None, None, None, None));
    }

    #[test]
    fn networks_have_a_length() {
        assert_eq!(ipv4("10.0.0.0/8"), Some(Value::Ipv4(0x0a00_0000, 8)));
        assert_eq!(ipv4("10.0.0.1"), Some(Value::Ipv4(0x0a00_0001, 32)));
        assert_eq!(ipv6("::1/64"), Some(Value::Ipv6(1, 64)));
        assert_eq!((ipv4("10.0.0.0/33"), ipv4("10.0.0"), ipv6("::g")), (None, None, None));
    }
}
