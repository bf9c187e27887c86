//! Does a stream begin as a client of SOCKS does (RFC 1928; SOCKS 4 and 4a by their specification)?
//!
//! In: the first bytes of one direction. Out: yes or no, and to which port it asks to be led. What comes behind the
//! proxy's answer is another protocol.

use crate::base::Backlog;

/// The greeting of version 5 (a list of methods, RFC 1928 section 3), or a request of version 4: command, port, address, and
/// a name that ends with a NUL.
pub(super) fn asks(first: &[u8]) -> bool {
    match first {
        [5, count @ 1..=16, methods @ ..] => methods.len() == usize::from(*count),
        [4, 1 | 2, _, _, _, _, _, _, names @ ..] => names.last() == Some(&0) && names.len() < 512,
        _ => false,
    }
}

/// The port that one of the first segments asks for: a request of version 5 (RFC 1928 section 4), or of version 4.
pub(super) fn port(held: &Backlog) -> Option<u16> {
    if held.begins_with_gap() || !asks(held.at(0)) {
        return None;
    }
    held.chunks().take(3).find_map(|(start, _)| match held.at(start) {
        [4, 1 | 2, high, low, ..] | [5, 1 | 2, 0, 1 | 3 | 4, .., high, low] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    })
}
