//! How the answer of draft-hixie-76 comes about: two keys of digits and spaces, eight bytes behind the head, and MD5.
//!
//! In: a handshake. Out: [`Challenge`], the numbers of its keys with how they are found; what a key does not give is absent, as the
//! draft has the server abort there (section 5.2).

use crate::websocket::Handshake;
use crate::websocket::handshake::Draft;

/// A key taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key, as it was sent.
    pub text: String,
    /// Its digits.
    pub digits: String,
    /// Its spaces.
    pub spaces: usize,
    /// The digits as a number, divided by the spaces; `None` where that is no whole number of 32 bits.
    pub number: Option<u32>,
}

/// What goes into the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Sec-WebSocket-Key1 and Sec-WebSocket-Key2.
    pub keys: [Key; 2],
    /// The eight bytes behind the head.
    pub bytes: Option<[u8; 8]>,
    /// MD5 over both numbers, in 32 bits each, and those bytes.
    pub wanted: Option<[u8; 16]>,
    /// What the server answered.
    pub answer: Option<[u8; 16]>,
}

impl Key {
    fn of(text: &str) -> Key {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let spaces = text.chars().filter(|c| *c == ' ').count();
        let divided = digits.parse::<u64>().ok().zip(u64::try_from(spaces).ok().filter(|spaces| *spaces > 0));
        let whole = divided.filter(|(number, spaces)| number.is_multiple_of(*spaces));
        let number = whole.and_then(|(number, spaces)| u32::try_from(number / spaces).ok());
        Key { text: text.to_owned(), digits, spaces, number }
    }
}

/// The challenge of a handshake; `None` where it is of another version.
#[must_use]
pub fn challenge(handshake: &Handshake) -> Option<Challenge> {
    if handshake.draft() != Some(Draft::Hixie76) {
        return None;
    }
    let key = |name| handshake.request_field(name).map(Key::of);
    Some(Challenge {
        keys: [key("Sec-WebSocket-Key1")?, key("Sec-WebSocket-Key2")?],
        bytes: handshake.request.as_ref()?.challenge,
        wanted: handshake.expected_answer(),
        answer: handshake.response.as_ref().and_then(|response| response.answer),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_section_1_3() {
        let first = Key::of("18x 6]8vM;54 *(5:  {   U1]8  z [  8");
        assert_eq!((&first.digits[..], first.spaces, first.number), ("1868545188", 12, Some(155_712_099)));
        let second = Key::of("1_ tx7X d  <  nw  334J702) 7]o}` 0");
        assert_eq!((&second.digits[..], second.spaces, second.number), ("1733470270", 10, Some(173_347_027)));
        assert_eq!(Key::of("12").number, None);
    }
}
