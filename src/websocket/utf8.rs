//! UTF-8 over fragments (RFC 6455 sections 5.6 and 8.1).
//!
//! In: the bytes of one text message in order, cut anywhere. Out: nothing, or where the first ill-formed sequence
//! starts. A code point may span frames, so up to three bytes of an unfinished sequence are carried from one piece to
//! the next. UTF-8 is that of RFC 3629: no surrogates, nothing overlong, nothing above U+10FFFF. An error is found with
//! the first byte that no continuation can mend, and stays.

use crate::base::number::wide;

/// State of the check over one message. Small and `Copy`: one stands in every direction of every connection.
///
/// ```
/// use sockeye::websocket::utf8::Utf8Check;
/// let mut check = Utf8Check::new();
/// assert_eq!(check.push(b"3 \xe2\x82"), Ok(()));
/// assert_eq!(check.finish(), Err(2));
/// assert_eq!(check.push(b"\xac"), Ok(()));
/// assert_eq!(check.finish(), Ok(()));
/// assert_eq!(check.push(b"\xff"), Err(5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Utf8Check {
    /// Bytes of the message that stand before the carried ones; after an error, where it is.
    sound: u64,
    /// The start of a sequence that the last piece did not finish.
    carry: [u8; 3],
    /// How many bytes of `carry` are used, or [`FAILED`].
    carried: u8,
}

/// In `carried`: an error was found, at `sound`.
const FAILED: u8 = u8::MAX;

impl Default for Utf8Check {
    fn default() -> Utf8Check {
        Utf8Check::new()
    }
}

impl Utf8Check {
    /// The check of a message of which no byte has come.
    #[must_use]
    pub fn new() -> Utf8Check {
        Utf8Check { sound: 0, carry: [0; 3], carried: 0 }
    }

    /// The next bytes of the message.
    ///
    /// # Errors
    /// The position, from the start of the message, of the first byte of the first ill-formed sequence. After an
    /// error every call gives that error.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), u64> {
        if self.carried == 0 && simdutf8::basic::from_utf8(bytes).is_ok() {
            self.sound += wide(bytes.len());
            return Ok(());
        }
        self.push_uneven(bytes)
    }

    /// The message is over.
    ///
    /// # Errors
    /// As [`Utf8Check::push`]; a sequence that the message leaves unfinished is an error at its first byte.
    pub fn finish(&self) -> Result<(), u64> {
        if self.carried == 0 { Ok(()) } else { Err(self.sound) }
    }

    /// A piece that starts inside a sequence, ends inside one, or is wrong.
    #[cold]
    fn push_uneven(&mut self, bytes: &[u8]) -> Result<(), u64> {
        if self.carried == FAILED {
            return Err(self.sound);
        }
        let mut bytes = bytes;
        while self.carried != 0 {
            let Some((first, rest)) = bytes.split_first() else { return Ok(()) };
            bytes = rest;
            self.push_carried(*first)?;
        }
        match simdutf8::compat::from_utf8(bytes) {
            Ok(_) => {
                self.sound += wide(bytes.len());
                Ok(())
            }
            Err(error) => {
                self.sound += error.valid_up_to() as u64;
                let tail = bytes.get(error.valid_up_to()..).unwrap_or(&[]);
                if error.error_len().is_some() || tail.len() > 3 {
                    return self.fail();
                }
                self.keep(tail);
                Ok(())
            }
        }
    }

    /// One byte more for the sequence under way.
    fn push_carried(&mut self, byte: u8) -> Result<(), u64> {
        let carried = usize::from(self.carried);
        let mut sequence = [0; 4];
        for (to, from) in sequence.iter_mut().zip(self.carry.iter().take(carried).chain([&byte])) {
            *to = *from;
        }
        let sequence = sequence.get(..=carried).unwrap_or(&[]);
        match std::str::from_utf8(sequence) {
            Ok(_) => {
                self.sound += wide(sequence.len());
                self.carried = 0;
                Ok(())
            }
            Err(error) if error.error_len().is_none() => {
                self.keep(sequence);
                Ok(())
            }
            Err(_) => self.fail(),
        }
    }

    fn keep(&mut self, sequence: &[u8]) {
        self.carried = 0;
        for (to, from) in self.carry.iter_mut().zip(sequence) {
            *to = *from;
            self.carried += 1;
        }
    }

    fn fail(&mut self) -> Result<(), u64> {
        self.carried = FAILED;
        Err(self.sound)
    }
}

crate::base::pack::pack_struct!(Utf8Check { sound, carry, carried });

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the standard library says of the whole: (error as soon as it can be known, error at the end).
    fn truth(bytes: &[u8]) -> (Result<(), u64>, Result<(), u64>) {
        match std::str::from_utf8(bytes) {
            Ok(_) => (Ok(()), Ok(())),
            Err(error) => {
                let at = Err(error.valid_up_to() as u64);
                (if error.error_len().is_some() { at } else { Ok(()) }, at)
            }
        }
    }

    /// Pushes `bytes` cut at `cuts`; after each piece the check must say what the standard library says of the prefix.
    fn agrees(bytes: &[u8], cuts: &[usize]) {
        let mut check = Utf8Check::new();
        let mut start = 0;
        for end in cuts.iter().copied().chain([bytes.len()]) {
            let end = end.clamp(start, bytes.len());
            let (now, at_end) = truth(&bytes[..end]);
            assert_eq!(check.push(&bytes[start..end]), now, "{bytes:02x?} cut at {cuts:?}, after {end}");
            assert_eq!(check.finish(), at_end, "{bytes:02x?} cut at {cuts:?}, end at {end}");
            start = end;
        }
        assert_eq!(check.push(b""), truth(bytes).0, "{bytes:02x?}: an empty piece changes nothing");
    }

    fn every_cut(bytes: &[u8]) {
        agrees(bytes, &[]);
        for a in 0..=bytes.len() {
            for b in a..=bytes.len() {
                agrees(bytes, &[a, b]);
            }
        }
        agrees(bytes, &(0..bytes.len()).collect::<Vec<_>>());
    }

    #[test]
    fn stays_small() {
        assert!(size_of::<Utf8Check>() <= 24);
    }

    #[test]
    fn well_and_ill_formed_sequences_at_every_cut() {
        let cases: [&[u8]; 22] = [
            b"",
            b"plain",
            "κόσμε".as_bytes(),
            "a\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}".as_bytes(),
            b"\xed\x9f\xbf\xee\x80\x80",          // either side of the surrogates
            b"ab\xed\xa0\x80cd",                  // U+D800
            b"ab\xed\xbf\xbfcd",                  // U+DFFF
            b"\xed\xa0\xbd\xed\xb8\x80",          // a surrogate pair (CESU-8)
            b"x\xc0\x80",                         // overlong U+0000
            b"x\xc1\xbf",                         // overlong U+007F
            b"x\xe0\x9f\xbf",                     // overlong U+07FF
            b"x\xf0\x8f\xbf\xbf",                 // overlong U+FFFF
            b"x\xf4\x8f\xbf\xbf\xf4\x90\x80\x80", // U+10FFFF, then one above
            b"x\xf5\x80\x80\x80",
            b"x\xf8\x88\x80\x80\x80", // five bytes
            b"x\xfe\xff",
            b"\x80",
            b"ok\xe2\x82", // unfinished
            b"ok\xf0\x9f\x98",
            b"\xe2\x82A", // unfinished, then something else
            b"\xf0\x9f\x98\xf0\x9f\x98\x80",
            b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80edited", // Autobahn 6.4.1
        ];
        for case in cases {
            every_cut(case);
        }
    }

    #[test]
    fn an_error_stays_where_it_was() {
        let mut check = Utf8Check::new();
        assert_eq!(check.push("né".as_bytes()), Ok(()));
        assert_eq!(check.push(b"\xff"), Err(3));
        assert_eq!(check.push(b"fine again"), Err(3));
        assert_eq!(check.finish(), Err(3));
    }

    /// Bytes that look like UTF-8 more often than random ones do.
    fn nearly_utf8() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            8 => any::<char>().prop_map(|c| c.to_string().into_bytes()),
            4 => "[ -~]{0,40}".prop_map(String::into_bytes),
            1 => prop::collection::vec(any::<u8>(), 1..4),
            1 => prop::sample::select(vec![0x80u8, 0xbf, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4]).prop_map(|b| vec![b]),
        ];
        prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn is_as_the_standard_library_at_any_cuts(bytes in nearly_utf8(), mut cuts in prop::collection::vec(0usize..200, 0..6)) {
            cuts.sort_unstable();
            agrees(&bytes, &cuts);
        }
    }
}
