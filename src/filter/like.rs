//! A filter for what is like something that is seen: a name, and its value written as the language has it.
//!
//! In: a name and a value that a row has under it. Out: `websocket.opcode == 9`. What has no value asks whether it is there.

use std::fmt::Write as _;

use super::value::Value;
use super::{Expression, Filter};
use crate::base::limits;
use crate::fields::display::{Name, Type};

/// The test that a value under a name passes; none where it is too long to be written, or has no form in the language.
///
/// ```
/// use sockeye::filter::{Value, like};
/// let name = sockeye::fields::display::named("ws.text").unwrap();
/// assert_eq!(like(&name, &Value::text("say \"hi\"")).as_deref(), Some(r#"websocket.payload.text == "say \"hi\"""#));
/// ```
#[must_use]
pub fn like(name: &Name, value: &Value<'_>) -> Option<String> {
    if value.as_bytes().is_some_and(|bytes| bytes.len() > limits::FILTER_LIKE_BYTES) {
        return None;
    }
    // That a header is there is what is common to those that have it.
    let bare = matches!(value, Value::Present) || name.kind == Type::Header && matches!(value, Value::Bytes(_));
    let test = if bare { name.name().to_owned() } else { format!("{} == {}", name.name(), literal(value)) };
    Filter::compile(&test).is_ok().then_some(test)
}

/// The test that a value of an expression passes; of a test, itself or its contrary.
///
/// ```
/// use sockeye::filter::{Expression, Value, like_expression};
/// let expression = Expression::compile("ws.length * 2").unwrap();
/// assert_eq!(like_expression(&expression, &Value::Signed(8)).as_deref(), Some("(ws.length * 2) == 8"));
/// ```
#[must_use]
pub fn like_expression(expression: &Expression, value: &Value<'_>) -> Option<String> {
    if let [name] = expression.names()
        && name.names.contains(&expression.text())
    {
        return like(name, value);
    }
    if value.as_bytes().is_some_and(|bytes| bytes.len() > limits::FILTER_LIKE_BYTES) {
        return None;
    }
    let text = expression.text();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'[' | b']'));
    let whole = if plain { text.to_owned() } else { format!("({text})") };
    let test = match value {
        Value::Flag(flag) if expression.is_test() => format!("{}{whole}", if *flag { "" } else { "!" }),
        value => format!("{whole} == {}", literal(value)),
    };
    Filter::compile(&test).is_ok().then_some(test)
}

/// A constant as it is written.
fn literal(value: &Value<'_>) -> String {
    match value {
        Value::Flag(flag) => u8::from(*flag).to_string(),
        Value::Text(text) => quoted(text),
        Value::Time(_) => quoted(&value.to_text()),
        value => value.to_text(),
    }
}

/// A string constant.
pub(super) fn quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if c.is_ascii_control() => {
                let _ = write!(literal, "\\x{:02x}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::display::named;

    #[test]
    fn every_kind_of_value_is_written_as_a_constant() {
        let like = |name: &str, value: Value<'_>| super::like(&named(name).unwrap(), &value);
        let cases = [
            ("websocket.opcode", Value::Unsigned(9), Some("websocket.opcode == 9")),
            ("websocket.fin", Value::Flag(true), Some("websocket.fin == 1")),
            ("ws.text", Value::text("a\n\u{1}\\é"), Some("websocket.payload.text == \"a\\n\\x01\\\\é\"")),
            ("websocket.masking_key", Value::bytes(&[0, 255, 10, 1]), Some("websocket.masking_key == 00:ff:0a:01")),
            ("ip.src", Value::Ipv4(0x0a00_0001, 32), Some("ip.src == 10.0.0.1")),
            ("frame.time_relative", Value::Span(1_500_000_000), Some("frame.time_relative == 1.500000000")),
            ("websocket", Value::bytes(b"abc"), Some("websocket")),
            ("websocket.payload.close", Value::Present, Some("websocket.payload.close")),
            ("ws.text", Value::Text("x".repeat(100_000).into()), None),
        ];
        for (name, value, test) in cases {
            assert_eq!(like(name, value).as_deref(), test, "{name}");
        }
        assert!(like("websocket.payload", Value::bytes(&[7])).is_some(), "one byte is a constant too");
        assert!(like("frame.time", Value::Time(1_600_000_000_123_456_789)).is_some());
    }
}
