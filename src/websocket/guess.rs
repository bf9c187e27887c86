//! A message that is compressed although nothing allows it: RSV1 without an agreement, or text that is none and inflates.
//!
//! In: the payload of a message that cannot be what it claims. Out: what it inflates to, if all of it is DEFLATE (RFC 7692
//! section 7.2.2), ends as it should, and, of a text, makes UTF-8. Anything else stays what it was. Nothing here is reached
//! by a message without fault.

use super::inflate::{Access, Inflater, Piece};
use crate::base::limits;

/// A text that is compressed breaks UTF-8 within its first bytes.
pub(super) const START: usize = 64;

/// What may be compressed, of one direction.
#[derive(Debug, Default)]
pub(super) struct Guess {
    /// The payload so far: all of it, or the first bytes of a text in several pieces.
    bytes: Vec<u8>,
    /// It is collected.
    pub(super) open: bool,
    /// It is longer than what is kept.
    over: bool,
    /// What earlier messages inflated to may be referred to.
    earlier: Earlier,
}

#[derive(Debug, Default)]
struct Earlier(Option<Box<Inflater>>);

impl Guess {
    /// The message under way has RSV1, which nobody agreed on.
    pub(super) fn open(&mut self) {
        self.clear();
        self.open = true;
    }

    /// The next payload bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.bytes.len() + bytes.len() > limits::GUESSED_BYTES {
            self.over = true;
            self.bytes.clear();
        } else if !self.over {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Bytes of a text, so far without fault, of which more follow. Those are kept that may stand before an
    /// ill-formed character within [`START`].
    pub(super) fn lead(&mut self, bytes: &[u8]) {
        let room = (START + 4).saturating_sub(self.bytes.len());
        self.bytes.extend(bytes.iter().take(room));
    }

    /// The message under way, a text, has broken UTF-8 at this position, in these bytes of it.
    pub(super) fn ill_formed(&mut self, position: u64, bytes: &[u8]) {
        if usize::try_from(position).is_ok_and(|position| position < START) {
            self.open = true;
            self.push(bytes);
        }
    }

    /// The message is over: what it inflates to.
    pub(super) fn inflate(&mut self, is_text: bool, pool: &Access) -> Option<Vec<u8>> {
        let whole = self.open && !self.over && !self.bytes.is_empty();
        let bytes = std::mem::take(&mut self.bytes);
        self.clear();
        if !whole {
            return None;
        }
        let mut inflater =
            self.earlier.0.take().unwrap_or_else(|| Box::new(Inflater::with_access(15, true, pool.clone())));
        let (mut text, mut known) = (Vec::new(), true);
        let mut out = |piece: Piece<'_>| match piece {
            Piece::Known(bytes) if text.len() + bytes.len() <= limits::MESSAGE_KEPT_BYTES => {
                text.extend_from_slice(bytes)
            }
            Piece::Known(_) | Piece::Unknown(_) => known = false,
        };
        let inflated = inflater.push_pieces(&bytes, &mut out).and_then(|()| inflater.finish_pieces(&mut out));
        let sound = inflated.is_ok() && known && !text.is_empty();
        if !sound || is_text && simdutf8::basic::from_utf8(&text).is_err() {
            return None;
        }
        self.earlier.0 = Some(inflater);
        Some(text)
    }

    /// A message begins.
    pub(super) fn clear(&mut self) {
        (self.open, self.over) = (false, false);
        self.bytes.clear();
    }

    /// Bytes of memory that it takes.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity()
    }
}

/// It is not parked: what refers to it is not inflated then.
impl crate::base::pack::Pack for Earlier {
    fn pack(&self, _: &mut Vec<u8>) {}

    fn unpack(_: &mut &[u8]) -> Option<Earlier> {
        Some(Earlier::default())
    }
}

crate::base::pack::pack_struct!(Guess { bytes, open, over, earlier });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::inflate::Pool;

    /// RFC 7692 section 7.2.3.1.
    const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

    fn inflated(bytes: &[u8], is_text: bool) -> Option<Vec<u8>> {
        let mut guess = Guess::default();
        guess.open();
        guess.push(bytes);
        guess.inflate(is_text, &Access::to(&Pool::default()))
    }

    #[test]
    fn only_what_is_deflate_to_its_end_is_inflated() {
        assert_eq!(inflated(&HELLO, true), Some(b"Hello".to_vec()));
        assert_eq!(inflated(&HELLO[..5], true), None);
        assert_eq!(inflated(b"caf\xe9", true), None);
        assert_eq!(inflated(b"", true), None);
        // An empty block: nothing, whatever it is.
        assert_eq!(inflated(&[0], false), None);
        // A stored block of a byte that is no UTF-8.
        let stored = [0, 1, 0, 0xfe, 0xff, 0xff, 0];
        assert_eq!((inflated(&stored, true), inflated(&stored, false)), (None, Some(vec![0xff])));
    }

    #[test]
    fn a_message_may_refer_to_the_one_before_it() {
        let (mut guess, pool) = (Guess::default(), Access::to(&Pool::default()));
        for message in [&HELLO[..], &[0xf2, 0x00, 0x11, 0x00, 0x00]] {
            guess.open();
            guess.push(message);
            assert_eq!(guess.inflate(true, &pool), Some(b"Hello".to_vec()));
        }
    }
}
