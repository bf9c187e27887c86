//! permessage-deflate, inflating (RFC 7692 section 7.2.2).
//!
//! In: the compressed payload bytes of one direction, message by message, cut anywhere. Out: the inflated bytes in
//! pieces, as they come; no message is ever gathered here. What is broken becomes an [`InflateFault`], the rest of that
//! message is passed over, and the next one goes on with as much history as is left.

mod account;
mod alone;
mod bits;
mod buffer;
mod careful;
mod decoder;
mod engine;
mod fault;
mod huffman;
mod pool;
mod wrapper;

pub use fault::InflateFault;
pub use pool::Pool;

use crate::base::pack::Pack;
use buffer::History;
use engine::{Engine, Parked};
pub(crate) use pool::Access;
use pool::{Had, Owner};

/// What one inflated run is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Inflated bytes.
    Known(&'a [u8]),
    /// So many bytes stand here, copied from history that the capture lacks.
    Unknown(u64),
}

/// Inflates the messages of one direction of one connection.
///
/// ```
/// use sockeye::websocket::inflate::Inflater;
/// let mut inflater = Inflater::new(15, true);
/// let mut text = Vec::new();
/// // RFC 7692 section 7.2.3.1
/// inflater.push(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], &mut |piece| text.extend_from_slice(piece)).unwrap();
/// inflater.finish(&mut |piece| text.extend_from_slice(piece)).unwrap();
/// assert_eq!(text, b"Hello");
/// ```
#[derive(Debug)]
pub struct Inflater {
    pool: Access,
    owner: Owner,
    /// Of the owner, while it is parked.
    key: usize,
    /// Where in the pool its decoder was last.
    slot: usize,
    window_bits: u8,
    takeover: bool,
    /// What the pool has for it.
    had: Had,
    /// What messages could refer to was given up because of the pool's cap.
    forgotten: bool,
}

impl Inflater {
    /// An inflater for a direction whose negotiated window is 2^`window_bits` bytes (8 to 15), and where messages may
    /// refer to earlier ones (`takeover`) or not. It shares nothing with others.
    #[must_use]
    pub fn new(window_bits: u8, takeover: bool) -> Inflater {
        Inflater::with_access(window_bits, takeover, Access::default())
    }

    /// As [`Inflater::new`], with a decoder that it shares with the others of `pool`.
    #[must_use]
    pub fn pooled(window_bits: u8, takeover: bool, pool: &Pool) -> Inflater {
        Inflater::with_access(window_bits, takeover, Access::to(pool))
    }

    pub(crate) fn with_access(window_bits: u8, takeover: bool, pool: Access) -> Inflater {
        Inflater {
            pool,
            owner: Owner::default(),
            key: 0,
            slot: usize::MAX,
            window_bits: window_bits.clamp(8, 15),
            takeover,
            had: Had::Nothing,
            forgotten: false,
        }
    }

    /// As [`Inflater::new`], where messages may refer to earlier ones that ended with `window`.
    #[must_use]
    pub fn after(window_bits: u8, window: &[u8]) -> Inflater {
        let mut inflater = Inflater::new(window_bits, true);
        let size = 1 << inflater.window_bits;
        inflater.with(Had::Kept, |engine| engine.reopen(Parked::from(History::known(window)), size));
        inflater
    }

    /// What the next message may refer to; `None` inside a message, and where some of it is not known or not at hand.
    #[must_use]
    pub fn window(&mut self) -> Option<Vec<u8>> {
        self.pool.pool().lock().engine(&self.owner, self.slot)?.window()
    }

    /// The next compressed bytes of the message; unmasked, frames joined. Inflated bytes go to `out`.
    ///
    /// # Errors
    /// The first thing wrong with this message; the same again for every later piece of it. What was inflated before
    /// it has been handed to `out`.
    pub fn push(&mut self, compressed: &[u8], out: &mut dyn FnMut(&[u8])) -> Result<(), InflateFault> {
        self.push_pieces(compressed, &mut only_known(out))
    }

    /// The message is over: the four bytes that its sender took off are put back (RFC 7692 section 7.2.2).
    ///
    /// # Errors
    /// As [`Inflater::push`], and where the message does not end as it should.
    pub fn finish(&mut self, out: &mut dyn FnMut(&[u8])) -> Result<(), InflateFault> {
        self.finish_pieces(&mut only_known(out))
    }

    /// As [`Inflater::push`], for a caller that also wants to know where unknown bytes stand.
    ///
    /// # Errors
    /// As [`Inflater::push`].
    pub fn push_pieces(&mut self, compressed: &[u8], out: &mut dyn FnMut(Piece<'_>)) -> Result<(), InflateFault> {
        if compressed.is_empty() {
            return Ok(());
        }
        self.with(Had::UnderWay, |engine| engine.push(compressed, out))
    }

    /// As [`Inflater::finish`], for a caller that also wants to know where unknown bytes stand.
    ///
    /// # Errors
    /// As [`Inflater::finish`].
    pub fn finish_pieces(&mut self, out: &mut dyn FnMut(Piece<'_>)) -> Result<(), InflateFault> {
        let takeover = self.takeover;
        let had = if takeover { Had::Kept } else { Had::Nothing };
        let (result, reached_back) = self.with(had, |engine| engine.finish(takeover, out));
        if reached_back {
            // Its sender does not keep to what was agreed on, and goes on so.
            (self.takeover, self.had) = (true, Had::Kept);
        }
        result
    }

    /// Compressed bytes of the message under way are missing: what follows of it cannot be inflated, and later messages
    /// have lost their history. Call [`Inflater::finish`] at the end of the message as usual.
    pub fn hole(&mut self) {
        self.with(Had::UnderWay, Engine::hole);
    }

    /// Messages are missing before the next one, or the connection was joined after its start: what the next one refers
    /// back to is unknown. Inside a message this is a [`Inflater::hole`].
    pub fn lose_history(&mut self) {
        if self.had == Had::UnderWay {
            self.hole();
        } else if self.takeover {
            let mut shared = self.pool.pool().lock();
            match shared.engine(&self.owner, self.slot) {
                Some(engine) => engine.lose_history(),
                None => {
                    shared.forget(&self.owner);
                    self.had = Had::Lost;
                }
            }
        }
    }

    /// What earlier messages held was given up, since more histories are in use than are kept
    /// ([`crate::base::limits::INFLATE_HISTORY_BYTES`]): that is why bytes are unknown, not the capture.
    #[must_use]
    pub fn has_forgotten(&self) -> bool {
        self.forgotten
    }

    /// Lets go of the decoder and keeps the history that the next message may refer to. Need not be called: the pool
    /// does so when it wants the decoder. A message under way is not disturbed.
    pub fn park(&mut self) {
        self.pool.pool().lock().park(&self.owner, self.slot);
    }

    /// It is parked (as [`Pack`] has it) and will be dropped; what the pool has for it is kept.
    pub(crate) fn parked(&mut self) {
        self.pool.pool().lock().keep_owner(&self.owner);
    }

    /// It was brought back: it is given access to its pool again, and what that kept for it.
    pub(crate) fn unpark(&mut self, pool: &Pool) {
        self.pool = Access::to(pool);
        self.owner = pool.lock().owner_back(self.key);
    }

    /// `work` on its decoder, after which the pool has `then` for it.
    fn with<T>(&mut self, then: Had, work: impl FnOnce(&mut Engine) -> T) -> T {
        let window = 1 << self.window_bits;
        let (found, result) = self.pool.pool().lock().with(&self.owner, self.slot, (self.had, then), window, work);
        self.slot = found.slot;
        self.had = then;
        self.forgotten |= found.forgotten;
        result
    }
}

/// Without the owner: [`Inflater::parked`] and [`Inflater::unpark`] see to that.
impl Pack for Inflater {
    fn pack(&self, out: &mut Vec<u8>) {
        let Inflater { pool: _, owner, key: _, slot, window_bits, takeover, had, forgotten } = self;
        owner.key().pack(out);
        slot.pack(out);
        window_bits.pack(out);
        takeover.pack(out);
        had.pack(out);
        forgotten.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Inflater> {
        Some(Inflater {
            pool: Access::default(),
            owner: Owner::default(),
            key: usize::unpack(from)?,
            slot: usize::unpack(from)?,
            window_bits: u8::unpack(from)?,
            takeover: bool::unpack(from)?,
            had: Had::unpack(from)?,
            forgotten: bool::unpack(from)?,
        })
    }
}

fn only_known(out: &mut dyn FnMut(&[u8])) -> impl FnMut(Piece<'_>) {
    |piece| {
        if let Piece::Known(bytes) = piece {
            out(bytes);
        }
    }
}

#[cfg(test)]
mod tests;
