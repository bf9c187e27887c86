//! Values, and how two of them compare.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::tree::Comparison;
use crate::fields::display::Type;

/// A value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Only that it is there.
    Present,
    /// True or false.
    Flag(bool),
    /// A whole number.
    Unsigned(u64),
    /// A whole number below zero, or one that was computed with such.
    Signed(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes, a header, a MAC address.
    Bytes(Cow<'a, [u8]>),
    /// An IPv4 address and how many bits of it count.
    Ipv4(u32, u8),
    /// An IPv6 address and how many bits of it count.
    Ipv6(u128, u8),
    /// Nanoseconds since 1970.
    Time(i64),
    /// Nanoseconds.
    Span(i64),
}

/// The values that something has in a row: none, one, or several.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Values<'a> {
    /// It is not there.
    #[default]
    None,
    /// The usual case.
    One(Value<'a>),
    /// It occurs several times.
    Many(Vec<Value<'a>>),
}

impl<'a> Values<'a> {
    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[Value<'a>] {
        match self {
            Values::None => &[],
            Values::One(value) => std::slice::from_ref(value),
            Values::Many(values) => values,
        }
    }

    /// One more.
    pub fn push(&mut self, value: Value<'a>) {
        *self = match std::mem::take(self) {
            Values::None => Values::One(value),
            Values::One(first) => Values::Many(vec![first, value]),
            Values::Many(mut values) => {
                values.push(value);
                Values::Many(values)
            }
        };
    }

    /// What comes of each; what comes to nothing is left out.
    pub(super) fn filter_map(self, mut convert: impl FnMut(Value<'a>) -> Option<Value<'a>>) -> Values<'a> {
        match self {
            Values::None => Values::None,
            Values::One(value) => convert(value).map_or(Values::None, Values::One),
            Values::Many(values) => {
                let values: Vec<_> = values.into_iter().filter_map(convert).collect();
                if values.is_empty() { Values::None } else { Values::Many(values) }
            }
        }
    }
}

impl<'a> FromIterator<Value<'a>> for Values<'a> {
    fn from_iter<I: IntoIterator<Item = Value<'a>>>(values: I) -> Values<'a> {
        let mut all = Values::None;
        values.into_iter().for_each(|value| all.push(value));
        all
    }
}

impl<'a> From<Option<Value<'a>>> for Values<'a> {
    fn from(value: Option<Value<'a>>) -> Values<'a> {
        value.map_or(Values::None, Values::One)
    }
}

impl<'a> Value<'a> {
    /// Text that is borrowed.
    #[must_use]
    pub fn text(text: &'a str) -> Value<'a> {
        Value::Text(Cow::Borrowed(text))
    }

    /// Bytes that are borrowed.
    #[must_use]
    pub fn bytes(bytes: &'a [u8]) -> Value<'a> {
        Value::Bytes(Cow::Borrowed(bytes))
    }

    /// The same, borrowing nothing.
    #[must_use]
    pub fn owned(self) -> Value<'static> {
        match self {
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.into_owned())),
            Value::Present => Value::Present,
            Value::Flag(flag) => Value::Flag(flag),
            Value::Unsigned(number) => Value::Unsigned(number),
            Value::Signed(number) => Value::Signed(number),
            Value::Float(number) => Value::Float(number),
            Value::Ipv4(address, bits) => Value::Ipv4(address, bits),
            Value::Ipv6(address, bits) => Value::Ipv6(address, bits),
            Value::Time(time) => Value::Time(time),
            Value::Span(span) => Value::Span(span),
        }
    }

    /// A whole number of either sign as the one or the other.
    #[must_use]
    pub fn whole(number: i128) -> Option<Value<'static>> {
        match u64::try_from(number) {
            Ok(number) => Some(Value::Unsigned(number)),
            Err(_) => i64::try_from(number).ok().map(Value::Signed),
        }
    }

    /// A whole number, whatever it is written as.
    #[must_use]
    pub fn as_whole(&self) -> Option<i128> {
        match *self {
            Value::Flag(flag) => Some(flag.into()),
            Value::Unsigned(number) => Some(number.into()),
            Value::Signed(number) => Some(number.into()),
            _ => None,
        }
    }

    /// A number with a fraction, of any number.
    #[must_use]
    pub fn as_float(&self) -> Option<f64> {
        match *self {
            Value::Float(number) => Some(number),
            Value::Time(nanoseconds) | Value::Span(nanoseconds) => Some(seconds(nanoseconds)),
            _ => self.as_whole().map(float),
        }
    }

    /// The bytes of text or of bytes.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Text(text) => Some(text.as_bytes()),
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Whether it counts as true where a test is wanted: no zero, and not empty.
    #[must_use]
    pub fn is_true(&self) -> bool {
        match self {
            Value::Present => true,
            Value::Flag(flag) => *flag,
            Value::Unsigned(number) => *number != 0,
            Value::Signed(number) | Value::Time(number) | Value::Span(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Bytes(bytes) => bytes.iter().any(|byte| *byte != 0),
            Value::Ipv4(address, _) => *address != 0,
            Value::Ipv6(address, _) => *address != 0,
        }
    }

    /// The order of two values of a kind; `None` where they are of no kind, or no number is among them.
    #[must_use]
    pub fn order(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Value::Unsigned(a), Value::Unsigned(b)) => Some(a.cmp(b)),
            (Value::Text(a), Value::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
            (Value::Ipv4(a, x), Value::Ipv4(b, y)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(*x.min(y))).unwrap_or(0);
                Some((a & mask).cmp(&(b & mask)))
            }
            (Value::Ipv6(a, x), Value::Ipv6(b, y)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(*x.min(y))).unwrap_or(0);
                Some((a & mask).cmp(&(b & mask)))
            }
            (Value::Time(a), Value::Time(b)) | (Value::Span(a), Value::Span(b)) => Some(a.cmp(b)),
            _ => match (self.as_whole(), other.as_whole()) {
                (Some(a), Some(b)) => Some(a.cmp(&b)),
                _ => match (self.as_float(), other.as_float()) {
                    (Some(a), Some(b)) => a.partial_cmp(&b),
                    _ => Some(self.as_bytes()?.cmp(other.as_bytes()?)),
                },
            },
        }
    }

    /// Whether two values compare so. Patterns are not matched here.
    #[must_use]
    pub fn is(&self, how: Comparison, other: &Value<'_>) -> bool {
        let order = || self.order(other);
        match how {
            Comparison::Equal => order() == Some(Ordering::Equal),
            // What cannot be compared is not the same.
            Comparison::Unequal => order() != Some(Ordering::Equal),
            Comparison::Less => order() == Some(Ordering::Less),
            Comparison::LessOrEqual => order().is_some_and(Ordering::is_le),
            Comparison::Greater => order() == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
            Comparison::Contains => match (self.as_bytes(), other.as_bytes()) {
                (Some(whole), Some(part)) => memchr::memmem::find(whole, part).is_some(),
                _ => false,
            },
            Comparison::Matches => false,
        }
    }

    /// The value as text, as `string()` gives it; none for what has no other form.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Value::Present => String::new(),
            Value::Flag(flag) => (if *flag { "True" } else { "False" }).to_owned(),
            Value::Unsigned(number) => number.to_string(),
            Value::Signed(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Text(text) => text.clone().into_owned(),
            Value::Bytes(bytes) => {
                let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                hex.join(":")
            }
            Value::Ipv4(address, 32..) => Ipv4Addr::from(*address).to_string(),
            Value::Ipv4(address, bits) => format!("{}/{bits}", Ipv4Addr::from(*address)),
            Value::Ipv6(address, 128..) => Ipv6Addr::from(*address).to_string(),
            Value::Ipv6(address, bits) => format!("{}/{bits}", Ipv6Addr::from(*address)),
            Value::Time(time) => super::time::written(*time),
            Value::Span(span) => {
                let sign = if *span < 0 { "-" } else { "" };
                let span = span.unsigned_abs();
                format!("{sign}{}.{:09}", span / 1_000_000_000, span % 1_000_000_000)
            }
        }
    }

    /// Its type.
    #[must_use]
    pub fn kind(&self) -> Type {
        match self {
            Value::Present => Type::Presence,
            Value::Flag(_) => Type::Flag,
            Value::Unsigned(_) => Type::Unsigned(64),
            Value::Signed(_) => Type::Signed,
            Value::Float(_) => Type::Float,
            Value::Text(_) => Type::Text,
            Value::Bytes(_) => Type::Bytes,
            Value::Ipv4(..) => Type::Ipv4,
            Value::Ipv6(..) => Type::Ipv6,
            Value::Time(_) => Type::Time,
            Value::Span(_) => Type::Span,
        }
    }
}

/// The nearest number with a fraction.
#[expect(clippy::cast_precision_loss, reason = "a comparison with a fraction asks for no more than it can hold")]
pub(super) fn float(number: i128) -> f64 {
    number as f64
}

pub(super) fn seconds(nanoseconds: i64) -> f64 {
    float(nanoseconds.into()) / 1e9
}

/// Nanoseconds of a number of seconds, as far as 64 bits hold them.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float stops at the ends of its range")]
pub(super) fn nanoseconds(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_whatever_they_are_written_as() {
        assert!(Value::Unsigned(3).is(Comparison::Greater, &Value::Signed(-4)));
        assert!(Value::Float(2.5).is(Comparison::Less, &Value::Unsigned(3)));
        assert!(Value::Flag(true).is(Comparison::Equal, &Value::Unsigned(1)));
        assert!(!Value::Float(f64::NAN).is(Comparison::Equal, &Value::Float(f64::NAN)));
        assert!(Value::Unsigned(u64::MAX).is(Comparison::Greater, &Value::Signed(i64::MAX)));
    }

    #[test]
    fn of_networks_only_their_bits_count() {
        let address = |text: &str| u32::from(text.parse::<Ipv4Addr>().unwrap());
        let net = Value::Ipv4(address("10.1.0.0"), 16);
        assert!(Value::Ipv4(address("10.1.2.3"), 32).is(Comparison::Equal, &net));
        assert!(Value::Ipv4(address("10.2.0.0"), 32).is(Comparison::Greater, &net));
        assert!(Value::Ipv4(1, 32).is(Comparison::Equal, &Value::Ipv4(9, 0)));
        assert!(Value::Ipv6(1, 128).is(Comparison::Equal, &Value::Ipv6(9, 0)));
    }
}
