//! Numbers as decimal text, without going through the formatter: most of what a line holds is numbers.

use crate::base::number::{narrow, short};

/// Appends `n` in decimal.
pub fn push_number(out: &mut Vec<u8>, n: u64) {
    let (digits, start) = digits(n);
    out.extend_from_slice(digits.get(start..).unwrap_or(&[]));
}

/// Appends `n` in decimal, padded on the left with spaces to `width`.
pub fn push_padded(out: &mut Vec<u8>, n: u64, width: usize) {
    let (digits, start) = digits(n);
    let spaces = width.saturating_sub(digits.len() - start);
    out.resize(out.len() + spaces, b' ');
    out.extend_from_slice(digits.get(start..).unwrap_or(&[]));
}

/// Appends nine digits: the nanoseconds of a second.
pub fn push_nanos(out: &mut Vec<u8>, nanos: u32) {
    let mut digits = [b'0'; 9];
    let mut rest = nanos;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + last_digit(rest.into());
        rest /= 10;
    }
    out.extend_from_slice(&digits);
}

/// Appends a number of nanoseconds as seconds with nine decimals, with a minus sign where it is negative.
pub fn push_seconds(out: &mut Vec<u8>, nanos: i64) {
    if nanos < 0 {
        out.push(b'-');
    }
    let nanos = nanos.unsigned_abs();
    push_number(out, nanos / 1_000_000_000);
    out.push(b'.');
    push_nanos(out, short(narrow(nanos % 1_000_000_000)));
}

/// Appends bytes as lower-case hex.
pub fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        out.extend_from_slice(&hex_digits(*byte));
    }
}

/// The two lower-case hex digits of a byte.
#[must_use]
pub fn hex_digits(byte: u8) -> [u8; 2] {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    [digit(byte >> 4), digit(byte & 0x0f)]
}

/// The digits at the end of a fixed array, and where they start.
fn digits(n: u64) -> ([u8; 20], usize) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    let mut rest = n;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + last_digit(rest);
        rest /= 10;
        start -= 1;
        if rest == 0 {
            break;
        }
    }
    (digits, start)
}

fn last_digit(n: u64) -> u8 {
    (n % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn numbers_agree_with_the_formatter(n: u64, nanos in 0_u32..1_000_000_000, width in 0_usize..24, bytes: [u8; 5]) {
            prop_assert_eq!(text(|out| push_number(out, n)), n.to_string());
            prop_assert_eq!(text(|out| push_padded(out, n, width)), format!("{n:>width$}"));
            prop_assert_eq!(text(|out| push_nanos(out, nanos)), format!("{nanos:09}"));
            prop_assert_eq!(text(|out| push_hex(out, &bytes)), hex::encode(bytes));
        }
    }

    #[test]
    fn seconds_keep_their_sign() {
        assert_eq!(text(|out| push_seconds(out, 4_812_345)), "0.004812345");
        assert_eq!(text(|out| push_seconds(out, -1)), "-0.000000001");
        assert_eq!(text(|out| push_seconds(out, i64::MIN)), "-9223372036.854775808");
        assert_eq!(text(|out| push_number(out, 0)), "0");
    }
}
