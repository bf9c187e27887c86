//! The functions of the language: what they take, and what they give.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::slice;
use super::value::{Value, Values};
use crate::base::number::wide;
use crate::fields::display::Type;

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Upper,
    Lower,
    Len,
    Count,
    String,
    Vals,
    Dec,
    Hex,
    Float,
    Double,
    Max,
    Min,
    Abs,
    SpecialName,
    SpecialMask,
    LinkLocal,
    Multicast,
    Rfc1918,
    Ula,
}

/// All of them: name, function, what it does.
pub(super) const FUNCTIONS: &[(&str, Function, &str)] = &[
    ("upper", Function::Upper, "text in capital letters (ASCII)"),
    ("lower", Function::Lower, "text in small letters (ASCII)"),
    ("len", Function::Len, "bytes of text, bytes, an address"),
    ("count", Function::Count, "how often a name occurs"),
    ("string", Function::String, "a number, an address, a time as text"),
    ("vals", Function::Vals, "the word for a number"),
    ("dec", Function::Dec, "a whole number as decimal text"),
    ("hex", Function::Hex, "a whole number as hexadecimal text"),
    ("float", Function::Float, "a number with a fraction"),
    ("double", Function::Double, "a number with a fraction"),
    ("max", Function::Max, "the greatest of all values"),
    ("min", Function::Min, "the least of all values"),
    ("abs", Function::Abs, "a number without its sign"),
    ("ip_special_name", Function::SpecialName, "what a special-purpose block of addresses is called"),
    ("ip_special_mask", Function::SpecialMask, "what addresses of that block may be used for, as five bits"),
    ("ip_linklocal", Function::LinkLocal, "an address of the link only"),
    ("ip_multicast", Function::Multicast, "an address of a group"),
    ("ip_rfc1918", Function::Rfc1918, "a private IPv4 address"),
    ("ip_ula", Function::Ula, "a unique local IPv6 address"),
];

/// The function of this name.
pub(super) fn named(name: &str) -> Option<Function> {
    FUNCTIONS.iter().find(|(known, ..)| *known == name).map(|(_, function, _)| *function)
}

impl Function {
    pub(super) fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, function, _)| *function == self).map_or("", |(name, ..)| name)
    }

    /// It takes as many arguments as there are.
    pub(super) fn takes_many(self) -> bool {
        matches!(self, Function::Max | Function::Min)
    }

    /// What it gives for an argument of this type; the error says what it takes.
    pub(super) fn gives(self, kind: Type, words: bool) -> Result<Type, &'static str> {
        let address = matches!(kind, Type::Ipv4 | Type::Ipv6);
        let any = kind == Type::Any;
        match self {
            Function::Upper | Function::Lower if kind == Type::Text || any => Ok(Type::Text),
            Function::Upper | Function::Lower => Err("it takes text"),
            Function::Len if kind == Type::Text || kind.is_bytes() || address || any => Ok(Type::Unsigned(64)),
            Function::Len => Err("it takes text, bytes or an address"),
            Function::Count => Ok(Type::Unsigned(64)),
            Function::String if !matches!(kind, Type::Text | Type::Bytes | Type::Header | Type::Presence) => {
                Ok(Type::Text)
            }
            Function::String => Err("it takes a number, an address, true or false, a time"),
            Function::Vals if words => Ok(Type::Text),
            Function::Vals => Err("it takes a name whose numbers have words, like an opcode"),
            Function::Dec | Function::Hex if matches!(kind, Type::Unsigned(_) | Type::Flag) || any => Ok(Type::Text),
            Function::Dec | Function::Hex => Err("it takes a whole number"),
            Function::Float | Function::Double if kind.is_number() || kind == Type::Span || any => Ok(Type::Float),
            Function::Float | Function::Double => Err("it takes a number"),
            Function::Abs if kind.is_number() || kind == Type::Span || any => Ok(kind),
            Function::Abs => Err("it takes a number"),
            Function::Max | Function::Min if kind != Type::Presence => Ok(kind),
            Function::Max | Function::Min => Err("it takes values that have an order"),
            Function::SpecialName if address => Ok(Type::Text),
            Function::SpecialMask if address => Ok(Type::Unsigned(8)),
            Function::LinkLocal | Function::Multicast if address => Ok(Type::Flag),
            Function::Rfc1918 if kind == Type::Ipv4 => Ok(Type::Flag),
            Function::Ula if kind == Type::Ipv6 => Ok(Type::Flag),
            Function::Rfc1918 => Err("it takes an IPv4 address"),
            Function::Ula => Err("it takes an IPv6 address"),
            _ => Err("it takes an IPv4 or IPv6 address"),
        }
    }

    /// What it makes of the values of its arguments. `digits`: of `hex()`, how many there are at least.
    pub(super) fn apply<'a>(self, arguments: Vec<Values<'a>>, digits: usize) -> Values<'a> {
        match self {
            Function::Max => extreme(arguments, Ordering::Greater),
            Function::Min => extreme(arguments, Ordering::Less),
            Function::Count => {
                let count = arguments.first().map_or(0, |values| values.as_slice().len());
                if count == 0 { Values::None } else { Values::One(Value::Unsigned(wide(count))) }
            }
            _ => {
                let first = arguments.into_iter().next().unwrap_or_default();
                first.filter_map(|value| self.of(value, digits))
            }
        }
    }

    fn of<'a>(self, value: Value<'a>, digits: usize) -> Option<Value<'a>> {
        let text = |text: String| Some(Value::Text(Cow::Owned(text)));
        match (self, value) {
            (Function::Upper, Value::Text(value)) => text(value.to_ascii_uppercase()),
            (Function::Lower, Value::Text(value)) => text(value.to_ascii_lowercase()),
            (Function::Len, value) => slice::length(&value).map(Value::Unsigned),
            (Function::String | Function::Vals, value) => text(value.to_text()),
            (Function::Dec, value) => text(value.as_whole()?.to_string()),
            (Function::Hex, value) => text(format!("0x{:0digits$x}", value.as_whole()?)),
            (Function::Float | Function::Double, value) => value.as_float().map(Value::Float),
            (Function::Abs, Value::Signed(number)) => Some(Value::Unsigned(number.unsigned_abs())),
            (Function::Abs, Value::Float(number)) => Some(Value::Float(number.abs())),
            (Function::Abs, Value::Span(span)) => Some(Value::Span(span.saturating_abs())),
            (Function::Abs, value) => value.as_whole().is_some().then_some(value),
            (Function::SpecialName, value) => special(&value).map(|block| Value::text(block.name)),
            (Function::SpecialMask, value) => Some(Value::Unsigned(special(&value).map_or(0, |block| block.mask))),
            (Function::LinkLocal, value) => in_any(&value, &[(0xa9fe_0000, 16)], &[(0xfe80 << 112, 10)]),
            (Function::Multicast, value) => in_any(&value, &[(0xe000_0000, 4)], &[(0xff00 << 112, 8)]),
            (Function::Rfc1918, value) => {
                in_any(&value, &[(0x0a00_0000, 8), (0xac10_0000, 12), (0xc0a8_0000, 16)], &[])
            }
            (Function::Ula, value) => in_any(&value, &[], &[(0xfc00 << 112, 7)]),
            _ => None,
        }
    }
}

fn extreme(arguments: Vec<Values<'_>>, wanted: Ordering) -> Values<'_> {
    let mut best: Option<Value<'_>> = None;
    for values in arguments {
        for value in values.as_slice() {
            if best.as_ref().is_none_or(|best| value.order(best) == Some(wanted)) {
                best = Some(value.clone());
            }
        }
    }
    best.into()
}

fn in_any<'a>(value: &Value<'_>, v4: &[(u32, u8)], v6: &[(u128, u8)]) -> Option<Value<'a>> {
    let inside = |network: Value<'_>| value.order(&network) == Some(Ordering::Equal);
    Some(Value::Flag(match value {
        Value::Ipv4(..) => v4.iter().any(|(address, bits)| inside(Value::Ipv4(*address, *bits))),
        Value::Ipv6(..) => v6.iter().any(|(address, bits)| inside(Value::Ipv6(*address, *bits))),
        _ => return None,
    }))
}

/// A block of the special-purpose address registries (RFC 6890).
struct Block {
    name: &'static str,
    /// Source, destination, forwardable, globally reachable, reserved by protocol, the last lowest.
    mask: u64,
}

/// Network, bits, name, mask; the longest of those that hold an address counts.
const SPECIAL4: &[(u32, u8, &str, u64)] = &[
    (0x0000_0000, 32, "\"This host on this network\"", 0b10001),
    (0x0000_0000, 8, "\"This network\"", 0b10001),
    (0x0a00_0000, 8, "Private-Use", 0b11100),
    (0x6440_0000, 10, "Shared Address Space", 0b11100),
    (0x7f00_0000, 8, "Loopback", 0b00001),
    (0xa9fe_0000, 16, "Link Local", 0b11001),
    (0xac10_0000, 12, "Private-Use", 0b11100),
    (0xc000_0000, 24, "IETF Protocol Assignments", 0b00000),
    (0xc000_0200, 24, "Documentation (TEST-NET-1)", 0b00000),
    (0xc058_6300, 24, "Deprecated (6to4 Relay Anycast)", 0b00000),
    (0xc0a8_0000, 16, "Private-Use", 0b11100),
    (0xc612_0000, 15, "Benchmarking", 0b11100),
    (0xc633_6400, 24, "Documentation (TEST-NET-2)", 0b00000),
    (0xcb00_7100, 24, "Documentation (TEST-NET-3)", 0b00000),
    (0xf000_0000, 4, "Reserved", 0b00001),
    (0xffff_ffff, 32, "Limited Broadcast", 0b01001),
];

const SPECIAL6: &[(u128, u8, &str, u64)] = &[
    (1, 128, "Loopback Address", 0b00001),
    (0, 128, "Unspecified Address", 0b10001),
    (0xffff << 32, 96, "IPv4-mapped Address", 0b00001),
    (0x0064_ff9b << 96, 96, "IPv4-IPv6 Translat.", 0b11110),
    (0x0100 << 112, 64, "Discard-Only Address Block", 0b11100),
    (0x2001 << 112, 23, "IETF Protocol Assignments", 0b00000),
    (0x2001 << 112, 32, "TEREDO", 0b11100),
    (0x2001_0db8 << 96, 32, "Documentation", 0b00000),
    (0x2002 << 112, 16, "6to4", 0b11100),
    (0xfc00 << 112, 7, "Unique-Local", 0b11100),
    (0xfe80 << 112, 10, "Link-Local Unicast", 0b11001),
];

fn special(value: &Value<'_>) -> Option<Block> {
    let inside = |network: Value<'_>| value.order(&network) == Some(Ordering::Equal);
    let found = match value {
        Value::Ipv4(..) => {
            let holding = SPECIAL4.iter().filter(|(address, bits, ..)| inside(Value::Ipv4(*address, *bits)));
            holding.max_by_key(|(_, bits, ..)| *bits).map(|(_, _, name, mask)| (*name, *mask))
        }
        Value::Ipv6(..) => {
            let holding = SPECIAL6.iter().filter(|(address, bits, ..)| inside(Value::Ipv6(*address, *bits)));
            holding.max_by_key(|(_, bits, ..)| *bits).map(|(_, _, name, mask)| (*name, *mask))
        }
        _ => None,
    };
    found.map(|(name, mask)| Block { name, mask })
}

/// What is computed of two numbers; nothing where it cannot be: divided by zero, or beyond 64 bits.
pub(super) fn compute<'a>(how: super::tree::Arithmetic, left: &Value<'a>, right: &Value<'a>) -> Option<Value<'a>> {
    use super::tree::Arithmetic::{Add, BitAnd, Divide, Modulo, Multiply, Subtract};
    match (how, left, right) {
        (Add, Value::Time(time) | Value::Span(time), Value::Span(span)) => {
            let sum = time.checked_add(*span)?;
            Some(if matches!(left, Value::Time(_)) { Value::Time(sum) } else { Value::Span(sum) })
        }
        (Subtract, Value::Time(time), Value::Span(span)) => time.checked_sub(*span).map(Value::Time),
        (Subtract, Value::Time(a), Value::Time(b)) | (Subtract, Value::Span(a), Value::Span(b)) => {
            a.checked_sub(*b).map(Value::Span)
        }
        (Multiply | Divide, Value::Span(span), scalar) => {
            let (seconds, scalar) = (super::value::seconds(*span), scalar.as_float()?);
            let result = if how == Multiply { seconds * scalar } else { seconds / scalar };
            result.is_finite().then(|| Value::Span(super::value::nanoseconds(result)))
        }
        (BitAnd, Value::Bytes(a), Value::Bytes(b)) => {
            let bytes = a.iter().zip(b.iter()).map(|(a, b)| a & b).collect();
            (a.len() == b.len()).then_some(Value::Bytes(Cow::Owned(bytes)))
        }
        _ => match (left.as_whole(), right.as_whole()) {
            (Some(a), Some(b)) => Value::whole(match how {
                Add => a.checked_add(b)?,
                Subtract => a.checked_sub(b)?,
                Multiply => a.checked_mul(b)?,
                Divide => a.checked_div(b)?,
                Modulo => a.checked_rem(b)?,
                BitAnd => a & b,
            }),
            _ => {
                let (a, b) = (left.as_float()?, right.as_float()?);
                Some(Value::Float(match how {
                    Add => a + b,
                    Subtract => a - b,
                    Multiply => a * b,
                    Divide => a / b,
                    Modulo => a % b,
                    BitAnd => return None,
                }))
            }
        },
    }
}

/// A number with its sign turned.
pub(super) fn negative(value: Value<'_>) -> Option<Value<'_>> {
    match value {
        Value::Float(number) => Some(Value::Float(-number)),
        Value::Span(span) => span.checked_neg().map(Value::Span),
        value => Value::whole(value.as_whole()?.checked_neg()?),
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal::{ipv4, ipv6};
    use super::*;

    #[test]
    fn special_blocks_are_those_of_the_registry() {
        let name = |value: Option<Value<'_>>| special(&value.unwrap()).map(|block| block.name);
        assert_eq!(name(ipv4("10.1.2.3")), Some("Private-Use"));
        assert_eq!(name(ipv4("255.255.255.255")), Some("Limited Broadcast"));
        assert_eq!(name(ipv4("8.8.8.8")), None);
        assert_eq!(name(ipv6("fe80::1")), Some("Link-Local Unicast"));
        assert_eq!(name(ipv6("2001:db8::1")), Some("Documentation"));
        let flag = |function: Function, value: Option<Value<'static>>| function.of(value.unwrap(), 0);
        assert_eq!(flag(Function::Rfc1918, ipv4("172.31.0.1")), Some(Value::Flag(true)));
        assert_eq!(flag(Function::Rfc1918, ipv4("172.32.0.1")), Some(Value::Flag(false)));
        assert_eq!(flag(Function::Ula, ipv6("fd00::1")), Some(Value::Flag(true)));
        assert_eq!(flag(Function::Multicast, ipv6("ff02::1")), Some(Value::Flag(true)));
        assert_eq!(flag(Function::LinkLocal, ipv4("169.254.1.1")), Some(Value::Flag(true)));
    }

    #[test]
    fn numbers_are_computed_and_what_cannot_be_is_nothing() {
        use super::super::tree::Arithmetic::{Add, BitAnd, Divide, Modulo, Multiply, Subtract};
        let whole = Value::Unsigned;
        assert_eq!(compute(Subtract, &whole(3), &whole(5)), Some(Value::Signed(-2)));
        assert_eq!(compute(Divide, &whole(7), &whole(2)), Some(whole(3)));
        assert_eq!(compute(Divide, &whole(7), &whole(0)), None);
        assert_eq!(compute(Multiply, &whole(u64::MAX), &whole(2)), None);
        assert_eq!(compute(Modulo, &whole(7), &whole(4)), Some(whole(3)));
        assert_eq!(compute(Add, &Value::Float(0.5), &whole(1)), Some(Value::Float(1.5)));
        assert_eq!(
            compute(BitAnd, &Value::bytes(b"\x0f\xf0"), &Value::bytes(b"\x03\x10")),
            Some(Value::bytes(b"\x03\x10"))
        );
        assert_eq!(compute(BitAnd, &Value::bytes(b"\x0f"), &Value::bytes(b"\x03\x10")), None);
        assert_eq!(compute(Multiply, &Value::Span(1_500_000_000), &whole(2)), Some(Value::Span(3_000_000_000)));
    }
}
