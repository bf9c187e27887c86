//! The words of a capture filter.
//!
//! In: the expression. Out: [`Token`]s. A character or word that only libpcap's own scanner knows is a
//! [`Problem::Unknown`]. Source: scanner.l of libpcap 1.10.

use std::net::Ipv6Addr;

use super::problem::{Problem, unknown, wrong};

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word of letters: `tcp`, `port`, `src`.
    Word(String),
    /// A number, decimal, octal or hexadecimal.
    Number(u32),
    /// Two numbers with a dash.
    Range(u16, u16),
    /// Two to four numbers with dots, the missing ones zero, and how many there were.
    V4(u32, u8),
    /// An IPv6 address.
    V6(Ipv6Addr),
    And,
    Or,
    Not,
    Open,
    Close,
    Slash,
}

/// Splits an expression into its words.
pub(super) fn tokens(expression: &str) -> Result<Vec<Token>, Problem> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '/' => (Token::Slash, 1),
            '!' if !rest.starts_with("!=") => (Token::Not, 1),
            '&' if rest.starts_with("&&") => (Token::And, 2),
            '|' if rest.starts_with("||") => (Token::Or, 2),
            c if c.is_ascii_alphanumeric() || c == ':' => {
                let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_');
                let length = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
                (word(rest.get(..length).unwrap_or_default())?, length)
            }
            other => return unknown(other),
        };
        tokens.push(token);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

fn word(text: &str) -> Result<Token, Problem> {
    match text {
        "and" => return Ok(Token::And),
        "or" => return Ok(Token::Or),
        "not" => return Ok(Token::Not),
        _ => {}
    }
    if let Some(number) = number(text) {
        return number.map(Token::Number);
    }
    if text.contains(':') {
        return text.parse().map(Token::V6).or_else(|_| unknown(text));
    }
    if let Some(address) = v4(text) {
        return Ok(address);
    }
    if let Some((Some(low), Some(high))) = text.split_once('-').map(|(low, high)| (number(low), number(high))) {
        return match (u16::try_from(low?), u16::try_from(high?)) {
            (Ok(low), Ok(high)) => Ok(Token::Range(low, high)),
            _ => wrong(format!("{text} holds a port above 65535")),
        };
    }
    if text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        && !text.starts_with(|c: char| c.is_ascii_digit())
    {
        return Ok(Token::Word(text.to_owned()));
    }
    unknown(text)
}

/// `None` where the text is no number at all; a number that is too large is wrong.
fn number(text: &str) -> Option<Result<u32, Problem>> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text.get(1..)?, 8),
        None => (text, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    Some(u32::from_str_radix(digits, radix).or_else(|_| wrong(format!("{text} is too large"))))
}

/// Two to four decimal numbers up to 255, without leading zeros.
fn v4(text: &str) -> Option<Token> {
    let parts: Vec<u8> = text.split('.').map(decimal_byte).collect::<Option<_>>()?;
    let count = u8::try_from(parts.len()).ok().filter(|count| (2..=4).contains(count))?;
    let mut bytes = [0u8; 4];
    bytes.iter_mut().zip(&parts).for_each(|(byte, part)| *byte = *part);
    Some(Token::V4(u32::from_be_bytes(bytes), count))
}

fn decimal_byte(text: &str) -> Option<u8> {
    let plain = text.chars().all(|c| c.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart() {
        let all = tokens("tcp&&(port 0x50||!10.1/8)and ::1 1-2 010 ip6").unwrap();
        let expected = [
            Token::Word("tcp".into()),
            Token::And,
            Token::Open,
            Token::Word("port".into()),
            Token::Number(80),
            Token::Or,
            Token::Not,
            Token::V4(0x0a01_0000, 2),
            Token::Slash,
            Token::Number(8),
            Token::Close,
            Token::And,
            Token::V6(Ipv6Addr::LOCALHOST),
            Token::Range(1, 2),
            Token::Number(8),
            Token::Word("ip6".into()),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn what_is_not_known_is_said() {
        for text in
            ["tcp[0]", "a-b", "host.name", "1.2.3.4.5", "1.2.3.256", "10.01", "é", "&", "1:2:3:4:5:6", "$1", "!="]
        {
            assert!(matches!(tokens(text), Err(Problem::Unknown(_))), "{text}: {:?}", tokens(text));
        }
        assert!(matches!(tokens("4294967296"), Err(Problem::Wrong(_))));
    }
}
